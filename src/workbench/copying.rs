//! A row of the trace as text for other programs.

use crate::bytes::hex;
use crate::session::rows;
use crate::trace::{EventKind, Exchange, Judgement};

use super::state::Workbench;

/// In which form a row is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyForm {
    /// One line: number, command, status, verdict, plaintext.
    Line,
    /// All frames in order, `=>` before a command and `<=` before an answer.
    Frames,
    /// Command frames alone, one a line, as programs that send APDUs read them.
    Apdus,
    /// What `decode --json` prints.
    Json,
    /// Rust source.
    Rust,
    /// Python source.
    Python,
}

impl CopyForm {
    /// All forms, in the order of the menu.
    pub const ALL: [Self; 6] = [
        Self::Line,
        Self::Frames,
        Self::Apdus,
        Self::Json,
        Self::Rust,
        Self::Python,
    ];

    /// The name in menus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "Copy as one line",
            Self::Frames => "Copy frames as hexadecimal",
            Self::Apdus => "Copy command APDUs",
            Self::Json => "Copy as JSON",
            Self::Rust => "Copy as Rust",
            Self::Python => "Copy as Python",
        }
    }
}

impl Workbench {
    /// A row in a form; never holds a key or a random number.
    pub fn row_text(&self, row: &Exchange, form: CopyForm) -> String {
        let events = self.log().events();
        let print = |bytes: &[u8]| self.settings().hex_group.print(bytes);
        match form {
            CopyForm::Line => self.row_line(row),
            CopyForm::Frames => {
                let lines = row.events(events).filter_map(|event| {
                    Some(match &event.kind {
                        EventKind::Command(bytes) => format!("=> {}", print(bytes)),
                        EventKind::Response(bytes) => format!("<= {}", print(bytes)),
                        _ => return None,
                    })
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            CopyForm::Apdus => {
                let lines: Vec<String> = row.commands(events).map(print).collect();
                lines.join("\n")
            }
            CopyForm::Json => rows::row(row, events, None, false),
            CopyForm::Rust => {
                let array = |name: &str, frames: Vec<&[u8]>| {
                    let frames: Vec<String> = frames.into_iter().map(rust_bytes).collect();
                    let frames = frames.join(", ");
                    format!("const {name}: &[&[u8]] = &[{frames}];")
                };
                both(row, events, array, ["COMMANDS", "ANSWERS"])
            }
            CopyForm::Python => {
                let list = |name: &str, frames: Vec<&[u8]>| {
                    let frames: Vec<String> = frames
                        .into_iter()
                        .map(|bytes| format!("bytes.fromhex(\"{}\")", hex::upper(bytes)))
                        .collect();
                    format!("{name} = [{}]", frames.join(", "))
                };
                both(row, events, list, ["commands", "answers"])
            }
        }
    }

    fn row_line(&self, row: &Exchange) -> String {
        let status = row.status.map(|status| status.to_string());
        let plain = crate::trace::masked_plain(row, false);
        let answer = row.response.as_ref().filter(|_| !row.is_authentication());
        let mut parts = vec![
            row.index.to_string(),
            row.aid.map(|aid| self.aid_text(aid)).unwrap_or_default(),
            row.name().to_owned(),
            plain.unwrap_or_default(),
            answer.map(hex::upper).unwrap_or_default(),
            status.unwrap_or_else(|| "no answer".into()),
            Judgement::of(row).words().to_owned(),
        ];
        parts.retain(|part| !part.is_empty());
        parts.join("  ")
    }
}

fn rust_bytes(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02X}")).collect();
    format!("&[{}]", bytes.join(", "))
}

fn both(
    row: &Exchange,
    events: &[crate::trace::Event],
    print: impl Fn(&str, Vec<&[u8]>) -> String,
    [commands, answers]: [&str; 2],
) -> String {
    [
        print(commands, row.commands(events).collect()),
        print(answers, row.responses(events).collect()),
    ]
    .join("\n")
}

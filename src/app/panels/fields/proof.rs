//! What stands under a MAC: its inputs as chips, the full CMAC, and both MACs when they differ.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Margin, Stroke, Ui, vec2};

use super::line::{Fold, Line, Lines, digits, marked};
use crate::app::drafts::Drafts;
use crate::app::text;
use crate::app::theme::{self, Palette};
use crate::bytes::hex;
use crate::calculator::open::Side;
use crate::report::{Field, Place};
use crate::trace::{MacProof, SessionProof};
use crate::workbench::Action;

/// Bytes that a chip and its hover text show at most.
const SHORT: usize = 8;
const LONG: usize = 64;

/// A MAC with the session it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Mac<'a> {
    /// `command` or `response`.
    pub(super) side: &'static str,
    pub(super) proof: &'a MacProof,
    pub(super) session: &'a SessionProof,
}

/// Where an input of a MAC comes from.
enum Source {
    /// A row of the trace.
    Row(Option<usize>),
    /// A field of the selected row.
    Field(Option<usize>),
}

impl Mac<'_> {
    /// The branch of the MAC: open at first where the MAC is wrong.
    pub(super) fn fold(side: &str, wrong: bool) -> Fold {
        let key = match (side, wrong) {
            ("command", false) => "Command MAC",
            ("command", true) => "Command MAC, wrong",
            (_, false) => "Response MAC",
            (_, true) => "Response MAC, wrong",
        };
        Fold { key, open: wrong }
    }

    fn calculator_side(&self) -> Side {
        if self.side == "command" {
            Side::Command
        } else {
            Side::Response
        }
    }

    /// Padding and IV, under the data of Full mode.
    pub(super) fn data_ui(&self, ui: &mut Ui, drafts: &mut Drafts, lines: &mut Lines) {
        let hue = Some(Palette::of(ui).fields[5].0);
        let padding = &self.proof.padding;
        if !padding.is_empty() {
            let text = match padding.len() - 1 {
                0 => "80".to_owned(),
                1 => "80 and one zero".to_owned(),
                zeros => format!("80 and {zeros} zeros"),
            };
            let line = Line {
                label: format!("{} padding {text}", self.side),
                name: "Padding",
                value: digits(ui, text),
                len: Some(padding.len()),
                depth: 1,
                hue,
                hover: format!("{}\nEnciphered behind the data", hex::upper(padding)),
                ..Line::default()
            };
            lines.add(ui, drafts, line);
        }
        let Some(iv) = &self.proof.iv else { return };
        let key = if self.side == "command" {
            "Command IV"
        } else {
            "Response IV"
        };
        let text = hex::upper(iv.result);
        let line = Line {
            label: format!("{key} {text}"),
            name: "IV",
            value: digits(ui, &text),
            len: Some(iv.result.len()),
            depth: 1,
            fold: Some(Fold { key, open: false }),
            hover: format!("{text}\nThe block below, enciphered with SesAuthENCKey"),
            ..Line::default()
        };
        if lines.add(ui, drafts, line) {
            for step in iv.steps.iter().filter(|step| step.label != "IV") {
                self.step(ui, drafts, lines, step.label, &step.bytes, step.section);
            }
        }
    }

    /// Chips, full CMAC and truncated MAC; expected over received when they differ.
    pub(super) fn proof_ui(
        &self,
        ui: &mut Ui,
        drafts: &mut Drafts,
        lines: &mut Lines,
        tree: &[Field],
        actions: &mut Vec<Action>,
    ) {
        self.chips(ui, drafts, tree, actions);
        if lines.computes(self.calculator_side()) {
            ui.horizontal(|ui| {
                ui.add_space(44.0);
                let link = ui.link("Open in calculator");
                if link.on_hover_text(text::OPEN_IN_CALCULATOR).clicked() {
                    lines.calculated = Some(self.calculator_side());
                }
            });
        }
        let wrong = self.proof.difference();
        let mac = &self.proof.mac;
        let is_input = |label: &str| label.ends_with("MAC input");
        for step in mac.steps.iter().filter(|step| !is_input(step.label)) {
            let is_full = step.bytes.len() > mac.result.len();
            if is_full || wrong.is_none() {
                self.step(ui, drafts, lines, step.label, &step.bytes, step.section);
            }
        }
        let (Some(wrong), Some(received)) = (wrong, &self.proof.received) else {
            return;
        };
        for (name, bytes) in [("Expected", &mac.result), ("Received", received)] {
            let text = hex::upper(bytes);
            let line = Line {
                label: format!("{}.MAC {name} {text}, byte {wrong} differs", self.side),
                name,
                value: marked(ui, bytes, Some(wrong)),
                len: Some(bytes.len()),
                depth: 2,
                hover: format!("{text}\nByte {wrong} is the first that differs"),
                ..Line::default()
            };
            lines.add(ui, drafts, line);
        }
    }

    fn step(
        &self,
        ui: &mut Ui,
        drafts: &mut Drafts,
        lines: &mut Lines,
        label: &str,
        bytes: &[u8],
        section: &str,
    ) {
        let text = hex::upper(bytes);
        let line = Line {
            label: format!("{} {label} {text}", self.side),
            name: label,
            value: digits(ui, &text),
            len: Some(bytes.len()),
            depth: 2,
            hover: format!("{text}\n{section}"),
            ..Line::default()
        };
        lines.add(ui, drafts, line);
    }

    fn chips(&self, ui: &mut Ui, drafts: &mut Drafts, tree: &[Field], actions: &mut Vec<Action>) {
        let (proof, session) = (self.proof, self.session);
        let code = if self.side == "command" { "Cmd" } else { "RC" };
        let key = match session.mac {
            Some(_) => "SesAuthMACKey",
            None => "Session key",
        };
        let mut chips = vec![("Key", key.to_owned(), Source::Row(session.keyed))];
        // A MAC of D40 stands over the data alone.
        if session.channel != "d40" {
            let source = Source::Field(self.code(tree));
            chips.push((code, hex::upper([proof.code]), source));
        }
        if let (Some(counter), Some(ti)) = (proof.counter(), proof.ti) {
            let started = Source::Row(session.started);
            chips.push(("CmdCtr", hex::upper(counter), started));
            chips.push(("TI", hex::upper(ti), Source::Row(session.started)));
        }
        for (name, bytes, from) in [
            ("Hdr", &proof.header, 1),
            ("Data", &proof.data, 1 + proof.header.len()),
        ] {
            let start = if self.side == "command" { from } else { 0 };
            let text = if name == "Hdr" && bytes.len() <= SHORT {
                hex::upper(bytes)
            } else {
                format!("{} B", bytes.len())
            };
            let enters = name != "Hdr" || session.channel != "d40";
            if !bytes.is_empty() && enters {
                chips.push((name, text, Source::Field(self.field(tree, start))));
            }
        }
        let margin = Margin {
            left: 44,
            right: 8,
            top: 2,
            bottom: 2,
        };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
            ui.spacing_mut().button_padding = vec2(5.0, 0.0);
            ui.spacing_mut().interact_size.y = 17.0;
            ui.horizontal_wrapped(|ui| {
                for (name, value, source) in chips {
                    let hover = self.hover(name);
                    if chip(ui, name, &value, &source, &hover) {
                        match source {
                            Source::Row(row) => actions.push(Action::SelectRow(row)),
                            Source::Field(field) => drafts.field = field,
                        }
                    }
                }
            });
        });
    }

    /// The command code or the status.
    fn code(&self, tree: &[Field]) -> Option<usize> {
        let names: &[&str] = if self.side == "command" {
            &["Cmd", "INS"]
        } else {
            &["status"]
        };
        let find = |name: &&str| self.position(tree, |field| field.name == *name);
        names.iter().find_map(find)
    }

    /// The field that holds a byte of the plaintext; all that is protected, where there is no plaintext.
    fn field(&self, tree: &[Field], offset: usize) -> Option<usize> {
        let holds = |field: &Field| {
            field.place == Place::Plain
                && (field.offset..field.offset + field.len).contains(&offset)
        };
        self.position(tree, holds)
            .or_else(|| self.position(tree, |field| field.name == "protected"))
    }

    fn position(&self, tree: &[Field], fits: impl Fn(&Field) -> bool) -> Option<usize> {
        tree.iter()
            .position(|field| field.path.starts_with(self.side) && fits(field))
    }

    fn hover(&self, name: &str) -> String {
        let proof = self.proof;
        let row = |row: Option<usize>| {
            row.map_or_else(|| "given directly".into(), |row| format!("from row {row}"))
        };
        match name {
            "Key" => format!("Key of the MAC, {}", row(self.session.keyed)),
            "Cmd" => "Command code".into(),
            "RC" => "Return code of the answer".into(),
            "CmdCtr" => format!(
                "{}, least significant byte first; counts from 0 {}",
                proof.ctr.unwrap_or_default(),
                row(self.session.started)
            ),
            "TI" => format!("Transaction identifier, {}", row(self.session.started)),
            "Hdr" => shortened(&proof.header),
            _ => shortened(&proof.data),
        }
    }
}

fn shortened(bytes: &[u8]) -> String {
    match bytes.get(..LONG) {
        Some(start) if bytes.len() > LONG => format!("{}…", hex::upper(start)),
        _ => hex::upper(bytes),
    }
}

/// Names an input; says whether it was pressed.
fn chip(ui: &mut Ui, name: &str, value: &str, source: &Source, hover: &str) -> bool {
    let palette = Palette::of(ui);
    let off = match source {
        Source::Row(None) => Some("Off, the authentication of this session was not recorded"),
        Source::Field(None) => Some("Off, the trace does not show these bytes"),
        Source::Row(Some(_)) | Source::Field(Some(_)) => None,
    };
    let body = egui::TextStyle::Small.resolve(ui.style());
    let mut job = LayoutJob::default();
    job.append(name, 0.0, TextFormat::simple(body.clone(), palette.t2));
    job.append(" ", 0.0, TextFormat::simple(body, palette.t2));
    job.append(value, 0.0, TextFormat::simple(theme::mono(), palette.t1));
    let outline = Stroke::new(1.0, palette.line2);
    let widgets = &mut ui.visuals_mut().widgets;
    (widgets.inactive.weak_bg_fill, widgets.inactive.bg_stroke) = (palette.bg1, outline);
    let chip = egui::Button::new(job)
        .corner_radius(3)
        .min_size(vec2(0.0, 17.0));
    let response = ui.add_enabled(off.is_none(), chip);
    match off {
        None => response.on_hover_text(hover).clicked(),
        Some(why) => response.on_disabled_hover_text(why).clicked(),
    }
}

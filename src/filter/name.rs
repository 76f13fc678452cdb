//! What a filter can ask about.

use std::fmt;

/// Something that a row may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A column or the like.
    Column(Column),
    /// A path of the field tree, such as `command.FileNo`.
    Field(String),
}

/// What every row is asked about directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Number of the row.
    Row,
    /// Milliseconds since the first row.
    Time,
    /// Milliseconds since the row before.
    Delta,
    /// Who talks.
    Lane,
    /// Number of the reader.
    Reader,
    /// Selected application.
    App,
    /// File that the command names.
    File,
    /// Name of the command.
    Cmd,
    /// Command code.
    Ins,
    /// Channel.
    Channel,
    /// Communication mode.
    Mode,
    /// Key in use, by label or number.
    Key,
    /// Status of the answer.
    Status,
    /// Verdict of the row.
    Verdict,
    /// Verdict on the MACs.
    Mac,
    /// Verdict on the transaction MAC value.
    Tmv,
    /// Transaction identifier of the session.
    Ti,
    /// CmdCtr.
    Ctr,
    /// Note of the user.
    Note,
    /// Mark of the user.
    Mark,
    /// Code or sentence of a finding.
    Finding,
    /// Anything readable: command, key, status, note, findings, values of fields.
    Text,
    /// Bytes on the wire.
    Wire,
    /// Bytes without secure messaging.
    Plain,
}

/// How values of a name are written and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A decimal number.
    Decimal,
    /// A duration in milliseconds, or with the unit `us`, `ms`, `s`.
    Duration,
    /// A hexadecimal number.
    Hex,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Text.
    Text,
    /// Bytes in hexadecimal, or text in quotes.
    Bytes,
    /// A number where both sides are numbers, else text.
    Any,
    /// There or not.
    Flag,
}

const VERDICTS: &[&str] = &["ok", "bad", "none", "unknown"];

use Column::{
    App, Channel, Cmd, Ctr, Delta, File, Finding, Ins, Key, Lane, Mac, Mark, Mode, Note, Plain,
    Reader, Row, Status, Text, Ti, Time, Tmv, Verdict, Wire,
};

/// Each column with its name, how its values are written, and what it is.
const COLUMNS: [(Column, &str, Kind, &str); 24] = [
    (Row, "row", Kind::Decimal, "Number of the row"),
    (
        Time,
        "time",
        Kind::Duration,
        "Time since the first row, in ms or with us, ms, s",
    ),
    (
        Delta,
        "delta",
        Kind::Duration,
        "Time since the row before, in ms or with us, ms, s",
    ),
    (
        Lane,
        "lane",
        Kind::Word(&["card", "server", "forwarder", "terminal"]),
        "Who talks to the card",
    ),
    (
        Reader,
        "reader",
        Kind::Decimal,
        "Number of the reader in this trace",
    ),
    (
        App,
        "app",
        Kind::Hex,
        "Selected application, most significant byte first",
    ),
    (
        File,
        "file",
        Kind::Hex,
        "File that the command names, hexadecimal",
    ),
    (Cmd, "cmd", Kind::Text, "Name of the command"),
    (Ins, "ins", Kind::Hex, "Command code, hexadecimal"),
    (
        Channel,
        "channel",
        Kind::Word(&[
            "plain",
            "d40",
            "ev1-des",
            "ev1-2k3des",
            "ev1-3k3des",
            "ev1-aes",
            "ev2",
            "lrp",
        ]),
        "Secure-messaging channel",
    ),
    (
        Mode,
        "mode",
        Kind::Word(&["plain", "mac", "full"]),
        "Communication mode",
    ),
    (Key, "key", Kind::Any, "Key in use, by label or number"),
    (
        Status,
        "status",
        Kind::Hex,
        "Status of the answer, such as 91AE or AE",
    ),
    (
        Verdict,
        "verdict",
        Kind::Word(&[
            "verified",
            "unverified",
            "wrong",
            "refused",
            "opaque",
            "plain",
        ]),
        "What the row comes to",
    ),
    (
        Mac,
        "mac",
        Kind::Word(VERDICTS),
        "Verdict on the MACs of command and answer",
    ),
    (
        Tmv,
        "tmv",
        Kind::Word(VERDICTS),
        "Verdict on the transaction MAC value",
    ),
    (Ti, "ti", Kind::Hex, "Transaction identifier of the session"),
    (Ctr, "ctr", Kind::Decimal, "CmdCtr of the command"),
    (Note, "note", Kind::Text, "Your note on the row"),
    (Mark, "mark", Kind::Flag, "Your mark on the row"),
    (
        Finding,
        "finding",
        Kind::Text,
        "Code or sentence of a finding",
    ),
    (
        Text,
        "text",
        Kind::Text,
        "Anything readable: names, labels, values, notes, findings",
    ),
    (Wire, "wire", Kind::Bytes, "Bytes on the wire"),
    (
        Plain,
        "plain",
        Kind::Bytes,
        "Bytes without secure messaging",
    ),
];

impl Name {
    /// Reads a name: a column, or a path that starts with `command.` or `response.`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let column = COLUMNS
            .iter()
            .find(|(_, name, ..)| word.eq_ignore_ascii_case(name));
        if let Some((column, ..)) = column {
            return Some(Self::Column(*column));
        }
        let (side, rest) = word.split_once('.')?;
        let side = ["command", "response"]
            .into_iter()
            .find(|name| *name == side)?;
        (!rest.is_empty()).then(|| Self::Field(format!("{side}.{rest}")))
    }

    /// How its values are written.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Column(column) => column.row().2,
            Self::Field(_) => Kind::Any,
        }
    }

    /// What it is, in a sentence.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Column(column) => column.row().3,
            Self::Field(_) => "Field of the tree",
        }
    }

    /// All columns with what they are.
    pub fn columns() -> impl Iterator<Item = Self> {
        COLUMNS.iter().map(|(column, ..)| Self::Column(*column))
    }

    /// Whether looking at it takes the field tree or a walk through bytes.
    pub(super) const fn is_heavy(&self) -> bool {
        matches!(self, Self::Field(_) | Self::Column(Text | Wire | Plain))
    }
}

impl Column {
    fn row(self) -> &'static (Self, &'static str, Kind, &'static str) {
        const FIRST: &(Column, &str, Kind, &str) = &COLUMNS[0];
        COLUMNS
            .iter()
            .find(|(column, ..)| *column == self)
            .unwrap_or(FIRST)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => f.write_str(column.row().1),
            Self::Field(path) => f.write_str(path),
        }
    }
}

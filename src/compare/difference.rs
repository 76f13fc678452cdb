//! What can differ between two exchanges. Key bytes are never part of it.

use std::ops::Range;

/// One of the two messages of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the host.
    Command,
    /// From the card.
    Response,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Command, Self::Response];

    /// The name in paths of fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Response => "response",
        }
    }
}

/// What a difference is about when it is not about bytes of the plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Name and code of the command.
    Command,
    /// P1 and P2.
    Parameters,
    /// Le.
    Le,
    /// Selected application.
    Application,
    /// Status of the answer.
    Status,
    /// Secure messaging.
    Channel,
    /// Communication mode.
    Mode,
    /// Number of the key in use.
    KeyNumber,
    /// Label of the key in use.
    KeyLabel,
    /// PD capabilities that the authentication showed.
    Capabilities,
    /// Length of a message that could not be read.
    Length(Side),
    /// MAC of a message.
    Mac(Side),
    /// Cryptograms of an authentication, as sent.
    Cryptogram(Side),
    /// CmdCtr.
    Counter,
    /// TI.
    TransactionId,
    /// Time of the command in microseconds.
    Time,
    /// Native or wrapped.
    Framing,
}

impl What {
    /// The name used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Parameters => "p1p2",
            Self::Le => "le",
            Self::Application => "application",
            Self::Status => "status",
            Self::Channel => "channel",
            Self::Mode => "mode",
            Self::KeyNumber => "key_no",
            Self::KeyLabel => "key_label",
            Self::Capabilities => "pdcap2",
            Self::Length(Side::Command) => "command_length",
            Self::Length(Side::Response) => "response_length",
            Self::Mac(Side::Command) => "command_mac",
            Self::Mac(Side::Response) => "response_mac",
            Self::Cryptogram(Side::Command) => "command_cryptogram",
            Self::Cryptogram(Side::Response) => "response_cryptogram",
            Self::Counter => "ctr",
            Self::TransactionId => "ti",
            Self::Time => "time_us",
            Self::Framing => "framing",
        }
    }

    /// The name that people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Parameters => "P1 and P2",
            Self::Le => "Le",
            Self::Application => "application",
            Self::Status => "status",
            Self::Channel => "channel",
            Self::Mode => "communication mode",
            Self::KeyNumber => "key number",
            Self::KeyLabel => "key",
            Self::Capabilities => "PDcap2",
            Self::Length(Side::Command) => "length of the command, which is opaque",
            Self::Length(Side::Response) => "length of the response, which is opaque",
            Self::Mac(Side::Command) => "MAC of the command",
            Self::Mac(Side::Response) => "MAC of the response",
            Self::Cryptogram(Side::Command) => "cryptogram of the host",
            Self::Cryptogram(Side::Response) => "cryptogram of the card",
            Self::Counter => "CmdCtr",
            Self::TransactionId => "TI",
            Self::Time => "time in µs",
            Self::Framing => "framing",
        }
    }
}

/// A field's bytes in one of the two traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First byte in the plaintext of its side, as in [`crate::trace::fields`]: the command code is byte 0 of a command.
    pub offset: usize,
    /// The field's bytes.
    pub bytes: Vec<u8>,
    /// The value as people read it.
    pub value: String,
    /// The bytes that the other trace does not have here, counted as `offset` is. Empty where the other has more.
    pub differing: Vec<Range<usize>>,
}

/// A field of the plaintext whose bytes differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// The message.
    pub side: Side,
    /// The data sheet's name of the field.
    pub name: String,
    /// Path of the field, as in [`crate::trace::fields`].
    pub path: String,
    /// The field in A; `None` where it is only in B.
    pub a: Option<Piece>,
    /// The field in B; `None` where it is only in A.
    pub b: Option<Piece>,
}

impl FieldDifference {
    /// Offset of the first differing byte, in A where A has the field.
    pub fn first(&self) -> Option<usize> {
        let piece = self.a.as_ref().or(self.b.as_ref())?;
        piece.differing.first().map(|range| range.start)
    }
}

/// One thing that differs between two exchanges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Bytes of the plaintext.
    Field(Box<FieldDifference>),
    /// A key that the command carries. Its bytes are not told.
    Key {
        /// Path of the field that holds it.
        path: String,
    },
    /// Something else, with the value in each trace where there is one; in neither where only that it differs is told.
    Value {
        /// What it is.
        what: What,
        /// Value in A.
        a: Option<String>,
        /// Value in B.
        b: Option<String>,
    },
}

impl Difference {
    /// What differs, in a line without key bytes.
    pub fn text(&self) -> String {
        match self {
            Self::Field(field) => field.text(),
            Self::Key { .. } => "key differs".into(),
            Self::Value {
                what,
                a: None,
                b: None,
            } => format!("{} differs", what.title()),
            Self::Value { what, a, b } => {
                let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
                format!("{}: {} in A, {} in B", what.title(), text(a), text(b))
            }
        }
    }
}

impl FieldDifference {
    fn text(&self) -> String {
        let (side, name) = (self.side.name(), &self.name);
        match (&self.a, &self.b) {
            (Some(a), Some(b)) => format!("{side} {name}: {} in A, {} in B", a.value, b.value),
            (Some(a), None) => format!("{side} {name}: {} in A, missing in B", a.value),
            (None, Some(b)) => format!("{side} {name}: missing in A, {} in B", b.value),
            (None, None) => format!("{side} {name}"),
        }
    }
}

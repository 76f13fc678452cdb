//! One named piece of a message and where its bytes are.

/// Which of the three byte views of an exchange a field's offset counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The bytes as they crossed the interface, all frames of the exchange one after the other.
    Wire,
    /// The command code and body after framing and chaining were removed, still protected.
    Framed,
    /// The bytes after secure messaging was removed.
    Plain,
}

impl Place {
    /// The name used in JSON rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Framed => "framed",
            Self::Plain => "plain",
        }
    }
}

/// A named value with its byte range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Dotted path that filters use, such as `command.FileNo`.
    pub path: String,
    /// The data sheet's name, such as `FileNo`.
    pub name: String,
    /// The value as people read it.
    pub value: String,
    /// The byte view that `offset` counts in.
    pub place: Place,
    /// First byte, counted from the start of the view.
    pub offset: usize,
    /// Number of bytes.
    pub len: usize,
}

//! What can be wrong with a key file. No message repeats text long enough to be a key.

use crate::bytes::hex::HexError;
use crate::keyring::TemplateError;

/// Why a key file can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not JSON.
    #[error("line {line}, byte {offset}: not a key file: {reason}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Byte, from 0.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Larger than key files are.
    #[error("not a key file: {got} bytes, at most {most} expected")]
    Size {
        /// Bytes of the file.
        got: usize,
        /// Bytes that are read.
        most: usize,
    },
    /// The columns hold AIDs, and nobody said in which order their bytes stand.
    #[error("line {line}: aid is {got}, but which of its bytes comes first was not said")]
    AidOrder {
        /// Line of the first such AID, from 1.
        line: u64,
        /// The AID as it stands there.
        got: String,
    },
    /// A dictionary of more keys than a table should hold: each is tried on every authentication of a trace.
    #[error(
        "{got} keys, at most {most} expected in a key table; a larger dictionary is for the key search"
    )]
    Keys {
        /// Keys of the dictionary.
        got: usize,
        /// Keys that are read.
        most: usize,
    },
    /// No line of a table or dictionary could be read.
    #[error("{first}{}", others(*.more))]
    Lines {
        /// What is wrong with the first line.
        first: String,
        /// How many more lines can't be read.
        more: usize,
    },
    /// JSON of another kind.
    #[error("not a key file: {0}")]
    File(FieldError),
    /// One entry.
    #[error("key {number}{}: {problem}", shown_label(label.as_deref()))]
    Entry {
        /// Which entry, from 1.
        number: usize,
        /// Its label, when it has one.
        label: Option<String>,
        /// What is wrong with it.
        problem: FieldError,
    },
}

fn others(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => ", and 1 more line can't be read".to_owned(),
        more => format!(", and {more} more lines can't be read"),
    }
}

fn shown_label(label: Option<&str>) -> String {
    label.map_or_else(String::new, |label| format!(" \"{label}\""))
}

/// What is wrong with one member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// It is not there.
    #[error("{field} is missing, {expected} expected")]
    Missing {
        /// The member.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// It has a value of another kind or outside the range.
    #[error("{field} is {got}, {expected} expected")]
    Value {
        /// The member.
        field: &'static str,
        /// What is there.
        got: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// It is no hexadecimal text.
    #[error("{field}: {error}")]
    Hex {
        /// The member.
        field: &'static str,
        /// Which character or how many digits.
        error: HexError,
    },
    /// It has another length.
    #[error("{field} has {got} bytes, {expected} expected for {what}")]
    Length {
        /// The member.
        field: &'static str,
        /// Number of bytes there.
        got: usize,
        /// Number of bytes that belong there, in words.
        expected: &'static str,
        /// What asks for that length.
        what: &'static str,
    },
    /// The diversification input can't be read.
    #[error("diversify.input: {0}")]
    Template(TemplateError),
    /// A member that the form does not have.
    #[error("{got} is no member, expected are {expected}")]
    Unknown {
        /// The member.
        got: String,
        /// Members that the form has.
        expected: &'static str,
    },
}

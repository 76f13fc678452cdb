//! A comparison of two traces as JSON lines: what `diff --json` prints, one object for each pair that is not the same, then
//! one with the numbers.

use serde::Serialize;

/// Two exchanges that differ or could not be compared, or one that the other trace does not have.
#[derive(Debug, Serialize)]
pub struct Pair<'a> {
    /// `differs`, `not compared`, `only in A` or `only in B`.
    pub pair: &'static str,
    /// Row of A.
    pub a: Option<usize>,
    /// Row of B.
    pub b: Option<usize>,
    /// The data sheet's name of the command.
    pub command: &'a str,
    /// Selected application, most significant byte first; `None` when it is not known.
    pub aid: Option<String>,
    /// What differs.
    pub differences: Vec<Difference<'a>>,
    /// Messages that were not compared: `command`, `response`.
    pub not_compared: Vec<&'static str>,
}

/// One difference.
#[derive(Debug, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Difference<'a> {
    /// Bytes of the plaintext.
    Bytes {
        /// Path of the field.
        path: &'a str,
        /// The field in A.
        a: Option<Piece<'a>>,
        /// The field in B.
        b: Option<Piece<'a>>,
    },
    /// A key; its bytes are not told.
    Key {
        /// Path of the field.
        path: &'a str,
    },
    /// Something else.
    Value {
        /// What it is, such as `status`.
        name: &'static str,
        /// Value in A.
        a: Option<&'a str>,
        /// Value in B.
        b: Option<&'a str>,
    },
}

/// A field's bytes.
#[derive(Debug, Serialize)]
pub struct Piece<'a> {
    /// First byte in the plaintext of its message; the command code is byte 0.
    pub offset: usize,
    /// The bytes.
    pub hex: String,
    /// The value as people read it.
    pub value: &'a str,
    /// First byte and the byte after the last of each stretch that differs, counted as `offset` is.
    pub differing: Vec<[usize; 2]>,
}

/// The numbers.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Whether everything was compared and nothing differs.
    pub identical: bool,
    /// Pairs without a difference.
    pub same: usize,
    /// Pairs that differ.
    pub differs: usize,
    /// Exchanges that B does not have.
    pub only_a: usize,
    /// Exchanges that A does not have.
    pub only_b: usize,
    /// Pairs without a difference in what could be read, which was not all.
    pub not_compared: usize,
    /// What was passed over.
    pub ignored: Vec<&'static str>,
}

impl Pair<'_> {
    /// The object as one line.
    pub fn json(&self) -> String {
        // Strings and numbers only: this form always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Summary {
    /// The object as one line.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

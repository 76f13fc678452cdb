//! The result of a replay as one JSON object: what `replay --json` prints.

use serde::Serialize;

/// The result.
#[derive(Debug, Serialize)]
pub struct Replay<'a> {
    /// Exchanges that were rebuilt and compared.
    pub compared: usize,
    /// Exchanges of the session.
    pub exchanges: usize,
    /// Exchanges that could not be rebuilt.
    pub skipped: Vec<Skipped<'a>>,
    /// The first difference.
    pub divergence: Option<Divergence<'a>>,
}

/// An exchange that could not be rebuilt.
#[derive(Debug, Serialize)]
pub struct Skipped<'a> {
    /// Row of the exchange.
    pub row: usize,
    /// Why.
    pub why: &'a str,
}

/// The first difference between rebuilt and recorded bytes.
#[derive(Debug, Serialize)]
pub struct Divergence<'a> {
    /// Index of the event.
    pub event: usize,
    /// First differing byte of the event's frame.
    pub offset: usize,
    /// What differs.
    pub text: &'a str,
    /// The rebuilt frame.
    pub expected: Option<String>,
    /// The recorded frame.
    pub got: String,
}

impl Replay<'_> {
    /// The object as one line.
    pub fn json(&self) -> String {
        // Strings and numbers only: this form always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }
}

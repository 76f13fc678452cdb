//! Replays a recording: the host is rebuilt from the decoded plaintext and the recovered random numbers,
//! and its frames are compared with the recorded bytes.
//!
//! *recorded*: the recorded answers go to the rebuilt host. *card*: the rebuilt host talks to a virtual
//! card that draws the recovered random numbers, and the card's answers are compared too.

mod compare;
mod drawn;
mod locate;
mod plan;
mod readers;

pub use readers::{card, compare_while, recorded};

/// The first place where rebuilt and recorded bytes differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Index of the event.
    pub event: usize,
    /// First differing byte of the event's frame.
    pub offset: usize,
    /// The rebuilt frame, where there is one.
    pub expected: Option<Vec<u8>>,
    /// The recorded frame.
    pub got: Vec<u8>,
    /// What differs, in a sentence.
    pub text: String,
}

/// An exchange that could not be rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Row of the exchange.
    pub row: usize,
    /// Why.
    pub why: String,
}

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Exchanges that were rebuilt and compared.
    pub compared: usize,
    /// Exchanges that could not be rebuilt.
    pub skipped: Vec<Skipped>,
    /// The first divergence; the replay stops there.
    pub divergence: Option<Divergence>,
}

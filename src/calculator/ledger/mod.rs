//! The operations of a transaction as text, one a line, and what each adds to the TMI (DESFire reference §6.3).
//!
//! ```text
//! select 014499                        by name
//! 6C 03 -> 14000000                    plain command and the data of its answer
//! 90 0C 00 00 05 03 E8030000 00        APDU, here without its answer: taken for done
//! BD 02 000000 000000 -> A1B2 9100     with its status; Length 0 is resolved by the answer
//! DC 03 01000000 -> 91BE               refused: drops what was pending
//! commit -> 0600000012C6A2A823884CDE8A # TMC and TMV
//! ```
//! All data is plain: no MAC, nothing enciphered. Frames joined by AF stand in lines one after the other.

mod follow;
mod forms;
mod given;
mod line;
mod recorded;
mod told;

pub use follow::{adds, follow};
pub use forms::{FORMS, Form};
pub use given::{Part, PartKind};
pub use recorded::{Recorded, around, recorded};
pub use told::{Effect, Entry, Options, Reason, Told};

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {text}")]
pub struct LineError {
    /// Its number, from 1.
    pub line: usize,
    /// Expected and got.
    pub text: String,
}

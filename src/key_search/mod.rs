//! Which key made a recorded authentication: every authentication of a trace against every key that could be it.
//!
//! [`recorded()`] finds the authentications, also those that no key opened. [`Candidates`] are the keys of the table, as they
//! stand and by every diversification rule that is in use; a [`Dictionary`] adds millions more, one a line. [`Search`] goes
//! through them in slices, so that whoever runs it can show how far it is and stop it. It asks [`Challenge::fits`], which
//! deciphers two blocks and compares (DESFire reference §4.7), and lets the handshake itself confirm what fits.
//!
//! All keys that fit are told, also when two are alike: with one value, or with values that differ only in the bits of a
//! DES key that are no part of the cipher.

mod candidates;
mod challenge;
mod dictionary;
mod learnt;
mod recorded;
mod search;

pub use candidates::Candidates;
pub use challenge::{Challenge, Confirmed, Kind, Trial};
pub use dictionary::Dictionary;
pub use learnt::{LearntKey, learnt};
pub use recorded::{recorded, unsearchable};
pub use search::{Alike, Match, Progress, Search, Source};

//! What an observer sees and understands: events, the decoding fold, decoded exchanges.
//!
//! [`State::step`] is the only decoder, for one reader; [`Observer::step`] hands the events of several readers to the
//! state of each. A live view, an opened file, the command line and the tests all fold events through it; a key added
//! later folds again.

mod auth;
mod candidates;
mod checks;
mod contents;
mod d40;
mod ev1;
mod ev2;
mod event;
mod exchange;
mod families;
mod fields;
mod given;
mod iso_auth;
mod judgement;
pub mod known;
mod learn;
mod legacy;
mod legacy_auth;
mod new_key;
mod observer;
mod pending;
mod proof;
mod proof_legacy;
mod shape;
mod state;
mod transaction;
mod uid;

pub use contents::{FilePart, content_place, contents};
pub use event::{Event, EventKind, Lane, Presented};
pub use exchange::{Authenticated, Exchange, Ivs, KeyUse, NewKey, SeenCommit};
pub use fields::{fields, masked_plain};
pub use judgement::Judgement;
pub use learn::created;
pub use new_key::key_forms;
pub use observer::Observer;
pub use proof::{DataProof, Derivation, MacProof, Part, Proof, SecretStep, SessionProof, prove};
pub use shape::{Lengths, granted};
pub use state::State;

use crate::keyring::Keyring;
use crate::secure_messaging::Verdicts;

/// Decodes a whole recording.
pub fn decode(events: &[Event], keyring: &Keyring) -> Vec<Exchange> {
    let mut observer = Observer::default();
    let mut rows: Vec<Exchange> = events
        .iter()
        .enumerate()
        .filter_map(|(event_no, event)| observer.step(event_no, event, keyring))
        .collect();
    rows.extend(observer.finish(keyring));
    rows
}

/// Decodes a whole recording of one reader from a given state.
pub fn decode_from(mut state: State, events: &[Event], keyring: &Keyring) -> Vec<Exchange> {
    let mut rows: Vec<Exchange> = events
        .iter()
        .enumerate()
        .filter_map(|(event_no, event)| state.step(event_no, event, keyring))
        .collect();
    rows.extend(state.finish(keyring));
    rows
}

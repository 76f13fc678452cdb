//! The readers that PC/SC knows.

use std::ffi::CString;
use std::time::Duration;

use pcsc::{ReaderState, State};

use super::super::error::ReaderError;
use super::names::{Reader, Slot};
use super::trouble::{establish, of_service};

/// All readers and what they hold, without waiting.
pub fn list() -> Result<Vec<Reader>, ReaderError> {
    let context = establish()?;
    let mut states: Vec<ReaderState> = names(&context)?
        .into_iter()
        .map(|name| ReaderState::new(name, State::UNAWARE))
        .collect();
    if states.is_empty() {
        return Ok(Vec::new());
    }
    match context.get_status_change(Duration::ZERO, &mut states) {
        // A reader that nothing is known of yet counts as not changed.
        Ok(()) | Err(pcsc::Error::Timeout) => Ok(states.iter().map(seen).collect()),
        Err(error) => Err(of_service(error)),
    }
}

/// The names of all readers.
pub(super) fn names(context: &pcsc::Context) -> Result<Vec<CString>, ReaderError> {
    loop {
        match context.list_readers_owned() {
            // One more came between asking for the length and for the names.
            Err(pcsc::Error::InsufficientBuffer) => {}
            other => return other.map_err(of_service),
        }
    }
}

/// What PC/SC says of one reader.
pub(super) fn seen(state: &ReaderState) -> Reader {
    let bits = state.event_state();
    let slot = if bits.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
        Slot::Unavailable
    } else if bits.contains(State::MUTE) {
        Slot::Mute
    } else if bits.contains(State::PRESENT) {
        Slot::Card {
            atr: state.atr().to_vec(),
            exclusive: bits.contains(State::EXCLUSIVE),
            in_use: bits.contains(State::INUSE),
        }
    } else {
        Slot::Empty
    };
    Reader {
        name: state.name().to_owned().into(),
        slot,
        count: state.event_count(),
    }
}

//! The card as the rows show it: a fold over decoded rows and the events between them, without keys or cryptography.
//!
//! It claims nothing that a row may have changed without showing it (DESFire reference §5.4): an answer that never came
//! leaves both ways open, a refusal teaches nothing but drops what was pending, and what a command did that can't be read
//! makes unknown whatever it may have changed.

mod content;
mod effect;
mod keeper;
mod log;
mod pending;
mod seat;
mod structure;

pub use keeper::{CardView, Keeper, Latest};
pub use log::KnownCards;

use super::event::{Event, EventKind};

/// Whether an event is no frame, and says something of the card.
const fn is_special(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Reset | EventKind::FieldOff | EventKind::Tear { .. } | EventKind::Card(_)
    )
}

//! What an observer sees and understands.

mod event;

pub use event::{Event, EventKind, Lane};

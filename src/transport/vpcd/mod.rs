//! The vpcd protocol: cards over TCP, as the virtual reader of pcscd speaks it (vsmartcard 3.3).
//!
//! The reader listens, the card connects. [`CardEnd`] lends a card of ours to a reader, usually pcscd, and with it to
//! every PC/SC program of the machine. [`Listener`] is a reader for cards that others lend, such as a phone's.

mod card_end;
mod codec;
mod inbox;
mod link;
mod listener;

pub use card_end::{CardEnd, LinkNews};
pub use codec::{Control, Message, emit, parse, split};
pub use link::{Address, Patience};
pub use listener::{Listener, RemoteCard, TURNED_AWAY};

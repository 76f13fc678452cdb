//! Secure dynamic messaging (DESFire reference §7): a URL, or its pieces, verified and deciphered.

mod message;
mod stages;
mod verify;

pub(super) use message::MESSAGE;
pub(in crate::calculator) use verify::{VERIFY, reading};

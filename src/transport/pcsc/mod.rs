//! Readers on the desk, over PC/SC (part 5).
//!
//! [`list`] looks once, [`Monitor`] tells what comes and goes, [`PcscCard`] is a card to talk to. The `pcsc` crate is
//! unmodified; the `pcsc-sys` below it is ours (`pcsc_sys/`) and opens the library when the first of these is used.

mod card;
mod monitor;
mod news;
mod readers;
mod trouble;

pub use card::{Held, PcscCard, Protocol, Sharing};
pub use monitor::Monitor;
pub use news::{News, Picture};
pub use readers::{Reader, ReaderName, Slot, find, list};

//! Readers on the desk, over PC/SC (part 5).
//!
//! `list` looks once, `Monitor` tells what comes and goes, `PcscCard` is a card to talk to, `PcscSource` whatever card
//! lies on a reader. The `pcsc` crate is unmodified; the `pcsc-sys` below it is ours (`pcsc_sys/`) and opens the library
//! when the first of these is used. Names and news are there in a build without PC/SC, too.

#[cfg(feature = "pcsc")]
mod card;
#[cfg(feature = "pcsc")]
mod monitor;
mod names;
mod news;
#[cfg(feature = "pcsc")]
mod readers;
#[cfg(feature = "pcsc")]
mod source;
#[cfg(feature = "pcsc")]
mod t0;
#[cfg(feature = "pcsc")]
mod trouble;

#[cfg(feature = "pcsc")]
pub use card::{Held, PcscCard};
#[cfg(feature = "pcsc")]
pub use monitor::Monitor;
pub use names::{Reader, ReaderName, Slot, find};
pub use news::{News, Picture};
#[cfg(feature = "pcsc")]
pub use readers::list;
#[cfg(feature = "pcsc")]
pub use source::PcscSource;

/// Whether other programs may talk to the card meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// The card is ours alone; fails when another program has it.
    #[default]
    Exclusive,
    /// Others may connect too.
    Shared,
}

/// How frames travel; contactless cards appear as T=1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// T=0 or T=1, as the card offers.
    #[default]
    Any,
    /// T=0.
    T0,
    /// T=1.
    T1,
    /// As the reader has it.
    Raw,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Any, Self::T0, Self::T1, Self::Raw];

    /// As people write it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Any => "T=0 or T=1",
            Self::T0 => "T=0",
            Self::T1 => "T=1",
            Self::Raw => "raw frames",
        }
    }
}

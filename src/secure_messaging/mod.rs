//! Secure messaging: one set of rules for host, card and observer.
//!
//! Host = `seal_command` and `open_response`; card = `open_command` and `seal_response`; observer = open and open.
//! Opening never fails: it returns what could be read and a verdict on every check. The host turns a bad verdict
//! into an error, the card into a status, the observer into a finding.
//!
//! [`Ev2`] has a counter, which moves only in [`Ev2::complete`]; [`Ev1`] has an IV, which every message moves, so
//! its sealing and opening take `&mut self`; [`D40`] has no state.

pub mod change_key;
mod d40;
pub mod ev1;
mod ev2;
mod extent;
pub mod handshake;
#[cfg(test)]
mod samples;
mod verdict;

pub use change_key::{KeyChange, KeyForm, OpenedKey};
pub use d40::D40;
pub use ev1::Ev1;
pub use ev2::{CounterExhausted, Direction, Ev2, MAC_LEN, mac_prefix};
pub use extent::{Extent, Found};
pub use verdict::{Check, Opened, Tag, Verdict, Verdicts};

/// What protects the messages between a host and a card at one moment.
#[derive(Clone, Debug, Default)]
pub enum Channel {
    /// Nothing.
    #[default]
    Plain,
    /// D40 secure messaging.
    D40(Box<D40>),
    /// EV1 secure messaging.
    Ev1(Box<Ev1>),
    /// EV2 secure messaging.
    Ev2(Box<Ev2>),
}

//! Secure messaging: one set of rules for host, card and observer.
//!
//! Host = [`Ev2::seal_command`] and [`Ev2::open_response`]; card = [`Ev2::open_command`] and
//! [`Ev2::seal_response`]; observer = open and open. Opening never fails: it returns what could be read
//! and a verdict on every check. The host turns a bad verdict into an error, the card into a status, the
//! observer into a finding. The counter moves only in [`Ev2::complete`].

mod ev2;
pub mod handshake;
mod verdict;

pub use ev2::{CounterExhausted, Ev2, MAC_LEN};
pub use verdict::{Check, Opened, Verdict, Verdicts};

/// What protects the messages between a host and a card at one moment.
#[derive(Clone, Debug, Default)]
pub enum Channel {
    /// Nothing.
    #[default]
    Plain,
    /// EV2 secure messaging.
    Ev2(Box<Ev2>),
}

//! Where bytes really go: the only layer that knows time, operating-system randomness and devices.
//!
//! Transports stack: `Record::new(Fault::new(EmbeddedCard::new(…), …), …)`. Each has `into_inner`.
//!
//! [`pcsc`] is the way to readers on the desk. [`vpcd`] has two ends: a card of ours in the virtual reader of pcscd, for
//! every program that speaks PC/SC, and a reader of ours for cards that others lend.

mod drive;
mod embedded;
mod error;
mod fault;
mod identify;
mod os_entropy;
pub mod pcsc;
mod record;
mod returning;
pub mod vpcd;

pub use drive::{DriveError, drive};
pub use embedded::EmbeddedCard;
pub use error::{PeerError, ReaderError, TransportError};
pub use fault::{Change, Fault, Flip, FrameFault};
pub use identify::identify;
pub use os_entropy::OsEntropy;
pub use record::{Clock, Record, Watch, unix_time_ms};
pub use returning::{Returning, Source, TurnedAway};

/// A card that takes command frames.
///
/// The caller frames; the transport moves one frame and gives the answer frame with its status, as
/// received. A card's refusal is an answer. An error means that no answer came.
pub trait Transport {
    /// Sends one command frame and waits for its answer.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError>;

    /// Takes the field away and brings it back: a session, a transaction and a chain are gone.
    fn reset(&mut self) -> Result<(), TransportError>;

    /// The answer to reset (2 to 33 bytes) of the card that lies here now; an error when there is none. Changes nothing
    /// on the card.
    fn atr(&mut self) -> Result<Vec<u8>, TransportError>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        (**self).transmit(command)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (**self).reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        (**self).atr()
    }
}

impl<T: Transport + ?Sized> Transport for &mut T {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        (**self).transmit(command)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (**self).reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        (**self).atr()
    }
}

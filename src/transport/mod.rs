//! Where bytes really go: the only layer that knows time, operating-system randomness and devices.
//!
//! Transports stack: `Record::new(Fault::new(EmbeddedCard::new(…), …), …)`. Each has `into_inner`.

mod drive;
mod embedded;
mod fault;
mod os_entropy;
mod record;

pub use drive::{DriveError, drive};
pub use embedded::EmbeddedCard;
pub use fault::{Change, Fault, Flip, FrameFault};
pub use os_entropy::OsEntropy;
pub use record::{Clock, Record, Watch, unix_time_ms};

/// A card that takes command frames.
///
/// The caller frames; the transport moves one frame and gives the answer frame with its status, as
/// received. A card's refusal is an answer. An error means that no answer came.
pub trait Transport {
    /// Sends one command frame and waits for its answer.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError>;

    /// Takes the field away and brings it back: a session, a transaction and a chain are gone.
    fn reset(&mut self) -> Result<(), TransportError>;
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The command was sent; whether the card executed it is unknown.
    #[error("the answer was lost")]
    Lost,
    /// The card lost power before its non-volatile write number `after_writes` of this command.
    #[error("the card lost power before write {after_writes} of the command")]
    Torn {
        /// Completed writes.
        after_writes: u32,
    },
}

impl<T: Transport + ?Sized> Transport for &mut T {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        (**self).transmit(command)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (**self).reset()
    }
}

//! A tear that waits for the next command that writes.

use crate::transport::{EmbeddedCard, Transport, TransportError};

/// Arms the card before each frame until a command has written, or was torn. A command that writes nothing, such
/// as the selection at the start of a top-up, leaves the fault where it is.
pub(super) struct Tearing<'a> {
    pub(super) card: &'a mut EmbeddedCard,
    pub(super) tear: &'a mut Option<u32>,
}

impl Transport for Tearing<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        if let Some(writes) = *self.tear {
            self.card.tear_after(writes);
        }
        let answer = self.card.transmit(command);
        if matches!(answer, Err(TransportError::Torn { .. }))
            || self.card.card().writes_of_last_command() > 0
        {
            *self.tear = None;
        }
        answer
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset()
    }
}

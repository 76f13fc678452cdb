//! Faults that wait for a command: as the user arms them, and the tear, which only a virtual card can suffer.

use crate::transport::{EmbeddedCard, FrameFault, Transport, TransportError};

/// A fault that waits for its command; it happens once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Power fails before this non-volatile write, from 0, of the next command that writes.
    Tear(u32),
    /// Something happens to a frame on its way.
    Frame(FrameFault),
}

impl Fault {
    /// Writes before which power fails, and faults on the way.
    pub(super) fn split(faults: &[Self]) -> (Vec<u32>, Vec<FrameFault>) {
        let (mut tears, mut frames) = (Vec::new(), Vec::new());
        for fault in faults {
            match fault {
                Self::Tear(write) => tears.push(*write),
                Self::Frame(fault) => frames.push(*fault),
            }
        }
        (tears, frames)
    }

    /// Puts together what [`Fault::split`] took apart, tears first.
    pub(super) fn join(tears: &[u32], frames: &[FrameFault]) -> Vec<Self> {
        let tears = tears.iter().copied().map(Self::Tear);
        tears
            .chain(frames.iter().copied().map(Self::Frame))
            .collect()
    }
}

/// Arms the card before each frame until a command has written, or was torn. A command that writes nothing, such
/// as the selection at the start of a top-up, leaves the fault where it is.
pub(super) struct Tearing<'a> {
    pub(super) card: &'a mut EmbeddedCard,
    /// The first is the next.
    pub(super) tears: &'a mut Vec<u32>,
    /// Told of each command that wrote.
    pub(super) wrote: &'a mut dyn FnMut(&EmbeddedCard),
}

impl Transport for Tearing<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let waits = self.tears.first().copied();
        if let Some(writes) = waits {
            self.card.tear_after(writes);
        }
        let answer = self.card.transmit(command);
        let torn = matches!(answer, Err(TransportError::Torn { .. }));
        if torn || self.card.card().writes_of_last_command() > 0 {
            (self.wrote)(self.card);
            if waits.is_some() {
                self.tears.remove(0);
            }
        }
        answer
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        self.card.atr()
    }
}

//! Faults on the way between host and card.

use super::{Transport, TransportError};
use crate::apdu::CommandApdu;

/// Which answer does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lose {
    /// Command code whose first answer is lost; the card executes the command.
    pub ins: u8,
}

/// A transport that loses one answer.
pub struct Fault<T> {
    inner: T,
    lose: Option<Lose>,
}

impl<T> Fault<T> {
    /// Puts a fault before `inner`.
    pub const fn new(inner: T, lose: Lose) -> Self {
        Self {
            inner,
            lose: Some(lose),
        }
    }

    /// Takes the fault away.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Transport> Transport for Fault<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.inner.transmit(command)?;
        if self
            .lose
            .take_if(|lose| CommandApdu::parse(command).ins == lose.ins)
            .is_some()
        {
            return Err(TransportError::Lost);
        }
        Ok(answer)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.inner.reset()
    }
}

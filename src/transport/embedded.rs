//! A virtual card in the same process.

use super::{Transport, TransportError};
use crate::card::atr;
use crate::virtual_card::Card;

/// Hands frames to a virtual card.
pub struct EmbeddedCard {
    card: Card,
    tear: Option<u32>,
}

impl EmbeddedCard {
    /// Puts the card into the field.
    pub const fn new(card: Card) -> Self {
        Self { card, tear: None }
    }

    /// Takes the card out of the field.
    pub fn into_inner(self) -> Card {
        self.card
    }

    /// The card, to look at.
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// Power fails before the non-volatile write with this number, counted from 0 within the next command.
    pub const fn tear_after(&mut self, writes: u32) {
        self.tear = Some(writes);
    }
}

impl Transport for EmbeddedCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        if let Some(writes) = self.tear.take() {
            self.card.tear_after(writes);
        }
        self.card.exchange(command).map_err(|_| {
            let after_writes = self.card.writes_of_last_command();
            self.card.reset();
            TransportError::Torn { after_writes }
        })
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset();
        Ok(())
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        Ok(atr::from_ats(self.card.ats()))
    }
}

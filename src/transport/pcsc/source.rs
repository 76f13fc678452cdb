//! The cards that are put on a reader, one after the other.

use super::super::error::ReaderError;
use super::super::{Source, Transport, TransportError};
use super::names::ReaderName;
use super::{PcscCard, Protocol, Sharing};

/// A reader, and how its cards are to be connected.
#[derive(Clone, Debug)]
pub struct PcscSource {
    /// The reader.
    pub reader: ReaderName,
    /// Whether other programs may talk to the card meanwhile.
    pub sharing: Sharing,
    /// How frames travel.
    pub protocol: Protocol,
}

impl Source for PcscSource {
    type Card = PcscCard;

    fn connect(&mut self) -> Result<PcscCard, TransportError> {
        Ok(PcscCard::connect(
            &self.reader,
            self.sharing,
            self.protocol,
        )?)
    }

    fn empty(&self) -> TransportError {
        let reader = self.reader.to_string();
        ReaderError::NoCard { reader }.into()
    }

    fn is_shared(&self) -> bool {
        self.sharing == Sharing::Shared
    }

    fn hold<'a>(&self, card: &'a mut PcscCard) -> Result<Box<dyn Transport + 'a>, TransportError> {
        Ok(Box::new(card.hold()?))
    }
}

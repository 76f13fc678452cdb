//! A card on a reader.

use pcsc::{Card, Disposition, Error, Protocols, ShareMode, Transaction};

use super::super::error::ReaderError;
use super::super::{Transport, TransportError};
use super::readers::ReaderName;
use super::trouble::{establish, reason};

/// Whether other programs may talk to the card meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// The card is ours alone; fails when another program has it.
    Exclusive,
    /// Others may connect too; [`PcscCard::hold`] keeps them away for a while.
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
    const fn choices(self) -> Protocols {
        match self {
            Self::Any => Protocols::ANY,
            Self::T0 => Protocols::T0,
            Self::T1 => Protocols::T1,
            Self::Raw => Protocols::RAW,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Any => "T=0 or T=1",
            Self::T0 => "T=0",
            Self::T1 => "T=1",
            Self::Raw => "raw frames",
        }
    }
}

/// How a card was connected to, for connecting again.
#[derive(Clone, Debug)]
struct Terms {
    reader: String,
    sharing: Sharing,
    protocol: Protocol,
}

impl Terms {
    const fn mode(&self) -> ShareMode {
        match self.sharing {
            Sharing::Exclusive => ShareMode::Exclusive,
            Sharing::Shared => ShareMode::Shared,
        }
    }

    fn reason(&self, error: Error) -> ReaderError {
        match error {
            Error::ProtoMismatch => ReaderError::Protocol {
                reader: self.reader.clone(),
                protocol: self.protocol.text(),
            },
            error => reason(error, &self.reader),
        }
    }
}

/// A connected card. It is reset when this is dropped: no session stays open for the next program.
pub struct PcscCard {
    card: Card,
    terms: Terms,
    atr: Vec<u8>,
    buffer: Vec<u8>,
}

impl PcscCard {
    /// Connects to the card on a reader.
    pub fn connect(
        reader: &ReaderName,
        sharing: Sharing,
        protocol: Protocol,
    ) -> Result<Self, ReaderError> {
        let terms = Terms {
            reader: reader.to_string(),
            sharing,
            protocol,
        };
        let context = establish()?;
        let card = context
            .connect(reader.as_c(), terms.mode(), protocol.choices())
            .map_err(|error| terms.reason(error))?;
        let status = card.status2_owned().map_err(|error| terms.reason(error))?;
        Ok(Self {
            card,
            terms,
            atr: status.atr().to_vec(),
            // Never assumed that an answer is short: some readers collect a chain by themselves.
            buffer: vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED],
        })
    }

    /// The answer to reset.
    pub fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Keeps other programs away until the result is dropped. Waits while another program does the same.
    pub fn hold(&mut self) -> Result<Held<'_>, ReaderError> {
        let terms = &self.terms;
        let transaction = self
            .card
            .transaction()
            .map_err(|error| terms.reason(error))?;
        Ok(Held {
            transaction,
            terms,
            buffer: &mut self.buffer,
        })
    }
}

impl std::fmt::Debug for PcscCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PcscCard")
            .field("terms", &self.terms)
            .field("atr", &self.atr)
            .finish_non_exhaustive()
    }
}

/// A card that only we talk to, for as long as this lives.
pub struct Held<'a> {
    transaction: Transaction<'a>,
    terms: &'a Terms,
    buffer: &'a mut [u8],
}

impl Transport for PcscCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        exchange(&self.card, command, &mut self.buffer)
            .inspect_err(|error| {
                if *error == Error::ResetCard {
                    acknowledge(
                        |mode, protocols| {
                            self.card.reconnect(mode, protocols, Disposition::LeaveCard)
                        },
                        &self.terms,
                    );
                }
            })
            .map_err(|error| refused(error, &self.terms, command.len()))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let (mode, protocols) = (self.terms.mode(), self.terms.protocol.choices());
        self.card
            .reconnect(mode, protocols, Disposition::UnpowerCard)
            .map_err(|error| self.terms.reason(error).into())
    }
}

impl Transport for Held<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        exchange(&self.transaction, command, self.buffer)
            .map_err(|error| refused(error, self.terms, command.len()))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let (mode, protocols) = (self.terms.mode(), self.terms.protocol.choices());
        self.transaction
            .reconnect(mode, protocols, Disposition::UnpowerCard)
            .map_err(|error| self.terms.reason(error).into())
    }
}

fn exchange(card: &Card, command: &[u8], buffer: &mut [u8]) -> Result<Vec<u8>, Error> {
    card.transmit(command, buffer).map(<[u8]>::to_vec)
}

/// After a foreign reset PC/SC refuses every command until the connection was renewed.
fn acknowledge(reconnect: impl FnOnce(ShareMode, Protocols) -> Result<(), Error>, terms: &Terms) {
    // Where that fails too, the next command says why.
    let (Ok(()) | Err(_)) = reconnect(terms.mode(), terms.protocol.choices());
}

fn refused(error: Error, terms: &Terms, length: usize) -> TransportError {
    match error {
        Error::InvalidParameter | Error::InvalidValue | Error::UnsupportedFeature => {
            let reader = terms.reader.clone();
            ReaderError::Frame { reader, length }.into()
        }
        error => terms.reason(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_does_not_pass_on_is_told_from_what_fails() {
        let terms = Terms {
            reader: "Desk 00".into(),
            sharing: Sharing::Exclusive,
            protocol: Protocol::T0,
        };
        let sentence = |error| refused(error, &terms, 1).to_string();
        assert_eq!(
            sentence(Error::InvalidParameter),
            "the reader Desk 00 refuses this frame of 1 bytes"
        );
        assert_eq!(
            sentence(Error::RemovedCard),
            "the card was taken out of the reader Desk 00"
        );
        assert_eq!(
            sentence(Error::ProtoMismatch),
            "the card in the reader Desk 00 does not speak T=0"
        );
    }
}

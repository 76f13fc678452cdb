//! A card on a reader.

use pcsc::{Card, Disposition, Error, Protocols, ShareMode, Transaction};

use super::super::error::ReaderError;
use super::super::{Transport, TransportError};
use super::names::ReaderName;
use super::trouble::{establish, reason};
use super::{Protocol, Sharing, t0};

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

const fn choices(protocol: Protocol) -> Protocols {
    match protocol {
        Protocol::Any => Protocols::ANY,
        Protocol::T0 => Protocols::T0,
        Protocol::T1 => Protocols::T1,
        Protocol::Raw => Protocols::RAW,
    }
}

/// A connected card. It is reset when this is dropped: no session stays open for the next program.
pub struct PcscCard {
    card: Card,
    terms: Terms,
    /// Whether frames travel by T=0, which knows no answer to a command with data.
    t0: bool,
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
            .connect(reader.as_c(), terms.mode(), choices(protocol))
            .map_err(|error| terms.reason(error))?;
        let status = card.status2_owned().map_err(|error| terms.reason(error))?;
        Ok(Self {
            card,
            terms,
            t0: status.protocol2() == Some(pcsc::Protocol::T0),
            // Never assumed that an answer is short: some readers collect a chain by themselves.
            buffer: vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED],
        })
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
            t0: self.t0,
            buffer: &mut self.buffer,
        })
    }
}

impl std::fmt::Debug for PcscCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PcscCard")
            .field("terms", &self.terms)
            .field("t0", &self.t0)
            .finish_non_exhaustive()
    }
}

/// A card that only we talk to, for as long as this lives.
pub struct Held<'a> {
    transaction: Transaction<'a>,
    terms: &'a Terms,
    t0: bool,
    buffer: &'a mut [u8],
}

impl Transport for PcscCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        exchange(&self.card, command, &mut self.buffer, self.t0)
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
        let (mode, protocols) = (self.terms.mode(), choices(self.terms.protocol));
        self.card
            .reconnect(mode, protocols, Disposition::UnpowerCard)
            .map_err(|error| self.terms.reason(error).into())
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        atr_of(&self.card, &self.terms)
    }
}

impl Transport for Held<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        exchange(&self.transaction, command, self.buffer, self.t0)
            .map_err(|error| refused(error, self.terms, command.len()))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let (mode, protocols) = (self.terms.mode(), choices(self.terms.protocol));
        self.transaction
            .reconnect(mode, protocols, Disposition::UnpowerCard)
            .map_err(|error| self.terms.reason(error).into())
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        atr_of(&self.transaction, self.terms)
    }
}

fn exchange(card: &Card, command: &[u8], buffer: &mut [u8], by_t0: bool) -> Result<Vec<u8>, Error> {
    let mut send = |frame: &[u8]| card.transmit(frame, buffer).map(<[u8]>::to_vec);
    if by_t0 {
        t0::exchange(command, send)
    } else {
        send(command)
    }
}

/// What the reader reads of the card that lies on it; the card is not asked.
fn atr_of(card: &Card, terms: &Terms) -> Result<Vec<u8>, TransportError> {
    let status = card.status2_owned().map_err(|error| terms.reason(error))?;
    Ok(status.atr().to_vec())
}

/// After a foreign reset PC/SC refuses every command until the connection was renewed.
fn acknowledge(reconnect: impl FnOnce(ShareMode, Protocols) -> Result<(), Error>, terms: &Terms) {
    // Where that fails too, the next command says why.
    let (Ok(()) | Err(_)) = reconnect(terms.mode(), choices(terms.protocol));
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

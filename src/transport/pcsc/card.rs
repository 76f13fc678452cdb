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

    /// Keeps other programs away until the result is dropped. Waits while another program does the same. A reset by
    /// another program is told once.
    pub fn hold(&mut self) -> Result<Held<'_>, ReaderError> {
        let terms = &self.terms;
        match self.card.transaction2() {
            Ok(transaction) => Ok(Held {
                transaction,
                terms,
                t0: self.t0,
                buffer: &mut self.buffer,
            }),
            Err((card, error)) => {
                acknowledge(error, terms, |mode, protocols| {
                    card.reconnect(mode, protocols, Disposition::LeaveCard)
                });
                Err(terms.reason(error))
            }
        }
    }

    /// Renews the connection when this is why PC/SC refused.
    fn acknowledge(&mut self, error: Error) {
        acknowledge(error, &self.terms, |mode, protocols| {
            self.card.reconnect(mode, protocols, Disposition::LeaveCard)
        });
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

impl Held<'_> {
    /// Renews the connection when this is why PC/SC refused.
    fn acknowledge(&mut self, error: Error) {
        acknowledge(error, self.terms, |mode, protocols| {
            self.transaction
                .reconnect(mode, protocols, Disposition::LeaveCard)
        });
    }
}

impl Transport for PcscCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        exchange(&self.card, command, &mut self.buffer, self.t0)
            .inspect_err(|error| self.acknowledge(*error))
            .map_err(|error| refused(error, &self.terms, command.len()))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let (mode, protocols) = (self.terms.mode(), choices(self.terms.protocol));
        self.card
            .reconnect(mode, protocols, Disposition::UnpowerCard)
            .map_err(|error| self.terms.reason(error).into())
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        atr_of(&self.card)
            .inspect_err(|error| self.acknowledge(*error))
            .map_err(|error| self.terms.reason(error).into())
    }
}

impl Transport for Held<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        exchange(&self.transaction, command, self.buffer, self.t0)
            .inspect_err(|error| self.acknowledge(*error))
            .map_err(|error| refused(error, self.terms, command.len()))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let (mode, protocols) = (self.terms.mode(), choices(self.terms.protocol));
        self.transaction
            .reconnect(mode, protocols, Disposition::UnpowerCard)
            .map_err(|error| self.terms.reason(error).into())
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        atr_of(&self.transaction)
            .inspect_err(|error| self.acknowledge(*error))
            .map_err(|error| self.terms.reason(error).into())
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
fn atr_of(card: &Card) -> Result<Vec<u8>, Error> {
    Ok(card.status2_owned()?.atr().to_vec())
}

/// After a foreign reset PC/SC refuses every command, transaction and status until the connection was renewed.
fn acknowledge(
    error: Error,
    terms: &Terms,
    reconnect: impl FnOnce(ShareMode, Protocols) -> Result<(), Error>,
) {
    if error == Error::ResetCard {
        // Where that fails too, whatever comes next says why.
        let (Ok(()) | Err(_)) = reconnect(terms.mode(), choices(terms.protocol));
    }
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
    fn only_a_foreign_reset_renews_the_connection_and_on_the_same_terms() {
        let terms = Terms {
            reader: "Desk 00".into(),
            sharing: Sharing::Shared,
            protocol: Protocol::T1,
        };
        for (error, expected) in [
            (Error::RemovedCard, None),
            (Error::SharingViolation, None),
            (Error::ResetCard, Some((ShareMode::Shared, Protocols::T1))),
        ] {
            let mut renewed = None;
            acknowledge(error, &terms, |mode, protocols| {
                renewed = Some((mode, protocols));
                Err(Error::RemovedCard)
            });
            assert_eq!(renewed, expected, "{error:?}");
        }
    }

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

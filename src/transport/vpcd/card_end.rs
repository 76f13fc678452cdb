//! The card's end: connects to a reader and answers it with a card of ours.

use std::time::Duration;

use super::super::error::PeerError;
use super::super::{Transport, TransportError};
use super::codec::{self, Control, Message};
use super::link::{Address, Link, Patience};

/// Lends a card to the reader at an address.
#[derive(Clone, Debug)]
pub struct CardEnd {
    address: Address,
    atr: Vec<u8>,
    patience: Patience,
    reconnect: bool,
}

/// What became of the connection; the card's traffic is the recorder's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkNews {
    /// The reader has the card.
    Connected,
    /// The reader has the card and has asked for nothing for so many seconds. Told once.
    Quiet(u64),
    /// The connection is gone; the card waits for the reader.
    Lost(PeerError),
}

impl CardEnd {
    /// A card with this answer to reset.
    pub fn new(address: Address, atr: Vec<u8>) -> Self {
        Self {
            address,
            atr,
            patience: Patience::default(),
            reconnect: false,
        }
    }

    /// Waits as told.
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Connects again, with growing pauses, whenever the reader is gone; without this the end of the connection is
    /// the end.
    pub const fn reconnect(mut self, reconnect: bool) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// Serves the card until `go_on` says no, which is asked at least once a poll.
    ///
    /// # Errors
    /// Without [`CardEnd::reconnect`] the first failure; a connection closed between two messages is none.
    pub fn serve(
        &self,
        card: &mut dyn Transport,
        news: &mut dyn FnMut(LinkNews),
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), PeerError> {
        let (mut pause, mut told) = (SHORTEST, None);
        while go_on() {
            let served = Link::connect(&self.address, self.patience).and_then(|link| {
                (pause, told) = (SHORTEST, None);
                news(LinkNews::Connected);
                self.converse(link, card, news, go_on)
            });
            match served {
                Ok(()) => return Ok(()),
                Err(PeerError::Closed) if !self.reconnect => return Ok(()),
                Err(error) if !self.reconnect => return Err(error),
                // The same trouble at each attempt is one piece of news.
                Err(error) if told.as_ref() != Some(&error) => {
                    news(LinkNews::Lost(error.clone()));
                    told = Some(error);
                }
                Err(_) => {}
            }
            let mut rest = pause;
            while !rest.is_zero() && go_on() {
                let part = rest.min(self.patience.poll);
                std::thread::sleep(part);
                rest = rest.saturating_sub(part);
            }
            pause = pause.saturating_mul(2).min(LONGEST);
        }
        Ok(())
    }

    /// Answers one connection. The field goes off with it.
    fn converse(
        &self,
        mut link: Link,
        card: &mut dyn Transport,
        news: &mut dyn FnMut(LinkNews),
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), PeerError> {
        let mut power = Power { card, used: false };
        let mut quiet: u32 = 0;
        let ended = loop {
            if !go_on() {
                break Ok(());
            }
            match link.receive() {
                Ok(Some(payload)) => {
                    quiet = 0;
                    if let Err(error) = self.answer(&mut link, &payload, &mut power) {
                        break Err(error);
                    }
                }
                Ok(None) => {
                    quiet = quiet.saturating_add(1);
                    if quiet == self.patience.silence {
                        news(LinkNews::Quiet(self.patience.seconds(quiet)));
                    }
                }
                Err(error) => break Err(error),
            }
        };
        power.cycle();
        ended
    }

    fn answer(
        &self,
        link: &mut Link,
        payload: &[u8],
        power: &mut Power<'_>,
    ) -> Result<(), PeerError> {
        match codec::parse(payload).ok_or(PeerError::Empty)? {
            Message::Control(Control::GetAtr) => link.send(&self.atr),
            Message::Control(Control::PowerOff | Control::PowerOn | Control::Reset) => {
                power.cycle();
                Ok(())
            }
            Message::Command(command) => link.send(&power.transmit(command)),
        }
    }
}

/// The card's field. Power off, power on and reset all leave a card that remembers nothing, so a card that has done
/// nothing since need not be reset again.
struct Power<'a> {
    card: &'a mut dyn Transport,
    used: bool,
}

impl Power<'_> {
    fn cycle(&mut self) {
        if std::mem::take(&mut self.used) {
            // A card that can't be reset fails at the next command, which has an answer to say so with.
            let (Ok(()) | Err(_)) = self.card.reset();
        }
    }

    /// The answer; without one it is empty, which tells the reader that the card is gone.
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self.used = true;
        let answer: Result<Vec<u8>, TransportError> = self.card.transmit(command);
        answer.unwrap_or_default()
    }
}

/// First pause before connecting again.
const SHORTEST: Duration = Duration::from_millis(250);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(5);

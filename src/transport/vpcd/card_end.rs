//! The card's end: connects to a reader and answers it with a card of ours.
//!
//! A card that is gone is told by closing the connection. The protocol also knows an answer of 0 bytes, on which
//! Debian's driver (vsmartcard 3.3) waits for ever, and pcscd with it.

use std::time::Duration;

use super::super::error::PeerError;
use super::super::{Transport, TransportError};
use super::codec::{self, Control, Message};
use super::link::{Address, Link, Patience};

/// Lends a card to the reader at an address.
#[derive(Clone, Debug)]
pub struct CardEnd {
    address: Address,
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
    /// There is no card to lend; the next one is awaited. Told once.
    NoCard(TransportError),
}

/// Why one connection ended.
enum Ended {
    /// Asked for.
    Stopped,
    /// The other end, or the way to it.
    Peer(PeerError),
    /// The card.
    Card(TransportError),
}

impl From<PeerError> for Ended {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

impl CardEnd {
    /// A card for the reader at this address.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            patience: Patience::default(),
            reconnect: false,
        }
    }

    /// Where the reader is.
    pub const fn address(&self) -> &Address {
        &self.address
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

    /// Serves the card until `go_on` says no, which is asked at least once a poll. While there is no card it waits for
    /// one, and is not connected.
    ///
    /// # Errors
    /// Without [`CardEnd::reconnect`] the first failure of the connection; one closed between two messages is none.
    pub fn serve(
        &self,
        card: &mut dyn Transport,
        news: &mut dyn FnMut(LinkNews),
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), PeerError> {
        let (mut pause, mut told, mut missed) = (SHORTEST, None, false);
        while go_on() {
            if let Err(error) = card.atr() {
                if !std::mem::replace(&mut missed, true) {
                    news(LinkNews::NoCard(error));
                }
                self.rest(SHORTEST, go_on);
                continue;
            }
            missed = false;
            let ended = match Link::connect(&self.address, self.patience) {
                Ok(link) => {
                    // A reader that has a card takes each connection and closes it: that is no news again and again.
                    let silent = told == Some(PeerError::TurnedAway);
                    let (ended, heard) = self.converse(link, silent, card, news, go_on);
                    if heard {
                        (pause, told) = (SHORTEST, None);
                    }
                    ended
                }
                Err(error) => Ended::Peer(error),
            };
            match ended {
                Ended::Stopped => return Ok(()),
                Ended::Card(error) => {
                    news(LinkNews::NoCard(error));
                    // The reader must see for a moment that it is empty.
                    (missed, pause) = (true, EMPTY);
                }
                Ended::Peer(PeerError::Closed) if !self.reconnect => return Ok(()),
                Ended::Peer(error) if !self.reconnect => return Err(error),
                // The same trouble at each attempt is one piece of news.
                Ended::Peer(error) if told.as_ref() != Some(&error) => {
                    news(LinkNews::Lost(error.clone()));
                    told = Some(error);
                }
                Ended::Peer(_) => {}
            }
            self.rest(pause, go_on);
            pause = pause.saturating_mul(2).min(LONGEST);
        }
        Ok(())
    }

    fn rest(&self, mut rest: Duration, go_on: &dyn Fn() -> bool) {
        while !rest.is_zero() && go_on() {
            let part = rest.min(self.patience.poll);
            std::thread::sleep(part);
            rest = rest.saturating_sub(part);
        }
    }

    /// Answers one connection, and tells whether anything was asked. The field goes off with it. `silent`: that it is
    /// connected is told only when something was asked.
    fn converse(
        &self,
        mut link: Link,
        silent: bool,
        card: &mut dyn Transport,
        news: &mut dyn FnMut(LinkNews),
        go_on: &dyn Fn() -> bool,
    ) -> (Ended, bool) {
        let mut power = Power { card, used: false };
        let (mut quiet, mut heard): (u32, bool) = (0, false);
        let mut told = false;
        let mut connected = |news: &mut dyn FnMut(LinkNews)| {
            if !std::mem::replace(&mut told, true) {
                news(LinkNews::Connected);
            }
        };
        if !silent {
            connected(news);
        }
        let ended = loop {
            if !go_on() {
                break Ended::Stopped;
            }
            match link.receive() {
                Ok(Some(payload)) => {
                    (quiet, heard) = (0, true);
                    connected(news);
                    if let Err(ended) = answer(&mut link, &payload, &mut power) {
                        break ended;
                    }
                }
                Ok(None) => {
                    quiet = quiet.saturating_add(1);
                    if quiet == self.patience.silence {
                        connected(news);
                        news(LinkNews::Quiet(self.patience.seconds(quiet)));
                    }
                }
                Err(PeerError::Closed) if !heard => break Ended::Peer(PeerError::TurnedAway),
                Err(error) => break Ended::Peer(error),
            }
        };
        power.cycle();
        (ended, heard)
    }
}

fn answer(link: &mut Link, payload: &[u8], power: &mut Power<'_>) -> Result<(), Ended> {
    let answer = match codec::parse(payload).ok_or(PeerError::Empty)? {
        Message::Control(Control::GetAtr) => power.card.atr(),
        Message::Control(Control::PowerOff | Control::PowerOn | Control::Reset) => {
            power.cycle();
            return Ok(());
        }
        Message::Command(command) => power.transmit(command),
    };
    Ok(link.send(&answer.map_err(Ended::Card)?)?)
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

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.used = true;
        self.card.transmit(command)
    }
}

/// First pause before connecting again.
const SHORTEST: Duration = Duration::from_millis(250);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(5);
/// How long a reader stays empty before the next card: pcscd looks every 0.4 s.
const EMPTY: Duration = Duration::from_secs(1);

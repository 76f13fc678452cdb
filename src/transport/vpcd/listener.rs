//! The reader's end: waits for a card that somebody lends.

use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::Arc;

use super::super::error::PeerError;
use super::super::{Source, Transport, TransportError, TurnedAway};
use super::codec::{self, Control, Message};
use super::link::{Address, Link, Patience};

/// What is said of a card that came while one was here.
pub const TURNED_AWAY: &str =
    "another card wanted to connect and was turned away, there is room for one";

/// A reader that cards connect to, one at a time. Copies are the same reader.
#[derive(Clone, Debug)]
pub struct Listener {
    socket: Arc<TcpListener>,
    address: Address,
    patience: Patience,
    turned_away: TurnedAway,
}

impl Listener {
    /// Listens. An address that other machines reach is taken only when that was confirmed: whoever connects first
    /// is the card.
    pub fn bind(address: &Address, confirmed: bool, patience: Patience) -> Result<Self, PeerError> {
        let found = address.resolve()?;
        let text = || address.to_string();
        if !confirmed && !Address::is_loopback(&found) {
            return Err(PeerError::NotLoopback { address: text() });
        }
        let unreachable = |error: std::io::Error| PeerError::Unreachable {
            address: text(),
            kind: error.kind(),
        };
        let socket = TcpListener::bind(found.as_slice()).map_err(unreachable)?;
        socket.set_nonblocking(true).map_err(unreachable)?;
        let local = socket.local_addr().map_err(unreachable)?;
        Ok(Self {
            socket: Arc::new(socket),
            address: local.to_string().parse()?,
            patience,
            turned_away: TurnedAway::default(),
        })
    }

    /// Where it listens; with port 0 the system chose one.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Waits for a card, powers it and reads its answer to reset.
    pub fn accept(&self, go_on: &dyn Fn() -> bool) -> Result<RemoteCard, PeerError> {
        for _ in 0..self.patience.silence {
            if let Some(card) = self.accept_now()? {
                return Ok(card);
            }
            if !go_on() {
                break;
            }
            std::thread::sleep(self.patience.poll);
        }
        Err(PeerError::NobodyCame {
            seconds: self.patience.seconds(self.patience.silence),
        })
    }

    /// The card that waits, if one does.
    fn accept_now(&self) -> Result<Option<RemoteCard>, PeerError> {
        match self.socket.accept() {
            Ok((stream, peer)) => {
                let link = Link::new(stream, self.patience)?;
                RemoteCard::new(self.clone(), link, peer).map(Some)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(PeerError::Broken(error.kind())),
        }
    }

    /// Closes the connections of cards that came while one is here; whether there were any.
    fn turn_away(&self) -> bool {
        let mut any = false;
        while let Ok((stream, _)) = self.socket.accept() {
            // Dropped right after, which closes it too.
            let (Ok(()) | Err(_)) = stream.shutdown(Shutdown::Both);
            any = true;
        }
        any
    }
}

/// A card at the other end of a connection.
#[derive(Debug)]
pub struct RemoteCard {
    listener: Listener,
    link: Link,
    peer: SocketAddr,
    failed: Option<PeerError>,
    /// Whether it was told that others were sent away. They may come again and again.
    crowded: bool,
}

impl RemoteCard {
    fn new(listener: Listener, link: Link, peer: SocketAddr) -> Result<Self, PeerError> {
        let mut card = Self {
            listener,
            link,
            peer,
            failed: None,
            crowded: false,
        };
        card.power(Control::PowerOn)?;
        Ok(card)
    }

    /// Who lends it.
    pub fn peer(&self) -> String {
        self.peer.to_string()
    }

    /// Switches the field; the ATR that follows shows that the card came up.
    fn power(&mut self, control: Control) -> Result<(), PeerError> {
        self.link.send(&[control.byte()])?;
        self.ask_atr().map(drop)
    }

    fn ask_atr(&mut self) -> Result<Vec<u8>, PeerError> {
        self.link.send(&[Control::GetAtr.byte()])?;
        let atr = self.link.answer()?;
        if atr.is_empty() {
            return Err(PeerError::CardGone);
        }
        if !(2..=33).contains(&atr.len()) {
            return Err(PeerError::Atr { got: atr.len() });
        }
        Ok(atr)
    }

    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, PeerError> {
        match codec::parse(command) {
            None => return Err(PeerError::NoCommand),
            Some(Message::Control(control)) => {
                return Err(PeerError::LooksLikeControl(control.byte()));
            }
            Some(Message::Command(_)) => {}
        }
        self.link.send(command)?;
        let answer = self.link.answer()?;
        if answer.is_empty() {
            return Err(PeerError::CardGone);
        }
        Ok(answer)
    }

    /// After a failure an answer may still be on its way: whatever came then would belong to another command.
    fn unless_failed<T>(
        &mut self,
        talk: impl FnOnce(&mut Self) -> Result<T, PeerError>,
    ) -> Result<T, TransportError> {
        if self.listener.turn_away() && !std::mem::replace(&mut self.crowded, true) {
            self.listener.turned_away.tell();
        }
        let result = self.failed.clone().map_or_else(|| talk(self), Err);
        if let Err(error) = &result
            && !error.is_refusal()
        {
            self.failed = Some(error.clone());
        }
        result.map_err(TransportError::Peer)
    }
}

impl Transport for RemoteCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.unless_failed(|card| card.exchange(command))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.unless_failed(|card| card.power(Control::Reset))
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        self.unless_failed(Self::ask_atr)
    }
}

impl Source for Listener {
    type Card = RemoteCard;

    fn connect(&mut self) -> Result<RemoteCard, TransportError> {
        self.accept_now()?.ok_or_else(|| self.empty())
    }

    fn empty(&self) -> TransportError {
        let address = self.address.to_string();
        PeerError::NoCard { address }.into()
    }

    fn is_unwatched(&self) -> bool {
        true
    }

    fn turned_away(&self) -> TurnedAway {
        self.turned_away.clone()
    }
}

//! A place where cards come and go: a reader on the desk, a port that cards connect to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Transport, TransportError};

/// Whether cards wanted to come while one was there, and were sent away: there is room for one. Copies are one, so that
/// it can be asked while the place is in use.
#[derive(Clone, Debug, Default)]
pub struct TurnedAway(Arc<AtomicBool>);

impl TurnedAway {
    /// It happened.
    pub fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it happened since this was asked last.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Where the cards of a [`Returning`] come from.
pub trait Source {
    /// A card that is connected.
    type Card: Transport;

    /// Connects to the card that is there now; does not wait for one.
    fn connect(&mut self) -> Result<Self::Card, TransportError>;

    /// What to say while there is none.
    fn empty(&self) -> TransportError;

    /// Whether nobody tells when a card comes or leaves.
    fn is_unwatched(&self) -> bool {
        false
    }

    /// Whether cards are sent away; told once for each card that is there.
    fn turned_away(&self) -> TurnedAway {
        TurnedAway::default()
    }

    /// Whether other programs reach the card, so that it has to be held.
    fn is_shared(&self) -> bool {
        false
    }

    /// Keeps other programs away from the card until the result is dropped.
    fn hold<'a>(
        &self,
        card: &'a mut Self::Card,
    ) -> Result<Box<dyn Transport + 'a>, TransportError> {
        Ok(Box::new(card))
    }
}

/// A transport to whatever card is there. It lets go of a card that is gone, and takes the next one when it is asked for
/// its answer to reset, or to reset it: never for a command, which was meant for the card before.
pub struct Returning<S: Source> {
    source: S,
    card: Option<S::Card>,
    /// Whether the card was found gone while it was held.
    gone: bool,
}

impl<S: Source> Returning<S> {
    /// An empty place.
    pub const fn new(source: S) -> Self {
        Self {
            source,
            card: None,
            gone: false,
        }
    }

    /// Lets go of the card.
    pub fn into_inner(self) -> S {
        self.source
    }

    /// Where its cards come from.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// Whether a card is connected, as far as was noticed.
    pub const fn is_connected(&self) -> bool {
        self.card.is_some() && !self.gone
    }

    /// The card, without other programs until the result is dropped.
    pub fn alone(&mut self) -> Box<dyn Transport + '_> {
        self.let_go();
        if !self.source.is_shared() || self.card.is_none() {
            return Box::new(self);
        }
        let held = self.card.as_mut().map(|card| self.source.hold(card));
        let card: Box<dyn Transport + '_> = match held.unwrap_or_else(|| Err(self.source.empty())) {
            Ok(held) => held,
            Err(error) => Box::new(Refusing(error)),
        };
        let gone = &mut self.gone;
        Box::new(Alone { card, gone })
    }

    /// Drops the card that was found gone while it was held.
    fn let_go(&mut self) {
        if std::mem::take(&mut self.gone) {
            self.card = None;
        }
    }

    fn present(&mut self) -> Result<&mut S::Card, TransportError> {
        self.let_go();
        match &mut self.card {
            Some(card) => Ok(card),
            empty => Ok(empty.insert(self.source.connect()?)),
        }
    }

    fn unless_gone<T>(&mut self, done: Result<T, TransportError>) -> Result<T, TransportError> {
        if done.as_ref().is_err_and(TransportError::is_gone) {
            self.card = None;
        }
        done
    }
}

/// A card that is held. The place lets go of it later, because the card is in use until then.
struct Alone<'a> {
    card: Box<dyn Transport + 'a>,
    gone: &'a mut bool,
}

impl Alone<'_> {
    fn unless_gone<T>(&mut self, done: Result<T, TransportError>) -> Result<T, TransportError> {
        *self.gone |= done.as_ref().is_err_and(TransportError::is_gone);
        done
    }
}

impl Transport for Alone<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.card.transmit(command);
        self.unless_gone(answer)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let done = self.card.reset();
        self.unless_gone(done)
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        let atr = self.card.atr();
        self.unless_gone(atr)
    }
}

/// In place of a card that could not be had alone.
struct Refusing(TransportError);

impl Transport for Refusing {
    fn transmit(&mut self, _command: &[u8]) -> Result<Vec<u8>, TransportError> {
        Err(self.0.clone())
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        Err(self.0.clone())
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        Err(self.0.clone())
    }
}

impl<S: Source> Transport for Returning<S> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.let_go();
        let answer = match &mut self.card {
            Some(card) => card.transmit(command),
            None => return Err(self.source.empty()),
        };
        self.unless_gone(answer)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let fresh = !self.is_connected();
        let card = self.present()?;
        // A card that has just been connected to is as if reset.
        let done = if fresh { Ok(()) } else { card.reset() };
        self.unless_gone(done)
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        let atr = self.present()?.atr();
        self.unless_gone(atr)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::trace::{EventKind, Lane};
    use crate::transport::{Clock, ReaderError, Record};

    /// The number of the card that lies there, and what was said to it.
    #[derive(Default)]
    struct Desk {
        card: Option<u8>,
        /// Another program has reset it, and nobody was told yet.
        was_reset: bool,
        heard: Vec<(u8, Vec<u8>)>,
    }

    struct Lying(Rc<RefCell<Desk>>, u8);

    fn removed() -> TransportError {
        let reader = "Desk".into();
        ReaderError::CardRemoved { reader }.into()
    }

    fn was_reset() -> TransportError {
        let reader = "Desk".into();
        ReaderError::CardReset { reader }.into()
    }

    impl Lying {
        fn check(&self) -> Result<(), TransportError> {
            if std::mem::take(&mut self.0.borrow_mut().was_reset) {
                return Err(was_reset());
            }
            let there = self.0.borrow().card == Some(self.1);
            if there { Ok(()) } else { Err(removed()) }
        }
    }

    impl Transport for Lying {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
            self.check()?;
            self.0.borrow_mut().heard.push((self.1, command.to_vec()));
            Ok(vec![0x91, 0x00])
        }

        fn reset(&mut self) -> Result<(), TransportError> {
            self.check()
        }

        fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
            self.check().map(|()| vec![0x3B, self.1])
        }
    }

    struct Hand(Rc<RefCell<Desk>>);

    impl Source for Hand {
        type Card = Lying;

        fn connect(&mut self) -> Result<Lying, TransportError> {
            let number = self.0.borrow().card.ok_or_else(|| self.empty())?;
            Ok(Lying(self.0.clone(), number))
        }

        fn empty(&self) -> TransportError {
            let reader = "Desk".into();
            ReaderError::NoCard { reader }.into()
        }
    }

    #[test]
    fn a_command_never_reaches_the_card_that_came_in_place_of_another() {
        let desk = Rc::new(RefCell::new(Desk::default()));
        let slot = Returning::new(Hand(desk.clone()));
        let mut record = Record::new(slot, Clock::steps(1), Lane::Card).announcing("Desk");
        let empty = record.inner_mut().source.empty();
        assert_eq!(record.atr(), Err(empty.clone()));
        desk.borrow_mut().card = Some(1);
        assert_eq!(record.atr(), Ok(vec![0x3B, 1]));
        assert_eq!(record.transmit(&[0x60]), Ok(vec![0x91, 0x00]));
        desk.borrow_mut().card = Some(2);
        assert_eq!(record.transmit(&[0xAF]), Err(removed()));
        assert_eq!(record.transmit(&[0xAF]), Err(empty));
        assert_eq!(record.atr(), Ok(vec![0x3B, 2]));
        assert_eq!(record.transmit(&[0x6A]), Ok(vec![0x91, 0x00]));
        // Reset by another program it is the same card, without its session.
        desk.borrow_mut().was_reset = true;
        assert_eq!(record.atr(), Err(was_reset()));
        assert_eq!(record.atr(), Ok(vec![0x3B, 2]));
        desk.borrow_mut().card = None;
        assert_eq!(record.atr(), Err(removed()));
        assert!(!record.inner_mut().is_connected());
        let heard = [(1, vec![0x60]), (2, vec![0x6A])];
        assert_eq!(desk.borrow().heard, heard);

        let kinds: Vec<_> = record
            .into_inner()
            .1
            .into_iter()
            .map(|event| match event.kind {
                EventKind::Card(card) => format!("{} {:02X?}", card.reader, card.atr),
                EventKind::Command(_) => "command".into(),
                other => format!("{other:?}"),
            })
            .collect();
        let expected = [
            "Desk [3B, 01]",
            "command",
            "Response([145, 0])",
            "command",
            "Lost",
            "FieldOff",
            "command",
            "Lost",
            "FieldOff",
            "Desk [3B, 02]",
            "command",
            "Response([145, 0])",
            "Reset",
            "FieldOff",
        ];
        assert_eq!(kinds, expected);
    }
}

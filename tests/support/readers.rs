//! Readers on a desk that is not there: cards are put on them and pulled off by hand.

use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard};

use tapscope::apdu::CommandApdu;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::session::{demo, image};
use tapscope::transport::pcsc::{News, ReaderName};
use tapscope::transport::{
    EmbeddedCard, ReaderError, Returning, Source, Transport, TransportError,
};
use tapscope::virtual_card::Card;
use tapscope::workbench::worker_devices;
use tapscope::workbench::{Action, CardSource};

use super::desk::Desk;

pub const ATR: [u8; 6] = [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80];

/// The one reader: what lies on it. Copies are the same reader.
#[derive(Clone, Default)]
pub struct Top(Arc<Mutex<Lying>>);

#[derive(Default)]
struct Lying {
    card: Option<EmbeddedCard>,
    /// Counts the cards that were put on.
    number: u32,
    /// The card is pulled off before this command.
    pull_at: Option<u8>,
    /// Another program resets the card before this command.
    reset_at: Option<u8>,
    /// Another program has reset the card, and nobody was told yet.
    was_reset: bool,
    /// Other programs reach the card, so that it is held for each job.
    shared: bool,
}

pub fn name() -> ReaderName {
    CString::new("Desk 00").expect("no zero byte").into()
}

fn removed() -> TransportError {
    let reader = "Desk 00".into();
    ReaderError::CardRemoved { reader }.into()
}

fn was_reset() -> TransportError {
    let reader = "Desk 00".into();
    ReaderError::CardReset { reader }.into()
}

impl Top {
    fn lying(&self) -> MutexGuard<'_, Lying> {
        self.0.lock().expect("not poisoned")
    }

    /// Puts a demo card on, as the news that the monitor would tell.
    pub fn put(&self, seed: u64) -> News {
        let text = demo::image(demo::PERSONALISED).expect("the demo image");
        let image = image::read(text.as_bytes()).expect("reads");
        let card = Card::new(&image, Box::new(SeededEntropy::new(seed))).expect("a card");
        let mut lying = self.lying();
        lying.card = Some(EmbeddedCard::new(card));
        lying.number += 1;
        News::CardCame {
            reader: name(),
            atr: ATR.to_vec(),
        }
    }

    /// Pulls it off.
    pub fn pull(&self) -> News {
        self.lying().card = None;
        News::CardGone(name())
    }

    pub fn pull_at(&self, ins: u8) {
        self.lying().pull_at = Some(ins);
    }

    /// Another program resets the card, between two jobs.
    pub fn reset(&self) {
        let mut lying = self.lying();
        let card = lying.card.as_mut().expect("a card");
        card.reset().expect("our card can be reset");
        lying.was_reset = true;
    }

    pub fn reset_at(&self, ins: u8) {
        self.lying().reset_at = Some(ins);
    }
}

/// A connection to the card with this number.
pub struct Connection(Top, u32);

impl Connection {
    /// As PC/SC refuses whatever comes first after a reset by another program.
    fn card<T>(&self, talk: impl FnOnce(&mut EmbeddedCard) -> T) -> Result<T, TransportError> {
        let mut lying = self.0.lying();
        let number = lying.number;
        if lying.card.is_some() && number == self.1 && std::mem::take(&mut lying.was_reset) {
            return Err(was_reset());
        }
        let card = lying.card.as_mut().filter(|_| number == self.1);
        card.map(talk).ok_or_else(removed)
    }
}

impl Transport for Connection {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let ins = Some(CommandApdu::parse(command).ins);
        let mut lying = self.0.lying();
        if lying.pull_at.is_some() && lying.pull_at == ins {
            (lying.pull_at, lying.card) = (None, None);
        }
        if lying.reset_at.is_some() && lying.reset_at == ins {
            lying.reset_at = None;
            if let Some(card) = &mut lying.card {
                card.reset()?;
            }
            return Err(was_reset());
        }
        drop(lying);
        self.card(|card| card.transmit(command))?
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card(EmbeddedCard::reset)?
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        self.card(|_| ATR.to_vec())
    }
}

impl Source for Top {
    type Card = Connection;

    fn connect(&mut self) -> Result<Connection, TransportError> {
        let lying = self.lying();
        if lying.card.is_none() {
            return Err(self.empty());
        }
        Ok(Connection(self.clone(), lying.number))
    }

    fn empty(&self) -> TransportError {
        let reader = "Desk 00".into();
        ReaderError::NoCard { reader }.into()
    }

    fn is_shared(&self) -> bool {
        self.lying().shared
    }

    fn hold<'a>(
        &self,
        card: &'a mut Connection,
    ) -> Result<Box<dyn Transport + 'a>, TransportError> {
        card.card(|_| ())?;
        Ok(Box::new(card))
    }
}

/// A workbench beside this reader, which it knows of.
pub fn desk_with(top: &Top) -> Desk {
    let mut desk = Desk::new();
    let top = top.clone();
    desk.inline.devices = Some(Box::new(move |source| match source {
        CardSource::Desk { .. } => Some(Ok(Box::new(Returning::new(top.clone())))),
        other => worker_devices::open(other),
    }));
    tell(&mut desk, News::Ready);
    tell(&mut desk, News::ReaderCame(name()));
    desk
}

/// The monitor tells something.
pub fn tell(desk: &mut Desk, news: News) {
    let effects = desk.bench.absorb_desk(news);
    desk.inline.run_all(&mut desk.bench, effects);
}

/// A workbench that is connected to a demo card on the desk, which it shares with other programs.
pub fn sharing(top: &Top) -> Desk {
    top.lying().shared = true;
    connected(top)
}

/// A workbench that is connected to a demo card on the desk.
pub fn connected(top: &Top) -> Desk {
    let mut desk = desk_with(top);
    let card = top.put(5);
    tell(&mut desk, card);
    desk.act(Action::ChooseReader(1));
    desk.act(Action::Connect);
    desk
}

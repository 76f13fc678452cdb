//! A reader as the model knows it: an embedded card of ours, a reader on the desk, a port that cards connect to.

use crate::card::atr;
use crate::card::identity::{Identity, Kind};
use crate::card::product::Generation;
use crate::transport::PeerError;
use crate::transport::pcsc::{Protocol, ReaderName, Sharing};
use crate::transport::vpcd::Address;
use crate::virtual_card::Image;

use super::effect::{CardSource, Effect};
use super::faults::Fault;
use super::repeating::Standing;
use super::task::Stop;

/// One reader with its card.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Its number, which it keeps.
    pub id: usize,
    /// Number of its worker, which jobs and reports carry: each worker has one of its own, so that what an earlier one
    /// still says is not taken for the present one's.
    pub worker: usize,
    /// The name people see.
    pub name: String,
    /// Where its cards come from.
    pub place: Place,
    /// Answer to reset of the card that is connected and is not ours.
    pub atr: Option<Vec<u8>>,
    /// What that card turned out to be.
    pub identity: Option<Identity>,
    /// Whether a card is in the field, and ours to talk to.
    pub present: bool,
    /// The job that runs.
    pub busy: Option<u64>,
    /// Whether its worker lives.
    pub alive: bool,
    /// Faults that wait for their command.
    pub faults: Vec<Fault>,
    /// Who the card is lent to.
    pub lending: Option<Lending>,
    /// Number of the reader that was chosen before this one was opened.
    pub(super) before: Option<usize>,
    /// Where the host stands with its card.
    pub(super) standing: Standing,
    /// Ends the job that runs, where it waits for that.
    pub(super) stop: Stop,
}

/// Where the cards of a reader come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A virtual card of our own.
    Embedded(Box<Embedded>),
    /// A PC/SC reader.
    Desk(Desk),
    /// A port for cards that others lend.
    Port(Port),
}

/// A virtual card.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// What it held after the last job.
    pub image: Image,
    /// The kept state.
    pub snapshot: Option<Image>,
}

/// A PC/SC reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    /// Its name, as PC/SC wants it.
    pub reader: ReaderName,
    /// Whether it is plugged in and its service runs.
    pub plugged: bool,
    /// What lies on it.
    pub lying: Lying,
    /// Whether the user connected to it: then every card that comes is connected to.
    pub wanted: bool,
    /// Whether other programs may talk to the card meanwhile.
    pub sharing: Sharing,
    /// How frames travel.
    pub protocol: Protocol,
}

/// What lies on a PC/SC reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lying {
    /// Nothing.
    Nothing,
    /// A card with this answer to reset.
    Card(Vec<u8>),
    /// A card that does not answer.
    Mute,
}

/// A port that cards connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Host and port.
    pub address: String,
    /// Whether the user confirmed that other machines may connect.
    pub open_to_network: bool,
}

impl Port {
    /// Its address, when it is one that others can connect to.
    pub fn check(&self) -> Result<Address, PeerError> {
        self.address.parse::<Address>()?.with_port()
    }
}

/// A card that is lent to programs at a virtual reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lending {
    /// Where the virtual reader listens.
    pub address: String,
    /// How it stands.
    pub state: LendingState,
}

/// How lending stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LendingState {
    /// Not connected, and why.
    Waiting(String),
    /// The virtual reader has the card.
    Connected,
    /// It has the card and has asked for nothing for so many seconds.
    Quiet(u64),
}

impl Reader {
    pub(super) fn new(id: usize, name: String, place: Place) -> Self {
        Self {
            id,
            worker: 0,
            name,
            place,
            before: None,
            standing: Standing::default(),
            atr: None,
            identity: None,
            present: false,
            busy: None,
            alive: false,
            faults: Vec::new(),
            lending: None,
            stop: Stop::default(),
        }
    }

    /// The virtual card, when it is one of ours.
    pub fn embedded(&self) -> Option<&Embedded> {
        match &self.place {
            Place::Embedded(card) => Some(card),
            Place::Desk(_) | Place::Port(_) => None,
        }
    }

    pub(super) fn embedded_mut(&mut self) -> Option<&mut Embedded> {
        match &mut self.place {
            Place::Embedded(card) => Some(card),
            Place::Desk(_) | Place::Port(_) => None,
        }
    }

    /// The PC/SC reader, when it is one.
    pub const fn desk(&self) -> Option<&Desk> {
        match &self.place {
            Place::Desk(desk) => Some(desk),
            Place::Embedded(_) | Place::Port(_) => None,
        }
    }

    pub(super) const fn desk_mut(&mut self) -> Option<&mut Desk> {
        match &mut self.place {
            Place::Desk(desk) => Some(desk),
            Place::Embedded(_) | Place::Port(_) => None,
        }
    }

    /// The answer to reset of the card in the field.
    pub fn atr_now(&self) -> Vec<u8> {
        match &self.place {
            Place::Embedded(card) => atr::from_ats(card.image.ats()),
            Place::Desk(_) | Place::Port(_) => self.atr.clone().unwrap_or_default(),
        }
    }

    /// Where the host stands with its card.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether its card knows EV2 secure messaging; a card that is not known is taken for a new one.
    pub(super) fn speaks_ev2(&self) -> bool {
        let kind = self.identity.as_ref().map(|identity| identity.kind);
        let generation = match (&self.place, kind) {
            (Place::Embedded(card), _) => card.image.product.capabilities().generation,
            (_, Some(Kind::Desfire(generation))) => generation,
            _ => return true,
        };
        !matches!(generation, Generation::Ev0 | Generation::Ev1)
    }

    /// Starts a worker, the first one or one in place of one that ended; a virtual card is as it was last known.
    pub(super) fn start(&mut self, worker: usize, seed: Option<u64>) -> Effect {
        self.worker = worker;
        (self.alive, self.busy, self.lending) = (true, None, None);
        self.standing = Standing::default();
        self.faults.clear();
        let source = match &self.place {
            Place::Embedded(card) => {
                self.present = true;
                CardSource::Embedded(Box::new(card.image.clone()))
            }
            Place::Desk(desk) => CardSource::Desk {
                reader: desk.reader.clone(),
                sharing: desk.sharing,
                protocol: desk.protocol,
            },
            Place::Port(port) => CardSource::Port(port.clone()),
        };
        Effect::StartReader {
            worker,
            name: self.name.clone(),
            source,
            seed: seed.map(|seed| seed + self.id as u64),
        }
    }

    /// The worker is gone, and the card with it.
    pub(super) fn ended(&mut self) {
        (self.alive, self.busy, self.lending) = (false, None, None);
        self.faults.clear();
        self.left();
    }

    /// The card is gone.
    pub(super) fn left(&mut self) {
        self.present = false;
        self.standing = Standing::default();
        (self.atr, self.identity) = (None, None);
    }

    /// Why nothing can be sent to it now.
    pub fn can_send(&self) -> Result<(), &'static str> {
        self.can_change()?;
        match (&self.place, self.alive) {
            (Place::Embedded(_), false) => {
                Err("Off, the reader's worker ended; present the card again")
            }
            (Place::Desk(desk), _) if !desk.plugged => Err("Off, the reader is unplugged"),
            (Place::Desk(_), false) => Err("Off, connect to the card first"),
            (Place::Port(_), false) => Err("Off, the port is closed; remove it and listen again"),
            (_, true) if self.busy.is_some() => Err(BUSY),
            (Place::Port(_), true) if !self.present => {
                Err("Off, no card has connected to the port yet")
            }
            (_, true) if !self.present => Err("Off, no card is in the field"),
            (_, true) => Ok(()),
        }
    }

    /// Why its card can't be changed or taken out now: a program may be in the middle of something.
    pub fn can_change(&self) -> Result<(), &'static str> {
        match self.lending {
            Some(_) => Err(LENT),
            None => Ok(()),
        }
    }

    /// Why its card can't be lent now.
    pub fn can_lend(&self) -> Result<(), &'static str> {
        self.can_send()
    }

    /// Why its card can't be taken back now.
    pub fn can_take_back(&self) -> Result<(), &'static str> {
        match self.lending {
            Some(_) => Ok(()),
            None => Err("Off, the card is not lent"),
        }
    }

    /// Why it can't be disconnected now.
    pub fn can_disconnect(&self) -> Result<(), &'static str> {
        match self.desk() {
            None => Err("Off, this is no PC/SC reader"),
            Some(_) if !self.alive => Err("Off, it is not connected"),
            Some(_) => self.can_remove(),
        }
    }

    /// Why it can't be taken out of the list now: a command that waits for its answer would stay without.
    pub fn can_remove(&self) -> Result<(), &'static str> {
        let talks = self.present || self.atr.is_some();
        match (&self.place, &self.lending) {
            (Place::Embedded(_), Some(_)) => Err(LENT),
            (Place::Desk(_) | Place::Port(_), Some(_)) => {
                Err("Off, the card is tapped; end the tap first")
            }
            (_, None) if talks && self.busy.is_some() => Err(BUSY),
            (_, None) => Ok(()),
        }
    }

    /// Why it can't be connected now.
    pub fn can_connect(&self) -> Result<(), &'static str> {
        match self.desk() {
            None => Err("Off, this is no PC/SC reader"),
            Some(desk) if !desk.plugged => Err("Off, the reader is unplugged"),
            Some(_) if self.present => Err("Off, it is connected"),
            Some(_) if self.busy.is_some() => Err(BUSY),
            Some(desk) if desk.lying == Lying::Nothing => Err("Off, no card lies on the reader"),
            Some(_) => Ok(()),
        }
    }
}

const BUSY: &str = "Off, a job runs on this reader";
const LENT: &str = "Off, the card is lent; take it back first";

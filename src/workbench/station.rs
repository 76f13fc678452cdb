//! A reader with its card and the host's session, owned by one worker.

use std::cell::RefCell;

use crate::apdu::FrameForm;
use crate::crypto::entropy::{Entropy, SeededEntropy};
use crate::dialogue::Host;
use crate::report::capital;
use crate::trace::{Event, EventKind, Lane};
use crate::transport::vpcd::{Address, CardEnd, LinkNews, TURNED_AWAY};
use crate::transport::{
    self, Clock, EmbeddedCard, FrameFault, ReaderError, Record, Transport, TransportError,
    TurnedAway, Watch, identify,
};
use crate::virtual_card::Card;

use super::converse::converse;
use super::faults::{Fault, Tearing};
use super::job::{Done, Job, JobKind, Report, ReportKind};
use super::reader::LendingState;
use super::repeating::Standing;
use super::task::Stop;
use super::worker_devices::Device;

/// What a station talks to.
pub enum Held {
    /// A virtual card.
    Embedded(Box<EmbeddedCard>),
    /// A reader on the desk, or a port.
    Device(Box<dyn Device>),
}

/// A reader with its card and the host's session.
pub struct Station {
    worker: usize,
    name: String,
    held: Held,
    host: Host,
    entropy: Box<dyn Entropy + Send>,
    clock: Clock,
    present: bool,
    /// Writes before which power fails, the next one first.
    tears: Vec<u32>,
    /// Faults on the way.
    faults: Vec<FrameFault>,
    /// Why no card could be connected to, when that was told.
    told: Option<TransportError>,
    /// Where the host stood with the card when that was told.
    stood: Standing,
    /// Whether cards are sent away.
    turned_away: TurnedAway,
}

/// Takes reports.
type Tell<'a> = &'a mut dyn FnMut(ReportKind);

impl Station {
    /// A station; a virtual card is in the field, another one still has to be connected to.
    pub fn new(
        worker: usize,
        name: String,
        held: Held,
        entropy: Box<dyn Entropy + Send>,
        clock: Clock,
    ) -> Self {
        let turned_away = match &held {
            Held::Device(device) => device.turned_away(),
            Held::Embedded(_) => TurnedAway::default(),
        };
        Self {
            worker,
            name,
            present: matches!(held, Held::Embedded(_)),
            held,
            host: Host::new(FrameForm::Wrapped),
            entropy,
            clock,
            tears: Vec::new(),
            faults: Vec::new(),
            told: None,
            stood: Standing::default(),
            turned_away,
        }
    }

    /// Does a job, reporting every frame as it passes.
    pub fn run(&mut self, job: &Job, report: &mut dyn FnMut(Report)) {
        let worker = self.worker;
        let mut send = |kind| report(Report { worker, kind });
        let waited = self.waiting();
        let result = self.perform(job, &mut send);
        let waiting = self.waiting();
        if waiting != waited {
            send(ReportKind::Faults(waiting));
        }
        if let Held::Embedded(card) = &self.held {
            send(ReportKind::Card(Box::new(card.card().image())));
        }
        self.tell_standing(&mut send);
        send(ReportKind::Done {
            job: job.id,
            result,
        });
    }

    /// Tells where the host stands when that has changed.
    fn tell_standing(&mut self, send: Tell<'_>) {
        let standing = Standing::of(&self.host);
        if std::mem::replace(&mut self.stood, standing) != standing {
            send(ReportKind::Standing(standing));
        }
    }

    /// Whether it must look by itself for cards that come and go; those of PC/SC are told.
    pub fn looks(&self) -> bool {
        matches!(&self.held, Held::Device(device) if device.is_unwatched())
    }

    /// Looks whether a card came or left.
    pub fn look(&mut self, report: &mut dyn FnMut(Report)) {
        let worker = self.worker;
        let mut send = |kind| report(Report { worker, kind });
        if self.turned_away.take() {
            send(crowded(&self.name));
        }
        if self.present {
            self.notice_absence(&mut send);
        } else if let Err(error) = self.connect(&mut send) {
            // The same trouble at each look is told once.
            if !error.is_empty_place() && self.told.as_ref() != Some(&error) {
                send(ReportKind::Trouble(format!("{}: {error}", self.name)));
            }
            // An empty place between two tries is no news.
            if !error.is_empty_place() {
                self.told = Some(error);
            }
        } else {
            self.told = None;
        }
        self.tell_standing(&mut send);
    }

    fn perform(&mut self, job: &Job, send: Tell<'_>) -> Result<Done, String> {
        match &job.kind {
            JobKind::Connect => {
                let connected = self.connect(send);
                connected.map_err(|error| capital(&error.to_string()))?;
            }
            JobKind::Look => self.notice_absence(send),
            JobKind::Present(present) => {
                if self.present && !*present {
                    self.happened(EventKind::FieldOff, send);
                }
                self.present = *present;
                self.with_card(true, &mut |_| {}, |card| card.reset())
                    .map_err(|error| error.to_string())?;
            }
            JobKind::Load(image) => {
                let card = Card::new(image, self.fork()).map_err(|error| error.to_string())?;
                self.held = Held::Embedded(Box::new(EmbeddedCard::new(card)));
                self.happened(EventKind::FieldOff, send);
            }
            JobKind::EndSession => self.host.end_session(),
            JobKind::Faults(faults) => (self.tears, self.faults) = Fault::split(faults),
            _ if !self.present => return Err("No card in the field".into()),
            JobKind::Lend(address) => return self.lend(address, &job.stop, send),
            talk => return self.talk(job, talk, send),
        }
        Ok(Done::Quiet)
    }

    /// Does a job that sends frames; the faults that wait happen on the way.
    fn talk(&mut self, job: &Job, kind: &JobKind, send: Tell<'_>) -> Result<Done, String> {
        let spends = matches!(kind, JobKind::Spend(_));
        let lane = if spends { Lane::Terminal } else { Lane::Card };
        let (entropy, clock) = (self.fork(), self.clock.clone());
        let faults = std::mem::take(&mut self.faults);
        let mut host = std::mem::take(&mut self.host);
        let (result, faults, host) = self.with_card(true, &mut |_| {}, |card| {
            let way = transport::Fault::new(card, faults, clock.clone());
            let mut sink = |event: &Event| send(ReportKind::Event(event.clone()));
            let mut transport = Watch::new(Record::new(way, clock, lane), &mut sink);
            let result = converse(&mut host, job, kind, entropy, &mut transport);
            let (way, _) = transport.into_inner().into_inner();
            (result, way.into_inner().1, host)
        });
        (self.faults, self.host) = (faults, host);
        if matches!(&self.held, Held::Device(device) if !device.is_connected()) {
            self.left(send);
        }
        result
    }

    /// Lends the card to a virtual reader until the job is to stop; for a card on a reader that is a tap.
    fn lend(&mut self, address: &str, stop: &Stop, send: Tell<'_>) -> Result<Done, String> {
        let address: Address = address
            .parse()
            .map_err(|error: transport::PeerError| error.to_string())?;
        self.host.forget();
        let (clock, name) = (self.clock.clone(), self.name.clone());
        let turned_away = self.turned_away.clone();
        let faults = std::mem::take(&mut self.faults);
        let is_device = matches!(self.held, Held::Device(_));
        let send = RefCell::new(send);
        // The panel follows what the program does to our card.
        let mut wrote = |card: &EmbeddedCard| {
            send.borrow_mut()(ReportKind::Card(Box::new(card.card().image())));
        };
        let (served, faults) = self.with_card(false, &mut wrote, |card| {
            let way = transport::Fault::new(card, faults, clock.clone());
            let record = Record::new(way, clock, Lane::Card);
            let record = if is_device {
                record.announcing(&name)
            } else {
                record
            };
            let mut sink = |event: &Event| send.borrow_mut()(ReportKind::Event(event.clone()));
            let mut watch = Watch::new(record, &mut sink);
            let end = CardEnd::new(address).reconnect(true);
            let mut news = |news| send.borrow_mut()(ReportKind::Lending(state(news)));
            let go_on = || {
                if turned_away.take() {
                    send.borrow_mut()(crowded(&name));
                }
                !stop.is_set()
            };
            let served = end.serve(&mut watch, &mut news, &go_on);
            let (way, _) = watch.into_inner().into_inner();
            (served, way.into_inner().1)
        });
        self.faults = faults;
        let send = send.into_inner();
        // The program's session is over; what lies there now is asked anew.
        if is_device && self.connect(send).is_err() {
            self.left(send);
        }
        served
            .map(|()| Done::Quiet)
            .map_err(|error| error.to_string())
    }

    /// Connects to the card that lies there and asks what it is.
    fn connect(&mut self, send: Tell<'_>) -> Result<(), TransportError> {
        let Held::Device(device) = &mut self.held else {
            return Ok(());
        };
        let had_one = device.is_connected();
        let mut found = device.atr();
        // The first look may be the one that notices that an earlier card is gone, or was reset.
        if had_one && let Err(error) = &found {
            let again = device.atr();
            self.lost(error, send);
            // One that was reset may have left since.
            if let Err(error) = &again {
                self.lost(error, send);
            }
            found = again;
        }
        let atr = found?;
        self.host.power_off();
        send(ReportKind::Came { atr });
        let clock = self.clock.clone();
        let asked = self.with_card(true, &mut |_| {}, |card| {
            let mut sink = |event: &Event| send(ReportKind::Event(event.clone()));
            identify(&mut Watch::new(
                Record::new(card, clock, Lane::Card),
                &mut sink,
            ))
        });
        match asked {
            Ok(identity) => {
                self.present = true;
                send(ReportKind::Identified(Box::new(identity)));
                Ok(())
            }
            Err(error) => {
                self.left(send);
                Err(error)
            }
        }
    }

    /// Tells that the card is gone, or was reset by somebody else, if it is so.
    fn notice_absence(&mut self, send: Tell<'_>) {
        if let Held::Device(device) = &mut self.held
            && let Err(error) = device.atr()
        {
            self.lost(&error, send);
        }
    }

    /// The session with the card is gone without our doing, and most often the card with it: the trace says so.
    fn lost(&mut self, error: &TransportError, send: Tell<'_>) {
        match error {
            _ if !self.present => {}
            TransportError::Reader(ReaderError::CardReset { .. }) => {
                self.happened(EventKind::Reset, send);
            }
            _ => {
                self.happened(EventKind::FieldOff, send);
                self.left(send);
            }
        }
    }

    fn left(&mut self, send: Tell<'_>) {
        self.present = false;
        self.host.power_off();
        send(ReportKind::Left);
    }

    fn waiting(&self) -> Vec<Fault> {
        Fault::join(&self.tears, &self.faults)
    }

    /// The card lost power: the host's session is gone, and the trace says how.
    fn happened(&mut self, kind: EventKind, send: Tell<'_>) {
        self.host.power_off();
        let mut record = Record::new((), self.clock.clone(), Lane::Card);
        record.push(kind);
        for event in record.into_inner().1 {
            send(ReportKind::Event(event));
        }
    }

    /// The card. `alone`: without other programs meanwhile. `wrote` is told of each command that changed a virtual card.
    fn with_card<R>(
        &mut self,
        alone: bool,
        wrote: &mut dyn FnMut(&EmbeddedCard),
        work: impl FnOnce(&mut dyn Transport) -> R,
    ) -> R {
        match &mut self.held {
            Held::Embedded(card) => work(&mut Tearing {
                card,
                tears: &mut self.tears,
                wrote,
            }),
            Held::Device(device) if alone => work(&mut *device.alone()),
            Held::Device(device) => work(device),
        }
    }

    /// Random numbers for one job, drawn from the station's own.
    fn fork(&mut self) -> Box<dyn Entropy + Send> {
        let mut seed = [0; 8];
        self.entropy.fill(&mut seed);
        Box::new(SeededEntropy::new(u64::from_le_bytes(seed)))
    }
}

/// What is said of cards for which there was no room.
fn crowded(name: &str) -> ReportKind {
    ReportKind::Trouble(format!("{name}: {TURNED_AWAY}"))
}

/// News of a lent card in the words of the model.
fn state(news: LinkNews) -> LendingState {
    match news {
        LinkNews::Connected => LendingState::Connected,
        LinkNews::Quiet(seconds) => LendingState::Quiet(seconds),
        LinkNews::Lost(error) => LendingState::Waiting(error.to_string()),
        LinkNews::NoCard(error) => LendingState::Waiting(error.to_string()),
    }
}

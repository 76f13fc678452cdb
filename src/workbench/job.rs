//! Work on a reader: what to do, what came of it, and the station that does it.

use crate::apdu::FrameForm;
use crate::card::Aid;
use crate::crypto::entropy::Entropy;
use crate::dialogue::Host;
use crate::keyring::Keyring;
use crate::ota::Booked;
use crate::trace::{Event, EventKind, Lane};
use crate::transport::{self, Clock, EmbeddedCard, FrameFault, Record, Transport, Watch};
use crate::virtual_card::{Card, Image};

use super::converse::converse;
use super::faults::{Fault, Tearing};

/// One piece of work for one reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Names it.
    pub id: u64,
    /// Which reader.
    pub reader: usize,
    /// What to do.
    pub kind: JobKind,
    /// Keys to do it with.
    pub keyring: Keyring,
    /// Time stamp for log records, milliseconds since 1970 UTC.
    pub time_ms: u64,
}

/// What a job does.
#[derive(Clone, Debug, PartialEq)]
pub enum JobKind {
    /// Top up the example application.
    TopUp(i32),
    /// Spend at a terminal.
    Spend(i32),
    /// Create the example application.
    Personalise,
    /// Send one frame as it is.
    Raw(Vec<u8>),
    /// Select and authenticate; the session stays open.
    Authenticate {
        /// Application.
        aid: Aid,
        /// Key number.
        key_no: u8,
    },
    /// GetVersion, applications, files and their settings.
    List,
    /// Authenticate and read a file to its end.
    ReadFile {
        /// Application.
        aid: Aid,
        /// Key number.
        key_no: u8,
        /// File number.
        file_no: u8,
    },
    /// Field off and on.
    Reset,
    /// Put the card into the field, or take it out.
    Present(bool),
    /// Replace what the card holds.
    Load(Box<Image>),
    /// These faults wait from now on, and no others.
    Faults(Vec<Fault>),
}

impl JobKind {
    /// What it does, without anything that could be secret.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TopUp(_) => "top up",
            Self::Spend(_) => "spend",
            Self::Personalise => "personalise",
            Self::Raw(_) => "send a frame",
            Self::Authenticate { .. } => "authenticate",
            Self::List => "list applications and files",
            Self::ReadFile { .. } => "read a file",
            Self::Reset => "reset",
            Self::Present(true) => "present the card",
            Self::Present(false) => "remove the card",
            Self::Load(_) => "load a card image",
            Self::Faults(_) => "arm faults",
        }
    }
}

/// News from a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which reader.
    pub reader: usize,
    /// The news.
    pub kind: ReportKind,
}

/// Kinds of news.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportKind {
    /// A frame passed.
    Event(Event),
    /// What the card holds now.
    Card(Box<Image>),
    /// Faults that wait now.
    Faults(Vec<Fault>),
    /// The job is over.
    Done {
        /// Which job.
        job: u64,
        /// What came of it.
        result: Result<Done, String>,
    },
    /// The worker died; the reader can be opened again.
    Died(String),
}

/// What a finished job found.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// A transaction was booked.
    Booked(Booked),
    /// Nothing to tell beyond the trace.
    Quiet,
}

/// A reader with its card and the host's session, owned by one worker.
pub struct Station {
    reader: usize,
    card: EmbeddedCard,
    host: Host,
    entropy: Box<dyn Entropy + Send>,
    clock: Clock,
    present: bool,
    /// Writes before which power fails, the next one first.
    tears: Vec<u32>,
    /// Faults on the way.
    faults: Vec<FrameFault>,
}

impl Station {
    /// A station with the card in the field.
    pub fn new(
        reader: usize,
        card: EmbeddedCard,
        entropy: Box<dyn Entropy + Send>,
        clock: Clock,
    ) -> Self {
        Self {
            reader,
            card,
            host: Host::new(FrameForm::Wrapped),
            entropy,
            clock,
            present: true,
            tears: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Does a job, reporting every frame as it passes.
    pub fn run(&mut self, job: &Job, report: &mut dyn FnMut(Report)) {
        let reader = self.reader;
        let mut send = |kind| report(Report { reader, kind });
        let waited = self.waiting();
        let result = self.perform(job, &mut send);
        let waiting = self.waiting();
        if waiting != waited {
            send(ReportKind::Faults(waiting));
        }
        let image = self.card.card().image();
        send(ReportKind::Card(Box::new(image)));
        send(ReportKind::Done {
            job: job.id,
            result,
        });
    }

    fn perform(&mut self, job: &Job, send: &mut dyn FnMut(ReportKind)) -> Result<Done, String> {
        match &job.kind {
            JobKind::Present(present) => {
                if self.present && !*present {
                    self.field_off(send);
                }
                self.present = *present;
                self.card.reset().map_err(|error| error.to_string())?;
            }
            JobKind::Load(image) => {
                let card = Card::new(image, self.fork()).map_err(|error| error.to_string())?;
                self.card = EmbeddedCard::new(card);
                self.field_off(send);
            }
            JobKind::Faults(faults) => (self.tears, self.faults) = Fault::split(faults),
            _ if !self.present => return Err("No card in the field".into()),
            talk => return self.talk(job, talk, send),
        }
        Ok(Done::Quiet)
    }

    /// Does a job that sends frames; the faults that wait happen on the way.
    fn talk(
        &mut self,
        job: &Job,
        kind: &JobKind,
        send: &mut dyn FnMut(ReportKind),
    ) -> Result<Done, String> {
        let spends = matches!(kind, JobKind::Spend(_));
        let lane = if spends { Lane::Terminal } else { Lane::Card };
        let (entropy, clock) = (self.fork(), self.clock.clone());
        let card = Tearing {
            card: &mut self.card,
            tears: &mut self.tears,
        };
        let faults = std::mem::take(&mut self.faults);
        let way = transport::Fault::new(card, faults, clock.clone());
        let mut sink = |event: &Event| send(ReportKind::Event(event.clone()));
        let mut transport = Watch::new(Record::new(way, clock, lane), &mut sink);
        let result = converse(&mut self.host, job, kind, entropy, &mut transport);
        let (way, _) = transport.into_inner().into_inner();
        self.faults = way.into_inner().1;
        result
    }

    fn waiting(&self) -> Vec<Fault> {
        Fault::join(&self.tears, &self.faults)
    }

    /// The card lost power: the host's session is gone, and the trace says so.
    fn field_off(&mut self, send: &mut dyn FnMut(ReportKind)) {
        self.host.power_off();
        let mut record = Record::new((), self.clock.clone(), Lane::Card);
        record.push(EventKind::FieldOff);
        for event in record.into_inner().1 {
            send(ReportKind::Event(event));
        }
    }

    /// Random numbers for one job, drawn from the station's own.
    fn fork(&mut self) -> Box<dyn Entropy + Send> {
        let mut seed = [0; 8];
        self.entropy.fill(&mut seed);
        Box::new(crate::crypto::entropy::SeededEntropy::new(
            u64::from_le_bytes(seed),
        ))
    }
}

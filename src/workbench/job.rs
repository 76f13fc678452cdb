//! Work on a reader: what to do, what came of it, and the station that does it.

use crate::apdu::FrameForm;
use crate::card::Aid;
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Host, Runner, Script};
use crate::keyring::Keyring;
use crate::ota::{Booked, Personalise, Spend, TmvCheck, TopUp, Unfinished, application};
use crate::trace::{Event, EventKind, Lane};
use crate::transport::{
    Clock, DriveError, EmbeddedCard, Fault, Lose, Record, Transport, TransportError, Watch, drive,
};
use crate::virtual_card::{Card, Image};

use super::scripts::{Listing, Steps};
use super::tearing::Tearing;

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
    /// Power fails before this write of the next command that writes.
    Tear(u32),
    /// The answer to the next command with this code is lost.
    Lose(u8),
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
    tear: Option<u32>,
    lose: Option<u8>,
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
            tear: None,
            lose: None,
        }
    }

    /// Does a job, reporting every frame as it passes.
    pub fn run(&mut self, job: &Job, report: &mut dyn FnMut(Report)) {
        let reader = self.reader;
        let mut send = |kind| report(Report { reader, kind });
        let result = self.perform(job, &mut send);
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
            JobKind::Tear(writes) => self.tear = Some(*writes),
            JobKind::Lose(ins) => self.lose = Some(*ins),
            _ if !self.present => return Err("No card in the field".into()),
            talk => return self.talk(job, talk, send),
        }
        Ok(Done::Quiet)
    }

    /// Does a job that sends frames.
    fn talk(
        &mut self,
        job: &Job,
        kind: &JobKind,
        send: &mut dyn FnMut(ReportKind),
    ) -> Result<Done, String> {
        let (mut events, mut lost) = (0, false);
        let result = self.converse(job, kind, &mut |event| {
            events += 1;
            lost |= event.kind == EventKind::Lost;
            send(ReportKind::Event(event.clone()));
        });
        self.pass(events);
        if lost {
            self.lose = None;
        }
        result
    }

    fn converse(
        &mut self,
        job: &Job,
        kind: &JobKind,
        sink: &mut dyn FnMut(&Event),
    ) -> Result<Done, String> {
        let spends = matches!(kind, JobKind::Spend(_));
        let lane = if spends { Lane::Terminal } else { Lane::Card };
        let ins = self.lose.unwrap_or(NEVER_SENT);
        let entropy = self.fork();
        let card = Tearing {
            card: &mut self.card,
            tear: &mut self.tear,
        };
        let fault = Fault::new(card, Lose { ins });
        let mut transport = Watch::new(Record::new(fault, self.clock.clone(), lane), sink);
        let host = &mut self.host;
        let (keyring, time_ms) = (&job.keyring, job.time_ms);
        match *kind {
            JobKind::TopUp(amount) => {
                let limit = Some(application::UPPER_LIMIT);
                let script = TopUp::new(keyring.clone(), entropy, amount, time_ms, limit);
                booked(follow(host, script, &mut transport)?.ending())
            }
            JobKind::Spend(amount) => {
                let script = Spend::new(keyring.clone(), entropy, amount, time_ms, TERMINAL);
                booked(follow(host, script, &mut transport)?.ending())
            }
            JobKind::Personalise => {
                let script = Personalise::new(keyring.clone(), entropy);
                let ending = follow(host, script, &mut transport)?.ending();
                let ended = ending.unwrap_or(Ok(()));
                ended
                    .map(|()| Done::Quiet)
                    .map_err(|unfinished| unfinished.to_string())
            }
            JobKind::Raw(ref bytes) => {
                host.power_off();
                let sent = transport.transmit(bytes);
                sent.map(|_| Done::Quiet).map_err(|error| error.to_string())
            }
            JobKind::Authenticate { aid, key_no } => {
                let steps = Steps::authenticate(keyring, entropy, aid, key_no);
                follow(host, steps, &mut transport)?.finish()
            }
            JobKind::ReadFile {
                aid,
                key_no,
                file_no,
            } => {
                let steps = Steps::authenticate(keyring, entropy, aid, key_no).and_read(file_no);
                follow(host, steps, &mut transport)?.finish()
            }
            JobKind::List => follow(host, Listing::default(), &mut transport)?.finish(),
            _ => {
                host.power_off();
                let done = transport.reset();
                done.map(|()| Done::Quiet)
                    .map_err(|error| error.to_string())
            }
        }
    }

    /// The card lost power: the host's session is gone, and the trace says so.
    fn field_off(&mut self, send: &mut dyn FnMut(ReportKind)) {
        self.host.power_off();
        let mut record = Record::new((), self.clock.clone(), Lane::Card);
        record.push(EventKind::FieldOff);
        for event in record.into_inner().1 {
            send(ReportKind::Event(event));
            self.pass(1);
        }
    }

    /// A clock of steps goes on where the last job left it.
    fn pass(&mut self, events: u64) {
        if let Clock::Steps { now_us, step_us } = &mut self.clock {
            *now_us += *step_us * events;
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

/// Reader identifier that the terminal writes into its log.
const TERMINAL: [u8; 4] = [0x54, 0x41, 0x50, 0x01];
/// No command has this code.
const NEVER_SENT: u8 = 0x00;

fn follow<S: Script>(
    host: &mut Host,
    script: S,
    transport: &mut impl Transport,
) -> Result<S, String> {
    let mut runner = Runner::new(std::mem::take(host), script);
    let result = drive(&mut runner, transport);
    let (used, script) = runner.into_parts();
    *host = used;
    result.map_err(|error: DriveError| error.to_string())?;
    Ok(script)
}

fn booked(ending: Option<Result<Booked, Unfinished>>) -> Result<Done, String> {
    match ending {
        Some(Ok(booked)) if matches!(booked.tmv, TmvCheck::Differs(_)) => {
            Err("The card's TMV does not fit the commands".into())
        }
        Some(Ok(booked)) => Ok(Done::Booked(booked)),
        Some(Err(unfinished)) => Err(unfinished.to_string()),
        None => Err(TransportError::Lost.to_string()),
    }
}

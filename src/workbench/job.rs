//! Work on a reader: what to do, and what came of it.

use crate::card::Aid;
use crate::card::identity::Identity;
use crate::keyring::Keyring;
use crate::ota::Booked;
use crate::trace::Event;
use crate::virtual_card::Image;

use super::faults::Fault;
use super::reader::LendingState;
use super::repeating::{Answer, Repeat, Standing};
use super::task::Stop;

/// One piece of work for one reader.
#[derive(Clone, Debug)]
pub struct Job {
    /// Names it.
    pub id: u64,
    /// Which reader's worker.
    pub worker: usize,
    /// What to do.
    pub kind: JobKind,
    /// Keys to do it with.
    pub keyring: Keyring,
    /// Time stamp for log records, milliseconds since 1970 UTC.
    pub time_ms: u64,
    /// Whether the card knows EV2 secure messaging, as far as that is known.
    pub speaks_ev2: bool,
    /// Set when it is to end, where it waits for that.
    pub(super) stop: Stop,
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
    /// Send a command in the session that is open.
    Repeat(Box<Repeat>),
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
    /// Forget the session that is open.
    EndSession,
    /// Field off and on.
    Reset,
    /// Put the card into the field, or take it out.
    Present(bool),
    /// Replace what the card holds.
    Load(Box<Image>),
    /// These faults wait from now on, and no others.
    Faults(Vec<Fault>),
    /// Connect to the card that lies on the reader, and ask what it is.
    Connect,
    /// Look whether the card is still there.
    Look,
    /// Lend the card to the virtual reader at this address, until told to end.
    Lend(String),
}

impl JobKind {
    /// Whether it takes keys of the table.
    pub(super) const fn needs_keys(&self) -> bool {
        matches!(
            self,
            Self::TopUp(_)
                | Self::Spend(_)
                | Self::Personalise
                | Self::Authenticate { .. }
                | Self::ReadFile { .. }
        )
    }

    /// What it does, without anything that could be secret.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TopUp(_) => "top up",
            Self::Spend(_) => "spend",
            Self::Personalise => "personalise",
            Self::Raw(_) => "send a frame",
            Self::Repeat(_) => "repeat a row",
            Self::Authenticate { .. } => "authenticate",
            Self::List => "list applications and files",
            Self::ReadFile { .. } => "read a file",
            Self::EndSession => "end the session",
            Self::Reset => "reset",
            Self::Present(true) => "present the card",
            Self::Present(false) => "remove the card",
            Self::Load(_) => "load a card image",
            Self::Faults(_) => "arm faults",
            Self::Connect => "connect to the card",
            Self::Look => "look for the card",
            Self::Lend(_) => "lend the card",
        }
    }
}

/// News from a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which reader's worker.
    pub worker: usize,
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
    /// A card was connected to; it is being asked what it is.
    Came {
        /// Its answer to reset.
        atr: Vec<u8>,
    },
    /// What it is: the card is there to be used.
    Identified(Box<Identity>),
    /// Where the host stands with the card now.
    Standing(Standing),
    /// The card is gone.
    Left,
    /// How lending stands.
    Lending(LendingState),
    /// Something is wrong with a card that wanted to come; the reader goes on.
    Trouble(String),
    /// The job is over.
    Done {
        /// Which job.
        job: u64,
        /// What came of it.
        result: Result<Done, String>,
    },
    /// The port could not be opened, and why: there is no such reader.
    NotOpened(String),
    /// The worker died; the reader can be opened again.
    Died(String),
}

/// What a finished job found.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// A transaction was booked.
    Booked(Booked),
    /// A repeated command ended so.
    Answered(Answer),
    /// Nothing to tell beyond the trace.
    Quiet,
}

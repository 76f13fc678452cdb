//! One decoded command with its answer: a row of the trace.

use std::sync::Arc;

use crate::apdu::{CommandApdu, Family, Frame, FrameForm, ResponseApdu, Status};
use crate::card::{Aid, CommMode};
use crate::command::{self, Command};
use crate::crypto::Secret;
use crate::crypto::cipher::Block;
use crate::report::Finding;
use crate::secure_messaging::Verdicts;
use crate::secure_messaging::handshake::{Observation, Observed};

use super::event::{Event, EventKind, Lane, Presented};
use super::iso_auth;

/// Which key an authentication was decoded with, or a session runs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Label of the key table, or where the key was learnt.
    pub label: Arc<str>,
    /// Key number as sent.
    pub key_no: Option<u8>,
}

impl KeyUse {
    /// The label without the row that showed a learnt key: rows have other numbers in other traces.
    pub fn name(&self) -> &str {
        if self.label.starts_with(LEARNT) {
            LEARNT.trim_end()
        } else {
            &self.label
        }
    }
}

/// How the label of a key begins that the trace itself showed; the number of the row follows.
pub(super) const LEARNT: &str = "learnt from row ";

/// Key material that a decrypted ChangeKey or the like showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key that the card has from now on, when the old one was known or not needed.
    pub key: Option<Secret>,
    /// Its version.
    pub version: Option<u8>,
    /// The key that it replaces, where the key data is made of both.
    pub old: Option<Secret>,
}

/// The running IV of an EV1 session; `None` where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ivs {
    /// Before the command.
    pub command: Option<Block>,
    /// Before the answer.
    pub response: Option<Block>,
    /// Before the next command.
    pub next: Option<Block>,
}

/// What the TMV of a CommitTransaction was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCommit {
    /// The TransactionMAC keys that were tried.
    pub keys: Vec<Secret>,
    /// The UID, 7 bytes.
    pub uid: Vec<u8>,
    /// TMC of the answer.
    pub tmc: u32,
    /// The TMV of the answer.
    pub tmv: [u8; 8],
    /// The TMI, a multiple of 16 bytes.
    pub tmi: Vec<u8>,
    /// How much of it is there without the last command that counted.
    pub without_last: usize,
}

/// What an authentication revealed; secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authenticated {
    /// AuthenticateEV2First or NonFirst.
    Ev2(Observation),
    /// Authentication of D40 or EV1, or the ISO commands.
    Legacy {
        /// The key that fits.
        key: Secret,
        /// Random numbers and verdicts.
        seen: Observed,
    },
}

impl Authenticated {
    /// What an EV2 authentication revealed.
    pub const fn ev2(&self) -> Option<&Observation> {
        match self {
            Self::Ev2(seen) => Some(seen),
            Self::Legacy { .. } => None,
        }
    }

    /// Transaction identifier, of AuthenticateEV2First.
    pub const fn ti(&self) -> Option<[u8; 4]> {
        match self {
            Self::Ev2(seen) => seen.ti,
            Self::Legacy { .. } => None,
        }
    }
}

/// A decoded command with its answer. A chained command is one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Number from 0 over the whole trace.
    pub index: usize,
    /// Index of the first event.
    pub first_event: usize,
    /// Index of the last event.
    pub last_event: usize,
    /// Time of the first event.
    pub time_us: Option<u64>,
    /// Who talks.
    pub lane: Lane,
    /// Number of the reader.
    pub reader: u16,
    /// Index of the event that presented the card, where the trace holds one.
    pub presented: Option<usize>,
    /// Framing of the first command frame.
    pub form: FrameForm,
    /// Family of the command code.
    pub family: Family,
    /// Command code.
    pub ins: u8,
    /// P1 and P2.
    pub p1p2: [u8; 2],
    /// Le of the first command frame, where it has one.
    pub le: Option<u8>,
    /// Header and data without protection; `None` when opaque.
    pub command: Option<Vec<u8>>,
    /// Clear bytes at the start of `command`.
    pub header_len: usize,
    /// Answer data without status and protection; `None` when opaque or when there was no answer.
    pub response: Option<Vec<u8>>,
    /// Status of the last answer frame; `None` when there was no answer.
    pub status: Option<Status>,
    /// Selected application, when known.
    pub aid: Option<Aid>,
    /// DF name of the selection, when it was made by name.
    pub df_name: Option<Vec<u8>>,
    /// Channel that protected the exchange; for an authentication the one that it opens.
    pub channel: Option<&'static str>,
    /// Communication mode.
    pub mode: Option<CommMode>,
    /// CmdCtr of the command.
    pub ctr: Option<u16>,
    /// The key in use.
    pub key: Option<KeyUse>,
    /// Verdicts on every check.
    pub verdicts: Verdicts,
    /// What the user should know.
    pub findings: Vec<Finding>,
    /// The IVs of an EV1 session at this row.
    pub ivs: Option<Box<Ivs>>,
    /// What an authentication revealed; secrets.
    pub authentication: Option<Box<Authenticated>>,
    /// Key material that the command carried; secrets.
    pub new_key: Option<Box<NewKey>>,
    /// Of a CommitTransaction whose TMV does not fit.
    pub commit: Option<Box<SeenCommit>>,
}

impl Exchange {
    /// The data sheet's name of the command.
    pub fn name(&self) -> &'static str {
        command::name(self.family, self.ins)
    }

    /// The command without protection, as header and data.
    pub fn frame(&self) -> Option<Frame> {
        let body = self.command.clone()?;
        let mut frame = Frame::desfire(self.ins, body, self.header_len);
        frame.family = self.family;
        frame.p1p2 = self.p1p2;
        if self.family == Family::Iso {
            frame.le = self.le;
        }
        Some(frame)
    }

    /// The typed command, when it is not opaque.
    pub fn typed(&self) -> Option<Command> {
        self.frame().map(|frame| Command::parse(&frame))
    }

    /// Whether the card answered that it did what was asked.
    pub fn is_accepted(&self) -> bool {
        self.status.is_some_and(Status::is_success)
    }

    /// Whether the command is one of the authentications.
    pub fn is_authentication(&self) -> bool {
        self.family == Family::Desfire
            && command::spec(self.ins)
                .is_some_and(|spec| spec.rule == command::Rule::Authentication)
    }

    /// The command frames on the wire.
    pub fn commands<'a>(&self, events: &'a [Event]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.events(events).filter_map(|event| match &event.kind {
            EventKind::Command(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// The answer frames on the wire.
    pub fn responses<'a>(&self, events: &'a [Event]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.events(events).filter_map(|event| match &event.kind {
            EventKind::Response(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// The events of this exchange; those of other readers may lie between them.
    pub fn events<'a>(&self, events: &'a [Event]) -> impl Iterator<Item = &'a Event> + use<'a> {
        let reader = self.reader;
        let between = events.get(self.first_event..=self.last_event);
        let between = between.unwrap_or_default().iter();
        between.filter(move |event| event.reader == reader)
    }

    /// The card and its reader, where the trace tells.
    pub fn presented<'a>(&self, events: &'a [Event]) -> Option<&'a Presented> {
        match &events.get(self.presented?)?.kind {
            EventKind::Card(presented) => Some(presented),
            _ => None,
        }
    }

    /// The command's body, frames joined, still protected.
    pub fn framed_command(&self, events: &[Event]) -> Vec<u8> {
        self.commands(events)
            .flat_map(|bytes| CommandApdu::parse(bytes).body.iter().copied())
            .collect()
    }

    /// The answer's data, frames joined, still protected.
    pub fn framed_response(&self, events: &[Event]) -> Vec<u8> {
        self.responses(events)
            .filter_map(|bytes| ResponseApdu::parse(self.form, bytes))
            .flat_map(|answer| answer.data.iter().copied())
            .collect()
    }

    /// Where the key in a ChangeKey ends, whose key data starts at `start`: EV2 has AES keys, D40 and EV1 leave the
    /// checksums away here.
    fn key_end(&self, start: usize, len: usize) -> usize {
        if self.channel == Some("ev2") {
            return len.min(start + 16);
        }
        let has_version = self
            .new_key
            .as_ref()
            .is_some_and(|new| new.version.is_some());
        len.saturating_sub(usize::from(has_version))
    }

    /// Whether the command is a part of the ISO 7816-4 authentication.
    pub const fn is_iso_authentication(&self) -> bool {
        matches!(self.family, Family::Iso)
            && matches!(
                self.ins,
                iso_auth::CHALLENGE | iso_auth::EXTERNAL | iso_auth::INTERNAL
            )
    }

    /// Byte ranges of `command` that hold key material.
    pub fn secret_range(&self) -> Option<std::ops::Range<usize>> {
        if self.family != Family::Desfire {
            return None;
        }
        let body = self.command.as_ref()?;
        let mut range = command::secret_range(self.ins, body)?;
        if matches!(self.ins, 0xC4 | 0xC6) {
            range.end = self.key_end(range.start, range.end);
        }
        (range.start < range.end).then_some(range)
    }
}

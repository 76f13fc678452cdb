//! A row of the trace once more: its command as plaintext, edited, sent in the session that is open now.
//!
//! The answer is kept beside what was sent, so that it can be held against that of the row.

mod fields;
mod sending;
mod standing;

use crate::apdu::{Family, Frame};
use crate::bytes::hex;
use crate::card::CommMode;
use crate::card::identity::Uid;
use crate::command::{self, Command, Rule, spec};
use crate::dialogue::{Outcome, Reply, Request, Script, Step};
use crate::trace::Exchange;

use super::reader::Place;
use super::state::Workbench;

pub use fields::EditField;
pub use sending::{Answer, Sending};
pub use standing::{Live, Standing};

/// A command to send again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Row that it comes from.
    pub row: usize,
    /// The command without protection.
    pub frame: Frame,
    /// Communication mode inside a session.
    pub mode: CommMode,
    /// Length of the records that the row read, where its answer tells it: ReadRecords does not say it.
    record_size: Option<u32>,
}

impl Repeat {
    /// The command of a row as the row had it, or why it can't be sent again.
    pub fn of(row: &Exchange) -> Result<Self, &'static str> {
        if row.is_authentication() || row.is_iso_authentication() {
            return Err(AUTHENTICATION);
        }
        let frame = row.frame().ok_or(OPAQUE)?;
        if matches!((row.family, row.ins), (Family::Desfire, 0xC4 | 0xC6)) {
            return Err(CHANGE_KEY);
        }
        if row.secret_range().is_some() {
            return Err(SECRET);
        }
        let rule = spec(row.ins).filter(|_| row.family == Family::Desfire);
        let mode = match rule.map_or(Rule::Plain, |spec| spec.rule) {
            Rule::Mac => CommMode::Mac,
            Rule::Full => CommMode::Full,
            Rule::Plain | Rule::Authentication => CommMode::Plain,
            Rule::File | Rule::FullUnlessFree => row.mode.unwrap_or(CommMode::Plain),
        };
        Ok(Self {
            row: row.index,
            record_size: record_size(row),
            frame,
            mode,
        })
    }

    /// Why it is not sent as it was edited: what was sent stays readable beside its row.
    pub fn can_go(&self) -> Result<(), &'static str> {
        let frame = &self.frame;
        let is_secret = frame.family == Family::Desfire
            && command::secret_range(frame.ins, &frame.body()).is_some();
        if is_secret { Err(SECRET_EDIT) } else { Ok(()) }
    }

    /// What it does beyond its answer, for whoever is about to send it.
    pub const fn warning(&self) -> Option<&'static str> {
        match (self.frame.family, self.frame.ins) {
            (Family::Desfire, 0x5A) | (Family::Iso, 0xA4) => {
                Some("A selection ends the present session")
            }
            (Family::Desfire, 0xFC) => Some("FormatPICC erases all applications of the card"),
            (Family::Desfire, 0xDA) => {
                Some("DeleteApplication erases the application with its files and keys")
            }
            (Family::Desfire, 0xDF) => Some("DeleteFile erases the file"),
            (Family::Desfire, 0xEB) => {
                Some("ClearRecordFile erases all records of the file at the commit")
            }
            _ => None,
        }
    }
}

/// The length of the records of an answer that holds a known number of them.
fn record_size(row: &Exchange) -> Option<u32> {
    let Some(Command::ReadRecords(read)) = row.typed() else {
        return None;
    };
    let len = u32::try_from(row.response.as_ref()?.len()).ok()?;
    let size = len.checked_div(read.count)?;
    (size.checked_mul(read.count) == Some(len) && size > 0).then_some(size)
}

/// A UID as people read it, 4 bytes at a time.
fn grouped(uid: &[u8]) -> String {
    let parts: Vec<String> = uid.chunks(4).map(hex::upper).collect();
    parts.join(" ")
}

impl Workbench {
    /// The command of a row as the row had it, or why it can't be sent again.
    pub fn repeat_of(&self, row: usize) -> Result<Repeat, &'static str> {
        Repeat::of(self.rows().get(row).ok_or(NO_ROW)?)
    }

    /// What a command erases for good, in a sentence, where the chosen card is none of ours: to be asked about first.
    pub fn erases(&self, repeat: &Repeat) -> Option<String> {
        let reader = self.reader().filter(|reader| reader.embedded().is_none())?;
        let what = match Command::parse(&repeat.frame) {
            Command::FormatPicc(_) => "FormatPICC erases all applications".to_owned(),
            Command::DeleteApplication(delete) => {
                format!("DeleteApplication erases {}", self.aid_text(delete.aid))
            }
            _ => return None,
        };
        let uid = match reader.identity.as_ref().map(|identity| &identity.uid) {
            Some(Uid::Fixed(uid) | Uid::Random(uid)) => format!(" {}", grouped(uid)),
            Some(Uid::Unknown) | None => String::new(),
        };
        let card = match reader.place {
            Place::Port(_) => format!("the card at {}", reader.name),
            Place::Desk(_) | Place::Embedded(_) => "the real card".into(),
        };
        Some(format!("{what} on {card}{uid}"))
    }

    /// Changes when what was typed or sent is forgotten: with the trace, and when the key store is locked.
    pub const fn repeats_no(&self) -> (u64, u64) {
        (self.trace_no, self.locks_no)
    }

    /// Why the selected row can't be sent again.
    pub fn can_repeat(&self) -> Result<(), &'static str> {
        let row = self.selected_row().ok_or(NO_ROW)?;
        Repeat::of(row).map(|_| ())
    }
}

/// Sends one command and keeps how it ended.
pub(super) struct Once<'a> {
    repeat: &'a Repeat,
    sent: bool,
    pub(super) reply: Option<Reply>,
}

impl<'a> Once<'a> {
    pub(super) const fn new(repeat: &'a Repeat) -> Self {
        Self {
            repeat,
            sent: false,
            reply: None,
        }
    }

    /// Length of the records that it reads.
    pub(super) const fn record_size(&self) -> Option<u32> {
        self.repeat.record_size
    }
}

impl Script for Once<'_> {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        if let Some(Outcome::Replied(reply)) = last {
            self.reply = Some(reply.clone());
        }
        if std::mem::replace(&mut self.sent, true) {
            return Step::Done;
        }
        Step::Do(Request::Exact {
            frame: self.repeat.frame.clone(),
            mode: self.repeat.mode,
        })
    }
}

const NO_ROW: &str = "Off, no row is selected";
const AUTHENTICATION: &str =
    "Off, an authentication is made of random numbers; authenticate in Readers";
const OPAQUE: &str = "Off, the row is opaque, so its plaintext is not known";
const CHANGE_KEY: &str =
    "Off, the data of a ChangeKey is a key, mixed with the one that it replaced";
const SECRET_EDIT: &str =
    "the edited command carries a key, which would stay readable beside the row";
const SECRET: &str = "Off, the row carries a key, which is not shown for editing";

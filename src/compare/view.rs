//! One exchange as the comparison sees it: what could be read of it, and what is passed over.

use crate::apdu::{Family, Status};
use crate::command::{self, ReaderGetData};
use crate::secure_messaging::Verdict;
use crate::trace::{Event, Exchange};

use super::difference::Side;
use super::ignore::{Aspect, Ignore};

/// Which messages of a pair could not be read, in one trace at least. They were not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// The command.
    pub command: bool,
    /// The response.
    pub response: bool,
}

impl Unread {
    /// Whether something could not be read.
    pub const fn any(self) -> bool {
        self.command || self.response
    }

    /// Whether a message could not be read.
    pub const fn of(self, side: Side) -> bool {
        match side {
            Side::Command => self.command,
            Side::Response => self.response,
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            command: self.command || other.command,
            response: self.response || other.response,
        }
    }
}

/// An exchange with the events that it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) row: &'a Exchange,
    pub(super) events: &'a [Event],
}

impl<'a> View<'a> {
    /// Header and data, or the answer's data, without protection; `None` when opaque. A message that is empty even with
    /// its protection holds nothing to read.
    pub(super) fn plain(self, side: Side) -> Option<&'a [u8]> {
        let plain = match side {
            Side::Command => self.row.command.as_deref(),
            Side::Response => self.row.response.as_deref(),
        };
        plain.or_else(|| self.framed(side).is_empty().then_some(&[]))
    }

    /// The message without framing, still protected.
    pub(super) fn framed(self, side: Side) -> Vec<u8> {
        match side {
            Side::Command => self.row.framed_command(self.events),
            Side::Response => self.row.framed_response(self.events),
        }
    }

    /// Which messages could not be read.
    pub(super) fn unread(self) -> Unread {
        // After a gap in an EV1 session the first bytes stand as zeros (trace finding `unread`).
        let partly = self.row.findings.iter().any(|found| found.code == "unread");
        let verdicts = &self.row.verdicts;
        let proofs = [verdicts.auth_host, verdicts.auth_card];
        let no_key = self.is_authentication() && proofs.contains(&Verdict::Unknown);
        Unread {
            command: partly || self.plain(Side::Command).is_none(),
            response: partly || no_key || self.plain(Side::Response).is_none(),
        }
    }

    pub(super) fn is_authentication(self) -> bool {
        self.row.is_authentication() || self.row.is_iso_authentication()
    }

    /// Whether the plaintext of both messages is a cryptogram, or a random number in clear.
    pub(super) const fn is_nonce(self) -> bool {
        self.row.is_iso_authentication()
    }

    /// Whether a field of the answer is passed over.
    pub(super) fn passes_over(self, name: &str, ignore: Ignore) -> bool {
        let (family, ins) = (self.row.family, self.row.ins);
        aspect(family, ins, name).is_some_and(|aspect| ignore.ignores(aspect))
    }

    /// Whether the answer may hold fields that are passed over.
    pub(super) fn may_pass_over(self) -> bool {
        let (family, ins) = (self.row.family, self.row.ins);
        match family {
            Family::Desfire => matches!(ins, COMMIT | READER_ID | VERSION | CARD_UID),
            Family::Reader => ins == ReaderGetData::INS,
            Family::Iso => false,
        }
    }

    /// The fields of the answer that are compared, as names and bytes; one without a name where no fields are known.
    pub(super) fn heeded(self, ignore: Ignore) -> Vec<(&'static str, &'a [u8])> {
        let answer = self.plain(Side::Response).unwrap_or_default();
        let succeeded = self.row.status.is_some_and(Status::is_success);
        let typed = self.row.typed();
        let Some(command) = typed.filter(|_| succeeded && self.may_pass_over()) else {
            return vec![("", answer)];
        };
        let spans = command::answer_spans(&command, answer).0.into_iter();
        spans
            .filter(|span| !self.passes_over(span.name, ignore))
            .filter_map(|span| {
                let bytes = answer.get(span.offset..span.offset + span.len)?;
                Some((span.name, bytes))
            })
            .collect()
    }
}

const COMMIT: u8 = 0xC7;
const READER_ID: u8 = 0xC8;
const VERSION: u8 = 0x60;
const CARD_UID: u8 = 0x51;

/// The aspect that a field of an answer belongs to.
fn aspect(family: Family, ins: u8, name: &str) -> Option<Aspect> {
    match (family, ins, name) {
        (Family::Desfire, COMMIT, "TMC") => Some(Aspect::Tmc),
        (Family::Desfire, COMMIT, "TMV") | (Family::Desfire, READER_ID, "EncTMRI") => {
            Some(Aspect::Tmv)
        }
        (Family::Desfire, VERSION, "UID" | "BatchNo" | "CWProd" | "YearProd" | "FabKeyID")
        | (Family::Desfire, CARD_UID, "UID")
        | (Family::Reader, ReaderGetData::INS, "UID") => Some(Aspect::Uid),
        _ => None,
    }
}

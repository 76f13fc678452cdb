//! What a row lets conclude: whether the card did the command, and which command it was.

use crate::apdu::{Family, Status};
use crate::card::{Aid, CommMode};
use crate::command::{self, Command};
use crate::secure_messaging::Verdict;

use crate::trace::exchange::Exchange;

/// Whether the card did a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It says so.
    Done,
    /// It may have, wholly or in part.
    Maybe,
    /// It refused.
    Refused,
}

/// A row, read once for every card that it is applied to.
pub(super) struct Effect<'a> {
    pub(super) row: &'a Exchange,
    pub(super) outcome: Outcome,
    /// The command; `None` when it can't be read for certain.
    pub(super) command: Option<Command>,
    /// Data of an answer that can be believed.
    pub(super) answer: Option<&'a [u8]>,
}

impl<'a> Effect<'a> {
    pub(super) fn of(row: &'a Exchange) -> Self {
        let verdicts = &row.verdicts;
        let is_bad = verdicts.any(Verdict::Bad);
        let outcome = match row.status {
            _ if row.is_authentication() || row.is_iso_authentication() => of_status(row.status),
            Some(status) if is_done(row.family, status) && is_bad => Outcome::Maybe,
            Some(status) if is_done(row.family, status) => Outcome::Done,
            status => of_status(status),
        };
        let unread = row.findings.iter().any(|found| found.code == "unread");
        let full = row.mode == Some(CommMode::Full);
        let checks = [
            verdicts.command_mac,
            verdicts.response_mac,
            verdicts.crc,
            verdicts.padding,
        ];
        let unproved = full && checks.contains(&Verdict::Unknown);
        let in_session = row.channel.is_some_and(|channel| channel != "plain");
        let undecided = in_session && row.mode.is_none() && row.family == Family::Desfire;
        let readable = !is_bad && !unread && !unproved;
        let command = row.command.as_deref().filter(|_| readable);
        let command = command.and_then(|body| match row.family {
            Family::Desfire => Command::from_body(row.ins, body).ok().flatten(),
            Family::Iso | Family::Reader => row.typed(),
        });
        Self {
            row,
            outcome,
            command: command.filter(|command| !matches!(command, Command::Unknown(_))),
            answer: row
                .response
                .as_deref()
                .filter(|_| outcome == Outcome::Done && readable && !undecided),
        }
    }

    /// Whether the command is the one with this DESFire code.
    pub(super) fn is(&self, codes: &[u8]) -> bool {
        self.row.family == Family::Desfire && codes.contains(&self.row.ins)
    }

    /// Whether the command went over several frames, so that a part of it may have been done before it was refused.
    pub(super) const fn is_chained(&self) -> bool {
        self.row.last_event > self.row.first_event + 1
    }

    /// The selected level after the row, as it was decoded.
    pub(super) fn decoded_aid(&self) -> Option<Aid> {
        self.row.aid
    }

    /// Whether the command is a part of an authentication.
    pub(super) fn is_authentication(&self) -> bool {
        self.row.is_authentication() || self.row.is_iso_authentication()
    }

    /// Whether nothing is known of the command's code.
    pub(super) fn is_foreign(&self) -> bool {
        self.row.family == Family::Desfire && command::spec(self.row.ins).is_none()
    }
}

fn of_status(status: Option<Status>) -> Outcome {
    match status {
        Some(status) if status.is_success() => Outcome::Done,
        // The chain broke off.
        Some(status) if status.is_additional_frame() => Outcome::Maybe,
        Some(_) => Outcome::Refused,
        None => Outcome::Maybe,
    }
}

fn is_done(family: Family, status: Status) -> bool {
    match (family, status) {
        (Family::Iso, Status::Iso(word)) => matches!(word, 0x9000 | 0x6282 | 0x6283),
        (_, status) => status.is_success(),
    }
}

//! The ledger's lines out of a decoded trace: the transaction that a row belongs to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::follow::adds;
use super::line;
use crate::apdu::{Family, Status};
use crate::bytes::{Reader, hex};
use crate::calculator::Texts;
use crate::card::Aid;
use crate::card::settings::{FileKind, FileSettings};
use crate::command::{Command, CommitAnswer};
use crate::trace::{self, Event, EventKind, Exchange};

/// A transaction as a trace shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Lines of the ledger, plain commands with their answers; no key material.
    pub operations: String,
    /// Application, where the trace shows it.
    pub aid: Option<Aid>,
    /// UID, where the trace shows it before the end of the transaction.
    pub uid: Option<Vec<u8>>,
    /// TMC and TMV, where the commit was asked for them.
    pub commit: Option<CommitAnswer>,
    /// Indexes of rows of it that are not decoded: the ledger lacks them.
    pub opaque: Vec<usize>,
}

impl Recorded {
    /// Inputs of the topic `tmac`; TMC and TMV stand in the line of the commit.
    pub fn texts(&self) -> Texts {
        let aid = self.aid.map(|aid| ("aid".to_owned(), aid.to_string()));
        let uid = self
            .uid
            .as_ref()
            .map(|uid| ("uid".to_owned(), hex::upper(uid)));
        let operations = ("operations".to_owned(), self.operations.clone());
        [aid, uid, Some(operations)].into_iter().flatten().collect()
    }
}

/// The transaction of the row with this index; `None` when there is no such row. `rows` is the whole decoded trace of
/// `events`.
pub fn recorded(rows: &[Exchange], events: &[Event], index: usize) -> Option<Recorded> {
    let rows = around(rows, index);
    let chosen = rows.iter().find(|row| row.index == index)?;
    let own: Vec<&Exchange> = rows
        .iter()
        .filter(|row| row.reader == chosen.reader)
        .collect();
    let at = own.iter().position(|row| row.index == index)?;
    let range = transaction(&own, events, at);
    let (before, from) = own.split_at_checked(*range.start())?;
    let during = from.get(..=range.end() - range.start())?;
    let mut recorded = Recorded {
        aid: chosen.aid,
        uid: uid(&own, events, *range.end()),
        ..Recorded::default()
    };
    let mut text = String::new();
    let mut say = |line: String| {
        // Writing to a string never fails.
        let _written = writeln!(text, "{line}");
    };
    if let Some(first) = during.first() {
        if let Some(aid) = first.aid.filter(|_| !selects(first)) {
            say(format!("select {aid}"));
        }
        if first.key.is_some() && !first.is_authentication() {
            say("authenticated".into());
        }
    }
    for (file_no, line) in files(before, chosen.aid) {
        say(format!("file {file_no} {line}"));
    }
    for row in during {
        match said(row) {
            Some(line) => say(line),
            None if row.command.is_none() => recorded.opaque.push(row.index),
            None => {}
        }
        if let Some(commit) = commit(row) {
            recorded.commit = Some(commit);
        }
    }
    recorded.operations = text;
    Some(recorded)
}

/// Rows that are looked at before a row and after it: a frame must not walk a trace of a million.
const REACH: usize = 4_096;

/// The rows around the one with this index; a row's index is its place in the whole trace.
pub fn around(rows: &[Exchange], index: usize) -> &[Exchange] {
    let end = rows.len().min(index.saturating_add(REACH));
    rows.get(index.saturating_sub(REACH).min(end)..end)
        .unwrap_or_default()
}

/// From what begins the transaction of a row to its commit, or to what ends it otherwise.
fn transaction(rows: &[&Exchange], events: &[Event], at: usize) -> RangeInclusive<usize> {
    let ends =
        |row: &Exchange| row.is_accepted() && row.family == Family::Desfire && row.ins == 0xC7;
    let breaks = |row: &Exchange, next: &Exchange| {
        let between = events.get(row.last_event..next.first_event);
        between.unwrap_or_default().iter().any(|event| {
            let off = matches!(
                event.kind,
                EventKind::Reset
                    | EventKind::FieldOff
                    | EventKind::Tear { .. }
                    | EventKind::Card(_)
            );
            off && event.reader == row.reader
        })
    };
    let pairs = || rows.iter().zip(rows.iter().skip(1)).enumerate();
    let start = pairs()
        .take(at)
        .rfind(|(_, (row, next))| ends(row) || breaks(row, next) || selects(next))
        .map(|(index, _)| index + 1);
    let end = pairs()
        .skip(at)
        .find(|(_, (row, next))| ends(row) || breaks(row, next) || selects(next))
        .map(|(index, _)| index);
    start.unwrap_or(0)..=end.unwrap_or(rows.len().saturating_sub(1))
}

fn selects(row: &Exchange) -> bool {
    row.is_accepted()
        && match row.typed() {
            Some(Command::SelectApplication(_)) => true,
            Some(Command::Select(_)) => row.df_name.is_some(),
            _ => false,
        }
}

/// The line of a row; `None` for what has no part in a transaction, and for what is not decoded.
fn said(row: &Exchange) -> Option<String> {
    if row.is_authentication() || row.is_iso_authentication() {
        let open = row.is_accepted() && row.authentication.is_some();
        return Some(
            if open {
                "authenticated"
            } else {
                "unauthenticated"
            }
            .into(),
        );
    }
    let command = row.typed()?;
    let ends_or_selects = matches!(
        command,
        Command::CommitTransaction(_)
            | Command::AbortTransaction(_)
            | Command::SelectApplication(_)
            | Command::Select(_)
    );
    let counts = adds(&command) || ends_or_selects;
    let answer = row.response.as_deref().unwrap_or_default();
    if counts {
        return Some(line::text(&row.frame()?, answer, row.status));
    }
    // Whatever else is refused drops the transaction; its parameters may be key material and are left out.
    let status = row.status.filter(|status| status.ends_session())?;
    Some(match status {
        Status::Iso(_) => format!("00B00000 -> {status}"),
        _ => format!("{:02X} -> 91{:02X}", row.ins, status.code()?),
    })
}

fn commit(row: &Exchange) -> Option<CommitAnswer> {
    let Command::CommitTransaction(_) = row.typed().filter(|_| row.is_accepted())? else {
        return None;
    };
    Reader::all(
        "CommitTransaction",
        row.response.as_deref()?,
        CommitAnswer::read,
    )
    .ok()
}

/// The newest UID that a row up to `last` shows of the same card.
fn uid(rows: &[&Exchange], events: &[Event], last: usize) -> Option<Vec<u8>> {
    let last = rows.get(last)?;
    let until = events.get(..last.first_event).unwrap_or_default();
    let changes = |event: &Event| {
        event.reader == last.reader
            && matches!(event.kind, EventKind::FieldOff | EventKind::Card(_))
    };
    let since = until.iter().rposition(changes).unwrap_or(0);
    let mut shown = rows
        .iter()
        .rev()
        .filter(|row| (since..=last.first_event).contains(&row.first_event));
    shown.find_map(|row| row.shown_uid())
}

/// What the ledger has to know of the files of an application, out of the rows before.
fn files(before: &[&Exchange], aid: Option<Aid>) -> BTreeMap<u8, String> {
    let own = before
        .iter()
        .filter(|row| aid.is_some() && row.aid == aid && row.is_accepted());
    let known = own.filter_map(|row| {
        let command = row.typed()?;
        let (file_no, settings) = trace::created(&command).or_else(|| {
            let Command::GetFileSettings(get) = &command else {
                return None;
            };
            let answer = row.response.as_deref()?;
            let read = Reader::all("GetFileSettings", answer, FileSettings::read);
            Some((get.file_no, read.ok()?))
        })?;
        let line = match settings.kind {
            FileKind::Tmac(_) => "tmac".to_owned(),
            FileKind::Linear(file) | FileKind::Cyclic(file) => {
                format!("records {}", file.record_size)
            }
            _ => return None,
        };
        Some((file_no, line))
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::Keyring;
    use crate::trace;

    /// Far more rows than are looked at: a frame must not walk them.
    #[test]
    fn only_rows_around_are_looked_at() {
        let events: Vec<Event> = (0..3 * REACH)
            .flat_map(|_| {
                let command = EventKind::Command(vec![0x90, 0x60, 0x00, 0x00, 0x00]);
                [command, EventKind::Response(vec![0x91, 0x1C])].map(Event::new)
            })
            .collect();
        let rows = trace::decode(&events, &Keyring::default());
        assert_eq!(rows.len(), 3 * REACH);
        let range = |index: usize| {
            let around = around(&rows, index);
            let ends = [around.first(), around.last()];
            ends.map(|row| row.map(|row| row.index))
        };
        assert_eq!(range(0), [Some(0), Some(REACH - 1)]);
        assert_eq!(range(REACH + 5), [Some(5), Some(2 * REACH + 4)]);
        assert_eq!(
            range(3 * REACH - 1),
            [Some(2 * REACH - 1), Some(3 * REACH - 1)]
        );
        assert_eq!(range(9 * REACH), [None, None]);
    }
}

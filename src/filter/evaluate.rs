//! Asks a row.

use std::collections::BTreeMap;

use super::name::{Column, Name};
use super::value::{Check, Got};
use crate::apdu::{Family, Status};
use crate::command::{self, Rule};
use crate::secure_messaging::Verdict;
use crate::trace::{self, Event, Exchange};

/// AuthenticateEV2NonFirst goes on with a session.
const NON_FIRST: u8 = 0x77;

/// A filter with its values read.
#[derive(Clone, Debug)]
pub(super) enum Program {
    Or(Vec<Program>),
    And(Vec<Program>),
    Not(Box<Program>),
    Test(Name, Check),
}

/// A row with what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The row.
    pub row: &'a Exchange,
    /// All events of the trace.
    pub events: &'a [Event],
    /// Microseconds since the first row that has a time.
    pub since_start: Option<u64>,
    /// Microseconds since the row before.
    pub since_before: Option<u64>,
    /// Transaction identifier of the session that the row belongs to.
    pub ti: Option<[u8; 4]>,
    /// The user's note.
    pub note: Option<&'a str>,
    /// Whether the user marked it.
    pub marked: bool,
}

/// Goes over the rows in their order and knows what lies before each.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    first: Option<u64>,
    before: Option<u64>,
    ti: BTreeMap<u16, [u8; 4]>,
}

impl Walk {
    /// The next row with its surroundings.
    pub fn next<'a>(
        &mut self,
        row: &'a Exchange,
        events: &'a [Event],
        (note, marked): (Option<&'a str>, bool),
    ) -> Subject<'a> {
        let since = |then: Option<u64>| Some(row.time_us?.saturating_sub(then?));
        let opened = row.authentication.as_ref().and_then(|seen| seen.ti());
        if let Some(ti) = opened {
            self.ti.insert(row.reader, ti);
        } else if row.is_authentication() && row.ins != NON_FIRST {
            // A session whose key is not known has not the identifier of the one before.
            self.ti.remove(&row.reader);
        }
        self.first = self.first.or(row.time_us);
        let subject = Subject {
            row,
            events,
            since_start: since(self.first),
            since_before: since(self.before),
            ti: self
                .ti
                .get(&row.reader)
                .copied()
                .filter(|_| row.channel == Some("ev2")),
            note,
            marked,
        };
        self.before = row.time_us;
        subject
    }
}

impl Program {
    pub(super) fn passes(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.passes(subject)),
            Self::And(parts) => parts.iter().all(|part| part.passes(subject)),
            Self::Not(part) => !part.passes(subject),
            // Of several things that the row has, none may be equal.
            Self::Test(name, check @ Check::Unequal(_)) => {
                let (mut there, mut same) = (false, false);
                subject.each(name, &mut |got| {
                    there = true;
                    same |= check.holds(got);
                    same
                });
                there && !same
            }
            Self::Test(name, check) => subject.each(name, &mut |got| check.holds(got)),
        }
    }
}

impl Subject<'_> {
    /// Shows all that the row has for a name until one answers yes.
    fn each(&self, name: &Name, ask: &mut dyn FnMut(Got<'_>) -> bool) -> bool {
        match name {
            Name::Column(column) => self.column(*column, ask),
            Name::Field(path) => {
                let tree = trace::fields(self.row, self.events, false);
                let mut own = tree
                    .iter()
                    .filter(|field| field.path.eq_ignore_ascii_case(path));
                own.any(|field| ask(Got::Text(&field.value)))
            }
        }
    }

    fn column(&self, column: Column, ask: &mut dyn FnMut(Got<'_>) -> bool) -> bool {
        let row = self.row;
        match column {
            Column::Row => ask(count(row.index)),
            Column::Time => self.since_start.is_some_and(|time| ask(micros(time))),
            Column::Delta => self.since_before.is_some_and(|time| ask(micros(time))),
            Column::Reader => ask(Got::Number(row.reader.into())),
            Column::Ctr => row.ctr.is_some_and(|ctr| ask(Got::Number(ctr.into()))),
            Column::App => row.aid.is_some_and(|aid| {
                let [low, middle, high] = aid.wire();
                ask(Got::Code(u32::from_be_bytes([0, high, middle, low]).into()))
            }),
            Column::File => file_no(row).is_some_and(|no| ask(Got::Code(no.into()))),
            Column::Ins => ask(Got::Code(row.ins.into())),
            Column::Ti => self
                .ti
                .is_some_and(|ti| ask(Got::Code(u32::from_be_bytes(ti).into()))),
            Column::Status => row.status.is_some_and(|status| ask(got_status(status))),
            Column::Mark => self.marked && ask(Got::There),
            Column::Wire => self.wire(ask),
            Column::Plain => {
                let both = [&row.command, &row.response];
                let mut there = both.into_iter().flatten().filter(|bytes| !bytes.is_empty());
                there.any(|bytes| ask(Got::Bytes(bytes)))
            }
            _ => self.words(column, ask),
        }
    }

    fn wire(&self, ask: &mut dyn FnMut(Got<'_>) -> bool) -> bool {
        let (commands, answers) = (
            self.row.commands(self.events),
            self.row.responses(self.events),
        );
        commands.chain(answers).any(|bytes| ask(Got::Bytes(bytes)))
    }

    /// What is printed in words.
    fn words(&self, column: Column, ask: &mut dyn FnMut(Got<'_>) -> bool) -> bool {
        let row = self.row;
        let mut text = |text: &str| ask(Got::Text(text));
        match column {
            Column::Lane => text(row.lane.name()),
            Column::Cmd => text(row.name()),
            Column::Channel => row.channel.is_some_and(text),
            Column::Mode => row.mode.is_some_and(|mode| text(mode.name())),
            Column::Verdict => text(verdict(row)),
            Column::Mac => text(macs(row).name()),
            Column::Tmv => text(row.verdicts.tmv.name()),
            Column::Note => self.note.is_some_and(text),
            Column::Finding => row
                .findings
                .iter()
                .any(|found| text(found.code) || text(&found.text)),
            Column::Key => row.key.as_ref().is_some_and(|key| {
                let number = key.key_no.map(|key_no| Got::Number(key_no.into()));
                ask(Got::Text(&key.label)) || number.is_some_and(ask)
            }),
            Column::Text => self.readable(&mut text),
            _ => false,
        }
    }

    /// All that people can read of the row.
    fn readable(&self, text: &mut dyn FnMut(&str) -> bool) -> bool {
        let row = self.row;
        let meaning = row.status.and_then(Status::meaning);
        text(row.name())
            || row.key.as_ref().is_some_and(|key| text(&key.label))
            || self.note.is_some_and(&mut *text)
            || row.aid.is_some_and(|aid| text(&aid.to_string()))
            || row.status.is_some_and(|status| text(&status.to_string()))
            || meaning.is_some_and(|meaning| text(meaning.name))
            || text(verdict(row))
            || row
                .findings
                .iter()
                .any(|found| text(found.code) || text(&found.text))
            || trace::fields(row, self.events, false)
                .iter()
                .any(|field| text(&field.value) || text(&field.name))
    }
}

/// The word of the filter for what a row comes to.
const fn verdict_word(judgement: trace::Judgement) -> &'static str {
    match judgement {
        trace::Judgement::Verified => "verified",
        trace::Judgement::Unverified => "unverified",
        trace::Judgement::Wrong => "wrong",
        trace::Judgement::Refused => "refused",
        trace::Judgement::Opaque => "opaque",
        trace::Judgement::Plain => "plain",
    }
}

fn verdict(row: &Exchange) -> &'static str {
    verdict_word(trace::Judgement::of(row))
}

/// The verdict on both MACs: the worse counts.
fn macs(row: &Exchange) -> Verdict {
    let both = [row.verdicts.command_mac, row.verdicts.response_mac];
    let worst = [Verdict::Bad, Verdict::Unknown, Verdict::Ok];
    worst
        .into_iter()
        .find(|verdict| both.contains(verdict))
        .unwrap_or_default()
}

fn got_status(status: Status) -> Got<'static> {
    let code = status.code();
    let word = match status {
        Status::Native(code) => code.into(),
        Status::Wrapped(code) => u16::from_be_bytes([0x91, code]),
        Status::Iso(word) => word,
    };
    Got::Status(word, code)
}

/// The file that a command of the native family names: the first of its parameters.
fn file_no(row: &Exchange) -> Option<u8> {
    /// GetFileSettings, ChangeFileSettings, DeleteFile, the Create commands, ClearRecordFile.
    const NAMED: [u8; 10] = [0xF5, 0x5F, 0xDF, 0xCD, 0xCB, 0xCC, 0xC1, 0xC0, 0xCE, 0xEB];
    if row.family != Family::Desfire {
        return None;
    }
    let of_file = command::spec(row.ins).is_some_and(|spec| spec.rule == Rule::File);
    let first = row.command.as_ref()?.first().copied();
    first.filter(|_| of_file || NAMED.contains(&row.ins))
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn count(value: usize) -> Got<'static> {
    Got::Number(value as f64)
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
fn micros(value: u64) -> Got<'static> {
    Got::Number(value as f64)
}

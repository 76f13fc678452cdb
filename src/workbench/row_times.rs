//! Times of rows, and what lies between two of them.

use super::state::Workbench;
use crate::trace::{EventKind, Exchange};

/// Rows before one in which the one before at its reader is looked for.
const NEAR: usize = 64;

/// What came between a row and the one before at its reader; the strongest is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// The card was reset.
    Reset,
    /// A card came into the field.
    Card,
    /// The field went off.
    FieldOff,
    /// Power was lost inside the card.
    Tear,
}

/// A gap before a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Microseconds since the last event of the row before, when that is a pause.
    pub pause_us: Option<u64>,
    /// What happened.
    pub happened: Option<Break>,
}

impl Workbench {
    /// Microseconds from the first row that has a time to this one.
    pub fn since_first(&self, row: &Exchange) -> Option<u64> {
        Some(row.time_us?.saturating_sub(self.log.first_time()?))
    }

    /// The row before, and the microseconds since.
    pub fn since_before(&self, row: &Exchange) -> Option<(usize, u64)> {
        let before = self.rows().get(row.index.checked_sub(1)?)?;
        Some((before.index, row.time_us?.saturating_sub(before.time_us?)))
    }

    /// Microseconds since the authentication of the row's session.
    pub fn since_session(&self, row: &Exchange) -> Option<u64> {
        let first = self.rows().get(self.session_start(row.index)?)?;
        Some(row.time_us?.saturating_sub(first.time_us?))
    }

    /// The row that was marked last, and the microseconds from it to another row, negative when that came before.
    /// After the last mark was taken off, the nearest marked row counts.
    pub fn since_mark(&self, row: &Exchange) -> Option<(usize, i64)> {
        let above = || self.marks.range(..row.index).next_back().copied();
        let below = || self.marks.range(row.index + 1..).next().copied();
        let mark = self.last_mark.or_else(above).or_else(below)?;
        if mark == row.index {
            return None;
        }
        let then = i64::try_from(self.rows().get(mark)?.time_us?).ok()?;
        let now = i64::try_from(row.time_us?).ok()?;
        Some((mark, now - then))
    }

    /// Bytes on the wire of command and answer, all frames.
    pub fn wire_lengths(&self, row: &Exchange) -> (usize, usize) {
        let events = self.log.events();
        (
            row.commands(events).map(<[u8]>::len).sum(),
            row.responses(events).map(<[u8]>::len).sum(),
        )
    }

    /// The gap before a row: a long pause, or what interrupts a card.
    pub fn gap_before(&self, row: &Exchange) -> Option<Gap> {
        let events = self.log.events();
        let before = self.rows().get(row.index.checked_sub(1)?)?;
        let ended = events.get(before.last_event).and_then(|last| last.time_us);
        let pause_us = row
            .time_us
            .zip(ended.or(before.time_us))
            .map(|(now, then)| now.saturating_sub(then));
        let least = u64::from(self.settings.gap_ms) * 1_000;
        let pause_us = pause_us.filter(|pause| least > 0 && *pause > least);
        let near = self.rows().get(row.index.saturating_sub(NEAR)..row.index)?;
        let own = near.iter().rev().find(|other| other.reader == row.reader);
        let between = own.and_then(|own| events.get(own.last_event + 1..row.first_event));
        let between = between.unwrap_or_default().iter();
        let happened = between
            .filter(|event| event.reader == row.reader)
            .filter_map(|event| match event.kind {
                EventKind::Reset => Some(Break::Reset),
                EventKind::Card(_) => Some(Break::Card),
                EventKind::FieldOff => Some(Break::FieldOff),
                EventKind::Tear { .. } => Some(Break::Tear),
                _ => None,
            })
            .max();
        (pause_us.is_some() || happened.is_some()).then_some(Gap { pause_us, happened })
    }
}

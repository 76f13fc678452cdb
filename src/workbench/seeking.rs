//! Search in the rows.
//!
//! Like the display filter it goes through the rows a slice at a time, one slice a frame, so that typing never waits for
//! a long trace. The first slice is looked at when the search begins: in a short trace the hit is there at once. What
//! was found holds for the rows, the filter and the notes as they were: when they change it looks again.

use std::ops::Range;

use super::state::Workbench;
use super::task::Progress;
use crate::bytes::hex;
use crate::trace::Exchange;

/// A search that runs or has ended.
#[derive(Clone, Debug)]
pub(super) struct Seeking {
    /// As typed.
    text: String,
    needle: Needle,
    /// Upwards.
    back: bool,
    /// Whether the selection goes to the hit.
    moves: bool,
    /// The row from which it goes.
    start: usize,
    /// The rows that this pass goes through: all, or those that came since the pass before.
    range: Range<usize>,
    /// How many of them were looked at.
    done: usize,
    /// Which rows these are, and how filter, marks and notes were.
    of: ((u64, u64), u64),
    end: End,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    NotYet,
    Hit,
    Nothing,
}

/// What is looked for.
#[derive(Clone, Debug)]
struct Needle {
    /// In upper case.
    text: String,
    bytes: Option<Vec<u8>>,
}

/// Rows of one slice, some milliseconds of work.
const SLICE: usize = 5_000;

impl Workbench {
    /// Whether a search for this text went through all rows without a hit.
    pub fn found_nothing(&self, text: &str) -> bool {
        let own = self.seeking.as_ref();
        own.is_some_and(|own| {
            let is_through = own.range.end == self.rows().len() && own.of == self.seek_state();
            own.end == End::Nothing && own.text == text && is_through
        })
    }

    /// How far a search is that is not through.
    pub(super) fn find_progress(&self) -> Option<Progress> {
        let own = self.seeking.as_ref();
        own.filter(|own| own.end == End::NotYet)
            .map(|own| Progress {
                what: "Searching the trace",
                done: own.done,
                total: own.range.len(),
            })
    }

    /// Begins a search after the selected row; it goes round the end. An empty text ends the one before.
    pub(super) fn begin_find(&mut self, text: String, back: bool, moves: bool) {
        let count = self.rows().len();
        self.seeking = Needle::of(&text)
            .filter(|_| count > 0)
            .map(|needle| Seeking {
                needle,
                back,
                moves,
                start: self.selected.unwrap_or(if back { 0 } else { count - 1 }),
                range: 0..count,
                done: 0,
                of: self.seek_state(),
                end: End::NotYet,
                text,
            });
        self.find_step();
    }

    /// A search that would move the selection has no more reason to: the user moved it.
    pub(super) fn abandon_find(&mut self) {
        let running = |own: &Seeking| own.end == End::NotYet && own.moves;
        if self.seeking.as_ref().is_some_and(running) {
            self.seeking = None;
        }
    }

    /// What the answer of a search depends on, beside new rows.
    const fn seek_state(&self) -> ((u64, u64), u64) {
        (self.row_state(), self.looks_no)
    }

    /// Looks at the next slice of rows; whether there are more.
    pub fn find_step(&mut self) -> bool {
        let (state, rows) = (self.seek_state(), self.rows().len());
        let Some(mut own) = self.seeking.take() else {
            return false;
        };
        own.renew(state, rows);
        if own.end != End::NotYet {
            self.seeking = Some(own);
            return false;
        }
        if self.filtering().is_some() {
            // Which rows are shown is not known yet.
            self.seeking = Some(own);
            return true;
        }
        let last = own.range.len().min(own.done + SLICE);
        let mut order = (own.done + 1..=last).map(|step| own.at(step));
        let shown = |index: &usize| !self.is_filtered() || self.place_of(*index).is_ok();
        let holds = |index: &usize| {
            let row = self.rows().get(*index);
            row.is_some_and(|row| self.holds(row, &own.needle))
        };
        let hit = order.find(|index| shown(index) && holds(index));
        own.done = last;
        if hit.is_some() {
            own.end = End::Hit;
        } else if last == own.range.len() && own.range.end < rows {
            (own.range, own.done) = (own.range.end..rows, 0);
        } else if last == own.range.len() {
            own.end = End::Nothing;
        }
        if let (true, Some(_)) = (own.moves, hit) {
            self.selected = hit;
            self.follow = false;
        }
        let more = own.end == End::NotYet;
        self.seeking = Some(own);
        more
    }

    fn holds(&self, row: &Exchange, needle: &Needle) -> bool {
        let contains = |hay: &[u8]| {
            let bytes = needle.bytes.as_deref();
            bytes.is_some_and(|bytes| {
                hay.windows(bytes.len().max(1))
                    .any(|window| window == bytes)
            })
        };
        let text = &needle.text;
        row.name().to_uppercase().contains(text)
            || row
                .status
                .is_some_and(|status| status.to_string().contains(text))
            || row.command.as_deref().is_some_and(contains)
            || row.response.as_deref().is_some_and(contains)
            || row.commands(self.log.events()).any(contains)
            || row.responses(self.log.events()).any(contains)
            || self
                .notes
                .get(&row.index)
                .is_some_and(|note| note.to_uppercase().contains(text))
    }
}

impl Seeking {
    /// Looks again at all rows when they or what they are asked about have changed, and at new ones.
    fn renew(&mut self, state: ((u64, u64), u64), rows: usize) {
        let is_same = self.of == state;
        if is_same && (self.end != End::Nothing || self.range.end >= rows) {
            return;
        }
        // After its end only what is said of it changes: the user may be elsewhere.
        self.moves &= self.end == End::NotYet;
        self.range = if is_same {
            self.range.end..rows
        } else {
            0..rows
        };
        (self.of, self.done, self.end) = (state, 0, End::NotYet);
    }

    /// The row of a step of this pass, the first is 1. A pass over new rows begins with the first or the last of them.
    fn at(&self, step: usize) -> usize {
        let Range { start: first, end } = self.range;
        let count = (end - first).max(1);
        let before = if self.back { first } else { end - 1 };
        let start = if self.range.contains(&self.start) {
            self.start
        } else {
            before
        };
        let from = start - first;
        let place = if self.back {
            (from + count - step % count) % count
        } else {
            (from + step) % count
        };
        first + place
    }
}

impl Needle {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim().to_uppercase();
        let digits: String = text
            .chars()
            .filter(|found| !found.is_whitespace())
            .collect();
        let bytes = hex::parse(&digits).ok();
        (!text.is_empty()).then_some(Self { text, bytes })
    }
}

//! Selection, marks, notes, search.

use crate::bytes::hex;
use crate::trace::Exchange;

use crate::workbench::action::{Action, Move};
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_row(&mut self, action: Action) {
        let last = self.rows().len().checked_sub(1);
        match action {
            Action::SelectRow(row) => self.selected = row.filter(|row| *row < self.rows().len()),
            Action::MoveSelection(step) => self.move_selection(step),
            Action::GoToRow(row) if last.is_some_and(|last| row <= last) => {
                self.selected = Some(row);
                self.follow = last == Some(row);
            }
            Action::Follow(follow) => self.follow = follow,
            Action::ToggleMark => {
                if let Some(row) = self.selected
                    && !self.marks.remove(&row)
                {
                    self.marks.insert(row);
                }
                self.filter_anew();
            }
            Action::NoteRow { row, text } if row < self.rows().len() => {
                if text.trim().is_empty() {
                    self.notes.remove(&row);
                } else {
                    self.notes.insert(row, text);
                }
                self.document.changed = true;
                self.filter_anew();
            }
            Action::Filter(text) => self.set_filter(text),
            Action::RememberFilter => self.remember_filter(),
            Action::SaveFilter(text) => self.toggle_saved_filter(&text),
            Action::Find { text, back } => {
                if let Some(row) = self.find(&text, back) {
                    self.selected = Some(row);
                    self.follow = false;
                }
            }
            _ => {}
        }
    }

    /// Moves among the rows that are shown.
    fn move_selection(&mut self, step: Move) {
        let Some(last) = self.shown_len().checked_sub(1) else {
            return;
        };
        let there = match (step, self.selected.map(|row| self.place_of(row))) {
            (Move::First, _) | (Move::By(_), None) => 0,
            (Move::Last, _) => last,
            // Between two rows that are shown: the next one is one step away.
            (Move::By(by), Some(Err(place))) if by > 0 => {
                place.saturating_add_signed(by - 1).min(last)
            }
            (Move::By(by), Some(Ok(place) | Err(place))) => {
                place.saturating_add_signed(by).min(last)
            }
        };
        self.selected = self.shown_at(there);
        self.follow = there == last;
    }

    /// The next row after the selected one that holds the text; goes round the end.
    pub fn find(&self, text: &str, back: bool) -> Option<usize> {
        let needle = text.trim().to_uppercase();
        let count = self.rows().len();
        if needle.is_empty() || count == 0 {
            return None;
        }
        let digits: String = needle
            .chars()
            .filter(|found| !found.is_whitespace())
            .collect();
        let bytes = hex::parse(&digits).ok();
        let start = self
            .selected
            .map_or(if back { 0 } else { count - 1 }, |row| row);
        let order = (1..=count).map(|step| {
            if back {
                (start + count - step % count) % count
            } else {
                (start + step) % count
            }
        });
        let shown = |index: &usize| !self.is_filtered() || self.place_of(*index).is_ok();
        order.into_iter().filter(shown).find(|index| {
            self.rows()
                .get(*index)
                .is_some_and(|row| self.holds(row, &needle, bytes.as_deref()))
        })
    }

    fn holds(&self, row: &Exchange, needle: &str, bytes: Option<&[u8]>) -> bool {
        let contains = |hay: &[u8]| {
            bytes.is_some_and(|bytes| {
                hay.windows(bytes.len().max(1))
                    .any(|window| window == bytes)
            })
        };
        row.name().to_uppercase().contains(needle)
            || row
                .status
                .is_some_and(|status| status.to_string().contains(needle))
            || row.command.as_deref().is_some_and(contains)
            || row.response.as_deref().is_some_and(contains)
            || row.commands(self.log.events()).any(contains)
            || row.responses(self.log.events()).any(contains)
            || self
                .notes
                .get(&row.index)
                .is_some_and(|note| note.to_uppercase().contains(needle))
    }
}

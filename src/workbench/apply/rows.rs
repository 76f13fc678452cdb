//! Selection, marks, notes, search.

use crate::workbench::action::{Action, Move};
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_row(&mut self, action: Action) {
        let last = self.rows().len().checked_sub(1);
        let moves = matches!(
            action,
            Action::SelectRow(_) | Action::MoveSelection(_) | Action::GoToRow(_)
        );
        if moves {
            self.abandon_find();
        }
        match action {
            Action::SelectRow(row) => self.selected = row.filter(|row| *row < self.rows().len()),
            Action::MoveSelection(step) => self.move_selection(step),
            Action::GoToRow(row) if last.is_some_and(|last| row <= last) => {
                self.selected = Some(row);
                self.follow = last == Some(row);
            }
            Action::Follow(follow) => self.follow = follow,
            Action::ToggleMark => {
                if let Some(row) = self.selected {
                    let marks = !self.marks.remove(&row);
                    if marks {
                        self.marks.insert(row);
                        self.last_mark = Some(row);
                    } else if self.last_mark == Some(row) {
                        self.last_mark = None;
                    }
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
            Action::Seek(text) => self.begin_find(text, false, false),
            Action::Find { text, back } => self.begin_find(text, back, true),
            _ => {}
        }
    }

    /// Moves among the rows that are shown.
    fn move_selection(&mut self, step: Move) {
        let Some(last) = self.shown_len().checked_sub(1) else {
            return;
        };
        let to = match step {
            Move::By(by) => self.shown_at(self.place_by(by, last)),
            Move::First => self.shown_at(0),
            Move::Last => self.shown_at(last),
            Move::InSession(which) => self.in_session(which),
            Move::Mark { back } => self.next_mark(back),
        };
        if let Some(row) = to {
            self.selected = Some(row);
            self.follow = self.place_of(row) == Ok(last);
        }
    }

    /// The place some rows away from the selected one.
    fn place_by(&self, by: isize, last: usize) -> usize {
        match self.selected.map(|row| self.place_of(row)) {
            None => 0,
            // Between two rows that are shown: the next one is one step away.
            Some(Err(place)) if by > 0 => place.saturating_add_signed(by - 1).min(last),
            Some(Ok(place) | Err(place)) => place.saturating_add_signed(by).min(last),
        }
    }
}

//! The session that a row belongs to: from its authentication to its end, at one reader.

use super::action::Within;
use super::state::Workbench;
use crate::trace::Exchange;

/// Rows to each side in which the session of a row is looked for.
const LONGEST: usize = 20_000;
/// AuthenticateEV2NonFirst goes on with a session.
const NON_FIRST: u8 = 0x77;

/// Whether a row begins a session.
fn opens(row: &Exchange) -> bool {
    row.is_authentication() && row.ins != NON_FIRST
}

impl Workbench {
    /// The authentication that began the session of a row; `None` outside of a session.
    pub fn session_start(&self, row: usize) -> Option<usize> {
        let reader = self.rows().get(row)?.reader;
        let before = self.rows().get(..=row)?.iter().rev();
        let own = before.take(LONGEST).filter(|other| other.reader == reader);
        let mut inside =
            own.take_while(|row| row.channel.is_some_and(|channel| channel != "plain"));
        inside.find(|row| opens(row)).map(|first| first.index)
    }

    /// The last row of the session of a row.
    fn session_end(&self, row: &Exchange) -> usize {
        let behind = self.rows().get(row.index + 1..).unwrap_or_default();
        let own = behind.iter().take(LONGEST);
        let own = own.filter(|other| other.reader == row.reader);
        let inside = own.take_while(|next| next.channel == row.channel && !opens(next));
        inside.last().map_or(row.index, |last| last.index)
    }

    /// The filter that shows the session of the selected row; `None` outside of a session.
    pub fn session_filter(&self) -> Option<String> {
        let row = self.selected_row()?;
        let first = self.session_start(row.index)?;
        let last = self.session_end(row);
        let reader = match self.log.readers() {
            0 | 1 => String::new(),
            _ => format!(" and reader == {}", row.reader),
        };
        Some(format!("row >= {first} and row <= {last}{reader}"))
    }

    /// A row of the selected row's session among those that are shown; `None` where there is none further.
    pub(super) fn in_session(&self, which: Within) -> Option<usize> {
        let row = self.selected_row()?;
        let first = self.session_start(row.index)?;
        let last = self.session_end(row);
        let place = |row: usize| self.place_of(row).unwrap_or_else(|place| place);
        let own = |place: usize| {
            let index = self.shown_at(place)?;
            let shown = self.rows().get(index)?;
            (shown.reader == row.reader && (first..=last).contains(&index)).then_some(index)
        };
        let end = place(last + 1);
        match which {
            Within::First => (place(first)..end).find_map(own),
            Within::Last => (place(first)..end).rev().find_map(own),
            Within::Previous => (place(first)..place(row.index)).rev().find_map(own),
            Within::Next => (place(row.index + 1)..end).find_map(own),
        }
    }

    /// The next marked row that is shown after the selected one, or the one before; round the end.
    pub(super) fn next_mark(&self, back: bool) -> Option<usize> {
        let shown = |row: &&usize| self.place_of(**row).is_ok();
        let from = self.selected.unwrap_or_default();
        let has_selection = self.selected.is_some();
        if back {
            let before = self.marks.range(..from).rev();
            let around = self.marks.range(from..).rev();
            before.chain(around).find(shown).copied()
        } else {
            let after = self.marks.range(from + usize::from(has_selection)..);
            after.chain(&self.marks).find(shown).copied()
        }
    }
}

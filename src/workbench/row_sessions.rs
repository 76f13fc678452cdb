//! The session that a row belongs to: from its authentication to its end, at one reader.

use std::collections::BTreeMap;

use super::action::Within;
use super::state::Workbench;
use crate::apdu::{Family, Status};
use crate::command::iso::{EXTERNAL_AUTHENTICATE, GET_CHALLENGE, INTERNAL_AUTHENTICATE};
use crate::trace::Exchange;

/// AuthenticateEV2NonFirst goes on with a session.
const NON_FIRST: u8 = 0x77;
/// Stands for no session.
const NONE: u32 = u32::MAX;

/// The sessions of all rows, noted as rows are added, so that no frame walks the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions {
    /// The first row of each row's session, four bytes a row because there are millions.
    firsts: Vec<u32>,
    /// The last row of each session so far, by its first.
    lasts: BTreeMap<u32, u32>,
    /// What goes on at each reader.
    open: BTreeMap<u16, Open>,
}

/// What goes on at a reader, with its first row.
#[derive(Clone, Copy, Debug)]
enum Open {
    /// The card gave a random number, and an authentication may follow.
    Challenge(u32),
    /// The host has proved its key by EXTERNAL AUTHENTICATE.
    Handshake(u32),
    Session(u32),
}

impl Sessions {
    /// Takes the next row. `goes_on`: a session is open after it.
    pub(super) fn add(&mut self, row: &Exchange, goes_on: bool) {
        if row.family == Family::Reader {
            // It never reached the card.
            return self.firsts.push(NONE);
        }
        let own = u32::try_from(row.index).unwrap_or(NONE);
        let accepted = row.status.is_some_and(Status::is_success);
        let (first, next) = match (self.open.remove(&row.reader), row.ins) {
            (_, GET_CHALLENGE) if row.is_iso_authentication() => {
                (NONE, accepted.then_some(Open::Challenge(own)))
            }
            (before, EXTERNAL_AUTHENTICATE) if row.is_iso_authentication() => {
                let first = self.challenge(before).unwrap_or(own);
                (first, accepted.then_some(Open::Handshake(first)))
            }
            (before, INTERNAL_AUTHENTICATE) if row.is_iso_authentication() => {
                let first = match before {
                    Some(Open::Handshake(first)) => first,
                    _ => own,
                };
                (first, goes_on.then_some(Open::Session(first)))
            }
            (Some(Open::Session(first)), ins) if !row.is_authentication() || ins == NON_FIRST => {
                // Only what ended the session without being part of it, such as a selection, lies outside.
                let inside = goes_on || row.channel != Some("plain");
                let first = if inside { first } else { NONE };
                (first, goes_on.then_some(Open::Session(first)))
            }
            _ => {
                // A session may be given as keys, or begin before the trace does.
                let protected = row.channel.is_some_and(|channel| channel != "plain");
                let begins = row.is_authentication() || protected;
                let first = if begins { own } else { NONE };
                (first, (begins && goes_on).then_some(Open::Session(own)))
            }
        };
        self.firsts.push(first);
        if first != NONE {
            self.lasts.insert(first, own);
        }
        if let Some(next) = next {
            self.open.insert(row.reader, next);
        }
    }

    /// The row of the random number that an authentication uses: it is its first.
    fn challenge(&mut self, before: Option<Open>) -> Option<u32> {
        let Some(Open::Challenge(first)) = before else {
            return None;
        };
        let place = self.firsts.get_mut(usize::try_from(first).ok()?)?;
        *place = first;
        Some(first)
    }

    /// The card at a reader was interrupted.
    pub(super) fn end(&mut self, reader: u16) {
        self.open.remove(&reader);
    }

    /// First and last row of the session of a row.
    fn of(&self, row: usize) -> Option<(usize, usize)> {
        let first = self.firsts.get(row).filter(|first| **first != NONE)?;
        let last = self.lasts.get(first)?;
        Some((usize::try_from(*first).ok()?, usize::try_from(*last).ok()?))
    }
}

impl Workbench {
    /// The authentication that began the session of a row, or the first row of a session that was given as keys; `None`
    /// outside of a session.
    pub fn session_start(&self, row: usize) -> Option<usize> {
        self.log.sessions().of(row).map(|(first, _)| first)
    }

    /// Transaction identifier of the session of a row.
    pub(super) fn session_ti(&self, row: &Exchange) -> Option<[u8; 4]> {
        let first = self.rows().get(self.session_start(row.index)?)?;
        let ti = first.authentication.as_ref()?.ti();
        ti.filter(|_| row.channel == Some("ev2"))
    }

    /// The filter that shows the session of the selected row; `None` outside of a session.
    pub fn session_filter(&self) -> Option<String> {
        let row = self.selected_row()?;
        let (first, last) = self.log.sessions().of(row.index)?;
        let reader = match self.log.readers() {
            0 | 1 => String::new(),
            _ => format!(" and reader == {}", row.reader),
        };
        Some(format!("row >= {first} and row <= {last}{reader}"))
    }

    /// A row of the selected row's session among those that are shown; `None` where there is none further.
    pub(super) fn in_session(&self, which: Within) -> Option<usize> {
        let row = self.selected_row()?;
        let (first, last) = self.log.sessions().of(row.index)?;
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

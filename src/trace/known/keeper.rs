//! The card at any row without walking the whole trace: copies of the fold at places of the trace, and the rows from there
//! on folded again. A copy shares all applications and files that have not changed since the one before.

use std::sync::Arc;

use super::is_special;
use super::log::KnownCards;
use crate::card::known::{Change, KnownCard, changes};
use crate::trace::event::Event;
use crate::trace::exchange::Exchange;

/// Events between two copies: one fold of as many fits a frame.
const SPACING: usize = 2048;

/// The fold at the end of the trace, with copies of it at earlier places.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    live: KnownCards,
    /// How many events and rows it is made of.
    done: Place,
    copies: Vec<(Place, KnownCards)>,
}

/// A place in a trace: numbers of events and rows before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    events: usize,
    rows: usize,
}

/// What is known of the card at a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardView {
    /// The row.
    pub row: usize,
    /// Its reader.
    pub reader: u16,
    /// The card after the row.
    pub card: KnownCard,
    /// The same if it is still the card that was in the field before; `None` where a UID has decided, or none can.
    pub assumed: Option<KnownCard>,
    /// What the row has changed of `card`.
    pub changes: Vec<Change>,
}

impl Keeper {
    /// Takes a row that event `event_no` has completed, or the end of the trace has. `events`: those of the whole trace.
    pub fn row(&mut self, row: &Exchange, events: &[Event]) {
        self.live.row(row, events);
        self.done.rows += 1;
    }

    /// Takes event `event_no`, after the row that it has completed.
    pub fn event(&mut self, event_no: usize, event: &Event) {
        self.live.event(event);
        self.done.events = event_no + 1;
        let last = self.copies.last().map_or(0, |(place, _)| place.events);
        if self.done.events >= last + SPACING {
            self.copies.push((self.done, self.live.clone()));
        }
    }

    /// The cards after the last row.
    pub const fn live(&self) -> &KnownCards {
        &self.live
    }

    /// The card at a row of the trace that this was made of.
    pub fn at(&self, row: usize, rows: &[Exchange], events: &[Event]) -> Option<CardView> {
        let target = rows.get(row)?;
        let after = self.copies.partition_point(|(place, _)| place.rows <= row);
        let start = after.checked_sub(1).and_then(|at| self.copies.get(at));
        let (from, cards) = match start {
            Some((place, cards)) => (*place, cards.only(target.reader)),
            None => (Place::default(), KnownCards::default()),
        };
        let (before, after) = fold(cards, from, row, rows, events)?;
        let known = recognised(&before, &after, target.reader);
        let known = known.or_else(|| before.card(target.reader).cloned());
        let known = known.unwrap_or_default();
        let card = after.card(target.reader)?.clone();
        Some(CardView {
            row,
            reader: target.reader,
            changes: changes(&known, &card),
            assumed: after.assumed(target.reader).cloned(),
            card,
        })
    }

    /// How many copies are kept.
    pub fn copies(&self) -> usize {
        self.copies.len()
    }
}

/// The card before a row that has shown, by its UID, that it is the one from before: what is known again has not changed.
fn recognised(before: &KnownCards, after: &KnownCards, reader: u16) -> Option<KnownCard> {
    let assumed = before.assumed(reader)?;
    let uid = |card: &KnownCard| card.uid.as_ref().map(|fact| fact.value.clone());
    let same = after.assumed(reader).is_none() && uid(assumed) == after.card(reader).and_then(uid);
    same.then(|| KnownCard {
        uid: None,
        ..assumed.clone()
    })
}

/// Folds one reader from a place on; the cards before and after the row. Within a reader an event that is no frame stands
/// before the rows that end behind it.
fn fold(
    mut cards: KnownCards,
    from: Place,
    row: usize,
    rows: &[Exchange],
    events: &[Event],
) -> Option<(KnownCards, KnownCards)> {
    let target = rows.get(row)?;
    let between = events.get(from.events..).unwrap_or_default();
    let mut special = (from.events..)
        .zip(between)
        .filter(|(_, event)| event.reader == target.reader && is_special(event))
        .take_while(|(event_no, _)| *event_no < target.last_event)
        .peekable();
    for each in rows.get(from.rows..=row)? {
        if each.reader != target.reader {
            continue;
        }
        while let Some((_, event)) = special.next_if(|(event_no, _)| *event_no < each.last_event) {
            cards.event(event);
        }
        if each.index == target.index {
            break;
        }
        cards.row(each, events);
    }
    let before = cards.clone();
    cards.row(target, events);
    Some((before, cards))
}

/// The view of one row, kept until another one is asked for.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    kept: Option<Arc<CardView>>,
}

impl Latest {
    /// The kept view, when it is that of the row; else what `make` makes.
    pub fn get(
        &mut self,
        row: usize,
        make: impl FnOnce() -> Option<CardView>,
    ) -> Option<Arc<CardView>> {
        if self.kept.as_ref().is_none_or(|kept| kept.row != row) {
            self.kept = make().map(Arc::new);
        }
        self.kept.clone()
    }
}

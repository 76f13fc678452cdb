//! The cards of all readers, row by row.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::seat::Seat;
use crate::card::known::KnownCard;
use crate::trace::event::Event;
use crate::trace::exchange::Exchange;

/// What is known at each reader; a copy shares what has not changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownCards {
    seats: BTreeMap<u16, Arc<Seat>>,
}

impl KnownCards {
    /// Takes an event, after the row that it has completed.
    pub fn event(&mut self, event: &Event) {
        if super::is_special(event) {
            self.seat(event.reader).event(&event.kind);
        }
    }

    /// Takes a row. `events`: those of the whole trace.
    pub fn row(&mut self, row: &Exchange, events: &[Event]) {
        self.seat(row.reader).row(row, events);
    }

    /// The card at a reader.
    pub fn card(&self, reader: u16) -> Option<&KnownCard> {
        self.seats.get(&reader).map(|seat| seat.card())
    }

    /// The same if it is the card that was there before; `None` once its UID has decided, or can't decide.
    pub fn assumed(&self, reader: u16) -> Option<&KnownCard> {
        self.seats.get(&reader).and_then(|seat| seat.assumed())
    }

    /// Leaves only one reader.
    pub(super) fn only(&self, reader: u16) -> Self {
        let seat = self.seats.get(&reader);
        Self {
            seats: seat
                .map(|seat| (reader, seat.clone()))
                .into_iter()
                .collect(),
        }
    }

    fn seat(&mut self, reader: u16) -> &mut Seat {
        Arc::make_mut(self.seats.entry(reader).or_default())
    }
}

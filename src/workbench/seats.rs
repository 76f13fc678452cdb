//! Which reader has which number in the trace, and whose card the trace has named.

use crate::trace::{Event, EventKind, Presented};

use super::reader::Reader;
use super::state::Workbench;

/// Readers in the order of their numbers in the trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats(Vec<Seat>);

#[derive(Clone, Debug)]
struct Seat {
    /// Number that jobs and reports carry; none of a reader that an opened file names.
    reader: Option<usize>,
    /// Whether the trace says which card lies there.
    announced: bool,
}

impl Seat {
    /// What of an event goes into the trace: nothing, the event, or before it the name of its card.
    fn with_card(&mut self, event: Event, card: impl FnOnce() -> Option<Presented>) -> Vec<Event> {
        let announced = std::mem::replace(&mut self.announced, event.kind != EventKind::FieldOff);
        // The recorder of a tap names its cards itself; the first one is known already.
        let known = announced && matches!(event.kind, EventKind::Card(_));
        let named = announced || is_presence(&event);
        let card = if named { None } else { card() };
        let card = card.map(|card| Event {
            kind: EventKind::Card(Box::new(card)),
            ..event.clone()
        });
        card.into_iter().chain((!known).then_some(event)).collect()
    }
}

impl Seats {
    /// An opened trace took the place of the one that these are of: its numbers come before these, and it names none of
    /// the cards that lie here.
    pub(super) fn move_behind(&mut self, count: u16) {
        for seat in &mut self.0 {
            seat.announced &= seat.reader.is_none();
        }
        let file = (0..count).map(|_| Seat {
            reader: None,
            announced: true,
        });
        self.0.splice(0..0, file);
    }

    /// The number and the seat of a reader, new ones when it has none.
    fn of(&mut self, reader: usize) -> Option<(u16, &mut Seat)> {
        if !self.0.iter().any(|seat| seat.reader == Some(reader)) {
            self.0.push(Seat {
                reader: Some(reader),
                announced: false,
            });
        }
        let mut seats = (0..=u16::MAX).zip(&mut self.0);
        seats.find(|(_, seat)| seat.reader == Some(reader))
    }

    /// The number of a reader whose card the trace has named, which it is not from now on.
    fn leave(&mut self, reader: usize) -> Option<u16> {
        let mut seats = (0..=u16::MAX).zip(&mut self.0);
        let (number, seat) = seats.find(|(_, seat)| seat.reader == Some(reader))?;
        std::mem::take(&mut seat.announced).then_some(number)
    }
}

impl Workbench {
    /// The number of a reader in the trace, once it has one.
    pub(super) fn number_in_trace(&self, index: usize) -> Option<u16> {
        let reader = Some(self.readers.get(index)?.id);
        let mut seats = (0..=u16::MAX).zip(&self.seats.0);
        let (number, _) = seats.find(|(_, seat)| seat.reader == reader)?;
        Some(number)
    }

    /// Puts an event of a reader into the trace, under the reader's number there, after the name of its card.
    pub(super) fn record(&mut self, index: usize, mut event: Event) {
        let Some(reader) = self.readers.get(index) else {
            return;
        };
        // A trace with more readers than numbers keeps what it can name.
        let Some((number, seat)) = self.seats.of(reader.id) else {
            return;
        };
        event.reader = number;
        // The virtual card that a trace begins with is named by the trace's start image.
        let named = self.document.image.is_some();
        if named && number == 0 && reader.embedded().is_some() && !is_presence(&event) {
            seat.announced = true;
        }
        let presented = || Some(presented(reader));
        let events = seat.with_card(event, presented);
        if events.is_empty() {
            return;
        }
        for event in events {
            self.log.push(event, &self.table.keyring);
        }
        self.document.changed = true;
        self.replay = None;
        if self.follow {
            self.selected = self.rows().len().checked_sub(1);
        }
    }
}

/// The card that lies at a reader now.
fn presented(reader: &Reader) -> Presented {
    Presented {
        reader: reader.name.clone(),
        atr: reader.atr_now(),
    }
}

impl Workbench {
    /// Puts an event that has its number into the trace, after the name of its card: the one that lay there then, as
    /// far as that is known.
    pub(super) fn record_again(&mut self, event: Event, lay: Option<&Presented>) {
        let Some(seat) = self.seats.0.get_mut(usize::from(event.reader)) else {
            return;
        };
        let readers = &self.readers;
        let id = seat.reader;
        let now = || readers.iter().find(|reader| Some(reader.id) == id);
        let card = || lay.cloned().or_else(|| now().map(presented));
        for event in seat.with_card(event, card) {
            self.log.push(event, &self.table.keyring);
        }
    }

    /// The card at a reader is out of reach by our own doing, without an event of its recorder.
    pub(super) fn card_left(&mut self, index: usize) {
        let id = self.readers.get(index).map(|reader| reader.id);
        if let Some(reader) = id.and_then(|id| self.seats.leave(id)) {
            let event = Event {
                reader,
                ..Event::new(EventKind::FieldOff)
            };
            self.log.push(event, &self.table.keyring);
            self.document.changed = true;
        }
    }
}

/// Whether it says that a card came or left.
const fn is_presence(event: &Event) -> bool {
    matches!(event.kind, EventKind::Card(_) | EventKind::FieldOff)
}

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

impl Seats {
    /// Other numbers are in use before these: those of an opened trace.
    pub(super) fn shift(&mut self, count: u16) {
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
        let announced = std::mem::replace(&mut seat.announced, true);
        match event.kind {
            // The recorder of a tap names its cards itself; the first one is known already.
            EventKind::Card(_) if announced => return,
            EventKind::FieldOff => seat.announced = false,
            EventKind::Card(_) => {}
            _ if announced || names_itself(reader, number) => {}
            _ => {
                let presented = Presented {
                    reader: reader.name.clone(),
                    atr: reader.atr_now(),
                };
                let card = Event {
                    kind: EventKind::Card(Box::new(presented)),
                    ..event.clone()
                };
                self.log.push(card, &self.keyring);
            }
        }
        self.log.push(event, &self.keyring);
        self.document.changed = true;
        self.replay = None;
        if self.follow {
            self.selected = self.rows().len().checked_sub(1);
        }
    }
}

impl Workbench {
    /// The card at a reader is out of reach by our own doing, without an event of its recorder.
    pub(super) fn card_left(&mut self, index: usize) {
        let id = self.readers.get(index).map(|reader| reader.id);
        if let Some(reader) = id.and_then(|id| self.seats.leave(id)) {
            let event = Event {
                reader,
                ..Event::new(EventKind::FieldOff)
            };
            self.log.push(event, &self.keyring);
            self.document.changed = true;
        }
    }
}

/// The virtual card that a trace begins with is named by the trace's start image.
fn names_itself(reader: &Reader, number: u16) -> bool {
    number == 0 && reader.embedded().is_some()
}

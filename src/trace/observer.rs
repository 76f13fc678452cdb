//! The fold over a trace of several readers.

use std::collections::BTreeMap;

use crate::keyring::Keyring;

use super::event::{Event, EventKind};
use super::exchange::Exchange;
use super::state::State;

/// One decoder for each reader; the rows are numbered together.
#[derive(Clone, Debug, Default)]
pub struct Observer {
    readers: BTreeMap<u16, Seat>,
    rows: usize,
}

/// What is known of one reader.
#[derive(Clone, Debug, Default)]
struct Seat {
    state: State,
    /// Index of the event that presented the card.
    presented: Option<usize>,
}

impl Observer {
    /// Takes the next event; gives the exchange that it completes. `event_no` is its place in the log.
    pub fn step(&mut self, event_no: usize, event: &Event, keyring: &Keyring) -> Option<Exchange> {
        let seat = self.readers.entry(event.reader).or_default();
        // Findings name rows by their numbers in the whole trace.
        seat.state.next_index = self.rows;
        let row = seat.state.step(event_no, event, keyring);
        self.rows = seat.state.next_index;
        let row = row.map(|row| seat.at(row));
        match event.kind {
            EventKind::Card(_) => seat.presented = Some(event_no),
            EventKind::FieldOff => seat.presented = None,
            _ => {}
        }
        row
    }

    /// Whether an exchange waits for its last answer, and with it for the events it began with.
    pub fn is_open(&self) -> bool {
        self.readers.values().any(|seat| seat.state.is_open())
    }

    /// Whether a session is open at a reader, also one that can't be decoded.
    pub fn in_session(&self, reader: u16) -> bool {
        let seat = self.readers.get(&reader);
        seat.is_some_and(|seat| seat.state.in_session())
    }

    /// Gives the exchanges that the recording broke off in, at most one for each reader.
    pub fn finish(&mut self, keyring: &Keyring) -> Vec<Exchange> {
        let mut left = Vec::new();
        for seat in self.readers.values_mut() {
            seat.state.next_index = self.rows;
            let row = seat.state.finish(keyring);
            self.rows = seat.state.next_index;
            left.extend(row.map(|row| seat.at(row)));
        }
        left
    }
}

impl Seat {
    /// The row with the card that it happened at.
    fn at(&self, row: Exchange) -> Exchange {
        Exchange {
            presented: self.presented,
            ..row
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::trace::Presented;

    fn event(reader: u16, kind: EventKind) -> Event {
        Event {
            reader,
            ..Event::new(kind)
        }
    }

    fn command(text: &str) -> EventKind {
        EventKind::Command(hex::parse(text).unwrap())
    }

    fn answer(text: &str) -> EventKind {
        EventKind::Response(hex::parse(text).unwrap())
    }

    #[test]
    fn a_chain_at_one_reader_is_one_row_also_with_another_reader_between_its_frames() {
        let presented = Presented {
            reader: "Desk".into(),
            atr: vec![0x3B, 0x80],
        };
        let events = [
            event(0, command("9060000000")),
            event(1, EventKind::Card(Box::new(presented.clone()))),
            event(0, answer("0401013300180591AF")),
            event(1, command("905A00000301449900")),
            event(0, command("90AF000000")),
            event(1, answer("9100")),
            event(0, answer("0401010300180591AF")),
            event(0, command("90AF000000")),
            event(0, answer("04112233445566211362303040249100")),
        ];
        let rows = crate::trace::decode(&events, &Keyring::default());
        let names: Vec<_> = rows.iter().map(|row| (row.index, row.name())).collect();
        assert_eq!(names, [(0, "SelectApplication"), (1, "GetVersion")]);
        assert_eq!(rows[0].presented(&events), Some(&presented));
        assert_eq!((rows[0].reader, rows[1].reader), (1, 0));
        // The selection at one reader is none at the other.
        assert_eq!(rows[1].aid, None);
        assert_eq!(rows[1].commands(&events).count(), 3);
        assert_eq!(rows[1].responses(&events).count(), 3);
        assert_eq!(rows[1].presented(&events), None);
        assert_eq!(rows[1].findings, []);
    }

    #[test]
    fn every_reader_may_break_off_in_an_exchange() {
        let mut observer = Observer::default();
        for (event_no, reader) in [3, 7].into_iter().enumerate() {
            let event = event(reader, command("906A000000"));
            assert_eq!(observer.step(event_no, &event, &Keyring::default()), None);
        }
        assert!(observer.is_open());
        let left = observer.finish(&Keyring::default());
        let readers: Vec<_> = left.iter().map(|row| (row.index, row.reader)).collect();
        assert_eq!(readers, [(0, 3), (1, 7)]);
        assert!(!observer.is_open());
    }
}

//! Shows each exchange as soon as it is complete: what a lent card and a tap print.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::card::identity::Identity;
use crate::keyring::Keyring;
use crate::secure_messaging::Verdict;
use crate::session::Session;
use crate::trace::{Event, EventKind, Exchange, Observer};
use crate::transport::vpcd::{CardEnd, LinkNews, TURNED_AWAY};
use crate::transport::{PeerError, Record, Transport, TurnedAway, Watch};

use super::interrupt::on_interrupt;
use super::{BadInput, Outcome, files, readers, recorded, text};

/// Prints what passes, and keeps it when it is to be saved.
pub(super) struct Live<'a, W> {
    out: &'a mut W,
    observer: Observer,
    keyring: Keyring,
    /// All events, or without a session to save those that the next row needs.
    events: Vec<Event>,
    keep: bool,
    connections: u32,
    wrong: bool,
    failed: Option<BadInput>,
}

impl<'a, W: Write> Live<'a, W> {
    pub(super) fn new(out: &'a mut W, keyring: Keyring, keep: bool) -> Self {
        Self {
            out,
            observer: Observer::default(),
            keyring,
            events: Vec::new(),
            keep,
            connections: 0,
            wrong: false,
            failed: None,
        }
    }

    /// Lends a recorded card until Ctrl+C, or until the other end is gone; `connected` is printed when the other end
    /// takes the connection, and behind it whatever card is `turned_away` meanwhile.
    pub(super) fn serve<T: Transport>(
        &mut self,
        end: &CardEnd,
        record: Record<T>,
        connected: &str,
        turned_away: &TurnedAway,
    ) -> Result<Result<(), PeerError>, BadInput> {
        let running = Arc::new(AtomicBool::new(true));
        let stop = running.clone();
        on_interrupt(move || stop.store(false, Ordering::Relaxed))?;
        // Both the card's traffic and the connection's news end up in one place, in the order in which they happen.
        let live = RefCell::new(self);
        let mut sink = |event: &Event| live.borrow_mut().event(event);
        let mut watch = Watch::new(record, &mut sink);
        let mut news = |news| live.borrow_mut().news(&news, end, connected);
        let go_on = || {
            if turned_away.take() {
                live.borrow_mut()
                    .print(&format!("{connected} · {TURNED_AWAY}"));
            }
            running.load(Ordering::Relaxed)
        };
        Ok(end.serve(&mut watch, &mut news, &go_on))
    }

    /// Whether the other end ever took the connection.
    pub(super) const fn was_connected(&self) -> bool {
        self.connections > 0
    }

    /// What was kept, as a session with the names of its keys.
    pub(super) fn session(&self) -> Session {
        let rows = crate::trace::decode(&self.events, &self.keyring);
        recorded::session(self.events.clone(), &rows, &self.keyring)
    }

    fn event(&mut self, event: &Event) {
        let event_no = self.events.len();
        self.events.push(event.clone());
        if let Some(row) = self.observer.step(event_no, event, &self.keyring) {
            self.row(&row);
        }
        if let EventKind::Card(presented) = &event.kind {
            let identity = Identity::by_atr(&presented.atr);
            let line = readers::card_line(&presented.atr, &identity);
            self.print(&format!("{} · {line}", presented.reader));
        }
        let between = !matches!(event.kind, EventKind::Command(_)) && !self.observer.is_open();
        if !self.keep && between {
            self.clear();
        }
    }

    /// Drops the events that no row needs any more: rows name their card by the event that presented it.
    fn clear(&mut self) {
        let presence = |event: &Event| {
            let kind = &event.kind;
            matches!(kind, EventKind::Card(_) | EventKind::FieldOff)
        };
        let card = self.events.iter().rposition(presence).filter(|at| {
            let event = self.events.get(*at);
            event.is_some_and(|event| event.kind != EventKind::FieldOff)
        });
        self.events.truncate(card.map_or(0, |at| at + 1));
    }

    fn row(&mut self, row: &Exchange) {
        self.wrong |= row.verdicts.any(Verdict::Bad);
        self.print(&text::exchange(row, &self.events, false));
    }

    fn news(&mut self, news: &LinkNews, end: &CardEnd, connected: &str) {
        let address = end.address();
        if *news == LinkNews::Connected {
            self.connections += 1;
        }
        self.print(&match news {
            LinkNews::Connected => format!("{connected} connected to {address}"),
            LinkNews::Quiet(seconds) => {
                format!("Connected, but {address} has sent nothing for {seconds} s")
            }
            LinkNews::Lost(error) => format!("Waiting for {address}: {error}"),
            LinkNews::NoCard(error) => format!("Waiting for a card: {error}"),
        });
    }

    /// Prints; the first failure is kept for the end, because the card goes on.
    fn print(&mut self, line: &str) {
        let printed = files::print(self.out, line);
        self.failed = self.failed.take().or(printed.err());
    }

    /// Prints the exchanges that the end left open.
    pub(super) fn finish(mut self) -> Result<Outcome, BadInput> {
        for row in self.observer.finish(&self.keyring) {
            self.row(&row);
        }
        match self.failed {
            Some(failed) => Err(failed),
            None if self.wrong => Ok(Outcome::Wrong),
            None => Ok(Outcome::Fine),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Presented;

    #[test]
    fn rows_are_the_same_whether_they_are_kept_or_not() {
        let card = |name: &str| {
            let (reader, atr) = (name.into(), vec![0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]);
            EventKind::Card(Box::new(Presented { reader, atr }))
        };
        let exchange = [
            EventKind::Command(vec![0x90, 0x6A, 0x00, 0x00, 0x00]),
            EventKind::Response(vec![0x91, 0x00]),
        ];
        let kinds = [
            &[card("First")][..],
            &exchange,
            &exchange,
            &[EventKind::FieldOff],
            &exchange,
            &[card("Second")],
            &exchange,
            &[EventKind::Reset],
            &exchange,
        ]
        .concat();
        let printed = |keep| {
            let mut out = Vec::new();
            let mut live = Live::new(&mut out, Keyring::default(), keep);
            let mut most = 0;
            for kind in kinds.clone() {
                live.event(&Event::new(kind));
                most = most.max(live.events.len());
            }
            assert!(live.finish().is_ok());
            (String::from_utf8(out).unwrap(), most)
        };
        let ((kept, all), (not_kept, few)) = (printed(true), printed(false));
        assert_eq!(not_kept, kept);
        let named = |name: &str| kept.matches(&format!("000000 · {name}")).count();
        assert_eq!((named("First"), named("Second")), (2, 2), "{kept}");
        assert_eq!(all, kinds.len());
        assert!(few <= 4, "{few}");
    }
}

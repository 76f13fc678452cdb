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
use crate::transport::vpcd::{CardEnd, LinkNews};
use crate::transport::{PeerError, Record, Transport, Watch};

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
    /// takes the connection.
    pub(super) fn serve<T: Transport>(
        &mut self,
        end: &CardEnd,
        record: Record<T>,
        connected: &str,
    ) -> Result<Result<(), PeerError>, BadInput> {
        let running = Arc::new(AtomicBool::new(true));
        let stop = running.clone();
        on_interrupt(move || stop.store(false, Ordering::Relaxed))?;
        // Both the card's traffic and the connection's news end up in one place, in the order in which they happen.
        let live = RefCell::new(self);
        let mut sink = |event: &Event| live.borrow_mut().event(event);
        let mut watch = Watch::new(record, &mut sink);
        let mut news = |news| live.borrow_mut().news(&news, end, connected);
        Ok(end.serve(&mut watch, &mut news, &|| running.load(Ordering::Relaxed)))
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
            self.events.clear();
        }
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

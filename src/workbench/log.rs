//! The trace: events, only appended, and the rows that decoding makes of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::findings::Findings;
use super::row_sessions::Sessions;
use crate::keyring::Keyring;
use crate::trace::known::{CardView, Keeper, Latest};
use crate::trace::{Event, EventKind, Exchange, Judgement, Observer};

/// Events with their decoded rows. Background work shares the events and makes rows of its own.
#[derive(Clone, Debug, Default)]
pub struct TraceLog {
    pub(super) recording: Recording,
    decoded: Decoded,
    /// The card at the row that was asked for last.
    latest: RefCell<Latest>,
}

/// Events, and where their recording ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Recording {
    /// A new event copies them while background work holds them, so that it never waits.
    pub(super) events: Arc<Vec<Event>>,
    /// How many events there were when the recording ended; more may follow live.
    ended_at: Option<usize>,
}

impl Recording {
    /// A recording that is over.
    pub(super) fn ended(events: Vec<Event>) -> Self {
        Self {
            ended_at: Some(events.len()),
            events: Arc::new(events),
        }
    }

    /// Decodes the first events, so that something can be shown before the rest is decoded.
    pub(super) fn decode_first(&self, most: usize, keyring: &Keyring) -> Decoded {
        let mut decoded = Decoded::default();
        for (index, event) in self.events.iter().enumerate().take(most) {
            decoded.step(index, event, &self.events, keyring);
        }
        let readers = self.events.iter().map(|event| event.reader);
        decoded.readers = readers.max().map_or(0, |last| last.saturating_add(1));
        decoded
    }

    /// Decodes everything; `go_on` is asked before each event, with its number. `None` when it said no.
    pub(super) fn decode(
        &self,
        keyring: &Keyring,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Option<Decoded> {
        let mut decoded = Decoded::default();
        for (index, event) in self.events.iter().enumerate() {
            if !go_on(index) {
                return None;
            }
            self.finish_at(index, &mut decoded, keyring);
            decoded.step(index, event, &self.events, keyring);
        }
        self.finish_at(self.events.len(), &mut decoded, keyring);
        Some(decoded)
    }

    /// Where the recording ended, an open exchange becomes a row.
    fn finish_at(&self, index: usize, decoded: &mut Decoded, keyring: &Keyring) {
        if self.ended_at == Some(index) {
            for row in decoded.observer.finish(keyring) {
                decoded.add(row, &self.events);
            }
        }
    }
}

/// What decoding makes of events, with what the window counts, so that no frame walks the whole trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoded {
    rows: Vec<Exchange>,
    observer: Observer,
    /// The cards as the rows show them.
    cards: Keeper,
    /// How many events it is made of.
    events: usize,
    /// Numbers that readers have in it: 0 to one less than this.
    readers: u16,
    /// How many rows came to each judgement.
    counts: BTreeMap<Judgement, usize>,
    /// What the user should know of the rows.
    findings: Findings,
    /// Which session each row belongs to.
    sessions: Sessions,
    /// How many authentications each key label fits.
    fits: BTreeMap<Arc<str>, usize>,
    /// Time of the first row that has one.
    first_time: Option<u64>,
}

impl Decoded {
    /// All rows.
    pub(super) fn rows(&self) -> &[Exchange] {
        &self.rows
    }

    /// Takes event `index`; `events`: at least those up to it.
    fn step(&mut self, index: usize, event: &Event, events: &[Event], keyring: &Keyring) {
        self.events = index + 1;
        self.readers = self.readers.max(event.reader.saturating_add(1));
        if let Some(row) = self.observer.step(index, event, keyring) {
            self.add(row, events);
        }
        if matches!(
            event.kind,
            EventKind::Reset | EventKind::FieldOff | EventKind::Tear { .. } | EventKind::Card(_)
        ) {
            self.sessions.end(event.reader);
        }
        self.cards.event(index, event);
    }

    fn add(&mut self, row: Exchange, events: &[Event]) {
        self.cards.row(&row, events);
        self.first_time = self.first_time.or(row.time_us);
        *self.counts.entry(Judgement::of(&row)).or_default() += 1;
        self.findings.add(self.rows.len(), &row.findings);
        self.sessions
            .add(&row, self.observer.in_session(row.reader));
        if let (Some(key), Some(_)) = (&row.key, &row.authentication) {
            *self.fits.entry(key.label.clone()).or_default() += 1;
        }
        self.rows.push(row);
    }
}

impl TraceLog {
    /// A log of events that are decoded.
    pub(super) fn new(recording: Recording, decoded: Decoded) -> Self {
        Self {
            recording,
            decoded,
            latest: RefCell::default(),
        }
    }

    /// Appends an event; a completed exchange becomes a row.
    pub(super) fn push(&mut self, event: Event, keyring: &Keyring) {
        let events = Arc::make_mut(&mut self.recording.events);
        events.push(event);
        if let Some((event, before)) = events.split_last()
            && self.decoded.events == before.len()
        {
            self.decoded.step(before.len(), event, events, keyring);
        }
    }

    /// Whether only the first events are decoded. Those that arrive meanwhile wait for the others.
    pub(super) fn is_partial(&self) -> bool {
        self.decoded.events < self.recording.events.len()
    }

    /// Puts other rows in the place of the present ones; events that arrived since are decoded now. Gives the
    /// rows back that were shown.
    pub(super) fn redecoded(&mut self, mut decoded: Decoded, keyring: &Keyring) -> Decoded {
        let later = self.recording.events.iter().enumerate();
        for (index, event) in later.skip(decoded.events) {
            decoded.step(index, event, &self.recording.events, keyring);
        }
        self.latest = RefCell::default();
        std::mem::replace(&mut self.decoded, decoded)
    }

    /// What is known of the card after a row, and what the row has changed of it; `None` for a row that there is not.
    /// The last answer is kept; another one costs the fold of a few thousand events.
    pub fn card_at(&self, row: usize) -> Option<Arc<CardView>> {
        let (rows, events) = (self.rows(), self.events());
        let mut latest = self.latest.borrow_mut();
        latest.get(row, || self.decoded.cards.at(row, rows, events))
    }

    /// How many rows came to a judgement.
    pub fn count(&self, judgement: Judgement) -> usize {
        self.decoded
            .counts
            .get(&judgement)
            .copied()
            .unwrap_or_default()
    }

    /// All findings of the rows.
    pub const fn findings(&self) -> &Findings {
        &self.decoded.findings
    }

    /// Which session each row belongs to.
    pub(super) const fn sessions(&self) -> &Sessions {
        &self.decoded.sessions
    }

    /// How many authentications a key fits.
    pub fn fits(&self, label: &str) -> usize {
        self.decoded.fits.get(label).copied().unwrap_or_default()
    }

    /// Time of the first row that has one, in microseconds.
    pub(super) const fn first_time(&self) -> Option<u64> {
        self.decoded.first_time
    }

    /// Numbers that readers have in it: 0 to one less than this.
    pub(super) const fn readers(&self) -> u16 {
        self.decoded.readers
    }

    /// All events.
    pub fn events(&self) -> &[Event] {
        &self.recording.events
    }

    /// All rows.
    pub fn rows(&self) -> &[Exchange] {
        self.decoded.rows()
    }
}

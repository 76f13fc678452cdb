//! The trace: events, only appended, and the rows that decoding makes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::keyring::Keyring;
use crate::report::Severity;
use crate::trace::{Event, Exchange, State};

use super::judgement::Judgement;

/// Events with their decoded rows.
#[derive(Clone, Debug, Default)]
pub struct TraceLog {
    events: Vec<Event>,
    rows: Vec<Exchange>,
    state: State,
    /// How many events there were when the recording ended; more may follow live.
    ended_at: Option<usize>,
    /// How many rows came to each judgement.
    counts: BTreeMap<Judgement, usize>,
    /// Rows with a finding above a hint.
    remarkable: Vec<usize>,
    /// How many authentications each key label fits.
    fits: BTreeMap<Arc<str>, usize>,
}

impl TraceLog {
    /// A log of recorded events.
    pub fn of(events: Vec<Event>, keyring: &Keyring) -> Self {
        let mut log = Self::default();
        for event in events {
            log.push(event, keyring);
        }
        log.finish(keyring);
        log
    }

    /// Appends an event; a completed exchange becomes a row.
    pub fn push(&mut self, event: Event, keyring: &Keyring) {
        if let Some(row) = self.state.step(self.events.len(), &event, keyring) {
            self.add(row);
        }
        self.events.push(event);
    }

    /// The recording is over: an open exchange becomes a row.
    pub fn finish(&mut self, keyring: &Keyring) {
        if let Some(row) = self.state.finish(keyring) {
            self.add(row);
        }
        self.ended_at = Some(self.events.len());
    }

    /// Keeps a row and what the window counts, so that no frame walks the whole trace.
    fn add(&mut self, row: Exchange) {
        *self.counts.entry(Judgement::of(&row)).or_default() += 1;
        if row
            .findings
            .iter()
            .any(|finding| finding.severity > Severity::Hint)
        {
            self.remarkable.push(self.rows.len());
        }
        if let (Some(key), Some(_)) = (&row.key, &row.authentication) {
            *self.fits.entry(key.label.clone()).or_default() += 1;
        }
        self.rows.push(row);
    }

    /// How many rows came to a judgement.
    pub fn count(&self, judgement: Judgement) -> usize {
        self.counts.get(&judgement).copied().unwrap_or_default()
    }

    /// Rows with a finding above a hint, oldest first.
    pub fn remarkable(&self) -> &[usize] {
        &self.remarkable
    }

    /// How many authentications a key fits.
    pub fn fits(&self, label: &str) -> usize {
        self.fits.get(label).copied().unwrap_or_default()
    }

    /// Decodes everything anew, for instance because a key was added.
    pub fn refold(&mut self, keyring: &Keyring) {
        let before = std::mem::take(self);
        for event in before.events {
            if before.ended_at == Some(self.events.len()) {
                self.finish(keyring);
            }
            self.push(event, keyring);
        }
        if before.ended_at == Some(self.events.len()) {
            self.finish(keyring);
        }
    }

    /// All events.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// All rows.
    pub fn rows(&self) -> &[Exchange] {
        &self.rows
    }

    /// The decoder after the last event: selection, card as the trace knows it.
    pub fn state(&self) -> &State {
        &self.state
    }
}

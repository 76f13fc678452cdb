//! The trace: events, only appended, and the rows that decoding makes of them.

use crate::keyring::Keyring;
use crate::trace::{Event, Exchange, State};

/// Events with their decoded rows.
#[derive(Clone, Debug, Default)]
pub struct TraceLog {
    events: Vec<Event>,
    rows: Vec<Exchange>,
    state: State,
    /// How many events there were when the recording ended; more may follow live.
    ended_at: Option<usize>,
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
        self.rows.extend(self.state.step(self.events.len(), &event, keyring));
        self.events.push(event);
    }

    /// The recording is over: an open exchange becomes a row.
    pub fn finish(&mut self, keyring: &Keyring) {
        self.rows.extend(self.state.finish(keyring));
        self.ended_at = Some(self.events.len());
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

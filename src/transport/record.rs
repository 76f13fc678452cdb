//! Keeps every frame that passes, with its time. The only reader of the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{ReaderError, Transport, TransportError};
use crate::trace::{Event, EventKind, Lane, Presented};

/// Where times come from. Copies show the same time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock, from the start of the recording.
    System(Instant),
    /// The same step for every event: recordings that must not differ between runs.
    Steps {
        /// Time of the next event in microseconds.
        now_us: Arc<AtomicU64>,
        /// Microseconds between events.
        step_us: u64,
    },
}

impl Clock {
    /// Starts the system's clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the recorder is the one place that reads the clock"
    )]
    pub fn system() -> Self {
        Self::System(Instant::now())
    }

    /// A clock that starts at 0 and goes on by a step at each event.
    pub fn steps(step_us: u64) -> Self {
        let now_us = Arc::default();
        Self::Steps { now_us, step_us }
    }

    /// Lets time pass: the system's clock is waited for, a clock of steps jumps.
    pub(super) fn pause(&self, ms: u32) {
        match self {
            Self::System(_) => std::thread::sleep(Duration::from_millis(ms.into())),
            Self::Steps { now_us, .. } => {
                now_us.fetch_add(u64::from(ms) * 1000, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn now_us(&self) -> u64 {
        match self {
            Self::System(start) => u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
            Self::Steps { now_us, step_us } => now_us.fetch_add(*step_us, Ordering::Relaxed),
        }
    }
}

/// Milliseconds since 1970 UTC, for the time stamps in card records.
#[expect(
    clippy::disallowed_methods,
    reason = "the recorder is the one place that reads the clock"
)]
pub fn unix_time_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A transport that keeps events.
pub struct Record<T> {
    inner: T,
    clock: Clock,
    lane: Lane,
    /// Name of the reader, when its cards are to be announced.
    reader: Option<String>,
    /// The card that was announced.
    announced: Option<Vec<u8>>,
    events: Vec<Event>,
}

impl<T> Record<T> {
    /// Starts a recording around `inner`.
    pub const fn new(inner: T, clock: Clock, lane: Lane) -> Self {
        Self {
            inner,
            clock,
            lane,
            reader: None,
            announced: None,
            events: Vec::new(),
        }
    }

    /// Announces each card that [`Transport::atr`] finds, and that it is gone, with the name of its reader.
    pub fn announcing(mut self, reader: impl Into<String>) -> Self {
        self.reader = Some(reader.into());
        self
    }

    /// Ends the recording.
    pub fn into_inner(self) -> (T, Vec<Event>) {
        (self.inner, self.events)
    }

    /// The events so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The transport inside.
    pub const fn inner_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Adds an event that did not come through the transport.
    pub fn push(&mut self, kind: EventKind) {
        let time_us = Some(self.clock.now_us());
        self.events.push(Event {
            time_us,
            lane: self.lane,
            reader: 0,
            kind,
        });
    }
}

impl<T: Transport> Transport for Record<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.push(EventKind::Command(command.to_vec()));
        let answer = self.inner.transmit(command);
        self.push(match &answer {
            Ok(answer) => EventKind::Response(answer.clone()),
            Err(TransportError::Torn { after_writes }) => EventKind::Tear {
                after_writes: *after_writes,
            },
            Err(_) => EventKind::Lost,
        });
        match &answer {
            Err(error) if error.is_gone() => {
                self.announced = None;
                self.push(EventKind::FieldOff);
            }
            Err(TransportError::Reader(ReaderError::CardReset { .. })) => {
                self.push(EventKind::Reset);
            }
            _ => {}
        }
        answer
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.push(EventKind::Reset);
        self.inner.reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        let found = self.inner.atr();
        if let Some(reader) = self.reader.clone() {
            match &found {
                Ok(atr) if self.announced.as_ref() != Some(atr) => {
                    self.announced = Some(atr.clone());
                    let atr = atr.clone();
                    self.push(EventKind::Card(Box::new(Presented { reader, atr })));
                }
                // The same card, without its session.
                Err(TransportError::Reader(ReaderError::CardReset { .. }))
                    if self.announced.is_some() =>
                {
                    self.push(EventKind::Reset);
                }
                Err(_) if self.announced.take().is_some() => {
                    self.push(EventKind::FieldOff);
                }
                _ => {}
            }
        }
        found
    }
}

/// A recording transport that hands every event on as soon as it is recorded.
pub struct Watch<'a, T> {
    record: Record<T>,
    sink: &'a mut dyn FnMut(&Event),
}

impl<'a, T> Watch<'a, T> {
    /// Hands the events of `record` to `sink`.
    pub fn new(record: Record<T>, sink: &'a mut dyn FnMut(&Event)) -> Self {
        Self { record, sink }
    }

    /// Ends the watching.
    pub fn into_inner(self) -> Record<T> {
        self.record
    }

    fn hand_on(&mut self) {
        for event in self.record.events.drain(..) {
            (self.sink)(&event);
        }
    }
}

impl<T: Transport> Transport for Watch<'_, T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.record.transmit(command);
        self.hand_on();
        answer
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        let done = self.record.reset();
        self.hand_on();
        done
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        let found = self.record.atr();
        self.hand_on();
        found
    }
}

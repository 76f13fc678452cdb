//! Work that takes as long as the trace is long: opening, decoding anew, replaying, writing.
//!
//! An executor runs it beside the window. It tells how far it is and can be stopped at any event.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::compare::{Comparison, Ignore};
use crate::crypto::entropy::SeededEntropy;
use crate::crypto::vault::Passphrase;
use crate::keyring::Keyring;
use crate::replay;
use crate::report::Finding;
use crate::session::store::{Opened, StoreKey};
use crate::session::{self, Session};
use crate::trace::{Event, EventKind};
use crate::virtual_card::{Card, Image};

use super::action::ReplayTarget;
use super::batches::{self, CheckWork, CheckedFile};
use super::comparing::{self, Other};
use super::key_store::{Sealing, opened};
use super::log::{Decoded as DecodedRows, Recording, TraceLog};
use super::searching::{self, SearchResult, SearchWork};
use super::state::ReplayResult;

/// One piece of work.
#[derive(Clone, Debug)]
pub struct Task {
    /// Names it.
    pub(super) id: u64,
    /// What to do.
    pub(super) work: Work,
    /// Set when nobody wants it any more.
    pub(super) stop: Stop,
}

/// Tells a task or a job that it is not wanted any more. Copies are the same flag.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on the task is not wanted.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a task does.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Read a session or a text trace and decode it.
    Open { bytes: Vec<u8>, keyring: Keyring },
    /// Decode with other keys.
    Decode {
        recording: Recording,
        keyring: Keyring,
    },
    /// Compare with the recorded answers, or with a card made from an image.
    Replay {
        recording: Recording,
        keyring: Keyring,
        target: ReplayTarget,
        image: Option<Box<Image>>,
    },
    /// Compare with another trace.
    Compare {
        recording: Recording,
        keyring: Keyring,
        other: Other,
        ignore: Ignore,
    },
    /// Try keys on recorded authentications.
    Search {
        recording: Recording,
        keyring: Keyring,
        search: SearchWork,
    },
    /// Check the lines of a file.
    Check(CheckWork),
    /// Make the text of a session file.
    Write {
        path: PathBuf,
        header: Box<Session>,
        recording: Recording,
        /// Notes by the number of events before them.
        notes: BTreeMap<usize, String>,
    },
    /// Open a key store.
    OpenStore {
        bytes: Vec<u8>,
        passphrase: Passphrase,
        /// Seed of random numbers, in tests.
        seed: Option<u64>,
    },
    /// Make the file of a key store.
    Seal {
        sealing: Sealing,
        keyring: Keyring,
        /// Seed of random numbers, in tests.
        seed: Option<u64>,
    },
}

/// News from a task.
#[derive(Debug)]
pub struct News {
    /// Which task.
    pub(super) id: u64,
    /// The news.
    pub(super) kind: NewsKind,
}

/// Kinds of news from a task.
#[derive(Debug)]
pub(super) enum NewsKind {
    /// How far it is.
    Progress(Progress),
    /// What it made; nothing when it was stopped.
    Done(Option<Product>),
    /// It broke off.
    Failed(String),
}

/// How far work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub what: &'static str,
    /// Events that are done.
    pub done: usize,
    /// All events; 0 while they are not counted.
    pub total: usize,
}

/// What a task makes.
#[derive(Debug)]
pub(super) enum Product {
    /// An opened trace, with the remarks by the number of events before them.
    Opened {
        header: Box<Session>,
        log: Box<TraceLog>,
        remarks: Vec<(usize, String)>,
        findings: Vec<Finding>,
    },
    /// A file that is no trace.
    Unreadable(String),
    /// Rows decoded anew.
    Decoded(Box<DecodedRows>),
    /// The result of a replay.
    Replayed(ReplayResult),
    /// How two traces compare, with the other one.
    Compared {
        comparison: Comparison,
        names: Vec<&'static str>,
        other: Recording,
    },
    /// What a key search found.
    Found(SearchResult),
    /// What the lines of a file came to.
    Checked(Box<CheckedFile>),
    /// The text of a file.
    Text { path: PathBuf, text: String },
    /// A key store's keys.
    StoreOpened(Box<Opened>),
    /// The file of a key store, and what seals it again.
    Sealed {
        content: Vec<u8>,
        key: Box<StoreKey>,
    },
}

/// Events between two looks at the stop flag, some milliseconds of work.
const LOOK: usize = 4096;
/// Events of a long trace that are decoded before it is shown; the others follow beside the window.
const FIRST: usize = 16 * LOOK;
/// Events between two reports, some 20 to 50 ms of work.
const REPORT: usize = 8 * LOOK;

impl Task {
    /// Does the work; the last report says what came of it.
    pub fn run(self, report: &mut dyn FnMut(News)) {
        let Self { id, work, stop } = self;
        let mut watch = Watch {
            id,
            stop: &stop,
            report: &mut *report,
        };
        let product = work.run(&mut watch).filter(|_| !stop.is_set());
        let kind = NewsKind::Done(product);
        report(News { id, kind });
    }

    /// The report of a task that panicked.
    pub(super) const fn failed(id: u64, why: String) -> News {
        let kind = NewsKind::Failed(why);
        News { id, kind }
    }
}

/// Reports how far a task is and looks whether it is still wanted.
pub(super) struct Watch<'a> {
    id: u64,
    stop: &'a Stop,
    report: &'a mut dyn FnMut(News),
}

impl Watch<'_> {
    /// Reports after some slices of work, and whether it goes on.
    pub(super) fn goes_on(&mut self, what: &'static str, done: usize, total: usize) -> bool {
        if done.is_multiple_of(REPORT) {
            let done = done.min(total);
            let kind = NewsKind::Progress(Progress { what, done, total });
            (self.report)(News { id: self.id, kind });
        }
        !self.stop.is_set()
    }

    /// Something to ask before each event.
    pub(super) fn phase(&mut self, what: &'static str, total: usize) -> impl FnMut(usize) -> bool {
        move |done| {
            if done.is_multiple_of(REPORT) {
                let kind = NewsKind::Progress(Progress { what, done, total });
                (self.report)(News { id: self.id, kind });
            }
            !done.is_multiple_of(LOOK) || !self.stop.is_set()
        }
    }
}

impl Work {
    fn run(self, watch: &mut Watch<'_>) -> Option<Product> {
        match self {
            Self::Open { bytes, keyring } => open(bytes, &keyring, watch),
            Self::Decode { recording, keyring } => {
                let total = recording.events.len();
                let decoded = recording.decode(&keyring, &mut watch.phase("Decoding", total))?;
                Some(Product::Decoded(Box::new(decoded)))
            }
            Self::Replay {
                recording,
                keyring,
                target,
                image,
            } => {
                let card = image.map(|image| {
                    let entropy = Box::new(SeededEntropy::new(0));
                    Card::new(&image, entropy).map_err(|error| error.to_string())
                });
                let mut card = match card.transpose() {
                    Ok(card) => card,
                    Err(why) => return Some(Product::Unreadable(why)),
                };
                let result = replay(&recording, &keyring, card.as_mut(), target, watch)?;
                Some(Product::Replayed(result))
            }
            Self::Compare {
                recording,
                keyring,
                other,
                ignore,
            } => comparing::compare((&recording, other), &keyring, ignore, watch),
            Self::Search {
                recording,
                keyring,
                search,
            } => searching::find_keys(&recording, &keyring, search, watch),
            Self::Check(work) => batches::check(work, watch),
            Self::Write {
                path,
                header,
                recording,
                notes,
            } => {
                let notes = notes.into_iter();
                let notes = notes.map(|(at, text)| (at, Event::new(EventKind::Note(text))));
                let notes: BTreeMap<usize, Event> = notes.collect();
                let events = recording.events.iter().zip(1..);
                let events = events.flat_map(|(event, at)| [Some(event), notes.get(&at)]);
                let events = events.flatten();
                let total = recording.events.len() + notes.len();
                let mut go_on = watch.phase("Saving", total);
                let text = session::write_while(&header, events, &mut go_on)?;
                Some(Product::Text { path, text })
            }
            Self::OpenStore {
                bytes,
                passphrase,
                seed,
            } => {
                watch.phase("Opening the key store", 0)(0);
                Some(opened(&bytes, &passphrase, seed))
            }
            Self::Seal {
                sealing,
                keyring,
                seed,
            } => {
                watch.phase("Sealing the key store", 0)(0);
                Some(sealing.seal(&keyring, seed))
            }
        }
    }
}

/// Reads a session or a text trace and decodes it.
pub(super) fn open(bytes: Vec<u8>, keyring: &Keyring, watch: &mut Watch<'_>) -> Option<Product> {
    use session::import::{self, Format};
    let reading = if import::detect(&bytes) == Some(Format::Text) {
        Ok(import::text::read(&bytes))
    } else {
        // One event a line.
        let lines = bytes.split(|byte| *byte == b'\n').count();
        session::read_while(&bytes, &mut watch.phase("Reading", lines))
    };
    drop(bytes);
    if watch.stop.is_set() {
        return None;
    }
    let reading = match reading {
        Ok(reading) => reading,
        Err(error) => return Some(Product::Unreadable(error.to_string())),
    };
    let mut header = Box::new(reading.value);
    let (remarks, events) = remarks_of(std::mem::take(&mut header.events));
    let recording = Recording::ended(events);
    let total = recording.events.len();
    // A remark belongs to a row, which has to be there.
    let decoded = if total > FIRST && remarks.iter().all(|(at, _)| *at < FIRST) {
        recording.decode_first(FIRST, keyring)
    } else {
        recording.decode(keyring, &mut watch.phase("Decoding", total))?
    };
    Some(Product::Opened {
        header,
        log: Box::new(TraceLog::new(recording, decoded)),
        remarks,
        findings: reading.findings,
    })
}

/// Takes the remarks out of the events, each with the number of events before it.
fn remarks_of(events: Vec<Event>) -> (Vec<(usize, String)>, Vec<Event>) {
    let (mut remarks, mut rest) = (Vec::new(), Vec::with_capacity(events.len()));
    for event in events {
        match event.kind {
            EventKind::Note(text) => remarks.push((rest.len(), text)),
            _ => rest.push(event),
        }
    }
    (remarks, rest)
}

/// Decodes with the present keys, whatever rows are shown, and compares.
fn replay(
    recording: &Recording,
    keyring: &Keyring,
    card: Option<&mut Card>,
    target: ReplayTarget,
    watch: &mut Watch<'_>,
) -> Option<ReplayResult> {
    let events = &recording.events;
    let total = events.len();
    let decoded = recording.decode(keyring, &mut watch.phase("Decoding", total))?;
    let rows = decoded.rows();
    let mut go_on = watch.phase("Replaying", total);
    let report = replay::compare_while(events, rows, keyring, card, &mut go_on)?;
    let divergence = report.divergence.map(|divergence| {
        let row = rows.partition_point(|row| row.first_event <= divergence.event);
        (row.saturating_sub(1), divergence)
    });
    let skipped = report.skipped.into_iter();
    Some(ReplayResult {
        target,
        compared: report.compared,
        skipped: skipped.map(|skipped| (skipped.row, skipped.why)).collect(),
        divergence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(events: usize) -> Recording {
        let event = Event::new(EventKind::Command(vec![0x90, 0x60, 0x00, 0x00, 0x00]));
        Recording::ended(vec![event; events])
    }

    /// Runs, setting the stop flag at the report with this number; what was reported.
    fn run(work: Work, stop_at: Option<usize>) -> Vec<NewsKind> {
        let stop = Stop::default();
        let flag = stop.clone();
        let mut reported = Vec::new();
        Task { id: 7, work, stop }.run(&mut |News { id, kind }| {
            assert_eq!(id, 7);
            if stop_at == Some(reported.len()) {
                flag.set();
            }
            reported.push(kind);
        });
        reported
    }

    fn works() -> [Work; 4] {
        let text = session::write(&Session {
            events: recording(2 * REPORT).events.to_vec(),
            ..Session::default()
        });
        let keyring = Keyring::default();
        [
            Work::Open {
                bytes: text.into_bytes(),
                keyring: keyring.clone(),
            },
            Work::Decode {
                recording: recording(2 * REPORT),
                keyring: keyring.clone(),
            },
            Work::Replay {
                recording: recording(2 * REPORT),
                keyring,
                target: ReplayTarget::Recorded,
                image: None,
            },
            Work::Write {
                path: PathBuf::from("a.json"),
                header: Box::default(),
                recording: recording(2 * REPORT),
                notes: BTreeMap::from([(1, "first".to_owned())]),
            },
        ]
    }

    #[test]
    fn every_work_tells_how_far_it_is_and_ends_with_a_product() {
        for work in works() {
            let reported = run(work, None);
            let (last, before) = reported.split_last().unwrap();
            assert!(matches!(last, NewsKind::Done(Some(_))), "{last:?}");
            assert!(before.len() > 1);
            for kind in before {
                let NewsKind::Progress(Progress { done, total, .. }) = kind else {
                    panic!("progress expected: {kind:?}");
                };
                assert!(done <= total);
            }
        }
    }

    #[test]
    fn work_that_is_stopped_ends_soon_and_without_a_product() {
        for work in works() {
            let reported = run(work, Some(0));
            assert_eq!(reported.len(), 2, "no further progress");
            assert!(matches!(reported[1], NewsKind::Done(None)));
        }
    }
}

//! Tasks that run for the model: which, how far, and what becomes of their results.
//!
//! A task that is stopped leaves the list at once, so that its result finds no taker. Hence a result that finds
//! one is up to date: whatever would make it old (another trace, other keys, the user) stops the task first.

use std::path::PathBuf;

use crate::calculator::batch::Kind;

use super::apply::Opened;
use super::batches::Checking;
use super::comparing::Comparing;
use super::effect::Effect;
use super::key_store::name_of;
use super::notice::NoticeKind;
use super::state::Workbench;
use super::task::{News, NewsKind, Product, Progress, Stop, Task, Work};

/// A task that runs.
#[derive(Clone, Debug)]
pub(super) struct Running {
    id: u64,
    purpose: Purpose,
    progress: Progress,
    stop: Stop,
}

/// What a task is for, with what its result needs.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    Open(Opening),
    Decode,
    Replay {
        /// Events that are replayed.
        events: usize,
    },
    Compare(Comparing),
    Search {
        /// Which trace is searched.
        trace_no: u64,
    },
    Check(Checking),
    Write,
    /// A key store in this file.
    OpenStore(PathBuf),
    Seal,
}

impl Purpose {
    /// Whether it concerns the key store.
    pub(super) const fn is_of_store(&self) -> bool {
        matches!(self, Self::OpenStore(_) | Self::Seal)
    }

    /// Whether it checks a file of this kind.
    fn checks(&self, kind: Kind) -> bool {
        matches!(self, Self::Check(checking) if checking.kind == kind)
    }

    /// Whether it takes the place of another one: there is one of each kind, and one check of each kind of file.
    fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Check(own), Self::Check(other)) => own.kind == other.kind,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether nobody else has what this task works on: the trace that a crash left, whose file is gone.
    const fn is_last_copy(&self) -> bool {
        matches!(self, Self::Open(opening) if opening.recovered)
    }
}

/// What is opened, and what was shown when that began.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) path: Option<PathBuf>,
    pub(super) name: String,
    /// Whether it is the trace that a crash left.
    pub(super) recovered: bool,
    /// Which trace was shown.
    pub(super) trace_no: u64,
    /// Events that were shown.
    pub(super) events: usize,
    /// Keys that it is decoded with.
    pub(super) keys_no: u64,
}

/// How it stands with the trace that a crash left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing was left, or it was shown.
    #[default]
    Over,
    /// It is being read: its file is the last copy.
    Reading,
    /// It can't be read: its file is the last copy.
    Failed,
}

/// Rows that a frame frees without being late.
const FEW_ROWS: usize = 10_000;

impl Workbench {
    /// The work that takes longest, while something runs.
    pub fn progress(&self) -> Option<Progress> {
        let task = self.running.first().map(|task| task.progress);
        task.or_else(|| self.find_progress())
    }

    /// How it stands with the trace that a crash left.
    pub fn recovery(&self) -> Recovery {
        let mut running = self.running.iter();
        if running.any(|task| task.purpose.is_last_copy()) {
            Recovery::Reading
        } else {
            self.recovery
        }
    }

    /// Whether the rows are decoded with earlier keys, or only the first are, and nothing is done about it.
    pub fn is_stale(&self) -> bool {
        let decodes = |task: &Running| matches!(task.purpose, Purpose::Decode);
        (self.decoded_with != self.keys_no || self.log.is_partial())
            && !self.running.iter().any(decodes)
    }

    /// Whether only the first rows are there.
    pub fn is_partial(&self) -> bool {
        self.log.is_partial()
    }

    /// Starts a task in place of one of its kind.
    pub(super) fn begin(&mut self, purpose: Purpose, what: &'static str, work: Work) -> Effect {
        self.stop(|running| purpose.replaces(running) && !running.is_last_copy());
        let id = self.next_id;
        self.next_id += 1;
        let (stop, done) = (Stop::default(), 0);
        let progress = Progress {
            what,
            done,
            total: 0,
        };
        self.running.push(Running {
            id,
            purpose,
            progress,
            stop: stop.clone(),
        });
        Effect::Compute(Task { id, work, stop })
    }

    /// Stops tasks; their results are nobody's.
    pub(super) fn stop(&mut self, which: impl Fn(&Purpose) -> bool) {
        self.running.retain(|task| {
            let goes = which(&task.purpose);
            if goes {
                task.stop.set();
            }
            !goes
        });
    }

    /// The key table is another one: all rows are decoded anew; the present ones stay until that is done.
    pub(super) fn keys_changed(&mut self) -> Vec<Effect> {
        self.keys_no += 1;
        self.redecode()
    }

    /// Decodes with the present keys where the rows are not.
    pub(super) fn redecode(&mut self) -> Vec<Effect> {
        if self.log.events().is_empty() {
            self.decoded_with = self.keys_no;
        }
        if self.decoded_with == self.keys_no && !self.log.is_partial() {
            self.stop(|purpose| matches!(purpose, Purpose::Decode));
            return Vec::new();
        }
        let work = Work::Decode {
            recording: self.log.recording.clone(),
            keyring: self.table.keyring.clone(),
        };
        vec![self.begin(Purpose::Decode, "Decoding", work)]
    }

    /// Stops the work whose progress is shown; everything is as it was before.
    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        let place = self
            .running
            .iter()
            .position(|task| !task.purpose.is_last_copy() && !self.must_end(&task.purpose));
        let Some(place) = place else {
            if self.running.is_empty() {
                self.seeking = None;
            }
            return Vec::new();
        };
        self.cancel_at(place)
    }

    /// Stops the check of a file.
    pub(super) fn cancel_check(&mut self, kind: Kind) -> Vec<Effect> {
        let own = |task: &Running| task.purpose.checks(kind);
        let place = self.running.iter().position(own);
        place.map_or_else(Vec::new, |place| self.cancel_at(place))
    }

    /// How far the check of a file is, while one runs.
    pub fn checking(&self, kind: Kind) -> Option<Progress> {
        let own = self.running.iter().find(|task| task.purpose.checks(kind));
        own.map(|task| task.progress)
    }

    fn cancel_at(&mut self, place: usize) -> Vec<Effect> {
        let task = self.running.remove(place);
        task.stop.set();
        let text = match task.purpose {
            Purpose::Open(opening) => {
                format!("{} was not opened: cancelled", opening.name)
            }
            Purpose::Decode => {
                let text = if self.log.is_partial() {
                    "Cancelled: only the first rows are there"
                } else {
                    "Cancelled: the rows are still decoded with the earlier keys"
                };
                self.notify(NoticeKind::Warning, text, "");
                return Vec::new();
            }
            Purpose::Replay { .. } => "The replay was cancelled".into(),
            Purpose::Compare(_) => "The comparison was cancelled".into(),
            Purpose::Search { .. } => "The search for keys was cancelled".into(),
            Purpose::Check(checking) => {
                format!("{} was not checked: cancelled", name_of(&checking.path))
            }
            Purpose::Write => {
                // Saving by itself does not start again before something else changes.
                self.document.failed = self.document.saving.take();
                "Not saved: cancelled. The file is as it was".into()
            }
            Purpose::OpenStore(path) => {
                format!("{} was not opened: cancelled", name_of(&path))
            }
            Purpose::Seal => {
                let saving = self.saving.take();
                self.notify(
                    NoticeKind::Info,
                    "The key store was not saved: cancelled",
                    "",
                );
                if saving.is_some_and(|saving| saving.lock) {
                    return self.apply(super::Action::LockStore);
                }
                return Vec::new();
            }
        };
        self.notify(NoticeKind::Info, text, "");
        Vec::new()
    }

    /// Whether rows that still show what a locked store's keys gave would stay without it.
    const fn must_end(&self, purpose: &Purpose) -> bool {
        self.rows_hold_locked && matches!(purpose, Purpose::Decode)
    }

    /// Whether a task for this runs.
    pub(super) fn runs(&self, which: impl Fn(&Purpose) -> bool) -> bool {
        self.running.iter().any(|task| which(&task.purpose))
    }

    /// Takes news from a task; the effects are for the shell.
    pub fn absorb_news(&mut self, news: News) -> Vec<Effect> {
        let place = self.running.iter().position(|task| task.id == news.id);
        let Some(place) = place else {
            let large = matches!(news.kind, NewsKind::Done(_));
            return Self::discard(if large { usize::MAX } else { 0 }, news);
        };
        match news.kind {
            NewsKind::Progress(progress) => {
                if let Some(task) = self.running.get_mut(place) {
                    task.progress = progress;
                }
                Vec::new()
            }
            NewsKind::Failed(why) => {
                let task = self.running.remove(place);
                if matches!(task.purpose, Purpose::Write) {
                    self.document.saving = None;
                }
                if matches!(task.purpose, Purpose::Seal) {
                    return self.store_saved(Some(why));
                }
                if task.purpose.is_last_copy() {
                    self.recovery = Recovery::Failed;
                }
                let text = format!("{} broke off; the trace is kept", task.progress.what);
                self.notify(NoticeKind::Failure, text, why);
                Vec::new()
            }
            NewsKind::Done(product) => {
                let task = self.running.remove(place);
                product.map_or_else(Vec::new, |product| self.done(task.purpose, product))
            }
        }
    }

    /// A trace was opened, or can't be.
    fn opening_done(&mut self, opening: Opening, product: Product) -> Vec<Effect> {
        match product {
            Product::Opened {
                header,
                log,
                remarks,
                findings,
            } => {
                let opened = Opened {
                    header: *header,
                    log: *log,
                    remarks,
                    findings,
                };
                self.opened(opening, opened)
            }
            Product::Unreadable(why) if opening.recovered => {
                self.recovery = Recovery::Failed;
                let text = "What an earlier run left can't be read; its file is kept";
                self.notify(NoticeKind::Warning, text, why);
                Vec::new()
            }
            Product::Unreadable(why) => {
                let text = format!("{} can't be opened: {why}", opening.name);
                self.notify(NoticeKind::Failure, text, "");
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn done(&mut self, purpose: Purpose, product: Product) -> Vec<Effect> {
        match (purpose, product) {
            (Purpose::Open(opening), product) => self.opening_done(opening, product),
            (Purpose::Decode, Product::Decoded(decoded)) => {
                self.decoded_with = self.keys_no;
                self.rows_hold_locked = false;
                self.rows_no += 1;
                let before = self.log.redecoded(*decoded, &self.table.keyring);
                Self::discard(before.rows().len(), before)
            }
            (Purpose::Replay { .. }, Product::Unreadable(why)) => {
                self.notify(NoticeKind::Warning, why, "");
                Vec::new()
            }
            (Purpose::Replay { events }, Product::Replayed(_))
                if events != self.log.events().len() =>
            {
                let text = "The trace went on during the replay; replay it again";
                self.notify(NoticeKind::Warning, text, "");
                Vec::new()
            }
            (Purpose::Replay { .. }, Product::Replayed(result)) => {
                if let Some((row, _)) = &result.divergence {
                    self.selected = Some(*row);
                    self.follow = false;
                }
                self.replay = Some(result);
                Vec::new()
            }
            (Purpose::OpenStore(path), Product::StoreOpened(opened)) => {
                self.store_opened(path, *opened)
            }
            (Purpose::OpenStore(path), Product::Unreadable(why)) => {
                let text = format!("{} can't be opened: {why}", name_of(&path));
                self.notify(NoticeKind::Failure, text, "");
                Vec::new()
            }
            (Purpose::Seal, Product::Sealed { content, key }) => self.sealed(content, key),
            (Purpose::Seal, Product::Unreadable(why)) => self.store_saved(Some(why)),
            (Purpose::Compare(comparing), product) => {
                self.compared_with(comparing, product);
                Vec::new()
            }
            (Purpose::Search { trace_no }, Product::Found(result)) => {
                self.searched(trace_no, result);
                Vec::new()
            }
            (Purpose::Check(checking), product) => self.lines_checked(&checking, product),
            (Purpose::Write, Product::Text { path, text }) => {
                let purpose = super::action::FilePurpose::Session;
                vec![Effect::Write {
                    path,
                    purpose,
                    content: text.into_bytes(),
                }]
            }
            _ => Vec::new(),
        }
    }

    /// Frees what is no longer shown, not in a frame when it is large.
    pub(super) fn discard(rows: usize, what: impl std::any::Any + Send) -> Vec<Effect> {
        if rows > FEW_ROWS {
            vec![Effect::Discard(Box::new(what))]
        } else {
            Vec::new()
        }
    }
}

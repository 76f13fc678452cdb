//! Executors: one named thread per reader for the window, everything at once for tests. The place of file access.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use crate::crypto::entropy::{Entropy, SeededEntropy};
use crate::transport::{Clock, EmbeddedCard, OsEntropy};
use crate::virtual_card::{Card, Image};

use super::action::Action;
use super::effect::Effect;
use super::job::{Job, Report, ReportKind, Station};
use super::state::Workbench;
use super::task::{News, Task};
use super::worker_files;

/// Wakes the window when a report waits.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Carries out effects on threads.
pub struct Threads {
    workers: BTreeMap<usize, SyncSender<Job>>,
    sender: SyncSender<Report>,
    reports: Receiver<Report>,
    files: Receiver<Action>,
    file_sender: SyncSender<Action>,
    news: Receiver<News>,
    news_sender: SyncSender<News>,
    wake: Wake,
}

/// Reports that may wait before a worker does.
const QUEUE: usize = 1024;

impl Threads {
    /// No worker yet.
    pub fn new(wake: Wake) -> Self {
        let (sender, reports) = sync_channel(QUEUE);
        let (file_sender, files) = sync_channel(QUEUE);
        let (news_sender, news) = sync_channel(QUEUE);
        Self {
            workers: BTreeMap::new(),
            sender,
            reports,
            files,
            file_sender,
            news,
            news_sender,
            wake,
        }
    }

    /// Carries out one effect; the clipboard is the shell's.
    pub fn run(&mut self, effect: Effect) {
        match effect {
            Effect::StartReader {
                reader,
                image,
                seed,
            } => self.start(reader, &image, seed),
            Effect::StopReader(reader) => {
                self.workers.remove(&reader);
            }
            Effect::Submit(job) => {
                let reader = job.reader;
                if self
                    .workers
                    .get(&reader)
                    .is_none_or(|worker| worker.send(job).is_err())
                {
                    self.tell(Report {
                        reader,
                        kind: ReportKind::Died("the worker is gone".into()),
                    });
                }
            }
            Effect::Read { path, purpose } => self.in_background("tapscope-read", move || {
                tracing::info!("reading {}", path.display());
                let content = worker_files::read(&path).map_err(|error| error.to_string());
                Some(Action::FileRead {
                    path,
                    purpose,
                    content,
                })
            }),
            Effect::Write {
                path,
                purpose,
                text,
            } => self.in_background("tapscope-write", move || {
                tracing::info!("writing {}", path.display());
                let error = worker_files::write(&path, &text)
                    .err()
                    .map(|error| error.to_string());
                Some(Action::FileWritten {
                    path,
                    purpose,
                    error,
                })
            }),
            Effect::Compute(task) => self.compute(task),
            Effect::Discard(large) => {
                // Without a thread it is freed here, late but safely.
                let thread = std::thread::Builder::new().name("tapscope-free".into());
                let _freed = thread.spawn(move || drop(large));
            }
            Effect::Copy(_) => {}
        }
    }

    /// Runs a task on a thread of its own.
    fn compute(&self, task: Task) {
        let (news, wake, id) = (self.news_sender.clone(), self.wake.clone(), task.id);
        let work = move || {
            let mut send = |one| {
                // The window is gone when nobody listens.
                let _closed = news.send(one);
                wake();
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task.run(&mut send))) {
                send(Task::failed(id, panic_text(&panic)));
            }
        };
        let thread = std::thread::Builder::new().name("tapscope-task".into());
        if let Err(error) = thread.spawn(work) {
            let _full = self
                .news_sender
                .try_send(Task::failed(id, error.to_string()));
            (self.wake)();
        }
    }

    /// Reports that arrived since the last call.
    pub fn reports(&self) -> Vec<Report> {
        drain(&self.reports)
    }

    /// News from tasks.
    pub fn news(&self) -> Vec<News> {
        drain(&self.news)
    }

    /// Actions that finished file work asks for.
    pub fn actions(&self) -> Vec<Action> {
        drain(&self.files)
    }

    fn start(&mut self, reader: usize, image: &Image, seed: Option<u64>) {
        let mut station = match station(reader, image, seed, Clock::system()) {
            Ok(station) => station,
            Err(why) => {
                return self.tell(Report {
                    reader,
                    kind: ReportKind::Died(why),
                });
            }
        };
        let (jobs, inbox) = sync_channel::<Job>(QUEUE);
        let (reports, wake) = (self.sender.clone(), self.wake.clone());
        let work = move || {
            let mut send = |report| {
                // The window is gone when nobody listens; then there is nobody to tell.
                let _closed = reports.send(report);
                wake();
            };
            while let Ok(job) = inbox.recv() {
                tracing::info!("reader {reader}, job {}: {}", job.id, job.kind.name());
                let run = catch_unwind(AssertUnwindSafe(|| station.run(&job, &mut send)));
                if let Err(panic) = run {
                    send(Report {
                        reader,
                        kind: ReportKind::Died(panic_text(&panic)),
                    });
                    return;
                }
            }
        };
        match std::thread::Builder::new()
            .name(format!("tapscope-reader-{reader}"))
            .spawn(work)
        {
            Ok(_) => {
                self.workers.insert(reader, jobs);
            }
            Err(error) => self.tell(Report {
                reader,
                kind: ReportKind::Died(error.to_string()),
            }),
        }
    }

    fn tell(&self, report: Report) {
        let _full = self.sender.try_send(report);
        (self.wake)();
    }

    /// Does slow work, such as a file dialog, on a thread of its own; what it gives becomes an action.
    pub fn in_background(
        &self,
        name: &str,
        work: impl FnOnce() -> Option<Action> + Send + 'static,
    ) {
        let (done, wake) = (self.file_sender.clone(), self.wake.clone());
        let work = move || {
            if let Some(action) = work() {
                // The window is gone when nobody listens.
                let _closed = done.send(action);
            }
            wake();
        };
        if let Err(error) = std::thread::Builder::new().name(name.into()).spawn(work) {
            tracing::error!("{name}: {error}");
        }
    }
}

/// Carries out effects at once, for tests: apply, run, absorb.
#[derive(Default)]
pub struct Inline {
    stations: BTreeMap<usize, Station>,
    /// Text that was put on the clipboard.
    pub clipboard: Option<String>,
}

impl Inline {
    /// Applies an action and everything that follows from it.
    pub fn apply(&mut self, bench: &mut Workbench, action: Action) {
        let effects = bench.apply(action);
        self.run_all(bench, effects);
        let due = bench.due();
        if !due.is_empty() {
            self.run_all(bench, due);
        }
    }

    /// Carries out effects and what follows from them.
    pub fn run_all(&mut self, bench: &mut Workbench, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::StartReader {
                    reader,
                    image,
                    seed,
                } => match station(reader, &image, seed, Clock::steps(1000)) {
                    Ok(station) => drop(self.stations.insert(reader, station)),
                    Err(why) => bench.absorb(Report {
                        reader,
                        kind: ReportKind::Died(why),
                    }),
                },
                Effect::StopReader(reader) => drop(self.stations.remove(&reader)),
                Effect::Submit(job) => match self.stations.get_mut(&job.reader) {
                    Some(station) => station.run(&job, &mut |report| bench.absorb(report)),
                    None => bench.absorb(Report {
                        reader: job.reader,
                        kind: ReportKind::Died("the worker is gone".into()),
                    }),
                },
                Effect::Read { path, purpose } => {
                    let content = worker_files::read(&path).map_err(|error| error.to_string());
                    self.apply(
                        bench,
                        Action::FileRead {
                            path,
                            purpose,
                            content,
                        },
                    );
                }
                Effect::Write {
                    path,
                    purpose,
                    text,
                } => {
                    let error = worker_files::write(&path, &text)
                        .err()
                        .map(|error| error.to_string());
                    self.apply(
                        bench,
                        Action::FileWritten {
                            path,
                            purpose,
                            error,
                        },
                    );
                }
                Effect::Compute(task) => {
                    let mut effects = Vec::new();
                    task.run(&mut |news| effects.extend(bench.absorb_news(news)));
                    self.run_all(bench, effects);
                }
                Effect::Discard(large) => drop(large),
                Effect::Copy(text) => self.clipboard = Some(text),
            }
        }
    }

    /// Ends a reader's worker, as a crash would.
    pub fn kill(&mut self, reader: usize) {
        self.stations.remove(&reader);
    }
}

fn station(
    reader: usize,
    image: &Image,
    seed: Option<u64>,
    clock: Clock,
) -> Result<Station, String> {
    let entropy = |end: u64| -> Box<dyn Entropy + Send> {
        match seed {
            Some(seed) => Box::new(SeededEntropy::new(seed.wrapping_mul(2).wrapping_add(end))),
            None => Box::new(OsEntropy),
        }
    };
    let card = Card::new(image, entropy(1)).map_err(|error| error.to_string())?;
    Ok(Station::new(
        reader,
        EmbeddedCard::new(card),
        entropy(0),
        clock,
    ))
}

fn drain<T>(receiver: &Receiver<T>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        match receiver.try_recv() {
            Ok(one) => all.push(one),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return all,
        }
    }
}

fn panic_text(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the worker panicked").to_owned()
}

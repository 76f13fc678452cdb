//! The executor of the window: one named thread per reader, and threads for files and tasks.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::crypto::entropy::{Entropy, SeededEntropy};
use crate::transport::{Clock, EmbeddedCard, OsEntropy, pcsc};
use crate::virtual_card::Card;

use super::action::Action;
use super::effect::{CardSource, Effect};
use super::job::{Job, Report, ReportKind};
use super::station::{Held, Station};
use super::task::{News, Task};
use super::worker_devices::{self, Device};
use super::worker_files;

/// Wakes the window when a report waits.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Carries out effects on threads.
pub struct Threads {
    workers: BTreeMap<usize, Worker>,
    sender: SyncSender<Report>,
    reports: Receiver<Report>,
    files: Receiver<Action>,
    file_sender: SyncSender<Action>,
    news: Receiver<News>,
    news_sender: SyncSender<News>,
    wake: Wake,
    #[cfg(feature = "pcsc")]
    desk: Option<Desk>,
}

/// A worker's inbox; its end ends the worker.
struct Worker {
    jobs: SyncSender<Job>,
    thread: JoinHandle<()>,
}

/// The watch over the PC/SC readers. Its news end first, because it may wait for room among them.
#[cfg(feature = "pcsc")]
struct Desk {
    news: Receiver<pcsc::News>,
    _monitor: pcsc::Monitor,
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
            #[cfg(feature = "pcsc")]
            desk: None,
        }
    }

    /// Carries out one effect; the clipboard is the shell's.
    pub fn run(&mut self, effect: Effect) {
        match effect {
            Effect::StartReader {
                worker,
                name,
                source,
                seed,
            } => self.start((worker, name), source, seed),
            Effect::StopReader(worker) => {
                self.workers.remove(&worker);
            }
            Effect::Submit(job) => {
                let worker = job.worker;
                if self
                    .workers
                    .get(&worker)
                    .is_none_or(|worker| worker.jobs.send(job).is_err())
                {
                    self.tell(Report {
                        worker,
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
                content,
            } => self.in_background("tapscope-write", move || {
                tracing::info!("writing {}", path.display());
                let error = worker_files::write(&path, &content)
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

    fn start(&mut self, (worker, name): (usize, String), source: CardSource, seed: Option<u64>) {
        let (jobs, inbox) = sync_channel::<Job>(QUEUE);
        let (reports, wake) = (self.sender.clone(), self.wake.clone());
        let work = move || {
            let mut send = |report| {
                // The window is gone when nobody listens; then there is nobody to tell.
                let _closed = reports.send(report);
                wake();
            };
            // Opening a port asks for the address of a name, which may take long.
            let live = || {
                let device = worker_devices::open(&source);
                match station(worker, name, source, device, seed, Clock::system()) {
                    Ok(mut station) => serve(&mut station, &inbox, &mut send),
                    Err(kind) => send(Report { worker, kind }),
                }
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(live)) {
                send(Report {
                    worker,
                    kind: ReportKind::Died(panic_text(&panic)),
                });
            }
        };
        self.workers
            .retain(|_, worker| !worker.thread.is_finished());
        match std::thread::Builder::new()
            .name(format!("tapscope-reader-{worker}"))
            .spawn(work)
        {
            Ok(thread) => {
                self.workers.insert(worker, Worker { jobs, thread });
            }
            Err(error) => self.tell(Report {
                worker,
                kind: ReportKind::Died(error.to_string()),
            }),
        }
    }

    /// Watches the PC/SC readers from now on.
    #[cfg(feature = "pcsc")]
    #[must_use]
    pub fn watching_desk(mut self) -> Self {
        let (sender, news) = sync_channel(QUEUE);
        let wake = self.wake.clone();
        let report = move |one| {
            // The window is gone when nobody listens.
            let _closed = sender.send(one);
            wake();
        };
        match pcsc::Monitor::start(report) {
            Ok(monitor) => {
                self.desk = Some(Desk {
                    news,
                    _monitor: monitor,
                });
            }
            Err(error) => tracing::error!("the readers are not watched: {error}"),
        }
        self
    }

    /// News of the PC/SC readers.
    pub fn desk(&self) -> Vec<pcsc::News> {
        #[cfg(feature = "pcsc")]
        return self
            .desk
            .as_ref()
            .map_or_else(Vec::new, |desk| drain(&desk.news));
        #[cfg(not(feature = "pcsc"))]
        Vec::new()
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

/// A worker's life: jobs one after the other, and between them a look for cards where nobody tells of them.
fn serve(station: &mut Station, inbox: &Receiver<Job>, send: &mut dyn FnMut(Report)) {
    loop {
        let next = if station.looks() {
            inbox.recv_timeout(LOOK)
        } else {
            inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match next {
            Ok(job) => {
                tracing::info!("worker {}, job {}: {}", job.worker, job.id, job.kind.name());
                station.run(&job, send);
            }
            Err(RecvTimeoutError::Timeout) => station.look(send),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Pause between two looks for cards.
const LOOK: Duration = Duration::from_millis(250);

/// A station for a source; `device` is its device, where it has one. The error is what to tell of it.
pub(super) fn station(
    worker: usize,
    name: String,
    source: CardSource,
    device: Option<Result<Box<dyn Device>, String>>,
    seed: Option<u64>,
    clock: Clock,
) -> Result<Station, ReportKind> {
    let entropy = |end: u64| -> Box<dyn Entropy + Send> {
        match seed {
            Some(seed) => Box::new(SeededEntropy::new(seed.wrapping_mul(2).wrapping_add(end))),
            None => Box::new(OsEntropy),
        }
    };
    let held = match (source, device) {
        (CardSource::Embedded(image), _) => {
            let card = Card::new(&image, entropy(1));
            let card = card.map_err(|error| ReportKind::Died(error.to_string()))?;
            Held::Embedded(Box::new(EmbeddedCard::new(card)))
        }
        (_, Some(device)) => Held::Device(device.map_err(ReportKind::NotOpened)?),
        (_, None) => return Err(ReportKind::Died("there is no such reader".into())),
    };
    Ok(Station::new(worker, name, held, entropy(0), clock))
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

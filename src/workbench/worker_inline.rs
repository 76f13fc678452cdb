//! The executor of tests: everything at once.

use std::collections::BTreeMap;

use super::action::Action;
use super::effect::{CardSource, Effect};
use super::job::{Report, ReportKind};
use super::state::Workbench;
use super::station::Station;
use super::worker::station;
use super::worker_devices::{self, Device};
use super::worker_files;
use crate::transport::Clock;

/// Carries out effects at once, for tests: apply, run, absorb.
#[derive(Default)]
pub struct Inline {
    stations: BTreeMap<usize, Station>,
    /// Text that was put on the clipboard.
    pub clipboard: Option<String>,
    /// Opens devices in place of those of this machine.
    pub devices: Option<Devices>,
}

/// Opens the device of a source.
pub type Devices = Box<dyn FnMut(&CardSource) -> Option<Result<Box<dyn Device>, String>>>;

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
                    worker,
                    name,
                    source,
                    seed,
                } => match self.station(worker, name, source, seed) {
                    Ok(station) => drop(self.stations.insert(worker, station)),
                    Err(kind) => bench.absorb(Report { worker, kind }),
                },
                Effect::StopReader(worker) => drop(self.stations.remove(&worker)),
                Effect::Submit(job) => match self.stations.get_mut(&job.worker) {
                    Some(station) => station.run(&job, &mut |report| bench.absorb(report)),
                    None => bench.absorb(Report {
                        worker: job.worker,
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
                    content,
                } => {
                    let error = worker_files::write(&path, &content)
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

    fn station(
        &mut self,
        worker: usize,
        name: String,
        source: CardSource,
        seed: Option<u64>,
    ) -> Result<Station, ReportKind> {
        let device = match &mut self.devices {
            Some(devices) => devices(&source),
            None => worker_devices::open(&source),
        };
        station(worker, name, source, device, seed, Clock::steps(1000))
    }

    /// Ends a reader's worker, as a crash would.
    pub fn kill(&mut self, worker: usize) {
        self.stations.remove(&worker);
    }
}

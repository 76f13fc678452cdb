//! The model behind the window: what is known, what the user wants, what is going on. No widget, no pixel.
//!
//! ```text
//! panel ── Action ──▶ Workbench::apply ── Effect ──▶ executor (thread or inline) ── Report ──▶ Workbench::absorb
//!                                          └ Task ──▶ executor ── News ──▶ Workbench::absorb_news
//! ```
//! What takes as long as the trace is long is a task: it runs beside the window, tells how far it is, can be stopped.
//! Panels only push actions. The same list of actions drives the window, the tests and the command palette.

mod absorb;
mod action;
mod apply;
mod converse;
mod copying;
mod effect;
mod faults;
mod job;
mod judgement;
mod log;
mod log_line;
mod notice;
mod running;
mod scripts;
mod settings;
mod state;
mod task;
mod undo;
pub mod worker;
pub mod worker_files;
pub mod worker_journal;
pub mod worker_settings;

pub use action::{Action, CardStart, Move, ReplayTarget};
pub use copying::CopyForm;
pub use effect::Effect;
pub use faults::Fault;
pub use job::{Done, Job, JobKind, Report, ReportKind, Station};
pub use judgement::Judgement;
pub use log::TraceLog;
pub use log_line::{LogLevel, LogLine, LogLines};
pub use notice::{Notice, NoticeKind};
pub use settings::{AidOrder, Arrangement, HexGroup, Setting, Settings, TextFont, ThemeChoice};
pub use state::{Document, Reader, ReplayResult, Workbench};
pub use task::{News, Progress, Task};

//! The model behind the window: what is known, what the user wants, what is going on. No widget, no pixel.
//!
//! ```text
//! panel ── Action ──▶ Workbench::apply ── Effect ──▶ executor (thread or inline) ── Report ──▶ Workbench::absorb
//!                                          └ Task ──▶ executor ── News ──▶ Workbench::absorb_news
//! ```
//! What takes as long as the trace is long is a task: it runs beside the window, tells how far it is, can be stopped.
//! A long trace that is opened shows its first rows before the others are decoded; what arrives meanwhile waits behind
//! them.
//! Panels only push actions. The same list of actions drives the window, the tests and the command palette.

mod absorb;
mod action;
mod apply;
mod batches;
mod colouring;
mod comparing;
mod converse;
mod copying;
mod desk;
mod effect;
mod faults;
mod filtering;
mod findings;
mod job;
mod key_store;
mod log;
mod log_line;
mod notice;
mod reader;
mod repeating;
mod row_sessions;
mod row_times;
mod running;
mod scripts;
mod searching;
mod seats;
mod seeking;
mod settings;
mod state;
mod station;
mod task;
mod templates;
mod undo;
pub mod worker;
pub mod worker_devices;
pub mod worker_files;
pub mod worker_inline;
pub mod worker_journal;
pub mod worker_settings;

pub use action::{Action, CardStart, FilePurpose, Move, ReplayTarget, Within};
pub use batches::{CheckedFile, PageInputs};
pub use comparing::Compared;
pub use copying::CopyForm;
pub use effect::{CardSource, Effect};
pub use faults::Fault;
pub use findings::{Findings, Found};
pub use job::{Done, Job, JobKind, Report, ReportKind};
pub use key_store::KeyStore;
pub use log::TraceLog;
pub use log_line::{LogLevel, LogLine, LogLines};
pub use notice::{Notice, NoticeKind};
pub use reader::{Desk, Embedded, Lending, LendingState, Lying, Place, Port, Reader};
pub use repeating::{Answer, EditField, Live, Repeat, Sending, Standing};
pub use row_times::{Break, Gap};
pub use running::Recovery;
pub use searching::{Fit, SearchResult, Searched};
pub use settings::{
    AidOrder, Arrangement, ColourRule, Columns, HexGroup, KeptTemplates, SavedFilter, Setting,
    Settings, TextFont, ThemeChoice, Tint, TraceColumn,
};
pub use state::{Document, ReplayResult, Workbench};
pub use station::{Held, Station};
pub use task::{News, Progress, Task};

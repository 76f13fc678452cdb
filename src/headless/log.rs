//! What the program logs: to standard error where a level was asked for, and for the window also to a file that rolls
//! and to the panel that shows the last lines.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tracing::{Level, Metadata};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::workbench::worker_settings;
use crate::workbench::{LogLevel, LogLine, LogLines};

/// A started log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Lines for the window.
    pub(super) lines: Option<Receiver<LogLine>>,
    /// Folder of the files.
    pub(super) folder: Option<PathBuf>,
    /// Writes what waits when it goes.
    _file: Option<WorkerGuard>,
}

/// The level is not one.
#[derive(Debug)]
pub(super) struct NoLevel;

/// A command on the command line: standard error, if a level is given.
pub(super) fn of_command(level: Option<&str>) -> Result<Log, NoLevel> {
    if let Some(level) = level {
        let filter = EnvFilter::try_new(level).map_err(|_| NoLevel)?;
        fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
    Ok(Log::default())
}

/// The window: the panel, a file, and standard error if a level is given.
pub(super) fn of_window(level: Option<&str>) -> Result<Log, NoLevel> {
    let filter = || EnvFilter::try_new(level.unwrap_or(USUAL)).map_err(|_| NoLevel);
    let (sender, lines) = sync_channel(LogLines::MOST);
    let panel = fmt::layer()
        .with_ansi(false)
        .with_writer(Panel(sender))
        .with_filter(filter()?);
    let stderr = match level {
        Some(_) => Some(
            fmt::layer()
                .with_writer(std::io::stderr)
                .with_filter(filter()?),
        ),
        None => None,
    };
    let (file, guard, folder) = match rolling() {
        Some((folder, appender)) => {
            let (writer, guard) = tracing_appender::non_blocking(appender);
            let layer = fmt::layer()
                .with_ansi(false)
                .with_writer(writer)
                .with_filter(filter()?);
            (Some(layer), Some(guard), Some(folder))
        }
        None => (None, None, None),
    };
    tracing_subscriber::registry()
        .with(panel)
        .with(stderr)
        .with(file)
        .init();
    Ok(Log {
        lines: Some(lines),
        folder,
        _file: guard,
    })
}

/// What is logged when nobody asks for more.
const USUAL: &str = "warn,tapscope=info";
/// Length of a date such as 2026-11-02.
const DAY: usize = 10;
/// Files that are kept, one a day.
const FILES: usize = 7;

/// A file a day in a folder beside the settings; none where the folder can't be written.
fn rolling() -> Option<(PathBuf, RollingFileAppender)> {
    let folder = worker_settings::path()?.parent()?.join("log");
    // The appender complains on standard error about a folder that is not there yet.
    std::fs::create_dir_all(&folder).ok()?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("tapscope")
        .filename_suffix("log")
        .max_log_files(FILES)
        .build(&folder);
    Some((folder, appender.ok()?))
}

/// Makes lines for the panel.
struct Panel(SyncSender<LogLine>);

/// One line being written.
struct Line<'a> {
    panel: &'a Panel,
    level: LogLevel,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Panel {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            panel: self,
            level: LogLevel::Info,
            text: Vec::new(),
        }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Line<'a> {
        let level = match *meta.level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warning,
            Level::INFO => LogLevel::Info,
            _ => LogLevel::Debug,
        };
        let mut line = self.make_writer();
        line.level = level;
        line
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        // The day stands in the name of the file; the panel shows today.
        let text = match text.split_once('T') {
            Some((day, rest)) if day.len() == DAY => rest.trim().to_owned(),
            _ => text.trim().to_owned(),
        };
        let line = LogLine {
            level: self.level,
            text,
        };
        // A full queue means that the window does not draw; the file has the line.
        let _full = self.panel.0.try_send(line);
    }
}

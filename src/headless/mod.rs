//! The command line: the whole core without a window.
//!
//! Exit code 0: done, nothing wrong. 1: a verdict is bad, a check found an error, a replay diverged, two recordings differ. 2: bad
//! input or usage. Errors are one sentence on standard error. A recording that is cut off is decoded as far as it
//! goes, with 0 and a sentence about the rest; `--strict` makes that 1.

mod args;
mod batch;
mod calculate;
mod card;
mod choices;
mod decode;
mod diff;
mod diff_text;
mod explained;
mod files;
mod find_keys;
mod interrupt;
mod key_store;
mod keys;
mod known;
mod live;
mod log;
mod readers;
mod recorded;
mod replay;
mod run;
mod sequence;
mod start;
mod tap;
mod text;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;

use clap::CommandFactory;

use crate::workbench::LogLine;
use args::{Arguments, Task};

/// What a task came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, nothing wrong.
    Fine,
    /// Something in the data is wrong.
    Wrong,
}

/// Bad input: the sentence for standard error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadInput(String);

impl BadInput {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// What the window is asked to show.
#[derive(Debug)]
pub struct WindowRequest {
    /// Session to open.
    pub file: Option<PathBuf>,
    /// Graphics interface, when one was named.
    pub renderer: Option<String>,
    /// Lines that the program logs from now on.
    pub log: Option<Receiver<LogLine>>,
    /// Folder of the log files.
    pub log_folder: Option<PathBuf>,
}

/// Opens the window and stays until it closes.
pub type OpenWindow = fn(WindowRequest) -> Result<(), String>;

/// Reads the arguments and does what they say; `window` opens the window, in builds that have one.
pub fn main(window: Option<OpenWindow>) -> ExitCode {
    let matches = calculate::with_topics(Arguments::command()).try_get_matches();
    let parsed = matches.and_then(|matches| Ok((calculate::asked(&matches)?, matches)));
    let (arguments, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe leaves nobody to tell.
            let _closed = error.print();
            return ExitCode::from(code);
        }
    };
    let level = arguments.log.clone();
    // Held to the end: what is logged last must reach its file.
    let log = match (&arguments.task, &window) {
        (None, Some(_)) if matches.subcommand().is_none() => log::of_window(level.as_deref()),
        _ => log::of_command(level.as_deref()),
    };
    let Ok(mut log) = log else {
        let text = format!(
            "--log is {:?}, expected a level such as info or tapscope=debug",
            level.unwrap_or_default()
        );
        let _closed = writeln!(std::io::stderr(), "tapscope: {text}");
        return ExitCode::from(2);
    };
    let mut out = std::io::stdout().lock();
    let result = match arguments.task {
        None if let Some((topic, options)) = calculate::chosen(&matches) => {
            calculate::calculate(topic, options, &mut out)
        }
        Some(_) if arguments.file.is_some() => Err(BadInput::new(
            "a file before the command, expected either FILE or a command",
        )),
        Some(Task::Decode(ref options)) => decode::decode(options, &mut out),
        Some(Task::FindKeys(ref options)) => find_keys::find_keys(options, &mut out),
        Some(Task::Diff(ref options)) => diff::diff(options, &mut out),
        Some(Task::Run(ref options)) => run::run(options, &mut out),
        Some(Task::Replay(ref options)) => replay::replay(options, &mut out),
        Some(Task::Card(ref options)) => card::card(options, &mut out),
        Some(Task::Readers(ref options)) => readers::readers(options, &mut out),
        Some(Task::Tap(ref options)) => tap::tap(options, &mut out),
        Some(Task::TmacBatch(ref options)) => batch::transactions(options, &mut out),
        Some(Task::SdmBatch(ref options)) => batch::urls(options, &mut out),
        Some(Task::Keys(ref options)) => key_store::keys(options, &mut out),
        None => show_window(window, arguments, &mut log),
    };
    let result = result.and_then(|outcome| files::flush(&mut out).map(|()| outcome));
    match result {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Wrong) => ExitCode::from(1),
        Err(BadInput(text)) => {
            let _closed = writeln!(std::io::stderr(), "tapscope: {text}");
            ExitCode::from(2)
        }
    }
}

fn show_window(
    window: Option<OpenWindow>,
    arguments: Arguments,
    log: &mut log::Log,
) -> Result<Outcome, BadInput> {
    let Some(open) = window else {
        let usage = Arguments::command().render_usage();
        return Err(BadInput(format!(
            "this build has no window; give a command\n\n{usage}"
        )));
    };
    let request = WindowRequest {
        file: arguments.file,
        renderer: arguments.renderer,
        log: log.lines.take(),
        log_folder: log.folder.take(),
    };
    open(request).map(|()| Outcome::Fine).map_err(BadInput)
}

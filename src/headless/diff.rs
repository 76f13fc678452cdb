//! `tapscope diff`: two recordings by meaning.
//!
//! Exit code 0 when everything was compared and nothing differs, 1 when something differs, 2 when nothing differs but not
//! everything could be compared.

use std::io::Write;
use std::path::Path;

use crate::compare::{Aspect, Comparison, Decoded, Ignore, compare};
use crate::keyring::Keyring;
use crate::report::{Finding, Severity};
use crate::session;
use crate::session::import::{self, Format, vectors};
use crate::trace::{self, Event, Exchange};

use super::args::DiffOptions;
use super::{BadInput, Outcome, decode, diff_text, files, keys};

/// Compares two files of any known form.
pub(super) fn diff(options: &DiffOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    if options.a == Path::new("-") && options.b == Path::new("-") {
        return Err(BadInput::new(
            "both recordings are -, expected at most one from standard input",
        ));
    }
    let ignore = ignore(options)?;
    let keyring = keys::load(&options.keys)?;
    let a = Recording::read(&options.a, options.from.as_deref(), &keyring)?;
    let b = Recording::read(&options.b, options.from.as_deref(), &keyring)?;
    let comparison = compare(a.decoded(), b.decoded(), ignore);
    for pair in &comparison.pairs {
        let text = if options.json {
            diff_text::json(pair, a.decoded(), b.decoded())
        } else {
            diff_text::text(pair, a.decoded(), b.decoded())
        };
        if let Some(text) = text {
            files::print(out, &text)?;
        }
    }
    let summary = if options.json {
        diff_text::json_summary(&comparison, ignore)
    } else {
        diff_text::summary(&comparison)
    };
    files::print(out, &summary)?;
    outcome(&comparison, &[&a, &b])
}

fn outcome(comparison: &Comparison, recordings: &[&Recording]) -> Result<Outcome, BadInput> {
    if comparison.differs() {
        return Ok(Outcome::Wrong);
    }
    let pairs = comparison.pairs.len();
    match comparison.counts.unread {
        0 => {}
        unread => {
            return Err(BadInput(format!(
                "{unread} of {pairs} exchanges could not be compared, they are opaque; give their keys with --keys or --key"
            )));
        }
    }
    if let Some(cut) = recordings.iter().find(|recording| !recording.whole) {
        return Err(BadInput(format!(
            "{}: not all of the file could be read, so the rest is not compared",
            cut.name
        )));
    }
    if pairs == 0 {
        return Err(BadInput::new(
            "there is nothing to compare, neither recording has an exchange",
        ));
    }
    Ok(Outcome::Fine)
}

/// What the options pass over.
fn ignore(options: &DiffOptions) -> Result<Ignore, BadInput> {
    let mut ignore = Ignore::default();
    for (option, names, ignored) in [
        ("--ignore", &options.ignore, true),
        ("--compare", &options.compare, false),
    ] {
        for name in names {
            let aspect = Aspect::from_name(name).ok_or_else(|| {
                let known = Aspect::ALL.map(Aspect::name).join(", ");
                BadInput(format!("{option} is {name:?}, expected one of {known}"))
            })?;
            if !ignored && options.ignore.contains(name) {
                return Err(BadInput(format!(
                    "{name:?} stands in --ignore and in --compare, expected one of them"
                )));
            }
            ignore = ignore.with(aspect, ignored);
        }
    }
    Ok(ignore)
}

/// A decoded file.
struct Recording {
    name: String,
    events: Vec<Event>,
    rows: Vec<Exchange>,
    /// Whether all of the file could be read.
    whole: bool,
}

impl Recording {
    fn read(path: &Path, from: Option<&str>, given: &Keyring) -> Result<Self, BadInput> {
        let bytes = files::read(path)?;
        let name = path.display().to_string();
        let in_file = |error: &dyn std::fmt::Display| BadInput(format!("{name}: {error}"));
        let mut recording = Self {
            name: name.clone(),
            events: Vec::new(),
            rows: Vec::new(),
            whole: true,
        };
        match decode::choose(from, &bytes, &name)? {
            Format::Session => {
                let reading = session::read(&bytes).map_err(|error| in_file(&error))?;
                let mut keyring = given.clone();
                keyring.extend(keys::of_image(reading.value.image.as_deref())?);
                let rows = trace::decode(&reading.value.events, &keyring);
                recording.add(reading.value.events, rows);
                recording.tell(&reading.findings)?;
            }
            Format::Text => {
                let reading = import::text::read(&bytes);
                let rows = trace::decode(&reading.value.events, given);
                recording.add(reading.value.events, rows);
                recording.tell(&reading.findings)?;
            }
            Format::Vectors => {
                for conversation in vectors::read(&bytes).map_err(|error| in_file(&error))? {
                    let mut keyring = conversation.keyring.clone();
                    keyring.extend(given.clone());
                    let start = decode::start(&conversation);
                    let rows = trace::decode_from(start, &conversation.events, &keyring);
                    recording.add(conversation.events, rows);
                    recording.tell(&conversation.findings)?;
                }
            }
        }
        Ok(recording)
    }

    /// Adds a conversation behind those before; its rows are numbered as `decode` prints them.
    fn add(&mut self, events: Vec<Event>, rows: Vec<Exchange>) {
        let (first_event, first_row) = (self.events.len(), self.rows.len());
        self.events.extend(events);
        self.rows.extend(rows.into_iter().map(|row| Exchange {
            index: row.index + first_row,
            first_event: row.first_event + first_event,
            last_event: row.last_event + first_event,
            presented: row.presented.map(|event| event + first_event),
            ..row
        }));
    }

    /// What the reader of the file has to say goes to standard error.
    fn tell(&mut self, findings: &[Finding]) -> Result<(), BadInput> {
        for finding in findings {
            self.whole &= finding.severity == Severity::Hint;
            let text = format!("tapscope: {}: {}", self.name, finding.text);
            files::print(&mut std::io::stderr(), &text)?;
        }
        Ok(())
    }

    fn decoded(&self) -> Decoded<'_> {
        Decoded {
            rows: &self.rows,
            events: &self.events,
        }
    }
}

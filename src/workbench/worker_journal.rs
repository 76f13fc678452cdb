//! The journal: an unsaved live trace survives a crash.
//!
//! It is a session file whose end is missing, because the next event may always follow. The session reader
//! opens what is there. Each running program has its own file; one that nobody owns any more was left by a crash.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::session;
use crate::trace::Event;

/// Writes events as they arrive.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
    written: usize,
    /// Which trace it follows.
    trace: u64,
}

impl Journal {
    /// A journal in `folder`; nothing is written before the first event.
    pub fn new(folder: &Path) -> Self {
        let name = format!("{PREFIX}{}{SUFFIX}", std::process::id());
        Self {
            path: folder.join(name),
            file: None,
            written: 0,
            trace: 0,
        }
    }

    /// Follows the trace: appends what is new while it is unsaved, forgets it when it is saved or replaced.
    pub fn follow(&mut self, unsaved: bool, image: Option<&str>, trace: u64, events: &[Event]) {
        if !unsaved || trace != self.trace {
            self.forget();
            self.trace = trace;
        }
        if unsaved && events.len() > self.written {
            if let Err(error) = self.append(image, events) {
                tracing::warn!("journal not written: {error}");
            }
            self.written = events.len();
        }
    }

    /// Removes the file: the trace is saved, or nobody wants it.
    pub fn forget(&mut self) {
        if self.file.take().is_some() {
            // A file that can't be removed is offered at the next start; that loses nothing.
            let _kept = std::fs::remove_file(&self.path);
        }
        self.written = 0;
    }

    fn append(&mut self, image: Option<&str>, events: &[Event]) -> std::io::Result<()> {
        let mut text = String::new();
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut options = OpenOptions::new();
            let file = options.create(true).write(true).truncate(true);
            self.file = Some(file.open(&self.path)?);
            let head = session::Session {
                image: image.map(str::to_owned),
                ..session::Session::default()
            };
            let head = session::write(&head);
            text.push_str(head.trim_end().trim_end_matches('}').trim_end_matches(']'));
        }
        for (index, event) in events.iter().enumerate().skip(self.written) {
            text.push_str(if index == 0 { "" } else { ",\n" });
            text.push_str(&session::event_line(event));
        }
        match &mut self.file {
            Some(file) => file.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }
}

/// The trace that a crashed program left in `folder`, taken over: its file is gone afterwards.
pub fn recover(folder: &Path) -> Option<Vec<u8>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let left = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut left: Vec<PathBuf> = left.filter(|path| is_left_over(path)).collect();
    left.sort();
    let path = left.pop()?;
    let bytes = std::fs::read(&path).ok()?;
    // A file that can't be removed is offered again; that loses nothing.
    let _kept = std::fs::remove_file(&path);
    Some(bytes)
}

/// Whether a file is a journal whose program does not run any more.
fn is_left_over(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let owner = name.and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    let Some(owner) = owner.and_then(|owner| owner.parse::<u32>().ok()) else {
        return false;
    };
    // Only Linux tells by a folder who runs; elsewhere a second instance may offer the trace of the first.
    owner != std::process::id() && !Path::new("/proc").join(owner.to_string()).exists()
}

const PREFIX: &str = "journal-";
const SUFFIX: &str = ".json";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::EventKind;

    fn events(count: u8) -> Vec<Event> {
        (0..count)
            .map(|byte| Event::new(EventKind::Command(vec![0x60, byte])))
            .collect()
    }

    #[test]
    fn what_was_not_saved_is_read_back_and_what_was_saved_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::new(folder.path());
        journal.follow(true, Some("demo"), 1, &events(2));
        journal.follow(true, Some("demo"), 1, &events(5));
        let text = std::fs::read(&journal.path).unwrap();
        let reading = session::read(&text).unwrap();
        assert_eq!(reading.value.events, events(5));
        assert_eq!(reading.value.image.as_deref(), Some("demo"));
        journal.follow(false, Some("demo"), 1, &events(5));
        assert!(!journal.path.exists());
    }

    #[test]
    fn only_the_journal_of_a_program_that_is_gone_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut own = Journal::new(folder.path());
        own.follow(true, None, 1, &events(1));
        assert_eq!(recover(folder.path()), None);
        let dead = folder.path().join("journal-4294967294.json");
        std::fs::copy(&own.path, &dead).unwrap();
        let bytes = recover(folder.path()).unwrap();
        assert_eq!(session::read(&bytes).unwrap().value.events, events(1));
        assert!(!dead.exists());
        own.forget();
    }
}

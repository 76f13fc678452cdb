//! The journal: an unsaved live trace survives a crash.
//!
//! It is a session file whose end is missing, because the next event may always follow. The session reader
//! opens what is there. Each running program has a file of its own and holds its lock; one that nobody holds was left
//! by a crash.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::session;
use crate::trace::Event;

/// Writes events as they arrive.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    file: Option<(PathBuf, File)>,
    written: usize,
    /// Which trace it follows.
    trace: u64,
}

impl Journal {
    /// A journal in `folder`; nothing is written before the first event.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
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
        if let Some((path, file)) = self.file.take() {
            drop(file);
            // A file that can't be removed is offered at the next start; that loses nothing.
            let _kept = std::fs::remove_file(path);
        }
        self.written = 0;
    }

    fn append(&mut self, image: Option<&str>, events: &[Event]) -> std::io::Result<()> {
        let mut text = String::new();
        if self.file.is_none() {
            std::fs::create_dir_all(&self.folder)?;
            self.file = Some(create(&self.folder)?);
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
            Some((_, file)) => file.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }
}

/// A new journal under the first free number, locked.
fn create(folder: &Path) -> std::io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let path = folder.join(format!("{PREFIX}{number}{SUFFIX}"));
        match OpenOptions::new().create_new(true).write(true).open(&path) {
            Ok(file) => {
                file.try_lock()?;
                return Ok((path, file));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < MOST => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The trace that a crashed program left in `folder`, taken over: its file is gone afterwards. Of several the newest;
/// the others wait for the next start.
pub fn recover(folder: &Path) -> Option<Vec<u8>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let left = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut left: Vec<(_, PathBuf)> = left
        .filter(|path| is_left_over(path))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    left.sort();
    let (_, path) = left.pop()?;
    let bytes = std::fs::read(&path).ok()?;
    // A file that can't be removed is offered again; that loses nothing.
    let _kept = std::fs::remove_file(&path);
    Some(bytes)
}

/// Whether a file is a journal that no running program holds.
fn is_left_over(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    if number.is_none_or(|number| number.parse::<u32>().is_err()) {
        return false;
    }
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

const PREFIX: &str = "journal-";
const SUFFIX: &str = ".json";
/// More journals than this are a folder that nobody looks after.
const MOST: u32 = 9_999;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::EventKind;

    fn events(count: u8) -> Vec<Event> {
        (0..count)
            .map(|byte| Event::new(EventKind::Command(vec![0x60, byte])))
            .collect()
    }

    fn path(journal: &Journal) -> PathBuf {
        journal.file.as_ref().unwrap().0.clone()
    }

    #[test]
    fn what_was_not_saved_is_read_back_and_what_was_saved_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::new(folder.path());
        journal.follow(true, Some("demo"), 1, &events(2));
        journal.follow(true, Some("demo"), 1, &events(5));
        let path = path(&journal);
        let text = std::fs::read(&path).unwrap();
        let reading = session::read(&text).unwrap();
        assert_eq!(reading.value.events, events(5));
        assert_eq!(reading.value.image.as_deref(), Some("demo"));
        journal.follow(false, Some("demo"), 1, &events(5));
        assert!(!path.exists());
    }

    #[test]
    fn only_the_journal_of_a_program_that_is_gone_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut running = Journal::new(folder.path());
        running.follow(true, None, 1, &events(1));
        assert_eq!(recover(folder.path()), None);
        let mut crashed = Journal::new(folder.path());
        crashed.follow(true, None, 1, &events(3));
        let left = path(&crashed);
        assert_ne!(left, path(&running));
        // The operating system lets go of a lock when its program dies.
        drop(crashed);
        // A start that has not looked yet does not write over it.
        let mut other = Journal::new(folder.path());
        other.follow(true, None, 1, &events(2));
        let bytes = recover(folder.path()).unwrap();
        assert_eq!(session::read(&bytes).unwrap().value.events, events(3));
        assert!(!left.exists());
        assert_eq!(recover(folder.path()), None);
        running.forget();
        other.forget();
    }
}

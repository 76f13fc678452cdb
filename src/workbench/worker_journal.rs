//! The journal: an unsaved live trace survives a crash.
//!
//! It is a session file whose end is missing, because the next event may always follow. The session reader
//! opens what is there. Each running program has a file of its own and holds its lock; one that nobody holds was left
//! by a crash.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::worker_files::sentence;
use crate::session;
use crate::trace::Event;

/// Writes events as they arrive.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    file: Option<(PathBuf, File)>,
    written: usize,
    /// Something could not be written: what follows would leave a hole.
    broken: bool,
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
            broken: false,
            trace: 0,
        }
    }

    /// Follows the trace: appends what is new while it is unsaved, forgets it when it is saved or replaced. A failure
    /// is told once for each trace, as a sentence; what was written before it stays.
    pub fn follow(
        &mut self,
        unsaved: bool,
        image: Option<&str>,
        trace: u64,
        events: &[Event],
    ) -> Result<(), String> {
        if !unsaved || trace != self.trace {
            self.forget();
            self.trace = trace;
        }
        if !unsaved || self.broken || events.len() <= self.written {
            return Ok(());
        }
        let appended = self.append(image, events);
        self.written = events.len();
        self.broken = appended.is_err();
        appended.map_err(|error| {
            let why = sentence(&error);
            format!("The journal can't be written, {why}: save the trace, a crash would lose it")
        })
    }

    /// Whether the trace that was followed last is in the file as a whole.
    pub const fn has_all(&self, events: &[Event]) -> bool {
        !self.broken && self.written == events.len()
    }

    /// Removes the file: the trace is saved, or nobody wants it.
    pub fn forget(&mut self) {
        if let Some((path, file)) = self.file.take() {
            drop(file);
            // A file that can't be removed is offered at the next start; that loses nothing.
            let _kept = std::fs::remove_file(path);
        }
        self.broken = false;
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

/// The journal of a program that crashed, held so that no other program takes it, too.
#[derive(Debug)]
pub struct Left {
    path: PathBuf,
    file: File,
}

impl Left {
    /// The newest in `folder`; the others wait for the next start.
    pub fn find(folder: &Path) -> Option<Self> {
        let entries = std::fs::read_dir(folder).ok()?;
        let left = entries.filter_map(Result::ok).map(|entry| entry.path());
        let mut left: Vec<(_, PathBuf)> = left
            .filter(|path| is_journal(path))
            .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
            .collect();
        left.sort();
        let mut newest_first = left.into_iter().rev().map(|(_, path)| path);
        newest_first.find_map(|path| {
            let file = File::open(&path).ok()?;
            // Whoever runs holds the lock of its own journal.
            file.try_lock().ok()?;
            Some(Self { path, file })
        })
    }

    /// What it holds.
    pub fn bytes(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Puts it out of the way of older ones: it can't be read, and is not offered again.
    pub fn set_aside(self) {
        drop(self.file);
        let mut aside = self.path.clone().into_os_string();
        aside.push(".unreadable");
        // A file that can't be renamed is tried again at the next start; that loses nothing.
        let _kept = std::fs::rename(self.path, aside);
    }

    /// Removes it: its trace is in another journal, saved, or wanted by nobody.
    pub fn forget(self) {
        drop(self.file);
        // A file that can't be removed is offered again; that loses nothing.
        let _kept = std::fs::remove_file(self.path);
    }
}

fn is_journal(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
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
        journal.follow(true, Some("demo"), 1, &events(2)).unwrap();
        journal.follow(true, Some("demo"), 1, &events(5)).unwrap();
        let path = path(&journal);
        let text = std::fs::read(&path).unwrap();
        let reading = session::read(&text).unwrap();
        assert_eq!(reading.value.events, events(5));
        assert_eq!(reading.value.image.as_deref(), Some("demo"));
        journal.follow(false, Some("demo"), 1, &events(5)).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn only_the_journal_of_a_program_that_is_gone_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut running = Journal::new(folder.path());
        running.follow(true, None, 1, &events(1)).unwrap();
        assert!(Left::find(folder.path()).is_none());
        let mut crashed = Journal::new(folder.path());
        crashed.follow(true, None, 1, &events(3)).unwrap();
        let left = path(&crashed);
        assert_ne!(left, path(&running));
        // The operating system lets go of a lock when its program dies.
        drop(crashed);
        // A start that has not looked yet does not write over it.
        let mut other = Journal::new(folder.path());
        other.follow(true, None, 1, &events(2)).unwrap();
        let mut found = Left::find(folder.path()).unwrap();
        let bytes = found.bytes().unwrap();
        assert_eq!(session::read(&bytes).unwrap().value.events, events(3));
        assert!(Left::find(folder.path()).is_none(), "it is held");
        drop(found);
        let again = Left::find(folder.path()).unwrap();
        assert!(
            left.exists(),
            "a crash before it was forgotten loses nothing"
        );
        again.forget();
        assert!(!left.exists());
        assert!(Left::find(folder.path()).is_none());
        running.forget();
        other.forget();
    }

    #[test]
    fn one_that_is_set_aside_is_kept_and_not_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("journal-3.json"), "no session").unwrap();
        Left::find(folder.path()).unwrap().set_aside();
        assert!(Left::find(folder.path()).is_none());
        let kept = std::fs::read(folder.path().join("journal-3.json.unreadable"));
        assert_eq!(kept.unwrap(), b"no session");
    }

    #[test]
    fn a_journal_that_cannot_be_written_is_told_once_for_each_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "in the way").unwrap();
        let mut journal = Journal::new(&file);
        for trace in [1, 2] {
            let text = journal.follow(true, None, trace, &events(1)).unwrap_err();
            assert!(text.contains("a crash would lose it"), "{text}");
            assert!(!journal.has_all(&events(1)));
            assert_eq!(journal.follow(true, None, trace, &events(2)), Ok(()));
        }
    }
}

//! Where the settings are, and who writes them: never the thread that draws.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::action::Action;
use super::settings::Settings;
use super::worker_files;

/// What was found at the start.
#[derive(Debug)]
pub struct Start {
    /// File of the settings; `None` when the system names no place for it.
    pub path: Option<PathBuf>,
    /// The settings, or the defaults.
    pub settings: Settings,
    /// What the user should know.
    pub notices: Vec<Action>,
    /// Says to later instances that this one runs.
    pub instance: Option<Instance>,
}

/// Held while the program runs.
#[derive(Debug)]
pub struct Instance {
    _locked: File,
}

/// Reads the settings; a file that can't be read gives the defaults and a notice, and is kept aside.
pub fn start() -> Start {
    let Some(path) = path() else {
        return Start {
            path: None,
            settings: Settings::default(),
            notices: Vec::new(),
            instance: None,
        };
    };
    let mut notices = Vec::new();
    let settings = read(&path).unwrap_or_else(|text| {
        notices.push(Action::Warn(text));
        Settings::default()
    });
    let folder = path.parent().unwrap_or(Path::new("."));
    let instance = match Instance::register(folder) {
        Ok(instance) => Some(instance),
        Err(Refused::Taken) => {
            notices.push(Action::Warn(SECOND.into()));
            None
        }
        Err(Refused::NoFile) => None,
    };
    Start {
        path: Some(path),
        settings,
        notices,
        instance,
    }
}

/// The settings, or the sentence that says why there are none; a missing file is the defaults.
pub fn read(path: &Path) -> Result<Settings, String> {
    let Ok(text) = std::fs::read(path) else {
        return Ok(Settings::default());
    };
    let text = String::from_utf8_lossy(&text);
    if let Some(settings) = Settings::parse(&text) {
        return Ok(settings);
    }
    let aside = path.with_extension("json.unreadable");
    Err(if std::fs::rename(path, &aside).is_ok() {
        format!(
            "The settings could not be read; they are kept as {}",
            aside.display()
        )
    } else {
        "The settings could not be read".into()
    })
}

const SECOND: &str = "Another Tapscope runs; the settings of the one that closes last are kept";

enum Refused {
    /// Another instance holds the lock.
    Taken,
    /// The folder can't be written.
    NoFile,
}

impl Instance {
    fn register(folder: &Path) -> Result<Self, Refused> {
        // A folder that can't be made shows when the file is opened.
        let _made = std::fs::create_dir_all(folder);
        let file = File::create(folder.join("instance.lock")).map_err(|_| Refused::NoFile)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _locked: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Refused::Taken),
            Err(std::fs::TryLockError::Error(_)) => Err(Refused::NoFile),
        }
    }
}

/// File of the settings: below `XDG_CONFIG_HOME`, `APPDATA`, or `HOME`.
pub fn path() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = folder("XDG_CONFIG_HOME")
        .or_else(|| folder("APPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(base.join("tapscope").join("settings.json"))
}

/// The operating system and the processor that this program was built for.
pub fn system() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Writes settings on a thread of its own; what is not written yet when it is dropped is written then.
#[derive(Debug)]
pub struct Writer {
    texts: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
    /// What the thread could not take yet.
    waiting: Option<String>,
}

impl Writer {
    /// A writer for a file.
    pub fn new(path: PathBuf) -> Self {
        let (texts, inbox) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("tapscope-settings".into())
            .spawn(move || write_all(&path, &inbox));
        if let Err(error) = &thread {
            tracing::error!("settings are not saved: {error}");
        }
        Self {
            texts: Some(texts),
            thread: thread.ok(),
            waiting: None,
        }
    }

    /// Writes this text soon. The next call takes its place when it was not begun.
    pub fn write(&mut self, text: String) {
        self.waiting = Some(text);
        self.flush();
    }

    /// Hands over what waits; called now and then.
    pub fn flush(&mut self) {
        if let (Some(text), Some(texts)) = (self.waiting.take(), &self.texts)
            && let Err(TrySendError::Full(text)) = texts.try_send(text)
        {
            self.waiting = Some(text);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let (Some(texts), Some(text)) = (self.texts.take(), self.waiting.take()) {
            // The thread is gone only when it could not be started; that was logged.
            let _gone = texts.send(text);
        }
        if let Some(thread) = self.thread.take() {
            // A panic while writing settings loses only them.
            let _panicked = thread.join();
        }
    }
}

fn write_all(path: &Path, inbox: &Receiver<String>) {
    while let Ok(mut text) = inbox.recv() {
        while let Ok(newer) = inbox.try_recv() {
            text = newer;
        }
        // A missing folder shows when the file is written.
        let _made = path.parent().map(std::fs::create_dir_all);
        if let Err(error) = worker_files::write(path, text.as_bytes()) {
            tracing::warn!("settings not saved: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::ThemeChoice;

    #[test]
    fn the_last_settings_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        let mut writer = Writer::new(path.clone());
        let mut settings = Settings::default();
        for theme in [ThemeChoice::Dark, ThemeChoice::System, ThemeChoice::Light] {
            settings.theme = theme;
            writer.write(settings.text());
        }
        drop(writer);
        assert_eq!(read(&path), Ok(settings));
    }

    #[test]
    fn unreadable_settings_are_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        assert_eq!(read(&path), Ok(Settings::default()));
        for broken in [&b"{\"theme\":"[..], b"\xFF\xFE{}", b"[]"] {
            std::fs::write(&path, broken).unwrap();
            let text = read(&path).unwrap_err();
            let aside = folder.path().join("settings.json.unreadable");
            assert!(text.contains(&aside.display().to_string()), "{text}");
            assert_eq!(std::fs::read(&aside).unwrap(), broken);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_second_instance_is_noticed_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = Instance::register(folder.path()).ok();
        assert!(first.is_some());
        assert!(matches!(
            Instance::register(folder.path()),
            Err(Refused::Taken)
        ));
        drop(first);
        assert!(Instance::register(folder.path()).is_ok());
    }
}

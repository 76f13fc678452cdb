//! Sessions, samples, replay, key files, images.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::crypto::entropy::SeededEntropy;
use crate::replay;
use crate::session::{self, Session, demo, image, keys};
use crate::trace::{Event, EventKind};
use crate::virtual_card::{Card, Image};

use crate::workbench::action::{Action, CardStart, FilePurpose, ReplayTarget};
use crate::workbench::effect::Effect;
use crate::workbench::log::TraceLog;
use crate::workbench::notice::NoticeKind;
use crate::workbench::state::{Document, ReplayResult, Workbench};

/// Names and texts of the sample sessions.
const SAMPLES: [(&str, &str); 5] = [
    (
        "Personalise",
        include_str!("../../../sessions/01-personalise.json"),
    ),
    ("Top-up", include_str!("../../../sessions/02-top-up.json")),
    ("Spend", include_str!("../../../sessions/03-spend.json")),
    (
        "Top-up refused",
        include_str!("../../../sessions/04-top-up-refused.json"),
    ),
    (
        "Top-up torn",
        include_str!("../../../sessions/05-top-up-torn.json"),
    ),
];

/// How many recent files are kept.
const RECENT: usize = 10;

impl Workbench {
    pub(super) fn apply_file(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::NewSession => {
                self.show(Session::default(), Document::default());
                Vec::new()
            }
            Action::OpenSession(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Session,
            }],
            Action::Recover(bytes) => {
                self.recover(&bytes);
                Vec::new()
            }
            Action::OpenSample(index) => {
                if let Some((name, text)) = SAMPLES.get(index) {
                    self.open(text.as_bytes(), None, name);
                }
                Vec::new()
            }
            Action::SaveSession(path) => self.save(path),
            Action::Replay(target) => {
                self.replay(target);
                Vec::new()
            }
            Action::ImportKeys(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Keys,
            }],
            Action::ExportKeys(path) => {
                vec![Effect::Write {
                    path,
                    purpose: FilePurpose::Keys,
                    text: keys::emit(&self.keyring),
                }]
            }
            Action::FileRead {
                path,
                purpose,
                content,
            } => self.file_read(&path, purpose, content),
            Action::FileWritten {
                path,
                purpose,
                error,
            } => {
                self.file_written(path, purpose, error);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn file_read(
        &mut self,
        path: &Path,
        purpose: FilePurpose,
        content: Result<Vec<u8>, String>,
    ) -> Vec<Effect> {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let bytes = match content {
            Ok(bytes) => bytes,
            Err(error) => {
                self.notify(
                    NoticeKind::Failure,
                    format!("{name} can't be read"),
                    format!("{}: {error}", path.display()),
                );
                return Vec::new();
            }
        };
        match purpose {
            FilePurpose::Session => {
                self.open(&bytes, Some(path.to_owned()), &name);
                Vec::new()
            }
            FilePurpose::Keys => {
                match keys::read(&bytes) {
                    Ok(mut reading) => {
                        reading
                            .value
                            .keys
                            .retain(|key| !self.keyring.keys.contains(key));
                        reading
                            .value
                            .sessions
                            .retain(|session| !self.keyring.sessions.contains(session));
                        let count = reading.value.keys.len() + reading.value.sessions.len();
                        self.key_edits.keep(&self.keyring);
                        self.keyring.extend(reading.value);
                        self.log.refold(&self.keyring);
                        self.notify(
                            NoticeKind::Info,
                            format!("{count} keys imported from {name}"),
                            "",
                        );
                    }
                    Err(error) => self.notify(
                        NoticeKind::Failure,
                        format!("{name}: {error}"),
                        path.display().to_string(),
                    ),
                }
                Vec::new()
            }
            FilePurpose::Image => match image::read(&bytes) {
                Ok(image) => self.apply(Action::CreateCard(CardStart::Image(Box::new(image)))),
                Err(error) => {
                    self.notify(
                        NoticeKind::Failure,
                        format!("{name}: {error}"),
                        path.display().to_string(),
                    );
                    Vec::new()
                }
            },
        }
    }

    fn file_written(&mut self, path: PathBuf, purpose: FilePurpose, error: Option<String>) {
        if let Some(error) = error {
            if purpose == FilePurpose::Session {
                self.document.failed = self.document.saving.take();
            }
            self.notify(
                NoticeKind::Failure,
                format!("{} was not saved", path.display()),
                error,
            );
        } else if purpose == FilePurpose::Session {
            self.document.name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            // Rows that arrived while the file was written are not in it.
            self.document.changed = self.document.saving != Some(self.content());
            self.document.saving = None;
            self.remember(path.clone());
            self.document.path = Some(path);
        } else {
            self.notify(
                NoticeKind::Info,
                format!("{} saved", path.display()),
                "It holds keys in clear.",
            );
        }
    }

    /// Opens a session, a text trace, or says why not; what was open stays then.
    fn open(&mut self, bytes: &[u8], path: Option<PathBuf>, name: &str) {
        let reading = match session::import::detect(bytes) {
            Some(session::import::Format::Text) => Ok(session::import::text::read(bytes)),
            _ => session::read(bytes),
        };
        match reading {
            Ok(reading) => {
                let image = reading.value.image.clone();
                if let Some(path) = &path {
                    self.remember(path.clone());
                }
                self.show(
                    reading.value,
                    Document {
                        path,
                        name: name.to_owned(),
                        image,
                        changed: false,
                        ..Document::default()
                    },
                );
                for finding in reading.findings {
                    self.notify(NoticeKind::Warning, finding.text, "");
                }
            }
            Err(error) => self.notify(
                NoticeKind::Failure,
                format!("{name} can't be opened: {error}"),
                "",
            ),
        }
    }

    /// A journal is a session whose end is missing; that it is cut off is no news.
    fn recover(&mut self, bytes: &[u8]) {
        let Ok(reading) = session::read(bytes) else {
            return;
        };
        if reading.value.events.is_empty() {
            return;
        }
        let document = Document {
            path: None,
            name: "Recovered trace".into(),
            image: reading.value.image.clone(),
            changed: true,
            ..Document::default()
        };
        self.show(reading.value, document);
        let text = "The program ended before this trace was saved; it is shown again";
        self.notify(NoticeKind::Info, text, "");
    }

    fn show(&mut self, mut session: Session, document: Document) {
        let (remarks, events) = remarks_of(std::mem::take(&mut session.events));
        self.log = TraceLog::of(events, &self.keyring);
        self.header = session;
        self.document = document;
        self.selected = None;
        self.follow = self.document.path.is_none() && self.document.name.is_empty();
        self.marks.clear();
        self.notes.clear();
        for (event, text) in remarks {
            let row = self
                .rows()
                .partition_point(|row| row.first_event < event)
                .saturating_sub(1);
            let note = self.notes.entry(row).or_default();
            if !note.is_empty() {
                note.push('\n');
            }
            note.push_str(&text);
        }
        self.replay = None;
    }

    fn remember(&mut self, path: PathBuf) {
        self.settings.recent.retain(|known| *known != path);
        self.settings.recent.insert(0, path);
        self.settings.recent.truncate(RECENT);
    }

    /// The session as it would be saved: events, start image, notes.
    pub fn session(&self) -> Session {
        let mut events: Vec<Event> = self.log.events().to_vec();
        for (row, text) in self.notes.iter().rev() {
            if let Some(exchange) = self.rows().get(*row) {
                events.insert(
                    exchange.last_event + 1,
                    Event::new(EventKind::Note(text.clone())),
                );
            }
        }
        Session {
            image: self.document.image.clone(),
            events,
            ..self.header.clone()
        }
    }

    fn save(&mut self, path: Option<PathBuf>) -> Vec<Effect> {
        let Some(path) = path.or_else(|| self.document.path.clone()) else {
            self.notify(NoticeKind::Warning, "Not saved: a file name is needed", "");
            return Vec::new();
        };
        self.document.saving = Some(self.content());
        vec![Effect::Write {
            path,
            purpose: FilePurpose::Session,
            text: session::write(&self.session()),
        }]
    }

    /// What is to be done after actions and reports: a session that has a file is saved, when the settings say so.
    pub fn due(&mut self) -> Vec<Effect> {
        let document = &self.document;
        let wanted = self.settings.autosave
            && document.changed
            && document.path.is_some()
            && document.saving.is_none()
            && self.readers.iter().all(|reader| reader.busy.is_none())
            && document.failed != Some(self.content());
        if wanted { self.save(None) } else { Vec::new() }
    }

    /// What a saved file would hold, in short: events and notes.
    fn content(&self) -> (usize, BTreeMap<usize, String>) {
        (self.log.events().len(), self.notes.clone())
    }

    fn replay(&mut self, target: ReplayTarget) {
        let events = self.log.events();
        let report = match target {
            ReplayTarget::Recorded => replay::recorded(events, self.rows(), &self.keyring),
            ReplayTarget::Card => {
                let card = self.start_image().and_then(|image| {
                    Card::new(&image, Box::new(SeededEntropy::new(0)))
                        .map_err(|error| error.to_string())
                });
                match card {
                    Ok(mut card) => replay::card(events, self.rows(), &self.keyring, &mut card),
                    Err(why) => return self.notify(NoticeKind::Warning, why, ""),
                }
            }
        };
        let divergence = report.divergence.map(|divergence| {
            let row = self
                .rows()
                .iter()
                .rposition(|row| row.first_event <= divergence.event)
                .unwrap_or_default();
            (row, divergence)
        });
        if let Some((row, _)) = &divergence {
            self.selected = Some(*row);
            self.follow = false;
        }
        let skipped = report
            .skipped
            .into_iter()
            .map(|skipped| (skipped.row, skipped.why))
            .collect();
        self.replay = Some(ReplayResult {
            target,
            compared: report.compared,
            skipped,
            divergence,
        });
    }

    fn start_image(&self) -> Result<Image, String> {
        let name = self
            .document
            .image
            .as_deref()
            .ok_or("The session names no start image; it can't run on a card")?;
        let text = demo::image(name)
            .ok_or_else(|| format!("The start image \"{name}\" is not one of the demo images"))?;
        image::read(text.as_bytes()).map_err(|error| error.to_string())
    }
}

/// Takes the remarks out of the events, each with the number of events before it.
fn remarks_of(events: Vec<Event>) -> (Vec<(usize, String)>, Vec<Event>) {
    let (mut remarks, mut rest) = (Vec::new(), Vec::new());
    for event in events {
        match event.kind {
            EventKind::Note(text) => remarks.push((rest.len(), text)),
            _ => rest.push(event),
        }
    }
    (remarks, rest)
}

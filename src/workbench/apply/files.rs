//! Sessions, samples, replay, key files, images.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::session::{Session, demo, image, keys};
use crate::virtual_card::Image;

use crate::workbench::action::{Action, CardStart, FilePurpose, ReplayTarget};
use crate::workbench::effect::Effect;
use crate::workbench::notice::NoticeKind;
use crate::workbench::reader::LendingState;
use crate::workbench::running::Purpose;
use crate::workbench::state::Workbench;
use crate::workbench::task::Work;

/// Names and texts of the sample sessions.
const SAMPLES: [(&str, &str); 9] = [
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
    (
        "Top-up over EV1",
        include_str!("../../../sessions/06-top-up-ev1.json"),
    ),
    (
        "Random UID",
        include_str!("../../../sessions/07-top-up-random-uid.json"),
    ),
    (
        "Terminal and server keys",
        include_str!("../../../sessions/08-two-sets.json"),
    ),
    (
        "Reader identifier",
        include_str!("../../../sessions/09-reader-id.json"),
    ),
];

/// How many recent files are kept.
const RECENT: usize = 10;

impl Workbench {
    pub(super) fn apply_file(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::NewSession => self.new_session(),
            Action::OpenSession(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Session,
            }],
            Action::Recover(bytes) => self.recover(bytes),
            Action::OpenSample(index) => {
                SAMPLES.get(index).map_or_else(Vec::new, |(name, text)| {
                    self.open(text.as_bytes().to_vec(), None, name)
                })
            }
            Action::SaveSession(path) => self.save(path),
            Action::Replay(target) => self.replay(target),
            Action::ImportKeys(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Keys,
            }],
            Action::CompareWith(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Other,
            }],
            Action::PrepareCheck(kind, inputs) => {
                self.prepare_check(kind, inputs);
                Vec::new()
            }
            Action::CheckFile(kind, path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Lines(kind),
            }],
            Action::CancelCheck(kind) => self.cancel_check(kind),
            Action::CloseChecked(kind) => self.close_checked(kind),
            Action::LoadTemplates(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Templates,
            }],
            Action::RemoveTemplates(index) => {
                self.remove_templates(index);
                Vec::new()
            }
            Action::CompareAgain => self.compare_again(),
            Action::Ignore(aspect, ignored) => self.ignore(aspect, ignored),
            Action::ImportAs(order) => self.import_as(order),
            Action::FindKeys {
                row,
                dictionary: None,
            } => self.search_keys(row, None),
            Action::FindKeys {
                row,
                dictionary: Some(path),
            } => vec![Effect::Read {
                path,
                purpose: FilePurpose::Dictionary { row },
            }],
            Action::ExportKeys(path) => {
                vec![Effect::Write {
                    path,
                    purpose: FilePurpose::Keys,
                    content: keys::emit(&self.table.keyring).into_bytes(),
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
                if purpose == FilePurpose::Store {
                    return self.store_saved(error);
                }
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
                match purpose {
                    FilePurpose::Store => self.asked = None,
                    FilePurpose::Lines(kind) => self.lines_unread(kind),
                    _ => {}
                }
                self.notify(
                    NoticeKind::Failure,
                    format!("{name} can't be read"),
                    format!("{}: {error}", path.display()),
                );
                return Vec::new();
            }
        };
        match purpose {
            FilePurpose::Session => self.open(bytes, Some(path.to_owned()), &name),
            FilePurpose::Keys => self.keys_read(name, bytes),
            FilePurpose::Other => self.other_read(path, bytes),
            FilePurpose::Dictionary { row } => self.dictionary_read(path, row, bytes),
            FilePurpose::Lines(kind) => self.lines_read(path, kind, bytes),
            FilePurpose::Templates => {
                self.templates_read(name, &bytes);
                Vec::new()
            }
            FilePurpose::Store => self.store_read(path.to_owned(), bytes),
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
        } else if purpose == FilePurpose::Session && self.document.saving.is_none() {
            // Another trace is shown meanwhile.
            self.remember(path);
        } else if purpose == FilePurpose::Session {
            self.document.name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            // Rows that arrived while the file was written are not in it.
            self.document.changed = self.document.saving != Some(self.content());
            let saved = self.document.saving.take();
            self.document.saved = saved.map_or(0, |(events, _)| events);
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

    pub(super) fn remember(&mut self, path: PathBuf) {
        self.settings.recent.retain(|known| *known != path);
        self.settings.recent.insert(0, path);
        self.settings.recent.truncate(RECENT);
    }

    fn save(&mut self, path: Option<PathBuf>) -> Vec<Effect> {
        let Some(path) = path.or_else(|| self.document.path.clone()) else {
            self.notify(NoticeKind::Warning, "Not saved: a file name is needed", "");
            return Vec::new();
        };
        let content = self.content();
        self.document.saving = Some(content);
        let places = self.notes.iter().filter_map(|(row, text)| {
            let exchange = self.rows().get(*row)?;
            Some((exchange.last_event + 1, text.clone()))
        });
        let work = Work::Write {
            path,
            header: Box::new(Session {
                image: self.document.image.clone(),
                ..self.header.clone()
            }),
            notes: places.collect(),
            recording: self.log.recording.clone(),
        };
        vec![self.begin(Purpose::Write, "Saving", work)]
    }

    /// What is to be done after actions and reports: a session that has a file is saved, when the settings say so.
    ///
    /// An open key store is locked when [`Workbench::set_now`] told that its time is over.
    pub fn due(&mut self) -> Vec<Effect> {
        let mut effects = self.lock_when_idle();
        let document = &self.document;
        let wanted = self.settings.autosave
            && document.changed
            && document.path.is_some()
            && document.saving.is_none()
            && self
                .readers
                .iter()
                .all(|reader| reader.busy.is_none() || reader.lending.is_some())
            && document.failed != Some(self.content())
            && !self.is_tapped_meanwhile();
        if wanted {
            effects.extend(self.save(None));
        }
        effects
    }

    /// Whether a lent card is in the middle of something, and few events came since the file was written. Each writing
    /// copies them all: one for each event would take longer the longer the trace is.
    fn is_tapped_meanwhile(&self) -> bool {
        let mut lent = self.readers.iter().filter_map(|one| one.lending.as_ref());
        let talks = lent.any(|lending| lending.state == LendingState::Connected);
        talks && self.log.events().len() < self.document.saved.saturating_mul(2)
    }

    /// What a saved file would hold, in short: events and notes.
    fn content(&self) -> (usize, BTreeMap<usize, String>) {
        (self.log.events().len(), self.notes.clone())
    }

    fn replay(&mut self, target: ReplayTarget) -> Vec<Effect> {
        let image = match target {
            ReplayTarget::Recorded => None,
            ReplayTarget::Card => match self.start_image() {
                Ok(image) => Some(Box::new(image)),
                Err(why) => {
                    self.notify(NoticeKind::Warning, why, "");
                    return Vec::new();
                }
            },
        };
        let work = Work::Replay {
            recording: self.log.recording.clone(),
            keyring: self.table.keyring.clone(),
            target,
            image,
        };
        let events = self.log.events().len();
        vec![self.begin(Purpose::Replay { events }, "Replaying", work)]
    }

    fn start_image(&self) -> Result<Image, String> {
        let name = self
            .document
            .image
            .as_deref()
            .ok_or("The session names no start image; it can't run on a card")?;
        if let Some(image) = demo::factory_named(name) {
            return Ok(image);
        }
        let text = demo::image(name).ok_or_else(|| {
            format!("The start image \"{name}\" is neither a demo card nor a card as delivered")
        })?;
        image::read(text.as_bytes()).map_err(|error| error.to_string())
    }
}

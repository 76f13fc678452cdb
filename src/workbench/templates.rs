//! Templates that say what the bytes of files mean: those of the files that the user loaded, kept in the settings, and
//! those of the example application.

use std::sync::Arc;

use super::notice::NoticeKind;
use super::settings::KeptTemplates;
use super::state::Workbench;
use crate::card::known::template::Template;
use crate::ota;
use crate::session::templates;

/// All templates, the user's first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Templates {
    all: Arc<Vec<Template>>,
    /// How many came of each kept file, or why none did.
    read: Vec<Result<usize, String>>,
    /// Counts changes.
    number: u64,
}

/// Largest file of templates, in bytes: the settings hold it.
const LARGEST: usize = 256 * 1024;
/// Most bytes that all of them have.
const MOST: usize = 1024 * 1024;

impl Templates {
    /// Reads the kept files.
    pub(super) fn new(kept: &[KeptTemplates], number: u64) -> Self {
        let mut all = Vec::new();
        let mut read = Vec::new();
        for file in kept {
            let own = templates::read(file.text.as_bytes());
            read.push(match own {
                Ok(own) => {
                    let count = own.len();
                    all.extend(own);
                    Ok(count)
                }
                Err(error) => Err(error.to_string()),
            });
        }
        all.extend(ota::templates::templates());
        Self {
            all: Arc::new(all),
            read,
            number,
        }
    }
}

impl Workbench {
    /// All templates, the user's first, then those of the example application.
    pub const fn templates(&self) -> &Arc<Vec<Template>> {
        &self.templates.all
    }

    /// Changes with the templates.
    pub const fn templates_no(&self) -> u64 {
        self.templates.number
    }

    /// The files that were loaded: name, and how many templates they hold or why they can't be read.
    pub fn template_files(&self) -> impl Iterator<Item = (&str, Result<usize, &str>)> {
        let names = self.settings.templates.iter();
        let names = names.map(|file| file.name.as_str());
        let read = self.templates.read.iter();
        names.zip(read.map(|read| read.as_ref().copied().map_err(String::as_str)))
    }

    /// Keeps a file of templates; another one of the same name goes.
    pub(super) fn templates_read(&mut self, name: String, bytes: &[u8]) {
        let others = self.settings.templates.iter();
        let others = others.filter(|file| file.name != name);
        let total = bytes.len() + others.map(|file| file.text.len()).sum::<usize>();
        let refused = if bytes.len() > LARGEST {
            let len = bytes.len();
            Some(format!(
                "{name} has {len} bytes, at most {LARGEST} expected"
            ))
        } else if total > MOST {
            Some(format!(
                "With {name} all template files have {total} bytes, at most {MOST} expected"
            ))
        } else {
            let read = templates::read(bytes);
            read.err().map(|error| format!("{name}: {error}"))
        };
        if let Some(text) = refused {
            self.notify(NoticeKind::Failure, text, "");
            return;
        }
        let kept = &mut self.settings.templates;
        kept.retain(|file| file.name != name);
        let text = String::from_utf8_lossy(bytes).into_owned();
        kept.push(KeptTemplates { name, text });
        self.read_templates();
    }

    /// Forgets a file of templates, by its place among them.
    pub(super) fn remove_templates(&mut self, index: usize) {
        if index < self.settings.templates.len() {
            self.settings.templates.remove(index);
            self.read_templates();
        }
    }

    fn read_templates(&mut self) {
        let number = self.templates.number + 1;
        self.templates = Templates::new(&self.settings.templates, number);
    }
}

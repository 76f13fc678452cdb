//! `tapscope keys store`, and opening such stores: the passphrase comes from a file, the environment or the terminal,
//! never from an argument, which other users of the machine can read.

use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::crypto::vault::{self, Passphrase, WorkFactor};
use crate::keyring::Keyring;
use crate::session::Reading;
use crate::session::store::{self, StoreError, StoreKey};
use crate::transport::OsEntropy;

use super::args::{KeysOptions, KeysTask, StoreOptions};
use super::{BadInput, Outcome, files, keys};

/// Variable of the environment that holds the passphrase.
const VARIABLE: &str = "TAPSCOPE_PASSPHRASE";

/// Does what `tapscope keys` is asked to.
pub(super) fn keys(options: &KeysOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let KeysTask::Store(options) = &options.task;
    make(options, out)
}

fn make(options: &StoreOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let path = options.file.display();
    if !options.replace && options.file.exists() {
        return Err(BadInput(format!(
            "{path} is there already, --replace puts the new key store in its place"
        )));
    }
    let keyring = keys::load(&options.keys)?;
    if keyring.is_empty() {
        return Err(BadInput::new("no keys to store, expected --keys or --key"));
    }
    let question = Question {
        name: &path.to_string(),
        twice: true,
    };
    let passphrase = question.passphrase(options.keys.passphrase_file.as_deref())?;
    let work = WorkFactor {
        memory_kib: options.memory.saturating_mul(1024),
        ..WorkFactor::STANDARD
    };
    let sealed = StoreKey::new(&passphrase, work, &mut OsEntropy)
        .and_then(|key| key.seal(&keyring, &mut OsEntropy));
    let sealed = sealed.map_err(|error| BadInput(format!("{path}: {error}")))?;
    files::write(&options.file, &sealed)?;
    let count = keyring.keys.len() + keyring.sessions.len();
    let text = if count == 1 {
        "1 key".to_owned()
    } else {
        format!("{count} keys")
    };
    files::print(out, &format!("{text} stored in {path}"))?;
    Ok(Outcome::Fine)
}

/// The keys of a store.
pub(super) fn open(
    path: &Path,
    bytes: &[u8],
    passphrase_file: Option<&Path>,
) -> Result<Reading<Keyring>, BadInput> {
    let name = path.display().to_string();
    let in_file = |error: StoreError| BadInput(format!("{name}: {error}"));
    store::check(bytes).map_err(in_file)?;
    let question = Question {
        name: &name,
        twice: false,
    };
    let passphrase = question.passphrase(passphrase_file)?;
    let opened = store::open(bytes, &passphrase, &mut OsEntropy).map_err(in_file)?;
    Ok(opened.keys)
}

/// What the terminal asks when nothing else says the passphrase.
struct Question<'a> {
    /// The store.
    name: &'a str,
    /// Whether a slip of the finger would lock the keys away.
    twice: bool,
}

impl Question<'_> {
    fn passphrase(&self, file: Option<&Path>) -> Result<Passphrase, BadInput> {
        if let Some(file) = file {
            return first_line(file);
        }
        if let Some(text) = std::env::var_os(VARIABLE) {
            let text = text.into_string();
            return text
                .map(Passphrase::new)
                .map_err(|_| BadInput(format!("{VARIABLE} is not UTF-8")));
        }
        if !std::io::stderr().is_terminal() {
            return Err(BadInput(format!(
                "{}: a passphrase is needed, expected --passphrase-file, {VARIABLE} or a terminal",
                self.name
            )));
        }
        let typed = Self::ask(&format!("Passphrase of {}: ", self.name))?;
        if self.twice && Self::ask("The same again: ")? != typed {
            return Err(BadInput::new("the passphrases differ"));
        }
        Ok(typed)
    }

    fn ask(prompt: &str) -> Result<Passphrase, BadInput> {
        let typed = rpassword::prompt_password(prompt);
        typed.map(Passphrase::new).map_err(|error| {
            let reason = crate::workbench::worker_files::sentence(&error);
            BadInput(format!("the terminal gives no passphrase: {reason}"))
        })
    }
}

/// The passphrase that a file holds in its first line.
fn first_line(file: &Path) -> Result<Passphrase, BadInput> {
    let bytes = files::read(file)?;
    let mut text = String::from_utf8(bytes)
        .map_err(|_| BadInput(format!("{}: the passphrase is not UTF-8", file.display())))?;
    let line = text.lines().next().unwrap_or_default().to_owned();
    vault::wipe(&mut text);
    Ok(Passphrase::new(line))
}

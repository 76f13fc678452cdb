//! The key store that the model knows: open or locked, and which rows of the key table are its own.

use std::path::{Path, PathBuf};

use crate::crypto::entropy::{Entropy, SeededEntropy};
use crate::crypto::vault::{Passphrase, WorkFactor};
use crate::keyring::Keyring;
use crate::session::store::{self, StoreKey};
use crate::transport::OsEntropy;

use super::task::Product;

/// A key store by its file.
#[derive(Clone, Debug)]
pub struct KeyStore {
    pub(super) path: PathBuf,
    pub(super) door: Door,
    /// Counts the edits of its keys.
    pub(super) edits: u64,
    /// The edits that the file has.
    pub(super) saved: u64,
}

/// Whether a store is open.
#[derive(Clone, Debug)]
pub(super) enum Door {
    /// Its keys are in the table.
    Open {
        /// Seals them again.
        key: Box<StoreKey>,
        /// When the user last did something.
        used_ms: u64,
    },
    /// Its keys are nowhere but in the file, encrypted.
    Locked {
        /// Its content, encrypted, when the file is older.
        sealed: Option<Vec<u8>>,
    },
}

impl KeyStore {
    /// A store that nobody has opened yet.
    pub(super) const fn locked(path: PathBuf) -> Self {
        Self {
            path,
            door: Door::Locked { sealed: None },
            edits: 0,
            saved: 0,
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name people see.
    pub fn name(&self) -> String {
        name_of(&self.path)
    }

    /// Whether its keys are out of reach until the passphrase is given.
    pub const fn is_locked(&self) -> bool {
        matches!(self.door, Door::Locked { .. })
    }

    /// Whether it holds what its file does not.
    pub const fn is_changed(&self) -> bool {
        self.edits != self.saved
    }
}

/// The last part of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A store that is on its way to its file.
#[derive(Clone, Debug)]
pub(super) struct Saving {
    pub(super) path: PathBuf,
    /// Edits that it has.
    pub(super) edits: u64,
    /// Its key and content, when it is a new store.
    pub(super) new: Option<(Option<Box<StoreKey>>, Keyring)>,
    /// Whether it is to be locked afterwards.
    pub(super) lock: bool,
}

/// A store that is asked for: its file is being read.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: PathBuf,
    pub(super) passphrase: Passphrase,
}

/// The key table, and which of its rows are the store's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyTable {
    pub(super) keyring: Keyring,
    keys: Vec<bool>,
    sessions: Vec<bool>,
}

impl KeyTable {
    /// A table of which nothing is stored.
    pub(super) fn new(keyring: Keyring) -> Self {
        let mut table = Self {
            keyring,
            ..Self::default()
        };
        table.own_new(false);
        table
    }

    /// Says of the rows that were added last whether they are the store's.
    pub(super) fn own_new(&mut self, stored: bool) {
        self.keys.resize(self.keyring.keys.len(), stored);
        self.sessions.resize(self.keyring.sessions.len(), stored);
    }

    /// Takes a key out.
    pub(super) fn remove_key(&mut self, index: usize) {
        if index < self.keyring.keys.len() {
            self.keyring.keys.remove(index);
            self.keys.remove(index);
        }
    }

    pub(super) fn is_key_stored(&self, index: usize) -> bool {
        self.keys.get(index).copied().unwrap_or_default()
    }

    pub(super) fn is_session_stored(&self, index: usize) -> bool {
        self.sessions.get(index).copied().unwrap_or_default()
    }

    /// The rows that are the store's, or all others.
    pub(super) fn part(&self, stored: bool) -> Keyring {
        let keys = self.keyring.keys.iter().zip(&self.keys);
        let sessions = self.keyring.sessions.iter().zip(&self.sessions);
        Keyring {
            keys: keys
                .filter(|(_, own)| **own == stored)
                .map(|(key, _)| key.clone())
                .collect(),
            sessions: sessions
                .filter(|(_, own)| **own == stored)
                .map(|(session, _)| session.clone())
                .collect(),
        }
    }

    /// Takes the rows of a store in. One that is there already becomes the store's.
    pub(super) fn take_in(&mut self, stored: Keyring) {
        self.own(&stored);
        let Keyring { keys, sessions } = stored;
        for key in keys {
            if !self.keyring.keys.contains(&key) {
                self.keyring.keys.push(key);
            }
        }
        for session in sessions {
            if !self.keyring.sessions.contains(&session) {
                self.keyring.sessions.push(session);
            }
        }
        self.own_new(true);
    }

    /// Rows that are also in `stored` are the store's from now on.
    pub(super) fn own(&mut self, stored: &Keyring) {
        for (key, own) in self.keyring.keys.iter().zip(&mut self.keys) {
            *own |= stored.keys.contains(key);
        }
        for (session, own) in self.keyring.sessions.iter().zip(&mut self.sessions) {
            *own |= stored.sessions.contains(session);
        }
    }
}

/// What a key store is sealed with.
#[derive(Clone, Debug)]
pub(super) enum Sealing {
    /// A new key.
    New(Passphrase, WorkFactor),
    /// The key of the open store.
    Again(Box<StoreKey>),
}

impl Sealing {
    /// Makes the file, in a task: it takes as long as the work factor says.
    pub(super) fn seal(self, keyring: &Keyring, seed: Option<u64>) -> Product {
        let mut entropy = entropy(seed);
        let key = match self {
            Self::New(passphrase, work) => {
                StoreKey::new(&passphrase, work, &mut entropy).map(Box::new)
            }
            Self::Again(key) => Ok(key),
        };
        let sealed = key.and_then(|key| Ok((key.seal(keyring, &mut entropy)?, key)));
        match sealed {
            Ok((content, key)) => Product::Sealed { content, key },
            Err(error) => Product::Unreadable(error.to_string()),
        }
    }
}

/// Opens the file, in a task.
pub(super) fn opened(bytes: &[u8], passphrase: &Passphrase, seed: Option<u64>) -> Product {
    match store::open(bytes, passphrase, &mut entropy(seed)) {
        Ok(opened) => Product::StoreOpened(Box::new(opened)),
        Err(error) => Product::Unreadable(error.to_string()),
    }
}

/// Randomness of one task.
fn entropy(seed: Option<u64>) -> Box<dyn Entropy> {
    match seed {
        Some(seed) => Box::new(SeededEntropy::new(seed)),
        None => Box::new(OsEntropy),
    }
}

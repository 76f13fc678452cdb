//! The key store: saving, opening, locking.
//!
//! A locked store's keys are neither in the table nor among earlier states of it, and the rows are decoded without
//! them. What its file does not have yet is kept encrypted, so that locking loses nothing and writes nothing.

use std::path::PathBuf;

use crate::crypto::vault::{Passphrase, WorkFactor};
use crate::keyring::Keyring;
use crate::session::store::Opened;
use crate::session::{demo, keys};

use crate::workbench::action::{Action, FilePurpose};
use crate::workbench::effect::Effect;
use crate::workbench::key_store::{Asked, Door, KeyStore, KeyTable, Saving, Sealing, name_of};
use crate::workbench::notice::NoticeKind;
use crate::workbench::running::Purpose;
use crate::workbench::state::Workbench;
use crate::workbench::task::Work;
use crate::workbench::undo::Undo;

/// Why nothing can be done with a locked store.
const LOCKED: &str = "Off, the key store is locked";
/// Why nothing can be done with a store that is being sealed, opened or written.
const BUSY: &str = "Off, the key store is being saved or opened";

impl Workbench {
    /// The key store, open or locked.
    pub const fn key_store(&self) -> Option<&KeyStore> {
        self.store.as_ref()
    }

    /// Whether there is a key store whose keys are out of reach.
    pub fn is_locked(&self) -> bool {
        self.store.as_ref().is_some_and(KeyStore::is_locked)
    }

    /// Whether a key of the table is the store's.
    pub fn is_key_stored(&self, index: usize) -> bool {
        self.table.is_key_stored(index)
    }

    /// Whether session keys of the table are the store's.
    pub fn is_session_stored(&self, index: usize) -> bool {
        self.table.is_session_stored(index)
    }

    /// When the open store locks itself if nothing is done, milliseconds since 1970 UTC.
    pub fn locks_at(&self) -> Option<u64> {
        let minutes = u64::from(self.settings.lock_after_minutes);
        match self.store.as_ref()?.door {
            Door::Open { used_ms, .. } if minutes > 0 => {
                Some(used_ms.saturating_add(minutes * 60_000))
            }
            _ => None,
        }
    }

    /// Why the open store can't be written back.
    pub fn can_save_store(&self) -> Result<(), &'static str> {
        match &self.store {
            None => Err("Off, there is no key store"),
            Some(_) if self.is_store_busy() => Err(BUSY),
            Some(store) if !store.is_changed() => Err("Off, the key store is saved"),
            Some(_) => Ok(()),
        }
    }

    /// Why the table can't become a new store.
    pub fn can_make_store(&self) -> Result<(), &'static str> {
        match &self.store {
            _ if self.is_store_busy() => Err(BUSY),
            Some(store) if store.is_locked() => Err(LOCKED),
            _ if self.own_keys().is_empty() => Err("Off, the table has no keys but the demo keys"),
            _ => Ok(()),
        }
    }

    /// Why the store can't be locked.
    pub fn can_lock_store(&self) -> Result<(), &'static str> {
        match &self.store {
            None => Err("Off, there is no key store"),
            Some(store) if store.is_locked() => Err(LOCKED),
            Some(_) => Ok(()),
        }
    }

    /// Why another store can't be opened, or this one let go of.
    pub fn can_leave_store(&self) -> Result<(), &'static str> {
        match &self.store {
            _ if self.is_store_busy() => Err(BUSY),
            Some(store) if store.is_changed() => {
                Err("Off, the key store has changes that are not saved")
            }
            _ => Ok(()),
        }
    }

    /// Sets what each try of a passphrase of a new store costs.
    pub const fn set_work_factor(&mut self, work: WorkFactor) {
        self.work = work;
    }

    fn is_store_busy(&self) -> bool {
        self.saving.is_some() || self.asked.is_some() || self.runs(Purpose::is_of_store)
    }

    /// Seed of the next task, in tests: no two draw the same nonce.
    fn task_seed(&self) -> Option<u64> {
        self.seed.map(|seed| seed.wrapping_add(self.next_id))
    }

    /// All keys but the public ones that no store holds.
    fn own_keys(&self) -> Keyring {
        let public = keys::read(demo::keys().as_bytes()).map(|reading| reading.value);
        let public = public.unwrap_or_default();
        let mut own = self.table.keyring.clone();
        let stored = self.table.part(true);
        own.keys
            .retain(|key| !public.keys.contains(key) || stored.keys.contains(key));
        own
    }

    pub(super) fn apply_store(&mut self, action: Action) -> Vec<Effect> {
        let result = match action {
            Action::SaveStore { path, passphrase } => self.save_store(path, passphrase),
            Action::OpenStore { path, passphrase } => self.ask_store(path, passphrase),
            Action::LockStore => self.can_lock_store().map(|()| self.lock_store()),
            Action::CloseStore => self.close_store(),
            _ => Ok(Vec::new()),
        };
        result.unwrap_or_else(|why| {
            self.notify(NoticeKind::Warning, why, "");
            Vec::new()
        })
    }

    fn save_store(
        &mut self,
        path: Option<PathBuf>,
        passphrase: Option<Passphrase>,
    ) -> Result<Vec<Effect>, &'static str> {
        let known = self.store.as_ref().map(|store| store.path.clone());
        let edits = self.store.as_ref().map_or(0, |store| store.edits);
        let Some(passphrase) = passphrase else {
            if path.is_some() && path != known {
                return Err("Not saved: a new key store needs a passphrase");
            }
            self.can_save_store()?;
            return Ok(self.write_back(edits));
        };
        let path = path.or(known);
        let path = path.ok_or("Not saved: a new key store needs a file name")?;
        self.can_make_store()?;
        let keyring = self.own_keys();
        self.saving = Some(Saving {
            path,
            edits,
            new: Some((None, keyring.clone())),
            lock: false,
        });
        let work = Work::Seal {
            sealing: Sealing::New(passphrase, self.work),
            keyring,
            seed: self.task_seed(),
        };
        Ok(vec![self.begin(
            Purpose::Seal,
            "Sealing the key store",
            work,
        )])
    }

    /// The same store with what was edited; a locked one as it was sealed.
    fn write_back(&mut self, edits: u64) -> Vec<Effect> {
        let Some(store) = &self.store else {
            return Vec::new();
        };
        let path = store.path.clone();
        self.saving = Some(Saving {
            path: path.clone(),
            edits,
            new: None,
            lock: false,
        });
        match &store.door {
            Door::Open { key, .. } => {
                let work = Work::Seal {
                    sealing: Sealing::Again(key.clone()),
                    keyring: self.table.part(true),
                    seed: self.task_seed(),
                };
                vec![self.begin(Purpose::Seal, "Sealing the key store", work)]
            }
            Door::Locked { sealed } => vec![Effect::Write {
                path,
                purpose: FilePurpose::Store,
                content: sealed.clone().unwrap_or_default(),
            }],
        }
    }

    /// A store is sealed: it goes to its file.
    pub(in crate::workbench) fn sealed(
        &mut self,
        content: Vec<u8>,
        key: Box<crate::session::store::StoreKey>,
    ) -> Vec<Effect> {
        let Some(saving) = &mut self.saving else {
            return Vec::new();
        };
        if let Some((made, _)) = &mut saving.new {
            *made = Some(key);
        }
        vec![Effect::Write {
            path: saving.path.clone(),
            purpose: FilePurpose::Store,
            content,
        }]
    }

    /// A store was written, or could not be made or written.
    pub(in crate::workbench) fn store_saved(&mut self, error: Option<String>) -> Vec<Effect> {
        let Some(saving) = self.saving.take() else {
            return Vec::new();
        };
        let name = name_of(&saving.path);
        if let Some(why) = error {
            let text = format!("The key store {name} was not saved");
            self.notify(NoticeKind::Failure, text, why);
        } else {
            self.notify(NoticeKind::Info, format!("Key store {name} saved"), "");
            self.settings.store = Some(saving.path.clone());
            if let Some((Some(key), keyring)) = saving.new {
                self.table.own(&keyring);
                // What was edited meanwhile belongs to it, and is not saved.
                let edits = self.store.as_ref().map_or(0, |store| store.edits);
                let used_ms = self.now_ms;
                self.store = Some(KeyStore {
                    path: saving.path,
                    door: Door::Open { key, used_ms },
                    edits,
                    saved: saving.edits,
                });
            } else if let Some(store) = &mut self.store {
                store.saved = saving.edits;
                if let Door::Locked { sealed } = &mut store.door {
                    *sealed = None;
                }
            }
        }
        if saving.lock {
            self.lock_store()
        } else {
            Vec::new()
        }
    }

    fn ask_store(
        &mut self,
        path: PathBuf,
        passphrase: Passphrase,
    ) -> Result<Vec<Effect>, &'static str> {
        if self.is_store_busy() {
            return Err(BUSY);
        }
        let same = self.store.as_ref().filter(|store| store.path == path);
        if let Some(KeyStore {
            door: Door::Locked {
                sealed: Some(bytes),
            },
            ..
        }) = same
        {
            let bytes = bytes.clone();
            return Ok(self.open_store(path, bytes, passphrase));
        }
        self.can_leave_store()?;
        self.asked = Some(Asked {
            path: path.clone(),
            passphrase,
        });
        let purpose = FilePurpose::Store;
        Ok(vec![Effect::Read { path, purpose }])
    }

    /// The file of a store has arrived.
    pub(super) fn store_read(&mut self, path: PathBuf, bytes: Vec<u8>) -> Vec<Effect> {
        match self.asked.take() {
            Some(asked) if asked.path == path => self.open_store(path, bytes, asked.passphrase),
            other => {
                self.asked = other;
                Vec::new()
            }
        }
    }

    fn open_store(&mut self, path: PathBuf, bytes: Vec<u8>, passphrase: Passphrase) -> Vec<Effect> {
        let work = Work::OpenStore {
            bytes,
            passphrase,
            seed: self.task_seed(),
        };
        let purpose = Purpose::OpenStore(path);
        vec![self.begin(purpose, "Opening the key store", work)]
    }

    /// A store was opened: its keys come into the table.
    pub(in crate::workbench) fn store_opened(
        &mut self,
        path: PathBuf,
        opened: Opened,
    ) -> Vec<Effect> {
        let (edits, saved) = match &self.store {
            Some(store) if store.is_locked() && store.path == path => (store.edits, store.saved),
            // Edited while the file was read: nothing is lost.
            Some(store) if store.is_changed() => {
                self.notify(
                    NoticeKind::Warning,
                    "Not opened: the key store was edited",
                    "",
                );
                return Vec::new();
            }
            _ => (0, 0),
        };
        let Opened { keys, key } = opened;
        let count = keys.value.keys.len() + keys.value.sessions.len();
        let text = format!("{count} keys opened from {}", name_of(&path));
        self.notify(NoticeKind::Info, text, "");
        for finding in keys.findings {
            self.notify(NoticeKind::Warning, finding.text, "");
        }
        let leaves = !self.table.part(true).is_empty();
        let mut table = KeyTable::new(self.table.part(false));
        table.take_in(keys.value);
        self.table = table;
        self.key_edits = Undo::default();
        self.settings.store = Some(path.clone());
        self.store = Some(KeyStore {
            path,
            door: Door::Open {
                key: Box::new(key),
                used_ms: self.now_ms,
            },
            edits,
            saved,
        });
        let effects = self.keys_changed();
        self.rows_hold_locked |= leaves && !effects.is_empty();
        effects
    }

    /// Takes the store's keys out of table and rows.
    fn lock_store(&mut self) -> Vec<Effect> {
        if let Some(saving) = &mut self.saving {
            // It is on its way to the file, which is there in a moment.
            saving.lock = true;
            return Vec::new();
        }
        let Some(store) = &mut self.store else {
            return Vec::new();
        };
        let Door::Open { key, .. } = &store.door else {
            return Vec::new();
        };
        let sealed = if store.is_changed() {
            match key.as_ref().clone().close(&self.table.part(true)) {
                Ok(sealed) => Some(sealed),
                Err(error) => {
                    let text = format!("The key store is not locked: {error}");
                    self.notify(NoticeKind::Failure, text, "");
                    return Vec::new();
                }
            }
        } else {
            None
        };
        store.door = Door::Locked { sealed };
        self.asked = None;
        self.table = KeyTable::new(self.table.part(false));
        self.key_edits = Undo::default();
        // What a search found holds keys.
        self.found = None;
        self.stop(|purpose| matches!(purpose, Purpose::Search { .. }));
        self.sendings.clear();
        self.locks_no += 1;
        let mut effects = self.keys_changed();
        self.rows_hold_locked |= !effects.is_empty();
        effects.extend(self.end_sessions());
        effects
    }

    fn close_store(&mut self) -> Result<Vec<Effect>, &'static str> {
        self.can_leave_store()?;
        let effects = self.lock_store();
        self.store = None;
        self.settings.store = None;
        Ok(effects)
    }

    /// Locks the store when its time is over.
    pub(in crate::workbench) fn lock_when_idle(&mut self) -> Vec<Effect> {
        let now = self.now_ms;
        if let Some(KeyStore {
            door: Door::Open { used_ms, .. },
            ..
        }) = &mut self.store
        {
            // The clock may have been set back.
            *used_ms = (*used_ms).min(now);
        }
        if self.locks_at().is_some_and(|at| now >= at) {
            self.lock_store()
        } else {
            Vec::new()
        }
    }

    /// The user is there.
    pub(super) fn use_store(&mut self) {
        let now = self.now_ms;
        if let Some(KeyStore {
            door: Door::Open { used_ms, .. },
            ..
        }) = &mut self.store
        {
            *used_ms = now;
        }
    }
}

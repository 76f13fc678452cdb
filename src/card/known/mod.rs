//! What is known of a card at one moment of a trace, each fact with the row that told it.
//!
//! Other than [`super::inventory::Inventory`], which may guess so that more can be decoded, nothing here is guessed: a
//! fact that a later row may have changed is unknown again. Applications and files are shared, so that a copy is small.

mod bytes;
mod change;
mod entry;
mod records;
pub mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use bytes::{KnownBytes, Run, range};
pub use change::{Change, changes};
pub use entry::{Entry, Path, entries};
pub use records::KnownRecords;

use super::settings::FileKind;
use super::{AccessRights, Aid, ApplicationKeys, CommMode, KeySettings, Version};

/// A value with the row that told it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Number of the row.
    pub since: usize,
}

impl<T> Fact<T> {
    /// A fact that row `since` told.
    pub const fn new(value: T, since: usize) -> Self {
        Self { value, since }
    }
}

/// What is known of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownCard {
    /// UID, 7 bytes.
    pub uid: Option<Fact<Vec<u8>>>,
    /// The answer of GetVersion.
    pub version: Option<Fact<Version>>,
    /// The answer of FreeMem, in bytes.
    pub free_memory: Option<Fact<u32>>,
    /// Settings and keys of the PICC level; it has no files.
    pub picc: Arc<KnownApplication>,
    /// Applications that exist.
    pub applications: BTreeMap<Aid, Arc<KnownApplication>>,
    /// What is selected.
    pub selection: Option<Selected>,
    /// Whether a session is open.
    pub session: KnownSession,
    /// What waits for CommitTransaction.
    pub pending: Arc<Pending>,
}

/// The selected level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// AID.
    pub aid: Aid,
    /// Row that selected it; `None` where the activation did.
    pub since: Option<usize>,
}

/// Whether a session is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KnownSession {
    /// The trace does not tell.
    #[default]
    Unknown,
    /// None.
    None,
    /// One is.
    Open(Fact<OpenSession>),
}

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Name of the channel in JSON rows; `None` for an unknown one.
    pub channel: Option<&'static str>,
    /// Label of the key, where it is known.
    pub key: Option<Arc<str>>,
    /// Key number, where it is known.
    pub key_no: Option<u8>,
}

/// What is known of an application, or of the PICC level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownApplication {
    /// Row that showed last that it exists; `None` for the PICC level, which always does.
    pub seen: Option<usize>,
    /// KS1.
    pub settings: Option<Fact<KeySettings>>,
    /// KS2: number and type of the keys.
    pub keys: Option<Fact<ApplicationKeys>>,
    /// Versions of keys by number.
    pub key_versions: BTreeMap<u8, Fact<u8>>,
    /// ISO file identifier.
    pub iso_fid: Option<Fact<u16>>,
    /// DF name.
    pub df_name: Option<Fact<Vec<u8>>>,
    /// Transaction counter of the TransactionMAC file.
    pub tmc: Option<Fact<u32>>,
    /// Last transaction MAC value.
    pub tmv: Option<Fact<[u8; 8]>>,
    /// Files that exist.
    pub files: BTreeMap<u8, Arc<KnownFile>>,
}

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFile {
    /// Row that showed last that it exists.
    pub seen: usize,
    /// ISO file identifier.
    pub iso_fid: Option<Fact<u16>>,
    /// Type and sizes. What moves with use is 0 here and stands in `available` and `records`.
    pub kind: Option<Fact<FileKind>>,
    /// Mode and rights.
    pub access: Option<Fact<FileAccess>>,
    /// Bytes of a data file.
    pub data: KnownBytes,
    /// Committed value of a value file.
    pub value: Option<Fact<i32>>,
    /// Amount available for LimitedCredit.
    pub available: Option<Fact<i32>>,
    /// Committed records.
    pub records: KnownRecords,
}

/// Who may do what with a file, and how it is protected on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAccess {
    /// FileOption.
    pub option: u8,
    /// All sets of access conditions, the first one first.
    pub rights: Vec<AccessRights>,
    /// SDM settings as sent; empty for none.
    pub sdm: Vec<u8>,
}

impl FileAccess {
    /// Communication mode.
    pub const fn mode(&self) -> CommMode {
        CommMode::from_option(self.option)
    }
}

/// Changes that wait for CommitTransaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Whether the trace shows all of them; where it does not, others may have come before those in `files`.
    pub whole: bool,
    /// By file number.
    pub files: BTreeMap<u8, Fact<PendingChange>>,
    /// Reader identifier of CommitReaderID.
    pub reader_id: Option<Fact<[u8; 16]>>,
}

/// What waits in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingChange {
    /// Bytes of a backup file.
    Data(KnownBytes),
    /// Of a value file.
    Value {
        /// What the committed value will move by.
        sum: i64,
        /// Sum of the debits; `None` without any.
        debited: Option<i64>,
        /// Sum of the limited credits.
        limited: i64,
    },
    /// Of a record file.
    Records {
        /// The file will be empty.
        clear: bool,
        /// The new record.
        record: Option<KnownBytes>,
        /// Changes of records, by their number from the newest.
        updates: BTreeMap<u32, KnownBytes>,
    },
}

impl KnownCard {
    /// A card that has just come into the field.
    pub fn presented() -> Self {
        let mut card = Self::default();
        card.activate();
        card
    }

    /// What an activation does: pending changes and session are gone, the PICC level is selected.
    pub fn activate(&mut self) {
        self.drop_pending();
        self.session = KnownSession::None;
        self.selection = Some(Selected {
            aid: Aid::PICC,
            since: None,
        });
    }

    /// Nothing is pending.
    pub fn drop_pending(&mut self) {
        if !self.pending.is_clear() {
            self.pending = Arc::new(Pending {
                whole: true,
                ..Pending::default()
            });
        }
    }

    /// Whether something is pending, and what, is unknown.
    pub fn doubt_pending(&mut self) {
        if *self.pending != Pending::default() {
            self.pending = Arc::default();
        }
    }

    /// An application, when it exists; the PICC level always does.
    pub fn level(&self, aid: Aid) -> Option<&KnownApplication> {
        if aid.is_picc() {
            return Some(&self.picc);
        }
        self.applications.get(&aid).map(Arc::as_ref)
    }

    /// A file, when it exists.
    pub fn file(&self, aid: Aid, file_no: u8) -> Option<&KnownFile> {
        let application = self.applications.get(&aid)?;
        application.files.get(&file_no).map(Arc::as_ref)
    }

    /// An application that row `since` has shown to exist; also the PICC level.
    pub fn application_mut(&mut self, aid: Aid, since: usize) -> &mut KnownApplication {
        if aid.is_picc() {
            return Arc::make_mut(&mut self.picc);
        }
        let application = Arc::make_mut(self.applications.entry(aid).or_default());
        application.seen = Some(since);
        application
    }
}

impl KnownApplication {
    /// A file that row `since` has shown to exist.
    pub fn file_mut(&mut self, file_no: u8, since: usize) -> &mut KnownFile {
        let file = Arc::make_mut(self.files.entry(file_no).or_default());
        file.seen = since;
        file
    }

    /// Makes everything unknown that a commit can change.
    pub fn forget_committed(&mut self) {
        (self.tmc, self.tmv) = (None, None);
        for file in self.files.values_mut() {
            let standard = |fact: &Fact<FileKind>| matches!(fact.value, FileKind::Standard(_));
            if !file.kind.as_ref().is_some_and(standard) {
                Arc::make_mut(file).forget_content();
            }
        }
    }

    /// Makes everything unknown that a write can change, also to a standard file.
    pub fn forget_content(&mut self) {
        (self.tmc, self.tmv) = (None, None);
        for file in self.files.values_mut() {
            Arc::make_mut(file).forget_content();
        }
    }
}

impl KnownFile {
    /// Makes the content unknown; what the file is stays.
    pub fn forget_content(&mut self) {
        self.data.clear();
        (self.value, self.available) = (None, None);
        self.records.forget();
    }
}

impl Pending {
    /// Whether it is known that nothing is pending.
    pub fn is_clear(&self) -> bool {
        self.whole && self.files.is_empty() && self.reader_id.is_none()
    }
}

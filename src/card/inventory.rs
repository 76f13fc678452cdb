//! The picture of a card: applications, files, settings, values. Filled by the trace from what it
//! saw, and by a virtual card from what it holds.

use std::collections::BTreeMap;

use super::aid::Aid;
use super::keys::{ApplicationKeys, KeySettings};
use super::settings::FileSettings;

/// What is known of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// UID, where it was seen.
    pub uid: Option<Vec<u8>>,
    /// Applications by AID; an entry may know nothing but the AID.
    pub applications: BTreeMap<Aid, Application>,
}

impl Inventory {
    /// The application's entry, made when missing.
    pub fn application(&mut self, aid: Aid) -> &mut Application {
        self.applications.entry(aid).or_default()
    }

    /// A file, when it is known.
    pub fn file(&self, aid: Aid, file_no: u8) -> Option<&File> {
        self.applications.get(&aid)?.files.get(&file_no)
    }
}

/// What is known of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// KS1.
    pub settings: Option<KeySettings>,
    /// KS2.
    pub keys: Option<ApplicationKeys>,
    /// Files by number.
    pub files: BTreeMap<u8, File>,
}

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Settings, where they were seen.
    pub settings: Option<FileSettings>,
    /// The committed value of a value file.
    pub value: Option<i32>,
}

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

    /// The application with this DF name.
    pub fn named(&self, df_name: &[u8]) -> Option<Aid> {
        self.find(|application| !df_name.is_empty() && application.df_name == df_name)
    }

    /// The application with this ISO file identifier.
    pub fn application_with(&self, iso_fid: u16) -> Option<Aid> {
        self.find(|application| application.iso_fid == Some(iso_fid))
    }

    fn find(&self, fits: impl Fn(&Application) -> bool) -> Option<Aid> {
        let mut all = self.applications.iter();
        all.find(|(_, application)| fits(application))
            .map(|(aid, _)| *aid)
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
    /// ISO file identifier, where the application has one.
    pub iso_fid: Option<u16>,
    /// DF name; empty for none or an unknown one.
    pub df_name: Vec<u8>,
    /// Files by number.
    pub files: BTreeMap<u8, File>,
}

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// ISO file identifier, where the file has one.
    pub iso_fid: Option<u16>,
    /// Settings, where they were seen.
    pub settings: Option<FileSettings>,
    /// The committed value of a value file.
    pub value: Option<i32>,
}

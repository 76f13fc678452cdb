//! The card of these tests: one file of each kind, with the modes, rights and keys of a plan.

use tapscope::card::product::Product;
use tapscope::card::settings::{
    DataFile, FileKind, FileSettings, MORE_RIGHTS, RecordFile, TmacFile, ValueFile,
};
use tapscope::card::{AccessRights, Aid, ApplicationKeys, CommMode, KeySettings, KeyType};
use tapscope::command::{Command, GetVersion, SelectApplication};
use tapscope::crypto::Secret;
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::virtual_card::{ApplicationImage, FileContent, FileImage, Image, KeyImage};

pub(crate) const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);
pub(crate) const STANDARD: u8 = 1;
pub(crate) const BACKUP: u8 = 2;
pub(crate) const VALUE: u8 = 3;
pub(crate) const LINEAR: u8 = 4;
pub(crate) const CYCLIC: u8 = 5;
pub(crate) const TMAC: u8 = 0x0F;

pub(crate) const SIZE: usize = 600;
pub(crate) const LINEAR_RECORDS: usize = 2;
/// One more slot is spare.
pub(crate) const CYCLIC_RECORDS: usize = 2;
pub(crate) const UPPER: i32 = 1_000_000_000;
pub(crate) const START: i32 = 500_000;

/// What differs between cases.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Application keys 0 to 2; key 1 and key 2 may do everything, each in its set of conditions.
    pub(crate) keys: [[u8; 16]; 3],
    pub(crate) tmac_key: [u8; 16],
    pub(crate) uid: [u8; 7],
    /// Modes of files 1 to 5.
    pub(crate) modes: [CommMode; 5],
    /// Whether the rights are free rather than keyed.
    pub(crate) free: bool,
    /// Whether the host opens a session.
    pub(crate) session: bool,
    /// ReadWrite nibble of the TransactionMAC file.
    pub(crate) reader_id: u8,
    pub(crate) seed: u64,
}

impl Plan {
    /// The mode that a session uses for a file command.
    pub(crate) fn mode(&self, file_no: u8) -> CommMode {
        if self.free || file_no == TMAC {
            CommMode::Plain
        } else {
            self.modes[usize::from(file_no - 1)]
        }
    }

    pub(crate) fn settings(&self, file_no: u8) -> FileSettings {
        let record_size = u32::try_from(SIZE).unwrap();
        let records = |max_records| RecordFile {
            record_size,
            max_records,
            current_records: 0,
        };
        let kind = match file_no {
            STANDARD => FileKind::Standard(DataFile { size: record_size }),
            BACKUP => FileKind::Backup(DataFile { size: record_size }),
            VALUE => FileKind::Value(ValueFile {
                lower: 0,
                upper: UPPER,
                limited_credit: 0,
                options: 1,
            }),
            LINEAR => FileKind::Linear(records(u32::try_from(LINEAR_RECORDS).unwrap())),
            CYCLIC => FileKind::Cyclic(records(u32::try_from(CYCLIC_RECORDS + 1).unwrap())),
            _ => return self.tmac_settings(),
        };
        let mode = self.modes[usize::from(file_no - 1)].option_bits();
        let word = AccessRights::from_word;
        FileSettings {
            option: if self.free { mode } else { mode | MORE_RIGHTS },
            rights: word(if self.free { 0xEEEE } else { 0x1111 }),
            more_rights: if self.free {
                Vec::new()
            } else {
                vec![word(0x2222)]
            },
            kind,
            sdm: Vec::new(),
        }
    }

    fn tmac_settings(&self) -> FileSettings {
        FileSettings {
            option: 0,
            rights: AccessRights::from_word(0xEF00 | u16::from(self.reader_id) << 4),
            more_rights: Vec::new(),
            kind: FileKind::Tmac(TmacFile {
                key_option: 2,
                key_version: 1,
                limit: None,
            }),
            sdm: Vec::new(),
        }
    }

    pub(crate) fn image(&self) -> Image {
        let files = [STANDARD, BACKUP, VALUE, LINEAR, CYCLIC, TMAC].map(|file_no| {
            let settings = self.settings(file_no);
            let content = match &settings.kind {
                FileKind::Standard(_) | FileKind::Backup(_) => FileContent::Data(vec![0; SIZE]),
                FileKind::Value(_) => FileContent::Value(START),
                FileKind::Tmac(_) => FileContent::Tmac {
                    key: Secret::new(self.tmac_key),
                    tmc: 0,
                    tmv: [0; 8],
                    tmri_prev: [0; 16],
                },
                _ => FileContent::Records(Vec::new()),
            };
            let file = FileImage {
                iso_fid: None,
                settings,
                content,
            };
            (file_no, file)
        });
        let keys = (0x31..).zip(self.keys);
        let application = ApplicationImage {
            settings: KeySettings(0x0B),
            keys: ApplicationKeys(0x83),
            iso_fid: None,
            df_name: Vec::new(),
            key_values: keys
                .map(|(version, key)| KeyImage::new(key, version))
                .collect(),
            files: files.into_iter().collect(),
        };
        let mut image = Image::blank(Product::DesfireEv3_8k, self.uid, self.keys[0]);
        image.applications.insert(AID, application);
        image
    }

    pub(crate) fn keyring(&self) -> Keyring {
        let entry = |label: String, key_no, usage, value| KeyEntry {
            label,
            scope: Scope::Application(AID),
            key_no,
            key_set: 0,
            usage,
            file_no: None,
            key_type: KeyType::Aes128,
            version: 0,
            value: Secret::new(value),
            diversification: Diversification::None,
        };
        let keys = (0..).zip(self.keys);
        let keys = keys.map(|(no, key)| entry(format!("key {no}"), no, Use::Auth, key));
        let tmac = entry("TransactionMAC".into(), 0, Use::Tmac, self.tmac_key);
        Keyring {
            keys: keys.chain([tmac]).collect(),
            sessions: Vec::new(),
        }
    }
}

pub(crate) fn get_version() -> Command {
    Command::GetVersion(GetVersion)
}

pub(crate) fn select() -> Command {
    Command::SelectApplication(SelectApplication {
        aid: AID,
        second: None,
    })
}

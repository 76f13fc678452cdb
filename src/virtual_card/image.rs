//! The picture of a virtual card for files: everything persistent, typed, without a file format.

use std::collections::BTreeMap;

use super::profile::Profile;
use crate::card::memory::{self, Memory};
use crate::card::product::Product;
use crate::card::settings::{FileKind, FileSettings};
use crate::card::{Aid, ApplicationKeys, KeySettings, KeyType};
use crate::crypto::Secret;

/// A whole card. Applications and files are kept by number, which is also the order of the card's lists
/// (our choice: the data sheets promise none).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Which product it is.
    pub product: Product,
    /// The real UID.
    pub uid: [u8; 7],
    /// The end of GetVersion's third part.
    pub production: Production,
    /// KS1 of the PICC.
    pub settings: KeySettings,
    /// KS2 of the PICC: one key and its type bits.
    pub keys: ApplicationKeys,
    /// Cipher of the PICC master key.
    pub master_key_type: KeyType,
    /// PICC master key.
    pub master_key: KeyImage,
    /// Default application key (SetConfiguration `01`), 16 or 24 bytes.
    pub default_key: KeyImage,
    /// Flags of SetConfiguration `00`: bit 0 format disabled, bit 1 random UID.
    pub configuration: u8,
    /// Flags of SetConfiguration `04`: bit 0 no authentication of D40, bit 1 none of EV1, bit 2 no chained writing with a
    /// MAC or enciphered.
    pub disabled: u8,
    /// Answer to select set by SetConfiguration `02`, TL to the last historical byte; `None` for the product's own.
    pub ats: Option<Vec<u8>>,
    /// Memory of deleted applications and files, in bytes: only formatting gives it back.
    pub lost_memory: u32,
    /// What the card does where sources conflict: another card of the same content would answer otherwise.
    pub profile: Profile,
    /// Failed authentications that are remembered without power.
    pub failures: Failures,
    /// Applications.
    pub applications: BTreeMap<Aid, ApplicationImage>,
}

/// Failed authentications (DESFire reference §2.1). They are no part of the memory that a tear stops: by which writes a card
/// remembers them no source tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Since the last that succeeded.
    pub in_a_row: u8,
    /// Authentications that will be answered `AD` yet.
    pub delays: u8,
}

/// Production data (DESFire reference §8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Production {
    /// Batch number and fabrication key.
    pub batch: [u8; 5],
    /// Calendar week in BCD.
    pub week: u8,
    /// Year in BCD.
    pub year: u8,
}

/// A key and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyImage {
    /// The key.
    pub value: Secret,
    /// Its version.
    pub version: u8,
}

impl KeyImage {
    /// A key with its version.
    pub fn new(value: impl Into<Vec<u8>>, version: u8) -> Self {
        Self {
            value: Secret::new(value),
            version,
        }
    }
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationImage {
    /// KS1.
    pub settings: KeySettings,
    /// KS2; tells number and type of the keys.
    pub keys: ApplicationKeys,
    /// ISO file identifier.
    pub iso_fid: Option<u16>,
    /// ISO DF name, at most 16 bytes; empty for none.
    pub df_name: Vec<u8>,
    /// Keys by number.
    pub key_values: Vec<KeyImage>,
    /// Files by number.
    pub files: BTreeMap<u8, FileImage>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileImage {
    /// ISO file identifier.
    pub iso_fid: Option<u16>,
    /// Settings as GetFileSettings answers them. What moves with use stands here too: the amount available for
    /// LimitedCredit, the number of records (must agree with `content`), version of the TMAC key and TMCLimit.
    pub settings: FileSettings,
    /// Content.
    pub content: FileContent,
}

/// What a file holds, by type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// Standard or backup data.
    Data(Vec<u8>),
    /// The committed value.
    Value(i32),
    /// Committed records, the newest last.
    Records(Vec<Vec<u8>>),
    /// TransactionMAC file.
    Tmac {
        /// AppTransactionMACKey, 16 bytes.
        key: Secret,
        /// Transaction counter.
        tmc: u32,
        /// Last transaction MAC value.
        tmv: [u8; 8],
        /// Last committed reader identifier.
        tmri_prev: [u8; 16],
    },
}

impl Image {
    /// A card as delivered: no applications, the PICC master key a DES key of zeros.
    pub fn factory(product: Product, uid: [u8; 7]) -> Self {
        Self {
            master_key_type: KeyType::Des,
            keys: ApplicationKeys(0x01),
            ..Self::blank(product, uid, [0; 16])
        }
    }

    /// The answer to select of the next activation.
    pub fn ats(&self) -> &[u8] {
        let own = self.product.capabilities().ats;
        self.ats.as_deref().unwrap_or(own)
    }

    /// What is left of the card's memory.
    pub fn memory(&self) -> Memory {
        let start = Memory::new(self.product).with(u64::from(self.lost_memory));
        self.applications
            .values()
            .fold(start, |memory, application| {
                let files = application.files.values();
                let files = files.map(|file| memory::file(&file.settings.kind));
                memory.with(memory::application(application.keys) + files.sum::<u64>())
            })
    }

    /// A card as delivered, with one difference: the PICC master key is the AES key given here. The factory
    /// key is a DES key of zeros, which can't open an EV2 session.
    pub fn blank(product: Product, uid: [u8; 7], master_key: [u8; 16]) -> Self {
        Self {
            product,
            uid,
            production: Production {
                batch: [0x21, 0x13, 0x62, 0x30, 0x30],
                week: 0x40,
                year: 0x24,
            },
            settings: KeySettings(0x0F),
            keys: ApplicationKeys(0x81),
            master_key_type: KeyType::Aes128,
            master_key: KeyImage::new(master_key, 0),
            default_key: KeyImage::new([0; 24], 0),
            configuration: 0,
            disabled: 0,
            ats: None,
            lost_memory: 0,
            profile: Profile::default(),
            failures: Failures::default(),
            applications: BTreeMap::new(),
        }
    }

    /// Says what a card could not hold.
    pub fn check(&self) -> Result<(), ImageError> {
        let master = self.master_key.value.expose().len();
        if !self.master_key_type.accepts(master) {
            let expected = self.master_key_type.lengths();
            return Err(ImageError::MasterKey {
                expected,
                got: master,
            });
        }
        let default = self.default_key.value.expose().len();
        if default != 16 && default != 24 {
            return Err(ImageError::DefaultKey { got: default });
        }
        for (aid, application) in &self.applications {
            application.check(*aid, self.product)?;
        }
        if let Some(ats) = self.ats.as_ref().filter(|ats| !is_ats(ats)) {
            return Err(ImageError::Ats { got: ats.len() });
        }
        let memory = self.memory();
        if memory.used > memory.capacity {
            let (need, have) = (memory.used, memory.capacity);
            return Err(ImageError::Memory { need, have });
        }
        let (got, most) = (
            self.applications.len(),
            self.product.capabilities().max_applications,
        );
        if got > most {
            return Err(ImageError::Applications { got, most });
        }
        Ok(())
    }
}

impl ApplicationImage {
    fn check(&self, aid: Aid, product: Product) -> Result<(), ImageError> {
        if aid.is_picc() {
            return Err(ImageError::PiccAid);
        }
        let kind = self.keys.key_type().ok_or(ImageError::KeyType { aid })?;
        let (expected, got) = (usize::from(self.keys.count()), self.key_values.len());
        if expected != got || self.keys.count() > product.capabilities().max_keys {
            return Err(ImageError::KeyCount { aid, expected, got });
        }
        for (key_no, key) in self.key_values.iter().enumerate() {
            let got = key.value.expose().len();
            let expected = kind.lengths();
            if !kind.accepts(got) {
                return Err(ImageError::Key {
                    aid,
                    key_no,
                    expected,
                    got,
                });
            }
        }
        if self.df_name.len() > 16 {
            let got = self.df_name.len();
            return Err(ImageError::DfName { aid, got });
        }
        for (file_no, file) in &self.files {
            let file_no = *file_no;
            if file_no > product.capabilities().max_file_no {
                return Err(ImageError::FileNo { aid, file_no });
            }
            file.check().map_err(|expected| ImageError::File {
                aid,
                file_no,
                expected,
            })?;
        }
        Ok(())
    }
}

impl FileImage {
    fn check(&self) -> Result<(), &'static str> {
        let mut bytes = Vec::new();
        self.settings.emit(&mut bytes);
        let again = crate::bytes::Reader::all("FileSettings", &bytes, FileSettings::read);
        if again.as_ref() != Ok(&self.settings) {
            return Err("settings that agree with FileOption");
        }
        let same = |size: u32, len: usize| usize::try_from(size) == Ok(len);
        match (&self.settings.kind, &self.content) {
            (FileKind::Standard(file) | FileKind::Backup(file), FileContent::Data(data)) => {
                require(
                    same(file.size, data.len()),
                    "as many bytes as the size says",
                )
            }
            (FileKind::Value(file), FileContent::Value(value)) => require(
                (file.lower..=file.upper).contains(value),
                "a value between its limits",
            ),
            (FileKind::Linear(file) | FileKind::Cyclic(file), FileContent::Records(records)) => {
                let spare = u32::from(matches!(self.settings.kind, FileKind::Cyclic(_)));
                require(
                    file.record_size > 0
                        && same(file.current_records, records.len())
                        && file.current_records <= file.max_records.saturating_sub(spare)
                        && records
                            .iter()
                            .all(|record| same(file.record_size, record.len())),
                    "as many whole records as the settings say",
                )
            }
            (FileKind::Tmac(_), FileContent::Tmac { key, .. }) => {
                require(key.expose().len() == 16, "a TransactionMAC key of 16 bytes")
            }
            _ => Err("content of the file's type"),
        }
    }
}

fn require(fits: bool, expected: &'static str) -> Result<(), &'static str> {
    if fits { Ok(()) } else { Err(expected) }
}

/// Why an image can't become a card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The PICC master key has the wrong length.
    #[error("PICC master key has {got} bytes, {expected} expected")]
    MasterKey {
        /// Allowed lengths.
        expected: &'static str,
        /// Given length.
        got: usize,
    },
    /// The default application key has the wrong length.
    #[error("default application key has {got} bytes, 16 or 24 expected")]
    DefaultKey {
        /// Given length.
        got: usize,
    },
    /// `000000` is the PICC level.
    #[error("000000 is the PICC level and can't be an application")]
    PiccAid,
    /// KS2 holds the undefined key type.
    #[error("application {aid}: KS2 holds no known key type")]
    KeyType {
        /// The application.
        aid: Aid,
    },
    /// KS2 and the list of keys disagree, or there are too many.
    #[error("application {aid}: {got} keys, KS2 says {expected}")]
    KeyCount {
        /// The application.
        aid: Aid,
        /// Keys by KS2.
        expected: usize,
        /// Keys given.
        got: usize,
    },
    /// A key has the wrong length.
    #[error("application {aid}: key {key_no} has {got} bytes, {expected} expected")]
    Key {
        /// The application.
        aid: Aid,
        /// The key.
        key_no: usize,
        /// Allowed lengths.
        expected: &'static str,
        /// Given length.
        got: usize,
    },
    /// The DF name is too long.
    #[error("application {aid}: DF name has {got} bytes, at most 16 expected")]
    DfName {
        /// The application.
        aid: Aid,
        /// Given length.
        got: usize,
    },
    /// The product has no such file number.
    #[error("application {aid}: no file can have number {file_no:02X}")]
    FileNo {
        /// The application.
        aid: Aid,
        /// The number.
        file_no: u8,
    },
    /// Settings and content of a file disagree.
    #[error("application {aid}, file {file_no:02X}: {expected} expected")]
    File {
        /// The application.
        aid: Aid,
        /// The file.
        file_no: u8,
        /// What would fit.
        expected: &'static str,
    },
    /// The answer to select is none.
    #[error("answer to select has {got} bytes, 2 to 20 expected of which the first says how many")]
    Ats {
        /// Given length.
        got: usize,
    },
    /// The generation has room for fewer applications.
    #[error("{got} applications, the card has room for {most}")]
    Applications {
        /// Given.
        got: usize,
        /// Of the generation.
        most: usize,
    },
    /// Applications and files need more memory than the product has.
    #[error("applications and files need {need} bytes, the card has {have}")]
    Memory {
        /// Bytes needed.
        need: u64,
        /// Bytes of the product.
        have: u64,
    },
}

/// Whether bytes are an answer to select that SetConfiguration `02` takes: 2 to 20 bytes, the first of which says how many.
pub(super) fn is_ats(ats: &[u8]) -> bool {
    (2..=20).contains(&ats.len()) && ats.first().map(|len| usize::from(*len)) == Some(ats.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: [u8; 16] = [
        0x31, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC,
        0xFE,
    ];

    #[test]
    fn blank_is_a_card_and_hides_its_key() {
        let image = Image::blank(Product::DesfireEv3, [4, 1, 2, 3, 4, 5, 6], MASTER);
        assert_eq!(image.check(), Ok(()));
        assert!(!format!("{image:?}").contains("49, 35, 69"));
        assert_eq!(image.memory().free(), 5120);
    }

    #[test]
    fn a_wrong_key_length_is_named() {
        let mut image = Image::blank(Product::DesfireEv3, [4; 7], MASTER);
        image.master_key = KeyImage::new([1; 15], 0);
        assert_eq!(
            image.check(),
            Err(ImageError::MasterKey {
                expected: "16 bytes",
                got: 15
            })
        );
    }
}

//! What a card turned out to be, and the bytes that decided it (DESFire reference §8.3, MIFARE Plus reference §1).

use super::atr::{self, AtrHint};
use super::product::Generation;
use super::version::{Version, VersionPart};

/// What a card is, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A generation of the DESFire family.
    Desfire(Generation),
    /// MIFARE Plus.
    Plus(PlusModel, Option<PlusLevel>),
    /// It answers GetVersion like the family, with hardware bytes that are in no public list.
    Relative(VersionPart),
    /// Answers nothing of what was asked; only the answer to reset speaks.
    Other(AtrHint),
}

/// Which MIFARE Plus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlusModel {
    /// S: historical bytes `C1 05 2F 2F 00`.
    S,
    /// X: `C1 05 2F 2F 01`.
    X,
    /// SE: `C1 05 21 30`, `C1 05 20 30`.
    Se,
    /// EV1: hardware major version `11`.
    Ev1,
    /// EV2: hardware major version `22`.
    Ev2,
    /// One of them.
    Unknown,
}

impl PlusModel {
    /// The name on the label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::S => "MIFARE Plus S",
            Self::X => "MIFARE Plus X",
            Self::Se => "MIFARE Plus SE",
            Self::Ev1 => "MIFARE Plus EV1",
            Self::Ev2 => "MIFARE Plus EV2",
            Self::Unknown => "MIFARE Plus",
        }
    }
}

/// Security level of a MIFARE Plus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlusLevel {
    /// Before personalisation.
    Sl0,
    /// Compatible with MIFARE Classic.
    Sl1,
    /// AES authentication, Classic data; X only.
    Sl2,
    /// AES throughout.
    Sl3,
}

impl PlusLevel {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Sl0 => "security level 0",
            Self::Sl1 => "security level 1",
            Self::Sl2 => "security level 2",
            Self::Sl3 => "security level 3",
        }
    }
}

/// Bytes that were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What they are.
    pub what: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Places of the bytes that decided.
    pub deciding: Vec<usize>,
}

/// The UID, as the reader or the card told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uid {
    /// Not told.
    Unknown,
    /// 4, 7 or 10 bytes that stay.
    Fixed(Vec<u8>),
    /// 4 bytes `08 …`, other ones at each activation.
    Random(Vec<u8>),
}

impl Uid {
    /// Takes what the reader says; a single-size UID that begins with `08` is random (ISO/IEC 14443-3 §6.5.4).
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x08, _, _, _] => Self::Random(bytes.to_vec()),
            _ if matches!(bytes.len(), 4 | 7 | 10) => Self::Fixed(bytes.to_vec()),
            _ => Self::Unknown,
        }
    }

    /// The bytes, where there are any.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Unknown => None,
            Self::Fixed(bytes) | Self::Random(bytes) => Some(bytes),
        }
    }
}

/// What a card turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What it is.
    pub kind: Kind,
    /// Its UID.
    pub uid: Uid,
    /// Answer of GetVersion.
    pub version: Option<Version>,
    /// What was looked at, what decided first.
    pub evidence: Vec<Evidence>,
}

impl Identity {
    /// What the answer to reset alone tells.
    pub fn by_atr(atr: &[u8]) -> Self {
        let (hint, deciding) = atr::hint(atr);
        let kind = match hint {
            AtrHint::Plus => Kind::Plus(model(deciding), None),
            AtrHint::Storage {
                name: 0x36 | 0x37, ..
            } => Kind::Plus(PlusModel::Unknown, Some(PlusLevel::Sl1)),
            AtrHint::Storage {
                name: 0x38 | 0x39, ..
            } => Kind::Plus(PlusModel::X, Some(PlusLevel::Sl2)),
            other => Kind::Other(other),
        };
        let start = deciding.as_ptr().addr() - atr.as_ptr().addr();
        Self {
            kind,
            uid: Uid::Unknown,
            version: None,
            evidence: vec![Evidence {
                what: "ATR",
                bytes: atr.to_vec(),
                deciding: (start..start + deciding.len()).collect(),
            }],
        }
    }

    /// Takes the answer to select, whole or only its historical bytes: readers differ.
    pub fn take_ats(&mut self, ats: &[u8]) {
        let whole = ats
            .first()
            .is_some_and(|length| usize::from(*length) == ats.len());
        let historical = if whole { atr::historical(ats) } else { ats };
        let told = Self::by_atr(&atr::of_historical(historical));
        if matches!(
            told.kind,
            Kind::Other(AtrHint::Contact | AtrHint::Contactless)
        ) {
            return;
        }
        self.kind = told.kind;
        self.evidence.insert(
            0,
            Evidence {
                what: "ATS",
                bytes: ats.to_vec(),
                deciding: (ats.len() - historical.len()..ats.len()).collect(),
            },
        );
    }

    /// Takes the answer of GetVersion.
    pub fn take_version(&mut self, version: Version) {
        let hardware = version.hardware;
        self.kind = kind(hardware);
        // Type, major and minor version, storage.
        let deciding = vec![1, 3, 4, 5];
        self.evidence.insert(
            0,
            Evidence {
                what: "GetVersion, hardware",
                bytes: hardware.bytes().to_vec(),
                deciding,
            },
        );
        if self.uid == Uid::Unknown && version.uid != [0; 7] {
            self.uid = Uid::Fixed(version.uid.to_vec());
        }
        self.version = Some(version);
    }

    /// Takes the status byte of a WritePerso to a block that no card has: `09` no such block, so that writing is open;
    /// `0B` and `06` in level 3 (MIFARE Plus reference §1.1).
    pub fn take_perso_status(&mut self, status: u8) {
        let level = match status {
            0x09 => PlusLevel::Sl0,
            0x0B | 0x06 => PlusLevel::Sl3,
            _ => return,
        };
        if let Kind::Plus(_, told @ None) = &mut self.kind {
            *told = Some(level);
            self.evidence.insert(
                0,
                Evidence {
                    what: "Answer to WritePerso of block 9090",
                    bytes: vec![status],
                    deciding: vec![0],
                },
            );
        }
    }

    /// In words: product, level, storage.
    pub fn text(&self) -> String {
        let mut text = match self.kind {
            Kind::Desfire(generation) => generation.name().to_owned(),
            Kind::Plus(model, None) => model.name().to_owned(),
            Kind::Plus(model, Some(level)) => format!("{}, {}", model.name(), level.text()),
            Kind::Relative(part) => format!(
                "a relative of DESFire, hardware type {:02X}, version {:02X}.{:02X}",
                part.kind, part.major, part.minor
            ),
            // The names of PC/SC part 3 for MIFARE Classic, which many readers also show for a Plus.
            Kind::Other(AtrHint::Storage { name: 1 | 2, .. }) => {
                "MIFARE Classic, or MIFARE Plus in security level 1".to_owned()
            }
            Kind::Other(hint) => hint.text().to_owned(),
        };
        if let Some(version) = &self.version {
            text.push_str(", ");
            text.push_str(&version.hardware.storage_text());
        }
        text
    }
}

/// From the hardware bytes. A type with high nibble is the same product on a controller, as an applet or in a phone.
fn kind(part: VersionPart) -> Kind {
    let generation = match (part.kind & 0x0F, part.major) {
        (0x01, 0x00) => Generation::Ev0,
        (0x01, 0x01) => Generation::Ev1,
        (0x01, 0x12 | 0x22 | 0x42 | 0x62) => Generation::Ev2,
        (0x01, 0x33 | 0x43) => Generation::Ev3,
        (0x02, 0x11) => return Kind::Plus(PlusModel::Ev1, None),
        (0x02, 0x22) => return Kind::Plus(PlusModel::Ev2, None),
        (0x02, _) => return Kind::Plus(PlusModel::Unknown, None),
        (0x04, 0x30) => Generation::Ntag424,
        (0x08, 0x30) => Generation::Light,
        _ => return Kind::Relative(part),
    };
    Kind::Desfire(generation)
}

/// From historical bytes `C1 05 …` (MIFARE Plus reference §1.2); the ATS can be replaced, so this is a hint.
fn model(historical: &[u8]) -> PlusModel {
    match historical {
        [0xC1, 0x05, 0x2F, 0x2F, 0x00, ..] => PlusModel::S,
        [0xC1, 0x05, 0x2F, 0x2F, 0x01, ..] => PlusModel::X,
        [0xC1, 0x05, 0x20 | 0x21, 0x30, ..] => PlusModel::Se,
        _ => PlusModel::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    fn part(text: &str) -> VersionPart {
        let bytes: [u8; 7] = hex::parse(text).unwrap().try_into().unwrap();
        let [vendor, kind, subtype, major, minor, storage, protocol] = bytes;
        VersionPart {
            vendor,
            kind,
            subtype,
            major,
            minor,
            storage,
            protocol,
        }
    }

    #[test]
    fn the_hardware_bytes_of_the_public_lists_tell_the_product() {
        // DESFire reference §8.3 (desfire-ev3 and ev3c are real cards), MIFARE Plus reference §1.3 (EV1 2K).
        for (bytes, expected) in [
            ("04010100021805", Kind::Desfire(Generation::Ev0)),
            ("04010101001805", Kind::Desfire(Generation::Ev1)),
            ("04010112001A05", Kind::Desfire(Generation::Ev2)),
            ("04010122001C05", Kind::Desfire(Generation::Ev2)),
            ("04010133001805", Kind::Desfire(Generation::Ev3)),
            ("04810043011A05", Kind::Desfire(Generation::Ev3)),
            ("04910062001A05", Kind::Desfire(Generation::Ev2)),
            ("04080130001305", Kind::Desfire(Generation::Light)),
            ("04040230001105", Kind::Desfire(Generation::Ntag424)),
            ("04020111001604", Kind::Plus(PlusModel::Ev1, None)),
            ("04020122001804", Kind::Plus(PlusModel::Ev2, None)),
            // DUOX and NTAG 413: related, not spoken here.
            ("040101A0001A05", Kind::Relative(part("040101A0001A05"))),
            ("04040210000F05", Kind::Relative(part("04040210000F05"))),
        ] {
            assert_eq!(kind(part(bytes)), expected, "{bytes}");
        }
    }

    #[test]
    fn the_answer_to_reset_alone_tells_families_and_levels() {
        for (atr, text, deciding) in [
            (
                "3B8180018080",
                "DESFire, DESFire Light or NTAG 424 DNA",
                4..5,
            ),
            ("3B878001C1052F2F0035C730", "MIFARE Plus S", 4..11),
            ("3B878001C1052F2F01BCD6A9", "MIFARE Plus X", 4..11),
            ("3B878001C10521300077C165", "MIFARE Plus SE", 4..11),
            (
                "3B8F8001804F0CA00000030603003600000000 5D",
                "MIFARE Plus, security level 1",
                4..19,
            ),
            (
                "3B8F8001804F0CA00000030603003900000000 52",
                "MIFARE Plus X, security level 2",
                4..19,
            ),
            (
                "3B8F8001804F0CA00000030603000100000000 6A",
                "MIFARE Classic, or MIFARE Plus in security level 1",
                4..19,
            ),
            (
                "3B6500002063CB6600",
                "a contact card, or a reader of its own",
                0..2,
            ),
        ] {
            let identity = Identity::by_atr(&hex::parse(atr).unwrap());
            assert_eq!(identity.text(), text);
            assert_eq!(identity.evidence[0].deciding, deciding.collect::<Vec<_>>());
        }
        assert_eq!(Identity::by_atr(&[]).evidence[0].deciding, [0_usize; 0]);
    }

    #[test]
    fn a_random_uid_is_told_from_one_that_stays() {
        let random = [0x08, 0x12, 0x34, 0x56];
        assert_eq!(Uid::of(&random), Uid::Random(random.to_vec()));
        let fixed = [0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80];
        assert_eq!(Uid::of(&fixed), Uid::Fixed(fixed.to_vec()));
        assert_eq!(Uid::of(&[0x08; 7]), Uid::Fixed(vec![0x08; 7]));
        assert_eq!(Uid::of(&[1, 2, 3]), Uid::Unknown);
        assert_eq!(Uid::of(&random).bytes(), Some(&random[..]));
    }

    #[test]
    fn the_level_is_told_once_and_only_of_a_plus() {
        let mut plus = Identity::by_atr(&hex::parse("3B878001C1052F2F0035C730").unwrap());
        plus.take_perso_status(0x7F);
        assert_eq!(plus.text(), "MIFARE Plus S");
        plus.take_perso_status(0x09);
        plus.take_perso_status(0x0B);
        assert_eq!(plus.text(), "MIFARE Plus S, security level 0");
        assert_eq!(plus.evidence[0].bytes, [0x09]);
        let mut desfire = Identity::by_atr(&[0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]);
        let before = desfire.clone();
        desfire.take_perso_status(0x09);
        assert_eq!(desfire, before);
    }
}

//! Products and what they can do: generations differ by rows, not by classes (DESFire reference §8.3, §2.10).

use super::version::VersionPart;

/// Generation of the DESFire family, in order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Generation {
    /// MF3ICD40.
    Ev0,
    /// EV1.
    Ev1,
    /// EV2.
    Ev2,
    /// EV3.
    Ev3,
    /// DESFire Light.
    Light,
    /// NTAG 424 DNA.
    Ntag424,
    /// MIFARE Plus.
    Plus,
}

impl Generation {
    /// The name on the label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ev0 => "MIFARE DESFire (MF3ICD40)",
            Self::Ev1 => "MIFARE DESFire EV1",
            Self::Ev2 => "MIFARE DESFire EV2",
            Self::Ev3 => "MIFARE DESFire EV3",
            Self::Light => "MIFARE DESFire Light",
            Self::Ntag424 => "NTAG 424 DNA",
            Self::Plus => "MIFARE Plus",
        }
    }
}

/// A virtual product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// DESFire EV3 with 4 KB.
    DesfireEv3,
}

/// One row of the capability table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Generation, against the column "Gen" of the command table.
    pub generation: Generation,
    /// GetVersion, hardware part.
    pub hardware: VersionPart,
    /// GetVersion, software part.
    pub software: VersionPart,
    /// Largest file number.
    pub max_file_no: u8,
    /// Largest number of keys in an application.
    pub max_keys: u8,
    /// Data bytes of one answer frame (DESFire reference §1.3).
    pub answer_chunk: usize,
    /// Answer to select, as a contact reader builds it (ISO 14443-4).
    pub ats: &'static [u8],
}

impl Product {
    /// All products.
    pub const ALL: [Self; 1] = [Self::DesfireEv3];

    /// The name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DesfireEv3 => "desfire-ev3",
        }
    }

    /// Reads the name; the size suffix `-4k` is the default and may be given.
    pub fn from_name(name: &str) -> Option<Self> {
        let base = name.strip_suffix("-4k").unwrap_or(name);
        Self::ALL.into_iter().find(|product| product.name() == base)
    }

    /// What the product can do.
    pub const fn capabilities(self) -> Capabilities {
        match self {
            Self::DesfireEv3 => Capabilities {
                generation: Generation::Ev3,
                hardware: VersionPart {
                    vendor: 4,
                    kind: 1,
                    subtype: 1,
                    major: 0x33,
                    minor: 0,
                    storage: 0x18,
                    protocol: 5,
                },
                software: VersionPart {
                    vendor: 4,
                    kind: 1,
                    subtype: 1,
                    major: 3,
                    minor: 0,
                    storage: 0x18,
                    protocol: 5,
                },
                max_file_no: 0x1F,
                max_keys: 14,
                answer_chunk: 59,
                ats: &[0x06, 0x75, 0x77, 0x81, 0x02, 0x80],
            },
        }
    }
}

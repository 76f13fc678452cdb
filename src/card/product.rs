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

/// A virtual product; without a size in the name it has 4 KB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// DESFire EV1 with 2 KB.
    DesfireEv1_2k,
    /// DESFire EV1 with 4 KB.
    DesfireEv1,
    /// DESFire EV1 with 8 KB.
    DesfireEv1_8k,
    /// DESFire EV2 with 2 KB.
    DesfireEv2_2k,
    /// DESFire EV2 with 4 KB.
    DesfireEv2,
    /// DESFire EV2 with 8 KB.
    DesfireEv2_8k,
    /// DESFire EV3 with 2 KB.
    DesfireEv3_2k,
    /// DESFire EV3 with 4 KB.
    DesfireEv3,
    /// DESFire EV3 with 8 KB.
    DesfireEv3_8k,
}

/// One row of the capability table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The name on the command line and in files.
    pub name: &'static str,
    /// Generation, against the column "Gen" of the command table.
    pub generation: Generation,
    /// GetVersion, hardware part.
    pub hardware: VersionPart,
    /// GetVersion, software part.
    pub software: VersionPart,
    /// Bytes for applications and files on a formatted card (DESFire reference §8.5). Measured are those of EV1 2 KB, EV2
    /// 2 KB and EV3 4 KB. For EV1 8 KB only a span is told; it and the others follow the nearest and are our estimate.
    pub memory: u32,
    /// Largest number of applications.
    pub max_applications: usize,
    /// Largest file number.
    pub max_file_no: u8,
    /// Largest number of keys in an application.
    pub max_keys: u8,
    /// Data bytes of one answer frame (DESFire reference §1.3).
    pub answer_chunk: usize,
    /// The same in an EV1 session with AES.
    pub answer_chunk_ev1_aes: usize,
    /// Answer to select, as a contact reader builds it (ISO 14443-4).
    pub ats: &'static [u8],
}

impl Product {
    /// All products.
    pub const ALL: [Self; 9] = [
        Self::DesfireEv1_2k,
        Self::DesfireEv1,
        Self::DesfireEv1_8k,
        Self::DesfireEv2_2k,
        Self::DesfireEv2,
        Self::DesfireEv2_8k,
        Self::DesfireEv3_2k,
        Self::DesfireEv3,
        Self::DesfireEv3_8k,
    ];

    /// The name on the command line and in files.
    pub const fn name(self) -> &'static str {
        self.capabilities().name
    }

    /// Reads the name; the size suffix `-4k` is the default and may be given.
    pub fn from_name(name: &str) -> Option<Self> {
        let base = name.strip_suffix("-4k").unwrap_or(name);
        Self::ALL.into_iter().find(|product| product.name() == base)
    }

    /// All names, for a message.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// What the product can do: the capability table.
    pub const fn capabilities(self) -> Capabilities {
        match self {
            Self::DesfireEv1_2k => row("desfire-ev1-2k", EV1, 0x16, 2304),
            Self::DesfireEv1 => row("desfire-ev1", EV1, 0x18, 4864),
            Self::DesfireEv1_8k => row("desfire-ev1-8k", EV1, 0x1A, 7936),
            Self::DesfireEv2_2k => row("desfire-ev2-2k", EV2, 0x16, 2560),
            Self::DesfireEv2 => row("desfire-ev2", EV2, 0x18, 5120),
            Self::DesfireEv2_8k => row("desfire-ev2-8k", EV2, 0x1A, 10240),
            Self::DesfireEv3_2k => row("desfire-ev3-2k", EV3, 0x16, 2560),
            Self::DesfireEv3 => row("desfire-ev3", EV3, 0x18, 5120),
            Self::DesfireEv3_8k => row("desfire-ev3-8k", EV3, 0x1A, 10240),
        }
    }
}

/// What the sizes of a generation have in common.
#[derive(Clone, Copy)]
struct Family {
    generation: Generation,
    hardware: [u8; 2],
    software: [u8; 2],
    max_applications: usize,
    /// Recorded of EV3 only.
    answer_chunk_ev1_aes: usize,
}

const EV1: Family = Family {
    generation: Generation::Ev1,
    hardware: [0x01, 0x00],
    software: [0x01, 0x04],
    max_applications: 28,
    answer_chunk_ev1_aes: 59,
};
const EV2: Family = Family {
    generation: Generation::Ev2,
    hardware: [0x12, 0x00],
    software: [0x02, 0x00],
    max_applications: usize::MAX,
    answer_chunk_ev1_aes: 59,
};
const EV3: Family = Family {
    generation: Generation::Ev3,
    hardware: [0x33, 0x00],
    software: [0x03, 0x00],
    max_applications: usize::MAX,
    answer_chunk_ev1_aes: 48,
};

const fn row(name: &'static str, family: Family, storage: u8, memory: u32) -> Capabilities {
    Capabilities {
        name,
        generation: family.generation,
        hardware: part(family.hardware, storage),
        software: part(family.software, storage),
        memory,
        max_applications: family.max_applications,
        max_file_no: 0x1F,
        max_keys: 14,
        answer_chunk: 59,
        answer_chunk_ev1_aes: family.answer_chunk_ev1_aes,
        ats: &[0x06, 0x75, 0x77, 0x81, 0x02, 0x80],
    }
}

const fn part([major, minor]: [u8; 2], storage: u8) -> VersionPart {
    VersionPart {
        vendor: 4,
        kind: 1,
        subtype: 1,
        major,
        minor,
        storage,
        protocol: 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_and_the_size_of_4_kb_may_be_said() {
        for product in Product::ALL {
            assert_eq!(Product::from_name(product.name()), Some(product));
        }
        assert_eq!(
            Product::from_name("desfire-ev1-4k"),
            Some(Product::DesfireEv1)
        );
        assert_eq!(Product::from_name("desfire-ev1-16k"), None);
    }

    #[test]
    fn the_storage_code_is_the_size_in_the_name() {
        for product in Product::ALL {
            let row = product.capabilities();
            let size = row.hardware.storage_text().to_lowercase().replace(' ', "");
            let suffix = row.name.rsplit('-').next().unwrap();
            let expected = if suffix.starts_with("ev") {
                "4kb".into()
            } else {
                format!("{suffix}b")
            };
            assert_eq!(size, expected, "{}", row.name);
            let code = u32::from(row.hardware.storage >> 1);
            assert!(row.memory.is_multiple_of(32) && row.memory < 2 << code);
        }
    }
}

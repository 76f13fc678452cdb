//! Key types, key settings and the key part of an application (DESFire reference §2.4.1, §5.3).

use super::access::Access;

/// Cipher of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Single DES: 8 bytes, or 16 with equal halves.
    Des,
    /// Two-key triple DES, 16 bytes.
    TwoKey3Des,
    /// Three-key triple DES, 24 bytes.
    ThreeKey3Des,
    /// AES-128, 16 bytes.
    Aes128,
}

impl KeyType {
    /// The name used in key files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Des => "des",
            Self::TwoKey3Des => "2k3des",
            Self::ThreeKey3Des => "3k3des",
            Self::Aes128 => "aes128",
        }
    }

    /// Reads the name used in key files.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Des,
            Self::TwoKey3Des,
            Self::ThreeKey3Des,
            Self::Aes128,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }

    /// Whether a value of `len` bytes can be such a key.
    pub const fn accepts(self, len: usize) -> bool {
        match self {
            Self::Des => len == 8 || len == 16,
            Self::TwoKey3Des | Self::Aes128 => len == 16,
            Self::ThreeKey3Des => len == 24,
        }
    }

    /// Lengths that [`KeyType::accepts`], in words.
    pub const fn lengths(self) -> &'static str {
        match self {
            Self::Des => "8 or 16 bytes",
            Self::TwoKey3Des | Self::Aes128 => "16 bytes",
            Self::ThreeKey3Des => "24 bytes",
        }
    }
}

/// KS1 of the PICC or of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeySettings(pub u8);

impl KeySettings {
    /// Bit 0: the master key may be changed.
    pub const fn master_key_changeable(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// Bit 1: listing (IDs, settings) is free.
    pub const fn list_free(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Bit 2: create and delete without the master key.
    pub const fn create_free(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Bit 3: these settings may be changed.
    pub const fn settings_changeable(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Bits 7 to 4 at application level: who may change keys other than the master key.
    /// `Free` here means each key by itself, `Never` means frozen.
    pub const fn change_key(self) -> Access {
        Access::from_nibble(self.0 >> 4)
    }
}

/// KS2: number and type of an application's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApplicationKeys(pub u8);

impl ApplicationKeys {
    /// Bits 3 to 0: number of keys.
    pub const fn count(self) -> u8 {
        self.0 & 0x0F
    }

    /// Bit 4: KS3 follows.
    pub const fn has_ks3(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Bit 5: files use two-byte ISO FIDs.
    pub const fn iso_fids(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Bits 7 and 6: key type; `11` is not defined.
    pub const fn key_type(self) -> Option<KeyType> {
        match self.0 >> 6 {
            0 => Some(KeyType::TwoKey3Des),
            1 => Some(KeyType::ThreeKey3Des),
            2 => Some(KeyType::Aes128),
            _ => None,
        }
    }
}

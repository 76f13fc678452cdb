//! Named keys with their scope, and session keys given directly.
//!
//! The keyring only answers "which keys could this be?"; whether one fits is found out by trying it.

mod diversification;
mod template;

pub use diversification::{Diversification, Refusal};
pub use template::{Target, Template, TemplateError};

use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::crypto::cipher::Cipher;
use crate::diversify::DiversifyError;

/// Where a key belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One application; [`Aid::PICC`] is the PICC level.
    Application(Aid),
    /// Whatever application is selected.
    Any,
}

impl Scope {
    /// Whether a key of this scope may be used where `aid` is selected (`None`: not known, or by DF name).
    pub fn covers(self, aid: Option<Aid>) -> bool {
        match (self, aid) {
            (Self::Any, _) => true,
            (Self::Application(own), Some(aid)) => own == aid,
            (Self::Application(_), None) => false,
        }
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Authentication.
    Auth,
    /// AppTransactionMACKey.
    Tmac,
    /// Any use that a later feature brings; kept, not used yet.
    Other(OtherUse),
}

/// Uses of keys that are stored but not needed by the present channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherUse {
    /// SDMMetaRead key.
    SdmMeta,
    /// SDMFileRead key.
    SdmFile,
    /// Delegated-application keys.
    Dam,
}

impl Use {
    /// All uses.
    pub const ALL: [Self; 5] = [
        Self::Auth,
        Self::Tmac,
        Self::Other(OtherUse::SdmMeta),
        Self::Other(OtherUse::SdmFile),
        Self::Other(OtherUse::Dam),
    ];

    /// The name used in key files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Tmac => "tmac",
            Self::Other(OtherUse::SdmMeta) => "sdm_meta",
            Self::Other(OtherUse::SdmFile) => "sdm_file",
            Self::Other(OtherUse::Dam) => "dam",
        }
    }
}

/// One row of the key table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The name people see.
    pub label: String,
    /// Where it belongs.
    pub scope: Scope,
    /// Key number, or [`KeyEntry::EVERY_KEY`].
    pub key_no: u8,
    /// Key set; 0 is the active one.
    pub key_set: u8,
    /// What it is for.
    pub usage: Use,
    /// File of a TransactionMAC key.
    pub file_no: Option<u8>,
    /// Cipher.
    pub key_type: KeyType,
    /// Version byte.
    pub version: u8,
    /// The key, or the master it is diversified from.
    pub value: Secret,
    /// How a card's key comes from `value`.
    pub diversification: Diversification,
}

impl KeyEntry {
    /// Key check value: the first 3 bytes of the cipher over a zero block.
    pub fn kcv(&self) -> Option<[u8; 3]> {
        let cipher = match self.key_type {
            KeyType::Aes128 => Cipher::aes(self.value.expose())?,
            _ => Cipher::des(self.value.expose())?,
        };
        let mut block = vec![0; cipher.block_len()];
        cipher.encrypt(&cipher.zero(), &mut block);
        block.first_chunk().copied()
    }

    /// The key of one card.
    pub fn key_for(&self, uid: Option<&[u8]>, aid: Option<Aid>) -> Result<Secret, KeyError> {
        let target = Target {
            uid,
            aid: match self.scope {
                Scope::Application(own) => Some(own),
                Scope::Any => aid,
            },
            key_no: self.number(),
        };
        let rule = &self.diversification;
        rule.apply(self.key_type, &self.value, target, self.version)
            .map_err(|refusal| match refusal {
                Refusal::Input => KeyError::Input(self.label.clone()),
                Refusal::Rule(error) => KeyError::Rule(self.label.clone(), error),
            })
    }

    /// The key number; `None` for a key that may have any number.
    pub const fn number(&self) -> Option<u8> {
        match self.key_no {
            Self::EVERY_KEY => None,
            key_no => Some(key_no),
        }
    }

    /// Whether a command that names `key_no` may mean this key.
    pub const fn may_be(&self, key_no: u8) -> bool {
        self.key_no == key_no || self.key_no == Self::EVERY_KEY
    }

    /// The `key_no` of a key that may have any number, such as one from a dictionary: a command has six bits for it.
    pub const EVERY_KEY: u8 = 0xFF;
}

/// Why an entry gives no key for a card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The template needs the UID or AID, which is not known.
    #[error(
        "key \"{0}\" is diversified by the UID, which the trace does not show before this point"
    )]
    Input(String),
    /// The rule refuses the input.
    #[error("key \"{0}\": {1}")]
    Rule(String, DiversifyError),
}

/// Session keys given directly, for a session whose authentication was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEntry {
    /// The name people see.
    pub label: String,
    /// The keys and what else the session starts from.
    pub keys: GivenKeys,
}

/// What a session given directly starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenKeys {
    /// EV2.
    Ev2 {
        /// KSesAuthENC, when known.
        enc: Option<Secret>,
        /// KSesAuthMAC.
        mac: Secret,
        /// Transaction identifier.
        ti: [u8; 4],
        /// CmdCtr of the first recorded command.
        counter: u16,
    },
    /// EV1; the IV is that of a session that begins.
    Ev1 {
        /// Type of the session key.
        kind: KeyType,
        /// The session key: 8 bytes of DES, 16 of 2K3DES and AES, 24 of 3K3DES.
        key: Secret,
    },
    /// D40.
    D40 {
        /// The session key: 8 bytes of DES, 16 of 2K3DES.
        key: Secret,
    },
}

impl SessionEntry {
    /// Transaction identifier, of EV2.
    pub const fn ti(&self) -> Option<[u8; 4]> {
        match self.keys {
            GivenKeys::Ev2 { ti, .. } => Some(ti),
            GivenKeys::Ev1 { .. } | GivenKeys::D40 { .. } => None,
        }
    }
}

/// All keys of the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    /// Key table.
    pub keys: Vec<KeyEntry>,
    /// Session keys given directly.
    pub sessions: Vec<SessionEntry>,
}

impl Keyring {
    /// Whether there is nothing to try.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.sessions.is_empty()
    }

    /// Adds all entries of another keyring.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.sessions.extend(other.sessions);
    }

    /// Entries for an authentication with `key_no` where `aid` is selected; those of the application itself
    /// come before those of any application. Keys that may have any number are left out: a host that tries them by
    /// guessing uses up the attempts that a card allows.
    pub fn auth_keys(&self, aid: Option<Aid>, key_no: u8) -> impl Iterator<Item = &KeyEntry> {
        let here = move |key: &&KeyEntry| {
            key.usage == Use::Auth && key.key_no == key_no && key.scope.covers(aid)
        };
        let (own, any) = (self.keys.iter().filter(here), self.keys.iter().filter(here));
        own.filter(|key| key.scope != Scope::Any)
            .chain(any.filter(|key| key.scope == Scope::Any))
    }

    /// Keys that may have any number, where `aid` is selected.
    pub fn unnumbered_keys(&self, aid: Option<Aid>) -> impl Iterator<Item = &KeyEntry> {
        self.keys.iter().filter(move |key| {
            key.usage == Use::Auth && key.number().is_none() && key.scope.covers(aid)
        })
    }

    /// TransactionMAC keys of the application.
    pub fn tmac_keys(&self, aid: Option<Aid>) -> impl Iterator<Item = &KeyEntry> {
        self.keys
            .iter()
            .filter(move |key| key.usage == Use::Tmac && key.scope.covers(aid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_are_those_of_the_ciphers_known_answers() {
        // FIPS 197 appendix C key, the DES and 2TDEA keys of payment test cards.
        for (kind, value, expected) in [
            (
                KeyType::Aes128,
                "000102030405060708090A0B0C0D0E0F",
                "C6A13B",
            ),
            (KeyType::Des, "0123456789ABCDEF", "D5D44F"),
            (KeyType::Des, "0123456789ABCDEF0123456789ABCDEF", "D5D44F"),
            (
                KeyType::TwoKey3Des,
                "0123456789ABCDEFFEDCBA9876543210",
                "08D7B4",
            ),
        ] {
            let key = KeyEntry {
                label: String::new(),
                scope: Scope::Any,
                key_no: 0,
                key_set: 0,
                usage: Use::Auth,
                file_no: None,
                key_type: kind,
                version: 0,
                value: Secret::new(crate::bytes::hex::parse(value).unwrap()),
                diversification: Diversification::None,
            };
            let kcv = key.kcv().map(crate::bytes::hex::upper);
            assert_eq!(kcv.as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn scopes_cover_what_they_name() {
        let aid = "014499".parse::<Aid>().unwrap();
        assert!(Scope::Any.covers(None));
        assert!(Scope::Application(aid).covers(Some(aid)));
        assert!(!Scope::Application(aid).covers(None));
    }
}

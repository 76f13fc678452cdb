//! Named keys with their scope, and session keys given directly.
//!
//! The keyring only answers "which keys could this be?"; whether one fits is found out by trying it.

use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::crypto::cipher::Cipher;
use crate::diversify;

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

/// How the key of one card comes from the stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diversification {
    /// The stored value is the key.
    None,
    /// AN10922 for AES with an input made from a template.
    An10922(Template),
}

/// A diversification input: bytes, the UID, the AID in wire order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Bytes(Vec<u8>),
    Uid,
    Aid,
}

/// Why a template can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error("placeholder {{{0}}} is not known, {{uid}} or {{aid}} expected")]
    Placeholder(String),
    /// A brace without its partner.
    #[error("a brace is not closed")]
    Brace,
    /// Text that is no hexadecimal number.
    #[error(transparent)]
    Hex(#[from] crate::bytes::hex::HexError),
}

impl Template {
    /// Reads a template such as `{uid}{aid}4E585020`: placeholders `{uid}` and `{aid}`, hexadecimal bytes.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((bytes, after)) = rest.split_once('{') {
            if !bytes.trim().is_empty() {
                pieces.push(Piece::Bytes(crate::bytes::hex::parse(bytes)?));
            }
            let (name, after) = after.split_once('}').ok_or(TemplateError::Brace)?;
            pieces.push(match name.trim() {
                "uid" => Piece::Uid,
                "aid" => Piece::Aid,
                other => return Err(TemplateError::Placeholder(other.to_owned())),
            });
            rest = after;
        }
        if !rest.trim().is_empty() {
            pieces.push(Piece::Bytes(crate::bytes::hex::parse(rest)?));
        }
        Ok(Self(pieces))
    }

    /// The text that [`Template::parse`] reads.
    pub fn text(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => crate::bytes::hex::upper(bytes),
                Piece::Uid => "{uid}".into(),
                Piece::Aid => "{aid}".into(),
            })
            .collect()
    }

    /// The input for one card; `None` when a placeholder has no value.
    fn fill(&self, uid: Option<&[u8]>, aid: Option<Aid>) -> Option<Vec<u8>> {
        let mut input = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Bytes(bytes) => input.extend_from_slice(bytes),
                Piece::Uid => input.extend_from_slice(uid?),
                Piece::Aid => input.extend_from_slice(&aid?.wire()),
            }
        }
        Some(input)
    }
}

/// One row of the key table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The name people see.
    pub label: String,
    /// Where it belongs.
    pub scope: Scope,
    /// Key number.
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
        match &self.diversification {
            Diversification::None => Ok(self.value.clone()),
            Diversification::An10922(template) => {
                let aid = match self.scope {
                    Scope::Application(own) => Some(own),
                    Scope::Any => aid,
                };
                let input = template
                    .fill(uid, aid)
                    .ok_or_else(|| KeyError::Input(self.label.clone()))?;
                diversify::an10922_aes(self.value.expose(), &input)
                    .map(|worked| worked.result)
                    .map_err(|error| KeyError::Rule(self.label.clone(), error))
            }
        }
    }
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
    Rule(String, diversify::DiversifyError),
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
    /// come before those of any application.
    pub fn auth_keys(&self, aid: Option<Aid>, key_no: u8) -> impl Iterator<Item = &KeyEntry> {
        let here = move |key: &&KeyEntry| {
            key.usage == Use::Auth && key.key_no == key_no && key.scope.covers(aid)
        };
        let (own, any) = (self.keys.iter().filter(here), self.keys.iter().filter(here));
        own.filter(|key| key.scope != Scope::Any)
            .chain(any.filter(|key| key.scope == Scope::Any))
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
    fn a_template_is_filled_with_uid_and_aid_in_wire_order() {
        let template = Template::parse("{uid}{aid} 4E58").unwrap();
        assert_eq!(template.text(), "{uid}{aid}4E58");
        let aid = "014499".parse().ok();
        assert_eq!(
            template.fill(Some(&[4, 5]), aid),
            Some(vec![4, 5, 0x99, 0x44, 0x01, 0x4E, 0x58])
        );
        assert_eq!(template.fill(None, aid), None);
        assert_eq!(
            Template::parse("{pan}"),
            Err(TemplateError::Placeholder("pan".into()))
        );
        assert_eq!(Template::parse("{uid"), Err(TemplateError::Brace));
    }

    #[test]
    fn scopes_cover_what_they_name() {
        let aid = "014499".parse::<Aid>().unwrap();
        assert!(Scope::Any.covers(None));
        assert!(Scope::Application(aid).covers(Some(aid)));
        assert!(!Scope::Application(aid).covers(None));
    }
}

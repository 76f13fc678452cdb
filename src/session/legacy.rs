//! Sessions of D40 and EV1 given by their key, or by key and random numbers.

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::GivenKeys;
use crate::secure_messaging::handshake::{AuthKey, legacy_session_key};
use crate::secure_messaging::{D40, Ev1};

/// Which of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegacyKind {
    D40,
    Ev1(KeyType),
}

/// The channel by its name.
pub(super) fn legacy_kind(name: &str) -> Option<LegacyKind> {
    const KINDS: [LegacyKind; 5] = [
        LegacyKind::D40,
        LegacyKind::Ev1(KeyType::Des),
        LegacyKind::Ev1(KeyType::TwoKey3Des),
        LegacyKind::Ev1(KeyType::ThreeKey3Des),
        LegacyKind::Ev1(KeyType::Aes128),
    ];
    KINDS.into_iter().find(|kind| kind.name() == name)
}

impl LegacyKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::D40 => D40::NAME,
            Self::Ev1(kind) => Ev1::name(kind),
        }
    }

    /// The session of an authentication with `key`. What the session key is made of the key's type decides.
    pub(super) fn made(self, key: &[u8], rnd_a: &[u8], rnd_b: &[u8]) -> Option<GivenKeys> {
        let kind = match self {
            Self::D40 => KeyType::TwoKey3Des,
            Self::Ev1(kind) => kind,
        };
        let short = (kind == KeyType::TwoKey3Des && key.len() == 8).then_some(KeyType::Des);
        let key = AuthKey::new(short.unwrap_or(kind), key)?;
        let same = match self {
            Self::D40 => true,
            Self::Ev1(kind) => key.kind() == kind,
        };
        let lengths = (rnd_a.len(), rnd_b.len()) == (key.rnd_len(), key.rnd_len());
        let session_key = legacy_session_key(key.kind(), rnd_a, rnd_b).filter(|_| same && lengths);
        self.given(session_key?.result.expose())
    }

    /// The session of a session key. Single DES may be given doubled.
    pub(super) fn given(self, key: &[u8]) -> Option<GivenKeys> {
        let single = matches!(self, Self::D40 | Self::Ev1(KeyType::Des));
        let key = match key.split_at_checked(8) {
            Some((half, other)) if half == other && single => half,
            _ => key,
        };
        let key = Secret::new(key);
        match self {
            Self::D40 => D40::new(key.expose()).map(|_| GivenKeys::D40 { key }),
            Self::Ev1(kind) => Ev1::new(kind, key.expose()).map(|_| GivenKeys::Ev1 { kind, key }),
        }
    }
}

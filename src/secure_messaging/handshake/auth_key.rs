//! What the authentications of D40 and EV1 share: the key, the session key and what an observer sees
//! (DESFire reference §4.2, §4.3).

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::cipher::Cipher;
use crate::crypto::des::is_doubled;
use crate::report::Worked;
use crate::secure_messaging::Verdict;

/// A key with its cipher. A key of 16 bytes with equal halves, parity bits included, is single DES.
#[derive(Clone, Debug)]
pub struct AuthKey {
    kind: KeyType,
    cipher: Cipher,
}

impl AuthKey {
    /// `value` has 8 or 16 bytes (DES, 2K3DES), 24 (3K3DES) or 16 (AES); `None` for other lengths.
    pub fn new(kind: KeyType, value: &[u8]) -> Option<Self> {
        let kind = match (kind, value.len()) {
            (KeyType::Des, 8) => KeyType::Des,
            (KeyType::Des | KeyType::TwoKey3Des, 16) if is_doubled(value) => KeyType::Des,
            (KeyType::Des | KeyType::TwoKey3Des, 16) => KeyType::TwoKey3Des,
            (KeyType::ThreeKey3Des, 24) | (KeyType::Aes128, 16) => kind,
            _ => return None,
        };
        let cipher = match kind {
            KeyType::Aes128 => Cipher::aes(value)?,
            _ => Cipher::des(value)?,
        };
        Some(Self { kind, cipher })
    }

    /// What the key is in truth; of this type is the session key too.
    pub const fn kind(&self) -> KeyType {
        self.kind
    }

    /// The cipher.
    pub const fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    /// Length of RndA and of RndB in bytes.
    pub const fn rnd_len(&self) -> usize {
        rnd_len(self.kind)
    }
}

/// The session key of D40 and EV1 from both random numbers; parity bits stay as they are. `None` when the random
/// numbers are too short.
pub fn session_key(kind: KeyType, rnd_a: &[u8], rnd_b: &[u8]) -> Option<Worked<Secret>> {
    const SECTION: &str = "DESFire reference §4.2, §4.3";
    let mut key = Vec::with_capacity(24);
    for start in session_key_starts(kind) {
        key.extend_from_slice(session_key_piece(rnd_a, *start)?);
        key.extend_from_slice(session_key_piece(rnd_b, *start)?);
    }
    let key = Secret::new(key);
    let worked = Worked::new(key.clone())
        .step("RndA", rnd_a, SECTION)
        .step("RndB", rnd_b, SECTION);
    Some(worked.step("Session key", key.expose(), SECTION))
}

/// Where the pieces of a session key of D40 and EV1 start in RndA and RndB; of each place first that of RndA.
pub const fn session_key_starts(kind: KeyType) -> &'static [usize] {
    match kind {
        KeyType::Des => &[0],
        KeyType::TwoKey3Des => &[0, 4],
        KeyType::ThreeKey3Des => &[0, 6, 12],
        KeyType::Aes128 => &[0, 12],
    }
}

/// A piece of a session key: four bytes of a random number.
pub fn session_key_piece(rnd: &[u8], start: usize) -> Option<&[u8]> {
    rnd.get(start..start + 4)
}

/// Length of RndA and RndB with a key of this type, in bytes.
pub const fn rnd_len(kind: KeyType) -> usize {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => 8,
        KeyType::ThreeKey3Des | KeyType::Aes128 => 16,
    }
}

/// What a key makes of a recorded authentication of D40 or EV1; secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Type of the key that fits, and of the session key.
    pub kind: KeyType,
    /// Recovered RndA.
    pub rnd_a: Secret,
    /// Recovered RndB; `None` where it only stands in an answer that is missing (ISO authentication).
    pub rnd_b: Option<Secret>,
    /// The host proved the key.
    pub host: Verdict,
    /// The card proved the key; `None` when it refused.
    pub card: Verdict,
}

impl Observed {
    /// Keeps what fits: at least one side must have proved the key.
    pub(super) fn if_proved(self) -> Option<Self> {
        let proved = self.host == Verdict::Ok || self.card == Verdict::Ok;
        proved.then_some(self)
    }

    /// The session key, when both random numbers are known.
    pub fn session_key(&self) -> Option<Secret> {
        let rnd_b = self.rnd_b.as_ref()?;
        Some(session_key(self.kind, self.rnd_a.expose(), rnd_b.expose())?.result)
    }
}

/// Rotates by one byte to the left: the `'` of RndA' and RndB'.
pub fn rotated(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if !bytes.is_empty() {
        bytes.rotate_left(1);
    }
    bytes
}

/// Takes [`rotated`] back.
pub(super) fn unrotated(mut bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.is_empty() {
        bytes.rotate_right(1);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_halves_are_single_des_and_lengths_are_checked() {
        let half = [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE];
        let mut whole = half.repeat(2);
        let kind = |kind, value: &[u8]| AuthKey::new(kind, value).map(|key| key.kind());
        assert_eq!(kind(KeyType::Des, &half), Some(KeyType::Des));
        assert_eq!(kind(KeyType::TwoKey3Des, &whole), Some(KeyType::Des));
        whole[15] ^= 1;
        assert_eq!(
            kind(KeyType::Des, &whole),
            Some(KeyType::TwoKey3Des),
            "a parity bit is part of the comparison"
        );
        for (bad, len) in [
            (KeyType::Des, 9),
            (KeyType::TwoKey3Des, 8),
            (KeyType::ThreeKey3Des, 16),
            (KeyType::Aes128, 24),
        ] {
            assert_eq!(kind(bad, &half.repeat(3)[..len]), None);
        }
        let three = AuthKey::new(KeyType::ThreeKey3Des, &half.repeat(3)).unwrap();
        assert_eq!((three.kind(), three.rnd_len()), (KeyType::ThreeKey3Des, 16));
    }

    #[test]
    fn short_random_numbers_give_no_session_key() {
        assert!(session_key(KeyType::Aes128, &[3; 8], &[5; 16]).is_none());
        let key = session_key(KeyType::Des, &[1, 2, 3, 4, 5, 6, 7, 8], &[9; 8]).unwrap();
        assert_eq!(key.result.expose(), [1, 2, 3, 4, 9, 9, 9, 9]);
        assert_eq!(key.steps.len(), 3);
    }
}

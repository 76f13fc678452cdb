//! Authenticate of D40 with DES or 2K3DES (DESFire reference §4.2).
//!
//! ```text
//! part 1   0A KeyNo                          →  E(K, RndB)
//! part 2   D(K, RndA) ‖ D(K, RndB' ⊕ first)  →  E(K, RndA')
//! ```
//! The host deciphers where others encipher; each cryptogram starts from a zero IV; `'` is a rotation to the left by
//! one byte.

use super::auth_key::{AuthKey, Observed, session_key};
use super::ev2::HostError;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::cipher::Cipher;
use crate::crypto::des::{BLOCK, DesKey};
use crate::secure_messaging::{D40, Verdict};

/// Length of the host's token in bytes.
pub const TOKEN_LEN: usize = 2 * BLOCK;

/// A key that D40 can use.
#[derive(Clone, Debug)]
struct Key {
    kind: KeyType,
    des: DesKey,
}

impl Key {
    fn of(key: &AuthKey) -> Option<Self> {
        match (key.kind(), key.cipher()) {
            (kind @ (KeyType::Des | KeyType::TwoKey3Des), Cipher::Des(des, _)) => Some(Self {
                kind,
                des: des.clone(),
            }),
            _ => None,
        }
    }

    fn session(&self, rnd_a: [u8; BLOCK], rnd_b: [u8; BLOCK]) -> Option<(Secret, D40)> {
        let key = session_key(self.kind, &rnd_a, &rnd_b)?.result;
        let channel = D40::new(key.expose())?;
        Some((key, channel))
    }

    /// RndA and the rotated RndB of a token.
    fn read(&self, mut token: [u8; TOKEN_LEN]) -> ([u8; BLOCK], [u8; BLOCK]) {
        self.des.receive(&mut token);
        let (blocks, _) = token.as_chunks::<BLOCK>();
        match blocks {
            [first, second] => (*first, *second),
            _ => ([0; BLOCK], [0; BLOCK]),
        }
    }
}

/// The host's side of one authentication.
#[derive(Clone)]
pub struct Host {
    key: Key,
    rnd_a: [u8; BLOCK],
    rnd_b: [u8; BLOCK],
}

impl Host {
    /// Starts; `None` for a key that D40 does not know (3K3DES, AES).
    pub fn new(key: &AuthKey, rnd_a: [u8; BLOCK]) -> Option<Self> {
        Some(Self {
            key: Key::of(key)?,
            rnd_a,
            rnd_b: [0; BLOCK],
        })
    }

    /// Takes `E(K, RndB)` and gives the token of part 2.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<[u8; TOKEN_LEN], HostError> {
        self.rnd_b = self.key.des.decrypt_block(exact(challenge)?);
        let mut token = [0; TOKEN_LEN];
        let clear = self.rnd_a.into_iter().chain(rotate(self.rnd_b));
        token
            .iter_mut()
            .zip(clear)
            .for_each(|(to, byte)| *to = byte);
        self.key.des.send(&mut token);
        Ok(token)
    }

    /// Takes the card's proof; gives session key and channel.
    pub fn finish(&self, proof: &[u8]) -> Result<(Secret, D40), HostError> {
        if self.key.des.decrypt_block(exact(proof)?) != rotate(self.rnd_a) {
            return Err(HostError::RndA);
        }
        let session = self.key.session(self.rnd_a, self.rnd_b);
        session.ok_or(HostError::RndA)
    }
}

/// The card's side between part 1 and part 2.
#[derive(Clone)]
pub struct Card {
    key: Key,
    rnd_b: [u8; BLOCK],
}

impl Card {
    /// Starts with the card's random number; `None` for a key that D40 does not know.
    pub fn new(key: &AuthKey, rnd_b: [u8; BLOCK]) -> Option<Self> {
        let key = Key::of(key)?;
        Some(Self { key, rnd_b })
    }

    /// `E(K, RndB)`.
    pub fn challenge(&self) -> [u8; BLOCK] {
        self.key.des.encrypt_block(self.rnd_b)
    }

    /// Checks the token; gives the proof, the session key and the channel when the host proved the key.
    pub fn finish(&self, token: &[u8]) -> Option<([u8; BLOCK], Secret, D40)> {
        let (rnd_a, got) = self.key.read(token.try_into().ok()?);
        if got != rotate(self.rnd_b) {
            return None;
        }
        let (key, channel) = self.key.session(rnd_a, self.rnd_b)?;
        Some((self.key.des.encrypt_block(rotate(rnd_a)), key, channel))
    }
}

/// A recorded authentication, as an observer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// `E(K, RndB)`.
    pub challenge: [u8; BLOCK],
    /// The host's token.
    pub token: [u8; TOKEN_LEN],
    /// The card's proof; `None` when the card refused.
    pub proof: Option<Vec<u8>>,
}

impl Transcript {
    /// Tries a key; `None` when neither side's cryptogram fits.
    pub fn observe(&self, key: &AuthKey) -> Option<Observed> {
        let key = Key::of(key)?;
        let rnd_b = key.des.decrypt_block(self.challenge);
        let (rnd_a, got) = key.read(self.token);
        let card = self.proof.as_deref().map_or(Verdict::None, |proof| {
            let proof = <[u8; BLOCK]>::try_from(proof);
            let clear = proof.map(|proof| key.des.decrypt_block(proof));
            Verdict::from_bool(clear.ok() == Some(rotate(rnd_a)))
        });
        let observed = Observed {
            kind: key.kind,
            rnd_a: Secret::new(rnd_a),
            rnd_b: Some(Secret::new(rnd_b)),
            host: Verdict::from_bool(got == rotate(rnd_b)),
            card,
        };
        observed.if_proved()
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host(hidden)")
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Card(hidden)")
    }
}

/// What a cryptogram of the card holds: RndB of a challenge, the rotated RndA of a proof; `None` for a wrong length or a
/// key that D40 does not know.
pub(super) fn rnd_b(key: &AuthKey, cryptogram: &[u8]) -> Option<Vec<u8>> {
    let block = Key::of(key)?.des.decrypt_block(cryptogram.try_into().ok()?);
    Some(block.to_vec())
}

/// RndA and the rotated RndB of a token.
pub(super) fn clear_token(key: &AuthKey, token: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (rnd_a, rotated) = Key::of(key)?.read(token.try_into().ok()?);
    Some((rnd_a.to_vec(), rotated.to_vec()))
}

fn rotate(mut bytes: [u8; BLOCK]) -> [u8; BLOCK] {
    bytes.rotate_left(1);
    bytes
}

fn exact(bytes: &[u8]) -> Result<[u8; BLOCK], HostError> {
    bytes.try_into().map_err(|_| HostError::Length {
        expected: BLOCK,
        got: bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> AuthKey {
        let value: Vec<u8> = (1..17_u8).map(|i| i.wrapping_mul(byte)).collect();
        AuthKey::new(KeyType::TwoKey3Des, &value).unwrap()
    }

    #[test]
    fn host_card_and_observer_agree_and_a_wrong_key_is_refused() {
        let rnd_a = [0x31, 0x41, 0x59, 0x26, 0x53, 0x58, 0x97, 0x93];
        let rnd_b = [0x27, 0x18, 0x28, 0x18, 0x28, 0x45, 0x90, 0x45];
        let card = Card::new(&key(29), rnd_b).unwrap();
        let mut host = Host::new(&key(29), rnd_a).unwrap();
        let token = host.answer(&card.challenge()).unwrap();
        let (mut proof, of_card, _) = card.finish(&token).unwrap();
        let (of_host, _) = host.finish(&proof).unwrap();
        assert_eq!(of_host, of_card);
        let mut transcript = Transcript {
            challenge: card.challenge(),
            token,
            proof: Some(proof.to_vec()),
        };
        let seen = transcript.observe(&key(29)).unwrap();
        assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
        assert_eq!(
            (seen.rnd_a.expose(), seen.session_key()),
            (&rnd_a[..], Some(of_host))
        );
        assert_eq!(transcript.observe(&key(31)), None);
        assert!(Card::new(&key(31), rnd_b).unwrap().finish(&token).is_none());
        assert!(card.finish(&token[..8]).is_none());
        proof[3] ^= 1;
        assert_eq!(host.finish(&proof).unwrap_err(), HostError::RndA);
        transcript.proof = None;
        assert_eq!(transcript.observe(&key(29)).unwrap().card, Verdict::None);
        let aes = AuthKey::new(KeyType::Aes128, &[0x15; 16]).unwrap();
        assert!(Host::new(&aes, rnd_a).is_none() && transcript.observe(&aes).is_none());
    }
}

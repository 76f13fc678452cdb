//! AuthenticateEV2First and NonFirst with AES (DESFire reference §4.4; AN12196 §4.2, table 14).
//!
//! ```text
//! part 1   71 KeyNo LenCap PCDcap2 | 77 KeyNo  →  E(K, RndB)
//! part 2   E(K, RndA ‖ RndB')                  →  First: E(K, TI ‖ RndA' ‖ PDcap2 ‖ PCDcap2), NonFirst: E(K, RndA')
//! ```
//! Each cryptogram is CBC from a zero IV; `'` is a rotation to the left by one byte.

use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cmac::CmacKey;
use crate::report::Worked;
use crate::secure_messaging::{Ev2, Verdict};

/// The two session keys.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKeys {
    /// KSesAuthENC.
    pub enc: [u8; BLOCK],
    /// KSesAuthMAC.
    pub mac: [u8; BLOCK],
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKeys(hidden)")
    }
}

/// Session keys from the authentication key and both random numbers, with the session vectors as steps.
pub fn session_keys(
    key: &[u8; BLOCK],
    rnd_a: &[u8; BLOCK],
    rnd_b: &[u8; BLOCK],
) -> Worked<SessionKeys> {
    const SECTION: &str = "AN12196 §4.2.7, DESFire reference §4.4";
    let vector = |label: [u8; 2]| -> [u8; 32] {
        let fixed = label.into_iter().chain([0x00, 0x01, 0x00, 0x80]);
        let mut bytes = fixed.chain(context(rnd_a, rnd_b));
        std::array::from_fn(|_| bytes.next().unwrap_or_default())
    };
    let (sv1, sv2) = (vector([0xA5, 0x5A]), vector([0x5A, 0xA5]));
    let cmac = CmacKey::new(key);
    let keys = SessionKeys {
        enc: cmac.mac(&[&sv1]),
        mac: cmac.mac(&[&sv2]),
    };
    Worked::new(keys.clone())
        .step("SV 1", sv1, SECTION)
        .step("KSesAuthENC", keys.enc, SECTION)
        .step("SV 2", sv2, SECTION)
        .step("KSesAuthMAC", keys.mac, SECTION)
}

/// What both random numbers give to a session vector: `RndA[0..1] ‖ (RndA[2..7] ⊕ RndB[0..5]) ‖ RndB[6..15] ‖ RndA[8..15]`.
pub(super) fn context(rnd_a: &[u8; BLOCK], rnd_b: &[u8; BLOCK]) -> [u8; 26] {
    let mixed = rnd_a.iter().skip(2).zip(rnd_b).take(6).map(|(a, b)| a ^ b);
    let mut bytes = (rnd_a.iter().take(2).copied().chain(mixed))
        .chain(rnd_b.iter().skip(6).copied())
        .chain(rnd_a.iter().skip(8).copied());
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
}

/// Why the host refuses an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The card's cryptogram has the wrong length.
    #[error("the card's cryptogram has {got} bytes, {expected} expected")]
    Length {
        /// Bytes that the rules ask for.
        expected: usize,
        /// Bytes received.
        got: usize,
    },
    /// The card did not return RndA.
    #[error("the card did not prove the key: RndA' differs")]
    RndA,
}

/// The host's side of one authentication.
#[derive(Clone, Debug)]
pub struct Host {
    key: [u8; BLOCK],
    rnd_a: [u8; BLOCK],
    rnd_b: [u8; BLOCK],
    first: bool,
}

/// What the host knows after an authentication.
#[derive(Clone, Debug)]
pub struct HostSession {
    /// Session keys.
    pub keys: SessionKeys,
    /// Transaction identifier; `None` after NonFirst, where it stays.
    pub ti: Option<[u8; 4]>,
}

impl Host {
    /// Starts; `first` tells First from NonFirst.
    pub const fn new(key: [u8; BLOCK], rnd_a: [u8; BLOCK], first: bool) -> Self {
        Self {
            key,
            rnd_a,
            rnd_b: [0; BLOCK],
            first,
        }
    }

    /// Takes `E(K, RndB)` and gives the token of part 2.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<[u8; 32], HostError> {
        let challenge = exact::<BLOCK>(challenge)?;
        let key = AesKey::new(&self.key);
        self.rnd_b = key.decrypt_block(challenge);
        Ok(token(&key, &self.rnd_a, &self.rnd_b))
    }

    /// Takes the card's proof.
    pub fn finish(&self, proof: &[u8]) -> Result<HostSession, HostError> {
        let keys = || session_keys(&self.key, &self.rnd_a, &self.rnd_b).result;
        let key = AesKey::new(&self.key);
        if self.first {
            let clear = FirstProof::open(&key, exact(proof)?);
            let session = HostSession {
                keys: keys(),
                ti: Some(clear.ti),
            };
            return if clear.rotated_rnd_a == rotate(self.rnd_a) {
                Ok(session)
            } else {
                Err(HostError::RndA)
            };
        }
        let rotated = key.decrypt_block(exact(proof)?);
        if rotated == rotate(self.rnd_a) {
            Ok(HostSession {
                keys: keys(),
                ti: None,
            })
        } else {
            Err(HostError::RndA)
        }
    }
}

/// The card's side between part 1 and part 2.
#[derive(Clone, Debug)]
pub struct CardFirst {
    key: [u8; BLOCK],
    rnd_b: [u8; BLOCK],
}

impl CardFirst {
    /// Starts with the card's random number.
    pub const fn new(key: [u8; BLOCK], rnd_b: [u8; BLOCK]) -> Self {
        Self { key, rnd_b }
    }

    /// `E(K, RndB)`.
    pub fn challenge(&self) -> [u8; BLOCK] {
        AesKey::new(&self.key).encrypt_block(self.rnd_b)
    }

    /// Checks the token; gives RndA when the host proved the key.
    pub fn check(&self, token: &[u8]) -> Option<[u8; BLOCK]> {
        let token = <[u8; 32]>::try_from(token).ok()?;
        let (rnd_a, rotated) = token_clear(&AesKey::new(&self.key), token);
        (rotated == rotate(self.rnd_b)).then_some(rnd_a)
    }

    /// The proof of First and the session it opens.
    pub fn prove_first(
        &self,
        rnd_a: [u8; BLOCK],
        ti: [u8; 4],
        pdcap2: [u8; 6],
        pcdcap2: [u8; 6],
    ) -> ([u8; 32], Ev2) {
        let mut proof = [0; 32];
        let clear = ti
            .into_iter()
            .chain(rotate(rnd_a))
            .chain(pdcap2)
            .chain(pcdcap2);
        proof
            .iter_mut()
            .zip(clear)
            .for_each(|(out, byte)| *out = byte);
        AesKey::new(&self.key).cbc_encrypt(&[0; BLOCK], &mut proof);
        (proof, Ev2::new(&self.keys(rnd_a), ti))
    }

    /// The proof of NonFirst.
    pub fn prove_non_first(&self, rnd_a: [u8; BLOCK]) -> [u8; BLOCK] {
        AesKey::new(&self.key).encrypt_block(rotate(rnd_a))
    }

    /// The session keys.
    pub fn keys(&self, rnd_a: [u8; BLOCK]) -> SessionKeys {
        session_keys(&self.key, &rnd_a, &self.rnd_b).result
    }
}

/// A recorded authentication, as an observer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// First rather than NonFirst.
    pub first: bool,
    /// `E(K, RndB)`.
    pub challenge: [u8; BLOCK],
    /// The host's token.
    pub token: [u8; 32],
    /// The card's proof; `None` when the card refused.
    pub proof: Option<Vec<u8>>,
}

/// What a key makes of a recorded authentication; secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Observation {
    /// The key that fits.
    pub key: [u8; BLOCK],
    /// Recovered RndA.
    pub rnd_a: [u8; BLOCK],
    /// Recovered RndB.
    pub rnd_b: [u8; BLOCK],
    /// The host proved the key.
    pub host: Verdict,
    /// The card proved the key; `None` when it refused.
    pub card: Verdict,
    /// Transaction identifier, of First.
    pub ti: Option<[u8; 4]>,
    /// Card capabilities, of First.
    pub pdcap2: Option<[u8; 6]>,
    /// Reader capabilities as echoed, of First.
    pub pcdcap2: Option<[u8; 6]>,
    /// Session keys.
    pub keys: SessionKeys,
}

impl std::fmt::Debug for Observation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Observation {{ host: {:?}, card: {:?}, secrets hidden }}",
            self.host, self.card
        )
    }
}

impl Transcript {
    /// Tries a key; `None` when neither side's cryptogram fits.
    pub fn observe(&self, key: &[u8; BLOCK]) -> Option<Observation> {
        let cipher = AesKey::new(key);
        let rnd_b = cipher.decrypt_block(self.challenge);
        let (rnd_a, rotated) = token_clear(&cipher, self.token);
        let host = Verdict::from_bool(rotated == rotate(rnd_b));
        let first = self
            .proof
            .as_deref()
            .and_then(|proof| <[u8; 32]>::try_from(proof).ok())
            .filter(|_| self.first);
        let first = first.map(|proof| FirstProof::open(&cipher, proof));
        let card = match (&self.proof, &first) {
            (None, _) => Verdict::None,
            (Some(_), Some(clear)) => Verdict::from_bool(clear.rotated_rnd_a == rotate(rnd_a)),
            (Some(proof), None) if !self.first => {
                let proof = <[u8; BLOCK]>::try_from(proof.as_slice()).ok();
                Verdict::from_bool(
                    proof.is_some_and(|proof| cipher.decrypt_block(proof) == rotate(rnd_a)),
                )
            }
            _ => Verdict::Bad,
        };
        if host != Verdict::Ok && card != Verdict::Ok {
            return None;
        }
        Some(Observation {
            key: *key,
            rnd_a,
            rnd_b,
            host,
            card,
            ti: first.as_ref().map(|clear| clear.ti),
            pdcap2: first.as_ref().map(|clear| clear.pdcap2),
            pcdcap2: first.as_ref().map(|clear| clear.pcdcap2),
            keys: session_keys(key, &rnd_a, &rnd_b).result,
        })
    }
}

#[derive(Clone, Copy)]
pub(super) struct FirstProof {
    pub(super) ti: [u8; 4],
    pub(super) rotated_rnd_a: [u8; BLOCK],
    pub(super) pdcap2: [u8; 6],
    pub(super) pcdcap2: [u8; 6],
}

impl FirstProof {
    pub(super) fn open(key: &AesKey, mut proof: [u8; 32]) -> Self {
        key.cbc_decrypt(&[0; BLOCK], &mut proof);
        let mut bytes = proof.into_iter();
        let mut next = || bytes.next().unwrap_or_default();
        Self {
            ti: std::array::from_fn(|_| next()),
            rotated_rnd_a: std::array::from_fn(|_| next()),
            pdcap2: std::array::from_fn(|_| next()),
            pcdcap2: std::array::from_fn(|_| next()),
        }
    }
}

fn token(key: &AesKey, rnd_a: &[u8; BLOCK], rnd_b: &[u8; BLOCK]) -> [u8; 32] {
    let mut token = [0; 32];
    let clear = rnd_a.iter().copied().chain(rotate(*rnd_b));
    token
        .iter_mut()
        .zip(clear)
        .for_each(|(out, byte)| *out = byte);
    key.cbc_encrypt(&[0; BLOCK], &mut token);
    token
}

/// RndA and the rotated RndB of a token.
pub(super) fn token_clear(key: &AesKey, mut token: [u8; 32]) -> ([u8; BLOCK], [u8; BLOCK]) {
    key.cbc_decrypt(&[0; BLOCK], &mut token);
    halves(token)
}

pub(super) fn rotate(mut bytes: [u8; BLOCK]) -> [u8; BLOCK] {
    bytes.rotate_left(1);
    bytes
}

pub(super) fn unrotate(mut bytes: [u8; BLOCK]) -> [u8; BLOCK] {
    bytes.rotate_right(1);
    bytes
}

fn halves(bytes: [u8; 32]) -> ([u8; BLOCK], [u8; BLOCK]) {
    let mut bytes = bytes.into_iter();
    let mut next = || bytes.next().unwrap_or_default();
    (
        std::array::from_fn(|_| next()),
        std::array::from_fn(|_| next()),
    )
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], HostError> {
    <[u8; N]>::try_from(bytes).map_err(|_| HostError::Length {
        expected: N,
        got: bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_card_and_observer_agree_and_a_wrong_key_is_refused() {
        let (key, rnd_a, rnd_b) = (
            [0x3C; 16].map(step()),
            [0x11; 16].map(step()),
            [0x77; 16].map(step()),
        );
        let card = CardFirst::new(key, rnd_b);
        let mut host = Host::new(key, rnd_a, true);
        let token = host.answer(&card.challenge()).unwrap();
        assert_eq!(card.check(&token), Some(rnd_a));
        let (proof, session) = card.prove_first(rnd_a, [1, 2, 3, 4], [0; 6], [0; 6]);
        let opened = host.finish(&proof).unwrap();
        assert_eq!(
            (opened.ti, session.ti()),
            (Some([1, 2, 3, 4]), [1, 2, 3, 4])
        );
        let transcript = Transcript {
            first: true,
            challenge: card.challenge(),
            token,
            proof: Some(proof.to_vec()),
        };
        let seen = transcript.observe(&key).unwrap();
        assert_eq!(
            (seen.rnd_a, seen.rnd_b, &seen.keys),
            (rnd_a, rnd_b, &opened.keys)
        );
        assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
        let other = [0x3D; 16].map(step());
        assert_eq!(transcript.observe(&other), None);
        assert_eq!(CardFirst::new(other, rnd_b).check(&token), None);
        let mut wrong = proof;
        wrong[8] ^= 1;
        assert_eq!(host.finish(&wrong).unwrap_err(), HostError::RndA);
    }

    #[test]
    fn non_first_proves_the_rotated_random_number() {
        let (key, rnd_a, rnd_b) = (
            [0x3C; 16].map(step()),
            [0x11; 16].map(step()),
            [0x77; 16].map(step()),
        );
        let card = CardFirst::new(key, rnd_b);
        let mut host = Host::new(key, rnd_a, false);
        host.answer(&card.challenge()).unwrap();
        assert_eq!(
            host.finish(&card.prove_non_first(rnd_a)).unwrap().keys,
            card.keys(rnd_a)
        );
        assert_eq!(
            host.finish(&[0; 32]).unwrap_err(),
            HostError::Length {
                expected: 16,
                got: 32
            }
        );
    }

    fn step() -> impl FnMut(u8) -> u8 {
        let mut add = 0_u8;
        move |byte| {
            add = add.wrapping_add(29);
            byte.wrapping_add(add)
        }
    }
}

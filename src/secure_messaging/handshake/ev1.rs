//! AuthenticateISO and AuthenticateAES (DESFire reference §4.3).
//!
//! ```text
//! part 1   1A KeyNo | AA KeyNo     →  E(K, RndB)
//! part 2   E(K, RndA ‖ RndB')      →  E(K, RndA')
//! ```
//! One CBC chain from a zero IV through all three cryptograms; `'` is a rotation to the left by one byte. Random
//! numbers have 8 bytes with DES and 2K3DES, 16 with 3K3DES and AES.

use super::auth_key::{AuthKey, Observed, rotated, session_key};
use super::ev2::HostError;
use crate::crypto::Secret;
use crate::crypto::cipher::Block;
use crate::secure_messaging::{Ev1, Verdict};

/// The host's side of one authentication.
#[derive(Clone, Debug)]
pub struct Host {
    key: AuthKey,
    rnd_a: Secret,
    rnd_b: Secret,
    iv: Block,
}

impl Host {
    /// Starts; `None` when `rnd_a` has not the length that goes with the key.
    pub fn new(key: &AuthKey, rnd_a: &[u8]) -> Option<Self> {
        (rnd_a.len() == key.rnd_len()).then(|| Self {
            key: key.clone(),
            rnd_a: Secret::new(rnd_a),
            rnd_b: Secret::new([]),
            iv: key.cipher().zero(),
        })
    }

    /// Takes `E(K, RndB)` and gives the token of part 2.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<Vec<u8>, HostError> {
        exact(challenge, self.key.rnd_len())?;
        let cipher = self.key.cipher();
        let mut rnd_b = challenge.to_vec();
        let iv = cipher.decrypt(&cipher.zero(), &mut rnd_b);
        let mut token = [self.rnd_a.expose(), &rotated(&rnd_b)].concat();
        self.iv = cipher.encrypt(&iv, &mut token);
        self.rnd_b = Secret::new(rnd_b);
        Ok(token)
    }

    /// Takes the card's proof; gives session key and channel.
    pub fn finish(&self, proof: &[u8]) -> Result<(Secret, Ev1), HostError> {
        exact(proof, self.key.rnd_len())?;
        let mut clear = proof.to_vec();
        self.key.cipher().decrypt(&self.iv, &mut clear);
        if clear != rotated(self.rnd_a.expose()) {
            return Err(HostError::RndA);
        }
        session(&self.key, self.rnd_a.expose(), self.rnd_b.expose()).ok_or(HostError::RndA)
    }
}

/// The card's side between part 1 and part 2.
#[derive(Clone, Debug)]
pub struct Card {
    key: AuthKey,
    rnd_b: Secret,
}

impl Card {
    /// Starts with the card's random number; `None` when it has not the length that goes with the key.
    pub fn new(key: &AuthKey, rnd_b: &[u8]) -> Option<Self> {
        (rnd_b.len() == key.rnd_len()).then(|| Self {
            key: key.clone(),
            rnd_b: Secret::new(rnd_b),
        })
    }

    /// `E(K, RndB)`.
    pub fn challenge(&self) -> Vec<u8> {
        self.encipher_challenge().0
    }

    /// Checks the token; gives the proof, the session key and the channel when the host proved the key.
    pub fn finish(&self, token: &[u8]) -> Option<(Vec<u8>, Secret, Ev1)> {
        if token.len() != 2 * self.key.rnd_len() {
            return None;
        }
        let cipher = self.key.cipher();
        let mut clear = token.to_vec();
        let iv = cipher.decrypt(&self.encipher_challenge().1, &mut clear);
        let (rnd_a, got) = clear.split_at_checked(self.key.rnd_len())?;
        if got != rotated(self.rnd_b.expose()) {
            return None;
        }
        let mut proof = rotated(rnd_a);
        cipher.encrypt(&iv, &mut proof);
        let (key, channel) = session(&self.key, rnd_a, self.rnd_b.expose())?;
        Some((proof, key, channel))
    }

    fn encipher_challenge(&self) -> (Vec<u8>, Block) {
        let cipher = self.key.cipher();
        let mut challenge = self.rnd_b.expose().to_vec();
        let iv = cipher.encrypt(&cipher.zero(), &mut challenge);
        (challenge, iv)
    }
}

/// A recorded authentication, as an observer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// `E(K, RndB)`.
    pub challenge: Vec<u8>,
    /// The host's token.
    pub token: Vec<u8>,
    /// The card's proof; `None` when the card refused.
    pub proof: Option<Vec<u8>>,
}

impl Transcript {
    /// Tries a key; `None` when it goes with other lengths or neither side's cryptogram fits.
    pub fn observe(&self, key: &AuthKey) -> Option<Observed> {
        let len = key.rnd_len();
        if (self.challenge.len(), self.token.len()) != (len, 2 * len) {
            return None;
        }
        let cipher = key.cipher();
        let mut rnd_b = self.challenge.clone();
        let iv = cipher.decrypt(&cipher.zero(), &mut rnd_b);
        let mut clear = self.token.clone();
        let iv = cipher.decrypt(&iv, &mut clear);
        let (rnd_a, got) = clear.split_at_checked(len)?;
        let card = self.proof.as_ref().map_or(Verdict::None, |proof| {
            let mut clear = proof.clone();
            cipher.decrypt(&iv, &mut clear);
            Verdict::from_bool(clear == rotated(rnd_a))
        });
        let observed = Observed {
            kind: key.kind(),
            rnd_a: Secret::new(rnd_a),
            host: Verdict::from_bool(got == rotated(&rnd_b)),
            rnd_b: Some(Secret::new(rnd_b)),
            card,
        };
        observed.if_proved()
    }
}

/// Session key and channel.
pub(super) fn session(key: &AuthKey, rnd_a: &[u8], rnd_b: &[u8]) -> Option<(Secret, Ev1)> {
    let session_key = session_key(key.kind(), rnd_a, rnd_b)?.result;
    let channel = Ev1::new(key.kind(), session_key.expose())?;
    Some((session_key, channel))
}

pub(super) const fn exact(bytes: &[u8], expected: usize) -> Result<(), HostError> {
    let got = bytes.len();
    if got == expected {
        Ok(())
    } else {
        Err(HostError::Length { expected, got })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure_messaging::samples::{keys, numbers};

    #[test]
    fn host_card_and_observer_agree_and_a_wrong_key_is_refused() {
        for (key, other) in keys(37).into_iter().zip(keys(39)) {
            let (rnd_a, rnd_b) = (numbers(key.rnd_len(), 11), numbers(key.rnd_len(), 17));
            let card = Card::new(&key, &rnd_b).unwrap();
            let mut host = Host::new(&key, &rnd_a).unwrap();
            let token = host.answer(&card.challenge()).unwrap();
            let (mut proof, of_card, _) = card.finish(&token).unwrap();
            let (of_host, _) = host.finish(&proof).unwrap();
            assert_eq!(of_host, of_card);
            let transcript = Transcript {
                challenge: card.challenge(),
                token: token.clone(),
                proof: Some(proof.clone()),
            };
            let seen = transcript.observe(&key).unwrap();
            assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
            assert_eq!(seen.rnd_a.expose(), rnd_a);
            assert_eq!(seen.rnd_b.as_ref().unwrap().expose(), rnd_b);
            assert_eq!(seen.session_key(), Some(of_host));
            assert_eq!(transcript.observe(&other), None);
            assert!(Card::new(&other, &rnd_b).unwrap().finish(&token).is_none());
            assert!(card.finish(&token[1..]).is_none());
            *proof.last_mut().unwrap() ^= 1;
            assert_eq!(host.finish(&proof).unwrap_err(), HostError::RndA);
            let short = HostError::Length {
                expected: key.rnd_len(),
                got: 3,
            };
            assert_eq!(host.finish(&proof[..3]).unwrap_err(), short);
            assert!(Host::new(&key, &rnd_a[1..]).is_none());
        }
    }
}

//! Authenticate, AuthenticateISO and AuthenticateAES: three cryptograms, weighed by making all of them again.
//!
//! With 3K3DES a random number has two blocks, and nothing tells a change of the token's first block from one of the
//! proof: both leave RndB as it was. The token is believed.

use super::{Cryptograms, likeliest};
use crate::crypto::Secret;
use crate::secure_messaging::handshake::auth_key::{AuthKey, unrotated};
use crate::secure_messaging::handshake::{d40, ev1};

/// What both sides drew, and what the card must have said; secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveredLegacy {
    /// The host's random number.
    pub rnd_a: Secret,
    /// The card's random number.
    pub rnd_b: Secret,
    /// `E(K, RndB)`.
    pub challenge: Vec<u8>,
    /// The card's proof; empty where none was recorded.
    pub proof: Vec<u8>,
}

impl std::fmt::Debug for RecoveredLegacy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveredLegacy(hidden)")
    }
}

/// The three cryptograms that two random numbers make.
struct Made {
    challenge: Vec<u8>,
    token: Vec<u8>,
    proof: Vec<u8>,
}

impl RecoveredLegacy {
    /// Weighs the cryptograms of Authenticate (D40) under `key`; `None` when they have not their lengths, or a key is
    /// none of D40's. Without a token only the card's number is known.
    pub fn d40(key: &AuthKey, recorded: Cryptograms<'_>) -> Option<Self> {
        let challenge = d40::rnd_b(key, recorded.challenge)?;
        if recorded.token.is_empty() {
            return Some(Self::unanswered(recorded.challenge, challenge));
        }
        let (of_token, rotated) = d40::clear_token(key, recorded.token)?;
        // The proof is enciphered as the challenge is.
        let of_proof = d40::rnd_b(key, recorded.proof).map(unrotated);
        let rnd_bs = [challenge, unrotated(rotated)];
        let rnd_as = |_: &[u8]| Some(of_token.clone()).into_iter().chain(of_proof.clone());
        Self::weigh(recorded, rnd_bs, rnd_as, |rnd_a, rnd_b| {
            let card = d40::Card::new(key, rnd_b.try_into().ok()?)?;
            let challenge = card.challenge();
            let token = d40::Host::new(key, rnd_a.try_into().ok()?)?;
            let token = { token }.answer(&challenge).ok()?;
            let (proof, ..) = card.finish(&token)?;
            Some(Made {
                challenge: challenge.to_vec(),
                token: token.to_vec(),
                proof: proof.to_vec(),
            })
        })
    }

    /// Weighs the cryptograms of AuthenticateISO and AuthenticateAES under `key`; `None` when they have not their
    /// lengths. Without a token only the card's number is known.
    pub fn ev1(key: &AuthKey, recorded: Cryptograms<'_>) -> Option<Self> {
        let (cipher, len) = (key.cipher(), key.rnd_len());
        if recorded.challenge.len() != len {
            return None;
        }
        let mut rnd_b = recorded.challenge.to_vec();
        cipher.decrypt(&cipher.zero(), &mut rnd_b);
        if recorded.token.is_empty() {
            return Some(Self::unanswered(recorded.challenge, rnd_b));
        }
        if recorded.token.len() != 2 * len {
            return None;
        }
        // Behind its first block a cryptogram does not depend on its IV.
        let mut clear = recorded.token.to_vec();
        let after_token = cipher.decrypt(&cipher.zero(), &mut clear);
        let rotated = clear.split_off(len);
        let of_proof = (recorded.proof.len() == len).then(|| {
            let mut rotated = recorded.proof.to_vec();
            cipher.decrypt(&after_token, &mut rotated);
            unrotated(rotated)
        });
        let rnd_as = |rnd_b: &[u8]| {
            let card = ev1::Card::new(key, rnd_b).map(|card| card.challenge());
            let iv = card.and_then(|challenge| {
                let block = challenge.len().checked_sub(cipher.block_len())?;
                cipher.block(challenge.get(block..)?)
            });
            let of_token = iv.map(|iv| {
                let mut clear = recorded.token.to_vec();
                cipher.decrypt(&iv, &mut clear);
                clear.truncate(len);
                clear
            });
            of_token.into_iter().chain(of_proof.clone())
        };
        let rnd_bs = [rnd_b, unrotated(rotated)];
        Self::weigh(recorded, rnd_bs, rnd_as, |rnd_a, rnd_b| {
            let card = ev1::Card::new(key, rnd_b)?;
            let challenge = card.challenge();
            let token = ev1::Host::new(key, rnd_a)?.answer(&challenge).ok()?;
            let (proof, ..) = card.finish(&token)?;
            Some(Made {
                challenge,
                token,
                proof,
            })
        })
    }

    /// The host did not go on.
    fn unanswered(challenge: &[u8], rnd_b: Vec<u8>) -> Self {
        Self {
            rnd_a: Secret::new(vec![0; rnd_b.len()]),
            rnd_b: Secret::new(rnd_b),
            challenge: challenge.to_vec(),
            proof: Vec::new(),
        }
    }

    /// Tries each RndB (that of the challenge, that of the token) with each RndA that goes with it.
    fn weigh<I: Iterator<Item = Vec<u8>>>(
        recorded: Cryptograms<'_>,
        mut rnd_bs: [Vec<u8>; 2],
        rnd_as: impl Fn(&[u8]) -> I,
        make: impl Fn(&[u8], &[u8]) -> Option<Made>,
    ) -> Option<Self> {
        if recorded.session_fits == Some(false) {
            rnd_bs.reverse();
        }
        let pairs = rnd_bs
            .iter()
            .flat_map(|rnd_b| rnd_as(rnd_b).map(move |rnd_a| (rnd_a, rnd_b)));
        let explanations = pairs.filter_map(|(rnd_a, rnd_b)| {
            let made = make(&rnd_a, rnd_b)?;
            let frames = [
                made.challenge == recorded.challenge,
                made.token == recorded.token,
                made.proof == recorded.proof,
            ];
            let proof = if recorded.proof.is_empty() {
                Vec::new()
            } else {
                made.proof
            };
            let recovered = Self {
                rnd_a: Secret::new(rnd_a),
                rnd_b: Secret::new(rnd_b.as_slice()),
                challenge: made.challenge,
                proof,
            };
            Some((frames.into_iter().filter(|same| *same).count(), recovered))
        });
        likeliest(explanations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::KeyType;
    use crate::secure_messaging::samples::{keys, numbers};

    /// Changes each byte of each cryptogram in turn.
    fn check(
        key: &AuthKey,
        frames: &[Vec<u8>; 3],
        rnd_a: &[u8],
        rnd_b: &[u8],
        recover: impl Fn(&AuthKey, Cryptograms<'_>) -> Option<RecoveredLegacy>,
    ) {
        for part in 0..3 {
            for at in 0..frames[part].len() {
                let mut damaged = frames.clone();
                damaged[part][at] ^= 0x21;
                let recorded = Cryptograms {
                    challenge: &damaged[0],
                    token: &damaged[1],
                    proof: &damaged[2],
                    session_fits: Some(part != 0),
                    ..Cryptograms::default()
                };
                let found = recover(key, recorded).unwrap();
                if key.kind() == KeyType::ThreeKey3Des && part == 1 && at < 8 {
                    assert_eq!(found.rnd_b.expose(), rnd_b);
                    assert!(found.proof != frames[2], "the proof is blamed");
                    continue;
                }
                let place = format!("{:?}, part {part}, byte {at}", key.kind());
                assert_eq!(found.rnd_a.expose(), rnd_a, "{place}");
                assert_eq!(found.rnd_b.expose(), rnd_b, "{place}");
                assert_eq!(found.challenge, frames[0], "{place}");
                assert_eq!(found.proof, frames[2], "{place}");
            }
        }
        let refused = Cryptograms {
            challenge: &frames[0],
            token: &frames[1],
            ..Cryptograms::default()
        };
        let found = recover(key, refused).unwrap();
        assert_eq!((found.rnd_a.expose(), found.proof), (rnd_a, Vec::new()));
        let cut = Cryptograms {
            token: &frames[1][1..],
            ..refused
        };
        assert_eq!(recover(key, cut), None);
        let unanswered = Cryptograms {
            token: &[],
            ..refused
        };
        let found = recover(key, unanswered).unwrap();
        assert_eq!(found.rnd_b.expose(), rnd_b);
    }

    #[test]
    fn one_damaged_byte_in_any_cryptogram_is_found() {
        for key in keys(37) {
            let (rnd_a, rnd_b) = (numbers(key.rnd_len(), 11), numbers(key.rnd_len(), 17));
            let card = ev1::Card::new(&key, &rnd_b).unwrap();
            let mut host = ev1::Host::new(&key, &rnd_a).unwrap();
            let token = host.answer(&card.challenge()).unwrap();
            let (proof, ..) = card.finish(&token).unwrap();
            let frames = [card.challenge(), token, proof];
            check(&key, &frames, &rnd_a, &rnd_b, RecoveredLegacy::ev1);
            let Some(card) = rnd_b
                .try_into()
                .ok()
                .and_then(|rnd_b| d40::Card::new(&key, rnd_b))
            else {
                continue;
            };
            let rnd_b = numbers(key.rnd_len(), 17);
            let mut host = d40::Host::new(&key, rnd_a.clone().try_into().unwrap()).unwrap();
            let token = host.answer(&card.challenge()).unwrap();
            let (proof, ..) = card.finish(&token).unwrap();
            let frames = [card.challenge().to_vec(), token.to_vec(), proof.to_vec()];
            check(&key, &frames, &rnd_a, &rnd_b, RecoveredLegacy::d40);
        }
    }
}

//! GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE.
//!
//! RPICC1 stands in clear and in the token, RPCD2 in clear and in the proof; RPCD1 and RPICC2 stand in one cryptogram
//! each. The token is believed where it differs from RPICC1, unless the session or its own deciphered bytes show that it
//! was changed; of RPCD2 what was sent in clear is believed.

use super::likeliest;
use crate::crypto::Secret;
use crate::secure_messaging::handshake::auth_key::AuthKey;
use crate::secure_messaging::handshake::iso::{Card, Host};

/// The frames of a recorded ISO authentication; empty where a frame was not recorded.
#[derive(Clone, Copy, Debug, Default)]
pub struct IsoFrames<'a> {
    /// The answer to GET CHALLENGE.
    pub rpicc1: &'a [u8],
    /// The data of EXTERNAL AUTHENTICATE.
    pub token: &'a [u8],
    /// The data of INTERNAL AUTHENTICATE.
    pub rpcd2: &'a [u8],
    /// The answer to INTERNAL AUTHENTICATE.
    pub proof: &'a [u8],
    /// Whether the messages after it fit the session of the recorded frames, where there are any.
    pub session_fits: Option<bool>,
}

/// What both sides drew, and what the card must have said; secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveredIso {
    /// The host's first random number, RndA of the session.
    pub rpcd1: Secret,
    /// The host's second one.
    pub rpcd2: Vec<u8>,
    /// The card's first random number.
    pub rpicc1: Vec<u8>,
    /// The card's second one, RndB of the session; empty where it was not recorded.
    pub rpicc2: Secret,
    /// The answer to INTERNAL AUTHENTICATE; empty where none was recorded.
    pub proof: Vec<u8>,
}

impl std::fmt::Debug for RecoveredIso {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveredIso(hidden)")
    }
}

impl RecoveredIso {
    /// Weighs the frames under `key`; `None` when they have not their lengths.
    pub fn new(key: &AuthKey, recorded: IsoFrames<'_>) -> Option<Self> {
        let (cipher, len) = (key.cipher(), key.rnd_len());
        if recorded.token.len() != 2 * len {
            return None;
        }
        let mut clear = recorded.token.to_vec();
        cipher.decrypt(&cipher.zero(), &mut clear);
        let of_token = clear.split_off(len);
        let garbled = garbled(&of_token, recorded.rpicc1, cipher.block_len());
        let mut rpicc1s = [of_token, recorded.rpicc1.to_vec()];
        if garbled || recorded.session_fits == Some(false) {
            rpicc1s.reverse();
        }
        let explanations = rpicc1s.into_iter().filter_map(|rpicc1| {
            let (token, recovered) = Self::with(key, &clear, rpicc1, recorded)?;
            let frames = [
                recovered.rpicc1 == recorded.rpicc1,
                token == recorded.token,
                recovered.proof == recorded.proof,
            ];
            Some((frames.into_iter().filter(|same| *same).count(), recovered))
        });
        likeliest(explanations)
    }

    /// The token and all numbers that follow from RPCD1 and RPICC1.
    fn with(
        key: &AuthKey,
        rpcd1: &[u8],
        rpicc1: Vec<u8>,
        recorded: IsoFrames<'_>,
    ) -> Option<(Vec<u8>, Self)> {
        let len = key.rnd_len();
        // A refused host never said its second number; any will do.
        let rpcd2 = match recorded.rpcd2 {
            [] => vec![0; len],
            rpcd2 => rpcd2.to_vec(),
        };
        let token = Host::new(key, rpcd1, &rpcd2)?.external(&rpicc1).ok()?;
        let (rpicc2, proof) = if recorded.proof.len() == 2 * len {
            let mut clear = recorded.proof.to_vec();
            let block = token.len().checked_sub(key.cipher().block_len())?;
            let iv = key.cipher().block(token.get(block..)?)?;
            key.cipher().decrypt(&iv, &mut clear);
            clear.truncate(len);
            let card = Card::external(key, &rpicc1, &token)?;
            let (proof, ..) = card.internal(&rpcd2, &clear)?;
            (clear, proof)
        } else {
            (Vec::new(), Vec::new())
        };
        let recovered = Self {
            rpcd1: Secret::new(rpcd1),
            rpcd2,
            rpicc1,
            rpicc2: Secret::new(rpicc2),
            proof,
        };
        Some((token, recovered))
    }
}

/// Whether a block differs in most of its bytes: a changed cryptogram does that to the number under it, a change of the
/// number itself does not.
fn garbled(one: &[u8], other: &[u8], block: usize) -> bool {
    let mut pairs = one.chunks(block).zip(other.chunks(block));
    pairs.any(|(one, other)| {
        let differing = one.iter().zip(other).filter(|(one, other)| one != other);
        differing.count() > block / 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::KeyType;
    use crate::secure_messaging::samples::{keys, numbers};

    #[test]
    fn the_frame_with_the_damaged_byte_is_the_one_that_is_not_made_again() {
        for key in keys(37) {
            let rnd = |factor| numbers(key.rnd_len(), factor);
            let (rpcd1, rpicc1, rpcd2, rpicc2) = (rnd(11), rnd(17), rnd(23), rnd(29));
            let mut host = Host::new(&key, &rpcd1, &rpcd2).unwrap();
            let token = host.external(&rpicc1).unwrap();
            let card = Card::external(&key, &rpicc1, &token).unwrap();
            let (proof, ..) = card.internal(&rpcd2, &rpicc2).unwrap();
            let frames = [rpicc1.clone(), token, rpcd2, proof];
            let recover = |frames: &[Vec<u8>; 4], session_fits| {
                let [rpicc1, token, rpcd2, proof] = frames;
                let recorded = IsoFrames {
                    rpicc1,
                    token,
                    rpcd2,
                    proof,
                    session_fits,
                };
                RecoveredIso::new(&key, recorded)
            };
            let whole = recover(&frames, Some(true)).unwrap();
            assert_eq!((whole.rpcd1.expose(), &whole.rpicc1), (&rpcd1[..], &rpicc1));
            assert_eq!(whole.rpicc2.expose(), rpicc2);
            assert_eq!(whole.proof, frames[3]);
            for part in 0..4 {
                // With 3K3DES the first blocks of token and proof hold halves of RPCD1 and RPICC2, which stand nowhere
                // else.
                let alone = key.kind() == KeyType::ThreeKey3Des && part % 2 == 1;
                for at in if alone { 8 } else { 0 }..frames[part].len() {
                    let mut damaged = frames.clone();
                    damaged[part][at] ^= 0x12;
                    let found = recover(&damaged, Some(part == 0)).unwrap();
                    let mut host = Host::new(&key, found.rpcd1.expose(), &found.rpcd2).unwrap();
                    let made = [
                        found.rpicc1.clone(),
                        host.external(&found.rpicc1).unwrap(),
                        found.rpcd2.clone(),
                        found.proof.clone(),
                    ];
                    let wrong = (0..4).find(|part| made[*part] != damaged[*part]);
                    // A changed RPCD2 shows in the proof, which repeats it.
                    let shows = if part == 2 { 3 } else { part };
                    assert_eq!(
                        wrong,
                        Some(shows),
                        "{:?}, part {part}, byte {at}",
                        key.kind()
                    );
                }
            }
            let mut refused = frames.clone();
            (refused[2], refused[3]) = (Vec::new(), Vec::new());
            let found = recover(&refused, None).unwrap();
            assert_eq!((found.rpcd1.expose(), found.proof), (&rpcd1[..], vec![]));
            refused[1].pop();
            assert_eq!(recover(&refused, None), None);
        }
    }
}

//! AuthenticateEV2First and NonFirst.

use super::Cryptograms;
use crate::crypto::aes::{AesKey, BLOCK};
use crate::secure_messaging::handshake::ev2::{
    CardFirst, FirstProof, rotate, token_clear, unrotate,
};

/// What both sides drew, and what the card must have said; secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The host's random number.
    pub rnd_a: [u8; BLOCK],
    /// The card's random number.
    pub rnd_b: [u8; BLOCK],
    /// Transaction identifier, of First.
    pub ti: Option<[u8; 4]>,
    /// `E(K, RndB)`.
    pub challenge: [u8; BLOCK],
    /// The card's proof, where one was recorded.
    pub proof: Vec<u8>,
}

impl std::fmt::Debug for Recovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recovered(hidden)")
    }
}

impl Recovered {
    /// Weighs the cryptograms under `key` against each other.
    pub fn new(key: &[u8; BLOCK], recorded: Cryptograms<'_>) -> Self {
        let cipher = AesKey::new(key);
        let challenge = recorded.challenge.first_chunk::<BLOCK>();
        let from_challenge = challenge.map(|block| cipher.decrypt_block(*block));
        let token = <[u8; 32]>::try_from(recorded.token).ok();
        let token = token.map(|token| token_clear(&cipher, token));
        let proof = Proof::open(&cipher, recorded.proof);
        let agreed =
            |(rnd_a, _): &([u8; BLOCK], _)| proof.as_ref().map(Proof::rnd_a) == Some(*rnd_a);
        let honest = |(_, rotated): &(_, [u8; BLOCK])| Some(unrotate(*rotated)) == from_challenge;
        let rnd_a = match (&token, &proof) {
            (Some(token), Some(proof)) if !honest(token) && !agreed(token) => Some(proof.rnd_a()),
            (Some((rnd_a, _)), _) => Some(*rnd_a),
            (None, Some(proof)) => Some(proof.rnd_a()),
            (None, None) => None,
        };
        let rnd_a = rnd_a.unwrap_or_default();
        let rnd_b = match &token {
            Some(token) if agreed(token) && recorded.session_fits == Some(false) => {
                Some(unrotate(token.1))
            }
            _ => from_challenge,
        };
        let rnd_b = rnd_b.unwrap_or_default();
        let card = CardFirst::new(*key, rnd_b);
        let (ti, proof) = match proof {
            None => (None, Vec::new()),
            Some(Proof::NonFirst(_)) => (None, card.prove_non_first(rnd_a).to_vec()),
            Some(Proof::First(clear, cipher_text)) => {
                let clear = clear.mended(&cipher, &cipher_text, rnd_a, recorded.pcdcap2);
                let (proof, _) = card.prove_first(rnd_a, clear.ti, clear.pdcap2, clear.pcdcap2);
                (Some(clear.ti), proof.to_vec())
            }
        };
        Self {
            rnd_a,
            rnd_b,
            ti,
            challenge: card.challenge(),
            proof,
        }
    }
}

enum Proof {
    First(FirstProof, [u8; 32]),
    NonFirst([u8; BLOCK]),
}

impl Proof {
    fn open(cipher: &AesKey, proof: &[u8]) -> Option<Self> {
        if let Ok(proof) = <[u8; 32]>::try_from(proof) {
            return Some(Self::First(FirstProof::open(cipher, proof), proof));
        }
        let proof = <[u8; BLOCK]>::try_from(proof).ok()?;
        Some(Self::NonFirst(cipher.decrypt_block(proof)))
    }

    fn rnd_a(&self) -> [u8; BLOCK] {
        match self {
            Self::First(clear, _) => unrotate(clear.rotated_rnd_a),
            Self::NonFirst(rotated) => unrotate(*rotated),
        }
    }
}

impl FirstProof {
    /// A damaged first block hides TI, a damaged second one the capabilities. The second block holds nothing
    /// that isn't known, as long as the card has no capabilities of its own; the first follows from it.
    fn mended(self, cipher: &AesKey, proof: &[u8; 32], rnd_a: [u8; BLOCK], pcdcap2: &[u8]) -> Self {
        const HEAD: usize = 12;
        let rotated = rotate(rnd_a);
        let fits = |clear: &Self| {
            clear
                .rotated_rnd_a
                .iter()
                .take(HEAD)
                .eq(rotated.iter().take(HEAD))
        };
        let mut echo = [0; 6];
        echo.iter_mut()
            .zip(pcdcap2)
            .for_each(|(echo, sent)| *echo = *sent);
        if self.rotated_rnd_a == rotated {
            return self;
        }
        if fits(&self) {
            return Self {
                pdcap2: [0; 6],
                pcdcap2: echo,
                ..self
            };
        }
        let mended = [self.pdcap2, [0; 6]].into_iter().find_map(|pdcap2| {
            let tail = rotated.into_iter().skip(HEAD).chain(pdcap2).chain(echo);
            let second = proof.last_chunk::<BLOCK>()?;
            let mut whole = *proof;
            whole
                .iter_mut()
                .zip(cipher.decrypt_block(*second).into_iter().zip(tail))
                .for_each(|(out, (block, plain))| *out = block ^ plain);
            Some(Self::open(cipher, whole)).filter(fits)
        });
        mended.unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_damaged_byte_in_any_cryptogram_is_found() {
        let draw = |start: u8| {
            std::array::from_fn(|i| start.wrapping_mul(u8::try_from(i * i + 7).unwrap_or(5)))
        };
        let (key, rnd_a, rnd_b): ([u8; 16], [u8; 16], [u8; 16]) = (draw(3), draw(5), draw(11));
        let card = CardFirst::new(key, rnd_b);
        let mut host = crate::secure_messaging::handshake::Host::new(key, rnd_a, true);
        let challenge = card.challenge();
        let token = host.answer(&challenge).unwrap();
        let (proof, _) = card.prove_first(rnd_a, [1, 2, 3, 4], [0; 6], [2, 0, 0, 0, 0, 0]);
        let whole = proof;
        for part in 0..3 {
            for at in 0..[16, 32, 32][part] {
                let (mut challenge, mut token, mut proof) = (challenge, token, proof);
                match part {
                    0 => challenge[at] ^= 0x40,
                    1 => token[at] ^= 0x40,
                    _ => proof[at] ^= 0x40,
                }
                let found = Recovered::new(
                    &key,
                    Cryptograms {
                        challenge: &challenge,
                        token: &token,
                        proof: &proof,
                        pcdcap2: &[2],
                        session_fits: Some(part != 0),
                    },
                );
                assert_eq!(
                    (found.rnd_a, found.rnd_b, found.ti, found.proof),
                    (rnd_a, rnd_b, Some([1, 2, 3, 4]), whole.to_vec()),
                    "part {part}, byte {at}"
                );
            }
        }
    }
}

//! Key diversification (AN10922; DESFire reference §8.1).
//!
//! AES-128: `X = 01 ‖ M`, M of 1 to 31 bytes, padded with `80 00…` to **two** blocks even when one would
//! do (here it differs from CMAC); the last block ⊕ K1 when X was 32 bytes, else ⊕ K2; CBC from a zero
//! IV; the second block is the key. AES-256: the same with 32-byte master, once with `41` and once with `42`.

use crate::crypto::Secret;
use crate::crypto::cmac::{aes_cmac, two_block_cmac};
use crate::report::Worked;

/// Why a key can't be diversified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiversifyError {
    /// The input is empty or too long.
    #[error("diversification input has {got} bytes, 1 to {max} expected")]
    Input {
        /// Longest input.
        max: usize,
        /// Given length.
        got: usize,
    },
    /// The master key has a length that the rule does not know.
    #[error("master key has {got} bytes, 16 or 32 expected")]
    Key {
        /// Given length.
        got: usize,
    },
}

/// AN10922 for AES-128 and AES-256 masters.
pub fn an10922_aes(master: &[u8], input: &[u8]) -> Result<Worked<Secret>, DiversifyError> {
    const MAX: usize = 31;
    if input.is_empty() || input.len() > MAX {
        return Err(DiversifyError::Input {
            max: MAX,
            got: input.len(),
        });
    }
    let constants: &[u8] = match master.len() {
        16 => &[0x01],
        32 => &[0x41, 0x42],
        got => return Err(DiversifyError::Key { got }),
    };
    let mut key = Vec::new();
    for constant in constants {
        let message = [&[*constant], input].concat();
        key.extend_from_slice(
            &two_block_cmac(master, &message).ok_or(DiversifyError::Key { got: master.len() })?,
        );
    }
    Ok(Worked::new(Secret::new(key.clone()))
        .step("diversification input M", input, "AN10922 §2")
        .step("diversified key", key, "AN10922 §2"))
}

/// The keys that a BoltCard issuer derives from one issuer key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoltCardKeys {
    /// Key of the card, from which most others come.
    pub card_key: Secret,
    /// Application keys 0 to 4.
    pub keys: [Secret; 5],
    /// Identifier of the card.
    pub card_id: [u8; 16],
}

/// BoltCard's deterministic derivation: AES-CMAC as a pseudo-random function over constants, UID and version
/// (its public specification "deterministic keys"). K1 comes from the issuer key so that all cards share it.
pub fn boltcard(issuer_key: &[u8; 16], uid: &[u8; 7], version: u32) -> BoltCardKeys {
    let constant = |last: u8| [0x2D, 0x00, 0x3F, last];
    let card_key = aes_cmac(issuer_key, &[&constant(0x75), uid, &version.to_le_bytes()]);
    let of_card = |last: u8| Secret::new(aes_cmac(&card_key, &[&constant(last)]));
    let shared = Secret::new(aes_cmac(issuer_key, &[&constant(0x77)]));
    BoltCardKeys {
        keys: [
            of_card(0x76),
            shared,
            of_card(0x78),
            of_card(0x79),
            of_card(0x7A),
        ],
        card_id: aes_cmac(issuer_key, &[&constant(0x7B), uid]),
        card_key: Secret::new(card_key),
    }
}

//! AES-CMAC (NIST SP 800-38B) and its truncation to the odd bytes.

use ::aes::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit, consts::U16};
use ::aes::{Aes128, Aes256};
use ::cmac::digest::InnerInit;
use ::cmac::{Cmac, Mac};

use super::aes::BLOCK;

/// An AES-CMAC key with its schedule prepared.
#[derive(Clone)]
pub struct CmacKey(Aes128);

impl CmacKey {
    /// Prepares the key schedule.
    pub fn new(key: &[u8; BLOCK]) -> Self {
        Self(Aes128::new(key.into()))
    }

    /// The full MAC over the concatenation of `parts`.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; BLOCK] {
        let mut state = Cmac::inner_init(&self.0);
        for part in parts {
            state.update(part);
        }
        state.finalize().into_bytes().into()
    }

    /// The MAC truncated to bytes 1, 3, … 15, as EV2 secure messaging and the Transaction MAC use it.
    pub fn mact(&self, parts: &[&[u8]]) -> [u8; 8] {
        odd_bytes(self.mac(parts))
    }
}

impl std::fmt::Debug for CmacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CmacKey(hidden)")
    }
}

/// The MAC under a key that is used once.
pub fn aes_cmac(key: &[u8; BLOCK], parts: &[&[u8]]) -> [u8; BLOCK] {
    CmacKey::new(key).mac(parts)
}

/// Bytes 1, 3, … 15 of a full MAC.
pub fn odd_bytes(mac: [u8; BLOCK]) -> [u8; 8] {
    let mut odd = mac.into_iter().skip(1).step_by(2);
    std::array::from_fn(|_| odd.next().unwrap_or_default())
}

/// The MAC of AN10922 over a message of at most two blocks, always padded to two: the last block of a CBC
/// chain, tweaked with K1 when the message filled both blocks and with K2 otherwise. `None` for a key that is
/// neither 16 nor 32 bytes long or a longer message.
pub fn two_block_cmac(key: &[u8], message: &[u8]) -> Option<[u8; BLOCK]> {
    match key.len() {
        16 => two_blocks(&Aes128::new_from_slice(key).ok()?, message),
        32 => two_blocks(&Aes256::new_from_slice(key).ok()?, message),
        _ => None,
    }
}

fn two_blocks<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>>(
    cipher: &C,
    message: &[u8],
) -> Option<[u8; BLOCK]> {
    let encrypt = |block: u128| {
        let mut bytes = block.to_be_bytes().into();
        cipher.encrypt_block(&mut bytes);
        u128::from_be_bytes(bytes.into())
    };
    let double = |block: u128| block << 1 ^ if block >> 127 == 1 { 0x87 } else { 0 };
    let mut padded = [0; 2 * BLOCK];
    padded.get_mut(..message.len())?.copy_from_slice(message);
    let tweak = if let Some(end) = padded.get_mut(message.len()) {
        *end = 0x80;
        double(double(encrypt(0)))
    } else {
        double(encrypt(0))
    };
    let first = u128::from_be_bytes(*padded.first_chunk()?);
    let second = u128::from_be_bytes(*padded.last_chunk()?);
    Some(encrypt(encrypt(first) ^ second ^ tweak).to_be_bytes())
}

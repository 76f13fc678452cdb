//! AES-CMAC (NIST SP 800-38B) and its truncation to the odd bytes.

use ::aes::Aes128Enc;
use ::aes::cipher::KeyInit;
use ::cmac::digest::InnerInit;
use ::cmac::{Cmac, Mac};

use super::aes::BLOCK;

/// An AES-CMAC key with its schedule prepared; a MAC never deciphers.
#[derive(Clone)]
pub struct CmacKey(Aes128Enc);

impl CmacKey {
    /// Prepares the key schedule.
    pub fn new(key: &[u8; BLOCK]) -> Self {
        Self(Aes128Enc::new(key.into()))
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

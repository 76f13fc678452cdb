//! The MAC of AN10922 (DESFire reference §8.1): a CMAC whose message is always padded to two blocks, also when one
//! would do.
//!
//! The last block is mixed with K1 when the message filled both blocks, with K2 otherwise.

use ::aes::cipher::{BlockCipherEncrypt, KeyInit};
use ::aes::{Aes128, Aes256};

use super::Secret;
use super::aes::BLOCK;
use super::cipher::double;
use super::des::{self, DesKey};

/// The MAC with the values on the way to it; all of them are secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoBlocks {
    /// K1 and K2.
    pub subkeys: [Secret; 2],
    /// The message, padded to two blocks.
    pub padded: Secret,
    /// The same, its last block mixed with K1 or K2.
    pub mixed: Secret,
    /// The MAC: one block.
    pub mac: Secret,
}

impl TwoBlocks {
    /// With AES: a key of 16 or 32 bytes, a message of at most 32. `None` for other lengths.
    pub fn aes(key: &[u8], message: &[u8]) -> Option<Self> {
        fn with<C: KeyInit + BlockCipherEncrypt<BlockSize = ::aes::cipher::consts::U16>>(
            key: &[u8],
            message: &[u8],
        ) -> Option<TwoBlocks> {
            let cipher = C::new_from_slice(key).ok()?;
            let encrypt = |block: [u8; BLOCK]| {
                let mut block = block.into();
                cipher.encrypt_block(&mut block);
                block.into()
            };
            TwoBlocks::new(encrypt, message, 0x87)
        }
        match key.len() {
            16 => with::<Aes128>(key, message),
            32 => with::<Aes256>(key, message),
            _ => None,
        }
    }

    /// With triple DES: a key of 16 or 24 bytes, a message of at most 16. `None` for other lengths.
    pub fn triple_des(key: &[u8], message: &[u8]) -> Option<Self> {
        let key = DesKey::new(key).filter(|_| key.len() >= 16)?;
        let encrypt = |block: [u8; des::BLOCK]| key.encrypt_block(block);
        Self::new(encrypt, message, 0x1B)
    }

    fn new<const N: usize>(
        encrypt: impl Fn([u8; N]) -> [u8; N],
        message: &[u8],
        rb: u8,
    ) -> Option<Self> {
        let k1 = double(encrypt([0; N]), rb);
        let k2 = double(k1, rb);
        let mut padded = vec![0; 2 * N];
        padded.get_mut(..message.len())?.copy_from_slice(message);
        let subkey = if let Some(end) = padded.get_mut(message.len()) {
            *end = 0x80;
            k2
        } else {
            k1
        };
        let mut mixed = padded.clone();
        let last = mixed.iter_mut().skip(N);
        last.zip(subkey).for_each(|(byte, key)| *byte ^= key);
        let mut mac = [0; N];
        for block in mixed.chunks(N) {
            mac.iter_mut()
                .zip(block)
                .for_each(|(mac, byte)| *mac ^= byte);
            mac = encrypt(mac);
        }
        Some(Self {
            subkeys: [k1, k2].map(Secret::new),
            padded: Secret::new(padded),
            mixed: Secret::new(mixed),
            mac: Secret::new(mac),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::cipher::Cipher;

    /// Where more than one block is needed anyway, it is CMAC.
    #[test]
    fn a_message_longer_than_a_block_has_its_cmac() {
        let key: Vec<u8> = (3..27_u8).map(|i| i.wrapping_mul(29)).collect();
        let message: Vec<u8> = (0..33_u8).map(|i| i.wrapping_mul(83)).collect();
        for len in 0..=33 {
            let message = &message[..len];
            for (cipher, two, block) in [
                (
                    Cipher::aes(&key[..16]),
                    TwoBlocks::aes(&key[..16], message),
                    16,
                ),
                (
                    Cipher::des(&key[..16]),
                    TwoBlocks::triple_des(&key[..16], message),
                    8,
                ),
                (Cipher::des(&key), TwoBlocks::triple_des(&key, message), 8),
            ] {
                let cipher = cipher.unwrap();
                let cmac = cipher.cmac(&cipher.zero(), &[message]);
                assert_eq!(two.is_some(), len <= 2 * block);
                if let Some(two) = two {
                    let same = two.mac.expose() == cmac.as_ref();
                    assert_eq!(same, len > block, "{len} bytes, blocks of {block}");
                }
            }
        }
        for len in [0, 8, 15, 17, 23] {
            assert_eq!(TwoBlocks::triple_des(&key[..len], &[1]), None);
            assert_eq!(TwoBlocks::aes(&key[..len], &[1]), None);
        }
    }
}

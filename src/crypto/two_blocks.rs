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
pub struct Worked {
    /// K1 and K2.
    pub subkeys: [Secret; 2],
    /// The message, padded to two blocks.
    pub padded: Secret,
    /// The same, its last block mixed with K1 or K2.
    pub mixed: Secret,
    /// The MAC: one block.
    pub mac: Secret,
}

/// The MAC of a key, with blocks of `N` bytes; each stage is a function of its own.
pub struct TwoBlocks<const N: usize> {
    encrypt: Box<dyn Fn([u8; N]) -> [u8; N]>,
    rb: u8,
}

impl TwoBlocks<BLOCK> {
    /// With AES: a key of 16 or 32 bytes. `None` for other lengths.
    pub fn aes(key: &[u8]) -> Option<Self> {
        fn with<C>(key: &[u8]) -> Option<TwoBlocks<BLOCK>>
        where
            C: KeyInit + BlockCipherEncrypt<BlockSize = ::aes::cipher::consts::U16> + 'static,
        {
            let cipher = C::new_from_slice(key).ok()?;
            let encrypt = move |block: [u8; BLOCK]| {
                let mut block = block.into();
                cipher.encrypt_block(&mut block);
                block.into()
            };
            Some(TwoBlocks {
                encrypt: Box::new(encrypt),
                rb: 0x87,
            })
        }
        match key.len() {
            16 => with::<Aes128>(key),
            32 => with::<Aes256>(key),
            _ => None,
        }
    }
}

impl TwoBlocks<{ des::BLOCK }> {
    /// With triple DES: a key of 16 or 24 bytes. `None` for other lengths.
    pub fn triple_des(key: &[u8]) -> Option<Self> {
        let key = DesKey::new(key).filter(|_| key.len() >= 16)?;
        Some(Self {
            encrypt: Box::new(move |block| key.encrypt_block(block)),
            rb: 0x1B,
        })
    }
}

impl<const N: usize> TwoBlocks<N> {
    /// K1, for a message that fills both blocks.
    pub fn first_subkey(&self) -> [u8; N] {
        double((self.encrypt)([0; N]), self.rb)
    }

    /// K2, for a padded message, from K1.
    pub fn second_subkey(&self, k1: [u8; N]) -> [u8; N] {
        double(k1, self.rb)
    }

    /// A message padded to two blocks, by 80 and zeros; `None` when it is longer than them.
    pub fn padded(message: &[u8]) -> Option<Vec<u8>> {
        let mut padded = vec![0; 2 * N];
        padded.get_mut(..message.len())?.copy_from_slice(message);
        if let Some(end) = padded.get_mut(message.len()) {
            *end = 0x80;
        }
        Some(padded)
    }

    /// Two blocks, the last mixed with a subkey: K1 for a message that filled both, else K2.
    pub fn mixed(padded: &[u8], subkey: [u8; N]) -> Vec<u8> {
        let mut mixed = padded.to_vec();
        let last = mixed.iter_mut().skip(N);
        last.zip(subkey).for_each(|(byte, key)| *byte ^= key);
        mixed
    }

    /// The last block of CBC over two mixed blocks: the MAC.
    pub fn last_block(&self, mixed: &[u8]) -> [u8; N] {
        let mut mac = [0; N];
        for block in mixed.chunks(N) {
            mac.iter_mut()
                .zip(block)
                .for_each(|(mac, byte)| *mac ^= byte);
            mac = (self.encrypt)(mac);
        }
        mac
    }

    /// All stages of a message of at most two blocks; `None` for a longer one.
    pub fn work(&self, message: &[u8]) -> Option<Worked> {
        let k1 = self.first_subkey();
        let k2 = self.second_subkey(k1);
        let padded = Self::padded(message)?;
        let fills = message.len() == padded.len();
        let mixed = Self::mixed(&padded, if fills { k1 } else { k2 });
        Some(Worked {
            mac: Secret::new(self.last_block(&mixed)),
            subkeys: [k1, k2].map(Secret::new),
            padded: Secret::new(padded),
            mixed: Secret::new(mixed),
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
                    TwoBlocks::aes(&key[..16]).unwrap().work(message),
                    16,
                ),
                (
                    Cipher::des(&key[..16]),
                    TwoBlocks::triple_des(&key[..16]).unwrap().work(message),
                    8,
                ),
                (
                    Cipher::des(&key),
                    TwoBlocks::triple_des(&key).unwrap().work(message),
                    8,
                ),
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
            assert!(TwoBlocks::triple_des(&key[..len]).is_none());
            assert!(TwoBlocks::aes(&key[..len]).is_none());
        }
    }
}

//! The block cipher of an EV1 session, AES or one of the DES family: CBC and CMAC that start from a running IV
//! (DESFire reference §4.3; NIST SP 800-38B for the subkeys).
//!
//! The `cmac` crate always starts from zero, and a message shorter than a block hides the start behind the padding,
//! so the chain stands here; tests hold it against that crate.

use ::zeroize::Zeroizing;

use super::Secret;
use super::aes::{self, AesKey};
use super::des::{self, DesKey};

/// One block or IV: 8 bytes of the DES family or 16 of AES.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// Of DES, 2K3DES or 3K3DES.
    Des([u8; des::BLOCK]),
    /// Of AES.
    Aes([u8; aes::BLOCK]),
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Des(bytes) => bytes,
            Self::Aes(bytes) => bytes,
        }
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({} bytes)", self.as_ref().len())
    }
}

/// A cipher with its key, and the subkeys of its CMAC.
#[derive(Clone)]
pub enum Cipher {
    /// DES, 2K3DES or 3K3DES.
    Des(DesKey, Subkeys<{ des::BLOCK }>),
    /// AES-128.
    Aes(AesKey, Subkeys<{ aes::BLOCK }>),
}

/// K1 and K2 of a CMAC.
#[derive(Clone)]
pub struct Subkeys<const N: usize>(Zeroizing<[[u8; N]; 2]>);

impl<const N: usize> std::fmt::Debug for Subkeys<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subkeys(hidden)")
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cipher({}-byte blocks, hidden)", self.block_len())
    }
}

impl Cipher {
    /// A key of the DES family: 8, 16 or 24 bytes.
    pub fn des(key: &[u8]) -> Option<Self> {
        let key = DesKey::new(key)?;
        let subkeys = Subkeys::new(key.encrypt_block([0; des::BLOCK]), RB_8);
        Some(Self::Des(key, subkeys))
    }

    /// An AES-128 key: 16 bytes.
    pub fn aes(key: &[u8]) -> Option<Self> {
        let key = AesKey::new(key.try_into().ok()?);
        let subkeys = Subkeys::new(key.encrypt_block([0; aes::BLOCK]), RB_16);
        Some(Self::Aes(key, subkeys))
    }

    /// Length of a block in bytes.
    pub const fn block_len(&self) -> usize {
        match self {
            Self::Des(..) => des::BLOCK,
            Self::Aes(..) => aes::BLOCK,
        }
    }

    /// A block of zeros.
    pub const fn zero(&self) -> Block {
        match self {
            Self::Des(..) => Block::Des([0; des::BLOCK]),
            Self::Aes(..) => Block::Aes([0; aes::BLOCK]),
        }
    }

    /// A block of this cipher; `None` when the bytes are not as many.
    pub fn block(&self, bytes: &[u8]) -> Option<Block> {
        match self {
            Self::Des(..) => bytes.try_into().ok().map(Block::Des),
            Self::Aes(..) => bytes.try_into().ok().map(Block::Aes),
        }
    }

    /// Enciphers whole blocks in place by CBC and gives the last cipher block, or `iv` when there is none. Bytes
    /// after the last whole block are left as they are. An IV of the other block length counts as zero.
    pub fn encrypt(&self, iv: &Block, data: &mut [u8]) -> Block {
        match self {
            Self::Des(key, _) => key.cbc_encrypt(iv.of_des(), data),
            Self::Aes(key, _) => key.cbc_encrypt(&iv.of_aes(), data),
        }
        self.last(iv, data)
    }

    /// The reverse of [`Cipher::encrypt`]; it too gives the last cipher block.
    pub fn decrypt(&self, iv: &Block, data: &mut [u8]) -> Block {
        let last = self.last(iv, data);
        match self {
            Self::Des(key, _) => key.cbc_decrypt(iv.of_des(), data),
            Self::Aes(key, _) => key.cbc_decrypt(&iv.of_aes(), data),
        }
        last
    }

    /// The CMAC over the concatenation of `parts`, started from `iv` instead of zero, not truncated.
    pub fn cmac(&self, iv: &Block, parts: &[&[u8]]) -> Block {
        match self {
            Self::Des(key, subkeys) => {
                let encrypt = |block| key.encrypt_block(block);
                Block::Des(chain(encrypt, subkeys, iv.of_des(), parts))
            }
            Self::Aes(key, subkeys) => {
                let encrypt = |block| key.encrypt_block(block);
                Block::Aes(chain(encrypt, subkeys, iv.of_aes(), parts))
            }
        }
    }

    /// K1 and K2 of the CMAC.
    pub fn subkeys(&self) -> [Secret; 2] {
        match self {
            Self::Des(_, subkeys) => subkeys.0.map(Secret::new),
            Self::Aes(_, subkeys) => subkeys.0.map(Secret::new),
        }
    }

    fn last(&self, iv: &Block, data: &[u8]) -> Block {
        let whole = data.len() - data.len() % self.block_len();
        let start = whole.saturating_sub(self.block_len());
        let last = data.get(start..whole).unwrap_or_default();
        self.block(last).unwrap_or(*iv)
    }
}

impl Block {
    const fn of_des(self) -> [u8; des::BLOCK] {
        match self {
            Self::Des(bytes) => bytes,
            Self::Aes(_) => [0; des::BLOCK],
        }
    }

    const fn of_aes(self) -> [u8; aes::BLOCK] {
        match self {
            Self::Aes(bytes) => bytes,
            Self::Des(_) => [0; aes::BLOCK],
        }
    }
}

impl<const N: usize> Subkeys<N> {
    fn new(zero: [u8; N], rb: u8) -> Self {
        let k1 = double(zero, rb);
        Self(Zeroizing::new([k1, double(k1, rb)]))
    }
}

/// Multiplication by x in the field of the block length.
pub(super) fn double<const N: usize>(block: [u8; N], rb: u8) -> [u8; N] {
    let mut next = block.into_iter().skip(1);
    let mut doubled = block.map(|byte| byte << 1 | next.next().unwrap_or_default() >> 7);
    if let ([first, ..], Some(last)) = (&block[..], doubled.last_mut()) {
        *last ^= if first >> 7 == 1 { rb } else { 0 };
    }
    doubled
}

fn chain<const N: usize>(
    encrypt: impl Fn([u8; N]) -> [u8; N],
    subkeys: &Subkeys<N>,
    iv: [u8; N],
    parts: &[&[u8]],
) -> [u8; N] {
    let (mut state, mut filled) = (iv, 0);
    for part in parts {
        let mut rest = *part;
        while !rest.is_empty() {
            // Only when more follows: the last block waits for its subkey.
            if filled == N {
                state = encrypt(state);
                filled = 0;
            }
            let (now, later) = rest.split_at(rest.len().min(N - filled));
            mix(&mut state, filled, now);
            filled += now.len();
            rest = later;
        }
    }
    let [k1, k2] = &*subkeys.0;
    if filled == N {
        mix(&mut state, 0, k1);
    } else {
        mix(&mut state, filled, &[0x80]);
        mix(&mut state, 0, k2);
    }
    encrypt(state)
}

fn mix(state: &mut [u8], from: usize, bytes: &[u8]) {
    state
        .iter_mut()
        .skip(from)
        .zip(bytes)
        .for_each(|(state, byte)| *state ^= byte);
}

/// The constant of NIST SP 800-38B for blocks of 8 bytes.
const RB_8: u8 = 0x1B;
/// The constant for blocks of 16 bytes.
const RB_16: u8 = 0x87;

#[cfg(test)]
mod tests {
    use super::*;
    use ::aes::Aes128;
    use ::cmac::{Cmac, KeyInit, Mac};
    use ::des::{Des, TdesEde2, TdesEde3};

    #[test]
    fn from_a_zero_iv_it_is_the_cmac_of_the_crate_however_the_message_is_cut() {
        fn reference<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
            let mut mac = M::new_from_slice(key).unwrap();
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        }
        let key: Vec<u8> = (3..27_u8).map(|i| i.wrapping_mul(29)).collect();
        let message: Vec<u8> = (0..50_u8).map(|i| i.wrapping_mul(83)).collect();
        for len in 0..message.len() {
            let message = &message[..len];
            let expected = [
                reference::<Cmac<Des>>(&key[..8], message),
                reference::<Cmac<TdesEde2>>(&key[..16], message),
                reference::<Cmac<TdesEde3>>(&key, message),
                reference::<Cmac<Aes128>>(&key[..16], message),
            ];
            let ciphers = [
                Cipher::des(&key[..8]),
                Cipher::des(&key[..16]),
                Cipher::des(&key),
                Cipher::aes(&key[..16]),
            ];
            for (cipher, expected) in ciphers.into_iter().flatten().zip(expected) {
                for cut in [0, 1, len / 2, len] {
                    let (head, tail) = message.split_at(cut.min(len));
                    let mac = cipher.cmac(&cipher.zero(), &[head, &[], tail]);
                    assert_eq!(mac.as_ref(), expected, "{len} bytes cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn cbc_gives_the_last_cipher_block_both_ways() {
        let key: Vec<u8> = (5..21_u8).map(|i| i.wrapping_mul(47)).collect();
        for cipher in [Cipher::des(&key).unwrap(), Cipher::aes(&key).unwrap()] {
            let plain: Vec<u8> = (0..48_u8).map(|i| i ^ 0x6C).collect();
            let iv = cipher.cmac(&cipher.zero(), &[&plain]);
            let mut data = plain.clone();
            let last = cipher.encrypt(&iv, &mut data);
            assert_eq!(last.as_ref(), &data[48 - cipher.block_len()..]);
            assert_eq!(cipher.decrypt(&iv, &mut data), last);
            assert_eq!(data, plain);
            assert_eq!(cipher.encrypt(&iv, &mut []), iv);
            assert_eq!(cipher.block(&[1; 5]), None);
        }
        assert!(Cipher::aes(&key[..15]).is_none());
    }
}

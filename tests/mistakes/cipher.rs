//! Block ciphers, their chaining, CMAC and checksums as the conversations need them (DESFire reference §4.2, §4.3).

use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use des::{Des, TdesEde2, TdesEde3};
use tapscope::card::KeyType;

/// A block cipher with its key.
pub(crate) enum Cipher {
    Aes(Box<Aes128>),
    Des(Des),
    Two(TdesEde2),
    Three(TdesEde3),
}

impl Cipher {
    /// A key of 8 or more bytes of which single DES takes the first 8.
    pub(crate) fn new(kind: KeyType, key: &[u8]) -> Self {
        match kind {
            KeyType::Aes128 => Self::Aes(Box::new(Aes128::new_from_slice(key).unwrap())),
            KeyType::Des => Self::Des(Des::new_from_slice(&key[..8]).unwrap()),
            KeyType::TwoKey3Des => Self::Two(TdesEde2::new_from_slice(key).unwrap()),
            KeyType::ThreeKey3Des => Self::Three(TdesEde3::new_from_slice(key).unwrap()),
        }
    }

    pub(crate) fn aes(key: &[u8]) -> Self {
        Self::new(KeyType::Aes128, key)
    }

    pub(crate) const fn block(&self) -> usize {
        match self {
            Self::Aes(_) => 16,
            _ => 8,
        }
    }

    pub(crate) fn zero(&self) -> Vec<u8> {
        vec![0; self.block()]
    }

    pub(crate) fn one(&self, block: &[u8]) -> Vec<u8> {
        let mut out = block.to_vec();
        match self {
            Self::Aes(cipher) => {
                let mut block = Array::try_from(&out[..]).unwrap();
                cipher.encrypt_block(&mut block);
                out.copy_from_slice(&block);
            }
            Self::Des(cipher) => small(&mut out, |block| cipher.encrypt_block(block)),
            Self::Two(cipher) => small(&mut out, |block| cipher.encrypt_block(block)),
            Self::Three(cipher) => small(&mut out, |block| cipher.encrypt_block(block)),
        }
        out
    }

    fn back(&self, block: &[u8]) -> Vec<u8> {
        let mut out = block.to_vec();
        match self {
            Self::Aes(cipher) => {
                let mut block = Array::try_from(&out[..]).unwrap();
                cipher.decrypt_block(&mut block);
                out.copy_from_slice(&block);
            }
            Self::Des(cipher) => small(&mut out, |block| cipher.decrypt_block(block)),
            Self::Two(cipher) => small(&mut out, |block| cipher.decrypt_block(block)),
            Self::Three(cipher) => small(&mut out, |block| cipher.decrypt_block(block)),
        }
        out
    }

    /// C = E(P ⊕ C before).
    pub(crate) fn encipher(&self, iv: &[u8], plain: &[u8]) -> Vec<u8> {
        self.chain(iv, plain, |mixed| self.one(mixed))
    }

    /// C = D(P ⊕ C before): how a D40 host sends.
    pub(crate) fn send(&self, iv: &[u8], plain: &[u8]) -> Vec<u8> {
        self.chain(iv, plain, |mixed| self.back(mixed))
    }

    /// P = D(C) ⊕ C before.
    pub(crate) fn decipher(&self, iv: &[u8], sealed: &[u8]) -> Vec<u8> {
        let mut before = iv;
        let mut out = Vec::new();
        for block in sealed.chunks(self.block()) {
            out.extend(xor(&self.back(block), before));
            before = block;
        }
        out
    }

    fn chain(&self, iv: &[u8], plain: &[u8], step: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut before = iv.to_vec();
        let mut out = Vec::new();
        for block in plain.chunks(self.block()) {
            before = step(&xor(block, &before));
            out.extend(&before);
        }
        out
    }

    /// The whole CMAC block, started from `iv`.
    pub(crate) fn cmac(&self, iv: &[u8], message: &[u8]) -> Vec<u8> {
        let size = self.block();
        let one = double(&self.one(&self.zero()));
        let two = double(&one);
        let mut padded = message.to_vec();
        let whole = !message.is_empty() && message.len().is_multiple_of(size);
        if !whole {
            padded.push(0x80);
            padded.resize(padded.len().next_multiple_of(size), 0);
        }
        let last = padded.len() - size;
        let mixed = xor(&padded[last..], if whole { &one } else { &two });
        padded.truncate(last);
        padded.extend(mixed);
        let chained = self.encipher(iv, &padded);
        chained[last..].to_vec()
    }
}

fn small(out: &mut [u8], step: impl Fn(&mut Array<u8, aes::cipher::consts::U8>)) {
    let mut block = Array::try_from(&*out).unwrap();
    step(&mut block);
    out.copy_from_slice(&block);
}

/// Doubles in the field of the block.
fn double(block: &[u8]) -> Vec<u8> {
    let mut out = block.to_vec();
    let mut carry = 0;
    for byte in out.iter_mut().rev() {
        let next = *byte >> 7;
        *byte = (*byte << 1) | carry;
        carry = next;
    }
    if carry == 1 {
        let poly = if block.len() == 16 { 0x87 } else { 0x1B };
        *out.last_mut().unwrap() ^= poly;
    }
    out
}

/// Byte by byte; the shorter one counts with zeros behind it.
pub(crate) fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    let other = other.iter().copied().chain(std::iter::repeat(0));
    one.iter().zip(other).map(|(a, b)| a ^ b).collect()
}

/// CRC-32 without the last inversion, least significant byte first.
pub(crate) fn crc32(data: &[u8]) -> Vec<u8> {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    };
    let crc = data.iter().fold(0xFFFF_FFFF, step);
    crc.to_le_bytes().to_vec()
}

/// The checksum of ISO 14443-3 type A.
pub(crate) fn crc16(data: &[u8]) -> Vec<u8> {
    let step = |crc: u16, byte: &u8| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x8408 * (crc & 1))
        })
    };
    data.iter().fold(0x6363_u16, step).to_le_bytes().to_vec()
}

/// Zeros to whole blocks; nothing behind a whole one.
pub(crate) fn zeros(mut data: Vec<u8>, block: usize) -> Vec<u8> {
    data.resize(data.len().next_multiple_of(block), 0);
    data
}

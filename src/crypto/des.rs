//! DES and triple DES with two or three keys: block, CBC, and the two directions of D40 (DESFire reference §4.2).
//!
//! ```text
//! CBC            C_i = E(P_i ⊕ C_(i-1))      P_i = D(C_i) ⊕ C_(i-1)
//! towards card   C_i = D(P_i ⊕ C_(i-1))      P_i = E(C_i) ⊕ C_(i-1)
//! ```
//! A D40 card can only encipher, so the host deciphers to send. Bit 0 of each key byte is no part of the cipher;
//! a card keeps it, and its key version in the first eight of them.

use ::aes::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser,
    InnerIvInit, KeyInit, consts::U8,
};
use ::des::{Des, TdesEde2, TdesEde3};

/// Length of a block and an IV in bytes.
pub const BLOCK: usize = 8;

/// A DES, 2K3DES or 3K3DES key with its schedule prepared.
#[derive(Clone)]
pub struct DesKey(Kind);

#[derive(Clone)]
enum Kind {
    One(Des),
    Two(TdesEde2),
    Three(TdesEde3),
}

/// Runs the same code for whichever cipher the key has.
macro_rules! with {
    ($key:expr, $cipher:ident => $body:expr) => {
        match &$key.0 {
            Kind::One($cipher) => $body,
            Kind::Two($cipher) => $body,
            Kind::Three($cipher) => $body,
        }
    };
}

impl DesKey {
    /// A key of 8 (DES), 16 (2K3DES; with equal halves the same as DES) or 24 bytes (3K3DES).
    pub fn new(key: &[u8]) -> Option<Self> {
        let kind = match key.len() {
            8 => Kind::One(Des::new_from_slice(key).ok()?),
            16 if is_doubled(key) => Kind::One(Des::new_from_slice(key.get(..8)?).ok()?),
            16 => Kind::Two(TdesEde2::new_from_slice(key).ok()?),
            24 => Kind::Three(TdesEde3::new_from_slice(key).ok()?),
            _ => return None,
        };
        Some(Self(kind))
    }

    /// Enciphers one block.
    pub fn encrypt_block(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = block.into();
        with!(self, cipher => cipher.encrypt_block(&mut block));
        block.into()
    }

    /// Deciphers one block.
    pub fn decrypt_block(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = block.into();
        with!(self, cipher => cipher.decrypt_block(&mut block));
        block.into()
    }

    /// Enciphers whole blocks in place; bytes after the last whole block are left as they are.
    pub fn cbc_encrypt(&self, iv: [u8; BLOCK], data: &mut [u8]) {
        with!(self, cipher => cbc_encrypt(cipher, iv, data));
    }

    /// Deciphers whole blocks in place; bytes after the last whole block are left as they are.
    pub fn cbc_decrypt(&self, iv: [u8; BLOCK], data: &mut [u8]) {
        with!(self, cipher => cbc_decrypt(cipher, iv, data));
    }

    /// The host's side of a D40 cryptogram: deciphers each block after mixing in the cryptogram before it, from a
    /// zero IV, in place. Bytes after the last whole block are left as they are.
    pub fn send(&self, data: &mut [u8]) {
        let mut previous = [0; BLOCK];
        for block in data.as_chunks_mut::<BLOCK>().0 {
            *block = self.decrypt_block(xor(*block, previous));
            previous = *block;
        }
    }

    /// The card's side of [`DesKey::send`]: only enciphers.
    pub fn receive(&self, data: &mut [u8]) {
        let mut previous = [0; BLOCK];
        for block in data.as_chunks_mut::<BLOCK>().0 {
            let cryptogram = *block;
            *block = xor(self.encrypt_block(cryptogram), previous);
            previous = cryptogram;
        }
    }

    /// CBC-MAC over the data with zeros up to a whole block, from a zero IV: the last cipher block.
    pub fn cbc_mac(&self, data: &[u8]) -> [u8; BLOCK] {
        data.chunks(BLOCK).fold([0; BLOCK], |mut state, part| {
            state
                .iter_mut()
                .zip(part)
                .for_each(|(state, byte)| *state ^= byte);
            self.encrypt_block(state)
        })
    }
}

impl std::fmt::Debug for DesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DesKey(hidden)")
    }
}

/// Whether a key of 16 bytes has equal halves, bit 0 of each byte included: then it is a single DES key.
pub fn is_doubled(key: &[u8]) -> bool {
    key.len() == 16 && key.iter().take(8).eq(key.iter().skip(8))
}

/// The key version: bit 0 of each of the first eight bytes, that of byte 0 first.
pub fn key_version(key: &[u8]) -> u8 {
    key.iter()
        .take(8)
        .fold(0, |version, byte| version << 1 | byte & 1)
}

/// Writes a key version into bit 0 of the first eight bytes. A doubled key stays doubled: with two different
/// halves a card would take it for 2K3DES and derive a longer session key.
pub fn set_key_version(key: &mut [u8], version: u8) {
    let doubled = is_doubled(key);
    let mut bits = (0..8).map(|bit| version >> (7 - bit) & 1);
    let bits: [u8; 8] = std::array::from_fn(|_| bits.next().unwrap_or_default());
    let halves = if doubled { 2 } else { 1 };
    for half in key.chunks_mut(8).take(halves) {
        half.iter_mut()
            .zip(bits)
            .for_each(|(byte, bit)| *byte = *byte & 0xFE | bit);
    }
}

fn xor(mut block: [u8; BLOCK], other: [u8; BLOCK]) -> [u8; BLOCK] {
    block
        .iter_mut()
        .zip(other)
        .for_each(|(byte, other)| *byte ^= other);
    block
}

fn cbc_encrypt<C>(cipher: &C, iv: [u8; BLOCK], data: &mut [u8])
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U8>,
{
    let (blocks, _) = ::aes::cipher::Array::slice_as_chunks_mut(data);
    cbc::Encryptor::inner_iv_init(cipher, &iv.into()).encrypt_blocks(blocks);
}

fn cbc_decrypt<C>(cipher: &C, iv: [u8; BLOCK], data: &mut [u8])
where
    C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U8>,
{
    let (blocks, _) = ::aes::cipher::Array::slice_as_chunks_mut(data);
    cbc::Decryptor::inner_iv_init(cipher, &iv.into()).decrypt_blocks(blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn a_block_of_each_kind_is_that_of_nist() {
        // NIST SP 800-17 (DES variable plaintext), NIST SP 800-20/-67 example with three keys.
        let one = DesKey::new(&hex::parse("0101010101010101").unwrap()).unwrap();
        let block = hex::array("8000000000000000").unwrap();
        assert_eq!(hex::upper(one.encrypt_block(block)), "95F8A5E5DD31D900");
        let three = "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123";
        let three = DesKey::new(&hex::parse(three).unwrap()).unwrap();
        let block = hex::array("5468652071756663").unwrap();
        let cipher = three.encrypt_block(block);
        assert_eq!(hex::upper(cipher), "A826FD8CE53B855F");
        assert_eq!(three.decrypt_block(cipher), block);
        assert!(DesKey::new(&[1; 15]).is_none());
    }

    #[test]
    fn what_the_host_sends_is_not_cbc_and_the_card_reads_it() {
        let key = hex::parse("1032547698BADCFE0F2D4B6987A5C3E1").unwrap();
        let key = DesKey::new(&key).unwrap();
        let plain: Vec<u8> = (0..32_u8).map(|i| i.wrapping_mul(71)).collect();
        let (mut sent, mut decrypted) = (plain.clone(), plain.clone());
        key.send(&mut sent);
        key.cbc_decrypt([0; BLOCK], &mut decrypted);
        assert_eq!(sent[..8], decrypted[..8], "one block hides the difference");
        assert_ne!(sent[8..], decrypted[8..]);
        key.receive(&mut sent);
        assert_eq!(sent, plain);
    }

    #[test]
    fn the_version_is_in_the_parity_bits_and_a_doubled_key_stays_doubled() {
        let mut single = hex::parse("10325476 98BADCFE 10325476 98BADCFE").unwrap();
        set_key_version(&mut single, 0xA5);
        assert_eq!(key_version(&single), 0xA5);
        assert_eq!(hex::upper(&single[..8]), "1132557698BBDCFF");
        assert!(is_doubled(&single));
        let mut two = hex::parse("10325476 98BADCFE 0F2D4B69 87A5C3E1").unwrap();
        set_key_version(&mut two, 0x0F);
        assert_eq!(
            (key_version(&two), hex::upper(&two[8..])),
            (0x0F, "0F2D4B6987A5C3E1".to_owned())
        );
        let mut three = [0x37; 24];
        set_key_version(&mut three, 0x55);
        assert_eq!(
            (key_version(&three), three[8..] == [0x37; 16]),
            (0x55, true)
        );
    }
}

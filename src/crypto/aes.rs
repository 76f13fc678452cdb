//! AES-128 block and CBC, the IV given by the caller.

use ::aes::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit,
    KeyInit,
};
use ::aes::{Aes128, Aes128Dec};

/// Length of a block, a key and an IV in bytes.
pub const BLOCK: usize = 16;

/// An AES-128 key with its schedule prepared.
#[derive(Clone)]
pub struct AesKey(Aes128);

impl AesKey {
    /// Prepares the key schedule.
    pub fn new(key: &[u8; BLOCK]) -> Self {
        Self(Aes128::new(key.into()))
    }

    /// Enciphers one block.
    pub fn encrypt_block(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = block.into();
        self.0.encrypt_block(&mut block);
        block.into()
    }

    /// Deciphers one block.
    pub fn decrypt_block(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = block.into();
        self.0.decrypt_block(&mut block);
        block.into()
    }

    /// Enciphers whole blocks in place; bytes after the last whole block are left as they are.
    pub fn cbc_encrypt(&self, iv: &[u8; BLOCK], data: &mut [u8]) {
        let (blocks, _) = ::aes::cipher::Array::slice_as_chunks_mut(data);
        cbc::Encryptor::inner_iv_init(&self.0, iv.into()).encrypt_blocks(blocks);
    }

    /// Deciphers whole blocks in place; bytes after the last whole block are left as they are.
    pub fn cbc_decrypt(&self, iv: &[u8; BLOCK], data: &mut [u8]) {
        let (blocks, _) = ::aes::cipher::Array::slice_as_chunks_mut(data);
        cbc::Decryptor::inner_iv_init(&self.0, iv.into()).decrypt_blocks(blocks);
    }
}

/// An AES-128 key that only deciphers: what a key that is tried once needs.
#[derive(Clone)]
pub struct AesDecipher(Aes128Dec);

impl AesDecipher {
    /// Prepares the key schedule.
    #[inline]
    pub fn new(key: &[u8; BLOCK]) -> Self {
        Self(Aes128Dec::new(key.into()))
    }

    /// Deciphers two blocks, each by itself. In one call, because the cipher copies its round keys at each.
    #[inline]
    pub fn decrypt_pair(&self, blocks: [[u8; BLOCK]; 2]) -> [[u8; BLOCK]; 2] {
        let mut blocks = blocks.map(Into::into);
        self.0.decrypt_blocks(&mut blocks);
        blocks.map(Into::into)
    }
}

impl std::fmt::Debug for AesDecipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AesDecipher(hidden)")
    }
}

impl std::fmt::Debug for AesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AesKey(hidden)")
    }
}

//! The key store: a key file under a passphrase.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 16 | `tapscope-keys`, CR, LF, `1A` |
//! | 16 | 2 | version, 1 |
//! | 18 | 4 | length of the whole file |
//! | 22 | 4 | memory of the key derivation, KiB |
//! | 26 | 4 | passes over it |
//! | 30 | 16 | salt |
//! | 46 | 24 | nonce |
//! | 70 | n + 16 | a key file ([`keys`]) with `"version":1`, encrypted, and its tag |
//! | 86 + n | 4 | CRC-32 (JAMCRC) of everything before |
//!
//! Numbers are least significant byte first. The key comes from the passphrase (UTF-8 as typed) by Argon2id with one
//! lane; the cipher is XChaCha20-Poly1305, which also protects the first 70 bytes. Length and checksum are no protection:
//! they tell a file that is cut off or damaged from a wrong passphrase.
//!
//! Keys, derived keys, the passphrase and the whole clear text are wiped when dropped. What serde_json and `String` copied
//! while a line grew is freed without being wiped.

mod layout;

use super::Reading;
use super::keys::{self, KeyFileError};
use crate::crypto::Secret;
use crate::crypto::entropy::Entropy;
use crate::crypto::vault::{NONCE_LEN, Passphrase, SALT_LEN, VaultKey, WorkFactor};
use crate::keyring::Keyring;
use layout::{Head, Layout};

pub use layout::is_store;

/// Why a key store can't be opened or made. No message says anything about its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Something else.
    #[error("not a key store")]
    NotAStore,
    /// The end is missing.
    #[error("the key store is cut off at offset {at}, at least {least} bytes expected")]
    CutOff {
        /// Where the file ends.
        at: usize,
        /// Bytes that it should have.
        least: usize,
    },
    /// More than the store follows.
    #[error("{left} bytes follow the end of the key store")]
    Trailing {
        /// How many.
        left: usize,
    },
    /// Older than all versions that are read.
    #[error("the key store has version {got}, older than what this program reads, expected 1")]
    Older {
        /// Its version.
        got: u16,
    },
    /// Made by a newer program.
    #[error("the key store has version {got}, made by a newer program, expected 1")]
    Newer {
        /// Its version.
        got: u16,
    },
    /// The checksum does not fit.
    #[error("the key store is damaged: its checksum does not fit")]
    Damaged,
    /// A derivation that would take too much, or nothing.
    #[error(
        "the key store asks for {memory_kib} KiB and {passes} passes, expected {} to {} KiB and {} to {}",
        WorkFactor::LEAST.memory_kib,
        WorkFactor::MOST.memory_kib,
        WorkFactor::LEAST.passes,
        WorkFactor::MOST.passes
    )]
    Work {
        /// Memory.
        memory_kib: u32,
        /// Passes.
        passes: u32,
    },
    /// The passphrase does not fit.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// No passphrase at all.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// More than can be sealed.
    #[error("too many keys for a key store")]
    TooLarge,
    /// What was sealed is no key file.
    #[error("in the key store: {0}")]
    Content(KeyFileError),
}

/// Whoever has it can seal an open store anew, without the passphrase; wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreKey {
    work: WorkFactor,
    salt: [u8; SALT_LEN],
    key: VaultKey,
    /// Drawn in advance, for [`StoreKey::close`].
    last_nonce: [u8; NONCE_LEN],
}

/// An opened store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its keys, with what could not be read.
    pub keys: Reading<Keyring>,
    /// Seals it again.
    pub key: StoreKey,
}

impl StoreKey {
    /// A key for a new store. `work` is what each try of a passphrase costs.
    pub fn new(
        passphrase: &Passphrase,
        work: WorkFactor,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, StoreError> {
        let mut salt = [0; SALT_LEN];
        entropy.fill(&mut salt);
        Self::derive(passphrase, work, salt, entropy)
    }

    fn derive(
        passphrase: &Passphrase,
        work: WorkFactor,
        salt: [u8; SALT_LEN],
        entropy: &mut dyn Entropy,
    ) -> Result<Self, StoreError> {
        if passphrase.is_empty() {
            return Err(StoreError::EmptyPassphrase);
        }
        let WorkFactor { memory_kib, passes } = work;
        let key = VaultKey::derive(passphrase, &salt, work)
            .ok_or(StoreError::Work { memory_kib, passes })?;
        let mut last_nonce = [0; NONCE_LEN];
        entropy.fill(&mut last_nonce);
        Ok(Self {
            work,
            salt,
            key,
            last_nonce,
        })
    }

    /// The file that holds these keys.
    pub fn seal(
        &self,
        keyring: &Keyring,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        self.seal_with(nonce, keyring)
    }

    /// The same for the last time, where there is no randomness: the nonce was drawn with the key.
    pub fn close(self, keyring: &Keyring) -> Result<Vec<u8>, StoreError> {
        self.seal_with(self.last_nonce, keyring)
    }

    fn seal_with(&self, nonce: [u8; NONCE_LEN], keyring: &Keyring) -> Result<Vec<u8>, StoreError> {
        let plain = Secret::new(keys::emit_versioned(keyring).into_bytes());
        let head = Head {
            work: self.work,
            salt: self.salt,
            nonce,
        };
        let head = head
            .emit(plain.expose().len())
            .ok_or(StoreError::TooLarge)?;
        let sealed = self.key.seal(&nonce, &head, &plain);
        Ok(layout::file(head, &sealed.ok_or(StoreError::TooLarge)?))
    }
}

/// Opens a store; this takes as long as its work factor says. `entropy` is for sealing it again.
pub fn open(
    file: &[u8],
    passphrase: &Passphrase,
    entropy: &mut dyn Entropy,
) -> Result<Opened, StoreError> {
    let Layout {
        head,
        head_bytes,
        sealed,
    } = layout::parse(file)?;
    let key = StoreKey::derive(passphrase, head.work, head.salt, entropy)?;
    let plain = key
        .key
        .open(&head.nonce, head_bytes, sealed)
        .ok_or(StoreError::WrongPassphrase)?;
    let keys = keys::read(plain.expose()).map_err(StoreError::Content)?;
    Ok(Opened { keys, key })
}

/// Whether a file is a whole store that this program reads, before anybody is asked for a passphrase.
pub fn check(file: &[u8]) -> Result<(), StoreError> {
    layout::parse(file).map(drop)
}

#[cfg(test)]
mod tests;

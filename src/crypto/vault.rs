//! Bytes under a passphrase: Argon2id (RFC 9106) makes the key, XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03)
//! protects.
//!
//! Salt and nonce come from the caller, who has the randomness; a nonce is never used twice under one key.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::{Zeroize, Zeroizing};

use super::Secret;

/// What a user types to open a store: wiped when dropped, never shown, not even its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

/// Text that somebody is typing; wiped when it is dropped.
pub type Hidden = Zeroizing<String>;

impl Passphrase {
    /// Takes the text over, as it was typed.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// What trying one passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkFactor {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl WorkFactor {
    /// About a second of a desktop machine: more than the second choice of RFC 9106 §4, whose 64 MiB are for machines with
    /// little memory.
    pub const STANDARD: Self = Self {
        memory_kib: 256 * 1024,
        passes: 4,
    };
    /// The least that Argon2id takes, for tests.
    pub const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
    };
    /// Most that a file may ask for, so that a damaged or malicious one does not stop the machine.
    pub const MOST: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 16,
    };
}

/// Bytes of a salt.
pub const SALT_LEN: usize = 16;
/// Bytes of a nonce.
pub const NONCE_LEN: usize = 24;

/// A key made from a passphrase; wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultKey(Secret);

impl VaultKey {
    /// Makes the key; `None` when the work factor is out of range.
    pub fn derive(
        passphrase: &Passphrase,
        salt: &[u8; SALT_LEN],
        work: WorkFactor,
    ) -> Option<Self> {
        let allowed = (WorkFactor::LEAST.memory_kib..=WorkFactor::MOST.memory_kib)
            .contains(&work.memory_kib)
            && (WorkFactor::LEAST.passes..=WorkFactor::MOST.passes).contains(&work.passes);
        if !allowed {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        let params = Params::new(work.memory_kib, work.passes, 1, Some(key.len())).ok()?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.0.as_bytes(), salt, &mut *key)
            .ok()?;
        Some(Self(Secret::new(*key)))
    }

    /// Protects `plain`, and `head` along with it; `None` beyond 256 GiB.
    pub fn seal(&self, nonce: &[u8; NONCE_LEN], head: &[u8], plain: &Secret) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: plain.expose(),
            aad: head,
        };
        self.cipher()?.encrypt(nonce.into(), payload).ok()
    }

    /// What [`VaultKey::seal`] protected; `None` when key or bytes are other ones.
    pub fn open(&self, nonce: &[u8; NONCE_LEN], head: &[u8], sealed: &[u8]) -> Option<Secret> {
        let payload = Payload {
            msg: sealed,
            aad: head,
        };
        let plain = self.cipher()?.decrypt(nonce.into(), payload).ok()?;
        Some(Secret::new(plain))
    }

    fn cipher(&self) -> Option<XChaCha20Poly1305> {
        XChaCha20Poly1305::new_from_slice(self.0.expose()).ok()
    }
}

/// Overwrites text that held a key.
pub fn wipe(text: &mut String) {
    text.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    #[test]
    fn keys_are_those_of_another_argon2() {
        // argon2-cffi 25.1 (which binds the reference library): hash_secret_raw, version 19, one lane.
        let salt: [u8; SALT_LEN] = *b"0123456789abcdef";
        let work = WorkFactor {
            memory_kib: 64,
            passes: 3,
        };
        let key = VaultKey::derive(&passphrase("correct horse"), &salt, work).unwrap();
        assert_eq!(
            hex::upper(key.0.expose()),
            "5DE797640C71CE5E1DBE17ED17BA7D249ADBC20DB030460E84BD4C325101844E"
        );
    }

    #[test]
    fn sealed_bytes_are_those_of_the_draft() {
        // draft-irtf-cfrg-xchacha-03 A.3.1.
        let key: Vec<u8> = (0x80..0xA0).collect();
        let key = VaultKey(Secret::new(key));
        let nonce: Vec<u8> = (0x40..0x58).collect();
        let nonce: [u8; NONCE_LEN] = nonce.try_into().unwrap();
        let head = hex::parse("50515253C0C1C2C3C4C5C6C7").unwrap();
        let plain = Secret::new(
            *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
               sunscreen would be it.",
        );
        let sealed = key.seal(&nonce, &head, &plain).unwrap();
        assert_eq!(sealed.len(), 114 + 16);
        assert_eq!(
            hex::upper(&sealed[..16]),
            "BD6D179D3E83D43B9576579493C0E939"
        );
        assert_eq!(
            hex::upper(&sealed[114..]),
            "C0875924C1C7987947DEAFD8780ACF49"
        );
        assert_eq!(key.open(&nonce, &head, &sealed), Some(plain));
        assert_eq!(key.open(&nonce, b"other", &sealed), None);
        assert_eq!(key.open(&nonce, &head, &sealed[1..]), None);
    }

    #[test]
    fn work_out_of_range_is_no_work() {
        for (memory_kib, passes) in [(7, 1), (8, 0), (1024 * 1024 + 1, 1), (8, 17)] {
            let work = WorkFactor { memory_kib, passes };
            assert_eq!(
                VaultKey::derive(&passphrase("a"), &[5; SALT_LEN], work),
                None
            );
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_passphrase() {
        assert_eq!(format!("{:?}", passphrase("correct horse")), "Passphrase");
    }
}

//! Keys and random numbers for tests: neither zero nor symmetric.

use super::handshake::AuthKey;
use crate::card::KeyType;

/// Bytes that differ from each other.
pub(super) fn numbers(len: usize, factor: usize) -> Vec<u8> {
    (1..=len)
        .map(|i| (i * i * factor % 251).to_le_bytes()[0])
        .collect()
}

/// A key of each type.
pub(super) fn keys(factor: usize) -> [AuthKey; 4] {
    [
        (KeyType::Des, 8),
        (KeyType::TwoKey3Des, 16),
        (KeyType::ThreeKey3Des, 24),
        (KeyType::Aes128, 16),
    ]
    .map(|(kind, len)| AuthKey::new(kind, &numbers(len, factor)).expect("a key of its length"))
}

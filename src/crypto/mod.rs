//! Ciphers, MACs, checksums and padding, all from kept crates; keys that do not print themselves.

pub mod aes;
pub mod cipher;
pub mod cmac;
pub mod crc;
pub mod des;
pub mod entropy;
pub mod lrp;
pub mod padding;
mod secret;
pub mod two_blocks;
pub mod vault;

pub use secret::Secret;

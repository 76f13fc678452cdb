//! Ciphers, MACs, checksums and padding, all from kept crates; keys that do not print themselves.

pub mod aes;
pub mod cmac;
pub mod crc;
pub mod entropy;
pub mod padding;
mod secret;

pub use secret::Secret;

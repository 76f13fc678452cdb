//! The topics, one file each.

mod ciphers;
mod crc;
mod diversify;
mod kcv;
mod numbers;
mod rights;
mod settings;
mod signature;
mod spans;

use super::topic::Topic;

/// All topics, in the order of the pages.
pub const TOPICS: &[&Topic] = &[
    &diversify::DIVERSIFY,
    &ciphers::CMAC,
    &ciphers::CBC,
    &crc::CRC,
    &kcv::KCV,
    &signature::SIGNATURE,
    &rights::ACCESS,
    &rights::KEY_SETTINGS,
    &settings::FILE_SETTINGS,
    &settings::IDENTIFY,
    &numbers::BYTES,
];

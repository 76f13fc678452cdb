//! The topics, one file each.

mod ciphers;
mod crc;
mod diversify;
mod kcv;
mod lrp;
mod numbers;
mod rights;
mod sdm;
mod settings;
mod signature;
mod spans;

use super::topic::Topic;

/// All topics, in the order of the pages.
pub const TOPICS: &[&Topic] = &[
    &sdm::VERIFY,
    &sdm::MESSAGE,
    &diversify::DIVERSIFY,
    &ciphers::CMAC,
    &ciphers::CBC,
    &lrp::LRP,
    &crc::CRC,
    &kcv::KCV,
    &signature::SIGNATURE,
    &rights::ACCESS,
    &rights::KEY_SETTINGS,
    &settings::FILE_SETTINGS,
    &settings::IDENTIFY,
    &numbers::BYTES,
];

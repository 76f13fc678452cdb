//! The topics, one file each.

mod ciphers;
mod crc;
mod kcv;
mod tmac;

use super::topic::Topic;

/// All topics, in the order of the pages.
pub const TOPICS: &[&Topic] = &[
    &ciphers::CMAC,
    &ciphers::CBC,
    &crc::CRC,
    &kcv::KCV,
    &tmac::TMAC,
];

//! The topics, one file each.

mod change_key;
mod channel;
mod ciphers;
mod crc;
mod frame;
mod handshake;
mod kcv;
mod session_keys;

use super::topic::Topic;

/// All topics, in the order of the pages.
pub const TOPICS: &[&Topic] = &[
    &session_keys::SESSION_KEYS,
    &handshake::HANDSHAKE,
    &frame::FRAME,
    &change_key::CHANGE_KEY,
    &ciphers::CMAC,
    &ciphers::CBC,
    &crc::CRC,
    &kcv::KCV,
];

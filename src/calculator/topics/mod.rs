//! The topics, one file each.

mod change_key;
mod channel;
mod ciphers;
mod crc;
mod diversify;
mod frame;
mod handshake;
mod kcv;
mod lrp;
mod numbers;
mod rights;
mod sdm;
mod session_keys;
mod settings;
mod signature;
mod spans;
mod tmac;

use super::topic::Topic;

pub(super) use sdm::{VERIFY as SDM_VERIFY, reading as sdm_reading};
pub(super) use tmac::{
    TMAC, keys as tmac_keys, of_card as tmac_card_key, options as tmac_options, rule as tmac_rule,
};

/// All topics, in the order of the pages.
pub const TOPICS: &[&Topic] = &[
    &tmac::TMAC,
    &session_keys::SESSION_KEYS,
    &handshake::HANDSHAKE,
    &frame::FRAME,
    &change_key::CHANGE_KEY,
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

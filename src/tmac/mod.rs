//! Transaction MAC (DESFire reference §6): session keys, the input TMI, the value TMV, the enciphered reader identifier.
//!
//! ```text
//! SesTMMACKey = CMAC(AppTransactionMACKey, 5A 00 01 00 80 ‖ TMC(4) ‖ UID(7))
//! SesTMENCKey = CMAC(AppTransactionMACKey, A5 00 01 00 80 ‖ TMC(4) ‖ UID(7))
//! TMV         = CMAC(SesTMMACKey, TMI), bytes 1, 3, … 15
//! EncTMRI     = E(SesTMENCKey, TMRIPrev), zero IV
//! ```
//! TMC is the counter *after* the commit, as CommitTransaction returns it, least significant byte first.
//!
//! In applications with LRP only the session keys differ: `00 01 00 80 ‖ actTMC(2) ‖ sesTMC(2) ‖ UID(7) ‖ 5A` or `A5`
//! under CMAC_LRP. No Transaction MAC of such an application is public, so that this is unconfirmed.

mod counted;
mod ledger;

pub use counted::{NotCounted, operation, records};
pub use ledger::{Added, Ledger, Operation};

use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cmac::{CmacKey, odd_bytes};
use crate::crypto::lrp::Lrp;
use crate::report::Worked;

/// The two session keys of a transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct TransactionKeys {
    /// SesTMMACKey.
    pub mac: [u8; BLOCK],
    /// SesTMENCKey.
    pub enc: [u8; BLOCK],
}

impl std::fmt::Debug for TransactionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TransactionKeys(hidden)")
    }
}

/// Which of the two session keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// SesTMMACKey.
    Mac,
    /// SesTMENCKey.
    Enc,
}

impl Label {
    /// The byte that tells the session vectors apart.
    const fn byte(self) -> u8 {
        match self {
            Self::Mac => 0x5A,
            Self::Enc => 0xA5,
        }
    }
}

/// The session vector; `tmc` as it crosses the interface, `uid` the real UID, 7 bytes.
pub fn vector(label: Label, tmc: [u8; 4], uid: &[u8]) -> Vec<u8> {
    [&[label.byte(), 0x00, 0x01, 0x00, 0x80], &tmc[..], uid].concat()
}

/// The session vector in an application with LRP; `tmc` is actTMC ‖ sesTMC as they cross the interface. Unconfirmed.
pub fn lrp_vector(label: Label, tmc: [u8; 4], uid: &[u8]) -> Vec<u8> {
    [&[0x00, 0x01, 0x00, 0x80], &tmc[..], uid, &[label.byte()]].concat()
}

/// A session key from its vector.
pub fn session_key(key: &[u8; BLOCK], vector: &[u8]) -> [u8; BLOCK] {
    CmacKey::new(key).mac(&[vector])
}

/// A session key from its vector in an application with LRP. Unconfirmed.
pub fn lrp_session_key(key: &[u8; BLOCK], vector: &[u8]) -> [u8; BLOCK] {
    Lrp::new(key, 0).mac(&[vector])
}

/// The CMAC of which the TMV is a part; of AES also in applications with LRP.
pub fn cmac(mac_key: &[u8; BLOCK], tmi: &[u8]) -> [u8; BLOCK] {
    CmacKey::new(mac_key).mac(&[tmi])
}

/// Session keys for the transaction that ends with counter `tmc`; `uid` is the real UID, 7 bytes.
pub fn session_keys(key: &[u8; BLOCK], tmc: u32, uid: &[u8]) -> Worked<TransactionKeys> {
    const SECTION: &str = "DESFire reference §6.2";
    let tmc = tmc.to_le_bytes();
    let [sv1, sv2] = [Label::Mac, Label::Enc].map(|label| vector(label, tmc, uid));
    let keys = TransactionKeys {
        mac: session_key(key, &sv1),
        enc: session_key(key, &sv2),
    };
    Worked::new(keys.clone())
        .step("SV 1", sv1, SECTION)
        .step("SesTMMACKey", keys.mac, SECTION)
        .step("SV 2", sv2, SECTION)
        .step("SesTMENCKey", keys.enc, SECTION)
}

/// The transaction MAC value over a TMI.
pub fn tmv(keys: &TransactionKeys, tmi: &[u8]) -> Worked<[u8; 8]> {
    const SECTION: &str = "DESFire reference §6.2";
    let mac = cmac(&keys.mac, tmi);
    let value = odd_bytes(mac);
    Worked::new(value)
        .step("TMI", tmi, SECTION)
        .step("CMAC", mac, SECTION)
        .step("TMV", value, SECTION)
}

/// The previous reader identifier, enciphered, as CommitReaderID answers it.
pub fn enc_tmri(keys: &TransactionKeys, previous: [u8; BLOCK]) -> [u8; BLOCK] {
    AesKey::new(&keys.enc).encrypt_block(previous)
}

/// The previous reader identifier back from EncTMRI.
pub fn open_enc_tmri(keys: &TransactionKeys, enciphered: [u8; BLOCK]) -> [u8; BLOCK] {
    AesKey::new(&keys.enc).decrypt_block(enciphered)
}

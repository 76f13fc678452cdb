//! Transaction MAC (DESFire reference §6): session keys, the input TMI, the value TMV, the enciphered reader identifier.
//!
//! ```text
//! SesTMMACKey = CMAC(AppTransactionMACKey, 5A 00 01 00 80 ‖ TMC(4) ‖ UID(7))
//! SesTMENCKey = CMAC(AppTransactionMACKey, A5 00 01 00 80 ‖ TMC(4) ‖ UID(7))
//! TMV         = CMAC(SesTMMACKey, TMI), bytes 1, 3, … 15
//! EncTMRI     = E(SesTMENCKey, TMRIPrev), zero IV
//! ```
//! TMC is the counter *after* the commit, as CommitTransaction returns it, least significant byte first.

use crate::bytes::Put;
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cmac::{CmacKey, odd_bytes};
use crate::crypto::padding::pad_zero;
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

/// Session keys for the transaction that ends with counter `tmc`; `uid` is the real UID, 7 bytes.
pub fn session_keys(key: &[u8; BLOCK], tmc: u32, uid: &[u8]) -> Worked<TransactionKeys> {
    const SECTION: &str = "DESFire reference §6.2";
    let vector = |label: u8| {
        [
            &[label, 0x00, 0x01, 0x00, 0x80],
            &tmc.to_le_bytes()[..],
            uid,
        ]
        .concat()
    };
    let (sv1, sv2) = (vector(0x5A), vector(0xA5));
    let cmac = CmacKey::new(key);
    let keys = TransactionKeys {
        mac: cmac.mac(&[&sv1]),
        enc: cmac.mac(&[&sv2]),
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
    let mac = CmacKey::new(&keys.mac).mac(&[tmi]);
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

/// A command as the TMI sees it: plain data, real lengths, no secure messaging, no chaining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// `BD`, `AD`, `3D`, `8D`, `3B`, `8B`: offset, and the data read or written.
    Data {
        /// Command code.
        ins: u8,
        /// File number.
        file_no: u8,
        /// Offset as sent.
        offset: u32,
        /// The data; its length is the length that counts.
        data: &'a [u8],
    },
    /// `BB`, `AB`.
    Records {
        /// Command code.
        ins: u8,
        /// File number.
        file_no: u8,
        /// Record number as sent.
        record_no: u32,
        /// Number of records that were read.
        count: u32,
        /// The records.
        data: &'a [u8],
    },
    /// `DB`, `BA`.
    Update {
        /// Command code.
        ins: u8,
        /// File number.
        file_no: u8,
        /// Record number as sent.
        record_no: u32,
        /// Offset as sent.
        offset: u32,
        /// The data.
        data: &'a [u8],
    },
    /// `6C` with the value read; `0C`, `DC`, `1C` with the amount.
    Value {
        /// Command code.
        ins: u8,
        /// File number.
        file_no: u8,
        /// Value or amount.
        value: i32,
    },
    /// `EB`.
    Clear {
        /// Command code.
        ins: u8,
        /// File number.
        file_no: u8,
    },
    /// `C8`; EncTMRI only when a session was open.
    ReaderId {
        /// TMRI of this transaction.
        tmri: [u8; BLOCK],
        /// EncTMRI as answered.
        enc_tmri: Option<[u8; BLOCK]>,
    },
}

/// The growing TMI of one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(Vec<u8>);

impl Ledger {
    /// The TMI so far, a multiple of 16 bytes.
    pub fn tmi(&self) -> &[u8] {
        &self.0
    }

    /// Whether no command has counted yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends one command and its zero padding (DESFire reference §6.3).
    pub fn append(&mut self, operation: &Operation<'_>) {
        let tmi = &mut self.0;
        match *operation {
            Operation::Data {
                ins,
                file_no,
                offset,
                data,
            } => {
                tmi.extend_from_slice(&[ins, file_no]);
                tmi.put_u24(offset);
                tmi.put_u24(length(data));
                pad_zero(tmi, BLOCK);
                tmi.extend_from_slice(data);
            }
            Operation::Records {
                ins,
                file_no,
                record_no,
                count,
                data,
            } => {
                tmi.extend_from_slice(&[ins, file_no]);
                tmi.put_u24(record_no);
                tmi.put_u24(count);
                pad_zero(tmi, BLOCK);
                tmi.extend_from_slice(data);
            }
            Operation::Update {
                ins,
                file_no,
                record_no,
                offset,
                data,
            } => {
                tmi.extend_from_slice(&[ins, file_no]);
                tmi.put_u24(record_no);
                tmi.put_u24(offset);
                tmi.put_u24(length(data));
                pad_zero(tmi, BLOCK);
                tmi.extend_from_slice(data);
            }
            Operation::Value {
                ins,
                file_no,
                value,
            } => {
                tmi.extend_from_slice(&[ins, file_no]);
                tmi.put_i32(value);
            }
            Operation::Clear { ins, file_no } => tmi.extend_from_slice(&[ins, file_no]),
            Operation::ReaderId { tmri, enc_tmri } => {
                tmi.push(0xC8);
                tmi.extend_from_slice(&tmri);
                tmi.extend(enc_tmri.into_iter().flatten());
            }
        }
        pad_zero(tmi, BLOCK);
    }
}

fn length(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

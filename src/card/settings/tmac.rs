//! TransactionMAC files.

use crate::bytes::{ParseError, Reader};

/// Key option and version of a TransactionMAC file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TmacFile {
    /// `02`: AES.
    pub key_option: u8,
    /// Version of AppTransactionMACKey.
    pub key_version: u8,
    /// TMCLimit, when FileOption bit 5 is set.
    pub limit: Option<u32>,
}

impl TmacFile {
    /// Reads `TMKeyOption(1) TMKeyVersion(1)`; TMCLimit follows later in the settings.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            key_option: r.u8("TMKeyOption")?,
            key_version: r.u8("TMKeyVersion")?,
            limit: None,
        })
    }

    /// Writes the two bytes.
    pub fn emit(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.key_option, self.key_version]);
    }
}

//! Standard and backup data files.

use crate::bytes::{ParseError, Put, Reader};

/// Size of a data file in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Bytes that can be read and written.
    pub size: u32,
}

impl DataFile {
    /// Reads `Size(3)`.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            size: r.u24("FileSize")?,
        })
    }

    /// Writes `Size(3)`.
    pub fn emit(self, out: &mut Vec<u8>) {
        out.put_u24(self.size);
    }
}

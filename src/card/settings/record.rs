//! Linear and cyclic record files.

use crate::bytes::{ParseError, Put, Reader};

/// Geometry and fill of a record file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFile {
    /// Bytes of one record.
    pub record_size: u32,
    /// Records; a cyclic file keeps one of them for the pending write.
    pub max_records: u32,
    /// Committed records.
    pub current_records: u32,
}

impl RecordFile {
    /// Reads `RecordSize(3) MaxNumOfRecords(3) CurrentNumOfRecords(3)`.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            record_size: r.u24("RecordSize")?,
            max_records: r.u24("MaxNumOfRecords")?,
            current_records: r.u24("CurrentNumOfRecords")?,
        })
    }

    /// Writes the nine bytes.
    pub fn emit(self, out: &mut Vec<u8>) {
        out.put_u24(self.record_size);
        out.put_u24(self.max_records);
        out.put_u24(self.current_records);
    }
}

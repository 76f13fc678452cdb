//! The input TMI: what each command adds to it (DESFire reference §6.3).

use std::ops::Range;

use crate::bytes::Put;
use crate::crypto::aes::BLOCK;
use crate::crypto::padding::pad_zero;

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

/// What one command adds to the TMI, a multiple of 16 bytes, and where its fields are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Names and places of the fields, padding among them, in order and without gaps.
    pub fields: Vec<(&'static str, Range<usize>)>,
}

impl Added {
    /// Name of the zeros that fill a block.
    pub const PADDING: &'static str = "ZP";

    /// Where the first field of this name is.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        let mut fields = self.fields.iter();
        let (_, range) = fields.find(|(field, _)| *field == name)?;
        Some(range.clone())
    }

    fn field(mut self, name: &'static str, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let start = self.bytes.len();
        write(&mut self.bytes);
        if self.bytes.len() > start {
            self.fields.push((name, start..self.bytes.len()));
        }
        self
    }

    fn number(self, name: &'static str, value: u32) -> Self {
        self.field(name, |bytes| bytes.put_u24(value))
    }

    fn head(ins: u8, file_no: u8) -> Self {
        Self::default()
            .field("Cmd", |bytes| bytes.push(ins))
            .field("FileNo", |bytes| bytes.push(file_no))
    }

    fn data(self, name: &'static str, data: &[u8]) -> Self {
        self.padded()
            .field(name, |bytes| bytes.extend_from_slice(data))
    }

    fn padded(self) -> Self {
        self.field(Self::PADDING, |bytes| pad_zero(bytes, BLOCK))
    }
}

impl Operation<'_> {
    /// The bytes that the command adds: parameters with the lengths that count, data, zeros up to whole blocks.
    pub fn added(&self) -> Added {
        let added = match *self {
            Operation::Data {
                ins,
                file_no,
                offset,
                data,
            } => Added::head(ins, file_no)
                .number("Offset", offset)
                .number("Length", length(data))
                .data("Data", data),
            Operation::Records {
                ins,
                file_no,
                record_no,
                count,
                data,
            } => Added::head(ins, file_no)
                .number("RecNo", record_no)
                .number("RecCount", count)
                .data("Records", data),
            Operation::Update {
                ins,
                file_no,
                record_no,
                offset,
                data,
            } => Added::head(ins, file_no)
                .number("RecNo", record_no)
                .number("Offset", offset)
                .number("Length", length(data))
                .data("Data", data),
            Operation::Value {
                ins,
                file_no,
                value,
            } => {
                let name = if ins == 0x6C { "Value" } else { "Amount" };
                Added::head(ins, file_no).field(name, |bytes| bytes.put_i32(value))
            }
            Operation::Clear { ins, file_no } => Added::head(ins, file_no),
            Operation::ReaderId { tmri, enc_tmri } => Added::default()
                .field("Cmd", |bytes| bytes.push(0xC8))
                .field("TMRI", |bytes| bytes.extend_from_slice(&tmri))
                .field("EncTMRI", |bytes| {
                    bytes.extend(enc_tmri.into_iter().flatten());
                }),
        };
        added.padded()
    }
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

    /// Appends one command and its zero padding.
    pub fn append(&mut self, operation: &Operation<'_>) {
        self.0.extend(operation.added().bytes);
    }
}

fn length(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_one_after_the_other_and_fill_whole_blocks() {
        let data = [0xA1; 20];
        for (operation, names) in [
            (
                Operation::Update {
                    ins: 0xDB,
                    file_no: 4,
                    record_no: 1,
                    offset: 2,
                    data: &data,
                },
                &[
                    "Cmd", "FileNo", "RecNo", "Offset", "Length", "ZP", "Data", "ZP",
                ][..],
            ),
            (
                Operation::Data {
                    ins: 0xBD,
                    file_no: 2,
                    offset: 0,
                    data: &data[..16],
                },
                &["Cmd", "FileNo", "Offset", "Length", "ZP", "Data"],
            ),
            (
                Operation::ReaderId {
                    tmri: [7; 16],
                    enc_tmri: None,
                },
                &["Cmd", "TMRI", "ZP"],
            ),
        ] {
            let added = operation.added();
            let found: Vec<_> = added.fields.iter().map(|(name, _)| *name).collect();
            assert_eq!(found, names);
            assert!(added.bytes.len().is_multiple_of(BLOCK));
            let mut end = 0;
            for (name, range) in &added.fields {
                assert_eq!(range.start, end, "{name}");
                end = range.end;
            }
            assert_eq!(end, added.bytes.len());
        }
    }
}

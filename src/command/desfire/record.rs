//! Record files (DESFire reference §2.6, §5.2). Record 0 is the newest; several come oldest first.
//!
//! Wire: `3B|8B FileNo Offset(3) Length(3) ; data` · `DB|BA FileNo RecNo(3) Offset(3) Length(3) ; data` ·
//! `BB|AB FileNo RecNo(3) RecCount(3)`, answer records; count 0 reads to the oldest · `EB FileNo`

use super::data::Chaining;
use crate::bytes::{ParseError, Put, Reader};
use crate::command::Wire;

/// Writes into the pending new record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRecord {
    /// Which of the two codes.
    pub chaining: Chaining,
    /// File number.
    pub file_no: u8,
    /// First byte within the record.
    pub offset: u32,
    /// Number of bytes announced.
    pub length: u32,
    /// The bytes.
    pub data: Vec<u8>,
}

impl WriteRecord {
    /// The native and the ISO code.
    const PAIR: [u8; 2] = [0x3B, 0x8B];
}

impl Wire for WriteRecord {
    const CODES: &'static [u8] = &Self::PAIR;

    fn ins(&self) -> u8 {
        self.chaining.code(Self::PAIR)
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
        out.put_u24(self.offset);
        out.put_u24(self.length);
        out.extend_from_slice(&self.data);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let chaining = Chaining::of(ins, Self::PAIR);
        let (file_no, offset, length) = (r.u8("FileNo")?, r.u24("Offset")?, r.u24("Length")?);
        Ok(Self {
            chaining,
            file_no,
            offset,
            length,
            data: r.rest("Data").to_vec(),
        })
    }
}

/// Changes an existing record; pending until the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRecord {
    /// Which of the two codes.
    pub chaining: Chaining,
    /// File number.
    pub file_no: u8,
    /// Record, 0 is the newest.
    pub record_no: u32,
    /// First byte within the record.
    pub offset: u32,
    /// Number of bytes announced.
    pub length: u32,
    /// The bytes.
    pub data: Vec<u8>,
}

impl UpdateRecord {
    /// The native and the ISO code.
    const PAIR: [u8; 2] = [0xDB, 0xBA];
}

impl Wire for UpdateRecord {
    const CODES: &'static [u8] = &Self::PAIR;

    fn ins(&self) -> u8 {
        self.chaining.code(Self::PAIR)
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
        out.put_u24(self.record_no);
        out.put_u24(self.offset);
        out.put_u24(self.length);
        out.extend_from_slice(&self.data);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let chaining = Chaining::of(ins, Self::PAIR);
        let (file_no, record_no) = (r.u8("FileNo")?, r.u24("RecNo")?);
        let (offset, length) = (r.u24("Offset")?, r.u24("Length")?);
        Ok(Self {
            chaining,
            file_no,
            record_no,
            offset,
            length,
            data: r.rest("Data").to_vec(),
        })
    }
}

/// Reads whole records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRecords {
    /// Which of the two codes.
    pub chaining: Chaining,
    /// File number.
    pub file_no: u8,
    /// Newest record wanted, counted back from the newest.
    pub record_no: u32,
    /// Number of records; 0 means to the oldest.
    pub count: u32,
}

impl ReadRecords {
    /// The native and the ISO code.
    const PAIR: [u8; 2] = [0xBB, 0xAB];
}

impl Wire for ReadRecords {
    const CODES: &'static [u8] = &Self::PAIR;

    fn ins(&self) -> u8 {
        self.chaining.code(Self::PAIR)
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
        out.put_u24(self.record_no);
        out.put_u24(self.count);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let chaining = Chaining::of(ins, Self::PAIR);
        Ok(Self {
            chaining,
            file_no: r.u8("FileNo")?,
            record_no: r.u24("RecNo")?,
            count: r.u24("RecCount")?,
        })
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        r.rest("Records");
        Ok(())
    }
}

/// Empties a record file; pending until the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearRecordFile {
    /// File number.
    pub file_no: u8,
}

impl Wire for ClearRecordFile {
    const CODES: &'static [u8] = &[0xEB];

    fn ins(&self) -> u8 {
        0xEB
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            file_no: r.u8("FileNo")?,
        })
    }
}

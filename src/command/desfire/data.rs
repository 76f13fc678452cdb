//! Data files (DESFire reference §2.6).
//!
//! Wire: `BD|AD FileNo Offset(3) Length(3)`, answer data; Length 0 reads to the end ·
//! `3D|8D FileNo Offset(3) Length(3) ; data`

use crate::bytes::{ParseError, Put, Reader};
use crate::command::Wire;

/// How long messages are cut: the same command exists under two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chaining {
    /// Frames joined by `AF` (`BD`, `3D`, `3B`, `BB`, `DB`).
    Native,
    /// One frame, cut by ISO 14443-4 below (`AD`, `8D`, `8B`, `AB`, `BA`).
    Iso,
}

impl Chaining {
    /// Which of a command's two codes, the native one first, says this.
    pub(super) fn code(self, [native, iso]: [u8; 2]) -> u8 {
        match self {
            Self::Native => native,
            Self::Iso => iso,
        }
    }

    /// What a code says; any but the native one is the ISO one.
    pub(super) fn of(ins: u8, [native, _]: [u8; 2]) -> Self {
        if ins == native {
            Self::Native
        } else {
            Self::Iso
        }
    }
}

/// Reads from a data file or the TransactionMAC file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadData {
    /// Which of the two codes.
    pub chaining: Chaining,
    /// File number.
    pub file_no: u8,
    /// First byte.
    pub offset: u32,
    /// Number of bytes; 0 means to the end.
    pub length: u32,
}

impl ReadData {
    /// The native and the ISO code.
    const PAIR: [u8; 2] = [0xBD, 0xAD];
}

impl Wire for ReadData {
    const CODES: &'static [u8] = &Self::PAIR;

    fn ins(&self) -> u8 {
        self.chaining.code(Self::PAIR)
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
        out.put_u24(self.offset);
        out.put_u24(self.length);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let chaining = Chaining::of(ins, Self::PAIR);
        Ok(Self {
            chaining,
            file_no: r.u8("FileNo")?,
            offset: r.u24("Offset")?,
            length: r.u24("Length")?,
        })
    }
}

/// Writes to a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteData {
    /// Which of the two codes.
    pub chaining: Chaining,
    /// File number.
    pub file_no: u8,
    /// First byte.
    pub offset: u32,
    /// Number of bytes announced.
    pub length: u32,
    /// The bytes.
    pub data: Vec<u8>,
}

impl WriteData {
    /// The native and the ISO code.
    const PAIR: [u8; 2] = [0x3D, 0x8D];
}

impl Wire for WriteData {
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

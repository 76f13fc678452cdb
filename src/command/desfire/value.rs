//! Value files (DESFire reference §2.6). Amounts and values are signed 32-bit, least significant byte first.
//!
//! Wire: `6C FileNo`, answer `Value(4)` · `0C FileNo ; Amount(4)` (Credit) · `DC FileNo ; Amount(4)` (Debit) ·
//! `1C FileNo ; Amount(4)` (LimitedCredit)

use crate::bytes::{ParseError, Put, Reader};
use crate::command::Wire;

/// Asks for the committed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetValue {
    /// File number.
    pub file_no: u8,
}

impl GetValue {
    /// Reads the value.
    pub fn read_answer(r: &mut Reader<'_>) -> Result<i32, ParseError> {
        r.i32("Value")
    }
}

impl Wire for GetValue {
    const CODES: &'static [u8] = &[0x6C];

    fn ins(&self) -> u8 {
        0x6C
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            file_no: r.u8("FileNo")?,
        })
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        Self::read_answer(r).map(drop)
    }
}

/// Which way an amount moves the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AmountKind {
    /// Adds.
    Credit,
    /// Takes.
    Debit,
    /// Adds at most what was taken in the last transaction with a Debit.
    LimitedCredit,
}

/// Credit, Debit or LimitedCredit; pending until the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Which of the three.
    pub kind: AmountKind,
    /// File number.
    pub file_no: u8,
    /// Amount; negative ones are refused.
    pub amount: i32,
}

impl Wire for Amount {
    const CODES: &'static [u8] = &[0x0C, 0xDC, 0x1C];

    fn ins(&self) -> u8 {
        match self.kind {
            AmountKind::Credit => 0x0C,
            AmountKind::Debit => 0xDC,
            AmountKind::LimitedCredit => 0x1C,
        }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
        out.put_i32(self.amount);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let kind = match ins {
            0x0C => AmountKind::Credit,
            0xDC => AmountKind::Debit,
            _ => AmountKind::LimitedCredit,
        };
        Ok(Self {
            kind,
            file_no: r.u8("FileNo")?,
            amount: r.i32("Amount")?,
        })
    }
}

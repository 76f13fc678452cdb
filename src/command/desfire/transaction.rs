//! Transactions (DESFire reference §2.7, §6).
//!
//! Wire: `C7 [Option]`, answer with Option `01` `TMC(4) ‖ TMV(8)` · `A7` · `C8 TMRI(16)`, answer `EncTMRI(16)`

use crate::bytes::{ParseError, Reader};
use crate::command::Wire;

/// Makes all pending changes of the application permanent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitTransaction {
    /// Bit 0 asks for TMC and TMV.
    pub option: Option<u8>,
}

/// The answer of [`CommitTransaction`] with option `01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitAnswer {
    /// Transaction counter after the commit.
    pub tmc: u32,
    /// Transaction MAC value.
    pub tmv: [u8; 8],
}

impl CommitAnswer {
    /// Reads `TMC(4) ‖ TMV(8)`, also the content of a TransactionMAC file.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            tmc: r.u32("TMC")?,
            tmv: r.array("TMV")?,
        })
    }
}

impl Wire for CommitTransaction {
    const CODES: &'static [u8] = &[0xC7];

    fn ins(&self) -> u8 {
        0xC7
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend(self.option);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            option: if r.is_empty() {
                None
            } else {
                Some(r.u8("Option")?)
            },
        })
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        if r.is_empty() {
            Ok(())
        } else {
            CommitAnswer::read(r).map(drop)
        }
    }
}

/// Drops all pending changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortTransaction;

impl Wire for AbortTransaction {
    const CODES: &'static [u8] = &[0xA7];

    fn ins(&self) -> u8 {
        0xA7
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }
}

/// Puts a reader identifier into the transaction; the answer is the previous one, enciphered under SesTMENCKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitReaderId {
    /// The reader identifier.
    pub tmri: [u8; 16],
}

impl Wire for CommitReaderId {
    const CODES: &'static [u8] = &[0xC8];

    fn ins(&self) -> u8 {
        0xC8
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.tmri);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            tmri: r.array("TMRI")?,
        })
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        if !r.is_empty() {
            r.take("EncTMRI", 16)?;
        }
        Ok(())
    }
}

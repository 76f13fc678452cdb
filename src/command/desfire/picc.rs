//! The PICC as a whole: `FormatPICC` (`FC`) and `FreeMem` (`6E`), DESFire reference §2.2.
//!
//! Wire: `FC` · `6E`, answer `FreeMemory(3)`, least significant byte first.

use crate::bytes::{ParseError, Reader};
use crate::command::Wire;

/// Deletes all applications and their files and gives their memory back; the PICC keeps key and settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatPicc;

impl Wire for FormatPicc {
    const CODES: &'static [u8] = &[0xFC];

    fn ins(&self) -> u8 {
        0xFC
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }
}

/// Asks for the memory that new files may take, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeMem;

impl Wire for FreeMem {
    const CODES: &'static [u8] = &[0x6E];

    fn ins(&self) -> u8 {
        0x6E
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        r.u24("FreeMemory")?;
        Ok(())
    }
}

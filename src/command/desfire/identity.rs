//! Who the card is: `GetVersion` (`60`) and `GetCardUID` (`51`), DESFire reference §2.2.
//!
//! Wire: `60`, answer in three frames `7 ‖ 7 ‖ 14 or 15`. `51`, answer `UID(7)`, or `00 len UID`, enciphered.

use crate::bytes::{ParseError, Reader};
use crate::card::Version;
use crate::command::Wire;

/// Asks for hardware, software and production data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetVersion;

impl Wire for GetVersion {
    const CODES: &'static [u8] = &[0x60];

    fn ins(&self) -> u8 {
        0x60
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        Version::read(r)?;
        r.finish()
    }
}

/// Asks for the real UID, also with random UID; needs a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetCardUid;

impl Wire for GetCardUid {
    const CODES: &'static [u8] = &[0x51];

    fn ins(&self) -> u8 {
        0x51
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        r.rest("UID");
        Ok(())
    }
}

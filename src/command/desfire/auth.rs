//! First frames of the authentications (DESFire reference §2.1); the cryptograms are in
//! `secure_messaging::handshake`.
//!
//! Wire: `71 KeyNo LenCap PCDcap2[LenCap]` · `77 KeyNo` · `0A KeyNo` · `1A KeyNo` · `AA KeyNo`

use crate::bytes::{ParseError, Reader};
use crate::command::Wire;

/// Opens an EV2 session, or an LRP session where PCDcap2 asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticateEv2First {
    /// Key number; bits 7 and 6 are ignored by the card.
    pub key_no: u8,
    /// PCD capabilities, 0 to 6 bytes.
    pub pcdcap2: Vec<u8>,
}

impl Wire for AuthenticateEv2First {
    const CODES: &'static [u8] = &[0x71];

    fn ins(&self) -> u8 {
        0x71
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[
            self.key_no,
            u8::try_from(self.pcdcap2.len()).unwrap_or(u8::MAX),
        ]);
        out.extend_from_slice(&self.pcdcap2);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let key_no = r.u8("KeyNo")?;
        let len = r.u8("LenCap")?;
        if len > 6 {
            return Err(r.invalid("LenCap", "0 to 6", len.to_string()));
        }
        let pcdcap2 = if len == 0 {
            Vec::new()
        } else {
            r.take("PCDcap2", usize::from(len))?.to_vec()
        };
        Ok(Self { key_no, pcdcap2 })
    }
}

/// Renews the session keys inside a session; TI and CmdCtr stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticateEv2NonFirst {
    /// Key number.
    pub key_no: u8,
}

impl Wire for AuthenticateEv2NonFirst {
    const CODES: &'static [u8] = &[0x77];

    fn ins(&self) -> u8 {
        0x77
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.key_no);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            key_no: r.u8("KeyNo")?,
        })
    }
}

/// Opens a D40 (`0A`) or EV1 (`1A`, `AA`) session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticateLegacy {
    /// `0A`, `1A` or `AA`.
    pub ins: u8,
    /// Key number.
    pub key_no: u8,
}

impl AuthenticateLegacy {
    /// Authenticate, of D40.
    pub const D40: u8 = 0x0A;
    /// AuthenticateISO.
    pub const ISO: u8 = 0x1A;
    /// AuthenticateAES.
    pub const AES: u8 = 0xAA;
}

impl Wire for AuthenticateLegacy {
    const CODES: &'static [u8] = &[0x0A, 0x1A, 0xAA];

    fn ins(&self) -> u8 {
        self.ins
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.key_no);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            ins,
            key_no: r.u8("KeyNo")?,
        })
    }
}

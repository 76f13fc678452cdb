//! `SetConfiguration` (`5C`), DESFire reference §2.2.1.
//!
//! Wire: `5C Option ; data`. Option `00`: `Flags(1)`, `01`: `DefaultKey(24) ‖ Version(1)`, `02`: `ATS(2…20)`, TL first,
//! `04`: `Flags(2)`, least significant byte first.

use crate::bytes::{ParseError, Reader};
use crate::command::Wire;

/// Sets one configuration option of the PICC (Light and NTAG: of the application).
#[derive(Clone, PartialEq, Eq)]
pub struct SetConfiguration {
    /// Option number.
    pub option: u8,
    /// The option's data; key material with option `01`.
    pub data: Vec<u8>,
}

impl SetConfiguration {
    /// Option that sets the default application key.
    pub const DEFAULT_KEY: u8 = 0x01;
    /// Option that sets the answer to select.
    pub const ATS: u8 = 0x02;
    /// Option that disables authentications and chained writing.
    pub const DISABLED: u8 = 0x04;
}

impl Wire for SetConfiguration {
    const CODES: &'static [u8] = &[0x5C];

    fn ins(&self) -> u8 {
        0x5C
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.option);
        out.extend_from_slice(&self.data);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let option = r.u8("Option")?;
        let data = r.rest("Data").to_vec();
        if option == Self::DEFAULT_KEY {
            r.describe(|| "hidden".into());
        }
        Ok(Self { option, data })
    }
}

impl std::fmt::Debug for SetConfiguration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SetConfiguration {{ option: {:02X}, data: {} bytes }}",
            self.option,
            self.data.len()
        )
    }
}

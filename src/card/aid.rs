//! Application identifier: three bytes, least significant first on the wire, most significant first as people write it.

use std::fmt;
use std::str::FromStr;

use crate::bytes::hex::{self, HexError};
use crate::bytes::{ParseError, Reader};

/// An AID; `000000` is the PICC level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aid([u8; 3]);

impl Aid {
    /// The PICC level.
    pub const PICC: Self = Self([0; 3]);

    /// From the bytes of the wire, least significant first.
    pub const fn from_wire(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// The bytes of the wire, least significant first.
    pub const fn wire(self) -> [u8; 3] {
        self.0
    }

    /// Whether this is the PICC level.
    pub fn is_picc(self) -> bool {
        self == Self::PICC
    }

    /// Reads three bytes and describes them in the order people write.
    pub fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, ParseError> {
        let aid = Self(r.array(field)?);
        r.describe(|| aid.to_string());
        Ok(aid)
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, middle, high] = self.0;
        write!(f, "{high:02X}{middle:02X}{low:02X}")
    }
}

impl FromStr for Aid {
    type Err = HexError;

    /// Reads six digits, most significant first.
    fn from_str(text: &str) -> Result<Self, HexError> {
        let [high, middle, low] = hex::array(text)?;
        Ok(Self([low, middle, high]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_most_significant_first() {
        let aid: Aid = "014499".parse().unwrap();
        assert_eq!(aid.wire(), [0x99, 0x44, 0x01]);
        assert_eq!(aid.to_string(), "014499");
        assert!("0144".parse::<Aid>().is_err());
    }
}

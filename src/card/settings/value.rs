//! Value files.

use crate::bytes::{ParseError, Put, Reader};

/// Limits and options of a value file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueFile {
    /// Smallest value.
    pub lower: i32,
    /// Largest value.
    pub upper: i32,
    /// Amount available for LimitedCredit now; at creation the initial value of the file stands here.
    pub limited_credit: i32,
    /// Bit 0: LimitedCredit enabled; bit 1: GetValue free.
    pub options: u8,
}

impl ValueFile {
    /// Reads `LowerLimit(4) UpperLimit(4) LimitedCreditValue(4) LimitedCreditEnabled(1)`.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            lower: r.i32("LowerLimit")?,
            upper: r.i32("UpperLimit")?,
            limited_credit: r.i32("LimitedCreditValue")?,
            options: r.u8("LimitedCreditEnabled")?,
        })
    }

    /// Writes the thirteen bytes.
    pub fn emit(self, out: &mut Vec<u8>) {
        out.put_i32(self.lower);
        out.put_i32(self.upper);
        out.put_i32(self.limited_credit);
        out.push(self.options);
    }

    /// Whether LimitedCredit is enabled.
    pub const fn limited_credit_enabled(self) -> bool {
        self.options & 0x01 != 0
    }

    /// Whether GetValue needs no right.
    pub const fn free_get_value(self) -> bool {
        self.options & 0x02 != 0
    }
}

//! ISO 7816-4 commands and the reader's pseudo-APDU (DESFire reference §1.5; PC/SC part 3).

pub mod file;
pub mod reader;
pub mod select;

use self::file::{AppendRecord, ReadBinary, ReadRecord, UpdateBinary};
use self::select::Select;
use crate::apdu::{Family, Frame};

/// One row of the table of ISO commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsoSpec {
    /// Instruction code.
    pub ins: u8,
    /// The data sheet's name.
    pub name: &'static str,
}

/// The row of an instruction code.
pub fn iso_spec(ins: u8) -> Option<&'static IsoSpec> {
    TABLE.iter().find(|row| row.ins == ins)
}

/// The standard's name of an instruction code, or `Unknown`.
pub(super) fn name(ins: u8) -> &'static str {
    iso_spec(ins).map_or("Unknown", |spec| spec.name)
}

fn frame(ins: u8, p1p2: [u8; 2], header: Vec<u8>, le: Option<u8>) -> Frame {
    Frame {
        family: Family::Iso,
        ins,
        p1p2,
        le,
        header,
        data: Vec::new(),
    }
}

const fn row(ins: u8, name: &'static str) -> IsoSpec {
    IsoSpec { ins, name }
}

/// GET CHALLENGE.
pub const GET_CHALLENGE: u8 = 0x84;
/// EXTERNAL AUTHENTICATE.
pub const EXTERNAL_AUTHENTICATE: u8 = 0x82;
/// INTERNAL AUTHENTICATE.
pub const INTERNAL_AUTHENTICATE: u8 = 0x88;

/// All ISO commands; every generation from EV1 on has them.
pub const TABLE: &[IsoSpec] = &[
    row(Select::INS, "ISOSelect"),
    row(ReadBinary::INS, "ISOReadBinary"),
    row(UpdateBinary::INS, "ISOUpdateBinary"),
    row(ReadRecord::INS, "ISOReadRecords"),
    row(AppendRecord::INS, "ISOAppendRecord"),
    row(GET_CHALLENGE, "ISOGetChallenge"),
    row(EXTERNAL_AUTHENTICATE, "ISOExternalAuthenticate"),
    row(INTERNAL_AUTHENTICATE, "ISOInternalAuthenticate"),
];

//! ISO 7816-4 commands and the reader's pseudo-APDU (DESFire reference §1.5; PC/SC part 3).
//!
//! Wire: `00 A4 P1 P2 [Lc data] [Le]` · `FF CA P1 00 00`, answer UID (P1 `00`), ATS (`01`), SAK (`02`), ATQA (`03`)

use crate::apdu::{Family, Frame};
use crate::bytes::Reader;

/// SELECT in any form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// What `data` is: `00` file identifier, `04` DF name.
    pub p1: u8,
    /// `00` asks for file control information, `0C` for none.
    pub p2: u8,
    /// File identifier (most significant byte first) or DF name.
    pub data: Vec<u8>,
}

impl Select {
    /// Instruction code.
    pub const INS: u8 = 0xA4;
    /// P1 for a DF name.
    pub const BY_NAME: u8 = 0x04;

    /// The frame.
    pub fn frame(&self) -> Frame {
        Frame {
            family: Family::Iso,
            ins: Self::INS,
            p1p2: [self.p1, self.p2],
            header: self.data.clone(),
            data: Vec::new(),
        }
    }

    /// Reads a frame; `None` for other instructions.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        let [p1, p2] = frame.p1p2;
        (frame.family == Family::Iso && frame.ins == Self::INS).then(|| Self {
            p1,
            p2,
            data: frame.body(),
        })
    }
}

/// Asks the reader for what it learnt at activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderGetData {
    /// `00` UID, `01` ATS; our own extension: `02` SAK, `03` ATQA.
    pub p1: u8,
}

impl ReaderGetData {
    /// Instruction code.
    pub const INS: u8 = 0xCA;
    /// P1 for the UID.
    pub const UID: u8 = 0x00;

    /// The frame.
    pub fn frame(&self) -> Frame {
        Frame {
            family: Family::Reader,
            ins: Self::INS,
            p1p2: [self.p1, 0],
            header: Vec::new(),
            data: Vec::new(),
        }
    }

    /// Reads a frame; `None` for other instructions or parameters.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        let [p1, p2] = frame.p1p2;
        let fits = frame.family == Family::Reader && frame.ins == Self::INS && p1 <= 3 && p2 == 0;
        (fits && frame.header.is_empty() && frame.data.is_empty()).then_some(Self { p1 })
    }

    /// Names the answer's only field.
    pub(super) fn answer(self, r: &mut Reader<'_>) {
        r.rest(match self.p1 {
            0 => "UID",
            1 => "ATS",
            2 => "SAK",
            _ => "ATQA",
        });
    }
}

/// The standard's name of an instruction code, or `Unknown`.
pub const fn name(ins: u8) -> &'static str {
    match ins {
        0xA4 => "ISOSelect",
        0xB0 => "ISOReadBinary",
        0xD6 => "ISOUpdateBinary",
        0xB2 => "ISOReadRecords",
        0xE2 => "ISOAppendRecord",
        0x84 => "ISOGetChallenge",
        0x82 => "ISOExternalAuthenticate",
        0x88 => "ISOInternalAuthenticate",
        _ => "Unknown",
    }
}

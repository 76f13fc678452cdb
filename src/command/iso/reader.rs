//! `GetData` of a reader (`FF CA`; PC/SC part 3).
//!
//! Wire: `FF CA P1 00 00`, answer UID (P1 `00`), ATS (`01`), SAK (`02`), ATQA (`03`).

use crate::apdu::{Family, Frame};
use crate::bytes::Reader;

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
            le: Some(0),
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
    pub(in crate::command) fn answer(self, r: &mut Reader<'_>) {
        r.rest(match self.p1 {
            0 => "UID",
            1 => "ATS",
            2 => "SAK",
            _ => "ATQA",
        });
    }
}

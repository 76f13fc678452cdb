//! `ISOSelect` (`A4`), DESFire reference §1.5.
//!
//! Wire: `00 A4 P1 P2 [Lc data] [Le]`. P1 `00` file identifier, nothing for the PICC level; `01` of an application; `02` of
//! a file of the selected application; `03` the level above, without data; `04` DF name of 1 to 16 bytes. P2 `00` asks for
//! file control information, `0C` for none. File identifiers have their most significant byte first, other than in native
//! commands.

use crate::apdu::{Family, Frame};

/// SELECT in any form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// What `data` is.
    pub p1: u8,
    /// `00` asks for file control information, `0C` for none.
    pub p2: u8,
    /// File identifier (most significant byte first) or DF name.
    pub data: Vec<u8>,
    /// Le.
    pub le: Option<u8>,
}

impl Select {
    /// Instruction code.
    pub const INS: u8 = 0xA4;
    /// P1 for a file identifier of any kind.
    pub const BY_FID: u8 = 0x00;
    /// P1 for an application by its file identifier.
    pub const CHILD: u8 = 0x01;
    /// P1 for a file of the selected application.
    pub const FILE: u8 = 0x02;
    /// P1 for the level above.
    pub const PARENT: u8 = 0x03;
    /// P1 for a DF name.
    pub const BY_NAME: u8 = 0x04;
    /// File identifier of the PICC level.
    pub const MASTER: [u8; 2] = [0x3F, 0x00];

    /// The frame.
    pub fn frame(&self) -> Frame {
        super::frame(Self::INS, [self.p1, self.p2], self.data.clone(), self.le)
    }

    /// Reads a frame; `None` for other instructions.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        let [p1, p2] = frame.p1p2;
        (frame.family == Family::Iso && frame.ins == Self::INS).then(|| Self {
            p1,
            p2,
            data: frame.body(),
            le: frame.le,
        })
    }

    /// The file identifier, when the command is of a form that has one.
    pub fn fid(&self) -> Option<u16> {
        match (self.p1, self.data.as_slice()) {
            (Self::BY_FID | Self::CHILD | Self::FILE, [high, low]) => {
                Some(u16::from_be_bytes([*high, *low]))
            }
            _ => None,
        }
    }

    /// Whether the PICC level is meant, by nothing at all or `3F00`.
    pub fn is_master(&self) -> bool {
        self.p1 == Self::BY_FID && (self.data.is_empty() || self.data == Self::MASTER)
    }
}

//! `ISOReadBinary` (`B0`), `ISOUpdateBinary` (`D6`), `ISOReadRecords` (`B2`) and `ISOAppendRecord` (`E2`), DESFire reference
//! §1.5.
//!
//! Wire: `00 B0 P1 P2 Le` · `00 D6 P1 P2 Lc data`. P1 bit 7 set: bits 4 to 0 name the file, P2 is the offset; clear: P1 ‖ P2
//! is the offset in the selected file, most significant byte first.
//! `00 B2 P1 P2 Le` · `00 E2 00 P2 Lc record`. P1 is the record's number, 1 the newest, 0 the current one; P2 bits 7 to 3
//! name the file, bits 2 to 0 are 4 for one record, 5 for all from P1 on, 0 to append.
//!
//! The short file identifier of a file is its number, 0 stands for the selected file.

use crate::apdu::{Family, Frame};

/// Which file, by its short identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The file that is selected.
    Selected,
    /// The file with this number, 1 to 30; it becomes the selected one.
    File(u8),
}

impl Target {
    /// The five bits of a short file identifier; `None` for 31, which is reserved.
    const fn from_sfi(sfi: u8) -> Option<Self> {
        match sfi {
            0 => Some(Self::Selected),
            0x1F => None,
            number => Some(Self::File(number)),
        }
    }

    const fn sfi(self) -> u8 {
        match self {
            Self::Selected => 0,
            Self::File(number) => number & 0x1F,
        }
    }
}

/// A place in a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file.
    pub target: Target,
    /// Bytes from its start: up to 32767 in the selected file, up to 255 in another.
    pub offset: u16,
}

impl Position {
    /// Reads P1 and P2; `None` for reserved bits.
    pub fn from_p1p2([p1, p2]: [u8; 2]) -> Option<Self> {
        if p1 & 0x80 == 0 {
            return Some(Self {
                target: Target::Selected,
                offset: u16::from_be_bytes([p1, p2]),
            });
        }
        let target = Target::from_sfi(p1 & 0x1F).filter(|_| p1 & 0x60 == 0)?;
        Some(Self {
            target,
            offset: u16::from(p2),
        })
    }

    /// P1 and P2. An offset that does not fit loses its upper bits.
    pub const fn p1p2(self) -> [u8; 2] {
        let [high, low] = self.offset.to_be_bytes();
        match self.target {
            Target::Selected => [high & 0x7F, low],
            Target::File(_) => [0x80 | self.target.sfi(), low],
        }
    }
}

/// Reads from a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadBinary {
    /// P1 and P2.
    pub p1p2: [u8; 2],
    /// Le.
    pub le: Option<u8>,
}

impl ReadBinary {
    /// Instruction code.
    pub const INS: u8 = 0xB0;

    /// The frame.
    pub fn frame(self) -> Frame {
        super::frame(Self::INS, self.p1p2, Vec::new(), self.le)
    }

    /// Reads a frame; `None` for other instructions, or when data comes with it.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        let fits = is(frame, Self::INS) && frame.header.is_empty() && frame.data.is_empty();
        fits.then_some(Self {
            p1p2: frame.p1p2,
            le: frame.le,
        })
    }
}

/// Writes into a data file; a backup file needs a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateBinary {
    /// P1 and P2.
    pub p1p2: [u8; 2],
    /// 1 to 255 bytes.
    pub data: Vec<u8>,
    /// Le; usually absent.
    pub le: Option<u8>,
}

impl UpdateBinary {
    /// Instruction code.
    pub const INS: u8 = 0xD6;

    /// The frame.
    pub fn frame(&self) -> Frame {
        super::frame(Self::INS, self.p1p2, self.data.clone(), self.le)
    }

    /// Reads a frame; `None` for other instructions.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        is(frame, Self::INS).then(|| Self {
            p1p2: frame.p1p2,
            data: frame.body(),
            le: frame.le,
        })
    }
}

/// Reads one record or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRecord {
    /// P1 and P2.
    pub p1p2: [u8; 2],
    /// Le.
    pub le: Option<u8>,
}

impl ReadRecord {
    /// Instruction code.
    pub const INS: u8 = 0xB2;

    /// The frame.
    pub fn frame(self) -> Frame {
        super::frame(Self::INS, self.p1p2, Vec::new(), self.le)
    }

    /// Reads a frame; `None` for other instructions, or when data comes with it.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        let fits = is(frame, Self::INS) && frame.header.is_empty() && frame.data.is_empty();
        fits.then_some(Self {
            p1p2: frame.p1p2,
            le: frame.le,
        })
    }

    /// The file, and whether all records from P1 on are wanted; `None` for reserved bits.
    pub fn what(self) -> Option<(Target, bool)> {
        let [_, p2] = self.p1p2;
        let all = match p2 & 0x07 {
            4 => false,
            5 => true,
            _ => return None,
        };
        Some((Target::from_sfi(p2 >> 3)?, all))
    }
}

/// Appends a record; needs a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendRecord {
    /// P1 and P2.
    pub p1p2: [u8; 2],
    /// The whole record.
    pub data: Vec<u8>,
    /// Le; usually absent.
    pub le: Option<u8>,
}

impl AppendRecord {
    /// Instruction code.
    pub const INS: u8 = 0xE2;

    /// The frame.
    pub fn frame(&self) -> Frame {
        super::frame(Self::INS, self.p1p2, self.data.clone(), self.le)
    }

    /// Reads a frame; `None` for other instructions.
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        is(frame, Self::INS).then(|| Self {
            p1p2: frame.p1p2,
            data: frame.body(),
            le: frame.le,
        })
    }

    /// The file; `None` for reserved bits.
    pub fn target(&self) -> Option<Target> {
        match self.p1p2 {
            [0, p2] if p2.trailing_zeros() >= 3 => Target::from_sfi(p2 >> 3),
            _ => None,
        }
    }
}

fn is(frame: &Frame, ins: u8) -> bool {
    frame.family == Family::Iso && frame.ins == ins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_short_identifiers() {
        let at = |target, offset| Some(Position { target, offset });
        let cases = [
            ([0x00, 0x00], at(Target::Selected, 0)),
            ([0x7F, 0xFF], at(Target::Selected, 0x7FFF)),
            ([0x81, 0x20], at(Target::File(1), 0x20)),
            ([0x9E, 0xFF], at(Target::File(0x1E), 0xFF)),
        ];
        for (p1p2, expected) in cases {
            assert_eq!(Position::from_p1p2(p1p2), expected);
            assert_eq!(expected.unwrap().p1p2(), p1p2);
        }
        for reserved in [[0x9F, 0], [0xA1, 0], [0xC1, 0]] {
            assert_eq!(Position::from_p1p2(reserved), None);
        }
        let selected = Position::from_p1p2([0x80, 0x05]);
        assert_eq!(selected, at(Target::Selected, 5));
    }

    #[test]
    fn which_records() {
        let read = |p2| {
            ReadRecord {
                p1p2: [1, p2],
                le: Some(0),
            }
            .what()
        };
        assert_eq!(read(0x04), Some((Target::Selected, false)));
        assert_eq!(read(0x2D), Some((Target::File(5), true)));
        assert_eq!((read(0x2E), read(0xFC)), (None, None));
        let append = |p1p2| {
            let (data, le) = (vec![1], None);
            AppendRecord { p1p2, data, le }.target()
        };
        assert_eq!(append([0, 0x28]), Some(Target::File(5)));
        assert_eq!((append([1, 0x28]), append([0, 0x2C])), (None, None));
    }
}

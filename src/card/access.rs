//! Access-right words and communication modes (DESFire reference §5.1, §2.5).

use std::fmt;

use crate::bytes::{ParseError, Put, Reader};

/// Communication mode of a file or command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommMode {
    /// No protection.
    Plain,
    /// A MAC over clear data.
    Mac,
    /// Enciphered data and a MAC.
    Full,
}

impl CommMode {
    /// From bits 1 and 0 of FileOption; `02` means plain like `00`.
    pub const fn from_option(option: u8) -> Self {
        match option & 0x03 {
            0x01 => Self::Mac,
            0x03 => Self::Full,
            _ => Self::Plain,
        }
    }

    /// Bits 1 and 0 of FileOption.
    pub const fn option_bits(self) -> u8 {
        match self {
            Self::Plain => 0x00,
            Self::Mac => 0x01,
            Self::Full => 0x03,
        }
    }

    /// The name used in JSON rows and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Mac => "mac",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for CommMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One access condition: a key number, free or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A session with this key, `0` to `D`.
    Key(u8),
    /// `E`: without authentication, in plain.
    Free,
    /// `F`: not at all.
    Never,
}

impl Access {
    /// From a nibble; higher bits are ignored.
    pub const fn from_nibble(nibble: u8) -> Self {
        match nibble & 0x0F {
            0x0E => Self::Free,
            0x0F => Self::Never,
            key => Self::Key(key),
        }
    }

    /// The nibble.
    pub const fn nibble(self) -> u8 {
        match self {
            Self::Key(key) => key & 0x0F,
            Self::Free => 0x0E,
            Self::Never => 0x0F,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}", self.nibble())
    }
}

/// Which of the four conditions of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Read.
    Read,
    /// Write.
    Write,
    /// ReadWrite.
    ReadWrite,
    /// Change of the file settings.
    Change,
}

/// One set of access conditions, a 16-bit word: Read, Write, ReadWrite, Change from the top nibble down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccessRights {
    /// Bits 15 to 12.
    pub read: Access,
    /// Bits 11 to 8.
    pub write: Access,
    /// Bits 7 to 4.
    pub read_write: Access,
    /// Bits 3 to 0.
    pub change: Access,
}

impl AccessRights {
    /// From the word.
    pub const fn from_word(word: u16) -> Self {
        let [low, high] = word.to_le_bytes();
        Self {
            read: Access::from_nibble(high >> 4),
            write: Access::from_nibble(high),
            read_write: Access::from_nibble(low >> 4),
            change: Access::from_nibble(low),
        }
    }

    /// The word.
    pub const fn word(self) -> u16 {
        u16::from_le_bytes([
            self.read_write.nibble() << 4 | self.change.nibble(),
            self.read.nibble() << 4 | self.write.nibble(),
        ])
    }

    /// One condition.
    pub const fn right(self, right: Right) -> Access {
        match right {
            Right::Read => self.read,
            Right::Write => self.write,
            Right::ReadWrite => self.read_write,
            Right::Change => self.change,
        }
    }

    /// Reads the two bytes of the wire.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let rights = Self::from_word(r.u16("AccessRights")?);
        r.describe(|| rights.to_string());
        Ok(rights)
    }

    /// Writes the two bytes of the wire.
    pub fn emit(self, out: &mut Vec<u8>) {
        out.put_u16(self.word());
    }
}

impl fmt::Display for AccessRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "R {} W {} RW {} C {}",
            self.read, self.write, self.read_write, self.change
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_one_of_the_reference() {
        // Wire `30 12` = R 1, W 2, RW 3, Change 0.
        let rights = Reader::all("t", &[0x30, 0x12], AccessRights::read).unwrap();
        assert_eq!(rights.to_string(), "R 1 W 2 RW 3 C 0");
        let mut wire = Vec::new();
        rights.emit(&mut wire);
        assert_eq!(wire, [0x30, 0x12]);
    }
}

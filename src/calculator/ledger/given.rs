//! The typed values of a named operation.

use crate::bytes::hex;
use crate::card::Aid;

/// One value of a form.
#[derive(Debug)]
pub struct Part {
    /// Label in a form.
    pub label: &'static str,
    /// What can be given.
    pub kind: PartKind,
}

/// What a value of a form can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// File number, 0 to 31.
    File,
    /// Offset, length, record number or count, 0 to 16777215.
    Number,
    /// Amount, 0 to 2147483647.
    Amount,
    /// Bytes, at least one.
    Data,
    /// Reader identifier, 16 bytes.
    ReaderId,
    /// AID, most significant byte first.
    Aid,
    /// `tmac`, or `records` and their size.
    FileKind,
}

/// What the ledger has to know of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is the TransactionMAC file.
    Tmac,
    /// It has records of this size.
    Records(u32),
}

/// The values of a form, each in the place of its kind.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) file_no: u8,
    numbers: Vec<u32>,
    pub(super) amount: i32,
    pub(super) data: Vec<u8>,
    pub(super) tmri: [u8; 16],
    pub(super) aid: Option<Aid>,
    pub(super) known: Option<Known>,
}

impl Given {
    pub(super) fn number(&self, index: usize) -> u32 {
        self.numbers.get(index).copied().unwrap_or_default()
    }

    pub(super) fn length(&self) -> u32 {
        u32::try_from(self.data.len()).unwrap_or(u32::MAX)
    }
}

impl Given {
    /// Reads one value.
    pub(super) fn take(&mut self, kind: PartKind, text: &str) -> Result<(), String> {
        match kind {
            PartKind::File => self.file_no = limited(text, 31)?,
            PartKind::Number => self.numbers.push(limited(text, 0x00FF_FFFF)?),
            PartKind::Amount => self.amount = limited(text, 0x7FFF_FFFF)?,
            PartKind::Data => self.data = hex::pasted(text).map_err(|error| error.to_string())?,
            PartKind::ReaderId => {
                let bytes = hex::pasted(text).map_err(|error| error.to_string())?;
                self.tmri = <[u8; 16]>::try_from(bytes.as_slice()).map_err(|_| {
                    let plural = if bytes.len() == 1 { "" } else { "s" };
                    format!("{} byte{plural}, 16 expected", bytes.len())
                })?;
            }
            PartKind::Aid => {
                self.aid = Some(text.parse().map_err(|error| format!("{error}"))?);
            }
            PartKind::FileKind => self.known = Some(known(text)?),
        }
        Ok(())
    }
}

fn known(text: &str) -> Result<Known, String> {
    match text.split_once(' ') {
        None if text == "tmac" => Ok(Known::Tmac),
        Some(("records", size)) => limited(size.trim(), 0x00FF_FFFF).map(Known::Records),
        _ => Err(format!(
            "{text:?}, expected tmac or records with their size"
        )),
    }
}

/// A number in decimal, or in hexadecimal digits after `0x`.
fn limited<T: TryFrom<u32>>(text: &str, most: u32) -> Result<T, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let fitting = number.ok().filter(|number| *number <= most);
    fitting
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("{text:?}, a number of 0 to {most} expected"))
}

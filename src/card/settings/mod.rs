//! File settings: what GetFileSettings answers and what a virtual card keeps (DESFire reference §2.5).
//!
//! Wire: `FileType FileOption AccessRights(2) <type part> [count, n × AccessRights] [SDM…] [TMCLimit(4)]`

mod data;
mod record;
mod tmac;
mod value;

pub use data::DataFile;
pub use record::RecordFile;
pub use tmac::TmacFile;
pub use value::ValueFile;

use super::access::{Access, AccessRights, CommMode, Right};
use crate::bytes::{ParseError, Reader};

/// FileOption bit 7: further sets of access conditions follow.
pub const MORE_RIGHTS: u8 = 0x80;
/// FileOption bit 6: Secure Dynamic Messaging.
pub const SDM: u8 = 0x40;
/// FileOption bit 5: TMCLimit follows (TransactionMAC file).
pub const TMC_LIMIT: u8 = 0x20;

/// The part that differs by file type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `00`.
    Standard(DataFile),
    /// `01`.
    Backup(DataFile),
    /// `02`.
    Value(ValueFile),
    /// `03`.
    Linear(RecordFile),
    /// `04`.
    Cyclic(RecordFile),
    /// `05`.
    Tmac(TmacFile),
    /// Any other type; the bytes are kept.
    Unknown {
        /// The type byte.
        code: u8,
        /// Everything after the access rights.
        rest: Vec<u8>,
    },
}

impl FileKind {
    /// The type byte.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Standard(_) => 0x00,
            Self::Backup(_) => 0x01,
            Self::Value(_) => 0x02,
            Self::Linear(_) => 0x03,
            Self::Cyclic(_) => 0x04,
            Self::Tmac(_) => 0x05,
            Self::Unknown { code, .. } => *code,
        }
    }

    /// The data sheet's name in words.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Standard(_) => "standard data",
            Self::Backup(_) => "backup data",
            Self::Value(_) => "value",
            Self::Linear(_) => "linear record",
            Self::Cyclic(_) => "cyclic record",
            Self::Tmac(_) => "TransactionMAC",
            Self::Unknown { .. } => "unknown type",
        }
    }
}

/// Settings of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// FileOption as sent; see [`MORE_RIGHTS`], [`SDM`], [`TMC_LIMIT`].
    pub option: u8,
    /// First set of access conditions.
    pub rights: AccessRights,
    /// Up to seven further sets.
    pub more_rights: Vec<AccessRights>,
    /// Type and its parameters.
    pub kind: FileKind,
    /// SDM settings as sent; empty without [`SDM`].
    pub sdm: Vec<u8>,
}

impl FileSettings {
    /// Communication mode, from FileOption.
    pub const fn mode(&self) -> CommMode {
        CommMode::from_option(self.option)
    }

    /// The condition `right` in every set.
    pub fn conditions(&self, right: Right) -> impl Iterator<Item = Access> + '_ {
        std::iter::once(&self.rights)
            .chain(&self.more_rights)
            .map(move |set| set.right(right))
    }

    /// Reads the answer of GetFileSettings.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let code = r.u8("FileType")?;
        let option = r.u8("FileOption")?;
        r.describe(|| describe_option(option));
        let rights = AccessRights::read(r)?;
        let mut kind = match code {
            0x00 => FileKind::Standard(DataFile::read(r)?),
            0x01 => FileKind::Backup(DataFile::read(r)?),
            0x02 => FileKind::Value(ValueFile::read(r)?),
            0x03 => FileKind::Linear(RecordFile::read(r)?),
            0x04 => FileKind::Cyclic(RecordFile::read(r)?),
            0x05 => FileKind::Tmac(TmacFile::read(r)?),
            code => FileKind::Unknown {
                code,
                rest: r.rest("Settings").to_vec(),
            },
        };
        let more_rights = if r.is_empty() {
            Vec::new()
        } else {
            read_more_rights(r, option)?
        };
        let limit_len = if option & TMC_LIMIT != 0 && code == 0x05 {
            4
        } else {
            0
        };
        let sdm_len = if option & SDM != 0 {
            r.left().saturating_sub(limit_len)
        } else {
            0
        };
        let sdm = if sdm_len > 0 {
            r.take("SDM", sdm_len)?.to_vec()
        } else {
            Vec::new()
        };
        if let FileKind::Tmac(tmac) = &mut kind
            && limit_len > 0
        {
            tmac.limit = Some(r.u32("TMCLimit")?);
        }
        Ok(Self {
            option,
            rights,
            more_rights,
            kind,
            sdm,
        })
    }

    /// Writes the answer of GetFileSettings.
    pub fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.kind.code(), self.option]);
        self.rights.emit(out);
        match &self.kind {
            FileKind::Standard(data) | FileKind::Backup(data) => data.emit(out),
            FileKind::Value(value) => value.emit(out),
            FileKind::Linear(record) | FileKind::Cyclic(record) => record.emit(out),
            FileKind::Tmac(tmac) => tmac.emit(out),
            FileKind::Unknown { rest, .. } => out.extend_from_slice(rest),
        }
        emit_more_rights(out, self.option, &self.more_rights);
        out.extend_from_slice(&self.sdm);
        if let FileKind::Tmac(TmacFile {
            limit: Some(limit), ..
        }) = self.kind
        {
            out.extend_from_slice(&limit.to_le_bytes());
        }
    }
}

/// Reads the count and the further sets of access conditions when FileOption announces them.
pub fn read_more_rights(r: &mut Reader<'_>, option: u8) -> Result<Vec<AccessRights>, ParseError> {
    if option & MORE_RIGHTS == 0 {
        return Ok(Vec::new());
    }
    let count = r.u8("NrAddARs")?;
    if count > 7 {
        return Err(r.invalid("NrAddARs", "at most 7", count.to_string()));
    }
    (0..count).map(|_| AccessRights::read(r)).collect()
}

/// Writes count and sets when FileOption announces them.
pub fn emit_more_rights(out: &mut Vec<u8>, option: u8, sets: &[AccessRights]) {
    if option & MORE_RIGHTS != 0 {
        out.push(u8::try_from(sets.len()).unwrap_or(u8::MAX));
        for set in sets {
            set.emit(out);
        }
    }
}

/// FileOption in words.
pub fn describe_option(option: u8) -> String {
    let mut text = format!("{option:02X} {}", CommMode::from_option(option));
    for (bit, name) in [
        (MORE_RIGHTS, "further access conditions"),
        (SDM, "SDM"),
        (TMC_LIMIT, "TMCLimit"),
    ] {
        if option & bit != 0 {
            text.push_str(", ");
            text.push_str(name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn reads_and_writes_every_type_and_keeps_sdm() {
        for text in [
            "00 03 0023 000100",
            "01 03 2012 800000",
            "02 03 3F10 00000000 50C30000 00000000 01",
            "04 03 1011 100000 0B0000 020000",
            "05 00 F0EF 02 01",
            "05 20 F0EF 02 01 10000000",
            "00 83 2012 800000 01 4434",
            "0040EEEE000100D1FE001F00004400004400002000006A0000",
            "77 00 EEEE 0102",
        ] {
            let bytes = hex::parse(text).unwrap();
            let settings = Reader::all("GetFileSettings", &bytes, FileSettings::read)
                .unwrap_or_else(|e| panic!("{text}: {e}"));
            let mut emitted = Vec::new();
            settings.emit(&mut emitted);
            assert_eq!(hex::upper(emitted), hex::upper(bytes));
        }
    }
}

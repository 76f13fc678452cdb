//! File settings, read and changed (DESFire reference §2.5.1, §2.5.2).
//!
//! Wire: `F5 FileNo`, answer as `card::settings` says ·
//! `5F FileNo ; FileOption AccessRights(2) [count, n × AccessRights] [SDM…] [TMCLimit(4)]`

use crate::bytes::{ParseError, Reader};
use crate::card::AccessRights;
use crate::card::settings::{
    FileSettings, SDM, TMC_LIMIT, describe_option, emit_more_rights, read_more_rights,
};
use crate::command::Wire;

/// Asks for the settings of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetFileSettings {
    /// File number.
    pub file_no: u8,
}

impl Wire for GetFileSettings {
    const CODES: &'static [u8] = &[0xF5];

    fn ins(&self) -> u8 {
        0xF5
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            file_no: r.u8("FileNo")?,
        })
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        FileSettings::read(r)?;
        r.finish()
    }
}

/// Replaces option, rights and the parts that FileOption announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFileSettings {
    /// File number.
    pub file_no: u8,
    /// FileOption.
    pub option: u8,
    /// First set of access conditions.
    pub rights: AccessRights,
    /// Further sets.
    pub more_rights: Vec<AccessRights>,
    /// SDM settings as sent.
    pub sdm: Vec<u8>,
    /// TMCLimit.
    pub tmc_limit: Option<u32>,
}

impl Wire for ChangeFileSettings {
    const CODES: &'static [u8] = &[0x5F];

    fn ins(&self) -> u8 {
        0x5F
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.file_no, self.option]);
        self.rights.emit(out);
        emit_more_rights(out, self.option, &self.more_rights);
        out.extend_from_slice(&self.sdm);
        out.extend(self.tmc_limit.into_iter().flat_map(u32::to_le_bytes));
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let file_no = r.u8("FileNo")?;
        let option = r.u8("FileOption")?;
        r.describe(|| describe_option(option));
        let rights = AccessRights::read(r)?;
        let more_rights = read_more_rights(r, option)?;
        let limit_len = if option & TMC_LIMIT != 0 { 4 } else { 0 };
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
        let tmc_limit = if limit_len > 0 {
            Some(r.u32("TMCLimit")?)
        } else {
            None
        };
        Ok(Self {
            file_no,
            option,
            rights,
            more_rights,
            sdm,
            tmc_limit,
        })
    }
}

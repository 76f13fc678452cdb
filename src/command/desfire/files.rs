//! Creating, deleting and listing files (DESFire reference §2.5).
//!
//! Wire: `CD|CB FileNo [FID(2)] FileOption AccessRights(2) Size(3)` ·
//! `CC FileNo FileOption AccessRights(2) Lower(4) Upper(4) Value(4) LimitedCreditEnabled` ·
//! `C1|C0 FileNo [FID(2)] FileOption AccessRights(2) RecordSize(3) MaxRecords(3)` ·
//! `CE FileNo FileOption AccessRights(2) TMKeyOption ; TMKey(16) TMKeyVersion` · `DF FileNo` · `6F`, answer `n × FileNo`

use crate::bytes::{ParseError, Put, Reader};
use crate::card::AccessRights;
use crate::card::settings::{DataFile, ValueFile, describe_option};
use crate::command::Wire;

/// Creates a standard or backup data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateDataFile {
    /// Backup (`CB`) rather than standard (`CD`).
    pub backup: bool,
    /// File number.
    pub file_no: u8,
    /// ISO file identifier.
    pub iso_fid: Option<u16>,
    /// FileOption.
    pub option: u8,
    /// Access rights.
    pub rights: AccessRights,
    /// Size in bytes.
    pub size: u32,
}

impl Wire for CreateDataFile {
    const CODES: &'static [u8] = &[0xCD, 0xCB];

    fn ins(&self) -> u8 {
        if self.backup { 0xCB } else { 0xCD }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        emit_start(out, self.file_no, self.iso_fid, self.option, self.rights);
        DataFile { size: self.size }.emit(out);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let (file_no, iso_fid, option, rights) = read_start(r, r.left() >= 9)?;
        Ok(Self {
            backup: ins == 0xCB,
            file_no,
            iso_fid,
            option,
            rights,
            size: DataFile::read(r)?.size,
        })
    }
}

/// Creates a value file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateValueFile {
    /// File number.
    pub file_no: u8,
    /// FileOption.
    pub option: u8,
    /// Access rights.
    pub rights: AccessRights,
    /// Limits and options; `limited_credit` holds the initial value.
    pub value: ValueFile,
}

impl Wire for CreateValueFile {
    const CODES: &'static [u8] = &[0xCC];

    fn ins(&self) -> u8 {
        0xCC
    }

    fn emit(&self, out: &mut Vec<u8>) {
        emit_start(out, self.file_no, None, self.option, self.rights);
        self.value.emit(out);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let (file_no, _, option, rights) = read_start(r, false)?;
        let value = ValueFile {
            lower: r.i32("LowerLimit")?,
            upper: r.i32("UpperLimit")?,
            limited_credit: r.i32("Value")?,
            options: r.u8("LimitedCreditEnabled")?,
        };
        Ok(Self {
            file_no,
            option,
            rights,
            value,
        })
    }
}

/// Creates a linear or cyclic record file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateRecordFile {
    /// Cyclic (`C0`) rather than linear (`C1`).
    pub cyclic: bool,
    /// File number.
    pub file_no: u8,
    /// ISO file identifier.
    pub iso_fid: Option<u16>,
    /// FileOption.
    pub option: u8,
    /// Access rights.
    pub rights: AccessRights,
    /// Bytes of a record.
    pub record_size: u32,
    /// Records; a cyclic file keeps one for the pending write.
    pub max_records: u32,
}

impl Wire for CreateRecordFile {
    const CODES: &'static [u8] = &[0xC1, 0xC0];

    fn ins(&self) -> u8 {
        if self.cyclic { 0xC0 } else { 0xC1 }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        emit_start(out, self.file_no, self.iso_fid, self.option, self.rights);
        out.put_u24(self.record_size);
        out.put_u24(self.max_records);
    }

    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let (file_no, iso_fid, option, rights) = read_start(r, r.left() >= 12)?;
        let record_size = r.u24("RecordSize")?;
        let max_records = r.u24("MaxNumOfRecords")?;
        Ok(Self {
            cyclic: ins == 0xC0,
            file_no,
            iso_fid,
            option,
            rights,
            record_size,
            max_records,
        })
    }
}

/// Creates the TransactionMAC file of an application.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateTransactionMacFile {
    /// File number.
    pub file_no: u8,
    /// FileOption.
    pub option: u8,
    /// Access rights; Write must be never, ReadWrite is the CommitReaderID switch.
    pub rights: AccessRights,
    /// `02`: AES.
    pub key_option: u8,
    /// AppTransactionMACKey.
    pub key: [u8; 16],
    /// Its version.
    pub key_version: u8,
}

impl Wire for CreateTransactionMacFile {
    const CODES: &'static [u8] = &[0xCE];

    fn ins(&self) -> u8 {
        0xCE
    }

    fn emit(&self, out: &mut Vec<u8>) {
        emit_start(out, self.file_no, None, self.option, self.rights);
        out.push(self.key_option);
        out.extend_from_slice(&self.key);
        out.push(self.key_version);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let (file_no, _, option, rights) = read_start(r, false)?;
        let key_option = r.u8("TMKeyOption")?;
        let key = r.array("TMKey")?;
        r.describe(|| "hidden".into());
        let key_version = r.u8("TMKeyVersion")?;
        Ok(Self {
            file_no,
            option,
            rights,
            key_option,
            key,
            key_version,
        })
    }
}

impl std::fmt::Debug for CreateTransactionMacFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "CreateTransactionMacFile {{ file_no: {:02X}, rights: {}, key: hidden }}",
            self.file_no, self.rights
        )
    }
}

/// Deletes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteFile {
    /// File number.
    pub file_no: u8,
}

impl Wire for DeleteFile {
    const CODES: &'static [u8] = &[0xDF];

    fn ins(&self) -> u8 {
        0xDF
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.file_no);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            file_no: r.u8("FileNo")?,
        })
    }
}

/// Lists the files of the selected application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetFileIds;

impl Wire for GetFileIds {
    const CODES: &'static [u8] = &[0x6F];

    fn ins(&self) -> u8 {
        0x6F
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        r.rest("FileNumbers");
        Ok(())
    }
}

/// Lists the ISO file identifiers of the selected application's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetIsoFileIds;

impl Wire for GetIsoFileIds {
    const CODES: &'static [u8] = &[0x61];

    fn ins(&self) -> u8 {
        0x61
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        while !r.is_empty() {
            r.u16("ISOFileID")?;
        }
        Ok(())
    }
}

fn emit_start(
    out: &mut Vec<u8>,
    file_no: u8,
    iso_fid: Option<u16>,
    option: u8,
    rights: AccessRights,
) {
    out.push(file_no);
    out.extend(iso_fid.into_iter().flat_map(u16::to_le_bytes));
    out.push(option);
    rights.emit(out);
}

/// Reads the parameters that all create commands share. A FID is there when the command is longer (B5 of
/// the behaviours that client programs check).
fn read_start(
    r: &mut Reader<'_>,
    with_fid: bool,
) -> Result<(u8, Option<u16>, u8, AccessRights), ParseError> {
    let file_no = r.u8("FileNo")?;
    let iso_fid = if with_fid {
        Some(r.u16("ISOFileID")?)
    } else {
        None
    };
    let option = r.u8("FileOption")?;
    r.describe(|| describe_option(option));
    Ok((file_no, iso_fid, option, AccessRights::read(r)?))
}

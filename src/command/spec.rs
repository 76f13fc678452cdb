//! The command table (DESFire reference §2): code, name, clear header, communication-mode rule, first
//! generation. Codes without a type of their own are in it too, so that their rows have a name and
//! their secure messaging can be removed.

use crate::card::product::Generation::{self, Ev0, Ev1, Ev2, Ev3};

/// How many leading parameter bytes always travel in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// All parameters.
    All,
    /// This many bytes; the rest is data.
    Bytes(usize),
}

/// Which communication mode a session uses for the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Always plain.
    Plain,
    /// MAC both ways.
    Mac,
    /// The side that has data is enciphered, both sides have a MAC.
    Full,
    /// Full, or plain when the file's Change right is free.
    FullUnlessFree,
    /// The mode of the file; plain when access was free.
    File,
    /// Own cryptograms.
    Authentication,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Command code.
    pub ins: u8,
    /// The data sheet's name.
    pub name: &'static str,
    /// Clear parameters.
    pub header: Header,
    /// Mode inside a session.
    pub rule: Rule,
    /// First generation that has the command.
    pub since: Generation,
}

impl Spec {
    /// Clear bytes of a parameter body of `len` bytes.
    pub const fn header_len(&self, len: usize) -> usize {
        match self.header {
            Header::Bytes(bytes) if bytes < len => bytes,
            _ => len,
        }
    }
}

/// The row of a command code.
pub fn spec(ins: u8) -> Option<&'static Spec> {
    ROWS.get(usize::from(ins))?.as_ref()
}

const fn row(ins: u8, name: &'static str, header: Header, rule: Rule, since: Generation) -> Spec {
    Spec {
        ins,
        name,
        header,
        rule,
        since,
    }
}

use Header::{All, Bytes};

const TABLE: &[Spec] = &[
    row(0xBD, "ReadData", Bytes(7), Rule::File, Ev0),
    row(0xAD, "ReadData", Bytes(7), Rule::File, Ev2),
    row(0x3D, "WriteData", Bytes(7), Rule::File, Ev0),
    row(0x8D, "WriteData", Bytes(7), Rule::File, Ev2),
    row(0x6C, "GetValue", Bytes(1), Rule::File, Ev0),
    row(0x0C, "Credit", Bytes(1), Rule::File, Ev0),
    row(0xDC, "Debit", Bytes(1), Rule::File, Ev0),
    row(0x1C, "LimitedCredit", Bytes(1), Rule::File, Ev0),
    row(0x3B, "WriteRecord", Bytes(7), Rule::File, Ev0),
    row(0x8B, "WriteRecord", Bytes(7), Rule::File, Ev2),
    row(0xDB, "UpdateRecord", Bytes(10), Rule::File, Ev2),
    row(0xBA, "UpdateRecord", Bytes(10), Rule::File, Ev2),
    row(0xBB, "ReadRecords", Bytes(7), Rule::File, Ev0),
    row(0xAB, "ReadRecords", Bytes(7), Rule::File, Ev2),
    row(0xEB, "ClearRecordFile", All, Rule::Mac, Ev0),
    row(0xC7, "CommitTransaction", All, Rule::Mac, Ev0),
    row(0xA7, "AbortTransaction", All, Rule::Mac, Ev0),
    row(0xC8, "CommitReaderID", All, Rule::Mac, Ev2),
    row(0x71, "AuthenticateEV2First", All, Rule::Authentication, Ev2),
    row(
        0x77,
        "AuthenticateEV2NonFirst",
        All,
        Rule::Authentication,
        Ev2,
    ),
    row(0x0A, "Authenticate", All, Rule::Authentication, Ev0),
    row(0x1A, "AuthenticateISO", All, Rule::Authentication, Ev1),
    row(0xAA, "AuthenticateAES", All, Rule::Authentication, Ev1),
    row(0x5A, "SelectApplication", All, Rule::Plain, Ev0),
    row(0x60, "GetVersion", All, Rule::Mac, Ev0),
    row(0x51, "GetCardUID", All, Rule::Full, Ev1),
    row(0x6A, "GetApplicationIDs", All, Rule::Mac, Ev0),
    row(0x6D, "GetDFNames", All, Rule::Plain, Ev1),
    row(0x6E, "FreeMem", All, Rule::Mac, Ev1),
    row(0xFC, "FormatPICC", All, Rule::Mac, Ev0),
    row(0x5C, "SetConfiguration", Bytes(1), Rule::Full, Ev1),
    row(0x3C, "Read_Sig", All, Rule::Full, Ev2),
    row(0x45, "GetKeySettings", All, Rule::Mac, Ev0),
    row(0x54, "ChangeKeySettings", Bytes(0), Rule::Full, Ev0),
    row(0x64, "GetKeyVersion", All, Rule::Mac, Ev0),
    row(0xC4, "ChangeKey", Bytes(1), Rule::Full, Ev0),
    row(0xC6, "ChangeKeyEV2", Bytes(2), Rule::Full, Ev2),
    row(0x56, "InitializeKeySet", All, Rule::Mac, Ev2),
    row(0x57, "FinalizeKeySet", All, Rule::Mac, Ev2),
    row(0x55, "RollKeySet", All, Rule::Mac, Ev2),
    row(0xCA, "CreateApplication", All, Rule::Mac, Ev0),
    row(0xDA, "DeleteApplication", All, Rule::Mac, Ev0),
    row(0xC9, "CreateDelegatedApplication", All, Rule::Mac, Ev2),
    row(0x69, "GetDelegatedInfo", All, Rule::Mac, Ev2),
    row(0x61, "GetISOFileIDs", All, Rule::Mac, Ev1),
    row(0xCD, "CreateStdDataFile", All, Rule::Mac, Ev0),
    row(0xCB, "CreateBackupDataFile", All, Rule::Mac, Ev0),
    row(0xCC, "CreateValueFile", All, Rule::Mac, Ev0),
    row(0xC1, "CreateLinearRecordFile", All, Rule::Mac, Ev0),
    row(0xC0, "CreateCyclicRecordFile", All, Rule::Mac, Ev0),
    row(0xCE, "CreateTransactionMACFile", Bytes(5), Rule::Full, Ev2),
    row(0xDF, "DeleteFile", All, Rule::Mac, Ev0),
    row(0x6F, "GetFileIDs", All, Rule::Mac, Ev0),
    row(0xF5, "GetFileSettings", All, Rule::Mac, Ev0),
    row(
        0x5F,
        "ChangeFileSettings",
        Bytes(1),
        Rule::FullUnlessFree,
        Ev0,
    ),
    row(0xF6, "GetFileCounters", All, Rule::Full, Ev3),
    row(0xF0, "PreparePC", All, Rule::Plain, Ev2),
    row(0xF2, "ProximityCheck", All, Rule::Plain, Ev2),
    row(0xFD, "VerifyPC", All, Rule::Plain, Ev2),
];

/// The rows by command code: every frame asks several times.
static ROWS: [Option<Spec>; 256] = by_code();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the program is compiled"
)]
const fn by_code() -> [Option<Spec>; 256] {
    let mut rows = [None; 256];
    let mut index = 0;
    while index < TABLE.len() {
        rows[TABLE[index].ins as usize] = Some(TABLE[index]);
        index += 1;
    }
    rows
}

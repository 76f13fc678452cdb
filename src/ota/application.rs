//! The example application (top-up reference §3): AID, files, rights, log records.

use crate::card::settings::ValueFile;
use crate::card::{AccessRights, Aid, ApplicationKeys, CommMode, KeySettings};
use crate::command::{
    Command, CreateApplication, CreateDataFile, CreateRecordFile, CreateTransactionMacFile,
    CreateValueFile,
};

/// `014499`.
pub const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);

/// Reader identifier that our terminal writes into the spend log, 4 bytes; our own choice.
pub const TERMINAL: [u8; 4] = [0x54, 0x41, 0x50, 0x01];

/// Key numbers.
pub mod key {
    /// Application master key: administration only.
    pub const MASTER: u8 = 0;
    /// Read all files, spend, write the transaction log.
    pub const READ: u8 = 1;
    /// Write the user data file.
    pub const WRITE: u8 = 2;
    /// Credit, write the top-up log.
    pub const TOP_UP: u8 = 3;
}

/// File numbers.
pub mod file {
    /// Card header, backup data.
    pub const HEADER: u8 = 0x01;
    /// Transaction log, cyclic.
    pub const SPEND_LOG: u8 = 0x02;
    /// Value.
    pub const VALUE: u8 = 0x03;
    /// Top-up log, cyclic.
    pub const TOP_UP_LOG: u8 = 0x04;
    /// TransactionMAC.
    pub const TMAC: u8 = 0x0F;
}

/// Bytes of the card header.
pub const HEADER_SIZE: u32 = 128;
/// Bytes of a log record.
pub const RECORD_SIZE: u32 = 16;
/// Largest balance, in cents.
pub const UPPER_LIMIT: i32 = 50_000;
/// Balance after personalisation, in cents.
pub const INITIAL_VALUE: i32 = 2_000;
/// KS1: only the master key changes keys; listing is free.
pub const KEY_SETTINGS: KeySettings = KeySettings(0x0B);
/// KS2: four AES keys.
pub const KEYS: ApplicationKeys = ApplicationKeys(0x84);

/// Ten records can be read: a cyclic file keeps one more for the pending write (top-up reference §3).
const LOG_RECORDS: u32 = 11;
const OPTION: u8 = CommMode::Full.option_bits();

/// The commands that create the application.
pub const fn create_application() -> Command {
    let df_name = Vec::new();
    Command::CreateApplication(CreateApplication {
        aid: AID,
        settings: KEY_SETTINGS,
        keys: KEYS,
        key_sets: Vec::new(),
        iso_fid: None,
        df_name,
    })
}

/// The commands that create its files, in order.
pub fn create_files(tmac_key: [u8; 16], tmac_version: u8) -> [Command; 5] {
    let rights = |word| AccessRights::from_word(word);
    let log = |file_no, word| {
        Command::CreateRecordFile(CreateRecordFile {
            cyclic: true,
            file_no,
            iso_fid: None,
            option: OPTION,
            rights: rights(word),
            record_size: RECORD_SIZE,
            max_records: LOG_RECORDS,
        })
    };
    [
        Command::CreateDataFile(CreateDataFile {
            backup: true,
            file_no: file::HEADER,
            iso_fid: None,
            option: OPTION,
            rights: rights(0x1220),
            size: HEADER_SIZE,
        }),
        log(file::SPEND_LOG, 0x1110),
        Command::CreateValueFile(CreateValueFile {
            file_no: file::VALUE,
            option: OPTION,
            rights: rights(0x1F30),
            value: ValueFile {
                lower: 0,
                upper: UPPER_LIMIT,
                limited_credit: INITIAL_VALUE,
                options: 0,
            },
        }),
        log(file::TOP_UP_LOG, 0x1330),
        Command::CreateTransactionMacFile(CreateTransactionMacFile {
            file_no: file::TMAC,
            option: OPTION,
            rights: rights(0xEFF0),
            key_option: 0x02,
            key: tmac_key,
            key_version: tmac_version,
        }),
    ]
}

/// A top-up log record: time stamp (8), value (4), 4 spare bytes; least significant byte first.
pub fn top_up_record(time_ms: u64, amount: i32) -> Vec<u8> {
    [&time_ms.to_le_bytes()[..], &amount.to_le_bytes(), &[0; 4]].concat()
}

/// A transaction log record: reader or location (4), time stamp (8), value deducted (4).
pub fn spend_record(reader: [u8; 4], time_ms: u64, amount: i32) -> Vec<u8> {
    [&reader[..], &time_ms.to_le_bytes(), &amount.to_le_bytes()].concat()
}

/// The card header that personalisation writes: a format byte, the UID, text, zeros.
pub fn header(uid: &[u8]) -> Vec<u8> {
    let mut header = vec![0x01];
    header.extend_from_slice(uid);
    header.extend_from_slice(b"Tapscope example application 014499");
    header.resize(HEADER_SIZE as usize, 0);
    header
}

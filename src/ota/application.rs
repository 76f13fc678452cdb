//! The example application (top-up reference §3): AID, keys, log records. Its files stand in `files`.

use crate::card::{Aid, ApplicationKeys, KeySettings};
use crate::command::{Command, CreateApplication};

/// `014499`.
pub const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);

/// Reader identifier that our terminal writes into the spend log, 4 bytes; our own choice.
pub const TERMINAL: [u8; 4] = [0x54, 0x41, 0x50, 0x01];

/// What a role calls itself in CommitReaderID, 16 bytes; our own choice.
pub mod reader_id {
    /// The personaliser.
    pub const ISSUER: [u8; 16] = *b"Tapscope issuing";
    /// The terminal.
    pub const TERMINAL: [u8; 16] = *b"Tapscope gate 01";
    /// The server.
    pub const SERVER: [u8; 16] = *b"Tapscope backend";
}

/// Forms of the application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// That of the note's section 3.3: keys 0 to 3, one set of access conditions, no reader identifiers.
    #[default]
    Example,
    /// With two sets of access conditions as in the note's table 1: terminals keep keys 1 and 2, the server has key 4.
    TwoSets,
    /// The same, and no commit without the reader identifier of the role that makes it.
    ReaderId,
}

impl Form {
    /// The key of the server's sequences.
    pub const fn server_key(self) -> u8 {
        match self {
            Self::Example => key::TOP_UP,
            Self::TwoSets | Self::ReaderId => key::SERVER,
        }
    }

    /// The key under which personalisation writes the card header and commits it.
    pub(super) const fn issuer_key(self) -> u8 {
        match self {
            Self::Example => key::WRITE,
            Self::TwoSets | Self::ReaderId => key::SERVER,
        }
    }

    /// The keys that personalisation gives to the application, beside its master key.
    pub(super) const fn data_keys(self) -> &'static [u8] {
        match self {
            Self::Example => &[key::READ, key::WRITE, key::TOP_UP],
            Self::TwoSets | Self::ReaderId => &[key::READ, key::WRITE, key::TOP_UP, key::SERVER],
        }
    }

    /// KS2: four or five AES keys.
    pub(super) const fn keys(self) -> ApplicationKeys {
        match self {
            Self::Example => ApplicationKeys(0x84),
            Self::TwoSets | Self::ReaderId => ApplicationKeys(0x85),
        }
    }

    /// Whether every commit needs CommitReaderID.
    pub(super) const fn names_reader(self) -> bool {
        matches!(self, Self::ReaderId)
    }
}

/// Key numbers.
pub mod key {
    /// Application master key: administration only.
    pub const MASTER: u8 = 0;
    /// Read all files, spend, write the transaction log.
    pub const READ: u8 = 1;
    /// Write the user data file.
    pub const WRITE: u8 = 2;
    /// Credit, write the top-up log. With two sets of access conditions it only changes the settings of files.
    pub const TOP_UP: u8 = 3;
    /// The server's own, where there are two sets of access conditions.
    pub const SERVER: u8 = 4;
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

/// The commands that create the application.
pub const fn create_application(form: Form) -> Command {
    let df_name = Vec::new();
    Command::CreateApplication(CreateApplication {
        aid: AID,
        settings: KEY_SETTINGS,
        keys: form.keys(),
        key_sets: Vec::new(),
        iso_fid: None,
        df_name,
    })
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

//! The files of the example application and who may do what with them (top-up reference §3, table 1 of the note).
//!
//! With two sets of access conditions the first names keys of the terminals only and the second the server's key only,
//! so that each side keeps nothing but its own keys (R8). Table 1 stands to the letter at the card header; the other
//! files split what the example's key table gives to each side: the terminal spends and writes the transaction log, the
//! server credits and writes the top-up log.

use crate::card::settings::{MORE_RIGHTS, ValueFile};
use crate::card::{AccessRights, CommMode};
use crate::command::{
    ChangeFileSettings, Command, CreateDataFile, CreateRecordFile, CreateTransactionMacFile,
    CreateValueFile,
};

use super::application::{Form, HEADER_SIZE, INITIAL_VALUE, RECORD_SIZE, UPPER_LIMIT, file};

/// Ten records can be read: a cyclic file keeps one more for the pending write (top-up reference §3).
const LOG_RECORDS: u32 = 11;
const OPTION: u8 = CommMode::Full.option_bits();

/// Access conditions of the files, as words of Read, Write, ReadWrite and Change.
struct Rights {
    header: &'static [u16],
    spend_log: &'static [u16],
    value: &'static [u16],
    top_up_log: &'static [u16],
    tmac: &'static [u16],
}

impl Rights {
    /// Conditions of a form: the first set, then the second where there is one. ReadWrite of the TransactionMAC file
    /// is the switch of CommitReaderID; in one set a key there would keep the other side from committing (R16).
    const fn of(form: Form) -> Self {
        let two = Self {
            header: &[0x1223, 0x4443],
            spend_log: &[0x1113, 0x4FF3],
            value: &[0x1FF3, 0xFF43],
            top_up_log: &[0x1FF3, 0x4443],
            tmac: &[0xEFF3],
        };
        match form {
            Form::Example => Self {
                header: &[0x1220],
                spend_log: &[0x1110],
                value: &[0x1F30],
                top_up_log: &[0x1330],
                tmac: &[0xEFF0],
            },
            Form::TwoSets => two,
            Form::ReaderId => Self {
                tmac: &[0xEF13, 0xEF43],
                ..two
            },
        }
    }

    const fn by_file(&self) -> [(u8, &'static [u16]); 5] {
        [
            (file::HEADER, self.header),
            (file::SPEND_LOG, self.spend_log),
            (file::VALUE, self.value),
            (file::TOP_UP_LOG, self.top_up_log),
            (file::TMAC, self.tmac),
        ]
    }
}

/// The commands that create the files, in order. A file that gets a second set is created with what its first set
/// will be, but changed by the master key: the session that creates it is that key's.
pub(super) fn create(form: Form, tmac_key: [u8; 16], tmac_version: u8) -> [Command; 5] {
    let rights = Rights::of(form);
    let log = |file_no, sets| {
        Command::CreateRecordFile(CreateRecordFile {
            cyclic: true,
            file_no,
            iso_fid: None,
            option: OPTION,
            rights: at_creation(sets),
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
            rights: at_creation(rights.header),
            size: HEADER_SIZE,
        }),
        log(file::SPEND_LOG, rights.spend_log),
        Command::CreateValueFile(CreateValueFile {
            file_no: file::VALUE,
            option: OPTION,
            rights: at_creation(rights.value),
            value: ValueFile {
                lower: 0,
                upper: UPPER_LIMIT,
                limited_credit: INITIAL_VALUE,
                options: 0,
            },
        }),
        log(file::TOP_UP_LOG, rights.top_up_log),
        Command::CreateTransactionMacFile(CreateTransactionMacFile {
            file_no: file::TMAC,
            option: OPTION,
            rights: at_creation(rights.tmac),
            key_option: 0x02,
            key: tmac_key,
            key_version: tmac_version,
        }),
    ]
}

/// The commands that give files their second set.
pub(super) fn add_sets(form: Form) -> impl Iterator<Item = Command> {
    let files = Rights::of(form).by_file().into_iter();
    files.filter_map(|(file_no, sets)| {
        let (first, more) = sets.split_first()?;
        let more_rights: Vec<_> = more.iter().copied().map(AccessRights::from_word).collect();
        (!more_rights.is_empty()).then(|| {
            Command::ChangeFileSettings(ChangeFileSettings {
                file_no,
                option: OPTION | MORE_RIGHTS,
                rights: AccessRights::from_word(*first),
                more_rights,
                sdm: Vec::new(),
                tmc_limit: None,
            })
        })
    })
}

fn at_creation(sets: &[u16]) -> AccessRights {
    let first = sets.first().copied().unwrap_or(NOBODY);
    let word = if sets.len() > 1 {
        first & !0x000F
    } else {
        first
    };
    AccessRights::from_word(word)
}

/// No right at all.
const NOBODY: u16 = 0xFFFF;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::card::{Access, Right};

    #[test]
    fn the_second_set_goes_out_as_table_1_says() {
        let sent: Vec<String> = add_sets(Form::ReaderId)
            .map(|command| hex::upper(command.frame().body()))
            .collect();
        let expected = [
            "0183231201 4344",
            "0283131101 F34F",
            "0383F31F01 43FF",
            "0483F31F01 4344",
            "0F8313EF01 43EF",
        ];
        assert_eq!(sent, expected.map(|text| text.replace(' ', "")));
        assert_eq!(add_sets(Form::TwoSets).count(), 4);
        assert_eq!(add_sets(Form::Example).count(), 0);
    }

    #[test]
    fn terminal_and_server_share_no_key_but_that_of_changing() {
        for (file_no, sets) in Rights::of(Form::ReaderId).by_file() {
            let [terminal, server] = sets else {
                panic!("{file_no}: {sets:?}")
            };
            let keys = |word: u16| {
                let rights = AccessRights::from_word(word);
                assert_eq!(rights.change, Access::Key(3), "file {file_no}");
                [Right::Read, Right::Write, Right::ReadWrite].map(|right| rights.right(right))
            };
            for access in keys(*terminal) {
                assert!(!matches!(access, Access::Key(0 | 3 | 4)), "file {file_no}");
            }
            for access in keys(*server) {
                assert!(!matches!(access, Access::Key(0..=3)), "file {file_no}");
            }
        }
    }
}

//! Operations by name with typed values: what a form fills in, and what people write where they know no codes.

use super::given::{Given, Known, Part, PartKind};
use crate::card::Aid;
use crate::command::{
    AbortTransaction, Amount, AmountKind, Chaining, ClearRecordFile, Command, CommitReaderId,
    CommitTransaction, GetValue, ReadData, ReadRecords, SelectApplication, UpdateRecord, WriteData,
    WriteRecord,
};

/// An operation with a name.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The word that a line begins with; never changes.
    pub name: &'static str,
    /// The data sheet's name.
    pub title: &'static str,
    /// What follows the word.
    pub parts: &'static [Part],
    /// Whether a second code says the same; its word ends in `-iso`.
    pub has_iso_code: bool,
    make: fn(&Given, Chaining) -> Said,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A command.
    Command(Box<Command>),
    /// Whether a session is open from here on.
    Session(bool),
    /// What a file of the selected application is.
    File(u8, Known),
}

const FILE: Part = part("File", PartKind::File);
const OFFSET: Part = part("Offset", PartKind::Number);
const RECORD: Part = part("Record", PartKind::Number);
const AMOUNT: Part = part("Amount", PartKind::Amount);
const DATA: Part = part("Data", PartKind::Data);

const fn part(label: &'static str, kind: PartKind) -> Part {
    Part { label, kind }
}

const fn form(
    name: &'static str,
    title: &'static str,
    parts: &'static [Part],
    make: fn(&Given, Chaining) -> Said,
) -> Form {
    Form {
        name,
        title,
        parts,
        has_iso_code: false,
        make,
    }
}

const fn with_iso(form: Form) -> Form {
    Form {
        has_iso_code: true,
        ..form
    }
}

/// All operations that have a name, in the order of the data sheet.
pub const FORMS: &[Form] = &[
    with_iso(form(
        "read",
        "ReadData",
        &[FILE, OFFSET, part("Length", PartKind::Number)],
        |given, chaining| {
            command(Command::ReadData(ReadData {
                chaining,
                file_no: given.file_no,
                offset: given.number(0),
                length: given.number(1),
            }))
        },
    )),
    with_iso(form(
        "write",
        "WriteData",
        &[FILE, OFFSET, DATA],
        |given, chaining| {
            command(Command::WriteData(WriteData {
                chaining,
                file_no: given.file_no,
                offset: given.number(0),
                length: given.length(),
                data: given.data.clone(),
            }))
        },
    )),
    form("get-value", "GetValue", &[FILE], |given, _| {
        command(Command::GetValue(GetValue {
            file_no: given.file_no,
        }))
    }),
    form("credit", "Credit", &[FILE, AMOUNT], |given, _| {
        amount(given, AmountKind::Credit)
    }),
    form("debit", "Debit", &[FILE, AMOUNT], |given, _| {
        amount(given, AmountKind::Debit)
    }),
    form(
        "limited-credit",
        "LimitedCredit",
        &[FILE, AMOUNT],
        |given, _| amount(given, AmountKind::LimitedCredit),
    ),
    with_iso(form(
        "read-records",
        "ReadRecords",
        &[FILE, RECORD, part("Count", PartKind::Number)],
        |given, chaining| {
            command(Command::ReadRecords(ReadRecords {
                chaining,
                file_no: given.file_no,
                record_no: given.number(0),
                count: given.number(1),
            }))
        },
    )),
    with_iso(form(
        "write-record",
        "WriteRecord",
        &[FILE, OFFSET, DATA],
        |given, chaining| {
            command(Command::WriteRecord(WriteRecord {
                chaining,
                file_no: given.file_no,
                offset: given.number(0),
                length: given.length(),
                data: given.data.clone(),
            }))
        },
    )),
    with_iso(form(
        "update-record",
        "UpdateRecord",
        &[FILE, RECORD, OFFSET, DATA],
        |given, chaining| {
            command(Command::UpdateRecord(UpdateRecord {
                chaining,
                file_no: given.file_no,
                record_no: given.number(0),
                offset: given.number(1),
                length: given.length(),
                data: given.data.clone(),
            }))
        },
    )),
    form("clear-records", "ClearRecordFile", &[FILE], |given, _| {
        command(Command::ClearRecordFile(ClearRecordFile {
            file_no: given.file_no,
        }))
    }),
    form(
        "commit-reader-id",
        "CommitReaderID",
        &[part("TMRI", PartKind::ReaderId)],
        |given, _| command(Command::CommitReaderId(CommitReaderId { tmri: given.tmri })),
    ),
    form("commit", "CommitTransaction", &[], |_, _| {
        command(Command::CommitTransaction(CommitTransaction {
            option: Some(0x01),
        }))
    }),
    form("abort", "AbortTransaction", &[], |_, _| {
        command(Command::AbortTransaction(AbortTransaction))
    }),
    form(
        "select",
        "SelectApplication",
        &[part("AID", PartKind::Aid)],
        |given, _| {
            command(Command::SelectApplication(SelectApplication {
                aid: given.aid.unwrap_or(Aid::PICC),
                second: None,
            }))
        },
    ),
    form(
        "authenticated",
        "A session is open from here on",
        &[],
        |_, _| Said::Session(true),
    ),
    form(
        "unauthenticated",
        "No session is open from here on",
        &[],
        |_, _| Said::Session(false),
    ),
    form(
        "file",
        "What a file is",
        &[FILE, part("Kind", PartKind::FileKind)],
        |given, _| Said::File(given.file_no, given.known.unwrap_or(Known::Tmac)),
    ),
];

fn command(command: Command) -> Said {
    Said::Command(Box::new(command))
}

fn amount(given: &Given, kind: AmountKind) -> Said {
    command(Command::Amount(Amount {
        kind,
        file_no: given.file_no,
        amount: given.amount,
    }))
}

impl Form {
    /// A line of the ledger out of what a form holds, one text for each part; the answer is what stands after `->`,
    /// nothing for none.
    pub fn line(&self, values: &[&str], answer: &str) -> Result<String, String> {
        let line = [&[self.name], values].concat().join(" ");
        self.said(&line, Chaining::Native)?;
        Ok(match answer.trim() {
            "" => line,
            answer => format!("{line} -> {answer}"),
        })
    }

    fn said(&self, line: &str, chaining: Chaining) -> Result<Said, String> {
        let mut words = line.split_whitespace().skip(1);
        let mut given = Given::default();
        for part in self.parts {
            let text = match part.kind {
                PartKind::Data | PartKind::ReaderId | PartKind::FileKind => {
                    words.by_ref().collect::<Vec<_>>().join(" ")
                }
                _ => words.next().unwrap_or_default().to_owned(),
            };
            if text.is_empty() {
                let labels: Vec<_> = self.parts.iter().map(|part| part.label).collect();
                let (name, label, all) = (self.name, part.label, labels.join(", "));
                return Err(format!("{name} lacks {label}, expected {name} with {all}"));
            }
            given
                .take(part.kind, &text)
                .map_err(|error| format!("{}: {error}", part.label))?;
        }
        match words.next() {
            Some(word) => Err(format!("{word:?} is left over after {}", self.name)),
            None => Ok((self.make)(&given, chaining)),
        }
    }
}

/// What a line says that begins with the word of a form; `None` for other words.
pub(super) fn named(line: &str) -> Option<Result<Said, String>> {
    let word = line.split_whitespace().next()?.to_ascii_lowercase();
    let iso = word.strip_suffix("-iso");
    let form = FORMS
        .iter()
        .find(|form| form.name == word || form.has_iso_code && Some(form.name) == iso)?;
    let chaining = if form.name == word {
        Chaining::Native
    } else {
        Chaining::Iso
    };
    Some(form.said(line, chaining))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    fn bytes(line: &str) -> String {
        match named(line).unwrap().unwrap() {
            Said::Command(command) => {
                let frame = command.frame();
                hex::upper([&[frame.ins][..], &frame.body()].concat())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_name_makes_its_command() {
        for (line, expected) in [
            ("read 2 0x10 5", "BD02100000050000"),
            ("read-iso 2 0 0", "AD02000000000000"),
            ("write 1 3 AABB CC", "3D01030000030000AABBCC"),
            ("get-value 3", "6C03"),
            ("Credit 3 1000", "0C03E8030000"),
            ("debit 3 1", "DC0301000000"),
            ("limited-credit 3 1", "1C0301000000"),
            ("read-records-iso 4 1 0", "AB04010000000000"),
            ("write-record 4 0 AA", "3B04000000010000AA"),
            ("update-record 4 1 2 AA", "DB04010000020000010000AA"),
            ("clear-records 4", "EB04"),
            (
                "commit-reader-id 00112233445566778899AABBCCDDEEFF",
                "C800112233445566778899AABBCCDDEEFF",
            ),
            ("commit", "C701"),
            ("abort", "A7"),
            ("select 014499", "5A994401"),
        ] {
            assert_eq!(bytes(line), expected, "{line}");
        }
        assert_eq!(named("unauthenticated"), Some(Ok(Said::Session(false))));
        let records = named("file 4 records 16");
        assert_eq!(records, Some(Ok(Said::File(4, Known::Records(16)))));
        assert_eq!(named("0C 03 E8030000"), None);
        assert_eq!(named("get-value-iso 3"), None);
    }

    #[test]
    fn what_is_wrong_in_a_named_line_is_said_with_its_part() {
        let error = |line: &str| named(line).unwrap().unwrap_err();
        assert_eq!(
            error("credit 3"),
            "credit lacks Amount, expected credit with File, Amount"
        );
        assert_eq!(
            error("credit 32 5"),
            "File: \"32\", a number of 0 to 31 expected"
        );
        assert_eq!(
            error("debit 3 -5"),
            "Amount: \"-5\", a number of 0 to 2147483647 expected"
        );
        assert_eq!(error("abort now"), "\"now\" is left over after abort");
        assert_eq!(error("commit-reader-id 00"), "TMRI: 1 byte, 16 expected");
    }

    #[test]
    fn a_form_gives_the_line_that_is_read_again() {
        let form = FORMS.iter().find(|form| form.name == "read").unwrap();
        let line = form.line(&["2", "0", "16"], "").unwrap();
        assert_eq!(line, "read 2 0 16");
        let line = form.line(&["2", "0", "1"], "AB").unwrap();
        assert_eq!(line, "read 2 0 1 -> AB");
        assert!(form.line(&["2", "0"], "").is_err());
    }
}

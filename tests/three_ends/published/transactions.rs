//! Transactions over every command that counts.

use serde_json::{Value, json};
use tapscope::card::CommMode;
use tapscope::command::{AmountKind, Chaining, ClearRecordFile, Command};

use super::{
    READER, READER_BEFORE, abort, amount, answered, commit, data, frames, members, must, read,
    read_records, reader_id, source, update_record, value, write, write_record,
};
use crate::card::{BACKUP, CYCLIC, LINEAR, Plan, STANDARD, TMAC};
use crate::ends::Ends;
use crate::fixed_plan;

/// One transaction after another that fills the files and names a reader.
fn transaction(id: &str, note: &str, plan: &Plan, script: &[Command]) -> Value {
    let mut ends = Ends::new(plan);
    ends.open();
    let mut before = vec![
        write(Chaining::Native, STANDARD, 0, data(90, 0x41)),
        write(Chaining::Native, BACKUP, 560, data(40, 0x62)),
        amount(AmountKind::Debit, 700),
        write_record(Chaining::Native, CYCLIC, 0, data(24, 0x83)),
    ];
    if plan.reader_id == 0x0E {
        before.push(reader_id(READER_BEFORE));
    }
    for command in &before {
        must(&mut ends, command);
    }
    must(&mut ends, &commit());
    let (mut done, mut apdus) = (Vec::new(), Vec::new());
    for command in script {
        let (seen, answer) = must(&mut ends, command);
        apdus.extend(frames(&seen));
        done.push((command.clone(), answer));
    }
    let (seen, answer) = must(&mut ends, &commit());
    apdus.extend(frames(&seen));
    let (inputs, expected) = members(plan, &done, answered(&answer));
    let mut vector = json!({"id": id, "kind": "tmv", "status": "verified", "provenance": "virtual-card",
        "silicon": false, "source": source(plan.seed), "note": note, "inputs": inputs,
        "expected": expected});
    if !plan.session {
        vector["apdus"] = apdus.into();
    }
    vector
}

fn without_reader_id() -> Plan {
    Plan {
        reader_id: 0x0F,
        ..fixed_plan(CommMode::Full)
    }
}

fn of(id: &str, note: &str, plan: &Plan, script: &[Command]) -> Value {
    transaction(&format!("tmac-{id}"), note, plan, script)
}

fn both(make: impl Fn(Chaining) -> Command) -> [Command; 2] {
    [Chaining::Native, Chaining::Iso].map(make)
}

fn data_files() -> Vec<Value> {
    let plan = without_reader_id();
    vec![
        of(
            "read-data",
            "BD and AD",
            &plan,
            &both(|how| read(how, STANDARD, 3, 21)),
        ),
        of(
            "read-data-length-0",
            "Length 0 is replaced by the length of the answer",
            &plan,
            &both(|how| read(how, BACKUP, 571, 0)),
        ),
        of(
            "read-data-whole-blocks",
            "no padding after 16 and 32 bytes",
            &plan,
            &[
                read(Chaining::Native, STANDARD, 0, 16),
                read(Chaining::Iso, STANDARD, 16, 32),
            ],
        ),
        of(
            "write-data",
            "3D and 8D",
            &plan,
            &both(|how| write(how, BACKUP, 7, data(19, 0x17))),
        ),
        of(
            "tmac-file-itself",
            "reading the TransactionMAC file does not count",
            &plan,
            &[
                read(Chaining::Native, TMAC, 0, 0),
                value(),
                read(Chaining::Native, TMAC, 0, 12),
            ],
        ),
    ]
}

fn value_and_record_files() -> Vec<Value> {
    let plan = without_reader_id();
    vec![
        of(
            "value",
            "6C, 0C, DC, 1C; LimitedCredit may use what was debited before",
            &plan,
            &[
                value(),
                amount(AmountKind::Credit, 1_000),
                amount(AmountKind::Debit, 1),
                amount(AmountKind::LimitedCredit, 300),
            ],
        ),
        of(
            "read-records",
            "BB and AB, record 0",
            &plan,
            &both(|how| read_records(how, 0, 1)),
        ),
        of(
            "read-records-count-0",
            "count 0 is replaced by the number of records in the answer",
            &plan,
            &both(|how| read_records(how, 0, 0)),
        ),
        of(
            "write-record",
            "3B and 8B, the second hits the same pending record",
            &plan,
            &both(|how| write_record(how, LINEAR, 5, data(31, 0x2B))),
        ),
        of(
            "update-record",
            "DB and BA: a head of 11 bytes",
            &plan,
            &both(|how| update_record(how, 0, 9, data(17, 0x3C))),
        ),
        of(
            "clear-record-file",
            "EB",
            &plan,
            &[Command::ClearRecordFile(ClearRecordFile {
                file_no: CYCLIC,
            })],
        ),
        of(
            "no-reader-id",
            "top-up without CommitReaderID",
            &plan,
            &[
                value(),
                amount(AmountKind::Credit, 2_000),
                write_record(Chaining::Native, CYCLIC, 0, data(16, 0x55)),
            ],
        ),
    ]
}

fn readers_and_aborts() -> Vec<Value> {
    let plan = fixed_plan(CommMode::Full);
    vec![
        of(
            "reader-id",
            "C8 in a session: TMRI and EncTMRI count",
            &plan,
            &[amount(AmountKind::Debit, 250), reader_id(READER)],
        ),
        of(
            "aborted-reads",
            "what AbortTransaction dropped does not count, reads neither",
            &plan,
            &[
                read(Chaining::Native, STANDARD, 0, 40),
                value(),
                amount(AmountKind::Credit, 5),
                abort(),
                read(Chaining::Native, STANDARD, 1, 2),
                reader_id(READER),
            ],
        ),
        of(
            "terminal",
            "the sequence of a terminal with reader identifier",
            &plan,
            &[
                read(Chaining::Native, STANDARD, 0, 32),
                value(),
                amount(AmountKind::Debit, 180),
                write_record(Chaining::Native, CYCLIC, 0, data(16, 0xA6)),
                reader_id(READER),
            ],
        ),
    ]
}

fn in_clear() -> Vec<Value> {
    let plan = Plan {
        free: true,
        session: false,
        ..fixed_plan(CommMode::Plain)
    };
    vec![
        of(
            "reader-id-unauthenticated",
            "C8 without a session: no EncTMRI",
            &plan,
            &[reader_id(READER), amount(AmountKind::Debit, 250)],
        ),
        of(
            "unauthenticated",
            "all rights free, no session",
            &plan,
            &[
                read(Chaining::Native, STANDARD, 0, 9),
                amount(AmountKind::Credit, 77),
                write(Chaining::Native, BACKUP, 0, data(5, 9)),
            ],
        ),
        of(
            "chained-write",
            "frames joined by AF count as one command",
            &plan,
            &[write(Chaining::Native, STANDARD, 100, data(150, 0x71))],
        ),
        of(
            "chained-read",
            "an answer of several frames counts as one",
            &plan,
            &[
                read(Chaining::Native, STANDARD, 0, 0),
                read_records(Chaining::Native, 0, 0),
            ],
        ),
    ]
}

/// All of them.
pub(super) fn all() -> Vec<Value> {
    [
        data_files(),
        value_and_record_files(),
        readers_and_aborts(),
        in_clear(),
    ]
    .concat()
}

//! The vectors that we publish in `tests/vectors/published`: made by our virtual card, so that others can check
//! themselves and us. `BLESS=1` writes them anew; otherwise they must be what the card makes.

mod conversations;
mod transactions;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use tapscope::bytes::{Reader, hex};
use tapscope::calculator::ledger::{Options, follow};
use tapscope::card::CommMode;
use tapscope::command::{
    AbortTransaction, Amount, AmountKind, Chaining, Command, CommitAnswer, CommitReaderId,
    CommitTransaction, GetValue, ReadData, ReadRecords, Rule, UpdateRecord, WriteData, WriteRecord,
    spec,
};
use tapscope::tmac;

use crate::card::{CYCLIC, Plan, SIZE, TMAC, VALUE};
use crate::ends::{Ends, Seen};
use crate::operations::{self, Done};

const READER: [u8; 16] = *b"Reader 7, gate 2";
const READER_BEFORE: [u8; 16] = *b"Kiosk 03, hall B";

fn data(length: u8, first: u8) -> Vec<u8> {
    (0..length)
        .map(|at| at.wrapping_mul(29) ^ first.wrapping_add(at >> 3))
        .collect()
}

fn read(chaining: Chaining, file_no: u8, offset: u32, length: u32) -> Command {
    Command::ReadData(ReadData {
        chaining,
        file_no,
        offset,
        length,
    })
}

fn write(chaining: Chaining, file_no: u8, offset: u32, data: Vec<u8>) -> Command {
    let length = u32::try_from(data.len()).unwrap();
    Command::WriteData(WriteData {
        chaining,
        file_no,
        offset,
        length,
        data,
    })
}

fn write_record(chaining: Chaining, file_no: u8, offset: u32, data: Vec<u8>) -> Command {
    let length = u32::try_from(data.len()).unwrap();
    Command::WriteRecord(WriteRecord {
        chaining,
        file_no,
        offset,
        length,
        data,
    })
}

fn update_record(chaining: Chaining, record_no: u32, offset: u32, data: Vec<u8>) -> Command {
    let length = u32::try_from(data.len()).unwrap();
    Command::UpdateRecord(UpdateRecord {
        chaining,
        file_no: CYCLIC,
        record_no,
        offset,
        length,
        data,
    })
}

fn read_records(chaining: Chaining, record_no: u32, count: u32) -> Command {
    Command::ReadRecords(ReadRecords {
        chaining,
        file_no: CYCLIC,
        record_no,
        count,
    })
}

fn value() -> Command {
    Command::GetValue(GetValue { file_no: VALUE })
}

fn amount(kind: AmountKind, amount: i32) -> Command {
    Command::Amount(Amount {
        kind,
        file_no: VALUE,
        amount,
    })
}

fn reader_id(tmri: [u8; 16]) -> Command {
    Command::CommitReaderId(CommitReaderId { tmri })
}

fn commit() -> Command {
    Command::CommitTransaction(CommitTransaction { option: Some(1) })
}

fn abort() -> Command {
    Command::AbortTransaction(AbortTransaction)
}

/// The file's mode, of file commands.
fn mode(plan: &Plan, command: &Command) -> CommMode {
    let frame = command.frame();
    let takes_file = spec(frame.ins).is_some_and(|spec| spec.rule == Rule::File);
    match frame.header.first() {
        Some(file_no) if takes_file => plan.mode(*file_no),
        _ => CommMode::Plain,
    }
}

fn must(ends: &mut Ends, command: &Command) -> (Seen, Vec<u8>) {
    let mode = mode(&ends.plan, command);
    let seen = ends.command(command.clone(), mode);
    let reply = seen.outcome.as_ref().unwrap();
    assert!(reply.status.is_success(), "{command:?}: {}", reply.status);
    let answer = reply.data.clone();
    (seen, answer)
}

fn frames(seen: &Seen) -> Vec<Value> {
    let pairs = seen.commands.iter().zip(&seen.answers);
    pairs
        .map(|(command, answer)| {
            json!({"command": hex::upper(command), "response": hex::upper(answer)})
        })
        .collect()
}

fn answered(answer: &[u8]) -> CommitAnswer {
    Reader::all("CommitTransaction", answer, CommitAnswer::read).unwrap()
}

/// TMI by our ledger, which the card's own TMV has to fit.
fn members(plan: &Plan, done: &[Done], answer: CommitAnswer) -> (Value, Value) {
    let heads = [
        format!("file {CYCLIC} records {SIZE}"),
        format!("file {TMAC} tmac"),
    ];
    let lines = done.iter().map(operations::line);
    let text: Vec<String> = heads.into_iter().chain(lines).collect();
    let tmi = follow(&text.join("\n"), &Options::default())
        .unwrap()
        .tmi(0);
    let keys = tmac::session_keys(&plan.tmac_key, answer.tmc, &plan.uid).result;
    assert_eq!(tmac::tmv(&keys, &tmi).result, answer.tmv);
    let inputs = json!({
        "key": hex::upper(plan.tmac_key),
        "uid": hex::upper(plan.uid),
        "tmc": hex::upper(answer.tmc.to_le_bytes()),
        "tmac_file": format!("{TMAC:02X}"),
        "operations": done.iter().map(operations::member).collect::<Vec<_>>(),
    });
    let mut expected = json!({
        "ses_tm_mac": hex::upper(keys.mac),
        "ses_tm_enc": hex::upper(keys.enc),
        "tmi": hex::upper(&tmi),
        "tmv": hex::upper(answer.tmv),
    });
    for (command, answer) in done {
        if let (Command::CommitReaderId(_), Ok(enciphered)) =
            (command, answer.as_slice().try_into())
        {
            let previous = tmac::open_enc_tmri(&keys, enciphered);
            expected["tmri_prev"] = hex::upper(previous).into();
        }
    }
    (inputs, expected)
}

fn source(seed: u64) -> Value {
    json!({"generator": "Tapscope's virtual card", "product": "desfire-ev3-8k", "seed": seed})
}

/// One member a line, so that a difference is seen.
fn file(topic: &str, list: &str, all: &[Value]) -> String {
    let mut text = format!(
        "{{\"format\":\"mifare-vectors/1\",\"topic\":\"{topic}\",\"count\":{},\"{list}\":[",
        all.len()
    );
    for (at, one) in all.iter().enumerate() {
        let end = if at + 1 < all.len() { "," } else { "" };
        let _written = write!(text, "\n{one}{end}");
    }
    text.push_str("\n]}\n");
    text
}

fn bless(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/published")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        found == text,
        "{name} is not what the card makes; BLESS=1 writes it anew"
    );
}

#[test]
fn the_published_transactions_are_what_the_card_makes() {
    let all = transactions::all();
    let counted = [
        "BD", "AD", "3D", "8D", "6C", "0C", "DC", "1C", "BB", "AB", "3B", "8B", "DB", "BA", "EB",
        "C8",
    ];
    let text = file("tmac", "vectors", &all);
    for cmd in counted {
        assert!(
            text.contains(&format!("\"cmd\":\"{cmd}\"")),
            "{cmd} is missing"
        );
    }
    bless("tmac.json", &text);
}

#[test]
fn the_published_conversations_are_what_the_card_makes() {
    let all = conversations::all();
    bless("ev2.json", &file("exchanges", "exchanges", &all));
}

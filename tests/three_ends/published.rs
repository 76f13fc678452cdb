//! The vectors that we publish in `tests/vectors/published`: made by our virtual card, so that others can check
//! themselves and us. `BLESS=1` writes them anew; otherwise they must be what the card makes.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use tapscope::bytes::{Reader, hex};
use tapscope::calculator::ledger::{Options, follow};
use tapscope::card::CommMode;
use tapscope::command::{
    AbortTransaction, Amount, AmountKind, Chaining, ClearRecordFile, Command, CommitAnswer,
    CommitReaderId, CommitTransaction, GetValue, ReadData, ReadRecords, Rule, UpdateRecord,
    WriteData, WriteRecord, spec,
};
use tapscope::crypto::Secret;
use tapscope::dialogue::Request;
use tapscope::secure_messaging::{KeyChange, Verdict};
use tapscope::tmac;
use tapscope::trace::Exchange;

use super::card::{AID, BACKUP, CYCLIC, LINEAR, Plan, SIZE, STANDARD, TMAC, VALUE};
use super::ends::{Ends, Seen};
use super::fixed_plan;
use super::operations::{self, Done};

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

/// A conversation while it is held.
struct Talk {
    ends: Ends,
    apdus: Vec<Value>,
    checks: usize,
    done: Vec<Done>,
    tmac: Value,
}

impl Talk {
    fn new(plan: &Plan) -> Self {
        let quiet = Plan {
            session: false,
            ..plan.clone()
        };
        let mut ends = Ends::new(&quiet);
        // The observer has to know the UID; the conversation itself begins with the selection.
        ends.must(super::card::get_version(), CommMode::Plain);
        ends.plan = plan.clone();
        Self {
            ends,
            apdus: Vec::new(),
            checks: 0,
            done: Vec::new(),
            tmac: Value::Null,
        }
    }

    fn keep(&mut self, seen: &Seen) {
        let mut frames = frames(seen);
        let row = &seen.row;
        if let Some(mode) = row.mode.filter(|_| row.authentication.is_none()) {
            for frame in &mut frames {
                frame["mode"] = mode.name().into();
            }
        }
        let (last, others) = frames.split_last_mut().unwrap();
        for frame in others {
            frame["expect"] = json!({"partial": true});
        }
        last["expect"] = expected(row);
        let verdicts = &row.verdicts;
        let checks = [
            verdicts.command_mac,
            verdicts.response_mac,
            verdicts.crc,
            verdicts.auth_host,
            verdicts.auth_card,
        ];
        self.checks += checks.iter().filter(|one| **one == Verdict::Ok).count();
        self.apdus.extend(frames);
    }

    fn request(&mut self, request: &Request) {
        let seen = self.ends.run(request);
        let status = seen.outcome.as_ref().unwrap().status;
        assert!(status.is_success(), "{request:?}: {status}");
        self.keep(&seen);
    }

    fn authenticate(&mut self, first: bool, key_no: u8, key: [u8; 16], rnd_a: u8) {
        self.request(&Request::Authenticate {
            first,
            key_no,
            key,
            rnd_a: data(16, rnd_a).try_into().unwrap(),
            pcdcap2: Vec::new(),
        });
    }

    fn command(&mut self, command: &Command) {
        let (seen, answer) = must(&mut self.ends, command);
        self.keep(&seen);
        match command {
            Command::CommitTransaction(_) => {
                let plan = self.ends.plan.clone();
                let (inputs, expected) = members(&plan, &self.done, answered(&answer));
                self.tmac = inputs;
                self.tmac["tmi"] = expected["tmi"].clone();
                self.tmac["tmv"] = expected["tmv"].clone();
            }
            Command::SelectApplication(_) => {}
            command => self.done.push((command.clone(), answer)),
        }
    }

    fn finish(self, id: &str, note: &str) -> Value {
        let plan = &self.ends.plan;
        let keys = (0..).zip(plan.keys).map(|(no, key): (u8, _)| {
            json!({"aid": hex::upper(AID.wire()), "no": no, "type": "aes", "key": hex::upper(key)})
        });
        let mut talk = json!({"id": id, "sm": "ev2", "framing": "iso", "status": "verified",
            "provenance": "virtual-card", "silicon": false, "source": source(plan.seed), "note": note,
            "checks": self.checks, "keys": keys.collect::<Vec<_>>(), "apdus": self.apdus});
        if !self.tmac.is_null() {
            talk["tmac"] = self.tmac;
        }
        talk
    }
}

/// What a row has to say.
fn expected(row: &Exchange) -> Value {
    let status = row.status.unwrap().to_string();
    if let Some(opened) = row.authentication.as_deref() {
        let seen = opened.ev2().unwrap();
        let mut expect = json!({"cmd": format!("{:02X}", row.ins), "sw": status, "sm": "ev2",
            "key_no": row.key.as_ref().unwrap().key_no,
            "rnd_a": hex::upper(seen.rnd_a), "rnd_b": hex::upper(seen.rnd_b),
            "ses_enc": hex::upper(seen.keys.enc), "ses_mac": hex::upper(seen.keys.mac)});
        for (name, bytes) in [
            ("ti", seen.ti.map(Vec::from)),
            ("pdcap2", seen.pdcap2.map(Vec::from)),
            ("pcdcap2", seen.pcdcap2.map(Vec::from)),
        ] {
            if let Some(bytes) = bytes {
                expect[name] = hex::upper(bytes).into();
            }
        }
        return expect;
    }
    let body = row.command.as_deref().unwrap();
    let (header, rest) = body.split_at(row.header_len);
    let mut expect = json!({"cmd": format!("{:02X}", row.ins), "sw": status,
        "mode": row.mode.unwrap().name(), "header": hex::upper(header), "data": hex::upper(rest),
        "resp": hex::upper(row.response.as_deref().unwrap())});
    if let Some(ctr) = row.ctr {
        expect["ctr"] = ctr.into();
    }
    if let Some(new) = &row.new_key {
        expect["new_key"] = hex::upper(new.key.as_ref().unwrap().expose()).into();
        expect["new_key_version"] = format!("{:02X}", new.version.unwrap()).into();
    }
    expect
}

fn in_mode(id: &str, mode: CommMode, reader: u8) -> Value {
    let plan = Plan {
        reader_id: reader,
        ..fixed_plan(mode)
    };
    let mut talk = Talk::new(&plan);
    talk.command(&super::card::select());
    talk.authenticate(true, 1, plan.keys[1], 0x1D);
    talk.command(&write(Chaining::Native, BACKUP, 2, data(75, 0x19)));
    talk.command(&read(Chaining::Iso, STANDARD, 0, 33));
    talk.command(&amount(AmountKind::Credit, 4_711));
    talk.authenticate(false, 2, plan.keys[2], 0xE7);
    talk.command(&value());
    talk.command(&write_record(Chaining::Iso, CYCLIC, 4, data(16, 0x5D)));
    if reader == 0x0E {
        talk.command(&reader_id(READER));
    }
    talk.command(&commit());
    talk.finish(
        id,
        "First with key 1, NonFirst with key 2 keeps TI, CmdCtr and the transaction",
    )
}

fn change_keys() -> Value {
    let plan = fixed_plan(CommMode::Full);
    let mut talk = Talk::new(&plan);
    talk.command(&super::card::select());
    talk.authenticate(true, 0, plan.keys[0], 0x2E);
    let new = |first: u8| Secret::new(data(16, first));
    for (key_no, key, old) in [
        (1, new(0x93), Some(Secret::new(plan.keys[1]))),
        (0, new(0xC5), None),
    ] {
        talk.request(&Request::ChangeKey {
            key_set: None,
            key_no,
            change: KeyChange {
                new: key,
                version: Some(0x40 + key_no),
                old,
            },
        });
    }
    let own: [u8; 16] = data(16, 0xC5).try_into().unwrap();
    talk.authenticate(true, 0, own, 0x3B);
    talk.authenticate(false, 1, data(16, 0x93).try_into().unwrap(), 0x4C);
    talk.finish(
        "ev2-change-key",
        "ChangeKey of another key (XOR and CRC32), then of the session's own, which ends the session; both new keys work",
    )
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
    let all = [
        data_files(),
        value_and_record_files(),
        readers_and_aborts(),
        in_clear(),
    ]
    .concat();
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
    let all = [
        in_mode("ev2-plain", CommMode::Plain, 0x0F),
        in_mode("ev2-mac", CommMode::Mac, 0x0F),
        in_mode("ev2-full", CommMode::Full, 0x0E),
        change_keys(),
    ];
    bless("ev2.json", &file("exchanges", "exchanges", &all));
}

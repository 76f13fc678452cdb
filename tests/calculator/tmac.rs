//! `tmac`: every verified vector through the topic, what counts and what not, and known mistakes.

use serde_json::Value;
use tapscope::bytes::hex;
use tapscope::calculator::{self, Content, Line, Outcome, Overrides};

use super::vectors::{taken, text, vectors};
use super::{digits, run, texts};

const KEY: (&str, &str) = ("key", "0F1E2D3C4B5A69788796A5B4C3D2E1F0");
const UID: (&str, &str) = ("uid", "04A1B2C3D4E5F6");
const TMC: (&str, &str) = ("tmc", "07000000");

/// A line of the ledger from an operation of a vector file.
fn line(operation: &Value) -> String {
    let of = |name: &str| operation[name].as_str().unwrap_or_default();
    let number = |name: &str| operation[name].as_u64().unwrap_or_default();
    let wire = |name: &str| {
        let [a, b, c, _, _, _, _, _] = number(name).to_le_bytes();
        hex::upper([a, b, c])
    };
    let head = format!("{} {}", of("cmd"), of("file"));
    match of("op") {
        "get_value" => format!("{head} -> {}", of("value")),
        "credit" | "debit" | "limited_credit" => format!("{head} {}", of("value")),
        "read_data" => format!(
            "{head} {} {} -> {}",
            wire("offset"),
            wire("length"),
            of("data")
        ),
        "write_data" | "write_record" => {
            format!(
                "{head} {} {} {}",
                wire("offset"),
                wire("length"),
                of("data")
            )
        }
        "commit_reader_id" => match of("enc_tmri") {
            "" => format!("C8 {}", of("tmri")),
            enciphered => format!("C8 {} -> {enciphered}", of("tmri")),
        },
        "clear_record_file" => head,
        other => panic!("operation {other}"),
    }
}

fn lines(operations: &Value) -> String {
    let operations = operations.as_array().expect("operations");
    operations.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_vectors() {
    let mut seen = 0;
    for vector in vectors("tmac") {
        let id = &vector["id"];
        let of = |name| (name, text(&vector, "inputs", name));
        let mut pairs = vec![of("key"), of("uid"), of("tmc")];
        let operations = vector["inputs"].get("operations").map(lines);
        if let Some(operations) = &operations {
            pairs.push(("operations", operations));
        }
        if vector["kind"] == "enc_tmri" {
            pairs.push(("tmri-prev", text(&vector, "inputs", "tmri_prev")));
        }
        let tmv = vector["expected"]["tmv"].as_str();
        pairs.extend(tmv.map(|tmv| ("tmv", tmv)));
        let outcome = taken("tmac", id, &pairs);
        assert!(!outcome.sheet.is_wrong(), "{id}");
        for (name, key) in [
            ("sv1", "SV 1"),
            ("sv2", "SV 2"),
            ("ses_tm_mac", "SesTMMACKey"),
            ("ses_tm_enc", "SesTMENCKey"),
            ("tmi", "TMI"),
            ("tmv", "TMV"),
            ("enc_tmri", "EncTMRI"),
        ] {
            if let Some(expected) = vector["expected"][name].as_str() {
                assert_eq!(digits(&outcome, key), expected, "{id} {name}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 7, "of 9, two have no key");
}

#[test]
fn the_transactions_of_whole_conversations() {
    let mut seen = 0;
    for file in ["exchanges", "generated"] {
        let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read_to_string(path).expect("a file");
        let file: Value = serde_json::from_str(&file).expect("JSON");
        for conversation in file["exchanges"].as_array().expect("exchanges") {
            let tmac = &conversation["tmac"];
            if tmac.is_null() || conversation["sm"] != "ev2" {
                continue;
            }
            let of = |name: &'static str| (name, tmac[name].as_str().expect("text"));
            let operations = lines(&tmac["operations"]);
            let pairs = [
                of("key"),
                of("uid"),
                of("tmc"),
                of("tmv"),
                ("operations", operations.as_str()),
            ];
            let outcome = taken("tmac", &conversation["id"], &pairs);
            assert_eq!(
                digits(&outcome, "TMI"),
                tmac["tmi"],
                "{}",
                conversation["id"]
            );
            assert!(!outcome.sheet.is_wrong(), "{}", conversation["id"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 4);
}

fn ledger(operations: &str, more: &[(&str, &str)]) -> Outcome {
    run(
        "tmac",
        &[&[KEY, UID, TMC, ("operations", operations)], more].concat(),
    )
}

/// What stands below the heading of a line as the reason why it does not count.
fn reason(outcome: &Outcome, number: usize) -> String {
    let head = format!("Line {number}: ");
    let lines = outcome.sheet.lines().iter();
    let mut below = lines
        .skip_while(|line| !line.label.starts_with(&head))
        .skip(1);
    match below.next().map(|line| (&*line.label, &line.content)) {
        Some(("Does not count", Content::Text(text))) => text.clone(),
        other => panic!("line {number}: {other:?}, {:?}", outcome.slips),
    }
}

#[test]
fn each_line_that_does_not_count_says_why() {
    let text = "get-value 3 -> 14000000\nabort\nBD 0F 000000 000000 -> 00\nDC 03 01000000 -> 910C\n60\n\
                credit 3 5 -> lost\ncredit 3 3";
    let outcome = ledger(text, &[("tmac-file", "15")]);
    assert_eq!(reason(&outcome, 1), "AbortTransaction in line 2 dropped it");
    assert_eq!(reason(&outcome, 3), "reads the TransactionMAC file itself");
    assert_eq!(reason(&outcome, 4), "refused with 910C, no changes");
    assert_eq!(reason(&outcome, 5), "commands of this kind never count");
    assert!(reason(&outcome, 6).starts_with("no answer: "));
    assert_eq!(digits(&outcome, "TMI"), "0C030300000000000000000000000000");

    let text = "select 014499\ncredit 3 5\nselect 112233\ncredit 3 6\nselect 014499\ncredit 3 7";
    let outcome = ledger(text, &[("aid", "014499")]);
    assert_eq!(reason(&outcome, 2), "the selection in line 3 dropped it");
    let other = "application 112233 is selected, not that of the file";
    assert_eq!(reason(&outcome, 4), other);
    assert_eq!(digits(&outcome, "TMI"), "0C030700000000000000000000000000");

    let text = "credit 3 5\nDC 03 01000000 -> 91BE\ncredit 3 7";
    let outcome = ledger(text, &[]);
    assert!(reason(&outcome, 1).starts_with("line 2 was refused with 91BE"));

    let text = "unauthenticated\nread 1 0 1 -> AA\nauthenticated\ncredit 3 7";
    let outcome = ledger(text, &[("only-authenticated", "true")]);
    assert!(reason(&outcome, 2).starts_with("no session is open"));
    assert_eq!(digits(&outcome, "TMI"), "0C030700000000000000000000000000");
    assert!(digits(&ledger(text, &[]), "TMI").starts_with("BD01"));
}

#[test]
fn length_and_count_zero_are_those_of_the_answer() {
    let text = "file 4 records 2\nBB 04 000000 000000 -> 010203040506\nBD 01 030000 000000 -> AABB";
    let outcome = ledger(text, &[]);
    assert_eq!(
        digits(&outcome, "TMI"),
        "BB040000000300000000000000000000010203040506000000000000000000000000"
            .get(..64)
            .map(|records| format!(
                "{records}BD010300000200000000000000000000AABB0000000000000000000000000000"
            ))
            .expect("64 digits")
    );
    assert_eq!(digits(&outcome, "Line 3 head as sent"), "BD01030000000000");
    let refused = run(
        "tmac",
        &[KEY, UID, TMC, ("operations", "BB 04 000000 000000 -> 0102")],
    );
    assert!(
        refused.slips[0]
            .text
            .starts_with("Line 1: ReadRecords with count 0")
    );
}

#[test]
fn several_transactions_stand_in_one_ledger() {
    let text = "credit 3 1\ncommit\ncredit 3 2\ncommit -> 08000000 1122334455667788\nread 1 0 1 -> AA\nabort";
    let second = run("tmac", &[KEY, UID, ("operations", text)]);
    assert!(
        digits(&second, "TMI").starts_with("0C0302"),
        "the last that was not dropped"
    );
    assert_eq!(
        digits(&second, "TMC"),
        "08000000",
        "from the line of the commit"
    );
    assert!(second.sheet.is_wrong(), "with its TMV");
    assert_eq!(reason(&second, 1), "belongs to transaction 1");
    let first = ledger(text, &[("transaction", "1")]);
    assert!(digits(&first, "TMI").starts_with("0C0301"));
    let third = ledger(text, &[("transaction", "3")]);
    assert_eq!(third.slips[0].place.name(), "transaction");
}

#[test]
fn a_reader_identifier_is_enciphered_and_deciphered() {
    let previous = "00112233445566778899AABBCCDDEEFF";
    let tmri = "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF";
    let keyed = ledger(
        &format!("commit-reader-id {tmri}"),
        &[("tmri-prev", previous)],
    );
    let enciphered = digits(&keyed, "EncTMRI");
    assert_eq!(
        digits(&keyed, "TMI"),
        format!("C8{tmri}{enciphered}{}", "00".repeat(15))
    );
    let pasted = ledger(&format!("C8 {tmri} -> {enciphered} 9100"), &[]);
    assert_eq!(digits(&pasted, "TMRIPrev"), previous);
    assert_eq!(digits(&pasted, "TMV"), digits(&keyed, "TMV"));
    let other = ledger(
        &format!("C8 {tmri} -> {enciphered}"),
        &[("tmri-prev", tmri)],
    );
    assert!(other.sheet.is_wrong(), "another reader committed before");
    let open = ledger(&format!("unauthenticated\nC8 {tmri} -> 9100"), &[]);
    assert_eq!(digits(&open, "TMI"), format!("C8{tmri}{}", "00".repeat(15)));
    let lacking = ledger(&format!("authenticated\nC8 {tmri}"), &[]);
    assert!(
        lacking.slips[0]
            .text
            .starts_with("Line 2: CommitReaderID in a session")
    );
}

#[test]
fn lrp_takes_both_counters_and_says_that_nobody_has_confirmed_it() {
    let pairs = [
        KEY,
        UID,
        ("mode", "lrp"),
        ("act-tmc", "0500"),
        ("ses-tmc", "3"),
    ];
    let outcome = run("tmac", &pairs);
    assert_eq!(digits(&outcome, "SV 1"), "000100800500030004A1B2C3D4E5F65A");
    assert_eq!(digits(&outcome, "SV 2"), "000100800500030004A1B2C3D4E5F6A5");
    let notes = outcome
        .sheet
        .lines()
        .iter()
        .filter_map(|line| match &line.content {
            Content::Note(note) => Some(note.as_str()),
            _ => None,
        });
    assert!(notes.into_iter().any(|note| note.contains("unconfirmed")));
    let half = run("tmac", &[KEY, UID, ("mode", "lrp"), ("act-tmc", "5")]);
    assert_eq!(half.slips[0].place.name(), "ses-tmc");
}

#[test]
fn without_a_counter_or_with_half_a_block_it_says_what_is_missing() {
    let outcome = run("tmac", &[KEY, UID]);
    assert_eq!(outcome.slips[0].place.name(), "tmc");
    let outcome = run("tmac", &[KEY, UID, TMC, ("tmi", "0C03")]);
    assert_eq!(
        outcome.slips[0].text,
        "2 bytes, whole blocks of 16 expected"
    );
    let wrong = run(
        "tmac",
        &[KEY, UID, TMC, ("operations", "credit 3 5\n6C 03")],
    );
    assert!(wrong.slips[0].text.starts_with("Line 2: GetValue counts"));
}

#[test]
fn known_mistakes_are_named() {
    let operations = "get-value 3 -> 14000000\nread 1 0 0 -> AABBCC\ncredit 3 5";
    let pairs = [KEY, UID, TMC, ("operations", operations)];
    let topic = calculator::topic("tmac").expect("a topic");
    let explain = |made: &[(&str, &str)], changed: &Overrides| {
        let theirs = topic.run(&texts(made), changed);
        let theirs = theirs.sheet.bytes("TMV").expect("a TMV").to_vec();
        let found = calculator::explain(topic, &texts(&pairs), &Overrides::new(), "TMV", &theirs);
        found
            .into_iter()
            .map(|found| found.mistakes.join(" + "))
            .collect::<Vec<_>>()
    };
    let with = |tmc: (&'static str, &'static str)| [KEY, UID, tmc, pairs[3]];
    let found = explain(&with(("tmc", "6")), &Overrides::new());
    assert!(
        found.contains(&"TMC is one too low".to_owned()),
        "{found:?}"
    );
    let found = explain(&with(("tmc", "00000007")), &Overrides::new());
    assert!(
        found.contains(&"TMC stands in the other byte order".to_owned()),
        "{found:?}"
    );
    let step = |key: &str, bytes: &str| {
        Overrides::from([(key.to_owned(), hex::parse(bytes).expect("digits"))])
    };
    let found = explain(&pairs, &step("Line 2 head", "BD01000000000000"));
    let sent = "Line 2 head as sent was taken for Line 2 head";
    assert!(found.contains(&sent.to_owned()), "{found:?}");
    let found = explain(&pairs, &step("Line 2 padding", ""));
    assert!(
        found.contains(&"Line 2 padding is left out".to_owned()),
        "{found:?}"
    );
    let found = explain(&pairs, &step("Line 1", ""));
    assert!(
        found.contains(&"Line 1 is left out".to_owned()),
        "reads count too: {found:?}"
    );
    let enciphering = topic.run(&texts(&pairs), &Overrides::new());
    let enciphering = enciphering.sheet.bytes("SesTMENCKey").expect("a key");
    let found = explain(&pairs, &step("SesTMMACKey", &hex::upper(enciphering)));
    let other = "SesTMENCKey was taken for SesTMMACKey";
    assert!(found.contains(&other.to_owned()), "{found:?}");
}

#[test]
fn the_counter_of_the_commit_may_be_given_alone_or_beside_its_own() {
    let fits = run(
        "tmac",
        &[
            ("key", "A0B0C0D0E0F000102030405060708090"),
            ("uid", "04175D87000000"),
            ("commit", "06000000C6A2A823884CDE8A"),
            (
                "tmi",
                "DC0301000000000000000000000000003B040000000B00000000000000000000020709183530DE020064000000000000C804123B01D52880A1A2A3A4A5A6A7A8A9710514F847DF5244F2D22D7D64BC0A14000000000000000000000000000000",
            ),
        ],
    );
    assert!(!fits.is_refused() && !fits.sheet.is_wrong());
    let beside = ledger("credit 3 5", &[("commit", "08000000C6A2A823884CDE8A")]);
    let check = beside.sheet.line("TMC of the answer");
    assert!(check.is_some_and(Line::is_wrong), "7 is given, 8 answered");
}

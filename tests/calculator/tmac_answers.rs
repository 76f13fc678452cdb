//! `tmac`: what the card answered is compared, or it is said that it was not.

use tapscope::bytes::hex;
use tapscope::calculator::{Line, Outcome};
use tapscope::tmac;

use super::{digits, run};

const KEY: (&str, &str) = ("key", "0F1E2D3C4B5A69788796A5B4C3D2E1F0");
const UID: (&str, &str) = ("uid", "04A1B2C3D4E5F6");

fn ledger(operations: &str, more: &[(&str, &str)]) -> Outcome {
    run(
        "tmac",
        &[&[KEY, UID, ("operations", operations)], more].concat(),
    )
}

fn refusal(outcome: &Outcome) -> &str {
    assert!(outcome.is_refused(), "{:?}", outcome.slips);
    &outcome.slips[0].text
}

/// TMC and TMV after one credit of file 3.
fn answer(tmc: u32, amount: u8) -> String {
    let mut key = [0; 16];
    key.copy_from_slice(&hex::parse(KEY.1).expect("digits"));
    let keys = tmac::session_keys(&key, tmc, &hex::parse(UID.1).expect("digits")).result;
    let mut tmi = [0; 16];
    tmi[..3].copy_from_slice(&[0x0C, 0x03, amount]);
    let tmv = tmac::tmv(&keys, &tmi).result;
    hex::upper([&tmc.to_le_bytes()[..], &tmv].concat())
}

#[test]
fn a_value_to_verify_needs_what_it_is_over() {
    let wrong = "FFFFFFFFFFFFFFFF";
    let commit = format!("06000000{wrong}");
    for pairs in [
        &[KEY, UID, ("commit", commit.as_str())][..],
        &[KEY, UID, ("tmc", "6"), ("tmv", wrong)],
    ] {
        let outcome = run("tmac", pairs);
        assert_eq!(outcome.slips[0].place.name(), "operations");
        assert_eq!(
            refusal(&outcome),
            "Nothing given, operations or tmi expected: the TMV to verify is computed over them"
        );
    }
    for given in [("tmv", wrong), ("commit", commit.as_str())] {
        let outcome = ledger("select 014499", &[("tmc", "6"), given]);
        assert!(outcome.sheet.is_wrong(), "nothing counts: {given:?}");
    }
    let outcome = ledger("select 014499", &[("tmc", "6")]);
    assert!(!outcome.sheet.is_wrong(), "nothing to verify");
}

#[test]
fn a_cut_answer_of_the_commit_is_refused() {
    let outcome = ledger("credit 3 5\ncommit -> 0600", &[("tmc", "6")]);
    assert_eq!(
        refusal(&outcome),
        "Line 2: CommitTransaction: the answer has 2 bytes, TMC and TMV with 12 bytes expected, or none"
    );
    let with_mac = format!("credit 3 5\nC7 01 -> {}0011223344556677", answer(6, 5));
    assert!(
        refusal(&ledger(&with_mac, &[]))
            .ends_with("look like a MAC; the plain command is expected")
    );
    for silent in ["commit", "commit -> 9100", "commit -> 91AE"] {
        let outcome = ledger(&format!("credit 3 5\n{silent}"), &[("tmc", "6")]);
        assert!(!outcome.is_refused(), "{silent}: {:?}", outcome.slips);
    }
}

#[test]
fn the_last_transaction_that_was_committed_is_taken() {
    let text = format!(
        "credit 3 5\ncommit -> {}\nget-value 3 -> 05000000",
        answer(6, 5)
    );
    let outcome = ledger(&text, &[]);
    assert!(digits(&outcome, "TMI").starts_with("0C0305"));
    let check = outcome.sheet.line("TMV of the commit");
    assert!(check.is_some_and(|line| !line.is_wrong()));
    let wrong = "credit 3 5\ncommit -> 06000000FFFFFFFFFFFFFFFF\nget-value 3 -> 05000000";
    assert!(ledger(wrong, &[]).sheet.is_wrong());
    let open = ledger(&text, &[("transaction", "2"), ("tmc", "7")]);
    assert!(
        digits(&open, "TMI").starts_with("6C0305"),
        "where asked for"
    );
    assert!(!open.sheet.is_wrong());
}

#[test]
fn every_answer_of_a_commit_is_compared() {
    let two = |first: &str, second: &str| {
        let text = format!("credit 3 5\ncommit -> {first}\ncredit 3 6\ncommit -> {second}");
        ledger(&text, &[])
    };
    let fine = two(&answer(6, 5), &answer(7, 6));
    assert!(
        !fine.is_refused() && !fine.sheet.is_wrong(),
        "{:?}",
        fine.slips
    );
    let check = fine.sheet.line("TMV of transaction 1");
    assert!(check.is_some_and(|line| !line.is_wrong()));
    let outcome = two("06000000FFFFFFFFFFFFFFFF", &answer(7, 6));
    let check = outcome.sheet.line("TMV of transaction 1");
    assert!(check.is_some_and(Line::is_wrong), "the first is wrong");
    let last = outcome.sheet.line("TMV of the commit");
    assert!(last.is_some_and(|line| !line.is_wrong()));
    let given = ("commit", "06000000FFFFFFFFFFFFFFFF");
    let text = format!("credit 3 5\ncommit -> {}", answer(6, 5));
    assert!(
        ledger(&text, &[given]).sheet.is_wrong(),
        "another answer beside the line's"
    );
}

#[test]
fn an_answer_that_needs_the_identifier_of_another_reader_is_called_unchecked() {
    let text = "commit-reader-id A0A1A2A3A4A5A6A7A8A9AAABACADAEAF\ncommit -> 060000001122334455667788\n\
                credit 3 6\ncommit";
    let previous = ("tmri-prev", "00112233445566778899AABBCCDDEEFF");
    let outcome = ledger(text, &[("tmc", "7"), previous]);
    assert!(
        !outcome.is_refused() && !outcome.sheet.is_wrong(),
        "{:?}",
        outcome.slips
    );
    assert!(outcome.sheet.line("Not checked").is_some());
}

#[test]
fn records_are_as_many_and_as_long_as_the_file_and_the_command_say() {
    let data = |bytes: usize| "A5".repeat(bytes);
    let read = |file: &str, count: u8, bytes: usize| {
        let text = format!("{file}\nread-records 4 0 {count} -> {}", data(bytes));
        ledger(&text, &[("tmc", "6")])
    };
    let outcome = read("file 4 records 16", 0, 24);
    assert_eq!(
        refusal(&outcome),
        "Line 2: ReadRecords: the answer has 24 bytes, whole records of 16 bytes expected. \
         The 8 bytes too many look like a MAC; the plain command is expected"
    );
    let outcome = read("file 4 records 16", 2, 48);
    assert_eq!(
        refusal(&outcome),
        "Line 2: ReadRecords: the answer has 48 bytes, 2 records of 16 bytes expected"
    );
    let outcome = read("file 5 records 16", 3, 16);
    assert_eq!(
        refusal(&outcome),
        "Line 2: ReadRecords: the answer has 16 bytes, 3 records of one size expected"
    );
    for fits in [
        read("file 4 records 16", 0, 32),
        read("file 4 records 16", 2, 32),
        read("file 5 records 16", 3, 9),
    ] {
        assert!(!fits.is_refused(), "{:?}", fits.slips);
    }
}

#[test]
fn a_negative_amount_does_not_count() {
    for line in [
        "0C 03 FFFFFFFF",
        "DC 03 00000080 -> 9100",
        "90 1C 00 00 05 03 FEFFFFFF 00",
    ] {
        let text = format!("credit 3 5\n{line}");
        let outcome = ledger(&text, &[("tmc", "6")]);
        let refusal = refusal(&outcome);
        assert!(refusal.starts_with("Line 2: "), "{refusal}");
        assert!(refusal.contains("Amount is -"), "{refusal}");
        assert!(
            refusal.ends_with("0 to 2147483647 expected: a card refuses it with 919E"),
            "{refusal}"
        );
    }
    let outcome = ledger("0C 03 FFFFFFFF -> 919E\ncredit 3 5", &[("tmc", "6")]);
    assert!(digits(&outcome, "TMI").starts_with("0C0305"));
}

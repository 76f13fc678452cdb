//! `tmac`: what the card answered is compared, or it is said that it was not.

use tapscope::bytes::hex;
use tapscope::calculator::Outcome;
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

//! The other forms of the example application: two sets of access conditions, and reader identifiers.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::Path;
use std::process::Command;

use support::demo::{self, Run};
use tapscope::bytes::hex;
use tapscope::card::CommMode;
use tapscope::crypto::aes::AesKey;
use tapscope::crypto::cmac::{aes_cmac, odd_bytes};
use tapscope::ota::application::{AID, Form, reader_id};
use tapscope::ota::{TmvCheck, Unfinished};
use tapscope::secure_messaging::Verdict;
use tapscope::session::demo::{BLANK, PERSONALISED, READER_ID, TWO_SETS};
use tapscope::session::{self, image};
use tapscope::trace::Exchange;
use tapscope::transport::{Change, Flip, FrameFault};
use tapscope::virtual_card::{FileContent, Image};

fn card(name: &str) -> Image {
    let text = session::demo::image(name).expect("a demo image");
    image::read(text.as_bytes()).expect("an image")
}

fn balance(image: &Image) -> i32 {
    match image.applications[&AID].files[&3].content {
        FileContent::Value(value) => value,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_side_that_does_not_know_the_form_of_the_card_changes_nothing() {
    for (name, form, expected) in [
        (
            TWO_SETS,
            Form::Example,
            "the card refused GetValue: 91AE, authentication error",
        ),
        (
            READER_ID,
            Form::Example,
            "the card refused GetValue: 91AE, authentication error",
        ),
        (
            READER_ID,
            Form::TwoSets,
            "the card refused CommitTransaction: 919D, permission denied",
        ),
        (
            TWO_SETS,
            Form::ReaderId,
            "the card refused CommitReaderID: 919D, permission denied",
        ),
        (
            PERSONALISED,
            Form::TwoSets,
            "the card refused AuthenticateEV2First: 9140, no such key",
        ),
    ] {
        let start = card(name);
        let mut run = Run::new(&start, 21).of(form);
        let unfinished = run.top_up(1000, None).expect_err("is refused");
        assert_eq!(unfinished.to_string(), expected, "{name} as {form:?}");
        assert_eq!(run.into_image(), start, "{name} as {form:?}");
    }
    for (name, form, expected) in [
        (
            READER_ID,
            Form::TwoSets,
            "the card refused CommitTransaction: 919D, permission denied",
        ),
        (
            TWO_SETS,
            Form::ReaderId,
            "the card refused CommitReaderID: 919D, permission denied",
        ),
    ] {
        let start = card(name);
        let mut run = Run::new(&start, 22).of(form);
        let unfinished = run.spend(100).expect_err("is refused");
        assert_eq!(unfinished.to_string(), expected, "{name} as {form:?}");
        assert_eq!(run.into_image(), start, "{name} as {form:?}");
    }
}

#[test]
fn the_chain_of_readers_goes_on_over_contacts_and_skips_what_was_not_committed() {
    let start = card(READER_ID);
    let mut run = Run::new(&start, 23).of(Form::ReaderId);
    let previous = |booked: tapscope::ota::Booked| {
        assert_eq!(booked.tmv, TmvCheck::Fits);
        booked.previous_reader.expect("a reader")
    };
    assert_eq!(previous(run.spend(100).expect("books")), reader_id::ISSUER);
    run.new_contact();
    assert_eq!(
        previous(run.spend(100).expect("books")),
        reader_id::TERMINAL
    );
    run.new_contact();
    let refused = run.top_up(50_000, None).expect_err("is too much");
    assert!(matches!(
        refused,
        Unfinished::Refused {
            command: "Credit",
            ..
        }
    ));
    run.new_contact();
    let booked = run.top_up(500, None).expect("books");
    assert_eq!(
        previous(booked),
        reader_id::TERMINAL,
        "not the refused server"
    );
    run.new_contact();
    assert_eq!(previous(run.spend(100).expect("books")), reader_id::SERVER);
    assert_eq!(balance(&run.into_image()), 2000 - 300 + 500);
}

fn at_the_commit(change: Change) -> Run {
    let fault = FrameFault {
        ins: Some(0xC7),
        change,
    };
    Run::with(&card(READER_ID), 24, vec![fault]).of(Form::ReaderId)
}

#[test]
fn a_lost_commit_is_decided_over_a_tmi_with_the_reader() {
    let mut run = at_the_commit(Change::LoseAnswer);
    let Err(Unfinished::CommitUnknown { tmi }) = run.top_up(1000, None) else {
        panic!("the answer is lost")
    };
    assert_eq!(tmi[..17], [&[0xC8][..], &reader_id::SERVER].concat());
    run.new_contact();
    assert!(run.decide(tmi.clone()).expect("decides").committed);
    run.new_contact();
    let mut other = tmi;
    other[17] ^= 1;
    let decision = run.decide(other).expect("decides");
    assert!(!decision.committed, "EncTMRI decides too");
    run.new_contact();
    let booked = run.spend(1).expect("books");
    assert_eq!(booked.previous_reader, Some(reader_id::SERVER));
}

#[test]
fn an_observer_who_saw_the_settings_knows_that_the_switch_opens_nothing() {
    let mut run = Run::new(&card(BLANK), 25).of(Form::ReaderId);
    run.personalise().expect("personalises");
    run.new_contact();
    run.decide(Vec::new()).expect("reads TMC and TMV");
    let rows = tapscope::trace::decode(&run.session(BLANK).events, &demo::keyring());
    let read = rows.iter().rfind(|row| row.name() == "ReadData");
    let read = read.expect("Decide reads");
    assert_eq!(read.mode, Some(CommMode::Plain), "Read is free");
    assert_eq!(read.response.as_ref().map(Vec::len), Some(12));
    assert!(read.findings.is_empty(), "{:?}", read.findings);
    let after = &rows[read.index + 1];
    assert_eq!(
        (after.name(), after.verdicts.command_mac),
        ("GetValue", Verdict::Ok)
    );
}

#[test]
fn a_commit_that_the_card_refuses_leaves_no_reader() {
    let mut run = at_the_commit(Change::FlipCommand(Flip {
        byte: 3,
        from_end: true,
        mask: 0x40,
    }));
    let refused = run.top_up(1000, None).expect_err("the MAC is wrong");
    assert_eq!(
        refused.to_string(),
        "the card refused CommitTransaction: 911E, integrity error"
    );
    run.new_contact();
    let booked = run.spend(1).expect("books");
    assert_eq!(booked.previous_reader, Some(reader_id::ISSUER));
    assert_eq!((booked.before, booked.commit.tmc), (2000, 2));
}

/// Zero padded to whole blocks.
fn blocks(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = parts.concat();
    bytes.resize(bytes.len().next_multiple_of(16), 0);
    bytes
}

/// The TMV of the server's commit in sample 09, from the formulas of the reference's section 6 and the recorded
/// plaintext alone; the value is also what OpenSSL computes.
#[test]
fn the_tmv_of_the_sample_goes_over_enc_tmri() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/09-reader-id.json");
    let bytes = std::fs::read(path).expect("the sample is there");
    let recorded = session::read(&bytes).expect("reads").value;
    let rows = tapscope::trace::decode(&recorded.events, &demo::keyring());
    let last = |name: &str| -> &Exchange {
        let row = rows.iter().rfind(|row| row.name() == name);
        row.unwrap_or_else(|| panic!("{name}"))
    };
    let sent = |name: &str| last(name).command.clone().expect("plain");
    let got = |name: &str| last(name).response.clone().expect("plain");
    let FileContent::Tmac { key, .. } = card(READER_ID).applications[&AID].files[&15]
        .content
        .clone()
    else {
        panic!("no TransactionMAC file")
    };
    let key: [u8; 16] = key.expose().try_into().expect("AES");
    let session_key = |label: u8| {
        let counter = [3, 0, 0, 0];
        let vector = [&[label, 0, 1, 0, 0x80][..], &counter, &demo::UID].concat();
        aes_cmac(&key, &[&vector])
    };
    let enc_tmri: [u8; 16] = got("CommitReaderID").try_into().expect("16 bytes");
    let previous = AesKey::new(&session_key(0xA5)).decrypt_block(enc_tmri);
    assert_eq!(previous, reader_id::TERMINAL);
    let record = sent("WriteRecord");
    let tmi = |enc_tmri: &[u8]| {
        [
            blocks(&[&[0xC8], &sent("CommitReaderID"), enc_tmri]),
            blocks(&[&[0x6C], &sent("GetValue"), &got("GetValue")]),
            blocks(&[&[0x0C], &sent("Credit")]),
            blocks(&[&[0x3B], &record[..7]]),
            blocks(&[&record[7..]]),
        ]
        .concat()
    };
    let tmv = |tmi: &[u8]| hex::upper(odd_bytes(aes_cmac(&session_key(0x5A), &[tmi])));
    let committed = hex::upper(&got("CommitTransaction")[4..]);
    assert_eq!(committed, "A682AD32747FA8E3");
    assert_eq!(tmv(&tmi(&enc_tmri)), committed);
    assert_ne!(tmv(&tmi(&[])), committed);
    assert_ne!(tmv(&tmi(&previous)), committed, "enciphered, not plain");
}

/// Exit code and standard output of the program.
fn tapscope(arguments: &[&str]) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tapscope"));
    program.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    let ran = program.args(arguments).output().expect("starts");
    let out = String::from_utf8(ran.stdout).expect("UTF-8");
    (ran.status.code(), out)
}

#[test]
fn the_command_line_makes_and_uses_cards_of_every_form() {
    let folder = tempfile::tempdir().expect("a folder");
    for (form, key, previous) in [
        ("example", "key 3 \"top-up\"", None),
        ("two-sets", "key 4 \"server\"", None),
        (
            "reader-id",
            "key 4 \"server\"",
            Some("\"Tapscope gate 01\""),
        ),
    ] {
        let path = folder.path().join(format!("{form}.json"));
        std::fs::write(&path, session::demo::image("demo-blank").expect("blank")).expect("writes");
        let image = path.to_str().expect("UTF-8");
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-keys.json");
        let common = ["--form", form, "--image", image, "--seed", "4", "--keys"];
        let run = |sequence: &str| {
            let head = [&["run", sequence][..], &common].concat();
            tapscope(&[&head[..], &[keys.to_str().expect("UTF-8")]].concat())
        };
        let (code, out) = run("personalise");
        assert_eq!(code, Some(0), "{out}");
        let (code, out) = run("spend");
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("Balance 2000 → 1000\n"), "{out}");
        let (code, out) = run("topup");
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("Balance 1000 → 2000\n"), "{out}");
        assert!(out.contains(key) && out.contains(": fits\n"), "{out}");
        match previous {
            Some(name) => assert!(out.contains(&format!("{name}\n")), "{out}"),
            None => assert!(!out.contains("Previous reader"), "{out}"),
        }
    }
    for form in ["two-sets", "reader-id"] {
        let (code, out) = tapscope(&["run", "topup", "--form", form]);
        assert_eq!(code, Some(0), "the demo card of the form: {out}");
    }
    let path = folder.path().join("reader-id.json");
    let before = std::fs::read(&path).expect("reads");
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-keys.json");
    let (code, out) = tapscope(&[
        "run",
        "topup",
        "--form",
        "two-sets",
        "--image",
        path.to_str().expect("UTF-8"),
        "--keys",
        keys.to_str().expect("UTF-8"),
    ]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.ends_with("Stopped: the card refused CommitTransaction: 919D, permission denied\n"),
        "{out}"
    );
    assert_eq!(std::fs::read(&path).expect("reads"), before);
}

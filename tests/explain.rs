//! The mistake catalogue over recorded conversations: noise has no explanation, and what the command line shows.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::Path;

use support::demo;
use tapscope::bytes::hex;
use tapscope::card::KeyType;
use tapscope::crypto::Secret;
use tapscope::crypto::aes::AesKey;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::explain::{Explanation, explain};
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::secure_messaging::handshake::{CardFirst, Host, session_keys};
use tapscope::secure_messaging::{Ev2, Verdict};
use tapscope::session::{self, import::vectors};
use tapscope::trace::{self, Event, EventKind};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the file is there")
}

/// Recorded conversations with their keys.
fn recordings() -> Vec<(Vec<Event>, Keyring)> {
    let mut all = Vec::new();
    for name in ["exchanges", "generated"] {
        let conversations = vectors::read(&file(&format!("tests/vectors/{name}.json")));
        let conversations = conversations.expect("reads").into_iter();
        all.extend(conversations.map(|one| (one.events, one.keyring)));
    }
    for name in [
        "02-top-up",
        "04-top-up-refused",
        "06-top-up-ev1",
        "07-top-up-random-uid",
    ] {
        let session = session::read(&file(&format!("sessions/{name}.json"))).expect("reads");
        all.push((session.value.events, demo::keyring()));
    }
    all
}

fn below(dice: &mut SeededEntropy, sides: usize) -> usize {
    let mut bytes = [0; 4];
    dice.fill(&mut bytes);
    usize::try_from(u32::from_le_bytes(bytes)).expect("32 bits") % sides
}

/// How many corruptions: `TAPSCOPE_NOISE` times as many when it is set.
fn cases() -> usize {
    let times = std::env::var("TAPSCOPE_NOISE").ok();
    times.and_then(|times| times.parse().ok()).unwrap_or(1) * 400
}

#[test]
fn a_random_corruption_has_no_certain_explanation() {
    let mut dice = SeededEntropy::new(8101);
    let recordings = recordings();
    let mut wrong_rows = 0;
    for case in 0..cases() {
        let (events, keyring) = &recordings[below(&mut dice, recordings.len())];
        let mut events = events.clone();
        // What comes after the damage adds nothing new but time.
        let at = below(&mut dice, events.len());
        events.truncate(at + 6);
        let (EventKind::Command(bytes) | EventKind::Response(bytes)) = &mut events[at].kind else {
            continue;
        };
        for _ in 0..=below(&mut dice, 2) {
            let place = below(&mut dice, bytes.len());
            bytes[place] ^= u8::try_from(1 + below(&mut dice, 255)).expect("a byte");
        }
        let rows = trace::decode(&events, keyring);
        for (place, row) in rows.iter().enumerate() {
            if row.last_event < at {
                continue;
            }
            let found = explain(&rows, place, &events, keyring);
            wrong_rows += 1;
            let certain: Vec<&Explanation> =
                found.iter().filter(|found| found.is_certain()).collect();
            assert!(certain.is_empty(), "case {case}, row {place}: {certain:#?}");
        }
    }
    assert!(wrong_rows > 100, "{wrong_rows}");
}

#[test]
fn what_fits_needs_no_explanation() {
    for (events, keyring) in recordings() {
        let rows = trace::decode(&events, &keyring);
        for (at, row) in rows.iter().enumerate() {
            let found = explain(&rows, at, &events, &keyring);
            let is_right = row.status.is_some_and(tapscope::apdu::Status::is_success)
                && !row.verdicts.any(Verdict::Bad);
            let certain = found.iter().any(Explanation::is_certain);
            assert!(!(is_right && certain), "row {at}: {found:#?}");
        }
    }
}

/// The rows of a session and its places with a code.
fn first_named(events: &[Event], keyring: &Keyring) -> Vec<(usize, String, bool)> {
    let rows = trace::decode(events, keyring);
    let found = (0..rows.len()).filter_map(|at| {
        let found = explain(&rows, at, events, keyring);
        let best = found.first()?;
        let codes: Vec<&str> = best.mistakes.iter().map(|mistake| mistake.code).collect();
        Some((at, codes.join(" + "), best.is_certain()))
    });
    found.collect()
}

fn command(bytes: &[u8]) -> Event {
    Event::new(EventKind::Command(bytes.to_vec()))
}

fn answer(bytes: &[u8]) -> Event {
    Event::new(EventKind::Response(bytes.to_vec()))
}

/// An AuthenticateAES with key 0 of PICC in which the host makes its token of `clear`.
fn authenticate_aes(
    token: impl Fn(&AesKey, [u8; 16], [u8; 16]) -> Vec<u8>,
    status: &[u8],
) -> Vec<Event> {
    let key = AesKey::new(&KEY);
    let (rnd_a, rnd_b) = ([0x5A; 16], *b"0123456789ABCDEF");
    let challenge = key.encrypt_block(rnd_b);
    let token = token(&key, rnd_a, rnd_b);
    vec![
        command(&[0xAA, 0x00]),
        answer(&[&[0xAF], &challenge[..]].concat()),
        command(&[&[0xAF], &token[..]].concat()),
        answer(status),
    ]
}

const KEY: [u8; 16] = *b"a key of PICC 00";
const OTHER: [u8; 16] = *b"another key 0001";

fn keys() -> Keyring {
    let entry = |key_no, value: [u8; 16]| KeyEntry {
        label: format!("key {key_no}"),
        scope: Scope::Any,
        key_no,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: KeyType::Aes128,
        version: 0,
        value: Secret::new(value),
        diversification: Diversification::None,
    };
    Keyring {
        keys: vec![entry(0, KEY), entry(1, OTHER)],
        sessions: Vec::new(),
    }
}

/// What a host makes of key, RndA and RndB.
type Token<'a> = &'a dyn Fn(&AesKey, [u8; 16], [u8; 16]) -> Vec<u8>;

#[test]
fn a_wrong_token_is_told_by_the_random_number_in_it() {
    let chained = |key: &AesKey, rnd_b: [u8; 16], clear: Vec<u8>| {
        let mut token = clear;
        key.cbc_encrypt(&key.encrypt_block(rnd_b), &mut token);
        token
    };
    let rotated = |mut rnd: [u8; 16], left: usize| {
        rnd.rotate_left(left);
        rnd
    };
    let cases: [(&str, Token<'_>); 6] = [
        ("auth-rndb-not-rotated", &|key, a, b| {
            chained(key, b, [a, b].concat())
        }),
        ("auth-rotated-right", &|key, a, b| {
            chained(key, b, [a, rotated(b, 15)].concat())
        }),
        ("auth-token-swapped", &|key, a, b| {
            chained(key, b, [rotated(b, 1), a].concat())
        }),
        ("auth-wrong-key-no", &|key, a, b| {
            let other = AesKey::new(&OTHER);
            let seen = other.decrypt_block(key.encrypt_block(b));
            let mut token = [a, rotated(seen, 1)].concat();
            other.cbc_encrypt(&key.encrypt_block(b), &mut token);
            token
        }),
        ("auth-zero-key", &|key, a, b| {
            let zero = AesKey::new(&[0; 16]);
            let seen = zero.decrypt_block(key.encrypt_block(b));
            let mut token = [a, rotated(seen, 1)].concat();
            zero.cbc_encrypt(&key.encrypt_block(b), &mut token);
            token
        }),
        (
            "auth-rndb-not-rotated + auth-token-swapped",
            &|key, a, b| chained(key, b, [b, a].concat()),
        ),
    ];
    for (code, token) in cases {
        let events = authenticate_aes(token, &[0xAE]);
        assert_eq!(first_named(&events, &keys()), [(0, code.to_owned(), true)]);
    }
    let right = authenticate_aes(
        |key, a, b| chained(key, b, [a, rotated(b, 1)].concat()),
        &[0xAE],
    );
    assert_eq!(first_named(&right, &keys()), []);
}

#[test]
fn a_wrong_answer_of_the_card_is_told_by_the_random_number_in_it() {
    let token = |key: &AesKey, a: [u8; 16], mut b: [u8; 16]| {
        let iv = key.encrypt_block(b);
        b.rotate_left(1);
        let mut token = [a, b].concat();
        key.cbc_encrypt(&iv, &mut token);
        token
    };
    let key = AesKey::new(&KEY);
    let sent = token(&key, [0x5A; 16], *b"0123456789ABCDEF");
    let last: [u8; 16] = sent[16..].try_into().expect("a block");
    // This RndA looks the same rotated: it has to be another one.
    let mut events = authenticate_aes(token, &[]);
    let rnd_a: [u8; 16] = *b"RndA of the host";
    let EventKind::Command(frame) = &mut events[2].kind else {
        unreachable!()
    };
    frame.splice(1.., token(&key, rnd_a, *b"0123456789ABCDEF"));
    let last: [u8; 16] = frame[17..].try_into().unwrap_or(last);
    let mut rotated = rnd_a;
    rotated.rotate_left(1);
    for (code, iv, clear) in [
        ("auth-rnda-not-rotated", last, rnd_a),
        ("auth-iv-zero-answer", [0; 16], rotated),
        (
            "auth-rnda-not-rotated + auth-iv-zero-answer",
            [0; 16],
            rnd_a,
        ),
    ] {
        let mut proof = clear;
        key.cbc_encrypt(&iv, &mut proof);
        events[3] = answer(&[&[0x00], &proof[..]].concat());
        assert_eq!(first_named(&events, &keys()), [(0, code.to_owned(), true)]);
    }
}

#[test]
fn a_wrong_tmv_is_explained_by_what_the_card_left_out() {
    let text = file("sessions/02-top-up.json");
    let events = session::read(&text).expect("reads").value.events;
    let rows = trace::decode(&events, &demo::keyring());
    let mut commits = rows.iter().filter(|row| row.verdicts.tmv == Verdict::Ok);
    let row = commits.next().expect("a commit");
    assert!(row.commit.is_none());
    // TMC and TMV are MACed: a damaged TMV alone is a damaged frame and explained by nothing.
    let mut damaged = events.clone();
    let EventKind::Response(frame) = &mut damaged[row.last_event].kind else {
        unreachable!()
    };
    frame[5] ^= 1;
    let rows = trace::decode(&damaged, &demo::keyring());
    let row = rows.iter().find(|row| row.verdicts.tmv == Verdict::Bad);
    let commit = row.and_then(|row| row.commit.as_deref()).expect("seen");
    assert!(commit.without_last < commit.tmi.len() && commit.tmi.len().is_multiple_of(16));
    assert_eq!(first_named(&damaged, &demo::keyring()), []);
    // The same transaction with the TMV of a card that takes the even bytes; its response MAC is then wrong as well.
    let key = commit.keys[0].aes128().expect("AES");
    let keys = tapscope::tmac::session_keys(&key, commit.tmc, &commit.uid).result;
    let mac = tapscope::crypto::cmac::aes_cmac(&keys.mac, &[&commit.tmi]);
    let even: Vec<u8> = mac.iter().step_by(2).copied().collect();
    let EventKind::Response(frame) = &mut damaged[rows[commit_row(&rows)].last_event].kind else {
        unreachable!()
    };
    frame[4..12].copy_from_slice(&even);
    let named = first_named(&damaged, &demo::keyring());
    assert!(
        named
            .iter()
            .any(|(_, code, sure)| code == "tmv-even-bytes" && *sure),
        "{named:?}"
    );
}

fn commit_row(rows: &[trace::Exchange]) -> usize {
    let bad = |row: &trace::Exchange| row.verdicts.tmv == Verdict::Bad;
    rows.iter().position(bad).expect("a commit")
}

#[test]
fn the_command_line_shows_what_was_explained_and_no_secret() {
    let events = authenticate_aes(
        |key, a, b| {
            let mut token = [a, b].concat();
            key.cbc_encrypt(&key.encrypt_block(b), &mut token);
            token
        },
        &[0xAE],
    );
    let lines: Vec<String> = events
        .iter()
        .map(|event| match &event.kind {
            EventKind::Command(bytes) => format!("=> {}\n", hex::upper(bytes)),
            EventKind::Response(bytes) => format!("<= {}\n", hex::upper(bytes)),
            _ => String::new(),
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pasted.txt");
    std::fs::write(&path, lines.concat()).expect("writes");
    let run = |more: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_tapscope"))
            .arg("decode")
            .arg(&path)
            .arg("--key")
            .arg(format!("*:0:aes128:{}", hex::upper(KEY)))
            .args(more)
            .output()
            .expect("runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let text = run(&["--explain"]);
    assert!(
        text.contains("? auth-rndb-not-rotated (128 bits) The token holds RndB, not RndB'."),
        "{text}"
    );
    assert!(text.contains("expected ") && text.contains('['), "{text}");
    let json = run(&["--explain", "--json"]);
    assert!(
        json.contains(r#""explanations":[{"mistakes":[{"code":"auth-rndb-not-rotated""#),
        "{json}"
    );
    for shown in [&text, &json] {
        assert!(
            !shown.contains(&hex::upper(KEY)) && !shown.contains(&hex::upper(b"0123456789ABCDEF"))
        );
    }
    assert!(!run(&["--json"]).contains("explanations"));
}

/// An EV2 session with key 0 in application 1, and the row that shows the settings of file 2.
fn ev2_session(settings: &[u8]) -> (Vec<Event>, Ev2) {
    let (rnd_a, rnd_b, ti) = (*b"RndA of the host", *b"RndB of the card", [9, 8, 7, 6]);
    let card = CardFirst::new(KEY, rnd_b);
    let mut host = Host::new(KEY, rnd_a, true);
    let token = host.answer(&card.challenge()).expect("a challenge");
    let (proof, mut channel) = card.prove_first(rnd_a, ti, [0; 6], [0; 6]);
    let mut events = vec![
        command(&[0x5A, 1, 0, 0]),
        answer(&[0x00]),
        command(&[0x71, 0x00, 0x00]),
        answer(&[&[0xAF], &card.challenge()[..]].concat()),
        command(&[&[0xAF], &token[..]].concat()),
        answer(&[&[0x00], &proof[..]].concat()),
    ];
    let asked = channel.worked_command_mac(0xF5, &[2]).result;
    events.push(command(&[&[0xF5, 2], &asked[..]].concat()));
    let told = channel.worked_response_mac(0x00, settings).result;
    events.push(answer(&[&[0x00], settings, &told].concat()));
    channel.complete();
    (events, channel)
}

#[test]
fn a_protection_that_the_file_does_not_ask_for_is_told_by_its_settings() {
    let write = |len: u8| -> Vec<u8> {
        let data = (0..len).map(|byte| byte.wrapping_mul(37) ^ 0x5A);
        [2, 0, 0, 0, len, 0, 0].into_iter().chain(data).collect()
    };
    // Standard files of 256 bytes: option, rights. Writing to the first is free, all else needs key 1.
    let free = [0x00, 0x01, 0x11, 0x1E, 0x00, 0x01, 0x00];
    let full = [0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x00];
    let mac = [0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00];
    for (settings, len, is_maced, code, sure) in [
        (free, 11, true, "mac-on-free-access", true),
        (full, 11, true, "plain-in-full", true),
        (full, 16, true, "ev2-padding-missing", true),
        (mac, 11, false, "mac-missing", false),
    ] {
        let (mut events, channel) = ev2_session(&settings);
        let body = write(len);
        let sent = channel.worked_command_mac(0x3D, &body).result;
        let sent = if is_maced { &sent[..] } else { &[] };
        events.push(command(&[&[0x3D], &body[..], sent].concat()));
        let at = events.len();
        events.push(answer(&[0x7E]));
        let named = first_named(&events, &keys());
        assert_eq!(named, [(3, code.to_owned(), sure)], "{len}");
        // A card that takes the command does not disagree.
        events[at] = answer(&[0x00]);
        assert!(
            first_named(&events, &keys())
                .iter()
                .all(|(_, other, _)| other != code)
        );
    }
}

#[test]
fn two_mistakes_in_one_mac_are_told_apart() {
    let (mut events, channel) = ev2_session(&[0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00]);
    let body = [2, 0, 0, 0, 3, 0, 0, 0xC0, 0xFF, 0xEE];
    let seen = session_keys(&KEY, b"RndA of the host", b"RndB of the card").result;
    // TI reversed, and the even bytes of the CMAC.
    let [low, high] = channel.ctr().to_le_bytes();
    let input = [&[0x3D, low, high, 6, 7, 8, 9], &body[..]].concat();
    let whole = tapscope::crypto::cmac::aes_cmac(&seen.mac, &[&input]);
    let even: Vec<u8> = whole.into_iter().step_by(2).collect();
    events.push(command(&[&[0x3D], &body[..], &even].concat()));
    events.push(answer(&[0x1E]));
    let rows = trace::decode(&events, &keys());
    let found = explain(&rows, 3, &events, &keys());
    let codes: Vec<&str> = found[0]
        .mistakes
        .iter()
        .map(|mistake| mistake.code)
        .collect();
    assert_eq!(codes, ["ev2-ti-reversed", "ev2-mac-even-bytes"]);
    assert!(found[0].is_certain() && found[0].bits < 64);
    assert_eq!(found[0].received, even);
    let right = channel.worked_command_mac(0x3D, &body).result;
    assert_eq!(found[0].expected, right);
    let ti = found[0].inputs.iter().find(|input| input.label == "TI");
    assert_eq!(ti.and_then(|input| input.row), Some(1));
}

//! ChangeKey: every published cryptogram made and read, and the mistakes that cards punish.

use serde_json::Value;
use tapscope::bytes::hex;
use tapscope::calculator::Outcome;
use tapscope::crypto::crc::crc32;

use super::explaining::explain;
use super::frames::exchanges;
use super::vectors::{taken, text, vectors};
use super::{digits, run};

/// The type of a key by its length, and whether it has a version byte.
fn key_type(key: &str, version: Option<&str>) -> &'static str {
    match (version, key.len()) {
        (Some(_), _) => "aes128",
        (None, 48) => "3k3des",
        _ => "2k3des",
    }
}

#[test]
fn every_published_cryptogram_of_d40_and_ev1() {
    let mut seen = 0;
    for vector in ["d40", "ev1"].into_iter().flat_map(vectors) {
        if !matches!(
            vector["kind"].as_str(),
            Some("d40_change_key" | "ev1_change_key")
        ) {
            continue;
        }
        let input = |name: &str| vector["inputs"][name].as_str();
        let given = |name: &str| text(&vector, "inputs", name);
        let mut pairs = match input("sm") {
            None => vec![("channel", "d40")],
            Some(sm) => {
                let kind = sm.trim_start_matches("ev1-");
                let kind = if kind == "aes" { "aes128" } else { kind };
                vec![("channel", "ev1"), ("type", kind), ("iv", given("iv"))]
            }
        };
        let new = given("new_key");
        pairs.extend([
            ("session-key", given("session_key")),
            ("key-type", key_type(new, input("version"))),
        ]);
        if let Some(old) = input("old_key") {
            pairs.extend([("whose", "other"), ("old-key", old)]);
        }
        let mut build = pairs.clone();
        build.extend([("new-key", new), ("key-number", given("key_no"))]);
        build.extend(input("version").map(|version| ("version", version)));
        let outcome = taken("change-key", &vector["id"], &build);
        let cryptogram = text(&vector, "expected", "cryptogram");
        assert_eq!(
            digits(&outcome, "Ciphertext"),
            cryptogram,
            "{}",
            vector["id"]
        );
        if let Some(next) = vector["expected"]["next_iv"].as_str() {
            assert_eq!(digits(&outcome, "Next IV"), next);
        }

        let frame = digits(&outcome, "Wrapped frame");
        pairs.extend([("direction", "read"), ("frame", &frame)]);
        let outcome = taken("change-key", &vector["id"], &pairs);
        assert!(!outcome.sheet.is_wrong(), "{}", vector["id"]);
        assert_eq!(digits(&outcome, "New key"), new);
        if let Some(version) = input("version") {
            assert_eq!(digits(&outcome, "Version"), version);
        }
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn every_recorded_change_of_a_key_in_ev2() {
    let mut seen = 0;
    for (session, row) in exchanges("ev2") {
        let expect = &row["expect"];
        let Some(new) = expect["new_key"].as_str() else {
            continue;
        };
        let data = hex::parse(expect["data"].as_str().expect("data")).expect("digits");
        let mut pairs: Vec<(&str, &str)> = session
            .iter()
            .map(|(name, text)| (*name, &text[..]))
            .collect();
        let old: Vec<u8> = hex::parse(new)
            .expect("digits")
            .iter()
            .zip(&data)
            .map(|(new, mixed)| new ^ mixed)
            .collect();
        let old = hex::upper(old);
        if data.len() == 21 {
            pairs.extend([("whose", "other"), ("old-key", &old[..])]);
        }
        let version = expect["new_key_version"].as_str().expect("a version");
        let header = expect["header"].as_str().expect("a header");
        let mut build = pairs.clone();
        build.extend([("new-key", new), ("version", version)]);
        match header.split_at(header.len() - 2) {
            ("", number) => build.push(("key-number", number)),
            (set, number) => build.extend([("key-set", set), ("key-number", number)]),
        }
        let outcome = taken("change-key", &row["command"], &build);
        let command = row["command"].as_str().expect("a command");
        assert_eq!(digits(&outcome, "Wrapped frame"), command);
        pairs.extend([("direction", "read"), ("frame", command)]);
        let outcome = taken("change-key", &row["command"], &pairs);
        assert!(!outcome.sheet.is_wrong());
        assert_eq!(digits(&outcome, "New key"), new);
        assert_eq!(digits(&outcome, "Version"), version);
        seen += 1;
    }
    assert_eq!(seen, 11);
}

const SESSION: [(&str, &str); 3] = [
    ("channel", "ev1"),
    ("session-key", "41B4719A4FEB2C3A8A491196F448157C"),
    ("iv", "CCA208AB50D8BC872936780007D61463"),
];
const OTHER: [(&str, &str); 5] = [
    ("whose", "other"),
    ("new-key", "8182838485868788898A8B8C8D8E8F01"),
    ("old-key", "102132435465768798A9BACBDCEDFE0F"),
    ("version", "07"),
    ("key-number", "02"),
];

fn other() -> Vec<(&'static str, &'static str)> {
    [&SESSION[..], &OTHER].concat()
}

fn read(frame: &str, changed: &[(&str, &str)]) -> Outcome {
    let base = [("direction", "read"), ("frame", frame), OTHER[0], OTHER[2]];
    run("change-key", &[&SESSION[..], &base, changed].concat())
}

#[test]
fn another_old_key_is_told_by_the_second_checksum_only() {
    let frame = digits(&run("change-key", &other()), "Native frame");
    let right = read(&frame, &[]);
    assert!(!right.sheet.is_wrong());
    assert_eq!(digits(&right, "New key"), OTHER[1].1);
    let wrong = read(&frame, &[("old-key", "112132435465768798A9BACBDCEDFE0F")]);
    let failed: Vec<&str> = wrong
        .sheet
        .lines()
        .iter()
        .filter(|line| line.is_wrong())
        .map(|line| line.label.as_str())
        .collect();
    assert_eq!(failed, ["Received CRC32 of the new key"]);
}

#[test]
fn the_form_that_fits_is_named_when_another_was_asked_for() {
    let frame = digits(&run("change-key", &other()), "Native frame");
    let notes = |changed: &[(&str, &str)]| -> String {
        let outcome = read(&frame, changed);
        assert!(outcome.sheet.is_wrong());
        tapscope::calculator::text(&outcome.sheet, false)
    };
    assert!(notes(&[("whose", "own")]).contains("It fits as another key of type aes128"));
    assert!(notes(&[("key-type", "2k3des")]).contains("It fits as another key of type aes128"));
    let elsewhere = notes(&[("iv", "00000000000000000000000000000001")]);
    assert!(
        elsewhere.contains("It fits as no key of any type"),
        "{elsewhere}"
    );
}

#[test]
fn des_keys_hold_their_version_in_their_parity_bits() {
    let pairs = [
        ("channel", "d40"),
        ("session-key", "00010203F6B03339"),
        ("key-type", "des"),
        ("new-key", "1032547698BADCFE"),
        ("version", "42"),
        ("key-number", "00"),
    ];
    let built = taken("change-key", &Value::Null, &pairs);
    assert_eq!(
        digits(&built, "New key"),
        "1033547698BADDFE1033547698BADDFE",
        "doubled after the version was written"
    );
    let frame = digits(&built, "Native frame");
    let outcome = run(
        "change-key",
        &[&pairs[..3], &[("direction", "read"), ("frame", &frame)]].concat(),
    );
    assert!(!outcome.sheet.is_wrong());
    assert_eq!(digits(&outcome, "Version, in the parity bits"), "42");
}

#[test]
fn a_key_that_was_not_mixed_and_checksums_over_the_wrong_bytes_are_named() {
    let right = run("change-key", &other());
    let [new, old] = [1, 2].map(|at| hex::parse(OTHER[at].1).expect("digits"));
    let mixed: Vec<u8> = new.iter().zip(&old).map(|(new, old)| new ^ old).collect();
    let named = |data: &[u8], crc: [u8; 4], of_new: [u8; 4]| {
        let mut text = [data, &crc, &of_new].concat();
        text.resize(32, 0);
        assert_ne!(hex::upper(&text), digits(&right, "Padded text"));
        explain("change-key", &other(), "Padded text", &hex::upper(text))
    };
    let (plain, data) = ([&new[..], &[7]].concat(), [&mixed[..], &[7]].concat());
    let over = |data: &[u8]| crc32(&[&[0xC4, 0x02], data].concat());
    let found = named(&plain, over(&plain), crc32(&new));
    assert!(
        found.contains(&"New key was taken for New key ⊕ old key".to_owned()),
        "{found:?}"
    );
    let found = named(&data, crc32(&data), crc32(&new));
    assert!(
        found.contains(&"Only Key data stands in CRC32 input".to_owned()),
        "{found:?}"
    );
    let found = named(&data, over(&data), crc32(&mixed));
    assert!(
        found.contains(&"New key ⊕ old key was taken for New key, as checked".to_owned()),
        "{found:?}"
    );
    let zero = [("iv", "00000000000000000000000000000000")];
    let made = digits(
        &run("change-key", &[&other()[..], &zero].concat()),
        "Ciphertext",
    );
    let found = explain("change-key", &other(), "Ciphertext", &made);
    assert!(found.contains(&"IV is all zero".to_owned()), "{found:?}");
}

#[test]
fn what_is_missing_is_asked_for() {
    let slip = |without: &str, changed: &[(&str, &str)]| {
        let pairs: Vec<_> = other()
            .into_iter()
            .filter(|(name, _)| *name != without)
            .collect();
        let outcome = run("change-key", &[&pairs[..], changed].concat());
        (
            outcome.slips[0].place.name().to_owned(),
            outcome.slips[0].text.clone(),
        )
    };
    assert_eq!(slip("old-key", &[]).0, "old-key");
    assert_eq!(slip("version", &[]).0, "version");
    let (place, text) = slip("", &[("key-type", "3k3des")]);
    assert_eq!(
        (&place[..], &text[..]),
        ("new-key", "16 bytes, 24 bytes expected for 3k3des")
    );
}

#[test]
fn a_form_that_the_length_contradicts_is_no_right_result() {
    let session = [
        ("enc", "A664EA370E90B249FE2870772291A820"),
        ("mac", "605526E474B2304354D05A800F56B7A9"),
        ("ti", "BC354CD5"),
    ];
    let change = [
        ("new-key", "102132435465768798A9BACBDCEDFE0F"),
        ("version", "07"),
        ("key-number", "02"),
    ];
    let old = ("old-key", "A0B0C0D0E0F000102030405060708090");
    let frame = |whose: &[(&str, &str)]| {
        let built = run("change-key", &[&session[..], &change, whose].concat());
        digits(&built, "Native frame")
    };
    let read = |frame: &str, said: &[(&str, &str)]| {
        let read = [("direction", "read"), ("frame", frame)];
        run("change-key", &[&session[..], &read, said].concat())
    };
    let of_other = frame(&[("whose", "other"), old]);
    let outcome = read(&of_other, &[("whose", "own")]);
    let form = outcome.sheet.line("Form").expect("a verdict");
    assert!(form.is_wrong());
    assert_eq!(outcome.sheet.bytes("New key"), None);
    let text = tapscope::calculator::text(&outcome.sheet, false);
    assert!(
        text.contains("CRC32 of the new key was not checked"),
        "{text}"
    );
    let of_own = frame(&[]);
    let outcome = read(&of_own, &[("whose", "other"), old]);
    assert!(outcome.sheet.line("Form").expect("a verdict").is_wrong());
    assert_eq!(outcome.sheet.bytes("New key"), None);
    for (frame, said) in [
        (&of_other, &[("whose", "other"), old][..]),
        (&of_own, &[("whose", "own")]),
    ] {
        let outcome = read(frame, said);
        assert!(!outcome.sheet.is_wrong());
        assert_eq!(digits(&outcome, "New key"), change[0].1);
    }
}

#[test]
fn the_help_of_the_key_number_says_how_it_is_written() {
    let topic = tapscope::calculator::topic("change-key").expect("a topic");
    let help = topic.field("key-number").expect("a field").help;
    assert!(help.contains("hexadecimal"), "{help}");
}

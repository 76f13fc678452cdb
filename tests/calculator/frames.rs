//! Frames of every channel: the vectors, whole recorded sessions, and the mistakes that are named.

use serde_json::Value;
use tapscope::bytes::hex;
use tapscope::calculator::Content;

use super::explaining::explain;
use super::vectors::{taken, text, vectors};
use super::{digits, run};

fn ev1_type(sm: &str) -> &str {
    match sm.trim_start_matches("ev1-") {
        "aes" => "aes128",
        other => other,
    }
}

#[test]
fn every_published_message_of_d40_and_ev1() {
    let mut seen = 0;
    for vector in ["d40", "ev1"].into_iter().flat_map(vectors) {
        let input = |name: &str| text(&vector, "inputs", name);
        let is = |outcome: &_, key: &str, name: &str| {
            if let Some(expected) = vector["expected"][name].as_str() {
                assert_eq!(digits(outcome, key), expected, "{} {name}", vector["id"]);
            }
        };
        let kind = vector["kind"].as_str().unwrap_or_default();
        let mut pairs = match kind {
            "d40_tx_full" | "d40_mac" => vec![("channel", "d40")],
            "ev1_tx_full" | "ev1_rx_full" | "ev1_cmac" => {
                let sm = ev1_type(input("sm"));
                vec![("channel", "ev1"), ("type", sm), ("iv", input("iv"))]
            }
            _ => continue,
        };
        pairs.push(("session-key", input("session_key")));
        seen += 1;
        match kind {
            "d40_tx_full" | "ev1_tx_full" => {
                let parts = [("ins", "cmd"), ("header", "header"), ("data", "data")];
                pairs.extend(parts.map(|(field, name)| (field, input(name))));
                let outcome = taken("frame", &vector["id"], &pairs);
                is(&outcome, "Ciphertext", "cryptogram");
                if kind == "ev1_tx_full" {
                    is(&outcome, "Next IV", "next_iv");
                }
            }
            "d40_mac" => {
                pairs.extend([("ins", "3D"), ("mode", "mac"), ("data", input("data"))]);
                is(
                    &taken("frame", &vector["id"], &pairs),
                    "First 4 bytes",
                    "mac",
                );
            }
            "ev1_rx_full" => {
                let frame = format!("{}91{}", input("response"), input("status"));
                let length = vector["inputs"]["length"].to_string();
                pairs.extend([("direction", "read-answer"), ("frame", &frame)]);
                // Those that were read with Length 0 have 80 and zeros.
                let known = if matches!(&length[..], "64" | "100") {
                    ("padding", "mark")
                } else {
                    ("length", &length[..])
                };
                for end in [None, Some(known)] {
                    let pairs: Vec<_> = pairs.iter().copied().chain(end).collect();
                    let outcome = taken("frame", &vector["id"], &pairs);
                    assert!(!outcome.sheet.is_wrong(), "{}", vector["id"]);
                    is(&outcome, "Data", "data");
                    is(&outcome, "Next IV", "next_iv");
                }
            }
            _ => {
                let message = input("msg");
                let of_answer = vector["id"].as_str().expect("an id").ends_with('b');
                if of_answer {
                    let (data, status) = message.split_at(message.len() - 2);
                    pairs.extend([
                        ("direction", "build-answer"),
                        ("data", data),
                        ("status", status),
                    ]);
                } else {
                    pairs.extend([("ins", &message[..2]), ("header", &message[2..])]);
                }
                pairs.push(("mode", "mac"));
                let outcome = taken("frame", &vector["id"], &pairs);
                is(&outcome, "CMAC", "cmac");
                is(&outcome, "First 8 bytes", "mac8");
            }
        }
    }
    assert_eq!(seen, 3 + 1 + 30 + 6 + 4);
}

/// A counter as a number in a text, one less for an answer: there the command's counts as input.
fn of_command(counter: u64, is_answer: bool) -> String {
    (counter - u64::from(is_answer)).to_string()
}

#[test]
fn every_published_iv_and_mac_of_ev2() {
    let mut seen = 0;
    for vector in vectors("ev2") {
        let input = |name: &str| text(&vector, "inputs", name);
        match vector["kind"].as_str() {
            Some("ev2_iv") => {
                let is_answer = input("direction") == "response";
                let counter = vector["inputs"]["ctr"].as_u64().expect("a counter");
                let counter = of_command(counter, is_answer);
                let direction = if is_answer {
                    "build-answer"
                } else {
                    "build-command"
                };
                let mut pairs = vec![
                    ("direction", direction),
                    ("enc", input("ses_enc")),
                    ("mac", "0123456789ABCDEF0123456789ABCDE0"),
                    ("ti", input("ti")),
                    ("counter", &counter),
                    ("data", "00"),
                ];
                pairs.extend((!is_answer).then_some(("ins", "8D")));
                let outcome = taken("frame", &vector["id"], &pairs);
                assert_eq!(digits(&outcome, "IV"), text(&vector, "expected", "iv"));
            }
            Some("ev2_mac") => {
                let message = hex::parse(input("msg")).expect("digits");
                let (head, rest) = message.split_at(7);
                let is_answer = head[0] == 0;
                let counter = u16::from_le_bytes([head[1], head[2]]);
                let counter = of_command(counter.into(), is_answer);
                let [code, ti, rest] = [&head[..1], &head[3..], rest].map(hex::upper);
                let mut pairs = vec![
                    ("mac", input("ses_mac")),
                    ("ti", &ti[..]),
                    ("counter", &counter),
                    ("mode", "mac"),
                ];
                if is_answer {
                    pairs.extend([
                        ("direction", "build-answer"),
                        ("status", &code),
                        ("data", &rest),
                    ]);
                } else {
                    pairs.extend([("ins", &code[..]), ("header", &rest)]);
                }
                let outcome = taken("frame", &vector["id"], &pairs);
                for (name, key) in [("mact", "MACt, odd bytes"), ("cmac", "CMAC")] {
                    if let Some(expected) = vector["expected"][name].as_str() {
                        assert_eq!(digits(&outcome, key), expected, "{}", vector["id"]);
                    }
                }
            }
            _ => continue,
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}

/// Rows of recorded sessions of a channel in one frame each way, with the inputs of their session.
pub(super) fn exchanges(sm: &str) -> Vec<(Vec<(&'static str, String)>, Value)> {
    let path = format!(
        "{}/tests/vectors/exchanges.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("the file of recorded conversations");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut rows = Vec::new();
    for exchange in file["exchanges"].as_array().expect("exchanges") {
        let mut session = Value::Null;
        let mut chained = false;
        if exchange["start"]["ses_mac"].is_string() {
            session = exchange["start"].clone();
        }
        for row in exchange["apdus"].as_array().expect("rows") {
            let expect = &row["expect"];
            if expect["partial"] == true {
                chained = true;
                continue;
            }
            if expect["ses_mac"].is_string() {
                session = expect.clone();
            } else if expect["ctr"].is_u64()
                && session["ses_mac"].is_string()
                && exchange["sm"] == sm
                && !chained
            {
                let of = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
                let given = [
                    ("enc", of("ses_enc")),
                    ("mac", of("ses_mac")),
                    ("ti", of("ti")),
                ];
                let given = given.into_iter().filter(|(_, text)| !text.is_empty());
                let counter = ("counter", expect["ctr"].to_string());
                rows.push((given.chain([counter]).collect(), row.clone()));
            }
            chained = false;
        }
    }
    rows
}

#[test]
fn every_recorded_message_of_ev2_in_one_frame() {
    let mut seen = 0;
    for (session, row) in exchanges("ev2") {
        let expect = &row["expect"];
        let of = |value: &Value| value.as_str().expect("text").to_owned();
        let mode = of(&expect["mode"]);
        let mut pairs: Vec<(&str, &str)> = session
            .iter()
            .map(|(name, text)| (*name, &text[..]))
            .collect();
        pairs.push(("mode", &mode));
        let (header, data) = (of(&expect["header"]), of(&expect["data"]));
        let [ins, command, answer] = [&expect["cmd"], &row["command"], &row["response"]].map(of);
        let built = [
            &pairs[..],
            &[("ins", &ins[..]), ("header", &header), ("data", &data)],
        ]
        .concat();
        let built = taken("frame", &row["command"], &built);
        assert_eq!(digits(&built, "Wrapped frame"), command);
        let length = (header.len() / 2).to_string();
        let read = [
            ("direction", "read-command"),
            ("frame", &command[..]),
            ("header-length", &length),
        ];
        let read = taken("frame", &row["command"], &[&pairs[..], &read].concat());
        assert!(!read.sheet.is_wrong(), "{command}");
        assert_eq!(digits(&read, "Data"), data);
        // The own key was changed: nothing protects the answer.
        if answer != "9100" || mode == "plain" {
            let read = [("direction", "read-answer"), ("frame", &answer[..])];
            let read = taken("frame", &row["command"], &[&pairs[..], &read].concat());
            assert!(!read.sheet.is_wrong(), "{answer}");
            assert_eq!(digits(&read, "Data"), of(&expect["resp"]));
        }
        seen += 1;
    }
    assert!(seen >= 40, "{seen}");
}

/// LRP has no vector of a single message, but recorded sessions.
#[test]
fn recorded_messages_of_lrp() {
    let path = format!(
        "{}/tests/vectors/exchanges.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("the file of recorded conversations");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut seen = 0;
    for exchange in file["exchanges"].as_array().expect("exchanges") {
        let start = &exchange["start"];
        let (Some(key), Some(rnd_a), true) = (
            start["key"].as_str(),
            start["rnd_a"].as_str(),
            exchange["sm"] == "lrp",
        ) else {
            continue;
        };
        let rnd_b = start["rnd_b"].as_str().expect("RndB");
        let keys = [
            ("channel", "lrp"),
            ("key", key),
            ("rnd-a", rnd_a),
            ("rnd-b", rnd_b),
        ];
        let keys = taken("session-keys", &exchange["id"], &keys);
        let master = digits(&keys, "SesAuthMaster");
        let mut enc_counter = start["enc_ctr"].to_string();
        for row in exchange["apdus"].as_array().expect("rows") {
            let expect = &row["expect"];
            let (counter, mode) = (
                expect["ctr"].to_string(),
                expect["mode"].as_str().expect("a mode"),
            );
            let mut message = |direction: &str, frame: &Value, data: &Value| {
                let pairs = [
                    ("channel", "lrp"),
                    ("master", &master[..]),
                    ("ti", start["ti"].as_str().expect("TI")),
                    ("counter", &counter),
                    ("enc-counter", &enc_counter),
                    ("mode", mode),
                    ("direction", direction),
                    ("frame", frame.as_str().expect("a frame")),
                ];
                let outcome = taken("frame", &exchange["id"], &pairs);
                assert!(!outcome.sheet.is_wrong(), "{} {direction}", exchange["id"]);
                assert_eq!(digits(&outcome, "Data"), data.as_str().expect("data"));
                if let Some(next) = outcome.sheet.bytes("Next EncCtr") {
                    enc_counter = format!("0x{}", hex::upper(next));
                    seen += 1;
                }
            };
            message("read-command", &row["command"], &expect["data"]);
            message("read-answer", &row["response"], &expect["resp"]);
        }
    }
    assert!(seen >= 5, "{seen}");
}

const EV2: [(&str, &str); 3] = [
    ("enc", "C1D7BD9F60034D8432F9AF3403D573D0"),
    ("mac", "FD9E26C9766F07C1D07106C0F8F3671F"),
    ("ti", "569D4B24"),
];
const WRITE: [(&str, &str); 4] = [
    ("counter", "5"),
    ("ins", "8D"),
    ("header", "02000000030000"),
    ("data", "A1B2C3"),
];

#[test]
fn mistakes_in_a_message_of_ev2_are_named() {
    let pairs = [&EV2[..], &WRITE].concat();
    let with = |wrong: &[(&'static str, &'static str)], key: &str| {
        let made = digits(&run("frame", &[&pairs[..], wrong].concat()), key);
        explain("frame", &pairs, key, &made)
    };
    for (wrong, name) in [
        (("counter", "4"), "CmdCtr is one too low"),
        (("counter", "6"), "CmdCtr is one too high"),
        (("ti", "244B9D56"), "TI stands in the other byte order"),
        (
            ("mac", "00000000000000000000000000000000"),
            "KSesAuthMAC is all zero",
        ),
    ] {
        let found = with(&[wrong], "MACt, odd bytes");
        assert!(found.contains(&name.to_owned()), "{wrong:?}: {found:?}");
    }
    let found = with(&[("enc", "00000000000000000000000000000000")], "Ciphertext");
    assert!(
        found.contains(&"KSesAuthENC is all zero".to_owned()),
        "{found:?}"
    );
    let whole = digits(&run("frame", &pairs), "CMAC");
    let found = explain("frame", &pairs, "MACt, odd bytes", &whole[..16]);
    assert_eq!(found, ["This is the first half of CMAC"]);
    let input = hex::parse(digits(&run("frame", &pairs), "MAC input").as_str()).expect("digits");
    let key = hex::parse(EV2[1].1)
        .expect("digits")
        .try_into()
        .expect("16 bytes");
    let without_ti = [&input[..3], &input[7..]].concat();
    let mac = tapscope::crypto::cmac::CmacKey::new(&key).mact(&[&without_ti]);
    let found = explain("frame", &pairs, "MACt, odd bytes", &hex::upper(mac));
    assert!(
        found.contains(&"TI is missing in MAC input".to_owned()),
        "{found:?}"
    );
}

#[test]
fn mistakes_in_a_message_of_ev1_are_named() {
    let pairs = [
        ("channel", "ev1"),
        ("session-key", "41B4719A4FEB2C3A8A491196F448157C"),
        ("iv", "CCA208AB50D8BC872936780007D61463"),
        WRITE[1],
        WRITE[2],
        WRITE[3],
    ];
    let zero = [("iv", "00000000000000000000000000000000")];
    let made = digits(&run("frame", &[&pairs[..], &zero].concat()), "Ciphertext");
    let found = explain("frame", &pairs, "Ciphertext", &made);
    assert!(found.contains(&"IV is all zero".to_owned()), "{found:?}");
    let crc = tapscope::crypto::crc::crc32(&[0xA1, 0xB2, 0xC3]);
    let found = explain("frame", &pairs, "CRC32", &hex::upper(crc));
    assert!(
        found.contains(&"Only Data stands in CRC32 input".to_owned()),
        "{found:?}"
    );
}

#[test]
fn the_counter_that_fits_is_named() {
    let answer = "CDFFBF6D34231DA2789DA9D3AB15D560CE75E39EDBE94C2F9100";
    let pairs = [
        ("direction", "read-answer"),
        ("frame", answer),
        ("counter", "7"),
    ];
    let outcome = run("frame", &[&EV2[..], &pairs].concat());
    assert!(
        outcome
            .sheet
            .line("Received MACt")
            .expect("a check")
            .is_wrong()
    );
    let named = outcome.sheet.lines().iter().any(|line| {
        line.content == Content::Note("It fits with 1 in the place of CmdCtr, 8 is there".into())
    });
    assert!(named);
}

#[test]
fn what_is_no_protected_frame_is_refused_with_its_reason() {
    let slip = |pairs: &[(&str, &str)]| {
        let outcome = run("frame", &[&EV2[..], pairs].concat());
        let slip = outcome.slips.first().expect("a slip").clone();
        (slip.place.name().to_owned(), slip.sentence())
    };
    let read = ("direction", "read-command");
    let (place, text) = slip(&[read, ("frame", "00A4040000")]);
    assert_eq!(place, "frame");
    assert!(
        text.starts_with("CLA 00, 90 or a native frame expected"),
        "{text}"
    );
    let (place, text) = slip(&[read, ("frame", "905100000B5CA9EF7C912A391B00")]);
    assert_eq!(place, "frame");
    assert!(text.starts_with("Lc is 11"), "{text}");
    let (place, _) = slip(&[read, ("frame", "115CA9EF7C912A391B00")]);
    assert_eq!(place, "header-length");
    let (place, text) = slip(&[("direction", "read-answer"), ("frame", "0102030491AF")]);
    assert_eq!(place, "frame");
    assert!(text.starts_with("Status AF, more parts follow"), "{text}");
    let (place, _) = slip(&[("counter", "0xFFFF"), ("ins", "51")]);
    assert_eq!(place, "counter");
    let (place, _) = slip(&[("frame", "8D02000000030000A1B2C3"), ("data", "00")]);
    assert_eq!(place, "data");
    let outcome = run(
        "frame",
        &[
            ("channel", "ev1"),
            ("session-key", "41B4719A4FEB2C3A8A491196F448157C"),
            ("ins", "C4"),
            ("data", "00"),
        ],
    );
    assert_eq!(outcome.slips[0].hint.as_deref(), Some("Use change-key"));
}

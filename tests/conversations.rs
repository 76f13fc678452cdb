//! Recorded conversations of real cards and application notes, decoded through the program itself.
//!
//! Every D40, EV1 and EV2 conversation must give its `expect` values, no verdict `bad` or `unknown`, and as many `ok`
//! verdicts for MACs, CRCs and authentications as its `checks` say. The mode of a file command is not taken
//! from the file: the decoder finds it out.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::vectors::{files, read, text};

/// The rows of a file of `tests/vectors`, and of the folder in `TAPSCOPE_VECTORS` when it is set.
fn decode(path: &Path) -> Vec<Value> {
    let program = env!("CARGO_BIN_EXE_tapscope");
    let output = Command::new(program)
        .arg("decode")
        .arg(path)
        .args(["--from", "vectors", "--json", "--secrets"])
        .output()
        .expect("runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.stderr.is_empty(), "{errors}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object per line"))
        .collect()
}

/// Checks the files of a name; gives how many conversations with EV2, EV1 and D40 each has at least.
fn check(file: &str) -> [usize; 3] {
    let counts = files(file).into_iter().map(|path| check_file(&path));
    counts
        .reduce(|one, other| std::array::from_fn(|sm| one[sm].min(other[sm])))
        .expect("a file")
}

/// Checks one file; gives how many conversations with EV2, EV1 and D40 it has.
fn check_file(path: &Path) -> [usize; 3] {
    let rows = decode(path);
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row["index"], index, "index counts over the whole file");
    }
    let mut counts = [0; 3];
    for conversation in &read(path, "exchanges") {
        let id = text(conversation, "id");
        let own: Vec<&Value> = rows
            .iter()
            .filter(|row| row["conversation"] == id)
            .collect();
        assert!(!own.is_empty(), "{id} has no rows");
        let sm = text(conversation, "sm");
        let decoded = ["ev2", "ev1-", "d40"]
            .iter()
            .position(|name| sm.starts_with(name));
        if let Some(place) = decoded {
            counts[place] += 1;
            check_conversation(id, conversation, &own);
        } else {
            let opaque = own
                .iter()
                .any(|row| has_finding(row, "channel not decoded yet"));
            assert!(
                opaque,
                "{id}: no row says that its channel is not decoded yet"
            );
        }
    }
    counts
}

fn has_finding(row: &Value, text: &str) -> bool {
    row["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .any(|finding| finding["text"].as_str().expect("text").contains(text))
}

fn check_conversation(id: &str, conversation: &Value, rows: &[&Value]) {
    let mut rows_left = rows.iter();
    let mut checks = 0;
    for apdu in conversation["apdus"].as_array().expect("apdus") {
        let expect = &apdu["expect"];
        if expect.get("partial").is_some() {
            continue;
        }
        let row = rows_left
            .next()
            .unwrap_or_else(|| panic!("{id}: a row is missing"));
        compare(id, expect, row);
        for (name, verdict) in row["verdicts"].as_object().expect("verdicts") {
            assert_ne!(
                verdict, "bad",
                "{id} row {}: {name}: {}",
                row["index"], row["findings"]
            );
            assert_ne!(
                verdict, "unknown",
                "{id} row {}: {name}: {}",
                row["index"], row["findings"]
            );
            let counts = [
                "command_mac",
                "response_mac",
                "crc",
                "auth_host",
                "auth_card",
            ]
            .contains(&name.as_str());
            checks += u64::from(counts && verdict == "ok");
            // D40 and EV1 have two checksums where another key is changed.
            let other_key = name == "crc" && row["channel"] != "ev2" && changes_other_key(row);
            checks += u64::from(other_key && verdict == "ok");
        }
        if apdu.get("mode").is_some() && expect["mode"] != "plain" {
            assert!(
                row["findings"].as_array().expect("findings").is_empty(),
                "{id}: {}",
                row["findings"]
            );
        }
    }
    assert!(rows_left.next().is_none(), "{id}: more rows than exchanges");
    assert_eq!(
        checks,
        conversation["checks"].as_u64().expect("checks"),
        "{id}: checks"
    );
}

fn compare(id: &str, expect: &Value, row: &Value) {
    let place = format!("{id} row {} {}", row["index"], row["command"]["name"]);
    let string = |name: &str| {
        expect
            .get(name)
            .map(|value| value.as_str().expect("text").to_owned())
    };
    assert_eq!(row["response"]["status"], expect["sw"], "{place}");
    if expect.get("iso").is_some() {
        assert_eq!(row["command"]["ins"], "A4", "{place}");
        assert!(
            row["aid"].is_null() && row.get("df_name").is_some(),
            "{place}: {row}"
        );
        return;
    }
    assert_eq!(row["command"]["ins"], expect["cmd"], "{place}");
    if expect.get("rnd_a").is_some() {
        for name in ["rnd_a", "rnd_b", "ti", "pdcap2", "pcdcap2"] {
            if let Some(value) = string(name).filter(|_| name != "ti" || expect["cmd"] == "71") {
                assert_eq!(row["session"][name], value, "{place} {name}");
            }
        }
        let members = [
            ("enc", "ses_enc"),
            ("mac", "ses_mac"),
            ("key", "session_key"),
        ];
        for (ours, theirs) in members {
            assert_eq!(row["session"][ours], expect[theirs], "{place} {ours}");
        }
        assert_eq!(row["key"]["key_no"], expect["key_no"], "{place}");
        let channel = expect
            .get("sm")
            .map_or("ev2", |sm| sm.as_str().expect("text"));
        assert_eq!(row["channel"], channel, "{place}");
        assert_eq!(row["command"]["plain"], "", "{place}");
        return;
    }
    assert_eq!(row["mode"], expect["mode"], "{place}: {}", row["findings"]);
    let parts = ["header", "data", "params"]
        .map(|name| string(name).unwrap_or_default())
        .concat();
    assert_eq!(
        row["command"]["plain"],
        format!("{}{parts}", expect["cmd"].as_str().expect("text")),
        "{place}"
    );
    assert_eq!(row["response"]["plain"], expect["resp"], "{place}");
    if let Some(ctr) = expect.get("ctr") {
        assert_eq!(&row["ctr"], ctr, "{place}");
    }
    if let Some(key) = string("new_key") {
        let fields = row["fields"].as_array().expect("fields");
        let field = |name: &str| {
            fields
                .iter()
                .find(|field| field["name"] == name)
                .map(|field| field["value"].clone())
        };
        assert_eq!(field("NewKey"), Some(key.into()), "{place}");
        assert_eq!(
            field("NewKeyVersion"),
            expect.get("new_key_version").cloned(),
            "{place}"
        );
    }
}

/// Whether the row changes another key than that of its session.
fn changes_other_key(row: &Value) -> bool {
    let plain = row["command"]["plain"].as_str().expect("text");
    let number = plain
        .get(2..4)
        .map(|text| u64::from_str_radix(text, 16).expect("hex") & 0x3F);
    row["command"]["ins"] == "C4" && number != row["key"]["key_no"].as_u64()
}

#[test]
fn all_recorded_conversations_give_their_expected_values() {
    let [ev2, ev1, d40] = check("exchanges");
    assert!(ev2 >= 27 && ev1 >= 11 && d40 >= 2, "{ev2} {ev1} {d40}");
}

#[test]
fn all_generated_conversations_give_their_expected_values() {
    let [ev2, ev1, d40] = check("generated");
    assert!(ev2 >= 9 && ev1 >= 12 && d40 >= 6, "{ev2} {ev1} {d40}");
}

#[test]
fn what_we_publish_gives_its_expected_values() {
    // Only ours: a folder of others holds what we took from it.
    let own = files("published/ev2").into_iter().next().expect("our file");
    assert_eq!(check_file(&own), [4, 0, 0]);
}

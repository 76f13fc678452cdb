//! `tapscope tmac` and `tapscope tmac-batch` as programs: exit codes, sentences, JSON.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::process::{Command, Output};

use serde_json::Value;
use tapscope::bytes::hex;
use tapscope::tmac;

const KEY: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";
const UID: &str = "04A1B2C3D4E5F6";

fn run(arguments: &[&str], folder: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tapscope"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("TAPSCOPE_LOG")
        .output()
        .expect("runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn operations_come_from_options_and_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = "get-value 3 -> 14000000\ncredit 3 3 # two lines\n";
    std::fs::write(folder.path().join("ledger"), ledger).expect("written");
    let base = ["tmac", "--key", KEY, "--uid", UID, "--tmc", "07000000"];
    let of_file = run(
        &[&base[..], &["--operations", "@ledger"]].concat(),
        folder.path(),
    );
    assert_eq!(of_file.status.code(), Some(0), "{}", text(&of_file.stderr));
    let lines = [
        "--operations",
        "6C 03 -> 14000000",
        "--operations",
        "0C 03 03000000",
    ];
    let of_lines = run(&[&base[..], &lines, &["--json"]].concat(), folder.path());
    let json: Value = serde_json::from_slice(&of_lines.stdout).expect("one object");
    let steps = json["steps"].as_array().expect("steps");
    let tmv = steps.iter().find(|step| step["key"] == "TMV").expect("TMV");
    let tmv = tmv["bytes"].as_str().expect("digits");
    let groups = format!("{} {}", &tmv[..8], &tmv[8..]);
    assert!(
        text(&of_file.stdout).contains(&groups),
        "the same, in groups"
    );
    assert!(
        !text(&of_file.stdout).contains("0F1E2D3C"),
        "the key is not printed"
    );

    let right = run(
        &[&base[..], &lines, &["--tmv", tmv]].concat(),
        folder.path(),
    );
    assert_eq!(right.status.code(), Some(0));
    let wrong = run(
        &[&base[..], &lines, &["--tmv", "0011223344556677"]].concat(),
        folder.path(),
    );
    assert_eq!(wrong.status.code(), Some(1));
    let refused = run(
        &[&base[..], &["--operations", "6C 03"]].concat(),
        folder.path(),
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--operations: Line 1: GetValue counts"));
}

/// A row of a table, with the TMV that belongs to it.
fn row(tmc: u32, amount: u8) -> String {
    let mut key = [0; 16];
    key.copy_from_slice(&hex::parse(KEY).expect("digits"));
    let keys = tmac::session_keys(&key, tmc, &hex::parse(UID).expect("digits")).result;
    let mut tmi = [0; 16];
    tmi[..3].copy_from_slice(&[0x0C, 0x03, amount]);
    let tmv = hex::upper(tmac::tmv(&keys, &tmi).result);
    format!("{UID},{tmc},\"credit 3 {amount}; commit\",{tmv}\n")
}

#[test]
fn a_batch_names_gaps_replays_and_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("may.csv");
    let fine = ["uid,tmc,operations,tmv\n".to_owned(), row(5, 1), row(6, 2)].concat();
    std::fs::write(&file, &fine).expect("written");
    let arguments = ["tmac-batch", "may.csv", "--key", KEY];
    let output = run(&arguments, folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "2 transactions of 1 card: 0 wrong, 0 cards with gaps\n"
    );

    let bad = "04A1,9,credit 3 1,00\n";
    let all = [&fine, &row(9, 1), &row(6, 2), &row(5, 7), bad].map(String::from);
    std::fs::write(&file, all.concat()).expect("written");
    let output = run(&arguments, folder.path());
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "line 5: TMC 6 again, the same transaction as in line 3",
            "line 6: TMC 5 again, another transaction than in line 2",
            "line 7: uid: 2 bytes, 7 expected",
            "line 7: tmv: 1 byte, 8 expected",
            "card 04A1B2C3D4E5F6: TMC 7 to 8 missing",
            "6 transactions of 1 card: 3 wrong, 1 card with gaps",
        ]
    );

    let output = run(&[&arguments[..], &["--json"]].concat(), folder.path());
    let rows: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(rows.len(), 7, "six rows and a card");
    assert_eq!(rows[2]["order"], "jump");
    assert_eq!(
        (&rows[3]["order"], &rows[3]["other"]),
        (&"duplicate".into(), &3.into())
    );
    assert_eq!(rows[5]["problems"][0]["column"], "uid");
    assert_eq!(rows[6]["gaps"], serde_json::json!([[7, 8]]));
}

#[test]
fn a_batch_with_another_key_or_without_names_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("may.csv");
    let fine = ["uid,tmc,operations,tmv,shop\n".to_owned(), row(5, 1)].concat();
    std::fs::write(&file, fine).expect("written");
    let other = "1F1E2D3C4B5A69788796A5B4C3D2E1F0";
    let output = run(&["tmac-batch", "may.csv", "--key", other], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("line 2: TMV wrong, "));
    assert!(text(&output.stderr).contains("column \"shop\" is not known"));
    let rule = [
        "--diversify",
        "an10922:{uid}{aid}4E585020",
        "--aid",
        "014499",
    ];
    let output = run(
        &[&["tmac-batch", "may.csv", "--key", KEY][..], &rule].concat(),
        folder.path(),
    );
    assert_eq!(output.status.code(), Some(1), "another key for this card");

    std::fs::write(&file, row(5, 1)).expect("written");
    let output = run(&["tmac-batch", "may.csv", "--key", KEY], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("line 1: the first row has to name the columns"));
    let output = run(&["tmac-batch", "may.csv", "--key", "0F"], folder.path());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_second_program_counts_what_it_leaves_out_and_wants_the_rest() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/published.py");
    let folder = tempfile::tempdir().expect("a folder");
    let published = |vectors: &[Value]| {
        let content = serde_json::json!({"format": "mifare-vectors/1", "vectors": vectors});
        std::fs::write(folder.path().join("file.json"), content.to_string()).expect("written");
        Command::new("python3")
            .current_dir(folder.path())
            .args([script, "file.json"])
            .output()
    };
    let vector = |id: &str, key: Option<&str>, status: &str| {
        serde_json::json!({
            "id": id, "kind": "tm_session_keys", "status": status,
            "inputs": {"key": key, "uid": UID, "tmc": "07000000"},
            "expected": {"sv1": format!("5A0001008007000000{UID}")},
        })
    };
    let fine = vector("fine", Some(KEY), "verified");
    let others = [
        fine.clone(),
        vector("unknown key", None, "unverifiable"),
        serde_json::json!({"id": "other", "kind": "crc32", "inputs": {}, "expected": {}}),
    ];
    // Python need not be installed.
    let Ok(output) = published(&others) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = "file.json: 1 values compared, 1 of kind crc32 skipped, 1 unverifiable skipped";
    assert_eq!(text(&output.stdout).trim_end(), told);
    let lacking = published(&[fine, vector("bare", None, "verified")]).expect("runs again");
    assert_eq!(lacking.status.code(), Some(1), "it should compute it");
    let error = text(&lacking.stderr);
    assert_eq!(
        error.trim_end(),
        "file.json bare: not computed, it lacks key"
    );
}

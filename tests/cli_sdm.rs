//! `tapscope sdm-batch` as a program: exit codes, sentences, JSON, standard input.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A tag with keys of its own; its MAC begins with the file data.
const META: &str = "95BC1414640FFB7A08A86FF78D4B42B3";
const FILE: &str = "429C21A2AC14658A2DD8F0C1E25CB248";
const RIGHT: &str = "https://example.test/t?picc_data=642F1404D23E42B9AE5E7A3D9A686A75&enc=812C5B6FD39AA6A4A1D38F156DC7CF44982795C3F21576750929498D8A16DD7ECF45534F651CC9C4D501FF0C49904AA5&cmac=9E1E0984858ED420";
/// AN12196 with the keys of delivery: the MAC is over nothing.
const RIGHT_EMPTY: &str =
    "https://ntag.nxp.com/424?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086";
const KEYS: [&str; 4] = ["--key", META, "--file-key", FILE];

fn run(file: &str, more: &[&str], folder: &std::path::Path, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tapscope"))
        .current_dir(folder)
        .args(["sdm-batch", file])
        .args(more)
        .env_remove("TAPSCOPE_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A program that refuses its options does not read.
    let _closed = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().expect("ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_file_of_urls_is_told_by_its_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run("-", &KEYS, folder.path(), &format!("# May\n{RIGHT}\n"));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "1 URL of 1 tag: 0 wrong, 0 of these replayed; 0 late, 0 reads between not seen\n"
    );

    let forged = RIGHT.replace("cmac=9E1E", "cmac=9E1F");
    let short = RIGHT.replace("picc_data=64", "picc_data=");
    let table = format!("shop,url\na,{RIGHT}\nb,{RIGHT}\nc,{forged}\nd,{short}\ne,none\n");
    std::fs::write(folder.path().join("may.csv"), table).expect("written");
    let output = run("may.csv", &KEYS, folder.path(), "");
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "line 3: SDMReadCtr 410748 again, the same URL as in line 2",
            "line 4: SDMMAC wrong",
            "line 5: picc_data has 30 digits, 32 or 48 expected",
            "line 6: the URL has neither PICC data nor a UID or counter",
            "5 URLs of 1 tag: 4 wrong, 1 of these replayed; 0 late, 0 reads between not seen",
        ]
    );

    let more = [&KEYS[..], &["--json"]].concat();
    let output = run("may.csv", &more, folder.path(), "");
    let rows: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(rows.len(), 6, "five URLs and a tag");
    let first = &rows[0];
    assert_eq!((&first["mac"], &first["ok"]), (&"ok".into(), &true.into()));
    assert_eq!(first["uid"], "04CEBFC8A675D7");
    assert_eq!(first["file_data"].as_str().map(str::len), Some(96));
    assert_eq!(rows[1]["other"], 2);
    assert_eq!(rows[3]["mac"], "unreadable");
    assert_eq!(rows[5]["replays"], 1);
    assert_eq!(rows[5]["uid"], first["uid"]);
}

#[test]
fn keys_names_and_starts_are_taken_and_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let renamed = RIGHT.replace("picc_data=", "id=").replace("cmac=", "seal=");
    let names = ["--names", "picc=id mac=seal"];
    let more = [&KEYS[..], &names].concat();
    // Text between file data and MAC is under the MAC, and so is the name of its parameter.
    let output = run("-", &more, folder.path(), &renamed);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("line 1: SDMMAC wrong"));

    for (from, code) in [("file", 0), ("nothing", 1), ("picc", 1)] {
        let more = [&KEYS[..], &["--mac-from", from]].concat();
        let output = run("-", &more, folder.path(), RIGHT);
        assert_eq!(output.status.code(), Some(code), "{from}");
    }

    let lrp = [&KEYS[..], &["--lrp"]].concat();
    let output = run("-", &lrp, folder.path(), RIGHT);
    assert_eq!(output.status.code(), Some(1));
    let swapped = ["--key", FILE, "--file-key", META];
    let output = run("-", &swapped, folder.path(), RIGHT);
    assert!(text(&output.stdout).contains("it fits with the two keys exchanged"));

    for (more, expected) in [
        (&["--key", "0F"][..], "--key: 1 byte, 16 expected"),
        (&["--key", META, "--names", "x"], "--names: \"x\", picc="),
        (&["--key", META, "--mac-from", "y"], "--mac-from: \"y\", "),
    ] {
        let output = run("-", more, folder.path(), RIGHT);
        assert_eq!(output.status.code(), Some(2));
        let errors = text(&output.stderr);
        assert!(errors.contains(expected), "{errors}");
    }
    let output = run("-", &KEYS, folder.path(), "# nothing\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no URL, one a line or a column url expected"));
}

#[test]
fn file_data_that_anybody_can_have_added_is_wrong_in_a_batch() {
    let folder = tempfile::tempdir().expect("a folder");
    let added = format!("{RIGHT_EMPTY}&enc=94EED9EE6533708694EED9EE65337086");
    let input = format!("{RIGHT_EMPTY}\n{added}\n");
    let keys = ["--key", "00000000000000000000000000000000"];
    let output = run("-", &keys, folder.path(), &input);
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output.stdout);
    assert!(
        text.starts_with(
            "line 2: SDMMAC does not cover the file data: anybody can add or change it\n"
        ),
        "{text}"
    );
    let more = [&keys[..], &["--json"]].concat();
    let output = run("-", &more, folder.path(), &input);
    let rows: Vec<Value> = self::text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(
        (&rows[0]["mac"], &rows[0]["ok"]),
        (&"ok".into(), &true.into())
    );
    assert_eq!(
        (&rows[1]["mac"], &rows[1]["ok"]),
        (&"uncovered".into(), &false.into())
    );
}

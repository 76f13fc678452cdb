//! `tapscope find-keys` and the key files that all subcommands take.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const TOP_UP: &str = "2F1F4DD2461143ECC73EE70467ED62AD";

/// Runs the program in a folder; exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tapscope"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("TAPSCOPE_LOG")
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(!err.contains("panicked"), "{err}");
    (output.status.code().expect("a code"), out, err)
}

/// A folder with the sample session, and with the same session without the name of its public image.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/02-top-up.json");
    let text = std::fs::read_to_string(own).expect("reads");
    let image = text
        .lines()
        .find(|line| line.starts_with("\"image\""))
        .expect("an image");
    put(
        &folder,
        "private.json",
        &text.replace(&format!("{image}\n"), ""),
    );
    put(&folder, "public.json", &text);
    folder
}

fn put(folder: &tempfile::TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).expect("writes");
}

#[test]
fn every_authentication_of_a_sample_has_its_key_and_no_key_is_printed() {
    let folder = folder();
    let (code, out, err) = run(folder.path(), &["find-keys", "public.json"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.contains("· 014499 · key 3\n      ✓ \"top-up\" fits, aes128, AN10922 of {uid}{aid}"),
        "{out}"
    );
    assert!(out.contains(", each has a key; "), "{out}");
    let (code, secrets, _) = run(folder.path(), &["find-keys", "public.json", "--secrets"]);
    assert_eq!(code, 0);
    let key = secrets
        .lines()
        .find_map(|line| line.split_once("fits, ")?.1.rsplit_once(": "));
    let key = key.expect("a key").1.to_owned();
    assert_eq!(key.len(), 32);
    let (code, json, _) = run(folder.path(), &["find-keys", "public.json", "--json"]);
    assert_eq!(code, 0);
    for text in [&out, &json] {
        assert!(!text.contains(&key[..8]) && !text.contains(&TOP_UP[..8]));
    }
    let lines: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let top_up = lines
        .iter()
        .find(|line| line["key_no"] == 3)
        .expect("key 3");
    assert_eq!(top_up["command"], "AuthenticateEV2First");
    assert_eq!(top_up["aid"], "014499");
    assert_eq!(top_up["matches"][0]["label"], "top-up");
    assert_eq!(top_up["matches"][0]["diversify"]["rule"], "an10922");
    assert_eq!(top_up["matches"][0]["auth_card"], "ok");
    assert!(top_up["matches"][0].get("key").is_none());
}

#[test]
fn a_dictionary_of_masters_is_tried_by_the_rule_that_is_given() {
    let folder = folder();
    put(
        &folder,
        "masters.dic",
        &format!("# masters\n{}\n{TOP_UP} # found\nx\n", "5B".repeat(16)),
    );
    let search = ["find-keys", "private.json", "--dictionary", "masters.dic"];
    let (code, out, err) = run(folder.path(), &search);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("✗ no key fits"), "{out}");
    let complaint = "tapscope: masters.dic: line 4 is no key, 8, 16 or 24 bytes in hexadecimal digits expected\n";
    assert_eq!(err, complaint);
    let rule = "an10922:{uid}{aid}54617073636F7065";
    let (_, out, _) = run(
        folder.path(),
        &[&search[..], &["--diversify", rule]].concat(),
    );
    let line = "✓ line 3 of masters.dic fits, aes128, AN10922 of {uid}{aid}54617073636F7065";
    assert!(out.contains(line), "{out}");
    let row = out
        .lines()
        .zip(out.lines().skip(1))
        .find(|(_, next)| next.contains(line));
    let row = row
        .expect("a row")
        .0
        .split_whitespace()
        .next()
        .expect("a number");
    let one = [&search[..], &["--diversify", rule, "--row", row]].concat();
    let (code, out, _) = run(folder.path(), &one);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.ends_with("1 authentication, each has a key; 3 keys tried\n"),
        "{out}"
    );
}

#[test]
fn bad_input_is_refused_with_a_sentence() {
    let folder = folder();
    put(&folder, "empty.dic", "# nothing\n");
    put(&folder, "notes.txt", "-> 905A00000301449900\n<- 9100\n");
    let refusals: [(&[&str], &str); 5] = [
        (
            &["public.json", "--row", "0"],
            "--row is 0, which is no authentication, expected one of ",
        ),
        (
            &["notes.txt", "--row", "0"],
            "--row is 0, which is no authentication, but the recording holds none",
        ),
        (
            &["public.json", "--dictionary", "empty.dic"],
            "empty.dic: the file holds no line, expected one key a line",
        ),
        (
            &["public.json", "--diversify", "an10922"],
            "--diversify number 1: diversify.input is missing, RULE:TEMPLATE such as an10922:{uid}{aid} expected",
        ),
        (
            &["public.json", "--uid", "0405"],
            "--uid has 2 bytes, expected 7",
        ),
    ];
    for (arguments, sentence) in refusals {
        let (code, _, err) = run(folder.path(), &[&["find-keys"], arguments].concat());
        assert_eq!(code, 2, "{err}");
        assert!(err.starts_with(&format!("tapscope: {sentence}")), "{err}");
    }
    let (code, out, _) = run(folder.path(), &["find-keys", "notes.txt"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "The recording holds no authentication\n")
    );
}

#[test]
fn tables_and_dictionaries_open_what_key_files_open() {
    let folder = folder();
    let rule = "an10922:{uid}{aid}54617073636F7065";
    let table = |aid: &str| {
        format!("label,aid,key_no,type,value,diversify\nmine,{aid},3,aes128,{TOP_UP},{rule}\n")
    };
    put(&folder, "written.csv", &table("014499"));
    put(
        &folder,
        "wire.csv",
        &format!("{}short,*,0,aes128,0011,\n", table("994401")),
    );
    let decode = |arguments: &[&str]| {
        run(
            folder.path(),
            &[&["decode", "private.json", "--keys"], arguments].concat(),
        )
    };
    let (code, _, err) = decode(&["written.csv"]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "tapscope: written.csv: line 2: aid is \"014499\", but which of its bytes comes first was not said, --aid-order msb or wire expected\n"
    );
    let (_, out, err) = decode(&["written.csv", "--aid-order", "msb"]);
    assert!(
        out.contains("key 3 \"mine\"") && err.is_empty(),
        "{out}{err}"
    );
    let (_, out, err) = decode(&["wire.csv", "--aid-order", "wire"]);
    assert!(out.contains("key 3 \"mine\""), "{out}");
    assert_eq!(
        err,
        "tapscope: wire.csv: line 3: value has 2 bytes, 16 bytes expected for aes128\n"
    );
    let (code, _, err) = decode(&["wire.csv", "--keys-from", "xml"]);
    assert_eq!(
        (code, err.as_str()),
        (
            2,
            "tapscope: --keys-from is \"xml\", expected json, csv or dic\n"
        )
    );

    let (_, out, _) = run(folder.path(), &["find-keys", "public.json", "--secrets"]);
    let found = out
        .lines()
        .find(|line| line.contains("\"top-up\""))
        .expect("a line");
    let card_key = found.rsplit_once(": ").expect("a key").1;
    put(
        &folder,
        "card.dic",
        &format!("{}\n{card_key}\n", "5B".repeat(24)),
    );
    let (_, out, err) = decode(&["card.dic"]);
    assert!(out.contains("key 3 \"card.dic line 2\""), "{out}");
    assert!(
        !out.contains("but key"),
        "a key of a dictionary may have any number: {out}"
    );
    assert_eq!(err, "");
}

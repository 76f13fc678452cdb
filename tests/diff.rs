//! `tapscope diff`: what it prints, and its exit codes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Exit code, standard output, standard error.
type Ran = (i32, String, String);

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_tapscope"))
            .args(arguments)
            .current_dir(self.0.path())
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

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("writes");
    }

    fn get(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).expect("reads")
    }

    /// Saves a top-up with a seed of its own.
    fn top_up(&self, name: &str, seed: &str, time: &str, amount: &str) {
        let options = ["--seed", seed, "--time", time, "--amount", amount];
        let (code, _, err) = self.run(&[&["run", "topup", "--save", name], &options[..]].concat());
        assert_eq!(code, 0, "{err}");
    }

    /// The same session without the name of its public image: its keys are not known.
    fn without_keys(&self, name: &str, to: &str) {
        let text = self.get(name);
        let image = text.lines().find(|line| line.starts_with("\"image\""));
        self.put(
            to,
            &text.replace(&format!("{}\n", image.expect("an image")), ""),
        );
    }
}

const TIME: &str = "1793606400000";

#[test]
fn top_ups_with_other_random_numbers_are_identical() {
    let folder = Folder::new();
    folder.top_up("a.json", "1", TIME, "1000");
    folder.top_up("b.json", "2", TIME, "1000");
    assert_ne!(folder.get("a.json"), folder.get("b.json"));
    let same = (0, "identical, 7 exchanges compared\n".into(), String::new());
    assert_eq!(folder.run(&["diff", "a.json", "b.json"]), same);
    let (code, out, _) = folder.run(&["diff", "a.json", "b.json", "--json"]);
    let summary: Value = serde_json::from_str(&out).expect("one object");
    assert_eq!((code, &summary["identical"]), (0, &Value::Bool(true)));
    assert_eq!(
        (&summary["same"], &summary["not_compared"]),
        (&7.into(), &0.into())
    );
    let compare = ["diff", "a.json", "b.json", "--compare", "ti,macs"];
    let (code, out, _) = folder.run(&compare);
    assert_eq!(code, 1);
    assert!(
        out.contains("             TI: ") && out.contains("MAC of the command: "),
        "{out}"
    );
}

#[test]
fn one_record_byte_is_told_as_that_byte() {
    let folder = Folder::new();
    folder.top_up("a.json", "1", TIME, "1000");
    folder.top_up("b.json", "2", "1793606400001", "1000");
    let (code, out, err) = folder.run(&["diff", "a.json", "b.json"]);
    let expected = "    5     5  WriteRecord · 014499
             command Data, offset 8
               A  00 B8 45 9B A1 01 00 00 E8 03 00 00 00 00 00 00
               B  01 B8 45 9B A1 01 00 00 E8 03 00 00 00 00 00 00
                  ^^
7 exchanges: 6 the same, 1 different
";
    assert_eq!((code, &*out, &*err), (1, expected, ""));
    let (code, out, _) = folder.run(&["diff", "a.json", "b.json", "--json"]);
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!((code, lines.len()), (1, 2));
    let expected = serde_json::json!({
        "pair": "differs", "a": 5, "b": 5, "command": "WriteRecord", "aid": "014499",
        "differences": [{
            "what": "bytes", "path": "command.Data",
            "a": {
                "offset": 8, "hex": "00B8459BA1010000E803000000000000",
                "value": "00B8459BA1010000E803000000000000", "differing": [[8, 9]]
            },
            "b": {
                "offset": 8, "hex": "01B8459BA1010000E803000000000000",
                "value": "01B8459BA1010000E803000000000000", "differing": [[8, 9]]
            },
        }],
        "not_compared": [],
    });
    assert_eq!(lines[0], expected);
    assert_eq!(
        (&lines[1]["identical"], &lines[1]["differs"]),
        (&false.into(), &1.into())
    );
}

#[test]
fn what_only_one_recording_has_and_values_stand_in_the_text() {
    let folder = Folder::new();
    let lines = |rest: &str| format!("=> 905A00000399440100\n<= 9100\n{rest}");
    folder.put(
        "a.txt",
        &lines("=> 906C0000010300\n<= E80300009100\n=> 906E000000\n<= 0010009100\n"),
    );
    folder.put("b.txt", &lines("=> 906C0000010300\n<= E90300009100\n"));
    let (code, out, _) = folder.run(&["diff", "a.txt", "b.txt"]);
    let expected = "    1     1  GetValue · 014499
             response Value, offset 0: 1000 in A, 1001 in B
               A  E8 03 00 00
               B  E9 03 00 00
                  ^^
    2     -  FreeMem · 014499 · only in A
3 exchanges: 1 the same, 1 different, 1 only in A
";
    assert_eq!((code, &*out), (1, expected));
    // The first differing byte of a long field is in the part that is shown.
    let long = |byte: &str| {
        lines(&format!(
            "=> 90BD0000070100000000000000\n<= {}{byte}{}9100\n",
            "5A".repeat(90),
            "A5".repeat(90)
        ))
    };
    folder.put("a.txt", &long("01"));
    folder.put("b.txt", &long("02"));
    let (_, out, _) = folder.run(&["diff", "a.txt", "b.txt"]);
    let shown: Vec<&str> = out.lines().skip(1).take(4).collect();
    assert_eq!(shown[0].trim(), "response Data, offset 90");
    let column = shown[3].find("^^").expect("a mark");
    let byte = |line: &str| line.chars().skip(column).take(2).collect::<String>();
    assert_eq!(
        (byte(shown[1]), byte(shown[2])),
        ("01".into(), "02".into()),
        "{out}"
    );
}

#[test]
fn what_could_not_be_compared_is_said() {
    let folder = Folder::new();
    folder.top_up("a.json", "1", TIME, "1000");
    folder.top_up("b.json", "2", TIME, "1000");
    folder.without_keys("a.json", "c.json");
    for other in ["b.json", "c.json"] {
        let (code, out, err) = folder.run(&["diff", "c.json", other]);
        assert_eq!(code, 2);
        assert!(
            out.contains("command and response not compared: opaque"),
            "{out}"
        );
        assert!(
            out.ends_with("7 exchanges: 2 the same, 5 not compared: opaque\n"),
            "{out}"
        );
        assert_eq!(
            err,
            "tapscope: 5 of 7 exchanges could not be compared, they are opaque; give their keys with --keys or --key\n"
        );
    }
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-keys.json");
    let keys = keys.to_str().expect("UTF-8");
    let (code, out, _) = folder.run(&["diff", "c.json", "b.json", "--keys", keys]);
    assert_eq!((code, &*out), (0, "identical, 7 exchanges compared\n"));
    // A torn file may have held more.
    let text = folder.get("a.json");
    folder.put("torn.json", &text[..text.len() - 3]);
    let (code, _, err) = folder.run(&["diff", "torn.json", "b.json"]);
    assert_eq!(code, 2, "{err}");
    assert!(
        err.ends_with(
            "tapscope: torn.json: not all of the file could be read, so the rest is not compared\n"
        ),
        "{err}"
    );
}

#[test]
fn vectors_are_compared_conversation_by_conversation() {
    let folder = Folder::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/exchanges.json");
    let vectors = vectors.to_str().expect("UTF-8");
    let (code, out, _) = folder.run(&["diff", vectors, vectors, "--json"]);
    assert!(code == 0 || code == 2, "{out}");
    let last: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("JSON");
    let count = |name: &str| last[name].as_u64().expect("a number");
    assert_eq!(count("differs") + count("only_a") + count("only_b"), 0);
    let (_, decoded, _) = folder.run(&["decode", vectors, "--json"]);
    let rows = u64::try_from(decoded.lines().count()).expect("few");
    assert_eq!(count("same") + count("not_compared"), rows);
    assert!(count("same") > 20, "{last}");
}

#[test]
fn bad_input_is_refused_with_a_sentence() {
    let folder = Folder::new();
    folder.top_up("a.json", "1", TIME, "1000");
    folder.put("note.txt", "nothing\n");
    let refuses = |arguments: &[&str], sentence: &str| {
        let ran = folder.run(&[&["diff"], arguments].concat());
        assert_eq!(
            ran,
            (2, String::new(), format!("tapscope: {sentence}\n")),
            "{arguments:?}"
        );
    };
    refuses(
        &["a.json", "missing.json"],
        "missing.json: there is no such file or folder",
    );
    refuses(
        &["note.txt", "a.json"],
        "note.txt: the form is not recognised, expected a session, vectors or lines such as => 90…",
    );
    refuses(
        &["a.json", "a.json", "--ignore", "uid,times,colour"],
        "--ignore is \"colour\", expected one of nonces, ti, counters, macs, tmc, tmv, times, framing, uid",
    );
    refuses(
        &["a.json", "a.json", "--ignore", "macs", "--compare", "macs"],
        "\"macs\" stands in --ignore and in --compare, expected one of them",
    );
    refuses(
        &["a.json", "a.json", "--from", "pcap"],
        "--from is \"pcap\", expected session, vectors or text",
    );
    refuses(
        &["-", "-"],
        "both recordings are -, expected at most one from standard input",
    );
    folder.put(
        "empty.json",
        r#"{"format":"tapscope-session","version":1,"events":[]}"#,
    );
    let (code, _, err) = folder.run(&["diff", "empty.json", "empty.json"]);
    assert_eq!(code, 2, "{err}");
    assert!(
        err.ends_with("there is nothing to compare, neither recording has an exchange\n"),
        "{err}"
    );
}

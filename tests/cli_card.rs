//! The command line's card at a row: its text, its JSON, and what is wrong with a row or a template.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::path::Path;
use std::process::Command;

/// What one start came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A folder that the program runs in, so that messages hold short names.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), content).expect("writes");
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_tapscope"))
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("TAPSCOPE_LOG")
            // Settings and log files of the tests are nobody's.
            .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
            .output()
            .expect("the program starts");
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn refuses(&self, arguments: &[&str], sentence: &str) {
        let ran = self.run(arguments);
        let expected = format!("tapscope: {sentence}\n");
        assert_eq!((ran.code, ran.err), (Some(2), expected));
    }
}

fn own(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn the_card_after_a_row_and_what_the_row_changed() {
    let folder = Folder::new();
    std::fs::copy(
        own("sessions/02-top-up.json"),
        folder.0.path().join("top-up.json"),
    )
    .expect("copies");
    let keys = own("assets/demo-keys.json");
    let card = ["decode", "top-up.json", "--keys", &keys, "--card"];
    let ran = folder.run(&card);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in [
        "Card after row 6 CommitTransaction",
        "  card UID 045A31C29B6180  (row 0)",
        "  application 014499 file 03 value 3000  (row 6)",
        "  Top-up log, application 014499 file 04 record 0",
        "    time stamp 2026-11-02 08:00:00.000 UTC",
        "  application 014499 file 03 value 2000 -> 3000",
    ] {
        assert!(
            ran.out.lines().any(|each| each == line),
            "{line}: {}",
            ran.out
        );
    }
    let ran = folder.run(&[&card[..], &["--at", "3", "--json"]].concat());
    let view: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    assert_eq!((&view["row"], &view["reader"]), (&3.into(), &0.into()));
    let changed = &view["changes"][1];
    assert_eq!(changed["path"], "application 014499 file 03 value");
    assert_eq!(
        (&changed["aid"], &changed["file_no"]),
        (&"014499".into(), &3.into())
    );
    assert_eq!(
        (changed["before"].is_null(), &changed["after"]),
        (true, &"2000".into())
    );
    assert_eq!(view["facts"][0]["row"], 0);
    folder.refuses(
        &[&card[..], &["--at", "7"]].concat(),
        "top-up.json: --at is 7, expected a row of the recording, which has 7",
    );
    let template = r#"{"templates":[{"name":"Mine","aid":"014499","file_no":4,"fields":[
        {"name":"euro","offset":8,"length":2,"kind":"uint-le"}]}]}"#;
    folder.put("mine.json", template);
    let ran = folder.run(&[&card[..], &["--templates", "mine.json"]].concat());
    assert!(
        ran.out
            .contains("Mine, application 014499 file 04 record 0\n    euro 1000\n")
    );
    folder.put("wrong.json", template.replace("uint-le", "euro"));
    let ran = folder.run(&[&card[..], &["--templates", "wrong.json"]].concat());
    assert_eq!(ran.code, Some(2));
    let start = "tapscope: wrong.json: template \"Mine\", field \"euro\": kind is \"euro\", expected one of hex,";
    assert!(ran.err.starts_with(start), "{}", ran.err);
}

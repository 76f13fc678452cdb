//! Key stores on the command line: made, read everywhere, refused with a sentence.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use support::demo;
use support::runs::Secrets;
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::session::keys;

/// A folder with key files and passphrases.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("keys.json", keys::emit(&demo::keyring()));
        folder.write("right", "correct horse\r\nnot this line");
        folder.write("wrong", "correct horsf");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("written");
    }

    /// Runs in this folder, with a passphrase in the environment or none.
    fn run(&self, arguments: &[&str], passphrase: Option<&str>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tapscope"));
        command
            .current_dir(self.0.path())
            .args(arguments)
            .stdin(Stdio::null())
            .env_remove("TAPSCOPE_PASSPHRASE")
            .env_remove("TAPSCOPE_LOG");
        if let Some(passphrase) = passphrase {
            command.env("TAPSCOPE_PASSPHRASE", passphrase);
        }
        command.output().expect("runs")
    }

    /// Makes a store of the key file, with the passphrase of the file `right`.
    fn store(&self, name: &str) -> Output {
        let output = self.run(
            &[
                "keys",
                "store",
                name,
                "--keys",
                "keys.json",
                "--passphrase-file",
                "right",
                "--memory",
                "1",
            ],
            None,
        );
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        output
    }
}

fn session(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sessions")
        .join(name);
    path.to_str().expect("UTF-8").to_owned()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// Expects exit code 2 and one sentence that ends so.
fn expect_refusal(output: &Output, end: &str) {
    let sentence = text(&output.stderr).trim_end();
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert!(sentence.starts_with("tapscope: "), "{sentence}");
    assert!(sentence.ends_with(end), "{sentence}");
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_store_serves_wherever_keys_do() {
    let folder = Folder::new();
    let output = folder.store("a.tks");
    assert_eq!(text(&output.stdout), "8 keys stored in a.tks\n");
    let session = session("02-top-up.json");
    let decode = |keys: &str, more: &[&str], passphrase| {
        let output = folder.run(
            &[&["decode", &session, "--json", "--keys", keys], more].concat(),
            passphrase,
        );
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        output.stdout
    };
    let expected = decode("keys.json", &[], None);
    let right = ["--passphrase-file", "right"];
    assert_eq!(decode("a.tks", &right, None), expected);
    assert_eq!(decode("a.tks", &[], Some("correct horse")), expected);
    // The file comes before the environment.
    assert_eq!(decode("a.tks", &right, Some("other")), expected);
    let replayed = folder.run(
        &["replay", &session, "--on", "recorded", "--keys", "a.tks"],
        Some("correct horse"),
    );
    assert_eq!(replayed.status.code(), Some(0), "{replayed:?}");
    let found = folder.run(
        &["find-keys", &session, "--keys", "a.tks"],
        Some("correct horse"),
    );
    assert_eq!(found.status.code(), Some(0), "{found:?}");
}

#[test]
fn what_does_not_open_is_a_sentence() {
    let folder = Folder::new();
    folder.store("a.tks");
    let whole = std::fs::read(folder.path("a.tks")).expect("a store");
    folder.write("cut.tks", &whole[..whole.len() - 9]);
    let mut damaged = whole.clone();
    damaged[200] ^= 4;
    folder.write("damaged.tks", &damaged);
    let mut newer = whole;
    newer[16] = 9;
    folder.write("newer.tks", newer);
    folder.write("empty", "");
    let session = session("02-top-up.json");
    let decode = |store: &str, passphrase: &str| {
        folder.run(
            &[
                "decode",
                &session,
                "--keys",
                store,
                "--passphrase-file",
                passphrase,
            ],
            None,
        )
    };
    expect_refusal(&decode("a.tks", "wrong"), "a.tks: wrong passphrase");
    expect_refusal(&decode("a.tks", "empty"), "the passphrase is empty");
    expect_refusal(&decode("a.tks", "none"), "there is no such file or folder");
    expect_refusal(&decode("damaged.tks", "right"), "its checksum does not fit");
    expect_refusal(
        &decode("newer.tks", "right"),
        "newer.tks: the key store has version 9, made by a newer program, expected 1",
    );
    let output = decode("cut.tks", "right");
    let expected = format!("at least {} bytes expected", damaged.len());
    expect_refusal(&output, &expected);
    let output = folder.run(&["decode", &session, "--keys", "a.tks"], None);
    expect_refusal(
        &output,
        "a.tks: a passphrase is needed, expected --passphrase-file, TAPSCOPE_PASSPHRASE or a terminal",
    );
}

#[test]
fn a_store_is_not_made_from_nothing_or_over_another_file() {
    let folder = Folder::new();
    folder.store("a.tks");
    let before = std::fs::read(folder.path("a.tks")).expect("a store");
    let base = ["keys", "store", "a.tks", "--memory", "1"];
    let with = |more: &[&str], passphrase| folder.run(&[&base[..], more].concat(), passphrase);
    expect_refusal(
        &with(&["--keys", "keys.json"], Some("a")),
        "a.tks is there already, --replace puts the new key store in its place",
    );
    expect_refusal(
        &with(&["--replace"], Some("a")),
        "no keys to store, expected --keys or --key",
    );
    let replacing = ["--replace", "--keys", "keys.json"];
    expect_refusal(
        &with(&replacing, None),
        "a.tks: a passphrase is needed, expected --passphrase-file, TAPSCOPE_PASSPHRASE or a terminal",
    );
    expect_refusal(
        &with(&replacing, Some("")),
        "a.tks: the passphrase is empty",
    );
    let after = std::fs::read(folder.path("a.tks")).expect("a store");
    assert_eq!(after, before);
    let output = with(&replacing, Some("a"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_ne!(
        std::fs::read(folder.path("a.tks")).expect("a store"),
        before
    );
}

#[test]
fn no_key_of_a_store_and_no_passphrase_is_shown() {
    let folder = Folder::new();
    let mut random = SeededEntropy::new(77);
    let mut keyring = demo::keyring();
    let mut secrets = Secrets::default();
    for entry in &mut keyring.keys {
        secrets.add(&entry.label, entry.value.expose());
        let mut extra = entry.clone();
        let mut value = [0; 16];
        random.fill(&mut value);
        secrets.add("random", &value);
        extra.value = Secret::new(value);
        *entry = extra;
    }
    keyring.extend(demo::keyring());
    folder.write("keys.json", keys::emit(&keyring));
    let made = folder.store("a.tks");
    let decoded = folder.run(
        &[
            "decode",
            &session("02-top-up.json"),
            "--json",
            "--keys",
            "a.tks",
            "--log",
            "trace",
        ],
        Some("correct horse"),
    );
    assert_eq!(decoded.status.code(), Some(0), "{decoded:?}");
    assert!(!decoded.stderr.is_empty(), "log lines");
    let sealed = std::fs::read(folder.path("a.tks")).expect("a store");
    for bytes in [
        &made.stdout,
        &made.stderr,
        &decoded.stdout,
        &decoded.stderr,
        &sealed,
        &tapscope::bytes::hex::upper(&sealed).into_bytes(),
    ] {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(secrets.found_in(&text), Vec::<String>::new());
        assert!(!text.contains("horse"), "{text}");
    }
}

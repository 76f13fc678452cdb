//! No key byte and no random number reaches a session, nor any output without `--secrets`.
//!
//! The bar: no four consecutive bytes of any key, session key, RndA or RndB, in hexadecimal (either case, with or
//! without separators) or base64 (any alignment).

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::demo;
use support::runs::Secrets;
use tapscope::bytes::hex;
use tapscope::card::Aid;
use tapscope::card::product::Product;
use tapscope::command;
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::keyring::Keyring;
use tapscope::session::{self, image, keys};
use tapscope::virtual_card::Image;

/// What a card image holds.
trait OfImage {
    fn add_image(&mut self, image: &Image);
}

impl OfImage for Secrets {
    fn add_image(&mut self, image: &Image) {
        // An AES key takes the first 16 of the 24 bytes that the default key has room for.
        let mut add = |name: &str, key: &Secret| self.add(name, &key.expose()[..16]);
        add("master key of the image", &image.master_key.value);
        add("default key of the image", &image.default_key.value);
        for application in image.applications.values() {
            for key in &application.key_values {
                add("application key of the image", &key.value);
            }
            for file in application.files.values() {
                if let tapscope::virtual_card::FileContent::Tmac { key, .. } = &file.content {
                    add("TransactionMAC key of the image", key);
                }
            }
        }
    }
}

fn encode_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in bytes.chunks(3) {
        let mut three = [0; 4];
        three[1..=part.len()].copy_from_slice(part);
        let number = u32::from_be_bytes(three);
        for place in 0..=part.len() {
            let digit = number >> (18 - 6 * place) & 0x3F;
            out.push(char::from(
                ALPHABET[usize::try_from(digit).expect("six bits")],
            ));
        }
    }
    out
}

#[test]
fn the_checker_finds_four_bytes_in_every_encoding() {
    let key: [u8; 16] = std::array::from_fn(|at| u8::try_from(at * 53 % 251 + 3).expect("small"));
    let mut secrets = Secrets::default();
    secrets.add("key", &key);
    for start in 0..=12 {
        let part = &key[start..start + 4];
        let spaced: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut texts = vec![
            hex::upper(part),
            hex::upper(part).to_lowercase(),
            format!("{{\"x\":\"91{}AF\"}}", hex::upper(part)),
            format!("9{}", hex::upper(part)),
            spaced.join(" "),
            spaced.join(":"),
            spaced.join(", 0x"),
            format!("{:?}", [&[7; 2][..], part].concat()),
        ];
        for before in 0..3 {
            let padded = [&[0x77; 3][..before], part, &[0x11][..]].concat();
            texts.push(format!("\"{}\"", encode_base64(&padded)));
        }
        texts.push(format!("key={}==", encode_base64(part)));
        for text in texts {
            assert!(!secrets.found_in(&text).is_empty(), "{text}");
        }
        assert_eq!(
            secrets.found_in(&hex::upper(&part[..3])),
            Vec::<String>::new()
        );
        assert_eq!(
            secrets.found_in(&encode_base64(&part[..3])),
            Vec::<String>::new()
        );
    }
    assert_eq!(encode_base64(b"light w"), "bGlnaHQgdw");
}

fn tapscope(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tapscope"));
    let output = command.args(arguments).output();
    output.expect("the program starts")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}\n{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// One run of a sequence: how it is started, and what it must not tell.
struct Case<'a> {
    arguments: Vec<&'a str>,
    keys: Option<&'a str>,
    keyring: &'a Keyring,
    image: Option<&'a Path>,
    code: i32,
}

/// Runs a case and gives a complaint for each secret in the saved session or an output.
fn check(case: &Case<'_>, folder: &Path) -> Vec<String> {
    let saved = folder.join("session.json");
    let path = saved.to_str().expect("UTF-8");
    let mut arguments = vec!["run"];
    arguments.extend(&case.arguments);
    arguments.extend(["--save", path, "--log", "trace"]);
    let ran = tapscope(&arguments);
    assert_eq!(ran.status.code(), Some(case.code), "{}", said(&ran));

    let text = std::fs::read_to_string(&saved).expect("a session was saved");
    let session = session::read(text.as_bytes()).expect("reads").value;
    let mut secrets = Secrets::default();
    secrets.add_keys(case.keyring, &demo::UID);
    secrets.add_recording(&session.events, case.keyring);
    if let Some(path) = case.image {
        let text = std::fs::read(path).expect("an image");
        secrets.add_image(&image::read(&text).expect("reads"));
    }
    let decode = |more: &[&str]| {
        let mut arguments = vec!["decode", path, "--log", "trace"];
        arguments.extend(more);
        arguments.extend(case.keys.iter().flat_map(|keys| ["--keys", *keys]));
        let decoded = tapscope(&arguments);
        assert_eq!(decoded.status.code(), Some(0), "{}", said(&decoded));
        said(&decoded)
    };
    // The checker sees what is there.
    for form in ["--json", "--text"] {
        let revealed = secrets.found_in(&decode(&[form, "--secrets"]));
        assert!(revealed.len() > 40, "{revealed:?}");
    }
    let replay = |on| {
        let mut arguments = vec!["replay", path, "--on", on, "--json"];
        arguments.extend(case.keys.iter().flat_map(|keys| ["--keys", *keys]));
        said(&tapscope(&arguments))
    };
    // Against the sample with other keys: what differs is told, keys included.
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/01-personalise.json");
    let bytes = std::fs::read(&sample).expect("a sample");
    let events = session::read(&bytes).expect("reads").value.events;
    secrets.add_recording(&events, &demo::keyring());
    let diff = |more: &[&str]| {
        let mut arguments = vec!["diff", path, sample.to_str().expect("UTF-8")];
        arguments.extend(more);
        arguments.extend(case.keys.iter().flat_map(|keys| ["--keys", *keys]));
        said(&tapscope(&arguments))
    };
    let heeded = "nonces,ti,counters,macs,tmc,tmv,times,framing";
    let outputs = [
        ("diff", diff(&[])),
        ("diff --json", diff(&["--json"])),
        ("diff of everything", diff(&["--compare", heeded])),
        ("the saved session", text),
        ("run", said(&ran)),
        ("decode", decode(&[])),
        ("decode --json", decode(&["--json"])),
        ("replay --on recorded", replay("recorded")),
        ("replay --on card", replay("card")),
    ];
    let mut complaints = Vec::new();
    for (name, output) in outputs {
        for found in secrets.found_in(&output) {
            complaints.push(format!("{name} of {:?} shows {found}", case.arguments));
        }
    }
    complaints
}

#[test]
fn demo_runs_tell_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let keyring = demo::keyring();
    let demo_image = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.json");
    let mut complaints = Vec::new();
    for seed in ["1", "7", "4711"] {
        for (sequence, amount, code) in [
            ("personalise", "1", 0),
            ("topup", "1000", 0),
            ("spend", "5", 0),
            ("topup", "60000", 1),
        ] {
            let case = Case {
                arguments: vec![sequence, "--amount", amount, "--seed", seed, "--time", "5"],
                keys: None,
                keyring: &keyring,
                image: Some(&demo_image),
                code,
            };
            complaints.extend(check(&case, folder.path()));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn runs_with_own_keys_tell_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (key_file, image_file) = (file("keys.json"), file("card.json"));
    let mut complaints = Vec::new();
    for seed in 20..23 {
        let mut random = SeededEntropy::new(seed);
        let mut keyring = demo::keyring();
        for entry in &mut keyring.keys {
            let mut value = [0; 16];
            random.fill(&mut value);
            entry.value = Secret::new(value);
        }
        std::fs::write(&key_file, keys::emit(&keyring)).expect("writes");
        let master = keyring.auth_keys(Some(Aid::PICC), 0).next().expect("a key");
        let master_key = master.value.aes128().expect("AES");
        let blank = Image::blank(Product::DesfireEv3, demo::UID, master_key);
        std::fs::write(&image_file, image::write(&blank)).expect("writes");
        let seed = seed.to_string();
        for sequence in ["personalise", "topup", "spend"] {
            let case = Case {
                arguments: vec![
                    sequence,
                    "--seed",
                    &seed,
                    "--time",
                    "5",
                    "--keys",
                    &key_file,
                    "--image",
                    &image_file,
                ],
                keys: Some(&key_file),
                keyring: &keyring,
                image: Some(Path::new(&image_file)),
                code: 0,
            };
            complaints.extend(check(&case, folder.path()));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn key_bytes_print_as_xx() {
    let session = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/01-personalise.json");
    let session = session.to_str().expect("UTF-8");
    let plain = |more: &[&str]| -> Vec<(String, String)> {
        let output = tapscope(&[&["decode", session, "--json"], more].concat());
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let rows = text.lines().map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("a JSON object a line")
        });
        let command = |row: serde_json::Value| {
            let text = |name: &str| row["command"][name].as_str().unwrap_or_default().to_owned();
            (text("name"), text("plain"))
        };
        rows.map(command).collect()
    };
    let hidden = "X".repeat(32);
    let (masked, shown) = (plain(&[]), plain(&["--secrets"]));
    let mut seen = Vec::new();
    for ((name, masked), (_, shown)) in masked.into_iter().zip(shown) {
        let header = match name.as_str() {
            "ChangeKey" | "SetConfiguration" => 4,
            "CreateTransactionMACFile" => 12,
            _ => {
                assert_eq!(masked, shown, "{name}");
                continue;
            }
        };
        assert_eq!(&masked[header..header + 32], hidden, "{name}");
        assert!(!shown.contains('X'), "{name}");
        assert_eq!(masked[..header], shown[..header], "{name}");
        seen.push(name);
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert_eq!(
        command::name(tapscope::apdu::Family::Desfire, 0xC4),
        "ChangeKey"
    );
}

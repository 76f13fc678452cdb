//! The command line around readers: bad input, and a card lent to a reader of our own.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tapscope::transport::Transport;
use tapscope::transport::vpcd::{Listener, Patience};

const PATIENCE: Patience = Patience {
    poll: Duration::from_millis(10),
    half: 2000,
    silence: 2000,
};

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tapscope"));
    program.args(arguments).env_remove("TAPSCOPE_LOG");
    program.stdin(Stdio::null()).stdout(Stdio::piped());
    program.stderr(Stdio::piped());
    program
}

/// Exit code, standard output, standard error.
fn ended(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().expect("ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    ended(program(arguments).spawn().expect("starts"))
}

fn listener() -> (Listener, String) {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), false, PATIENCE).unwrap();
    let address = listener.address().unwrap().to_string();
    (listener, address)
}

#[test]
fn bad_input_is_one_sentence() {
    for (arguments, sentence) in [
        (
            &["card", "desfire-ev9", "--connect", "127.0.0.1:1"][..],
            "PRODUCT names product \"desfire-ev9\", expected desfire-ev3",
        ),
        (
            &["card", "desfire-ev3", "--connect", "35963"],
            "--connect: address is \"35963\", expected HOST:PORT",
        ),
        (
            &[
                "card",
                "desfire-ev3",
                "--connect",
                "127.0.0.1:1",
                "--uid",
                "0411",
            ],
            "--uid has 2 bytes, expected 7",
        ),
        (
            &["run", "topup", "--on", "phone"],
            "--on is \"phone\", expected card, card:PRODUCT or reader:NAME",
        ),
        (
            &["run", "topup", "--shared"],
            "--shared goes with --on reader:NAME",
        ),
        (
            &[
                "run",
                "topup",
                "--on",
                "reader:Desk",
                "--image",
                "card.json",
            ],
            "--image goes with --on card; the card on a reader is what it is",
        ),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(err, format!("tapscope: {sentence}\n"));
    }
}

#[test]
fn a_card_that_finds_no_reader_says_where() {
    let (listener, address) = listener();
    drop(listener);
    let (code, _, err) = run(&["card", "desfire-ev3", "--connect", &address]);
    assert_eq!(code, Some(2));
    assert_eq!(
        err,
        format!(
            "tapscope: {address}: nothing listens there; is pcscd running with the vpcd driver?\n"
        )
    );
}

#[test]
fn a_card_shows_each_row_while_it_is_served_and_saves_a_session_that_replays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("served.json");
    let session = path.to_str().unwrap();
    let (listener, address) = listener();
    let arguments = [
        "card",
        "desfire-ev3",
        "--connect",
        &address,
        "--seed",
        "5",
        "--save",
        session,
    ];
    let mut child = program(&arguments).spawn().expect("starts");
    let mut remote = listener.accept(&|| true).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    assert!(line().contains("connected to"), "the first line");
    assert_eq!(remote.transmit(&[0x60]).unwrap()[0], 0xAF);
    assert_eq!(remote.transmit(&[0xAF]).unwrap()[0], 0xAF);
    assert_eq!(remote.transmit(&[0xAF]).unwrap()[0], 0x00);
    // The row is there before the next command.
    let row = line();
    assert!(
        row.contains("GetVersion") && row.contains("00 operation ok"),
        "{row}"
    );
    remote
        .transmit(&[0x90, 0x5A, 0, 0, 3, 0x99, 0x44, 0x01, 0])
        .unwrap();
    drop(remote);
    let rest: Vec<String> = std::iter::from_fn(|| lines.next())
        .map(Result::unwrap)
        .collect();
    assert!(
        rest.iter().any(|line| line.contains("SelectApplication")),
        "{rest:?}"
    );
    assert_eq!(ended(child).0, Some(0));

    let (code, out, _) = run(&["replay", session, "--on", "card"]);
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "2 exchanges rebuilt, byte for byte the same\n")
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_card_still_saves() {
    let folder = tempfile::tempdir().unwrap();
    let (session, image) = (
        folder.path().join("served.json"),
        folder.path().join("card.json"),
    );
    let blank = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-blank.json");
    std::fs::copy(blank, &image).unwrap();
    let (listener, address) = listener();
    let arguments = [
        "card",
        "desfire-ev3",
        "--connect",
        &address,
        "--uid",
        "04112233445566",
        "--reconnect",
        "--image",
        image.to_str().unwrap(),
        "--save",
        session.to_str().unwrap(),
    ];
    let child = program(&arguments).spawn().expect("starts");
    let mut remote = listener.accept(&|| true).unwrap();
    let uid = remote.transmit(&[0xFF, 0xCA, 0, 0, 0]).unwrap();
    assert_eq!(uid, [0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x90, 0x00]);
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.unwrap().success());
    assert_eq!(ended(child).0, Some(0));
    let saved = std::fs::read_to_string(session).unwrap();
    assert!(
        saved.contains("FFCA000000") && !saved.contains("\"image\""),
        "{saved}"
    );
    assert!(
        std::fs::read_to_string(image)
            .unwrap()
            .contains("04112233445566")
    );
}

#[cfg(not(feature = "pcsc"))]
#[test]
fn a_build_without_pcsc_says_so() {
    let (code, _, err) = run(&["readers"]);
    assert_eq!(
        (code, err.as_str()),
        (Some(2), "tapscope: this build has no PC/SC\n")
    );
    let (code, _, err) = run(&["run", "topup", "--on", "reader:Desk"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("this build has no PC/SC"), "{err}");
}

/// Which of the sentences depends on the machine; that there is one does not.
#[cfg(feature = "pcsc")]
#[test]
fn readers_are_listed_or_a_sentence_says_why_not() {
    let (code, out, err) = run(&["readers"]);
    if code == Some(0) {
        assert!(!out.is_empty() && err.is_empty());
        return;
    }
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let known = ["not installed", "not running", "refused access"];
    assert!(known.iter().any(|part| err.contains(part)), "{err}");
    assert_eq!(err.lines().count(), 1);
}

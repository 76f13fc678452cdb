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
use tapscope::virtual_card::Profile;

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
    let address = listener.address().to_string();
    (listener, address)
}

#[test]
fn bad_input_is_one_sentence() {
    for (arguments, sentence) in [
        (
            &["card", "desfire-ev9", "--connect", "127.0.0.1:1"][..],
            "PRODUCT names product \"desfire-ev9\", expected desfire-ev1-2k, desfire-ev1, desfire-ev1-8k, desfire-ev2-2k, desfire-ev2, desfire-ev2-8k, desfire-ev3-2k, desfire-ev3, desfire-ev3-8k",
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
            &["readers", "--listen", "0.0.0.0:0"],
            "--listen: 0.0.0.0:0 can be reached by other machines, expected a loopback address; \
             --open-to-network confirms it",
        ),
        (
            &["tap", "--listen", "nowhere", "--connect", "127.0.0.1:1"],
            "--listen: address is \"nowhere\", expected HOST:PORT",
        ),
        (
            &["tap", "--listen", "127.0.0.1:0", "--connect", "1"],
            "--connect: address is \"1\", expected HOST:PORT",
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
        refuses(arguments, sentence);
    }
}

fn refuses(arguments: &[&str], sentence: &str) {
    let (code, out, err) = run(arguments);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
    assert_eq!(err, format!("tapscope: {sentence}\n"));
}

#[test]
fn a_bad_choice_is_one_sentence() {
    for (arguments, sentence) in [
        (
            &[
                "run",
                "topup",
                "--on",
                "reader:Desk",
                "--choice",
                "delay-answers=1",
            ][..],
            "--choice goes with --on card; the card on a reader is what it is",
        ),
        (
            &["run", "topup", "--choice", "delay-answers"],
            "--choice is \"delay-answers\", expected NAME=VALUE",
        ),
        (
            &["run", "topup", "--choice", "delay-answers=many"],
            "--choice: delay-answers is \"many\", expected a number from 0 to 255",
        ),
        (
            &[
                "card",
                "desfire-ev1",
                "--connect",
                "127.0.0.1:1",
                "--choice",
                "iso-beyond-end-status=6A86",
            ],
            "--choice: iso-beyond-end-status is \"6A86\", expected 6a86 or 6b00",
        ),
    ] {
        refuses(arguments, sentence);
    }
}

#[test]
fn the_choices_are_listed_and_an_unknown_one_names_them() {
    let (code, out, err) = run(&["card", "--choices"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = out.lines().collect();
    let choices = Profile::choices();
    assert_eq!(lines.len(), 2 * choices.len());
    assert_eq!(lines[0], "wrong-key-status=ae|9d");
    assert!(lines[1].starts_with("    Status for a keyed file right "));
    assert!(lines.contains(&"delay-answers=a number from 0 to 255, default 3"));
    let (code, out, err) = run(&["run", "topup", "--choice", "colour=red"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let names: Vec<String> = choices
        .iter()
        .map(tapscope::virtual_card::Choice::name)
        .collect();
    let expected = names.join(", ");
    assert_eq!(
        err,
        format!("tapscope: --choice: \"colour\" is no choice, expected {expected}\n")
    );
    let usage = ["card", "--choices", "desfire-ev3"];
    assert_eq!(run(&usage).0, Some(2), "a list asks for no card");
    assert_eq!(run(&["card", "desfire-ev3"]).0, Some(2), "no reader");
}

/// The choices of the command line, of the image and of the card after it was saved are the same; the session does not
/// claim to have started from the demo card, and replays with the same choices.
#[test]
fn a_card_answers_as_chosen_and_stays_so_in_its_image() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (session, image) = (place("served.json"), place("card.json"));
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.json");
    std::fs::copy(&demo, &image).unwrap();
    let serve = |options: &[&str], expected: u8| {
        let (listener, address) = listener();
        let start = ["card", "desfire-ev3", "--connect", &address, "--seed", "5"];
        let child = program(&[&start, options].concat())
            .spawn()
            .expect("starts");
        let mut remote = listener.accept(&|| true).unwrap();
        let create = [0xCA, 0x11, 0x22, 0x33, 0x0F, 0x80];
        assert_eq!(remote.transmit(&create).unwrap(), [expected]);
        drop(remote);
        assert_eq!(ended(child).0, Some(0));
    };
    serve(&[], 0x00);
    let choice = ["--choice", "application-without-keys=no"];
    serve(&[&choice[..], &["--save", &session]].concat(), 0x9E);
    let saved = std::fs::read_to_string(&session).unwrap();
    assert!(!saved.contains("\"image\""), "{saved}");
    let demo = demo.to_str().unwrap();
    let replay = ["replay", &session, "--on", "card", "--image", demo];
    assert_eq!(run(&replay).0, Some(1), "another card");
    let (code, out, err) = run(&[&replay[..], &choice].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let recorded = ["replay", &session, "--on", "recorded"];
    let (code, _, err) = run(&[&recorded[..], &choice].concat());
    assert_eq!(
        (code, err.as_str()),
        (Some(2), "tapscope: --choice goes with --on card\n")
    );
    serve(&[&choice[..], &["--image", &image]].concat(), 0x9E);
    serve(&["--image", &image], 0x9E);
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-keys.json");
    let keys = ["--keys", keys.to_str().unwrap()];
    let spend = ["run", "spend", "--image", &image];
    let choice = ["--choice", "delay-answers=1"];
    let (code, _, err) = run(&[&spend[..], &keys, &choice].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let kept = std::fs::read_to_string(&image).unwrap();
    for kept_choice in [
        "\"application-without-keys\": \"no\"",
        "\"delay-answers\": \"1\"",
    ] {
        assert!(kept.contains(kept_choice), "{kept_choice}");
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

/// The port in a line such as `vpcd 127.0.0.1:40123 · waiting for a card`.
fn port_in(line: &str) -> String {
    let address = line.split_whitespace().nth(1).expect("an address");
    address.to_owned()
}

#[cfg(unix)]
fn stop(child: Child) -> (Option<i32>, String, String) {
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.unwrap().success());
    ended(child)
}

#[cfg(unix)]
#[test]
fn a_reader_of_our_own_says_what_card_is_lent_to_it_and_that_it_left() {
    let mut reader = program(&["readers", "--listen", "127.0.0.1:0"])
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(reader.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    let port = port_in(&line());
    let arguments = ["card", "desfire-ev3", "--connect", &port];
    let card = program(&arguments).spawn().expect("starts");
    assert_eq!(
        line(),
        format!(
            "vpcd {port} · card, ATR 3B8180018080 · MIFARE DESFire EV3, 4 KB, by 01330018 · \
             UID 045A31C29B6180"
        )
    );
    assert_eq!(stop(card).0, Some(0));
    let gone = line();
    assert!(
        gone.starts_with(&format!("vpcd {port} · card gone: ")),
        "{gone}"
    );
    assert_eq!(stop(reader).0, Some(0));
}

#[cfg(unix)]
#[test]
fn a_tap_shows_each_row_before_the_next_command_and_saves_what_both_sides_saw() {
    let folder = tempfile::tempdir().unwrap();
    let [tapped, served] = ["tapped.json", "served.json"].map(|name| folder.path().join(name));
    let (listener, address) = listener();
    let mut tap = program(&[
        "tap",
        "--listen",
        "127.0.0.1:0",
        "--connect",
        &address,
        "--save",
        tapped.to_str().unwrap(),
    ])
    .spawn()
    .expect("starts");
    let mut lines = BufReader::new(tap.stdout.take().unwrap()).lines();
    let mut line = move || lines.next().unwrap().unwrap();
    let waiting = line();
    let port = waiting.rsplit(' ').next().expect("an address");
    assert_eq!(
        waiting,
        format!("Waiting for a card: no card is connected to {port}")
    );
    let arguments = [
        "card",
        "desfire-ev3",
        "--connect",
        port,
        "--seed",
        "5",
        "--save",
        served.to_str().unwrap(),
    ];
    let card = program(&arguments).spawn().expect("starts");
    let mut remote = listener.accept(&|| true).unwrap();
    let mut row = |name: &str| {
        while let text = line()
            && !text.contains(name)
        {
            assert!(!text.contains("opaque"), "{text}");
        }
    };
    row("vpcd 127.0.0.1:");
    for (frame, name) in [
        (
            &[0x90, 0x5A, 0, 0, 3, 0x99, 0x44, 0x01, 0][..],
            "SelectApplication",
        ),
        (&[0x90, 0x6F, 0, 0, 0], "GetFileIDs"),
        (&[0x90, 0xF5, 0, 0, 1, 1, 0], "GetFileSettings"),
    ] {
        assert!(remote.transmit(frame).unwrap().ends_with(&[0x91, 0x00]));
        row(name);
    }
    // There is room for one card.
    let _second = std::net::TcpStream::connect(port).unwrap();
    assert!(remote.transmit(&[0x60]).unwrap()[0] == 0xAF);
    row("another card wanted to connect and was turned away");
    assert_eq!(stop(tap).0, Some(0));
    assert_eq!(ended(card).0, Some(0));
    let frames = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let bytes = |line: &&str| line.contains("command\":") || line.contains("response\":");
        let frame = |line: &str| line.split(',').next().unwrap().to_owned();
        text.lines().filter(bytes).map(frame).collect()
    };
    assert_eq!(frames(&tapped).len(), 8);
    assert_eq!(frames(&tapped), frames(&served));
    let tapped = std::fs::read_to_string(tapped).unwrap();
    assert!(
        tapped.contains("{\"card\":{\"reader\":\"vpcd 127.0.0.1:"),
        "{tapped}"
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

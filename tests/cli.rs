//! The command line with bad input: each time an exit code and one sentence that says what, where, expected and got.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tapscope");

/// The program, without a display: a start that would open a window must end in a sentence.
fn program() -> Command {
    let mut program = Command::new(PROGRAM);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        program.env_remove(name);
    }
    // Settings and log files of the tests are nobody's.
    program.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    program
}

fn own(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    path.to_str().expect("UTF-8").to_owned()
}

/// Exit code, standard output and standard error of one start.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran = Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert!(!ran.err.contains("os error"), "{}", ran.err);
        ran
    }
}

/// A folder of files to be opened; the program runs inside it, so that messages hold short names.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("writes");
    }

    fn get(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("reads")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).current_dir(self.0.path());
        command.env_remove("TAPSCOPE_LOG").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output();
        Ran::from(output.expect("the program starts"))
    }

    /// Expects code 2 and the sentence.
    fn refuses(&self, arguments: &[&str], sentence: &str) {
        let ran = self.run(arguments);
        assert_eq!(
            (ran.code, ran.err.as_str()),
            (Some(2), format!("tapscope: {sentence}\n").as_str()),
            "{arguments:?}"
        );
    }
}

fn session() -> String {
    std::fs::read_to_string(own("sessions/02-top-up.json")).expect("the sample session")
}

#[test]
fn files_that_are_no_recording() {
    let folder = Folder::new();
    folder.put("empty", "");
    folder.put("garbage", [0xFF, 0xFE, 0x00, 0x80].repeat(50));
    folder.put("list.json", "[1,2]");
    folder.put("other.json", r#"{"format":"pcap","version":1}"#);
    for (arguments, sentence) in [
        (
            &["missing.json"][..],
            "missing.json: there is no such file or folder",
        ),
        (&["."], ".: this is a folder, a file expected"),
        (
            &["empty"],
            "empty: the file is empty, expected a session, vectors or lines such as => 90…",
        ),
        (
            &["garbage"],
            "garbage: the form is not recognised, expected a session, vectors or lines such as => 90…",
        ),
        (
            &["garbage", "--from", "session"],
            "garbage: line 1, byte 0: not a tapscope-session file: expected value",
        ),
        (
            &["garbage", "--from", "vectors"],
            "garbage: line 1, byte 0: not a mifare-vectors/1 file: expected value",
        ),
        (
            &["garbage", "--from", "text"],
            "garbage: No line holds a direction and bytes, such as `=> 90 60 00 00 00`",
        ),
        (
            &["empty", "--from", "session"],
            "empty: line 1, byte 0: not a tapscope-session file: the file ends here",
        ),
        (
            &["list.json", "--from", "session"],
            "list.json: line 1, byte 0: not a tapscope-session file: \
             invalid type: sequence, expected a tapscope-session object",
        ),
        (
            &["other.json", "--from", "session"],
            "other.json: line 1: format is \"pcap\", \"tapscope-session\" expected",
        ),
        (
            &["empty", "--from", "pcap"],
            "--from is \"pcap\", expected session, vectors or text",
        ),
    ] {
        folder.refuses(&[&["decode"], arguments].concat(), sentence);
    }
}

#[test]
fn files_of_a_later_program() {
    let folder = Folder::new();
    folder.put(
        "later.json",
        session().replace("\"version\":1", "\"version\":7"),
    );
    let image = std::fs::read_to_string(own("assets/demo.json")).expect("the demo image");
    folder.put(
        "later-card.json",
        image.replace(
            "\"version\": 1,\n  \"product\"",
            "\"version\": 9,\n  \"product\"",
        ),
    );
    let sentence = "later.json: line 1: version 7, this program reads up to 1";
    folder.refuses(&["decode", "later.json"], sentence);
    folder.refuses(&["replay", "later.json", "--on", "card"], sentence);
    folder.refuses(
        &["run", "topup", "--image", "later-card.json"],
        "later-card.json: version 9, this program reads up to 1",
    );
}

#[test]
fn a_cut_session_shows_its_readable_part() {
    let folder = Folder::new();
    folder.put("cut.json", &session()[..1200]);
    let ran = folder.run(&["decode", "cut.json"]);
    let sentence = "tapscope: cut.json: Line 19 is cut off at byte 1 200, 12 events opened\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), sentence));
    assert!(ran.out.contains("Amount 1000"), "{}", ran.out);
    let strict = folder.run(&["decode", "cut.json", "--strict"]);
    assert_eq!((strict.code, strict.err.as_str()), (Some(1), sentence));
    assert_eq!(strict.out, ran.out);

    folder.put(
        "damaged.json",
        session().replace("{\"response\":\"A3", "{response:\"A3"),
    );
    let ran = folder.run(&["decode", "damaged.json"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .starts_with("tapscope: damaged.json: Line 18 is damaged at byte "),
        "{}",
        ran.err
    );
    folder.put(
        "digit.json",
        session().replace("{\"response\":\"A3", "{\"response\":\"Z3"),
    );
    let ran = folder.run(&["decode", "digit.json"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err
            .ends_with("events[11].response: character 1 is 'Z', a hexadecimal digit expected\n"),
        "{}",
        ran.err
    );
}

#[test]
fn keys_that_can_not_be_used() {
    let folder = Folder::new();
    let session = own("sessions/02-top-up.json");
    let keys = std::fs::read_to_string(own("assets/demo-keys.json")).expect("the demo keys");
    folder.put(
        "short.json",
        keys.replace(
            "2F1F4DD2461143ECC73EE70467ED62AD",
            "2F1F4DD2461143ECC73EE70467ED62",
        ),
    );
    folder.put("empty", "");
    folder.put("session.json", self::session());
    for (file, sentence) in [
        (
            "short.json",
            "short.json: key 6 \"top-up\": value has 15 bytes, 16 bytes expected for aes128",
        ),
        (
            "missing.json",
            "missing.json: there is no such file or folder",
        ),
        (
            "empty",
            "empty: line 1, byte 0: not a key file: the file ends here",
        ),
        (
            "session.json",
            "session.json: not a key file: \"card\" is no member, expected are version keys",
        ),
    ] {
        folder.refuses(&["decode", &session, "--keys", file], sentence);
        folder.refuses(
            &["replay", &session, "--on", "recorded", "--keys", file],
            sentence,
        );
        folder.refuses(&["run", "topup", "--keys", file], sentence);
    }
    for (spec, sentence) in [
        ("", "key is one part, AID:KEYNO:TYPE:HEX expected"),
        (
            "014499:3:aes128",
            "key is 3 parts, AID:KEYNO:TYPE:HEX expected",
        ),
        (
            "014499:3:aes:00",
            "type is \"aes\", one of des, 2k3des, 3k3des, aes128 expected",
        ),
        (
            "014499:3:aes128:0011",
            "value has 2 bytes, 16 bytes expected for aes128",
        ),
        (
            "014499:256:aes128:00",
            "key_no is \"256\", a number from 0 to 255 or * expected",
        ),
        (
            "zz:3:aes128:00",
            "aid is \"zz\", six hexadecimal digits or * expected",
        ),
        (
            "014499:3:aes128:0g",
            "value: character 2 is 'g', a hexadecimal digit expected",
        ),
        (
            "014499:3:aes128:001",
            "value: 3 digits, an even number expected",
        ),
    ] {
        let sentence = format!("--key number 2: {sentence}");
        let good = "*:1:des:0011223344556677";
        folder.refuses(
            &["decode", &session, "--key", good, "--key", spec],
            &sentence,
        );
    }
}

#[test]
fn amounts_and_cards_that_do_not_exist() {
    let folder = Folder::new();
    folder.put("t.json", "old");
    for (arguments, sentence) in [
        (
            &["--amount", "0", "--save", "t.json"][..],
            "--amount is 0, expected 1 or more",
        ),
        (&["--amount", "-5"], "--amount is -5, expected 1 or more"),
        (
            &["--amount", "5000000000"],
            "--amount is 5000000000, expected at most 2147483647",
        ),
        (
            &["--on", "phone:x"],
            "--on is \"phone:x\", expected card, card:PRODUCT or reader:NAME",
        ),
        (
            &["--on", "card:foo"],
            "--on names product \"foo\", expected desfire-ev1-2k, desfire-ev1, desfire-ev1-8k, desfire-ev2-2k, desfire-ev2, desfire-ev2-8k, desfire-ev3-2k, desfire-ev3, desfire-ev3-8k",
        ),
    ] {
        folder.refuses(&[&["run", "topup"], arguments].concat(), sentence);
    }
    assert_eq!(
        folder.get("t.json"),
        "old",
        "nothing was run, nothing is saved"
    );
    let ran = folder.run(&["run", "topup", "--amount", "much"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err
            .starts_with("error: invalid value 'much' for '--amount <AMOUNT>'"),
        "{}",
        ran.err
    );
    let session = own("sessions/02-top-up.json");
    folder.refuses(
        &["replay", &session, "--on", "nowhere"],
        "--on is \"nowhere\", expected recorded or card",
    );
}

#[test]
fn an_amount_above_the_limit_stops_and_the_card_refuses_it() {
    let folder = Folder::new();
    let ran = folder.run(&["run", "topup", "--amount", "60000"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(
        ran.out.ends_with(
            "\nStopped: amount is 60000, at most 48000 expected: the balance is 2000 and the upper limit 50000\n"
        ),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("Credit"), "it was not sent: {}", ran.out);
    let ran = folder.run(&[
        "run",
        "topup",
        "--amount",
        "60000",
        "--unchecked",
        "--save",
        "t.json",
    ]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out
            .ends_with("\nStopped: the card refused Credit: 91BE, boundary error\n"),
        "{}",
        ran.out
    );
    let ran = folder.run(&["replay", "t.json", "--on", "card"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let ran = folder.run(&["run", "spend", "--amount", "3000"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("Stopped: "), "{}", ran.out);
}

#[test]
fn images_that_are_none() {
    let folder = Folder::new();
    folder.put("garbage", [0xFF; 20]);
    folder.put("session.json", session());
    let image = std::fs::read_to_string(own("assets/demo.json")).expect("the demo image");
    folder.put("cut.json", &image[..300]);
    folder.put("uid.json", image.replace("045A31C29B6180", "045A31C29B61"));
    folder.put("card.json", &image);
    folder.put("key.json", image.replace("C10659ED", "C10659EX"));
    folder.put(
        "settings.json",
        image.replace("01032012800000", "010320128000"),
    );
    let session = own("sessions/02-top-up.json");
    for (file, sentence) in [
        ("missing.json", "there is no such file or folder"),
        (".", "this is a folder, a file expected"),
        (
            "garbage",
            "not a tapscope-image file, line 1, column 1: this is no JSON",
        ),
        (
            "session.json",
            "format is \"tapscope-session\", \"tapscope-image\" expected",
        ),
        (
            "cut.json",
            "not a tapscope-image file, line 14, column 11: the file is cut off",
        ),
        (
            "key.json",
            "applications[0].key_values[1].value is something else, expected hexadecimal digits",
        ),
        (
            "settings.json",
            "applications[0].files[0].settings is unreadable (settings: FileSize needs 3 bytes, 2 left), \
             expected the answer of GetFileSettings",
        ),
        ("uid.json", "uid is 6 bytes, expected 7 bytes"),
    ] {
        let sentence = format!("{file}: {sentence}");
        folder.refuses(&["run", "topup", "--image", file], &sentence);
        folder.refuses(
            &["replay", &session, "--on", "card", "--image", file],
            &sentence,
        );
    }
    folder.refuses(
        &["run", "topup", "--image", "card.json", "--save", "t.json"],
        "the key table has no usable key 3 for application 014499",
    );
    assert_eq!(
        folder.get("card.json"),
        image,
        "written back on success only"
    );
}

#[test]
fn what_can_not_be_saved_leaves_the_old_file() {
    let folder = Folder::new();
    folder.refuses(
        &["run", "topup", "--save", "none/t.json"],
        "none/t.json: not saved: there is no folder none",
    );
    folder.refuses(
        &["run", "topup", "--save", "."],
        ".: not saved: this is a folder, a file expected",
    );
    let ran = folder.run(&["run", "topup", "--save", "none/t.json"]);
    assert!(
        ran.out.contains("Balance 2000 → 3000"),
        "it ran: {}",
        ran.out
    );
    let left = std::fs::read_dir(folder.0.path()).expect("a folder");
    assert_eq!(left.count(), 0, "no half-written file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_file() {
    let folder = Folder::new();
    folder.put("t.json", "old");
    // No file of this shell's children may grow, as on a full disk; standard output and error are pipes.
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{PROGRAM}' run topup --save t.json");
    let mut shell = Command::new("sh");
    let output = shell
        .args(["-c", &script])
        .current_dir(folder.0.path())
        .output();
    let ran = Ran::from(output.expect("a shell"));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            Some(2),
            "tapscope: t.json: not saved: the file would be larger than allowed\n"
        )
    );
    assert!(ran.out.contains("Balance 2000 → 3000"), "{}", ran.out);
    assert_eq!(folder.get("t.json"), "old");
    let left = std::fs::read_dir(folder.0.path()).expect("a folder");
    assert_eq!(left.count(), 1, "no half-written file");
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_leaves_the_old_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    std::fs::create_dir(folder.path("closed")).expect("a folder");
    folder.put("closed/t.json", "old");
    let mode = |bits| {
        let permissions = std::fs::Permissions::from_mode(bits);
        std::fs::set_permissions(folder.path("closed"), permissions).expect("own folder");
    };
    mode(0o555);
    let everything_allowed = std::fs::write(folder.path("closed/probe"), "").is_ok();
    // The superuser may write everywhere.
    if !everything_allowed {
        folder.refuses(
            &["run", "topup", "--save", "closed/t.json"],
            "closed/t.json: not saved: permission denied",
        );
        assert_eq!(folder.get("closed/t.json"), "old");
    }
    mode(0o755);
}

#[cfg(unix)]
#[test]
fn saving_keeps_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.put("t.json", "old");
    let permissions = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(folder.path("t.json"), permissions).expect("own file");
    std::os::unix::fs::symlink("t.json", folder.path("link.json")).expect("a link");
    let ran = folder.run(&["run", "topup", "--save", "link.json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        folder
            .get("t.json")
            .starts_with("{\"format\":\"tapscope-session\"")
    );
    let known = std::fs::symlink_metadata(folder.path("link.json")).expect("there");
    assert!(known.is_symlink());
    let mode = std::fs::metadata(folder.path("t.json"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_pipe_or_device_is_written_into_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let folder = Folder::new();
    let pipe = folder.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo starts").success());
    let mut reader = Command::new("cat")
        .arg(&pipe)
        .stdout(Stdio::piped())
        .spawn()
        .expect("cat starts");
    let ran = folder.run(&["run", "topup", "--save", "pipe"]);
    let known = std::fs::symlink_metadata(&pipe).expect("still there");
    if !known.file_type().is_fifo() {
        reader.kill().expect("nobody else ends it");
    }
    let read = Ran::from(reader.wait_with_output().expect("cat ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(read.out.starts_with("{\"format\":\"tapscope-session\""));
    assert!(read.out.ends_with("]}\n"));
}

#[test]
fn usage_version_and_help() {
    let folder = Folder::new();
    let ran = folder.run(&[]);
    assert_eq!(ran.code, Some(2));
    let sentence = if cfg!(feature = "gui") {
        "tapscope: no window can be opened: there is no display"
    } else {
        "tapscope: this build has no window; give a command\n\nUsage: "
    };
    assert!(ran.err.starts_with(sentence), "{}", ran.err);
    let ran = folder.run(&["--version"]);
    let version = concat!("tapscope ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (Some(0), version, "")
    );
    for arguments in [
        &["--help"][..],
        &["help"],
        &["decode", "--help"],
        &["run", "-h"],
    ] {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(ran.out.contains("Usage: tapscope"), "{}", ran.out);
    }
    for arguments in [
        &["decode"][..],
        &["replay", "x"],
        &["run", "fly"],
        &["decode", "x", "--what"],
    ] {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
    }
    folder.refuses(
        &["x.json", "decode", "y.json"],
        "a file before the command, expected either FILE or a command",
    );
    let session = own("sessions/02-top-up.json");
    let ran = folder.run(&["--log", "info", "decode", &session]);
    assert_eq!(
        ran.code,
        Some(0),
        "options may stand before the command: {}",
        ran.err
    );
    assert!(ran.err.contains("INFO"), "{}", ran.err);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = Folder::new();
    let session = own("sessions/01-personalise.json");
    for arguments in [
        &["decode", &session, "--json"][..],
        &["run", "topup", "--save", "t.json"],
        &["replay", &session, "--on", "card"],
        &["--help"],
    ] {
        let mut command = folder.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let mut err = String::new();
        let mut pipe = child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut err).expect("UTF-8");
        let status = child.wait().expect("it ends");
        assert_eq!(
            (status.code(), err.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    assert!(folder.get("t.json").ends_with("]}\n"), "saved all the same");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_can_not_be_written_is_said() {
    let folder = Folder::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let mut command = folder.command(&["run", "topup", "--save", "t.json"]);
    command
        .stdout(full.expect("the device"))
        .stderr(Stdio::piped());
    let ran = Ran::from(
        command
            .spawn()
            .expect("starts")
            .wait_with_output()
            .expect("ends"),
    );
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(2), "tapscope: standard output: the disk is full\n")
    );
    assert!(folder.get("t.json").ends_with("]}\n"), "saved all the same");
}

#[test]
fn strict_turns_unknown_into_1() {
    let folder = Folder::new();
    folder.put(
        "mine.json",
        session().replace("\"image\":\"demo\"", "\"image\":\"mine\""),
    );
    let ran = folder.run(&["decode", "mine.json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(
        ran.out.contains("the key table has no AES key for key 3"),
        "{}",
        ran.out
    );
    let strict = folder.run(&["decode", "mine.json", "--strict"]);
    assert_eq!((strict.code, strict.out), (Some(1), ran.out));
    let keys = own("assets/demo-keys.json");
    let ran = folder.run(&["decode", "mine.json", "--strict", "--keys", &keys]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    folder.put("wrong.json", session().replace("A3DBD379", "A3DBD279"));
    let ran = folder.run(&["decode", "wrong.json"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("Response MAC wrong from byte 2"),
        "{}",
        ran.out
    );
}

/// Standard input decoded as text.
fn decode_text(lines: &str) -> (Ran, Vec<serde_json::Value>) {
    let folder = Folder::new();
    let mut command = folder.command(&["decode", "-", "--from", "text", "--json"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(lines.as_bytes()).expect("it reads");
    drop(pipe);
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    let rows = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let rows = rows.collect();
    (ran, rows)
}

#[test]
fn pasted_lines_are_decoded() {
    let (ran, rows) = decode_text(
        "Talking to a card\n\
         2026-11-02 08:00:00.000 => 90 5A 00 00 03 99 44 01 00\n\
         2026-11-02 08:00:00.250 <= 91 00\n\
         >> 906A000000\n\
         << 9944019100\n\
         C: 90:6F:00:00:00\n\
         R: 01 02 03 04 0F 91:00 (OK)\n\
         [ 17.5] TX: 0x90 0x45 0x00 0x00 0x00\n\
         [ 17.6] RX: 0x0B 0x84 0x91 0x00\n\
         => 60\n\
         <= nothing\n",
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(
        ran.err,
        "tapscope: -: Line 11 is left out: character 1 is 'n', a hexadecimal digit expected\n"
    );
    let names: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["command"]["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "SelectApplication",
            "GetApplicationIDs",
            "GetFileIDs",
            "GetKeySettings",
            "GetVersion"
        ]
    );
    assert_eq!(rows[0]["aid"], "014499");
    assert_eq!(rows[1]["response"]["plain"], "994401");
    assert_eq!(rows[2]["response"]["plain"], "010203040F");
    assert_eq!(rows[3]["response"]["plain"], "0B84");
    assert_eq!(rows[0]["time_us"], 0);
    assert_eq!(rows[4]["response"]["status"], serde_json::Value::Null);
}

#[test]
fn a_pasted_top_up_is_decrypted() {
    let folder = Folder::new();
    let mut text = String::new();
    for line in session()
        .lines()
        .filter(|line| line.contains("\"time_us\""))
    {
        let digits = line.split('"').nth(3).expect("digits");
        let arrow = if line.starts_with("{\"command") {
            "->"
        } else {
            "<-"
        };
        text.extend([arrow, " ", digits, "\n"]);
    }
    folder.put("pasted.txt", text);
    let keys = own("assets/demo-keys.json");
    let ran = folder.run(&["decode", "pasted.txt", "--strict", "--keys", &keys]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    assert!(ran.out.contains("FileNo 03, Amount 1000"), "{}", ran.out);
    assert!(ran.out.contains("tmv ok"), "{}", ran.out);
}

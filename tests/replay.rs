//! The sample sessions replay byte for byte, and one changed byte anywhere is found.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::demo;
use tapscope::crypto::entropy::RecoveredEntropy;
use tapscope::keyring::Keyring;
use tapscope::replay::{self, Divergence, Report};
use tapscope::session::{self, Session, image};
use tapscope::trace::{self, Event, EventKind, Exchange};
use tapscope::virtual_card::{Card, Image};

const SESSIONS: [&str; 9] = [
    "01-personalise",
    "02-top-up",
    "03-spend",
    "04-top-up-refused",
    "05-top-up-torn",
    "06-top-up-ev1",
    "07-top-up-random-uid",
    "08-two-sets",
    "09-reader-id",
];

/// What a byte is changed with.
const CHANGES: [u8; 3] = [0x01, 0x80, 0xFF];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sessions/{name}.json"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("the sample session is there")
}

/// A sample session with what its replay needs.
struct Sample {
    session: Session,
    image: Image,
    keyring: Keyring,
}

impl Sample {
    fn open(name: &'static str) -> Self {
        let session = session::read(text(name).as_bytes()).expect("reads").value;
        let start = session.image.as_deref().and_then(session::demo::image);
        let image = image::read(start.expect("a demo image").as_bytes()).expect("an image");
        let keyring = demo::keyring();
        Self {
            session,
            image,
            keyring,
        }
    }

    fn rows(&self) -> Vec<Exchange> {
        trace::decode(&self.session.events, &self.keyring)
    }

    fn recorded(&self, events: &[Event]) -> Report {
        let rows = trace::decode(events, &self.keyring);
        replay::recorded(events, &rows, &self.keyring)
    }

    fn card(&self, events: &[Event]) -> Report {
        let rows = trace::decode(events, &self.keyring);
        let entropy = Box::new(RecoveredEntropy::default());
        let mut card = Card::new(&self.image, entropy).expect("a card");
        replay::card(events, &rows, &self.keyring, &mut card)
    }

    /// Every change of one byte of a command (or of an answer) with the events that it makes.
    fn tampered(&self, commands: bool) -> Vec<(Change, Vec<Event>)> {
        let mut all = Vec::new();
        for (event, original) in self.session.events.iter().enumerate() {
            let len = match &original.kind {
                EventKind::Command(bytes) if commands => bytes.len(),
                EventKind::Response(bytes) if !commands => bytes.len(),
                _ => continue,
            };
            for (offset, xor) in (0..len).flat_map(|at| CHANGES.map(|xor| (at, xor))) {
                let mut events = self.session.events.clone();
                if let EventKind::Command(bytes) | EventKind::Response(bytes) =
                    &mut events[event].kind
                {
                    bytes[offset] ^= xor;
                }
                all.push((Change { event, offset, xor }, events));
            }
        }
        all
    }
}

#[derive(Clone, Copy)]
struct Change {
    event: usize,
    offset: usize,
    xor: u8,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "event {}, offset {} ^ {:02X}",
            self.event, self.offset, self.xor
        )
    }
}

/// Collects what does not hold, so that one run shows all of it.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    fn none(self) {
        let shown = &self.0[..self.0.len().min(50)];
        assert!(self.0.is_empty(), "{}:\n{}", self.0.len(), shown.join("\n"));
    }
}

fn told(divergence: Option<&Divergence>) -> String {
    divergence.map_or_else(
        || "no divergence".into(),
        |found| {
            format!(
                "event {}, offset {}: {}",
                found.event, found.offset, found.text
            )
        },
    )
}

#[test]
fn samples_replay_byte_for_byte() {
    let mut failures = Failures::default();
    for name in SESSIONS {
        let sample = Sample::open(name);
        let events = &sample.session.events;
        for (mode, report) in [
            ("recorded", sample.recorded(events)),
            ("card", sample.card(events)),
        ] {
            let whole = Report {
                compared: sample.rows().len(),
                ..Report::default()
            };
            failures.expect(report == whole, || format!("{name} on {mode}: {report:?}"));
        }
    }
    failures.none();
}

/// Where a change of a command may show other than in its own event.
///
/// * `class`: with another class the answer no longer has the form of an answer: its event.
/// * `command`: a card does something else and answers otherwise: the event of its answer.
/// * `token`: without the card's key the three frames of an authentication only contradict each other: its start.
/// * `ev1`: a command's MAC is not always sent, but the answer's starts from it: the event of the answer.
/// * `uid`: with another question there is no UID, so no key: the start of the authentication.
fn elsewhere(sample: &Sample, row: &Exchange, change: Change, mode: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let ev1 = row
        .channel
        .is_some_and(|channel| channel.starts_with("ev1"));
    if change.offset == 0 || mode == "card" || ev1 {
        places.push(change.event + 1);
    }
    if mode == "recorded" && row.is_authentication() && change.event > row.first_event {
        places.push(row.first_event);
    }
    if mode == "recorded" && row.name() == "GetData" {
        places.extend(authentication_after(sample, change.event));
    }
    places
}

fn authentication_after(sample: &Sample, event: usize) -> Option<usize> {
    let rows = sample.rows();
    let later = rows
        .iter()
        .find(|row| row.first_event > event && row.is_authentication());
    later.map(|row| row.first_event)
}

fn row_of(rows: &[Exchange], event: usize) -> &Exchange {
    let row = rows
        .iter()
        .find(|row| (row.first_event..=row.last_event).contains(&event));
    row.expect("each frame belongs to a row")
}

/// FileNo and Offset of a read in plain mode and the data it gives are protected by nothing: a host that is fed
/// with recorded answers sends and takes whatever stands there. Only a card knows better.
fn unprotected(row: &Exchange, change: Change) -> bool {
    const PARAMETERS: std::ops::Range<usize> = 5..9;
    const DATA: std::ops::Range<usize> = 0..12;
    let range = if change.event == row.first_event {
        PARAMETERS
    } else {
        DATA
    };
    row.name() == "ReadData"
        && row.mode == Some(tapscope::card::CommMode::Plain)
        && range.contains(&change.offset)
}

fn every_changed_command_byte_diverges(name: &'static str) {
    let sample = Sample::open(name);
    let rows = sample.rows();
    let mut failures = Failures::default();
    let tampered = sample.tampered(true);
    assert!(tampered.len() > 300, "{}", tampered.len());
    for (change, events) in tampered {
        let row = row_of(&rows, change.event);
        for (mode, report) in [
            ("recorded", sample.recorded(&events)),
            ("card", sample.card(&events)),
        ] {
            let found = report.divergence.as_ref();
            if mode == "recorded" && unprotected(row, change) {
                failures.expect(found.is_none(), || {
                    format!("{name} on {mode}, {change}: {} is new", told(found))
                });
                continue;
            }
            let own = found.is_some_and(|found| found.event == change.event);
            let later = || {
                let places = elsewhere(&sample, row, change, mode);
                found.is_some_and(|found| places.contains(&found.event))
            };
            failures.expect(own || later(), || {
                format!("{name} on {mode}, {change}: {}", told(found))
            });
            let protected = row.ctr.is_some() && row.mode != Some(tapscope::card::CommMode::Plain);
            let inside =
                |found: &Divergence| found.event == change.event && found.offset < found.got.len();
            failures.expect(
                !protected || change.offset == 0 || found.is_some_and(inside),
                || {
                    format!(
                        "{name} on {mode}, {change} in a MACed command: {}",
                        told(found)
                    )
                },
            );
        }
    }
    failures.none();
}

fn every_changed_answer_byte_diverges(name: &'static str) {
    let sample = Sample::open(name);
    let rows = sample.rows();
    let mut failures = Failures::default();
    for (change, events) in sample.tampered(false) {
        let row = row_of(&rows, change.event);
        let card = sample.card(&events).divergence;
        let exact = card
            .as_ref()
            .is_some_and(|found| (found.event, found.offset) == (change.event, change.offset));
        failures.expect(exact, || {
            format!("{name} on card, {change}: {}", told(card.as_ref()))
        });
        let recorded = sample.recorded(&events).divergence;
        let found = recorded.as_ref();
        if unprotected(row, change) {
            failures.expect(found.is_none(), || {
                format!("{name} on recorded, {change}: {} is new", told(found))
            });
            continue;
        }
        let data = change.offset + 2 < answer_len(&sample, change.event);
        let right = if row.name() == "GetData"
            && (data || found.is_some_and(|f| f.event != change.event))
        {
            // The UID makes the key: the authentication does not fit.
            let place = authentication_after(&sample, change.event);
            found.is_some_and(|found| Some(found.event) == place)
        } else if row.is_authentication() || !data {
            found.is_some_and(|found| (found.event, found.offset) == (change.event, change.offset))
        } else {
            // The MAC stands in the last frame of the answer.
            found.is_some_and(|found| {
                found.event == row.last_event && found.offset < found.got.len()
            })
        };
        failures.expect(right, || {
            format!("{name} on recorded, {change}: {}", told(found))
        });
    }
    failures.none();
}

fn answer_len(sample: &Sample, event: usize) -> usize {
    match &sample.session.events[event].kind {
        EventKind::Response(bytes) => bytes.len(),
        _ => 0,
    }
}

#[test]
fn every_changed_command_byte_of_the_top_up_diverges() {
    every_changed_command_byte_diverges("02-top-up");
}

#[test]
fn every_changed_command_byte_of_the_spending_diverges() {
    every_changed_command_byte_diverges("03-spend");
}

#[test]
fn every_changed_command_byte_of_the_torn_top_up_diverges() {
    every_changed_command_byte_diverges("05-top-up-torn");
}

#[test]
fn every_changed_command_byte_of_the_top_up_over_ev1_diverges() {
    every_changed_command_byte_diverges("06-top-up-ev1");
}

#[test]
fn every_changed_command_byte_with_reader_identifiers_diverges() {
    every_changed_command_byte_diverges("09-reader-id");
}

#[test]
fn every_changed_answer_byte_of_four_sessions_diverges() {
    for name in ["02-top-up", "03-spend", "05-top-up-torn", "09-reader-id"] {
        every_changed_answer_byte_diverges(name);
    }
}

#[test]
fn a_refused_authentication_is_skipped_by_a_host_without_its_key_and_compared_by_a_card() {
    let sample = Sample::open("02-top-up");
    let entropy = Box::new(tapscope::crypto::entropy::SeededEntropy::new(8));
    let mut card = Card::new(&sample.image, entropy).expect("a card");
    let mut events = Vec::new();
    let mut token = vec![0x90, 0xAF, 0x00, 0x00, 0x20];
    token.extend((0..32).map(|byte| byte ^ 0x5A));
    token.push(0);
    let select = vec![0x90, 0x5A, 0, 0, 3, 0x99, 0x44, 0x01, 0];
    let uid = vec![0xFF, 0xCA, 0, 0, 0];
    for command in [uid, select, vec![0x90, 0x71, 0, 0, 2, 3, 0, 0], token] {
        let answer = card.handle(&command);
        events.push(Event::new(EventKind::Command(command)));
        events.push(Event::new(EventKind::Response(answer)));
    }
    assert_eq!(events[7].kind, EventKind::Response(vec![0x91, 0xAE]));
    for report in [sample.recorded(&events), sample.card(&events)] {
        assert_eq!(report.divergence, None);
        assert_eq!((report.compared, report.skipped.len()), (2, 1));
    }
}

fn tapscope(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tapscope"));
    command
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn seen(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_program_says_what_it_compared() {
    let session = path("02-top-up");
    let session = session.to_str().expect("UTF-8");
    for on in ["recorded", "card"] {
        assert_eq!(
            seen(&tapscope(&["replay", session, "--on", on])),
            (
                Some(0),
                "7 exchanges rebuilt, byte for byte the same\n".into(),
                String::new()
            )
        );
    }
    let (code, out, _) = seen(&tapscope(&["replay", session, "--on", "card", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((code, &json["compared"]), (Some(0), &7.into()));
    assert_eq!(json["divergence"], serde_json::Value::Null);
}

#[test]
fn a_changed_byte_ends_the_program_with_1_and_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("changed.json");
    let changed = text("02-top-up").replace("A3DBD379", "A3DBD279");
    std::fs::write(&file, changed).expect("writes");
    let file = file.to_str().expect("UTF-8");
    let (code, out, _) = seen(&tapscope(&["replay", file, "--on", "card"]));
    assert_eq!(code, Some(1));
    assert!(
        out.starts_with("Event 11, offset 2: answer byte 2 is D2, rebuilt D3\n"),
        "{out}"
    );
    let (code, out, _) = seen(&tapscope(&["replay", file, "--on", "recorded", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!(code, Some(1));
    assert_eq!(json["divergence"]["event"], 11);
    assert_eq!(json["divergence"]["offset"], 2);
}

#[test]
fn without_keys_it_could_compare_nothing_and_with_a_key_file_it_can() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.json");
    let own = text("02-top-up").replace("\"image\":\"demo\"", "\"image\":\"mine\"");
    std::fs::write(&file, own).expect("writes");
    let file = file.to_str().expect("UTF-8");
    let (code, out, err) = seen(&tapscope(&["replay", file, "--on", "recorded"]));
    assert_eq!(code, Some(2), "{out}{err}");
    assert_eq!(
        err,
        format!(
            "tapscope: {file}: 5 of 7 exchanges could not be compared; row 2: \
             Opaque, the key table has no AES key for key 3 of application 014499\n"
        )
    );
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-keys.json");
    let keys = keys.to_str().expect("UTF-8");
    let (code, out, err) = seen(&tapscope(&[
        "replay", file, "--on", "recorded", "--keys", keys,
    ]));
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let (code, _, err) = seen(&tapscope(&["replay", file, "--on", "card", "--keys", keys]));
    assert_eq!(code, Some(2));
    assert_eq!(
        err,
        format!(
            "tapscope: {file}: the session started from image \"mine\"; give it with --image\n"
        )
    );
}

#[test]
fn a_cut_session_is_not_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cut.json");
    let whole = text("02-top-up");
    std::fs::write(&file, &whole[..whole.len() - 30]).expect("writes");
    let file = file.to_str().expect("UTF-8");
    let (code, _, err) = seen(&tapscope(&["replay", file, "--on", "recorded"]));
    assert_eq!(code, Some(2));
    assert_eq!(
        err,
        format!(
            "tapscope: {file}: Line 22 is cut off at byte {}, 15 events opened; \
             only a whole session can be replayed\n",
            grouped(whole.len() - 30)
        )
    );
}

/// Digits in groups of three, as the program prints large numbers.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() {
        tail.into()
    } else {
        format!("{head} {tail}")
    }
}

/// Two recordings, their events taken in turn: the second one at another reader.
fn at_two_readers(first: &Sample, second: &Sample) -> Vec<Event> {
    let (mut left, mut right) = (first.session.events.iter(), second.session.events.iter());
    let mut both = Vec::new();
    loop {
        let (one, other) = (left.next(), right.next());
        if one.is_none() && other.is_none() {
            return both;
        }
        both.extend(one.cloned());
        both.extend(other.cloned().map(|event| Event { reader: 7, ..event }));
    }
}

#[test]
fn two_readers_in_one_trace_are_decoded_and_replayed_each_for_itself() {
    let (first, second) = (Sample::open("02-top-up"), Sample::open("03-spend"));
    let events = at_two_readers(&first, &second);
    let rows = trace::decode(&events, &first.keyring);
    for (sample, reader) in [(&first, 0), (&second, 7)] {
        let alone = sample.rows();
        let here: Vec<&Exchange> = rows.iter().filter(|row| row.reader == reader).collect();
        assert_eq!(here.len(), alone.len());
        for (here, alone) in here.into_iter().zip(&alone) {
            assert_eq!(
                (&here.command, &here.response),
                (&alone.command, &alone.response)
            );
            assert_eq!((here.verdicts, here.ctr), (alone.verdicts, alone.ctr));
        }
    }
    let report = replay::recorded(&events, &rows, &first.keyring);
    assert_eq!((report.compared, report.divergence), (rows.len(), None));
    assert_eq!(report.skipped, []);

    let entropy = Box::new(RecoveredEntropy::default());
    let mut card = Card::new(&first.image, entropy).expect("a card");
    let report = replay::card(&events, &rows, &first.keyring, &mut card);
    assert_eq!(report.divergence, None);
    assert_eq!(report.compared, first.rows().len());
    let elsewhere = rows.iter().enumerate().filter(|(_, row)| row.reader == 7);
    let elsewhere: Vec<usize> = elsewhere.map(|(place, _)| place).collect();
    let skipped: Vec<usize> = report.skipped.iter().map(|skipped| skipped.row).collect();
    assert_eq!(skipped, elsewhere);
}

#[test]
fn a_changed_byte_at_the_second_reader_is_found_at_its_place_in_the_whole_trace() {
    let (first, second) = (Sample::open("02-top-up"), Sample::open("03-spend"));
    let mut events = at_two_readers(&first, &second);
    let debit = events.iter().rposition(|event| {
        event.reader == 7 && matches!(&event.kind, EventKind::Command(bytes) if bytes[1] == 0xDC)
    });
    let debit = debit.expect("a Debit");
    let EventKind::Command(bytes) = &mut events[debit].kind else {
        panic!("a command");
    };
    bytes[23] ^= 0x01;
    let rows = trace::decode(&events, &first.keyring);
    let report = replay::recorded(&events, &rows, &first.keyring);
    let divergence = report.divergence.expect("a divergence");
    assert_eq!((divergence.event, divergence.offset), (debit, 23));
}

#[test]
fn what_is_skipped_at_each_reader_is_told_in_the_rows_of_the_whole_trace() {
    let (first, second) = (Sample::open("02-top-up"), Sample::open("03-spend"));
    let behind = second.session.events.iter().cloned();
    let behind = behind.map(|event| Event { reader: 7, ..event });
    let events: Vec<Event> = first.session.events.iter().cloned().chain(behind).collect();
    let none = Keyring::default();
    let rows = trace::decode(&events, &none);
    let skipped = |events: &[Event]| -> Vec<usize> {
        let report = replay::recorded(events, &trace::decode(events, &none), &none);
        report.skipped.iter().map(|skipped| skipped.row).collect()
    };
    let (mut alone, other) = (
        skipped(&first.session.events),
        skipped(&second.session.events),
    );
    assert!(!alone.is_empty() && !other.is_empty());
    alone.extend(other.iter().map(|row| first.rows().len() + row));
    let report = replay::recorded(&events, &rows, &none);
    let whole: Vec<usize> = report.skipped.iter().map(|skipped| skipped.row).collect();
    assert_eq!(whole, alone);
    assert_eq!(report.compared + whole.len(), rows.len());
}

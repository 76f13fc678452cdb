//! Recorded bytes, damaged in every way that a fixed seed thinks of: nothing panics, nothing gets lost.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::fmt::Write as _;
use std::path::Path;

use support::{demo, vectors};
use tapscope::apdu::{CommandApdu, FrameForm, ResponseApdu};
use tapscope::bytes::hex;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::keyring::Keyring;
use tapscope::session::import::{self, Confidence};
use tapscope::session::{self, image, keys, rows};
use tapscope::trace::{self, Event, EventKind, Exchange};
use tapscope::virtual_card::Card;

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

/// A dice that falls the same way in each run.
struct Dice(SeededEntropy);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below `sides`; 0 when there is none.
    fn below(&mut self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        let number = usize::try_from(u32::from_le_bytes(bytes)).expect("32 bits");
        number.checked_rem(sides).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        const LIKELY: [u8; 12] = [
            0x00, 0xFF, 0x7F, 0x80, 0x90, 0x91, 0xAF, b'"', b'{', b']', b'0', b',',
        ];
        match self.below(2) {
            0 => LIKELY[self.below(LIKELY.len())],
            _ => u8::try_from(self.below(256)).expect("a byte"),
        }
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A part of `len` bytes, at most 40 long.
    fn part(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let length = self.below((len - start).min(40) + 1);
        start..start + length
    }

    /// `bytes` with one to three damages; `other` is what gets spliced in.
    fn damage(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(out.len().max(1));
            match self.below(7) {
                0 if !out.is_empty() => out[at] ^= 1 << self.below(8),
                1 if !out.is_empty() => out[at] = self.byte(),
                2 => {
                    let part = self.part(out.len());
                    out.drain(part);
                }
                3 => out.insert(at.min(out.len()), self.byte()),
                4 => {
                    let part = out[self.part(out.len())].to_vec();
                    let at = self.below(out.len() + 1);
                    out.splice(at..at, part);
                }
                5 => out.truncate(at),
                _ => {
                    let part = self.part(other.len());
                    let into = self.part(out.len());
                    out.splice(into, other[part].iter().copied());
                }
            }
        }
        out
    }
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the file is there")
}

fn samples() -> Vec<Vec<u8>> {
    SESSIONS
        .map(|name| file(&format!("sessions/{name}.json")))
        .into()
}

/// All recorded conversations with their keys.
fn recordings() -> Vec<(Vec<Event>, Keyring)> {
    let mut all = Vec::new();
    for name in [
        "tests/vectors/exchanges.json",
        "tests/vectors/generated.json",
    ] {
        let conversations = import::vectors::read(&file(name)).unwrap_or_default();
        let part = conversations.into_iter();
        all.extend(part.map(|one| (one.events, one.keyring)));
    }
    for text in samples() {
        let session = session::read(&text).expect("reads").value;
        all.push((session.events, demo::keyring()));
    }
    assert!(all.len() > 60, "{}", all.len());
    all
}

fn frames(events: &[Event]) -> Vec<Vec<u8>> {
    let frames = events.iter().filter_map(|event| match &event.kind {
        EventKind::Command(bytes) | EventKind::Response(bytes) => Some(bytes.clone()),
        _ => None,
    });
    frames.collect()
}

/// Damages some frames and the order of events.
fn damaged(dice: &mut Dice, events: &[Event], others: &[Vec<u8>]) -> Vec<Event> {
    const WINDOW: usize = 30;
    let start = dice.below(events.len().saturating_sub(WINDOW) + 1);
    let start = if dice.below(3) == 0 { start } else { 0 };
    let end = (start + WINDOW).min(events.len());
    let mut out = events[start..end].to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(out.len());
        match dice.below(6) {
            0..=2 => {
                if let Some(EventKind::Command(bytes) | EventKind::Response(bytes)) =
                    out.get_mut(at).map(|event| &mut event.kind)
                {
                    let other = dice.pick(others).clone();
                    *bytes = dice.damage(bytes, &other);
                }
            }
            3 if !out.is_empty() => {
                out.remove(at);
            }
            4 if !out.is_empty() => {
                let event = dice.pick(&out).clone();
                out.insert(at, event);
            }
            _ => {
                let kind = match dice.below(6) {
                    0 => EventKind::Reset,
                    1 => EventKind::FieldOff,
                    2 => EventKind::Lost,
                    3 => EventKind::Tear { after_writes: 3 },
                    4 => EventKind::Response(dice.pick(others).clone()),
                    _ => EventKind::Note("here".into()),
                };
                out.insert(at, Event::new(kind));
            }
        }
    }
    out
}

/// Every frame belongs to one row; rows follow each other.
fn assert_whole(events: &[Event], rows: &[Exchange]) {
    let mut next = 0;
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row.index, index);
        assert!(
            row.first_event >= next && row.last_event >= row.first_event,
            "{rows:#?}"
        );
        assert!(row.last_event < events.len());
        next = row.last_event + 1;
    }
    let mut owner = rows.iter().peekable();
    for (index, event) in events.iter().enumerate() {
        owner.next_if(|row| row.last_event < index);
        if matches!(event.kind, EventKind::Command(_) | EventKind::Response(_)) {
            assert!(
                owner
                    .peek()
                    .is_some_and(|row| (row.first_event..=row.last_event).contains(&index)),
                "event {index} is in no row: {events:#?}"
            );
        }
    }
    let in_rows = |row: &Exchange| row.commands(events).count() + row.responses(events).count();
    let total: usize = rows.iter().map(in_rows).sum();
    assert_eq!(total, frames(events).len());
}

#[test]
fn decoding_keeps_every_frame() {
    const CASES: usize = 3_500;
    let mut dice = Dice::new(1);
    let recordings = recordings();
    let others: Vec<Vec<u8>> = recordings
        .iter()
        .flat_map(|(events, _)| frames(events))
        .collect();
    let mut decoded = 0;
    for case in 0..CASES {
        let (events, keyring) = dice.pick(&recordings);
        let events = damaged(&mut dice, events, &others);
        let rows = trace::decode(&events, keyring);
        assert_whole(&events, &rows);
        decoded += rows.len();
        for row in &rows {
            let secrets = case % 2 == 0;
            let fields = trace::fields(row, &events, secrets);
            assert!(fields.iter().all(|field| !field.path.is_empty()));
            let line = rows::row(row, &events, None, secrets);
            assert!(
                line.starts_with("{\"index\":") && line.ends_with('}'),
                "{line}"
            );
        }
    }
    assert!(decoded > 10_000, "{decoded}");
}

#[test]
fn the_program_takes_any_file() {
    let mut dice = Dice::new(10);
    let mut files = samples();
    files.extend([file("assets/demo.json"), file("assets/demo-keys.json")]);
    let recordings = recordings();
    let some = recordings.iter().skip(3).step_by(9);
    files.extend(some.map(|(events, _)| pasted(events, 2)));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged");
    for case in 0..120 {
        let (one, other) = (dice.pick(&files), dice.pick(&files));
        std::fs::write(&path, dice.damage(one, other)).expect("writes");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tapscope"));
        let how: &[&str] = match case % 4 {
            0 => &["decode", "--text", "--secrets"],
            1 => &["decode", "--json"],
            2 => &["decode", "--from", "text"],
            _ => &["replay", "--on", "card"],
        };
        let output = command
            .args(how)
            .arg(&path)
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(
            matches!(code, Some(0..=2)) && !said.contains("panicked"),
            "{said}"
        );
        assert!(code != Some(2) || !said.is_empty());
    }
}

#[test]
fn apdus_of_any_bytes_parse() {
    const CASES: usize = 20_000;
    let mut dice = Dice::new(2);
    let recordings = recordings();
    let others: Vec<Vec<u8>> = recordings
        .iter()
        .flat_map(|(events, _)| frames(events))
        .collect();
    for _ in 0..CASES {
        let (one, other) = (dice.pick(&others), dice.pick(&others));
        let bytes = dice.damage(one, other);
        let apdu = CommandApdu::parse(&bytes);
        assert!(apdu.body_offset + apdu.body.len() <= bytes.len().max(apdu.body_offset));
        for form in [
            FrameForm::Native,
            FrameForm::Wrapped,
            FrameForm::Iso,
            FrameForm::Reader,
        ] {
            let answer = ResponseApdu::parse(form, &bytes);
            let status = if form == FrameForm::Native { 1 } else { 2 };
            let expected = bytes.len().checked_sub(status);
            assert_eq!(answer.map(|answer| answer.data.len()), expected);
        }
    }
}

/// The commands of a sample session; a card with `seed` answers them as recorded.
fn commands(name: &str) -> Vec<Vec<u8>> {
    let session = session::read(&file(&format!("sessions/{name}.json")))
        .expect("reads")
        .value;
    let commands = session
        .events
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::Command(bytes) => Some(bytes),
            _ => None,
        });
    commands.collect()
}

#[test]
fn the_card_answers_any_sequence_and_stays_a_card() {
    const SEQUENCES: usize = 500;
    let mut dice = Dice::new(3);
    let demo = |name| session::demo::image(name).expect("a demo image").as_bytes();
    let full = image::read(demo(session::demo::PERSONALISED)).expect("reads");
    let blank = image::read(demo(session::demo::BLANK)).expect("reads");
    let scripts = [
        (&blank, 1, commands("01-personalise")),
        (&full, 2, commands("02-top-up")),
        (&full, 3, commands("03-spend")),
    ];
    let others: Vec<Vec<u8>> = scripts.iter().flat_map(|(.., list)| list.clone()).collect();
    let mut frames = 0;
    for _ in 0..SEQUENCES {
        let (image, seed, commands) = dice.pick(&scripts);
        let mut card = Card::new(image, Box::new(SeededEntropy::new(*seed))).expect("a card");
        let undisturbed = dice.below(commands.len());
        for command in &commands[..undisturbed] {
            let answer = card.exchange(command).expect("power");
            let good = answer.ends_with(&[0x91, 0x00]) || answer.ends_with(&[0x91, 0xAF]);
            assert!(
                good || answer.ends_with(&[0x90, 0x00]),
                "the seed gives the session"
            );
        }
        for _ in 0..30 {
            let (one, other) = (dice.pick(&others).clone(), dice.pick(&others).clone());
            let frame = if dice.below(4) == 0 {
                one
            } else {
                dice.damage(&one, &other)
            };
            match dice.below(40) {
                0 => card.reset(),
                1 => card.tear_after(u32::try_from(dice.below(20)).expect("small")),
                _ => {}
            }
            assert!(
                card.exchange(&frame)
                    .map_or(true, |answer| !answer.is_empty()),
                "{frame:02X?}"
            );
            card.power_on();
            frames += 1;
        }
        assert_eq!(card.image().check(), Ok(()));
        card.reset();
        assert!(
            card.handle(&[0x60]).starts_with(&[0xAF]),
            "it still tells its version"
        );
    }
    assert!(frames > 10_000, "{frames}");
}

/// Feeds damaged copies of `files` to `read`.
fn feed(seed: u64, cases: usize, files: &[Vec<u8>], mut read: impl FnMut(&[u8])) {
    let mut dice = Dice::new(seed);
    for _ in 0..cases {
        let (one, other) = (dice.pick(files), dice.pick(files));
        let bytes = dice.damage(one, other);
        read(&bytes);
    }
}

#[test]
fn session_files_open_as_far_as_they_go() {
    let files = samples();
    feed(4, 3_000, &files, |bytes| {
        if let Ok(reading) = session::read(bytes) {
            let again = session::read(session::write(&reading.value).as_bytes());
            assert_eq!(
                again.map(|again| again.value.events),
                Ok(reading.value.events)
            );
        }
        let _format = import::detect(bytes);
    });
    let whole = session::read(&files[1]).expect("reads").value.events;
    let mut opened = 0;
    for end in 0..files[1].len() - 1 {
        let Ok(reading) = session::read(&files[1][..end]) else {
            continue;
        };
        let events = reading.value.events;
        assert!(whole.starts_with(&events), "cut at {end}");
        assert!(events.len() >= opened, "a longer part opens no less: {end}");
        let whole_file = end + 1 == files[1].len();
        assert!(whole_file || reading.findings.len() == 1, "cut at {end}");
        opened = events.len();
    }
    assert_eq!(opened, whole.len());
}

#[test]
fn key_files_and_images_are_read_or_refused() {
    let files = [
        file("assets/demo-keys.json"),
        br#"{"keys":[{"label":"s1","session":{"channel":"ev2","enc":"000102030405060708090A0B0C0D0E0F","mac":"000102030405060708090A0B0C0D0E0F","ti":"01020304","counter":0}},{"aid":"*","key_no":1,"type":"des","value":"0011223344556677","key_set":1}]}"#.to_vec(),
    ];
    feed(5, 3_000, &files, |bytes| {
        if let Ok(reading) = keys::read(bytes) {
            assert_eq!(
                keys::read(keys::emit(&reading.value).as_bytes()).map(|again| again.value),
                Ok(reading.value)
            );
        }
    });
    let tables = [
        b"label,aid,key_no,key_set,type,value,version,use,file_no,diversify\n\"a,b\",014499,3,0,aes128,000102030405060708090A0B0C0D0E0F,1,auth,,an10922:{uid}{aid_be}00\n;,*,0,,des,0011223344556677,0x10,tmac,15,\n".to_vec(),
        b"# keys\n000102030405060708090A0B0C0D0E0F # one\n0011223344556677\nA0A1A2A3A4A5\n".to_vec(),
    ];
    feed(7, 3_000, &tables, |bytes| {
        let options = keys::ImportOptions {
            aid_order: Some(keys::AidOrder::Wire),
            ..keys::ImportOptions::default()
        };
        keys::asks_aid_order(bytes, None);
        if let Ok(reading) = keys::import(bytes, options) {
            assert_eq!(
                keys::read(keys::emit(&reading.value).as_bytes()).map(|again| again.value),
                Ok(reading.value)
            );
        }
    });
    let images = [file("assets/demo.json"), file("assets/demo-blank.json")];
    feed(6, 3_000, &images, |bytes| {
        if let Ok(image) = image::read(bytes) {
            let mut card = Card::new(&image, Box::new(SeededEntropy::new(1))).expect("checked");
            for frame in [
                &[0x60][..],
                &[0x5A, 0x99, 0x44, 0x01],
                &[0x6F],
                &[0xF5, 3],
                &[0xBD, 15, 0, 0, 0, 0, 0, 0],
            ] {
                assert!(!card.handle(frame).is_empty());
            }
        }
    });
}

/// The frames as people paste them.
fn pasted(events: &[Event], style: usize) -> Vec<u8> {
    let mut text = String::new();
    for (index, event) in events.iter().take(24).enumerate() {
        let (bytes, marks) = match &event.kind {
            EventKind::Command(bytes) => (
                bytes,
                ["=> ", ">> ", "C: ", "12:00:01.5 TX: ", "[ 12] --> "],
            ),
            EventKind::Response(bytes) => (
                bytes,
                ["<= ", "<< ", "R: ", "12:00:02,25 RX: ", "[ 13] <-- "],
            ),
            _ => continue,
        };
        let mut digits = hex::upper(bytes);
        if index % 2 == 1 {
            let spaced: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits = spaced.join(" ");
        }
        writeln!(text, "{}{digits}", marks[style % marks.len()]).expect("a String takes it");
    }
    text.into_bytes()
}

#[test]
fn imports_take_any_text() {
    let recordings = recordings();
    let texts: Vec<Vec<u8>> = recordings
        .iter()
        .enumerate()
        .map(|(index, (events, _))| pasted(events, index))
        .collect();
    feed(7, 3_000, &texts, |bytes| {
        let reading = import::text::read(bytes);
        let rows = trace::decode(&reading.value.events, &Keyring::default());
        assert_whole(&reading.value.events, &rows);
        assert!(import::text::detect(bytes) <= Confidence::Maybe);
    });
    let mut one = Vec::new();
    for name in ["exchanges", "generated"] {
        for conversation in vectors::conversations(name) {
            let file =
                serde_json::json!({"format": "mifare-vectors/1", "exchanges": [conversation]});
            one.push(file.to_string().into_bytes());
        }
    }
    feed(8, 3_000, &one, |bytes| {
        let _format = import::detect(bytes);
        for conversation in import::vectors::read(bytes).unwrap_or_default() {
            let rows = trace::decode(&conversation.events, &conversation.keyring);
            assert_whole(&conversation.events, &rows);
        }
    });
    let whole = [
        file("tests/vectors/exchanges.json"),
        file("tests/vectors/generated.json"),
    ];
    feed(9, 20, &whole, |bytes| {
        let _conversations = import::vectors::read(bytes);
    });
}

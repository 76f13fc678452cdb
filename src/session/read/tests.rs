use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::session::write;
use crate::trace::{Event, EventKind, Lane, Presented};

fn event() -> impl Strategy<Value = Event> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    let kind = prop_oneof![
        bytes().prop_map(EventKind::Command),
        bytes().prop_map(EventKind::Response),
        Just(EventKind::Reset),
        Just(EventKind::FieldOff),
        Just(EventKind::Lost),
        any::<u32>().prop_map(|after_writes| EventKind::Tear { after_writes }),
        any::<String>().prop_map(EventKind::Note),
        (any::<String>(), bytes())
            .prop_map(|(reader, atr)| EventKind::Card(Box::new(Presented { reader, atr }))),
    ];
    let lane = prop::sample::select(Lane::ALL.to_vec());
    (any::<Option<u64>>(), lane, any::<u16>(), kind).prop_map(|(time_us, lane, reader, kind)| {
        Event {
            time_us,
            lane,
            reader,
            kind,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(events in prop::collection::vec(event(), 0..20), note in any::<String>()) {
        let session = Session { events, notes: vec![note], ..sample() };
        let text = write(&session);
        prop_assert_eq!(text.lines().filter(|line| line.starts_with("{\"")).count(), session.events.len() + 1);
        let reading = read(text.as_bytes()).unwrap();
        prop_assert_eq!(reading, Reading { value: session, findings: Vec::new() });
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }
}

fn sample() -> Session {
    Session {
        reader: Some("demo".into()),
        card: Some(CardIdentity {
            product: Some("desfire-ev2-4k".into()),
            uid: Some(vec![0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]),
            atr: None,
        }),
        image: Some("demo".into()),
        keys: vec![
            KeyLabel {
                label: "top-up".into(),
                aid: "014499".parse().ok(),
                key_no: 3,
            },
            KeyLabel {
                label: "any".into(),
                aid: None,
                key_no: 0,
            },
        ],
        notes: vec!["für später".into()],
        assertions: vec!["status == 9100".into()],
        events: [
            EventKind::Command(vec![0x90, 0x5A, 0, 0, 3, 0x99, 0x44, 1, 0]),
            EventKind::Response(vec![0x91, 0x00]),
            EventKind::Tear { after_writes: 3 },
            EventKind::Note("line\nbreak ü".into()),
            EventKind::Lost,
        ]
        .map(Event::new)
        .to_vec(),
    }
}

#[test]
fn a_file_cut_anywhere_gives_a_prefix_of_its_events_and_says_where() {
    let text = write(&sample());
    let whole = sample().events;
    let mut opened = 0;
    for end in 0..text.trim_end().len() {
        match read(&text.as_bytes()[..end]) {
            Ok(Reading { value, findings }) => {
                assert!(whole.starts_with(&value.events), "cut at {end}");
                assert!(value.events.len() >= opened);
                opened = value.events.len();
                assert_eq!(findings.len(), 1, "cut at {end}");
                assert_eq!(findings[0].code, "session_truncated");
                assert!(findings[0].text.contains(&format!("byte {end},")));
            }
            Err(error) => {
                assert!(matches!(error, ReadError::Foreign { .. }), "{end}: {error}");
                assert!(end < text.find(',').unwrap() + 1);
            }
        }
    }
    assert_eq!(opened, whole.len());
    let reading = read(&text.as_bytes()[..text.find("\"note\"").unwrap()]).unwrap();
    let finding = &reading.findings[0];
    assert!(finding.text.starts_with("Line 12 is cut off at byte "));
    assert!(finding.text.ends_with(", 3 events opened"));
    assert_eq!(finding.field.as_deref(), Some("events[3]"));
}

#[test]
fn a_changed_byte_never_panics() {
    let text = write(&sample()).into_bytes();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..20_000 {
        let mut bytes = text.clone();
        for _ in 0..=random.next_u32() % 3 {
            let at = random.next_u32() as usize % bytes.len();
            bytes[at] = random.next_u32().to_le_bytes()[0];
        }
        if let Err(error) = read(&bytes) {
            assert!(!error.to_string().is_empty());
        }
    }
}

fn refusal(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

fn with_events(events: &str) -> String {
    format!("{{\"format\":\"tapscope-session\",\"version\":1,\"events\":[\n{events}\n]}}")
}

#[test]
fn errors_name_line_field_expected_and_got() {
    let cases = [
        (
            "",
            "line 1, byte 0: not a tapscope-session file: the file ends here",
        ),
        (
            "hello",
            "line 1, byte 0: not a tapscope-session file: expected value",
        ),
        (
            r#"{"format":"other"}"#,
            r#"line 1: format is "other", "tapscope-session" expected"#,
        ),
        (
            "{\"format\":\"tapscope-session\",\n\"version\":9,\"new\":1}",
            "line 2: version 9, this program reads up to 1",
        ),
        (
            r#"{"format":"tapscope-session","events":[]}"#,
            "member version is missing",
        ),
        (
            r#"{"format":"tapscope-session","version":1}"#,
            "member events is missing",
        ),
        (
            "{\"format\":\"tapscope-session\",\"version\":1,\n\"reader\":5}",
            "line 2, byte 51, reader: invalid type: integer `5`, expected a string",
        ),
    ];
    for (text, sentence) in cases {
        assert_eq!(refusal(text), sentence, "{text}");
    }
    let event_cases = [
        (
            "{\"command\":\"905\"}",
            "events[0].command: 3 digits, an even number expected",
        ),
        (
            "{\"command\":\"90\"},\n{\"response\":[1]}",
            "events[1].response: invalid type: sequence, expected hexadecimal text",
        ),
        ("{\"reset\":false}", "events[0].reset: false, expected true"),
        (
            "{\"odour\":1}",
            "events[0]: unknown field `odour`, expected one of",
        ),
        ("{}", "events[0]: none given, expected one of command,"),
        (
            "{\"lost\":true,\"reset\":true}",
            "events[0].reset: given twice, expected at most",
        ),
        (
            "{\"lane\":\"moon\"}",
            "events[0].lane: unknown variant `moon`, expected one of `card`",
        ),
    ];
    for (events, sentence) in event_cases {
        let error = refusal(&with_events(events));
        assert!(error.contains(sentence), "{error}");
        let line = 2 + events.matches('\n').count();
        assert!(error.starts_with(&format!("line {line}, byte ")), "{error}");
    }
}

#[test]
fn a_damaged_place_keeps_what_stands_before_it() {
    let reading = read(with_events("{\"command\":\"90\"},\n\0\0\0").as_bytes()).unwrap();
    assert_eq!(reading.value.events.len(), 1);
    assert_eq!(
        reading.findings[0].text,
        "Line 3 is damaged at byte 70, 1 events opened"
    );
    let reading = read(format!("{}tail", with_events("{\"lost\":true}")).as_bytes()).unwrap();
    assert_eq!(reading.value.events.len(), 1);
    assert_eq!(reading.findings[0].code, "session_damaged");
}

#[test]
fn deep_nesting_and_long_junk_are_refused_in_short_sentences() {
    let deep = "[".repeat(1_000_000);
    for text in [
        deep.clone(),
        format!("{{\"format\":\"tapscope-session\",\"version\":1,\"notes\":{deep}"),
        with_events(&deep),
        with_events(&format!("{{\"tear\":{deep}")),
        with_events(&format!("{{\"time_us\":\"{}\"}}", "9".repeat(1_000_000))),
        format!("{{\"{}\":1}}", "k".repeat(1_000_000)),
    ] {
        assert!(refusal(&text).len() < 600);
    }
}

#[test]
fn a_hand_edited_file_is_read_as_it_is() {
    let text = "\u{feff}{ \"version\": 1, \"events\": [ { \"command\": \"90 5a\" } ],\n \"format\": \"tapscope-session\" }";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(
        reading.value.events,
        [Event::new(EventKind::Command(vec![0x90, 0x5A]))]
    );
}

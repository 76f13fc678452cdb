//! What holds for every topic: examples that work, bad input that names the field, steps that can be changed.

use tapscope::calculator::{
    Field, Kind, Line, Outcome, Overrides, Place, Role, TOPICS, Texts, Topic, Weight,
};

use super::run;

fn each_example(mut visit: impl FnMut(&'static Topic, Texts)) {
    for topic in TOPICS {
        for example in topic.examples {
            visit(topic, example.texts());
        }
    }
}

#[test]
fn every_topic_has_an_example_that_gives_a_table() {
    for topic in TOPICS {
        assert!(!topic.examples.is_empty(), "{} has no example", topic.id);
    }
    each_example(|topic, texts| {
        let outcome = topic.run(&texts, &Overrides::new());
        assert_eq!(outcome.slips, [], "{}", topic.id);
        assert!(!outcome.sheet.lines().is_empty(), "{}", topic.id);
        assert!(
            !outcome.sheet.is_wrong(),
            "{}: an example is right",
            topic.id
        );
        for name in texts.keys() {
            assert!(
                topic.field(name).is_some(),
                "{} has no input {name}",
                topic.id
            );
        }
    });
}

#[test]
fn names_of_topics_and_inputs_are_unique() {
    for (at, topic) in TOPICS.iter().enumerate() {
        assert!(
            TOPICS.iter().skip(at + 1).all(|other| other.id != topic.id),
            "{}",
            topic.id
        );
        for (at, field) in topic.fields.iter().enumerate() {
            let again = topic
                .fields
                .iter()
                .skip(at + 1)
                .any(|other| other.name == field.name);
            assert!(!again, "{}: {}", topic.id, field.name);
            assert!(
                !field.help.is_empty() && !field.help.ends_with('.'),
                "{}: {}",
                topic.id,
                field.name
            );
        }
    }
}

#[test]
fn every_step_can_be_changed_and_keeps_what_was_computed() {
    let mut without_effect = Vec::new();
    each_example(|topic, texts| {
        let computed = topic.run(&texts, &Overrides::new());
        let lines: Vec<Line> = computed.sheet.lines().to_vec();
        for (at, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.bytes().is_some_and(|bytes| !bytes.is_empty()))
        {
            let own = line.bytes().unwrap_or_default();
            let other: Vec<u8> = own.iter().map(|byte| byte ^ 0x5A).collect();
            let changed = Overrides::from([(line.key.clone(), other.clone())]);
            let outcome = topic.run(&texts, &changed);
            assert_eq!(
                outcome.sheet.bytes(&line.key),
                Some(&other[..]),
                "{}: {}",
                topic.id,
                line.key
            );
            if line.role == Role::Step && !does_not_count(topic, line) {
                let follows = outcome.sheet.lines().get(at + 1..) != lines.get(at + 1..);
                if !follows && !outcome.is_refused() {
                    without_effect.push(format!("{}: {}", topic.id, line.key));
                }
            }
        }
    });
    assert_eq!(without_effect, [""; 0], "nothing follows these");
}

/// Steps that an example does not go on with: a plaintext of LRP counts only when its nibble occurs in what is
/// evaluated, K2 of a CMAC only when its message is padded; a head as sent is shown beside the one that counts.
fn does_not_count(topic: &Topic, line: &Line) -> bool {
    match topic.id {
        "lrp" => line.label.starts_with("Plaintext "),
        "tmac" => line.label.ends_with(" head as sent"),
        "cmac" => line.label == "K2",
        _ => false,
    }
}

/// Runs a topic with one step changed.
fn changed(topic: &str, pairs: &[(&str, &str)], step: &str, hex: &str) -> Outcome {
    let topic = tapscope::calculator::topic(topic).expect("a topic");
    let bytes = tapscope::bytes::hex::parse(hex).expect("digits");
    let changed = Overrides::from([(step.to_owned(), bytes)]);
    topic.run(&super::texts(pairs), &changed)
}

#[test]
fn a_step_of_another_length_is_refused_where_it_stands() {
    let key = ("key", "00112233445566778899AABBCCDDEEFF");
    let m = ("input", "04782E21801D80");
    let lrp = [
        ("what", "encrypt"),
        ("key", key.1),
        ("counter", "00000001"),
        ("data", "0102030405060708090A0B0C0D0E0F10"),
    ];
    let file = [("bytes", "0500F0EF0201")];
    for (topic, pairs, step, expected) in [
        ("diversify", &[key, m][..], "Padded to two blocks", "32"),
        ("diversify", &[key, m], "Last block ⊕ K1 or K2", "32"),
        ("diversify", &[key, m], "K1", "16"),
        ("lrp", &lrp, "Data", "a multiple of 16"),
        ("file-settings", &file, "FileType", "1"),
    ] {
        let outcome = changed(topic, pairs, step, "0102");
        let slip = outcome.slips.first().expect("a refusal");
        assert_eq!(slip.place, Place::Step(step.into()), "{topic}");
        assert_eq!(
            slip.text,
            format!("2 bytes, {expected} expected"),
            "{topic}"
        );
    }
}

#[test]
fn a_field_of_a_structure_that_is_changed_is_read_again() {
    let file = [("bytes", "0283301200000000 50C30000 00000000 01 01 1F20")];
    let outcome = changed("file-settings", &file, "FileOption", "80");
    assert_eq!(outcome.slips, []);
    let mode = |outcome: &Outcome| {
        let line = outcome.sheet.line("Communication mode").expect("a mode");
        line.content.clone()
    };
    assert_ne!(mode(&outcome), mode(&run("file-settings", &file)));
    assert!(!outcome.sheet.is_wrong());
}

#[test]
fn updated_key_one_enciphers_and_makes_no_macs() {
    let key = ("key", "E0C4935FF0C254CD2CEF8FDDC32460CF");
    let data = "FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623";
    let pairs = [
        ("what", "decrypt"),
        key,
        ("counter", "C3315DBF"),
        ("data", data),
    ];
    let numbered = [&pairs[..], &[("number", "1")]].concat();
    let plain = run("lrp", &pairs);
    assert_eq!(plain.sheet.lines(), run("lrp", &numbered).sheet.lines());
    assert!(plain.sheet.line("Updated key 1").is_some());
    assert!(run("lrp", &[key]).sheet.line("Updated key 0").is_some());
}

#[test]
fn a_condition_is_one_digit() {
    for wrong in ["0F", "+5", "", "G", "١"] {
        let outcome = run(
            "access-bits",
            &[
                ("read", "1"),
                ("write", wrong),
                ("read-write", "3"),
                ("change", "0"),
            ],
        );
        let slip = outcome.slips.first();
        assert_eq!(
            slip.map(|slip| slip.place.name()),
            Some("write"),
            "{wrong:?}"
        );
    }
}

#[test]
fn bad_input_names_its_field_and_what_was_expected() {
    each_example(|topic, texts| {
        for field in topic
            .fields
            .iter()
            .filter(|field| field.counts(topic.fields, &texts))
        {
            for text in wrong(field) {
                let mut texts = texts.clone();
                texts.insert(field.name.into(), (*text).into());
                let outcome = topic.run(&texts, &Overrides::new());
                let place = Place::Field(field.name.into());
                let slip = outcome.slips.iter().find(|slip| slip.place == place);
                let slip =
                    slip.unwrap_or_else(|| panic!("{} {} takes {text:?}", topic.id, field.name));
                assert_eq!(slip.weight, Weight::Refused);
                assert!(
                    outcome.sheet.lines().is_empty(),
                    "nothing is computed with it"
                );
            }
        }
    });
}

fn wrong(field: &Field) -> &'static [&'static str] {
    match field.kind {
        Kind::Bytes([]) => &["ABC", "zz"],
        Kind::Bytes(_) => &[
            "ABC",
            "zz",
            "0102030405060708091011121314151617181920212223242526272829303132333435",
        ],
        Kind::Number(_) | Kind::Counter(_) => &["-1", "x", "0x1FFFFFFFFFFFFFFFFF"],
        Kind::Choice(_) | Kind::Flag => &["nonsense"],
        Kind::Text | Kind::Lines => &[],
    }
}

#[test]
fn all_bad_inputs_are_named_at_once() {
    let outcome = run("kcv", &[("type", "rot13"), ("key", "001")]);
    let places: Vec<&str> = outcome.slips.iter().map(|slip| slip.place.name()).collect();
    assert_eq!(places, ["type", "key"]);
    assert_eq!(outcome.slips[1].text, "3 digits, an even number expected");
}

#[test]
fn likely_slips_are_named() {
    let hint = |pairs: &[(&str, &str)]| run("kcv", pairs).slips[0].hint.clone().unwrap_or_default();
    assert_eq!(
        hint(&[("key", "O0112233445566778899AABBCCDDEEFF")]),
        "A letter O stands where a zero belongs"
    );
    assert_eq!(
        hint(&[
            ("type", "AES128"),
            ("key", "00112233445566778899AABBCCDDEEFF")
        ]),
        "It is written aes128"
    );
    let ascii = "3031323334353637383930313233343536373839303132333435363738393031";
    let slip = hint(&[("key", ascii)]);
    assert_eq!(
        slip,
        "Read as ASCII these are the digits of 16 bytes, which fits"
    );
}

#[test]
fn a_counter_that_reads_two_ways_says_so() {
    let slips = |counter: &str| {
        let pairs = [
            ("key", "A0B0C0D0E0F000102030405060708090"),
            ("uid", "04175D87000000"),
            ("tmc", counter),
        ];
        let outcome = run("tmac", &pairs);
        let own = outcome
            .slips
            .into_iter()
            .filter(|slip| slip.place.name() == "tmc");
        own.map(|slip| slip.sentence()).collect::<Vec<_>>()
    };
    for clear in ["06000000", "6", "0x989687", "10000", "E8030000"] {
        assert_eq!(slips(clear), [""; 0], "{clear}");
    }
    let decimal = "Read as bytes, least significant first: 117440528. The number 10000007 is written 0x989687";
    assert_eq!(slips("10000007"), [decimal]);
    let reversed =
        "Read as bytes, least significant first: 100663296. If 6 is meant, the bytes are 06000000";
    assert_eq!(slips("00000006"), [reversed]);
}

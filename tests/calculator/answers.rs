//! Answers whose form differs from that of their mode: those that only say that all went well.

use tapscope::calculator::{Content, Outcome};

use super::{digits, run};

const AES: [(&str, &str); 3] = [
    ("channel", "ev1"),
    ("session-key", "41B4719A4FEB2C3A8A491196F448157C"),
    ("iv", "CCA208AB50D8BC872936780007D61463"),
];
const DES: [(&str, &str); 4] = [
    ("channel", "ev1"),
    ("type", "2k3des"),
    ("session-key", "00102031405060708090A0B0B0A09080"),
    ("iv", "B295579926155AE3"),
];

fn notes(outcome: &Outcome, words: &str) -> bool {
    outcome
        .sheet
        .lines()
        .iter()
        .any(|line| matches!(&line.content, Content::Note(text) if text.contains(words)))
}

#[test]
fn an_answer_of_d40_without_data_has_no_mac_and_no_cryptogram() {
    for mode in ["plain", "mac", "full"] {
        let pairs = [
            ("channel", "d40"),
            ("session-key", "71CB903AAFA2C147"),
            ("direction", "read-answer"),
            ("mode", mode),
            ("frame", "9100"),
        ];
        let outcome = run("frame", &pairs);
        assert_eq!(outcome.slips, [], "{mode}");
        assert!(!outcome.sheet.is_wrong(), "{mode}");
        assert_eq!(digits(&outcome, "Data"), "");
        assert_eq!(notes(&outcome, "No data"), mode != "plain", "{mode}");
    }
}

#[test]
fn an_answer_of_ev1_to_an_enciphered_command_carries_a_mac() {
    for session in [&AES[..], &DES] {
        let build = [("direction", "build-answer"), ("mode", "full")];
        let frame = digits(&run("frame", &[session, &build].concat()), "Wrapped frame");
        let read = [("direction", "read-answer"), ("frame", &frame)];
        let outcome = run("frame", &[session, &read].concat());
        assert_eq!(outcome.slips, [], "{session:?}");
        assert!(!outcome.sheet.is_wrong(), "{session:?}");
        assert!(outcome.sheet.line("Received MAC").is_some());
        assert_eq!(digits(&outcome, "Data"), "");
    }
}

#[test]
fn eight_bytes_that_are_neither_hint_at_the_mode_of_a_mac() {
    let read = [
        ("direction", "read-answer"),
        ("frame", "D79C623BB592C4009100"),
    ];
    let aes = run("frame", &[&AES[..], &read].concat());
    let hint = aes.slips[0].hint.clone().unwrap_or_default();
    assert!(hint.contains("mode mac"), "{hint}");
    let des = run("frame", &[&DES[..], &read].concat());
    assert!(des.sheet.is_wrong());
    assert!(notes(&des, "mode mac"));
}

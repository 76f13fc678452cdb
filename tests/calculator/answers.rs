//! Answers whose form differs from that of their mode: those that only say that all went well.

use tapscope::calculator::{Content, Outcome};

use super::{digits, run};

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

//! Saving, opening, samples, replay.

use std::path::Path;

use tapscope::secure_messaging::Verdict;
use tapscope::trace::Exchange;
use tapscope::workbench::{Action, CardStart, NoticeKind, ReplayTarget};

use crate::support::desk::{Desk, lose_answer, tear};

fn save(desk: &mut Desk, name: &str) -> std::path::PathBuf {
    let path = desk.path(name);
    desk.act(Action::SaveSession(Some(path.clone())));
    assert_eq!(desk.notices(), [""; 0]);
    path
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a saved file")
}

#[test]
fn what_is_saved_is_what_is_opened() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Spend { amount: 100 });
    let rows = desk.bench.rows().to_vec();
    let path = save(&mut desk, "a.json");
    assert!(!desk.bench.document().changed);
    assert_eq!(desk.bench.document().name, "a.json");
    desk.act(Action::NewSession);
    assert!(desk.bench.rows().is_empty());
    assert_eq!(desk.bench.document().name, "");
    desk.act(Action::OpenSession(path.clone()));
    assert_eq!(desk.bench.rows(), rows);
    assert_eq!(desk.bench.document().path.as_ref(), Some(&path));
    assert_eq!(desk.bench.document().image.as_deref(), Some("demo"));
    assert_eq!(desk.bench.selected(), None);
    let before = text(&path);
    desk.act(Action::SaveSession(None));
    assert_eq!(text(&path), before, "saving again writes the same bytes");
}

#[test]
fn a_file_that_cannot_be_written_loses_nothing() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SaveSession(None));
    let notice = desk.take_notice(NoticeKind::Warning);
    assert!(notice.contains("file name"), "{notice}");
    desk.act(Action::SaveSession(Some(desk.path("no/such/folder.json"))));
    let notice = desk.take_notice(NoticeKind::Failure);
    assert!(notice.contains("was not saved"), "{notice}");
    assert!(desk.bench.document().changed);
    assert_eq!(desk.bench.document().path, None);
    assert_eq!(desk.bench.rows().len(), 7);
    assert!(desk.bench.settings().recent.is_empty());
    save(&mut desk, "here.json");
    assert!(!desk.bench.document().changed);
}

#[test]
fn notes_are_saved_and_come_back() {
    let mut desk = Desk::topped_up();
    let names = desk.names();
    for (row, note) in [(0, "first"), (4, "the \"money\"\nis here"), (6, "last")] {
        desk.act(Action::NoteRow {
            row,
            text: note.into(),
        });
    }
    let path = save(&mut desk, "a.json");
    let saved = text(&path);
    assert!(
        saved.contains(r#"{"note":"the \"money\"\nis here"}"#),
        "{saved}"
    );
    desk.act(Action::NewSession);
    desk.act(Action::OpenSession(path.clone()));
    assert_eq!(desk.names(), names);
    assert_eq!(desk.bench.note(0), Some("first"));
    assert_eq!(desk.bench.note(4), Some("the \"money\"\nis here"));
    assert_eq!(desk.bench.note(6), Some("last"));
    assert_eq!(desk.bench.note(5), None);
    desk.act(Action::NoteRow {
        row: 6,
        text: String::new(),
    });
    assert!(desk.bench.document().changed);
    desk.act(Action::SaveSession(None));
    assert_eq!(text(&path), saved.replace(",\n{\"note\":\"last\"}", ""));
}

#[test]
fn what_a_file_says_beyond_its_events_is_kept() {
    let mut desk = Desk::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/02-top-up.json");
    desk.act(Action::OpenSession(sample.clone()));
    let copy = save(&mut desk, "copy.json");
    assert_eq!(text(&copy), text(&sample));
}

#[test]
fn rows_added_to_an_opened_session_are_not_saved_yet() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(1));
    assert!(!desk.bench.document().changed);
    let rows = desk.bench.rows().len();
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.bench.rows().len(), rows + 7);
    assert!(desk.bench.document().changed);
}

#[test]
fn all_samples_open_and_replay() {
    for index in 0..9 {
        let mut desk = Desk::new();
        desk.act(Action::OpenSample(index));
        assert_eq!(desk.notices(), [""; 0], "sample {index}");
        assert!(!desk.bench.rows().is_empty());
        let bad = |row: &Exchange| row.verdicts.any(Verdict::Bad);
        assert!(!desk.bench.rows().iter().any(bad), "sample {index}");
        for target in [ReplayTarget::Recorded, ReplayTarget::Card] {
            desk.act(Action::Replay(target));
            let result = desk.bench.replay_result().expect("a result");
            assert_eq!(result.divergence, None, "sample {index} on {target:?}");
            assert_eq!(result.skipped, [], "sample {index} on {target:?}");
            assert!(result.compared > 0);
        }
    }
    let mut desk = Desk::topped_up();
    desk.act(Action::OpenSample(99));
    assert_eq!(desk.bench.rows().len(), 7);
}

#[test]
fn a_recording_replays_on_its_answers_and_on_a_card() {
    let mut desk = Desk::new();
    assert_eq!(desk.bench.can_replay(), Err("Off, the trace is empty"));
    desk.play([
        Action::TopUp { amount: 1000 },
        Action::Spend { amount: 250 },
        Action::PresentCard(false),
        Action::PresentCard(true),
        tear(2),
        Action::TopUp { amount: 100 },
        Action::TopUp { amount: 100 },
        Action::ResetCard,
        lose_answer(0xC7),
        Action::TopUp { amount: 100 },
        Action::ListApplications,
    ]);
    for target in [ReplayTarget::Recorded, ReplayTarget::Card] {
        desk.act(Action::Replay(target));
        let result = desk.bench.replay_result().expect("a result");
        assert_eq!(result.target, target);
        assert_eq!(result.divergence, None, "{target:?}");
        assert_eq!(result.skipped, [], "{target:?}");
    }
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(
        desk.bench.replay_result(),
        None,
        "an old result is no result"
    );
}

#[test]
fn a_card_that_is_no_demo_card_is_not_replayed_on_one() {
    let mut desk = Desk::topped_up();
    desk.act(Action::NewSession);
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.bench.document().image, None);
    desk.act(Action::Replay(ReplayTarget::Card));
    let notice = desk.take_notice(NoticeKind::Warning);
    assert!(notice.contains("no start image"), "{notice}");
    assert_eq!(desk.bench.replay_result(), None);
    let mut desk = Desk::new();
    desk.act(Action::CreateCard(CardStart::Blank));
    desk.act(Action::Personalise);
    assert_eq!(desk.bench.document().image.as_deref(), Some("demo-blank"));
    desk.act(Action::Replay(ReplayTarget::Card));
    let result = desk.bench.replay_result().expect("a result");
    assert_eq!(result.divergence, None);
}

#[test]
fn a_changed_byte_is_found_and_shown() {
    let mut desk = Desk::topped_up();
    let path = save(&mut desk, "a.json");
    let saved = text(&path);
    // The first cryptogram byte of the credit.
    let at = saved.find("\"900C0000").expect("the credit") + "\"900C000019".len() + 4;
    let mut changed = saved.clone().into_bytes();
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
    std::fs::write(&path, changed).expect("written");
    desk.act(Action::OpenSession(path));
    assert_eq!(desk.bench.rows().len(), 7);
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Bad);
    for target in [ReplayTarget::Recorded, ReplayTarget::Card] {
        desk.act(Action::SelectRow(Some(0)));
        desk.act(Action::Replay(target));
        let result = desk.bench.replay_result().expect("a result");
        let (row, divergence) = result.divergence.as_ref().expect("a divergence");
        assert_eq!(*row, 4, "{divergence:?}");
        assert_eq!(desk.bench.selected(), Some(4), "the selection shows it");
    }
}

#[test]
fn garbage_keeps_the_trace_that_is_open() {
    let mut desk = Desk::topped_up();
    let path = desk.path("garbage");
    let contents: [&[u8]; 5] = [
        b"",
        b"\x00\xFF\xFE\x80 garbage",
        b"{\"format\":\"tapscope-session\",\"version\":1,\"events\":[{\"command\":\"9\"}]}",
        b"{\"format\":\"tapscope-session\",\"version\":999,\"events\":[]}",
        b"The quick brown fox jumps over the lazy dog",
    ];
    for content in contents {
        std::fs::write(&path, content).expect("written");
        desk.act(Action::OpenSession(path.clone()));
        let shown = String::from_utf8_lossy(content);
        assert_eq!(desk.bench.rows().len(), 7, "{shown}");
        desk.take_notice(NoticeKind::Failure);
        assert!(desk.bench.document().changed, "{shown}");
        assert!(desk.bench.settings().recent.is_empty(), "{shown}");
    }
    desk.act(Action::OpenSession(desk.path("missing.json")));
    let notice = desk.take_notice(NoticeKind::Failure);
    assert!(notice.contains("missing.json can't be read"), "{notice}");
    desk.act(Action::OpenSession(desk.path("")));
    desk.take_notice(NoticeKind::Failure);
    assert_eq!(desk.bench.rows().len(), 7);
}

#[test]
fn lines_of_text_are_a_trace_with_their_remarks() {
    let mut desk = Desk::new();
    let path = desk.path("lines.txt");
    std::fs::write(&path, "# who is it\n=> 9060000000\n<= 0401013300160591AF\n").expect("written");
    desk.act(Action::OpenSession(path));
    assert_eq!(desk.names(), ["GetVersion"]);
    assert_eq!(desk.bench.note(0), Some("# who is it"));
}

#[test]
fn recent_files_are_listed_newest_first() {
    let mut desk = Desk::topped_up();
    for number in 0..12 {
        save(&mut desk, &format!("{number}.json"));
    }
    let names = |desk: &Desk| {
        let recent = desk.bench.settings().recent.iter();
        let name = |path: &std::path::PathBuf| path.file_stem()?.to_str()?.parse::<u8>().ok();
        recent.filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&desk), (2..12).rev().collect::<Vec<_>>());
    desk.act(Action::OpenSession(desk.path("5.json")));
    assert_eq!(names(&desk), [5, 11, 10, 9, 8, 7, 6, 4, 3, 2]);
}

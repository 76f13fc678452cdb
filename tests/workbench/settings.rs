//! Settings and what they change: copied text, autosave, the log.

use tapscope::trace::{Event, EventKind};
use tapscope::workbench::{
    Action, AidOrder, CopyForm, HexGroup, LendingState, LogLevel, LogLine, LogLines, NoticeKind,
    Report, ReportKind, Setting,
};

use crate::support::desk::Desk;

fn copied(desk: &mut Desk, form: CopyForm) -> String {
    desk.act(Action::CopyRow(form));
    desk.inline.clipboard.take().expect("text on the clipboard")
}

#[test]
fn a_row_is_copied_in_every_form() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(1)));
    let line = copied(&mut desk, CopyForm::Line);
    assert_eq!(line, "1  014499  SelectApplication  5A994401  9100  plain");
    let frames = copied(&mut desk, CopyForm::Frames);
    assert_eq!(frames, "=> 905A00000399440100\n<= 9100");
    assert_eq!(copied(&mut desk, CopyForm::Apdus), "905A00000399440100");
    let json = copied(&mut desk, CopyForm::Json);
    assert!(json.starts_with(r#"{"index":1,"#) && json.contains(r#""wire":["9100"]"#));
    assert_eq!(
        copied(&mut desk, CopyForm::Rust),
        "const COMMANDS: &[&[u8]] = &[&[0x90, 0x5A, 0x00, 0x00, 0x03, 0x99, 0x44, 0x01, 0x00]];\n\
         const ANSWERS: &[&[u8]] = &[&[0x91, 0x00]];"
    );
    assert_eq!(
        copied(&mut desk, CopyForm::Python),
        "commands = [bytes.fromhex(\"905A00000399440100\")]\nanswers = [bytes.fromhex(\"9100\")]"
    );
    desk.act(Action::Set(Setting::HexGroup(HexGroup::One)));
    desk.act(Action::Set(Setting::AidOrder(AidOrder::Wire)));
    let apdus = copied(&mut desk, CopyForm::Apdus);
    assert_eq!(apdus, "90 5A 00 00 03 99 44 01 00");
    let line = copied(&mut desk, CopyForm::Line);
    assert!(line.starts_with("1  994401  SelectApplication"), "{line}");
}

#[test]
fn without_a_row_nothing_is_copied() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(None));
    desk.act(Action::CopyRow(CopyForm::Json));
    assert_eq!(desk.inline.clipboard, None);
}

#[test]
fn a_session_with_a_file_saves_itself() {
    let mut desk = Desk::topped_up();
    let path = desk.path("auto.json");
    desk.act(Action::Set(Setting::Autosave(true)));
    desk.act(Action::TopUp { amount: 100 });
    assert!(desk.bench.document().changed, "it has no file yet");
    desk.act(Action::SaveSession(Some(path.clone())));
    let before = std::fs::read(&path).expect("the session");
    desk.act(Action::TopUp { amount: 100 });
    assert!(!desk.bench.document().changed);
    let after = std::fs::read(&path).expect("the session");
    assert!(after.len() > before.len());
    desk.act(Action::Set(Setting::Autosave(false)));
    desk.act(Action::TopUp { amount: 100 });
    assert!(desk.bench.document().changed);
}

#[test]
fn a_tap_is_saved_when_it_is_quiet_or_has_doubled() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Set(Setting::Autosave(true)));
    desk.act(Action::SaveSession(Some(desk.path("tap.json"))));
    let saved = desk.bench.log().events().len();
    // Without its worker: only the model is asked.
    let _submitted = desk.bench.apply(Action::Lend("127.0.0.1:1".into()));
    let worker = desk.bench.reader().expect("a reader").worker;
    let mut absorb = |kind| {
        desk.bench.absorb(Report { worker, kind });
        let due = desk.bench.due();
        let saves = !due.is_empty();
        desk.inline.run_all(&mut desk.bench, due);
        assert!(!saves || !desk.bench.document().changed);
        saves
    };
    let event = || ReportKind::Event(Event::new(EventKind::Command(vec![0x60])));
    let lending = |state| ReportKind::Lending(state);
    assert!(!absorb(lending(LendingState::Connected)));
    for _ in 1..saved {
        assert!(!absorb(event()), "each event copies and writes them all");
    }
    assert!(absorb(event()), "twice as many as were saved");
    assert!(!absorb(event()));
    assert!(absorb(lending(LendingState::Quiet(10))));
    assert!(!absorb(event()), "it is not quiet any more");
    assert!(absorb(lending(LendingState::Waiting("gone".into()))));
}

#[test]
fn a_file_that_cannot_be_written_is_told_once_for_each_change() {
    let mut desk = Desk::topped_up();
    let folder = desk.path("folder");
    std::fs::create_dir(&folder).expect("a folder");
    let path = folder.join("auto.json");
    desk.act(Action::SaveSession(Some(path)));
    desk.act(Action::Set(Setting::Autosave(true)));
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    desk.act(Action::TopUp { amount: 100 });
    let text = desk.take_notice(NoticeKind::Failure);
    assert!(text.ends_with("auto.json was not saved"), "{text}");
    desk.act(Action::ToggleMark);
    assert_eq!(desk.notices(), Vec::<&str>::new());
    desk.act(Action::TopUp { amount: 100 });
    desk.take_notice(NoticeKind::Failure);
    assert!(desk.bench.document().changed, "nothing is lost");
}

#[test]
fn the_last_lines_of_the_log_are_kept() {
    let mut desk = Desk::new();
    for number in 0..LogLines::MOST + 5 {
        desk.act(Action::Log(LogLine {
            level: LogLevel::Info,
            text: number.to_string(),
        }));
    }
    let texts: Vec<&str> = desk
        .bench
        .log_lines()
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(texts.len(), LogLines::MOST);
    assert_eq!((texts[0], texts[LogLines::MOST - 1]), ("5", "1004"));
    desk.act(Action::ClearLog);
    assert_eq!(desk.bench.log_lines().iter().count(), 0);
}

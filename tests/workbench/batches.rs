//! Files of transactions and URLs, checked beside the window.

use tapscope::calculator::Texts;
use tapscope::calculator::batch::{Kind, Standing};
use tapscope::workbench::{Action, CheckedFile, Effect, NoticeKind, PageInputs};

use crate::support::desk::Desk;
use crate::support::many::{KEY, transactions, with_mistakes};

const FOUND: &str = "a checked file";

fn inputs(more: &[(&str, &str)]) -> PageInputs {
    let all = [&[("key", KEY)], more].concat();
    let texts = all
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    PageInputs(texts.collect())
}

/// A file of this content, checked.
fn checked(desk: &mut Desk, kind: Kind, content: &str, more: &[(&str, &str)]) {
    let path = desk.path("may.csv");
    std::fs::write(&path, content).expect("written");
    desk.play([
        Action::PrepareCheck(kind, inputs(more)),
        Action::CheckFile(kind, path),
    ]);
}

fn file(desk: &Desk) -> &CheckedFile {
    desk.bench.checked(Kind::Transactions).expect(FOUND)
}

#[test]
fn twenty_thousand_transactions_are_checked_and_the_wrong_one_is_named() {
    let mut desk = Desk::new();
    let table = transactions(20_000);
    checked(&mut desk, Kind::Transactions, &table, &[]);
    assert_eq!(
        desk.take_notice(NoticeKind::Info),
        "may.csv: 20000 transactions of 200 cards: 0 wrong, 0 cards with gaps"
    );
    assert_eq!(
        (file(&desk).told.len(), file(&desk).checked.len()),
        (0, 20_000)
    );

    checked(&mut desk, Kind::Transactions, &with_mistakes(), &[]);
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.ends_with("19999 transactions of 200 cards: 1 wrong, 1 card with gaps"));
    let file = file(&desk);
    assert_eq!(file.told, [12_343]);
    let told = file.checked.listed(12_343).expect("a line");
    assert_eq!((told.line, told.standing), (Some(12_345), Standing::Wrong));
    assert!(told.sentences[0].starts_with("TMV wrong, "), "{told:?}");
    assert_eq!(file.gaps[0].sentences, ["TMC 76 missing"]);
    assert_eq!(file.name(), "may.csv");
}

#[test]
fn a_check_can_be_cancelled_and_the_one_before_stays() {
    let mut desk = Desk::new();
    checked(&mut desk, Kind::Transactions, &transactions(3), &[]);
    desk.take_notice(NoticeKind::Info);
    let path = desk.path("june.csv");
    std::fs::write(&path, transactions(5)).expect("written");
    let effects = desk
        .bench
        .apply(Action::CheckFile(Kind::Transactions, path));
    assert!(matches!(effects[0], Effect::Read { .. }));
    let effects = read(&mut desk, "june.csv");
    assert!(desk.bench.checking(Kind::Transactions).is_some());
    // It ends, and before that is known it is cancelled.
    let mut news = Vec::new();
    for effect in effects {
        match effect {
            Effect::Compute(task) => task.run(&mut |one| news.push(one)),
            other => panic!("{other:?}"),
        }
    }
    desk.act(Action::CancelCheck(Kind::Transactions));
    assert!(desk.bench.checking(Kind::Transactions).is_none());
    assert_eq!(
        desk.take_notice(NoticeKind::Info),
        "june.csv was not checked: cancelled"
    );
    for one in news {
        let effects = desk.bench.absorb_news(one);
        desk.inline.run_all(&mut desk.bench, effects);
    }
    assert_eq!(file(&desk).checked.len(), 3, "its result found no taker");
    desk.act(Action::CloseChecked(Kind::Transactions));
    assert!(desk.bench.checked(Kind::Transactions).is_none());
}

/// The file is read; its lines are not checked yet.
fn read(desk: &mut Desk, name: &str) -> Vec<Effect> {
    let path = desk.path(name);
    let content = std::fs::read(&path).map_err(|error| error.to_string());
    desk.bench.apply(Action::FileRead {
        path,
        purpose: tapscope::workbench::FilePurpose::Lines(Kind::Transactions),
        content,
    })
}

#[test]
fn checks_of_both_kinds_run_beside_each_other_and_are_cancelled_apart() {
    let mut desk = Desk::new();
    std::fs::write(desk.path("june.csv"), transactions(5)).expect("written");
    desk.act(Action::PrepareCheck(Kind::Transactions, inputs(&[])));
    let held = read(&mut desk, "june.csv");
    checked(&mut desk, Kind::Urls, "https://a.b/?x=1\n", &[]);
    assert!(desk.bench.checked(Kind::Urls).is_some());
    assert!(desk.bench.checking(Kind::Transactions).is_some());
    desk.act(Action::CancelCheck(Kind::Urls));
    assert!(
        desk.bench.checking(Kind::Transactions).is_some(),
        "that of the other kind"
    );
    desk.inline.run_all(&mut desk.bench, held);
    assert_eq!(file(&desk).checked.len(), 5);
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_one_before() {
    let mut desk = Desk::new();
    checked(&mut desk, Kind::Transactions, &transactions(3), &[]);
    desk.take_notice(NoticeKind::Info);
    let no = file(&desk).no;
    let path = desk.path("none.csv");
    desk.act(Action::CheckFile(Kind::Transactions, path));
    assert_eq!(
        desk.take_notice(NoticeKind::Failure),
        "none.csv can't be read"
    );
    assert_eq!(file(&desk).no, no);
    checked(&mut desk, Kind::Transactions, &transactions(3), &[]);
    assert_ne!(file(&desk).no, no);
}

#[test]
fn what_is_wrong_with_inputs_or_file_is_told_and_no_key_is_printed() {
    let mut desk = Desk::new();
    let failure = |desk: &mut Desk, content: &str, more: &[(&str, &str)]| {
        checked(desk, Kind::Transactions, content, more);
        let notice = desk.bench.notices().last().expect("a notice").clone();
        assert_eq!(
            desk.take_notice(NoticeKind::Failure),
            "may.csv can't be checked"
        );
        notice.details
    };
    let fine = transactions(2);
    assert_eq!(
        failure(&mut desk, &fine, &[("key", "0F1E")]),
        "key: 2 bytes, 16 expected"
    );
    assert_eq!(
        failure(&mut desk, &fine, &[("diversify", "an10923:{uid}")]),
        "diversify: \"an10923\", one of an10922, aes_cmac_div, boltcard expected"
    );
    let headless = failure(&mut desk, "04A1B2C3D4E5F6,7\n", &[]);
    assert!(headless.contains("the first row has to name the columns"));
    let empty = failure(&mut desk, "uid,tmc,tmv,tmi\n", &[]);
    assert_eq!(empty, "no transaction, one a line expected");
    assert!(!format!("{:?}", inputs(&[])).contains("0F1E"));
    checked(&mut desk, Kind::Transactions, &fine, &[]);
    assert!(!format!("{:?}", desk.bench).contains("0F1E2D"));
}

#[test]
fn urls_are_checked_with_the_inputs_of_their_page() {
    let mut desk = Desk::new();
    let right =
        "https://ntag.nxp.com/424?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086";
    let wrong = right.replace("94EED9", "95EED9");
    let content = format!("{right}\n{wrong}\n{right}\n");
    checked(
        &mut desk,
        Kind::Urls,
        &content,
        &[("key", "00000000000000000000000000000000")],
    );
    let text = desk.take_notice(NoticeKind::Warning);
    assert_eq!(
        text,
        "may.csv: 3 URLs of 1 tag: 2 wrong, 1 of these replayed; 0 late, 0 reads between not seen"
    );
    let file = desk.bench.checked(Kind::Urls).expect(FOUND);
    assert_eq!(file.told, [1, 2]);
    let texts = file.checked.texts(1).expect("a line");
    assert_eq!(texts, Texts::from([("url".to_owned(), wrong)]));
}

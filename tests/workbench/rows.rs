//! Selection, search, marks, notes, settings.

use tapscope::workbench::{Action, Move, SavedFilter, Setting, Settings, ThemeChoice, Tint};

use crate::support::desk::Desk;

fn find(desk: &mut Desk, text: &str, back: bool) -> Option<usize> {
    desk.act(Action::Find {
        text: text.into(),
        back,
    });
    desk.bench.selected()
}

#[test]
fn the_selection_moves_within_the_trace() {
    let mut desk = Desk::new();
    desk.act(Action::MoveSelection(Move::Last));
    desk.act(Action::SelectRow(Some(0)));
    assert_eq!(desk.bench.selected(), None);
    desk.act(Action::TopUp { amount: 1000 });
    let steps = [
        (Move::First, 0),
        (Move::By(-1), 0),
        (Move::By(3), 3),
        (Move::By(isize::MAX), 6),
        (Move::By(isize::MIN), 0),
        (Move::Last, 6),
        (Move::By(-2), 4),
    ];
    for (step, row) in steps {
        desk.act(Action::MoveSelection(step));
        assert_eq!(desk.bench.selected(), Some(row), "{step:?}");
    }
    assert!(
        !desk.bench.follow(),
        "away from the end nothing is followed"
    );
    desk.act(Action::Spend { amount: 1 });
    assert_eq!(desk.bench.selected(), Some(4));
    desk.act(Action::Follow(true));
    desk.act(Action::Spend { amount: 1 });
    assert_eq!(
        desk.bench.selected(),
        desk.bench.rows().len().checked_sub(1)
    );
    desk.act(Action::SelectRow(Some(99)));
    assert_eq!(desk.bench.selected(), None);
    desk.act(Action::MoveSelection(Move::By(1)));
    assert_eq!(desk.bench.selected(), Some(0));
}

#[test]
fn search_goes_both_ways_and_round_the_end() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Spend { amount: 100 });
    let commits: Vec<usize> = (0..desk.bench.rows().len())
        .filter(|row| desk.row(*row).name() == "CommitTransaction")
        .collect();
    let [first, second] = commits[..] else {
        panic!("two commits: {commits:?}");
    };
    desk.act(Action::SelectRow(Some(0)));
    assert_eq!(find(&mut desk, "commit", false), Some(first));
    assert_eq!(find(&mut desk, "commit", false), Some(second));
    assert_eq!(
        find(&mut desk, "commit", false),
        Some(first),
        "round the end"
    );
    assert_eq!(
        find(&mut desk, "commit", true),
        Some(second),
        "round the start"
    );
    assert_eq!(find(&mut desk, "commit", true), Some(first));
    assert_eq!(find(&mut desk, "no such thing", false), Some(first));
    assert_eq!(find(&mut desk, "  ", false), Some(first));
    // Plaintext of the credit, and the frame that carried it in cipher.
    assert_eq!(find(&mut desk, "03 E8 03 00 00", false), Some(4));
    desk.act(Action::SelectRow(None));
    assert_eq!(find(&mut desk, "905A", false), Some(1));
    desk.act(Action::SelectRow(None));
    assert_eq!(find(&mut desk, "90 5a", true), Some(8));
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn marks_and_notes_stay_on_their_rows() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(4)));
    desk.act(Action::ToggleMark);
    assert!(desk.bench.is_marked(4) && !desk.bench.is_marked(3));
    desk.act(Action::ToggleMark);
    assert!(!desk.bench.is_marked(4));
    let note = |row, text: &str| Action::NoteRow {
        row,
        text: text.into(),
    };
    desk.act(note(4, "the money"));
    desk.act(note(99, "nowhere"));
    assert_eq!(desk.bench.note(4), Some("the money"));
    assert_eq!(find(&mut desk, "MONEY", false), Some(4));
    desk.act(note(4, "  "));
    assert_eq!(desk.bench.note(4), None);
}

#[test]
fn text_goes_to_the_clipboard() {
    let mut desk = Desk::new();
    desk.act(Action::Copy("9060000000".into()));
    assert_eq!(desk.inline.clipboard.as_deref(), Some("9060000000"));
}

#[test]
fn settings_survive_corrupt_text() {
    for text in ["", "{", "null", "[\"dark\"]", "\u{0}"] {
        assert_eq!(Settings::parse(text), None, "{text:?}");
    }
    let settings = Settings::parse("{\"scale\":99,\"newer\":1}").expect("unknown members pass");
    assert!((settings.scale - 2.0).abs() < f32::EPSILON);
    let mut desk = Desk::new();
    desk.act(Action::Set(Setting::Scale(0.1)));
    desk.act(Action::Set(Setting::Theme(ThemeChoice::Light)));
    let settings = desk.bench.settings();
    assert!((settings.scale - 0.8).abs() < f32::EPSILON);
    assert_eq!(Settings::parse(&settings.text()).as_ref(), Some(settings));
}

#[test]
fn a_value_of_another_release_costs_only_its_own_setting() {
    let others = r#""autosave":true,"gap_ms":7"#;
    let expected = Settings {
        autosave: true,
        gap_ms: 7,
        ..Settings::default()
    };
    for member in [
        r#""scale":"big""#,
        r#""theme":"mauve""#,
        r#""text_font":"serif""#,
        r#""hex_group":{"of":8}"#,
        r#""aid_order":7"#,
        r#""arrangement":{"spiral":[]}"#,
        r#""columns":"all""#,
        r#""filters":[{"text":"mark"},7]"#,
        r#""colour_rules":[7,{"filter":5}]"#,
        r#""templates":5"#,
    ] {
        let read = Settings::parse(&format!("{{{member},{others}}}"));
        assert_eq!(read.as_ref(), Some(&expected), "{member}");
    }
    let text = r#"{"colour_rules":[{"tint":"teal","filter":"mark"},{"tint":"green","filter":"row > 1"}],
        "filters":[{"filter":"mark"},{"name":"First","filter":"row == 0"}],"autosave":true}"#;
    let read = Settings::parse(text).expect("settings");
    let tints: Vec<_> = read.colour_rules.iter().map(|rule| rule.tint).collect();
    assert_eq!(tints, [Tint::default(), Tint::Green]);
    let titles: Vec<_> = read.filters.iter().map(SavedFilter::title).collect();
    assert_eq!(titles, ["mark", "First"]);
    assert!(read.autosave);
}

#[test]
fn the_card_at_a_row_is_that_of_the_row_and_survives_a_change_of_keys() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Spend { amount: 100 });
    let last = desk.bench.rows().len() - 1;
    let change = |desk: &Desk, row: usize| {
        let view = desk.bench.card_at(row).expect("a row");
        let changes = view.changes.iter().map(ToString::to_string);
        changes
            .filter(|change| change.contains("file 03 value") && !change.contains("pending"))
            .collect::<Vec<_>>()
    };
    let booked = ["application 014499 file 03 value 2000 -> 3000"];
    let spent = ["application 014499 file 03 value 3000 -> 2900"];
    assert_eq!(change(&desk, 6), booked);
    assert_eq!(change(&desk, last), spent);
    let kept = desk.bench.card_at(last).expect("a row");
    assert!(std::sync::Arc::ptr_eq(
        &kept,
        &desk.bench.card_at(last).expect("a row")
    ));
    assert!(desk.bench.card_at(last + 1).is_none());
    let keys = desk.bench.keyring().keys.len();
    for _ in 0..keys {
        desk.act(Action::RemoveKey(0));
    }
    let view = desk.bench.card_at(last).expect("a row");
    assert!(
        view.card
            .applications
            .values()
            .all(|known| known.files.is_empty())
    );
}

//! The display filter in the model: what is shown, how the selection moves, what is kept.

use tapscope::workbench::{Action, Move, SavedFilter, Settings, Workbench};

use crate::support::desk::Desk;

/// The rows that are shown once the filter is through.
fn shown(bench: &mut Workbench) -> Vec<usize> {
    while bench.filter_step() {}
    (0..bench.shown_len())
        .filter_map(|place| bench.shown_at(place))
        .collect()
}

fn filtered(desk: &mut Desk, text: &str) -> Vec<usize> {
    desk.act(Action::Filter(text.into()));
    shown(&mut desk.bench)
}

#[test]
fn only_rows_that_pass_are_shown_and_new_ones_are_asked() {
    let mut desk = Desk::topped_up();
    assert_eq!(filtered(&mut desk, "cmd == Credit"), [4]);
    assert!(desk.bench.is_filtered());
    desk.act(Action::TopUp { amount: 500 });
    assert!(
        desk.bench.filtering().is_some(),
        "the new rows were not asked yet"
    );
    assert_eq!(shown(&mut desk.bench), [4, 11]);
    assert_eq!(filtered(&mut desk, "").len(), 14);
    assert!(!desk.bench.is_filtered());
}

#[test]
fn a_text_that_is_no_filter_leaves_the_one_before_in_force() {
    let mut desk = Desk::topped_up();
    assert_eq!(filtered(&mut desk, "row > 4"), [5, 6]);
    assert_eq!(filtered(&mut desk, "row > "), [5, 6]);
    assert_eq!(desk.bench.filter_text(), "row > ");
    let error = desk.bench.filter_error().expect("an error");
    assert_eq!(error.text, "`>` needs a value after `row`");
    assert_eq!(filtered(&mut desk, "row > 5"), [6]);
    assert_eq!(desk.bench.filter_error(), None);
}

#[test]
fn the_selection_moves_among_the_rows_that_are_shown() {
    let mut desk = Desk::topped_up();
    filtered(&mut desk, "row in {1, 3, 5}");
    let mut go = |step| {
        desk.act(Action::MoveSelection(step));
        desk.bench.selected()
    };
    assert_eq!(go(Move::First), Some(1));
    assert_eq!(go(Move::By(1)), Some(3));
    assert_eq!(go(Move::By(9)), Some(5));
    assert_eq!(go(Move::By(-1)), Some(3));
    assert_eq!(go(Move::Last), Some(5));
    // From a row that is hidden, to the nearest on either side.
    desk.act(Action::SelectRow(Some(4)));
    desk.act(Action::MoveSelection(Move::By(1)));
    assert_eq!(desk.bench.selected(), Some(5));
    desk.act(Action::SelectRow(Some(2)));
    desk.act(Action::MoveSelection(Move::By(-1)));
    assert_eq!(desk.bench.selected(), Some(1));
    filtered(&mut desk, "row > 100");
    desk.act(Action::MoveSelection(Move::Last));
    assert_eq!(desk.bench.selected(), Some(1), "nothing to move to");
}

#[test]
fn marks_notes_keys_and_another_trace_ask_all_rows_again() {
    let mut desk = Desk::topped_up();
    assert_eq!(filtered(&mut desk, "mark or note"), [0; 0]);
    desk.act(Action::SelectRow(Some(2)));
    desk.act(Action::ToggleMark);
    desk.act(Action::NoteRow {
        row: 5,
        text: "look".into(),
    });
    assert_eq!(shown(&mut desk.bench), [2, 5]);
    let verified = filtered(&mut desk, "verdict == verified").len();
    assert!(verified > 3);
    let keys = desk.bench.keyring().keys.len();
    for _ in 0..keys {
        desk.act(Action::RemoveKey(0));
    }
    assert_eq!(
        shown(&mut desk.bench),
        [0; 0],
        "no key, nothing is verified"
    );
    desk.act(Action::NewSession);
    assert_eq!(filtered(&mut desk, "row >= 0"), [0; 0]);
}

#[test]
fn the_session_of_a_row_reaches_from_its_authentication_to_its_end() {
    let mut desk = Desk::topped_up();
    desk.act(Action::TopUp { amount: 500 });
    desk.act(Action::SelectRow(Some(4)));
    let filter = desk.bench.session_filter().expect("a session");
    assert_eq!(filter, "row >= 2 and row <= 6");
    assert_eq!(filtered(&mut desk, &filter), [2, 3, 4, 5, 6]);
    desk.act(Action::SelectRow(Some(1)));
    assert_eq!(desk.bench.session_filter(), None);
}

#[test]
fn filters_are_kept_and_remembered_in_the_settings() {
    let mut desk = Desk::topped_up();
    for text in ["row > 1", "row > 2", "row > 1", "row >", " "] {
        desk.act(Action::Filter(text.into()));
        desk.act(Action::RememberFilter);
    }
    desk.act(Action::SaveFilter("status == 91AE".into()));
    desk.act(Action::SaveFilter("no filter".into()));
    let kept = Settings::parse(&desk.bench.settings().text()).expect("settings");
    assert_eq!(kept.filter_history, ["row > 1", "row > 2"]);
    assert_eq!(kept.filters, [SavedFilter::new("status == 91AE")]);
    desk.act(Action::SaveFilter("status == 91AE".into()));
    assert_eq!(desk.bench.settings().filters, []);
}

#[test]
fn find_looks_among_the_rows_that_are_shown() {
    let mut desk = Desk::topped_up();
    let seek = |desk: &mut Desk, text: &str| {
        desk.act(Action::Seek(text.into()));
        desk.bench.found_nothing(text)
    };
    assert!(!seek(&mut desk, "GetValue"));
    filtered(&mut desk, "cmd == Credit");
    assert!(seek(&mut desk, "GetValue"));
    assert!(!seek(&mut desk, "Credit"));
    assert_eq!(desk.bench.selected(), Some(6), "typing moves nothing");
}

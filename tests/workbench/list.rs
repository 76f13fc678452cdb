//! The list of rows: sessions, marks, times and gaps, colours, columns, and search in long traces.

use tapscope::trace::{Event, EventKind};
use tapscope::workbench::{
    Action, Break, ColourRule, Columns, Gap, Move, Report, ReportKind, SavedFilter, Setting,
    Settings, Tint, TraceColumn, Within,
};

use crate::support::desk::Desk;

fn go(desk: &mut Desk, step: Move) -> Option<usize> {
    desk.act(Action::MoveSelection(step));
    desk.bench.selected()
}

fn filter(desk: &mut Desk, text: &str) {
    desk.act(Action::Filter(text.into()));
    while desk.bench.filter_step() {}
}

/// A trace of these events, told by the worker of the embedded card.
fn told(events: impl IntoIterator<Item = (u64, EventKind)>) -> Desk {
    let mut desk = Desk::new();
    let worker = desk.bench.reader().expect("a card").worker;
    for (time_us, kind) in events {
        let event = Event {
            time_us: Some(time_us),
            ..Event::new(kind)
        };
        let kind = ReportKind::Event(event);
        desk.bench.absorb(Report { worker, kind });
    }
    desk
}

fn exchange(time_us: u64) -> [(u64, EventKind); 2] {
    let command = vec![0x90, 0x5A, 0x00, 0x00, 0x03, 0x99, 0x44, 0x01, 0x00];
    [
        (time_us, EventKind::Command(command)),
        (time_us + 500, EventKind::Response(vec![0x91, 0x00])),
    ]
}

#[test]
fn the_rows_of_a_session_are_reached_one_by_one_and_by_its_ends() {
    let mut desk = Desk::topped_up();
    desk.act(Action::TopUp { amount: 500 });
    desk.act(Action::SelectRow(Some(4)));
    for (within, row) in [
        (Within::First, 2),
        (Within::Previous, 2),
        (Within::Next, 3),
        (Within::Last, 6),
        (Within::Next, 6),
        (Within::Previous, 5),
    ] {
        assert_eq!(
            go(&mut desk, Move::InSession(within)),
            Some(row),
            "{within:?}"
        );
        assert!(!desk.bench.follow());
    }
    // Among the rows that are shown.
    filter(&mut desk, "row in {3, 5, 10}");
    assert_eq!(go(&mut desk, Move::InSession(Within::First)), Some(3));
    assert_eq!(go(&mut desk, Move::InSession(Within::Next)), Some(5));
    assert_eq!(go(&mut desk, Move::InSession(Within::Next)), Some(5));
    assert_eq!(go(&mut desk, Move::InSession(Within::Last)), Some(5));
    desk.act(Action::SelectRow(Some(1)));
    let outside = go(&mut desk, Move::InSession(Within::Last));
    assert_eq!(outside, Some(1), "in no session");
    assert_eq!(desk.bench.session_start(1), None);
    assert_eq!(desk.bench.session_start(6), Some(2));
}

#[test]
fn marks_are_walked_round_the_end_among_the_rows_that_are_shown() {
    let mut desk = Desk::topped_up();
    assert!(!desk.bench.has_marks());
    assert_eq!(go(&mut desk, Move::Mark { back: false }), Some(6));
    for row in [1, 3, 5] {
        desk.play([Action::SelectRow(Some(row)), Action::ToggleMark]);
    }
    desk.act(Action::SelectRow(Some(3)));
    let forth = [5, 1, 3].map(|_| go(&mut desk, Move::Mark { back: false }));
    assert_eq!(forth, [Some(5), Some(1), Some(3)]);
    let back = [1, 5, 3].map(|_| go(&mut desk, Move::Mark { back: true }));
    assert_eq!(back, [Some(1), Some(5), Some(3)]);
    filter(&mut desk, "row != 5");
    assert_eq!(go(&mut desk, Move::Mark { back: false }), Some(1));
    desk.act(Action::SelectRow(None));
    assert_eq!(go(&mut desk, Move::Mark { back: false }), Some(1));
}

#[test]
fn times_count_since_first_row_session_row_before_and_mark() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(1));
    let row = |desk: &Desk, index: usize| desk.row(index).clone();
    let (two, four) = (row(&desk, 2), row(&desk, 4));
    let session = desk.bench.session_start(4).expect("a session");
    assert_eq!(session, 2);
    let then = two.time_us.expect("a time");
    let now = four.time_us.expect("a time");
    assert_eq!(desk.bench.since_session(&four), Some(now - then));
    assert_eq!(desk.bench.since_first(&four), Some(now));
    let before = row(&desk, 3).time_us.expect("a time");
    assert_eq!(desk.bench.since_before(&four), Some((3, now - before)));
    assert_eq!(desk.bench.since_before(&row(&desk, 0)), None);
    assert_eq!(desk.bench.since_session(&row(&desk, 1)), None);
    let lengths = desk.bench.wire_lengths(&row(&desk, 1));
    assert_eq!(lengths, (9, 2));

    assert_eq!(desk.bench.since_mark(&four), None);
    for marked in [4, 2] {
        desk.play([Action::SelectRow(Some(marked)), Action::ToggleMark]);
    }
    let apart = i64::try_from(now - then).expect("some milliseconds");
    assert_eq!(desk.bench.since_mark(&four), Some((2, apart)));
    assert_eq!(desk.bench.since_mark(&two), None, "the mark itself");
    desk.act(Action::ToggleMark);
    // The last mark is gone: the nearest one counts.
    assert_eq!(desk.bench.since_mark(&two), Some((4, -apart)));
    desk.act(Action::NewSession);
    assert!(!desk.bench.has_marks());
}

#[test]
fn a_gap_is_a_pause_or_an_interruption() {
    let mut events = Vec::new();
    events.extend(exchange(0));
    // 1.2 seconds from the answer to the next command.
    events.extend(exchange(1_200_500));
    events.push((1_300_000, EventKind::Reset));
    events.push((1_300_100, EventKind::FieldOff));
    events.extend(exchange(1_400_000));
    let tear = EventKind::Tear { after_writes: 2 };
    let [(start, command), _] = exchange(1_500_000);
    events.extend([(start, command), (1_500_100, tear)]);
    events.extend(exchange(9_000_000));
    let mut desk = told(events);
    let gaps = |desk: &Desk| -> Vec<Option<Gap>> {
        let rows = desk.bench.rows().iter();
        rows.map(|row| desk.bench.gap_before(row)).collect()
    };
    let of = |pause_us, happened| Some(Gap { pause_us, happened });
    let expected = [
        None,
        of(Some(1_200_000), None),
        of(None, Some(Break::FieldOff)),
        None,
        of(Some(7_500_000), Some(Break::Tear)),
    ];
    assert_eq!(gaps(&desk), expected);
    desk.act(Action::Set(Setting::GapMs(5_000)));
    assert_eq!(gaps(&desk)[1], None);
    assert_eq!(gaps(&desk)[4], expected[4]);
    desk.act(Action::Set(Setting::GapMs(0)));
    assert_eq!(gaps(&desk)[4], of(None, Some(Break::Tear)));
}

fn rule(name: &str, filter: &str, tint: Tint) -> ColourRule {
    ColourRule {
        name: name.into(),
        filter: filter.into(),
        tint,
        on: true,
    }
}

fn title(desk: &Desk, row: usize) -> Option<&str> {
    desk.bench.colour_rule(row).map(ColourRule::title)
}

#[test]
fn the_first_rule_in_force_that_fits_gives_its_colour() {
    let mut desk = Desk::topped_up();
    let set = |desk: &mut Desk, rules: &[ColourRule]| {
        desk.act(Action::Set(Setting::ColourRules(rules.to_vec())));
    };
    assert_eq!(title(&desk, 4), None);
    let mut rules = vec![
        rule("no filter", "mode ==", Tint::Pink),
        rule("empty", " ", Tint::Pink),
        rule("Money", "cmd == Credit", Tint::Orange),
        rule("", "mode == full", Tint::Blue),
        rule("Marked", "mark", Tint::Green),
    ];
    set(&mut desk, &rules);
    assert_eq!(title(&desk, 4), Some("Money"));
    assert_eq!(title(&desk, 1), None);
    let before = desk.bench.looks_no();
    desk.play([Action::SelectRow(Some(1)), Action::ToggleMark]);
    assert_ne!(desk.bench.looks_no(), before);
    assert_eq!(title(&desk, 1), Some("Marked"));
    rules[2].on = false;
    set(&mut desk, &rules);
    assert_eq!(title(&desk, 4), Some("mode == full"), "its filter names it");
    rules.swap(3, 4);
    desk.play([Action::SelectRow(Some(4)), Action::ToggleMark]);
    set(&mut desk, &rules);
    assert_eq!(title(&desk, 4), Some("Marked"), "their order counts");
    assert_eq!(desk.bench.colour_rule(99), None);
}

#[test]
fn a_rule_sees_what_the_filter_sees() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Spend { amount: 100 });
    desk.act(Action::NoteRow {
        row: 3,
        text: "here".into(),
    });
    let ti = desk.row(2).authentication.as_ref().and_then(|it| it.ti());
    let ti = tapscope::bytes::hex::upper(ti.expect("a TI"));
    for text in [
        &format!("ti == {ti}"),
        "time > 0",
        "delta >= 0",
        "note contains here",
        "text contains Credit",
        "command.FileNo == 03",
        "ctr == 1 or key == 3",
    ] {
        filter(&mut desk, text);
        let count = desk.bench.shown_len();
        let shown: Vec<usize> = (0..count)
            .filter_map(|place| desk.bench.shown_at(place))
            .collect();
        let rules = vec![rule("", text, Tint::Violet)];
        desk.act(Action::Set(Setting::ColourRules(rules)));
        let all = 0..desk.bench.rows().len();
        let fit: Vec<usize> = all
            .filter(|row| desk.bench.colour_rule(*row).is_some())
            .collect();
        assert_eq!(fit, shown, "{text}");
    }
}

#[test]
fn columns_rules_and_names_survive_a_restart_and_old_files_load() {
    let old = r#"{"theme":"dark","filters":["row > 1","mode == full"],"filter_history":["mark"]}"#;
    let settings = Settings::parse(old).expect("an old file");
    let kept = ["row > 1", "mode == full"].map(SavedFilter::new);
    assert_eq!(settings.filters, kept);
    assert_eq!(settings.columns, Columns::default());
    assert_eq!((settings.gap_ms, settings.colour_rules.len()), (1_000, 0));

    let mut desk = Desk::new();
    let mut named = kept.to_vec();
    named[1].name = "Enciphered".into();
    named.reverse();
    desk.play(
        [
            Setting::Column(TraceColumn::Lane, false),
            Setting::Column(TraceColumn::Length, true),
            Setting::Column(TraceColumn::Command, false),
            Setting::ColourRules(vec![rule("Money", "cmd == Credit", Tint::Orange)]),
            Setting::Filters(named.clone()),
            Setting::GapMs(250),
        ]
        .map(Action::Set),
    );
    let text = desk.bench.settings().text();
    let again = Settings::parse(&text).expect("the file");
    assert_eq!(&again, desk.bench.settings());
    assert!(!again.columns.has(TraceColumn::Lane) && again.columns.has(TraceColumn::Length));
    assert!(again.columns.has(TraceColumn::Command));
    let titles: Vec<&str> = again.filters.iter().map(SavedFilter::title).collect();
    assert_eq!(titles, ["Enciphered", "row > 1"]);
    assert!(text.contains("\"row > 1\""), "unnamed ones as before");
    desk.act(Action::SaveFilter("mode == full".into()));
    assert_eq!(desk.bench.settings().filters, [SavedFilter::new("row > 1")]);
}

/// More rows than a search looks at in a frame.
fn long() -> Desk {
    let mut desk = told((0..12_000).flat_map(|row| exchange(row * 1_000)));
    desk.play([
        Action::SelectRow(Some(0)),
        Action::NoteRow {
            row: 11_000,
            text: "needle".into(),
        },
    ]);
    desk
}

fn find(text: &str, back: bool) -> Action {
    let text = text.into();
    Action::Find { text, back }
}

#[test]
fn a_search_in_a_long_trace_goes_on_from_frame_to_frame() {
    let mut desk = long();
    desk.act(find("needle", false));
    assert_eq!(desk.bench.selected(), Some(0), "not in the first frame");
    let progress = desk.bench.progress().expect("a search");
    assert_eq!(progress.what, "Searching the trace");
    assert_eq!((progress.done, progress.total), (5_000, 12_000));
    assert!(desk.bench.find_step());
    assert!(!desk.bench.find_step(), "found");
    assert_eq!(desk.bench.selected(), Some(11_000));
    assert_eq!(desk.bench.progress(), None);
    assert!(!desk.bench.find_step());
    // Upwards and round the end, it is near.
    desk.act(Action::SelectRow(Some(3)));
    desk.act(find("needle", true));
    assert_eq!(desk.bench.selected(), Some(11_000));
    desk.act(Action::Seek("no such thing".into()));
    assert!(!desk.bench.found_nothing("no such thing"), "not yet");
    while desk.bench.find_step() {}
    assert!(desk.bench.found_nothing("no such thing"));
    assert!(!desk.bench.found_nothing("needle"));
    desk.act(Action::Seek(" ".into()));
    assert!(!desk.bench.found_nothing(" "));
}

#[test]
fn a_search_is_cancelled_and_does_not_fight_the_user() {
    let mut desk = long();
    desk.act(find("needle", false));
    desk.act(Action::Cancel);
    assert_eq!(desk.bench.progress(), None);
    assert!(!desk.bench.find_step());
    assert_eq!(desk.bench.selected(), Some(0));
    desk.act(find("needle", false));
    desk.act(Action::MoveSelection(Move::By(1)));
    while desk.bench.find_step() {}
    assert_eq!(desk.bench.selected(), Some(1), "the user went elsewhere");
    desk.act(find("needle", false));
    desk.act(Action::NewSession);
    assert!(!desk.bench.find_step());
    assert_eq!(desk.bench.progress(), None);
}

#[test]
fn a_search_waits_until_the_filter_is_through() {
    let mut desk = long();
    desk.act(Action::Filter("row > 10500".into()));
    desk.act(find("SelectApplication", false));
    assert_eq!(desk.bench.selected(), Some(0));
    assert!(desk.bench.find_step(), "it waits");
    while desk.bench.filter_step() {}
    while desk.bench.find_step() {}
    assert_eq!(desk.bench.selected(), Some(10_501));
}

/// Frames until nothing goes on.
fn settle(desk: &mut Desk) {
    for _ in 0..100 {
        let filters = desk.bench.filter_step();
        if !desk.bench.find_step() && !filters {
            return;
        }
    }
    panic!("it never ends");
}

fn tell(desk: &mut Desk, events: impl IntoIterator<Item = (u64, EventKind)>) {
    for (_, kind) in events {
        let kind = ReportKind::Event(Event::new(kind));
        desk.bench.absorb(Report { worker: 0, kind });
    }
}

#[test]
fn what_a_search_did_not_find_holds_only_as_long_as_its_reason() {
    let nothing = |desk: &mut Desk, text: &str| {
        settle(desk);
        desk.bench.found_nothing(text)
    };
    let mut desk = long();
    desk.act(Action::Filter("row < 100".into()));
    settle(&mut desk);
    desk.act(find("needle", false));
    assert!(nothing(&mut desk, "needle"), "the filter hides it");
    desk.act(Action::Filter(String::new()));
    assert!(!nothing(&mut desk, "needle"), "the filter is gone");
    assert_eq!(desk.bench.selected(), Some(0), "the user is elsewhere now");
    desk.act(Action::Filter("row < 100".into()));
    assert!(nothing(&mut desk, "needle"), "hidden again");
    desk.act(Action::NoteRow {
        row: 50,
        text: "needle".into(),
    });
    assert!(!nothing(&mut desk, "needle"), "a new note");
    desk.act(Action::Filter(String::new()));
    desk.act(Action::Seek("9060".into()));
    assert!(nothing(&mut desk, "9060"));
    tell(&mut desk, exchange(0));
    assert!(nothing(&mut desk, "9060"), "a new row without it");
    let command = EventKind::Command(vec![0x90, 0x60, 0, 0, 0]);
    let answer = EventKind::Response(vec![0x91, 0x00]);
    tell(&mut desk, [(0, command), (0, answer)]);
    assert!(!nothing(&mut desk, "9060"), "a new row with it");
}

#[test]
fn a_running_search_looks_again_when_rows_or_filter_change() {
    let mut desk = long();
    desk.act(Action::Filter("row < 6000 or row > 11500".into()));
    settle(&mut desk);
    desk.act(find("needle", false));
    assert!(desk.bench.progress().is_some());
    // Row 11,000 would come next, but others are shown now.
    desk.act(Action::Filter("row in {0, 3, 11000}".into()));
    settle(&mut desk);
    assert_eq!(desk.bench.selected(), Some(11_000));

    desk.act(Action::Filter(String::new()));
    desk.act(Action::SelectRow(Some(0)));
    desk.act(find("needle", false));
    desk.act(Action::RemoveKey(0));
    settle(&mut desk);
    assert_eq!(desk.bench.selected(), Some(11_000), "after a re-decode");

    desk.act(Action::SelectRow(Some(0)));
    desk.act(find("9060", false));
    let command = EventKind::Command(vec![0x90, 0x60, 0, 0, 0]);
    let answer = EventKind::Response(vec![0x91, 0x00]);
    tell(&mut desk, [(0, command), (0, answer)]);
    settle(&mut desk);
    assert_eq!(
        desk.bench.selected(),
        Some(12_000),
        "a row that came meanwhile"
    );
}

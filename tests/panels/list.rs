//! The list of the trace: its columns, hover texts, colour rules, kept filters, and the keys that walk it.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::{App, Command, Menu, TraceCommand};
use tapscope::workbench::{
    Action, ColourRule, Columns, SavedFilter, Setting, Settings, Tint, TraceColumn,
};

use crate::scene::{CTRL, CTRL_SHIFT, click, fill, is_off, key, press, window, window_of, write};
use crate::support::desk::Desk;

const ALT: Modifiers = Modifiers::ALT;
const NONE: Modifiers = Modifiers::NONE;

fn has(window: &Harness<'static, App>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn settings<'a>(window: &'a Harness<'static, App>) -> &'a Settings {
    window.state().bench().settings()
}

fn selected(window: &Harness<'static, App>) -> Option<usize> {
    window.state().bench().selected()
}

/// Heads of the list, from left to right.
fn heads(window: &Harness<'static, App>) -> Vec<String> {
    let found = window.query_all_by(|node| node.role() == Role::ColumnHeader);
    let mut heads: Vec<(f32, String)> = found
        .filter_map(|node| Some((node.rect().left(), node.accesskit_node().label()?)))
        .collect();
    heads.sort_by(|one, other| one.0.total_cmp(&other.0));
    heads.into_iter().map(|(_, head)| head).collect()
}

fn open(window: &mut Harness<'static, App>, command: TraceCommand) {
    window.state_mut().press(Command::Trace(command));
    window.run();
}

#[test]
fn ctrl_and_a_click_on_a_head_hides_its_column_but_never_the_command() {
    let mut window = window(Desk::topped_up());
    let before = heads(&window);
    assert!(before.contains(&"Key and mode".to_owned()), "{before:?}");
    for (head, is_hidden) in [("Key and mode", true), ("Command", false), ("#", true)] {
        window
            .get_by_role_and_label(Role::ColumnHeader, head)
            .click_modifiers(CTRL);
        window.run();
        assert_eq!(!heads(&window).contains(&head.to_owned()), is_hidden);
    }
    // A click alone hides nothing.
    let left = heads(&window);
    click(&mut window, Role::ColumnHeader, "Status");
    assert_eq!(heads(&window), left);
}

#[test]
fn the_menu_of_the_heads_has_all_columns_with_check_marks() {
    let mut window = window(Desk::topped_up());
    window
        .get_by_role_and_label(Role::ColumnHeader, "Status")
        .click_button(PointerButton::Secondary);
    window.run();
    click(&mut window, Role::CheckBox, "Status");
    assert!(!settings(&window).columns.has(TraceColumn::Status));
    click(&mut window, Role::CheckBox, "Counter, CmdCtr");
    assert!(heads(&window).contains(&"Counter".to_owned()));
    let command = window.get_by_role_and_label(Role::CheckBox, "Command");
    assert!(command.accesskit_node().is_disabled());
    press(&mut window, "Show all columns");
    assert_eq!(settings(&window).columns, Columns::all());
    assert!(is_off(&window, "Show all columns"));
    press(&mut window, "Columns as at first");
    assert_eq!(settings(&window).columns, Columns::default());
}

#[test]
fn the_columns_are_chosen_in_a_window_too() {
    let mut window = window_of(Desk::topped_up(), (1920.0, 1080.0));
    open(&mut window, TraceCommand::Columns);
    press(&mut window, "Show all columns");
    let all = [
        "#",
        "Time ms",
        "In session ms",
        "Δt ms",
        "Lane",
        "App",
        "Command",
        "Key and mode",
        "Counter",
        "Parameters",
        "Length",
        "Status",
        "Verdict",
    ];
    assert!(
        all.iter()
            .any(|head| heads(&window).contains(&(*head).to_owned())),
        "{:?}",
        heads(&window)
    );
    click(&mut window, Role::CheckBox, "Lane");
    assert!(!heads(&window).contains(&"Lane".to_owned()));
    press(&mut window, "Close columns");
    assert!(!has(&window, "Columns as at first"));
}

/// What stands under the pointer after it rested on a row, some pixels right of its start.
fn hover(window: &mut Harness<'static, App>, row: &str, head: &str) {
    let column = window
        .get_by_role_and_label(Role::ColumnHeader, head)
        .rect();
    let row = window.get_by_label_contains(row).rect();
    window.hover_at(eframe::egui::pos2(column.center().x, row.center().y));
    window.run();
    for _ in 0..8 {
        window.step();
    }
}

#[test]
fn a_row_tells_since_when_its_times_count_its_note_and_its_rule() {
    let mut desk = Desk::new();
    let rule = ColourRule {
        name: "Money".into(),
        filter: "cmd == Credit".into(),
        tint: Tint::Orange,
        on: true,
    };
    desk.play([
        Action::OpenSample(1),
        Action::Set(Setting::ColourRules(vec![rule])),
        Action::SelectRow(Some(2)),
        Action::ToggleMark,
        Action::NoteRow {
            row: 4,
            text: "the proof".into(),
        },
        Action::SelectRow(Some(4)),
    ]);
    let mut window = window(desk);
    assert!(has(&window, "Since mark"), "in the status bar");
    hover(&mut window, "4 Credit 9100", "Δt ms");
    for text in [
        "ms since row 3",
        "ms since marked row 2",
        "Colour rule Money",
        "Note “the proof”",
    ] {
        assert!(has(&window, text), "{text}");
    }
    hover(&mut window, "3 GetValue 9100", "Status");
    assert!(!has(&window, "Colour rule Money") && !has(&window, "ms since row"));
}

#[test]
fn a_gap_is_told_in_words_and_its_least_pause_is_a_setting() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(4));
    let mut window = window(desk);
    hover(&mut window, "7 GetData 9000", "Command");
    assert!(has(&window, "The field went off before this row"));
    window.state_mut().press(Command::Settings);
    window.run();
    click(&mut window, Role::SpinButton, "Pauses");
    key(&mut window, CTRL, Key::A);
    write(&mut window, "0");
    key(&mut window, NONE, Key::Enter);
    assert_eq!(settings(&window).gap_ms, 0);
    press(&mut window, "Restore defaults");
    assert_eq!(settings(&window).gap_ms, 1_000);
}

#[test]
fn the_rows_of_a_session_and_the_marks_by_keyboard() {
    let mut window = window(Desk::topped_up());
    let list = |window: &mut Harness<'static, App>| {
        let list = window.get_by_role_and_label(Role::ListBox, "Exchanges");
        list.focus();
        window.run();
    };
    key(&mut window, ALT, Key::Home);
    assert_eq!(selected(&window), Some(2));
    key(&mut window, ALT, Key::ArrowDown);
    assert_eq!(selected(&window), Some(3));
    key(&mut window, NONE, Key::M);
    list(&mut window);
    key(&mut window, ALT, Key::End);
    assert_eq!(selected(&window), Some(6));
    key(&mut window, ALT, Key::ArrowUp);
    assert_eq!(selected(&window), Some(5), "one step, also with the focus");
    key(&mut window, NONE, Key::M);
    assert!(window.state().bench().is_marked(5));
    key(&mut window, Modifiers::SHIFT, Key::M);
    assert_eq!(selected(&window), Some(3));
    key(&mut window, CTRL_SHIFT, Key::M);
    assert_eq!(selected(&window), Some(5));
    // In a text field the letters are text.
    key(&mut window, CTRL, Key::F);
    key(&mut window, NONE, Key::M);
    key(&mut window, NONE, Key::N);
    assert!(window.state().bench().is_marked(5));
    assert!(!has(&window, "Keep note"));
}

#[test]
fn session_commands_say_why_they_are_off() {
    let mut desk = Desk::topped_up();
    let can = |desk: &Desk, command: TraceCommand| Command::Trace(command).available(&desk.bench);
    desk.act(Action::SelectRow(Some(1)));
    let why = "Off, the selected row is in no session";
    assert_eq!(can(&desk, TraceCommand::FirstInSession), Err(why));
    desk.act(Action::SelectRow(None));
    let why = "Off, no row is selected";
    assert_eq!(can(&desk, TraceCommand::NextInSession), Err(why));
    let why = "Off, no row is marked";
    assert_eq!(can(&desk, TraceCommand::NextMark), Err(why));
    desk.play([Action::SelectRow(Some(4)), Action::ToggleMark]);
    assert_eq!(can(&desk, TraceCommand::NextMark), Ok(()));
    assert_eq!(can(&desk, TraceCommand::LastInSession), Ok(()));
}

#[test]
fn colour_rules_are_made_named_ordered_and_refused_with_the_filters_sentence() {
    let mut window = window(Desk::topped_up());
    open(&mut window, TraceCommand::ColourRules);
    press(&mut window, "Add “Refused by the card”");
    press(&mut window, "Add a rule");
    assert!(has(&window, "until then no row fits"));
    fill(&mut window, "Filter of rule 2", "mode == ful");
    assert!(has(
        &window,
        "mode is one of plain, mac, full, not ful, at letter 9"
    ));
    assert_eq!(settings(&window).colour_rules[1].filter, "");
    fill(&mut window, "Filter of rule 2", "mode == full");
    fill(&mut window, "Name of rule 2", "Enciphered");
    let rule = |window: &Harness<'static, App>, row: usize| {
        let rule = window.state().bench().colour_rule(row);
        rule.map(|rule| rule.title().to_owned())
    };
    assert_eq!(rule(&window, 4).as_deref(), Some("Enciphered"));
    fill(&mut window, "Filter of rule 2", "mode == full");
    write(&mut window, " and");
    assert!(has(&window, "at letter"));
    assert_eq!(rule(&window, 4).as_deref(), Some("Enciphered"));
    assert_eq!(settings(&window).colour_rules[1].filter, "mode == full");
    click(&mut window, Role::ComboBox, "Colour of rule 2");
    press(&mut window, "Violet");
    assert_eq!(settings(&window).colour_rules[1].tint, Tint::Violet);
    assert!(is_off(&window, "Move rule 1 up") && is_off(&window, "Move rule 2 down"));
    press(&mut window, "Move rule 2 up");
    assert_eq!(settings(&window).colour_rules[0].name, "Enciphered");
    click(&mut window, Role::CheckBox, "Rule 1 on");
    assert_eq!(rule(&window, 4), None);
    press(&mut window, "Remove rule 1");
    assert_eq!(settings(&window).colour_rules.len(), 1);
    press(&mut window, "Close colour rules");
    assert!(!has(&window, "Add a rule"));
}

#[test]
fn kept_filters_are_buttons_by_their_names() {
    let mut desk = Desk::topped_up();
    for text in ["cmd == Credit", "row > 4"] {
        desk.act(Action::SaveFilter(text.into()));
    }
    let mut window = window_of(desk, (1920.0, 1080.0));
    open(&mut window, TraceCommand::KeptFilters);
    fill(&mut window, "Name of filter 1", "Money");
    press(&mut window, "Move filter 1 down");
    let titles: Vec<&str> = settings(&window)
        .filters
        .iter()
        .map(SavedFilter::title)
        .collect();
    assert_eq!(titles, ["row > 4", "Money"]);
    press(&mut window, "Close filters");
    press(&mut window, "Money");
    assert_eq!(window.state().bench().filter_text(), "cmd == Credit");
    press(&mut window, "Money");
    assert_eq!(window.state().bench().filter_text(), "");
    open(&mut window, TraceCommand::KeptFilters);
    press(&mut window, "Remove filter 2");
    press(&mut window, "Remove filter 1");
    assert!(has(
        &window,
        "Keep a filter by the menu Filters of the trace"
    ));
}

#[test]
fn a_filter_whose_name_does_not_fit_stays_in_the_menu() {
    let mut desk = Desk::topped_up();
    let text = "cmd == Credit and verdict == verified and mode == full and status == 9100";
    desk.act(Action::SaveFilter(text.into()));
    let mut window = window(desk);
    assert!(!has(&window, text));
    press(&mut window, "Filters");
    press(&mut window, text);
    assert_eq!(window.state().bench().filter_text(), text);
}

#[test]
fn every_menu_stays_on_the_screen() {
    for menu in Menu::ALL {
        let mut window = window(Desk::topped_up());
        press(&mut window, menu.title());
        let mut own = Command::all().into_iter();
        let last = own.rfind(|own| own.menu() == menu);
        let name = last.expect("a command").name();
        let entries = window.query_all_by(|node| {
            let label = node.label().unwrap_or_default();
            node.role() == Role::Button && label.starts_with(&name)
        });
        let bottoms: Vec<f32> = entries.map(|node| node.rect().bottom()).collect();
        assert!(
            bottoms.iter().any(|bottom| *bottom < 716.0),
            "{name}: {bottoms:?}"
        );
    }
}

#[test]
fn typing_in_the_search_field_tells_that_nothing_fits_and_f3_opens_it() {
    let mut window = window(Desk::topped_up());
    key(&mut window, NONE, Key::F3);
    write(&mut window, "no such thing");
    assert!(has(&window, "Nothing found"));
    assert_eq!(selected(&window), Some(6), "typing moves nothing");
    fill(&mut window, "Find in the trace", "credit");
    assert!(!has(&window, "Nothing found"));
    key(&mut window, NONE, Key::F3);
    assert_eq!(selected(&window), Some(4));
}

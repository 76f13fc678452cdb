//! The filter field of the trace: typing, completing, errors, buttons.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapscope::app::App;
use tapscope::workbench::SavedFilter;

use crate::scene::{CTRL, click, fill, is_off, key, press, window, write};
use crate::support::desk::Desk;

fn filtered(text: &str) -> Harness<'static, App> {
    let mut window = window(Desk::topped_up());
    key(&mut window, CTRL, Key::L);
    write(&mut window, text);
    window
}

fn has(window: &Harness<'static, App>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

#[test]
fn typing_a_filter_leaves_the_rows_that_pass() {
    let mut window = filtered("cmd == Credit");
    assert!(has(&window, "4 Credit 9100 verified"));
    assert!(!has(&window, "3 GetValue 9100"));
    assert!(has(&window, "1 of 7 rows"));
    press(&mut window, "Clear the filter");
    assert!(has(&window, "3 GetValue 9100 verified"));
    assert!(has(&window, "7 rows"));
}

#[test]
fn tab_takes_the_chosen_completion_and_esc_closes_the_list() {
    let mut window = filtered("mod");
    assert!(has(&window, "Complete mode"));
    key(&mut window, Modifiers::NONE, Key::Tab);
    assert_eq!(window.state().bench().filter_text(), "mode ");
    assert!(has(&window, "Complete =="));
    write(&mut window, "== ");
    assert!(has(&window, "3 rows"), "Credit and its neighbours are Full");
    key(&mut window, Modifiers::NONE, Key::ArrowDown);
    key(&mut window, Modifiers::NONE, Key::ArrowDown);
    key(&mut window, Modifiers::NONE, Key::Tab);
    assert_eq!(window.state().bench().filter_text(), "mode == full ");
    assert!(has(&window, "3 of 7 rows"));
    assert!(has(&window, "Complete and"));
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has(&window, "Complete and"));
    assert_eq!(window.state().bench().filter_text(), "mode == full ");
}

#[test]
fn a_completion_can_be_clicked() {
    let mut window = filtered("status == ");
    click(&mut window, Role::ListBoxOption, "Complete 9000");
    assert_eq!(window.state().bench().filter_text(), "status == 9000 ");
    assert!(has(&window, "1 of 7 rows"));
}

#[test]
fn what_is_wrong_stands_under_the_field_with_its_place() {
    let mut window = filtered("mode == ful");
    assert!(has(
        &window,
        "mode is one of plain, mac, full, not ful, at letter 9"
    ));
    assert!(has(&window, "7 rows"), "no filter was in force before");
    write(&mut window, "l");
    assert!(!has(&window, "at letter"));
    assert!(has(&window, "3 of 7 rows"));
}

#[test]
fn buttons_choose_filters_and_take_them_back() {
    let mut window = window(Desk::topped_up());
    assert!(is_off(&window, "This session") || window.state().bench().selected().is_some());
    press(&mut window, "Refused");
    assert_eq!(window.state().bench().filter_text(), "verdict == refused");
    assert!(has(&window, "No row passes the filter"));
    press(&mut window, "Refused");
    assert_eq!(window.state().bench().filter_text(), "");
    press(&mut window, "This session");
    assert_eq!(
        window.state().bench().filter_text(),
        "row >= 2 and row <= 6"
    );
    press(&mut window, "Filters");
    press(&mut window, "Keep this filter");
    let kept = &window.state().bench().settings().filters;
    assert_eq!(*kept, [SavedFilter::new("row >= 2 and row <= 6")]);
    press(&mut window, "Clear the filter");
    press(&mut window, "Filters");
    press(&mut window, "row >= 2 and row <= 6");
    assert!(has(&window, "5 of 7 rows"));
}

#[test]
fn enter_remembers_the_filter() {
    let mut window = filtered("row > 3");
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(
        window.state().bench().settings().filter_history,
        ["row > 3"]
    );
    fill(&mut window, "Filter the trace", "row > 5");
    assert!(has(&window, "1 of 7 rows"));
}

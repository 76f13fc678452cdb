//! The window's own dialogs, the log, and the arrangement of the panels.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, OutputCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapscope::app::{App, Command, Panel};
use tapscope::workbench::{
    Action, AidOrder, Arrangement, CopyForm, HexGroup, LogLevel, LogLine, Setting, Settings,
    TextFont, ThemeChoice,
};

use crate::scene::{CTRL, CTRL_SHIFT, click, fill, is_off, key, press, tall, window, write};
use crate::support::desk::Desk;

fn line(level: LogLevel, text: &str) -> Action {
    Action::Log(LogLine {
        level,
        text: text.into(),
    })
}

#[test]
fn the_log_shows_what_matters() {
    let mut desk = Desk::new();
    desk.play([
        line(LogLevel::Info, "window opened"),
        line(LogLevel::Debug, "a detail"),
        line(LogLevel::Error, "a failure"),
    ]);
    let mut scene = tall(Panel::Log, &desk);
    assert!(scene.query_by_label("window opened").is_some());
    assert!(scene.query_by_label("a detail").is_none());
    press(&mut scene, "Copy lines");
    let copy = Action::Copy("window opened\na failure".into());
    assert_eq!(scene.state_mut().take(), [copy]);
    click(&mut scene, Role::RadioButton, "Show Debug");
    assert!(scene.query_by_label("a detail").is_some());
    click(&mut scene, Role::RadioButton, "Show Error");
    assert!(scene.query_by_label("window opened").is_none());
    press(&mut scene, "Clear");
    assert_eq!(scene.state_mut().take(), [Action::ClearLog]);
    let scene = tall(Panel::Log, &Desk::new());
    assert!(is_off(&scene, "Copy lines") && is_off(&scene, "Clear"));
    assert!(scene.query_by_label("Nothing was logged").is_some());
}

#[test]
fn every_setting_takes_effect() {
    let mut window = window(Desk::new());
    key(&mut window, CTRL, Key::Comma);
    for choice in [
        "Theme Light",
        "Text font JetBrains Mono",
        "Copied bytes 0102 0304",
        "AIDs 994401, as sent",
    ] {
        click(&mut window, Role::RadioButton, choice);
    }
    for box_name in [
        "Use the system's fonts, from the next start",
        "Save after every job, once the session has a file",
    ] {
        click(&mut window, Role::CheckBox, box_name);
    }
    let expected = Settings {
        theme: ThemeChoice::Light,
        text_font: TextFont::Mono,
        hex_group: HexGroup::Two,
        aid_order: AidOrder::Wire,
        system_fonts: true,
        autosave: true,
        ..Settings::default()
    };
    assert_eq!(*window.state().bench().settings(), expected);
    press(&mut window, "Restore defaults");
    assert_eq!(*window.state().bench().settings(), Settings::default());
    press(&mut window, "Close settings");
    assert!(window.query_by_label("Restore defaults").is_none());
}

#[test]
fn a_row_is_gone_to_by_its_number() {
    let mut window = window(Desk::topped_up());
    key(&mut window, CTRL, Key::G);
    write(&mut window, "7");
    assert!(
        window
            .query_by_label("Row is \"7\", 0 to 6 expected")
            .is_some()
    );
    assert!(is_off(&window, "Go to"));
    key(&mut window, Modifiers::NONE, Key::Enter);
    fill(&mut window, "Row number", "2");
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(window.state().bench().selected(), Some(2));
    assert!(!window.state().bench().follow());
    assert!(window.query_by_label("Go to row").is_none());
}

#[test]
fn a_row_is_copied_from_the_menu_of_forms() {
    let mut window = window(Desk::topped_up());
    key(&mut window, CTRL_SHIFT, Key::C);
    for form in CopyForm::ALL {
        assert!(window.query_by_label(form.name()).is_some(), "{form:?}");
    }
    press(&mut window, CopyForm::Python.name());
    assert!(
        window.query_by_label(CopyForm::Rust.name()).is_none(),
        "closed"
    );
}

/// What a frame put on the clipboard.
fn copied<'a>(window: &'a Harness<'static, App>) -> Vec<&'a str> {
    let commands = window.output().platform_output.commands.iter();
    let texts = commands.filter_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn the_key_for_copying_takes_the_row_unless_somebody_types() {
    let mut window = window(Desk::topped_up());
    window.event(Event::Copy);
    window.step();
    let [line] = copied(&window)[..] else {
        panic!("one text expected: {:?}", copied(&window));
    };
    assert!(
        line.starts_with("6  014499  CommitTransaction  C701"),
        "{line}"
    );
    fill(&mut window, "Amount", "5.00");
    key(&mut window, CTRL, Key::A);
    window.event(Event::Copy);
    window.step();
    assert_eq!(copied(&window), ["5.00"]);
}

#[test]
fn about_tells_what_a_bug_report_needs() {
    let mut window = window(Desk::new());
    window.state_mut().press(Command::About);
    window.run();
    assert!(window.query_by_label(env!("CARGO_PKG_VERSION")).is_some());
    press(&mut window, "Close");
    assert!(window.query_by_label("Copy for a bug report").is_none());
}

/// The panels of each part, from the first to the last.
fn panels(arrangement: Option<&Arrangement>) -> Vec<&str> {
    arrangement.map(Arrangement::panels).unwrap_or_default()
}

#[test]
fn looking_changes_no_arrangement_and_a_chosen_tab_is_kept() {
    let mut window = window(Desk::topped_up());
    window.run();
    assert_eq!(window.state().bench().settings().arrangement, None);
    click(&mut window, Role::Tab, "Sessions");
    let kept = window.state().bench().settings().arrangement.clone();
    assert_eq!(panels(kept.as_ref()).len(), Panel::ALL.len());
    let mut desk = Desk::new();
    desk.act(Action::Set(Setting::Arrangement(kept.clone())));
    let mut again = crate::scene::window(desk);
    assert!(again.query_by_label("Sample sessions").is_some());
    assert_eq!(again.state().bench().settings().arrangement, kept);
    again.state_mut().press(Command::ResetPanels);
    again.run();
    assert_eq!(again.state().bench().settings().arrangement, None);
    assert!(again.query_by_label("Sample sessions").is_none());
}

#[test]
fn an_arrangement_of_another_release_loses_no_panel() {
    let tabs = |names: &[&str]| Arrangement::Tabs {
        panels: names.iter().map(|name| (*name).to_owned()).collect(),
        front: 7,
    };
    for saved in [
        tabs(&[]),
        tabs(&["calculator"]),
        tabs(&["trace", "trace", "keys", "no such panel"]),
        Arrangement::Row(Vec::new()),
        Arrangement::Column(vec![(f32::MIN, tabs(&["log"])), (1e30, tabs(&["bytes"]))]),
    ] {
        let mut desk = Desk::new();
        desk.act(Action::Set(Setting::Arrangement(Some(saved.clone()))));
        let window = window(desk);
        for panel in Panel::ALL {
            let tab = window.query_all_by_role_and_label(Role::Tab, panel.title());
            assert_eq!(tab.count(), 1, "{panel:?} with {saved:?}");
        }
    }
}

#[test]
fn a_port_is_asked_for_where_it_will_stand() {
    let mut desk = Desk::new();
    let hidden = Arrangement::Tabs {
        panels: vec![Panel::Trace.id().to_owned(), Panel::Readers.id().to_owned()],
        front: 0,
    };
    desk.act(Action::Set(Setting::Arrangement(Some(hidden))));
    let mut window = window(desk);
    assert!(window.query_by_label("Port address").is_none());
    window.state_mut().press(Command::OpenPort);
    window.run();
    assert!(window.query_by_label("Port address").is_some());
}

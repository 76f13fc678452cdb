//! The whole window: the first press, and everything by keyboard alone.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::{App, Panel};
use tapscope::ota::application::AID;
use tapscope::workbench::{Action, ReplayTarget, Workbench};

use crate::scene::{CTRL, CTRL_SHIFT, fill, key, press, window, write};
use crate::support::desk::{Desk, lose_answer};

fn bench<'a>(window: &'a Harness<'static, App>) -> &'a Workbench {
    window.state().bench()
}

fn has(window: &Harness<'static, App>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

#[test]
fn one_press_fills_the_trace() {
    let mut window = window(Desk::new());
    press(&mut window, "Run a top-up");
    assert_eq!(bench(&window).rows().len(), 7);
    assert!(has(&window, "6 CommitTransaction 9100 verified"));
    assert!(has(&window, "Command, wire"), "the bytes of the newest row");
    assert_eq!(bench(&window).notices(), []);
}

#[test]
fn a_session_by_keyboard() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("by-keyboard.json");
    let typed = path.to_str().expect("a path in UTF-8");
    let mut window = window(desk);
    key(&mut window, CTRL, Key::T);
    assert_eq!(bench(&window).rows().len(), 7);
    key(&mut window, CTRL, Key::S);
    write(&mut window, typed);
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert!(path.is_file(), "{:?}", bench(&window).notices());
    assert!(!bench(&window).document().changed);
    assert!(!has(&window, "Save the session"), "the dialog is closed");
    key(&mut window, CTRL, Key::N);
    assert!(bench(&window).rows().is_empty());
    key(&mut window, CTRL, Key::O);
    write(&mut window, typed);
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(bench(&window).rows().len(), 7);
    assert_eq!(bench(&window).document().name, "by-keyboard.json");
    for (modifiers, target) in [
        (Modifiers::NONE, ReplayTarget::Recorded),
        (Modifiers::SHIFT, ReplayTarget::Card),
    ] {
        key(&mut window, modifiers, Key::F5);
        let result = bench(&window).replay_result().expect("a result");
        assert_eq!(result.target, target);
        assert_eq!(result.divergence, None);
    }
    // Saving again asks for no name.
    key(&mut window, CTRL, Key::T);
    assert!(bench(&window).document().changed);
    key(&mut window, CTRL, Key::S);
    assert!(!bench(&window).document().changed);
}

#[test]
fn an_unsaved_trace_is_not_replaced_without_asking() {
    let mut window = window(Desk::topped_up());
    key(&mut window, CTRL, Key::N);
    assert_eq!(bench(&window).rows().len(), 7, "still there");
    press(&mut window, "Stay");
    assert!(!has(&window, "Go on without saving"));
    assert_eq!(bench(&window).rows().len(), 7);
    key(&mut window, CTRL, Key::N);
    press(&mut window, "Go on without saving");
    assert_eq!(bench(&window).rows().len(), 0);
}

#[test]
fn a_dialog_takes_the_focus_from_what_had_it() {
    let mut window = window(Desk::topped_up());
    fill(&mut window, "Amount", "5.00");
    key(&mut window, CTRL, Key::O);
    write(&mut window, "/no/such/file");
    key(&mut window, Modifiers::NONE, Key::Enter);
    press(&mut window, "Go on without saving");
    let notices = bench(&window).notices();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].text.contains("can't be read"));
    assert_eq!(bench(&window).rows().len(), 7);
    press(&mut window, "Close notice");
    assert_eq!(bench(&window).notices(), []);
    key(&mut window, CTRL, Key::O);
    write(&mut window, "never mind");
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has(&window, "Open a session or trace"));
}

#[test]
fn a_key_by_keyboard() {
    let mut window = window(Desk::new());
    let before = bench(&window).keyring().keys.len();
    key(&mut window, CTRL, Key::K);
    for text in [
        "by hand",
        "014499",
        // The key is for authentication.
        "",
        "2",
        // Set and version stay 0, the type AES.
        "",
        "",
        "",
        "000102030405060708090A0B0C0D0E0F",
        // The value is the key.
        "",
    ] {
        write(&mut window, text);
        key(&mut window, Modifiers::NONE, Key::Tab);
    }
    key(&mut window, Modifiers::NONE, Key::Enter);
    let keys = &bench(&window).keyring().keys;
    assert_eq!(keys.len(), before + 1);
    let key_entry = keys.last().expect("a key");
    assert_eq!((key_entry.label.as_str(), key_entry.key_no), ("by hand", 2));
    assert!(key_entry.scope.covers(Some(AID)));
    key(&mut window, CTRL, Key::Z);
    assert_eq!(bench(&window).keyring().keys.len(), before);
    key(&mut window, CTRL, Key::Y);
    assert_eq!(bench(&window).keyring().keys.len(), before + 1);
}

#[test]
fn the_palette_by_keyboard() {
    let mut window = window(Desk::new());
    key(&mut window, CTRL_SHIFT, Key::P);
    write(&mut window, "spend");
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert!(
        bench(&window)
            .rows()
            .iter()
            .any(|row| row.name() == "Debit")
    );
    key(&mut window, CTRL_SHIFT, Key::P);
    write(&mut window, "no command has this name");
    assert!(has(&window, "No command has this name"));
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has(&window, "No command has this name"));
    // The palette keeps its own Enter and arrows when it is open over another place.
    key(&mut window, CTRL_SHIFT, Key::P);
    key(&mut window, Modifiers::NONE, Key::ArrowDown);
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(bench(&window).notices(), []);
}

#[test]
fn a_note_by_keyboard() {
    let mut window = window(Desk::topped_up());
    key(&mut window, Modifiers::NONE, Key::N);
    write(&mut window, "the proof");
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(bench(&window).note(6), Some("the proof"));
    key(&mut window, Modifiers::NONE, Key::M);
    assert!(bench(&window).is_marked(6));
}

#[test]
fn search_by_keyboard() {
    let mut window = window(Desk::topped_up());
    key(&mut window, CTRL, Key::F);
    write(&mut window, "credit");
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(bench(&window).selected(), Some(4));
    fill(&mut window, "Find in the trace", "commit");
    key(&mut window, Modifiers::NONE, Key::F3);
    assert_eq!(bench(&window).selected(), Some(6));
    key(&mut window, CTRL, Key::Home);
    assert_eq!(
        bench(&window).selected(),
        Some(6),
        "Home belongs to the text"
    );
}

#[test]
fn panels_come_to_the_front_by_number() {
    let mut window = window(Desk::topped_up());
    assert!(!has(&window, "Sample sessions"), "behind the keys");
    key(&mut window, CTRL, Panel::Sessions.key());
    assert!(has(&window, "Sample sessions"));
    key(&mut window, CTRL, Panel::Keys.key());
    assert!(!has(&window, "Sample sessions"));
    for panel in Panel::ALL {
        let tab = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.role() == Role::Tab && node.label().as_deref() == Some(panel.title())
        };
        window.get_by(tab);
    }
}

#[test]
fn help_opens_and_closes() {
    let mut window = window(Desk::new());
    key(&mut window, Modifiers::NONE, Key::F1);
    assert!(has(&window, "Transaction identifier"));
    let button = window.get_by_role_and_label(Role::Button, "Close help");
    assert!(button.rect().bottom() < 720.0, "on the screen: {button:?}");
    press(&mut window, "Close help");
    assert!(!has(&window, "Transaction identifier"));
    key(&mut window, Modifiers::NONE, Key::F1);
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has(&window, "Transaction identifier"));
}

#[test]
fn closing_asks_about_unsaved_changes() {
    let mut window = window(Desk::topped_up());
    let close = |window: &mut Harness<'static, App>| {
        let viewport = window.input_mut().viewports.get_mut(&ViewportId::ROOT);
        viewport
            .expect("the window")
            .events
            .push(ViewportEvent::Close);
        window.run();
    };
    close(&mut window);
    assert!(has(&window, "The trace is not saved"));
    press(&mut window, "Stay");
    assert!(!has(&window, "The trace is not saved"));
    close(&mut window);
    press(&mut window, "Quit without saving");
    assert_eq!(bench(&window).rows().len(), 7);
}

#[test]
fn notices_tell_their_details() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SaveSession(Some("/no/such/folder/a.json".into())));
    let mut window = window(desk);
    assert!(has(&window, "was not saved"));
    press(&mut window, "Copy details");
    assert!(bench(&window).document().changed);
    press(&mut window, "Close notice");
    assert!(!has(&window, "was not saved"));
}

#[test]
fn the_window_draws_at_all_sizes() {
    let mut desk = Desk::topped_up();
    desk.act(lose_answer(0xC7));
    desk.act(Action::TopUp { amount: 1 });
    let mut window = window(desk);
    for size in [
        [1920.0, 1080.0],
        [720.0, 480.0],
        [300.0, 200.0],
        [1280.0, 720.0],
    ] {
        window.set_size(size.into());
        window.run();
    }
    let off = window.get_by_role_and_label(Role::Button, "Top up");
    assert!(!off.accesskit_node().is_disabled());
}

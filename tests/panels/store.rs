//! The key store in the Keys panel: making, locking, unlocking, wrong passphrases.

use eframe::egui::{ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapscope::app::App;
use tapscope::crypto::vault::Passphrase;
use tapscope::keyring::{KeyEntry, Keyring};
use tapscope::workbench::Action;

use crate::scene::{fill, is_off, press, window_of};
use crate::support::desk::Desk;

fn desk_with_a_key() -> Desk {
    let mut desk = Desk::new();
    let Keyring { keys, .. } = desk.bench.keyring().clone();
    let own = KeyEntry {
        label: "ours".into(),
        version: 7,
        ..keys[3].clone()
    };
    desk.act(Action::AddKey(own));
    desk
}

fn labels(window: &Harness<'static, App>) -> Vec<String> {
    let keys = &window.state().bench().keyring().keys;
    keys.iter().map(|key| key.label.clone()).collect()
}

#[test]
fn a_store_is_made_locked_and_unlocked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.tapkeys");
    let mut window = window_of(desk_with_a_key(), (1600.0, 1900.0));
    press(&mut window, "Make a key store…");
    fill(&mut window, "Key store file", path.to_str().expect("UTF-8"));
    fill(&mut window, "Passphrase", "correct horse");
    assert!(is_off(&window, "Put the keys under the passphrase"));
    fill(&mut window, "Passphrase once more", "correct horse");
    press(&mut window, "Put the keys under the passphrase");
    assert!(path.exists());
    assert!(window.query_by_label("keys.tapkeys is open").is_some());
    press(&mut window, "Lock");
    assert!(window.query_by_label("keys.tapkeys is locked").is_some());
    assert!(!labels(&window).contains(&"ours".to_owned()));
    press(&mut window, "Unlock…");
    fill(&mut window, "Passphrase", "wrong horse");
    press(&mut window, "Unlock the store");
    assert!(window.state().bench().is_locked());
    let notice = window
        .state()
        .bench()
        .notices()
        .last()
        .expect("a notice")
        .text
        .clone();
    assert!(notice.contains("passphrase"), "{notice}");
    press(&mut window, "Unlock…");
    fill(&mut window, "Passphrase", "correct horse");
    press(&mut window, "Unlock the store");
    assert!(labels(&window).contains(&"ours".to_owned()));
    let printed = format!("{:?}", window.state().bench());
    assert!(!printed.contains("correct horse"));
}

#[test]
fn closing_asks_about_a_store_that_is_not_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.tapkeys");
    let mut window = window_of(desk_with_a_key(), (1600.0, 1900.0));
    let passphrase = Some(Passphrase::new("correct horse".into()));
    let make = Action::SaveStore {
        path: Some(path),
        passphrase,
    };
    let mut later = window.state().bench().keyring().keys[0].clone();
    later.label = "later".into();
    window
        .state_mut()
        .act(vec![make, Action::AddKey(later)], None);
    let close = |window: &mut Harness<'static, App>| {
        let viewport = window.input_mut().viewports.get_mut(&ViewportId::ROOT);
        viewport
            .expect("the window")
            .events
            .push(ViewportEvent::Close);
        window.run();
    };
    let asks = |window: &Harness<'static, App>| {
        window
            .query_by_label_contains("The key store has changes that are not saved")
            .is_some()
    };
    close(&mut window);
    assert!(asks(&window));
    press(&mut window, "Save the keys");
    assert!(!asks(&window));
    close(&mut window);
    assert!(!asks(&window), "everything is saved");
}

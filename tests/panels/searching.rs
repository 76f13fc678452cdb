//! The search for keys in the Keys panel, and the question for the order of AIDs.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::workbench::Action;

use crate::scene::{click, is_off, press, tall, window};
use crate::support::desk::Desk;

const ALL: Action = Action::FindKeys {
    row: None,
    dictionary: None,
};

#[test]
fn results_stand_under_the_table_and_lead_to_their_rows() {
    let mut desk = Desk::topped_up();
    let mut scene = tall(Panel::Keys, &desk);
    press(&mut scene, "Find keys");
    assert_eq!(scene.state_mut().take(), [ALL]);
    desk.act(ALL);
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    click(&mut scene, Role::Link, "2 AuthenticateEV2First");
    assert_eq!(scene.state_mut().take(), [Action::GoToRow(2)]);
    assert!(is_off(&tall(Panel::Keys, &Desk::new()), "Find keys"));
}

#[test]
fn a_learnt_key_is_kept_by_a_button() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(0));
    let mut keys = desk.bench.keyring().keys.iter();
    let index = keys
        .position(|key| key.label == "read")
        .expect("a key of the demo");
    desk.play([Action::RemoveKey(index), ALL]);
    let learnt = desk.bench.search_result().expect("a result").learnt[0]
        .1
        .clone();
    let mut scene = tall(Panel::Keys, &desk);
    press(&mut scene, &format!("Keep key {}", learnt.label));
    assert_eq!(scene.state_mut().take(), [Action::AddKey(learnt)]);
}

#[test]
fn the_window_asks_how_aids_are_written() {
    let mut desk = Desk::new();
    let path = desk.path("keys.csv");
    let table = "label,aid,key_no,type,value\nx,014499,2,aes128,000102030405060708090A0B0C0D0E0F\n";
    std::fs::write(&path, table).expect("written");
    desk.act(Action::ImportKeys(path));
    let mut window = window(desk);
    assert!(
        window
            .query_by_label_contains("How are the AIDs in keys.csv written")
            .is_some()
    );
    press(&mut window, "014499, as people write it");
    let bench = window.state().bench();
    assert_eq!(bench.asked_aid_order(), None);
    assert_eq!(
        bench.keyring().keys.last().map(|key| key.label.as_str()),
        Some("x")
    );
}

//! The Repeat panel: a row's command edited and sent again, and both answers.

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::{App, Panel};
use tapscope::card::CommMode;
use tapscope::crypto::vault::{Passphrase, WorkFactor};
use tapscope::keyring::KeyEntry;
use tapscope::ota::application::{AID, key};
use tapscope::workbench::{Action, AidOrder, Repeat, Setting};

use crate::scene::{
    CTRL_SHIFT, Scene, click, fill, is_off, key as press_key, press, tall, window_of,
};
use crate::support::desk::{Desk, lose_answer};
use crate::support::readers::{Top, connected};

const GET_VALUE: usize = 3;
const CREDIT: usize = 4;

/// The panel with the draft of a row.
fn opened(desk: &Desk, row: usize) -> Scene {
    let mut scene = tall(Panel::Repeat, desk);
    let shown = scene.state_mut();
    shown.drafts.repeats.open(&shown.bench, row);
    scene.run();
    scene
}

fn has<S>(scene: &Harness<'_, S>, text: &str) -> bool {
    scene.query_all_by_label_contains(text).next().is_some()
}

/// What a field shows.
fn value(scene: &Scene, name: &str) -> String {
    let field = scene.get_by_role_and_label(Role::TextInput, name);
    field.accesskit_node().value().unwrap_or_default()
}

/// Presses Send and gives the command that goes out.
fn sent(scene: &mut Scene) -> Repeat {
    press(scene, "Send");
    let pushed = scene.state_mut().take();
    let [Action::Repeat(repeat)] = pushed.as_slice() else {
        panic!("one command expected: {pushed:?}");
    };
    Repeat::clone(repeat)
}

#[test]
fn fields_and_bytes_are_the_same_command() {
    let mut scene = opened(&Desk::topped_up(), CREDIT);
    assert!(has(&scene, "Row 4, Credit"));
    assert!(has(
        &scene,
        "The present session is key 3 of 014499 over EV2"
    ));
    assert_eq!(value(&scene, "Field Amount"), "1000");
    assert_eq!(value(&scene, "Data bytes"), "E8030000");
    assert!(is_off(&scene, "Reset to row"));
    fill(&mut scene, "Field Amount", "1500");
    assert_eq!(value(&scene, "Data bytes"), "DC050000");
    fill(&mut scene, "Header bytes", "05");
    assert_eq!(value(&scene, "Field FileNo"), "05");
    assert_eq!(value(&scene, "Field Amount"), "1500");
    click(&mut scene, Role::RadioButton, "Mode MAC");
    let repeat = sent(&mut scene);
    assert_eq!(repeat.frame.body(), [5, 0xDC, 5, 0, 0]);
    assert_eq!((repeat.row, repeat.mode), (CREDIT, CommMode::Mac));
    press(&mut scene, "Reset to row");
    assert_eq!(value(&scene, "Field Amount"), "1000");
    let repeat = sent(&mut scene);
    assert_eq!(Ok(repeat), scene.state().bench.repeat_of(CREDIT));
}

#[test]
fn what_is_no_value_stays_typed_and_nothing_is_sent() {
    let mut scene = opened(&Desk::topped_up(), CREDIT);
    fill(&mut scene, "Data bytes", "E803000");
    assert!(has(&scene, "7 digits, an even number expected"));
    assert!(is_off(&scene, "Send"));
    assert!(scene.query_by_label("Field Amount").is_none());
    fill(&mut scene, "Data bytes", "E8030000");
    assert!(!is_off(&scene, "Send"));
    fill(&mut scene, "Field Amount", "ten");
    assert!(has(
        &scene,
        "Amount is \"ten\", a number of 4 bytes expected"
    ));
    assert!(is_off(&scene, "Send"));
    assert_eq!(
        value(&scene, "Data bytes"),
        "E8030000",
        "the last valid value"
    );
    fill(&mut scene, "Field Amount", "10");
    assert!(!is_off(&scene, "Send"));
    assert_eq!(sent(&mut scene).frame.data, [10, 0, 0, 0]);
}

#[test]
fn a_draft_waits_while_another_row_is_shown() {
    let mut scene = opened(&Desk::topped_up(), CREDIT);
    fill(&mut scene, "Field Amount", "77");
    let shown = scene.state_mut();
    shown.drafts.repeats.open(&shown.bench, GET_VALUE);
    scene.run();
    assert!(has(&scene, "Row 3, GetValue"));
    click(&mut scene, Role::ComboBox, "Row 3, GetValue");
    click(&mut scene, Role::Button, "Row 4, Credit");
    assert_eq!(value(&scene, "Field Amount"), "77");
    let shown = scene.state_mut();
    shown.bench.apply(Action::NewSession);
    scene.run();
    assert!(has(&scene, "Choose Repeat row in the menu of a row"));
    assert!(is_off(&scene, "Repeat row"));
}

#[test]
fn an_aid_is_typed_as_the_settings_want_it() {
    for (order, shown, typed) in [
        (AidOrder::Written, "014499", "014498"),
        (AidOrder::Wire, "994401", "984401"),
    ] {
        let mut desk = Desk::topped_up();
        desk.act(Action::Set(Setting::AidOrder(order)));
        let mut scene = opened(&desk, 1);
        assert!(has(&scene, "A selection ends the present session"));
        assert_eq!(value(&scene, "Field AID"), shown);
        fill(&mut scene, "Field AID", typed);
        assert_eq!(sent(&mut scene).frame.body(), [0x98, 0x44, 0x01]);
    }
}

#[test]
fn another_session_is_said_with_the_way_back() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Authenticate {
        aid: AID,
        key_no: key::READ,
    });
    let mut scene = opened(&desk, CREDIT);
    assert!(has(
        &scene,
        "Row 4 used key 3 of 014499 over EV2; the present session is key 1 of 014499 over EV2"
    ));
    press(&mut scene, "Authenticate as in row 4 first");
    let (aid, key_no) = (AID, key::TOP_UP);
    let expected = Action::Authenticate { aid, key_no };
    assert_eq!(scene.state_mut().take(), [expected]);
}

#[test]
fn both_answers_stand_one_over_the_other() {
    let mut desk = Desk::topped_up();
    let value = desk.bench.repeat_of(GET_VALUE).expect("a read");
    desk.act(Action::Repeat(Box::new(value.clone())));
    let mut scene = opened(&desk, GET_VALUE);
    // Before the top-up the card held 2000.
    assert!(has(&scene, "Row 3 answered 9100"));
    assert!(has(&scene, "Row 7 answered 9100"));
    assert!(has(
        &scene,
        "The repeat differs from byte 0, 2 of 4 bytes differ"
    ));
    assert!(has(&scene, "Row 3 D0070000") && has(&scene, "Row 7 B80B0000"));
    click(&mut scene, Role::ListBoxOption, "7  6C 03  9100 B80B0000");
    assert_eq!(scene.state_mut().take(), [Action::GoToRow(7)]);
    desk.act(lose_answer(0x6C));
    desk.act(Action::Repeat(Box::new(value)));
    let scene = opened(&desk, GET_VALUE);
    assert!(has(
        &scene,
        "Row 8, answer lost, what the card did is unknown"
    ));
    assert!(has(&scene, "8  6C 03  answer lost"));
}

#[test]
fn a_row_without_data_and_one_that_went_opaque_say_so() {
    let mut desk = Desk::topped_up();
    let credit = desk.bench.repeat_of(CREDIT).expect("a credit");
    desk.act(Action::Repeat(Box::new(credit)));
    let mut scene = opened(&desk, CREDIT);
    assert!(has(&scene, "Both are without data"));
    while !desk.bench.keyring().keys.is_empty() {
        desk.act(Action::RemoveKey(0));
    }
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert!(has(&scene, "Off, the row is opaque"));
}

#[test]
fn a_key_that_is_typed_is_not_sent() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SendRaw(vec![0x90, 0x5C, 0, 0, 2, 0, 1, 0]));
    let row = desk.bench.rows().len() - 1;
    let mut scene = opened(&desk, row);
    assert!(!is_off(&scene, "Send"));
    fill(&mut scene, "Header bytes", "01");
    fill(
        &mut scene,
        "Data bytes",
        "11223344556677889900AABBCCDDEEFF01",
    );
    assert!(is_off(&scene, "Send"));
    fill(&mut scene, "Header bytes", "00");
    assert!(!is_off(&scene, "Send"));
}

#[test]
fn what_never_went_out_is_not_said_to_be_lost() {
    let mut desk = Desk::topped_up();
    let value = desk.bench.repeat_of(GET_VALUE).expect("a read");
    let sending = desk.bench.apply(Action::Repeat(Box::new(value)));
    desk.act(Action::PresentCard(false));
    desk.inline.run_all(&mut desk.bench, sending);
    let scene = opened(&desk, GET_VALUE);
    assert!(has(&scene, "6C 03  not sent, No card in the field"));
    assert!(has(&scene, "The repeat was not sent, No card in the field"));
}

#[test]
fn what_was_typed_is_gone_when_the_store_is_locked() {
    let mut desk = Desk::topped_up();
    desk.bench.set_work_factor(WorkFactor::LEAST);
    let key = KeyEntry {
        label: "mine".into(),
        ..desk.bench.keyring().keys[0].clone()
    };
    desk.act(Action::EditKey { index: 0, key });
    desk.act(Action::SaveStore {
        path: Some(desk.path("mine.tks")),
        passphrase: Some(Passphrase::new("correct horse".to_owned())),
    });
    let mut scene = opened(&desk, CREDIT);
    fill(&mut scene, "Field Amount", "77");
    desk.act(Action::LockStore);
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert!(has(&scene, "Choose Repeat row in the menu of a row"));
    let shown = scene.state_mut();
    shown.drafts.repeats.open(&shown.bench, CREDIT);
    scene.run();
    assert!(!has(&scene, "77"));
}

#[test]
fn what_erases_a_real_card_is_asked_first() {
    let top = Top::default();
    let mut desk = connected(&top);
    desk.act(Action::SendRaw(vec![0x90, 0xFC, 0, 0, 0]));
    let row = desk.bench.rows().len() - 1;
    desk.act(Action::SelectRow(Some(row)));
    let mut window = window_of(desk, (1600.0, 1400.0));
    press_key(&mut window, CTRL_SHIFT, Key::R);
    let question = "FormatPICC erases all applications on the real card";
    for (answer, rows) in [("Cancel", row + 1), ("Erase", row + 2)] {
        press(&mut window, "Send…");
        assert!(has(&window, question));
        press(&mut window, answer);
        assert!(!has(&window, question));
        assert_eq!(window.state().bench().rows().len(), rows, "{answer}");
    }
}

/// The whole window with a row selected.
fn window(row: usize) -> Harness<'static, App> {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(row)));
    window_of(desk, (1600.0, 1400.0))
}

#[test]
fn the_keys_and_the_menu_of_a_row_open_the_panel_and_sending_fills_the_trace() {
    let mut keys = window(GET_VALUE);
    assert!(!has(&keys, "Reset to row"));
    press_key(&mut keys, CTRL_SHIFT, Key::R);
    assert!(has(&keys, "Row 3, GetValue") && has(&keys, "Reset to row"));
    // The line for frames in Readers has one of that name, too; it is off.
    keys.query_all_by_role_and_label(Role::Button, "Send")
        .find(|button| !button.accesskit_node().is_disabled())
        .expect("a button")
        .click();
    keys.run();
    let rows = keys.state().bench().rows();
    assert_eq!((rows.len(), rows[7].name()), (8, "GetValue"));
    assert!(has(&keys, "Row 7 answered 9100"));
    let mut menu = window(0);
    let row = menu.query_all_by_role(Role::ListBoxOption);
    let credit = row.into_iter().find(|node| {
        node.accesskit_node()
            .label()
            .is_some_and(|label| label.contains("Credit"))
    });
    credit.expect("the row").click_secondary();
    menu.run();
    press(&mut menu, "Repeat row");
    assert!(has(&menu, "Row 4, Credit") && has(&menu, "Reset to row"));
    assert_eq!(menu.state().bench().selected(), Some(CREDIT));
}

#[test]
fn a_row_that_cannot_be_repeated_is_off_in_its_menu() {
    let mut menu = window(2);
    press_key(&mut menu, CTRL_SHIFT, Key::R);
    assert!(!has(&menu, "Reset to row"));
    let rows = menu.query_all_by_role(Role::ListBoxOption);
    let auth = rows.into_iter().find(|node| {
        node.accesskit_node()
            .label()
            .is_some_and(|label| label.contains("Authenticate"))
    });
    auth.expect("the row").click_secondary();
    menu.run();
    assert!(is_off(&menu, "Repeat row"));
}

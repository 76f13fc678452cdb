//! The Explain panel: the mistake, expected over received, inputs that lead to their rows.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::workbench::Action;

use crate::scene::{Scene, click, press, tall, window_of};
use crate::support::desk::Desk;
use crate::support::wrong::{CREDIT, even_bytes};

fn has(scene: &Scene, text: &str) -> bool {
    scene.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn the_mistake_stands_with_its_evidence_and_remedy() {
    let mut scene = tall(Panel::Explain, &even_bytes());
    assert!(has(&scene, "Command of row 4, Credit"));
    assert!(has(&scene, "ev2-mac-even-bytes"));
    assert!(has(&scene, "64 bits of the received bytes"));
    assert!(has(&scene, "differs from byte 0"));
    press(&mut scene, "Copy");
    let pushed = scene.state_mut().take();
    let [Action::Copy(text)] = pushed.as_slice() else {
        panic!("{pushed:?}");
    };
    assert!(
        text.starts_with("Row 4, Credit\n") && text.contains("hidden"),
        "{text}"
    );
}

#[test]
fn an_input_leads_to_the_row_that_it_comes_from() {
    let mut scene = tall(Panel::Explain, &even_bytes());
    let row = scene
        .query_all_by_role_and_label(Role::Link, "row 2")
        .next();
    row.expect("the authentication gave the keys").click();
    scene.run();
    assert_eq!(scene.state_mut().take(), [Action::GoToRow(2)]);
}

#[test]
fn a_row_that_fits_or_cant_be_explained_says_so() {
    let mut desk = even_bytes();
    desk.act(Action::SelectRow(Some(3)));
    assert!(has(
        &tall(Panel::Explain, &desk),
        "Nothing is wrong with this row"
    ));
    assert!(has(
        &tall(Panel::Explain, &Desk::new()),
        "Select a row that is wrong"
    ));
    let path = desk.path("flipped.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    let row = &desk.bench.rows()[CREDIT];
    let wire = row
        .commands(desk.bench.log().events())
        .next()
        .expect("a frame")
        .to_vec();
    let mut other = wire.clone();
    let len = other.len();
    for byte in &mut other[len - 9..len - 1] {
        *byte ^= 0x5A;
    }
    let saved = std::fs::read_to_string(&path).expect("saved");
    let hex = tapscope::bytes::hex::upper;
    std::fs::write(&path, saved.replace(&hex(&wire), &hex(&other))).expect("written");
    desk.act(Action::OpenSession(path));
    desk.act(Action::SelectRow(Some(CREDIT)));
    assert!(has(
        &tall(Panel::Explain, &desk),
        "known mistakes, alone or two at once, gives these bytes"
    ));
}

#[test]
fn the_finding_in_the_fields_leads_to_the_panel() {
    let mut window = window_of(even_bytes(), (1600.0, 1400.0));
    assert!(
        window
            .query_by_label_contains("ev2-mac-even-bytes")
            .is_none()
    );
    click(&mut window, Role::Link, "Explain");
    assert!(
        window
            .query_by_label_contains("ev2-mac-even-bytes")
            .is_some()
    );
}

#[test]
fn another_row_begins_with_its_first_explanation() {
    let desk = even_bytes();
    let mut scene = tall(Panel::Explain, &desk);
    scene.state_mut().drafts.explained = 5;
    let mut other = desk.bench.clone();
    other.apply(Action::SelectRow(Some(3)));
    scene.state_mut().bench = other;
    scene.run();
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert_eq!(scene.state().drafts.explained, 0);
}

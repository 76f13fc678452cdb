//! The card at the selected row: facts with the row that told them, and what the row changed.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::workbench::Action;

use crate::scene::{Scene, tall};
use crate::support::desk::Desk;

fn has(scene: &Scene, text: &str) -> bool {
    scene.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn the_card_is_shown_as_it_was_known_after_the_row() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(3)));
    let mut scene = tall(Panel::Known, &desk);
    assert!(has(&scene, "After row 3"));
    assert!(has(&scene, "Application 014499, file 03"));
    assert!(has(&scene, "2000"));
    let told = scene
        .query_all_by_role_and_label(Role::Link, "row 3")
        .next();
    told.expect("GetValue told the value").click();
    scene.run();
    assert_eq!(scene.state_mut().take(), [Action::GoToRow(3)]);
    // The commit makes the credit a fact.
    desk.act(Action::SelectRow(Some(6)));
    assert!(has(&tall(Panel::Known, &desk), "3000"));
    desk.act(Action::SelectRow(None));
    assert!(has(&tall(Panel::Known, &desk), "Select a row in the trace"));
}

//! The Compare panel: identical by meaning, one byte that differs, what is left out.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::compare::Aspect;
use tapscope::workbench::Action;

use crate::scene::{Scene, click, press, tall};
use crate::support::desk::Desk;

fn has(scene: &Scene, text: &str) -> bool {
    scene.query_all_by_label_contains(text).next().is_some()
}

/// A top-up of another amount on another card of the same kind, beside one of 1000.
fn beside(amount: i32) -> Desk {
    let mut other = Desk::new();
    // Other nonces: the card has answered before.
    other.play([
        Action::ListApplications,
        Action::NewSession,
        Action::TopUp { amount },
    ]);
    let mut desk = Desk::topped_up();
    let path = desk.path("other.json");
    other.act(Action::SaveSession(Some(path.clone())));
    desk.act(Action::CompareWith(path));
    desk
}

#[test]
fn top_ups_that_differ_in_nonces_only_are_identical() {
    let desk = beside(1000);
    let compared = desk.bench.compared().expect("a comparison");
    assert!(
        compared.comparison.is_identical(),
        "{:?}",
        compared.comparison
    );
    assert!(has(
        &tall(Panel::Compare, &desk),
        "Identical with other.json, 7 exchanges compared"
    ));
}

#[test]
fn a_byte_that_differs_is_told_with_its_field_and_row() {
    let mut scene = tall(Panel::Compare, &beside(1001));
    assert!(has(&scene, "2 of 7 exchanges differ from other.json"));
    assert!(has(&scene, "command Amount, from byte 2"));
    click(&mut scene, Role::Link, "4 Credit");
    assert_eq!(scene.state_mut().take(), [Action::GoToRow(4)]);
}

#[test]
fn what_is_left_out_is_chosen_and_compared_again() {
    let mut desk = beside(1000);
    let mut scene = tall(Panel::Compare, &desk);
    press(&mut scene, "Left out of the comparison");
    click(&mut scene, Role::CheckBox, Aspect::Nonces.title());
    let nonces = Action::Ignore(Aspect::Nonces, false);
    assert_eq!(scene.state_mut().take(), std::slice::from_ref(&nonces));
    desk.act(nonces);
    let differs = |desk: &Desk| {
        desk.bench
            .compared()
            .expect("a comparison")
            .comparison
            .differs()
    };
    assert!(differs(&desk));
    desk.act(Action::Ignore(Aspect::Nonces, true));
    assert!(!differs(&desk));
    desk.act(Action::TopUp { amount: 500 });
    assert!(has(
        &tall(Panel::Compare, &desk),
        "The trace went on since then"
    ));
    desk.act(Action::CompareAgain);
    assert!(differs(&desk));
    desk.act(Action::NewSession);
    assert!(desk.bench.compared().is_none(), "another trace");
}

#[test]
fn a_file_that_is_no_trace_is_told() {
    let mut desk = Desk::topped_up();
    let path = desk.path("no.json");
    std::fs::write(&path, "{\"format\":\"other\"}").expect("written");
    desk.act(Action::CompareWith(path));
    assert!(desk.bench.compared().is_none());
    assert!(
        desk.notices()[0].starts_with("no.json can't be compared: "),
        "{:?}",
        desk.notices()
    );
    assert!(has(&tall(Panel::Compare, &desk), "By meaning"));
}

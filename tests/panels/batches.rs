//! Many transactions and URLs on the pages of the calculator: the list, the line on the page, what is copied.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::calculator::Texts;
use tapscope::calculator::batch::Kind;
use tapscope::workbench::{Action, PageInputs};

use crate::calculating::{has, page};
use crate::scene::{Scene, click, fill, key, press, show};
use crate::support::desk::Desk;
use crate::support::many::{KEY, transactions, with_mistakes};

/// The page with a file of 20,000 lines; one is wrong and one is missing.
fn scene() -> (Scene, Desk) {
    scene_of((1200.0, 1400.0))
}

fn scene_of(size: (f32, f32)) -> (Scene, Desk) {
    scene_with(size, &with_mistakes())
}

fn scene_with(size: (f32, f32), content: &str) -> (Scene, Desk) {
    let mut desk = Desk::new();
    let path = desk.path("may.csv");
    std::fs::write(&path, content).expect("written");
    let inputs = PageInputs(Texts::from([("key".to_owned(), KEY.to_owned())]));
    desk.play([
        Action::PrepareCheck(Kind::Transactions, inputs),
        Action::CheckFile(Kind::Transactions, path),
    ]);
    let mut scene = show(Panel::Calculator, &desk, size, Theme::Dark);
    page(&mut scene, "Transaction MAC");
    fill(&mut scene, "AppTransactionMACKey", KEY);
    click(&mut scene, Role::Button, "Batch");
    (scene, desk)
}

/// Clicks what has a name that begins so.
fn choose(scene: &mut Scene, name: &str) {
    scene.get_by_label_contains(name).click();
    scene.run();
}

/// Whether a field holds this.
fn holds(scene: &Scene, text: &str) -> bool {
    let fields = scene.query_all_by(|node| node.value().is_some_and(|value| value.contains(text)));
    fields.count() > 0
}

#[test]
fn the_wrong_line_is_listed_and_goes_onto_the_page() {
    let (mut scene, _desk) = scene();
    assert!(has(&scene, "1 wrong, 1 card with gaps"));
    assert!(has(&scene, "card 04A1B2C3D40007: TMC 76 missing"));
    choose(&mut scene, "line 12345: TMV wrong, ");
    assert!(holds(&scene, "credit 3 9"), "its operations");
    assert!(has(&scene, "wrong from byte 0"), "its table");
    // The key is the page's.
    assert!(has(&scene, "SesTMMACKey"));
}

#[test]
fn all_lines_are_listed_and_gone_through_by_keys() {
    let (mut scene, _desk) = scene();
    choose(&mut scene, "Lines All ");
    assert!(has(&scene, "line 2: right"));
    assert!(!has(&scene, "line 19999: right"), "only what is in view");
    click(&mut scene, Role::ListBoxOption, "line 2: right");
    key(&mut scene, Modifiers::NONE, Key::ArrowDown);
    assert!(holds(&scene, "credit 3 2"));
    key(&mut scene, Modifiers::NONE, Key::End);
    assert!(has(&scene, "line 20000: right"));
    assert!(holds(&scene, "credit 3 250"), "its operations");
    key(&mut scene, Modifiers::NONE, Key::Home);
    assert!(holds(&scene, "credit 3 1"), "past the card with a gap");
    // All that is one step back.
    press(&mut scene, "Undo input");
    assert!(!holds(&scene, "credit 3"));
}

#[test]
fn remarks_are_copied_and_changed_inputs_are_told() {
    let (mut scene, _desk) = scene();
    press(&mut scene, "Copy batch");
    press(&mut scene, "Copy remarks as text");
    match &scene.state_mut().take()[..] {
        [Action::Copy(text)] => {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines[0], "card 04A1B2C3D40007: TMC 76 missing");
            assert!(lines[1].starts_with("line 12345: TMV wrong, "));
            assert!(lines[2].ends_with("1 wrong, 1 card with gaps"));
        }
        other => panic!("{other:?}"),
    }
    assert!(!has(&scene, "The inputs are others now"));
    fill(
        &mut scene,
        "AppTransactionMACKey",
        "1F1E2D3C4B5A69788796A5B4C3D2E1F0",
    );
    assert!(has(&scene, "The inputs are others now"));
    click(&mut scene, Role::Link, "Check with them");
    match &scene.state_mut().take()[..] {
        [
            Action::PrepareCheck(Kind::Transactions, inputs),
            Action::CheckFile(..),
        ] => {
            assert_eq!(inputs.0["key"], "1F1E2D3C4B5A69788796A5B4C3D2E1F0");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_narrow_panel_has_list_inputs_and_result_too() {
    let (mut scene, _desk) = scene_of((500.0, 900.0));
    choose(&mut scene, "line 12345: TMV wrong, ");
    assert!(holds(&scene, "credit 3 9"));
    assert!(has(&scene, "Comes to: Received TMV does not fit"));
}

#[test]
fn a_column_that_nobody_knows_takes_no_room_from_the_lines() {
    let more = |line: &str| format!("{line}{}", ",x1,x2,x3,x4,x5,x6,x7,x8,x9");
    let lines: Vec<String> = transactions(3).lines().map(more).collect();
    let (mut scene, _desk) = scene_with((900.0, 420.0), &lines.join("\n"));
    assert!(has(&scene, "column \"x1\" is not known and left out"));
    assert!(has(&scene, "8 more"));
    choose(&mut scene, "Lines All ");
    choose(&mut scene, "line 2: right");
    assert!(holds(&scene, "credit 3 1"));
}

#[test]
fn a_switch_turned_on_and_off_is_no_change() {
    let (mut scene, _desk) = scene();
    let switch = "Unauthenticated commands are excluded";
    click(&mut scene, Role::CheckBox, switch);
    assert!(has(&scene, "The inputs are others now"));
    click(&mut scene, Role::CheckBox, switch);
    assert!(!has(&scene, "The inputs are others now"));
    press(&mut scene, "Close batch");
    assert_eq!(
        scene.state_mut().take(),
        [Action::CloseChecked(Kind::Transactions)]
    );
}

#[test]
fn without_a_file_the_part_says_what_it_takes() {
    let mut scene = show(
        Panel::Calculator,
        &Desk::new(),
        (1200.0, 900.0),
        Theme::Dark,
    );
    for (title, words) in [
        ("Transaction MAC", "CSV or JSON with uid, tmc, tmv"),
        ("SDM URL", "One URL a line"),
    ] {
        page(&mut scene, title);
        click(&mut scene, Role::Button, "Batch");
        assert!(has(&scene, words), "{title}");
        press(&mut scene, "Close batch");
        assert!(!has(&scene, words), "{title}");
    }
    page(&mut scene, "CRC");
    assert!(
        scene
            .query_by_role_and_label(Role::Button, "Batch")
            .is_none()
    );
}

//! Bytes are chosen by the pointer, and what they can mean stands below them.

use eframe::egui::accesskit::Role;
use eframe::egui::{Modifiers, Pos2, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::Panel;
use tapscope::bytes::hex;
use tapscope::workbench::{Action, Setting, Settings};

use crate::scene::{Scene, click, tall};
use crate::support::desk::Desk;

/// Row of SelectApplication, whose plaintext is `5A 99 44 01`.
const SELECT: usize = 1;

/// The bytes of a row with the inspector open.
fn bytes(row: usize) -> Scene {
    let mut desk = Desk::topped_up();
    desk.play([
        Action::SelectRow(Some(row)),
        Action::Set(Setting::Inspector(true)),
    ]);
    tall(Panel::Bytes, &desk)
}

/// The middle of a byte in the first line that begins so.
fn byte(scene: &Scene, line: &str, place: u8) -> Pos2 {
    // Text that only informs has its name as its value.
    let line = scene.get_by(|node| {
        node.role() == Role::Label && node.value().is_some_and(|name| name.starts_with(line))
    });
    let rect = line.rect();
    pos2(
        rect.left() + 28.0 + 21.0 * (f32::from(place) + 0.5),
        rect.center().y,
    )
}

fn tap(scene: &mut Scene, at: Pos2) {
    scene.hover_at(at);
    scene.drag_at(at);
    scene.run();
    scene.drop_at(at);
    scene.run();
}

/// The readings that are shown.
fn readings(scene: &Scene) -> Vec<String> {
    let lines = scene.query_all_by(|node| node.role() == Role::Button);
    let names = lines.filter_map(|node| node.accesskit_node().label());
    let own = [
        "Copy these bytes",
        "All",
        "Wire",
        "After framing",
        "Plaintext",
    ];
    names.filter(|name| !own.contains(&name.as_str())).collect()
}

const PLAIN: &str = "Command, plaintext ";

#[test]
fn a_click_takes_a_byte_and_shift_those_up_to_there() {
    let mut scene = bytes(SELECT);
    assert_eq!(readings(&scene), [""; 0]);
    scene.get_by_label("Choose a byte or a field; what it can mean appears here");
    let first = byte(&scene, PLAIN, 1);
    tap(&mut scene, first);
    let shown = readings(&scene);
    assert_eq!(shown[..3], ["Hexadecimal 99", "Binary 10011001", "u8 153"]);
    let last = byte(&scene, PLAIN, 3);
    let shift = Modifiers::SHIFT;
    scene.hover_at(last);
    scene.event_modifiers(pressed(last, true, shift), shift);
    scene.event_modifiers(pressed(last, false, shift), shift);
    scene.run();
    let shown = readings(&scene);
    assert_eq!(shown[0], "Hexadecimal 994401");
    assert!(
        shown.contains(&"AID, as sent 014499".to_owned()),
        "{shown:?}"
    );
    tap(&mut scene, first);
    assert_eq!(readings(&scene)[0], "Hexadecimal 99");
    tap(&mut scene, first);
    assert_eq!(readings(&scene), [""; 0], "the same byte lets go");
}

fn pressed(pos: Pos2, pressed: bool, modifiers: Modifiers) -> eframe::egui::Event {
    eframe::egui::Event::PointerButton {
        pos,
        button: eframe::egui::PointerButton::Primary,
        pressed,
        modifiers,
    }
}

#[test]
fn dragging_takes_a_range_and_a_line_is_copied() {
    let mut scene = bytes(SELECT);
    let (from, to) = (byte(&scene, PLAIN, 3), byte(&scene, PLAIN, 2));
    scene.hover_at(from);
    scene.drag_at(from);
    scene.run();
    scene.hover_at(to);
    scene.run();
    scene.drop_at(to);
    scene.run();
    assert_eq!(readings(&scene)[0], "Hexadecimal 4401", "also backwards");
    scene.hover_at(from);
    scene.run();
    assert_eq!(readings(&scene)[0], "Hexadecimal 4401", "it was let go");
    for (line, value) in [("u16 LE 324", "324"), ("u16 BE 17409", "17409")] {
        click(&mut scene, Role::Button, line);
        assert_eq!(scene.state_mut().take(), [Action::Copy(value.into())]);
    }
}

#[test]
fn a_chosen_field_is_read_and_takes_the_place_of_bytes() {
    let mut scene = bytes(4);
    let at = byte(&scene, PLAIN, 0);
    tap(&mut scene, at);
    assert_eq!(readings(&scene)[0], "Hexadecimal 0C");
    let bench = &scene.state().bench;
    let row = bench.selected_row().expect("a row");
    let tree = tapscope::trace::fields(row, bench.log().events(), false);
    let amount = tree.iter().position(|field| field.path == "command.Amount");
    scene.state_mut().drafts.field = amount;
    scene.run();
    let shown = readings(&scene);
    let digits = hex::upper(1000_i32.to_le_bytes());
    assert_eq!(shown[0], format!("Hexadecimal {digits}"));
    assert!(shown.contains(&"i32 LE 1000".to_owned()), "{shown:?}");
    // One byte of a field is not read on behind its end.
    let file = tree.iter().position(|field| field.path == "command.FileNo");
    scene.state_mut().drafts.field = file;
    scene.run();
    let ahead = readings(&scene);
    assert!(
        !ahead.iter().any(|name| name.starts_with("u16")),
        "{ahead:?}"
    );
}

#[test]
fn the_inspector_is_opened_and_kept() {
    let mut desk = Desk::topped_up();
    let mut scene = tall(Panel::Bytes, &desk);
    click(&mut scene, Role::TreeItem, "Inspector");
    let opened = scene.state_mut().take();
    assert_eq!(opened, [Action::Set(Setting::Inspector(true))]);
    desk.play(opened);
    let kept = Settings::parse(&desk.bench.settings().text()).expect("settings");
    assert!(kept.inspector);
    let mut scene = tall(Panel::Bytes, &desk);
    click(&mut scene, Role::TreeItem, "Inspector");
    let closed = scene.state_mut().take();
    assert_eq!(closed, [Action::Set(Setting::Inspector(false))]);
}

//! The form for lines of a transaction: values in, a line out, and the transaction of the selected row.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::calculator;
use tapscope::workbench::Action;

use crate::scene::{CTRL, Scene, click, fill, is_off, key, press, tall, write};
use crate::support::desk::Desk;

fn has<S>(scene: &Harness<'_, S>, text: &str) -> bool {
    scene.query_all_by_label_contains(text).next().is_some()
}

fn page(desk: &Desk) -> Scene {
    let mut scene = tall(Panel::Calculator, desk);
    click(&mut scene, Role::ComboBox, "Calculator page");
    click(&mut scene, Role::ListBoxOption, "Page Transaction MAC");
    scene
}

fn choose(scene: &mut Scene, operation: &str) {
    click(scene, Role::ComboBox, "Operation");
    press(scene, operation);
}

/// The lines as they stand in the field.
fn lines(scene: &Scene) -> String {
    let field = scene.get_by_role_and_label(Role::MultilineTextInput, "Operations");
    field.value().unwrap_or_default()
}

#[test]
fn a_line_is_made_of_the_values_of_its_operation() {
    let mut scene = page(&Desk::new());
    choose(&mut scene, "Credit");
    fill(&mut scene, "File", "3");
    press(&mut scene, "Add line");
    assert!(has(&scene, "credit lacks Amount"));
    assert_eq!(lines(&scene), "");
    fill(&mut scene, "Amount", "1000");
    press(&mut scene, "Add line");
    assert!(!has(&scene, "credit lacks"));
    assert_eq!(lines(&scene), "credit 3 1000");
    choose(&mut scene, "GetValue");
    fill(&mut scene, "File", "32");
    press(&mut scene, "Add line");
    assert!(has(&scene, "a number of 0 to 31 expected"));
    fill(&mut scene, "File", "3");
    fill(&mut scene, "Answer", "14000000");
    key(&mut scene, Modifiers::NONE, Key::Enter);
    assert_eq!(lines(&scene), "credit 3 1000\nget-value 3 -> 14000000");
    press(&mut scene, "Undo input");
    assert_eq!(lines(&scene), "credit 3 1000");
}

#[test]
fn what_is_wrong_with_a_line_names_it() {
    let mut scene = page(&Desk::new());
    let topic = calculator::topic("tmac").expect("a topic");
    press(&mut scene, "Load example");
    press(&mut scene, topic.examples[0].title);
    let text = lines(&scene);
    let field = scene.get_by_role_and_label(Role::MultilineTextInput, "Operations");
    field.focus();
    scene.run();
    key(&mut scene, CTRL, Key::End);
    write(&mut scene, "\ndebit 3");
    let number = text.split('\n').count() + 1;
    assert!(has(&scene, &format!("Line {number}: debit lacks Amount")));
}

#[test]
fn the_transaction_of_the_selected_row_fills_the_page() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(None));
    let scene = page(&desk);
    assert!(is_off(&scene, "From the trace"));
    let place = |desk: &Desk, name: &str| {
        let mut rows = desk.bench.rows().iter();
        rows.position(|row| row.name() == name)
    };
    let (credit, select) = (place(&desk, "Credit"), place(&desk, "SelectApplication"));
    desk.act(Action::SelectRow(select));
    assert!(is_off(&page(&desk), "From the trace"));
    desk.act(Action::SelectRow(credit));
    let mut scene = page(&desk);
    press(&mut scene, "From the trace");
    assert!(lines(&scene).contains("0C"), "{}", lines(&scene));
    assert!(has(&scene, "From row 4, Credit"));
    assert!(has(&scene, "TMV of the commit fits"));
}

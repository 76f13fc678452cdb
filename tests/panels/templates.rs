//! Templates in the window: what the card's files and a row's plaintext mean by them.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::Panel;
use tapscope::bytes::hex;
use tapscope::workbench::Action;

use crate::scene::{Scene, click, press, tall};
use crate::support::desk::Desk;

/// A spend: its log record is written, then committed.
fn spent() -> Desk {
    let mut desk = Desk::new();
    desk.act(Action::Spend { amount: 250 });
    desk
}

fn row_of(desk: &Desk, name: &str) -> usize {
    let names = desk.names();
    let row = names.iter().position(|own| *own == name);
    row.unwrap_or_else(|| panic!("{name} in {names:?}"))
}

fn names(scene: &Scene) -> Vec<String> {
    let all = scene.query_all_by(|_| true);
    let names = all.filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or_else(|| node.value())
    });
    names.collect()
}

fn assert_has(scene: &Scene, name: &str) {
    let names = names(scene);
    assert!(names.iter().any(|own| own == name), "{name} in {names:?}");
}

#[test]
fn a_written_record_is_read_in_the_fields() {
    let mut desk = spent();
    let row = row_of(&desk, "WriteRecord");
    desk.act(Action::SelectRow(Some(row)));
    let mut scene = tall(Panel::Fields, &desk);
    let head = "As template Transaction log";
    let lines = [
        "Transaction log reader 54415001",
        "Transaction log time stamp 2026-11-02 08:00:00.000 UTC",
        "Transaction log value 250",
    ];
    for line in lines {
        assert_has(&scene, line);
    }
    click(&mut scene, Role::TreeItem, head);
    let closed = names(&scene);
    assert!(!closed.contains(&lines[0].to_owned()), "{closed:?}");
    desk.act(Action::SelectRow(Some(0)));
    let scene = tall(Panel::Fields, &desk);
    assert!(scene.query_by_label(head).is_none(), "another command");
}

#[test]
fn records_that_are_read_are_numbered_from_the_newest() {
    let mut desk = Desk::new();
    let record = |value: i32| {
        let value = hex::upper(value.to_le_bytes());
        format!("5441500100B8459BA1010000{value}")
    };
    let path = desk.path("read.txt");
    let lines = format!(
        "=> 905A00000399440100\n<= 9100\n=> 90BB0000070200000002000000\n<= {}{}9100\n",
        record(250),
        record(-100)
    );
    std::fs::write(&path, lines).expect("written");
    desk.act(Action::OpenSession(path));
    let row = row_of(&desk, "ReadRecords");
    desk.act(Action::SelectRow(Some(row)));
    let scene = tall(Panel::Fields, &desk);
    assert_has(&scene, "Transaction log, record 0 value -100");
    assert_has(&scene, "Transaction log, record 1 value 250");
}

#[test]
fn a_record_on_the_card_is_read_under_its_file() {
    let mut desk = spent();
    let last = desk.bench.rows().len() - 1;
    desk.act(Action::SelectRow(Some(last)));
    let scene = tall(Panel::Known, &desk);
    assert_has(&scene, "Transaction log, record 0");
    assert_has(&scene, "54415001");
    assert_has(&scene, "250");
}

#[test]
fn a_file_is_loaded_listed_and_removed() {
    let mut desk = spent();
    let row = row_of(&desk, "WriteRecord");
    desk.act(Action::SelectRow(Some(row)));
    let mut scene = tall(Panel::Known, &desk);
    assert_has(&scene, "Example application, built in");
    press(&mut scene, "Load templates…");
    let purpose = format!("{:?}", scene.state().drafts.path.purpose);
    assert_eq!(purpose, "Some(Templates)");
    let path = desk.path("mine.json");
    let text = r#"{"templates":[{"name":"Mine","aid":"014499","file_no":2,"fields":[
        {"name":"who","offset":0,"length":4,"kind":"hex"}]}]}"#;
    std::fs::write(&path, text).expect("written");
    desk.act(Action::LoadTemplates(path));
    let mut scene = tall(Panel::Known, &desk);
    press(&mut scene, "Remove templates mine.json");
    assert_eq!(scene.state_mut().take(), [Action::RemoveTemplates(0)]);
}

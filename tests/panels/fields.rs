//! The field tree: what a MAC is made of, where its inputs come from, and which secrets stay hidden.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::Panel;
use tapscope::bytes::hex;
use tapscope::secure_messaging::Verdict;
use tapscope::trace::{MacProof, Proof, prove};
use tapscope::workbench::{Action, AidOrder, Setting};

use crate::scene::{Scene, click, key, press, tall};
use crate::support::desk::Desk;

/// Row of the credit, in Full mode, and of the authentication before it.
const CREDIT: usize = 4;
const AUTHENTICATION: usize = 2;

/// The fields of a row.
fn fields(desk: &mut Desk, row: usize) -> Scene {
    desk.act(Action::SelectRow(Some(row)));
    tall(Panel::Fields, desk)
}

fn proof(desk: &Desk, row: usize) -> Proof {
    let proof = prove(desk.bench.rows(), row, desk.bench.log().events(), &[]);
    proof.expect("the keys are known")
}

/// The line whose accessible name starts so.
fn line(scene: &Scene, start: &str) -> String {
    let names = names(scene);
    let name = names.iter().find(|name| name.starts_with(start));
    name.unwrap_or_else(|| panic!("{start} in {names:?}"))
        .clone()
}

/// Clicks the line whose accessible name starts so.
fn choose(scene: &mut Scene, start: &str) {
    let name = line(scene, start);
    click(scene, Role::TreeItem, &name);
}

fn names(scene: &Scene) -> Vec<String> {
    let lines = scene.query_all_by(|node| is_line(node.role()));
    lines.filter_map(|node| name_of(&node)).collect()
}

fn is_line(role: Role) -> bool {
    matches!(role, Role::TreeItem | Role::Label)
}

/// Text that only informs has its name as its value.
fn name_of(node: &egui_kittest::Node<'_>) -> Option<String> {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value())
}

fn has(scene: &Scene, name: &str) -> bool {
    scene.query_all_by_label(name).next().is_some()
}

fn step(proof: &MacProof, label: &str) -> String {
    let step = proof.mac.steps.iter().find(|step| step.label == label);
    hex::upper(&step.expect("a step").bytes)
}

#[test]
fn a_mac_shows_its_inputs() {
    let mut desk = Desk::topped_up();
    let mut scene = fields(&mut desk, CREDIT);
    let proof = proof(&desk, CREDIT);
    let command = proof.command.expect("a MAC");
    assert!(!has(&scene, "Key SesAuthMACKey"), "closed at first");
    choose(&mut scene, "command.MAC");
    let chips = [
        "Key SesAuthMACKey".to_owned(),
        "Cmd 0C".to_owned(),
        format!(
            "CmdCtr {}",
            hex::upper(command.counter().expect("EV2 counts"))
        ),
        format!("TI {}", hex::upper(command.ti.expect("EV2 has one"))),
        "Hdr 03".to_owned(),
        "Data 16 B".to_owned(),
    ];
    for chip in &chips {
        scene.get_by_role_and_label(Role::Button, chip);
    }
    for label in ["Full CMAC", "Bytes 1, 3, … 15"] {
        let shown = line(&scene, &format!("command {label}"));
        assert!(shown.ends_with(&step(&command, label)), "{shown}");
    }
    line(&scene, "command padding 80 and 11 zeros");
    let iv = command.iv.expect("enciphered");
    click(
        &mut scene,
        Role::TreeItem,
        &format!("Command IV {}", hex::upper(iv.result)),
    );
    let input = line(&scene, "command IV input A55A");
    assert!(input.ends_with(&hex::upper(&iv.steps[0].bytes)), "{input}");
    // The same line closes it.
    choose(&mut scene, "command.MAC");
    assert!(!has(&scene, "Key SesAuthMACKey"));
}

#[test]
fn an_input_leads_to_its_source() {
    let mut desk = Desk::topped_up();
    let mut scene = fields(&mut desk, CREDIT);
    choose(&mut scene, "command.MAC");
    let ti = format!(
        "TI {}",
        hex::upper(proof(&desk, CREDIT).session.ti.expect("EV2 has one"))
    );
    for chip in ["Key SesAuthMACKey", &ti] {
        press(&mut scene, chip);
        let jump = [Action::SelectRow(Some(AUTHENTICATION))];
        assert_eq!(scene.state_mut().take(), jump, "{chip}");
    }
    let tree = tapscope::trace::fields(desk.row(CREDIT), desk.bench.log().events(), false);
    for (chip, path) in [
        ("Hdr 03", "command.FileNo"),
        ("Data 16 B", "command.Amount"),
        ("Cmd 0C", "command.Cmd"),
    ] {
        press(&mut scene, chip);
        let chosen = scene.state().drafts.field.expect("a field is chosen");
        assert_eq!(tree[chosen].path, path, "{chip}");
        assert_eq!(scene.state_mut().take(), [], "{chip}");
    }
}

#[test]
fn a_wrong_mac_is_open_and_shows_both() {
    let mut desk = Desk::topped_up();
    let path = desk.path("wrong.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    let right = proof(&desk, CREDIT).response.expect("a MAC").mac.result;
    let mut wrong = right.clone();
    wrong[2] ^= 0x81;
    let saved = std::fs::read_to_string(&path).expect("saved");
    let changed = saved.replace(&hex::upper(&right), &hex::upper(&wrong));
    assert_ne!(changed, saved);
    std::fs::write(&path, changed).expect("written");
    desk.act(Action::OpenSession(path));
    assert_eq!(desk.row(CREDIT).verdicts.response_mac, Verdict::Bad);
    let scene = fields(&mut desk, CREDIT);
    let both = [("Expected", right), ("Received", wrong)];
    for (name, bytes) in both {
        let label = format!("response.MAC {name} {}, byte 2 differs", hex::upper(bytes));
        assert_eq!(line(&scene, &label), label);
    }
    scene.get_by_role_and_label(Role::Button, "RC 00");
    assert!(
        !has(&scene, "Cmd 0C"),
        "the command's MAC fits and is closed"
    );
}

#[test]
fn a_session_key_is_seen_only_while_held() {
    let mut desk = Desk::topped_up();
    let mut scene = fields(&mut desk, CREDIT);
    let session = proof(&desk, CREDIT).session;
    line(&scene, "CmdCtr 1 before, 2 after");
    line(
        &scene,
        &format!("TI {}", hex::upper(session.ti.expect("EV2 has one"))),
    );
    let (enc, mac) = (session.enc.expect("known"), session.mac.expect("known"));
    for (name, value) in [("SesAuthENCKey", &enc), ("SesAuthMACKey", &mac)] {
        let value = hex::upper(value.expose());
        let hidden = |scene: &Scene| !names(scene).iter().any(|name| name.contains(&value[..8]));
        assert!(hidden(&scene), "{name} before");
        let hold = format!("Hold to show: {name}");
        let at = scene
            .get_by_role_and_label(Role::Button, &hold)
            .rect()
            .center();
        scene.hover_at(at);
        scene.drag_at(at);
        scene.run();
        assert_eq!(line(&scene, name), format!("{name} {value}"));
        scene.drop_at(at);
        scene.run();
        assert!(hidden(&scene), "{name} afterwards");
    }
}

#[test]
fn an_authentication_shows_its_session_vectors_while_held() {
    let mut desk = Desk::topped_up();
    let mut scene = fields(&mut desk, AUTHENTICATION);
    let made = proof(&desk, AUTHENTICATION)
        .session
        .derivation
        .expect("made here");
    click(&mut scene, Role::TreeItem, "SV 1 hidden");
    assert_eq!(line(&scene, "SV 1 Label"), "SV 1 Label hidden");
    for name in ["RndA", "RndB", "SV 2", "SesAuthENCKey", "SesAuthMACKey"] {
        assert_eq!(line(&scene, name), format!("{name} hidden"));
    }
    let hold = scene.get_by_role_and_label(Role::Button, "Hold to show: SV 1");
    let at = hold.rect().center();
    scene.hover_at(at);
    scene.drag_at(at);
    scene.run();
    assert_eq!(line(&scene, "SV 1 Label"), "SV 1 Label A55A");
    let vector = hex::upper(made.steps[0].bytes.expose());
    assert_eq!(line(&scene, "SV 1 A55A"), format!("SV 1 {vector}"));
    assert_eq!(line(&scene, "SV 2"), "SV 2 hidden");
    scene.drop_at(at);
    scene.run();
    assert_eq!(line(&scene, "SV 1 Label"), "SV 1 Label hidden");
}

#[test]
fn the_tree_moves_and_opens_by_keys() {
    let mut desk = Desk::topped_up();
    let mut scene = fields(&mut desk, CREDIT);
    let focused = |scene: &Scene| {
        let mut lines = scene.query_all_by(|node| is_line(node.role()));
        let line = lines.find(|node| node.accesskit_node().is_focused());
        line.and_then(|node| name_of(&node)).unwrap_or_default()
    };
    scene
        .get_by_role_and_label(Role::TreeItem, "Command")
        .focus();
    scene.run();
    key(&mut scene, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(focused(&scene), line(&scene, "command.Cmd"));
    assert!(scene.state().drafts.field.is_some(), "and is chosen");
    let mac = line(&scene, "command.MAC");
    for _ in 0..20 {
        if focused(&scene) != mac {
            key(&mut scene, Modifiers::NONE, Key::ArrowDown);
        }
    }
    assert_eq!(focused(&scene), mac);
    key(&mut scene, Modifiers::NONE, Key::ArrowRight);
    assert!(has(&scene, "Key SesAuthMACKey"));
    key(&mut scene, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(focused(&scene), line(&scene, "command Full CMAC"));
    key(&mut scene, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(focused(&scene), mac);
    key(&mut scene, Modifiers::NONE, Key::ArrowLeft);
    assert!(!has(&scene, "Key SesAuthMACKey"));
    key(&mut scene, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(focused(&scene), "Command");
    key(&mut scene, Modifiers::NONE, Key::ArrowLeft);
    assert!(!names(&scene).contains(&mac), "the side is closed");
    key(&mut scene, Modifiers::NONE, Key::ArrowRight);
    key(&mut scene, Modifiers::NONE, Key::ArrowUp);
    assert_eq!(focused(&scene), "Command", "there is nothing above");
}

#[test]
fn a_value_is_copied_from_its_menu_in_the_order_of_the_settings() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(1)));
    for (order, digits) in [(AidOrder::Written, "014499"), (AidOrder::Wire, "994401")] {
        desk.act(Action::Set(Setting::AidOrder(order)));
        for (entry, text) in [
            ("Copy value", digits.to_owned()),
            ("Copy name and value", format!("AID {digits}")),
        ] {
            let mut scene = tall(Panel::Fields, &desk);
            let line = scene.get_by_label("command.AID 014499");
            line.click_secondary();
            scene.run();
            press(&mut scene, entry);
            assert_eq!(scene.state_mut().take(), [Action::Copy(text)]);
        }
    }
}

#[test]
fn another_row_has_no_chosen_field() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(4)));
    let mut scene = tall(Panel::Fields, &desk);
    click(&mut scene, Role::TreeItem, "command.Amount 1000");
    assert!(scene.state().drafts.field.is_some());
    desk.act(Action::SelectRow(Some(3)));
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert_eq!(scene.state().drafts.field, None);
}

//! Each button pushes exactly the action that it names.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::Panel;
use tapscope::ota::application::{AID, file};
use tapscope::workbench::{Action, CardStart, Move, ReplayTarget};

use crate::scene::{Scene, TALL, click, fill, is_off, key, press, show, tall};
use crate::support::desk::{Desk, lose_answer};

/// Presses a button and expects these actions.
fn expect(scene: &mut Scene, name: &str, actions: &[Action]) {
    press(scene, name);
    assert_eq!(scene.state_mut().take(), actions, "{name}");
}

/// Presses a button that opens a file dialog for this purpose.
fn expect_path(scene: &mut Scene, name: &str, purpose: &str) {
    expect(scene, name, &[]);
    let path = std::mem::take(&mut scene.state_mut().drafts.path);
    assert_eq!(format!("{:?}", path.purpose), format!("Some({purpose})"));
}

#[test]
fn readers() {
    let mut desk = Desk::new();
    desk.act(Action::CreateCard(CardStart::Blank));
    let mut scene = tall(Panel::Readers, &desk);
    expect(
        &mut scene,
        "New embedded card",
        &[Action::CreateCard(CardStart::Demo)],
    );
    click(&mut scene, Role::ListBoxOption, "EV3 card");
    assert_eq!(scene.state_mut().take(), [Action::ChooseReader(0)]);
    expect(&mut scene, "Remove card", &[Action::PresentCard(false)]);
    expect(&mut scene, "Reset", &[Action::ResetCard]);
    expect(&mut scene, "List apps", &[Action::ListApplications]);
    let authenticate = Action::Authenticate {
        aid: AID,
        key_no: 1,
    };
    expect(&mut scene, "Authenticate", &[authenticate]);
    fill(&mut scene, "Key number", "2");
    fill(&mut scene, "File number", "0F");
    let read = Action::ReadFile {
        aid: AID,
        key_no: 2,
        file_no: 0x0F,
    };
    expect(&mut scene, "Read file", &[read]);
    assert!(is_off(&scene, "Send"));
    fill(&mut scene, "Raw APDU", "90 60 00 00 00");
    let send = [Action::SendRaw(vec![0x90, 0x60, 0x00, 0x00, 0x00])];
    expect(&mut scene, "Send", &send);
    fill(&mut scene, "Raw APDU", "9045000000");
    key(&mut scene, Modifiers::NONE, Key::Enter);
    let send = [Action::SendRaw(vec![0x90, 0x45, 0x00, 0x00, 0x00])];
    assert_eq!(scene.state_mut().take(), send, "Enter sends");
    desk.act(Action::PresentCard(false));
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    for name in ["Reset", "List apps", "Authenticate", "Read file", "Send"] {
        assert!(is_off(&scene, name), "{name} without a card");
    }
    expect(&mut scene, "Present card", &[Action::PresentCard(true)]);
}

#[test]
fn the_frame_sent_last_comes_back() {
    let mut scene = tall(Panel::Readers, &Desk::new());
    for text in ["9060000000", "9045000000"] {
        fill(&mut scene, "Raw APDU", text);
        key(&mut scene, Modifiers::NONE, Key::Enter);
    }
    fill(&mut scene, "Raw APDU", "");
    for text in ["9045000000", "9060000000", "9060000000"] {
        key(&mut scene, Modifiers::NONE, Key::ArrowUp);
        assert_eq!(scene.state().drafts.raw, text);
    }
}

#[test]
fn a_worker_that_ended_is_started_again() {
    let mut desk = Desk::new();
    desk.inline.kill(0);
    desk.act(Action::TopUp { amount: 1 });
    let mut scene = tall(Panel::Readers, &desk);
    expect(&mut scene, "Present card", &[Action::PresentCard(true)]);
}

#[test]
fn start_screen() {
    let mut desk = Desk::new();
    let mut scene = tall(Panel::Trace, &desk);
    let top_up = [Action::TopUp { amount: 1000 }];
    expect(&mut scene, "Run a top-up", &top_up);
    expect(&mut scene, "Open the sample", &[Action::OpenSample(4)]);
    expect_path(&mut scene, "Open a file…", "Open");
    desk.act(Action::PresentCard(false));
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert!(is_off(&scene, "Run a top-up"));
}

#[test]
fn trace() {
    let mut desk = Desk::topped_up();
    desk.act(lose_answer(0x6C));
    desk.act(Action::TopUp { amount: 1 });
    let mut scene = tall(Panel::Trace, &desk);
    click(&mut scene, Role::ListBoxOption, "4 Credit 9100 verified");
    let select = |row, follow| [Action::SelectRow(Some(row)), Action::Follow(follow)];
    assert_eq!(scene.state_mut().take(), select(4, false));
    let last = scene
        .get_by(|node| {
            node.role() == Role::ListBoxOption
                && node.label().is_some_and(|label| label.starts_with("10 "))
        })
        .rect()
        .center();
    scene.hover_at(last);
    scene.drag_at(last);
    scene.drop_at(last);
    scene.run();
    assert_eq!(scene.state_mut().take(), select(10, true));
    click(&mut scene, Role::CheckBox, "Follow");
    assert_eq!(scene.state_mut().take(), [Action::Follow(false)]);
    let finding = scene.get_by(|node| node.role() == Role::Link);
    finding.click();
    scene.run();
    assert_eq!(scene.state_mut().take(), [Action::SelectRow(Some(10))]);
    fill(&mut scene, "Find in the trace", "credit");
    key(&mut scene, Modifiers::NONE, Key::Enter);
    key(&mut scene, Modifiers::SHIFT, Key::Enter);
    let find = |back| Action::Find {
        text: "credit".into(),
        back,
    };
    let seek = |text: &str| Action::Seek(text.into());
    let typed = [seek(""), seek("credit"), find(false), find(true)];
    assert_eq!(scene.state_mut().take(), typed);
    fill(&mut scene, "Find in the trace", "nowhere to be");
    for action in scene.state_mut().take() {
        desk.act(action);
    }
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    scene.get_by_label("Nothing found");
}

#[test]
fn the_list_moves_by_keys() {
    let mut scene = show(
        Panel::Trace,
        &Desk::topped_up(),
        (900.0, 400.0),
        Theme::Dark,
    );
    scene
        .get_by_role_and_label(Role::ListBox, "Exchanges")
        .focus();
    scene.run();
    let moves = [
        (Key::ArrowDown, Move::By(1)),
        (Key::ArrowUp, Move::By(-1)),
        (Key::Home, Move::First),
        (Key::End, Move::Last),
    ];
    for (pressed, step) in moves {
        key(&mut scene, Modifiers::NONE, pressed);
        let moved = scene.state_mut().take();
        assert_eq!(moved, [Action::MoveSelection(step)], "{pressed:?}");
    }
    key(&mut scene, Modifiers::NONE, Key::PageDown);
    let moved = scene.state_mut().take();
    let [Action::MoveSelection(Move::By(rows))] = moved[..] else {
        panic!("a page down: {moved:?}");
    };
    assert!((5..20).contains(&rows), "{rows} rows of 400 points");
}

#[test]
fn a_chosen_field_is_the_drafts() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(4)));
    let mut scene = tall(Panel::Fields, &desk);
    let items = |scene: &Scene| {
        let all = scene.query_all_by(|node| node.role() == Role::TreeItem);
        all.filter_map(|node| node.accesskit_node().label())
            .collect::<Vec<_>>()
    };
    let before = items(&scene);
    let amount = before.iter().find(|label| label.contains("Data"));
    let amount = amount.or_else(|| before.iter().find(|label| label.contains("Amount")));
    let amount = amount.unwrap_or_else(|| panic!("the amount in {before:?}"));
    click(&mut scene, Role::TreeItem, amount);
    assert!(scene.state().drafts.field.is_some());
    click(&mut scene, Role::TreeItem, amount);
    assert!(scene.state().drafts.field.is_none());
    click(&mut scene, Role::TreeItem, "Command");
    assert!(items(&scene).len() < before.len());
    click(&mut scene, Role::TreeItem, "Command");
    assert_eq!(items(&scene), before);
    click(&mut scene, Role::TreeItem, "Command frame");
    assert!(items(&scene).len() > before.len());
}

#[test]
fn bytes() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(1)));
    let mut scene = tall(Panel::Bytes, &desk);
    let copied = [
        ("All", "905A00000399440100\n9100"),
        ("Wire", "905A00000399440100\n9100"),
        ("Plaintext", "5A994401\n"),
    ];
    for (tab, text) in copied {
        let tab = scene
            .get_by(|node| node.role() != Role::Label && node.label().as_deref() == Some(tab))
            .rect()
            .center();
        scene.hover_at(tab);
        scene.drag_at(tab);
        scene.drop_at(tab);
        scene.run();
        expect(&mut scene, "Copy these bytes", &[Action::Copy(text.into())]);
    }
}

#[test]
fn keys() {
    let desk = Desk::topped_up();
    let mut scene = tall(Panel::Keys, &desk);
    expect_path(&mut scene, "Import keys…", "ImportKeys");
    expect_path(&mut scene, "Export keys…", "ExportKeys");
    let place = desk.bench.keyring().keys.iter();
    let place = place.clone().position(|key| key.label == "top-up");
    let place = place.expect("the top-up key");
    click(&mut scene, Role::ListBoxOption, "Key top-up");
    assert!(scene.query_by_label_contains("2F1F4DD2").is_none());
    let hold = scene.get_by_role_and_label(Role::Button, "Hold to show: top-up");
    let at = hold.rect().center();
    scene.hover_at(at);
    scene.drag_at(at);
    scene.run();
    scene.get_by_label_contains("2F1F4DD2461143ECC73EE70467ED62AD");
    scene.drop_at(at);
    scene.run();
    assert!(scene.query_by_label_contains("2F1F4DD2").is_none());
    press(&mut scene, "Edit");
    fill(&mut scene, "Label", "renamed");
    press(&mut scene, "Keep key");
    let mut renamed = desk.bench.keyring().keys[place].clone();
    renamed.label = "renamed".into();
    let edit = Action::EditKey {
        index: place,
        key: renamed,
    };
    assert_eq!(scene.state_mut().take(), [edit], "all else is as it was");
    click(&mut scene, Role::ListBoxOption, "Key top-up");
    expect(&mut scene, "Remove", &[Action::RemoveKey(place)]);
    press(&mut scene, "Add key…");
    fill(&mut scene, "Label", "half");
    press(&mut scene, "Cancel");
    assert!(!scene.state().drafts.key.open);
    assert_eq!(scene.state_mut().take(), []);
}

#[test]
fn sessions() {
    let mut desk = Desk::new();
    let mut scene = tall(Panel::Sessions, &desk);
    for name in ["Save", "On recorded answers", "On a virtual card"] {
        assert!(is_off(&scene, name), "{name} with an empty trace");
    }
    desk.act(Action::TopUp { amount: 100 });
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    expect_path(&mut scene, "Open…", "Open");
    expect_path(&mut scene, "Save", "Save");
    expect(&mut scene, "New session", &[Action::NewSession]);
    let replay = |target| [Action::Replay(target)];
    let recorded = replay(ReplayTarget::Recorded);
    expect(&mut scene, "On recorded answers", &recorded);
    expect(&mut scene, "On a virtual card", &replay(ReplayTarget::Card));
    let samples = [
        "Personalise",
        "Top-up",
        "Spend",
        "Top-up refused",
        "Top-up torn",
        "Top-up over EV1",
        "Random UID",
        "Terminal and server keys",
        "Reader identifier",
    ];
    for (index, name) in samples.into_iter().enumerate() {
        click(&mut scene, Role::Link, name);
        assert_eq!(scene.state_mut().take(), [Action::OpenSample(index)]);
    }
    let path = desk.path("kept.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    expect(&mut scene, "Save", &[Action::SaveSession(None)]);
    click(&mut scene, Role::Link, "kept.json");
    assert_eq!(scene.state_mut().take(), [Action::OpenSession(path)]);
}

#[test]
fn replay_results() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Replay(ReplayTarget::Recorded));
    let scene = tall(Panel::Sessions, &desk);
    scene.get_by_label_contains("byte for byte the same");
    let path = desk.path("changed.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    let saved = std::fs::read_to_string(&path).expect("saved");
    let at = saved.find("\"900C0000").expect("the credit") + 15;
    let mut changed = saved.into_bytes();
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
    std::fs::write(&path, changed).expect("written");
    desk.act(Action::OpenSession(path));
    desk.act(Action::Replay(ReplayTarget::Recorded));
    let mut scene = tall(Panel::Sessions, &desk);
    let row = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        node.role() == Role::Link && node.label().is_some_and(|label| label.starts_with("Row 4"))
    };
    scene.get_by(row).click();
    scene.run();
    assert_eq!(scene.state_mut().take(), [Action::SelectRow(Some(4))]);
}

#[test]
fn virtual_card() {
    let mut desk = Desk::new();
    let mut scene = tall(Panel::VirtualCard, &desk);
    assert!(is_off(&scene, "Restore"), "nothing was kept yet");
    expect(&mut scene, "Snapshot", &[Action::Snapshot]);
    desk.act(Action::Snapshot);
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    expect(&mut scene, "Restore", &[Action::Restore]);
    expect(&mut scene, "Remove", &[Action::RemoveReader(0)]);
    click(&mut scene, Role::TreeItem, "File 01 128 bytes");
    assert!(
        scene.query_by_label_contains("70  ").is_some(),
        "the last line of bytes"
    );
    click(&mut scene, Role::TreeItem, "File 04 0 of 10 records");
    assert!(scene.query_by_label("No record yet").is_some());
    click(
        &mut scene,
        Role::TreeItem,
        "File 03 2000, limits 0 to 50000",
    );
    for name in ["Set value", "Arm"] {
        assert!(is_off(&scene, name), "{name} without a number");
    }
    fill(&mut scene, "New value", "4200");
    let set = Action::EditValue {
        aid: AID,
        file_no: file::VALUE,
        value: 4200,
    };
    expect(&mut scene, "Set value", &[set]);
    let create = |start| [Action::CreateCard(start)];
    expect(&mut scene, "New demo card", &create(CardStart::Demo));
    expect(&mut scene, "New blank card", &create(CardStart::Blank));
    expect_path(&mut scene, "Save image…", "SaveImage");
    expect_path(&mut scene, "Load image…", "LoadImage");
    desk.act(Action::CreateCard(CardStart::Blank));
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    expect(&mut scene, "Personalise the card", &[Action::Personalise]);
}

/// Whatever can be pressed pushes an action or changes what the user sees.
#[test]
fn no_button_is_dead() {
    for panel in Panel::ALL {
        let desk = Desk::topped_up();
        let scene = show(panel, &desk, TALL, Theme::Dark);
        let pressable = |scene: &Scene| {
            let roles = [Role::Button, Role::Link, Role::CheckBox, Role::TreeItem];
            let nodes = scene.query_all_by(|node| roles.contains(&node.role()));
            let nodes = nodes.filter(|node| !node.accesskit_node().is_disabled());
            // The tab that is shown already.
            let nodes =
                nodes.filter(|node| node.accesskit_node().label().as_deref() != Some("All"));
            // What shows only while it is held.
            let held = |label: &String| label.starts_with("Hold to show");
            let nodes = nodes.filter(|node| {
                !node
                    .accesskit_node()
                    .label()
                    .is_some_and(|label| held(&label))
            });
            nodes
                .map(|node| (node.accesskit_node().label(), node.rect().center()))
                .collect::<Vec<_>>()
        };
        for (label, at) in pressable(&scene) {
            let mut scene = show(panel, &desk, TALL, Theme::Dark);
            scene.hover_at(at);
            scene.run();
            let seen = |scene: &Scene| {
                let nodes = scene.query_all_by(|_| true);
                let labels = nodes.filter_map(|node| node.accesskit_node().label());
                (
                    format!("{:?}", scene.state().drafts),
                    labels.collect::<Vec<_>>(),
                )
            };
            let before = seen(&scene);
            scene.drag_at(at);
            scene.drop_at(at);
            scene.run();
            let after = seen(&scene);
            let pushed = scene.state_mut().take();
            assert!(
                !pushed.is_empty() || before != after,
                "{panel:?}: {label:?} does nothing"
            );
            assert!(pushed.len() < 2, "{panel:?}: {label:?} {pushed:?}");
        }
    }
}

#[test]
fn choices_where_sources_differ() {
    let mut desk = Desk::new();
    let mut scene = tall(Panel::VirtualCard, &desk);
    press(&mut scene, "Choices where sources differ");
    assert!(is_off(&scene, "All as at first"));
    click(&mut scene, Role::ComboBox, "wrong key status");
    let choice = Action::Choose(vec![("wrong-key-status".into(), "9d".into())]);
    expect(&mut scene, "9d", std::slice::from_ref(&choice));
    desk.act(choice);
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert!(
        scene
            .query_by_label("Choices where sources differ, 1 changed")
            .is_some()
    );
    let back = Action::Choose(vec![("wrong-key-status".into(), "ae".into())]);
    expect(&mut scene, "All as at first", &[back]);
}

//! The list of findings: what is listed, where a click leads, what is copied.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::Panel;
use tapscope::trace::{Event, EventKind};
use tapscope::workbench::{Action, Report, ReportKind};

use crate::scene::{Scene, click, fill, is_off, key, press, show, tall, window};
use crate::support::desk::{Desk, lose_answer};
use crate::support::wrong::{self, CREDIT};

const WRONG: &str = "error in row 4, Credit: Command MAC wrong from byte 0";

/// A wrong MAC and a lost answer.
fn desk() -> Desk {
    let mut desk = wrong::even_bytes();
    desk.play([lose_answer(0xC7), Action::Spend { amount: 250 }]);
    desk
}

/// The lines that are drawn.
fn lines(scene: &Scene) -> Vec<String> {
    let roles = [Role::ListBoxOption, Role::TreeItem];
    let lines = scene.query_all_by(|node| roles.contains(&node.role()));
    let names = lines.filter_map(|node| node.accesskit_node().label());
    names.collect()
}

/// Takes the model over that the actions left.
fn follow(scene: &mut Scene, desk: &mut Desk) -> Vec<Action> {
    let actions = scene.state_mut().take();
    desk.play(actions.clone());
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    actions
}

#[test]
fn severities_text_and_code_narrow_the_list() {
    let mut scene = tall(Panel::Findings, &desk());
    let all = lines(&scene);
    assert!(all.len() > 1 && all.contains(&WRONG.to_owned()), "{all:?}");
    let errors = all.iter().filter(|line| line.starts_with("error "));
    let (errors, warnings) = (
        errors.count(),
        all.iter()
            .filter(|line| line.starts_with("warning "))
            .count(),
    );
    let toggle = format!("Errors {errors}");
    press(&mut scene, &toggle);
    assert_eq!(lines(&scene).len(), all.len() - errors);
    press(&mut scene, &toggle);
    press(&mut scene, &format!("Warnings {warnings}"));
    assert_eq!(lines(&scene).len(), all.len() - warnings);
    press(&mut scene, &format!("Warnings {warnings}"));
    for text in ["COMMAND mac", "command_mac"] {
        fill(&mut scene, "Narrow the findings", text);
        assert_eq!(lines(&scene), [WRONG], "{text}");
    }
    fill(&mut scene, "Narrow the findings", "nowhere to be");
    assert!(lines(&scene).is_empty());
    scene.get_by_label("No finding passes");
    press(&mut scene, "Copy findings");
    assert!(is_off(&scene, "Copy as text") && is_off(&scene, "Copy as JSON lines"));
    key(&mut scene, Modifiers::NONE, Key::Escape);
    fill(&mut scene, "Narrow the findings", "");
    click(&mut scene, Role::CheckBox, "By code");
    let heads = lines(&scene);
    assert!(
        heads.contains(&"command_mac, 1 finding".to_owned()),
        "{heads:?}"
    );
    assert!(!heads.contains(&WRONG.to_owned()), "closed at first");
    click(&mut scene, Role::TreeItem, "command_mac, 1 finding");
    assert!(lines(&scene).contains(&WRONG.to_owned()));
    click(&mut scene, Role::TreeItem, "command_mac, 1 finding");
    assert_eq!(lines(&scene), heads);
}

#[test]
fn a_finding_selects_its_row_and_its_field() {
    let mut desk = desk();
    desk.act(Action::SelectRow(Some(0)));
    let mut scene = tall(Panel::Findings, &desk);
    click(&mut scene, Role::ListBoxOption, WRONG);
    assert_eq!(follow(&mut scene, &mut desk), [Action::GoToRow(CREDIT)]);
    for panel in [Panel::Bytes, Panel::Fields] {
        scene.state_mut().panel = panel;
        scene.run();
        let tree = tapscope::trace::fields(desk.row(CREDIT), desk.bench.log().events(), false);
        let chosen = scene.state().drafts.field.expect("the MAC is chosen");
        assert_eq!(tree[chosen].path, "command.MAC", "{panel:?}");
    }
    scene.state_mut().panel = Panel::Findings;
    scene.run();
    click(&mut scene, Role::Link, "Explain");
    let shown = scene.state().drafts.show;
    assert_eq!(shown, Some(Panel::Explain));
}

/// A wish for a field does not outlive the trace that it is of.
#[test]
fn a_finding_marks_no_field_of_another_trace() {
    let mut desk = desk();
    desk.act(Action::SelectRow(Some(0)));
    let mut scene = tall(Panel::Findings, &desk);
    click(&mut scene, Role::ListBoxOption, WRONG);
    assert!(scene.state().drafts.marking.is_some());
    desk.play([Action::OpenSample(1), Action::SelectRow(Some(CREDIT))]);
    scene.state_mut().bench = desk.bench.clone();
    scene.state_mut().panel = Panel::Fields;
    scene.run();
    assert_eq!(scene.state().drafts.field, None);
    assert!(scene.state().drafts.marking.is_none());
}

#[test]
fn a_finding_whose_row_the_filter_hides_says_so() {
    const HIDDEN: &str = "The filter hides this row in the trace";
    let mut desk = desk();
    desk.act(Action::Filter(format!("row != {CREDIT}")));
    while desk.bench.filter_step() {}
    let mut scene = tall(Panel::Findings, &desk);
    click(&mut scene, Role::ListBoxOption, WRONG);
    follow(&mut scene, &mut desk);
    scene.get_by_label(HIDDEN);
    click(&mut scene, Role::Link, "Clear the filter");
    let cleared = follow(&mut scene, &mut desk);
    assert_eq!(cleared, [Action::Filter(String::new())]);
    assert!(scene.query_by_label(HIDDEN).is_none());
}

#[test]
fn the_list_moves_by_keys() {
    let mut desk = desk();
    let mut scene = tall(Panel::Findings, &desk);
    let rows: Vec<usize> = {
        let all = desk.bench.log().findings().all().iter();
        all.map(|found| found.row).collect()
    };
    scene
        .get_by_role_and_label(Role::ListBox, "Findings")
        .focus();
    scene.run();
    let last = rows.len() - 1;
    for (pressed, place) in [
        (Key::ArrowDown, 0),
        (Key::ArrowDown, 1),
        (Key::End, last),
        (Key::ArrowDown, last),
        (Key::ArrowUp, last - 1),
        (Key::Home, 0),
    ] {
        key(&mut scene, Modifiers::NONE, pressed);
        let went = follow(&mut scene, &mut desk);
        assert_eq!(went, [Action::GoToRow(rows[place])], "{pressed:?}");
    }
    key(&mut scene, Modifiers::NONE, Key::Enter);
    assert_eq!(scene.state().drafts.show, Some(Panel::Trace));
}

#[test]
fn what_is_listed_is_copied() {
    let mut scene = tall(Panel::Findings, &desk());
    fill(&mut scene, "Narrow the findings", "command mac");
    for (entry, start) in [
        (
            "Copy as text",
            "4  error  command_mac  Credit  Command MAC wrong from byte 0",
        ),
        (
            "Copy as JSON lines",
            r#"{"row":4,"command":"Credit","code":"command_mac","severity":"error","text":"Command MAC wrong from byte 0","field":"MAC""#,
        ),
    ] {
        press(&mut scene, "Copy findings");
        press(&mut scene, entry);
        let [Action::Copy(text)] = &scene.state_mut().take()[..] else {
            panic!("one text");
        };
        assert!(text.starts_with(start), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}

/// As many findings as rows; only those in view are drawn, and the last one is reached.
#[test]
fn a_long_list_draws_what_is_in_view() {
    const ROWS: usize = 12_000;
    let mut desk = Desk::new();
    desk.act(Action::SendRaw(vec![0x90, 0x60, 0, 0, 0]));
    let command = desk.bench.log().events()[0].clone();
    assert!(matches!(command.kind, EventKind::Command(_)));
    // No table has this status.
    let answer = Event::new(EventKind::Response(vec![0x91, 0x33]));
    desk.act(Action::NewSession);
    for event in [command, answer].iter().cycle().take(2 * ROWS) {
        desk.bench.absorb(Report {
            worker: 0,
            kind: ReportKind::Event(event.clone()),
        });
    }
    assert_eq!(desk.bench.log().findings().all().len(), ROWS);
    let mut scene = show(Panel::Findings, &desk, (400.0, 300.0), Theme::Dark);
    let drawn = lines(&scene).len();
    assert!((5..20).contains(&drawn), "{drawn}");
    scene
        .get_by_role_and_label(Role::ListBox, "Findings")
        .focus();
    scene.run();
    key(&mut scene, Modifiers::NONE, Key::End);
    let end = [Action::GoToRow(ROWS - 1)];
    assert_eq!(scene.state_mut().take(), end);
    let row = format!(" in row {}, ", ROWS - 1);
    let last = lines(&scene).pop().expect("lines");
    assert!(last.contains(&row), "{last}");
    // A text is looked for over several frames.
    fill(&mut scene, "Narrow the findings", "not known");
    assert!((5..20).contains(&lines(&scene).len()));
    // Until it is through, nobody says that there is none.
    scene.event(eframe::egui::Event::Text("here".into()));
    scene.step();
    scene.get_by_label("5\u{2009}000 of 12\u{2009}000 looked at");
    assert!(scene.query_by_label("No finding passes").is_none());
    scene.run();
    scene.get_by_label("No finding passes");
    fill(&mut scene, "Narrow the findings", "");
    key(&mut scene, Modifiers::NONE, Key::Tab);
}

#[test]
fn the_keys_lead_from_finding_to_finding_and_the_tab_counts() {
    let mut desk = desk();
    desk.act(Action::SelectRow(Some(0)));
    let rows = desk.bench.log().findings().remarkable().to_vec();
    let mut window = window(desk);
    for row in [rows[0], rows[1]] {
        key(&mut window, Modifiers::NONE, Key::F8);
        assert_eq!(window.state().bench().selected(), Some(row));
    }
    key(&mut window, Modifiers::SHIFT, Key::F8);
    assert_eq!(window.state().bench().selected(), Some(rows[0]));
    let mac = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        node.role() == Role::TreeItem
            && node.toggled() == Some(Toggled::True)
            && node
                .label()
                .is_some_and(|label| label.starts_with("command.MAC"))
    };
    window.get_by(mac);
    click(&mut window, Role::Tab, "Findings");
    window.get_by_role_and_label(Role::ListBoxOption, WRONG);
}

//! The calculator: each page with each example, mistakes in inputs, values of the user, changed steps, secrets, the way
//! from a row and back.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::{App, Command, Panel};
use tapscope::calculator::{
    self, Content, HIDDEN, Kind, Overrides, Role as LineRole, TOPICS, Topic,
};
use tapscope::workbench::Action;

use crate::scene::{CTRL, Scene, click, fill, is_off, key, press, show, tall, window_of, write};
use crate::support::desk::Desk;

pub(crate) fn has<S>(scene: &Harness<'_, S>, text: &str) -> bool {
    scene.query_all_by_label_contains(text).next().is_some()
}

/// Chooses a page by its box.
pub(crate) fn page<S>(scene: &mut Harness<'_, S>, title: &str) {
    click(scene, Role::ComboBox, "Calculator page");
    // The list is longer than its box.
    write(scene, title);
    click(scene, Role::ListBoxOption, &format!("Page {title}"));
}

fn load<S>(scene: &mut Harness<'_, S>, example: &str) {
    press(scene, "Load example");
    press(scene, example);
}

/// The calculator on a page with its first example.
fn loaded(id: &str) -> (Scene, &'static Topic) {
    let topic = calculator::topic(id).expect("a topic");
    let mut scene = tall(Panel::Calculator, &Desk::topped_up());
    page(&mut scene, topic.title);
    load(&mut scene, topic.examples[0].title);
    (scene, topic)
}

/// The bytes of a line of a topic's first example.
fn computed(topic: &Topic, key: &str) -> Vec<u8> {
    let outcome = topic.run(&topic.examples[0].texts(), &Overrides::new());
    outcome.sheet.bytes(key).expect("the line").to_vec()
}

fn copied(scene: &mut Scene) -> String {
    match &scene.state_mut().take()[..] {
        [Action::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_example_of_every_page_shows_its_table() {
    let mut examples = 0;
    for topic in TOPICS {
        let mut scene = show(
            Panel::Calculator,
            &Desk::new(),
            (1200.0, 3000.0),
            Theme::Dark,
        );
        page(&mut scene, topic.title);
        for example in topic.examples {
            load(&mut scene, example.title);
            let outcome = topic.run(&example.texts(), &Overrides::new());
            assert!(!outcome.is_refused(), "{} {}", topic.id, example.title);
            for line in outcome.sheet.lines() {
                let shown = match &line.content {
                    Content::Bytes { .. } | Content::Text(_) => {
                        format!("{} {}", line.label, calculator::value(line, false))
                    }
                    Content::Note(text) | Content::Verdict { text, .. } => text.clone(),
                    Content::Check { .. } => format!("{} fits", line.label),
                    Content::Heading => line.label.clone(),
                };
                assert!(
                    has(&scene, &shown) || shown.ends_with("(empty)"),
                    "{} {}: {shown}",
                    topic.id,
                    example.title
                );
            }
            examples += 1;
        }
    }
    assert!(examples >= TOPICS.len(), "{examples} examples");
}

#[test]
fn a_refused_input_says_why_and_the_last_table_stays() {
    let (mut scene, topic) = loaded("cmac");
    fill(&mut scene, "Message", "6BC1");
    let mut texts = topic.examples[0].texts();
    texts.insert("message".into(), "6BC1".into());
    let right = topic.run(&texts, &Overrides::new()).sheet;
    let line = right.line("CMAC").expect("a result");
    let cmac = format!("CMAC {}", calculator::value(line, false));
    assert!(has(&scene, &cmac));
    write(&mut scene, "B");
    assert!(has(&scene, "digit was lost or doubled"));
    assert!(has(&scene, "An input is refused"));
    assert!(has(&scene, &cmac), "the last valid one");
    write(&mut scene, "E");
    assert!(!has(&scene, "An input is refused"));
    assert!(!has(&scene, &cmac));
    assert!(has(&scene, "3 bytes"));
    press(&mut scene, "Change IV");
    for digits in ["11", "11"] {
        write(&mut scene, digits);
    }
    assert!(
        has(&scene, "18 bytes, 16 expected"),
        "typing goes on in the field"
    );
    click(&mut scene, Role::Link, "Reset all steps");
    fill(&mut scene, "Key", "2B7E151628AED2A6ABF7158809CF4F");
    assert!(has(&scene, "15 bytes, 8, 16 or 24 expected"));
}

#[test]
fn an_empty_page_asks_for_its_inputs_and_is_not_wrong() {
    let mut scene = tall(Panel::Calculator, &Desk::new());
    page(&mut scene, "CRC");
    assert!(has(&scene, "Give Data, or load an example"));
    assert!(!has(&scene, "Nothing given"));
    assert!(is_off(&scene, "Clear") && is_off(&scene, "Copy table"));
    assert!(is_off(&scene, "Undo input") && is_off(&scene, "Redo input"));
}

#[test]
fn my_value_names_the_byte_and_the_mistake() {
    let (mut scene, topic) = loaded("crc");
    let mut mine = computed(topic, "CRC32");
    fill(
        &mut scene,
        "My value, CRC32",
        &tapscope::bytes::hex::upper(&mine),
    );
    assert!(!has(&scene, "Your CRC32"));
    mine.reverse();
    fill(
        &mut scene,
        "My value, CRC32",
        &tapscope::bytes::hex::upper(&mine),
    );
    assert!(has(&scene, "Your CRC32 differs from byte 0, in 4 of 4"));
    assert!(has(&scene, "The bytes of CRC32 stand in the other order"));
    mine[0] ^= 0x40;
    fill(
        &mut scene,
        "My value, CRC32",
        &tapscope::bytes::hex::upper(&mine),
    );
    assert!(has(&scene, "None of the known mistakes"));
    fill(&mut scene, "My value, CRC32", "0011");
    assert!(has(&scene, "Your CRC32 has 2 bytes, 4 expected"));
    assert!(!has(&scene, "Computed "), "told before comparing");
    fill(&mut scene, "My value, CRC32", "zz");
    assert!(!has(&scene, "Your CRC32"));
}

#[test]
fn a_changed_step_changes_what_follows_and_can_be_reset() {
    let (mut scene, topic) = loaded("cmac");
    let right = format!(
        "CMAC {}",
        tapscope::bytes::hex::upper(&computed(topic, "CMAC")[..4])
    );
    press(&mut scene, "Change IV");
    fill(&mut scene, "Bytes of IV", &"11".repeat(16));
    key(&mut scene, Modifiers::NONE, Key::Enter);
    assert!(!has(&scene, "Bytes of IV"), "Enter ends it");
    assert!(has(&scene, "1 step is changed"));
    assert!(has(&scene, "in place of 00000000"));
    assert!(!has(&scene, &right));
    press(&mut scene, "Reset IV");
    assert!(has(&scene, &right));
    press(&mut scene, "Change IV");
    fill(&mut scene, "Bytes of IV", "1111");
    assert!(has(&scene, "2 bytes, 16 expected"));
    click(&mut scene, Role::Link, "Reset all steps");
    assert!(has(&scene, &right));
    press(&mut scene, "Change IV");
    fill(&mut scene, "Bytes of IV", &"22".repeat(16));
    key(&mut scene, Modifiers::NONE, Key::Escape);
    assert!(has(&scene, &right), "Esc leaves it as it was");
}

#[test]
fn a_failed_check_names_its_first_byte() {
    let (mut scene, topic) = loaded("crc");
    let mut other = computed(topic, "CRC32");
    other[2] ^= 1;
    click(&mut scene, Role::Link, "More: Received");
    fill(&mut scene, "Received", &tapscope::bytes::hex::upper(&other));
    assert!(has(&scene, "Received, as CRC32 wrong from byte 2"));
    assert!(has(&scene, "Expected 99CE1AD4"));
}

#[test]
fn undo_and_redo_go_over_inputs_and_steps() {
    let (mut scene, _) = loaded("crc");
    fill(&mut scene, "Data", "AABB");
    assert!(has(&scene, "2 bytes"));
    press(&mut scene, "Undo input");
    assert!(has(&scene, "8 bytes"));
    press(&mut scene, "Redo input");
    assert!(has(&scene, "2 bytes"));
    press(&mut scene, "Clear");
    assert!(has(&scene, "Give Data"));
    press(&mut scene, "Undo input");
    assert!(has(&scene, "2 bytes"));
}

#[test]
fn key_material_is_shown_only_while_it_is_held() {
    let (mut scene, topic) = loaded("cmac");
    let subkey = calculator::value(
        topic
            .run(&topic.examples[0].texts(), &Overrides::new())
            .sheet
            .line("K1")
            .expect("a subkey"),
        true,
    );
    let all = |scene: &Scene| -> String {
        let nodes = scene.query_all_by(|_| true);
        let texts = nodes.map(|node| {
            let node = node.accesskit_node();
            format!("{:?} {:?}\n", node.label(), node.value())
        });
        texts.collect()
    };
    for secret in [&subkey, "2B7E1516"] {
        assert!(!all(&scene).contains(secret), "{secret}");
    }
    assert!(all(&scene).contains(&format!("K1 {HIDDEN}")));
    let hold = scene.get_by_role_and_label(Role::Button, "Hold to show: K1");
    let at = hold.rect().center();
    scene.hover_at(at);
    scene.drag_at(at);
    scene.run();
    assert!(all(&scene).contains(&subkey));
    scene.drop_at(at);
    scene.run();
    assert!(!all(&scene).contains(&subkey));
    press(&mut scene, "Change K1");
    assert!(!all(&scene).contains(&subkey.replace(' ', "")));
}

#[test]
fn the_table_is_copied_without_secrets_unless_they_are_asked_for() {
    let (mut scene, topic) = loaded("cmac");
    let outcome = topic.run(&topic.examples[0].texts(), &Overrides::new());
    let sheet = &outcome.sheet;
    press(&mut scene, "Copy table");
    press(&mut scene, "Copy as text");
    assert_eq!(
        copied(&mut scene),
        format!("CMAC\n{}", calculator::text(sheet, false))
    );
    press(&mut scene, "Copy table");
    press(&mut scene, "Copy as Markdown");
    assert!(copied(&mut scene).ends_with(&calculator::markdown(sheet, false)));
    press(&mut scene, "Copy table");
    press(&mut scene, "Copy as JSON");
    let json = copied(&mut scene);
    assert!(
        json.starts_with("{\"topic\":\"cmac\"") && json.contains("XXXX"),
        "{json}"
    );
    press(&mut scene, "Copy table");
    press(&mut scene, "Copy as text, with secrets");
    assert_eq!(
        copied(&mut scene),
        format!("CMAC\n{}", calculator::text(sheet, true))
    );
    press(&mut scene, "Copy CMAC");
    let cmac = computed(topic, "CMAC");
    assert_eq!(copied(&mut scene), tapscope::bytes::hex::upper(&cmac));
}

#[test]
fn a_key_of_the_table_is_taken_without_showing_it() {
    let mut scene = tall(Panel::Calculator, &Desk::topped_up());
    page(&mut scene, "Key check value");
    press(&mut scene, "Key of the table for Key");
    press(&mut scene, "top-up, 014499");
    assert!(has(&scene, "KCV 641FEF"));
    assert!(!has(&scene, "2F1F4DD2"));
}

#[test]
fn the_clipboard_goes_into_the_input_that_asked() {
    let mut scene = tall(Panel::Calculator, &Desk::new());
    page(&mut scene, "CRC");
    press(&mut scene, "Paste into Data");
    scene.event(Event::Paste(" 00 11 22\n".into()));
    scene.run();
    assert!(has(&scene, "3 bytes"));
}

/// The window wide and tall enough for everything.
fn window() -> Harness<'static, App> {
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(4)));
    window_of(desk, (1900.0, 1400.0))
}

#[test]
fn a_mac_opens_with_its_inputs_and_leads_back() {
    let mut window = window();
    let mac = window.query_all_by(|node| {
        let label = node.label().unwrap_or_default();
        node.role() == Role::TreeItem && label.starts_with("command.MAC")
    });
    let mac = mac.map(|node| node.rect().center()).next().expect("a MAC");
    window.hover_at(mac);
    window.drag_at(mac);
    window.drop_at(mac);
    window.run();
    click(&mut window, Role::Link, "Open in calculator");
    assert!(has(&window, "From row 4, Credit"));
    assert!(has(&window, "Received MAC fits"));
    window
        .state_mut()
        .act(vec![Action::SelectRow(Some(1))], None);
    window.run();
    click(&mut window, Role::Link, "Back to row");
    assert_eq!(window.state().bench().selected(), Some(4));
    let lists = window.query_all_by_role_and_label(Role::ListBox, "Exchanges");
    assert_eq!(lists.count(), 1, "the trace is in front");
}

#[test]
fn the_menu_of_a_row_opens_what_can_be_computed_of_it() {
    let mut window = window();
    let row = window.query_all_by(|node| {
        let label = node.label().unwrap_or_default();
        node.role() == Role::ListBoxOption && label.contains("Credit")
    });
    let row = row.map(|node| node.rect().center()).next();
    let at = row.expect("the credit");
    window.hover_at(at);
    for pressed in [true, false] {
        window.event(Event::PointerButton {
            pos: at,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    window.run();
    press(&mut window, "Open in calculator");
    press(&mut window, "Command IV");
    assert!(has(&window, "From row 4, Credit"));
    assert!(has(&window, "Ciphertext 09529CA4"), "the IV of the row");
}

#[test]
fn every_page_is_a_command_and_undo_follows_the_panel() {
    let mut window = window();
    for topic in TOPICS {
        window.state_mut().press(Command::Calculate(topic.id));
        window.run();
        let fields = topic.fields.iter();
        for field in fields.filter(|field| matches!(field.kind, Kind::Bytes(_))) {
            let counts = field.counts(topic.fields, &calculator::Texts::new());
            let optional = field.need == tapscope::calculator::Need::Optional;
            assert!(
                optional || !counts || has(&window, field.label),
                "{}: {}",
                topic.id,
                field.label
            );
        }
    }
    window.state_mut().press(Command::Calculate("crc"));
    window.run();
    load(
        &mut window,
        calculator::topic("crc").expect("a topic").examples[0].title,
    );
    assert!(has(&window, "8 bytes"));
    key(&mut window, CTRL, Key::Z);
    assert!(has(&window, "Give Data"));
    key(&mut window, CTRL, Key::Y);
    assert!(!has(&window, "Give Data"));
}

#[test]
fn every_step_of_every_example_can_be_changed_without_harm() {
    for topic in TOPICS {
        let mut scene = tall(Panel::Calculator, &Desk::new());
        page(&mut scene, topic.title);
        load(&mut scene, topic.examples[0].title);
        let outcome = topic.run(&topic.examples[0].texts(), &Overrides::new());
        let mut steps = outcome.sheet.lines().iter();
        let step = steps.find(|line| line.role == LineRole::Step && line.bytes().is_some());
        let Some(step) = step else { continue };
        let buttons = scene.query_all_by(|node| {
            node.role() == Role::Button
                && node
                    .label()
                    .is_some_and(|label| label == format!("Change {}", step.label))
        });
        let first = buttons.map(|node| node.rect().center()).next();
        let at = first.unwrap_or_else(|| panic!("{}: {}", topic.id, step.label));
        scene.hover_at(at);
        scene.drag_at(at);
        scene.drop_at(at);
        scene.run();
        fill(&mut scene, &format!("Bytes of {}", step.label), "FF");
        key(&mut scene, Modifiers::NONE, Key::Enter);
        assert!(
            has(&scene, "1 step is changed"),
            "{}: {}",
            topic.id,
            step.label
        );
    }
}

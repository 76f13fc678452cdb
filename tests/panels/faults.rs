//! The form for faults: each kind with its fields, complaints, and what it arms.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::Panel;
use tapscope::transport::{Change, Flip, FrameFault};
use tapscope::workbench::{Action, Fault};

use crate::scene::{Scene, fill, is_off, press, tall};
use crate::support::desk::{Desk, lose_answer, on_the_way, tear};

/// Chooses in a list that opens.
fn choose(scene: &mut Scene, name: &str, option: &str) {
    scene.get_by_role_and_label(Role::ComboBox, name).click();
    scene.run();
    let listed = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        node.role() == Role::Button && node.label().as_deref() == Some(option)
    };
    scene.get_by(listed).click();
    scene.run();
}

/// Arms and gives what that pushed.
fn arm(scene: &mut Scene) -> Vec<Action> {
    assert!(!is_off(scene, "Arm"));
    press(scene, "Arm");
    scene.state_mut().take()
}

/// Types bad texts and expects one complaint and the button off, then types a good one.
fn refuses(scene: &mut Scene, field: &str, bad: &[(&str, &str)], good: &str) {
    for (text, complaint) in bad {
        fill(scene, field, text);
        assert_eq!(
            scene.query_all_by_label_contains(complaint).count(),
            1,
            "{field} {text:?}"
        );
        assert!(is_off(scene, "Arm"), "{field} {text:?}");
    }
    fill(scene, field, good);
    assert_eq!(scene.query_all_by_label_contains(" expected").count(), 0);
}

#[test]
fn each_kind_arms_what_its_fields_say() {
    let mut scene = tall(Panel::VirtualCard, &Desk::new());
    assert!(is_off(&scene, "Arm"), "no write yet");
    let bad = [
        ("first", "Write is \"first\", a number expected"),
        ("-1", "Write is \"-1\", a number expected"),
    ];
    refuses(&mut scene, "Before write", &bad, "3");
    assert_eq!(arm(&mut scene), [tear(3)]);

    choose(&mut scene, "Fault", "Lose answer");
    let bad = [
        ("GG", "Code is \"GG\", two hexadecimal digits expected"),
        ("100", "Code is \"100\", two hexadecimal digits expected"),
    ];
    refuses(&mut scene, "Command code", &bad, "c7");
    assert_eq!(arm(&mut scene), [lose_answer(0xC7)]);
    fill(&mut scene, "Command code", "");
    let next = FrameFault {
        ins: None,
        change: Change::LoseAnswer,
    };
    assert_eq!(arm(&mut scene), [Action::Arm(Fault::Frame(next))]);

    choose(&mut scene, "Fault", "Delay");
    fill(&mut scene, "Command code", "0C");
    let bad = [
        ("0", "Delay is \"0\", a number from 1 to 60000 expected"),
        ("60001", "Delay is \"60001\""),
        ("soon", "Delay is \"soon\""),
    ];
    refuses(&mut scene, "Milliseconds", &bad, "250");
    assert_eq!(
        arm(&mut scene),
        [on_the_way(0x0C, Change::Delay { ms: 250 })]
    );

    choose(&mut scene, "Fault", "Force status");
    let bad = [
        ("AE", "Status is \"AE\", four hexadecimal digits expected"),
        ("91AG", "Status is \"91AG\""),
    ];
    refuses(&mut scene, "Status word", &bad, "919d");
    assert_eq!(arm(&mut scene), [on_the_way(0x0C, Change::Status(0x919D))]);
}

#[test]
fn bits_flip_in_either_direction_counted_from_either_end() {
    let mut scene = tall(Panel::VirtualCard, &Desk::new());
    choose(&mut scene, "Fault", "Flip bits");
    assert!(is_off(&scene, "Arm"), "no byte yet");
    fill(&mut scene, "Command code", "6C");
    let bad = [("x", "Byte is \"x\", a number expected")];
    refuses(&mut scene, "Byte", &bad, "2");
    let bad = [
        ("0", "Bits is \"0\", a mask from 01 to FF expected"),
        ("101", "Bits is \"101\""),
    ];
    refuses(&mut scene, "Bits", &bad, "80");
    let flip = |from_end| Flip {
        byte: 2,
        from_end,
        mask: 0x80,
    };
    let answer = Change::FlipAnswer(flip(false));
    assert_eq!(arm(&mut scene), [on_the_way(0x6C, answer)]);
    choose(&mut scene, "Where", "in the command");
    choose(&mut scene, "Counted", "from the end");
    let command = Change::FlipCommand(flip(true));
    assert_eq!(arm(&mut scene), [on_the_way(0x6C, command)]);
}

#[test]
fn waiting_faults_are_listed_and_taken_back() {
    let mut desk = Desk::new();
    let late = on_the_way(0x6C, Change::Delay { ms: 250 });
    desk.play([tear(3), late.clone()]);
    let mut scene = tall(Panel::VirtualCard, &desk);
    scene.get_by_label("Tear before write 3 of the next command that writes");
    press(&mut scene, "Take back: Delay the answer to 6C by 250 ms");
    let Action::Arm(fault) = late else {
        panic!("a fault");
    };
    assert_eq!(scene.state_mut().take(), [Action::Disarm(fault)]);
    press(&mut scene, "Take all back");
    assert_eq!(scene.state_mut().take(), [Action::ClearFaults]);
    fill(&mut scene, "Before write", "3");
    assert!(is_off(&scene, "Arm"), "it waits already");
    fill(&mut scene, "Before write", "4");
    assert_eq!(arm(&mut scene), [tear(4)]);
    desk.act(Action::ClearFaults);
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
    assert!(scene.query_by_label_contains("Tear before").is_none());
    assert!(scene.query_by_label("Take all back").is_none());
    let nodes = scene.query_all_by(|node| node.role() == Role::Button);
    let names = nodes.filter_map(|node| node.accesskit_node().label());
    assert!(!names.into_iter().any(|name| name.starts_with("Take back")));
}

//! Pictures of the calculator's pages and of a batch.

use eframe::egui::{Key, Modifiers};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable;
use tapscope::app::Command;
use tapscope::bytes::hex;
use tapscope::calculator::batch::Kind;
use tapscope::calculator::{self, Overrides, TOPICS, Texts};
use tapscope::workbench::{Action, PageInputs, Setting, ThemeChoice};

use crate::scene::{self, window_of};
use crate::support::desk::Desk;
use crate::support::many::{self, with_mistakes};

/// Every page of the calculator with its first example; one with a value that differs, and a changed step.
#[test]
fn pages() {
    let mut results = SnapshotResults::new();
    for topic in TOPICS {
        let Some(example) = topic.examples.first() else {
            continue;
        };
        let mut window = window_of(Desk::topped_up(), (1280.0, 720.0));
        window.state_mut().press(Command::Calculate(topic.id));
        window.run();
        scene::press(&mut window, "Load example");
        scene::press(&mut window, example.title);
        window.snapshot(format!("calculator-{}", topic.id.replace(' ', "-")));
        results.extend_harness(&mut window);
    }
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(4)));
    desk.act(Action::Set(Setting::Theme(ThemeChoice::Light)));
    let mut window = window_of(desk, (1920.0, 1080.0));
    window.state_mut().press(Command::Calculate("cmac"));
    window.run();
    scene::press(&mut window, "Load example");
    let topic = calculator::topic("cmac").expect("a topic");
    let example = topic.examples.first().expect("an example");
    scene::press(&mut window, example.title);
    let outcome = topic.run(&example.texts(), &Overrides::new());
    let right = outcome.sheet.bytes("CMAC").expect("a result");
    scene::fill(&mut window, "My value, CMAC", &hex::upper(right));
    scene::press(&mut window, "Change IV");
    scene::fill(&mut window, "Bytes of IV", &"11".repeat(16));
    scene::key(&mut window, Modifiers::NONE, Key::Enter);
    window.snapshot("calculator-worked-light");
    results.extend_harness(&mut window);
}

/// A file of transactions: what it takes, and its wrong line on the page.
#[test]
fn batch() {
    let mut results = SnapshotResults::new();
    for (name, size, theme) in [
        ("batch", (1280.0, 720.0), ThemeChoice::Dark),
        ("batch-light", (1920.0, 1080.0), ThemeChoice::Light),
    ] {
        let mut desk = Desk::topped_up();
        desk.act(Action::Set(Setting::Theme(theme)));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("may.csv");
        std::fs::write(&path, with_mistakes()).expect("written");
        let inputs = Texts::from([("key".to_owned(), many::KEY.to_owned())]);
        desk.act(Action::PrepareCheck(Kind::Transactions, PageInputs(inputs)));
        let mut window = window_of(desk, size);
        window.state_mut().press(Command::Calculate("tmac"));
        window.run();
        scene::fill(&mut window, "AppTransactionMACKey", many::KEY);
        scene::press(&mut window, "Batch");
        window.snapshot(format!("calculator-{name}-empty"));
        window
            .state_mut()
            .act(vec![Action::CheckFile(Kind::Transactions, path)], None);
        window.run();
        let wrong = window.get_by_label_contains("line 12345: TMV wrong, ");
        wrong.click();
        window.run();
        window.snapshot(format!("calculator-{name}"));
        results.extend_harness(&mut window);
    }
}

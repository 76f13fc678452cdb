//! Pictures of every panel and of the window, compared with those in `tests/snapshots`.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --features snapshots --test pictures` writes what is missing or differs.
#![cfg(feature = "snapshots")]

#[allow(
    dead_code,
    reason = "the panel tests press and type, pictures only look"
)]
#[path = "../panels/scene.rs"]
mod scene;
#[path = "../support/mod.rs"]
mod support;

mod calculator;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Theme};
use egui_kittest::SnapshotResults;
use tapscope::app::{Command, Panel, TraceCommand};
use tapscope::bytes::hex;
use tapscope::trace::prove;
use tapscope::transport::ReaderError;
use tapscope::transport::pcsc::News;
use tapscope::workbench::{
    Action, ColourRule, LogLevel, LogLine, Move, ReplayTarget, Setting, ThemeChoice, Tint,
    TraceColumn,
};

use scene::{show, window_of};
use support::desk::{Desk, lose_answer};
use support::readers::{self, Top, connected, tell};

/// Two transactions, the second without an answer to its commit, and the credit of the first selected.
fn full() -> Desk {
    let mut desk = Desk::topped_up();
    desk.play([
        lose_answer(0xC7),
        Action::Spend { amount: 250 },
        Action::Replay(ReplayTarget::Recorded),
        Action::SelectRow(Some(4)),
        Action::ToggleMark,
    ]);
    for (level, text) in [
        (
            LogLevel::Info,
            "INFO tapscope::app::run: window opened with Glow",
        ),
        (
            LogLevel::Info,
            "INFO tapscope::workbench::worker: EV3 card, top-up of 1000",
        ),
        (
            LogLevel::Warning,
            "WARN tapscope: settings not saved: permission denied",
        ),
    ] {
        let text = format!("2026-11-02T08:00:00.000000Z {text}");
        desk.act(Action::Log(LogLine { level, text }));
    }
    for notice in desk.bench.notices().to_vec() {
        desk.act(Action::CloseNotice(notice.id));
    }
    desk
}

/// Nothing at all: no card, no key, no row.
fn empty() -> Desk {
    let mut desk = Desk::new();
    desk.act(Action::RemoveReader(0));
    while !desk.bench.keyring().keys.is_empty() {
        desk.act(Action::RemoveKey(0));
    }
    desk
}

/// The place that a panel has in the window at 1280 by 720, roughly.
const fn size(panel: Panel) -> (f32, f32) {
    match panel {
        Panel::Readers | Panel::Keys | Panel::Sessions => (250.0, 400.0),
        Panel::Log => (640.0, 240.0),
        Panel::Trace => (1020.0, 380.0),
        Panel::Findings => (330.0, 240.0),
        Panel::Fields | Panel::VirtualCard | Panel::Explain | Panel::Compare | Panel::Known => {
            (320.0, 400.0)
        }
        Panel::Bytes | Panel::Repeat => (410.0, 400.0),
        Panel::Calculator => (1020.0, 400.0),
    }
}

#[test]
fn panels() {
    let mut results = SnapshotResults::new();
    for (state, desk) in [("empty", empty()), ("full", full())] {
        for panel in Panel::ALL {
            let mut scene = show(panel, &desk, size(panel), Theme::Dark);
            let title = panel.title().to_lowercase().replace(' ', "-");
            scene.snapshot(format!("{title}-{state}"));
            results.extend_harness(&mut scene);
        }
    }
}

/// A reader on the desk, tapped; and a service that is gone.
#[test]
fn desk() {
    let top = Top::default();
    let mut desk = connected(&top);
    let mut results = SnapshotResults::new();
    for (name, theme) in [("connected", Theme::Dark), ("gone", Theme::Light)] {
        let mut scene = show(Panel::Readers, &desk, (250.0, 480.0), theme);
        scene.snapshot(format!("readers-desk-{name}"));
        results.extend_harness(&mut scene);
        let gone = top.pull();
        for news in [
            gone,
            News::ReaderGone(readers::name()),
            News::Trouble(ReaderError::NoService),
        ] {
            tell(&mut desk, news);
        }
    }
}

/// A credit whose command MAC is opened, and whose response was changed on the way.
#[test]
fn proof() {
    let mut desk = Desk::topped_up();
    let path = desk.path("changed.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    let events = desk.bench.log().events();
    let proof = prove(desk.bench.rows(), 4, events, &[]).expect("the keys are known");
    let right = proof.response.expect("a MAC").mac.result;
    let mut wrong = right.clone();
    wrong[2] ^= 0x81;
    let saved = std::fs::read_to_string(&path).expect("saved");
    let changed = saved.replace(&hex::upper(&right), &hex::upper(&wrong));
    std::fs::write(&path, changed).expect("written");
    desk.act(Action::OpenSession(path));
    desk.act(Action::SelectRow(Some(4)));
    let mut results = SnapshotResults::new();
    for (name, theme, size) in [
        ("wide", Theme::Light, (680.0, 620.0)),
        ("narrow", Theme::Dark, (320.0, 620.0)),
    ] {
        let mut scene = show(Panel::Fields, &desk, size, theme);
        let opened = ["Command MAC", "Command IV", "SV 1"];
        scene.state_mut().drafts.flipped.extend(opened);
        scene.run();
        scene.snapshot(format!("fields-proof-{name}"));
        results.extend_harness(&mut scene);
    }
}

#[test]
fn window() {
    let mut results = SnapshotResults::new();
    for (name, theme) in [("dark", ThemeChoice::Dark), ("light", ThemeChoice::Light)] {
        for size in [(1280.0, 720.0), (1920.0, 1080.0)] {
            let mut desk = Desk::topped_up();
            desk.act(Action::SelectRow(Some(4)));
            desk.act(Action::Set(Setting::Theme(theme)));
            let mut window = window_of(desk, size);
            window.snapshot(format!("window-{}-{name}", size.0));
            results.extend_harness(&mut window);
        }
    }
}

/// A filter that is being typed, with what can follow; and one that is wrong.
#[test]
fn filter() {
    let mut results = SnapshotResults::new();
    for (name, theme, typed) in [
        ("completed", ThemeChoice::Dark, "app == 014499 and mode == "),
        ("wrong", ThemeChoice::Light, "mode == ful"),
    ] {
        let mut desk = Desk::topped_up();
        desk.act(Action::SelectRow(Some(4)));
        desk.act(Action::Set(Setting::Theme(theme)));
        let mut window = window_of(desk, (1280.0, 720.0));
        scene::key(&mut window, scene::CTRL, Key::L);
        scene::write(&mut window, typed);
        window.snapshot(format!("window-filter-{name}"));
        results.extend_harness(&mut window);
    }
}

/// A list with a hidden column and one more than at first, a pause, two colour rules, a mark and a note.
#[test]
fn list() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sessions/05-top-up-torn.json");
    let text = std::fs::read_to_string(sample).expect("the sample");
    // The field stays off for some seconds.
    let text = (18..30).fold(text, |text, ms| {
        let then = format!("\"time_us\":{ms}000");
        text.replace(&then, &format!("\"time_us\":{}000", ms + 12_400))
    });
    let mut results = SnapshotResults::new();
    for (name, theme) in [("dark", ThemeChoice::Dark), ("light", ThemeChoice::Light)] {
        let mut desk = Desk::new();
        let path = desk.path("torn.json");
        std::fs::write(&path, &text).expect("written");
        let rule = |name: &str, filter: &str, tint| ColourRule {
            name: name.into(),
            filter: filter.into(),
            tint,
            on: true,
        };
        let rules = vec![
            rule("Money", "cmd == Credit", Tint::Orange),
            rule("No answer", "not status", Tint::Wrong),
        ];
        desk.play([
            Action::OpenSession(path),
            Action::Set(Setting::Theme(theme)),
            Action::Set(Setting::Column(TraceColumn::Lane, false)),
            Action::Set(Setting::Column(TraceColumn::Time, true)),
            Action::Set(Setting::ColourRules(rules)),
            Action::SelectRow(Some(2)),
            Action::ToggleMark,
            Action::NoteRow {
                row: 8,
                text: "the next contact decides".into(),
            },
            Action::SaveFilter("mark".into()),
            Action::SelectRow(Some(9)),
        ]);
        let mut window = window_of(desk, (1280.0, 720.0));
        window.snapshot(format!("window-list-{name}"));
        results.extend_harness(&mut window);
        if theme == ThemeChoice::Dark {
            let rules = Command::Trace(TraceCommand::ColourRules);
            window.state_mut().press(rules);
            window.run();
            window.snapshot("window-colour-rules");
            results.extend_harness(&mut window);
        }
    }
}

/// What the card does where the sources differ.
#[test]
fn choices() {
    let mut desk = Desk::new();
    desk.act(Action::Choose(vec![(
        "wrong-key-status".into(),
        "9d".into(),
    )]));
    let mut scene = show(Panel::VirtualCard, &desk, (320.0, 1300.0), Theme::Dark);
    scene::press(&mut scene, "Choices where sources differ, 1 changed");
    scene.snapshot("virtual-card-choices");
    let mut results = SnapshotResults::new();
    results.extend_harness(&mut scene);
}

/// A wrong MAC with the mistake that made it.
#[test]
fn explained() {
    let mut results = SnapshotResults::new();
    for (name, theme, size) in [
        ("wide", Theme::Dark, (680.0, 440.0)),
        ("narrow", Theme::Light, (330.0, 520.0)),
    ] {
        let mut scene = show(Panel::Explain, &support::wrong::even_bytes(), size, theme);
        scene.snapshot(format!("explain-mac-{name}"));
        results.extend_harness(&mut scene);
    }
}

/// A key that a search found for an authentication that no key of the table opens.
#[test]
fn key_found() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(0));
    let mut keys = desk.bench.keyring().keys.iter();
    let read = keys
        .position(|key| key.label == "read")
        .expect("a key of the demo");
    desk.play([
        Action::RemoveKey(read),
        Action::FindKeys {
            row: None,
            dictionary: None,
        },
    ]);
    let mut scene = show(Panel::Keys, &desk, (300.0, 560.0), Theme::Dark);
    scene.snapshot("keys-found");
    let mut results = SnapshotResults::new();
    results.extend_harness(&mut scene);
}

/// Two top-ups of different amounts.
#[test]
fn compared() {
    let mut other = Desk::new();
    other.act(Action::TopUp { amount: 1001 });
    let mut desk = Desk::topped_up();
    let path = desk.path("other.json");
    other.play([Action::SaveSession(Some(path.clone()))]);
    desk.act(Action::CompareWith(path));
    let mut scene = show(Panel::Compare, &desk, (420.0, 420.0), Theme::Dark);
    scene.snapshot("compare-differs");
    let mut results = SnapshotResults::new();
    results.extend_harness(&mut scene);
}

/// The forms that ask before something is done with keys.
#[test]
fn key_questions() {
    let mut results = SnapshotResults::new();
    let mut store = window_of(Desk::new(), (1920.0, 1080.0));
    scene::press(&mut store, "Open a key store…");
    store.snapshot("window-store-form");
    results.extend_harness(&mut store);
    let mut desk = Desk::new();
    desk.act(Action::Set(Setting::Theme(ThemeChoice::Light)));
    let path = desk.path("keys.csv");
    let table = "label,aid,key_no,type,value\nx,014499,2,aes128,000102030405060708090A0B0C0D0E0F\n";
    std::fs::write(&path, table).expect("written");
    desk.act(Action::ImportKeys(path));
    let mut order = window_of(desk, (1280.0, 720.0));
    order.snapshot("window-aid-order");
    results.extend_harness(&mut order);
}

/// The key of the session is not in the table: what stays opaque, and why.
#[test]
fn unknown_key() {
    let mut results = SnapshotResults::new();
    for (name, size, theme) in [
        ("window-unknown-key", (1280.0, 720.0), ThemeChoice::Dark),
        (
            "window-unknown-key-light",
            (1920.0, 1080.0),
            ThemeChoice::Light,
        ),
    ] {
        let mut desk = Desk::topped_up();
        desk.act(Action::Set(Setting::Theme(theme)));
        let key = |label: &str| {
            let keys = &desk.bench.keyring().keys;
            keys.iter().position(|key| key.label == label)
        };
        let top_up = key("top-up").expect("the demo key");
        desk.act(Action::RemoveKey(top_up));
        desk.act(Action::SelectRow(Some(4)));
        let mut window = window_of(desk, size);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
}

/// A read that was sent again after the top-up, and a credit that is being edited.
#[test]
fn repeated() {
    let mut desk = Desk::topped_up();
    for edited in [false, true] {
        let mut read = desk.bench.repeat_of(3).expect("a read");
        read.frame.header = vec![if edited { 0x1F } else { 0x03 }];
        desk.act(Action::Repeat(Box::new(read)));
    }
    desk.act(Action::Authenticate {
        aid: tapscope::ota::application::AID,
        key_no: tapscope::ota::application::key::TOP_UP,
    });
    let read = desk.bench.repeat_of(3).expect("a read");
    desk.act(Action::Repeat(Box::new(read)));
    let mut results = SnapshotResults::new();
    for (name, row, theme) in [
        ("answers", 3, Theme::Dark),
        ("another-key", 4, Theme::Light),
    ] {
        if row == 4 {
            desk.act(Action::Authenticate {
                aid: tapscope::ota::application::AID,
                key_no: tapscope::ota::application::key::READ,
            });
        }
        let mut scene = show(Panel::Repeat, &desk, (410.0, 480.0), theme);
        let shown = scene.state_mut();
        shown.drafts.repeats.open(&shown.bench, row);
        scene.run();
        scene.snapshot(format!("repeat-{name}"));
        results.extend_harness(&mut scene);
    }
}

/// A wrong MAC and an answer that was lost: the list with the first one chosen, and by code.
#[test]
fn findings() {
    let mut results = SnapshotResults::new();
    for (name, theme, size) in [
        ("list", Theme::Dark, (330.0, 260.0)),
        ("by-code", Theme::Light, (680.0, 240.0)),
    ] {
        let mut desk = support::wrong::even_bytes();
        desk.play([
            lose_answer(0xC7),
            Action::Spend { amount: 250 },
            Action::SelectRow(Some(support::wrong::CREDIT)),
        ]);
        let mut scene = show(Panel::Findings, &desk, size, theme);
        if name == "list" {
            let wrong = "error in row 4, Credit: Command MAC wrong from byte 0";
            scene::click(&mut scene, Role::ListBoxOption, wrong);
        } else {
            scene::click(&mut scene, Role::CheckBox, "By code");
            scene::click(&mut scene, Role::TreeItem, "command_mac, 1 finding");
        }
        scene.snapshot(format!("findings-{name}"));
        results.extend_harness(&mut scene);
    }
}

/// What the amount of a credit can mean, below the bytes.
#[test]
fn inspector() {
    let mut results = SnapshotResults::new();
    for (name, theme, size) in [
        ("dark", Theme::Dark, (410.0, 560.0)),
        ("light", Theme::Light, (410.0, 300.0)),
    ] {
        let mut desk = Desk::topped_up();
        desk.play([
            Action::SelectRow(Some(4)),
            Action::Set(Setting::Inspector(true)),
        ]);
        let tree = tapscope::trace::fields(desk.row(4), desk.bench.log().events(), false);
        let amount = tree.iter().position(|field| field.path == "command.Amount");
        let mut scene = show(Panel::Bytes, &desk, size, theme);
        scene.state_mut().drafts.field = amount;
        scene.run();
        scene.snapshot(format!("bytes-inspector-{name}"));
        results.extend_harness(&mut scene);
    }
}

/// A log record by its template: in the row that wrote it, and on the card.
#[test]
fn templates() {
    let mut desk = Desk::new();
    desk.act(Action::Spend { amount: 250 });
    let names = desk.names();
    let row = names.iter().position(|name| *name == "WriteRecord");
    desk.act(Action::SelectRow(row));
    let mut results = SnapshotResults::new();
    for (panel, name) in [(Panel::Fields, "fields"), (Panel::Known, "card-at-row")] {
        if panel == Panel::Known {
            desk.act(Action::MoveSelection(Move::Last));
        }
        let mut scene = show(panel, &desk, (320.0, 760.0), Theme::Dark);
        scene.snapshot(format!("{name}-template"));
        results.extend_harness(&mut scene);
    }
}

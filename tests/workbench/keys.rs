//! The key table: every change decodes the trace anew.

use tapscope::card::KeyType;
use tapscope::crypto::Secret;
use tapscope::keyring::{Diversification, KeyEntry, Scope, Use};
use tapscope::ota::application::AID;
use tapscope::secure_messaging::Verdict;
use tapscope::workbench::{Action, NoticeKind};

use crate::support::desk::Desk;

fn entry(label: &str) -> KeyEntry {
    KeyEntry {
        label: label.into(),
        scope: Scope::Application(AID),
        key_no: 1,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: KeyType::Aes128,
        version: 0,
        value: Secret::new([7; 16]),
        diversification: Diversification::None,
    }
}

fn labels(desk: &Desk) -> Vec<&str> {
    let keys = desk.bench.keyring().keys.iter();
    keys.map(|key| key.label.as_str()).collect()
}

fn place(desk: &Desk, label: &str) -> usize {
    let keys = &desk.bench.keyring().keys;
    keys.iter()
        .position(|key| key.label == label)
        .expect("a key of this name")
}

#[test]
fn keys_are_added_edited_and_removed_with_undo() {
    let mut desk = Desk::new();
    let before = desk.bench.keyring().clone();
    let last = before.keys.len();
    assert!(!desk.bench.can_undo() && !desk.bench.can_redo());
    desk.act(Action::AddKey(entry("mine")));
    assert_eq!(labels(&desk)[last], "mine");
    desk.act(Action::EditKey {
        index: last,
        key: entry("yours"),
    });
    assert_eq!(labels(&desk)[last], "yours");
    desk.act(Action::RemoveKey(last));
    assert_eq!(*desk.bench.keyring(), before);
    desk.act(Action::Undo);
    assert_eq!(labels(&desk)[last], "yours");
    desk.act(Action::Undo);
    assert_eq!(labels(&desk)[last], "mine");
    desk.act(Action::Redo);
    assert_eq!(labels(&desk)[last], "yours");
    desk.play([Action::Undo, Action::Undo]);
    assert_eq!(*desk.bench.keyring(), before);
    assert!(!desk.bench.can_undo() && desk.bench.can_redo());
    desk.act(Action::Undo);
    assert_eq!(*desk.bench.keyring(), before);
    desk.act(Action::AddKey(entry("another way")));
    assert!(!desk.bench.can_redo(), "a new edit ends the old future");
}

#[test]
fn an_edit_of_no_key_is_no_edit() {
    let mut desk = Desk::new();
    desk.act(Action::EditKey {
        index: 99,
        key: entry("nobody"),
    });
    desk.act(Action::RemoveKey(99));
    assert!(!desk.bench.can_undo());
}

#[test]
fn a_key_that_comes_later_opens_the_trace_at_once() {
    let mut desk = Desk::topped_up();
    let verified: Vec<_> = desk.bench.rows().iter().map(|row| row.verdicts).collect();
    assert_eq!(verified[4].command_mac, Verdict::Ok);
    desk.act(Action::RemoveKey(place(&desk, "top-up")));
    assert_eq!(desk.bench.rows().len(), 7);
    let row = desk.row(4);
    assert_eq!(row.verdicts.command_mac, Verdict::Unknown);
    assert!(row.key.is_none());
    desk.act(Action::TopUp { amount: 100 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("no usable key 3"), "{text}");
    desk.act(Action::Undo);
    let now: Vec<_> = desk.bench.rows()[..7]
        .iter()
        .map(|row| row.verdicts)
        .collect();
    assert_eq!(now, verified);
    assert_eq!(
        desk.row(4).key.as_ref().map(|key| &*key.label),
        Some("top-up")
    );
}

#[test]
fn a_wrong_key_is_no_key() {
    let mut desk = Desk::topped_up();
    let index = place(&desk, "top-up");
    let mut key = desk.bench.keyring().keys[index].clone();
    key.value = Secret::new([9; 16]);
    desk.act(Action::EditKey { index, key });
    assert_ne!(desk.row(4).verdicts.command_mac, Verdict::Ok);
    desk.act(Action::TopUp { amount: 100 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("refused"), "{text}");
    desk.act(Action::Undo);
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Ok);
}

#[test]
fn an_open_exchange_survives_a_change_of_keys() {
    let mut desk = Desk::new();
    desk.act(Action::SendRaw(vec![0x90, 0x60, 0x00, 0x00, 0x00]));
    desk.act(Action::AddKey(entry("mine")));
    desk.act(Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]));
    desk.act(Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]));
    assert_eq!(desk.names(), ["GetVersion"]);
    assert!(desk.row(0).findings.is_empty());
}

#[test]
fn keys_go_through_a_file() {
    let mut desk = Desk::topped_up();
    let path = desk.path("keys.json");
    let all = desk.bench.keyring().clone();
    desk.act(Action::ExportKeys(path.clone()));
    let text = desk.take_notice(NoticeKind::Info);
    assert!(text.contains("saved"), "{text}");
    while !desk.bench.keyring().keys.is_empty() {
        desk.act(Action::RemoveKey(0));
    }
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Unknown);
    desk.act(Action::ImportKeys(path.clone()));
    let text = desk.take_notice(NoticeKind::Info);
    assert!(text.contains("8 keys imported"), "{text}");
    assert_eq!(*desk.bench.keyring(), all);
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Ok);
    desk.act(Action::Undo);
    assert!(
        desk.bench.keyring().keys.is_empty(),
        "an import is one edit"
    );
    desk.act(Action::Redo);
    desk.act(Action::ImportKeys(path));
    assert_eq!(
        desk.bench.keyring().keys.len(),
        all.keys.len(),
        "no key twice"
    );
}

#[test]
fn key_files_that_are_none_change_nothing() {
    let mut desk = Desk::new();
    let before = desk.bench.keyring().clone();
    let path = desk.path("keys.json");
    for text in ["", "{\"keys\":[{}]}", "\u{FEFF}x", "[1]"] {
        std::fs::write(&path, text).expect("written");
        desk.act(Action::ImportKeys(path.clone()));
        let notice = desk.take_notice(NoticeKind::Failure);
        assert!(notice.starts_with("keys.json"), "{notice}");
    }
    desk.act(Action::ExportKeys(desk.path("no/such/folder.json")));
    desk.take_notice(NoticeKind::Failure);
    assert_eq!(*desk.bench.keyring(), before);
    assert!(!desk.bench.can_undo());
}

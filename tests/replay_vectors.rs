//! Recorded D40 and EV1 conversations of others, replayed as recorded: every command of their hosts is rebuilt from the
//! decoded plaintext and the recovered random numbers, byte for byte, and one changed byte is found.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use support::vectors::files;
use tapscope::card::CommMode;
use tapscope::replay::{self, Report};
use tapscope::session::import::vectors::{self, Conversation};
use tapscope::trace::{self, Event, EventKind, Exchange};

fn conversations(file: &str) -> Vec<Conversation> {
    let files = files(file)
        .into_iter()
        .map(|path| std::fs::read(path).expect("a file"));
    let all = files.flat_map(|text| vectors::read(&text).expect("conversations"));
    all.filter(|one| one.sm.starts_with("ev1-") || one.sm == "d40")
        .collect()
}

fn recorded(conversation: &Conversation, events: &[Event]) -> (Vec<Exchange>, Report) {
    let rows = trace::decode(events, &conversation.keyring);
    let report = replay::recorded(events, &rows, &conversation.keyring);
    (rows, report)
}

#[test]
fn every_conversation_replays_byte_for_byte() {
    for (file, expected, exchanges) in [("exchanges", 13, 86), ("generated", 18, 460)] {
        let (mut replayed, mut compared) = (0, 0);
        for conversation in conversations(file) {
            let (rows, report) = recorded(&conversation, &conversation.events);
            let whole = Report {
                compared: rows.len(),
                ..Report::default()
            };
            assert_eq!(report, whole, "{}", conversation.id);
            let authenticated = rows.iter().any(|row| row.authentication.is_some());
            assert!(authenticated, "{}", conversation.id);
            replayed += 1;
            compared += rows.len();
        }
        assert!(replayed >= expected, "{file}: {replayed} conversations");
        assert!(compared >= exchanges, "{file}: {compared} exchanges");
    }
}

#[test]
fn without_its_keys_a_conversation_is_not_compared() {
    for conversation in conversations("exchanges") {
        let keyring = tapscope::keyring::Keyring::default();
        let rows = trace::decode(&conversation.events, &keyring);
        let report = replay::recorded(&conversation.events, &rows, &keyring);
        assert_eq!(report.divergence, None, "{}", conversation.id);
        let opaque = rows.iter().filter(|row| row.channel != Some("plain"));
        let skipped = report.skipped.iter().map(|skipped| skipped.row);
        let opaque: Vec<usize> = opaque.map(|row| row.index).collect();
        assert!(!opaque.is_empty(), "{}", conversation.id);
        assert_eq!(skipped.collect::<Vec<_>>(), opaque, "{}", conversation.id);
    }
}

/// What a host that is fed with recorded answers can know: D40 protects data only, and not in plain mode; a selection is
/// protected by nothing, nor is a status alone.
fn is_protected(row: &Exchange, first: bool, offset: usize, bytes: &[u8]) -> bool {
    if row.is_authentication() {
        return true;
    }
    if bytes.len() == 2 {
        return false;
    }
    let in_header = first && offset < 5 + row.header_len;
    match row.channel {
        Some("d40") => row.mode != Some(CommMode::Plain) && !in_header,
        channel => channel != Some("plain"),
    }
}

#[test]
fn one_changed_byte_of_a_protected_message_diverges_in_its_row() {
    let (mut failures, mut changes) = (Vec::new(), 0);
    for conversation in conversations("exchanges") {
        let (rows, _) = recorded(&conversation, &conversation.events);
        for (event, original) in conversation.events.iter().enumerate() {
            let (EventKind::Command(bytes) | EventKind::Response(bytes)) = &original.kind else {
                continue;
            };
            let is_command = matches!(original.kind, EventKind::Command(_));
            let row = rows
                .iter()
                .find(|row| (row.first_event..=row.last_event).contains(&event))
                .expect("each frame belongs to a row");
            for offset in (event % 2..bytes.len()).step_by(2) {
                if !is_protected(row, is_command && event == row.first_event, offset, bytes) {
                    continue;
                }
                let xor = 1 << ((event + offset) % 8);
                let mut events = conversation.events.clone();
                if let EventKind::Command(bytes) | EventKind::Response(bytes) =
                    &mut events[event].kind
                {
                    bytes[offset] ^= xor;
                }
                changes += 1;
                let (_, report) = recorded(&conversation, &events);
                // Where the recording shows no selection the key's place is not known, and with it whether it should fit.
                let skipped = report
                    .skipped
                    .iter()
                    .any(|skipped| skipped.row == row.index);
                let is_skipped = row.is_authentication() && row.aid.is_none() && skipped;
                let found = report.divergence;
                let inside = found
                    .as_ref()
                    .is_some_and(|found| (row.first_event..=row.last_event).contains(&found.event));
                if !inside && !is_skipped {
                    let told = found.map(|found| (found.event, found.offset, found.text));
                    failures.push(format!(
                        "{} {} event {event}, offset {offset} ^ {xor:02X}: {told:?}",
                        conversation.id,
                        row.name()
                    ));
                }
            }
        }
    }
    assert!(changes > 1000, "{changes} changes");
    let shown = &failures[..failures.len().min(40)];
    assert!(
        failures.is_empty(),
        "{} of {changes}:\n{}",
        failures.len(),
        shown.join("\n")
    );
}

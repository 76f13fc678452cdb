//! An EV1 session with a message missing or a MAC damaged, seen by the observer: every conversation of the vectors is
//! decoded again once for each of its messages left out and once for each of its MACs changed.
//!
//! After a gap the session must come back into step, with the plain text that the whole conversation gives and a finding
//! that says so; a damaged MAC must stay the only wrong row.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use support::vectors::files;
use tapscope::card::CommMode;
use tapscope::secure_messaging::Verdict;
use tapscope::session::import::vectors::{self, Conversation};
use tapscope::trace::{Event, EventKind, Exchange, decode};

fn conversations() -> Vec<Conversation> {
    let paths = ["exchanges", "generated"].into_iter().flat_map(files);
    let files = paths.map(|path| std::fs::read(path).expect("a file"));
    let all = files.flat_map(|text| vectors::read(&text).expect("conversations"));
    all.filter(|one| one.sm.starts_with("ev1-") && one.start.is_none())
        .collect()
}

fn is_protected(row: &Exchange) -> bool {
    row.channel
        .is_some_and(|channel| channel.starts_with("ev1-"))
        && !row.is_authentication()
}

/// Rows of the session behind row `at` that moved its IV.
fn behind(rows: &[Exchange], at: usize) -> usize {
    let rows = &rows[at + 1..];
    rows.iter().take_while(|row| is_protected(row)).count()
}

fn has(row: &Exchange, code: &str) -> bool {
    row.findings.iter().any(|finding| finding.code == code)
}

#[test]
fn the_session_comes_back_into_step_after_each_missing_message() {
    let (mut gaps, mut unread) = (0, 0);
    for conversation in conversations() {
        let events = &conversation.events;
        let whole = decode(events, &conversation.keyring);
        for (at, row) in whole.iter().enumerate() {
            let left = behind(&whole, at);
            if !is_protected(row) || left < 2 {
                continue;
            }
            let kept = [&events[..row.first_event], &events[row.last_event + 1..]].concat();
            let rows = decode(&kept, &conversation.keyring);
            let place = format!("{} without row {at} {}", conversation.id, row.name());
            let session = &rows[at..at + left];
            let gap: Vec<usize> = (0..left)
                .filter(|i| {
                    ["iv_gap", "iv_gap_or_damage"]
                        .iter()
                        .any(|code| has(&session[*i], code))
                })
                .collect();
            assert_eq!(
                gap.len(),
                1,
                "{place}: {:?}",
                session
                    .iter()
                    .map(|row| (row.name(), row.verdicts, &row.findings))
                    .collect::<Vec<_>>()
            );
            assert!(
                gap[0] <= 1,
                "{place}: found at the second message at the latest"
            );
            gaps += 1;
            let mut in_step = false;
            for (i, row) in session.iter().enumerate() {
                let full = &whole[at + 1 + i];
                let place = format!("{place}, row {} {}", row.index, row.name());
                if i > gap[0] {
                    assert!(
                        !row.verdicts.any(Verdict::Bad),
                        "{place}: {:?}",
                        row.findings
                    );
                    let unknown = row.verdicts.any(Verdict::Unknown);
                    assert!(!(in_step && unknown), "{place}: {:?}", row.findings);
                    assert_eq!(
                        unknown,
                        has(row, "iv_unknown") || has(row, "iv_found"),
                        "{place}"
                    );
                    if in_step {
                        assert_eq!(row.verdicts, full.verdicts, "{place}");
                        assert_eq!(row.command, full.command, "{place}");
                        assert_eq!(row.response, full.response, "{place}");
                    }
                    unread += usize::from(has(row, "unread"));
                }
                // Only AES holds a part of its CMAC back.
                in_step = i >= gap[0]
                    && (in_step
                        || conversation.sm != "ev1-aes"
                        || full.mode == Some(CommMode::Full));
            }
        }
    }
    assert!(gaps >= 250, "{gaps} gaps");
    assert!(
        unread > 0,
        "an AES cryptogram after a gap keeps its first block"
    );
}

#[test]
fn a_damaged_mac_stays_the_only_wrong_row() {
    let mut damaged = 0;
    for conversation in conversations() {
        let events = &conversation.events;
        let whole = decode(events, &conversation.keyring);
        for (at, row) in whole.iter().enumerate() {
            if row.verdicts.response_mac != Verdict::Ok {
                continue;
            }
            let mut events: Vec<Event> = events.clone();
            let EventKind::Response(bytes) = &mut events[row.last_event].kind else {
                panic!("an exchange ends with an answer");
            };
            // The last byte before the status, of a cut MAC in the last frame.
            let last = bytes.len() - 3;
            bytes[last] ^= 0x10;
            let rows = decode(&events, &conversation.keyring);
            for (row, full) in rows.iter().zip(&whole) {
                let place = format!("{} row {} of {at}", conversation.id, row.index);
                if row.index == at {
                    assert_eq!(row.verdicts.response_mac, Verdict::Bad, "{place}");
                } else {
                    assert_eq!(row, full, "{place}");
                }
            }
            damaged += 1;
        }
    }
    assert!(damaged >= 250, "{damaged} MACs");
}

/// Commands that make the value of a TransactionMAC.
const COUNTED: [u8; 13] = [
    0xBD, 0xAD, 0x3D, 0x8D, 0x6C, 0x0C, 0xDC, 0x1C, 0x3B, 0x8B, 0xDB, 0xBB, 0xEB,
];

#[test]
fn a_transaction_with_a_gap_has_no_wrong_value() {
    let (mut macs, mut gaps) = (0, 0);
    let paths = ["exchanges", "generated"].into_iter().flat_map(files);
    let texts = paths.map(|path| std::fs::read(path).expect("a file"));
    for one in texts.flat_map(|text| vectors::read(&text).expect("conversations")) {
        if one.start.is_some() {
            continue;
        }
        let whole = decode(&one.events, &one.keyring);
        for (at, row) in whole.iter().enumerate() {
            if row.verdicts.tmv != Verdict::Ok {
                continue;
            }
            macs += 1;
            let before = whole[..at].iter().rev();
            let before = before.take_while(|row| row.ins != 0xC7 && !row.is_authentication());
            for left_out in before.filter(|row| COUNTED.contains(&row.ins)) {
                let kept = [
                    &one.events[..left_out.first_event],
                    &one.events[left_out.last_event + 1..],
                ];
                let rows = decode(&kept.concat(), &one.keyring);
                let row = &rows[at - 1];
                let place = format!("{} without {}: {row:?}", one.id, left_out.name());
                assert_eq!(row.verdicts.tmv, Verdict::Unknown, "{place}");
                assert!(has(row, "tmv_unchecked"), "{place}");
                gaps += 1;
            }
        }
    }
    assert!(macs > 0 && gaps > 0, "{macs} values, {gaps} gaps");
}

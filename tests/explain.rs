//! The mistake catalogue over recorded conversations: noise has no explanation, and what the command line shows.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::Path;

use support::demo;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::explain::{Explanation, explain};
use tapscope::keyring::Keyring;
use tapscope::session::{self, import::vectors};
use tapscope::trace::{self, Event, EventKind};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the file is there")
}

/// Recorded conversations with their keys.
fn recordings() -> Vec<(Vec<Event>, Keyring)> {
    let mut all = Vec::new();
    for name in ["exchanges", "generated"] {
        let conversations = vectors::read(&file(&format!("tests/vectors/{name}.json")));
        let conversations = conversations.expect("reads").into_iter();
        all.extend(conversations.map(|one| (one.events, one.keyring)));
    }
    for name in [
        "02-top-up",
        "04-top-up-refused",
        "06-top-up-ev1",
        "07-top-up-random-uid",
    ] {
        let session = session::read(&file(&format!("sessions/{name}.json"))).expect("reads");
        all.push((session.value.events, demo::keyring()));
    }
    all
}

fn below(dice: &mut SeededEntropy, sides: usize) -> usize {
    let mut bytes = [0; 4];
    dice.fill(&mut bytes);
    usize::try_from(u32::from_le_bytes(bytes)).expect("32 bits") % sides
}

/// How many corruptions: `TAPSCOPE_NOISE` times as many when it is set.
fn cases() -> usize {
    let times = std::env::var("TAPSCOPE_NOISE").ok();
    times.and_then(|times| times.parse().ok()).unwrap_or(1) * 400
}

#[test]
fn a_random_corruption_has_no_certain_explanation() {
    let mut dice = SeededEntropy::new(8101);
    let recordings = recordings();
    let mut wrong_rows = 0;
    for case in 0..cases() {
        let (events, keyring) = &recordings[below(&mut dice, recordings.len())];
        let mut events = events.clone();
        // What comes after the damage adds nothing new but time.
        let at = below(&mut dice, events.len());
        events.truncate(at + 6);
        let (EventKind::Command(bytes) | EventKind::Response(bytes)) = &mut events[at].kind else {
            continue;
        };
        for _ in 0..=below(&mut dice, 2) {
            let place = below(&mut dice, bytes.len());
            bytes[place] ^= u8::try_from(1 + below(&mut dice, 255)).expect("a byte");
        }
        let rows = trace::decode(&events, keyring);
        for (place, row) in rows.iter().enumerate() {
            if row.last_event < at {
                continue;
            }
            let found = explain(&rows, place, &events, keyring);
            wrong_rows += 1;
            let certain: Vec<&Explanation> =
                found.iter().filter(|found| found.is_certain()).collect();
            assert!(certain.is_empty(), "case {case}, row {place}: {certain:#?}");
        }
    }
    assert!(wrong_rows > 100, "{wrong_rows}");
}

#[test]
fn what_fits_needs_no_explanation() {
    for (events, keyring) in recordings() {
        let rows = trace::decode(&events, &keyring);
        for (at, row) in rows.iter().enumerate() {
            let found = explain(&rows, at, &events, &keyring);
            let is_right = row.status.is_some_and(tapscope::apdu::Status::is_success)
                && !row.verdicts.any(tapscope::secure_messaging::Verdict::Bad);
            let certain = found.iter().any(Explanation::is_certain);
            assert!(!(is_right && certain), "row {at}: {found:#?}");
        }
    }
}

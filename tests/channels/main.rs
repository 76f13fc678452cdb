//! Whole conversations of D40 and EV1 that others recorded or made, through the channels of all three roles.
//!
//! From the plain text the host's end has to come to the recorded commands and the card's end to the recorded
//! answers, byte for byte, and each end has to read what the other sent. So a recording of one cipher chain proves
//! both directions of every message in it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails should stop at once"
)]

mod ends;
mod exchanges;
#[path = "../support/mod.rs"]
mod support;

use ends::Ends;
use exchanges::{Exchange, exchanges};
use support::vectors::{conversations, text};

fn legacy(file: &str) -> Vec<serde_json::Value> {
    let mut all = conversations(file);
    all.retain(|one| {
        let sm = text(one, "sm");
        sm == "d40" || sm.starts_with("ev1-")
    });
    all
}

/// Runs the conversations of a file; gives how many there were and how many messages were protected.
fn run(file: &str) -> (usize, usize) {
    let (mut count, mut messages) = (0, 0);
    for conversation in legacy(file) {
        println!("{}", text(&conversation, "id"));
        let mut ends = Ends::new(&conversation);
        for exchange in exchanges(&conversation) {
            ends.follow(&exchange);
        }
        count += 1;
        messages += ends.messages;
    }
    println!("{count} conversations, {messages} messages");
    (count, messages)
}

#[test]
fn recordings_of_real_cards_come_out_of_both_ends() {
    let (count, messages) = run("exchanges");
    assert!(count >= 13, "{count} conversations");
    assert!(messages >= 90, "{messages} messages");
}

#[test]
fn conversations_of_another_implementation_come_out_of_both_ends() {
    let (count, messages) = run("generated");
    assert!(count >= 18, "{count} conversations");
    assert!(messages >= 852, "{messages} messages");
}

#[test]
fn an_observer_that_missed_an_exchange_never_takes_right_for_wrong() {
    let (mut gaps, mut followed, mut regained) = (0, 0, 0);
    for conversation in legacy("generated").iter().chain(&legacy("exchanges")) {
        if text(conversation, "sm") == "d40" {
            continue;
        }
        let all: Vec<Exchange> = exchanges(conversation);
        for missed in 0..all.len() {
            let mut ends = Ends::new(conversation);
            for (index, exchange) in all.iter().enumerate() {
                ends.observer_misses = index == missed;
                ends.follow(exchange);
            }
            let Some(gap) = &ends.gap else {
                continue;
            };
            gaps += 1;
            followed += usize::from(gap.followed);
            regained += usize::from(gap.regained);
        }
    }
    println!("{gaps} gaps, {followed} with messages after them, {regained} regained");
    assert!(gaps >= 330, "{gaps} gaps");
    // An AES session without a cryptogram after the gap stays lost; every other one is found again.
    assert!(regained >= 246, "{regained} of {followed} regained");
}

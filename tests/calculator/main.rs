//! The calculator through its own door: topics by name with typed inputs, as page and command line use them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop at once"
)]

mod answers;
mod cards;
mod change_keys;
mod explaining;
mod frames;
mod frames_random;
mod hidden;
mod opening;
mod recorded;
mod sdm;
mod sessions;
mod tmac;
mod tmac_answers;
mod topics;
mod unfit;
mod vectors;

use tapscope::bytes::hex;
use tapscope::calculator::{self, Outcome, Overrides, Texts};

/// Typed inputs from pairs.
fn texts(pairs: &[(&str, &str)]) -> Texts {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    pairs.iter().map(owned).collect()
}

/// Runs a topic with nothing changed.
fn run(topic: &str, pairs: &[(&str, &str)]) -> Outcome {
    let found = calculator::topic(topic).unwrap_or_else(|| panic!("no topic {topic}"));
    found.run(&texts(pairs), &Overrides::new())
}

/// Digits of a step.
fn digits(outcome: &Outcome, key: &str) -> String {
    let keys: Vec<&str> = outcome
        .sheet
        .lines()
        .iter()
        .map(|line| line.key.as_str())
        .collect();
    let bytes = outcome.sheet.bytes(key);
    hex::upper(bytes.unwrap_or_else(|| panic!("no {key} in {keys:?}, {:?}", outcome.slips)))
}

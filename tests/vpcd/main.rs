//! Both ends of the vpcd protocol over loopback: against each other, and against peers that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test that fails should stop at once"
)]

#[path = "../support/mod.rs"]
mod support;

mod bad_cards;
mod bad_readers;
mod ends;
mod tap;
mod together;

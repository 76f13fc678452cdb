//! Every panel and the whole window by accessible name, without display and graphics card.
#![cfg(feature = "ui-tests")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop at once"
)]

#[path = "../support/mod.rs"]
mod support;

mod buttons;
mod calculating;
mod commands;
mod comparing;
mod drawing;
mod explaining;
mod faults;
mod fields;
mod filter;
mod inputs;
mod known;
mod long;
mod progress;
mod readers;
mod scene;
mod searching;
mod shell;
mod store;
mod window;

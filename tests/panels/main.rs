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

mod batches;
mod buttons;
mod calculating;
mod calculating_lines;
mod commands;
mod comparing;
mod drawing;
mod explaining;
mod faults;
mod fields;
mod filter;
mod findings;
mod inputs;
mod inspecting;
mod known;
mod list;
mod long;
mod painted;
mod progress;
mod readers;
mod repeating;
mod scene;
mod searching;
mod shell;
mod store;
mod templates;
mod window;

//! The workbench by lists of actions: no window, no thread, no clock.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop at once"
)]

#[path = "../support/mod.rs"]
mod support;

mod accidents;
mod batches;
mod cards;
mod faults;
mod filtering;
mod findings;
mod keys;
mod list;
mod ports;
mod readers;
mod repeating;
mod row_sessions;
mod rows;
mod searching;
mod sessions;
mod settings;
mod store;
mod tasks;
mod templates;
mod threads;

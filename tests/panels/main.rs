//! Every panel and the whole window by accessible name, without display and graphics card.
#![cfg(feature = "ui-tests")]

#[path = "../support/mod.rs"]
mod support;

mod buttons;
mod commands;
mod drawing;
mod inputs;
mod scene;
mod window;

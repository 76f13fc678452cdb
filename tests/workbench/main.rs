//! The workbench by lists of actions: no window, no thread, no clock.

#[path = "../support/mod.rs"]
#[allow(unreachable_pub, reason = "other test files use it at their root")]
mod support;

mod accidents;
mod cards;
mod keys;
mod rows;
mod sessions;

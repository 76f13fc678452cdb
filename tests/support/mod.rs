//! What several test files share.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test that fails should stop at once"
)]

pub mod demo;
pub mod desk;
pub mod many;
pub mod readers;
pub mod runs;
pub mod vectors;
pub mod wrong;

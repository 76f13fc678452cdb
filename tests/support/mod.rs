//! What several test files share.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod demo;
pub mod desk;
pub mod vectors;

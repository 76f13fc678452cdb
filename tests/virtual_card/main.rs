//! The virtual card against a tiny host made of the same secure messaging.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod access_sets;
mod choices;
mod framing;
mod host;
mod installed_base;
mod keys;
#[path = "../support/pcd.rs"]
mod pcd;
mod products;
mod refusals;
mod robustness;
mod tearing;
mod tearing_installed;
mod transactions;

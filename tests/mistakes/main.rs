//! Deliberately wrong hosts and cards: each makes one mistake of a known list, or two, in an otherwise right conversation.
//!
//! Both sides are written anew here from the rules, on cipher crates alone. Of Tapscope they use values only: events,
//! keys, AIDs. So what Tapscope says about a conversation is checked against something that shares nothing with it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test that fails should stop at once"
)]

mod change_key;
mod choose;
mod cipher;
mod conversation;
mod d40;
mod dice;
mod ev1;
mod ev2;
mod handshake;
mod message;
mod mistakes;
mod named;
mod plan;
mod scene;
mod sound;
mod tmac;
mod world;

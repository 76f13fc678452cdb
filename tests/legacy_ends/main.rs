//! D40 and EV1 between our host and our virtual card, with the observer between them: every channel, every type of key,
//! every mode, many lengths; changes of keys and of channels; the behaviours B1 to B11 that client programs expect.
//!
//! Host and observer are held against bytes of others in `host_conversations` and `conversations`; here the card must
//! agree with them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod behaviours;
mod damage;
mod ends;
mod iso_files;
mod key_changes;
mod matrix;
mod noise;
mod replay;
mod sessions;
mod verdicts;

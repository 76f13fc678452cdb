//! Host, card and observer share one definition of commands and protection; here they must agree about it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod agreement;
mod card;
mod ends;
mod flips;
mod ledgers;
mod model;
mod operations;
mod published;

use card::Plan;
use tapscope::card::CommMode;

/// A card whose files all have one mode.
fn fixed_plan(mode: CommMode) -> Plan {
    let key = |first: u8| {
        std::array::from_fn(|i| {
            let i = u8::try_from(i).unwrap();
            i.wrapping_mul(53).wrapping_add(first) ^ i.rotate_left(6)
        })
    };
    Plan {
        keys: [key(0x1B), key(0x4D), key(0x96)],
        tmac_key: key(0xE2),
        uid: [0x04, 0x78, 0x2E, 0x21, 0x80, 0x1D, 0x80],
        modes: [mode; 5],
        free: false,
        session: true,
        reader_id: 0x0E,
        seed: 21,
    }
}

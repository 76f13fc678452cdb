//! Secure dynamic messaging, the URL that changes with each tap (DESFire reference §7; AN12196).
//!
//! [`verify()`] checks a message with keys that are prepared once; each stage is a function of its own, so that the
//! calculator can show it and put another value in its place. [`url`] takes messages out of URLs, and [`examine()`] does it
//! all: it finds what the MAC covers and names the mistake when nothing fits.

mod error;
mod examine;
mod mirrored;
mod slip;
mod stages;
mod tamper;
pub mod url;
mod verify;

pub use error::SdmError;
pub use examine::{Examined, MacInput, Reading, examine};
pub use mirrored::{Mirrored, Mode, ReadCtr, UID};
pub use slip::Slip;
pub use stages::{
    SessionVectors, decrypt_file_data, decrypt_picc_data, file_data_start, file_mac, session_key,
    session_vectors,
};
pub use tamper::{Loop, TamperStatus};
pub use verify::{Identity, Keys, Message, Prepared, Verified, verify};

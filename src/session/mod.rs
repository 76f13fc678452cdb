//! Every file form: sessions, keys, imports. Forms are not domain types; `convert` stands between them.
//!
//! Nothing here opens a file: text goes in, values and findings come out, and the other way round.
//!
//! ```text
//! {"format":"tapscope-session","version":1,
//! "reader":"demo",
//! "events":[
//! {"command":"905A00000301449900"},
//! {"response":"9100"}
//! ]}
//! ```
//! One event a line, so that two sessions can be compared as text and the front part of a torn file opens.
//! A session holds raw bytes only: no key, no random number, nothing derived.

pub mod batch;
pub mod compared;
mod convert;
pub mod demo;
pub mod found;
pub mod image;
pub mod import;
mod json;
pub mod keys;
pub mod known;
mod legacy;
mod migrate;
mod read;
pub mod result;
pub mod rows;
mod schema;
pub mod store;
mod table;
pub mod taps;
pub mod templates;
pub mod transactions;
pub mod worked;
mod write;

pub use read::{ReadError, read, read_while};
pub use write::{event_line, write, write_while};

use crate::card::Aid;
use crate::report::Finding;
use crate::trace::Event;

/// What a file held, and what its reader has to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<T> {
    /// What could be read.
    pub value: T,
    /// What could not, and where.
    pub findings: Vec<Finding>,
}

/// A recording with what is needed to understand and repeat it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Name of the reader.
    pub reader: Option<String>,
    /// The card, as far as it was identified.
    pub card: Option<CardIdentity>,
    /// Name of the start image, such as `demo`.
    pub image: Option<String>,
    /// Which keys the recording used: names, never values.
    pub keys: Vec<KeyLabel>,
    /// Remarks about the whole session.
    pub notes: Vec<String>,
    /// Filter expressions that must hold.
    pub assertions: Vec<String>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// What identified the card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardIdentity {
    /// Product name, such as `desfire-ev2-4k`.
    pub product: Option<String>,
    /// UID, when it is not random.
    pub uid: Option<Vec<u8>>,
    /// ATR or ATS as the reader reported it.
    pub atr: Option<Vec<u8>>,
}

/// The name of a key and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLabel {
    /// The name people see.
    pub label: String,
    /// Application; `None` for whatever application is selected.
    pub aid: Option<Aid>,
    /// Key number.
    pub key_no: u8,
}

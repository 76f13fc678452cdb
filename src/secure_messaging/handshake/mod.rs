//! Authentications: host, card and observer over one transcript.

mod auth_key;
pub mod d40;
pub mod ev1;
mod ev2;
pub mod iso;
pub mod lrp;
mod recover;

pub use auth_key::{AuthKey, Observed, session_key as legacy_session_key};
pub use ev2::{
    CardFirst, Host, HostError, HostSession, Observation, SessionKeys, Transcript, session_keys,
};
pub use recover::{Cryptograms, IsoFrames, Recovered, RecoveredIso, RecoveredLegacy};

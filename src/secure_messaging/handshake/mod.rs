//! Authentications: host, card and observer over one transcript.

mod ev2;
mod recover;

pub use ev2::{
    CardFirst, Host, HostError, HostSession, Observation, SessionKeys, Transcript, session_keys,
};
pub use recover::{Cryptograms, Recovered};

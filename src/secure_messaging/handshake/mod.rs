//! Authentications: host, card and observer over one transcript.

mod ev2;

pub use ev2::{
    CardFirst, Host, HostError, HostSession, Observation, SessionKeys, Transcript, session_keys,
};

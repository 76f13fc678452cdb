//! Authentications: host, card and observer over one transcript.

mod auth_key;
pub mod d40;
pub mod ev1;
mod ev2;
pub mod iso;
pub mod lrp;
mod recover;

pub use auth_key::{
    AuthKey, Observed, rnd_len, rotated, session_key as legacy_session_key, session_key_piece,
    session_key_starts,
};
pub use ev2::{
    CardFirst, FirstProof, Host, HostError, HostSession, Observation, SV1, SV2, SessionKeys,
    Transcript, context, context_of, mixed, session_keys, session_vector,
};
pub use recover::{Cryptograms, IsoFrames, Recovered, RecoveredIso, RecoveredLegacy};

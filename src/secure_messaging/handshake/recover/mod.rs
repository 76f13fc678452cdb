//! The random numbers behind a recorded authentication, even when one of its cryptograms is damaged.
//!
//! RndB stands in the challenge and in the token, RndA in the token and in the proof: each is there twice,
//! so the one that differs can be told from the one that is right.

mod ev2;
mod iso;
mod legacy;

pub use ev2::Recovered;
pub use iso::{IsoFrames, RecoveredIso};
pub use legacy::RecoveredLegacy;

/// The frames of a recorded authentication; empty where a frame was not recorded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cryptograms<'a> {
    /// `E(K, RndB)`.
    pub challenge: &'a [u8],
    /// The host's token.
    pub token: &'a [u8],
    /// The card's proof.
    pub proof: &'a [u8],
    /// PCD capabilities as sent; only EV2 has them.
    pub pcdcap2: &'a [u8],
    /// Whether the messages after it fit the session of the recorded challenge, where there are any.
    pub session_fits: Option<bool>,
}

/// Of several explanations of a recording the one that makes most of its frames again; of equal ones the first.
fn likeliest<T>(explanations: impl Iterator<Item = (usize, T)>) -> Option<T> {
    let mut best: Option<(usize, T)> = None;
    for (frames, explanation) in explanations {
        if best.as_ref().is_none_or(|(most, _)| frames > *most) {
            best = Some((frames, explanation));
        }
    }
    best.map(|(_, explanation)| explanation)
}

//! Where random numbers come from; the core only knows this trait.

use std::collections::VecDeque;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of random bytes.
pub trait Entropy {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]);
}

impl<T: Entropy + ?Sized> Entropy for Box<T> {
    fn fill(&mut self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

/// Repeats the same bytes from the same seed, on every platform.
#[derive(Clone, Debug)]
pub struct SeededEntropy(ChaCha20Rng);

impl SeededEntropy {
    /// Starts at the beginning of the seed's stream.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }
}

/// Hands out recovered random numbers in order, then zeros: a replay that asks for more than the
/// recording held has diverged already and shows it in the bytes.
#[derive(Clone, Debug, Default)]
pub struct RecoveredEntropy(VecDeque<u8>);

impl RecoveredEntropy {
    /// Appends bytes to be handed out.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }
}

impl Entropy for RecoveredEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0.pop_front().unwrap_or(0);
        }
    }
}

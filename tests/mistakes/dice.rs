//! Everything that is random about a conversation, from one seed.
//!
//! What is drawn never depends on a mistake: the same seed with another mistake gives the same conversation around it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A generator.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// `len` bytes of which no two neighbours are alike and none is zero, so that no order of them is symmetric.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.fill_bytes(&mut bytes);
        let mut before = 0;
        for byte in &mut bytes {
            while *byte == 0 || *byte == before {
                *byte = byte.wrapping_mul(5).wrapping_add(0x3D);
            }
            before = *byte;
        }
        bytes
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.next_u32() as usize % end
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

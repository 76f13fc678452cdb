//! Randomness of the operating system.

use crate::crypto::entropy::Entropy;

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// Fills `out`.
    ///
    /// # Panics
    /// When the operating system has no generator: random numbers of an authentication must never be
    /// guessable, so there is nothing to go on with.
    fn fill(&mut self, out: &mut [u8]) {
        if let Err(error) = getrandom::fill(out) {
            panic!("the operating system gives no random numbers: {error}");
        }
    }
}

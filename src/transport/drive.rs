//! The only loop where I/O meets protocol.

use super::{Transport, TransportError};
use crate::dialogue::{RunError, Runner, Script};

/// Why a run broke off. What the script learnt until then stays in the runner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriveError {
    /// The host gave up, for instance because a MAC did not fit.
    #[error(transparent)]
    Host(#[from] RunError),
}

/// Runs a script to its end. A lost answer and a torn card are outcomes that the script sees, not errors.
pub fn drive<S: Script>(
    runner: &mut Runner<S>,
    transport: &mut impl Transport,
) -> Result<(), DriveError> {
    while let Some(command) = runner.poll_transmit()? {
        match transport.transmit(&command) {
            Ok(answer) => runner.handle_response(&answer)?,
            Err(TransportError::Lost | TransportError::Torn { .. }) => runner.handle_lost(),
        }
    }
    Ok(())
}

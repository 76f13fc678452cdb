//! The only loop where I/O meets protocol.

use super::{Transport, TransportError};
use crate::dialogue::{RunError, Runner, Script};

/// Why a run broke off. What the script learnt until then stays in the runner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriveError {
    /// The host gave up, for instance because a MAC did not fit.
    #[error(transparent)]
    Host(#[from] RunError),
    /// The reader or the connection failed; no further frame can be sent.
    #[error(transparent)]
    Transport(TransportError),
}

/// Runs a script to its end. A lost answer and a torn card are outcomes that the script sees, not errors.
/// When the reader or the connection fails the run is over; the script has seen the loss then, too.
pub fn drive<S: Script>(
    runner: &mut Runner<S>,
    transport: &mut impl Transport,
) -> Result<(), DriveError> {
    while let Some(command) = runner.poll_transmit()? {
        match transport.transmit(&command) {
            Ok(answer) => runner.handle_response(&answer)?,
            Err(TransportError::Lost | TransportError::Torn { .. }) => runner.handle_lost(),
            Err(error @ (TransportError::Reader(_) | TransportError::Peer(_))) => {
                runner.handle_lost();
                // What the script would do next can't be done, but it learns whether the lost answer matters.
                runner.poll_transmit()?;
                return Err(DriveError::Transport(error));
            }
        }
    }
    Ok(())
}

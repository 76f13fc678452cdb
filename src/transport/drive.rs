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
///
/// When the reader or the connection fails, or the host can't accept an answer, the run is over. What the card did is
/// unknown then, so the script has seen the answer as lost and knows whether that matters.
pub fn drive<S: Script>(
    runner: &mut Runner<S>,
    transport: &mut impl Transport,
) -> Result<(), DriveError> {
    while let Some(command) = runner.poll_transmit()? {
        let failed = match transport.transmit(&command) {
            Ok(answer) => runner.handle_response(&answer).err().map(DriveError::Host),
            Err(TransportError::Lost) => {
                runner.handle_lost();
                None
            }
            Err(TransportError::Torn { .. }) => {
                runner.handle_torn();
                None
            }
            Err(error @ (TransportError::Reader(_) | TransportError::Peer(_))) => {
                Some(DriveError::Transport(error))
            }
        };
        if let Some(failed) = failed {
            runner.handle_lost();
            // The script only learns how it ends; nothing is sent any more.
            let _unsent = runner.poll_transmit();
            return Err(failed);
        }
    }
    Ok(())
}

//! Ctrl+C and SIGTERM.

use super::BadInput;

/// Calls `stop` when the user, or the system, asks the program to end.
pub(super) fn on_interrupt(stop: impl FnMut() + Send + 'static) -> Result<(), BadInput> {
    ctrlc::set_handler(stop).map_err(|error| BadInput(format!("Ctrl+C can't be caught: {error}")))
}

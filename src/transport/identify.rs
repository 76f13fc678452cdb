//! Asks the card on a transport what it is.

use super::{Transport, TransportError};
use crate::card::identity::Identity;
use crate::dialogue::Identify;

/// What the card is. A frame that gets no answer is an answer, too, as long as the card is there.
pub fn identify(transport: &mut impl Transport) -> Result<Identity, TransportError> {
    let mut identify = Identify::new(&transport.atr()?);
    while let Some(frame) = identify.poll_transmit() {
        match transport.transmit(&frame) {
            Ok(answer) => identify.handle_response(Some(&answer)),
            Err(error) if error.is_gone() => return Err(error),
            Err(_) => identify.handle_response(None),
        }
    }
    Ok(identify.finish())
}

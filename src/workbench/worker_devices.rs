//! Readers on the desk and ports, as a worker uses them. The place of PC/SC and sockets.

use crate::transport::vpcd::{Listener, Patience};
use crate::transport::{Returning, Source, Transport, TurnedAway};

use super::effect::CardSource;

/// Where cards that are not ours come and go.
pub trait Device: Transport + Send {
    /// Whether a card is connected, as far as was noticed.
    fn is_connected(&self) -> bool;

    /// Whether nobody tells when a card comes or leaves.
    fn is_unwatched(&self) -> bool;

    /// Whether cards are sent away, because one is there.
    fn turned_away(&self) -> TurnedAway;

    /// The card without other programs meanwhile.
    fn alone(&mut self) -> Box<dyn Transport + '_>;
}

impl<S: Source + Send> Device for Returning<S>
where
    S::Card: Send,
{
    fn is_connected(&self) -> bool {
        self.is_connected()
    }

    fn is_unwatched(&self) -> bool {
        self.source().is_unwatched()
    }

    fn turned_away(&self) -> TurnedAway {
        self.source().turned_away()
    }

    fn alone(&mut self) -> Box<dyn Transport + '_> {
        self.alone()
    }
}

/// Opens the device of a source; `None` for a virtual card, which needs none.
pub fn open(source: &CardSource) -> Option<Result<Box<dyn Device>, String>> {
    match source {
        CardSource::Embedded(_) => None,
        CardSource::Port(port) => Some(listen(&port.address, port.open_to_network)),
        #[cfg(feature = "pcsc")]
        CardSource::Desk {
            reader,
            sharing,
            protocol,
        } => Some(Ok(Box::new(Returning::new(
            crate::transport::pcsc::PcscSource {
                reader: reader.clone(),
                sharing: *sharing,
                protocol: *protocol,
            },
        )))),
        #[cfg(not(feature = "pcsc"))]
        CardSource::Desk { .. } => Some(Err("this build has no PC/SC".into())),
    }
}

fn listen(address: &str, open_to_network: bool) -> Result<Box<dyn Device>, String> {
    let address = address.parse();
    let listener = address
        .and_then(|address| Listener::bind(&address, open_to_network, Patience::default()))
        .map_err(|error| error.to_string())?;
    Ok(Box::new(Returning::new(listener)))
}

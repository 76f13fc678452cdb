//! `tapscope tap`: somebody's program talks to our virtual card, each APDU goes unchanged to the real one.

use std::io::Write;

use crate::session::{self, CardIdentity, Session};
use crate::trace::{EventKind, Lane};
use crate::transport::vpcd::{Address, CardEnd, Listener, Patience};
use crate::transport::{Clock, PeerError, Record, Returning, Source, Transport, TurnedAway};

use super::args::TapOptions;
use super::live::Live;
use super::{BadInput, Outcome, files, keys};

/// Passes APDUs on until Ctrl+C, or until the virtual reader ends the connection.
pub(super) fn tap(options: &TapOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let connect: Address = address("--connect", &options.connect)?;
    let (name, turned_away, card) = match (&options.reader, &options.listen) {
        (_, Some(listen)) => lent(listen, options.open_to_network)?,
        (Some(reader), None) => on_reader(reader, options.shared)?,
        (None, None) => return Err(BadInput::new("neither --reader nor --listen is given")),
    };
    let mut keyring = keys::load(&options.keys)?;
    keyring.extend(keys::demo()?);
    let mut live = Live::new(out, keyring, options.save.is_some());
    let end = CardEnd::new(connect).reconnect(options.reconnect);
    let record = Record::new(card, Clock::system(), Lane::Card).announcing(&name);
    let served = live.serve(&end, record, &name, &turned_away)?;
    let saved = match &options.save {
        Some(path) if live.was_connected() => {
            files::write(path, &session::write(&about(name, live.session())))
        }
        _ => Ok(()),
    };
    let ended = live.finish()?;
    served.map_err(|error| BadInput(error.to_string()))?;
    saved?;
    Ok(ended)
}

/// An address from the command line.
pub(super) fn address(option: &str, text: &str) -> Result<Address, BadInput> {
    text.parse()
        .map_err(|error| BadInput(format!("{option}: {error}")))
}

/// A port that cards connect to.
pub(super) fn listener(text: &str, open_to_network: bool) -> Result<Listener, BadInput> {
    let wanted = address("--listen", text)?;
    Listener::bind(&wanted, open_to_network, Patience::default()).map_err(|error| {
        let confirm = matches!(error, PeerError::NotLoopback { .. });
        let hint = if confirm {
            "; --open-to-network confirms it"
        } else {
            ""
        };
        BadInput(format!("--listen: {error}{hint}"))
    })
}

/// A card, the name of where it lies, and whether others are sent away there.
type Named = (String, TurnedAway, Box<dyn Transport>);

fn lent(listen: &str, open_to_network: bool) -> Result<Named, BadInput> {
    let listener = listener(listen, open_to_network)?;
    let name = format!("vpcd {}", listener.address());
    let turned_away = listener.turned_away();
    Ok((name, turned_away, Box::new(Returning::new(listener))))
}

#[cfg(feature = "pcsc")]
fn on_reader(name: &str, shared: bool) -> Result<Named, BadInput> {
    use crate::transport::ReaderError;
    use crate::transport::pcsc::{PcscSource, Protocol, Sharing, find, list};

    let failed = |error: ReaderError| BadInput(error.to_string());
    let reader = find(&list().map_err(failed)?, name).map_err(failed)?;
    let sharing = if shared {
        Sharing::Shared
    } else {
        Sharing::Exclusive
    };
    let (name, protocol) = (reader.to_string(), Protocol::default());
    let source = PcscSource {
        reader,
        sharing,
        protocol,
    };
    let turned_away = source.turned_away();
    Ok((name, turned_away, Box::new(Returning::new(source))))
}

#[cfg(not(feature = "pcsc"))]
fn on_reader(_name: &str, _shared: bool) -> Result<Named, BadInput> {
    Err(BadInput::new(
        "--reader: this build has no PC/SC; expected --listen HOST:PORT",
    ))
}

/// With reader and card of the first contact in its header.
fn about(reader: String, session: Session) -> Session {
    let card = session.events.iter().find_map(|event| match &event.kind {
        EventKind::Card(presented) => Some(CardIdentity {
            atr: Some(presented.atr.clone()),
            ..CardIdentity::default()
        }),
        _ => None,
    });
    Session {
        reader: Some(reader),
        card,
        ..session
    }
}

//! `tapscope readers`: what PC/SC readers there are and what lies on them; or a reader of our own.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::bytes::hex;
use crate::card::identity::{Identity, Uid};
use crate::transport::vpcd::TURNED_AWAY;
use crate::transport::{Returning, Source, Transport, identify};

use super::args::ReadersOptions;
use super::interrupt::on_interrupt;
use super::tap::listener;
use super::{BadInput, Outcome, files};

/// Lists, watches or listens.
pub(super) fn readers(options: &ReadersOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    match &options.listen {
        Some(address) => listen(address, options.open_to_network, out),
        None => at_pcsc(options, out),
    }
}

#[cfg(not(feature = "pcsc"))]
fn at_pcsc(_options: &ReadersOptions, _out: &mut impl Write) -> Result<Outcome, BadInput> {
    Err(BadInput::new("this build has no PC/SC"))
}

#[cfg(feature = "pcsc")]
use with_pcsc::at_pcsc;

/// A card by its answer to reset, and what it is taken for.
pub(super) fn card_line(atr: &[u8], identity: &Identity) -> String {
    let decided_by = identity.evidence.first().map_or_else(String::new, |seen| {
        let bytes = seen.deciding.iter().filter_map(|at| seen.bytes.get(*at));
        hex::upper(bytes.copied().collect::<Vec<u8>>())
    });
    let (atr, text) = (hex::upper(atr), identity.text());
    let uid = match &identity.uid {
        Uid::Unknown => String::new(),
        Uid::Fixed(uid) => format!(" · UID {}", hex::upper(uid)),
        Uid::Random(uid) => format!(" · random UID {}", hex::upper(uid)),
    };
    format!("card, ATR {atr} · {text}, by {decided_by}{uid}")
}

/// Waits for cards that others lend, one at a time, and says what they are.
fn listen(address: &str, open_to_network: bool, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let listener = listener(address, open_to_network)?;
    let name = format!("vpcd {}", listener.address());
    files::print(out, &format!("{name} · waiting for a card"))?;
    let (stop, stopping) = sync_channel(1);
    on_interrupt(move || {
        // Somebody who pressed twice has been heard once.
        let _full = stop.try_send(());
    })?;
    let turned_away = listener.turned_away();
    let mut slot = Returning::new(listener);
    let (mut present, mut told) = (false, None);
    while stopping.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if turned_away.take() {
            files::print(out, &format!("{name} · {TURNED_AWAY}"))?;
        }
        let found = if present {
            slot.atr().map(|_| None)
        } else {
            let atr = slot.atr();
            atr.and_then(|atr| Ok(Some((identify(&mut slot)?, atr))))
        };
        match found {
            Ok(Some((identity, atr))) => {
                (present, told) = (true, None);
                files::print(out, &format!("{name} · {}", card_line(&atr, &identity)))?;
            }
            Ok(None) => {}
            Err(error) if error.is_empty_place() && !present => {}
            // The same trouble again and again is one line.
            Err(error) if told.as_ref() == Some(&error) => present = false,
            Err(error) => {
                files::print(out, &format!("{name} · card gone: {error}"))?;
                (present, told) = (false, Some(error));
            }
        }
    }
    Ok(Outcome::Fine)
}

/// Pause between two looks at the port.
const LOOK: Duration = Duration::from_millis(250);

#[cfg(feature = "pcsc")]
mod with_pcsc {
    use super::{
        BadInput, Identity, Outcome, ReadersOptions, Write, card_line, files, identify,
        on_interrupt, sync_channel,
    };
    use crate::transport::TransportError;
    use crate::transport::pcsc::{
        Monitor, News, PcscCard, Protocol, Reader, ReaderName, Sharing, Slot, list,
    };

    /// Lists or watches.
    pub(super) fn at_pcsc(
        options: &ReadersOptions,
        out: &mut impl Write,
    ) -> Result<Outcome, BadInput> {
        let found = list().map_err(|error| BadInput(error.to_string()));
        if options.watch {
            // Trouble is news like any other: it may pass.
            return watch(out);
        }
        let found = found?;
        if found.is_empty() {
            files::print(out, "No reader is connected.")?;
        }
        for reader in &found {
            files::print(out, &line(reader, options.identify))?;
        }
        Ok(Outcome::Fine)
    }

    fn watch(out: &mut impl Write) -> Result<Outcome, BadInput> {
        let (sender, inbox) = sync_channel(64);
        let stop = sender.clone();
        on_interrupt(move || {
            // Somebody who pressed twice has been heard once.
            let _full = stop.try_send(None);
        })?;
        let report = move |news| {
            // The program is at its end when nobody listens.
            let _closed = sender.send(Some(news));
        };
        let monitor = Monitor::start(report)
            .map_err(|error| BadInput(format!("no thread to watch the readers: {error}")))?;
        while let Ok(Some(news)) = inbox.recv() {
            files::print(out, &sentence(&news))?;
        }
        // The monitor may wait for room in the channel.
        drop(inbox);
        drop(monitor);
        Ok(Outcome::Fine)
    }

    fn line(reader: &Reader, ask: bool) -> String {
        let name = &reader.name;
        match &reader.slot {
            Slot::Empty => format!("{name} · no card"),
            Slot::Mute => format!("{name} · a card that does not answer"),
            Slot::Unavailable => format!("{name} · not available"),
            Slot::Card {
                atr,
                exclusive,
                in_use,
            } => {
                let used = match (exclusive, in_use) {
                    (true, _) => " · in use, not shared",
                    (false, true) => " · in use",
                    (false, false) => "",
                };
                let asked = ask.then(|| asked(name));
                let (identity, failed) = match asked {
                    Some(Ok(identity)) => (identity, String::new()),
                    Some(Err(error)) => (Identity::by_atr(atr), format!(" · not asked: {error}")),
                    None => (Identity::by_atr(atr), String::new()),
                };
                format!("{name} · {}{used}{failed}", card_line(atr, &identity))
            }
        }
    }

    fn asked(name: &ReaderName) -> Result<Identity, TransportError> {
        let mut card = PcscCard::connect(name, Sharing::Shared, Protocol::default())?;
        identify(&mut card.hold()?)
    }

    fn sentence(news: &News) -> String {
        match news {
            News::ReaderCame(name) => format!("{name} · reader connected"),
            News::ReaderGone(name) => format!("{name} · reader gone"),
            News::CardCame { reader, atr } => {
                format!("{reader} · {}", card_line(atr, &Identity::by_atr(atr)))
            }
            News::CardGone(name) => format!("{name} · card gone"),
            News::CardMute(name) => format!("{name} · a card that does not answer"),
            News::Ready => "PC/SC · the service runs".into(),
            News::Trouble(trouble) => format!("PC/SC · {trouble}"),
        }
    }
}

//! `tapscope readers`: what PC/SC readers there are, and what lies on them.

use std::io::Write;

use super::args::ReadersOptions;
use super::{BadInput, Outcome};

/// Lists or watches.
#[cfg(not(feature = "pcsc"))]
pub(super) fn readers(
    _options: &ReadersOptions,
    _out: &mut impl Write,
) -> Result<Outcome, BadInput> {
    Err(BadInput::new("this build has no PC/SC"))
}

#[cfg(feature = "pcsc")]
pub(super) use with_pcsc::readers;

#[cfg(feature = "pcsc")]
mod with_pcsc {
    use std::sync::mpsc::sync_channel;

    use super::{BadInput, Outcome, ReadersOptions, Write};
    use crate::bytes::hex;
    use crate::card::atr;
    use crate::headless::files;
    use crate::headless::interrupt::on_interrupt;
    use crate::transport::pcsc::{Monitor, News, Reader, Slot, list};

    /// Lists or watches.
    pub(in crate::headless) fn readers(
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
            files::print(out, &line(reader))?;
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

    fn line(reader: &Reader) -> String {
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
                format!("{name} · {}{used}", card(atr))
            }
        }
    }

    fn sentence(news: &News) -> String {
        match news {
            News::ReaderCame(name) => format!("{name} · reader connected"),
            News::ReaderGone(name) => format!("{name} · reader gone"),
            News::CardCame { reader, atr } => format!("{reader} · {}", card(atr)),
            News::CardGone(name) => format!("{name} · card gone"),
            News::CardMute(name) => format!("{name} · a card that does not answer"),
            News::Trouble(trouble) => format!("PC/SC · {trouble}"),
        }
    }

    /// The answer to reset, and what it says.
    fn card(atr: &[u8]) -> String {
        let (hint, decided_by) = atr::hint(atr);
        format!(
            "card, ATR {} · {}, by {}",
            hex::upper(atr),
            hint.text(),
            hex::upper(decided_by)
        )
    }
}

//! `tapscope card`: a virtual card for everybody's programs, with its traffic decrypted as it passes.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::bytes::hex;
use crate::keyring::Keyring;
use crate::secure_messaging::Verdict;
use crate::session::{self, Session, demo};
use crate::trace::{Event, EventKind, Exchange, Lane, State};
use crate::transport::vpcd::{Address, CardEnd, LinkNews};
use crate::transport::{EmbeddedCard, Record, Watch};
use crate::virtual_card::Card;

use super::args::CardOptions;
use super::interrupt::on_interrupt;
use super::sequence::{End, clock, entropy};
use super::start::{StartImage, product};
use super::{BadInput, Outcome, files, keys, recorded, text};

/// Serves the card until Ctrl+C, or until the reader ends the connection.
pub(super) fn card(options: &CardOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let product = product("PRODUCT", &options.product)?;
    let address: Address = options
        .connect
        .parse()
        .map_err(|error| BadInput(format!("--connect: {error}")))?;
    let mut start = match &options.image {
        Some(path) => StartImage::file(path, product)?,
        None if options.blank => StartImage::demo(demo::BLANK, product)?,
        None => StartImage::demo(demo::PERSONALISED, product)?,
    };
    if let Some(uid) = &options.uid {
        start.image.uid = read_uid(uid)?;
    }
    let mut keyring = keys::load(&options.keys)?;
    if options.image.is_none() {
        keyring.extend(keys::demo()?);
    }
    let card = Card::new(&start.image, entropy(options.seed, End::Card))
        .map_err(|error| BadInput(format!("image: {error}")))?;
    let mut card = EmbeddedCard::new(card);
    let running = Arc::new(AtomicBool::new(true));
    let stop = running.clone();
    on_interrupt(move || stop.store(false, Ordering::Relaxed))?;

    let mut live = Live::new(out, keyring, options.save.is_some());
    let end = CardEnd::new(address, start.atr()).reconnect(options.reconnect);
    let served = {
        // Both the card's traffic and the connection's news end up in one place, in the order in which they happen.
        let live = std::cell::RefCell::new(&mut live);
        let mut sink = |event: &Event| live.borrow_mut().event(event);
        let record = Record::new(&mut card, clock(options.seed), Lane::Card);
        let mut watch = Watch::new(record, &mut sink);
        let mut news = |news| live.borrow_mut().news(&news, options, &start);
        end.serve(&mut watch, &mut news, &|| running.load(Ordering::Relaxed))
    };
    if live.connections == 0 {
        // There is nothing to save.
        served.map_err(|error| BadInput(error.to_string()))?;
        return Ok(Outcome::Fine);
    }
    let saved = save(options, &start, &live);
    let written = match &options.image {
        Some(path) => files::write(path, &session::image::write(&card.into_inner().image())),
        None => Ok(()),
    };
    let ended = live.finish()?;
    served.map_err(|error| BadInput(error.to_string()))?;
    saved.and(written)?;
    Ok(ended)
}

fn read_uid(text: &str) -> Result<[u8; 7], BadInput> {
    let bytes = hex::parse(text).map_err(|error| BadInput(format!("--uid: {error}")))?;
    let got = bytes.len();
    <[u8; 7]>::try_from(bytes).map_err(|_| BadInput(format!("--uid has {got} bytes, expected 7")))
}

fn save<W: Write>(
    options: &CardOptions,
    start: &StartImage,
    live: &Live<'_, W>,
) -> Result<(), BadInput> {
    let Some(path) = &options.save else {
        return Ok(());
    };
    let rows = crate::trace::decode(&live.events, &live.keyring);
    let session = Session {
        reader: Some(format!("vpcd {}", options.connect)),
        card: Some(start.identity(start.atr())),
        // With another UID it is not the card of that image.
        image: options.uid.is_none().then(|| start.name.clone()),
        ..recorded::session(live.events.clone(), &rows, &live.keyring)
    };
    files::write(path, &session::write(&session))
}

/// Prints each exchange as soon as it is complete.
struct Live<'a, W> {
    out: &'a mut W,
    state: State,
    keyring: Keyring,
    /// All events, or without a session to save those that the next row needs.
    events: Vec<Event>,
    keep: bool,
    connections: u32,
    wrong: bool,
    failed: Option<BadInput>,
}

impl<'a, W: Write> Live<'a, W> {
    fn new(out: &'a mut W, keyring: Keyring, keep: bool) -> Self {
        Self {
            out,
            state: State::new(),
            keyring,
            events: Vec::new(),
            keep,
            connections: 0,
            wrong: false,
            failed: None,
        }
    }

    fn event(&mut self, event: &Event) {
        let event_no = self.events.len();
        self.events.push(event.clone());
        if let Some(row) = self.state.step(event_no, event, &self.keyring) {
            self.row(&row);
        }
        let between = !matches!(event.kind, EventKind::Command(_)) && !self.state.is_open();
        if !self.keep && between {
            self.events.clear();
        }
    }

    fn row(&mut self, row: &Exchange) {
        self.wrong |= row.verdicts.any(Verdict::Bad);
        self.print(&text::exchange(row, &self.events, false));
    }

    fn news(&mut self, news: &LinkNews, options: &CardOptions, start: &StartImage) {
        if *news == LinkNews::Connected {
            self.connections += 1;
        }
        let address = &options.connect;
        self.print(&match news {
            LinkNews::Connected => {
                let (name, uid) = (start.image.product.name(), hex::upper(start.image.uid));
                format!(
                    "{name} {uid} connected to {address}, ATR {}",
                    hex::upper(start.atr())
                )
            }
            LinkNews::Quiet(seconds) => {
                format!("Connected, but {address} has sent nothing for {seconds} s")
            }
            LinkNews::Lost(error) => format!("Waiting for {address}: {error}"),
        });
    }

    /// Prints; the first failure is kept for the end, because the card goes on.
    fn print(&mut self, line: &str) {
        let printed = files::print(self.out, line);
        self.failed = self.failed.take().or(printed.err());
    }

    fn finish(mut self) -> Result<Outcome, BadInput> {
        if let Some(row) = self.state.finish(&self.keyring) {
            self.row(&row);
        }
        match self.failed {
            Some(failed) => Err(failed),
            None if self.wrong => Ok(Outcome::Wrong),
            None => Ok(Outcome::Fine),
        }
    }
}

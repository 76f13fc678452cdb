//! `tapscope card`: a virtual card for everybody's programs, with its traffic decrypted as it passes.

use std::io::Write;

use crate::bytes::hex;
use crate::card::product::Product;
use crate::session::{self, Session, demo};
use crate::trace::Lane;
use crate::transport::vpcd::{Address, CardEnd};
use crate::transport::{EmbeddedCard, Record, TurnedAway};
use crate::virtual_card::Card;

use super::args::CardOptions;
use super::live::Live;
use super::sequence::{End, clock, entropy};
use super::start::{StartImage, product};
use super::{BadInput, Outcome, choices, files, keys};

/// Serves the card until Ctrl+C, or until the reader ends the connection.
pub(super) fn card(options: &CardOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    if options.choices {
        return choices::list(out);
    }
    // Both are there when no list is asked for.
    let name = options.product.as_deref().unwrap_or_default();
    let product = product("PRODUCT", name)?;
    let connect = options.connect.as_deref().unwrap_or_default();
    let address: Address = connect
        .parse()
        .map_err(|error| BadInput(format!("--connect: {error}")))?;
    let mut start = match &options.image {
        Some(path) => StartImage::file(path, product)?,
        // The demo card is an EV3.
        None if options.factory || product != Product::DesfireEv3 => StartImage::factory(product),
        None if options.blank => StartImage::demo(demo::BLANK, product)?,
        None => StartImage::demo(demo::PERSONALISED, product)?,
    };
    if let Some(uid) = &options.uid {
        start.image.uid = read_uid(uid)?;
    }
    choices::apply(&options.chosen, &mut start.image.profile)?;
    let mut keyring = keys::load(&options.keys)?;
    if options.image.is_none() {
        keyring.extend(keys::of_image(Some(&start.name))?);
    }
    let card = Card::new(&start.image, entropy(options.seed, End::Card))
        .map_err(|error| BadInput(format!("image: {error}")))?;
    let mut card = EmbeddedCard::new(card);
    let mut live = Live::new(out, keyring, options.save.is_some());
    let end = CardEnd::new(address).reconnect(options.reconnect);
    let (name, uid) = (start.image.product.name(), hex::upper(start.image.uid));
    let record = Record::new(&mut card, clock(options.seed), Lane::Card);
    let atr = hex::upper(start.atr());
    let connected = format!("{name} {uid}, ATR {atr},");
    let served = live.serve(&end, record, &connected, &TurnedAway::default())?;
    if !live.was_connected() {
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
    // With another UID or other choices it is not the card of that image.
    let is_own = options.uid.is_none() && options.chosen.choice.is_empty();
    let session = Session {
        reader: options
            .connect
            .as_ref()
            .map(|place| format!("vpcd {place}")),
        card: Some(start.identity(start.atr())),
        image: is_own.then(|| start.name.clone()),
        ..live.session()
    };
    files::write(path, &session::write(&session))
}

//! `tapscope run`: personalise, top up or spend on a card, and show what happened decrypted.

use std::io::Write;

use crate::bytes::hex;
use crate::card::product::Product;
use crate::ota::{Booked, Ending, TmvCheck, Unfinished};
use crate::secure_messaging::Verdict;
use crate::session::{self, Session, demo};
use crate::trace::{self, Event};
use crate::transport::{EmbeddedCard, Record, unix_time_ms};
use crate::virtual_card::{Card, Image};

use super::args::{RunOptions, Sequence};
use super::sequence::{End, Run, clock, entropy, form, lane};
use super::start::{StartImage, product};
use super::{BadInput, Outcome, choices, files, keys, recorded, text};

/// Runs the sequence.
pub(super) fn run(options: &RunOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let amount = i32::try_from(options.amount).map_err(|_| {
        BadInput(format!(
            "--amount is {}, expected at most {}",
            options.amount,
            i32::MAX
        ))
    })?;
    if amount < 1 && !matches!(options.sequence, Sequence::Personalise) {
        return Err(BadInput(format!(
            "--amount is {amount}, expected 1 or more"
        )));
    }
    let target = target(options)?;
    let mut keyring = keys::load(&options.keys)?;
    if matches!(target, Target::Reader(_)) && keyring.keys.is_empty()
        || matches!(target, Target::Embedded(_)) && options.image.is_none()
    {
        keyring.extend(keys::demo()?);
    }
    let sequence = Run {
        sequence: options.sequence,
        form: form(options.form).0,
        amount,
        keyring,
        seed: options.seed,
        time_ms: options.time.unwrap_or_else(unix_time_ms),
        unchecked: options.unchecked,
    };
    let played = match &target {
        Target::Embedded(start) => {
            // With other choices it is not the card of that image.
            let name = Some(start.name.clone()).filter(|_| options.choices.choice.is_empty());
            embedded(start, name, &sequence)?
        }
        Target::Reader(name) => reader(name, options.shared, &sequence)?,
    };
    report(options, &sequence, played, out)
}

/// Which card.
enum Target {
    /// In this process.
    Embedded(Box<StartImage>),
    /// On the reader of this name, or with this in its name.
    Reader(String),
}

fn target(options: &RunOptions) -> Result<Target, BadInput> {
    let found = match options.on.split_once(':') {
        None if options.on == "card" => Product::DesfireEv3,
        Some(("card", name)) => product("--on", name)?,
        Some(("reader", _)) if !options.choices.choice.is_empty() => {
            return Err(BadInput::new(
                "--choice goes with --on card; the card on a reader is what it is",
            ));
        }
        Some(("reader", name)) if options.image.is_none() => {
            return Ok(Target::Reader(name.to_owned()));
        }
        Some(("reader", _)) => {
            return Err(BadInput::new(
                "--image goes with --on card; the card on a reader is what it is",
            ));
        }
        _ => {
            return Err(BadInput(format!(
                "--on is {:?}, expected card, card:PRODUCT or reader:NAME",
                options.on
            )));
        }
    };
    if options.shared {
        return Err(BadInput::new("--shared goes with --on reader:NAME"));
    }
    let mut start = match &options.image {
        Some(path) => StartImage::file(path, found)?,
        None if matches!(options.sequence, Sequence::Personalise) => {
            StartImage::demo(demo::BLANK, found)?
        }
        None => StartImage::demo(form(options.form).1, found)?,
    };
    choices::apply(&options.choices, &mut start.image.profile)?;
    Ok(Target::Embedded(Box::new(start)))
}

/// A sequence that was run.
struct Played {
    ending: Ending<Option<Booked>>,
    events: Vec<Event>,
    /// Who the session is about; its events and keys come from the run.
    about: Session,
    /// What the embedded card holds now.
    after: Option<Image>,
}

fn embedded(start: &StartImage, image: Option<String>, sequence: &Run) -> Result<Played, BadInput> {
    let card = Card::new(&start.image, entropy(sequence.seed, End::Card))
        .map_err(|error| BadInput(format!("image: {error}")))?;
    let lane = lane(sequence.sequence);
    let mut transport = Record::new(EmbeddedCard::new(card), clock(sequence.seed), lane);
    let ending = sequence.on(&mut transport);
    let (card, events) = transport.into_inner();
    let ats = start.image.ats().to_vec();
    Ok(Played {
        ending,
        events,
        about: Session {
            reader: Some("embedded card".into()),
            card: Some(start.identity(ats)),
            image,
            ..Session::default()
        },
        after: Some(card.into_inner().image()),
    })
}

#[cfg(feature = "pcsc")]
fn reader(name: &str, shared: bool, sequence: &Run) -> Result<Played, BadInput> {
    use crate::session::CardIdentity;
    use crate::transport::pcsc::{PcscCard, Protocol, Sharing, find, list};
    use crate::transport::{ReaderError, Transport, TransportError};

    let failed = |error: ReaderError| BadInput(error.to_string());
    let name = find(&list().map_err(failed)?, name).map_err(failed)?;
    let sharing = if shared {
        Sharing::Shared
    } else {
        Sharing::Exclusive
    };
    let mut card = PcscCard::connect(&name, sharing, Protocol::default()).map_err(failed)?;
    let failed_card = |error: TransportError| BadInput(error.to_string());
    let atr = card.atr().map_err(failed_card)?;
    let (clock, lane) = (clock(sequence.seed), lane(sequence.sequence));
    let (ending, events) = if shared {
        let mut transport = Record::new(card.hold().map_err(failed)?, clock, lane);
        (sequence.on(&mut transport), transport.into_inner().1)
    } else {
        let mut transport = Record::new(card, clock, lane);
        (sequence.on(&mut transport), transport.into_inner().1)
    };
    Ok(Played {
        ending,
        events,
        about: Session {
            reader: Some(name.to_string()),
            card: Some(CardIdentity {
                atr: Some(atr),
                ..CardIdentity::default()
            }),
            ..Session::default()
        },
        after: None,
    })
}

#[cfg(not(feature = "pcsc"))]
fn reader(_name: &str, _shared: bool, _sequence: &Run) -> Result<Played, BadInput> {
    Err(BadInput::new(
        "--on names a reader, but this build has no PC/SC; expected card or card:PRODUCT",
    ))
}

fn report(
    options: &RunOptions,
    sequence: &Run,
    played: Played,
    out: &mut impl Write,
) -> Result<Outcome, BadInput> {
    let Played {
        ending,
        events,
        about,
        after,
    } = played;
    let rows = trace::decode(&events, &sequence.keyring);
    // Saved before anything is printed, and printed even when it could not be saved: nothing gets lost.
    let saved = match &options.save {
        Some(path) => {
            let recorded = recorded::session(events.clone(), &rows, &sequence.keyring);
            let session = Session {
                keys: recorded.keys,
                events: recorded.events,
                ..about
            };
            files::write(path, &session::write(&session))
        }
        None => Ok(()),
    };
    let written = match (&options.image, &after) {
        (Some(path), Some(after)) if ending.is_ok() => {
            files::write(path, &session::image::write(after))
        }
        _ => Ok(()),
    };
    for row in &rows {
        files::print(out, &text::exchange(row, &events, false))?;
    }
    let wrong = summary(&ending, out)? || rows.iter().any(|row| row.verdicts.any(Verdict::Bad));
    saved.and(written)?;
    match ending {
        Err(unfinished @ Unfinished::NoKey { .. }) => Err(BadInput::new(unfinished.to_string())),
        _ if wrong => Ok(Outcome::Wrong),
        _ => Ok(Outcome::Fine),
    }
}

/// Prints how it ended; true when something is wrong.
fn summary(ending: &Ending<Option<Booked>>, out: &mut impl Write) -> Result<bool, BadInput> {
    let booked = match ending {
        Ok(Some(booked)) => booked,
        Ok(None) => {
            files::print(out, "\nThe card is personalised.")?;
            return Ok(false);
        }
        Err(unfinished) => {
            files::print(out, &format!("\nStopped: {unfinished}"))?;
            return Ok(true);
        }
    };
    let commit = booked.commit;
    files::print(
        out,
        &format!("\nBalance {} → {}", booked.before, booked.after),
    )?;
    files::print(
        out,
        &format!("TMC {} · TMV {}", commit.tmc, hex::upper(commit.tmv)),
    )?;
    if let Some(reader) = booked.previous_reader {
        files::print(out, &format!("Previous reader {}", reader_name(reader)))?;
    }
    let (text, wrong) = match booked.tmv {
        TmvCheck::Fits => (
            format!("Recomputed TMV {}: fits", hex::upper(commit.tmv)),
            false,
        ),
        TmvCheck::Differs(own) => (format!("Recomputed TMV {}: differs", hex::upper(own)), true),
        TmvCheck::NoKey => (
            "TMV not recomputed: the key table has no TransactionMAC key".into(),
            false,
        ),
    };
    files::print(out, &text)?;
    Ok(wrong)
}

/// A reader identifier in hexadecimal digits, and as text where it is some.
fn reader_name(tmri: [u8; 16]) -> String {
    let digits = hex::upper(tmri);
    match std::str::from_utf8(&tmri) {
        _ if tmri == [0; 16] => format!("{digits} (none yet)"),
        Ok(text) if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
            format!("{digits} \"{text}\"")
        }
        _ => digits,
    }
}

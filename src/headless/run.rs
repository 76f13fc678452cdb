//! `tapscope run`: personalise, top up or spend on a card, and show what happened decrypted.

use std::io::Write;

use crate::bytes::hex;
use crate::card::Aid;
use crate::card::product::Product;
use crate::crypto::entropy::{Entropy, SeededEntropy};
use crate::dialogue::{Host, Runner, Script};
use crate::keyring::{Keyring, Scope};
use crate::ota::application::UPPER_LIMIT;
use crate::ota::{Booked, Ending, Personalise, Spend, TmvCheck, TopUp, Unfinished};
use crate::secure_messaging::Verdict;
use crate::session::{self, CardIdentity, KeyLabel, Session, demo, image};
use crate::trace::{self, Event, Exchange, Lane};
use crate::transport::{Clock, EmbeddedCard, OsEntropy, Record, drive, unix_time_ms};
use crate::virtual_card::{Card, Image};

use super::args::{RunOptions, Sequence};
use super::{BadInput, Outcome, files, keys, text};

/// Reader identifier that the terminal writes into its log.
const TERMINAL: [u8; 4] = [0x54, 0x41, 0x50, 0x01];

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
    let start = start_image(options)?;
    let mut keyring = keys::load(&options.keys)?;
    if options.image.is_none() {
        keyring.extend(keys::demo()?);
    }
    let card = Card::new(&start.image, entropy(options.seed, 1))
        .map_err(|error| BadInput(format!("image: {error}")))?;
    let lane = if matches!(options.sequence, Sequence::Spend) {
        Lane::Terminal
    } else {
        Lane::Server
    };
    let mut transport = Record::new(EmbeddedCard::new(card), clock(options.seed), lane);
    let sequence = Run {
        keyring: keyring.clone(),
        seed: options.seed,
        time_ms: options.time.unwrap_or_else(unix_time_ms),
    };
    let ending = match options.sequence {
        Sequence::Personalise => sequence.personalise(&mut transport).map(|()| None),
        Sequence::Topup => sequence
            .top_up(
                &mut transport,
                amount,
                (!options.unchecked).then_some(UPPER_LIMIT),
            )
            .map(Some),
        Sequence::Spend => sequence.spend(&mut transport, amount).map(Some),
    };
    let (transport, events) = transport.into_inner();
    let after = transport.into_inner().image();
    let rows = trace::decode(&events, &keyring);
    // Saved before anything is printed, and printed even when it could not be saved: nothing gets lost.
    let saved = save(options, &start, &keyring, events.clone(), &rows);
    let written = match &options.image {
        Some(path) if ending.is_ok() => files::write(path, &image::write(&after)),
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

fn save(
    options: &RunOptions,
    start: &StartImage,
    keyring: &Keyring,
    events: Vec<Event>,
    rows: &[Exchange],
) -> Result<(), BadInput> {
    let Some(path) = &options.save else {
        return Ok(());
    };
    let session = recorded(start, events, rows, keyring);
    files::write(path, &session::write(&session))
}

struct StartImage {
    name: String,
    image: Image,
}

fn start_image(options: &RunOptions) -> Result<StartImage, BadInput> {
    let product = match options.on.split_once(':') {
        None if options.on == "card" => Product::DesfireEv3,
        Some(("card", name)) => Product::from_name(name).ok_or_else(|| {
            BadInput(format!(
                "--on names product {name:?}, expected {}",
                product_names()
            ))
        })?,
        _ => {
            return Err(BadInput(format!(
                "--on is {:?}, expected card or card:PRODUCT",
                options.on
            )));
        }
    };
    let (name, bytes) = if let Some(path) = &options.image {
        let name = path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        (name, files::read(path)?)
    } else {
        let blank = matches!(options.sequence, Sequence::Personalise);
        let name = if blank {
            demo::BLANK
        } else {
            demo::PERSONALISED
        };
        (
            name.to_owned(),
            demo::image(name).unwrap_or_default().as_bytes().to_vec(),
        )
    };
    let place = options
        .image
        .as_ref()
        .map_or_else(|| name.clone(), |path| path.display().to_string());
    let image = image::read(&bytes).map_err(|error| BadInput(format!("{place}: {error}")))?;
    if image.product != product {
        return Err(BadInput(format!(
            "{place}: product is {}, expected {}",
            image.product.name(),
            product.name()
        )));
    }
    Ok(StartImage { name, image })
}

fn product_names() -> String {
    Product::ALL.map(Product::name).join(", ")
}

/// One stream of random numbers for each end.
fn entropy(seed: Option<u64>, end: u64) -> Box<dyn Entropy + Send> {
    match seed {
        Some(seed) => Box::new(SeededEntropy::new(seed.wrapping_mul(2).wrapping_add(end))),
        None => Box::new(OsEntropy),
    }
}

fn clock(seed: Option<u64>) -> Clock {
    seed.map_or_else(Clock::system, |_| Clock::steps(1000))
}

struct Run {
    keyring: Keyring,
    seed: Option<u64>,
    time_ms: u64,
}

impl Run {
    fn entropy(&self) -> Box<dyn Entropy> {
        entropy(self.seed, 0)
    }

    fn personalise(&self, transport: &mut Record<EmbeddedCard>) -> Ending<()> {
        let script = follow(
            Personalise::new(self.keyring.clone(), self.entropy()),
            transport,
        )?;
        script.ending().unwrap_or(Ok(()))
    }

    fn top_up(
        &self,
        transport: &mut Record<EmbeddedCard>,
        amount: i32,
        limit: Option<i32>,
    ) -> Ending<Booked> {
        let script = TopUp::new(
            self.keyring.clone(),
            self.entropy(),
            amount,
            self.time_ms,
            limit,
        );
        follow(script, transport)?
            .ending()
            .unwrap_or_else(|| Err(broken("the sequence has no end")))
    }

    fn spend(&self, transport: &mut Record<EmbeddedCard>, amount: i32) -> Ending<Booked> {
        let script = Spend::new(
            self.keyring.clone(),
            self.entropy(),
            amount,
            self.time_ms,
            TERMINAL,
        );
        follow(script, transport)?
            .ending()
            .unwrap_or_else(|| Err(broken("the sequence has no end")))
    }
}

fn follow<S: Script>(script: S, transport: &mut Record<EmbeddedCard>) -> Ending<S> {
    let mut runner = Runner::new(Host::default(), script);
    drive(&mut runner, transport).map_err(|error| broken(&error.to_string()))?;
    Ok(runner.into_parts().1)
}

fn broken(text: &str) -> Unfinished {
    Unfinished::Answer {
        command: "the last command",
        text: text.into(),
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

fn recorded(
    start: &StartImage,
    events: Vec<Event>,
    rows: &[Exchange],
    keyring: &Keyring,
) -> Session {
    let mut labels: Vec<KeyLabel> = Vec::new();
    for entry in rows
        .iter()
        .filter_map(|row| row.key.as_ref())
        .filter_map(|used| keyring.keys.iter().find(|key| *key.label == *used.label))
    {
        let aid: Option<Aid> = match entry.scope {
            Scope::Application(aid) => Some(aid),
            Scope::Any => None,
        };
        let label = KeyLabel {
            label: entry.label.clone(),
            aid,
            key_no: entry.key_no,
        };
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let product = start.image.product;
    let card = CardIdentity {
        product: Some(product.name().into()),
        uid: Some(start.image.uid.to_vec()),
        atr: Some(product.capabilities().ats.to_vec()),
    };
    Session {
        reader: Some("embedded card".into()),
        card: Some(card),
        image: Some(start.name.clone()),
        keys: labels,
        events,
        ..Session::default()
    }
}

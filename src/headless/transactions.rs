//! `tapscope tmac-batch`: the Transaction MACs of a whole file, with gaps and replays of each card.
//!
//! Exit code 0 when all fit and none is missing or came twice.

use std::io::{IsTerminal, Write};

use crate::bytes::hex;
use crate::calculator::Slip;
use crate::calculator::batch::{Batch, CardReport, Judged, Order, Progress, Value};
use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::keyring::{Diversification, KeyEntry, Scope, Use};
use crate::session::{keys, transactions};

use super::args::BatchOptions;
use super::{BadInput, Outcome, files};

/// Rows between two words about how far it is.
const SLICE: usize = 5_000;

/// Checks the file.
pub(super) fn check(options: &BatchOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let (key, aid) = key(options)?;
    let name = options.file.display();
    let reading = transactions::read(&files::read(&options.file)?)
        .map_err(|error| BadInput::new(format!("{name}: {error}")))?;
    let mut errors = std::io::stderr();
    for finding in &reading.findings {
        files::print(&mut errors, &format!("tapscope: {name}: {}", finding.text))?;
    }
    if reading.value.is_empty() {
        return Err(BadInput::new(format!(
            "{name}: no transaction, one a line expected"
        )));
    }
    let mut batch = Batch::new(key, aid, reading.value);
    let told = errors.is_terminal();
    batch.run(SLICE, |Progress { done, total }| {
        if told {
            // Nobody has to know when it can't be said.
            let _closed = write!(errors, "\r{done} of {total}");
        }
        true
    });
    if told && batch.progress().total > SLICE {
        let _closed = write!(errors, "\r\x1b[K");
    }
    if options.json {
        for line in transactions::json(&batch) {
            files::print(out, &line)?;
        }
    } else {
        report(&batch, out)?;
    }
    let wrong = batch.is_wrong();
    Ok(if wrong { Outcome::Wrong } else { Outcome::Fine })
}

fn key(options: &BatchOptions) -> Result<(KeyEntry, Option<Aid>), BadInput> {
    let value =
        hex::pasted(&options.key).map_err(|error| BadInput::new(format!("--key: {error}")))?;
    if value.len() != 16 {
        let got = value.len();
        return Err(BadInput::new(format!("--key has {got} bytes, expected 16")));
    }
    let diversification = match &options.diversify {
        Some(rule) => keys::parse_rule(rule)
            .map_err(|error| BadInput::new(format!("--diversify: {error}")))?,
        None => Diversification::None,
    };
    let aid = options.aid.as_deref().map(str::parse::<Aid>).transpose();
    let aid = aid.map_err(|error| BadInput::new(format!("--aid: {error}")))?;
    let entry = KeyEntry {
        label: "--key".into(),
        scope: Scope::Any,
        key_no: 0,
        key_set: 0,
        usage: Use::Tmac,
        file_no: None,
        key_type: KeyType::Aes128,
        version: 0,
        value: Secret::new(value),
        diversification,
    };
    Ok((entry, aid))
}

fn report(batch: &Batch, out: &mut impl Write) -> Result<(), BadInput> {
    let told = |row: &&Judged| row.is_wrong() || row.order == Order::Late;
    for row in batch.judged().iter().filter(told) {
        for sentence in sentences(row) {
            files::print(out, &format!("line {}: {sentence}", row.line))?;
        }
    }
    let cards = batch.cards();
    for card in cards.iter().filter(|card| !card.gaps.is_empty()) {
        files::print(out, &gaps(card))?;
    }
    let rows = batch.judged().len();
    let wrong = batch.judged().iter().filter(|row| row.is_wrong()).count();
    let missing = cards.iter().filter(|card| !card.gaps.is_empty()).count();
    let text = format!(
        "{} of {}: {wrong} wrong, {} with gaps",
        counted(rows, "transaction"),
        counted(cards.len(), "card"),
        counted(missing, "card")
    );
    files::print(out, &text)
}

/// A number with its noun.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn sentences(row: &Judged) -> Vec<String> {
    let mut sentences = match &row.value {
        Value::Fits => Vec::new(),
        Value::Differs(expected) => vec![format!("TMV wrong, {} expected", hex::upper(expected))],
        Value::NoKey(why) => vec![format!("no key: {why}")],
        Value::Unreadable(slips) => slips.iter().map(unreadable).collect(),
    };
    let counter = row.card.map_or(0, |(_, tmc)| tmc);
    match row.order {
        Order::Duplicate(line) => {
            sentences.push(format!(
                "TMC {counter} again, the same transaction as in line {line}"
            ));
        }
        Order::Conflict(line) => {
            sentences.push(format!(
                "TMC {counter} again, another transaction than in line {line}"
            ));
        }
        Order::Late => sentences.push(format!("TMC {counter} comes after a higher one")),
        Order::First | Order::Next | Order::Jump(_) | Order::None => {}
    }
    if row.reader == Some(false) {
        sentences.push("EncTMRI does not hold tmri_prev".into());
    }
    sentences
}

fn unreadable(slip: &Slip) -> String {
    format!("{}: {}", slip.place.name(), slip.sentence())
}

fn gaps(card: &CardReport) -> String {
    let ranges = card.gaps.iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first} to {last}")
        }
    });
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    format!("card {}: TMC {ranges} missing", hex::upper(card.uid))
}

//! Many transactions at once: the TMV of each, and of each card which are missing, came twice or do not fit each other.
//! [`urls`] does the same with URLs of tags.
//!
//! Rows are judged a slice at a time, so that a window stays alive and can stop. TMC grows by one with each transaction
//! of a card (DESFire reference §6.1): a number that never came is a gap, one that came twice a replay.

mod checked;
mod counters;
mod row;
#[cfg(test)]
mod tests;
pub mod urls;

pub use checked::{Checked, Kind, Listed, Standing};
pub use counters::Order;
pub use row::{COLUMNS, Row, Transaction};

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use self::counters::Counters;
use super::input::{self, Inputs, Place, Slip, Texts, Weight};
use super::ledger::Options;
use super::topic::Field;
use super::topics::{TMAC, tmac_card_key, tmac_keys, tmac_options, tmac_rule};
use crate::bytes::hex;
use crate::crypto::Secret;
use crate::crypto::aes::BLOCK;
use crate::keyring::Diversification;
use crate::tmac::{self, TransactionKeys};

/// What a row came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its line, from 1.
    pub line: u64,
    /// Card and counter, where the row could be read.
    pub card: Option<([u8; 7], u32)>,
    /// The computed value against the card's.
    pub value: Value,
    /// Its place among those of the card.
    pub order: Order,
    /// Whether EncTMRI holds TMRIPrev, where the row gives both.
    pub reader: Option<bool>,
    /// What looks like a mistake in its cells.
    pub suspicions: Vec<Slip>,
}

impl Judged {
    /// Whether something is wrong with the row itself.
    pub fn is_wrong(&self) -> bool {
        self.value != Value::Fits
            || matches!(self.order, Order::Duplicate(_) | Order::Conflict(_))
            || self.reader == Some(false)
    }

    /// What is wrong or worth a look, in sentences without a full stop.
    pub fn sentences(&self) -> Vec<String> {
        let named = |slip: &Slip| format!("{}: {}", slip.place.name(), slip.sentence());
        let mut sentences = match &self.value {
            Value::Fits => Vec::new(),
            Value::Differs(expected) => {
                vec![format!("TMV wrong, {} expected", hex::upper(expected))]
            }
            Value::NoKey(why) => vec![format!("no key: {why}")],
            Value::Unreadable(slips) => slips.iter().map(named).collect(),
        };
        sentences.extend(self.suspicions.iter().map(named));
        let counter = self.card.map_or(0, |(_, tmc)| tmc);
        match self.order {
            Order::Duplicate(line) => sentences.push(format!(
                "TMC {counter} again, the same transaction as in line {line}"
            )),
            Order::Conflict(line) => sentences.push(format!(
                "TMC {counter} again, another transaction than in line {line}"
            )),
            Order::Late => sentences.push(format!("TMC {counter} comes after a higher one")),
            Order::First | Order::Next | Order::Jump(_) | Order::None => {}
        }
        if self.reader == Some(false) {
            sentences.push("EncTMRI does not hold tmri_prev".into());
        }
        sentences
    }
}

/// The computed TMV against that of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// They are the same.
    Fits,
    /// This one was expected.
    Differs([u8; 8]),
    /// There is no key for the card, and why.
    NoKey(String),
    /// The row can't be read, or lacks what the value needs: what is wrong in which column.
    Unreadable(Vec<Slip>),
}

/// A card at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardReport {
    /// UID.
    pub uid: [u8; 7],
    /// Different counters that came.
    pub transactions: usize,
    /// Lowest and highest counter.
    pub counters: (u32, u32),
    /// Counters between them that never came, first and last of each gap.
    pub gaps: Vec<(u32, u32)>,
}

/// Gaps that a sentence names.
const NAMED: usize = 12;

impl CardReport {
    /// The counters that are missing, without a full stop; `None` when none is.
    pub fn sentence(&self) -> Option<String> {
        let ranges = self.gaps.iter().map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first} to {last}")
            }
        });
        let named = ranges.take(NAMED).collect::<Vec<_>>().join(", ");
        let more = match self.gaps.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and in {more} more places"),
        };
        (!named.is_empty()).then(|| format!("TMC {named}{more} missing"))
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows judged.
    pub done: usize,
    /// Rows of the file.
    pub total: usize,
}

impl Progress {
    /// Whether all rows are judged.
    pub const fn is_done(self) -> bool {
        self.done == self.total
    }
}

/// The rows of a file while they are judged.
pub struct Batch {
    key: Secret,
    diversification: Diversification,
    options: Options,
    is_lrp: bool,
    rows: Vec<Row>,
    judged: Vec<Judged>,
    cards: BTreeMap<[u8; 7], Card>,
}

/// What is known of a card so far.
struct Card {
    key: Result<[u8; BLOCK], String>,
    seen: Counters,
}

impl Batch {
    /// The inputs of the page Transaction MAC that hold for all rows.
    pub const INPUTS: [&str; 6] = [
        "key",
        "mode",
        "aid",
        "diversify",
        "tmac-file",
        "only-authenticated",
    ];

    /// All rows with these [`INPUTS`](Self::INPUTS) of the page, by their names.
    pub fn new(texts: &Texts, rows: Vec<Row>) -> Result<Self, Vec<Slip>> {
        let inputs = shared(TMAC.fields, texts, &Self::INPUTS)?;
        let all = || {
            Ok((
                inputs.bytes("key")?,
                tmac_rule(&inputs)?,
                tmac_options(&inputs)?,
                inputs.text("mode")?,
            ))
        };
        let (key, diversification, options, mode) = all().map_err(|slip| vec![slip])?;
        Ok(Self {
            key: Secret::new(key),
            diversification,
            options,
            is_lrp: mode == "lrp",
            judged: Vec::with_capacity(rows.len()),
            rows,
            cards: BTreeMap::new(),
        })
    }

    /// Judges at most so many further rows.
    pub fn step(&mut self, most: usize) -> Progress {
        let from = self.judged.len();
        let until = self.rows.len().min(from.saturating_add(most));
        for index in from..until {
            let judged = self.judge(index);
            self.judged.extend(judged);
        }
        self.progress()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.judged.len(),
            total: self.rows.len(),
        }
    }

    /// Whether the keys are those of applications with LRP. How the two halves of their counter grow is not public: only
    /// what came twice is told of them.
    pub const fn is_lrp(&self) -> bool {
        self.is_lrp
    }

    /// The rows of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows judged so far, in the order of the file.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// The cards of the rows judged so far, with the gaps that are left; none in LRP, see [`Self::is_lrp`].
    pub fn cards(&self) -> Vec<CardReport> {
        let cards = self.cards.iter().filter_map(|(uid, card)| {
            Some(CardReport {
                uid: *uid,
                transactions: card.seen.len(),
                counters: card.seen.ends()?,
                gaps: card.seen.gaps().filter(|_| !self.is_lrp).collect(),
            })
        });
        cards.collect()
    }

    /// Whether a row judged so far, or a card, is wrong.
    pub fn is_wrong(&self) -> bool {
        self.judged.iter().any(Judged::is_wrong)
            || self.cards().iter().any(|card| !card.gaps.is_empty())
    }

    fn judge(&mut self, index: usize) -> Option<Judged> {
        let row = self.rows.get(index)?;
        let (transaction, suspicions) = match row.read(&self.options) {
            Ok(read) => read,
            Err(slips) => {
                return Some(Judged {
                    line: row.line,
                    card: None,
                    value: Value::Unreadable(slips),
                    order: Order::None,
                    reader: None,
                    suspicions: Vec::new(),
                });
            }
        };
        let card = match self.cards.entry(transaction.uid) {
            Entry::Occupied(card) => card.into_mut(),
            Entry::Vacant(place) => place.insert(Card {
                key: tmac_card_key(
                    &self.key,
                    &self.diversification,
                    &transaction.uid,
                    self.options.aid,
                ),
                seen: Counters::default(),
            }),
        };
        let order = card.seen.place(transaction.tmc, index, |before| {
            let before = self.rows.get(before)?;
            let same = before.read(&self.options).is_ok_and(|(before, _)| {
                before.tmi == transaction.tmi && before.tmv == transaction.tmv
            });
            Some((before.line, same))
        });
        let (value, reader) = match &card.key {
            Ok(key) => {
                let tmc = transaction.tmc.to_le_bytes();
                value(
                    &tmac_keys(key, tmc, &transaction.uid, self.is_lrp),
                    &transaction,
                )
            }
            Err(why) => (Value::NoKey(why.clone()), None),
        };
        Some(Judged {
            line: row.line,
            card: Some((transaction.uid, transaction.tmc)),
            value,
            order: self.told(order),
            reader,
            suspicions,
        })
    }

    /// What is told of a place, see [`Self::is_lrp`].
    const fn told(&self, order: Order) -> Order {
        if self.is_lrp && !order.is_replay() {
            Order::None
        } else {
            order
        }
    }
}

/// Keys are among the inputs: nothing of them is printed.
impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("rows", &self.rows.len())
            .field("judged", &self.judged.len())
            .finish_non_exhaustive()
    }
}

/// Reads those inputs of a page that hold for a whole file; what is wrong with the others does not matter.
fn shared(fields: &'static [Field], texts: &Texts, names: &[&str]) -> Result<Inputs, Vec<Slip>> {
    let (inputs, slips) = input::read(fields, texts);
    let own = |slip: &Slip| match &slip.place {
        Place::Field(name) => names.contains(&name.as_str()),
        Place::Step(_) => false,
    };
    let refused: Vec<Slip> = slips
        .into_iter()
        .filter(|slip| slip.weight == Weight::Refused && own(slip))
        .collect();
    if refused.is_empty() {
        Ok(inputs)
    } else {
        Err(refused)
    }
}

const ASSUMED: &str = "The TMV differs, and CommitReaderID was taken for one without a session: its answer after ->, \
                       or enc_tmri or tmri_prev expected";

fn value(keys: &TransactionKeys, transaction: &Transaction) -> (Value, Option<bool>) {
    let pending = transaction.pending.clone().zip(transaction.tmri_prev);
    let filled = pending.map(|(mut told, previous)| {
        told.stand_in(tmac::enc_tmri(keys, previous));
        told.tmi(0)
    });
    let expected = tmac::tmv(keys, filled.as_ref().unwrap_or(&transaction.tmi)).result;
    let value = if expected == transaction.tmv {
        Value::Fits
    } else if transaction.assumes_no_session {
        Value::Unreadable(vec![Slip::refused("operations", ASSUMED)])
    } else {
        Value::Differs(expected)
    };
    let both = transaction.enc_tmri.zip(transaction.tmri_prev);
    let reader =
        both.map(|(enciphered, previous)| tmac::open_enc_tmri(keys, enciphered) == previous);
    (value, reader)
}

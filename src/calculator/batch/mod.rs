//! Many transactions at once: the TMV of each, and of each card which are missing, came twice or do not fit each other.
//! [`urls`] does the same with URLs of tags.
//!
//! Rows are judged a slice at a time, so that a window stays alive and can stop. TMC grows by one with each transaction
//! of a card (DESFire reference §6.1): a number that never came is a gap, one that came twice a replay.

mod counters;
mod row;
#[cfg(test)]
mod tests;
pub mod urls;

pub use counters::Order;
pub use row::{COLUMNS, Row, Transaction};

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use self::counters::Counters;
use super::input::Slip;
use crate::card::Aid;
use crate::crypto::aes::BLOCK;
use crate::keyring::KeyEntry;
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
}

impl Judged {
    /// Whether something is wrong with the row itself.
    pub fn is_wrong(&self) -> bool {
        self.value != Value::Fits
            || matches!(self.order, Order::Duplicate(_) | Order::Conflict(_))
            || self.reader == Some(false)
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
#[derive(Debug)]
pub struct Batch {
    key: KeyEntry,
    aid: Option<Aid>,
    rows: Vec<Row>,
    judged: Vec<Judged>,
    cards: BTreeMap<[u8; 7], Card>,
}

/// What is known of a card so far.
#[derive(Debug)]
struct Card {
    key: Result<[u8; BLOCK], String>,
    seen: Counters,
}

impl Batch {
    /// All rows under one TransactionMAC key, diversified as the entry says, for the application `aid`.
    pub fn new(key: KeyEntry, aid: Option<Aid>, rows: Vec<Row>) -> Self {
        Self {
            key,
            aid,
            judged: Vec::with_capacity(rows.len()),
            rows,
            cards: BTreeMap::new(),
        }
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

    /// Judges all rows, and says how far it is every `slice` rows; stops when `go_on` says so, and gives whether it came
    /// to the end.
    pub fn run(&mut self, slice: usize, go_on: impl FnMut(Progress) -> bool) -> bool {
        drive(slice, |most| self.step(most), go_on)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.judged.len(),
            total: self.rows.len(),
        }
    }

    /// The rows judged so far, in the order of the file.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// The cards of the rows judged so far, with the gaps that are left.
    pub fn cards(&self) -> Vec<CardReport> {
        let cards = self.cards.iter().filter_map(|(uid, card)| {
            Some(CardReport {
                uid: *uid,
                transactions: card.seen.len(),
                counters: card.seen.ends()?,
                gaps: card.seen.gaps().collect(),
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
        let transaction = match &row.transaction {
            Ok(transaction) => transaction,
            Err(slips) => {
                return Some(Judged {
                    line: row.line,
                    card: None,
                    value: Value::Unreadable(slips.clone()),
                    order: Order::None,
                    reader: None,
                });
            }
        };
        let card = match self.cards.entry(transaction.uid) {
            Entry::Occupied(card) => card.into_mut(),
            Entry::Vacant(place) => place.insert(Card {
                key: key(&self.key, &transaction.uid, self.aid),
                seen: Counters::default(),
            }),
        };
        let order = order(&self.rows, card, index, transaction);
        let (value, reader) = match &card.key {
            Ok(key) => value(key, transaction),
            Err(why) => (Value::NoKey(why.clone()), None),
        };
        Some(Judged {
            line: row.line,
            card: Some((transaction.uid, transaction.tmc)),
            value,
            order,
            reader,
        })
    }
}

/// Steps until all is done, or until `go_on` says no.
fn drive(
    slice: usize,
    mut step: impl FnMut(usize) -> Progress,
    mut go_on: impl FnMut(Progress) -> bool,
) -> bool {
    loop {
        let progress = step(slice.max(1));
        if progress.is_done() {
            return true;
        }
        if !go_on(progress) {
            return false;
        }
    }
}

fn key(entry: &KeyEntry, uid: &[u8], aid: Option<Aid>) -> Result<[u8; BLOCK], String> {
    let key = entry.key_for(Some(uid), aid);
    let key = key.map_err(|error| error.to_string())?;
    key.aes128()
        .ok_or_else(|| "The key is not AES-128".to_owned())
}

const ASSUMED: &str = "The TMV differs, and CommitReaderID was taken for one without a session: its answer after ->, \
                       or enc_tmri or tmri_prev expected";

fn value(key: &[u8; BLOCK], transaction: &Transaction) -> (Value, Option<bool>) {
    let keys: TransactionKeys = tmac::session_keys(key, transaction.tmc, &transaction.uid).result;
    let pending = transaction.pending.clone().zip(transaction.tmri_prev);
    let filled = pending.map(|(mut told, previous)| {
        told.stand_in(tmac::enc_tmri(&keys, previous));
        told.tmi(0)
    });
    let expected = tmac::tmv(&keys, filled.as_ref().unwrap_or(&transaction.tmi)).result;
    let value = if expected == transaction.tmv {
        Value::Fits
    } else if transaction.assumes_no_session {
        Value::Unreadable(vec![Slip::refused("operations", ASSUMED)])
    } else {
        Value::Differs(expected)
    };
    let both = transaction.enc_tmri.zip(transaction.tmri_prev);
    let reader =
        both.map(|(enciphered, previous)| tmac::open_enc_tmri(&keys, enciphered) == previous);
    (value, reader)
}

fn order(rows: &[Row], card: &mut Card, index: usize, transaction: &Transaction) -> Order {
    card.seen.place(transaction.tmc, index, |before| {
        let before = rows.get(before)?;
        let same = before
            .transaction
            .as_ref()
            .is_ok_and(|before| before.tmi == transaction.tmi && before.tmv == transaction.tmv);
        Some((before.line, same))
    })
}

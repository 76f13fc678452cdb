//! Many transactions at once: the TMV of each, and of each card which are missing, came twice or do not fit each other.
//!
//! Rows are judged a slice at a time, so that a window stays alive and can stop. TMC grows by one with each transaction
//! of a card (DESFire reference §6.1): a number that never came is a gap, one that came twice a replay.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::input::{self, Slip, Texts};
use super::ledger::{self, Options};
use super::topic::{Field, Kind};
use crate::card::Aid;
use crate::crypto::aes::BLOCK;
use crate::keyring::KeyEntry;
use crate::tmac::{self, TransactionKeys};

/// What a row can say; TMI or operations have to be there.
pub const COLUMNS: &[Field] = &[
    Field::new("uid", "UID", Kind::Bytes(&[7]), "The real UID"),
    Field::new(
        "tmc",
        "TMC",
        Kind::Counter(4),
        "Counter as CommitTransaction returned it",
    ),
    Field::new("tmv", "TMV", Kind::Bytes(&[8]), "Value of the card"),
    Field::new("tmi", "TMI", Kind::Bytes(&[]), "The input").optional(),
    Field::new(
        "operations",
        "Operations",
        Kind::Lines,
        "Commands with their answers, separated by line ends or semicolons",
    )
    .optional(),
    Field::new(
        "tmri_prev",
        "TMRIPrev",
        Kind::Bytes(&[16]),
        "Previous reader identifier",
    )
    .optional(),
    Field::new(
        "enc_tmri",
        "EncTMRI",
        Kind::Bytes(&[16]),
        "Answer of CommitReaderID",
    )
    .optional(),
];

/// A transaction as its row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// UID of the card.
    pub uid: [u8; 7],
    /// Counter after the commit.
    pub tmc: u32,
    /// The card's value.
    pub tmv: [u8; 8],
    /// The input.
    tmi: Vec<u8>,
    tmri_prev: Option<[u8; BLOCK]>,
    enc_tmri: Option<[u8; BLOCK]>,
}

/// A row of the file, read or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line, from 1.
    pub line: u64,
    /// What it says, or what is wrong in which column.
    pub transaction: Result<Transaction, Vec<Slip>>,
}

impl Row {
    /// Reads the cells of a row by the names of [`COLUMNS`].
    pub fn read(line: u64, cells: &Texts) -> Self {
        let (inputs, slips) = input::read(COLUMNS, cells);
        let transaction = if slips
            .iter()
            .any(|slip| slip.weight == input::Weight::Refused)
        {
            Err(slips)
        } else {
            transaction(&inputs).map_err(|slip| vec![slip])
        };
        Self { line, transaction }
    }
}

fn transaction(inputs: &input::Inputs) -> Result<Transaction, Slip> {
    let enc_tmri = inputs.given_array("enc_tmri")?;
    let tmi = match (inputs.given("tmi"), inputs.given_text("operations")) {
        (Some(tmi), None) => tmi.to_vec(),
        (None, Some(operations)) => {
            let options = Options {
                enc_tmri,
                ..Options::default()
            };
            let told = ledger::follow(&operations.replace(';', "\n"), &options);
            let told = told.map_err(|error| Slip::refused("operations", error.to_string()))?;
            told.tmi(told.transactions.saturating_sub(1))
        }
        (Some(_), Some(_)) => {
            return Err(Slip::refused(
                "tmi",
                "TMI and operations, one of both expected",
            ));
        }
        (None, None) => {
            return Err(Slip::refused(
                "tmi",
                "Nothing given, TMI or operations expected",
            ));
        }
    };
    if tmi.is_empty() || !tmi.len().is_multiple_of(BLOCK) {
        let field = if inputs.given("tmi").is_some() {
            "tmi"
        } else {
            "operations"
        };
        let text = format!(
            "TMI of {} bytes, whole blocks of {BLOCK} expected",
            tmi.len()
        );
        return Err(Slip::refused(field, text));
    }
    Ok(Transaction {
        uid: inputs.array("uid")?,
        tmc: inputs.integer("tmc")?,
        tmv: inputs.array("tmv")?,
        tmi,
        tmri_prev: inputs.given_array("tmri_prev")?,
        enc_tmri,
    })
}

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
    /// The row can't be read: what is wrong in which column.
    Unreadable(Vec<Slip>),
}

/// Where a transaction stands among those of its card, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first of its card.
    First,
    /// One more than the highest before.
    Next,
    /// Higher, with others between that did not come so far; the first of those.
    Jump(u32),
    /// Lower than one before, but new.
    Late,
    /// The same as in this line, with the same TMI and TMV.
    Duplicate(u64),
    /// The counter of this line, with another TMI or TMV: one of them is no transaction of this card.
    Conflict(u64),
    /// Not known.
    None,
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
    /// Rows by their counter.
    seen: BTreeMap<u32, usize>,
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
    pub fn run(&mut self, slice: usize, mut go_on: impl FnMut(Progress) -> bool) -> bool {
        loop {
            let progress = self.step(slice.max(1));
            if progress.is_done() {
                return true;
            }
            if !go_on(progress) {
                return false;
            }
        }
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
            let (first, _) = card.seen.first_key_value()?;
            let (last, _) = card.seen.last_key_value()?;
            let pairs = card.seen.keys().zip(card.seen.keys().skip(1));
            let gaps = pairs.filter(|(one, next)| **next - **one > 1);
            Some(CardReport {
                uid: *uid,
                transactions: card.seen.len(),
                counters: (*first, *last),
                gaps: gaps.map(|(one, next)| (one + 1, next - 1)).collect(),
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
                seen: BTreeMap::new(),
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

fn key(entry: &KeyEntry, uid: &[u8], aid: Option<Aid>) -> Result<[u8; BLOCK], String> {
    let key = entry.key_for(Some(uid), aid);
    let key = key.map_err(|error| error.to_string())?;
    key.aes128()
        .ok_or_else(|| "The key is not AES-128".to_owned())
}

fn value(key: &[u8; BLOCK], transaction: &Transaction) -> (Value, Option<bool>) {
    let keys: TransactionKeys = tmac::session_keys(key, transaction.tmc, &transaction.uid).result;
    let expected = tmac::tmv(&keys, &transaction.tmi).result;
    let value = if expected == transaction.tmv {
        Value::Fits
    } else {
        Value::Differs(expected)
    };
    let both = transaction.enc_tmri.zip(transaction.tmri_prev);
    let reader =
        both.map(|(enciphered, previous)| tmac::open_enc_tmri(&keys, enciphered) == previous);
    (value, reader)
}

fn order(rows: &[Row], card: &mut Card, index: usize, transaction: &Transaction) -> Order {
    let tmc = transaction.tmc;
    let highest = card.seen.last_key_value().map(|(highest, _)| *highest);
    if let Some(before) = card.seen.get(&tmc).and_then(|before| rows.get(*before)) {
        let same = before
            .transaction
            .as_ref()
            .is_ok_and(|before| before.tmi == transaction.tmi && before.tmv == transaction.tmv);
        return if same {
            Order::Duplicate(before.line)
        } else {
            Order::Conflict(before.line)
        };
    }
    card.seen.insert(tmc, index);
    match highest {
        None => Order::First,
        Some(highest) if tmc < highest => Order::Late,
        Some(highest) if tmc - highest == 1 => Order::Next,
        Some(highest) => Order::Jump(highest + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::card::KeyType;
    use crate::crypto::Secret;
    use crate::keyring::{Diversification, Scope, Use};

    const KEY: [u8; 16] = *b"\x0F\x1E\x2D\x3C\x4B\x5A\x69\x78\x87\x96\xA5\xB4\xC3\xD2\xE1\xF0";

    fn entry() -> KeyEntry {
        KeyEntry {
            label: "TransactionMAC".into(),
            scope: Scope::Any,
            key_no: 0,
            key_set: 0,
            usage: Use::Tmac,
            file_no: None,
            key_type: KeyType::Aes128,
            version: 0,
            value: Secret::new(KEY),
            diversification: Diversification::None,
        }
    }

    fn row(line: u64, uid: u8, tmc: u32, amount: u8) -> Row {
        let uid = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, uid];
        let operations = format!("credit 3 {amount}; commit");
        let mut cells = Texts::from([
            ("uid".into(), hex::upper(uid)),
            ("tmc".into(), hex::upper(tmc.to_le_bytes())),
            ("operations".into(), operations),
            ("tmv".into(), "0000000000000000".into()),
        ]);
        let keys = tmac::session_keys(&KEY, tmc, &uid).result;
        let read = Row::read(line, &cells).transaction.unwrap();
        let tmv = tmac::tmv(&keys, &read.tmi).result;
        cells.insert("tmv".into(), hex::upper(tmv));
        Row::read(line, &cells)
    }

    fn judged(rows: Vec<Row>) -> Batch {
        let mut batch = Batch::new(entry(), None, rows);
        assert!(batch.run(1, |_| true));
        batch
    }

    #[test]
    fn order_gaps_and_replays_are_those_of_each_card() {
        let rows = vec![
            row(2, 1, 5, 10),
            row(3, 2, 1, 10),
            row(4, 1, 6, 10),
            row(5, 1, 9, 10),
            row(6, 1, 7, 10),
            row(7, 1, 6, 10),
            row(8, 1, 5, 99),
        ];
        let batch = judged(rows);
        let orders: Vec<Order> = batch.judged().iter().map(|row| row.order).collect();
        assert_eq!(
            orders,
            [
                Order::First,
                Order::First,
                Order::Next,
                Order::Jump(7),
                Order::Late,
                Order::Duplicate(4),
                Order::Conflict(2)
            ]
        );
        assert!(batch.judged().iter().all(|row| row.value == Value::Fits));
        let wrong: Vec<u64> = batch
            .judged()
            .iter()
            .filter(|row| row.is_wrong())
            .map(|row| row.line)
            .collect();
        assert_eq!(wrong, [7, 8]);
        let cards = batch.cards();
        assert_eq!(cards[0].gaps, [(8, 8)], "7 came late");
        assert_eq!((cards[0].transactions, cards[0].counters), (4, (5, 9)));
        assert_eq!(cards[1].gaps, []);
        assert!(batch.is_wrong());
    }

    #[test]
    fn a_wrong_value_and_a_row_that_cannot_be_read() {
        let mut other = row(3, 1, 6, 10);
        if let Ok(transaction) = &mut other.transaction {
            transaction.tmv[0] ^= 1;
        }
        let cells = Texts::from([
            ("uid".into(), "04A1".into()),
            ("tmc".into(), "7".into()),
            ("tmv".into(), "00".into()),
        ]);
        let batch = judged(vec![row(2, 1, 5, 10), other, Row::read(4, &cells)]);
        assert!(matches!(batch.judged()[1].value, Value::Differs(_)));
        let Value::Unreadable(slips) = &batch.judged()[2].value else {
            panic!("two cells are too short")
        };
        let names: Vec<&str> = slips.iter().map(|slip| slip.place.name()).collect();
        assert_eq!(names, ["uid", "tmv"]);
    }

    #[test]
    fn it_goes_in_slices_and_can_be_stopped() {
        let rows: Vec<Row> = (1..=10).map(|tmc| row(u64::from(tmc), 1, tmc, 1)).collect();
        let mut batch = Batch::new(entry(), None, rows);
        let mut told = Vec::new();
        let ended = batch.run(3, |progress| {
            told.push(progress.done);
            told.len() < 2
        });
        assert!(!ended);
        assert_eq!(told, [3, 6]);
        assert_eq!(batch.progress(), Progress { done: 6, total: 10 });
        assert!(batch.run(100, |_| false));
        assert!(!batch.is_wrong());
    }

    #[test]
    fn enc_tmri_has_to_hold_the_previous_reader() {
        let base = row(2, 1, 5, 10);
        let mut wrong = base.clone();
        let mut right = base;
        let previous = [0x3C; 16];
        for (row, reader) in [(&mut right, previous), (&mut wrong, [0x3D; 16])] {
            let transaction = row.transaction.as_mut().unwrap();
            let keys = tmac::session_keys(&KEY, transaction.tmc, &transaction.uid).result;
            transaction.enc_tmri = Some(tmac::enc_tmri(&keys, reader));
            transaction.tmri_prev = Some(previous);
        }
        assert_eq!(judged(vec![right]).judged()[0].reader, Some(true));
        assert!(judged(vec![wrong]).is_wrong());
    }
}

//! Order, gaps, replays and values of small batches.

use super::*;
use crate::bytes::hex;
use crate::calculator::Texts;
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

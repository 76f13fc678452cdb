//! What a batch came to, one object a line.

use serde::Serialize;

use crate::bytes::hex;
use crate::calculator::Slip;
use crate::calculator::batch::{Batch, CardReport, Judged, Order, Value};

#[derive(Serialize)]
struct RowLine<'a> {
    line: u64,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tmc: Option<u32>,
    /// `ok`, `bad`, `no_key` or `unreadable`.
    tmv: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// `first`, `next`, `jump`, `late`, `duplicate`, `conflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'static str>,
    /// Line of the other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reader: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    text: String,
}

#[derive(Serialize)]
struct CardLine {
    uid: String,
    transactions: usize,
    first: u32,
    last: u32,
    gaps: Vec<[u32; 2]>,
}

/// The line of a row.
pub fn row_json(row: &Judged) -> String {
    let (tmv, expected, mut problems) = match &row.value {
        Value::Fits => ("ok", None, Vec::new()),
        Value::Differs(expected) => ("bad", Some(hex::upper(expected)), Vec::new()),
        Value::NoKey(why) => {
            let text = why.clone();
            ("no_key", None, vec![Problem { column: None, text }])
        }
        Value::Unreadable(slips) => ("unreadable", None, slips.iter().map(problem).collect()),
    };
    problems.extend(row.suspicions.iter().map(problem));
    let (order, other) = match row.order {
        Order::First => (Some("first"), None),
        Order::Next => (Some("next"), None),
        Order::Jump(_) => (Some("jump"), None),
        Order::Late => (Some("late"), None),
        Order::Duplicate(line) => (Some("duplicate"), Some(line)),
        Order::Conflict(line) => (Some("conflict"), Some(line)),
        Order::None => (None, None),
    };
    let line = RowLine {
        line: row.line,
        ok: !row.is_wrong(),
        uid: row.card.map(|(uid, _)| hex::upper(uid)),
        tmc: row.card.map(|(_, tmc)| tmc),
        tmv,
        expected,
        order,
        other,
        reader: row.reader,
        problems,
    };
    // Strings, numbers and booleans only: this form always serialises.
    serde_json::to_string(&line).unwrap_or_default()
}

fn problem(slip: &Slip) -> Problem<'_> {
    Problem {
        column: Some(slip.place.name()),
        text: slip.sentence(),
    }
}

/// The line of a card.
pub fn card_json(card: &CardReport) -> String {
    let line = CardLine {
        uid: hex::upper(card.uid),
        transactions: card.transactions,
        first: card.counters.0,
        last: card.counters.1,
        gaps: card.gaps.iter().map(|gap| [gap.0, gap.1]).collect(),
    };
    serde_json::to_string(&line).unwrap_or_default()
}

/// Everything as lines: a row each, then a card each.
pub fn json(batch: &Batch) -> impl Iterator<Item = String> {
    let rows = batch.judged().iter().map(row_json);
    rows.chain(batch.cards().into_iter().map(|card| card_json(&card)))
}

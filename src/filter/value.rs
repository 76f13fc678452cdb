//! What a written value means for a name, and how it compares with what a row has.

use std::cmp::Ordering;

use regex::Regex;

use super::expr::Literal;
use super::name::{Column, Kind, Name};
use crate::bytes::hex;

/// What a row has for a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Got<'a> {
    /// A number, or a time in microseconds.
    Number(f64),
    /// What is printed in hexadecimal.
    Code(u64),
    /// A status: the whole, and its last byte where that says it all.
    Status(u16, Option<u8>),
    /// Text or a word.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// There, without a value.
    There,
}

/// A written value, read for a name.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Number(f64),
    Code {
        value: u64,
        /// Of a status: only its last byte.
        short: bool,
    },
    Text {
        text: String,
        number: Option<f64>,
    },
    Bytes(Vec<u8>),
}

/// A question with its values read.
#[derive(Clone, Debug)]
pub(super) enum Check {
    Present,
    Among(Vec<Operand>),
    Unequal(Operand),
    Ordered(fn(Ordering) -> bool, Operand),
    Contains(Operand),
    Matches(Regex),
}

impl Check {
    /// Whether one thing that the row has answers the question; of [`Check::Unequal`], whether it is equal.
    pub(super) fn holds(&self, got: Got<'_>) -> bool {
        match self {
            Self::Present => true,
            Self::Among(operands) => operands.iter().any(|own| is_equal(got, own)),
            Self::Unequal(operand) => is_equal(got, operand),
            Self::Ordered(wanted, operand) => compare(got, operand).is_some_and(wanted),
            Self::Contains(operand) => contains(got, operand),
            Self::Matches(pattern) => matches!(got, Got::Text(text) if pattern.is_match(text)),
        }
    }
}

/// Reads a value for a name; the error says what is expected.
pub(super) fn operand(name: &Name, literal: &Literal) -> Result<Operand, String> {
    let text = literal.text.as_str();
    match name.kind() {
        Kind::Decimal => number(text)
            .map(Operand::Number)
            .ok_or_else(|| format!("{name} is a number, {literal} is none")),
        Kind::Duration => duration(text)
            .map(Operand::Number)
            .ok_or_else(|| format!("{name} is a time such as 2.5, 300us or 1s, {literal} is none")),
        Kind::Hex => code(name, text)
            .ok_or_else(|| format!("{name} is written in hexadecimal digits, {literal} is not")),
        Kind::Word(words) => {
            let same = |word: &&&str| word.eq_ignore_ascii_case(text);
            let word = words.iter().find(same).copied().or_else(|| synonym(text));
            let word = word.filter(|word| words.contains(word));
            let plain = |word: &str| Operand::Text {
                text: word.to_owned(),
                number: None,
            };
            word.map(plain)
                .ok_or_else(|| format!("{name} is one of {}, not {literal}", words.join(", ")))
        }
        Kind::Bytes => bytes(literal).map(Operand::Bytes).ok_or_else(|| {
            format!("{name} needs bytes in hexadecimal or text in quotes, not {literal}")
        }),
        Kind::Text | Kind::Any => Ok(Operand::Text {
            text: text.to_owned(),
            number: number(text).filter(|_| !literal.quoted),
        }),
        Kind::Flag => Err(format!("{name} has no value; write it alone")),
    }
}

/// What the columns print for a word of the filter.
fn synonym(printed: &str) -> Option<&'static str> {
    const PRINTED: [(&str, &str); 3] = [
        ("decrypted, not verified", "unverified"),
        ("refused by card", "refused"),
        ("phone", "forwarder"),
    ];
    let same = |(own, _): &&(&str, &str)| own.eq_ignore_ascii_case(printed);
    PRINTED.iter().find(same).map(|(_, word)| *word)
}

fn number(text: &str) -> Option<f64> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => u32::from_str_radix(digits, 16).ok().map(f64::from),
        // `inf` and `nan` are words to people.
        None if text.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
            text.parse().ok()
        }
        None => None,
    }
}

/// Microseconds.
fn duration(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 3] = [("us", 1.0), ("ms", 1e3), ("s", 1e6)];
    let unit = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (digits, factor) = unit.unwrap_or((text, 1e3));
    number(digits).map(|value| value * factor)
}

fn code(name: &Name, text: &str) -> Option<Operand> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let value = u64::from_str_radix(digits, 16).ok()?;
    let short = *name == Name::Column(Column::Status) && digits.len() <= 2;
    Some(Operand::Code { value, short })
}

fn bytes(literal: &Literal) -> Option<Vec<u8>> {
    let digits = literal.text.strip_prefix("0x").unwrap_or(&literal.text);
    let read = hex::parse(digits).ok().filter(|bytes| !bytes.is_empty());
    let spelt = || literal.text.clone().into_bytes();
    read.or_else(|| (literal.quoted && !literal.text.is_empty()).then(spelt))
}

fn is_equal(got: Got<'_>, operand: &Operand) -> bool {
    if compare(got, operand) == Some(Ordering::Equal) {
        return true;
    }
    // A field prints its value first and what it means behind: `9100 operation ok`.
    match (got, operand) {
        (Got::Text(text), Operand::Text { text: own, .. }) => text
            .split_once(' ')
            .is_some_and(|(first, _)| first.eq_ignore_ascii_case(own)),
        _ => false,
    }
}

fn compare(got: Got<'_>, operand: &Operand) -> Option<Ordering> {
    match (got, operand) {
        (Got::Number(got), Operand::Number(own)) => got.partial_cmp(own),
        (Got::Number(got), Operand::Text { number, .. }) => got.partial_cmp(number.as_ref()?),
        (Got::Code(got), Operand::Code { value, .. }) => Some(got.cmp(value)),
        (Got::Status(_, code), Operand::Code { value, short: true }) => {
            Some(u64::from(code?).cmp(value))
        }
        (Got::Status(word, _), Operand::Code { value, .. }) => Some(u64::from(word).cmp(value)),
        (Got::Text(got), Operand::Text { text, number: own }) => {
            let numbers = own.and_then(|own| number(got)?.partial_cmp(&own));
            numbers.or_else(|| Some(order(got, text)))
        }
        (Got::Bytes(got), Operand::Bytes(own)) => Some(got.cmp(own.as_slice())),
        _ => None,
    }
}

/// The order of texts without regard to case.
fn order(got: &str, own: &str) -> Ordering {
    let (got, own) = (got.chars(), own.chars());
    let lower = |letter: char| letter.to_ascii_lowercase();
    got.map(lower).cmp(own.map(lower))
}

fn contains(got: Got<'_>, operand: &Operand) -> bool {
    match (got, operand) {
        (Got::Text(text), Operand::Text { text: own, .. }) => has_text(text, own),
        (Got::Bytes(bytes), Operand::Bytes(own)) => bytes
            .windows(own.len().max(1))
            .any(|window| window == own.as_slice()),
        _ => false,
    }
}

fn has_text(text: &str, own: &str) -> bool {
    let (text, own) = (text.as_bytes(), own.as_bytes());
    own.is_empty()
        || text
            .windows(own.len())
            .any(|window| window.eq_ignore_ascii_case(own))
}

/// Why a relation does not go with a kind of values; `None` when it does.
pub(super) fn refusal(name: &Name, relation: &str) -> Option<String> {
    let kind = name.kind();
    let (fits, wanted) = match relation {
        "contains" => (
            matches!(kind, Kind::Text | Kind::Any | Kind::Word(_) | Kind::Bytes),
            "text or bytes",
        ),
        "matches" => (
            matches!(kind, Kind::Text | Kind::Any | Kind::Word(_)),
            "text",
        ),
        "<" | "<=" | ">" | ">=" => (
            matches!(kind, Kind::Decimal | Kind::Duration | Kind::Hex | Kind::Any),
            "numbers",
        ),
        _ => (kind != Kind::Flag, "values"),
    };
    let own = match kind {
        Kind::Decimal | Kind::Hex => "a number",
        Kind::Duration => "a time",
        Kind::Word(_) => "a word",
        Kind::Text | Kind::Any => "text",
        Kind::Bytes => "bytes",
        Kind::Flag => "there or not",
    };
    (!fits).then(|| format!("`{relation}` goes with {wanted}, {name} is {own}"))
}

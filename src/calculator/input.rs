//! From what people type to what a topic computes with, and what is wrong with it.

use std::collections::BTreeMap;

use super::topic::{Choice, Field, Kind, Need};
use crate::bytes::hex::{self, HexError};

/// Typed texts by the names of the inputs.
pub type Texts = BTreeMap<String, String>;

/// How bad a slip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Nothing can be computed with it.
    Refused,
    /// It is computed with, but looks like a mistake.
    Suspicious,
}

/// Where a slip is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an input.
    Field(String),
    /// In the bytes that stand in for a step, by the step's key.
    Step(String),
}

impl Place {
    /// Name of the input, or key of the step.
    pub fn name(&self) -> &str {
        match self {
            Self::Field(name) | Self::Step(name) => name,
        }
    }
}

/// What is wrong with an input: what was expected, what was there, and what it probably should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Where it is.
    pub place: Place,
    /// How bad it is.
    pub weight: Weight,
    /// Expected and got, one sentence without a full stop.
    pub text: String,
    /// The likely mistake and what to do.
    pub hint: Option<String>,
}

impl Slip {
    /// An input with which nothing can be computed.
    pub fn refused(field: &str, text: impl Into<String>) -> Self {
        Self {
            place: Place::Field(field.to_owned()),
            weight: Weight::Refused,
            text: text.into(),
            hint: None,
        }
    }

    /// An input that looks like a mistake.
    pub fn suspicious(field: &str, text: impl Into<String>) -> Self {
        Self {
            weight: Weight::Suspicious,
            ..Self::refused(field, text)
        }
    }

    /// Names the likely mistake.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The sentence with its hint.
    pub fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}. {hint}", self.text),
            None => self.text.clone(),
        }
    }
}

/// The inputs of a topic as values.
#[derive(Clone, Debug, Default)]
pub struct Inputs(BTreeMap<&'static str, Value>);

#[derive(Clone, Debug)]
enum Value {
    Bytes(Vec<u8>),
    Number(u64),
    Text(String),
    Flag,
}

impl Inputs {
    /// Bytes of an input that has to be given.
    pub fn bytes(&self, field: &str) -> Result<&[u8], Slip> {
        self.given(field).ok_or_else(|| missing(field))
    }

    /// Bytes of an input, when it was given.
    pub fn given(&self, field: &str) -> Option<&[u8]> {
        match self.0.get(field) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Bytes of one length.
    pub fn array<const N: usize>(&self, field: &str) -> Result<[u8; N], Slip> {
        let bytes = self.bytes(field)?;
        <[u8; N]>::try_from(bytes).map_err(|_| wrong_length(field, bytes, &[N]))
    }

    /// Bytes of one length, when they were given.
    pub fn given_array<const N: usize>(&self, field: &str) -> Result<Option<[u8; N]>, Slip> {
        self.given(field).map(|_| self.array(field)).transpose()
    }

    /// A number that has to be given.
    pub fn number(&self, field: &str) -> Result<u64, Slip> {
        self.given_number(field).ok_or_else(|| missing(field))
    }

    /// A number, when it was given.
    pub fn given_number(&self, field: &str) -> Option<u64> {
        match self.0.get(field) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A number in the type that holds it; the field's largest value has to fit.
    pub fn integer<T: TryFrom<u64>>(&self, field: &str) -> Result<T, Slip> {
        let number = self.number(field)?;
        T::try_from(number).map_err(|_| Slip::refused(field, format!("{number} is too large")))
    }

    /// Text, or the value of a choice, that has to be given.
    pub fn text(&self, field: &str) -> Result<&str, Slip> {
        self.given_text(field).ok_or_else(|| missing(field))
    }

    /// Text, or the value of a choice, when it was given.
    pub fn given_text(&self, field: &str) -> Option<&str> {
        match self.0.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether a flag is set.
    pub fn flag(&self, field: &str) -> bool {
        matches!(self.0.get(field), Some(Value::Flag))
    }
}

/// Reads all inputs that count; gives what is wrong with each, not only with the first.
pub(super) fn read(fields: &'static [Field], texts: &Texts) -> (Inputs, Vec<Slip>) {
    let mut inputs = Inputs::default();
    let mut slips = Vec::new();
    for field in fields.iter().filter(|field| field.counts(fields, texts)) {
        match (field.text(texts), field.need) {
            (Some(text), _) => match value(field, text, &mut slips) {
                Ok(Some(value)) => drop(inputs.0.insert(field.name, value)),
                Ok(None) => {}
                Err(slip) => slips.push(slip),
            },
            (None, Need::Always) if !matches!(field.kind, Kind::Flag) => {
                slips.push(missing(field.name));
            }
            (None, _) => {}
        }
    }
    (inputs, slips)
}

fn missing(field: &str) -> Slip {
    Slip::refused(field, "Nothing given, a value expected")
}

fn value(field: &Field, text: &str, slips: &mut Vec<Slip>) -> Result<Option<Value>, Slip> {
    let name = field.name;
    match field.kind {
        Kind::Bytes(lengths) => bytes(name, text, lengths).map(|bytes| Some(Value::Bytes(bytes))),
        Kind::Number(max) => number(name, text, max).map(|number| Some(Value::Number(number))),
        Kind::Counter(len) => {
            let number = counter(name, text, len, slips)?;
            Ok(Some(Value::Number(number)))
        }
        Kind::Choice(choices) => choice(name, text, choices).map(Some),
        Kind::Flag => match text {
            "true" => Ok(Some(Value::Flag)),
            "false" => Ok(None),
            other => Err(Slip::refused(
                name,
                format!("{other:?}, true or false expected"),
            )),
        },
        Kind::Text | Kind::Lines => Ok(Some(Value::Text(text.to_owned()))),
    }
}

fn bytes(field: &str, text: &str, lengths: &[usize]) -> Result<Vec<u8>, Slip> {
    let bytes = hex::pasted(text).map_err(|error| not_hex(field, text, &error))?;
    if lengths.is_empty() || lengths.contains(&bytes.len()) {
        Ok(bytes)
    } else {
        Err(wrong_length(field, &bytes, lengths))
    }
}

fn not_hex(field: &str, text: &str, error: &HexError) -> Slip {
    let slip = Slip::refused(field, capital(&error.to_string()));
    match error {
        HexError::Odd { .. } => slip.hint("A digit was lost or doubled where it was copied"),
        HexError::Character {
            found: 'O' | 'o', ..
        } => slip.hint("A letter O stands where a zero belongs"),
        HexError::Character {
            found: 'l' | 'I', ..
        } => slip.hint("A letter stands where a one belongs"),
        HexError::Character { .. } if text.starts_with("http") => slip.hint("This is a URL"),
        HexError::Character { .. } if looks_like_base64(text) => {
            slip.hint("This looks like base64")
        }
        HexError::Character { .. } | HexError::Length { .. } => slip,
    }
}

fn looks_like_base64(text: &str) -> bool {
    text.len() >= 8
        && text.len().is_multiple_of(4)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

fn wrong_length(field: &str, bytes: &[u8], lengths: &[usize]) -> Slip {
    let got = bytes.len();
    let text = format!(
        "{got} {}, {} expected",
        plural(got, "byte"),
        or_list(lengths)
    );
    let slip = Slip::refused(field, text);
    // Digits of text that was turned into hexadecimal once too often.
    let twice = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| hex::parse(text).ok());
    match twice {
        // Without the digits: they may be a key.
        Some(inner) if lengths.contains(&inner.len()) => slip.hint(format!(
            "Read as ASCII these are the digits of {} bytes, which fits",
            inner.len()
        )),
        _ => slip,
    }
}

fn or_list(lengths: &[usize]) -> String {
    let words: Vec<String> = lengths.iter().map(usize::to_string).collect();
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.join(""),
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn number(field: &str, text: &str, max: u64) -> Result<u64, Slip> {
    let digits: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let read = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    match read {
        Ok(number) if number <= max => Ok(number),
        Ok(number) => Err(Slip::refused(
            field,
            format!("{number}, 0 to {max} expected"),
        )),
        Err(_) => {
            let slip = Slip::refused(field, format!("{text:?}, a number of 0 to {max} expected"));
            Err(match u64::from_str_radix(&digits, 16) {
                Ok(_) => slip.hint("Hexadecimal numbers begin with 0x"),
                Err(_) => slip,
            })
        }
    }
}

fn counter(field: &str, text: &str, len: usize, slips: &mut Vec<Slip>) -> Result<u64, Slip> {
    let max = u64::MAX >> (64 - 8 * len.clamp(1, 8));
    let bytes = match hex::pasted(text) {
        Ok(bytes) if bytes.len() == len && !text.contains("0x") => bytes,
        _ => return number(field, text, max),
    };
    let (wire, other) = (
        little(&bytes),
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    );
    let read = format!("Read as bytes, least significant first: {wire}");
    let suspicious = |hint: String| Slip::suspicious(field, read.clone()).hint(hint);
    let decimal = text.parse::<u64>().ok().filter(|_| !text.starts_with('0'));
    if let Some(decimal) = decimal {
        slips.push(suspicious(format!(
            "The number {decimal} is written 0x{decimal:X}"
        )));
    } else if other < wire && wire >= 1 << (4 * len) {
        // A counter starts at zero and grows by one: the smaller reading is nearly always the meant one.
        let swapped: Vec<u8> = bytes.iter().rev().copied().collect();
        let swapped = hex::upper(swapped);
        slips.push(suspicious(format!(
            "If {other} is meant, the bytes are {swapped}"
        )));
    }
    Ok(wire)
}

fn little(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn choice(field: &str, text: &str, choices: &[Choice]) -> Result<Value, Slip> {
    if choices.iter().any(|choice| choice.value == text) {
        return Ok(Value::Text(text.to_owned()));
    }
    let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
    let slip = Slip::refused(
        field,
        format!("{text:?}, one of {} expected", values.join(", ")),
    );
    Err(
        match choices
            .iter()
            .find(|choice| choice.value.eq_ignore_ascii_case(text))
        {
            Some(near) => slip.hint(format!("It is written {}", near.value)),
            None => slip,
        },
    )
}

//! Names the known mistakes that turn a computed value into the one that the user has.
//!
//! Nothing here is about one topic. The table is computed again with an input or an earlier step as somebody would have it
//! who made one of the mistakes of the DESFire reference §9 (bytes in the other order, a counter before the commit, a
//! zero key or IV, random numbers swapped, one session vector for the other), and with two of them at once. What gives
//! the user's bytes is an explanation.

use std::collections::BTreeMap;

use super::input::Texts;
use super::sheet::{Content, Overrides, Sheet};
use super::topic::{Field, Kind, Topic};
use crate::bytes::hex;

/// Mistakes that give the user's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The mistakes, each a sentence without a full stop; the first one is enough when there is one only.
    pub mistakes: Vec<String>,
    /// Whether at least 32 bits speak for it; less is chance too often.
    pub certain: bool,
}

impl Explanation {
    /// The mistakes in one line; what less than 32 bits speak for is called possible.
    pub fn sentence(&self) -> String {
        let word = if self.certain { "" } else { "Possible: " };
        format!("{word}{}", self.mistakes.join("; "))
    }
}

/// Everything that gives `mine` at the line of `key`, single mistakes first; nothing when nothing known does, or when the
/// value is right.
pub fn explain(
    topic: &Topic,
    texts: &Texts,
    changed: &Overrides,
    key: &str,
    mine: &[u8],
) -> Vec<Explanation> {
    let outcome = topic.run(texts, changed);
    let Some(right) = outcome.sheet.bytes(key) else {
        return Vec::new();
    };
    if right == mine || mine.is_empty() {
        return Vec::new();
    }
    let certain = mine.len() >= ENOUGH;
    let variants = variants(topic, texts, &outcome.sheet, key);
    let mut found: Vec<Vec<String>> = taken_wrongly(&outcome.sheet, key, mine)
        .into_iter()
        .map(|mistake| vec![mistake])
        .collect();
    found.extend(variants.iter().filter_map(|variant| {
        let sheet = variant.run(topic, texts, changed);
        fits(&sheet, key, mine, &variant.mistake)
    }));
    // Fewer bits would fit some pair or other, and a value that is being typed would be searched for at each key.
    if found.is_empty() && certain {
        found = two_at_once(topic, texts, changed, key, mine, &variants);
    }
    // The fewest mistakes: whatever else is changed, the value taken wrongly is still taken wrongly.
    let mut seen = Vec::new();
    found.retain(|mistakes| {
        // An input and the step that shows it are changed alike.
        let is_new = !seen.contains(mistakes);
        seen.push(mistakes.clone());
        is_new
    });
    let fewest = found.iter().map(Vec::len).min().unwrap_or_default();
    found.retain(|mistakes| mistakes.len() == fewest);
    found
        .into_iter()
        .map(|mistakes| Explanation { mistakes, certain })
        .collect()
}

/// Bytes that speak for an explanation: 32 bits.
const ENOUGH: usize = 4;

/// Pairs tried at most; a page with many inputs has more, and somebody waits.
const PAIRS: usize = 4_000;

/// One mistake: what stands in for inputs and steps.
struct Variant {
    mistake: String,
    texts: Texts,
    steps: Overrides,
}

impl Variant {
    fn of_input(mistake: String, field: &Field, text: String) -> Self {
        Self {
            mistake,
            texts: BTreeMap::from([(field.name.to_owned(), text)]),
            steps: Overrides::new(),
        }
    }

    fn of_step(mistake: String, key: &str, bytes: Vec<u8>) -> Self {
        Self {
            mistake,
            texts: Texts::new(),
            steps: Overrides::from([(key.to_owned(), bytes)]),
        }
    }

    fn touches(&self, other: &Self) -> bool {
        self.texts.keys().any(|key| other.texts.contains_key(key))
            || self.steps.keys().any(|key| other.steps.contains_key(key))
    }

    fn run(&self, topic: &Topic, texts: &Texts, changed: &Overrides) -> Sheet {
        let mut texts = texts.clone();
        texts.extend(self.texts.clone());
        let mut changed = changed.clone();
        changed.extend(self.steps.clone());
        topic.run(&texts, &changed).sheet
    }
}

fn two_at_once(
    topic: &Topic,
    texts: &Texts,
    changed: &Overrides,
    key: &str,
    mine: &[u8],
    variants: &[Variant],
) -> Vec<Vec<String>> {
    let pairs = variants.iter().enumerate().flat_map(|(at, first)| {
        let others = variants.iter().skip(at + 1);
        others.map(move |second| (first, second))
    });
    pairs
        .filter(|(first, second)| !first.touches(second))
        .take(PAIRS)
        .filter_map(|(first, second)| {
            let mut both = texts.clone();
            both.extend(first.texts.clone());
            let mut steps = changed.clone();
            steps.extend(first.steps.clone());
            let mistakes = fits(
                &second.run(topic, &both, &steps),
                key,
                mine,
                &second.mistake,
            )?;
            Some([vec![first.mistake.clone()], mistakes].concat())
        })
        .collect()
}

/// The mistakes, when a table has the user's value in the line of `key`, or has it there taken wrongly.
fn fits(sheet: &Sheet, key: &str, mine: &[u8], mistake: &str) -> Option<Vec<String>> {
    let bytes = sheet.bytes(key)?;
    if bytes == mine {
        return Some(vec![mistake.to_owned()]);
    }
    let taken = taken_wrongly(sheet, key, mine).into_iter().next()?;
    Some(vec![mistake.to_owned(), taken])
}

/// What is right but was taken in the wrong order, in the wrong part, or from another line.
fn taken_wrongly(sheet: &Sheet, key: &str, mine: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let Some(right) = sheet.bytes(key) else {
        return found;
    };
    if right.len() > 1 && reversed(right) == mine {
        found.push(format!("The bytes of {key} stand in the other order"));
    }
    for line in sheet.lines() {
        let Some(bytes) = line.bytes() else { continue };
        if line.key != key && bytes == mine && mine.len() > 1 {
            found.push(format!("This is {}, not {key}", line.label));
        }
        if bytes.len() == 2 * mine.len() && mine.len() >= ENOUGH {
            let parts = [
                (every_other(bytes, 0), "These are the even bytes (0, 2, …)"),
                (every_other(bytes, 1), "These are the odd bytes (1, 3, …)"),
                (
                    bytes.iter().copied().take(mine.len()).collect(),
                    "This is the first half",
                ),
                (
                    bytes.iter().copied().skip(mine.len()).collect(),
                    "This is the second half",
                ),
            ];
            for (part, name) in parts {
                if part == mine && part != right {
                    found.push(format!("{name} of {}", line.label));
                }
            }
        }
    }
    found
}

fn every_other(bytes: &[u8], from: usize) -> Vec<u8> {
    bytes.iter().copied().skip(from).step_by(2).collect()
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// Every mistake that could have been made before the line of `key`.
fn variants(topic: &Topic, texts: &Texts, sheet: &Sheet, key: &str) -> Vec<Variant> {
    let counting = || {
        topic
            .fields
            .iter()
            .filter(|field| field.counts(topic.fields, texts))
    };
    let mut variants: Vec<Variant> = counting()
        .filter_map(|field| Some((field, field.text(texts)?)))
        .flat_map(|(field, text)| of_field(field, text))
        .collect();
    variants.extend(swapped(counting().collect(), texts));
    let before = sheet.lines().iter().take_while(|line| line.key != key);
    let before: Vec<(&str, &[u8])> = before
        .filter(|line| matches!(line.content, Content::Bytes { .. }))
        .filter_map(|line| Some((line.key.as_str(), line.bytes()?)))
        .collect();
    let given: Vec<(&str, Vec<u8>)> = counting()
        .filter(|field| matches!(field.kind, Kind::Bytes(_)))
        .filter_map(|field| Some((field.label, hex::pasted(field.text(texts)?).ok()?)))
        .collect();
    for (at, (step, bytes)) in before.iter().enumerate() {
        variants.extend(of_step(step, bytes));
        if step.contains("input") {
            let steps = before.iter().take(at).map(|(name, part)| (*name, *part));
            let inputs = given.iter().map(|(name, part)| (*name, &part[..]));
            variants.extend(
                steps
                    .chain(inputs)
                    .flat_map(|part| of_parts(step, bytes, part)),
            );
        }
        // Also one from further below: the other session key has its line after the right one.
        let same_length = before
            .iter()
            .filter(|(other, taken)| other != step && taken.len() == bytes.len());
        for (other, taken) in same_length.filter(|(_, taken)| taken != bytes) {
            variants.push(Variant::of_step(
                format!("{other} was taken for {step}"),
                step,
                taken.to_vec(),
            ));
        }
    }
    variants
}

fn of_field(field: &Field, text: &str) -> Vec<Variant> {
    let label = field.label;
    match &field.kind {
        Kind::Bytes(_) => {
            let Ok(bytes) = hex::pasted(text) else {
                return Vec::new();
            };
            of_bytes(label, &bytes)
                .map(|(mistake, bytes)| Variant::of_input(mistake, field, hex::upper(bytes)))
                .collect()
        }
        Kind::Number(_) | Kind::Counter(_) => of_number(field, text),
        Kind::Choice(choices) => choices
            .iter()
            .filter(|choice| choice.value != text)
            .map(|choice| {
                let mistake = format!("{label} is taken as {}", choice.title);
                Variant::of_input(mistake, field, choice.value.to_owned())
            })
            .collect(),
        Kind::Flag => {
            let (other, word) = if text == "true" {
                ("false", "not set")
            } else {
                ("true", "set")
            };
            vec![Variant::of_input(
                format!("{label} is {word}"),
                field,
                other.to_owned(),
            )]
        }
        Kind::Text | Kind::Lines => Vec::new(),
    }
}

fn of_step(key: &str, bytes: &[u8]) -> Vec<Variant> {
    // A step of one length refuses to be left out, and nothing follows.
    let left_out = (format!("{key} is left out"), Vec::new());
    of_bytes(key, bytes)
        .chain(beside_counter(key, bytes))
        .chain([left_out])
        .map(|(mistake, bytes)| Variant::of_step(mistake, key, bytes))
        .collect()
}

/// What a checksum or a MAC is over, without one of its parts and with that part alone.
fn of_parts(step: &str, bytes: &[u8], (name, part): (&str, &[u8])) -> Vec<Variant> {
    let places = bytes.windows(part.len().max(1));
    let Some(at) = places.into_iter().position(|place| place == part) else {
        return Vec::new();
    };
    if part.len() == bytes.len() {
        return Vec::new();
    }
    let (before, rest) = bytes.split_at(at);
    let without = [before, rest.get(part.len()..).unwrap_or_default()].concat();
    vec![
        Variant::of_step(format!("{name} is missing in {step}"), step, without),
        Variant::of_step(format!("Only {name} stands in {step}"), step, part.to_vec()),
    ]
}

/// Steps that hold a counter, least significant byte first.
const COUNTERS: [&str; 3] = ["TMC", "CmdCtr", "SDMReadCtr"];

/// A counter before and after, which is which end's question.
fn beside_counter(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    if !COUNTERS.contains(&name) {
        return Vec::new();
    }
    let mut wide = [0; 8];
    for (wide, byte) in wide.iter_mut().zip(bytes) {
        *wide = *byte;
    }
    let counter = u64::from_le_bytes(wide);
    let put = |counter: u64| {
        let bytes = counter.to_le_bytes().into_iter().take(bytes.len());
        bytes.collect::<Vec<u8>>()
    };
    vec![
        (
            format!("{name} is one too high"),
            put(counter.wrapping_add(1)),
        ),
        (
            format!("{name} is one too low"),
            put(counter.wrapping_sub(1)),
        ),
    ]
}

fn of_bytes<'a>(name: &'a str, bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + 'a {
    let mut all = vec![
        (
            format!("{name} stands in the other byte order"),
            reversed(bytes),
        ),
        (format!("{name} is all zero"), vec![0; bytes.len()]),
    ];
    // Handshakes rotate random numbers; whoever leaves that out, or does it twice, has them so.
    if let (true, [first, middle @ .., last]) = (name.starts_with("Rnd"), bytes) {
        let left = [middle, &[*last, *first]].concat();
        let right = [&[*last, *first], middle].concat();
        all.push((format!("{name} is rotated left by a byte"), left));
        all.push((format!("{name} is rotated right by a byte"), right));
    }
    let own = bytes.to_vec();
    all.into_iter().filter(move |(_, other)| *other != own)
}

fn of_number(field: &Field, text: &str) -> Vec<Variant> {
    let digits = match (&field.kind, hex::pasted(text)) {
        (Kind::Counter(len), Ok(bytes)) if bytes.len() == *len && !text.contains("0x") => {
            let little = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            bytes.iter().rev().fold(0, little).to_string()
        }
        _ => text.to_owned(),
    };
    let Ok(number) = digits.parse::<u64>() else {
        return Vec::new();
    };
    let label = field.label;
    let mut values = vec![(format!("{label} is one too high"), number.saturating_add(1))];
    if number > 0 {
        values.push((format!("{label} is one too low"), number - 1));
        values.push((format!("{label} is zero"), 0));
    }
    if let Kind::Counter(len) = field.kind {
        let swapped = number.swap_bytes() >> (64 - 8 * len.clamp(1, 8));
        if swapped != number {
            values.push((format!("{label} stands in the other byte order"), swapped));
        }
    }
    values
        .into_iter()
        .map(|(mistake, value)| Variant::of_input(mistake, field, value.to_string()))
        .collect()
}

/// Two inputs of one length, one taken for the other.
fn swapped(fields: Vec<&Field>, texts: &Texts) -> Vec<Variant> {
    let given: Vec<(&Field, &str, usize)> = fields
        .into_iter()
        .filter(|field| matches!(field.kind, Kind::Bytes(_)))
        .filter_map(|field| {
            let text = field.text(texts)?;
            Some((field, text, hex::pasted(text).ok()?.len()))
        })
        .collect();
    let mut variants = Vec::new();
    for (at, (first, first_text, len)) in given.iter().enumerate() {
        for (second, second_text, other) in given.iter().skip(at + 1) {
            if len == other && first_text != second_text {
                variants.push(Variant {
                    mistake: format!("{} and {} are swapped", first.label, second.label),
                    texts: BTreeMap::from([
                        (first.name.to_owned(), (*second_text).to_owned()),
                        (second.name.to_owned(), (*first_text).to_owned()),
                    ]),
                    steps: Overrides::new(),
                });
            }
        }
    }
    variants
}

//! What can be written at the cursor.

use std::ops::Range;

use super::lexer::{self, Token};
use super::name::{Kind, Name};
use super::parse::{self, Awaited};

/// What the trace offers beyond the columns.
pub trait Vocabulary {
    /// Paths of the field tree that are worth offering, such as `command.FileNo`.
    fn paths(&self) -> Vec<String>;
    /// Values that the trace has for a name, such as key labels.
    fn values(&self, name: &Name) -> Vec<String>;
}

/// Something that can stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is written.
    pub text: String,
    /// What it means; empty for a value that speaks for itself.
    pub help: String,
}

/// All that can stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the text that a choice takes the place of.
    pub replaces: Range<usize>,
    /// The choices that go with what is typed, the likelier first.
    pub choices: Vec<Choice>,
}

impl Completion {
    /// The text with a choice written into it, and the cursor behind.
    pub fn take(&self, text: &str, choice: &Choice) -> (String, usize) {
        let before = text.get(..self.replaces.start).unwrap_or(text);
        let behind = text.get(self.replaces.end..).unwrap_or_default();
        let blank = if behind.starts_with(' ') { "" } else { " " };
        let written = format!("{before}{}{blank}", choice.text);
        let cursor = written.len();
        (format!("{written}{behind}"), cursor)
    }
}

/// The choices at a cursor, given in bytes of the text.
pub fn complete(text: &str, cursor: usize, vocabulary: &dyn Vocabulary) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let mut tokens = lexer::tokens(before);
    let started = tokens.pop_if(|token| token.at.end == before.len() && is_started(token));
    let typed = match started.as_ref().map(|token| &token.kind) {
        Some(lexer::Kind::Word(typed) | lexer::Kind::Unclosed(typed)) => typed.clone(),
        _ => String::new(),
    };
    let Some(awaited) = parse::awaited_behind(&tokens, before.len()) else {
        return Completion::default();
    };
    let end = before.len();
    let replaces = started.map_or(end..end, |token| token.at);
    let mut choices = choices(&awaited, vocabulary);
    choices.retain(|choice| matches(&choice.text, &typed));
    let starts = |choice: &Choice| !starts_with(choice.text.trim_matches('"'), &typed);
    choices.sort_by_key(starts);
    // What is written out already needs no completion.
    if choices.iter().any(|choice| choice.text == typed) && choices.len() == 1 {
        choices.clear();
    }
    Completion { replaces, choices }
}

/// Whether the token may go on at the cursor.
const fn is_started(token: &Token) -> bool {
    matches!(token.kind, lexer::Kind::Word(_) | lexer::Kind::Unclosed(_))
}

fn starts_with(text: &str, typed: &str) -> bool {
    text.get(..typed.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

/// Whether the typed letters stand in the text in one piece.
fn matches(text: &str, typed: &str) -> bool {
    text.to_ascii_lowercase()
        .contains(&typed.to_ascii_lowercase())
}

fn choice(text: impl Into<String>, help: impl Into<String>) -> Choice {
    Choice {
        text: text.into(),
        help: help.into(),
    }
}

fn choices(awaited: &Awaited, vocabulary: &dyn Vocabulary) -> Vec<Choice> {
    match awaited {
        Awaited::Test => {
            let columns = Name::columns().map(|name| choice(name.to_string(), name.help()));
            let paths = vocabulary
                .paths()
                .into_iter()
                .map(|path| choice(path, "Field of the tree"));
            let not = choice("not", "Turns the next test round");
            columns.chain([not]).chain(paths).collect()
        }
        Awaited::Relation(name) => relations(name).into_iter().chain(joints()).collect(),
        Awaited::Value(name) => {
            let words = match name.kind() {
                Kind::Word(words) => words.iter().map(|word| (*word).to_owned()).collect(),
                _ => vocabulary.values(name),
            };
            let written = words.into_iter().map(|word| {
                let literal = super::Literal::new(word);
                choice(literal.to_string(), "")
            });
            written.collect()
        }
        Awaited::Joint => joints().into(),
        Awaited::Sign(sign) => vec![choice(*sign, "")],
    }
}

fn joints() -> [Choice; 2] {
    [
        choice("and", "Both hold"),
        choice("or", "One of them holds"),
    ]
}

fn relations(name: &Name) -> Vec<Choice> {
    const RELATIONS: [(&str, &str); 9] = [
        ("==", "Is"),
        ("!=", "Is there and is not"),
        ("<", "Less than"),
        ("<=", "At most"),
        (">", "More than"),
        (">=", "At least"),
        ("contains", "Has this in it"),
        ("matches", "A regular expression fits"),
        ("in", "Is one of { … }"),
    ];
    let fits = |(relation, _): &&(&str, &str)| super::value::refusal(name, relation).is_none();
    let fitting = RELATIONS.iter().filter(fits);
    fitting
        .map(|(relation, help)| choice(*relation, *help))
        .collect()
}

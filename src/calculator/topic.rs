//! What a page of the calculator is: inputs, a computation, examples.

use super::input::{self, Inputs, Slip, Texts, Weight};
use super::sheet::{Overrides, Sheet};

/// A page of the calculator and a subcommand of the command line.
#[derive(Debug)]
pub struct Topic {
    /// Subcommand, one or two words such as `sdm verify`; never changes.
    pub id: &'static str,
    /// Title of the page.
    pub title: &'static str,
    /// What it computes, one sentence.
    pub about: &'static str,
    /// Inputs, in the order in which people know them.
    pub fields: &'static [Field],
    /// Inputs from documents, with what comes out there.
    pub examples: &'static [Example],
    /// Writes the table; stops at the first step that the inputs do not allow.
    pub compute: fn(&Inputs, &mut Sheet) -> Result<(), Slip>,
}

/// What a topic came to with the given inputs.
#[derive(Debug)]
pub struct Outcome {
    /// The table, as far as it goes; empty when an input cannot be read.
    pub sheet: Sheet,
    /// What is wrong with the inputs, and what looks wrong.
    pub slips: Vec<Slip>,
}

impl Outcome {
    /// Whether an input or a changed step was refused.
    pub fn is_refused(&self) -> bool {
        self.slips.iter().any(|slip| slip.weight == Weight::Refused)
    }
}

impl Topic {
    /// Reads the inputs and computes the table, with the steps in `changed` in place of the computed ones.
    pub fn run(&self, texts: &Texts, changed: &Overrides) -> Outcome {
        let mut sheet = Sheet::new(changed.clone());
        let (inputs, mut slips) = input::read(self.fields, texts);
        if slips.iter().all(|slip| slip.weight != Weight::Refused)
            && let Err(slip) = (self.compute)(&inputs, &mut sheet)
        {
            slips.push(slip);
        }
        Outcome { sheet, slips }
    }

    /// An input by its name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Inputs that a document works through.
#[derive(Debug)]
pub struct Example {
    /// Title, such as `AN12343 table 16`.
    pub title: &'static str,
    /// Names of inputs with their texts.
    pub values: &'static [(&'static str, &'static str)],
}

impl Example {
    /// The texts of the inputs.
    pub fn texts(&self) -> Texts {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        self.values.iter().map(owned).collect()
    }
}

/// An input of a topic.
#[derive(Debug)]
pub struct Field {
    /// Name of the option; never changes.
    pub name: &'static str,
    /// Label on the page.
    pub label: &'static str,
    /// What can be given.
    pub kind: Kind,
    /// What it is and in which byte order, one sentence.
    pub help: &'static str,
    /// Whether it has to be given.
    pub need: Need,
    /// Another input, and the texts of it with which this one counts.
    pub when: Option<(&'static str, &'static [&'static str])>,
    /// Key material: hidden until held.
    pub secret: bool,
    /// Given without the option's name on the command line.
    pub positional: bool,
}

/// What an input can be.
#[derive(Debug)]
pub enum Kind {
    /// Bytes in transmission order, of one of these lengths; of any when there are none.
    Bytes(&'static [usize]),
    /// A number up to this one, decimal or with `0x`.
    Number(u64),
    /// A counter of so many bytes: that many bytes as they cross the interface (least significant first), else a number.
    Counter(usize),
    /// One of these.
    Choice(&'static [Choice]),
    /// Yes or no; no when not given.
    Flag,
    /// One line.
    Text,
    /// Several lines.
    Lines,
}

/// One value of a [`Kind::Choice`].
#[derive(Debug)]
pub struct Choice {
    /// Value on the command line; never changes.
    pub value: &'static str,
    /// Words on the page.
    pub title: &'static str,
}

/// Whether an input has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always, or whenever it counts.
    Always,
    /// It can be left out.
    Optional,
    /// What counts when it is left out.
    Default(&'static str),
}

impl Field {
    /// An input that has to be given.
    pub const fn new(
        name: &'static str,
        label: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            label,
            kind,
            help,
            need: Need::Always,
            when: None,
            secret: false,
            positional: false,
        }
    }

    /// Key material.
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// It can be left out.
    pub const fn optional(mut self) -> Self {
        self.need = Need::Optional;
        self
    }

    /// It can be left out and then is `text`.
    pub const fn or(mut self, text: &'static str) -> Self {
        self.need = Need::Default(text);
        self
    }

    /// It counts only with one of these texts in another input.
    pub const fn when(mut self, other: &'static str, texts: &'static [&'static str]) -> Self {
        self.when = Some((other, texts));
        self
    }

    /// It is given without its name on the command line.
    pub const fn positional(mut self) -> Self {
        self.positional = true;
        self
    }

    /// The text that counts: what was typed, or the default.
    pub fn text<'a>(&self, texts: &'a Texts) -> Option<&'a str> {
        let typed = texts
            .get(self.name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty());
        match self.need {
            Need::Default(text) => typed.or(Some(text)),
            Need::Always | Need::Optional => typed,
        }
    }

    /// Whether the input counts with the others as they are.
    pub fn counts(&self, fields: &[Self], texts: &Texts) -> bool {
        let Some((name, wanted)) = self.when else {
            return true;
        };
        let other = fields.iter().find(|field| field.name == name);
        other
            .and_then(|field| field.text(texts))
            .is_some_and(|text| wanted.contains(&text))
    }
}

//! One switch of a [`Profile`] as data: what a command line option, an image file and a panel are drawn from.

use std::fmt;

use super::Profile;

/// A point on which the sources conflict or are silent.
#[derive(Clone, Copy)]
pub struct Choice {
    pub(super) field: &'static str,
    pub(super) lines: &'static [&'static str],
    pub(super) values: Values,
    pub(super) word: fn(&Profile) -> String,
    pub(super) set: fn(&mut Profile, &str) -> bool,
}

/// What a card may do on one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// One of these words, the default first.
    Words(&'static [&'static str]),
    /// A number from 0 to 255.
    Number,
}

impl Choice {
    /// The name, words joined by `-`.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// What conflicts, the default and its reason.
    pub fn reason(&self) -> String {
        let lines = self.lines.iter().map(|line| line.trim());
        lines.collect::<Vec<_>>().join(" ")
    }

    /// What can be chosen.
    pub const fn values(&self) -> Values {
        self.values
    }

    /// What a profile has chosen. A status that is set past the table and not in it is written as a number, which
    /// [`Choice::set`] refuses.
    pub fn value(&self, profile: &Profile) -> String {
        (self.word)(profile)
    }

    /// The value that a card has when nobody chooses.
    pub fn default_value(&self) -> String {
        self.value(&Profile::default())
    }

    /// Chooses in a profile.
    pub fn set(&self, profile: &mut Profile, value: &str) -> Result<(), ChoiceError> {
        if (self.set)(profile, value) {
            return Ok(());
        }
        Err(ChoiceError::Value {
            name: self.name(),
            expected: self.values,
            got: value.to_owned(),
        })
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        f.debug_tuple("Choice").field(&name).finish()
    }
}

/// `ae or 9d`, or what numbers can be.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(&words.join(" or ")),
            Self::Number => f.write_str("a number from 0 to 255"),
        }
    }
}

/// Why nothing was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// No point has this name.
    #[error("{got:?} is no choice, expected {}", names())]
    Name {
        /// The name given.
        got: String,
    },
    /// The point has no such value.
    #[error("{name} is {got:?}, expected {expected}")]
    Value {
        /// The point.
        name: String,
        /// What it can be.
        expected: Values,
        /// The value given.
        got: String,
    },
}

fn names() -> String {
    let names = Profile::choices().iter().map(Choice::name);
    names.collect::<Vec<_>>().join(", ")
}

/// The word of a value.
pub(super) fn word<T: Copy + PartialEq + fmt::Debug>(table: &[(&str, T)], value: T) -> String {
    let found = table.iter().find(|(_, each)| *each == value);
    found.map_or_else(|| format!("{value:?}"), |(word, _)| (*word).to_owned())
}

/// The value of a word.
pub(super) fn find<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    let found = table.iter().find(|(each, _)| *each == word);
    found.map(|(_, value)| *value)
}

//! "My value": what the user has, beside what was computed, and why they differ.

use super::explain::{self, Explanation};
use super::input::Texts;
use super::sheet::Overrides;
use super::topic::{Outcome, Topic};

/// How a user's value compares with a computed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Same,
    /// The same length; the first byte that differs, from 0, and how many differ.
    Differs {
        /// Its place.
        first: usize,
        /// Bytes that differ.
        count: usize,
    },
    /// Another length; nothing is compared.
    Length {
        /// Bytes of the computed value.
        expected: usize,
        /// Bytes of the user's.
        got: usize,
    },
}

/// Compares a user's value with a computed one.
pub fn compare(computed: &[u8], mine: &[u8]) -> Comparison {
    if computed.len() != mine.len() {
        return Comparison::Length {
            expected: computed.len(),
            got: mine.len(),
        };
    }
    let differing = computed.iter().zip(mine).map(|(one, other)| one != other);
    match differing.clone().position(|differs| differs) {
        Some(first) => Comparison::Differs {
            first,
            count: differing.filter(|differs| *differs).count(),
        },
        None => Comparison::Same,
    }
}

/// A user's value beside the computed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Key of the step.
    pub key: String,
    /// The user's bytes.
    pub mine: Vec<u8>,
    /// How they compare.
    pub comparison: Comparison,
    /// The known mistakes that give them.
    pub explanations: Vec<Explanation>,
}

impl Beside {
    /// Compares, and looks for mistakes when they differ.
    pub fn new(
        topic: &Topic,
        texts: &Texts,
        changed: &Overrides,
        outcome: &Outcome,
        key: &str,
        mine: &[u8],
    ) -> Self {
        let comparison = compare(outcome.sheet.bytes(key).unwrap_or_default(), mine);
        let explanations = match comparison {
            Comparison::Same => Vec::new(),
            _ => explain::explain(topic, texts, changed, key, mine),
        };
        Self {
            key: key.to_owned(),
            mine: mine.to_vec(),
            comparison,
            explanations,
        }
    }

    /// Whether the values are not the same.
    pub fn differs(&self) -> bool {
        self.comparison != Comparison::Same
    }

    /// The comparison and the explanations, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let key = &self.key;
        let first = match self.comparison {
            Comparison::Same => format!("Your {key} is the same"),
            Comparison::Differs { first, count } => {
                let all = self.mine.len();
                format!("Your {key} differs from byte {first}, in {count} of {all}")
            }
            Comparison::Length { expected, got } => {
                format!("Your {key} has {got} bytes, {expected} expected")
            }
        };
        let explained = self.explanations.iter().map(Explanation::sentence);
        std::iter::once(first).chain(explained).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_compared_but_only_at_the_same_length() {
        assert_eq!(compare(&[1, 2, 3], &[1, 2, 3]), Comparison::Same);
        assert_eq!(
            compare(&[1, 2, 3], &[1, 9, 9]),
            Comparison::Differs { first: 1, count: 2 }
        );
        assert_eq!(
            compare(&[1, 2], &[1]),
            Comparison::Length {
                expected: 2,
                got: 1
            }
        );
    }
}

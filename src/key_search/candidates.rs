//! The keys of the table, as they stand and by every rule that is in use.

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope, Target};

use super::challenge::Challenge;

/// Keys of the table, each by its own rule, as it stands, and by every other rule that fits its type.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    entries: Vec<KeyEntry>,
    /// Entry and rule of each candidate; the entry's own rule comes first.
    list: Vec<(usize, Diversification)>,
}

impl Candidates {
    /// All keys of a table, whatever they are said to be for, by the rules of the table and by `more` rules.
    pub fn new(keyring: &Keyring, more: &[Diversification]) -> Self {
        let entries = keyring.keys.clone();
        let mut rules = vec![Diversification::None];
        let used = entries.iter().map(|entry| &entry.diversification);
        for rule in used.chain(more) {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        let mut list = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let own = &entry.diversification;
            list.push((index, own.clone()));
            let others = rules.iter().filter(|rule| *rule != own);
            let others = others.filter(|rule| applies(rule, entry.key_type));
            list.extend(others.map(|rule| (index, rule.clone())));
        }
        Self { entries, list }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The candidate with a number.
    pub(super) fn at(&self, number: usize) -> Option<(usize, &KeyEntry, &Diversification)> {
        let (index, rule) = self.list.get(number)?;
        Some((*index, self.entries.get(*index)?, rule))
    }
}

/// Whether a rule can be used with keys of a type.
pub(super) fn applies(rule: &Diversification, key_type: KeyType) -> bool {
    rule.parts().is_none_or(|(rule, _)| rule.knows(key_type))
}

/// The key of an entry by a rule at the card that an authentication was with; `None` where the trace does not show what
/// the rule needs.
pub(super) fn key_of(
    entry: &KeyEntry,
    rule: &Diversification,
    challenge: &Challenge,
) -> Option<Secret> {
    let target = Target {
        uid: challenge.uid.as_deref(),
        aid: match entry.scope {
            Scope::Application(own) => Some(own),
            Scope::Any => challenge.aid,
        },
        key_no: entry.number().or(Some(challenge.key_no)),
    };
    rule.apply(entry.key_type, &entry.value, target, entry.version)
        .ok()
}

/// The key of a dictionary by a rule at the card that an authentication was with.
pub(super) fn derived(
    key_type: KeyType,
    value: &[u8],
    rule: &Diversification,
    challenge: &Challenge,
) -> Option<Secret> {
    let target = Target {
        uid: challenge.uid.as_deref(),
        aid: challenge.aid,
        key_no: Some(challenge.key_no),
    };
    rule.apply(key_type, &Secret::new(value), target, 0).ok()
}

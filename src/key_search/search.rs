//! Going through all candidates in slices.

use std::sync::Arc;

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::Diversification;
use crate::secure_messaging::Verdict;

use super::candidates::{Candidates, applies, derived, key_of};
use super::challenge::{Challenge, Trial};
use super::dictionary::{Dictionary, Line, Room};

/// A search that somebody runs slice by slice.
#[derive(Clone, Debug)]
pub struct Search {
    challenges: Vec<Challenge>,
    candidates: Candidates,
    dictionaries: Vec<Dictionary>,
    /// Rules by which keys of a dictionary are tried besides as they stand.
    rules: Vec<Diversification>,
    next_candidate: usize,
    next_dictionary: usize,
    done: usize,
    total: usize,
    matches: Vec<Match>,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Keys that were tried: entries of the table times rules, lines of dictionaries.
    pub done: usize,
    /// All keys.
    pub total: usize,
    /// Matches so far.
    pub matches: usize,
}

impl Progress {
    /// Whether nothing is left to try.
    pub const fn is_done(self) -> bool {
        self.done >= self.total
    }
}

/// A key that fits a recorded authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which of the challenges, from 0.
    pub challenge: usize,
    /// Row that shows the authentication.
    pub row: usize,
    /// Where the key stands.
    pub source: Source,
    /// By which rule the stored value gives the key.
    pub diversification: Diversification,
    /// What the key is in truth.
    pub key_type: KeyType,
    /// The key; a secret.
    pub key: Secret,
    /// The host proved it.
    pub host: Verdict,
    /// The card proved it; `None` when it refused.
    pub card: Verdict,
}

/// Where a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the key table.
    Table {
        /// Which entry, from 0.
        index: usize,
        /// Its label.
        label: String,
    },
    /// In a dictionary.
    Dictionary {
        /// Name of the file.
        name: Arc<str>,
        /// Line, from 1.
        line: u64,
    },
}

/// How two keys that fit the same authentication are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// They have the same value.
    Same,
    /// They differ only in bits of a DES key that are no part of the cipher: parity or key version.
    Parity,
}

impl Match {
    /// How this key is like another one that fits the same authentication.
    pub fn alike(&self, other: &Self) -> Alike {
        // A DES key of 8 bytes is the same as twice these bytes.
        let whole = |key: &Secret| match key.expose() {
            half if half.len() == 8 => Secret::new(half.repeat(2)),
            _ => key.clone(),
        };
        if whole(&self.key) == whole(&other.key) {
            Alike::Same
        } else {
            Alike::Parity
        }
    }
}

impl Search {
    /// Every challenge against every candidate and every line of the dictionaries.
    pub fn new(
        challenges: Vec<Challenge>,
        candidates: Candidates,
        dictionaries: Vec<Dictionary>,
    ) -> Self {
        let lines: usize = dictionaries.iter().map(Dictionary::len).sum();
        Self {
            total: candidates.len() + lines,
            challenges,
            candidates,
            dictionaries,
            rules: Vec::new(),
            next_candidate: 0,
            next_dictionary: 0,
            done: 0,
            matches: Vec::new(),
        }
    }

    /// Tries the keys of dictionaries by these rules too.
    pub fn with_rules(mut self, rules: Vec<Diversification>) -> Self {
        self.rules = rules;
        self
    }

    /// What is searched for.
    pub fn challenges(&self) -> &[Challenge] {
        &self.challenges
    }

    /// The dictionaries, with what is to be said about them so far.
    pub fn dictionaries(&self) -> &[Dictionary] {
        &self.dictionaries
    }

    /// All that fits so far; of one authentication in the order of the candidates.
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// What fits one of the challenges, each with how it is like the first of them.
    pub fn matches_of(&self, challenge: usize) -> impl Iterator<Item = (&Match, Option<Alike>)> {
        let of = move |found: &&Match| found.challenge == challenge;
        let mut first = None;
        self.matches.iter().filter(of).map(move |found| {
            let alike = first.map(|first| found.alike(first));
            first.get_or_insert(found);
            (found, alike)
        })
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            total: self.total,
            matches: self.matches.len(),
        }
    }

    /// Tries keys until `budget` of them have met a challenge, or none is left.
    pub fn step(&mut self, budget: usize) -> Progress {
        let each = self.challenges.len().max(1) * (1 + self.rules.len());
        let mut left = budget.div_ceil(each).max(1);
        while left > 0 && self.next_candidate < self.candidates.len() {
            self.try_candidate(self.next_candidate);
            self.next_candidate += 1;
            self.done += 1;
            left -= 1;
        }
        while left > 0
            && let Some(dictionary) = self.dictionaries.get_mut(self.next_dictionary)
        {
            let mut lines = Lines {
                challenges: &self.challenges,
                rules: &self.rules,
                matches: &mut self.matches,
                name: dictionary.name().clone(),
            };
            let mut room: Room = [0; 24];
            while left > 0 {
                match dictionary.next(&mut room) {
                    Some(Line::Key(line, value)) => lines.try_key(line, value),
                    Some(Line::Bad) => {}
                    None => {
                        self.next_dictionary += 1;
                        break;
                    }
                }
                self.done += 1;
                left -= 1;
            }
        }
        self.progress()
    }

    fn try_candidate(&mut self, number: usize) {
        let Some((index, entry, rule)) = self.candidates.at(number) else {
            return;
        };
        for (which, challenge) in self.challenges.iter().enumerate() {
            if !challenge.takes(entry.key_type) {
                continue;
            }
            let Some(key) = key_of(entry, rule, challenge) else {
                continue;
            };
            let source = || Source::Table {
                index,
                label: entry.label.clone(),
            };
            let found = confirmed(which, challenge, entry.key_type, key, rule, source);
            self.matches.extend(found);
        }
    }
}

/// Trying the lines of one dictionary.
struct Lines<'a> {
    challenges: &'a [Challenge],
    rules: &'a [Diversification],
    matches: &'a mut Vec<Match>,
    name: Arc<str>,
}

impl Lines<'_> {
    fn try_key(&mut self, line: u64, value: &[u8]) {
        let key_types: &[KeyType] = match value.len() {
            8 => &[KeyType::Des],
            16 => &[KeyType::Aes128, KeyType::TwoKey3Des],
            _ => &[KeyType::ThreeKey3Des],
        };
        for key_type in key_types {
            let wanted = |challenge: &&Challenge| challenge.takes(*key_type);
            if !self.challenges.iter().any(|challenge| wanted(&challenge)) {
                continue;
            }
            if let Some(trial) = Trial::new(*key_type, value) {
                self.try_trial(line, *key_type, value, &trial);
            }
            for rule in self.rules.iter().filter(|rule| applies(rule, *key_type)) {
                for (which, challenge) in self.challenges.iter().enumerate() {
                    let key = derived(*key_type, value, rule, challenge);
                    let trial = key.and_then(|key| {
                        let trial = Trial::new(*key_type, key.expose())?;
                        challenge.fits(&trial).then_some(key)
                    });
                    if let Some(key) = trial {
                        self.found(which, line, *key_type, key, rule);
                    }
                }
            }
        }
    }

    fn try_trial(&mut self, line: u64, key_type: KeyType, value: &[u8], trial: &Trial) {
        for (which, challenge) in self.challenges.iter().enumerate() {
            if challenge.fits(trial) {
                let key = Secret::new(value);
                self.found(which, line, key_type, key, &Diversification::None);
            }
        }
    }

    fn found(
        &mut self,
        which: usize,
        line: u64,
        key_type: KeyType,
        key: Secret,
        rule: &Diversification,
    ) {
        let Some(challenge) = self.challenges.get(which) else {
            return;
        };
        let source = || Source::Dictionary {
            name: self.name.clone(),
            line,
        };
        let found = confirmed(which, challenge, key_type, key, rule, source);
        self.matches.extend(found);
    }
}

fn confirmed(
    which: usize,
    challenge: &Challenge,
    key_type: KeyType,
    key: Secret,
    rule: &Diversification,
    source: impl FnOnce() -> Source,
) -> Option<Match> {
    let seen = challenge.confirm(key_type, key.expose())?;
    Some(Match {
        challenge: which,
        row: challenge.row,
        source: source(),
        diversification: rule.clone(),
        key_type: seen.key_type,
        key,
        host: seen.host,
        card: seen.card,
    })
}

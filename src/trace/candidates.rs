//! Which key made a recorded authentication: every key that could fit is tried (DESFire reference §4.7).

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::{KeyEntry, KeyError, Keyring, Scope, Use};
use crate::report::Finding;

use super::exchange::Exchange;
use super::state::State;

/// The key that fits.
pub(super) struct Hit<T> {
    /// Its label.
    pub(super) label: String,
    /// What it makes of the cryptograms.
    pub(super) seen: T,
}

/// Tries all keys of the given types; `number` is the key's number as the command names it.
pub(super) fn search<T>(
    state: &State,
    exchange: &mut Exchange,
    number: u8,
    kinds: &[KeyType],
    keyring: &Keyring,
    observe: impl Fn(KeyType, &Secret) -> Option<T>,
) -> Result<Hit<T>, Finding> {
    let (candidates, problem) = candidates(state, number, kinds, keyring);
    let mut hits = candidates
        .iter()
        .filter_map(|candidate| Some((candidate, observe(candidate.kind, &candidate.key)?)));
    let Some((candidate, seen)) = hits.next() else {
        let none = candidates.is_empty();
        return Err(not_found(state, number, kinds, none, problem));
    };
    if let Some(entry) = candidate.entry {
        note_foreign(state, exchange, number, entry);
        let twin = hits.find(|(other, _)| {
            other
                .entry
                .is_some_and(|other| other.label != entry.label && same_place(other, entry))
        });
        if let Some((twin, _)) = twin {
            let text = format!("Key \"{}\" has the same value and fits as well", twin.label);
            exchange
                .findings
                .push(Finding::hint("key_twin", text).field("key"));
        }
    }
    Ok(Hit {
        label: candidate.label.clone(),
        seen,
    })
}

/// One key to try.
struct Candidate<'a> {
    label: String,
    kind: KeyType,
    key: Secret,
    entry: Option<&'a KeyEntry>,
}

fn same_place(one: &KeyEntry, other: &KeyEntry) -> bool {
    one.scope == other.scope && one.key_no == other.key_no
}

/// The keys of this place, then keys learnt in the trace, then all others.
fn candidates<'a>(
    state: &State,
    number: u8,
    kinds: &[KeyType],
    keyring: &'a Keyring,
) -> (Vec<Candidate<'a>>, Option<KeyError>) {
    let aid = state.selection.aid();
    let mut list = Vec::new();
    let mut problem = None;
    let mut add = |list: &mut Vec<Candidate<'a>>, entry: &'a KeyEntry, here: bool| match entry
        .key_for(state.card.uid.as_deref(), aid)
    {
        Ok(key) => list.push(Candidate {
            label: entry.label.clone(),
            kind: entry.key_type,
            key,
            entry: Some(entry),
        }),
        Err(error) if here => problem = problem.take().or(Some(error)),
        Err(_) => {}
    };
    let fits = |entry: &&KeyEntry| kinds.contains(&entry.key_type);
    for entry in keyring.auth_keys(aid, number).filter(fits) {
        add(&mut list, entry, true);
    }
    for learned in state.learned.auth_keys(&state.selection, number) {
        list.extend(kinds.iter().filter_map(|kind| {
            Some(Candidate {
                label: learned.label(),
                kind: *kind,
                key: learned.as_kind(*kind)?,
                entry: None,
            })
        }));
    }
    let here = |entry: &&KeyEntry| entry.key_no == number && entry.scope.covers(aid);
    let elsewhere = keyring.keys.iter().filter(|entry| entry.usage == Use::Auth);
    for entry in elsewhere.filter(fits).filter(|entry| !here(entry)) {
        add(&mut list, entry, false);
    }
    (list, problem)
}

fn not_found(
    state: &State,
    number: u8,
    kinds: &[KeyType],
    none: bool,
    problem: Option<KeyError>,
) -> Finding {
    let place = state
        .selection
        .aid()
        .map_or_else(String::new, |aid| format!(" of application {aid}"));
    let cipher = match kinds {
        [KeyType::Aes128] => "AES",
        [KeyType::ThreeKey3Des] => "3K3DES",
        _ => "DES or 2K3DES",
    };
    let text = match problem {
        Some(problem) => format!("Opaque, {problem}"),
        None if none => {
            format!("Opaque, the key table has no {cipher} key for key {number}{place}")
        }
        None => format!("Opaque, no key in the table fits key {number}{place}"),
    };
    Finding::warning("no_key", text).field("key")
}

/// A key that fits although it belongs elsewhere says that the trace is not what it seems.
fn note_foreign(state: &State, exchange: &mut Exchange, number: u8, entry: &KeyEntry) {
    if !entry.may_be(number) {
        let text = format!(
            "The command names key {number}, but key {} \"{}\" fits",
            entry.key_no, entry.label
        );
        let finding = Finding::error("key_number", text).field("KeyNo");
        exchange
            .findings
            .push(finding.values(entry.key_no.to_string(), number.to_string()));
    }
    if let (Scope::Application(own), Some(aid)) = (entry.scope, state.selection.aid())
        && own != aid
    {
        let text = format!(
            "Application {aid} is selected, but the key \"{}\" of application {own} fits",
            entry.label
        );
        let finding = Finding::error("key_application", text).field("AID");
        exchange
            .findings
            .push(finding.values(own.to_string(), aid.to_string()));
    }
}

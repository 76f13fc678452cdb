//! A recording as a session.

use crate::card::Aid;
use crate::keyring::{Keyring, Scope};
use crate::session::{KeyLabel, Session};
use crate::trace::{Event, Exchange};

/// A session of these events, with the names of the keys that opened something in it.
pub(super) fn session(events: Vec<Event>, rows: &[Exchange], keyring: &Keyring) -> Session {
    let mut keys: Vec<KeyLabel> = Vec::new();
    for (entry, key_no) in rows
        .iter()
        .filter_map(|row| row.key.as_ref())
        .filter_map(|used| {
            let entry = keyring.keys.iter().find(|key| *key.label == *used.label)?;
            Some((entry, entry.number().or(used.key_no)?))
        })
    {
        let aid: Option<Aid> = match entry.scope {
            Scope::Application(aid) => Some(aid),
            Scope::Any => None,
        };
        let label = KeyLabel {
            label: entry.label.clone(),
            aid,
            key_no,
        };
        if !keys.contains(&label) {
            keys.push(label);
        }
    }
    Session {
        keys,
        events,
        ..Session::default()
    }
}

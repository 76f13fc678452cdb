//! Keys that the trace itself showed, in a ChangeKey that could be opened, for the key table.

use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::crypto::des::{is_doubled, key_version};
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use crate::trace::{Event, Exchange};

use super::recorded::Uids;

/// A key that the card took over and that the key table lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearntKey {
    /// Row of the ChangeKey.
    pub row: usize,
    /// The entry to offer, with a label to be changed.
    pub entry: KeyEntry,
}

/// Keys of all accepted ChangeKey commands that no entry of the table gives at that card, in the order of the trace; each
/// key once.
pub fn learnt(rows: &[Exchange], events: &[Event], keyring: &Keyring) -> Vec<LearntKey> {
    let changed = |row: &&Exchange| row.is_accepted() && row.new_key.is_some();
    let mut changed = rows.iter().filter(changed).peekable();
    if changed.peek().is_none() {
        return Vec::new();
    }
    let uids = Uids::of(rows, events);
    let mut found: Vec<LearntKey> = Vec::new();
    for row in changed {
        let Some(entry) = entry(row) else {
            continue;
        };
        let uid = uids.at(row);
        let known = keyring.keys.iter();
        let known = known.chain(found.iter().map(|learnt| &learnt.entry));
        let mut known = known.filter(|other| same_place(other, &entry));
        if !known.any(|other| gives(other, &entry, uid.as_deref(), row.aid)) {
            found.push(LearntKey {
                row: row.index,
                entry,
            });
        }
    }
    found
}

/// The entry of a ChangeKey or ChangeKeyEV2 that showed its key.
fn entry(row: &Exchange) -> Option<KeyEntry> {
    let new = row.new_key.as_ref()?;
    let (key, body) = (new.key.clone()?, row.command.as_deref()?);
    let (key_set, key_no) = match (row.ins, body) {
        (0xC4, [key_no, ..]) => (0, key_no & 0x3F),
        (0xC6, [key_set, key_no, ..]) => (*key_set, key_no & 0x3F),
        _ => return None,
    };
    // Only AES keys are sent with a version byte (DESFire reference §4.6).
    let key_type = match (new.version, key.expose()) {
        (Some(_), _) => KeyType::Aes128,
        (None, value) if value.len() == 24 => KeyType::ThreeKey3Des,
        (None, value) if is_doubled(value) => KeyType::Des,
        (None, _) => KeyType::TwoKey3Des,
    };
    let scope = row.aid.map_or(Scope::Any, Scope::Application);
    let place = row
        .aid
        .map_or_else(|| "key".to_owned(), |aid| format!("{aid} key"));
    Some(KeyEntry {
        label: format!("{place} {key_no}, learnt from row {}", row.index),
        scope,
        key_no,
        key_set,
        usage: Use::Auth,
        file_no: None,
        key_type,
        version: new.version.unwrap_or_else(|| key_version(key.expose())),
        value: key,
        diversification: Diversification::None,
    })
}

/// Whether two entries may be the same key of a card.
fn same_place(one: &KeyEntry, other: &KeyEntry) -> bool {
    let aid = match other.scope {
        Scope::Application(aid) => Some(aid),
        Scope::Any => None,
    };
    one.usage == Use::Auth
        && one.may_be(other.key_no)
        && one.scope.covers(aid)
        && one.key_set == other.key_set
}

fn gives(known: &KeyEntry, new: &KeyEntry, uid: Option<&[u8]>, aid: Option<Aid>) -> bool {
    let cipher = |key: &Secret| -> Vec<u8> {
        let key = key.expose();
        // A DES key of 8 bytes is stored twice; bit 0 of its bytes is no part of the cipher.
        let key = if key.len() == 8 {
            key.repeat(2)
        } else {
            key.to_vec()
        };
        let mask = match new.key_type {
            KeyType::Aes128 => 0xFF,
            _ => 0xFE,
        };
        key.iter().map(|byte| byte & mask).collect()
    };
    let family = (known.key_type == KeyType::Aes128) == (new.key_type == KeyType::Aes128);
    family
        && known
            .key_for(uid, aid)
            .is_ok_and(|key| cipher(&key) == cipher(&new.value))
}

//! Keys and key settings (DESFire reference §2.3, §4.6, §5.3).

use super::Card;
use super::messaging::Reply;
use super::persistent::{APPLICATION_KEYS, Key, PICC_MASTER, SLOT};
use super::refusal::Refusal;
use super::store::{Change, ObjectId};
use crate::card::{Access, KeyType};
use crate::command::{ChangeKeyEv2, GetKeyVersion};
use crate::crypto::Secret;
use crate::crypto::crc::crc32;

impl Card {
    /// KS1 and KS2 of the selected level; one key set, so nothing follows.
    pub(super) fn key_settings(&self) -> Result<Reply, Refusal> {
        let level = self.store.level(self.volatile.selected);
        let level = level.ok_or(Refusal::NO_APPLICATION)?;
        self.require_master(level.settings().list_free())?;
        Ok(vec![level.settings().0, level.keys().0].into())
    }

    /// Version of one key; with bit 7 of KeySetNo of all sets, which here is one.
    pub(super) fn key_version(&self, command: GetKeyVersion) -> Result<Reply, Refusal> {
        match (command.key_no & WITH_SET != 0, command.key_set) {
            (true, Some(set)) if set & ALL_SETS != 0 || set == 0 => {}
            (true, Some(_)) => return Err(Refusal::PARAMETER),
            (false, None) => {}
            _ => return Err(Refusal::LENGTH),
        }
        let level = self.store.level(self.volatile.selected);
        let key = level.and_then(|level| level.key(command.key_no & !WITH_SET));
        Ok(vec![key.ok_or(Refusal::NO_SUCH_KEY)?.version].into())
    }

    /// ChangeKeyEV2: only key set 0 exists.
    pub(super) fn change_key_ev2(&mut self, command: &ChangeKeyEv2) -> Result<Reply, Refusal> {
        if command.key_set != 0 {
            return Err(Refusal::PARAMETER);
        }
        self.change_key(command.key_no, &command.key_data)
    }

    /// Replaces a key. At PICC level bits 7 and 6 of KeyNo are the new type: only AES is taken (9E), another
    /// master key would lock this product out. Pending transaction work stays (§5.4).
    pub(super) fn change_key(&mut self, key_no: u8, data: &[u8]) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        let (number, kind) = if aid.is_picc() {
            (key_no & 0x3F, key_no & 0xC0)
        } else {
            (key_no, AES)
        };
        if aid.is_picc() && (0x01..=0x04).contains(&number) {
            return Err(Refusal::DENIED);
        }
        let level = self.store.level(aid).ok_or(Refusal::NO_APPLICATION)?;
        let old = level.key(number).ok_or(Refusal::NO_SUCH_KEY)?;
        if kind != AES {
            return Err(Refusal::PARAMETER);
        }
        let session_key = self.volatile.session_key().ok_or(Refusal::AUTHENTICATION)?;
        let right = if number == 0 {
            let changeable = level.settings().master_key_changeable();
            if changeable {
                Access::Key(0)
            } else {
                Access::Never
            }
        } else {
            level.settings().change_key()
        };
        let needed = match right {
            Access::Key(needed) => needed,
            Access::Free => number,
            Access::Never => return Err(Refusal::DENIED),
        };
        if session_key != needed {
            return Err(Refusal::AUTHENTICATION);
        }
        let own = session_key == number;
        let key = new_key(&old, data, own)?;
        let (object, keys_at) = if aid.is_picc() {
            (ObjectId::Picc, PICC_MASTER)
        } else {
            (ObjectId::Application(aid), APPLICATION_KEYS)
        };
        let offset = keys_at + usize::from(number) * SLOT;
        self.store.commit(&[Change::Patch {
            object,
            offset: u32::try_from(offset).map_err(|_| Refusal::NO_SUCH_KEY)?,
            bytes: key.slot(),
        }])?;
        if own {
            self.volatile.session = None;
        }
        Ok(Reply::default())
    }
}

/// `new ‖ version` for the session's own key, `(new ⊕ old) ‖ version ‖ CRC32(new)` for another.
fn new_key(old: &Key, data: &[u8], own: bool) -> Result<Key, Refusal> {
    let (mixed, rest) = data.split_first_chunk::<16>().ok_or(Refusal::LENGTH)?;
    let (value, version) = match rest {
        [version] if own => (mixed.to_vec(), *version),
        [version, crc @ ..] if !own && crc.len() == 4 => {
            let old = old.value.expose();
            let value: Vec<u8> = mixed.iter().zip(old).map(|(new, old)| new ^ old).collect();
            if crc != crc32(&value) {
                return Err(Refusal::INTEGRITY);
            }
            (value, *version)
        }
        _ => return Err(Refusal::LENGTH),
    };
    Ok(Key {
        kind: KeyType::Aes128,
        value: Secret::new(value),
        version,
    })
}

/// Bit 6 of KeyNo in GetKeyVersion: KeySetNo follows.
const WITH_SET: u8 = 0x40;
/// Bit 7 of KeySetNo: all sets.
const ALL_SETS: u8 = 0x80;
/// Type bits of an AES key.
const AES: u8 = 0x80;

//! Keys and key settings (DESFire reference §2.3, §4.6, §5.3).

use super::Card;
use super::messaging::Reply;
use super::persistent::{APPLICATION_KEYS, Key, PICC_MASTER, SLOT};
use super::refusal::Refusal;
use super::store::{Change, ObjectId};
use crate::card::product::Generation;
use crate::card::{Access, Aid, ApplicationKeys, KeySettings, KeyType};
use crate::command::{ChangeKeyEv2, GetKeyVersion};
use crate::crypto::Secret;
use crate::crypto::crc::crc32;
use crate::crypto::des::key_version;
use crate::secure_messaging::{Channel, KeyForm, Verdict, change_key};

impl Card {
    /// KS1 and KS2 of the selected level; one key set, so nothing follows.
    pub(super) fn key_settings(&self) -> Result<Reply, Refusal> {
        let level = self.store.level(self.volatile.selected);
        let level = level.ok_or(Refusal::NO_APPLICATION)?;
        self.require_master(level.settings().list_free())?;
        Ok(vec![level.settings().0, level.keys().0].into())
    }

    /// Changes KS1 by the master key, unless bit 3 has frozen it (9D).
    pub(super) fn change_key_settings(&mut self, settings: KeySettings) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        let level = self.store.level(aid).ok_or(Refusal::NO_APPLICATION)?;
        if !level.settings().settings_changeable() {
            return Err(Refusal::DENIED);
        }
        self.require_master(false)?;
        let object = if aid.is_picc() {
            ObjectId::Picc
        } else {
            ObjectId::Application(aid)
        };
        let change = Change::Patch {
            object,
            offset: 0,
            bytes: vec![settings.0],
        };
        self.store.commit(&[change])?;
        Ok(Reply::default())
    }

    /// Version of one key; with bit 7 of KeySetNo of all sets, which here is one.
    pub(super) fn key_version(&self, command: GetKeyVersion) -> Result<Reply, Refusal> {
        match (command.key_no & WITH_SET != 0, command.key_set) {
            (_, Some(_)) if self.capabilities.generation < Generation::Ev2 => {
                return Err(Refusal::LENGTH);
            }
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

    /// Replaces a key in an EV2 session: only AES keys are taken (9E at PICC level). Pending transaction work
    /// stays (§5.4).
    pub(super) fn change_key(&mut self, key_no: u8, data: &[u8]) -> Result<Reply, Refusal> {
        let target = self.key_target(key_no)?;
        if target.kind != KeyType::Aes128 {
            return Err(Refusal::PARAMETER);
        }
        let key = new_key(&target.old, data, target.own)?;
        self.put_key(&target, &key)
    }

    /// Replaces a key in a D40 or EV1 session; `body` is the command as sent. At PICC level the key may be of
    /// another type afterwards, and KS2 with it.
    pub(super) fn change_key_legacy(&mut self, ins: u8, body: &[u8]) -> Result<Reply, Refusal> {
        let header_len = if ins == 0xC6 { 2 } else { 1 };
        let key_no = match body.get(..header_len).ok_or(Refusal::LENGTH)? {
            [key_no] | [0, key_no] => *key_no,
            _ => return Err(Refusal::PARAMETER),
        };
        let target = self.key_target(key_no)?;
        let form = KeyForm {
            kind: target.kind,
            own: target.own,
        };
        let channel = self.volatile.session.as_mut().map(|open| &mut open.channel);
        let opened = match channel {
            Some(Channel::D40(session)) => session.open_key(body, header_len, form),
            Some(Channel::Ev1(session)) => session.open_key(ins, body, header_len, form),
            _ => return Err(Refusal::AUTHENTICATION),
        };
        let opened = opened.ok_or(Refusal::LENGTH)?;
        let (value, of_new) = opened.new_key(&target.old.value);
        let checks = [opened.crc.verdict, opened.padding, of_new.verdict];
        if checks.contains(&Verdict::Bad) {
            return Err(Refusal::INTEGRITY);
        }
        let version = opened
            .version
            .unwrap_or_else(|| key_version(value.expose()));
        let kind = target.kind;
        self.put_key(
            &target,
            &Key {
                kind,
                value,
                version,
            },
        )
    }

    /// Which key is meant, and whether the session may change it. At PICC level bits 7 and 6 of KeyNo are the
    /// new type.
    fn key_target(&self, key_no: u8) -> Result<KeyTarget, Refusal> {
        let aid = self.volatile.selected;
        let level = self.store.level(aid).ok_or(Refusal::NO_APPLICATION)?;
        let (number, kind) = if aid.is_picc() {
            (key_no & 0x3F, ApplicationKeys(key_no).key_type())
        } else {
            (key_no, level.keys().key_type())
        };
        if aid.is_picc() && (0x01..=0x04).contains(&number) {
            return Err(Refusal::DENIED);
        }
        let old = level.key(number).ok_or(Refusal::NO_SUCH_KEY)?;
        let kind = kind.ok_or(Refusal::PARAMETER)?;
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
        Ok(KeyTarget {
            aid,
            number,
            kind,
            own: session_key == number,
            old,
        })
    }

    /// Stores a key, and at PICC level its type in KS2, in one commit of the memory. The session ends with its
    /// own key.
    fn put_key(&mut self, target: &KeyTarget, key: &Key) -> Result<Reply, Refusal> {
        let aid = target.aid;
        let (object, keys_at) = if aid.is_picc() {
            (ObjectId::Picc, PICC_MASTER)
        } else {
            (ObjectId::Application(aid), APPLICATION_KEYS)
        };
        let offset = keys_at + usize::from(target.number) * SLOT;
        let same_length = key.value.expose().len() == target.old.value.expose().len();
        let mut changes = vec![Change::Patch {
            object,
            offset: u32::try_from(offset).map_err(|_| Refusal::NO_SUCH_KEY)?,
            bytes: if same_length { key.entry() } else { key.slot() },
        }];
        let keys = self.store.picc().keys();
        if aid.is_picc() && keys.key_type() != Some(target.kind) {
            changes.push(Change::Patch {
                object,
                offset: PICC_KS2,
                bytes: vec![keys.count() | type_bits(target.kind)],
            });
        }
        self.store.commit(&changes)?;
        if target.own {
            self.volatile.session = None;
        }
        Ok(Reply::default())
    }
}

/// The key that a ChangeKey means.
struct KeyTarget {
    aid: Aid,
    number: u8,
    kind: KeyType,
    /// It is the session's.
    own: bool,
    old: Key,
}

/// Bits 7 and 6 of KS2.
const fn type_bits(kind: KeyType) -> u8 {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => 0x00,
        KeyType::ThreeKey3Des => 0x40,
        KeyType::Aes128 => 0x80,
    }
}

/// `new ‖ version` for the session's own key, `(new ⊕ old) ‖ version ‖ CRC32(new)` for another.
fn new_key(old: &Key, data: &[u8], own: bool) -> Result<Key, Refusal> {
    let (mixed, version, crc) = change_key::ev2_parts(data).ok_or(Refusal::LENGTH)?;
    let value = match crc {
        None if own => Secret::new(mixed),
        Some(crc) if !own => {
            let value = change_key::mix(&mixed, old.value.expose());
            if crc != crc32(value.expose()) {
                return Err(Refusal::INTEGRITY);
            }
            value
        }
        _ => return Err(Refusal::LENGTH),
    };
    Ok(Key {
        kind: KeyType::Aes128,
        value,
        version,
    })
}

/// Bit 6 of KeyNo in GetKeyVersion: KeySetNo follows.
const WITH_SET: u8 = 0x40;
/// Bit 7 of KeySetNo: all sets.
const ALL_SETS: u8 = 0x80;
/// Offset of KS2 in the PICC object.
const PICC_KS2: u32 = 1;

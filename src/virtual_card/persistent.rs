//! Typed access to the objects of the store.
//!
//! ```text
//! key slot      Type(1) Length(1) Version(1) 00 Key(24)
//! PICC          KS1 KS2 Configuration Disabled Lost(4) ‖ AtsLength ATS(20) 00(3) ‖ default key slot ‖ master key slot
//! application   KS1 KS2 Flags NameLength FID(2) 00 00 Name(16) ‖ key slots
//! file          Flags 00 FID(2) ‖ settings as GetFileSettings answers them
//! data          standard, backup: the bytes
//!               value: Value(4) Available(4)
//!               records: Count(4) Next(4) ‖ MaxRecords slots, a ring
//!               TransactionMAC: Key(16) TMRIPrev(16) TMC(4) TMV(8)
//! ```
//! The settings object is written only by commands about settings; what moves with use is in the data object.

use super::image::Image;
use super::store::{Change, ObjectId, Store};
use crate::bytes::{Put, Reader};
use crate::card::settings::{FileKind, FileSettings};
use crate::card::{Aid, ApplicationKeys, KeySettings, KeyType};
use crate::crypto::Secret;

/// A key as it lies in its slot.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: KeyType,
    pub(super) value: Secret,
    pub(super) version: u8,
}

impl Key {
    /// The key, when it is an AES key.
    pub(super) fn aes(&self) -> Option<[u8; 16]> {
        if self.kind == KeyType::Aes128 {
            self.value.aes128()
        } else {
            None
        }
    }

    /// The bytes of the whole slot.
    pub(super) fn slot(&self) -> Vec<u8> {
        let mut slot = self.entry();
        slot.resize(SLOT, 0);
        slot
    }

    /// The bytes of the slot that mean something.
    pub(super) fn entry(&self) -> Vec<u8> {
        let kind = match self.kind {
            KeyType::Des => 0,
            KeyType::TwoKey3Des => 1,
            KeyType::ThreeKey3Des => 2,
            KeyType::Aes128 => 3,
        };
        let value = self.value.expose();
        let length = u8::try_from(value.len().min(24)).unwrap_or(24);
        let mut slot = vec![kind, length, self.version, 0];
        slot.extend_from_slice(value);
        slot
    }

    fn read(slot: &[u8]) -> Option<Self> {
        let kind = match byte(slot, 0) {
            0 => KeyType::Des,
            1 => KeyType::TwoKey3Des,
            2 => KeyType::ThreeKey3Des,
            _ => KeyType::Aes128,
        };
        let end = 4 + usize::from(byte(slot, 1));
        Some(Self {
            kind,
            value: Secret::new(slot.get(4..end)?),
            version: byte(slot, 2),
        })
    }
}

/// The PICC object, or an application's: both start with KS1 and KS2.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    bytes: &'a [u8],
    keys_at: usize,
}

impl<'a> Level<'a> {
    /// KS1.
    pub(super) fn settings(self) -> KeySettings {
        KeySettings(byte(self.bytes, 0))
    }

    /// KS2.
    pub(super) fn keys(self) -> ApplicationKeys {
        ApplicationKeys(byte(self.bytes, 1))
    }

    /// A key; `None` when the level has fewer.
    pub(super) fn key(self, key_no: u8) -> Option<Key> {
        let start = self.keys_at + usize::from(key_no) * SLOT;
        Key::read(self.bytes.get(start..start + SLOT)?)
    }

    /// ISO file identifier of an application.
    pub(super) fn iso_fid(self) -> Option<u16> {
        let fid = u16::from_le_bytes([byte(self.bytes, 4), byte(self.bytes, 5)]);
        (byte(self.bytes, 2) & HAS_FID != 0).then_some(fid)
    }

    /// DF name of an application.
    pub(super) fn df_name(self) -> &'a [u8] {
        let end = 8 + usize::from(byte(self.bytes, 3)).min(16);
        self.bytes.get(8..end).unwrap_or_default()
    }
}

/// The start of the PICC object, before the key slots.
pub(super) fn picc_header(image: &Image) -> Vec<u8> {
    let mut bytes = vec![
        image.settings.0,
        image.keys.0,
        image.configuration,
        image.disabled,
    ];
    bytes.put_u32(image.lost_memory);
    bytes.extend(ats_object(image.ats.as_deref().unwrap_or_default()));
    bytes
}

/// The answer to select as it stands in the PICC object.
pub(super) fn ats_object(ats: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(ats.len()).unwrap_or(0)];
    bytes.extend_from_slice(ats);
    bytes.resize(PICC_DEFAULT - PICC_ATS, 0);
    bytes
}

/// Header of an application object, before its key slots.
pub(super) fn application_header(
    settings: KeySettings,
    keys: ApplicationKeys,
    iso_fid: Option<u16>,
    df_name: &[u8],
) -> Vec<u8> {
    let flags = if iso_fid.is_some() { HAS_FID } else { 0 };
    let length = u8::try_from(df_name.len()).unwrap_or(16);
    let mut bytes = vec![settings.0, keys.0, flags, length];
    bytes.put_u16(iso_fid.unwrap_or_default());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(df_name);
    bytes.resize(APPLICATION_KEYS, 0);
    bytes
}

/// The bytes of a file object.
pub(super) fn file_object(iso_fid: Option<u16>, settings: &FileSettings) -> Vec<u8> {
    let mut bytes = vec![if iso_fid.is_some() { HAS_FID } else { 0 }, 0];
    bytes.put_u16(iso_fid.unwrap_or_default());
    settings.emit(&mut bytes);
    bytes
}

/// State of a record file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ring {
    /// Committed records.
    pub(super) count: u32,
    /// Slot of the next record.
    pub(super) next: u32,
    /// Slots.
    pub(super) slots: u32,
    /// Bytes of a slot.
    pub(super) size: u32,
    /// Most records that can be read: a cyclic file keeps one slot spare.
    pub(super) readable: u32,
}

impl Ring {
    /// Where record `record_no` starts in the data object; 0 is the newest.
    pub(super) fn offset(self, record_no: u32) -> u32 {
        let slots = u64::from(self.slots.max(1));
        let back = u64::from(record_no % self.slots.max(1));
        let slot = (u64::from(self.next) + 2 * slots - 1 - back) % slots;
        self.slot_offset(u32::try_from(slot).unwrap_or(0))
    }

    /// Where a slot starts in the data object.
    pub(super) fn slot_offset(self, slot: u32) -> u32 {
        RING.saturating_add(slot.saturating_mul(self.size))
    }

    /// Count and next as they stand in the data object.
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8);
        bytes.put_u32(self.count);
        bytes.put_u32(self.next);
        bytes
    }
}

/// State of a TransactionMAC file.
#[derive(Clone)]
pub(super) struct TmacState {
    pub(super) key: [u8; 16],
    pub(super) tmri_prev: [u8; 16],
    pub(super) tmc: u32,
    pub(super) tmv: [u8; 8],
}

impl TmacState {
    /// The data object.
    pub(super) fn object(&self) -> Vec<u8> {
        [&self.key[..], &self.tmri_prev, &self.content()].concat()
    }

    /// What ReadData reads: TMC and TMV.
    pub(super) fn content(&self) -> [u8; 12] {
        let mut content = [0; 12];
        let bytes = self.tmc.to_le_bytes().into_iter().chain(self.tmv);
        content
            .iter_mut()
            .zip(bytes)
            .for_each(|(c, byte)| *c = byte);
        content
    }

    /// The change from the old state: everything but the key.
    pub(super) fn change(&self, aid: Aid, file_no: u8) -> Change {
        Change::Patch {
            object: ObjectId::Data(aid, file_no),
            offset: 16,
            bytes: [&self.tmri_prev[..], &self.content()].concat(),
        }
    }
}

impl Store {
    /// The PICC.
    pub(super) fn picc(&self) -> Level<'_> {
        Level {
            bytes: self.bytes(ObjectId::Picc),
            keys_at: PICC_MASTER,
        }
    }

    /// An application or the PICC level; `None` when there is no such application.
    pub(super) fn level(&self, aid: Aid) -> Option<Level<'_>> {
        if aid.is_picc() {
            return Some(self.picc());
        }
        let bytes = self.bytes(ObjectId::Application(aid));
        (!bytes.is_empty()).then_some(Level {
            bytes,
            keys_at: APPLICATION_KEYS,
        })
    }

    /// Flags of SetConfiguration `00`.
    pub(super) fn configuration(&self) -> u8 {
        byte(self.bytes(ObjectId::Picc), PICC_CONFIGURATION)
    }

    /// Flags of SetConfiguration `04`.
    pub(super) fn disabled(&self) -> u8 {
        byte(self.bytes(ObjectId::Picc), PICC_DISABLED)
    }

    /// Memory of what was deleted, in bytes.
    pub(super) fn lost_memory(&self) -> u32 {
        word(self.bytes(ObjectId::Picc), PICC_LOST)
    }

    /// The answer to select that SetConfiguration `02` has set.
    pub(super) fn ats(&self) -> Option<&[u8]> {
        let bytes = self.bytes(ObjectId::Picc).get(PICC_ATS..PICC_DEFAULT)?;
        let (len, ats) = bytes.split_first()?;
        ats.get(..usize::from(*len)).filter(|ats| !ats.is_empty())
    }

    /// The default application key.
    pub(super) fn default_key(&self) -> Option<Key> {
        let bytes = self.bytes(ObjectId::Picc);
        Key::read(bytes.get(PICC_DEFAULT..PICC_DEFAULT + SLOT)?)
    }

    /// All applications.
    pub(super) fn applications(&self) -> impl Iterator<Item = Aid> {
        let last = Aid::from_wire([0xFF; 3]);
        self.range(
            ObjectId::Application(Aid::PICC),
            ObjectId::Application(last),
        )
        .filter_map(|(object, _)| match object {
            ObjectId::Application(aid) => Some(aid),
            _ => None,
        })
    }

    /// Numbers and object bytes of an application's files.
    pub(super) fn files(&self, aid: Aid) -> impl Iterator<Item = (u8, &[u8])> {
        self.range(ObjectId::File(aid, 0), ObjectId::File(aid, u8::MAX))
            .filter_map(|(object, bytes)| match object {
                ObjectId::File(_, file_no) => Some((file_no, bytes)),
                _ => None,
            })
    }

    /// Settings of a file, with what moves with use filled in.
    pub(super) fn settings(&self, aid: Aid, file_no: u8) -> Option<FileSettings> {
        let bytes = self
            .bytes(ObjectId::File(aid, file_no))
            .get(FILE_HEADER..)?;
        let mut settings = FileSettings::read(&mut Reader::new("FileSettings", bytes)).ok()?;
        let data = self.bytes(ObjectId::Data(aid, file_no));
        match &mut settings.kind {
            FileKind::Value(value) => value.limited_credit = word(data, 4).cast_signed(),
            FileKind::Linear(file) | FileKind::Cyclic(file) => file.current_records = word(data, 0),
            _ => {}
        }
        Some(settings)
    }

    /// ISO file identifier of a file.
    pub(super) fn file_fid(&self, aid: Aid, file_no: u8) -> Option<u16> {
        file_fid(self.bytes(ObjectId::File(aid, file_no)))
    }

    /// The committed value of a value file.
    pub(super) fn value(&self, aid: Aid, file_no: u8) -> i32 {
        word(self.bytes(ObjectId::Data(aid, file_no)), 0).cast_signed()
    }

    /// The ring of a record file.
    pub(super) fn ring(&self, aid: Aid, file_no: u8, kind: &FileKind) -> Option<Ring> {
        let (FileKind::Linear(file) | FileKind::Cyclic(file)) = kind else {
            return None;
        };
        let data = self.bytes(ObjectId::Data(aid, file_no));
        Some(Ring {
            count: word(data, 0),
            next: word(data, 4),
            slots: file.max_records,
            size: file.record_size,
            readable: match kind {
                FileKind::Cyclic(_) => file.max_records.saturating_sub(1),
                _ => file.max_records,
            },
        })
    }

    /// The TransactionMAC file of an application.
    pub(super) fn tmac_file(&self, aid: Aid) -> Option<u8> {
        self.files(aid)
            .find(|(_, bytes)| byte(bytes, FILE_HEADER) == TMAC_TYPE)
            .map(|(file_no, _)| file_no)
    }

    /// State of a TransactionMAC file.
    pub(super) fn tmac(&self, aid: Aid, file_no: u8) -> Option<TmacState> {
        let bytes = self.bytes(ObjectId::Data(aid, file_no));
        let mut r = Reader::new("TransactionMAC file", bytes);
        Some(TmacState {
            key: r.array("Key").ok()?,
            tmri_prev: r.array("TMRIPrev").ok()?,
            tmc: r.u32("TMC").ok()?,
            tmv: r.array("TMV").ok()?,
        })
    }

    /// Whether TMC has reached its limit; without a limit that is the largest number.
    pub(super) fn tmc_limit_reached(&self, aid: Aid) -> bool {
        let Some(file_no) = self.tmac_file(aid) else {
            return false;
        };
        let limit = match self.settings(aid, file_no).map(|settings| settings.kind) {
            Some(FileKind::Tmac(file)) => file.limit.unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        self.tmac(aid, file_no)
            .is_some_and(|state| state.tmc >= limit)
    }
}

/// ISO file identifier in a file object.
pub(super) fn file_fid(object: &[u8]) -> Option<u16> {
    let fid = u16::from_le_bytes([byte(object, 2), byte(object, 3)]);
    (byte(object, 0) & HAS_FID != 0).then_some(fid)
}

/// The byte at an offset, zero beyond the end.
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The number at an offset, zero beyond the end.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .map_or(0, |word| u32::from_le_bytes(*word))
}

/// Bytes of a key slot.
pub(super) const SLOT: usize = 28;
/// Offset of the configuration flags in the PICC object.
pub(super) const PICC_CONFIGURATION: usize = 2;
/// Offset of the flags that disable authentications.
pub(super) const PICC_DISABLED: usize = 3;
/// Offset of the lost memory.
pub(super) const PICC_LOST: usize = 4;
/// Offset of the answer to select with its length before it.
pub(super) const PICC_ATS: usize = 8;
/// Offset of the default key's slot in the PICC object.
pub(super) const PICC_DEFAULT: usize = 32;
/// Offset of the master key's slot in the PICC object.
pub(super) const PICC_MASTER: usize = PICC_DEFAULT + SLOT;
/// Offset of the key slots in an application object.
pub(super) const APPLICATION_KEYS: usize = 24;
/// Bytes before the slots of a record file.
const RING: u32 = 8;
/// Bytes before the settings in a file object.
const FILE_HEADER: usize = 4;
const HAS_FID: u8 = 0x01;
const TMAC_TYPE: u8 = 0x05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_counts_back_from_the_newest() {
        let ring = Ring {
            count: 3,
            next: 1,
            slots: 4,
            size: 16,
            readable: 3,
        };
        let slots: Vec<_> = (0..4).map(|no| (ring.offset(no) - RING) / 16).collect();
        assert_eq!(slots, [0, 3, 2, 1]);
    }

    #[test]
    fn a_key_comes_back_from_its_slot() {
        let key = Key {
            kind: KeyType::ThreeKey3Des,
            value: Secret::new((1..25).collect::<Vec<u8>>()),
            version: 7,
        };
        assert_eq!(key.slot().len(), SLOT);
        let again = Key::read(&key.slot()).unwrap();
        assert!(again == key);
        assert_eq!(again.aes(), None);
    }
}

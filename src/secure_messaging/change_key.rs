//! The key in a ChangeKey (DESFire reference §4.6).
//!
//! ```text
//! D40, EV1   own key       new ‖ [version] ‖ CRC ‖ 00…
//!            another key   (new ⊕ old) ‖ [version] ‖ CRC ‖ CRC(new) ‖ 00…
//! EV2, LRP   own key       new ‖ version
//!            another key   (new ⊕ old) ‖ version ‖ CRC32(new)
//! ```
//! `new` has 16 bytes, of 3K3DES 24; single DES keys are sent doubled. A version byte goes with AES keys only: those
//! of the DES family hold it in their parity bits, so `old` and `new` are the keys as stored, these bits included.
//! The first CRC covers what stands before it, in EV1 with `Cmd ‖ header` in front; CRC(new) covers the key alone.

use super::extent::{fill_zeros, is_zero};
use super::verdict::{Check, Tag, Verdict};
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::crc::crc32;

/// A key to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// The new key: 8 (sent twice), 16 or 24 bytes.
    pub new: Secret,
    /// Its version, of AES keys.
    pub version: Option<u8>,
    /// The present key where another one than the session's is changed; it counts with zeros at its end when shorter.
    pub old: Option<Secret>,
}

/// What the command says about the key in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyForm {
    /// Type of the new key: of the application, at PICC level of bits 7 and 6 of KeyNo.
    pub kind: KeyType,
    /// The key of the session is changed.
    pub own: bool,
}

/// The key in a command that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedKey {
    /// The new key, or new ⊕ old where another key is changed.
    mixed: Secret,
    /// Checksum of the new key, where another key is changed.
    of_new: Option<Tag>,
    /// The version byte.
    pub version: Option<u8>,
    /// The first checksum.
    pub crc: Check,
    /// The padding.
    pub padding: Verdict,
}

impl OpenedKey {
    /// Whether the session's own key is changed.
    pub const fn own(&self) -> bool {
        self.of_new.is_none()
    }

    /// The new key, or new ⊕ old where another key is changed.
    pub const fn mixed(&self) -> &Secret {
        &self.mixed
    }

    /// The checksum of the new key as received; empty for an own key.
    pub fn of_new(&self) -> &[u8] {
        self.of_new.as_ref().map_or(&[], |tag| tag.as_ref())
    }

    /// The new key and the check that `old` was the right one; of an own key, where there is nothing to mix, no check.
    pub fn new_key(&self, old: &Secret) -> (Secret, Check) {
        let Some(of_new) = self.of_new else {
            return (self.mixed.clone(), Check::default());
        };
        let new = mix(self.mixed.expose(), old.expose());
        let crc = match of_new.as_ref().len() {
            2 => Tag::new(&crate::crypto::crc::crc16(new.expose())),
            _ => Tag::new(&crc32(new.expose())),
        };
        (new, Check::compare(crc.as_ref(), of_new.as_ref()))
    }
}

/// The text to be enciphered after `header`, padded to whole blocks; the result starts with `header`.
pub(super) fn seal<const N: usize>(
    header: &[u8],
    change: &KeyChange,
    block: usize,
    crc: impl Fn(&[u8]) -> [u8; N],
    crc_of_new: impl Fn(&[u8]) -> [u8; N],
) -> Vec<u8> {
    let new = doubled(change.new.expose());
    let mut body = Vec::with_capacity(header.len() + 2 * LONGEST);
    body.extend_from_slice(header);
    match &change.old {
        Some(old) => body.extend_from_slice(mix(new.expose(), old.expose()).expose()),
        None => body.extend_from_slice(new.expose()),
    }
    body.extend(change.version);
    let checksum = crc(body.get(header.len()..).unwrap_or_default());
    body.extend_from_slice(&checksum);
    if change.old.is_some() {
        body.extend_from_slice(&crc_of_new(new.expose()));
    }
    fill_zeros(&mut body, header.len(), block);
    body
}

/// Reads the deciphered text; `None` when it is too short.
pub fn open<const N: usize>(
    plain: &[u8],
    form: KeyForm,
    crc: impl Fn(&[u8]) -> [u8; N],
) -> Option<OpenedKey> {
    let (len, has_version) = layout(form.kind);
    let covered = len + usize::from(has_version);
    let (data, rest) = plain.split_at_checked(covered)?;
    let (got, rest) = rest.split_first_chunk::<N>()?;
    let (of_new, rest) = if form.own {
        (None, rest)
    } else {
        let (of_new, rest) = rest.split_first_chunk::<N>()?;
        (Some(Tag::new(of_new)), rest)
    };
    let (mixed, version) = data.split_at_checked(len)?;
    Some(OpenedKey {
        mixed: Secret::new(mixed),
        of_new,
        version: version.first().copied(),
        crc: Check::compare(&crc(data), got),
        padding: Verdict::from_bool(is_zero(rest)),
    })
}

/// Bytes of a key as D40 and EV1 send it, and whether a version byte follows.
pub const fn layout(kind: KeyType) -> (usize, bool) {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => (16, false),
        KeyType::ThreeKey3Des => (24, false),
        KeyType::Aes128 => (16, true),
    }
}

/// The key data of EV2 and LRP; `None` for a key that is not one of AES with its version.
pub fn ev2_key_data(change: &KeyChange) -> Option<Vec<u8>> {
    let new = change.new.aes128()?;
    let version = change.version?;
    let Some(old) = &change.old else {
        return Some([&new[..], &[version]].concat());
    };
    let mixed = mix(&new, &old.aes128()?);
    Some([mixed.expose(), &[version], &crc32(&new)].concat())
}

/// Key data of EV2 and LRP taken apart: the new key or new ⊕ old, the version, the checksum of the new key where another
/// key than the session's is changed. `None` for another length.
pub fn ev2_parts(data: &[u8]) -> Option<([u8; 16], u8, Option<[u8; 4]>)> {
    let (mixed, rest) = data.split_first_chunk::<16>()?;
    let (version, crc) = rest.split_first()?;
    match crc {
        [] => Some((*mixed, *version, None)),
        _ => Some((*mixed, *version, Some(crc.try_into().ok()?))),
    }
}

/// A single DES key as it is sent.
pub fn doubled(key: &[u8]) -> Secret {
    let times = if key.len() == 8 { 2 } else { 1 };
    Secret::new(key.repeat(times))
}

/// The new key ⊕ the old one, which counts with zeros at its end when shorter.
pub fn mix(key: &[u8], old: &[u8]) -> Secret {
    let old = doubled(old);
    let old = old.expose().iter().copied().chain(std::iter::repeat(0));
    let mixed: Vec<u8> = key.iter().zip(old).map(|(new, old)| new ^ old).collect();
    Secret::new(mixed)
}

/// A 3K3DES key with both checksums, so that the buffer that holds a key in clear does not move.
const LONGEST: usize = 32;

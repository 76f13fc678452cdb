//! The key data of ChangeKey, with its mistakes (DESFire reference §4.6).

use super::cipher::{crc16, crc32, xor};
use super::message::Knobs;

/// Whose rule for checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    D40,
    Ev1,
    Ev2,
}

/// A key to be written.
pub(crate) struct Change {
    pub(crate) form: Form,
    pub(crate) key_no: u8,
    /// The key that the session was opened with is changed.
    pub(crate) own: bool,
    pub(crate) new: Vec<u8>,
    pub(crate) old: Vec<u8>,
    /// Another key of the table.
    pub(crate) foreign: Vec<u8>,
    /// Of AES keys.
    pub(crate) version: Option<u8>,
}

/// Key and checksums, without padding.
pub(crate) fn data(change: &Change, knobs: &Knobs) -> Vec<u8> {
    let Change { form, new, .. } = change;
    let is_mixed = !change.own || knobs.on("change-key-xor-own");
    let old = if knobs.on("change-key-wrong-old") {
        &change.foreign
    } else {
        &change.old
    };
    let mut mixed = if is_mixed && !knobs.on("change-key-no-xor") {
        xor(new, old)
    } else {
        new.clone()
    };
    if !knobs.on("change-key-no-version") {
        mixed.extend(change.version);
    }
    let crc = |data: &[u8]| checksum(*form, data, knobs);
    let first = match form {
        Form::D40 => crc(&mixed),
        Form::Ev1 if knobs.on("change-key-crc-no-cmd") => crc(&mixed),
        Form::Ev1 => crc(&[&[0xC4, change.key_no][..], &mixed].concat()),
        Form::Ev2 => Vec::new(),
    };
    mixed.extend(first);
    if is_mixed && !knobs.on("change-key-no-second-crc") {
        mixed.extend(crc(new));
    }
    mixed
}

fn checksum(form: Form, data: &[u8], knobs: &Knobs) -> Vec<u8> {
    if form == Form::D40 {
        return crc16(data);
    }
    let mut crc = crc32(data);
    if knobs.on("change-key-crc-inverted") {
        crc = crc.iter().map(|byte| !byte).collect();
    }
    crc
}

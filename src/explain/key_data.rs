//! The key data of ChangeKey under a recipe (DESFire reference §4.6).
//!
//! ```text
//! D40, EV1   key ‖ [version] ‖ CRC ‖ [CRC of the new key] ‖ 00…
//! EV2        key ‖ version ‖ [CRC32 of the new key] ‖ 80 00…
//! ```
//! `key` is the new key, mixed with the old one where it is not the key of the session.

use crate::card::KeyType;
use crate::crypto::Secret;

use super::checks::{ev2_padding, flavoured};
use super::message::{ChangedKey, Channel, Extent, Message};
use super::recipe::{Flavour, Mix, Range, Recipe, Second};
use super::search::{Check, Space};

/// Appends the checks of the key data; gives the length before the padding. `None` where the data is too short for the
/// recipe.
pub(super) fn checks(
    message: &Message,
    key: &ChangedKey,
    recipe: &Recipe,
    clear: &Secret,
    checks: &mut Vec<Check>,
) -> Option<usize> {
    let bytes = clear.expose();
    let parts = &recipe.key;
    let len = if parts.kind == KeyType::ThreeKey3Des {
        24
    } else {
        16
    };
    let covered = len + usize::from(parts.has_version);
    let mixed = bytes.get(..len)?;
    let sent = bytes.get(..covered)?;
    let is_ev2 = message.is_ev2();
    let rest = bytes.get(covered..)?;
    let mut at = covered;
    let flavour = recipe.crc.flavour;
    if !is_ev2 {
        let is_covered = message.channel != Channel::D40 && parts.range != Range::DataOnly;
        let command = [&[message.code], &message.header[..]].concat();
        let command = if is_covered { &command[..] } else { &[] };
        // The checksum of an own key that was mixed may be that of the new key.
        let input = match (&parts.mix, own_new(key, &parts.mix, mixed)) {
            (Mix::Own { has_second: false }, Some(new)) => {
                [command, &new, sent.get(len..).unwrap_or_default()].concat()
            }
            _ => [command, sent].concat(),
        };
        let crc = flavoured(parts.first_flavour.unwrap_or(flavour), &input);
        at += push(checks, at, &crc, rest);
    }
    if let Some(expected) = second(key, recipe, mixed, bytes.get(at..)?) {
        let rest = bytes.get(at..)?;
        let got = rest.get(..expected.len().min(rest.len()))?;
        checks.push(Check::new(Space::Clear, at, &expected, got));
        at += got.len();
    } else if has_second(key, recipe) {
        // The old key is not known: nothing can be said about these bytes.
        at += if flavour == Flavour::Crc16 { 2 } else { 4 };
    }
    if is_ev2 {
        return ev2_padding(Extent::Known(at), recipe.padding, clear, checks).or(Some(at));
    }
    let padding = bytes.get(at..).unwrap_or_default();
    checks.push(Check::new(
        Space::Clear,
        at,
        &vec![0; padding.len()],
        padding,
    ));
    Some(at)
}

fn push(checks: &mut Vec<Check>, at: usize, crc: &[u8], rest: &[u8]) -> usize {
    let got = rest.get(..crc.len().min(rest.len())).unwrap_or_default();
    checks.push(Check::new(Space::Clear, at, crc, got));
    got.len()
}

/// Whether the checksum of the new key follows.
fn has_second(key: &ChangedKey, recipe: &Recipe) -> bool {
    match (&recipe.key.mix, recipe.key.second) {
        (_, Second::Missing) => false,
        (Mix::Own { has_second }, _) => *has_second,
        _ => !key.form.own,
    }
}

/// The checksum of the new key, over which key fits best; `None` where there is none or the old key is not known.
fn second(key: &ChangedKey, recipe: &Recipe, mixed: &[u8], rest: &[u8]) -> Option<Vec<u8>> {
    if !has_second(key, recipe) {
        return None;
    }
    let flavour = recipe.key.second_flavour.unwrap_or(recipe.crc.flavour);
    let crc = |input: &[u8]| flavoured(flavour, input);
    match &recipe.key.mix {
        Mix::Never => Some(crc(mixed)),
        Mix::With(old) => Some(crc(&xor(mixed, old))),
        Mix::Right | Mix::Own { .. } => {
            let crcs: Vec<Vec<u8>> = key.old.iter().map(|old| crc(&xor(mixed, old))).collect();
            let fitting = crcs.iter().find(|crc| rest.starts_with(crc));
            fitting.or(crcs.first()).cloned()
        }
    }
}

/// The new key in the data of an own key that was mixed with the present one.
fn own_new(key: &ChangedKey, mix: &Mix, mixed: &[u8]) -> Option<Vec<u8>> {
    matches!(mix, Mix::Own { .. }).then(|| key.old.first().map(|old| xor(mixed, old)))?
}

pub(super) fn xor(key: &[u8], old: &Secret) -> Vec<u8> {
    let old = old.expose();
    let doubled = if old.len() == 8 {
        old.repeat(2)
    } else {
        old.to_vec()
    };
    let old = doubled.into_iter().chain(std::iter::repeat(0));
    key.iter().zip(old).map(|(new, old)| new ^ old).collect()
}

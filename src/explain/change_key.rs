//! The key data of ChangeKey (DESFire reference §4.6).

use crate::card::KeyType;

use super::message::{ChangedKey, Message};
use super::mistake::{Family, Input, Mistake};
use super::recipe::{Flavour, Mix, Range, Recipe, Second};
use super::search::{Entry, Part};

const fn change_key(code: &'static str, title: &'static str, fix: &'static str) -> Mistake {
    Mistake {
        code,
        title,
        fix,
        section: "DESFire reference §4.6",
        family: Family::ChangeKey,
    }
}

pub(super) static ENTRIES: [Entry<Message>; 8] = [
    Entry {
        mistake: change_key(
            "change-key-no-xor",
            "The new key was not mixed with the old one, or the last checksum covers the mixed key.",
            "Where another key than that of the session is changed, send new XOR old, and the checksum of the new key last.",
        ),
        part: Part::Mix,
        alter: |message, recipe| other(message, |_| Some(mixed(recipe, Mix::Never))),
    },
    Entry {
        mistake: change_key(
            "change-key-xor-own",
            "The new key was mixed with the old one although it is the key of the session.",
            "Where the session's own key is changed, send the new key as it is, with one checksum.",
        ),
        part: Part::Mix,
        alter: |message, recipe| {
            let Some(key) = refused(message).filter(|key| key.form.own) else {
                return Vec::new();
            };
            let possible = !key.old.is_empty();
            let ways = [true, false].into_iter().filter(|_| possible);
            ways.map(|has_second| mixed(recipe, Mix::Own { has_second }))
                .collect()
        },
    },
    Entry {
        mistake: change_key(
            "change-key-no-second-crc",
            "The checksum of the new key is missing.",
            "Where another key than that of the session is changed, append the checksum of the new key.",
        ),
        part: Part::SecondCrc,
        alter: |message, recipe| other(message, |_| Some(second(recipe, Second::Missing))),
    },
    Entry {
        mistake: change_key(
            "change-key-crc-inverted",
            "The checksums are the CRC-32 of zip, with a final XOR.",
            "Leave the final XOR away: JAMCRC, start value FFFFFFFF.",
        ),
        part: Part::CrcFlavour,
        alter: |message, recipe| {
            let possible = refused(message).is_some() && !message.is_d40();
            let inverted = Some(Flavour::Inverted);
            let ways = [(inverted, inverted), (inverted, None), (None, inverted)];
            let ways = ways.into_iter().filter(|_| possible);
            ways.map(|(first, second)| {
                let mut recipe = recipe.clone();
                recipe.key.first_flavour = first;
                recipe.key.second_flavour = second;
                recipe
            })
            .collect()
        },
    },
    Entry {
        mistake: change_key(
            "change-key-no-version",
            "The key version is missing.",
            "Send the version byte behind an AES key.",
        ),
        part: Part::Version,
        alter: |message, recipe| {
            let mut without = recipe.clone();
            without.key.has_version = false;
            let possible = refused(message).is_some() && recipe.key.kind == KeyType::Aes128;
            possible.then_some(without).into_iter().collect()
        },
    },
    Entry {
        mistake: change_key(
            "change-key-type-bits",
            "KeyNo does not tell the type of the new key.",
            "At PICC level set bits 7 and 6 of KeyNo: 40 for 3K3DES, 80 for AES.",
        ),
        part: Part::KeyType,
        alter: |message, recipe| {
            const KINDS: [KeyType; 3] =
                [KeyType::Aes128, KeyType::ThreeKey3Des, KeyType::TwoKey3Des];
            let key = refused(message);
            let possible = key.is_some_and(|key| key.at_picc && !message.is_ev2());
            let kinds = KINDS.into_iter().filter(|_| possible);
            let kinds = kinds.filter(|kind| *kind != recipe.key.kind);
            kinds
                .map(|kind| {
                    let mut recipe = recipe.clone();
                    recipe.key.kind = kind;
                    recipe.key.has_version = kind == KeyType::Aes128;
                    recipe
                })
                .collect()
        },
    },
    Entry {
        mistake: change_key(
            "change-key-wrong-old",
            "The new key was mixed with another key than the old one.",
            "Mix the new key with the present value of the key that is changed.",
        ),
        part: Part::Mix,
        alter: |message, recipe| {
            let Some(key) = refused(message).filter(|key| !key.form.own) else {
                return Vec::new();
            };
            let others = key.others.iter();
            let others = others.filter(|other| other.expose().iter().any(|byte| *byte != 0));
            others
                .map(|other| {
                    let taken = Input::secret("old key", other, None);
                    mixed(recipe, Mix::With(other.clone())).taking(taken)
                })
                .collect()
        },
    },
    Entry {
        mistake: change_key(
            "change-key-crc-no-cmd",
            "The first checksum does not cover command code and KeyNo.",
            "In EV1 compute it over C4, KeyNo and the key data.",
        ),
        part: Part::CrcRange,
        alter: |message, recipe| {
            let mut alone = recipe.clone();
            alone.key.range = Range::DataOnly;
            let possible = refused(message).is_some() && message.is_ev1();
            possible.then_some(alone).into_iter().collect()
        },
    },
];

/// Bits 7 and 6 of KeyNo at PICC level.
pub(super) const fn type_bits(kind: KeyType) -> u8 {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => 0x00,
        KeyType::ThreeKey3Des => 0x40,
        KeyType::Aes128 => 0x80,
    }
}

/// The key of a ChangeKey that the card did not take: one that it took was right, and something else in the trace is
/// wrong.
fn refused(message: &Message) -> Option<&ChangedKey> {
    message.key.as_ref().filter(|key| key.is_refused)
}

/// Where another key than that of the session is changed.
fn other(message: &Message, alter: impl Fn(&ChangedKey) -> Option<Recipe>) -> Vec<Recipe> {
    let key = refused(message).filter(|key| !key.form.own);
    key.and_then(alter).into_iter().collect()
}

fn mixed(recipe: &Recipe, mix: Mix) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.key.mix = mix;
    recipe
}

fn second(recipe: &Recipe, second: Second) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.key.second = second;
    recipe
}

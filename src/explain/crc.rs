//! Checksums and the direction of the cipher in enciphered data of D40 and EV1 (DESFire reference §4.2, §4.3).

use super::message::Message;
use super::mistake::{Family, Mistake};
use super::recipe::{Crc, Flavour, Range, Recipe};
use super::search::{Entry, Part};

const EV1: &str = "DESFire reference §4.3";
const D40: &str = "DESFire reference §4.2";

const fn crc(
    code: &'static str,
    section: &'static str,
    title: &'static str,
    fix: &'static str,
) -> Mistake {
    Mistake {
        code,
        title,
        fix,
        section,
        family: Family::Crc,
    }
}

pub(super) static ENTRIES: [Entry<Message>; 8] = [
    Entry {
        mistake: crc(
            "ev1-crc-data-only",
            EV1,
            "The checksum does not cover command code and parameters.",
            "Compute the CRC32 over Cmd, the parameters and the data.",
        ),
        part: Part::CrcRange,
        alter: |message, recipe| {
            let possible = is_ev1(message) && message.is_command();
            ranged(recipe, Range::DataOnly, possible)
        },
    },
    Entry {
        mistake: crc(
            "ev1-crc-no-status",
            EV1,
            "The checksum does not cover the status.",
            "Compute the CRC32 over the data and then the status.",
        ),
        part: Part::CrcRange,
        alter: |message, recipe| {
            let possible = is_ev1(message) && !message.is_command();
            ranged(recipe, Range::DataOnly, possible)
        },
    },
    Entry {
        mistake: crc(
            "ev1-crc-inverted",
            EV1,
            "The checksum is the CRC-32 of zip, with a final XOR.",
            "Leave the final XOR away: JAMCRC, start value FFFFFFFF.",
        ),
        part: Part::CrcFlavour,
        alter: |message, recipe| flavoured(recipe, Flavour::Inverted, is_ev1(message)),
    },
    Entry {
        mistake: crc(
            "ev1-crc-big-endian",
            EV1,
            "The checksum is in the other byte order.",
            "Send the least significant byte of the CRC32 first.",
        ),
        part: Part::CrcOrder,
        alter: |message, recipe| {
            let reversed = Recipe {
                crc: Crc {
                    is_reversed: true,
                    ..recipe.crc
                },
                ..recipe.clone()
            };
            is_ev1(message).then_some(reversed).into_iter().collect()
        },
    },
    Entry {
        mistake: crc(
            "ev1-crc16",
            EV1,
            "The checksum is the CRC16 of D40.",
            "EV1 secure messaging has a CRC32 in enciphered data.",
        ),
        part: Part::CrcFlavour,
        alter: |message, recipe| {
            let possible = is_ev1(message) && message.is_command();
            // The rule of D40 covers the data alone.
            let mut recipes = flavoured(recipe, Flavour::Crc16, possible);
            let alone = recipes.clone();
            recipes.extend(
                alone
                    .into_iter()
                    .filter(|_| recipe.crc.range == Range::Right)
                    .map(|mut recipe| {
                        recipe.crc.range = Range::DataOnly;
                        recipe
                    }),
            );
            recipes
        },
    },
    Entry {
        mistake: crc(
            "d40-crc32",
            D40,
            "The checksum is the CRC32 of EV1.",
            "D40 secure messaging has a CRC16 in enciphered data.",
        ),
        part: Part::CrcFlavour,
        alter: |message, recipe| {
            let possible = is_d40(message) && message.is_command();
            let mut recipes = flavoured(recipe, Flavour::Crc32, possible);
            let with_command = recipes.clone();
            let is_alone = recipe.crc.range == Range::Right;
            recipes.extend(
                with_command
                    .into_iter()
                    .filter(|_| is_alone)
                    .map(|mut recipe| {
                        recipe.crc.range = Range::WithCommand;
                        recipe
                    }),
            );
            recipes
        },
    },
    Entry {
        mistake: crc(
            "d40-crc-with-cmd",
            D40,
            "The checksum covers command code and parameters, as in EV1.",
            "Compute the CRC16 over the data alone.",
        ),
        part: Part::CrcRange,
        alter: |message, recipe| {
            let possible = is_d40(message) && message.is_command();
            ranged(recipe, Range::WithCommand, possible)
        },
    },
    Entry {
        mistake: crc(
            "d40-enciphered",
            D40,
            "The host enciphered the data.",
            "The host deciphers what it sends: the card can only encipher.",
        ),
        part: Part::Cipher,
        alter: |message, recipe| {
            let enciphered = Recipe {
                is_enciphered: true,
                ..recipe.clone()
            };
            let possible = message.is_d40() && message.is_sealed() && message.is_command();
            possible.then_some(enciphered).into_iter().collect()
        },
    },
];

fn is_ev1(message: &Message) -> bool {
    message.is_ev1() && message.has_crc()
}

fn is_d40(message: &Message) -> bool {
    message.is_d40() && message.has_crc()
}

fn ranged(recipe: &Recipe, range: Range, possible: bool) -> Vec<Recipe> {
    let ranged = Recipe {
        crc: Crc {
            range,
            ..recipe.crc
        },
        ..recipe.clone()
    };
    possible.then_some(ranged).into_iter().collect()
}

fn flavoured(recipe: &Recipe, flavour: Flavour, possible: bool) -> Vec<Recipe> {
    let flavoured = Recipe {
        crc: Crc {
            flavour,
            ..recipe.crc
        },
        ..recipe.clone()
    };
    possible.then_some(flavoured).into_iter().collect()
}

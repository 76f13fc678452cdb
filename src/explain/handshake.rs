//! The mistakes in the cryptograms of an authentication (DESFire reference §4.2 to §4.4).

use super::authentication::{D40, Handshake, Made, Rotation};
use super::mistake::{Family, Input, Mistake};
use super::search::{Entry, Part};

const SECTION: &str = "DESFire reference §4.2 to §4.4";

const fn handshake(code: &'static str, title: &'static str, fix: &'static str) -> Mistake {
    Mistake {
        code,
        title,
        fix,
        section: SECTION,
        family: Family::Handshake,
    }
}

pub(super) static ENTRIES: [Entry<Handshake>; 8] = [
    Entry {
        mistake: handshake(
            "auth-rndb-not-rotated",
            "The token holds RndB, not RndB'.",
            "Rotate RndB by one byte to the left.",
        ),
        part: Part::Rotation,
        alter: |subject, made| rotated(made, Rotation::None, subject.is_host()),
    },
    Entry {
        mistake: handshake(
            "auth-rotated-right",
            "RndB was rotated to the right.",
            "Rotate RndB by one byte to the left: its first byte becomes the last.",
        ),
        part: Part::Rotation,
        alter: |subject, made| rotated(made, Rotation::Right, subject.is_host()),
    },
    Entry {
        mistake: handshake(
            "auth-token-swapped",
            "The token holds RndB' before RndA.",
            "Send RndA first, then RndB'.",
        ),
        part: Part::Order,
        alter: |subject, made| {
            let swapped = Made {
                is_swapped: true,
                ..made.clone()
            };
            subject.is_host().then_some(swapped).into_iter().collect()
        },
    },
    Entry {
        mistake: handshake(
            "auth-wrong-key-no",
            "The host used another key than the one that the command names.",
            "Use the key of the number in the command, or name the number of the key.",
        ),
        part: Part::Keys,
        alter: |subject, made| {
            let others = subject.others.iter().filter(|_| subject.is_host());
            let others = others.filter(|_| subject.is_refused);
            let keyed = others.map(|(key, value, row)| Made {
                key: Some(key.clone()),
                taken: vec![Input::secret("key", value, *row)],
                ..made.clone()
            });
            keyed.collect()
        },
    },
    Entry {
        mistake: handshake(
            "auth-zero-key",
            "The host used a key of zeros.",
            "Load the key before the authentication.",
        ),
        part: Part::Keys,
        alter: |subject, made| {
            let zero = subject
                .zero
                .iter()
                .filter(|_| subject.is_host() && subject.is_refused);
            zero.map(|key| Made {
                key: Some(key.clone()),
                ..made.clone()
            })
            .collect()
        },
    },
    Entry {
        mistake: handshake(
            "auth-d40-enciphered",
            "The host enciphered the token.",
            "In Authenticate (0A) the host deciphers what it sends: the card can only encipher.",
        ),
        part: Part::Cipher,
        alter: |subject, made| {
            let enciphered = Made {
                is_enciphered: true,
                ..made.clone()
            };
            let possible = subject.is_host() && subject.ins == D40;
            possible.then_some(enciphered).into_iter().collect()
        },
    },
    Entry {
        mistake: handshake(
            "auth-rnda-not-rotated",
            "The card's answer holds RndA, not RndA'.",
            "Rotate RndA by one byte to the left.",
        ),
        part: Part::Rotation,
        alter: |subject, made| rotated(made, Rotation::None, !subject.is_host()),
    },
    Entry {
        mistake: handshake(
            "auth-iv-zero-answer",
            "The card's answer was enciphered from a zero IV.",
            "Chain the IV through all three cryptograms of AuthenticateISO and AuthenticateAES.",
        ),
        part: Part::Iv,
        alter: |subject, made| {
            let from_zero = Made {
                is_from_zero: true,
                ..made.clone()
            };
            let possible = !subject.is_host() && subject.is_chained();
            possible.then_some(from_zero).into_iter().collect()
        },
    },
];

fn rotated(made: &Made, rotation: Rotation, possible: bool) -> Vec<Made> {
    let rotated = Made {
        rotation,
        ..made.clone()
    };
    possible.then_some(rotated).into_iter().collect()
}

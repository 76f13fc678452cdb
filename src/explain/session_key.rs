//! Session keys (DESFire reference §4.2 to §4.4).
//!
//! Corrected parity bits of a DES-type session key have no entry: the cipher ignores them, the subkeys of the CMAC come
//! from the cipher, and so no byte differs.

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::cmac::CmacKey;
use crate::secure_messaging::handshake::{legacy_session_key, session_keys};

use super::message::{Channel, Message, Opening};
use super::mistake::{Family, Input, Mistake};
use super::recipe::{Iv, Made, Recipe, Vector};
use super::search::{Entry, Part};

const EV2: &str = "DESFire reference §4.4";
const EV1: &str = "DESFire reference §4.2, §4.3";

const fn session_key(
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
        family: Family::SessionKey,
    }
}

pub(super) static ENTRIES: [Entry<Message>; 10] = [
    Entry {
        mistake: session_key(
            "ev2-zero-key",
            EV2,
            "The session keys were made from a key of zeros.",
            "Compute both CMACs under the key of the authentication.",
        ),
        part: Part::Keys,
        alter: |message, recipe| {
            let vector = Vector {
                made: Made::OfZero,
                ..recipe.vector
            };
            vectored(message, recipe, vector, message.is_ev2())
        },
    },
    Entry {
        mistake: session_key(
            "ev2-sv-rnd-swapped",
            EV2,
            "RndA and RndB are swapped in the session vectors.",
            "Start the context with RndA: RndA[0..2], RndA[2..8] XOR RndB[0..6], RndB[6..16], RndA[8..16].",
        ),
        part: Part::VectorOrder,
        alter: |message, recipe| {
            let vector = Vector {
                is_swapped: true,
                ..recipe.vector
            };
            vectored(message, recipe, vector, message.is_ev2())
        },
    },
    Entry {
        mistake: session_key(
            "ev2-sv-no-xor",
            EV2,
            "RndA[2..8] stands in the session vectors without RndB[0..6] mixed in.",
            "XOR RndA[2..8] with RndB[0..6].",
        ),
        part: Part::Vector,
        alter: |message, recipe| {
            let vector = Vector {
                is_unmixed: true,
                ..recipe.vector
            };
            vectored(message, recipe, vector, message.is_ev2())
        },
    },
    Entry {
        mistake: session_key(
            "ev2-static-key",
            EV2,
            "The key of the authentication was used in place of session keys.",
            "Make KSesAuthENC and KSesAuthMAC from both random numbers.",
        ),
        part: Part::Keys,
        alter: |message, recipe| {
            let opening = made(message, recipe, message.is_ev2());
            let fixed = opening.map(|opening| {
                keyed(
                    recipe,
                    (opening.key.clone(), opening.key.clone()),
                    opening.row,
                )
            });
            fixed.into_iter().collect()
        },
    },
    Entry {
        mistake: session_key(
            "ev2-old-session",
            EV2,
            "The session keys are those of the session before.",
            "Take the new keys after every authentication, also after AuthenticateEV2NonFirst.",
        ),
        part: Part::Keys,
        alter: |message, recipe| {
            let old = message
                .around
                .sessions
                .iter()
                .filter(|_| is_by_rules(recipe, message.is_ev2()));
            old.flat_map(|old| old_session(old, recipe)).collect()
        },
    },
    Entry {
        mistake: session_key(
            "ev2-keys-swapped",
            EV2,
            "KSesAuthENC and KSesAuthMAC are swapped.",
            "SV1, which starts with A55A, makes KSesAuthENC; SV2, with 5AA5, makes KSesAuthMAC.",
        ),
        part: Part::KeyOrder,
        alter: |message, recipe| {
            let mut swapped = recipe.clone();
            std::mem::swap(&mut swapped.enc, &mut swapped.mac);
            message.is_ev2().then_some(swapped).into_iter().collect()
        },
    },
    Entry {
        mistake: session_key(
            "ev1-key-rnd-swapped",
            EV1,
            "RndA and RndB are swapped in the session key.",
            "Begin each pair of quartets with that of RndA.",
        ),
        part: Part::VectorOrder,
        alter: |message, recipe| {
            let vector = Vector {
                is_swapped: true,
                ..recipe.vector
            };
            vectored(message, recipe, vector, message.is_ev1())
        },
    },
    Entry {
        mistake: session_key(
            "ev1-key-thirds",
            EV1,
            "The middle quartets of the session key are bytes 4 to 7 of the random numbers.",
            "With 3K3DES take bytes 6 to 9.",
        ),
        part: Part::Keys,
        alter: |message, recipe| {
            let vector = Vector {
                made: Made::OfThirds,
                ..recipe.vector
            };
            vectored(
                message,
                recipe,
                vector,
                message.channel == Channel::Ev1(KeyType::ThreeKey3Des),
            )
        },
    },
    Entry {
        mistake: session_key(
            "ev1-static-key",
            EV1,
            "The key of the authentication was used in place of the session key.",
            "Make the session key from both random numbers.",
        ),
        part: Part::Keys,
        alter: |message, recipe| {
            let opening = made(message, recipe, message.is_ev1());
            opening.map_or_else(Vec::new, |opening| {
                chained(message, recipe, &opening.key, opening.row)
            })
        },
    },
    Entry {
        mistake: session_key(
            "ev1-old-session",
            EV1,
            "The session key is that of the session before.",
            "Take the new key after every authentication, and a zero IV with it.",
        ),
        part: Part::Keys,
        alter: |message, recipe| {
            let old = message
                .around
                .sessions
                .iter()
                .filter(|_| is_by_rules(recipe, message.is_ev1()));
            let own = message.around.opening.as_ref().map(|opening| opening.kind);
            old.filter(|old| own.is_none_or(|own| own == old.kind))
                .flat_map(|old| chained(message, recipe, &old.mac, old.row))
                .collect()
        },
    },
];

/// Whether keys that have nothing to do with the random numbers can stand in for those of the recipe.
fn is_by_rules(recipe: &Recipe, possible: bool) -> bool {
    possible && recipe.vector == Vector::default()
}

fn made<'a>(message: &'a Message, recipe: &Recipe, possible: bool) -> Option<&'a Opening> {
    let opening = message.around.opening.as_ref();
    opening.filter(|_| is_by_rules(recipe, possible))
}

/// With the session keys from a vector.
fn vectored(message: &Message, recipe: &Recipe, vector: Vector, possible: bool) -> Vec<Recipe> {
    let opening = message.around.opening.as_ref().filter(|_| possible);
    let Some(opening) = opening else {
        return Vec::new();
    };
    let recipe = Recipe {
        vector,
        ..recipe.clone()
    };
    if message.is_ev2() {
        let keys = ev2_keys(opening, vector);
        let keyed = keys.map(|keys| keyed(&recipe, keys, opening.row));
        return keyed.into_iter().collect();
    }
    let key = ev1_key(opening, vector);
    key.map_or_else(Vec::new, |key| chained(message, &recipe, &key, opening.row))
}

fn ev2_keys(opening: &Opening, vector: Vector) -> Option<(Secret, Secret)> {
    let (mut a, mut b) = (opening.rnd_a.aes128()?, opening.rnd_b.aes128()?);
    if vector.is_swapped {
        std::mem::swap(&mut a, &mut b);
    }
    let key = if vector.made == Made::OfZero {
        [0; 16]
    } else {
        opening.key.aes128()?
    };
    if !vector.is_unmixed {
        let keys = session_keys(&key, &a, &b).result;
        return Some((Secret::new(keys.enc), Secret::new(keys.mac)));
    }
    let (a0, rest) = a.split_at_checked(8)?;
    let (_, b6) = b.split_at_checked(6)?;
    let fixed: &[u8] = &[0, 1, 0, 0x80];
    let key = CmacKey::new(&key);
    let key = |label: [u8; 2]| Secret::new(key.mac(&[&label, fixed, a0, b6, rest]));
    Some((key([0xA5, 0x5A]), key([0x5A, 0xA5])))
}

fn ev1_key(opening: &Opening, vector: Vector) -> Option<Secret> {
    let (mut a, mut b) = (opening.rnd_a.expose(), opening.rnd_b.expose());
    if vector.is_swapped {
        std::mem::swap(&mut a, &mut b);
    }
    if vector.made != Made::OfThirds {
        return Some(legacy_session_key(opening.kind, a, b)?.result);
    }
    let quartets = [0, 4, 12].into_iter().flat_map(|at| {
        let part = |rnd: &[u8]| rnd.get(at..at + 4).unwrap_or_default().to_vec();
        [part(a), part(b)]
    });
    Some(Secret::new(quartets.flatten().collect::<Vec<u8>>()))
}

/// With another session key: at the IV of the right one, and at that which the other key has made of the session.
fn chained(message: &Message, recipe: &Recipe, key: &Secret, row: usize) -> Vec<Recipe> {
    let other = keyed(recipe, (key.clone(), key.clone()), row);
    let cipher = message.cipher(key);
    let iv = cipher.and_then(|cipher| message.around.history.under(&cipher));
    let chained = iv.map(|iv| Recipe {
        iv: Iv::Given(iv),
        ..other.clone()
    });
    chained.into_iter().chain([other]).collect()
}

fn keyed(recipe: &Recipe, (enc, mac): (Secret, Secret), row: usize) -> Recipe {
    let mut recipe = recipe
        .clone()
        .taking(Input::secret("session keys", &mac, Some(row)));
    recipe.enc = enc;
    recipe.mac = mac;
    recipe
}

/// The old keys alone, with the old TI, with the old counter too.
fn old_session(old: &Opening, recipe: &Recipe) -> Vec<Recipe> {
    let keys = keyed(recipe, (old.enc.clone(), old.mac.clone()), old.row);
    let mut recipes = vec![keys.clone()];
    if let Some(ti) = old.ti {
        let mut with_ti = keys;
        with_ti.ti = Some(ti);
        with_ti.iv_ti = ti;
        recipes.push(with_ti.clone());
        let after = old.ctr.filter(|ctr| ctr.to_le_bytes() != recipe.ctr);
        recipes.extend(after.map(|ctr| {
            let mut with_ctr = with_ti;
            with_ctr.ctr = ctr.to_le_bytes();
            with_ctr.iv_ctr = with_ctr.ctr;
            with_ctr
        }));
    }
    recipes
}

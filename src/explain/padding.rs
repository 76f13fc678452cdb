//! Padding of enciphered data in EV2 (DESFire reference §4.4).

use crate::crypto::aes::BLOCK;

use super::message::{Extent, Message};
use super::mistake::{Family, Mistake};
use super::recipe::{Padding, Recipe};
use super::search::{Entry, Part};

/// Where the MAC fits only the length tells: see [`super::access`].
pub(super) const MISSING: &str = "ev2-padding-missing";

const SECTION: &str = "DESFire reference §4.4, §9 no. 17";

pub(super) static ENTRIES: [Entry<Message>; 2] = [
    Entry {
        mistake: Mistake {
            code: MISSING,
            title: "The padding is missing: the data fills its last block.",
            fix: "Append 80 and zeros in every case, a whole block where the data fills its last one.",
            section: SECTION,
            family: Family::Padding,
        },
        part: Part::Padding,
        alter: |message, recipe| padded(message, recipe, Padding::Missing),
    },
    Entry {
        mistake: Mistake {
            code: "ev2-padding-zeros",
            title: "The data was padded with zeros.",
            fix: "Append 80 before the zeros.",
            section: SECTION,
            family: Family::Padding,
        },
        part: Part::Padding,
        alter: |message, recipe| padded(message, recipe, Padding::Zeros),
    },
];

fn padded(message: &Message, recipe: &Recipe, padding: Padding) -> Vec<Recipe> {
    let padded = Recipe {
        padding,
        ..recipe.clone()
    };
    let is_told = match (&message.key, message.extent) {
        (Some(_), _) => padding == Padding::Zeros,
        // Where the data does not fill its last block something has to.
        (None, Extent::Known(len)) => padding == Padding::Zeros || len.is_multiple_of(BLOCK),
        (None, _) => false,
    };
    let possible = message.is_ev2() && message.is_sealed() && is_told;
    possible.then_some(padded).into_iter().collect()
}

//! The IV (DESFire reference §4.2 to §4.4).

use super::chain::{Fault, Other};
use super::message::Message;
use super::mistake::{Family, Input, Mistake};
use super::recipe::{Iv, Label, Recipe};
use super::search::{Entry, Part};

const EV2: &str = "DESFire reference §4.4";
const EV1: &str = "DESFire reference §4.3";

const fn iv(
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
        family: Family::Iv,
    }
}

pub(super) static ENTRIES: [Entry<Message>; 9] = [
    Entry {
        mistake: iv(
            "ev2-iv-zero",
            EV2,
            "The data was enciphered from a zero IV.",
            "Encipher A55A, TI, CmdCtr and zeros under KSesAuthENC for the IV of a command, 5AA5 for that of a response.",
        ),
        part: Part::Iv,
        alter: |message, recipe| ev2(message, recipe, Iv::Given(vec![0; 16])),
    },
    Entry {
        mistake: iv(
            "ev2-iv-labels-swapped",
            EV2,
            "The IV has the label of the other direction.",
            "Take A55A for commands and 5AA5 for responses.",
        ),
        part: Part::IvLabel,
        alter: |message, recipe| {
            let has_label = message.is_sealed() && !matches!(recipe.iv, Iv::Given(_));
            let other = Recipe {
                label: Label::Other,
                ..recipe.clone()
            };
            let possible = message.is_ev2() && has_label;
            possible.then_some(other).into_iter().collect()
        },
    },
    Entry {
        mistake: iv(
            "ev2-iv-plain",
            EV2,
            "The block of label, TI and CmdCtr is the IV itself; it was not enciphered.",
            "Encipher the block under KSesAuthENC; the result is the IV.",
        ),
        part: Part::Iv,
        alter: |message, recipe| ev2(message, recipe, Iv::NotEnciphered),
    },
    Entry {
        mistake: iv(
            "ev2-iv-mac-key",
            EV2,
            "The IV was enciphered under KSesAuthMAC.",
            "Encipher the IV under KSesAuthENC.",
        ),
        part: Part::Iv,
        alter: |message, recipe| ev2(message, recipe, Iv::UnderMacKey),
    },
    Entry {
        mistake: iv(
            "ev1-iv-response-skipped",
            EV1,
            "The IV was not chained from the previous response.",
            "After every response take its whole CMAC, or its last cipher block, as the next IV.",
        ),
        part: Part::Iv,
        alter: |message, recipe| chained(message, recipe, Fault::Responses),
    },
    Entry {
        mistake: iv(
            "ev1-iv-zero",
            EV1,
            "The IV is zero.",
            "Only the first message after the authentication starts from a zero IV; chain the IV through all others.",
        ),
        part: Part::Iv,
        alter: |message, recipe| {
            let zero = vec![0; message.block()];
            let is_other = recipe.iv != Iv::Given(zero.clone());
            let around = &message.around;
            let other_later = around.zero_later == Some(false) && around.history.begins();
            let possible = message.is_ev1() && is_other && !other_later;
            let taken = Input::clear("IV", &zero, None);
            possible
                .then(|| given(recipe, zero, taken))
                .into_iter()
                .collect()
        },
    },
    Entry {
        mistake: iv(
            "ev1-iv-command-skipped",
            EV1,
            "The IV was not advanced by a command.",
            "Compute the CMAC of every command, also of one that is sent in plain: it is the IV of the response.",
        ),
        part: Part::Iv,
        alter: |message, recipe| chained(message, recipe, Fault::Commands),
    },
    Entry {
        mistake: iv(
            "ev1-iv-truncated",
            EV1,
            "The IV is the 8 sent bytes of the CMAC and zeros.",
            "Take the whole CMAC of 16 bytes as the IV.",
        ),
        part: Part::Iv,
        alter: |message, recipe| chained(message, recipe, Fault::Whole),
    },
    Entry {
        mistake: iv(
            "d40-iv-carried",
            "DESFire reference §4.2",
            "The IV was carried over from a message before.",
            "Start every cryptogram and every MAC of D40 from a zero IV.",
        ),
        part: Part::Iv,
        alter: |message, recipe| others(recipe, message.around.carried.clone()),
    },
];

fn given(recipe: &Recipe, iv: Vec<u8>, taken: Input) -> Recipe {
    let mut recipe = recipe.clone().taking(taken);
    recipe.iv = Iv::Given(iv);
    recipe
}

fn ev2(message: &Message, recipe: &Recipe, iv: Iv) -> Vec<Recipe> {
    let other = Recipe {
        iv,
        ..recipe.clone()
    };
    let possible = message.is_ev2() && message.is_sealed();
    possible.then_some(other).into_iter().collect()
}

/// The IVs that come from a fault of EV1.
pub(super) fn chained(message: &Message, recipe: &Recipe, fault: Fault) -> Vec<Recipe> {
    let (Some(cipher), Iv::Given(right)) = (message.cipher(&recipe.mac), &recipe.iv) else {
        return Vec::new();
    };
    others(recipe, message.around.history.with(&cipher, fault, right))
}

fn others(recipe: &Recipe, ivs: Vec<Other>) -> Vec<Recipe> {
    ivs.into_iter()
        .map(|(iv, row)| {
            let taken = Input::clear("IV", &iv, row);
            given(recipe, iv, taken)
        })
        .collect()
}

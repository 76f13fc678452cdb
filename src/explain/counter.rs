//! CmdCtr and TI (DESFire reference §4.4).

use super::message::Message;
use super::mistake::{Family, Input, Mistake};
use super::recipe::Recipe;
use super::search::{Entry, Part};

const SECTION: &str = "DESFire reference §4.4";

pub(super) static ENTRIES: [Entry<Message>; 8] = [
    Entry {
        mistake: Mistake {
            code: "ev2-ctr-behind",
            title: "CmdCtr is one too low: it was not advanced after the last command.",
            fix: "Advance CmdCtr after every command that the card answered, in every mode.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::Counter,
        alter: |message, recipe| {
            // In an answer the counter that is one too low is that of its command.
            let possible = message.is_command();
            let ctr = right(recipe).checked_sub(1).filter(|_| possible);
            counters(message, recipe, ctr.map(u16::to_le_bytes))
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ctr-response",
            title: "The response was made with the CmdCtr of its command.",
            fix: "Advance CmdCtr between command and response.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::Counter,
        alter: |message, recipe| {
            let ctr = right(recipe).checked_sub(1);
            let ctr = ctr.filter(|_| !message.is_command());
            counters(message, recipe, ctr.map(u16::to_le_bytes))
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ctr-ahead",
            title: "CmdCtr is one too high.",
            fix: "Advance CmdCtr once per command: a chained command counts once, a repeated authentication not at all.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::Counter,
        alter: |message, recipe| {
            let ctr = right(recipe).checked_add(1);
            counters(message, recipe, ctr.map(u16::to_le_bytes))
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ctr-zero",
            title: "CmdCtr was never advanced: it is still 0.",
            fix: "Advance CmdCtr after every command that the card answered.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::Counter,
        alter: |message, recipe| {
            let possible = message.is_command() && right(recipe) >= 2;
            counters(message, recipe, possible.then_some([0; 2]))
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ctr-big-endian",
            title: "CmdCtr is in the other byte order.",
            fix: "Put the least significant byte of CmdCtr first, in the MAC and in the IV.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::CounterOrder,
        alter: |message, recipe| {
            let [low, high] = recipe.ctr;
            counters(message, recipe, (low != high).then_some([high, low]))
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ti-missing",
            title: "TI was left out of the MAC.",
            fix: "Put TI behind CmdCtr in the input of the MAC.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::Ti,
        alter: |_, recipe| {
            let left_out = Recipe {
                ti: None,
                ..recipe.clone()
            };
            recipe.ti.map(|_| left_out).into_iter().collect()
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ti-old",
            title: "TI is that of the session before.",
            fix: "Take TI from the last AuthenticateEV2First.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::Ti,
        alter: |message, recipe| {
            let sessions = message.around.sessions.iter();
            let old = sessions.filter_map(|session| Some((session.ti?, session.row)));
            let old = old.filter(|(ti, _)| recipe.ti.is_some_and(|right| right != *ti));
            old.flat_map(|(ti, row)| identifiers(message, recipe, ti, Some(row)))
                .collect()
        },
    },
    Entry {
        mistake: Mistake {
            code: "ev2-ti-reversed",
            title: "TI is in the other byte order.",
            fix: "Use the four bytes of TI in the order in which the card sent them.",
            section: SECTION,
            family: Family::Counter,
        },
        part: Part::TiOrder,
        alter: |message, recipe| {
            let reversed = recipe.ti.map(|[a, b, c, d]| [d, c, b, a]);
            let row = message.around.started;
            reversed.map_or_else(Vec::new, |ti| identifiers(message, recipe, ti, row))
        },
    },
];

const fn right(recipe: &Recipe) -> u16 {
    u16::from_le_bytes(recipe.ctr)
}

/// Another counter in MAC and IV, or in the MAC alone.
fn counters(message: &Message, recipe: &Recipe, ctr: Option<[u8; 2]>) -> Vec<Recipe> {
    // Where both sides have the other counter the trace lacks a message or has one too many.
    let possible = message.is_ev2() && message.around.is_alone;
    let Some(ctr) = ctr.filter(|_| possible) else {
        return Vec::new();
    };
    let input = Input::clear("CmdCtr", &ctr, Some(message.around.at));
    let mut both = recipe.clone().taking(input);
    both.ctr = ctr;
    let only_mac = both.clone();
    both.iv_ctr = ctr;
    let mut recipes = vec![both];
    recipes.extend(message.is_sealed().then_some(only_mac));
    recipes
}

/// Another TI in MAC and IV, or in the MAC alone.
fn identifiers(message: &Message, recipe: &Recipe, ti: [u8; 4], row: Option<usize>) -> Vec<Recipe> {
    let mut both = recipe.clone().taking(Input::clear("TI", &ti, row));
    both.ti = Some(ti);
    let only_mac = both.clone();
    both.iv_ti = ti;
    let mut recipes = vec![both];
    recipes.extend(message.is_sealed().then_some(only_mac));
    recipes
}

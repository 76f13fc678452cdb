//! What a MAC covers and which of its bytes are sent (DESFire reference §4.2 to §4.4).

use super::chain::Fault;
use super::iv;
use super::message::Message;
use super::mistake::{Family, Mistake};
use super::recipe::{Code, Cover, Cut, Recipe};
use super::search::{Entry, Part};

const EV2: &str = "DESFire reference §4.4";
const EV1: &str = "DESFire reference §4.3";
const D40: &str = "DESFire reference §4.2";

const fn mac(
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
        family: Family::Mac,
    }
}

pub(super) static ENTRIES: [Entry<Message>; 20] = [
    Entry {
        mistake: mac(
            "ev2-mac-first-bytes",
            EV2,
            "The first 8 bytes of the CMAC were sent, as in EV1.",
            "Send bytes 1, 3, … 15 of the CMAC.",
        ),
        part: Part::Cut,
        alter: |message, recipe| cut(recipe, Cut::First, message.is_ev2()),
    },
    Entry {
        mistake: mac(
            "ev2-mac-even-bytes",
            EV2,
            "Bytes 0, 2, … 14 of the CMAC were sent.",
            "Send bytes 1, 3, … 15 of the CMAC.",
        ),
        part: Part::Cut,
        alter: |message, recipe| cut(recipe, Cut::Even, message.is_ev2()),
    },
    Entry {
        mistake: mac(
            "ev2-mac-last-bytes",
            EV2,
            "The last 8 bytes of the CMAC were sent.",
            "Send bytes 1, 3, … 15 of the CMAC.",
        ),
        part: Part::Cut,
        alter: |message, recipe| cut(recipe, Cut::Last, message.is_ev2()),
    },
    Entry {
        mistake: mac(
            "ev2-mac-over-plain",
            EV2,
            "The MAC was computed over the data before it was enciphered.",
            "Encipher first, then compute the MAC over the cryptogram.",
        ),
        part: Part::Cover,
        alter: |message, recipe| cover(message, recipe, Cover::Plain),
    },
    Entry {
        mistake: mac(
            "ev2-mac-over-padded",
            EV2,
            "The MAC was computed over the padded data before it was enciphered.",
            "Encipher first, then compute the MAC over the cryptogram.",
        ),
        part: Part::Cover,
        alter: |message, recipe| cover(message, recipe, Cover::Padded),
    },
    Entry {
        mistake: mac(
            "ev2-mac-no-header",
            EV2,
            "The command's parameters were left out of the MAC.",
            "Compute the MAC over Cmd, CmdCtr, TI, the parameters and the data.",
        ),
        part: Part::Header,
        alter: |message, recipe| without_header(message, recipe, message.is_ev2()),
    },
    Entry {
        mistake: mac(
            "ev2-mac-no-cmd",
            EV2,
            "The command code was left out of the MAC.",
            "Compute the MAC over Cmd, CmdCtr, TI, the parameters and the data.",
        ),
        part: Part::Code,
        alter: |message, recipe| {
            code(
                recipe,
                Code::Missing,
                message.is_ev2() && message.is_command(),
            )
        },
    },
    Entry {
        mistake: mac(
            "ev2-mac-no-status",
            EV2,
            "The status was left out of the MAC.",
            "Compute the MAC over RC, CmdCtr, TI and the data.",
        ),
        part: Part::Code,
        alter: |message, recipe| {
            code(
                recipe,
                Code::Missing,
                message.is_ev2() && !message.is_command(),
            )
        },
    },
    Entry {
        mistake: mac(
            "ev2-mac-sw",
            EV2,
            "SW1 and SW2 stand in the MAC in place of the status.",
            "Put the one byte RC into the MAC, not the status word of the wrapping.",
        ),
        part: Part::Code,
        alter: |message, recipe| {
            code(
                recipe,
                Code::Word,
                message.is_ev2() && !message.is_command(),
            )
        },
    },
    Entry {
        mistake: mac(
            "ev2-mac-wrapped",
            EV2,
            "The wrapping 90 INS 00 00 Lc stands in the MAC.",
            "Compute the MAC over the native command; wrap it afterwards.",
        ),
        part: Part::Code,
        alter: |message, recipe| wrapped(message, recipe, message.is_ev2()),
    },
    Entry {
        mistake: mac(
            "ev1-mac-odd-bytes",
            EV1,
            "Bytes 1, 3, … 15 of the CMAC were sent, as in EV2.",
            "Send the first 8 bytes of the CMAC.",
        ),
        part: Part::Cut,
        alter: |message, recipe| cut(recipe, Cut::Odd, has_long_mac(message)),
    },
    Entry {
        mistake: mac(
            "ev1-mac-last-bytes",
            EV1,
            "The last 8 bytes of the CMAC were sent.",
            "Send the first 8 bytes of the CMAC.",
        ),
        part: Part::Cut,
        alter: |message, recipe| cut(recipe, Cut::Last, has_long_mac(message)),
    },
    Entry {
        mistake: mac(
            "ev1-mac-no-cmd",
            EV1,
            "The command code was left out of the CMAC.",
            "Compute the CMAC over Cmd, the parameters and the data.",
        ),
        part: Part::Code,
        alter: |message, recipe| {
            if message.is_command() {
                code(recipe, Code::Missing, has_cmac(message))
            } else {
                iv::chained(message, recipe, Fault::CommandCode)
            }
        },
    },
    Entry {
        mistake: mac(
            "ev1-mac-no-header",
            EV1,
            "The command's parameters were left out of the CMAC.",
            "Compute the CMAC over Cmd, the parameters and the data.",
        ),
        part: Part::Header,
        alter: |message, recipe| without_header(message, recipe, has_cmac(message)),
    },
    Entry {
        mistake: mac(
            "ev1-mac-no-status",
            EV1,
            "The status was left out of the CMAC.",
            "Compute the CMAC over the data and then the status.",
        ),
        part: Part::Status,
        alter: |message, recipe| {
            if message.is_command() {
                iv::chained(message, recipe, Fault::Status)
            } else {
                code(recipe, Code::Missing, has_cmac(message))
            }
        },
    },
    Entry {
        mistake: mac(
            "ev1-mac-status-first",
            EV1,
            "The status stands before the data in the CMAC.",
            "Compute the CMAC over the data and then the status.",
        ),
        part: Part::Status,
        alter: |message, recipe| {
            let has_data = !message.data.is_empty();
            code(
                recipe,
                Code::First,
                has_cmac(message) && !message.is_command() && has_data,
            )
        },
    },
    Entry {
        mistake: mac(
            "ev1-mac-wrapped",
            EV1,
            "The wrapping 90 INS 00 00 Lc stands in the CMAC.",
            "Compute the CMAC over the native command; wrap it afterwards.",
        ),
        part: Part::Code,
        alter: |message, recipe| wrapped(message, recipe, has_cmac(message)),
    },
    Entry {
        mistake: mac(
            "d40-mac-cmac",
            D40,
            "The MAC is a CMAC, as in EV1.",
            "Compute a CBC-MAC over the data with zeros up to a whole block, without subkeys.",
        ),
        part: Part::MacKind,
        alter: |message, recipe| {
            let cmac = Recipe {
                is_cmac: true,
                ..recipe.clone()
            };
            let possible = message.is_d40() && message.has_mac();
            possible.then_some(cmac).into_iter().collect()
        },
    },
    Entry {
        mistake: mac(
            "d40-mac-other-half",
            D40,
            "The last 4 bytes of the MAC were sent.",
            "Send the first 4 bytes of the last cipher block.",
        ),
        part: Part::Cut,
        alter: |message, recipe| cut(recipe, Cut::Last, message.is_d40() && message.has_mac()),
    },
    Entry {
        mistake: mac(
            "ev1-mac-sw",
            EV1,
            "SW1 and SW2 stand in the CMAC in place of the status.",
            "Put the one byte RC into the CMAC, not the status word of the wrapping.",
        ),
        part: Part::Status,
        alter: |message, recipe| {
            code(
                recipe,
                Code::Word,
                has_cmac(message) && !message.is_command(),
            )
        },
    },
];

/// A CMAC that is sent. One that is not moves the IV of the message after it.
fn has_cmac(message: &Message) -> bool {
    message.is_ev1() && message.has_mac()
}

/// Not all of the CMAC is sent.
fn has_long_mac(message: &Message) -> bool {
    has_cmac(message) && message.block() == 16
}

fn cut(recipe: &Recipe, cut: Cut, possible: bool) -> Vec<Recipe> {
    let cut = Recipe {
        cut,
        ..recipe.clone()
    };
    possible.then_some(cut).into_iter().collect()
}

fn code(recipe: &Recipe, code: Code, possible: bool) -> Vec<Recipe> {
    let coded = Recipe {
        code,
        ..recipe.clone()
    };
    possible.then_some(coded).into_iter().collect()
}

fn cover(message: &Message, recipe: &Recipe, cover: Cover) -> Vec<Recipe> {
    let covering = Recipe {
        cover,
        ..recipe.clone()
    };
    let possible = message.is_ev2() && message.is_sealed();
    possible.then_some(covering).into_iter().collect()
}

fn without_header(message: &Message, recipe: &Recipe, possible: bool) -> Vec<Recipe> {
    let left_out = Recipe {
        has_header: false,
        ..recipe.clone()
    };
    let possible = possible && message.is_command() && !message.header.is_empty();
    possible.then_some(left_out).into_iter().collect()
}

fn wrapped(message: &Message, recipe: &Recipe, possible: bool) -> Vec<Recipe> {
    if !possible || !message.is_command() {
        return Vec::new();
    }
    let both = [false, true].into_iter();
    let ways = both.clone().flat_map(|counts_mac| {
        let both = both.clone();
        both.clone().flat_map(move |has_le| {
            both.clone().map(move |inside| Code::Wrapped {
                counts_mac,
                has_le,
                inside,
            })
        })
    });
    // Without a counter there is only one place for the wrapping.
    let ways =
        ways.filter(|way| message.is_ev2() || matches!(way, Code::Wrapped { inside: true, .. }));
    ways.map(|way| Recipe {
        code: way,
        ..recipe.clone()
    })
    .collect()
}

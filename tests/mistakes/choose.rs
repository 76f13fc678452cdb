//! Random conversations with one mistake of the table, or with two that do not hide each other.

use super::dice::Dice;
use super::handshake::Way;
use super::message::{Knobs, Mode};
use super::mistakes::{Entry, TABLE};
use super::plan::{Channel, Last, Plan, Side};
use super::scene::record;

/// Mistakes, or parts, of which one takes away what would tell of the other: nobody can name both.
const BLIND: &[(&str, &str)] = &[
    // The second checksum alone says what the key was mixed with; in EV2 it is all that an IV shows in.
    ("key-xor", "key-second-crc"),
    ("iv", "change-key-no-second-crc"),
    ("iv-label", "change-key-no-second-crc"),
    // An old session has an old TI.
    ("ev2-old-session", "ev2-ti-old"),
    // Without padding both are the plain text.
    ("ev2-mac-over-padded", "ev2-padding-missing"),
    // Without TI in the MAC its order counts in the IV only, which long data does not show.
    ("ev2-ti-missing", "ev2-ti-reversed"),
];

/// Where both may be: channel, command and side.
fn places(one: &Entry, other: Option<&Entry>) -> Vec<(Channel, Last, Side)> {
    let sides = [(Side::Host, one.host), (Side::Card, one.card)];
    let lasts = sides.into_iter().flat_map(|(side, lasts)| {
        let more = other.map_or(&[][..], |other| match side {
            Side::Host => other.host,
            Side::Card => other.card,
        });
        let all = lasts.iter().chain(more);
        all.filter(move |last| takes(one, **last, side))
            .filter(move |last| other.is_none_or(|other| takes(other, **last, side)))
            .map(move |last| (side, *last))
    });
    let lasts: Vec<(Side, Last)> = lasts.collect();
    let channels = one.channels.iter();
    let channels =
        channels.filter(|channel| other.is_none_or(|other| other.channels.contains(channel)));
    channels
        .flat_map(|channel| lasts.iter().map(|(side, last)| (*channel, *last, *side)))
        .filter(|(channel, last, _)| *last != Last::AuthAgain || channel.way == Way::First)
        .collect()
}

/// Whether a mistake may be made in the command: a MAC where none belongs can be wrong like any, and the PICC master key
/// is an own key.
fn takes(entry: &Entry, last: Last, side: Side) -> bool {
    let lasts = match side {
        Side::Host => entry.host,
        Side::Card => entry.card,
    };
    let like = match last {
        Last::WriteFree => Last::Write(Mode::Mac),
        Last::ChangeMaster if entry.part != "key-xor" => Last::ChangeOwn,
        _ => last,
    };
    lasts.contains(&last) || lasts.contains(&like)
}

/// A conversation with the mistake.
pub(crate) fn single(entry: &Entry, seed: u64) -> Plan {
    let mut dice = Dice::new(seed ^ 0x5EED);
    let (channel, last, side) = dice.one(&places(entry, None));
    Plan {
        seed,
        channel,
        last,
        side,
        knobs: Knobs(vec![entry.code]),
        needs: entry.needs,
        more: 0,
    }
}

/// A conversation with the mistake and a second one; `None` where there is no second one.
pub(crate) fn pair(entry: &Entry, seed: u64) -> Option<Plan> {
    let partners: Vec<&Entry> = TABLE.iter().filter(|other| fits(entry, other)).collect();
    let mut dice = Dice::new(seed ^ 0x0002_5EED);
    for attempt in 0..40 {
        if partners.is_empty() {
            return None;
        }
        let other = dice.one(&partners);
        let (channel, last, side) = dice.one(&places(entry, Some(other)));
        let plan = Plan {
            seed: seed + (attempt << 32),
            channel,
            last,
            side,
            knobs: Knobs(vec![entry.code, other.code]),
            needs: entry.needs.and(other.needs)?,
            more: 0,
        };
        if both_show(&plan) {
            return Some(plan);
        }
    }
    None
}

fn fits(one: &Entry, other: &Entry) -> bool {
    let is = |entry: &Entry, name: &str| entry.part == name || entry.code == name;
    let blind = |(a, b): &(&str, &str)| is(one, a) && is(other, b) || is(one, b) && is(other, a);
    one.part != other.part
        && !BLIND.iter().any(blind)
        && one.needs.and(other.needs).is_some()
        && !places(one, Some(other)).is_empty()
}

/// Whether each mistake changes what the other leaves.
fn both_show(plan: &Plan) -> bool {
    let both = record(plan).events;
    plan.knobs.0.iter().all(|code| {
        let mut alone = plan.clone();
        alone.knobs = Knobs(vec![code]);
        record(&alone).events != both
    })
}

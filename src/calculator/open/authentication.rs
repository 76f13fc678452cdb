//! The cryptograms of a recorded authentication.

use super::{Way, way};
use crate::apdu::{CommandApdu, ResponseApdu};
use crate::bytes::hex;
use crate::card::KeyType;
use crate::command::iso::{EXTERNAL_AUTHENTICATE, GET_CHALLENGE, INTERNAL_AUTHENTICATE};
use crate::trace::{Authenticated, Event, Exchange};

const TITLE: &str = "Handshake";

/// The page that takes an authentication apart; its key where it is known.
pub(super) fn handshake(rows: &[Exchange], at: usize, events: &[Event]) -> Option<Way> {
    let row = rows.get(at)?;
    if row.is_iso_authentication() {
        return of_iso(rows, row, events);
    }
    if !row.is_authentication() {
        return None;
    }
    let mut answers = row
        .responses(events)
        .filter_map(|bytes| ResponseApdu::parse(row.form, bytes));
    let challenge = answers.next()?.data;
    let proof = answers.next().filter(|_| row.is_accepted());
    let token = CommandApdu::parse(row.commands(events).nth(1)?).body;
    let is_lrp = challenge.len() == 17;
    let kind = match (row.ins, is_lrp) {
        (0x71, true) => "lrp-first",
        (0x77, true) => "lrp-nonfirst",
        (0x71, false) => "ev2-first",
        (0x77, false) => "ev2-nonfirst",
        (0x0A, _) => "d40",
        _ => "ev1",
    };
    let random = if is_lrp { 16 } else { challenge.len() };
    if !matches!(random, 8 | 16) || token.len() != 2 * random {
        return None;
    }
    let mut inputs = vec![
        ("kind", kind.to_owned()),
        ("challenge", hex::upper(challenge)),
        ("token", hex::upper(token)),
    ];
    if let Some(proof) = proof {
        inputs.push(("answer", hex::upper(proof.data)));
    }
    let (key, of_key) = key(row).unzip();
    let of_key = of_key.unwrap_or_else(|| usual_type(row.ins, random));
    if matches!(kind, "d40" | "ev1") {
        inputs.push(("type", of_key.name().to_owned()));
    }
    inputs.extend(key.map(|key| ("key", key)));
    Some(way("handshake", TITLE, inputs))
}

/// The key that an authentication was decoded with.
fn key(row: &Exchange) -> Option<(String, KeyType)> {
    Some(match row.authentication.as_deref()? {
        Authenticated::Ev2(seen) => (hex::upper(seen.key), KeyType::Aes128),
        Authenticated::Legacy { key, seen } => (hex::upper(key.expose()), seen.kind),
    })
}

/// The type of a key that is not known.
const fn usual_type(ins: u8, random: usize) -> KeyType {
    match (ins, random) {
        (0xAA, _) => KeyType::Aes128,
        (_, 16) => KeyType::ThreeKey3Des,
        _ => KeyType::TwoKey3Des,
    }
}

/// GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE: three rows, any of which may be chosen.
fn of_iso(rows: &[Exchange], row: &Exchange, events: &[Event]) -> Option<Way> {
    let own: Vec<&Exchange> = rows
        .iter()
        .filter(|other| other.reader == row.reader)
        .collect();
    let at = own.iter().position(|other| other.index == row.index)?;
    let first = match row.ins {
        GET_CHALLENGE => at,
        EXTERNAL_AUTHENTICATE => at.checked_sub(1)?,
        _ => at.checked_sub(2)?,
    };
    let step = |place: usize, ins: u8| {
        let row = own.get(first + place).copied();
        row.filter(|row| row.is_iso_authentication() && row.ins == ins)
    };
    let challenge = step(0, GET_CHALLENGE)?.response.as_ref()?;
    let external = step(1, EXTERNAL_AUTHENTICATE)?;
    let token = external.framed_command(events);
    if !matches!(challenge.len(), 8 | 16) || token.len() != 2 * challenge.len() {
        return None;
    }
    let mut inputs = vec![
        ("kind", "iso".to_owned()),
        ("challenge", hex::upper(challenge)),
        ("token", hex::upper(&token)),
    ];
    let internal = step(2, INTERNAL_AUTHENTICATE).filter(|_| external.is_accepted());
    let accepted = internal.filter(|row| row.is_accepted());
    if let Some(row) = accepted {
        inputs.push(("rpcd2", hex::upper(row.framed_command(events))));
        inputs.push(("answer", hex::upper(row.framed_response(events))));
    }
    let known = internal.and_then(key);
    let (key, kind) = known.unzip();
    let usual = match (external.p1p2, challenge.len()) {
        ([0x09, _], _) => KeyType::Aes128,
        (_, len) => usual_type(external.ins, len),
    };
    inputs.push(("type", kind.unwrap_or(usual).name().to_owned()));
    inputs.extend(key.map(|key| ("key", key)));
    Some(way("handshake", TITLE, inputs))
}

//! The new key in a ChangeKey: learnt when the old one is known or not needed (DESFire reference §4.6).

use crate::apdu::Status;
use crate::bytes::hex;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::crc::crc32;
use crate::keyring::Keyring;
use crate::report::Finding;
use crate::secure_messaging::change_key;
use crate::secure_messaging::{KeyForm, OpenedKey, Verdict};

use super::auth::KEY_NO;
use super::exchange::{Exchange, NewKey};
use super::state::{Selection, State};

/// Reads the key data of ChangeKey and ChangeKeyEV2 in an EV2 session.
pub(super) fn of_ev2(state: &mut State, exchange: &mut Exchange, keyring: &Keyring) {
    let header = if exchange.ins == 0xC4 { 1 } else { 2 };
    let Some(body) = exchange
        .command
        .clone()
        .filter(|_| exchange.channel == Some("ev2"))
    else {
        return;
    };
    let (Some(key_no), Some(data)) = (body.get(header - 1), body.get(header..)) else {
        return;
    };
    let active_set = exchange.ins == 0xC4 || body.first() == Some(&0);
    let number = key_no & 0x3F;
    let accepted = exchange.status.is_some_and(Status::is_success);
    let (both, version) = match change_key::ev2_parts(data) {
        Some((key, version, None)) => (Some((Secret::new(key), None)), version),
        Some((mixed, version, Some(crc))) => {
            let both = other_key(state, exchange, keyring, number, (&mixed, crc), accepted);
            (both.map(|(new, old)| (new, Some(old))), version)
        }
        None => {
            let finding = Finding::warning("key_data", "The key data has neither 17 nor 21 bytes")
                .field("KeyData");
            exchange
                .findings
                .push(finding.values("17 or 21 bytes", format!("{} bytes", data.len())));
            return;
        }
    };
    let (key, old) = both.unzip();
    if let (Some(key), true, true) = (&key, accepted, active_set) {
        let learned = &mut state.learned;
        learned.add(&state.selection, number, key.clone(), exchange.index);
    }
    exchange.new_key = Some(Box::new(NewKey {
        key,
        version: Some(version),
        old: old.flatten(),
    }));
}

/// Finds new and old key by the old one whose difference to the new one has the checksum that was sent.
fn other_key(
    state: &State,
    exchange: &mut Exchange,
    keyring: &Keyring,
    number: u8,
    (mixed, sent): (&[u8; 16], [u8; 4]),
    accepted: bool,
) -> Option<(Secret, Secret)> {
    let mut tried = false;
    for old in old_keys(state, keyring, number) {
        tried = true;
        let new = change_key::mix(mixed, old.expose());
        if crc32(new.expose()) == sent {
            exchange.verdicts.crc = Verdict::Ok;
            return Some((new, old));
        }
    }
    note_old_key(exchange, number, tried && !accepted, &sent, "CRC32");
    None
}

/// Every value that the key to be changed may have had, newest first.
fn old_keys<'a>(
    state: &'a State,
    keyring: &'a Keyring,
    number: u8,
) -> impl Iterator<Item = Secret> + 'a {
    let aid = state.selection.aid();
    let table = keyring
        .auth_keys(aid, number)
        .chain(keyring.unnumbered_keys(aid))
        .filter_map(move |entry| entry.key_for(state.card.uid.as_deref(), aid).ok());
    let learned = state.learned.auth_keys(&state.selection, number);
    learned.map(|learned| learned.value().clone()).chain(table)
}

/// No old key gives a new one with the checksum that was sent; `checksum` is its name.
fn note_old_key(
    exchange: &mut Exchange,
    number: u8,
    is_wrong: bool,
    sent: &[u8],
    checksum: &'static str,
) {
    let finding = if is_wrong {
        exchange.verdicts.crc = Verdict::Bad;
        let text = format!("The checksum of the new key does not fit the known old key {number}");
        let finding = Finding::error("crc", text).field(checksum);
        finding.values("the checksum of the new key", hex::upper(sent))
    } else {
        exchange.verdicts.crc = Verdict::Unknown;
        let text =
            format!("The new key can't be told: the old value of key {number} is not in the table");
        Finding::warning("old_key", text).field("KeyData")
    };
    exchange.findings.push(finding);
}

/// What the selection and the command let the key in a ChangeKey of D40 or EV1 be, likeliest first; `session` is the
/// type of the session's key. None without a key number.
pub(super) fn forms(
    state: &State,
    ins: u8,
    body: &[u8],
    own_no: Option<u8>,
    session: KeyType,
) -> Vec<KeyForm> {
    let at_picc = match &state.selection {
        Selection::Application(aid) => Some(aid.is_picc()),
        Selection::Name(_) => Some(false),
        Selection::Unknown => None,
    };
    key_forms(at_picc, ins, body, own_no, session)
}

/// What a ChangeKey of D40 or EV1 lets its key be, likeliest first; `at_picc` where the trace tells, `own_no` and
/// `session` are number and type of the session's key. None without a key number.
pub fn key_forms(
    at_picc: Option<bool>,
    ins: u8,
    body: &[u8],
    own_no: Option<u8>,
    session: KeyType,
) -> Vec<KeyForm> {
    let clear = body.get(..header_len(ins)).unwrap_or_default();
    let Some(&key_no) = clear.last() else {
        return Vec::new();
    };
    let number = key_no & KEY_NO;
    let other_set = ins == 0xC6 && clear.first() != Some(&0);
    // Only the PICC level has type bits.
    let mut kinds = vec![match (at_picc.unwrap_or(key_no > KEY_NO), key_no >> 6) {
        (false, _) => session,
        (true, 0) if number == 0 => KeyType::TwoKey3Des,
        (true, 1) => KeyType::ThreeKey3Des,
        // Keys for delegated applications and virtual-card selection are AES without saying so.
        (true, _) => KeyType::Aes128,
    }];
    if other_set {
        // A set has a type of its own.
        kinds.extend([KeyType::Aes128, KeyType::TwoKey3Des, KeyType::ThreeKey3Des]);
    } else if at_picc.is_none() && key_no == 0 {
        // It may be the master key of the PICC, to which no bits mean DES.
        kinds.push(KeyType::TwoKey3Des);
    }
    // The padding tells: what is the checksum of the new key in one form is padding in the other.
    let owns = match own_no {
        _ if other_set => vec![false],
        Some(own) => vec![own & KEY_NO == number],
        None => vec![true, false],
    };
    let forms = kinds
        .into_iter()
        .flat_map(|kind| owns.iter().map(move |own| KeyForm { kind, own: *own }));
    forms.collect()
}

/// Clear bytes of ChangeKey and ChangeKeyEV2.
pub(super) const fn header_len(ins: u8) -> usize {
    if ins == 0xC6 { 2 } else { 1 }
}

/// Takes over the key of a ChangeKey of D40 or EV1; `body` is the command as sent.
pub(super) fn of_legacy(
    state: &mut State,
    exchange: &mut Exchange,
    keyring: &Keyring,
    body: &[u8],
    opened: &OpenedKey,
    checksum: &'static str,
) {
    let header = header_len(exchange.ins);
    let clear = body.get(..header).unwrap_or_default();
    let number = clear.last().copied().unwrap_or_default() & KEY_NO;
    let accepted = exchange.status.is_some_and(Status::is_success);
    let version = opened.version;
    let mut old = old_keys(state, keyring, number).peekable();
    let tried = old.peek().is_some();
    let both = if opened.crc.verdict == Verdict::Bad {
        None
    } else if opened.own() {
        Some((opened.new_key(&Secret::new([])).0, None))
    } else {
        old.find_map(|old| {
            let (new, check) = opened.new_key(&old);
            (check.verdict == Verdict::Ok).then_some((new, Some(old)))
        })
    };
    drop(old);
    let (key, old) = both.unzip();
    if let Some(key) = &key {
        exchange.command = Some([clear, key.expose(), version.as_slice()].concat());
        if accepted && (exchange.ins == 0xC4 || clear.first() == Some(&0)) {
            let learned = &mut state.learned;
            learned.add(&state.selection, number, key.clone(), exchange.index);
        }
    } else if opened.crc.verdict != Verdict::Bad {
        let is_wrong = tried && !accepted;
        note_old_key(exchange, number, is_wrong, opened.of_new(), checksum);
    }
    exchange.new_key = Some(Box::new(NewKey {
        key,
        version,
        old: old.flatten(),
    }));
}

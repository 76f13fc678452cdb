//! How the protection of a row in a D40 or EV1 session came about (DESFire reference §4.2, §4.3).
//!
//! The IV of EV1 depends on every message before; the fold keeps it with each row, so that one row can be worked out alone.

use crate::apdu::Status;
use crate::card::{CommMode, KeyType};
use crate::crypto::Secret;
use crate::crypto::crc::{crc16, crc32_over};
use crate::keyring::{GivenKeys, SessionEntry};
use crate::report::Worked;
use crate::secure_messaging::handshake::Observed;
use crate::secure_messaging::{D40, Ev1, Verdict};

use super::event::Event;
use super::exchange::{Authenticated, Exchange};
use super::proof::{
    DataProof, Derivation, MacProof, Part, Proof, SecretStep, SessionProof, given_to, was_checked,
};

/// The channel of a row, with the IVs of its messages.
enum Channel {
    D40(Box<D40>),
    Ev1 {
        command: Option<Box<Ev1>>,
        response: Option<Box<Ev1>>,
    },
}

#[derive(Clone, Copy)]
enum Side {
    Command,
    Response,
}

pub(super) fn prove(
    rows: &[Exchange],
    at: usize,
    events: &[Event],
    given: &[SessionEntry],
) -> Option<Proof> {
    let row = rows.get(at)?;
    let (session, kind) = session(rows, at, given)?;
    let mut proof = Proof {
        session,
        command: None,
        response: None,
        command_data: None,
        response_data: None,
    };
    if opening(row).is_some() {
        return Some(proof);
    }
    let key = proof.session.session_key.as_ref()?.expose();
    let channel = match kind {
        None => Channel::D40(Box::new(D40::new(key)?)),
        Some(kind) => {
            let channel = Ev1::new(kind, key)?;
            let at = |iv: Option<&[u8]>| channel.at(iv?).map(Box::new);
            let ivs = row.ivs.as_deref();
            let iv = |side: Side| {
                let iv = ivs.and_then(|ivs| match side {
                    Side::Command => ivs.command.as_ref(),
                    Side::Response => ivs.response.as_ref(),
                });
                iv.map(AsRef::as_ref)
            };
            Channel::Ev1 {
                command: at(iv(Side::Command)),
                response: at(iv(Side::Response)),
            }
        }
    };
    proof.command = mac(row, events, &channel, Side::Command);
    proof.response = mac(row, events, &channel, Side::Response);
    proof.command_data = data(row, events, &channel, Side::Command);
    proof.response_data = data(row, events, &channel, Side::Response);
    Some(proof)
}

/// The session of a row, and the type of its key when it is one of EV1.
fn session(
    rows: &[Exchange],
    at: usize,
    given: &[SessionEntry],
) -> Option<(SessionProof, Option<KeyType>)> {
    let row = rows.get(at)?;
    row.key.as_ref()?;
    let before = rows.get(..=at)?.iter().enumerate().rev();
    let mut before = before.filter(|(_, before)| before.reader == row.reader);
    let opened = before.find_map(|(place, row)| Some((place, opening(row)?, row)));
    let opened = opened.filter(|(_, _, opened)| opened.key == row.key);
    let is_d40 = row.channel == Some(D40::NAME);
    let proof = SessionProof {
        channel: row.channel?,
        started: None,
        keyed: None,
        key: row.key.clone(),
        ti: None,
        before: None,
        after: None,
        enc: None,
        mac: None,
        session_key: None,
        derivation: None,
    };
    let Some((place, seen, _)) = opened else {
        let (key, kind) = match &given_to(row, given)?.keys {
            GivenKeys::D40 { key } => (key, None),
            GivenKeys::Ev1 { kind, key } => (key, Some(*kind)),
            GivenKeys::Ev2 { .. } => return None,
        };
        let session_key = Some(key.clone());
        return Some((
            SessionProof {
                session_key,
                ..proof
            },
            kind,
        ));
    };
    let proof = SessionProof {
        started: Some(place),
        keyed: Some(place),
        session_key: seen.session_key(),
        derivation: derivation(seen),
        ..proof
    };
    Some((proof, Some(seen.kind).filter(|_| !is_d40)))
}

/// What an authentication revealed that opened a session.
fn opening(row: &Exchange) -> Option<&Observed> {
    match row.authentication.as_deref()? {
        Authenticated::Legacy { seen, .. } => Some(seen).filter(|seen| seen.card == Verdict::Ok),
        Authenticated::Ev2(_) => None,
    }
}

fn derivation(seen: &Observed) -> Option<Derivation> {
    const PIECES: [(&str, &str); 4] = [
        ("RndA 0 to 3", "RndB 0 to 3"),
        ("RndA 4 to 7", "RndB 4 to 7"),
        ("RndA 6 to 9", "RndB 6 to 9"),
        ("RndA 12 to 15", "RndB 12 to 15"),
    ];
    let places: &[usize] = match seen.kind {
        KeyType::Des => &[0],
        KeyType::TwoKey3Des => &[0, 1],
        KeyType::ThreeKey3Des => &[0, 2, 3],
        KeyType::Aes128 => &[0, 3],
    };
    let key = seen.session_key()?;
    let pieces = places.iter().filter_map(|place| PIECES.get(*place));
    let labels = pieces.flat_map(|(of_a, of_b)| [*of_a, *of_b]);
    let parts = labels
        .zip(key.expose().chunks(4))
        .map(|(label, bytes)| Part {
            label,
            bytes: Secret::new(bytes),
        });
    let parts = parts.collect();
    Some(Derivation {
        rnd_a: seen.rnd_a.clone(),
        rnd_b: seen.rnd_b.clone()?,
        pdcap2: None,
        pcdcap2: None,
        steps: vec![SecretStep {
            label: "Session key",
            bytes: key,
            section: "DESFire reference §4.2, §4.3",
            parts,
        }],
    })
}

/// What was sent on one side, clear bytes first; and their number.
fn sent(row: &Exchange, events: &[Event], side: Side) -> (Vec<u8>, usize) {
    match side {
        Side::Command => (row.framed_command(events), row.header_len),
        Side::Response => (row.framed_response(events), 0),
    }
}

fn mac(row: &Exchange, events: &[Event], channel: &Channel, side: Side) -> Option<MacProof> {
    let (verdict, code) = match side {
        Side::Command => (row.verdicts.command_mac, row.ins),
        Side::Response => (
            row.verdicts.response_mac,
            row.status.and_then(Status::code)?,
        ),
    };
    if !was_checked(verdict) {
        return None;
    }
    let (body, start) = sent(row, events, side);
    let len = match channel {
        Channel::D40(_) => D40::MAC_LEN,
        Channel::Ev1 { .. } => Ev1::MAC_LEN,
    };
    let cut = body.len().checked_sub(len).filter(|cut| *cut >= start);
    let (protected, received) = match cut.and_then(|cut| body.split_at_checked(cut)) {
        Some((protected, mac)) => (protected, Some(mac.to_vec())),
        None => (&body[..], None),
    };
    let (header, data) = protected.split_at_checked(start)?;
    let mac = match (channel, side) {
        (Channel::D40(session), _) => session.worked_mac(data),
        (Channel::Ev1 { command, .. }, Side::Command) => {
            let message = [&[code], protected].concat();
            command.as_ref()?.worked_mac(&message)?
        }
        (Channel::Ev1 { response, .. }, Side::Response) => {
            let message = [protected, &[code]].concat();
            response.as_ref()?.worked_mac(&message)?
        }
    };
    Some(MacProof {
        code,
        ctr: None,
        ti: None,
        header: header.to_vec(),
        data: data.to_vec(),
        mac,
        received,
        iv: None,
        padding: Vec::new(),
    })
}

/// Enciphered data. Key material stays where it is.
fn data(row: &Exchange, events: &[Event], channel: &Channel, side: Side) -> Option<DataProof> {
    let (body, start) = sent(row, events, side);
    let (header, data) = body.split_at_checked(start)?;
    let plain = match side {
        Side::Command => row.command.as_ref()?.get(start..)?,
        Side::Response => row.response.as_ref()?,
    };
    // Only one side of an exchange has data.
    let other_side = matches!(side, Side::Response)
        && row
            .command
            .as_ref()
            .is_some_and(|command| command.len() > row.header_len);
    let is_full = row.mode == Some(CommMode::Full) && was_checked(row.verdicts.crc);
    let is_secret = row.new_key.is_some() || row.secret_range().is_some();
    if !is_full || data.is_empty() || other_side || is_secret {
        return None;
    }
    let (clear, iv, next_iv, steps) = match (channel, side) {
        (Channel::D40(session), Side::Command) => {
            (session.deciphered_command(data), None, None, &[][..])
        }
        (Channel::D40(session), Side::Response) => {
            (session.deciphered_response(data), None, None, &[][..])
        }
        (Channel::Ev1 { command, .. }, Side::Command) => {
            let channel = command.as_ref()?;
            let (clear, next) = channel.deciphered(data)?;
            (clear, channel.running_iv(), Some(next), &[row.ins][..])
        }
        (Channel::Ev1 { response, .. }, Side::Response) => {
            let channel = response.as_ref()?;
            let (clear, next) = channel.deciphered(data)?;
            (clear, channel.running_iv(), Some(next), &[][..])
        }
    };
    let (content, rest) = clear.split_at_checked(plain.len())?;
    let status = row.status.and_then(Status::code);
    let (input, checksum, section) = match (channel, side) {
        (Channel::D40(_), _) => (
            content.to_vec(),
            crc16(content).to_vec(),
            "DESFire reference §4.2",
        ),
        (Channel::Ev1 { .. }, side) => {
            let input = match side {
                Side::Command => [steps, header, content].concat(),
                Side::Response => [content, &[status?]].concat(),
            };
            let crc = crc32_over(&[&input]).to_vec();
            (input, crc, "DESFire reference §4.3")
        }
    };
    let (received, padding) = rest.split_at_checked(checksum.len())?;
    let worked = Worked::new(checksum.clone())
        .step("Checksum input", input, section)
        .step("Checksum", checksum, section);
    Some(DataProof {
        iv: iv.map(|iv| iv.as_ref().to_vec()),
        next_iv: next_iv.map(|iv| iv.as_ref().to_vec()),
        checksum: worked,
        received: received.to_vec(),
        padding: padding.to_vec(),
    })
}

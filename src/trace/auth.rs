//! Authentications: every key that could fit is tried on the recorded cryptograms (DESFire reference §4.7).

use crate::apdu::Status;
use crate::bytes::hex;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::{KeyEntry, KeyError, Keyring, Use};
use crate::report::Finding;
use crate::secure_messaging::handshake::{Observation, Transcript};
use crate::secure_messaging::{Ev2, Verdict};

use super::exchange::{Exchange, KeyUse};
use super::pending::Pending;
use super::state::{Session, State, not_decoded, note_status};

const FIRST: u8 = 0x71;
const NON_FIRST: u8 = 0x77;

/// Decodes an authentication and opens, renews or ends the session.
pub(super) fn decode(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &Pending,
    keyring: &Keyring,
) {
    exchange.header_len = pending.command.len();
    exchange.command = Some(pending.command.clone());
    exchange.response = exchange.status.map(|_| Vec::new());
    let key_no = pending.command.first().copied();
    exchange.key = key_no.map(|key_no| KeyUse {
        label: "".into(),
        key_no: Some(key_no),
    });
    note_status(exchange);
    let is_ev2 = matches!(exchange.ins, FIRST | NON_FIRST);
    if !is_ev2 || pending.challenge.len() == 17 {
        return undecoded(state, exchange, pending, keyring);
    }
    exchange.channel = Some("ev2");
    let Some(transcript) = transcript(exchange, pending) else {
        exchange.key = None;
        if exchange.status.is_some_and(|status| !status.is_success()) {
            state.end_session();
        } else {
            let finding = Finding::error(
                "authentication_incomplete",
                "The authentication's cryptograms do not have their lengths",
            );
            exchange
                .findings
                .push(finding.values("16, 32 and 32 or 16 bytes", lengths(pending)));
            open_opaque(
                state,
                exchange,
                Finding::warning(
                    "no_session_key",
                    "Opaque, the authentication was not recorded whole",
                ),
            );
        }
        return;
    };
    match search(state, exchange, key_no, &transcript, keyring) {
        Ok((label, observation)) => opened(state, exchange, label, key_no, observation),
        Err(finding) => {
            exchange.findings.push(finding.clone());
            exchange.verdicts.auth_host = Verdict::Unknown;
            exchange.verdicts.auth_card = if transcript.proof.is_some() {
                Verdict::Unknown
            } else {
                Verdict::None
            };
            exchange.key = None;
            if exchange.status.is_some_and(Status::is_success) {
                open_opaque(state, exchange, finding);
            } else {
                state.end_session();
            }
        }
    }
}

fn transcript(exchange: &Exchange, pending: &Pending) -> Option<Transcript> {
    let first = exchange.ins == FIRST;
    let proof_len = if first { 32 } else { 16 };
    let success = exchange.status.is_some_and(Status::is_success);
    let proof = success.then(|| pending.response.clone());
    if proof.as_ref().is_some_and(|proof| proof.len() != proof_len) {
        return None;
    }
    Some(Transcript {
        first,
        challenge: pending.challenge.as_slice().try_into().ok()?,
        token: pending.token.as_deref()?.try_into().ok()?,
        proof,
    })
}

fn lengths(pending: &Pending) -> String {
    let token = pending.token.as_ref().map_or(0, Vec::len);
    format!(
        "{}, {token} and {} bytes",
        pending.challenge.len(),
        pending.response.len()
    )
}

/// One key to try, and how far it is from what the command names.
struct Candidate<'a> {
    label: String,
    key: Secret,
    entry: Option<&'a KeyEntry>,
}

fn search(
    state: &State,
    exchange: &mut Exchange,
    key_no: Option<u8>,
    transcript: &Transcript,
    keyring: &Keyring,
) -> Result<(String, Observation), Finding> {
    let number = key_no.unwrap_or_default() & 0x3F;
    let (candidates, problem) = candidates(state, number, keyring);
    let mut hits = candidates.iter().filter_map(|candidate| {
        let observation = transcript.observe(&candidate.key.aes128()?)?;
        Some((candidate, observation))
    });
    let Some((candidate, observation)) = hits.next() else {
        return Err(not_found(state, number, candidates.is_empty(), problem));
    };
    if let Some(entry) = candidate.entry {
        note_foreign(state, exchange, number, entry);
        let twin = hits.find(|(other, _)| {
            other
                .entry
                .is_some_and(|other| other.label != entry.label && same_place(other, entry))
        });
        if let Some((twin, _)) = twin {
            let text = format!("Key \"{}\" has the same value and fits as well", twin.label);
            exchange
                .findings
                .push(Finding::hint("key_twin", text).field("key"));
        }
    }
    Ok((candidate.label.clone(), observation))
}

fn same_place(one: &KeyEntry, other: &KeyEntry) -> bool {
    one.scope == other.scope && one.key_no == other.key_no
}

/// The keys of this place, then keys learnt in the trace, then all others.
fn candidates<'a>(
    state: &State,
    number: u8,
    keyring: &'a Keyring,
) -> (Vec<Candidate<'a>>, Option<KeyError>) {
    let aid = state.selection.aid();
    let mut list = Vec::new();
    let mut problem = None;
    let mut add = |list: &mut Vec<Candidate<'a>>, entry: &'a KeyEntry, here: bool| match entry
        .key_for(state.card.uid.as_deref(), aid)
    {
        Ok(key) => list.push(Candidate {
            label: entry.label.clone(),
            key,
            entry: Some(entry),
        }),
        Err(error) if here => problem = problem.take().or(Some(error)),
        Err(_) => {}
    };
    let aes = |entry: &&KeyEntry| entry.key_type == KeyType::Aes128;
    for entry in keyring.auth_keys(aid, number).filter(aes) {
        add(&mut list, entry, true);
    }
    let learned = state.learned.auth_keys(&state.selection, number);
    list.extend(learned.map(|learned| Candidate {
        label: learned.label(),
        key: learned.key.clone(),
        entry: None,
    }));
    let here = |entry: &&KeyEntry| entry.key_no == number && entry.scope.covers(aid);
    let elsewhere = keyring.keys.iter().filter(|entry| entry.usage == Use::Auth);
    for entry in elsewhere.filter(aes).filter(|entry| !here(entry)) {
        add(&mut list, entry, false);
    }
    (list, problem)
}

fn not_found(state: &State, number: u8, none: bool, problem: Option<KeyError>) -> Finding {
    let place = state
        .selection
        .aid()
        .map_or_else(String::new, |aid| format!(" of application {aid}"));
    let text = match problem {
        Some(problem) => format!("Opaque, {problem}"),
        None if none => format!("Opaque, the key table has no AES key for key {number}{place}"),
        None => format!("Opaque, no key in the table fits key {number}{place}"),
    };
    Finding::warning("no_key", text).field("key")
}

/// A key that fits although it belongs elsewhere says that the trace is not what it seems.
fn note_foreign(state: &State, exchange: &mut Exchange, number: u8, entry: &KeyEntry) {
    use crate::keyring::Scope;
    if entry.key_no != number {
        let text = format!(
            "The command names key {number}, but key {} \"{}\" fits",
            entry.key_no, entry.label
        );
        let finding = Finding::error("key_number", text).field("KeyNo");
        exchange
            .findings
            .push(finding.values(entry.key_no.to_string(), number.to_string()));
    }
    if let (Scope::Application(own), Some(aid)) = (entry.scope, state.selection.aid())
        && own != aid
    {
        let text = format!(
            "Application {aid} is selected, but the key \"{}\" of application {own} fits",
            entry.label
        );
        let finding = Finding::error("key_application", text).field("AID");
        exchange
            .findings
            .push(finding.values(own.to_string(), aid.to_string()));
    }
}

fn opened(
    state: &mut State,
    exchange: &mut Exchange,
    label: String,
    key_no: Option<u8>,
    observation: Observation,
) {
    let key = KeyUse {
        label: label.into(),
        key_no,
    };
    exchange.verdicts.auth_host = observation.host;
    exchange.verdicts.auth_card = observation.card;
    if observation.host == Verdict::Bad {
        exchange.findings.push(
            Finding::error("auth_host", "The host did not return RndB rotated").field("token"),
        );
    }
    if observation.card == Verdict::Bad {
        exchange.findings.push(
            Finding::error("auth_card", "The card did not return RndA rotated").field("proof"),
        );
    }
    note_capabilities(exchange, &observation);
    exchange.key = Some(key.clone());
    if observation.card == Verdict::Ok {
        match (observation.ti, &mut state.session) {
            (Some(ti), _) => {
                state.session = Session::Ev2 {
                    channel: Box::new(Ev2::new(&observation.keys, ti)),
                    key,
                };
            }
            (
                None,
                Session::Ev2 {
                    channel,
                    key: current,
                },
            ) => {
                channel.renew(&observation.keys);
                *current = key;
            }
            (None, _) => {
                let text = "Opaque, the session that this authentication renews was not recorded: TI and CmdCtr are not known";
                let finding = Finding::warning("no_session", text);
                exchange.findings.push(finding.clone());
                open_opaque(state, exchange, finding);
            }
        }
    } else {
        state.end_session();
    }
    exchange.authentication = Some(Box::new(observation));
}

/// The card's proof repeats what the host sent, padded to six bytes.
fn note_capabilities(exchange: &mut Exchange, observation: &Observation) {
    let sent = exchange.command.as_deref().and_then(|body| body.get(2..));
    let (Some(sent), Some(echo), Verdict::Ok) = (sent, observation.pcdcap2, observation.card)
    else {
        return;
    };
    let padded = sent.iter().copied().chain(std::iter::repeat(0));
    if !echo.iter().copied().eq(padded.take(echo.len())) {
        let text = "The card's proof repeats other PCD capabilities than the host sent";
        let finding = Finding::error("pcdcap2", text).field("PCDcap2");
        exchange
            .findings
            .push(finding.values(hex::upper(echo), hex::upper(sent)));
    }
}

fn open_opaque(state: &mut State, exchange: &Exchange, finding: Finding) {
    state.session = Session::Opaque {
        channel: exchange.channel,
        key: exchange.key.clone(),
        finding,
    };
}

/// D40, EV1 and LRP: named, not decoded yet.
fn undecoded(state: &mut State, exchange: &mut Exchange, pending: &Pending, keyring: &Keyring) {
    let number = pending.command.first().copied().unwrap_or_default() & 0x3F;
    let key_type = keyring
        .auth_keys(state.selection.aid(), number)
        .map(|entry| entry.key_type)
        .next();
    let channel = match (exchange.ins, pending.challenge.len(), key_type) {
        (0x0A, ..) => Some("d40"),
        (0x1A, 16, _) => Some("ev1-3k3des"),
        (0x1A, _, Some(KeyType::TwoKey3Des)) => Some("ev1-2k3des"),
        (0x1A, _, Some(KeyType::Des)) => Some("ev1-des"),
        (0xAA, ..) => Some("ev1-aes"),
        (FIRST | NON_FIRST, ..) => Some("lrp"),
        _ => None,
    };
    let finding = not_decoded(channel.unwrap_or("ev1 with DES or 2K3DES"));
    exchange.channel = channel;
    exchange.key = None;
    exchange.findings.push(finding.clone());
    exchange.verdicts.auth_host = Verdict::Unknown;
    exchange.verdicts.auth_card = Verdict::Unknown;
    if exchange.status.is_some_and(Status::is_success) {
        open_opaque(state, exchange, finding);
    } else {
        state.end_session();
    }
}

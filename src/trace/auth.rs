//! Authentications: every key that could fit is tried on the recorded cryptograms (DESFire reference §4.7).

use crate::apdu::Status;
use crate::bytes::hex;
use crate::card::KeyType;
use crate::keyring::Keyring;
use crate::report::Finding;
use crate::secure_messaging::handshake::{Observation, Transcript};
use crate::secure_messaging::{Ev2, Verdict};

use super::candidates::search;
use super::exchange::{Authenticated, Exchange, KeyUse};
use super::legacy_auth;
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
    state.start_is_known = true;
    state.passed = 0;
    exchange.header_len = pending.command.len();
    exchange.command = Some(pending.command.clone());
    exchange.response = exchange.status.map(|_| Vec::new());
    let key_no = pending.command.first().copied();
    exchange.key = key_no.map(|key_no| KeyUse {
        label: "".into(),
        key_no: Some(key_no),
    });
    note_status(exchange);
    if !matches!(exchange.ins, FIRST | NON_FIRST) {
        return legacy_auth::decode(state, exchange, pending, keyring);
    }
    if pending.challenge.len() == 17 {
        return lrp(state, exchange);
    }
    exchange.channel = Some("ev2");
    let Some(transcript) = transcript(exchange, pending) else {
        return incomplete(state, exchange, pending, "16, 32 and 32 or 16 bytes");
    };
    let number = key_no.unwrap_or_default() & KEY_NO;
    let observe = |_, key: &crate::crypto::Secret| transcript.observe(&key.aes128()?);
    match search(
        state,
        exchange,
        number,
        &[KeyType::Aes128],
        keyring,
        observe,
    ) {
        Ok(hit) => opened(state, exchange, hit.label, key_no, hit.seen),
        Err(finding) => no_key(state, exchange, finding, transcript.proof.is_some()),
    }
}

/// The frames of an authentication do not have their lengths; a refused one has not all of them.
pub(super) fn incomplete(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &Pending,
    expected: &str,
) {
    exchange.key = None;
    if exchange.status.is_some_and(|status| !status.is_success()) {
        return state.end_session();
    }
    let finding = Finding::error(
        "authentication_incomplete",
        "The authentication's cryptograms do not have their lengths",
    );
    exchange
        .findings
        .push(finding.values(expected, lengths(pending)));
    let text = "Opaque, the authentication was not recorded whole";
    open_opaque(state, exchange, Finding::warning("no_session_key", text));
}

/// No key fits: what follows is opaque.
pub(super) fn no_key(
    state: &mut State,
    exchange: &mut Exchange,
    finding: Finding,
    has_proof: bool,
) {
    exchange.findings.push(finding.clone());
    exchange.verdicts.auth_host = Verdict::Unknown;
    exchange.verdicts.auth_card = if has_proof {
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

/// Says whose cryptogram does not fit.
pub(super) fn note_proofs(exchange: &mut Exchange, host: Verdict, card: Verdict) {
    exchange.verdicts.auth_host = host;
    exchange.verdicts.auth_card = card;
    if host == Verdict::Bad {
        exchange.findings.push(
            Finding::error("auth_host", "The host did not return RndB rotated").field("token"),
        );
    }
    if card == Verdict::Bad {
        exchange.findings.push(
            Finding::error("auth_card", "The card did not return RndA rotated").field("proof"),
        );
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
    note_proofs(exchange, observation.host, observation.card);
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
    exchange.authentication = Some(Box::new(Authenticated::Ev2(observation)));
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

pub(super) fn open_opaque(state: &mut State, exchange: &Exchange, finding: Finding) {
    state.session = Session::Opaque {
        channel: exchange.channel,
        key: exchange.key.clone(),
        finding,
    };
}

/// LRP: named, not decoded yet.
fn lrp(state: &mut State, exchange: &mut Exchange) {
    exchange.channel = Some("lrp");
    no_key(state, exchange, not_decoded("lrp"), true);
}

/// Bits of KeyNo that count in an authentication (DESFire reference §2.1).
pub(super) const KEY_NO: u8 = 0x3F;

//! Authenticate, AuthenticateISO and AuthenticateAES: the sessions of D40 and EV1 (DESFire reference §4.2, §4.3).

use crate::apdu::Status;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::Keyring;
use crate::secure_messaging::handshake::{AuthKey, Observed, d40, ev1};
use crate::secure_messaging::{D40, Ev1, Verdict};

use super::auth::{self, KEY_NO};
use super::candidates::search;
use super::ev1::Chain;
use super::exchange::{Authenticated, Exchange, KeyUse};
use super::pending::Pending;
use super::state::{Session, State};

const D40_CODE: u8 = 0x0A;
const ISO_CODE: u8 = 0x1A;

/// The frames of one of the two handshakes.
enum Transcript {
    D40(d40::Transcript),
    Ev1(ev1::Transcript),
}

/// Decodes an authentication and opens or ends the session.
pub(super) fn decode(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &Pending,
    keyring: &Keyring,
) {
    let key_no = pending.command.first().copied();
    let number = key_no.unwrap_or_default() & KEY_NO;
    let kinds = kinds(exchange.ins, pending.challenge.len());
    exchange.channel = expected(state, exchange.ins, kinds, number, keyring);
    let Some(transcript) = transcript(exchange, pending) else {
        let expected = match (exchange.ins, kinds) {
            (D40_CODE, _) | (_, DES) => "8, 16 and 8 bytes",
            _ => "16, 32 and 16 bytes",
        };
        return auth::incomplete(state, exchange, pending, expected);
    };
    let observe = |kind, key: &Secret| {
        let seen = transcript.observe(&AuthKey::new(kind, key.expose())?)?;
        Some((key.clone(), seen))
    };
    match search(state, exchange, number, kinds, keyring, observe) {
        Ok(hit) => {
            let key = KeyUse {
                label: hit.label.into(),
                key_no,
            };
            let (value, seen) = hit.seen;
            auth::note_proofs(exchange, seen.host, seen.card);
            exchange.channel = Some(match transcript {
                Transcript::D40(_) => D40::NAME,
                Transcript::Ev1(_) => Ev1::name(seen.kind),
            });
            exchange.key = Some(key.clone());
            state.session = match transcript {
                _ if seen.card != Verdict::Ok => Session::None,
                Transcript::D40(_) => d40_session(&seen, key),
                Transcript::Ev1(_) => ev1_session(&seen, key),
            };
            let seen = Authenticated::Legacy { key: value, seen };
            exchange.authentication = Some(Box::new(seen));
        }
        Err(finding) => auth::no_key(state, exchange, finding, transcript.has_proof()),
    }
}

fn d40_session(seen: &Observed, key: KeyUse) -> Session {
    let channel = seen.session_key().and_then(|key| D40::new(key.expose()));
    channel.map_or(Session::None, |channel| Session::D40 {
        channel: Box::new(channel),
        key,
    })
}

/// The session that an authentication with EV1 secure messaging opens.
pub(super) fn ev1_session(seen: &Observed, key: KeyUse) -> Session {
    let session_key = seen.session_key();
    let channel = session_key.and_then(|key| Ev1::new(seen.kind, key.expose()));
    channel.map_or(Session::None, |channel| Session::Ev1 {
        chain: Box::new(Chain::new(channel)),
        key,
    })
}

/// Types of the keys that go with an authentication, by the length of its challenge.
fn kinds(ins: u8, challenge: usize) -> &'static [KeyType] {
    match (ins, challenge) {
        (ISO_CODE, 16) => &[KeyType::ThreeKey3Des],
        (D40_CODE | ISO_CODE, _) => DES,
        _ => &[KeyType::Aes128],
    }
}

/// The channel that the authentication opens, as far as its code and the key table tell.
fn expected(
    state: &State,
    ins: u8,
    kinds: &[KeyType],
    number: u8,
    keyring: &Keyring,
) -> Option<&'static str> {
    match (ins, kinds) {
        (D40_CODE, _) => Some(D40::NAME),
        (_, [kind]) => Some(Ev1::name(*kind)),
        _ => {
            let mut keys = keyring.auth_keys(state.selection.aid(), number);
            keys.find(|entry| kinds.contains(&entry.key_type))
                .map(|entry| Ev1::name(entry.key_type))
        }
    }
}

fn transcript(exchange: &Exchange, pending: &Pending) -> Option<Transcript> {
    let accepted = exchange.status.is_some_and(Status::is_success);
    let proof = accepted.then(|| pending.response.clone());
    let token = pending.token.as_deref()?;
    let challenge = pending.challenge.as_slice();
    if proof
        .as_ref()
        .is_some_and(|proof| proof.len() != challenge.len())
    {
        return None;
    }
    if exchange.ins == D40_CODE {
        return Some(Transcript::D40(d40::Transcript {
            challenge: challenge.try_into().ok()?,
            token: token.try_into().ok()?,
            proof,
        }));
    }
    let is_known = matches!((exchange.ins, challenge.len()), (ISO_CODE, 8) | (_, 16));
    (is_known && token.len() == 2 * challenge.len()).then(|| {
        Transcript::Ev1(ev1::Transcript {
            challenge: challenge.to_vec(),
            token: token.to_vec(),
            proof,
        })
    })
}

impl Transcript {
    fn observe(&self, key: &AuthKey) -> Option<Observed> {
        match self {
            Self::D40(transcript) => transcript.observe(key),
            Self::Ev1(transcript) => transcript.observe(key),
        }
    }

    const fn has_proof(&self) -> bool {
        match self {
            Self::D40(transcript) => transcript.proof.is_some(),
            Self::Ev1(transcript) => transcript.proof.is_some(),
        }
    }
}

/// Both are stored alike: equal halves make a key single DES.
pub(super) const DES: &[KeyType] = &[KeyType::Des, KeyType::TwoKey3Des];

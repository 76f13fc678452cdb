//! GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE: three commands open a session with EV1 secure messaging
//! (DESFire reference §1.5).

use crate::apdu::Status;
use crate::card::KeyType;
pub(super) use crate::command::iso::{
    EXTERNAL_AUTHENTICATE as EXTERNAL, GET_CHALLENGE as CHALLENGE,
    INTERNAL_AUTHENTICATE as INTERNAL,
};
use crate::crypto::Secret;
use crate::keyring::Keyring;
use crate::report::Finding;
use crate::secure_messaging::handshake::{AuthKey, Observed, iso};
use crate::secure_messaging::{Ev1, Verdict};

use super::auth;
use super::candidates::search;
use super::exchange::{Authenticated, Exchange, KeyUse};
use super::legacy_auth::{DES, ev1_session};
use super::state::{Session, State};

/// What the commands so far have shown.
#[derive(Clone, Debug, Default)]
pub(super) enum Progress {
    /// Nothing.
    #[default]
    None,
    /// RPICC1.
    Challenge(Vec<u8>),
    /// The host has sent its cryptogram.
    External {
        rpicc1: Vec<u8>,
        token: Vec<u8>,
        /// The key that fits, or why there is none.
        key: Result<(KeyUse, KeyType, Secret), Finding>,
    },
}

/// Decodes one of the three commands. Each ends the session there was.
pub(super) fn decode(state: &mut State, exchange: &mut Exchange, keyring: &Keyring) {
    let body = exchange.command.clone().unwrap_or_default();
    let answer = exchange.response.clone().unwrap_or_default();
    let accepted = exchange.status.is_some_and(Status::is_success);
    state.end_session();
    let progress = std::mem::take(&mut state.iso);
    match (exchange.ins, progress) {
        (CHALLENGE, _) if accepted => state.iso = Progress::Challenge(answer),
        (EXTERNAL, Progress::Challenge(rpicc1)) => {
            external(state, exchange, rpicc1, body, keyring);
            if !accepted {
                state.iso = Progress::None;
            }
        }
        (INTERNAL, Progress::External { rpicc1, token, key }) => {
            let internal = accepted.then_some((body, answer));
            let transcript = iso::Transcript {
                rpicc1,
                token,
                internal,
            };
            let key =
                key.or_else(|finding| by_the_card(state, exchange, &transcript, keyring, finding));
            finish(state, exchange, &transcript, key, accepted);
        }
        (CHALLENGE, _) => {}
        _ if accepted => {
            let text = "Opaque, the commands of this authentication are not in order";
            let finding = Finding::warning("authentication_order", text);
            exchange.channel = None;
            auth::no_key(state, exchange, finding, exchange.ins == INTERNAL);
        }
        _ => {}
    }
}

fn external(
    state: &mut State,
    exchange: &mut Exchange,
    rpicc1: Vec<u8>,
    token: Vec<u8>,
    keyring: &Keyring,
) {
    let (number, kinds) = named(exchange, rpicc1.len());
    let transcript = iso::Transcript {
        rpicc1: rpicc1.clone(),
        token: token.clone(),
        internal: None,
    };
    let observe = |kind, key: &Secret| {
        let seen = transcript.observe(&AuthKey::new(kind, key.expose())?)?;
        Some((key.clone(), seen.kind))
    };
    let hit = search(state, exchange, number, kinds, keyring, observe);
    let key = match hit {
        Ok(hit) => {
            let (key, kind) = hit.seen;
            let used = KeyUse {
                label: hit.label.into(),
                key_no: Some(number),
            };
            exchange.verdicts.auth_host = Verdict::Ok;
            exchange.channel = Some(Ev1::name(kind));
            exchange.key = Some(used.clone());
            Ok((used, kind, key))
        }
        Err(finding) => {
            exchange.findings.push(finding.clone());
            exchange.verdicts.auth_host = Verdict::Unknown;
            Err(finding)
        }
    };
    state.iso = Progress::External { rpicc1, token, key };
}

/// Number and possible types of the key that a command names; the random numbers have `len` bytes.
fn named(exchange: &Exchange, len: usize) -> (u8, &'static [KeyType]) {
    let [algorithm, reference] = exchange.p1p2;
    let kinds: &[KeyType] = match (algorithm, len) {
        (0x04, _) => &[KeyType::ThreeKey3Des],
        (0x09, _) => &[KeyType::Aes128],
        (_, 16) => &[KeyType::Aes128, KeyType::ThreeKey3Des],
        _ => DES,
    };
    // Bit 7 says "of the application".
    (reference & 0x1F, kinds)
}

/// The key that the card proved where the host's cryptogram fits none: one of its frames was changed on its way.
fn by_the_card(
    state: &State,
    exchange: &mut Exchange,
    transcript: &iso::Transcript,
    keyring: &Keyring,
    finding: Finding,
) -> Result<(KeyUse, KeyType, Secret), Finding> {
    let (number, kinds) = named(exchange, transcript.rpicc1.len());
    let observe = |kind, key: &Secret| {
        let seen = transcript.observe(&AuthKey::new(kind, key.expose())?)?;
        Some((key.clone(), seen.kind))
    };
    let hit = search(state, exchange, number, kinds, keyring, observe).map_err(|_| finding)?;
    let used = KeyUse {
        label: hit.label.into(),
        key_no: Some(number),
    };
    let (key, kind) = hit.seen;
    Ok((used, kind, key))
}

fn finish(
    state: &mut State,
    exchange: &mut Exchange,
    transcript: &iso::Transcript,
    key: Result<(KeyUse, KeyType, Secret), Finding>,
    accepted: bool,
) {
    let (used, kind, value) = match key {
        Ok(key) => key,
        Err(finding) => {
            exchange.channel = match named(exchange, transcript.rpicc1.len()) {
                (_, [kind]) => Some(Ev1::name(*kind)),
                _ => None,
            };
            auth::no_key(state, exchange, finding, accepted);
            exchange.verdicts.auth_host = Verdict::None;
            return;
        }
    };
    exchange.channel = Some(Ev1::name(kind));
    exchange.key = Some(used.clone());
    let observe = |key: AuthKey| -> Option<Observed> { transcript.observe(&key) };
    let Some(seen) = AuthKey::new(kind, value.expose()).and_then(observe) else {
        return;
    };
    // The host's proof stands in the row of EXTERNAL AUTHENTICATE, unless only the card's tells the key.
    let host = match seen.host {
        Verdict::Bad => Verdict::Bad,
        _ => Verdict::None,
    };
    auth::note_proofs(exchange, host, seen.card);
    state.session = if seen.card == Verdict::Ok {
        ev1_session(&seen, used)
    } else {
        Session::None
    };
    let seen = Authenticated::Legacy { key: value, seen };
    exchange.authentication = Some(Box::new(seen));
}

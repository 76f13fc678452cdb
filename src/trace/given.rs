//! Sessions given directly: entered where the trace does not show how a session began, or shows it but no key fits.
//!
//! Nothing says which of them it is, so each is tried on the message; the one whose check fits is entered. A message
//! without a check, such as a plain one of D40, decides nothing and stays as it was sent.

use crate::command::Spec;
use crate::keyring::{GivenKeys, Keyring, SessionEntry};
use crate::secure_messaging::{D40, Ev1, Ev2, Verdict};

use super::ev1::Chain;
use super::exchange::{Exchange, KeyUse};
use super::pending::Pending;
use super::state::{Session, State};
use super::{d40, ev1, ev2};

/// The session of an entry; `None` when a key has not its length.
pub(super) fn session(entry: &SessionEntry, key_no: Option<u8>) -> Option<Session> {
    let key = KeyUse {
        label: entry.label.as_str().into(),
        key_no,
    };
    Some(match &entry.keys {
        GivenKeys::Ev2 {
            enc,
            mac,
            ti,
            counter,
        } => {
            let enc = enc.as_ref().and_then(crate::crypto::Secret::aes128);
            let channel = Ev2::resumed(enc.as_ref(), &mac.aes128()?, *ti, *counter);
            Session::Ev2 {
                channel: Box::new(channel),
                key,
            }
        }
        GivenKeys::Ev1 { kind, key: value } => Session::Ev1 {
            chain: Box::new(Chain::new(Ev1::new(*kind, value.expose())?)),
            key,
        },
        GivenKeys::D40 { key: value } => Session::D40 {
            channel: Box::new(D40::new(value.expose())?),
            key,
        },
    })
}

/// Enters the first given session that a message fits, where one may be open.
pub(super) fn enter(
    state: &mut State,
    exchange: &Exchange,
    pending: &Pending,
    spec: Option<&Spec>,
    keyring: &Keyring,
) {
    let unknown = match &state.session {
        Session::None => !state.start_is_known,
        Session::Opaque { .. } => true,
        Session::Ev2 { .. } | Session::Ev1 { .. } | Session::D40 { .. } => false,
    };
    if !unknown || keyring.sessions.is_empty() {
        return;
    }
    let passed = state.passed;
    let sessions = keyring.sessions.iter();
    let found = sessions
        .filter_map(|entry| session(entry, None))
        .map(|session| after(session, passed))
        .find(|session| fits(state, exchange, pending, spec, keyring, session.clone()));
    if let Some(session) = found {
        state.start_is_known = true;
        state.session = session;
    } else if exchange.status.is_some() {
        state.passed = state.passed.saturating_add(1);
    }
}

/// A session after some commands without a check.
fn after(mut session: Session, commands: u16) -> Session {
    if let Session::Ev2 { channel, .. } = &mut session {
        **channel = channel.at(channel.ctr().saturating_add(commands));
    }
    session
}

/// Whether a message has a check that a session makes good, and none that it makes bad; leaves the state as it was.
fn fits(
    state: &mut State,
    exchange: &Exchange,
    pending: &Pending,
    spec: Option<&Spec>,
    keyring: &Keyring,
    session: Session,
) -> bool {
    let (mut row, mut frames) = (exchange.clone(), pending.clone());
    let learned = state.learned.count();
    let before = std::mem::replace(&mut state.session, session);
    match &state.session {
        Session::Ev2 { .. } => ev2::decode(state, &mut row, &mut frames, spec),
        Session::Ev1 { .. } => ev1::decode(state, &mut row, &mut frames, spec, keyring),
        Session::D40 { .. } => d40::decode(state, &mut row, &mut frames, spec, keyring),
        Session::None | Session::Opaque { .. } => {}
    }
    state.session = before;
    state.learned.forget_after(learned);
    let verdicts = &row.verdicts;
    let checks = [verdicts.command_mac, verdicts.response_mac, verdicts.crc];
    checks.contains(&Verdict::Ok) && !verdicts.any(Verdict::Bad)
}

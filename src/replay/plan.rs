//! From a decoded exchange back to the request that made it.

use crate::apdu::{CommandApdu, Family, Frame, Status};
use crate::card::{CommMode, KeyType};
use crate::command::{self, AuthenticateLegacy, Command};
use crate::dialogue::Request;
use crate::keyring::Keyring;
use crate::report::{Finding, Severity};
use crate::secure_messaging::{Channel, D40, Ev1, KeyChange};
use crate::trace::{Event, Exchange};

use super::drawn::{self, Drawn, INTERNAL, KEY_NO};

/// Why a row has no request.
pub(super) enum NoRequest {
    /// Keys are missing: nothing can be said.
    Unknown(String),
    /// The row contradicts itself or the keys.
    Wrong(String),
}

/// The request behind a row; `drawn` for an authentication, `channel` is the host's.
pub(super) fn request(
    row: &Exchange,
    keyring: &Keyring,
    drawn: Option<&Drawn>,
    channel: &Channel,
) -> Result<Request, NoRequest> {
    if row.is_iso_authentication() {
        return iso_authentication(row, keyring, drawn);
    }
    if is_legacy(row) && row.findings.iter().any(|found| found.code == CHAIN_ABORTED) {
        return Err(NoRequest::Unknown("its chain was not continued".into()));
    }
    if let Some(request) = change_of_key(row) {
        return in_step(row, channel).map(|()| request);
    }
    let frame = row.frame().map(|frame| with_header(row, frame));
    let command = frame.map(|frame| Command::parse(&frame));
    let command = command.ok_or_else(|| NoRequest::Unknown(reason(row)))?;
    if let Command::Unknown(frame) = &command
        && row.status.is_none_or(Status::is_success)
    {
        return Err(NoRequest::Wrong(not_known(frame)));
    }
    match (&command, drawn) {
        (
            Command::AuthenticateEv2First(_)
            | Command::AuthenticateEv2NonFirst(_)
            | Command::AuthenticateLegacy(_),
            drawn,
        ) => {
            let renews =
                matches!(command, Command::AuthenticateEv2NonFirst(_)) && renews_known(row);
            if renews && !matches!(channel, Channel::Ev2(_)) {
                return Err(NoRequest::Unknown(NO_SESSION.into()));
            }
            let request = drawn.and_then(|drawn| authentication(&command, drawn));
            request.ok_or_else(|| no_key(row, keyring))
        }
        _ if row.family == Family::Desfire
            && row.channel != Some("plain")
            && row.channel != Some("ev2")
            && !is_legacy(row) =>
        {
            Err(NoRequest::Unknown(reason(row)))
        }
        _ => {
            in_step(row, channel)?;
            // A read of D40 and EV1 in an unknown mode is sent alike in plain and MACed.
            let unknown = if is_legacy(row) {
                CommMode::Plain
            } else {
                CommMode::Full
            };
            Ok(Request::Command {
                command,
                mode: row.mode.unwrap_or(unknown),
            })
        }
    }
}

fn is_legacy(row: &Exchange) -> bool {
    let is_legacy = |channel: &str| channel == D40::NAME || channel.starts_with("ev1-");
    row.family == Family::Desfire && row.channel.is_some_and(is_legacy)
}

/// A host without the session, or one that lost a message of it, can't make the next one.
fn in_step(row: &Exchange, channel: &Channel) -> Result<(), NoRequest> {
    let is_open = match channel {
        Channel::D40(_) => row.channel == Some(D40::NAME),
        Channel::Ev1(session) => row.channel == Some(Ev1::name(session.kind())),
        Channel::Ev2(_) => row.channel == Some("ev2"),
        Channel::Plain => false,
    };
    let needs_one = is_legacy(row) || row.ctr.is_some();
    if is_open || !needs_one {
        return Ok(());
    }
    Err(NoRequest::Unknown(NO_SESSION.into()))
}

/// Whether the trace knows the session that NonFirst renews, if only because it was given.
fn renews_known(row: &Exchange) -> bool {
    let unknown = row.findings.iter().any(|found| found.code == "no_session");
    row.authentication.is_some() && !unknown
}

/// The parameters of D40 and EV1 are cut by their own length, not by that of what was sent.
fn with_header(row: &Exchange, frame: Frame) -> Frame {
    match command::spec(row.ins) {
        Some(spec) if is_legacy(row) => {
            let body = frame.body();
            let header_len = spec.header_len(body.len());
            Frame::desfire(row.ins, body, header_len)
        }
        _ => frame,
    }
}

/// ChangeKey of D40 and EV1, whose key data is made anew. In an EV2 session it stands in the row.
fn change_of_key(row: &Exchange) -> Option<Request> {
    let new_key = row.new_key.as_ref().filter(|_| is_legacy(row))?;
    let header = match (row.ins, row.command.as_deref()?) {
        (0xC6, [key_set, key_no, ..]) => (Some(*key_set), *key_no),
        (_, [key_no, ..]) => (None, *key_no),
        _ => return None,
    };
    let (key_set, key_no) = header;
    Some(Request::ChangeKey {
        key_set,
        key_no,
        change: KeyChange {
            new: new_key.key.clone()?,
            version: new_key.version,
            old: new_key.old.clone(),
        },
    })
}

fn authentication(command: &Command, drawn: &Drawn) -> Option<Request> {
    let ev2 = |first, key_no, pcdcap2: &[u8]| match drawn {
        Drawn::Ev2 { key, recovered } => Some(Request::Authenticate {
            first,
            // The upper bits mean nothing here: this host leaves them clear.
            key_no: key_no & KEY_NO,
            key: *key,
            rnd_a: recovered.rnd_a,
            pcdcap2: pcdcap2.to_vec(),
        }),
        _ => None,
    };
    match (command, drawn) {
        (Command::AuthenticateEv2First(first), _) => ev2(true, first.key_no, &first.pcdcap2),
        (Command::AuthenticateEv2NonFirst(command), _) => ev2(false, command.key_no, &[]),
        (Command::AuthenticateLegacy(command), Drawn::Legacy { key, recovered }) => {
            Some(Request::AuthenticateLegacy {
                d40: command.ins == AuthenticateLegacy::D40,
                key_no: command.key_no & KEY_NO,
                key: key.clone(),
                rnd_a: recovered.rnd_a.clone(),
            })
        }
        _ => None,
    }
}

/// GET CHALLENGE stands for all three commands; the others have no request of their own.
fn iso_authentication(
    row: &Exchange,
    keyring: &Keyring,
    drawn: Option<&Drawn>,
) -> Result<Request, NoRequest> {
    match drawn {
        Some(Drawn::Iso {
            key,
            reference,
            recovered,
            ..
        }) => Ok(Request::AuthenticateIso {
            reference: *reference,
            key: key.clone(),
            rpcd1: recovered.rpcd1.clone(),
            rpcd2: recovered.rpcd2.clone(),
        }),
        _ if row.ins == INTERNAL => Err(no_key(row, keyring)),
        _ => {
            let text = "the authentication that it belongs to can't be rebuilt";
            Err(NoRequest::Unknown(text.into()))
        }
    }
}

/// No key fits; wrong where the card accepted one and the table has one for this place.
fn no_key(row: &Exchange, keyring: &Keyring) -> NoRequest {
    let accepted = row.status.is_some_and(Status::is_success);
    let kinds: &[KeyType] = match row.ins {
        AuthenticateLegacy::D40 => &[KeyType::Des, KeyType::TwoKey3Des],
        AuthenticateLegacy::ISO => &[KeyType::Des, KeyType::TwoKey3Des, KeyType::ThreeKey3Des],
        INTERNAL => &[
            KeyType::Des,
            KeyType::TwoKey3Des,
            KeyType::ThreeKey3Des,
            KeyType::Aes128,
        ],
        _ => &[KeyType::Aes128],
    };
    let mut keys = keyring.auth_keys(row.aid, drawn::key_no(row));
    let expected = keys.any(|key| kinds.contains(&key.key_type));
    if accepted && expected {
        NoRequest::Wrong(reason(row))
    } else {
        NoRequest::Unknown(reason(row))
    }
}

fn not_known(frame: &Frame) -> String {
    match Command::try_parse(frame) {
        Err(error) => error.to_string(),
        Ok(_) => format!("the host does not know command {:02X}", frame.ins),
    }
}

/// A finding that makes a row differ from what any correct host and card would say.
pub(super) fn contradiction(row: &Exchange) -> Option<&Finding> {
    const WARNINGS: [&str; 7] = [
        "parameters",
        "unknown_status",
        "status_form",
        "refusal_data",
        "answer_length",
        CHAIN_ABORTED,
        "key_data",
    ];
    row.findings
        .iter()
        .find(|finding| finding.severity == Severity::Error || WARNINGS.contains(&finding.code))
}

/// Body lengths of the recorded frames: how this host cut its messages.
pub(super) fn parts(row: &Exchange, events: &[Event]) -> Vec<usize> {
    row.commands(events)
        .map(|bytes| CommandApdu::parse(bytes).body.len())
        .collect()
}

fn reason(row: &Exchange) -> String {
    row.findings
        .first()
        .map_or_else(|| "it is opaque".into(), |finding| finding.text.clone())
}

const CHAIN_ABORTED: &str = "chain_aborted";
const NO_SESSION: &str =
    "its session was not opened in the trace, or a message before it could not be rebuilt";

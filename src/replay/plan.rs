//! From a decoded exchange back to the request that made it.

use crate::apdu::{CommandApdu, Family, Frame, ResponseApdu, Status};
use crate::card::CommMode;
use crate::command::Command;
use crate::crypto::entropy::RecoveredEntropy;
use crate::dialogue::Request;
use crate::keyring::Keyring;
use crate::report::{Finding, Severity};
use crate::secure_messaging::Verdict;
use crate::secure_messaging::handshake::{Cryptograms, Recovered};
use crate::trace::{Event, Exchange};

/// Why a row has no request.
pub(super) enum NoRequest {
    /// Keys are missing: nothing can be said.
    Unknown(String),
    /// The row contradicts itself or the keys.
    Wrong(String),
}

/// What an authentication was made with.
pub(super) struct Drawn {
    /// The key.
    pub(super) key: [u8; 16],
    /// The random numbers of both sides.
    pub(super) recovered: Recovered,
}

/// The request behind a row; `drawn` for an authentication.
pub(super) fn request(
    row: &Exchange,
    keyring: &Keyring,
    drawn: Option<&Drawn>,
) -> Result<Request, NoRequest> {
    let legacy = row.channel == Some("d40")
        || row
            .channel
            .is_some_and(|channel| channel.starts_with("ev1-"));
    if legacy || row.is_iso_authentication() {
        let text = "sessions of D40 and EV1 are not replayed yet";
        return Err(NoRequest::Unknown(text.into()));
    }
    let command = row.typed().ok_or_else(|| NoRequest::Unknown(reason(row)))?;
    if let Command::Unknown(frame) = &command
        && row.status.is_none_or(Status::is_success)
    {
        return Err(NoRequest::Wrong(not_known(frame)));
    }
    match (&command, drawn) {
        (Command::AuthenticateEv2First(first), Some(drawn)) => Ok(authenticate(
            first.key_no,
            first.pcdcap2.clone(),
            true,
            drawn,
        )),
        (Command::AuthenticateEv2NonFirst(non_first), Some(drawn)) => {
            Ok(authenticate(non_first.key_no, Vec::new(), false, drawn))
        }
        (Command::AuthenticateEv2First(_) | Command::AuthenticateEv2NonFirst(_), None) => {
            let accepted = row.status.is_some_and(Status::is_success);
            let expected = keyring.auth_keys(row.aid, key_no(row)).next().is_some();
            let why = reason(row);
            Err(if accepted && expected {
                NoRequest::Wrong(why)
            } else {
                NoRequest::Unknown(why)
            })
        }
        (Command::AuthenticateLegacy(_), _) => Err(NoRequest::Unknown(reason(row))),
        _ if row.family == Family::Desfire
            && row.channel != Some("plain")
            && row.channel != Some("ev2") =>
        {
            Err(NoRequest::Unknown(reason(row)))
        }
        _ => Ok(Request::Command {
            command,
            mode: row.mode.unwrap_or(CommMode::Full),
        }),
    }
}

fn authenticate(key_no: u8, pcdcap2: Vec<u8>, first: bool, drawn: &Drawn) -> Request {
    Request::Authenticate {
        first,
        // The upper bits mean nothing here: this host leaves them clear.
        key_no: key_no & KEY_NO,
        key: drawn.key,
        rnd_a: drawn.recovered.rnd_a,
        pcdcap2,
    }
}

/// Key number of an authentication.
pub(super) fn key_no(row: &Exchange) -> u8 {
    let body = row.command.as_deref().unwrap_or_default();
    body.first().copied().unwrap_or_default() & KEY_NO
}

fn not_known(frame: &Frame) -> String {
    match Command::try_parse(frame) {
        Err(error) => error.to_string(),
        Ok(_) => format!("the host does not know command {:02X}", frame.ins),
    }
}

/// The cryptograms of an EV2 authentication, weighed under `key`.
pub(super) fn draw(row: &Exchange, rows: &[Exchange], events: &[Event], key: [u8; 16]) -> Drawn {
    let mut tokens = row.commands(events).skip(1);
    let token = tokens.next().map(|bytes| CommandApdu::parse(bytes).body);
    let mut answers = row
        .responses(events)
        .filter_map(|bytes| ResponseApdu::parse(row.form, bytes))
        .map(|answer| answer.data);
    let body = row.command.as_deref().unwrap_or_default();
    let later = rows.iter().filter(|later| later.index > row.index);
    let session = later.take_while(|later| !later.is_authentication());
    let session_fits = session
        .map(|later| later.verdicts.command_mac)
        .find(|verdict| matches!(verdict, Verdict::Ok | Verdict::Bad))
        .map(|verdict| verdict == Verdict::Ok);
    let recovered = Recovered::new(
        &key,
        Cryptograms {
            challenge: answers.next().unwrap_or_default(),
            token: token.unwrap_or_default(),
            proof: answers.next().unwrap_or_default(),
            pcdcap2: body.get(2..).unwrap_or_default(),
            session_fits,
        },
    );
    Drawn { key, recovered }
}

/// The card's random numbers, in the order in which it draws them.
pub(super) fn entropy(drawn: &Drawn) -> RecoveredEntropy {
    let mut entropy = RecoveredEntropy::default();
    entropy.push(&drawn.recovered.rnd_b);
    entropy.push(drawn.recovered.ti.as_ref().map_or(&[], |ti| &ti[..]));
    entropy
}

/// A finding that makes a row differ from what any correct host and card would say.
pub(super) fn contradiction(row: &Exchange) -> Option<&Finding> {
    const WARNINGS: [&str; 7] = [
        "parameters",
        "unknown_status",
        "status_form",
        "refusal_data",
        "answer_length",
        "chain_aborted",
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

/// Bits of KeyNo that count in an authentication (DESFire reference §2.1).
const KEY_NO: u8 = 0x3F;

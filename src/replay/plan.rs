//! From a decoded exchange back to the request that made it.

use crate::apdu::{CommandApdu, Family, Status};
use crate::card::CommMode;
use crate::command::Command;
use crate::crypto::entropy::RecoveredEntropy;
use crate::dialogue::Request;
use crate::keyring::Keyring;
use crate::report::Severity;
use crate::trace::{Event, Exchange};

/// Why a row has no request.
pub(super) enum NoRequest {
    /// Keys are missing: nothing can be said.
    Unknown(String),
    /// The row contradicts itself or the keys.
    Wrong(String),
}

/// The request behind a row.
pub(super) fn request(row: &Exchange, keyring: &Keyring) -> Result<Request, NoRequest> {
    let command = row.typed().ok_or_else(|| NoRequest::Unknown(reason(row)))?;
    let accepted = row.status.is_some_and(Status::is_success);
    if let Command::Unknown(frame) = &command
        && accepted
    {
        return Err(NoRequest::Wrong(format!(
            "the host does not know command {:02X}, which was accepted",
            frame.ins
        )));
    }
    match (&command, &row.authentication) {
        (Command::AuthenticateEv2First(first), Some(seen)) => Ok(Request::Authenticate {
            first: true,
            key_no: first.key_no,
            key: seen.key,
            rnd_a: seen.rnd_a,
            pcdcap2: first.pcdcap2.clone(),
        }),
        (Command::AuthenticateEv2NonFirst(non_first), Some(seen)) => Ok(Request::Authenticate {
            first: false,
            key_no: non_first.key_no,
            key: seen.key,
            rnd_a: seen.rnd_a,
            pcdcap2: Vec::new(),
        }),
        (Command::AuthenticateEv2First(_) | Command::AuthenticateEv2NonFirst(_), None) => {
            let number = row
                .command
                .as_deref()
                .and_then(<[u8]>::first)
                .copied()
                .unwrap_or_default()
                & 0x3F;
            let expected = keyring.auth_keys(row.aid, number).next().is_some();
            let why = reason(row);
            Err(if expected {
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

/// A finding that makes a row differ from what any correct host and card would say.
pub(super) fn contradiction(row: &Exchange) -> Option<String> {
    const WARNINGS: [&str; 5] = [
        "parameters",
        "unknown_status",
        "status_form",
        "chain_aborted",
        "key_data",
    ];
    let finding = row
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Error || WARNINGS.contains(&finding.code))?;
    Some(finding.text.clone())
}

/// Body lengths of the recorded frames: how this host cut its messages.
pub(super) fn parts(row: &Exchange, events: &[Event]) -> Vec<usize> {
    row.commands(events)
        .map(|bytes| CommandApdu::parse(bytes).body.len())
        .collect()
}

/// The card's random numbers, in the order in which it drew them.
pub fn recovered_entropy(rows: &[Exchange]) -> RecoveredEntropy {
    let mut entropy = RecoveredEntropy::default();
    for seen in rows.iter().filter_map(|row| row.authentication.as_deref()) {
        entropy.push(&seen.rnd_b);
        entropy.push(seen.ti.as_ref().map_or(&[], |ti| &ti[..]));
    }
    entropy
}

fn reason(row: &Exchange) -> String {
    row.findings
        .first()
        .map_or_else(|| "it is opaque".into(), |finding| finding.text.clone())
}

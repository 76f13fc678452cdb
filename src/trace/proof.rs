//! How the protection of one row came about, worked out on demand (DESFire reference §4.2 to §4.4).
//!
//! The fold keeps only what it decided. This goes from a row back to the authentication that made its session keys and
//! computes MACs and IVs again, with every step. Verdicts stay those of the fold.

use crate::apdu::Status;
use crate::card::CommMode;
use crate::crypto::Secret;
use crate::crypto::aes::BLOCK;
use crate::keyring::{GivenKeys, SessionEntry};
use crate::report::Worked;
use crate::secure_messaging::handshake::{Observation, session_keys};
use crate::secure_messaging::{Ev2, MAC_LEN, Verdict};

use super::event::Event;
use super::exchange::{Authenticated, Exchange, KeyUse};
use super::proof_legacy;

/// How the protection of a row came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The session that the row belongs to; for an authentication the one that it opens or renews.
    pub session: SessionProof,
    /// The command's MAC, when there should be one.
    pub command: Option<MacProof>,
    /// The response's MAC, when there should be one.
    pub response: Option<MacProof>,
    /// The command's enciphered data, of D40 and EV1, where a checksum proves it. Not that of a ChangeKey.
    pub command_data: Option<DataProof>,
    /// The response's enciphered data, of D40 and EV1.
    pub response_data: Option<DataProof>,
}

/// Where a session comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionProof {
    /// The channel's name in JSON rows.
    pub channel: &'static str,
    /// Place of the row that opened it and gave TI; `None` when the session was given directly.
    pub started: Option<usize>,
    /// Place of the row whose authentication made the keys: a later one after NonFirst.
    pub keyed: Option<usize>,
    /// The key that it runs under.
    pub key: Option<KeyUse>,
    /// Transaction identifier, of EV2.
    pub ti: Option<[u8; 4]>,
    /// `CmdCtr` of the command; `None` for an authentication.
    pub before: Option<u16>,
    /// `CmdCtr` of the next command; `None` where the row ends the session or does not tell.
    pub after: Option<u16>,
    /// `SesAuthENCKey`, when known.
    pub enc: Option<Secret>,
    /// `SesAuthMACKey`, of EV2.
    pub mac: Option<Secret>,
    /// The one session key of D40 and EV1.
    pub session_key: Option<Secret>,
    /// How an authentication made the keys.
    pub derivation: Option<Derivation>,
}

/// How an authentication made the session keys; all of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The host's random number, 8 or 16 bytes.
    pub rnd_a: Secret,
    /// The card's random number, as long.
    pub rnd_b: Secret,
    /// Card capabilities, of First.
    pub pdcap2: Option<[u8; 6]>,
    /// Reader capabilities as echoed, of First.
    pub pcdcap2: Option<[u8; 6]>,
    /// SV 1, the key from it, SV 2, the key from it; the session key of D40 and EV1 with its pieces.
    pub steps: Vec<SecretStep>,
}

/// One step of a computation on secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretStep {
    /// What the bytes are.
    pub label: &'static str,
    /// The bytes.
    pub bytes: Secret,
    /// Document and section of the rule.
    pub section: &'static str,
    /// What a session vector or the key of D40 and EV1 is made of, in its order; empty for a key of EV2.
    pub parts: Vec<Part>,
}

/// A piece of a session vector or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub label: &'static str,
    /// Its bytes: random numbers, hence secret.
    pub bytes: Secret,
}

/// How one MAC came about, and how the data under it was enciphered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacProof {
    /// Cmd of a command, RC of a response.
    pub code: u8,
    /// `CmdCtr` as it enters the MAC of EV2: one more for the response.
    pub ctr: Option<u16>,
    /// Transaction identifier, of EV2.
    pub ti: Option<[u8; 4]>,
    /// Clear parameters of a command; empty for a response.
    pub header: Vec<u8>,
    /// Data as sent, still enciphered in Full mode.
    pub data: Vec<u8>,
    /// The MAC that the rules ask for, with its input and the whole MAC as steps; of EV1 also the IV that it starts from
    /// (the whole MAC is the next one). 8 bytes, 4 of D40.
    pub mac: Worked<Vec<u8>>,
    /// The MAC that was there; `None` when the message was too short for one.
    pub received: Option<Vec<u8>>,
    /// The IV of enciphered data of EV2, with the block that it is made of.
    pub iv: Option<Worked<[u8; BLOCK]>>,
    /// Padding that was enciphered behind the data.
    pub padding: Vec<u8>,
}

impl MacProof {
    /// `CmdCtr` as it enters the MAC, least significant byte first.
    pub fn counter(&self) -> Option<[u8; 2]> {
        self.ctr.map(u16::to_le_bytes)
    }

    /// First byte in which the received MAC differs.
    pub fn difference(&self) -> Option<usize> {
        difference(&self.mac.result, self.received.as_ref()?)
    }
}

/// How enciphered data of D40 or EV1 came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataProof {
    /// The IV that deciphering starts from; `None` in D40, where it is always zero.
    pub iv: Option<Vec<u8>>,
    /// The last cipher block, the IV of the next message.
    pub next_iv: Option<Vec<u8>>,
    /// The checksum that the rules ask for, with its input as a step.
    pub checksum: Worked<Vec<u8>>,
    /// The checksum that was there.
    pub received: Vec<u8>,
    /// What stands behind the checksum.
    pub padding: Vec<u8>,
}

impl DataProof {
    /// First byte in which the received checksum differs.
    pub fn difference(&self) -> Option<usize> {
        difference(&self.checksum.result, &self.received)
    }
}

fn difference(own: &[u8], got: &[u8]) -> Option<usize> {
    own.iter().zip(got).position(|(own, got)| own != got)
}

/// Works out how the row at a place of `rows` is protected; `given` holds the sessions whose authentication was not
/// recorded. `None` for a row outside of a session, or in one whose keys are not known.
pub fn prove(
    rows: &[Exchange],
    at: usize,
    events: &[Event],
    given: &[SessionEntry],
) -> Option<Proof> {
    let row = rows.get(at)?;
    if row.channel != Some(EV2) {
        return proof_legacy::prove(rows, at, events, given);
    }
    let session = session(rows, at, given)?;
    let (mut command, mut response) = (None, None);
    let mac = session.mac.as_ref().and_then(Secret::aes128);
    if let (Some(ctr), Some(mac), Some(ti)) = (row.ctr, mac, session.ti) {
        let enc = session.enc.as_ref().and_then(Secret::aes128);
        let channel = Ev2::resumed(enc.as_ref(), &mac, ti, ctr);
        command = command_mac(row, events, &channel);
        response = response_mac(row, events, &channel);
    }
    Some(Proof {
        session,
        command,
        response,
        command_data: None,
        response_data: None,
    })
}

fn session(rows: &[Exchange], at: usize, given: &[SessionEntry]) -> Option<SessionProof> {
    let row = rows.get(at)?;
    let opens = opening(row).is_some();
    // The fold sets CmdCtr exactly where it had a session with keys.
    if !opens && row.ctr.is_none() {
        return None;
    }
    let before = rows.get(..at)?;
    let keyed = if opens {
        Some(at)
    } else {
        let opens = |before: &Exchange| before.reader == row.reader && opening(before).is_some();
        before.iter().rposition(opens)
    };
    let Some(keyed) = keyed else {
        let entry = given_to(row, given)?;
        let GivenKeys::Ev2 { enc, mac, ti, .. } = &entry.keys else {
            return None;
        };
        return Some(SessionProof {
            channel: EV2,
            started: None,
            keyed: None,
            key: row.key.clone(),
            ti: Some(*ti),
            before: row.ctr,
            after: after(row),
            enc: enc.clone(),
            mac: Some(mac.clone()),
            session_key: None,
            derivation: None,
        });
    };
    let seen = rows.get(keyed).and_then(opening)?;
    let (started, ti) = match seen.ti {
        Some(ti) => (Some(keyed), ti),
        None => renewed(rows, keyed, given)?,
    };
    Some(SessionProof {
        channel: EV2,
        started,
        keyed: Some(keyed),
        key: row.key.clone(),
        ti: Some(ti),
        before: row.ctr,
        after: if opens {
            seen.ti.map(|_| 0)
        } else {
            after(row)
        },
        enc: Some(Secret::new(seen.keys.enc)),
        mac: Some(Secret::new(seen.keys.mac)),
        session_key: None,
        derivation: Some(derivation(seen)),
    })
}

/// What an authentication revealed that opened or renewed a session.
fn opening(row: &Exchange) -> Option<&Observation> {
    let no_session = || row.findings.iter().any(|found| found.code == "no_session");
    row.authentication
        .as_deref()
        .and_then(Authenticated::ev2)
        .filter(|seen| seen.card == Verdict::Ok && !no_session())
}

/// Where a session that NonFirst renewed comes from, and its TI.
fn renewed(
    rows: &[Exchange],
    at: usize,
    given: &[SessionEntry],
) -> Option<(Option<usize>, [u8; 4])> {
    let reader = rows.get(at)?.reader;
    let before = rows.get(..at)?.iter().enumerate();
    let before = before.filter(|(_, row)| row.reader == reader);
    let first = before.clone().rev();
    let mut first = first
        .filter_map(|(place, row)| Some((Some(place), opening(row).and_then(|seen| seen.ti)?)));
    first.next().or_else(|| {
        let in_session = before.clone().rev().find(|(_, row)| row.ctr.is_some());
        let entry = match in_session {
            Some((_, row)) => given_to(row, given),
            None => given.iter().find(|entry| entry.ti().is_some()),
        };
        Some((None, entry?.ti()?))
    })
}

/// The session given directly that a row was decoded with.
pub(super) fn given_to<'a>(row: &Exchange, given: &'a [SessionEntry]) -> Option<&'a SessionEntry> {
    let label = &row.key.as_ref()?.label;
    given.iter().find(|entry| *entry.label == **label)
}

/// `CmdCtr` after the row, where the session goes on.
fn after(row: &Exchange) -> Option<u16> {
    row.status.filter(|status| !status.ends_session())?;
    row.ctr?.checked_add(1)
}

fn derivation(seen: &Observation) -> Derivation {
    let worked = session_keys(&seen.key, &seen.rnd_a, &seen.rnd_b);
    let steps = worked.steps.into_iter().map(|step| SecretStep {
        parts: parts(step.label, &step.bytes),
        label: step.label,
        bytes: Secret::new(step.bytes),
        section: step.section,
    });
    Derivation {
        rnd_a: Secret::new(seen.rnd_a),
        rnd_b: Secret::new(seen.rnd_b),
        pdcap2: seen.pdcap2,
        pcdcap2: seen.pcdcap2,
        steps: steps.collect(),
    }
}

/// Takes a session vector apart.
fn parts(label: &str, vector: &[u8]) -> Vec<Part> {
    const PARTS: [(&str, usize); 6] = [
        ("Label", 2),
        ("Counter and length", 4),
        ("RndA 0 to 1", 2),
        ("RndA 2 to 7 XOR RndB 0 to 5", 6),
        ("RndB 6 to 15", 10),
        ("RndA 8 to 15", 8),
    ];
    if !label.starts_with("SV") {
        return Vec::new();
    }
    let mut rest = vector;
    let cut = PARTS.into_iter().map_while(|(label, len)| {
        let (part, behind) = rest.split_at_checked(len)?;
        rest = behind;
        Some(Part {
            label,
            bytes: Secret::new(part),
        })
    });
    cut.collect()
}

pub(super) const fn was_checked(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Ok | Verdict::Bad)
}

fn command_mac(row: &Exchange, events: &[Event], channel: &Ev2) -> Option<MacProof> {
    if !was_checked(row.verdicts.command_mac) {
        return None;
    }
    let body = row.framed_command(events);
    let (protected, received) = split_mac(&body);
    let (header, data) = protected.split_at_checked(row.header_len)?;
    let plain = row.command.as_ref().map(Vec::len);
    let enciphered = row.mode == Some(CommMode::Full) && !data.is_empty();
    Some(MacProof {
        code: row.ins,
        ctr: Some(channel.ctr()),
        ti: Some(channel.ti()),
        header: header.to_vec(),
        data: data.to_vec(),
        mac: to_vec(channel.worked_command_mac(row.ins, protected)),
        received: received.map(Vec::from),
        iv: channel.worked_command_iv().filter(|_| enciphered),
        padding: padding(enciphered, protected.len(), plain),
    })
}

fn response_mac(row: &Exchange, events: &[Event], channel: &Ev2) -> Option<MacProof> {
    if !was_checked(row.verdicts.response_mac) {
        return None;
    }
    let code = row.status.and_then(Status::code)?;
    let body = row.framed_response(events);
    let (data, received) = split_mac(&body);
    let plain = row.response.as_ref().map(Vec::len);
    let enciphered = row.mode == Some(CommMode::Full) && !data.is_empty();
    Some(MacProof {
        code,
        ctr: Some(channel.ctr().wrapping_add(1)),
        ti: Some(channel.ti()),
        header: Vec::new(),
        data: data.to_vec(),
        mac: to_vec(channel.worked_response_mac(code, data)),
        received: received.map(Vec::from),
        iv: channel.worked_response_iv().filter(|_| enciphered),
        padding: padding(enciphered, data.len(), plain),
    })
}

fn to_vec(mac: Worked<[u8; MAC_LEN]>) -> Worked<Vec<u8>> {
    Worked {
        result: mac.result.to_vec(),
        steps: mac.steps,
    }
}

fn split_mac(body: &[u8]) -> (&[u8], Option<[u8; MAC_LEN]>) {
    match body.split_last_chunk::<MAC_LEN>() {
        Some((protected, mac)) => (protected, Some(*mac)),
        None => (body, None),
    }
}

/// The padding between a plaintext and its cryptogram; the fold leaves data whose padding is wrong as long as it was.
fn padding(enciphered: bool, sealed: usize, plain: Option<usize>) -> Vec<u8> {
    let len = plain.and_then(|plain| sealed.checked_sub(plain));
    let len = len.filter(|_| enciphered).unwrap_or_default();
    std::iter::once(0x80)
        .chain(std::iter::repeat(0))
        .take(len)
        .collect()
}

const EV2: &str = "ev2";

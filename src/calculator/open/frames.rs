//! A command or answer of a session, taken apart.

use super::{Way, fitting, key_type, way};
use crate::apdu::{AF, Family, FrameForm, Status};
use crate::bytes::hex;
use crate::card::CommMode;
use crate::secure_messaging::Verdict;
use crate::trace::{Event, Exchange, SessionProof};

pub(super) type Input = (&'static str, String);
pub(super) type Inputs = Vec<Input>;

/// State of the session before a message, as the pages of messages want it; `None` where the trace does not tell it.
pub(super) fn session(row: &Exchange, proof: &SessionProof, is_answer: bool) -> Option<Inputs> {
    if proof.channel == "ev2" {
        let mut inputs = vec![
            ("channel", "ev2".to_owned()),
            ("mac", hex::upper(proof.mac.as_ref()?.expose())),
            ("ti", hex::upper(proof.ti?)),
            ("counter", hex::upper(row.ctr?.to_le_bytes())),
        ];
        if let Some(enc) = &proof.enc {
            inputs.push(("enc", hex::upper(enc.expose())));
        }
        return Some(inputs);
    }
    let key = (
        "session-key",
        hex::upper(proof.session_key.as_ref()?.expose()),
    );
    if proof.channel == "d40" {
        return Some(vec![("channel", "d40".to_owned()), key]);
    }
    let ivs = row.ivs.as_deref()?;
    let iv = if is_answer { ivs.response } else { ivs.command };
    Some(vec![
        ("channel", "ev1".to_owned()),
        ("type", key_type(proof.channel)?.to_owned()),
        key,
        ("iv", hex::upper(iv?.as_ref())),
    ])
}

/// The command as it was sent; frames that AF joins as one native frame.
pub(super) fn command(row: &Exchange, events: &[Event]) -> Option<String> {
    let mut frames = row.commands(events);
    let (first, more) = (frames.next()?, frames.next());
    Some(match more {
        None => hex::upper(first),
        Some(_) => hex::upper([&[row.ins][..], &row.framed_command(events)].concat()),
    })
}

/// The answer as it was sent, and its form; frames that AF joins as one native frame.
fn answer(row: &Exchange, events: &[Event]) -> Option<(String, &'static str)> {
    let mut frames = row.responses(events);
    let (first, more) = (frames.next()?, frames.next());
    Some(match (more, row.form) {
        (None, FrameForm::Native) => (hex::upper(first), "native"),
        (None, _) => (hex::upper(first), "wrapped"),
        (Some(_), _) => {
            let code = row.status.and_then(Status::code)?;
            let whole = [&[code][..], &row.framed_response(events)].concat();
            (hex::upper(whole), "native")
        }
    })
}

/// The pages that take the messages of a row apart.
pub(super) fn ways(row: &Exchange, events: &[Event], proof: &SessionProof) -> Vec<Way> {
    if row.family != Family::Desfire || row.is_authentication() || row.ins == AF {
        return Vec::new();
    }
    [
        of_command(row, events, proof),
        of_answer(row, events, proof),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The mode in which something of a message can be checked or computed.
fn protection(
    row: &Exchange,
    proof: &SessionProof,
    is_answer: bool,
    has_data: bool,
) -> Option<CommMode> {
    let mode = row.mode?;
    let was_checked = |verdict| matches!(verdict, Verdict::Ok | Verdict::Bad);
    let verdicts = &row.verdicts;
    let mac = was_checked(if is_answer {
        verdicts.response_mac
    } else {
        verdicts.command_mac
    });
    if proof.channel == "ev2" {
        let readable = mode != CommMode::Full || proof.enc.is_some();
        return (mac && readable).then_some(mode);
    }
    match mode {
        _ if is_answer && mac => Some(CommMode::Mac),
        CommMode::Full if has_data => was_checked(verdicts.crc).then_some(mode),
        CommMode::Mac if mac => Some(mode),
        // Even what goes plain moves the IV.
        _ if !is_answer && proof.channel != "d40" => Some(CommMode::Plain),
        _ => None,
    }
}

fn name(mode: CommMode) -> String {
    match mode {
        CommMode::Plain => "plain",
        CommMode::Mac => "mac",
        CommMode::Full => "full",
    }
    .to_owned()
}

fn of_command(row: &Exchange, events: &[Event], proof: &SessionProof) -> Option<Way> {
    const TITLE: &str = "Command, taken apart";
    let has_data = has_command_data(row, events);
    let mode = protection(row, proof, false, has_data)?;
    // Key data of EV1 and D40 has a form of its own.
    let is_key = matches!(row.ins, 0xC4 | 0xC6) && mode == CommMode::Full;
    if is_key && proof.channel != "ev2" {
        return None;
    }
    let mut inputs = session(row, proof, false)?;
    inputs.extend([
        ("direction", "read-command".to_owned()),
        ("mode", name(mode)),
        ("header-length", row.header_len.to_string()),
        ("frame", command(row, events)?),
    ]);
    let plain = row.command.as_ref().map(Vec::len);
    let len = plain.and_then(|plain| plain.checked_sub(row.header_len));
    in_any_padding(TITLE, &inputs, proof, len)
}

fn of_answer(row: &Exchange, events: &[Event], proof: &SessionProof) -> Option<Way> {
    const TITLE: &str = "Response, taken apart";
    if !row.is_accepted() {
        return None;
    }
    // Only one side of an exchange has data.
    let has_data = !has_command_data(row, events);
    let mode = protection(row, proof, true, has_data)?;
    let (frame, form) = answer(row, events)?;
    let mut inputs = session(row, proof, true)?;
    inputs.extend([
        ("direction", "read-answer".to_owned()),
        ("mode", name(mode)),
        ("form", form.to_owned()),
        ("frame", frame),
    ]);
    in_any_padding(TITLE, &inputs, proof, row.response.as_ref().map(Vec::len))
}

fn has_command_data(row: &Exchange, events: &[Event]) -> bool {
    let mac = if row.channel == Some("d40") { 4 } else { 8 };
    let mac = if row.mode == Some(CommMode::Mac) {
        mac
    } else {
        0
    };
    row.framed_command(events).len() > row.header_len + mac
}

/// EV1 and D40 tell data from padding by a length that the command says, by the checksum or by a mark.
fn in_any_padding(
    title: &'static str,
    inputs: &[Input],
    proof: &SessionProof,
    len: Option<usize>,
) -> Option<Way> {
    let with = |more: Option<(&'static str, String)>| {
        way("frame", title, inputs.iter().cloned().chain(more).collect())
    };
    if proof.channel == "ev2" {
        return Some(with(None));
    }
    let known = len.map(|len| ("length", len.to_string()));
    let marked = ("padding", "mark".to_owned());
    fitting([None, known, Some(marked)].map(with))
}

//! Where in the recording a contradiction comes from.

use crate::apdu::{AF, CommandApdu, FrameForm, FrameProblem, ResponseApdu};
use crate::bytes::hex;
use crate::card::Aid;
use crate::report::Finding;
use crate::trace::{Event, EventKind, Exchange};

/// A byte of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the event.
    pub(super) event: usize,
    /// Byte of its frame.
    pub(super) offset: usize,
    /// An answer may be the cause: a card that is asked the same knows better.
    pub(super) in_answer: bool,
}

impl Place {
    /// Where a row begins.
    pub(super) const fn start(row: &Exchange) -> Self {
        Self::command(row.first_event, 0)
    }

    const fn command(event: usize, offset: usize) -> Self {
        Self {
            event,
            offset,
            in_answer: false,
        }
    }

    const fn answer(event: usize, offset: usize) -> Self {
        Self {
            event,
            offset,
            in_answer: true,
        }
    }
}

/// Where the cause of `finding` stands; the start of the row when nothing better is known.
pub(super) fn place(
    row: &Exchange,
    finding: &Finding,
    rows: &[Exchange],
    events: &[Event],
) -> Place {
    let start = Place::start(row);
    let body =
        frame(events, row.first_event).map_or(0, |bytes| CommandApdu::parse(bytes).body_offset);
    match finding.code {
        "unknown_status" | "status_form" | "refusal_data" => status(row, events),
        "crc" => Place::command(row.first_event, body + row.header_len),
        "key_number" => Place::command(row.first_event, body),
        "pcdcap2" => Place::command(row.first_event, body + 2 + inside(finding)),
        "answer_length" => Place::command(row.first_event, body + 4),
        "key_application" => selection(row, finding, rows, events).unwrap_or(start),
        "frame" => envelope(row, events).unwrap_or(start),
        "chain_aborted" => next_command(row, events).unwrap_or(start),
        "authentication_incomplete" => second_command(row, events).unwrap_or(start),
        _ => start,
    }
}

/// The status of the row's last answer: its first byte that is not that of an answer in this form.
pub(super) fn status(row: &Exchange, events: &[Event]) -> Place {
    let Some(bytes) = frame(events, row.last_event) else {
        return Place::answer(row.last_event, 0);
    };
    let first = if row.form == FrameForm::Wrapped {
        0x91
    } else {
        0x90
    };
    let offset = match bytes {
        _ if row.form == FrameForm::Native => 0,
        [.., sw1, _] if *sw1 == first => bytes.len().saturating_sub(1),
        _ => bytes.len().saturating_sub(2),
    };
    Place::answer(row.last_event, offset)
}

/// The bytes of a frame.
pub(super) fn frame(events: &[Event], event: usize) -> Option<&[u8]> {
    match &events.get(event)?.kind {
        EventKind::Command(bytes) | EventKind::Response(bytes) => Some(bytes),
        _ => None,
    }
}

/// The command frames of a row with their events.
pub(super) fn commands<'a>(
    row: &Exchange,
    events: &'a [Event],
) -> impl Iterator<Item = (usize, &'a [u8])> + use<'a> {
    let last = row.last_event;
    commands_from(events, row.first_event).take_while(move |(index, _)| *index <= last)
}

fn commands_from(events: &[Event], start: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let all = events.iter().enumerate().skip(start);
    all.filter_map(|(index, event)| match &event.kind {
        EventKind::Command(bytes) => Some((index, bytes.as_slice())),
        _ => None,
    })
}

/// First byte that differs between what a finding expects and what it got.
pub(super) fn inside(finding: &Finding) -> usize {
    let values = finding.expected.as_deref().zip(finding.got.as_deref());
    values.map_or(0, |(expected, got)| {
        first_difference(expected.as_bytes(), got.as_bytes()) / 2
    })
}

/// Index of the first byte that differs.
pub(super) fn first_difference(one: &[u8], other: &[u8]) -> usize {
    let differing = one.iter().zip(other).position(|(one, other)| one != other);
    differing.unwrap_or_else(|| one.len().min(other.len()))
}

/// A key of another application points at the last command that changed the selection.
fn selection(
    row: &Exchange,
    finding: &Finding,
    rows: &[Exchange],
    events: &[Event],
) -> Option<Place> {
    const SELECT: u8 = 0x5A;
    const DELETE: u8 = 0xDA;
    let before = rows.iter().take_while(|other| other.index < row.index);
    let cause = before
        .filter(|other| matches!(other.ins, SELECT | DELETE))
        .last()?;
    let apdu = CommandApdu::parse(frame(events, cause.first_event)?);
    if cause.ins == DELETE {
        return Some(Place::command(cause.first_event, apdu.body_offset.min(1)));
    }
    let aid = |text: &Option<String>| text.as_deref()?.parse::<Aid>().ok();
    let (expected, got) = (aid(&finding.expected)?, aid(&finding.got)?);
    if !cause.status.is_some_and(crate::apdu::Status::is_success) {
        return Some(status(cause, events));
    }
    let offset = first_difference(&expected.wire(), &got.wire());
    Some(Place::command(cause.first_event, apdu.body_offset + offset))
}

fn envelope(row: &Exchange, events: &[Event]) -> Option<Place> {
    commands(row, events).find_map(|(event, bytes)| {
        let offset = match CommandApdu::parse(bytes).problem? {
            FrameProblem::Empty => 0,
            FrameProblem::P1P2(0, _) => 3,
            FrameProblem::P1P2(..) => 2,
            FrameProblem::Length { .. } => 4,
        };
        Some(Place::command(event, offset))
    })
}

/// The command that should have continued the chain.
fn next_command(row: &Exchange, events: &[Event]) -> Option<Place> {
    let (event, bytes) = commands_from(events, row.last_event + 1).next()?;
    let continued = match row.form {
        FrameForm::Native => vec![AF],
        _ => vec![0x90, AF],
    };
    Some(Place::answer(event, first_difference(&continued, bytes)))
}

/// The token, when its length is wrong: it has two random numbers, the challenge has one, with LRP a byte before it.
fn second_command(row: &Exchange, events: &[Event]) -> Option<Place> {
    let (event, bytes) = commands(row, events).nth(1)?;
    let challenge = row.responses(events).next()?;
    let challenge = ResponseApdu::parse(row.form, challenge)?;
    let token = 2 * (challenge.data.len() & !7);
    let apdu = CommandApdu::parse(bytes);
    (apdu.body.len() != token).then(|| Place::command(event, apdu.body_offset.saturating_sub(1)))
}

/// A byte of a frame as a sentence says it.
pub(super) fn shown(bytes: &[u8], offset: usize) -> String {
    bytes
        .get(offset)
        .map_or_else(|| "nothing".into(), |byte| hex::upper([*byte]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::Keyring;
    use crate::trace::decode;

    #[test]
    fn a_token_has_twice_the_length_of_its_challenge() {
        for (ins, challenge, token, is_whole) in [
            (0x0A, 8, 16, true),
            (0x0A, 8, 32, false),
            (0x1A, 16, 32, true),
            (0x71, 17, 32, true),
            (0x71, 17, 31, false),
        ] {
            let framed = |ins, body: &[u8]| {
                let len = u8::try_from(body.len()).unwrap();
                [&[0x90, ins, 0, 0, len], body, &[0]].concat()
            };
            let kinds = [
                EventKind::Command(framed(ins, &[0])),
                EventKind::Response([vec![0x3C; challenge], vec![0x91, 0xAF]].concat()),
                EventKind::Command(framed(AF, &vec![0xC3; token])),
                EventKind::Response(vec![0x91, 0x7E]),
            ];
            let events = kinds.map(Event::new);
            let rows = decode(&events, &Keyring::default());
            let place = (!is_whole).then(|| Place::command(2, 4));
            assert_eq!(
                second_command(&rows[0], &events),
                place,
                "{ins:02X} {token}"
            );
        }
    }
}

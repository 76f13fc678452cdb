//! The authentications of a trace.

use std::collections::BTreeMap;

use crate::secure_messaging::handshake::{self, d40, ev1, iso};
use crate::trace::{Event, EventKind, Exchange};

use super::challenge::{Challenge, Kind, Place, Transcript};

/// Every authentication of the rows that shows enough of itself to be tried, in the order of the trace.
pub fn recorded(rows: &[Exchange], events: &[Event]) -> Vec<Challenge> {
    let uids = Uids::of(rows, events);
    let mut iso = IsoRows::default();
    let mut found = Vec::new();
    for row in rows {
        if row.is_iso_authentication() {
            iso.take(row, &uids, &mut found);
            continue;
        }
        iso.forget(row);
        if row.is_authentication() && row.channel != Some("lrp") {
            found.extend(native(row, events, &uids));
        }
    }
    found
}

/// Rows of authentications that [`recorded`] can't give, and why.
pub fn unsearchable(rows: &[Exchange]) -> Vec<(usize, &'static str)> {
    let lrp = |row: &&Exchange| row.is_authentication() && row.channel == Some("lrp");
    let lrp = rows.iter().filter(lrp);
    lrp.map(|row| (row.index, "LRP is not decoded yet"))
        .collect()
}

/// An authentication of two frames in each direction.
fn native(row: &Exchange, events: &[Event], uids: &Uids) -> Option<Challenge> {
    let (body, answer) = (row.framed_command(events), row.framed_response(events));
    let token = body.get(row.header_len..)?;
    // The token holds two random numbers, the challenge one.
    let (challenge, proof) = answer.split_at_checked(token.len() / 2)?;
    let proof = row.is_accepted().then(|| proof.to_vec());
    let (kind, transcript) = match row.ins {
        0x0A => {
            let frames = d40::Transcript {
                challenge: challenge.try_into().ok()?,
                token: token.try_into().ok()?,
                proof,
            };
            (Kind::D40, Transcript::D40(frames))
        }
        0x1A | 0xAA => {
            let frames = ev1::Transcript {
                challenge: challenge.to_vec(),
                token: token.to_vec(),
                proof,
            };
            let kind = match row.ins {
                0xAA => Kind::Aes,
                _ => Kind::Iso,
            };
            (kind, Transcript::Ev1(frames))
        }
        0x71 | 0x77 => {
            let first = row.ins == 0x71;
            let frames = handshake::Transcript {
                first,
                challenge: challenge.try_into().ok()?,
                token: token.try_into().ok()?,
                proof,
            };
            let kind = if first {
                Kind::Ev2First
            } else {
                Kind::Ev2NonFirst
            };
            (kind, Transcript::Ev2(frames))
        }
        _ => return None,
    };
    let key_no = body.first()? & 0x3F;
    place(row, key_no, uids).challenge(kind, transcript)
}

fn place(row: &Exchange, key_no: u8, uids: &Uids) -> Place {
    Place {
        row: row.index,
        command: row.name(),
        key_no,
        aid: row.aid,
        uid: uids.at(row),
        known: row.key.as_ref().map(|key| key.label.clone()),
    }
}

/// The three ISO commands, which are three rows, at each reader.
#[derive(Default)]
struct IsoRows(BTreeMap<u16, IsoProgress>);

enum IsoProgress {
    /// RPICC1.
    Challenge(Vec<u8>),
    /// Where in the list the authentication stands that waits for its last command.
    External(usize),
}

impl IsoRows {
    fn forget(&mut self, row: &Exchange) {
        self.0.remove(&row.reader);
    }

    fn take(&mut self, row: &Exchange, uids: &Uids, found: &mut Vec<Challenge>) {
        const GET_CHALLENGE: u8 = 0x84;
        const EXTERNAL: u8 = 0x82;
        let body = row.command.clone().unwrap_or_default();
        let answer = row.response.clone().unwrap_or_default();
        let accepted = row.is_accepted();
        let next = match (row.ins, self.0.remove(&row.reader)) {
            (GET_CHALLENGE, _) => accepted.then_some(IsoProgress::Challenge(answer)),
            (EXTERNAL, Some(IsoProgress::Challenge(rpicc1))) => {
                let frames = iso::Transcript {
                    rpicc1,
                    token: body,
                    internal: None,
                };
                let challenge = external(row, frames, uids);
                let at = challenge.is_some().then_some(found.len());
                found.extend(challenge);
                at.filter(|_| accepted).map(IsoProgress::External)
            }
            (_, Some(IsoProgress::External(at))) if accepted => {
                if let Some(challenge) = found.get_mut(at) {
                    challenge.answered(body, answer);
                }
                None
            }
            _ => None,
        };
        if let Some(next) = next {
            self.0.insert(row.reader, next);
        }
    }
}

fn external(row: &Exchange, frames: iso::Transcript, uids: &Uids) -> Option<Challenge> {
    let [algorithm, reference] = row.p1p2;
    // Bit 7 says "of the application"; the algorithm 0 leaves the cipher open.
    let challenge =
        place(row, reference & 0x1F, uids).challenge(Kind::IsoCommands, Transcript::Iso(frames))?;
    match algorithm {
        0x02 | 0x04 => challenge.only(false, true),
        0x09 => challenge.only(true, false),
        _ => Some(challenge),
    }
}

/// UIDs that the trace shows, and when a card may have been changed.
pub(super) struct Uids {
    /// Reader, stay of a card at it, first event of the row, UID.
    shown: Vec<(u16, usize, usize, Vec<u8>)>,
    /// Events at each reader after which another card may lie there.
    changes: BTreeMap<u16, Vec<usize>>,
}

impl Uids {
    pub(super) fn of(rows: &[Exchange], events: &[Event]) -> Self {
        let mut uids = Self {
            shown: Vec::new(),
            changes: BTreeMap::new(),
        };
        for (event_no, event) in events.iter().enumerate() {
            if matches!(event.kind, EventKind::FieldOff | EventKind::Card(_)) {
                uids.changes.entry(event.reader).or_default().push(event_no);
            }
        }
        for row in rows {
            if let Some(uid) = row.shown_uid() {
                let stay = uids.stay(row);
                uids.shown.push((row.reader, stay, row.first_event, uid));
            }
        }
        uids
    }

    /// How many changes there were before a row.
    fn stay(&self, row: &Exchange) -> usize {
        let changes = self.changes.get(&row.reader);
        changes.map_or(0, |changes| {
            changes.partition_point(|change| *change < row.first_event)
        })
    }

    /// The UID of the card that a row belongs to: the last one shown before it, else the first one after it.
    pub(super) fn at(&self, row: &Exchange) -> Option<Vec<u8>> {
        let stay = self.stay(row);
        let same = |shown: &&(u16, usize, usize, Vec<u8>)| (shown.0, shown.1) == (row.reader, stay);
        let before = self.shown.iter().rev().filter(same);
        let before = before.filter(|shown| shown.2 <= row.first_event);
        let mut of_card = before.chain(self.shown.iter().filter(same));
        of_card.next().map(|shown| shown.3.clone())
    }
}

//! The mistake catalogue: which broken rule gives the bytes that were received.
//!
//! A row whose MAC, checksum, padding, authentication or TMV does not fit is made again with one known mistake after the
//! other, then with every two, and each result is compared with what was received. A mistake that gives at least 32 bits
//! that the rules do not give is certain; others are possible and come last.
//!
//! # How it works
//!
//! * A *subject* is one side of a row: a message of a session (`message`), an authentication (`authentication`), a TMV
//!   (`tmac`). It has a *recipe*, whose parts by the rules are known.
//! * A *mistake* is an entry in the file of its family: code, sentence, remedy, section, the part that it alters, and the
//!   alteration. To add one, add an entry; a part or a value of a part only where none is there yet, with its line in
//!   `checks`.
//! * A recipe gives *checks*: bytes that should stand somewhere, beside those that stand there.
//!
//! # What is not in the catalogue
//!
//! What no observer can tell from something else has no entry:
//!
//! * Corrected parity bits of a DES-type session key: the cipher ignores them and no byte differs.
//! * A wrong IV of EV2 over several blocks of file data: only the first block is wrong, and nothing in it is known.
//! * CmdCtr one too low in an answer is that of the command: the one entry is `ev2-ctr-response`.
//! * A last checksum of ChangeKey over the mixed key: the bytes are those of a new key that was not mixed, and the new
//!   key is not known. The one entry is `change-key-no-xor`.
//! * An own key that was mixed with the old one under a right checksum: the card takes it for the new key.
//! * The second step of AuthenticateISO and AuthenticateAES from a zero IV: only RndA comes out as another one, the card
//!   accepts it and answers with that, and only the host knows its own.

mod access;
mod around;
mod authentication;
mod build;
mod chain;
mod change_key;
mod checks;
mod counter;
mod crc;
mod handshake;
mod iv;
mod key_data;
mod known;
mod mac;
mod message;
mod mistake;
mod padding;
mod recipe;
mod search;
mod session_key;
mod tmac;

pub use mistake::{Explanation, Family, Input, InputBytes, Mistake, Side};

use std::sync::LazyLock;

use crate::card::CommMode;
use crate::keyring::Keyring;
use crate::report::Severity;
use crate::secure_messaging::Verdict;
use crate::trace::{Event, Exchange, Lengths};

use build::InSession;
use message::Message;
use search::{Entry, Found, Subject, search};

/// What explains the row at a place of `rows`, best first: certain before possible, one mistake before two, then by the
/// bits that fit. Empty when the row has nothing wrong or nothing in the catalogue gives its bytes.
pub fn explain(
    rows: &[Exchange],
    at: usize,
    events: &[Event],
    keyring: &Keyring,
) -> Vec<Explanation> {
    let Some(row) = rows.get(at).filter(|row| is_suspicious(row)) else {
        return Vec::new();
    };
    let mut found = authentication::explain(rows, at, events, keyring);
    found.extend(tmac::explain(row, at));
    if let Some(row) = InSession::new(rows, at, events, keyring) {
        found.extend(in_session(&row, events));
    }
    sorted(found)
}

/// All mistakes, in the order in which they are preferred where they explain the same bytes.
pub fn catalogue() -> &'static [Mistake] {
    static ALL: LazyLock<Vec<Mistake>> = LazyLock::new(|| all().copied().collect());
    &ALL
}

fn all() -> impl Iterator<Item = &'static Mistake> {
    let messages = message_entries().into_iter().map(|entry| &entry.mistake);
    let handshakes = handshake::ENTRIES.iter().map(|entry| &entry.mistake);
    let access = [
        &access::MAC_ON_FREE_ACCESS,
        &access::PLAIN_IN_FULL,
        &access::MAC_MISSING,
    ];
    let commits = tmac::ENTRIES.iter().map(|entry| &entry.mistake);
    messages.chain(handshakes).chain(access).chain(commits)
}

/// The mistake with a code.
fn named(code: &str) -> Option<&'static Mistake> {
    all().find(|mistake| mistake.code == code)
}

/// The mistakes that a message in a session can have.
fn message_entries() -> Vec<&'static Entry<Message>> {
    let families: [&'static [Entry<Message>]; 7] = [
        &session_key::ENTRIES,
        &counter::ENTRIES,
        &mac::ENTRIES,
        &iv::ENTRIES,
        &padding::ENTRIES,
        &crc::ENTRIES,
        &change_key::ENTRIES,
    ];
    families.into_iter().flatten().collect()
}

fn refs<S: Subject>(entries: &'static [Entry<S>]) -> Vec<&'static Entry<S>> {
    entries.iter().collect()
}

/// Whether there is anything to explain.
fn is_suspicious(row: &Exchange) -> bool {
    let mut findings = row.findings.iter();
    let told = row.command.as_deref();
    let told = told.and_then(|body| Lengths::of(row.ins, body, None).response);
    let answered = row.response.as_ref().map(Vec::len);
    let has_other_length = told.is_some() && row.mode == Some(CommMode::Full) && told != answered;
    row.verdicts.any(Verdict::Bad)
        || has_other_length
        || access::may_lack_padding(row)
        || row.status.is_some_and(|status| !status.is_success())
        || findings.any(|finding| finding.severity == Severity::Error)
}

fn in_session(row: &InSession<'_>, events: &[Event]) -> Vec<Explanation> {
    let entries = message_entries();
    let commands = row.commands();
    let mut found = Vec::new();
    let mut fitting = Vec::new();
    for message in &commands {
        match search(message, &entries) {
            Found::Right => fitting.push(message),
            Found::Explained(explanations) => {
                found.extend(access::joined(row, message, explanations));
            }
        }
    }
    // A message that fits in one form is right, whatever it might be in another.
    if !fitting.is_empty() {
        found.clear();
    }
    found.extend(access::explain(row, &fitting));
    let verdicts = &row.row.verdicts;
    let wrong = [verdicts.response_mac, verdicts.crc, verdicts.padding];
    if access::may_lack_padding(row.row) && !row.row.verdicts.any(Verdict::Bad) {
        found.extend(access::in_answer(row, &row.responses(events)));
    }
    if wrong.contains(&Verdict::Bad) || row.has_other_length() {
        let responses = row.responses(events);
        let searched: Vec<Found> = responses
            .iter()
            .map(|message| search(message, &entries))
            .collect();
        if !searched.iter().any(|found| matches!(found, Found::Right)) {
            let explained = responses.iter().zip(searched);
            found.extend(
                explained.flat_map(|(message, found)| {
                    access::joined(row, message, found.explanations())
                }),
            );
        }
    }
    found
}

fn sorted(mut found: Vec<Explanation>) -> Vec<Explanation> {
    let rank = |explanation: &Explanation| -> usize {
        let places = explanation.mistakes.iter().map(|mistake| {
            let mut all = catalogue().iter();
            all.position(|other| other.code == mistake.code)
                .unwrap_or_default()
        });
        places.sum()
    };
    found.sort_by_cached_key(|explanation| {
        (
            !explanation.is_certain(),
            explanation.bits == 0,
            explanation.mistakes.len(),
            u32::MAX - explanation.bits,
            rank(explanation),
        )
    });
    let mut distinct: Vec<Explanation> = Vec::new();
    for explanation in found {
        let is_known = distinct
            .iter()
            .any(|known| known.side == explanation.side && known.mistakes == explanation.mistakes);
        if !is_known {
            distinct.push(explanation);
        }
    }
    distinct.truncate(MOST);
    distinct
}

/// How many explanations of one row are worth reading.
const MOST: usize = 8;

#[cfg(test)]
mod tests;

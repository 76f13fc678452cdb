//! From a row of a trace to the pages that compute its bytes again, with their inputs filled in.
//!
//! What is here is only which page shows what: the inputs are those of [`prove`] and of the recorded frames. A page that
//! this program does not have is not offered.

mod authentication;
mod frames;
mod key_change;
mod transaction;

use super::input::Texts;
use super::sheet::Overrides;
use super::topic::Topic;
use crate::bytes::hex;
use crate::keyring::Keyring;
use crate::report::Worked;
use crate::trace::{Event, Exchange, MacProof, Proof, SessionProof, prove};

/// A page with inputs.
#[derive(Clone, PartialEq, Eq)]
pub struct Way {
    /// Subcommand of the topic.
    pub topic: &'static str,
    /// What it computes, such as `Command MAC`.
    pub title: &'static str,
    /// The inputs; keys are among them.
    pub texts: Texts,
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Way")
            .field("topic", &self.topic)
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}

/// Side of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the host sent.
    Command,
    /// What the card answered.
    Response,
}

impl Way {
    /// The page that computes the MAC of a side.
    pub fn is_mac_of(&self, side: Side) -> bool {
        self.title
            == match side {
                Side::Command => COMMAND_MAC,
                Side::Response => RESPONSE_MAC,
            }
    }

    /// The topic, when there is one.
    pub fn topic(&self) -> Option<&'static Topic> {
        super::topic(self.topic)
    }
}

const COMMAND_MAC: &str = "Command MAC";
const RESPONSE_MAC: &str = "Response MAC";

/// The pages that compute something of the row at a place of `rows`, the most telling first; `keyring` holds the sessions
/// whose authentication was not recorded, and the keys of transactions.
pub fn from_row(rows: &[Exchange], at: usize, events: &[Event], keyring: &Keyring) -> Vec<Way> {
    let Some(row) = rows.get(at) else {
        return Vec::new();
    };
    let mut ways = Vec::new();
    ways.extend(authentication::handshake(rows, at, events));
    let transaction = transaction::tmac(rows, at, events, keyring)
        .filter(|found| found.is_committed)
        .map(|found| found.way);
    let (first, last) = if row.ins == transaction::COMMIT {
        (transaction, None)
    } else {
        (None, transaction)
    };
    ways.extend(first);
    if let Some(proof) = prove(rows, at, events, &keyring.sessions) {
        ways.extend(key_change::new_key(row, events, &proof.session));
        ways.extend(frames::ways(row, events, &proof.session));
        let titles = [
            (&proof.command, COMMAND_MAC, "Command IV"),
            (&proof.response, RESPONSE_MAC, "Response IV"),
        ];
        for (mac, title, iv_title) in titles {
            let Some(mac) = mac else { continue };
            ways.extend(mac_way(&proof.session, mac, title));
            ways.extend(iv_way(&proof, mac.iv.as_ref(), iv_title));
        }
    }
    ways.extend(last);
    ways.retain(|way| way.topic().is_some());
    ways
}

/// The page of the transaction that the row at a place of `rows` belongs to, also before its end.
pub fn transaction(
    rows: &[Exchange],
    at: usize,
    events: &[Event],
    keyring: &Keyring,
) -> Option<Way> {
    transaction::tmac(rows, at, events, keyring).map(|found| found.way)
}

/// Of several ways to read the same bytes the first one whose table holds, or else the first.
fn fitting(ways: impl IntoIterator<Item = Way>) -> Option<Way> {
    let holds = |way: &Way| {
        way.topic().is_some_and(|topic| {
            let outcome = topic.run(&way.texts, &Overrides::new());
            !outcome.is_refused() && !outcome.sheet.is_wrong()
        })
    };
    let mut first = None;
    for way in ways {
        if holds(&way) {
            return Some(way);
        }
        first = first.or(Some(way));
    }
    first
}

/// The MAC with its message, key, IV and what was received.
fn mac_way(session: &SessionProof, mac: &MacProof, title: &'static str) -> Option<Way> {
    let step = |name: &str| {
        let mut steps = mac.mac.steps.iter();
        steps.find(|step| step.label == name)
    };
    let kind = key_type(session.channel)?;
    let key = session.mac.as_ref().or(session.session_key.as_ref())?;
    let mut inputs = vec![
        ("type", kind.to_owned()),
        ("key", hex::upper(key.expose())),
        ("message", hex::upper(&step("CMAC input")?.bytes)),
    ];
    if let Some(iv) = step("IV before") {
        inputs.push(("iv", hex::upper(&iv.bytes)));
    }
    if let Some(received) = &mac.received {
        inputs.push(("mac", hex::upper(received)));
    }
    Some(way("cmac", title, inputs))
}

/// The block that the IV of enciphered data is made of.
fn iv_way(proof: &Proof, iv: Option<&Worked<[u8; 16]>>, title: &'static str) -> Option<Way> {
    let input = iv?.steps.iter().find(|step| step.label == "IV input")?;
    let key = proof.session.enc.as_ref()?;
    Some(way(
        "cbc",
        title,
        vec![
            ("type", "aes128".to_owned()),
            ("key", hex::upper(key.expose())),
            ("data", hex::upper(&input.bytes)),
        ],
    ))
}

fn way(topic: &'static str, title: &'static str, inputs: Vec<(&str, String)>) -> Way {
    let owned = |(name, text): (&str, String)| (name.to_owned(), text);
    Way {
        topic,
        title,
        texts: inputs.into_iter().map(owned).collect(),
    }
}

/// The cipher of a channel that has CMACs.
fn key_type(channel: &str) -> Option<&'static str> {
    match channel {
        "ev2" | "ev1-aes" => Some("aes128"),
        "ev1-des" => Some("des"),
        "ev1-2k3des" => Some("2k3des"),
        "ev1-3k3des" => Some("3k3des"),
        _ => None,
    }
}

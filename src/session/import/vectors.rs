//! Files of the form `mifare-vectors/1` with `exchanges`: conversations with their keys and start states.
//!
//! Not our form: unknown members are skipped, and what can't be used is a finding of its conversation.
//! An AID stands there as on the wire, least significant byte first.

use serde::Deserialize;

use super::super::json::{self, Place};
use super::super::legacy::{LegacyKind, legacy_kind};
use super::{Confidence, names_form};
use crate::bytes::hex::{self, HexError};
use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::keyring::{Diversification, GivenKeys, KeyEntry, Keyring, Scope, SessionEntry, Use};
use crate::report::Finding;
use crate::secure_messaging::handshake::session_keys;
use crate::trace::{Event, EventKind};

/// One recorded conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its name in the file.
    pub id: String,
    /// Secure messaging, such as `ev2`.
    pub sm: String,
    /// `iso` or `native`.
    pub framing: String,
    /// Keys of the card; also the session of `start`.
    pub keyring: Keyring,
    /// State at the first command, when the authentication was not recorded.
    pub start: Option<Start>,
    /// UID for the TransactionMAC, which the frames need not show.
    pub tmac_uid: Option<Vec<u8>>,
    /// The frames.
    pub events: Vec<Event>,
    /// What could not be used.
    pub findings: Vec<Finding>,
}

/// State at the first command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// A session of EV2, EV1 or D40 is open.
    Session {
        /// Session keys; the label is the conversation's id.
        session: SessionEntry,
        /// Selected application, where the file says it.
        aid: Option<Aid>,
        /// Key number of the authentication, where the file says it.
        key_no: Option<u8>,
    },
    /// An application is selected, nothing protects the messages.
    Selected(Aid),
    /// A session of another kind, by its name.
    Other(String),
}

/// Why a file holds no conversations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError {
    /// Not JSON, or members of other types.
    #[error("line {line}, byte {offset}: not a {FORMAT} file: {reason}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Byte, from 0.
        offset: usize,
        /// What is expected there.
        reason: String,
    },
    /// Another form.
    #[error("format is {got:?}, {FORMAT:?} expected")]
    Format {
        /// What the file says.
        got: String,
    },
    /// A file of single computations.
    #[error("topic {topic:?} has single computations, a file with \"exchanges\" expected")]
    Topic {
        /// What the file is about.
        topic: String,
    },
}

/// Whether the file names the form.
pub fn detect(bytes: &[u8]) -> Confidence {
    names_form(bytes, FORMAT)
}

/// Reads all conversations.
pub fn read(text: &[u8]) -> Result<Vec<Conversation>, VectorsError> {
    let file: FileForm = serde_json::from_slice(text).map_err(|error| {
        let Place { line, offset } = Place::of(&error, text);
        VectorsError::Json {
            line,
            offset,
            reason: json::redacted_reason(&error),
        }
    })?;
    if file.format != FORMAT {
        return Err(VectorsError::Format {
            got: json::clip(&file.format),
        });
    }
    let Some(exchanges) = file.exchanges else {
        return Err(VectorsError::Topic {
            topic: json::clip(&file.topic),
        });
    };
    Ok(exchanges.into_iter().map(conversation).collect())
}

const FORMAT: &str = "mifare-vectors/1";

#[derive(Deserialize)]
struct FileForm {
    format: String,
    #[serde(default)]
    topic: String,
    exchanges: Option<Vec<ExchangeForm>>,
}

#[derive(Deserialize)]
struct ExchangeForm {
    id: String,
    #[serde(default)]
    sm: String,
    #[serde(default)]
    framing: String,
    #[serde(default)]
    keys: Vec<KeyForm>,
    start: Option<StartForm>,
    tmac: Option<TmacForm>,
    #[serde(default)]
    apdus: Vec<ApduForm>,
}

#[derive(Deserialize)]
struct KeyForm {
    aid: Option<String>,
    block: Option<String>,
    #[serde(default)]
    no: u8,
    #[serde(rename = "type")]
    kind: String,
    key: String,
}

#[derive(Deserialize)]
struct StartForm {
    #[serde(default)]
    sm: String,
    aid: Option<String>,
    ti: Option<String>,
    ses_enc: Option<String>,
    ses_mac: Option<String>,
    ctr: Option<u16>,
    key: Option<String>,
    key_no: Option<u8>,
    rnd_a: Option<String>,
    rnd_b: Option<String>,
}

#[derive(Deserialize)]
struct TmacForm {
    key: String,
    uid: Option<String>,
}

#[derive(Deserialize)]
struct ApduForm {
    command: String,
    response: String,
}

fn conversation(form: ExchangeForm) -> Conversation {
    let mut out = Conversation {
        id: form.id,
        sm: form.sm,
        framing: form.framing,
        keyring: Keyring::default(),
        start: None,
        tmac_uid: None,
        events: Vec::with_capacity(form.apdus.len() * 2),
        findings: Vec::new(),
    };
    for (index, key) in form.keys.iter().enumerate() {
        if key.block.is_none() {
            out.keep(&format!("keys[{index}]"), key_entry(key), |out, entry| {
                out.keyring.keys.push(entry);
            });
        }
    }
    if let Some(form) = form.start {
        out.keep("start", start(&form, &out.id), |out, start| {
            if let Start::Session { session, .. } = &start {
                out.keyring.sessions.push(session.clone());
            }
            out.start = Some(start);
        });
    }
    if let Some(form) = form.tmac {
        out.keep("tmac", tmac(&form), |out, (entry, uid)| {
            out.keyring.keys.push(entry);
            out.tmac_uid = uid;
        });
    }
    for (index, apdu) in form.apdus.iter().enumerate() {
        let command = hex::parse(&apdu.command).map(EventKind::Command);
        let response = hex::parse(&apdu.response).map(EventKind::Response);
        for (name, kind) in [("command", command), ("response", response)] {
            let field = format!("apdus[{index}].{name}");
            let kind = kind.map_err(Problem::from);
            out.keep(&field, kind, |out, kind| out.events.push(Event::new(kind)));
        }
    }
    out
}

impl Conversation {
    /// Uses a value, or says why it can't be used.
    fn keep<T>(&mut self, field: &str, value: Result<T, Problem>, put: impl FnOnce(&mut Self, T)) {
        match value {
            Ok(value) => put(self, value),
            Err(problem) => {
                let text = format!("{}, {field}: {problem}", self.id);
                let finding = Finding::warning("vectors_member", text).field(field);
                self.findings.push(finding);
            }
        }
    }
}

/// Why a member can't be used.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Hex(#[from] HexError),
    #[error("{got} bytes, {expected} expected for {kind}")]
    KeyLength {
        got: usize,
        expected: &'static str,
        kind: &'static str,
    },
    #[error("key type {} is not known", json::clip(.0))]
    KeyType(String),
    #[error("{0} is missing")]
    Missing(&'static str),
}

fn key_entry(form: &KeyForm) -> Result<KeyEntry, Problem> {
    let key_type = match form.kind.as_str() {
        // LRP is a way to use an AES-128 key.
        "aes" | "lrp" => KeyType::Aes128,
        other => KeyType::from_name(other).ok_or_else(|| Problem::KeyType(form.kind.clone()))?,
    };
    let (scope, place) = match form.aid.as_deref() {
        None | Some("*") => (Scope::Any, "*".to_owned()),
        Some(text) => {
            let aid = wire_aid(text)?;
            (Scope::Application(aid), aid.to_string())
        }
    };
    let label = format!("{place} key {}", form.no);
    entry(label, scope, form.no, key_type, Use::Auth, &form.key)
}

fn tmac(form: &TmacForm) -> Result<(KeyEntry, Option<Vec<u8>>), Problem> {
    let (label, kind) = ("TransactionMAC key".to_owned(), KeyType::Aes128);
    let entry = entry(label, Scope::Any, 0, kind, Use::Tmac, &form.key)?;
    let uid = form.uid.as_deref().map(hex::parse).transpose()?;
    Ok((entry, uid))
}

fn entry(
    label: String,
    scope: Scope,
    key_no: u8,
    key_type: KeyType,
    usage: Use,
    value: &str,
) -> Result<KeyEntry, Problem> {
    let value = Secret::new(hex::parse(value)?);
    let got = value.expose().len();
    if !key_type.accepts(got) {
        return Err(Problem::KeyLength {
            got,
            expected: key_type.lengths(),
            kind: key_type.name(),
        });
    }
    Ok(KeyEntry {
        label,
        scope,
        key_no,
        key_set: 0,
        usage,
        file_no: None,
        key_type,
        version: 0,
        value,
        diversification: Diversification::None,
    })
}

fn start(form: &StartForm, id: &str) -> Result<Start, Problem> {
    let aid = form.aid.as_deref().map(wire_aid).transpose()?;
    let keys = match form.sm.as_str() {
        "ev2" => ev2(form)?,
        sm => match (legacy_kind(sm), aid) {
            (Some(kind), _) => legacy(form, kind)?,
            (None, Some(aid)) if sm == "none" => return Ok(Start::Selected(aid)),
            _ => return Ok(Start::Other(form.sm.clone())),
        },
    };
    let session = SessionEntry {
        label: id.to_owned(),
        keys,
    };
    Ok(Start::Session {
        session,
        aid,
        key_no: form.key_no,
    })
}

fn ev2(form: &StartForm) -> Result<GivenKeys, Problem> {
    let array = |text: &Option<String>| text.as_deref().map(hex::array::<16>).transpose();
    let need = |name, text| array(text)?.ok_or(Problem::Missing(name));
    let (enc, mac) = if let Some(mac) = array(&form.ses_mac)? {
        (array(&form.ses_enc)?, mac)
    } else {
        let key = need("key", &form.key)?;
        let rnd_a = need("rnd_a", &form.rnd_a)?;
        let rnd_b = need("rnd_b", &form.rnd_b)?;
        let keys = session_keys(&key, &rnd_a, &rnd_b).result;
        (Some(keys.enc), keys.mac)
    };
    let ti = form.ti.as_deref().ok_or(Problem::Missing("ti"))?;
    Ok(GivenKeys::Ev2 {
        enc: enc.map(Secret::new),
        mac: Secret::new(mac),
        ti: hex::array(ti)?,
        counter: form.ctr.unwrap_or(0),
    })
}

/// D40 and EV1 with the key and both random numbers.
fn legacy(form: &StartForm, kind: LegacyKind) -> Result<GivenKeys, Problem> {
    let need = |name, text: &Option<String>| {
        let text = text.as_deref().ok_or(Problem::Missing(name))?;
        hex::parse(text).map_err(Problem::from)
    };
    let key = need("key", &form.key)?;
    let (rnd_a, rnd_b) = (need("rnd_a", &form.rnd_a)?, need("rnd_b", &form.rnd_b)?);
    let keys = kind.made(&key, &rnd_a, &rnd_b);
    keys.ok_or(Problem::Missing("a key with random numbers of its lengths"))
}

fn wire_aid(text: &str) -> Result<Aid, HexError> {
    hex::array(text).map(Aid::from_wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCHANGES: &[u8] = include_bytes!("../../../tests/vectors/exchanges.json");
    const GENERATED: &[u8] = include_bytes!("../../../tests/vectors/generated.json");

    #[test]
    fn all_conversations_are_read() {
        for (text, conversations, frames) in [(EXCHANGES, 47, 2 * 248), (GENERATED, 36, 2 * 1124)] {
            let all = read(text).unwrap();
            assert_eq!(all.len(), conversations);
            let events = all.iter().map(|one| one.events.len()).sum::<usize>();
            assert_eq!(events, frames);
            for one in &all {
                assert_eq!(one.findings, [], "{}", one.id);
            }
        }
    }

    #[test]
    fn start_states_and_tmac_keys_are_read() {
        let all = [read(EXCHANGES).unwrap(), read(GENERATED).unwrap()].concat();
        let ev2 = all
            .iter()
            .filter(|one| matches!(one.start, Some(Start::Session { .. })))
            .count();
        let other = all
            .iter()
            .filter(|one| one.start == Some(Start::Other("lrp".into())))
            .count();
        assert_eq!((ev2, other), (12 + 3, 4));
        let find = |id| all.iter().find(|one| one.id == id).unwrap();
        let tmac = find("ev2-se05x-auth-value-commit");
        let usages: Vec<_> = tmac.keyring.keys.iter().map(|key| key.usage).collect();
        assert!(usages.contains(&Use::Tmac));
        assert_eq!(
            tmac.tmac_uid.as_deref(),
            Some(&hex::array::<7>("044040424D4D80").unwrap()[..])
        );
        let lrp = find("rnd-1-lrp-0");
        let aid = "2B1262".parse().unwrap();
        assert_eq!(lrp.keyring.keys[0].scope, Scope::Application(aid));
        assert!(find("rnd-1-plus-ev0-0").keyring.is_empty());
        let Some(Start::Session {
            session, key_no, ..
        }) = &find("ntag424-aes-key3-mac-59237C63").start
        else {
            panic!("an EV2 start expected");
        };
        let ti = Some([0x59, 0x23, 0x7C, 0x63]);
        assert_eq!((session.ti(), *key_no), (ti, Some(3)));
    }

    #[test]
    fn other_files_are_refused_and_keys_not_repeated() {
        let topic = include_bytes!("../../../tests/vectors/ev2.json");
        assert_eq!(
            read(topic).unwrap_err().to_string(),
            r#"topic "ev2" has single computations, a file with "exchanges" expected"#
        );
        assert_eq!(
            read(br#"{"format":"x"}"#).unwrap_err().to_string(),
            r#"format is "x", "mifare-vectors/1" expected"#
        );
        let wrong =
            br#"{"format":"mifare-vectors/1","exchanges":[{"id":"a","keys":[{"no":"00112233"}]}]}"#;
        assert_eq!(
            read(wrong).unwrap_err().to_string(),
            "line 1, byte 75: not a mifare-vectors/1 file: expected u8"
        );
    }

    #[test]
    fn what_cannot_be_used_is_named_and_the_rest_kept() {
        let text = br#"{"format":"mifare-vectors/1","exchanges":[{"id":"a","new":[1],
            "keys":[{"aid":"*","no":1,"type":"aes","key":"00"}],
            "start":{"sm":"ev2","ti":"00000000"},
            "apdus":[{"command":"90X","response":"9100"}]}]}"#;
        let all = read(text).unwrap();
        let texts: Vec<_> = all[0]
            .findings
            .iter()
            .map(|finding| finding.text.as_str())
            .collect();
        assert_eq!(
            texts,
            [
                "a, keys[0]: 1 bytes, 16 bytes expected for aes128",
                "a, start: key is missing",
                "a, apdus[0].command: character 3 is 'X', a hexadecimal digit expected",
            ]
        );
        assert_eq!(all[0].events.len(), 1);
    }
}

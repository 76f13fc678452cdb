//! The key file: named keys and session keys given directly.
//!
//! ```text
//! {"keys":[
//! {"label":"top-up","aid":"014499","key_no":3,"type":"aes128","value":"…","version":1},
//! {"label":"s1","session":{"channel":"ev2","enc":"…","mac":"…","ti":"…","counter":0}}
//! ]}
//! ```
//! `aid` is `000000` for the PICC level and `*` for whatever application is selected; `key_no` is `*` for a key that may
//! have any number. Tables and dictionaries of other tools are read by [`import()`]. Messages name entry, member, expected and
//! got; they never repeat a key.

mod dictionary;
mod direct;
mod entry;
mod error;
mod fields;
mod import;
mod members;
mod table;

pub use entry::{parse_rule, parse_spec};
pub use error::{FieldError, KeyFileError};
pub use import::{AidOrder, ImportOptions, KeyFormat, asks_aid_order, import};
pub use table::COLUMNS;

use serde_json::Value;

use self::direct::Direct;
use self::members::Members;
use super::Reading;
use super::json::{self, Object, Place};
use super::legacy::LegacyKind;
use crate::bytes::hex;
use crate::crypto::vault;
use crate::keyring::{GivenKeys, KeyEntry, Keyring, SessionEntry, Use};
use crate::report::Finding;

/// Reads a key file.
pub fn read(text: &[u8]) -> Result<Reading<Keyring>, KeyFileError> {
    if text.len() > LARGEST {
        return Err(KeyFileError::Size {
            got: text.len(),
            most: LARGEST,
        });
    }
    let mut file: Value = serde_json::from_slice(text).map_err(|error| {
        let Place { line, offset } = Place::of(&error, text);
        KeyFileError::Json {
            line,
            offset,
            reason: json::redacted_reason(&error),
        }
    })?;
    let reading = entries(&file);
    wipe(&mut file);
    reading
}

/// Overwrites all text of a file: it holds keys.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => vault::wipe(text),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

fn entries(file: &Value) -> Result<Reading<Keyring>, KeyFileError> {
    let mut reading = Reading {
        value: Keyring::default(),
        findings: Vec::new(),
    };
    for (index, value) in list(file).map_err(KeyFileError::File)?.iter().enumerate() {
        let label = value.get("label").and_then(Value::as_str);
        let entry = Entry {
            number: index + 1,
            label,
        };
        entry
            .read(value, &mut reading)
            .map_err(|problem| KeyFileError::Entry {
                number: entry.number,
                label: label.map(json::clip),
                problem,
            })?;
    }
    Ok(reading)
}

/// Version of this form; a file may leave it out.
const VERSION: u64 = 1;

/// A tree of JSON values takes many times the size of its text.
const LARGEST: usize = 16 * 1024 * 1024;

fn list(file: &Value) -> Result<&Vec<Value>, FieldError> {
    const EXPECTED: &str = "a list of keys";
    let members = Members::of("file", file)?.only("version keys")?;
    if let Some(version) = members.value("version")
        && version.as_u64() != Some(VERSION)
    {
        return Err(members::mismatch("version", version, "1"));
    }
    let keys = members.value("keys").ok_or(FieldError::Missing {
        field: "keys",
        expected: EXPECTED,
    })?;
    keys.as_array()
        .ok_or_else(|| members::mismatch("keys", keys, EXPECTED))
}

/// Which entry is being read.
#[derive(Clone, Copy)]
struct Entry<'a> {
    number: usize,
    label: Option<&'a str>,
}

impl Entry<'_> {
    fn read(self, value: &Value, reading: &mut Reading<Keyring>) -> Result<(), FieldError> {
        let entry = Members::of("entry", value)?;
        if let Some(session) = entry.value("session") {
            entry.only("label session")?;
            let name = match self.label {
                Some(label) => label.to_owned(),
                None => format!("session {}", self.number),
            };
            match direct::session(&name, Members::of("session", session)?)? {
                Direct::Entry(session) => reading.value.sessions.push(session),
                Direct::NotDecoded(channel) => reading.findings.push(self.not_decoded(channel)),
            }
        } else if entry.has("block") {
            entry.required("block", "four hexadecimal digits")?;
            reading.findings.push(self.not_decoded("plus"));
        } else {
            reading.value.keys.push(entry::key(entry)?);
        }
        Ok(())
    }

    fn not_decoded(self, channel: &str) -> Finding {
        let label = self
            .label
            .map_or_else(String::new, |label| format!(" \"{}\"", json::clip(label)));
        let text = format!(
            "Key {}{label}: channel {channel} is not decoded yet",
            self.number
        );
        Finding::hint("channel_not_decoded", text).field("channel")
    }
}

/// The text of a key file. It holds key values: ask before it is saved.
pub fn emit(keyring: &Keyring) -> String {
    text("{", keyring)
}

/// The text of a key file that names its version.
pub(super) fn emit_versioned(keyring: &Keyring) -> String {
    text(&format!("{{\"version\":{VERSION},"), keyring)
}

fn text(head: &str, keyring: &Keyring) -> String {
    let keys = keyring.keys.iter().map(key_line);
    let sessions = keyring.sessions.iter().map(session_line);
    let mut lines: Vec<_> = keys.chain(sessions).collect();
    let text = format!("{head}\"keys\":[\n{}\n]}}\n", lines.join(",\n"));
    lines.iter_mut().for_each(vault::wipe);
    text
}

fn key_line(key: &KeyEntry) -> String {
    let mut line = Object::new()
        .text("label", &key.label)
        .text("aid", &fields::scope_name(key.scope));
    line = match key.number() {
        Some(key_no) => line.number("key_no", key_no),
        None => line.text("key_no", fields::EVERY),
    };
    line = line
        .text("type", key.key_type.name())
        .text("value", &hex::upper(key.value.expose()))
        .number("version", key.version);
    if key.key_set != 0 {
        line = line.number("key_set", key.key_set);
    }
    if key.usage != Use::Auth {
        line = line.text("use", key.usage.name());
    }
    if let Some(file_no) = key.file_no {
        line = line.number("file_no", file_no);
    }
    if let Some((rule, template)) = key.diversification.parts() {
        let rule = Object::new()
            .text("rule", rule.name())
            .text("input", &template.text());
        line = line.raw("diversify", &rule.finish());
    }
    line.finish()
}

fn session_line(session: &SessionEntry) -> String {
    let member = Object::new();
    let member = match &session.keys {
        GivenKeys::Ev2 {
            enc,
            mac,
            ti,
            counter,
        } => {
            let enc = enc.as_ref().map(|enc| hex::upper(enc.expose()));
            member
                .text("channel", "ev2")
                .maybe_text("enc", enc.as_deref())
                .text("mac", &hex::upper(mac.expose()))
                .text("ti", &hex::upper(ti))
                .number("counter", *counter)
        }
        GivenKeys::Ev1 { kind, key } => member
            .text("channel", LegacyKind::Ev1(*kind).name())
            .text("key", &hex::upper(key.expose())),
        GivenKeys::D40 { key } => member
            .text("channel", LegacyKind::D40.name())
            .text("key", &hex::upper(key.expose())),
    };
    Object::new()
        .text("label", &session.label)
        .raw("session", &member.finish())
        .finish()
}

#[cfg(test)]
mod import_tests;
#[cfg(test)]
mod tests;

//! Key dictionaries such as Proxmark's `.dic`: one key a line in hexadecimal digits, `#` begins a comment.
//!
//! Nothing says where a key belongs or what cipher it is for: each is a candidate of every type that its length allows,
//! in every application and under every key number.

use crate::bytes::hex;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::des::is_doubled;
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};

use super::super::Reading;
use super::error::{FieldError, KeyFileError};
use super::import::{bad_line, or_refuse};

/// Reads a dictionary; lines that can't be read become findings. `name` stands in the labels.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Reading<Keyring>, KeyFileError> {
    let mut reading = Reading {
        value: Keyring::default(),
        findings: Vec::new(),
    };
    let mut keys = 0;
    for (line, text) in (1_u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        match key(text) {
            Ok(None) => {}
            Ok(Some(_)) if keys >= MOST => keys += 1,
            Ok(Some(value)) => {
                keys += 1;
                let entries = types(value.expose()).iter().map(|key_type| KeyEntry {
                    label: format!("{name} line {line}"),
                    scope: Scope::Any,
                    key_no: KeyEntry::EVERY_KEY,
                    key_set: 0,
                    usage: Use::Auth,
                    file_no: None,
                    key_type: *key_type,
                    version: 0,
                    value: value.clone(),
                    diversification: Diversification::None,
                });
                reading.value.keys.extend(entries);
            }
            Err(problem) => reading.findings.push(bad_line(line, &problem)),
        }
    }
    if keys > MOST {
        return Err(KeyFileError::Keys {
            got: keys,
            most: MOST,
        });
    }
    or_refuse(reading)
}

/// Keys that a key table takes from a dictionary.
const MOST: usize = 10_000;

/// Whether a line holds nothing but digits of a key, and perhaps a comment.
pub(super) fn is_key(line: &[u8]) -> bool {
    matches!(key(line), Ok(Some(_)))
}

/// The key of a line; `None` when it is empty or a comment.
fn key(line: &[u8]) -> Result<Option<Secret>, FieldError> {
    let text = line.split(|byte| *byte == b'#').next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value = hex::parse(text.trim());
    let value = value.map_err(|error| FieldError::Hex {
        field: "value",
        error,
    })?;
    if types(&value).is_empty() {
        return Err(FieldError::Length {
            field: "value",
            got: value.len(),
            expected: "8, 16 or 24 bytes",
            what: "a key",
        });
    }
    Ok(Some(Secret::new(value)))
}

/// The types that a value may have; with equal halves it is single DES rather than 2K3DES.
fn types(value: &[u8]) -> &'static [KeyType] {
    match value.len() {
        8 => &[KeyType::Des],
        16 if is_doubled(value) => &[KeyType::Des, KeyType::Aes128],
        16 => &[KeyType::TwoKey3Des, KeyType::Aes128],
        24 => &[KeyType::ThreeKey3Des],
        _ => &[],
    }
}

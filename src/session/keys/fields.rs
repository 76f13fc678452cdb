//! The values of a key entry as text, the same in every form of a key file.

use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::diversify::Rule;
use crate::keyring::{Diversification, KeyEntry, Scope, Template, TemplateError, Use};

use super::error::FieldError;
use super::members::{self, quoted};

/// The label of a key that has none.
pub(super) fn default_label(scope: Scope, key_no: u8) -> String {
    match key_no {
        KeyEntry::EVERY_KEY => format!("{} key *", scope_name(scope)),
        key_no => format!("{} key {key_no}", scope_name(scope)),
    }
}

/// The scope as the member `aid` writes it.
pub(super) fn scope_name(scope: Scope) -> String {
    match scope {
        Scope::Application(aid) => aid.to_string(),
        Scope::Any => EVERY.to_owned(),
    }
}

/// An AID, most significant byte first, or `*`.
pub(super) fn scope(text: &str) -> Result<Scope, FieldError> {
    if text == EVERY {
        return Ok(Scope::Any);
    }
    let aid: Result<Aid, _> = text.parse();
    aid.map(Scope::Application).map_err(|_| FieldError::Value {
        field: "aid",
        got: quoted(text),
        expected: AID,
    })
}

/// A key number, or `*` for a key that may have any.
pub(super) fn key_no(text: &str) -> Result<u8, FieldError> {
    if text == EVERY {
        return Ok(KeyEntry::EVERY_KEY);
    }
    text.parse().map_err(|_| FieldError::Value {
        field: "key_no",
        got: quoted(text),
        expected: KEY_NO,
    })
}

/// A type by its name.
pub(super) fn key_type(text: &str) -> Result<KeyType, FieldError> {
    KeyType::from_name(text).ok_or_else(|| FieldError::Value {
        field: "type",
        got: quoted(text),
        expected: TYPES,
    })
}

/// A value in hexadecimal digits, with a length of its type.
pub(super) fn value(key_type: KeyType, text: &str) -> Result<Secret, FieldError> {
    let bytes = members::bytes("value", text)?;
    if key_type.accepts(bytes.len()) {
        Ok(Secret::new(bytes))
    } else {
        Err(FieldError::Length {
            field: "value",
            got: bytes.len(),
            expected: key_type.lengths(),
            what: key_type.name(),
        })
    }
}

/// What the key is for; authentication when it is not said.
pub(super) fn usage(text: Option<&str>) -> Result<Use, FieldError> {
    let Some(text) = text else {
        return Ok(Use::Auth);
    };
    let usage = Use::ALL.into_iter().find(|usage| usage.name() == text);
    usage.ok_or_else(|| FieldError::Value {
        field: "use",
        got: quoted(text),
        expected: "one of auth, tmac, sdm_meta, sdm_file, dam",
    })
}

/// A rule by its name, with the template of its input, for keys of a type.
pub(super) fn diversification(
    key_type: KeyType,
    rule: &str,
    input: &str,
) -> Result<Diversification, FieldError> {
    let rule = Rule::from_name(rule).ok_or_else(|| FieldError::Value {
        field: "diversify.rule",
        got: quoted(rule),
        expected: RULES,
    })?;
    if !rule.knows(key_type) {
        return Err(FieldError::Value {
            field: "type",
            got: quoted(key_type.name()),
            expected: rule.key_types(),
        });
    }
    let template = Template::parse(input).map_err(|error| match error {
        TemplateError::Placeholder(name) => {
            FieldError::Template(TemplateError::Placeholder(members::shortened(&name)))
        }
        error => FieldError::Template(error),
    })?;
    Ok(Diversification::by(rule, template))
}

/// Rule and template as `RULE:TEMPLATE`, the form of a CSV cell and of the command line.
pub(super) fn rule_spec(text: &str) -> Result<(&str, &str), FieldError> {
    let parts = text.split_once(':');
    let (rule, input) = parts.ok_or(FieldError::Missing {
        field: "diversify.input",
        expected: "RULE:TEMPLATE such as an10922:{uid}{aid}",
    })?;
    Ok((rule.trim(), input.trim()))
}

/// Stands for every application or every key number.
pub(super) const EVERY: &str = "*";
/// What belongs into `aid`.
pub(super) const AID: &str = "six hexadecimal digits or *";
/// What belongs into `type`.
pub(super) const TYPES: &str = "one of des, 2k3des, 3k3des, aes128";
/// What belongs into `key_no`.
pub(super) const KEY_NO: &str = "a number from 0 to 255 or *";
/// What belongs into the other small numbers.
pub(super) const BYTE: &str = "a number from 0 to 255";
/// What belongs into `diversify.rule`.
pub(super) const RULES: &str = "one of an10922, aes_cmac_div, boltcard";

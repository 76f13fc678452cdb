//! One entry of the key file, and the same entry as the command line writes it.

use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::keyring::{Diversification, KeyEntry, Scope, Template, TemplateError, Use};

use super::error::FieldError;
use super::members::{self, Members, quoted};

/// A key of the key table.
pub(super) fn key(entry: Members<'_>) -> Result<KeyEntry, FieldError> {
    let entry = entry.only(MEMBERS)?;
    let scope = scope(entry.required("aid", AID)?)?;
    let key_no = entry.number("key_no", BYTE)?.ok_or(FieldError::Missing {
        field: "key_no",
        expected: BYTE,
    })?;
    let key_type = key_type(entry.required("type", TYPES)?)?;
    let value = value(key_type, entry.required("value", "hexadecimal text")?)?;
    Ok(KeyEntry {
        label: match entry.text("label")? {
            Some(label) => label.to_owned(),
            None => default_label(scope, key_no),
        },
        scope,
        key_no,
        key_set: entry.number("key_set", BYTE)?.unwrap_or(0),
        usage: usage(entry.text("use")?)?,
        file_no: entry.number("file_no", BYTE)?,
        key_type,
        version: entry.number("version", BYTE)?.unwrap_or(0),
        value,
        diversification: diversification(entry, key_type)?,
    })
}

/// Reads `AID:KEYNO:TYPE:HEX` of the command line; `*` stands for whatever application is selected.
pub fn parse_spec(text: &str) -> Result<KeyEntry, FieldError> {
    let parts: Vec<_> = text.splitn(4, ':').map(str::trim).collect();
    let [aid, number, type_name, digits] = parts.as_slice() else {
        return Err(FieldError::Value {
            field: "key",
            got: match parts.len() {
                1 => "one part".to_owned(),
                count => format!("{count} parts"),
            },
            expected: "AID:KEYNO:TYPE:HEX",
        });
    };
    let scope = scope(aid)?;
    let key_no = number.parse().map_err(|_| FieldError::Value {
        field: "key_no",
        got: quoted(number),
        expected: BYTE,
    })?;
    let key_type = key_type(type_name)?;
    Ok(KeyEntry {
        label: default_label(scope, key_no),
        scope,
        key_no,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type,
        version: 0,
        value: value(key_type, digits)?,
        diversification: Diversification::None,
    })
}

fn default_label(scope: Scope, key_no: u8) -> String {
    format!("{} key {key_no}", scope_name(scope))
}

/// The scope as the member `aid` writes it.
pub(super) fn scope_name(scope: Scope) -> String {
    match scope {
        Scope::Application(aid) => aid.to_string(),
        Scope::Any => "*".to_owned(),
    }
}

fn scope(text: &str) -> Result<Scope, FieldError> {
    if text == "*" {
        return Ok(Scope::Any);
    }
    let aid: Result<Aid, _> = text.parse();
    aid.map(Scope::Application).map_err(|_| FieldError::Value {
        field: "aid",
        got: quoted(text),
        expected: AID,
    })
}

fn key_type(text: &str) -> Result<KeyType, FieldError> {
    KeyType::from_name(text).ok_or_else(|| FieldError::Value {
        field: "type",
        got: quoted(text),
        expected: TYPES,
    })
}

fn value(key_type: KeyType, text: &str) -> Result<Secret, FieldError> {
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

fn usage(text: Option<&str>) -> Result<Use, FieldError> {
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

fn diversification(entry: Members<'_>, key_type: KeyType) -> Result<Diversification, FieldError> {
    let Some(value) = entry.value("diversify") else {
        return Ok(Diversification::None);
    };
    let rule = Members::of("diversify", value)?.only("rule input")?;
    let name = rule.required("rule", AN10922)?;
    if name != AN10922 {
        return Err(FieldError::Value {
            field: "diversify.rule",
            got: quoted(name),
            expected: AN10922,
        });
    }
    if key_type != KeyType::Aes128 {
        return Err(FieldError::Value {
            field: "type",
            got: quoted(key_type.name()),
            expected: "aes128 for rule an10922",
        });
    }
    let input = rule.required("input", "a template such as {uid}{aid}")?;
    let template = Template::parse(input).map_err(|error| match error {
        TemplateError::Placeholder(name) => {
            FieldError::Template(TemplateError::Placeholder(members::shortened(&name)))
        }
        error => FieldError::Template(error),
    })?;
    Ok(Diversification::An10922(template))
}

/// The one diversification rule so far.
pub(super) const AN10922: &str = "an10922";

const MEMBERS: &str = "label aid key_no key_set type value version use file_no diversify";
const AID: &str = "six hexadecimal digits or *";
const TYPES: &str = "one of des, 2k3des, 3k3des, aes128";
const BYTE: &str = "a number from 0 to 255";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_read_and_never_repeats_the_key() {
        let entry = parse_spec("014499:3:aes128:00112233445566778899AABBCCDDEEFF").unwrap();
        assert_eq!(entry.label, "014499 key 3");
        assert_eq!(entry.value.expose().len(), 16);
        assert_eq!(
            parse_spec("*:0:des:00 00 00 00 00 00 00 00").unwrap().scope,
            Scope::Any
        );
        let cases = [
            ("014499:3", "key is 2 parts, AID:KEYNO:TYPE:HEX expected"),
            (
                "01449:3:aes128:00",
                r#"aid is "01449", six hexadecimal digits or * expected"#,
            ),
            (
                "*:300:aes128:00",
                r#"key_no is "300", a number from 0 to 255 expected"#,
            ),
            (
                "*:3:aes:00",
                r#"type is "aes", one of des, 2k3des, 3k3des, aes128 expected"#,
            ),
            (
                "*:3:aes128:0011",
                "value has 2 bytes, 16 bytes expected for aes128",
            ),
            (
                "00112233445566778899AABBCCDDEEFF:3:aes128:0011",
                "aid is text of 32 characters, six hexadecimal digits or * expected",
            ),
        ];
        for (spec, sentence) in cases {
            assert_eq!(parse_spec(spec).unwrap_err().to_string(), sentence);
        }
    }
}

//! One entry of the key file, and the same entry as the command line writes it.

use crate::card::KeyType;
use crate::keyring::{Diversification, KeyEntry, Use};

use super::error::FieldError;
use super::fields::{self, AID, BYTE, EVERY, KEY_NO, RULES, TYPES};
use super::members::Members;

/// A key of the key table.
pub(super) fn key(entry: Members<'_>) -> Result<KeyEntry, FieldError> {
    let entry = entry.only(MEMBERS)?;
    let scope = fields::scope(entry.required("aid", AID)?)?;
    let key_no = key_no(entry)?;
    let key_type = fields::key_type(entry.required("type", TYPES)?)?;
    let value = fields::value(key_type, entry.required("value", "hexadecimal text")?)?;
    Ok(KeyEntry {
        label: match entry.text("label")? {
            Some(label) => label.to_owned(),
            None => fields::default_label(scope, key_no),
        },
        scope,
        key_no,
        key_set: entry.number("key_set", BYTE)?.unwrap_or(0),
        usage: fields::usage(entry.text("use")?)?,
        file_no: entry.number("file_no", BYTE)?,
        key_type,
        version: entry.number("version", BYTE)?.unwrap_or(0),
        value,
        diversification: diversification(entry, key_type)?,
    })
}

fn key_no(entry: Members<'_>) -> Result<u8, FieldError> {
    if entry.is("key_no", EVERY) {
        return Ok(KeyEntry::EVERY_KEY);
    }
    entry.number("key_no", KEY_NO)?.ok_or(FieldError::Missing {
        field: "key_no",
        expected: KEY_NO,
    })
}

/// Reads `AID:KEYNO:TYPE:HEX` of the command line; `*` stands for whatever application is selected, and for a key that
/// may have any number.
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
    let scope = fields::scope(aid)?;
    let key_no = fields::key_no(number)?;
    let key_type = fields::key_type(type_name)?;
    Ok(KeyEntry {
        label: fields::default_label(scope, key_no),
        scope,
        key_no,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type,
        version: 0,
        value: fields::value(key_type, digits)?,
        diversification: Diversification::None,
    })
}

/// Reads `RULE:TEMPLATE` of the command line, for keys of a type that the rule knows.
pub fn parse_rule(text: &str) -> Result<Diversification, FieldError> {
    let (rule, input) = fields::rule_spec(text)?;
    fields::diversification(KeyType::Aes128, rule, input)
}

fn diversification(entry: Members<'_>, key_type: KeyType) -> Result<Diversification, FieldError> {
    let Some(value) = entry.value("diversify") else {
        return Ok(Diversification::None);
    };
    let rule = Members::of("diversify", value)?.only("rule input")?;
    let name = rule.required("rule", RULES)?;
    let input = rule.required("input", "a template such as {uid}{aid}")?;
    fields::diversification(key_type, name, input)
}

const MEMBERS: &str = "label aid key_no key_set type value version use file_no diversify";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::Scope;

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
                r#"key_no is "300", a number from 0 to 255 or * expected"#,
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

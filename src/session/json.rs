//! JSON text with members in the order people read them, and places in JSON text.

use serde_json::Value;

/// An object under construction.
pub(super) struct Object(String);

impl Object {
    /// No members yet.
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    /// Adds a member whose value is JSON already.
    pub(super) fn raw(mut self, name: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(value);
        self
    }

    /// Adds text.
    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.raw(name, &text(value))
    }

    /// Adds text when there is some.
    pub(super) fn maybe_text(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a number.
    pub(super) fn number(self, name: &str, value: impl Into<u64>) -> Self {
        self.raw(name, &value.into().to_string())
    }

    /// The text.
    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A JSON string.
pub(super) fn text(value: &str) -> String {
    Value::from(value).to_string()
}

/// A JSON array of strings.
pub(super) fn texts(values: &[String]) -> String {
    Value::from(values).to_string()
}

/// Where something stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Line, from 1.
    pub(super) line: usize,
    /// Byte, from 0.
    pub(super) offset: usize,
}

impl Place {
    /// Where `error` happened in `text`.
    pub(super) fn of(error: &serde_json::Error, text: &[u8]) -> Self {
        let start: usize = text
            .split_inclusive(|byte| *byte == b'\n')
            .take(error.line().saturating_sub(1))
            .map(<[u8]>::len)
            .sum();
        let offset = if error.is_eof() {
            text.len()
        } else {
            (start + error.column().saturating_sub(1)).min(text.len())
        };
        Self {
            line: error.line().max(1),
            offset,
        }
    }
}

/// What is wrong, without the position, and short whatever the file holds.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(text, _)| text);
    if error.is_eof() {
        return "the file ends here".to_owned();
    }
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    match text.rsplit_once(", expected ") {
        Some((found, expected)) if expected.len() <= LONGEST => {
            format!("{}, expected {expected}", clip(found))
        }
        _ => clip(text),
    }
}

/// What is wrong, without anything that stands in the file: it may be a key.
pub(super) fn redacted_reason(error: &serde_json::Error) -> String {
    let text = reason(error);
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if error.is_data() => format!("expected {expected}"),
        _ if error.is_data() && !text.starts_with("missing field") => {
            "the member does not belong here".to_owned()
        }
        _ => text,
    }
}

/// The first characters of a text that may be long.
pub(super) fn clip(text: &str) -> String {
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// Characters of foreign text that a message repeats.
const LONGEST: usize = 120;

/// A number as people read it: `4 102`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_members_keep_their_order() {
        assert_eq!(grouped(4102), "4 102");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1 000 000");
        let object = Object::new().text("z", "a\"b").number("a", 1u8);
        assert_eq!(object.finish(), r#"{"z":"a\"b","a":1}"#);
    }

    #[test]
    fn a_place_counts_lines_from_one_and_bytes_from_zero() {
        let text = b"{\n\"a\": x}";
        let error = serde_json::from_slice::<Value>(text).unwrap_err();
        assert_eq!(Place::of(&error, text), Place { line: 2, offset: 7 });
        let error = serde_json::from_slice::<Value>(b"{\n\"a\"").unwrap_err();
        assert_eq!(Place::of(&error, b"{\n\"a\"").offset, 5);
    }
}

//! Members of a JSON object that may hold keys: what is wrong is described, not repeated.

use serde_json::{Map, Value};

use super::error::FieldError;
use crate::bytes::hex;

/// An object of the key file.
#[derive(Clone, Copy)]
pub(super) struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    /// `value` as an object.
    pub(super) fn of(field: &'static str, value: &'a Value) -> Result<Self, FieldError> {
        let object = value.as_object();
        object
            .map(Self)
            .ok_or_else(|| mismatch(field, value, "an object"))
    }

    /// Refuses members that are not in `names`, a list with spaces.
    pub(super) fn only(self, names: &'static str) -> Result<Self, FieldError> {
        let known = |name: &str| names.split(' ').any(|known| known == name);
        match self.0.keys().find(|name| !known(name)) {
            None => Ok(self),
            Some(name) => Err(FieldError::Unknown {
                got: quoted(name),
                expected: names,
            }),
        }
    }

    /// Whether a member is there.
    pub(super) fn has(self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Whether a member is this text.
    pub(super) fn is(self, field: &str, text: &str) -> bool {
        self.value(field).and_then(Value::as_str) == Some(text)
    }

    /// A member as it stands; `null` counts as absent.
    pub(super) fn value(self, field: &str) -> Option<&'a Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    /// Text, when there.
    pub(super) fn text(self, field: &'static str) -> Result<Option<&'a str>, FieldError> {
        self.value(field)
            .map(|value| value.as_str().ok_or_else(|| mismatch(field, value, "text")))
            .transpose()
    }

    /// Text that must be there.
    pub(super) fn required(
        self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<&'a str, FieldError> {
        self.text(field)?
            .ok_or(FieldError::Missing { field, expected })
    }

    /// A number of a small type, when there.
    pub(super) fn number<T: TryFrom<u64>>(
        self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, FieldError> {
        let Some(value) = self.value(field) else {
            return Ok(None);
        };
        let number = value.as_u64().and_then(|number| T::try_from(number).ok());
        number
            .map(Some)
            .ok_or_else(|| mismatch(field, value, expected))
    }

    /// Exactly `N` bytes, when there.
    pub(super) fn array<const N: usize>(
        self,
        field: &'static str,
        expected: &'static str,
        what: &'static str,
    ) -> Result<Option<[u8; N]>, FieldError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let bytes = bytes(field, text)?;
        let array = <[u8; N]>::try_from(bytes.as_slice());
        array.map(Some).map_err(|_| FieldError::Length {
            field,
            got: bytes.len(),
            expected,
            what,
        })
    }
}

/// Hexadecimal text of a member.
pub(super) fn bytes(field: &'static str, text: &str) -> Result<Vec<u8>, FieldError> {
    hex::parse(text).map_err(|error| FieldError::Hex { field, error })
}

/// A value of another kind.
pub(super) fn mismatch(field: &'static str, value: &Value, expected: &'static str) -> FieldError {
    let got = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(number @ -99_999..=99_999) => number.to_string(),
            _ => "another number".to_owned(),
        },
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    FieldError::Value {
        field,
        got,
        expected,
    }
}

/// Short text as it is; of longer text, which may be a key, the length.
pub(super) fn quoted(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST_SHOWN {
        format!("{text:?}")
    } else {
        format!("text of {length} characters")
    }
}

/// Short text as it is; of longer text an ellipsis.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().nth(LONGEST_SHOWN).is_none() {
        text.to_owned()
    } else {
        "…".to_owned()
    }
}

/// Shorter than the 16 digits of the shortest key.
const LONGEST_SHOWN: usize = 12;

//! The cursor through which all received bytes are read.
//!
//! Every read names its field. The name serves three ends: the error that says what was missing, the
//! field tree of the trace (a recording reader keeps name, offset and value), and the reader of the code.

use super::hex;

/// Why bytes could not be read as the thing they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes ended inside a field.
    #[error("{what}: {field} needs {need} bytes, {have} left")]
    Missing {
        /// The message or structure.
        what: &'static str,
        /// The field that was cut.
        field: &'static str,
        /// Bytes that the field needs.
        need: usize,
        /// Bytes that were left.
        have: usize,
    },
    /// Bytes were left after the last field.
    #[error("{what}: {left} bytes left over after the last field")]
    Trailing {
        /// The message or structure.
        what: &'static str,
        /// Bytes that were left.
        left: usize,
    },
    /// A field has a value that the data sheet does not allow.
    #[error("{what}: {field} is {got}, expected {expected}")]
    Invalid {
        /// The message or structure.
        what: &'static str,
        /// The field.
        field: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// What was there.
        got: String,
    },
}

/// One field as a recording [`Reader`] saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The data sheet's name.
    pub name: &'static str,
    /// First byte, from the start of the message body.
    pub offset: usize,
    /// Number of bytes.
    pub len: usize,
    /// The value as people read it.
    pub value: String,
}

/// A cursor over received bytes.
#[derive(Debug)]
pub struct Reader<'a> {
    what: &'static str,
    bytes: &'a [u8],
    position: usize,
    spans: Option<Vec<Span>>,
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `bytes`; `what` names the message in errors.
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            what,
            bytes,
            position: 0,
            spans: None,
        }
    }

    /// Like [`Reader::new`], and keeps a [`Span`] for every field read.
    pub fn recording(what: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            spans: Some(Vec::new()),
            ..Self::new(what, bytes)
        }
    }

    /// Reads all of `bytes` with `read` and refuses leftovers.
    pub fn all<T>(
        what: &'static str,
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        let mut reader = Self::new(what, bytes);
        let value = read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Refuses leftovers.
    pub fn finish(&self) -> Result<(), ParseError> {
        match self.left() {
            0 => Ok(()),
            left => Err(ParseError::Trailing {
                what: self.what,
                left,
            }),
        }
    }

    /// The fields recorded so far; empty without [`Reader::recording`].
    pub fn into_spans(self) -> Vec<Span> {
        self.spans.unwrap_or_default()
    }

    /// Bytes not read yet.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.left() == 0
    }

    /// The next `n` bytes.
    pub fn take(&mut self, field: &'static str, n: usize) -> Result<&'a [u8], ParseError> {
        let taken = self.advance(field, n)?;
        self.record(field, n, || hex::upper(taken));
        Ok(taken)
    }

    /// Everything that is left; may be empty.
    pub fn rest(&mut self, field: &'static str) -> &'a [u8] {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        self.position = self.bytes.len();
        if !rest.is_empty() {
            self.record(field, rest.len(), || hex::upper(rest));
        }
        rest
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ParseError> {
        let taken = self.fixed::<N>(field)?;
        self.record(field, N, || hex::upper(taken));
        Ok(taken)
    }

    /// One byte.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, ParseError> {
        let [value] = self.fixed::<1>(field)?;
        self.record(field, 1, || format!("{value:02X}"));
        Ok(value)
    }

    /// Two bytes, least significant first.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, ParseError> {
        let value = u16::from_le_bytes(self.fixed(field)?);
        self.record(field, 2, || format!("{value:04X}"));
        Ok(value)
    }

    /// Three bytes, least significant first.
    pub fn u24(&mut self, field: &'static str) -> Result<u32, ParseError> {
        let [a, b, c] = self.fixed(field)?;
        let value = u32::from_le_bytes([a, b, c, 0]);
        self.record(field, 3, || value.to_string());
        Ok(value)
    }

    /// Four bytes, least significant first, unsigned.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, ParseError> {
        let value = u32::from_le_bytes(self.fixed(field)?);
        self.record(field, 4, || value.to_string());
        Ok(value)
    }

    /// Four bytes, least significant first, signed.
    pub fn i32(&mut self, field: &'static str) -> Result<i32, ParseError> {
        let value = i32::from_le_bytes(self.fixed(field)?);
        self.record(field, 4, || value.to_string());
        Ok(value)
    }

    /// Replaces the printed value of the field read last.
    pub fn describe(&mut self, value: impl FnOnce() -> String) {
        if let Some(last) = self.spans.as_mut().and_then(|spans| spans.last_mut()) {
            last.value = value();
        }
    }

    /// An error about a field whose value is not allowed.
    pub fn invalid(
        &self,
        field: &'static str,
        expected: &'static str,
        got: impl Into<String>,
    ) -> ParseError {
        ParseError::Invalid {
            what: self.what,
            field,
            expected,
            got: got.into(),
        }
    }

    fn fixed<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ParseError> {
        let missing = ParseError::Missing {
            what: self.what,
            field,
            need: N,
            have: self.left(),
        };
        let taken = self
            .bytes
            .get(self.position..)
            .and_then(<[u8]>::first_chunk::<N>)
            .copied();
        self.position += if taken.is_some() { N } else { 0 };
        taken.ok_or(missing)
    }

    fn advance(&mut self, field: &'static str, n: usize) -> Result<&'a [u8], ParseError> {
        let end = self.position.saturating_add(n);
        let Some(taken) = self.bytes.get(self.position..end) else {
            return Err(ParseError::Missing {
                what: self.what,
                field,
                need: n,
                have: self.left(),
            });
        };
        self.position = end;
        Ok(taken)
    }

    fn record(&mut self, name: &'static str, len: usize, value: impl FnOnce() -> String) {
        let offset = self.position - len;
        if let Some(spans) = &mut self.spans {
            spans.push(Span {
                name,
                offset,
                len,
                value: value(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_field_that_was_cut_and_what_was_left_over() {
        let cut = Reader::all("GetValue", &[], |r| r.u8("FileNo"));
        assert_eq!(
            cut,
            Err(ParseError::Missing {
                what: "GetValue",
                field: "FileNo",
                need: 1,
                have: 0
            })
        );
        let long = Reader::all("GetValue", &[3, 4], |r| r.u8("FileNo"));
        assert_eq!(
            long,
            Err(ParseError::Trailing {
                what: "GetValue",
                left: 1
            })
        );
    }

    #[test]
    fn a_failed_read_does_not_move() {
        let mut reader = Reader::new("t", &[1, 2]);
        assert!(reader.u24("Length").is_err());
        assert_eq!(reader.u16("Word"), Ok(0x0201));
    }

    #[test]
    fn records_offsets_and_values() {
        let mut reader = Reader::recording("t", &[0x03, 0xE8, 0x03, 0x00, 0x00]);
        reader.u8("FileNo").unwrap();
        reader.i32("Amount").unwrap();
        let spans = reader.into_spans();
        assert_eq!(
            spans[1],
            Span {
                name: "Amount",
                offset: 1,
                len: 4,
                value: "1000".into()
            }
        );
    }
}

//! The fields of a command, each to be typed as the trace prints it.
//!
//! The parsers say what the bytes of a field mean; nothing says how a printed value becomes bytes. So what is typed is
//! written down in every usual way, and that way counts whose bytes the parser prints as what was typed.

use super::Repeat;
use crate::apdu::Frame;
use crate::bytes::{Span, hex};
use crate::command;
use crate::report::capital;

/// A field of the command as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditField {
    /// The data sheet's name.
    pub name: &'static str,
    /// The value as it is typed.
    pub text: String,
    /// What the value means, where it is typed as bytes and the trace prints words.
    pub meaning: Option<String>,
}

impl Repeat {
    /// The fields of header and data, in their order.
    pub fn fields(&self) -> Vec<EditField> {
        let body = self.frame.body();
        let (spans, _) = command::spans(&self.frame);
        let fields = spans.into_iter().map(|span| {
            let bytes = bytes_of(&span, &body);
            let described = is_described(&span, bytes);
            EditField {
                name: span.name,
                text: if described {
                    hex::upper(bytes)
                } else {
                    span.value.clone()
                },
                meaning: described.then_some(span.value),
            }
        });
        fields.collect()
    }

    /// The command with another value in the field at `place` of [`Repeat::fields`], or a sentence with what was expected.
    pub fn with_field(&self, place: usize, typed: &str) -> Result<Self, String> {
        let (spans, _) = command::spans(&self.frame);
        let Some(span) = spans.get(place) else {
            return Ok(self.clone());
        };
        let body = self.frame.body();
        let old = bytes_of(span, &body);
        if is_described(span, old) {
            let new = hex::parse(typed).map_err(|error| format!("{}: {error}", span.name))?;
            return if new.len() == span.len {
                Ok(self.replaced(span, &new))
            } else {
                let (name, got, len) = (span.name, new.len(), span.len);
                Err(format!("{name}: {got} bytes, {len} expected"))
            };
        }
        let fits = |new: Vec<u8>| {
            let edited = self.replaced(span, &new);
            let (after, _) = command::spans(&edited.frame);
            let now = after.get(place)?;
            let fits = (now.name, now.offset, now.len) == (span.name, span.offset, new.len())
                && same(&now.value, typed)
                // A field at the end may grow or shrink where that makes no other command of it.
                && (new.len() == span.len || all_but(&after, place) == all_but(&spans, place));
            fits.then_some(edited)
        };
        let mut ways = ways(typed, span.len).into_iter();
        ways.find_map(fits)
            .ok_or_else(|| refused(span, old, typed.trim()))
    }

    /// With other bytes in a field; what stands in clear stays so.
    fn replaced(&self, span: &Span, new: &[u8]) -> Self {
        let mut body = self.frame.body();
        let mut header_len = self.frame.header.len();
        if span.offset < header_len {
            header_len = (header_len + new.len()).saturating_sub(span.len);
        }
        let end = (span.offset + span.len).min(body.len());
        body.splice(span.offset.min(end)..end, new.iter().copied());
        let data = body.split_off(header_len.min(body.len()));
        Self {
            frame: Frame {
                header: body,
                data,
                ..self.frame.clone()
            },
            ..self.clone()
        }
    }
}

fn bytes_of<'a>(span: &Span, body: &'a [u8]) -> &'a [u8] {
    let end = span.offset + span.len;
    body.get(span.offset..end).unwrap_or_default()
}

/// Whether the printed value is words, from which the bytes do not come back.
fn is_described(span: &Span, bytes: &[u8]) -> bool {
    !ways(&span.value, span.len).iter().any(|way| way == bytes)
}

/// The bytes that a text may stand for in a field of `len` bytes.
fn ways(text: &str, len: usize) -> Vec<Vec<u8>> {
    let text = text.trim();
    let digits = hex::parse(text).or_else(|_| hex::parse(&format!("0{text}")));
    let mut ways = Vec::new();
    if let Ok(bytes) = digits {
        let reversed = bytes.iter().rev().copied().collect();
        ways.extend([bytes, reversed]);
    }
    if let Ok(number) = text.parse::<i64>() {
        let bytes = number.to_le_bytes();
        ways.extend(bytes.get(..len).map(<[u8]>::to_vec));
    }
    ways
}

/// The fields at other places; none moves when the last one changes its length.
fn all_but(spans: &[Span], place: usize) -> Vec<&Span> {
    let others = spans.iter().enumerate();
    others
        .filter_map(|(at, span)| (at != place).then_some(span))
        .collect()
}

/// Whether two texts are the same value but for spaces, case and leading zeros.
fn same(printed: &str, typed: &str) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(|letter| !letter.is_whitespace());
        let text: String = letters.flat_map(char::to_uppercase).collect();
        let digits = text.trim_start_matches('0');
        // Nothing is no zero.
        if digits.is_empty() && !text.is_empty() {
            "0".to_owned()
        } else {
            digits.to_owned()
        }
    };
    plain(printed) == plain(typed)
}

/// What is wrong with a value that no bytes of the field are printed as.
fn refused(span: &Span, old: &[u8], typed: &str) -> String {
    let (name, len) = (span.name, span.len);
    let is_number = !hex::parse(&span.value).is_ok_and(|bytes| {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        bytes == old || reversed == old
    });
    if is_number {
        return format!("{name} is {typed:?}, a number of {len} bytes expected");
    }
    match hex::parse(typed) {
        Ok(bytes) => format!("{name}: {} bytes, {len} expected", bytes.len()),
        Err(error) => capital(&format!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::CommMode;

    fn repeat(text: &str) -> Repeat {
        let bytes = hex::parse(text).unwrap();
        let (ins, body) = bytes.split_first().unwrap();
        let header_len = command::spec(*ins).unwrap().header_len(body.len());
        Repeat {
            row: 0,
            frame: Frame::desfire(*ins, body.to_vec(), header_len),
            mode: CommMode::Plain,
            record_size: None,
        }
    }

    fn edited(text: &str, name: &str, typed: &str) -> Result<String, String> {
        let repeat = repeat(text);
        let place = repeat.fields().iter().position(|field| field.name == name);
        let edited = repeat.with_field(place.unwrap(), typed)?;
        assert_eq!(edited.frame.header.len(), repeat.frame.header.len());
        Ok(hex::upper(edited.frame.body()))
    }

    #[test]
    fn a_value_is_typed_as_it_is_printed() {
        for (text, name, typed, expected) in [
            ("0C 03 E8030000", "Amount", "1500", "03DC050000"),
            ("0C 03 E8030000", "Amount", "-1", "03FFFFFFFF"),
            ("0C 03 E8030000", "Amount", "12345678", "034E61BC00"),
            ("0C 03 E8030000", "FileNo", "5", "05E8030000"),
            ("0C 03 E8030000", "FileNo", "1f", "1FE8030000"),
            ("BD 01 000000 200000", "Length", "256", "01000000000100"),
            ("BD 01 000000 000000", "Offset", "5", "01050000000000"),
            ("BD 01 000000 000000", "Length", "05", "01000000050000"),
            ("BD 01 000000 000000", "FileNo", "2", "02000000000000"),
            ("5A 994401", "AID", "014498", "984401"),
            (
                "3D 01 000000 020000 ABCD",
                "Data",
                "01 02 03",
                "01000000020000010203",
            ),
        ] {
            assert_eq!(edited(text, name, typed), Ok(expected.into()), "{name}");
        }
    }

    #[test]
    fn what_fits_no_field_is_refused_with_what_was_expected() {
        for (text, name, typed, expected) in [
            (
                "0C 03 E8030000",
                "Amount",
                "ten",
                "Amount is \"ten\", a number of 4 bytes expected",
            ),
            (
                "0C 03 E8030000",
                "Amount",
                "99999999999",
                "Amount is \"99999999999\", a number of 4 bytes expected",
            ),
            (
                "0C 03 E8030000",
                "FileNo",
                "0102",
                "FileNo: 2 bytes, 1 expected",
            ),
            (
                "BD 01 000000 000000",
                "Offset",
                "",
                "Offset is \"\", a number of 3 bytes expected",
            ),
            (
                "BD 01 000000 000000",
                "FileNo",
                "",
                "FileNo: 0 bytes, 1 expected",
            ),
            (
                "BD 01 000000 000000",
                "FileNo",
                "0100",
                "FileNo: 2 bytes, 1 expected",
            ),
            (
                "3D 01 000000 020000 ABCD",
                "Data",
                "01 0g",
                "Data: character 5 is 'g', a hexadecimal digit expected",
            ),
        ] {
            assert_eq!(edited(text, name, typed), Err(expected.into()), "{name}");
        }
    }

    #[test]
    fn words_are_typed_as_bytes_and_every_field_takes_its_own_value() {
        for text in [
            "CD 03 01 3012 200000",
            "5F 01 03 3012",
            "CA 994401 0B 84",
            "C7 01",
            "BD 01 000000 000000",
        ] {
            let repeat = repeat(text);
            for (place, field) in repeat.fields().iter().enumerate() {
                let same = repeat.with_field(place, &field.text);
                assert_eq!(same.as_ref(), Ok(&repeat), "{text} {}", field.name);
            }
        }
        let settings = repeat("5F 01 03 3012");
        assert!(
            settings
                .fields()
                .iter()
                .any(|field| field.meaning.is_some())
        );
    }
}

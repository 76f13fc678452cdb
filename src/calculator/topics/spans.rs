//! Bytes of a structure taken apart, a line for each field, by the parser that trace and cards use.

use crate::bytes::{ParseError, Reader, Span, hex};
use crate::calculator::{Sheet, Slip};

/// Parses `bytes` with `read` and adds a line for each field; a refusal names the input. What stands in for a field is
/// put into the bytes, and the rest is read again; the bytes that were read in the end come back too.
pub(super) fn fields<T>(
    sheet: &mut Sheet,
    field: &str,
    section: &'static str,
    bytes: &[u8],
    read: impl Fn(&mut Reader<'_>) -> Result<T, ParseError>,
) -> Result<(T, Vec<u8>), Slip> {
    let mut bytes = bytes.to_vec();
    let (mut parsed, mut spans) = parse(&bytes, &read);
    let mut at = 0;
    while let Some(span) = spans.get(at) {
        let (name, range) = (span.name, span.offset..span.offset + span.len);
        let part = bytes.get(range.clone()).unwrap_or_default().to_vec();
        let used = sheet.result(name, section, part.clone())?;
        sheet.need_len(part.len())?;
        if used != part {
            bytes.splice(range, used.iter().copied());
            (parsed, spans) = parse(&bytes, &read);
        }
        let value = spans.get(at).map(|span| span.value.clone());
        let value = value.unwrap_or_default();
        if value != hex::upper(&used) && !value.is_empty() {
            sheet.fact(format!("{name} says"), "", value);
        }
        at += 1;
    }
    let parsed = parsed.map_err(|error| Slip::refused(field, error.to_string()))?;
    Ok((parsed, bytes))
}

fn parse<T>(
    bytes: &[u8],
    read: &impl Fn(&mut Reader<'_>) -> Result<T, ParseError>,
) -> (Result<T, ParseError>, Vec<Span>) {
    let mut reader = Reader::recording("input", bytes);
    let parsed = read(&mut reader).and_then(|value| reader.finish().map(|()| value));
    (parsed, reader.into_spans())
}

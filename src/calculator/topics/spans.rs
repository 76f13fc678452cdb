//! Bytes of a structure taken apart, a line for each field, by the parser that trace and cards use.

use crate::bytes::{ParseError, Reader, hex};
use crate::calculator::{Sheet, Slip};

/// Parses `bytes` with `read` and adds a line for each field; a refusal names the input.
pub(super) fn fields<T>(
    sheet: &mut Sheet,
    field: &str,
    section: &'static str,
    bytes: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, ParseError>,
) -> Result<T, Slip> {
    let mut reader = Reader::recording("input", bytes);
    let parsed = read(&mut reader).and_then(|value| reader.finish().map(|()| value));
    let parsed = parsed.map_err(|error| Slip::refused(field, error.to_string()));
    for span in reader.into_spans() {
        let part = bytes
            .get(span.offset..span.offset + span.len)
            .unwrap_or_default();
        sheet.step(span.name, section, part.to_vec())?;
        if span.value != hex::upper(part) && !span.value.is_empty() {
            sheet.fact(format!("{} says", span.name), "", span.value);
        }
    }
    parsed
}

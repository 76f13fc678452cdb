//! The plaintext of two exchanges, field by field.

use std::ops::Range;

use crate::bytes::hex;
use crate::report::{Field, Place};
use crate::trace;

use super::difference::{Difference, FieldDifference, Piece, Side};
use super::ignore::Ignore;
use super::view::View;

/// Fields of both sides whose bytes differ.
pub(super) fn differences(a: View<'_>, b: View<'_>, side: Side, ignore: Ignore) -> Vec<Difference> {
    // Where one trace does not show the new key, what is left is the key data as sent.
    let by_key = new_key(a).is_some() && new_key(b).is_some();
    let mut of_a = pieces(a, side, ignore, by_key);
    let mut of_b = pieces(b, side, ignore, by_key);
    let (head, tail) = common_ends(&of_a, &of_b);
    let (rest_a, rest_b) = (of_a.split_off(head), of_b.split_off(head));
    let (mid_a, end_a) = cut(rest_a, tail);
    let (mid_b, end_b) = cut(rest_b, tail);
    let mut found = Vec::new();
    found.extend(
        of_a.into_iter()
            .zip(of_b)
            .filter_map(|(a, b)| both(side, a, b)),
    );
    found.extend(mid_a.into_iter().map(|a| lone(side, a, true)));
    found.extend(mid_b.into_iter().map(|b| lone(side, b, false)));
    found.extend(
        end_a
            .into_iter()
            .zip(end_b)
            .filter_map(|(a, b)| both(side, a, b)),
    );
    found
}

/// A field with its bytes.
#[derive(Debug)]
struct Part {
    name: String,
    path: String,
    offset: usize,
    value: String,
    bytes: Vec<u8>,
    secret: bool,
}

/// The fields of one side that are compared.
fn pieces(view: View<'_>, side: Side, ignore: Ignore, by_key: bool) -> Vec<Part> {
    let body = view.plain(side).unwrap_or_default();
    // The code stands before a command's body in the plaintext view.
    let shift = usize::from(side == Side::Command);
    let prefix = format!("{}.", side.name());
    let secret = view.row.secret_range().filter(|_| side == Side::Command);
    let tree = trace::fields(view.row, view.events, false).into_iter();
    let plain: Vec<Field> = tree
        .filter(|field| field.place == Place::Plain && field.path.starts_with(&prefix))
        .filter(|field| field.offset >= shift && field.len > 0)
        .filter(|field| before(field, secret.as_ref(), shift))
        .collect();
    let key_at = secret.as_ref().map_or(body.len(), |range| range.start);
    let mut parts = unnamed(side, &plain, body.get(..key_at).unwrap_or_default(), shift);
    for field in plain {
        let start = field.offset - shift;
        let bytes = body.get(start..start + field.len);
        if let Some(bytes) = bytes.filter(|_| !view.passes_over(&field.name, ignore)) {
            parts.push(Part {
                bytes: bytes.to_vec(),
                name: field.name,
                path: field.path,
                offset: field.offset,
                value: field.value,
                secret: false,
            });
        }
    }
    parts.sort_by_key(|part| part.offset);
    if let Some(range) = secret {
        parts.extend(key_parts(
            new_key(view).filter(|_| by_key),
            body,
            &range,
            shift,
        ));
    }
    parts
}

/// The bytes that no field names, as where an answer can be read but not its command.
fn unnamed(side: Side, fields: &[Field], body: &[u8], shift: usize) -> Vec<Part> {
    let mut ends: Vec<(usize, usize)> = fields
        .iter()
        .map(|field| (field.offset - shift, field.offset - shift + field.len))
        .collect();
    ends.push((body.len(), body.len()));
    ends.sort_unstable();
    let (mut parts, mut next) = (Vec::new(), 0);
    for (start, end) in ends {
        if let Some(bytes) = body.get(next..start).filter(|bytes| !bytes.is_empty()) {
            parts.push(Part {
                name: "Data".into(),
                path: format!("{}.Data", side.name()),
                offset: next + shift,
                value: hex::upper(bytes),
                bytes: bytes.to_vec(),
                secret: false,
            });
        }
        next = next.max(end);
    }
    parts
}

/// The key that a ChangeKey gives the card, where the trace shows it.
fn new_key(view: View<'_>) -> Option<&[u8]> {
    let new = view.row.new_key.as_ref()?;
    let key = new.key.as_ref()?;
    Some(key.expose())
}

/// Whether a field ends before key material begins.
fn before(field: &Field, secret: Option<&Range<usize>>, shift: usize) -> bool {
    secret.is_none_or(|range| field.offset + field.len <= range.start + shift)
}

/// Key, version and, where another key than the session's own is changed, the new key's CRC (DESFire reference §2.3). The
/// CRC follows from the key and is as secret.
fn key_parts(new: Option<&[u8]>, body: &[u8], range: &Range<usize>, shift: usize) -> Vec<Part> {
    let key = new.map_or_else(
        || {
            let after = body.get(range.end + 1..).unwrap_or_default();
            [body.get(range.clone()).unwrap_or_default(), after].concat()
        },
        <[u8]>::to_vec,
    );
    let part = |name: &str, offset, value: String, bytes, secret| Part {
        name: name.to_owned(),
        path: format!("{}.{name}", Side::Command.name()),
        offset,
        value,
        bytes,
        secret,
    };
    let mut parts = vec![part(
        "NewKey",
        range.start + shift,
        "hidden".into(),
        key,
        true,
    )];
    if let Some(version) = body.get(range.end) {
        let text = format!("{version:02X}");
        let offset = range.end + shift;
        parts.push(part("NewKeyVersion", offset, text, vec![*version], false));
    }
    parts
}

/// How many fields at the beginning, and of the others at the end, have the same names in the same order.
fn common_ends(a: &[Part], b: &[Part]) -> (usize, usize) {
    let same = |(a, b): &(&Part, &Part)| a.path == b.path;
    let head = a.iter().zip(b).take_while(same).count();
    let left = a.len().min(b.len()) - head;
    let ends = a.iter().rev().zip(b.iter().rev());
    (head, ends.take(left).take_while(same).count())
}

fn cut(mut parts: Vec<Part>, tail: usize) -> (Vec<Part>, Vec<Part>) {
    let end = parts.split_off(parts.len() - tail);
    (parts, end)
}

fn both(side: Side, a: Part, b: Part) -> Option<Difference> {
    if a.bytes == b.bytes {
        return None;
    }
    if a.secret || b.secret {
        return Some(Difference::Key { path: a.path });
    }
    let (in_a, in_b) = ranges(&a.bytes, &b.bytes);
    Some(Difference::Field(Box::new(FieldDifference {
        side,
        name: a.name.clone(),
        path: a.path.clone(),
        a: Some(piece(a, in_a)),
        b: Some(piece(b, in_b)),
    })))
}

fn lone(side: Side, part: Part, in_a: bool) -> Difference {
    if part.secret {
        return Difference::Key { path: part.path };
    }
    let (name, path) = (part.name.clone(), part.path.clone());
    let all = Range {
        start: 0,
        end: part.bytes.len(),
    };
    let piece = Some(piece(part, Vec::from([all])));
    let (a, b) = if in_a { (piece, None) } else { (None, piece) };
    Difference::Field(Box::new(FieldDifference {
        side,
        name,
        path,
        a,
        b,
    }))
}

fn piece(part: Part, differing: Vec<Range<usize>>) -> Piece {
    let moved = differing.into_iter();
    Piece {
        differing: moved
            .map(|range| range.start + part.offset..range.end + part.offset)
            .collect(),
        offset: part.offset,
        bytes: part.bytes,
        value: part.value,
    }
}

/// The bytes that differ: each stretch where both are as long, else what is between the common beginning and end.
fn ranges(a: &[u8], b: &[u8]) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    if a.len() == b.len() {
        let mut found: Vec<Range<usize>> = Vec::new();
        let unequal = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
        for (index, _) in unequal {
            match found.last_mut() {
                Some(last) if last.end == index => last.end += 1,
                _ => found.push(index..index + 1),
            }
        }
        return (found.clone(), found);
    }
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let left = a.len().min(b.len()) - head;
    let ends = a.iter().rev().zip(b.iter().rev()).take(left);
    let tail = ends.take_while(|(a, b)| a == b).count();
    let middle = |bytes: &[u8]| {
        Vec::from([Range {
            start: head,
            end: bytes.len() - tail,
        }])
    };
    (middle(a), middle(b))
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::ranges;

    #[test]
    fn differing_bytes_are_told_one_by_one_and_a_longer_end_as_a_whole() {
        let one = |a, b| ranges(a, b).0;
        assert_eq!(one(&[1, 2, 3, 4], &[1, 9, 3, 9]), [1..2, 3..4]);
        assert_eq!(one(&[1, 2, 3], &[9, 9, 3]), from_ref(&(0..2)));
        let (a, b) = ranges(&[1, 2, 3], &[1, 7, 2, 3]);
        assert_eq!((&*a, &*b), (from_ref(&(1..1)), from_ref(&(1..2))));
        let (a, b) = ranges(&[5, 5], &[5, 5, 5]);
        assert_eq!((&*a, &*b), (from_ref(&(2..2)), from_ref(&(2..3))));
    }
}

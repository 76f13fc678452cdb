//! A comparison as text for people, row numbers of both traces before each line, and as JSON lines.

use std::fmt::Write;
use std::ops::Range;

use crate::bytes::hex;
use crate::compare::{
    Comparison, Decoded, Difference, FieldDifference, Ignore, Pair, Piece, Side, Unread,
};
use crate::session::compared as form;
use crate::trace::Exchange;

/// A pair as a few lines; `None` where nothing differs.
pub(super) fn text(pair: &Pair, a: Decoded<'_>, b: Decoded<'_>) -> Option<String> {
    let row = row(pair, a, b)?;
    let mut text = head(pair, row);
    match pair {
        Pair::Same { .. } => return None,
        Pair::Unread { unread, .. } => line(&mut text, &not_compared(*unread)),
        Pair::OnlyA { .. } => text.push_str(" · only in A"),
        Pair::OnlyB { .. } => text.push_str(" · only in B"),
        Pair::Differs {
            differences,
            unread,
            ..
        } => {
            for difference in differences {
                match difference {
                    Difference::Field(field) => bytes(&mut text, field),
                    other => line(&mut text, &other.text()),
                }
            }
            if unread.any() {
                line(&mut text, &not_compared(*unread));
            }
        }
    }
    Some(text)
}

/// The last line for people.
pub(super) fn summary(comparison: &Comparison) -> String {
    let counts = comparison.counts;
    let all = comparison.pairs.len();
    if comparison.is_identical() {
        return format!("identical, {} compared", exchanges(all));
    }
    let parts = [
        (counts.same, "the same"),
        (counts.differs, "different"),
        (counts.only_a, "only in A"),
        (counts.only_b, "only in B"),
        (counts.unread, "not compared: opaque"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    format!("{}: {}", exchanges(all), parts.join(", "))
}

fn exchanges(number: usize) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} exchange{plural}")
}

/// The row of A, or of B where A has none.
fn row<'a>(pair: &Pair, a: Decoded<'a>, b: Decoded<'a>) -> Option<&'a Exchange> {
    match pair.rows() {
        (Some(index), _) => a.rows.get(index),
        (None, index) => b.rows.get(index?),
    }
}

fn head(pair: &Pair, row: &Exchange) -> String {
    let number = |index: Option<usize>| index.map_or_else(|| "-".into(), |index| index.to_string());
    let (a, b) = pair.rows();
    let mut text = format!("{:>5} {:>5}  {}", number(a), number(b), row.name());
    if let Some(aid) = row.aid {
        // Writing to a String can't fail.
        let _infallible = write!(text, " · {aid}");
    }
    text
}

fn line(text: &mut String, content: &str) {
    text.push('\n');
    text.push_str(INDENT);
    text.push_str(content);
}

fn not_compared(unread: Unread) -> String {
    let sides = messages(unread).join(" and ");
    format!("{sides} not compared: opaque")
}

fn messages(unread: Unread) -> Vec<&'static str> {
    let sides = Side::ALL.into_iter();
    sides
        .filter(|side| unread.of(*side))
        .map(Side::name)
        .collect()
}

/// A field in both traces, one below the other, with a mark below the bytes that differ.
fn bytes(text: &mut String, field: &FieldDifference) {
    let (side, name) = (field.side.name(), &field.name);
    let first = field.first().unwrap_or_default();
    let mut title = format!("{side} {name}, offset {first}");
    // A value that is nothing but the bytes stands below anyway.
    if let (Some(a), Some(b)) = (&field.a, &field.b)
        && [a, b]
            .iter()
            .all(|piece| piece.value != hex::upper(&piece.bytes))
    {
        let _infallible = write!(title, ": {} in A, {} in B", a.value, b.value);
    }
    line(text, &title);
    let window = Window::around(field, first);
    for (mark, piece) in [("A", &field.a), ("B", &field.b)] {
        let shown = piece.as_ref().map(|piece| window.bytes(piece));
        let content = shown.unwrap_or_else(|| "missing".into());
        line(text, &format!("  {mark}  {content}"));
    }
    let marked = [&field.a, &field.b].into_iter().flatten();
    // Of a longer field, the one with more bytes to mark.
    let marked = marked.max_by_key(|piece| piece.differing.iter().map(Range::len).sum::<usize>());
    if let Some(marks) = marked.map(|piece| window.marks(piece)) {
        line(text, format!("     {marks}").trim_end());
    }
}

/// The part of a field that is shown: whole, or the line with the first differing byte.
struct Window {
    skipped: usize,
}

impl Window {
    fn around(field: &FieldDifference, first: usize) -> Self {
        let pieces = [&field.a, &field.b].into_iter().flatten();
        let len = pieces.map(|piece| piece.bytes.len()).max();
        let piece = field.a.as_ref().or(field.b.as_ref());
        let within = first.saturating_sub(piece.map_or(0, |piece| piece.offset));
        Self {
            skipped: match len {
                Some(len) if len > WIDTH => within - within % (WIDTH / 2),
                _ => 0,
            },
        }
    }

    fn bytes(&self, piece: &Piece) -> String {
        let rest = piece.bytes.get(self.skipped..).unwrap_or_default();
        let shown: Vec<String> = rest.iter().take(WIDTH).map(|b| hex::upper([*b])).collect();
        let before = if self.skipped > 0 { "… " } else { "" };
        let after = if rest.len() > WIDTH { " …" } else { "" };
        format!("{before}{}{after}", shown.join(" "))
    }

    fn marks(&self, piece: &Piece) -> String {
        let start = piece.offset + self.skipped;
        let before = if self.skipped > 0 { "  " } else { "" };
        let marks = (start..start + WIDTH).map(|at| {
            let differs = piece.differing.iter().any(|range| range.contains(&at));
            if differs { "^^ " } else { "   " }
        });
        before.to_owned() + &marks.collect::<String>()
    }
}

/// A pair as a JSON line; `None` where nothing differs.
pub(super) fn json(pair: &Pair, a: Decoded<'_>, b: Decoded<'_>) -> Option<String> {
    let row = row(pair, a, b)?;
    let (differences, unread) = match pair {
        Pair::Same { .. } => return None,
        Pair::Unread { unread, .. } => (&[][..], *unread),
        Pair::OnlyA { .. } | Pair::OnlyB { .. } => (&[][..], Unread::default()),
        Pair::Differs {
            differences,
            unread,
            ..
        } => (&differences[..], *unread),
    };
    let (row_a, row_b) = pair.rows();
    let line = form::Pair {
        pair: pair.name(),
        a: row_a,
        b: row_b,
        command: row.name(),
        aid: row.aid.map(|aid| aid.to_string()),
        differences: differences.iter().map(difference).collect(),
        not_compared: messages(unread),
    };
    Some(line.json())
}

fn difference(difference: &Difference) -> form::Difference<'_> {
    match difference {
        Difference::Field(field) => form::Difference::Bytes {
            path: &field.path,
            a: field.a.as_ref().map(piece),
            b: field.b.as_ref().map(piece),
        },
        Difference::Key { path } => form::Difference::Key { path },
        Difference::Value { what, a, b } => form::Difference::Value {
            name: what.name(),
            a: a.as_deref(),
            b: b.as_deref(),
        },
    }
}

fn piece(piece: &Piece) -> form::Piece<'_> {
    let differing = piece.differing.iter();
    form::Piece {
        offset: piece.offset,
        hex: hex::upper(&piece.bytes),
        value: &piece.value,
        differing: differing.map(|range| [range.start, range.end]).collect(),
    }
}

/// The numbers as a JSON line.
pub(super) fn json_summary(comparison: &Comparison, ignore: Ignore) -> String {
    let counts = comparison.counts;
    let line = form::Summary {
        identical: comparison.is_identical(),
        same: counts.same,
        differs: counts.differs,
        only_a: counts.only_a,
        only_b: counts.only_b,
        not_compared: counts.unread,
        ignored: ignore.aspects().map(crate::compare::Aspect::name).collect(),
    };
    line.json()
}

const INDENT: &str = "             ";
/// Bytes of a line.
const WIDTH: usize = 32;

//! Bytes that the pointer chose: a click takes one, Shift and a click or dragging take those up to there.

use std::ops::Range;

use eframe::egui::{Rect, Response, Ui};

use super::{CELL, GROUP, OFFSETS, View};
use crate::report::Place;

/// Chosen bytes of one view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ByteRange {
    /// Row that it is of.
    row: usize,
    /// Field that was chosen then: another one takes its place.
    field: Option<usize>,
    side: &'static str,
    place: Place,
    /// Where the pointer was pressed.
    anchor: usize,
    /// Where it is, or was let go.
    head: usize,
    /// Whether it still is pressed.
    dragged: bool,
}

impl ByteRange {
    /// Whether it is of this row, and no field was chosen since.
    pub(super) fn is_of(&self, row: usize, field: Option<usize>) -> bool {
        self.row == row && self.field == field
    }

    /// The chosen bytes of a view.
    pub(super) fn range(&self, view: &View) -> Option<Range<usize>> {
        let own = self.side == view.side && self.place == view.place;
        let last = self.anchor.max(self.head);
        (own && last < view.bytes.len()).then(|| self.anchor.min(self.head)..last + 1)
    }
}

/// Follows the pointer over a line of `len` bytes that begins with byte `start` of its view.
pub(super) fn follow(
    ui: &Ui,
    (rect, response): (Rect, &Response),
    view: &View,
    (start, len): (usize, usize),
    chosen: &mut Option<ByteRange>,
    (row, field): (usize, Option<usize>),
) {
    let (at, pressed, down, shift) = ui.input(|input| {
        let pointer = &input.pointer;
        let at = pointer.interact_pos();
        let shift = input.modifiers.shift;
        (at, pointer.primary_pressed(), pointer.primary_down(), shift)
    });
    if let Some(own) = chosen
        && !down
    {
        own.dragged = false;
    }
    let Some(at) = at.filter(|at| rect.y_range().contains(at.y)) else {
        return;
    };
    let column = column(at.x - rect.left());
    if pressed && response.contains_pointer() {
        let Some(place) = column.filter(|column| *column < len) else {
            return;
        };
        press(view, start + place, shift, chosen, (row, field));
    } else if let Some(own) = chosen
        && own.dragged
        && own.side == view.side
        && own.place == view.place
    {
        own.head = start + column.unwrap_or(0).min(len.saturating_sub(1));
    }
}

/// The byte alone that is chosen already is let go.
fn press(
    view: &View,
    place: usize,
    shift: bool,
    chosen: &mut Option<ByteRange>,
    (row, field): (usize, Option<usize>),
) {
    let new = ByteRange {
        row,
        field,
        side: view.side,
        place: view.place,
        anchor: place,
        head: place,
        dragged: true,
    };
    let before = chosen.filter(|own| own.is_of(row, field));
    let before = before.filter(|own| own.side == view.side && own.place == view.place);
    *chosen = match before {
        Some(own) if shift => Some(ByteRange {
            anchor: own.anchor,
            ..new
        }),
        Some(own) if (own.anchor, own.head) == (place, place) => None,
        _ => Some(new),
    };
}

/// The column at a distance from the left edge of a line; `None` left of the first.
fn column(x: f32) -> Option<usize> {
    let x = x - OFFSETS;
    let x = if x > 8.0 * CELL {
        (x - GROUP).max(8.0 * CELL)
    } else {
        x
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a screen is narrow"
    )]
    (x >= 0.0).then_some((x / CELL) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_where_the_bytes_are_drawn() {
        for (x, expected) in [
            (0.0, None),
            (OFFSETS + 1.0, Some(0)),
            (OFFSETS + CELL + 1.0, Some(1)),
            (OFFSETS + 8.0 * CELL - 1.0, Some(7)),
            (OFFSETS + 8.0 * CELL + GROUP + 1.0, Some(8)),
            (OFFSETS + 15.0 * CELL + GROUP + 1.0, Some(15)),
        ] {
            assert_eq!(column(x), expected, "{x}");
        }
    }
}

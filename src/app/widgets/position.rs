//! Where the list stands: a whole row and the pixels of it above the edge. 32-bit offsets of a scroll area lose
//! small steps beyond some 800,000 rows; a row number loses none.

use crate::app::theme::ROW;

/// First row that is drawn, and the part of it above the edge.
pub(in crate::app) type Position = (usize, f32);

/// The position after scrolling by some pixels, down when positive, among `count` rows of which `fits` fit.
pub(in crate::app) fn moved(
    (first, part): Position,
    by: f32,
    count: usize,
    fits: usize,
) -> Position {
    let part = part + by;
    #[expect(clippy::cast_possible_truncation, reason = "whole rows of a step")]
    let whole = (part / ROW).floor() as isize;
    let Some(first) = first.checked_add_signed(whole) else {
        return (0, 0.0);
    };
    #[expect(clippy::cast_precision_loss, reason = "whole rows of a step")]
    let rest = part - whole as f32 * ROW;
    within((first, rest), count, fits)
}

/// The position with a row in view, moved as little as possible.
pub(in crate::app) fn showing(at: Position, row: usize, count: usize, fits: usize) -> Position {
    let (first, _) = at;
    if row < first {
        (row, 0.0)
    } else if row >= first + fits {
        within((row + 1 - fits, 0.0), count, fits)
    } else {
        at
    }
}

/// The position for a handle at this share of its way, 0 to 1.
pub(in crate::app) fn at_share(share: f32, count: usize, fits: usize) -> Position {
    let last = count.saturating_sub(fits);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a row number, exact up to 2^53"
    )]
    let first = (f64::from(share.clamp(0.0, 1.0)) * last as f64).round() as usize;
    (first, 0.0)
}

/// Not beyond the last row, which is then seen whole.
fn within((first, part): Position, count: usize, fits: usize) -> Position {
    let last = count.saturating_sub(fits);
    if first >= last {
        (last, 0.0)
    } else {
        (first, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FITS: usize = 24;

    #[test]
    fn small_steps_reach_the_last_row_of_any_trace() {
        for count in [100, 1_000_000, 17_000_000] {
            for step in [0.5, 1.0, 3.0, 20.0, 37.5] {
                let start = count - FITS - 10;
                let mut at = (start, 0.0);
                let mut steps = 0;
                while at.0 < count - FITS {
                    let before = at;
                    at = moved(at, step, count, FITS);
                    assert!(at > before, "{count} {step}: {at:?} after {before:?}");
                    steps += 1;
                }
                assert_eq!(at, (count - FITS, 0.0), "the last row is seen whole");
                let way = f64::from(steps) * f64::from(step);
                let expected = f64::from(10.0 * ROW);
                assert!(
                    (expected..expected + f64::from(step)).contains(&way),
                    "{count} {step}: {way}"
                );
                assert_eq!(moved(at, step, count, FITS), at, "and it ends there");
            }
        }
    }

    #[test]
    fn small_steps_up_reach_the_first_row_and_stay() {
        let mut at = (3, 5.0);
        while at > (0, 0.0) {
            let before = at;
            at = moved(at, -1.5, 1_000_000, FITS);
            assert!(at < before);
        }
        assert_eq!(at, (0, 0.0));
        assert_eq!(moved(at, -1.5, 1_000_000, FITS), (0, 0.0));
    }

    #[test]
    fn the_bar_reaches_both_ends() {
        for count in [25, 1_000_000, 17_000_000] {
            assert_eq!(at_share(0.0, count, FITS), (0, 0.0));
            assert_eq!(at_share(1.0, count, FITS), (count - FITS, 0.0));
            assert_eq!(at_share(7.0, count, FITS), (count - FITS, 0.0));
        }
        assert_eq!(at_share(0.5, 17_000_024, FITS), (8_500_000, 0.0));
    }

    #[test]
    fn a_row_comes_into_view_with_the_least_movement() {
        let count = 17_000_000;
        assert_eq!(showing((100, 7.0), 50, count, FITS), (50, 0.0));
        assert_eq!(showing((100, 7.0), 110, count, FITS), (100, 7.0));
        assert_eq!(showing((100, 7.0), 200, count, FITS), (177, 0.0));
        let last = count - 1;
        assert_eq!(showing((0, 0.0), last, count, FITS), (count - FITS, 0.0));
    }

    #[test]
    fn few_rows_do_not_move() {
        assert_eq!(moved((0, 0.0), 100.0, 3, FITS), (0, 0.0));
        assert_eq!(moved((0, 0.0), -100.0, 0, FITS), (0, 0.0));
        assert_eq!(at_share(1.0, 3, FITS), (0, 0.0));
    }
}

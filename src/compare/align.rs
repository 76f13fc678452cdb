//! Which exchange of one trace stands for which of the other.
//!
//! Four passes, each over what the one before left unpaired: exchanges that are the
//! same; the same request; the same command for the same file or key; the same command. So a command that is missing
//! shifts nothing, and a command with other parameters is still a pair.

use std::ops::Range;

use super::matching::equal_pairs;

/// Passes.
pub(super) const PASSES: usize = 4;

/// What stands for an exchange in each pass. Two exchanges with the same number there may become a pair.
pub(super) type Tokens = [u64; PASSES];

/// Pairs of indices, ascending on both sides. The same pairs come out, mirrored, when the sides are changed.
pub(super) fn align(a: &[Tokens], b: &[Tokens]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    refine(a, b, &Gap::new(0..a.len(), 0..b.len()), 0, &mut pairs);
    pairs
}

/// A stretch of both traces that holds no pair yet.
struct Gap {
    a: Range<usize>,
    b: Range<usize>,
}

impl Gap {
    const fn new(a: Range<usize>, b: Range<usize>) -> Self {
        Self { a, b }
    }
}

fn refine(a: &[Tokens], b: &[Tokens], gap: &Gap, pass: usize, pairs: &mut Vec<(usize, usize)>) {
    if gap.a.is_empty() || gap.b.is_empty() || pass >= PASSES {
        return;
    }
    let found = equal_pairs(&of_pass(a, &gap.a, pass), &of_pass(b, &gap.b, pass));
    let (mut next_a, mut next_b) = (gap.a.start, gap.b.start);
    for (at_a, at_b) in found {
        let pair = (gap.a.start + at_a, gap.b.start + at_b);
        let inner = Gap::new(next_a..pair.0, next_b..pair.1);
        refine(a, b, &inner, pass + 1, pairs);
        pairs.push(pair);
        (next_a, next_b) = (pair.0 + 1, pair.1 + 1);
    }
    let rest = Gap::new(next_a..gap.a.end, next_b..gap.b.end);
    refine(a, b, &rest, pass + 1, pairs);
}

fn of_pass(tokens: &[Tokens], range: &Range<usize>, pass: usize) -> Vec<u64> {
    let part = tokens.get(range.clone()).unwrap_or_default();
    part.iter()
        .filter_map(|tokens| tokens.get(pass).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Rr`: `R` the command, `r` its parameters; in the first two passes both count.
    fn tokens(text: &str) -> Vec<Tokens> {
        let number = |text: &str| {
            text.bytes()
                .fold(0, |sum, byte| sum * 256 + u64::from(byte))
        };
        text.split_whitespace()
            .map(|word| {
                let command = number(&word[..1]);
                [number(word), number(word), command, command]
            })
            .collect()
    }

    #[test]
    fn a_missing_command_shifts_nothing() {
        let (a, b) = (tokens("S1 G1 G2 G3 C1 X1"), tokens("S1 G1 G3 C1 X1"));
        let pairs = [(0, 0), (1, 1), (3, 2), (4, 3), (5, 4)];
        assert_eq!(align(&a, &b), pairs);
        assert_eq!(align(&b, &a), pairs.map(|(a, b)| (b, a)));
    }

    #[test]
    fn another_parameter_is_a_pair_and_another_command_is_none() {
        let (a, b) = (tokens("S1 C1 W1 X1"), tokens("S1 C2 D1 X1"));
        assert_eq!(align(&a, &b), [(0, 0), (1, 1), (3, 3)]);
        assert_eq!(align(&a, &[]), []);
        assert_eq!(align(&tokens("A1"), &tokens("B1")), []);
    }

    #[test]
    fn sequences_without_anything_in_common_take_no_longer() {
        let long = |first: u64| -> Vec<Tokens> {
            let numbers = (0..60_000).map(|number| first + number);
            numbers
                .map(|number| [number, number, number, number % 7])
                .collect()
        };
        let (a, b) = (long(0), long(1_000_003));
        let pairs = align(&a, &b);
        assert!(pairs.len() > 59_000, "{}", pairs.len());
        assert!(pairs.is_sorted());
    }
}

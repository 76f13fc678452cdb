//! Pairs of equal numbers in two sequences, in order: what occurs once on both sides first, as in a patience diff, then the
//! linear-space Myers algorithm between those.
//!
//! The crate's own preparation takes quadratic time where few numbers occur often, and drops frequent numbers near those
//! that the other side lacks. It gets only numbers that both sides have, in windows of bounded length.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Pairs of indices, ascending on both sides. Where several answers are equally good the algorithms prefer a side: they
/// always get the smaller sequence first, so that the answer does not depend on which one is `a`.
pub(super) fn equal_pairs(a: &[u64], b: &[u64]) -> Vec<(usize, usize)> {
    if a.cmp(b) == Ordering::Greater {
        let pairs = ordered(b, a).into_iter();
        return pairs.map(|(b, a)| (a, b)).collect();
    }
    ordered(a, b)
}

fn ordered(a: &[u64], b: &[u64]) -> Vec<(usize, usize)> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let left = a.len().min(b.len()) - head;
    let ends = a.iter().rev().zip(b.iter().rev()).take(left);
    let tail = ends.take_while(|(a, b)| a == b).count();
    let (end_a, end_b) = (a.len() - tail, b.len() - tail);
    let mut pairs: Vec<(usize, usize)> = (0..head).zip(0..head).collect();
    let (mut next_a, mut next_b) = (head, head);
    for anchor in anchors(a, b, head..end_a, head..end_b) {
        windows(a, b, next_a..anchor.0, next_b..anchor.1, &mut pairs);
        pairs.push(anchor);
        (next_a, next_b) = (anchor.0 + 1, anchor.1 + 1);
    }
    windows(a, b, next_a..end_a, next_b..end_b, &mut pairs);
    pairs.extend((end_a..a.len()).zip(end_b..b.len()));
    pairs
}

/// The longest ascending sequence of pairs of numbers that occur once on either side.
fn anchors(a: &[u64], b: &[u64], of_a: Range<usize>, of_b: Range<usize>) -> Vec<(usize, usize)> {
    let once_b = once(b, of_b);
    let mut found: Vec<(usize, usize)> = once(a, of_a)
        .into_iter()
        .filter_map(|(number, at)| Some((at, *once_b.get(&number)?)))
        .collect();
    found.sort_unstable();
    // Patience: the last card of each pile, and for each card the one before it on the pile to the left.
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(found.len());
    for (card, (_, at)) in found.iter().enumerate() {
        let smaller = |top: &usize| found.get(*top).is_some_and(|(_, other)| other < at);
        let pile = piles.partition_point(smaller);
        before.push(
            pile.checked_sub(1)
                .and_then(|left| piles.get(left).copied()),
        );
        match piles.get_mut(pile) {
            Some(top) => *top = card,
            None => piles.push(card),
        }
    }
    let mut chain: Vec<(usize, usize)> = Vec::with_capacity(piles.len());
    let mut card = piles.last().copied();
    while let Some(at) = card {
        chain.extend(found.get(at));
        card = before.get(at).copied().flatten();
    }
    chain.reverse();
    chain
}

/// The numbers that occur once in a range, with their places.
fn once(numbers: &[u64], range: Range<usize>) -> HashMap<u64, usize> {
    let mut places: HashMap<u64, Option<usize>> = HashMap::new();
    for at in range {
        if let Some(number) = numbers.get(at) {
            let place = places.entry(*number);
            place.and_modify(|place| *place = None).or_insert(Some(at));
        }
    }
    let places = places.into_iter();
    places
        .filter_map(|(number, at)| Some((number, at?)))
        .collect()
}

/// Pairs in a stretch without anchors. Of a window that is not the last, only what is well inside it counts.
fn windows(
    a: &[u64],
    b: &[u64],
    mut of_a: Range<usize>,
    mut of_b: Range<usize>,
    pairs: &mut Vec<(usize, usize)>,
) {
    let mut width = WIDTH;
    while !of_a.is_empty() && !of_b.is_empty() {
        let ends = (
            of_a.end.min(of_a.start + width),
            of_b.end.min(of_b.start + width),
        );
        let found = myers(a, b, of_a.start..ends.0, of_b.start..ends.1);
        if ends == (of_a.end, of_b.end) {
            pairs.extend(found);
            return;
        }
        let inside = width / 4 * 3;
        let kept = found
            .partition_point(|pair| pair.0 < of_a.start + inside && pair.1 < of_b.start + inside);
        let Some(last) = kept.checked_sub(1).and_then(|last| found.get(last)) else {
            width *= 2;
            continue;
        };
        (of_a.start, of_b.start) = (last.0 + 1, last.1 + 1);
        pairs.extend(found.iter().take(kept));
        width = WIDTH;
    }
}

fn myers(a: &[u64], b: &[u64], of_a: Range<usize>, of_b: Range<usize>) -> Vec<(usize, usize)> {
    let numbers = |all: &[u64], range: &Range<usize>| -> HashSet<u64> {
        let part = all.get(range.clone()).unwrap_or_default();
        part.iter().copied().collect()
    };
    let (in_a, in_b) = (numbers(a, &of_a), numbers(b, &of_b));
    let shared = |all: &[u64], range: Range<usize>, other: &HashSet<u64>| -> Vec<(usize, u64)> {
        range
            .filter_map(|at| Some((at, *all.get(at)?)))
            .filter(|(_, number)| other.contains(number))
            .collect()
    };
    let (a, b) = (shared(a, of_a, &in_b), shared(b, of_b, &in_a));
    let mut input = InternedInput::default();
    input.update_before(a.iter().map(|(_, number)| *number));
    input.update_after(b.iter().map(|(_, number)| *number));
    let diff = Diff::compute(Algorithm::Myers, &input);
    let kept = |all: Vec<(usize, u64)>, gone: &dyn Fn(u32) -> bool| -> Vec<usize> {
        let all = (0..).zip(all);
        all.filter(|(at, _)| !gone(*at))
            .map(|(_, (place, _))| place)
            .collect()
    };
    let a = kept(a, &|at| diff.is_removed(at));
    let b = kept(b, &|at| diff.is_added(at));
    a.into_iter().zip(b).collect()
}

const WIDTH: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_occurs_once_is_found_behind_any_number_of_others() {
        // Rounds of the same four commands, one number of each round is its own.
        let rounds = |from: u64, to: u64| -> Vec<u64> {
            (from..to)
                .flat_map(|round| [1, 2, 1000 + round, 3])
                .collect()
        };
        let (a, b) = (rounds(0, 10_000), rounds(4_000, 10_000));
        let pairs = equal_pairs(&a, &b);
        assert_eq!(pairs.len(), b.len());
        assert!(pairs.iter().all(|(at, of_b)| a[*at] == b[*of_b]));
        assert_eq!(pairs.last(), Some(&(39_999, 23_999)));
        let own = pairs.iter().filter(|(at, _)| a[*at] >= 1000);
        assert!(own.clone().all(|(at, of_b)| at - of_b == 16_000));
    }

    #[test]
    fn repeated_numbers_without_any_of_their_own_are_paired_in_windows() {
        let a: Vec<u64> = (0..30_000).map(|at| at * at % 11).collect();
        let mut b = a.clone();
        b.remove(12_345);
        b.insert(20_000, 77);
        let pairs = equal_pairs(&a, &b);
        assert!(pairs.len() > 29_900, "{}", pairs.len());
        assert!(pairs.iter().all(|(at, of_b)| a[*at] == b[*of_b]));
        assert!(
            pairs
                .windows(2)
                .all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1)
        );
        let mirrored: Vec<(usize, usize)> =
            equal_pairs(&b, &a).iter().map(|(b, a)| (*a, *b)).collect();
        assert_eq!(pairs, mirrored);
    }
}

//! Which findings are listed: those of the chosen severities that hold the typed text, in the order of the rows or by
//! their code. The findings are gone through a slice a frame, so that no frame waits for a long trace.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::Severity;
use crate::workbench::{Found, Workbench};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wish {
    /// Severities that are not listed.
    pub(super) hidden: BTreeSet<Severity>,
    /// Text in lower case.
    pub(super) text: String,
    /// Whether the findings stand under their codes.
    pub(super) by_code: bool,
}

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Head of the findings of a code: its worst severity, and how many there are.
    Code(&'static str, Severity, usize),
    /// A finding.
    Found(Found),
}

/// The findings that are listed, as far as they were gone through.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    wish: Wish,
    /// Which trace and rows they are of.
    of: (u64, u64),
    asked: usize,
    /// All that pass, without codes.
    flat: Vec<Found>,
    /// Those of each code, with codes.
    codes: BTreeMap<&'static str, Vec<Found>>,
    count: usize,
}

/// Findings of one slice, some milliseconds of work.
const SLICE: usize = 100_000;
/// Findings of one slice where texts are compared.
const TEXT_SLICE: usize = 5_000;

impl Narrowed {
    /// Goes through the next slice; whether there are more.
    pub(super) fn step(&mut self, bench: &Workbench, wish: &Wish) -> bool {
        let all = bench.log().findings().all();
        let of = (bench.trace_no(), bench.rows_no());
        if self.of != of || self.wish != *wish || self.asked > all.len() {
            *self = Self {
                wish: wish.clone(),
                of,
                ..Self::default()
            };
        }
        let slice = if wish.text.is_empty() {
            SLICE
        } else {
            TEXT_SLICE
        };
        let end = all.len().min(self.asked + slice);
        for found in all.get(self.asked..end).unwrap_or_default() {
            if passes(bench, wish, found) {
                self.count += 1;
                if wish.by_code {
                    self.codes.entry(found.code).or_default().push(*found);
                } else {
                    self.flat.push(*found);
                }
            }
        }
        self.asked = end;
        end < all.len()
    }

    /// How many findings were gone through, of how many there are; `None` when all were.
    pub(super) fn progress(&self, bench: &Workbench) -> Option<(usize, usize)> {
        let all = bench.log().findings().all().len();
        (self.asked < all).then_some((self.asked, all))
    }

    /// How many findings pass.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// All that pass, in the order of the list, those of closed codes too.
    pub(super) fn all(&self) -> impl Iterator<Item = &Found> {
        let codes = self.sorted().into_iter().flat_map(|(_, own)| own);
        self.flat.iter().chain(codes)
    }

    /// How many lines there are; `open`: codes whose findings are listed.
    pub(super) fn len(&self, open: &BTreeSet<&'static str>) -> usize {
        let listed = |(code, own): (&&'static str, &Vec<Found>)| {
            1 + if open.contains(code) { own.len() } else { 0 }
        };
        self.flat.len() + self.codes.iter().map(listed).sum::<usize>()
    }

    /// A line.
    pub(super) fn line(&self, mut place: usize, open: &BTreeSet<&'static str>) -> Option<Line> {
        if !self.wish.by_code {
            return self.flat.get(place).copied().map(Line::Found);
        }
        for (code, own) in self.sorted() {
            if place == 0 {
                return Some(Line::Code(code, worst(own), own.len()));
            }
            place -= 1;
            if open.contains(code) {
                if let Some(found) = own.get(place) {
                    return Some(Line::Found(*found));
                }
                place -= own.len();
            }
        }
        None
    }

    /// Where a line stands.
    pub(super) fn place(&self, line: &Line, open: &BTreeSet<&'static str>) -> Option<usize> {
        let key = |found: &Found| (found.row, found.nth);
        let within = |own: &[Found], found: &Found| own.binary_search_by_key(&key(found), key).ok();
        if !self.wish.by_code {
            return match line {
                Line::Found(found) => within(&self.flat, found),
                Line::Code(..) => None,
            };
        }
        let mut before = 0;
        for (code, own) in self.sorted() {
            match line {
                Line::Code(wanted, ..) if *wanted == code => return Some(before),
                Line::Found(found) if found.code == code => {
                    let place = open.contains(code).then(|| within(own, found)).flatten();
                    return Some(place.map_or(before, |place| before + 1 + place));
                }
                _ => {}
            }
            before += 1 + if open.contains(code) { own.len() } else { 0 };
        }
        None
    }

    /// Codes with their findings: the worst first, then by name.
    fn sorted(&self) -> Vec<(&'static str, &Vec<Found>)> {
        let mut all: Vec<_> = self.codes.iter().map(|(code, own)| (*code, own)).collect();
        all.sort_by_key(|(_, own)| Reverse(worst(own)));
        all
    }
}

/// A code has one severity nearly always; the newest finding tells it.
fn worst(own: &[Found]) -> Severity {
    own.last().map_or(Severity::Hint, |found| found.severity)
}

fn passes(bench: &Workbench, wish: &Wish, found: &Found) -> bool {
    if wish.hidden.contains(&found.severity) {
        return false;
    }
    if wish.text.is_empty() || found.code.contains(&wish.text) {
        return true;
    }
    bench.finding(found).is_some_and(|(row, finding)| {
        finding.text.to_lowercase().contains(&wish.text)
            || row.name().to_lowercase().contains(&wish.text)
    })
}

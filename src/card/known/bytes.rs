//! Bytes of a file or record as far as they are known: runs that do not overlap, each with the row that told it.

use std::collections::BTreeMap;
use std::ops::Range;

/// Known bytes; what lies between the runs is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownBytes {
    runs: BTreeMap<u32, Run>,
}

/// Neighbouring bytes that one row told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The row.
    pub since: usize,
}

impl KnownBytes {
    /// Takes bytes over, in place of what was known there.
    pub fn learn(&mut self, offset: u32, bytes: &[u8], since: usize) {
        self.forget(range(offset, bytes.len()));
        if !bytes.is_empty() {
            let bytes = bytes.to_vec();
            self.runs.insert(offset, Run { bytes, since });
        }
    }

    /// Makes a range unknown.
    pub fn forget(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        let first = self.runs.range(..range.start).next_back();
        let first = first.map_or(range.start, |(start, _)| *start);
        let touched = self.runs.range(first..range.end);
        let touched: Vec<u32> = touched
            .filter(|(start, run)| end(**start, run) > range.start)
            .map(|(start, _)| *start)
            .collect();
        for start in touched {
            let Some(run) = self.runs.remove(&start) else {
                continue;
            };
            let before = len(start..range.start);
            let behind = len(start..range.end).min(run.bytes.len());
            if let Some(head) = run.bytes.get(..before).filter(|head| !head.is_empty()) {
                let (bytes, since) = (head.to_vec(), run.since);
                self.runs.insert(start, Run { bytes, since });
            }
            if let Some(tail) = run.bytes.get(behind..).filter(|tail| !tail.is_empty()) {
                let (bytes, since) = (tail.to_vec(), run.since);
                self.runs.insert(range.end, Run { bytes, since });
            }
        }
    }

    /// Makes everything unknown.
    pub fn clear(&mut self) {
        self.runs.clear();
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// First byte and bytes of each run, in order.
    pub fn runs(&self) -> impl Iterator<Item = (u32, &Run)> {
        self.runs.iter().map(|(start, run)| (*start, run))
    }

    /// The first `len` bytes, each where it is known.
    pub fn first(&self, len: usize) -> Vec<Option<u8>> {
        let mut bytes = vec![None; len];
        for (start, run) in &self.runs {
            let room = usize::try_from(*start)
                .ok()
                .and_then(|at| bytes.get_mut(at..));
            for (place, byte) in room.unwrap_or_default().iter_mut().zip(&run.bytes) {
                *place = Some(*byte);
            }
        }
        bytes
    }

    /// Where the last known byte ends.
    pub fn end(&self) -> u32 {
        let last = self.runs.iter().next_back();
        last.map_or(0, |(start, run)| end(*start, run))
    }
}

/// The range of `len` bytes from `offset` on.
pub fn range(offset: u32, len: usize) -> Range<u32> {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    offset..offset.saturating_add(len)
}

fn end(start: u32, run: &Run) -> u32 {
    range(start, run.bytes.len()).end
}

fn len(range: Range<u32>) -> usize {
    usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(known: &KnownBytes) -> String {
        let bytes = known.first(8).into_iter();
        bytes
            .map(|byte| byte.map_or("..".to_owned(), |byte| format!("{byte:02X}")))
            .collect()
    }

    #[test]
    fn later_bytes_replace_earlier_ones_and_the_rest_stays() {
        let mut known = KnownBytes::default();
        known.learn(1, &[1, 2, 3, 4, 5], 3);
        assert_eq!(text(&known), "..0102030405....");
        known.learn(3, &[0xA3], 7);
        assert_eq!(text(&known), "..0102A30405....");
        let runs: Vec<_> = known.runs().map(|(at, run)| (at, run.since)).collect();
        assert_eq!(runs, [(1, 3), (3, 7), (4, 3)]);
        known.learn(0, &[9; 7], 8);
        assert_eq!(text(&known), "09090909090909..");
        assert_eq!((known.runs().count(), known.end()), (1, 7));
    }

    #[test]
    fn a_forgotten_range_is_cut_out_of_every_run() {
        let mut known = KnownBytes::default();
        known.learn(0, &[1, 2, 3], 0);
        known.learn(3, &[4, 5, 6], 1);
        known.forget(2..4);
        assert_eq!(text(&known), "0102....0506....");
        known.forget(5..5);
        known.forget(7..20);
        assert_eq!(text(&known), "0102....0506....");
        known.forget(1..6);
        assert_eq!(text(&known), "01..............");
        known.forget(0..u32::MAX);
        assert!(known.is_empty());
    }
}

//! All findings of the trace, listed as rows arrive, so that no frame walks the rows.

use std::collections::BTreeMap;

use super::state::Workbench;
use crate::report::{Finding, Severity};
use crate::trace::Exchange;

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Number of the row.
    pub row: usize,
    /// Place among the row's findings.
    pub nth: usize,
    /// The finding's stable name.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
}

/// The list, in the order of the rows, with what the window counts.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    all: Vec<Found>,
    counts: BTreeMap<Severity, usize>,
    /// Rows with a finding above a hint.
    remarkable: Vec<usize>,
}

impl Findings {
    /// Takes the findings of row `row`, which is newer than all before.
    pub(super) fn add(&mut self, row: usize, findings: &[Finding]) {
        for (nth, finding) in findings.iter().enumerate() {
            let (code, severity) = (finding.code, finding.severity);
            *self.counts.entry(severity).or_default() += 1;
            self.all.push(Found {
                row,
                nth,
                code,
                severity,
            });
        }
        if findings
            .iter()
            .any(|finding| finding.severity > Severity::Hint)
        {
            self.remarkable.push(row);
        }
    }

    /// All of them, oldest first.
    pub fn all(&self) -> &[Found] {
        &self.all
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.counts.get(&severity).copied().unwrap_or_default()
    }

    /// The worst severity that occurs.
    pub fn worst(&self) -> Option<Severity> {
        self.counts.keys().next_back().copied()
    }

    /// Rows with a finding above a hint, oldest first.
    pub fn remarkable(&self) -> &[usize] {
        &self.remarkable
    }
}

impl Workbench {
    /// A finding of the trace with its row; `None` when rows were replaced and another one stands there.
    pub fn finding(&self, found: &Found) -> Option<(&Exchange, &Finding)> {
        let row = self.rows().get(found.row)?;
        let finding = row.findings.get(found.nth)?;
        (finding.code == found.code).then_some((row, finding))
    }

    /// The next row after the selected one with a finding above a hint, among the rows that are shown, and the worst of
    /// its findings; goes round the end.
    pub fn next_finding(&self, back: bool) -> Option<(&Exchange, &Finding)> {
        let rows = self.log().findings().remarkable();
        let shown = |row: &usize| !self.is_filtered() || self.place_of(*row).is_ok();
        let next = match (self.selected(), back) {
            (Some(selected), false) => {
                let (before, behind) = rows.split_at(rows.partition_point(|row| *row <= selected));
                behind.iter().chain(before).copied().find(shown)
            }
            (Some(selected), true) => {
                let (before, behind) = rows.split_at(rows.partition_point(|row| *row < selected));
                let order = before.iter().rev().chain(behind.iter().rev());
                order.copied().find(shown)
            }
            (None, false) => rows.iter().copied().find(shown),
            (None, true) => rows.iter().rev().copied().find(shown),
        };
        let row = self.rows().get(next?)?;
        // Of several that are as bad, the first.
        let worst = row.findings.iter().rev();
        Some((row, worst.max_by_key(|finding| finding.severity)?))
    }
}

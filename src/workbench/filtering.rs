//! Which rows of the trace are shown.
//!
//! A filter goes through the rows a slice at a time, one slice a frame, so that a frame never waits for a long trace and
//! the first rows are there at once. New rows are asked as they come.

use std::collections::BTreeSet;

use super::settings::SavedFilter;
use super::state::Workbench;
use crate::filter::{Filter, FilterError, Name, Subject, Vocabulary, Walk};
use crate::trace;

/// The display filter and the rows that passed it so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Filtering {
    /// As typed.
    text: String,
    /// What is wrong with it; then the filter before stays in force.
    error: Option<FilterError>,
    filter: Option<Filter>,
    /// Rows that passed, in their order.
    passed: Vec<usize>,
    walk: Walk,
    /// Rows that were asked.
    asked: usize,
    /// Which rows these are.
    of: (u64, u64),
}

/// Rows of one slice, some milliseconds of work, where the filter asks for columns only.
const SLICE: usize = 40_000;
/// Rows of one slice where it asks for fields or texts.
const HEAVY_SLICE: usize = 500;
/// Rows, counted from the newest, whose values are offered while typing.
const OFFERED: usize = 2_000;
/// Rows that are counted for a choice while typing: more would be felt.
const COUNTED: usize = 5_000;

impl Workbench {
    /// The filter as typed.
    pub fn filter_text(&self) -> &str {
        &self.filtering.text
    }

    /// What is wrong with the filter as typed.
    pub const fn filter_error(&self) -> Option<&FilterError> {
        self.filtering.error.as_ref()
    }

    /// Whether a filter is in force.
    pub const fn is_filtered(&self) -> bool {
        self.filtering.filter.is_some()
    }

    /// How many rows are shown.
    pub fn shown_len(&self) -> usize {
        match self.filtering.filter {
            Some(_) => self.filtering.passed.len(),
            None => self.rows().len(),
        }
    }

    /// The number of the row that is shown at a place.
    pub fn shown_at(&self, place: usize) -> Option<usize> {
        match self.filtering.filter {
            Some(_) => self.filtering.passed.get(place).copied(),
            None => (place < self.rows().len()).then_some(place),
        }
    }

    /// Where a row is shown; where it would be, when the filter hides it.
    pub fn place_of(&self, row: usize) -> Result<usize, usize> {
        match self.filtering.filter {
            Some(_) => self.filtering.passed.binary_search(&row),
            None if row < self.rows().len() => Ok(row),
            None => Err(self.rows().len()),
        }
    }

    /// Rows that the filter was asked about, while it is not through.
    pub fn filtering(&self) -> Option<usize> {
        let own = &self.filtering;
        let is_through = own.asked == self.rows().len() && own.of == self.row_state();
        (own.filter.is_some() && !is_through).then_some(own.asked)
    }

    /// How many rows a filter lets pass; `None` in a trace that is too long to count while typing.
    pub fn count_passing(&self, filter: &Filter) -> Option<usize> {
        if self.rows().len() > COUNTED || filter.is_heavy() {
            return None;
        }
        let mut walk = Walk::default();
        let all = 0..self.rows().len();
        Some(
            all.filter(|row| self.passes(filter, &mut walk, *row))
                .count(),
        )
    }

    /// Takes a filter as it is typed. What is no filter leaves the one before in force.
    pub(super) fn set_filter(&mut self, text: String) {
        match Filter::parse(&text) {
            Ok(filter) => {
                self.filtering.error = None;
                if filter != self.filtering.filter {
                    self.filtering.filter = filter;
                    self.filter_anew();
                }
            }
            Err(error) => self.filtering.error = Some(error),
        }
        self.filtering.text = text;
    }

    /// Keeps the filter in the history, the newest first.
    pub(super) fn remember_filter(&mut self) {
        const KEPT: usize = 20;
        let text = self.filtering.text.trim().to_owned();
        if text.is_empty() || self.filtering.error.is_some() {
            return;
        }
        let history = &mut self.settings.filter_history;
        history.retain(|own| *own != text);
        history.insert(0, text);
        history.truncate(KEPT);
    }

    /// Keeps a filter, or forgets a kept one.
    pub(super) fn toggle_saved_filter(&mut self, text: &str) {
        let saved = &mut self.settings.filters;
        match saved.iter().position(|own| own.text == text) {
            Some(place) => {
                saved.remove(place);
            }
            None if Filter::parse(text).is_ok_and(|filter| filter.is_some()) => {
                saved.push(SavedFilter::new(text));
            }
            None => {}
        }
    }

    /// All rows are asked again: something that rows are asked about has changed.
    pub(super) fn filter_anew(&mut self) {
        self.filtering.passed.clear();
        self.filtering.walk = Walk::default();
        self.filtering.asked = 0;
        self.filtering.of = self.row_state();
        self.looks_no += 1;
    }

    /// Asks the next slice of rows; whether there are more.
    pub fn filter_step(&mut self) -> bool {
        if self.filtering.of != self.row_state() || self.filtering.asked > self.rows().len() {
            self.filter_anew();
        }
        if self.filtering.asked == self.rows().len() {
            return false;
        }
        let Some(filter) = self.filtering.filter.clone() else {
            return false;
        };
        let slice = if filter.is_heavy() {
            HEAVY_SLICE
        } else {
            SLICE
        };
        let start = self.filtering.asked;
        let end = self.rows().len().min(start + slice);
        let mut walk = std::mem::take(&mut self.filtering.walk);
        let slice = start..end;
        let passed: Vec<usize> = slice
            .filter(|row| self.passes(&filter, &mut walk, *row))
            .collect();
        self.filtering.walk = walk;
        self.filtering.passed.extend(passed);
        self.filtering.asked = end;
        end < self.rows().len()
    }

    fn passes(&self, filter: &Filter, walk: &mut Walk, index: usize) -> bool {
        let Some(row) = self.rows().get(index) else {
            return false;
        };
        let own = (self.note(index), self.is_marked(index));
        let subject = Subject {
            ti: self.session_ti(row),
            ..walk.next(row, self.log.events(), own)
        };
        filter.passes(&subject)
    }

    /// Changes when rows that were asked are others now.
    pub(super) const fn row_state(&self) -> (u64, u64) {
        (self.trace_no(), self.rows_no())
    }
}

impl Vocabulary for Workbench {
    fn paths(&self) -> Vec<String> {
        let rows = self.selected_row().into_iter().chain(self.rows().last());
        let trees = rows.flat_map(|row| trace::fields(row, self.log.events(), false));
        let paths: BTreeSet<String> = trees.map(|field| field.path).collect();
        paths.into_iter().collect()
    }

    fn values(&self, name: &Name) -> Vec<String> {
        let newest = self.rows().iter().rev().take(OFFERED);
        let values: BTreeSet<String> = match name.to_string().as_str() {
            "cmd" => newest.map(|row| row.name().to_owned()).collect(),
            "key" => newest
                .filter_map(|row| Some(row.key.as_ref()?.label.to_string()))
                .collect(),
            "app" => newest
                .filter_map(|row| Some(row.aid?.to_string()))
                .collect(),
            "status" => newest
                .filter_map(|row| Some(row.status?.to_string()))
                .collect(),
            "finding" => {
                let findings = newest.flat_map(|row| &row.findings);
                findings.map(|finding| finding.code.to_owned()).collect()
            }
            "note" => self.notes.values().cloned().collect(),
            _ => BTreeSet::new(),
        };
        values.into_iter().collect()
    }
}

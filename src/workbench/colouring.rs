//! Which colour rule a row fits. Only rows that are drawn are asked, so that rules cost nothing in a long trace.

use super::settings::ColourRule;
use super::state::Workbench;
use crate::filter::{Filter, Subject};

/// Filters of the rules that are in force, with the rules' places.
#[derive(Clone, Debug, Default)]
pub(super) struct Colouring {
    /// What it is made of.
    rules: Vec<ColourRule>,
    filters: Vec<(usize, Filter)>,
}

impl Colouring {
    pub(super) fn new(rules: &[ColourRule]) -> Self {
        let on = rules.iter().enumerate().filter(|(_, rule)| rule.on);
        let filters = on.filter_map(|(place, rule)| {
            let filter = Filter::parse(&rule.filter).ok().flatten()?;
            Some((place, filter))
        });
        Self {
            filters: filters.collect(),
            rules: rules.to_vec(),
        }
    }
}

impl Workbench {
    /// The first colour rule that a row fits.
    pub fn colour_rule(&self, index: usize) -> Option<&ColourRule> {
        if self.colouring.filters.is_empty() {
            return None;
        }
        let row = self.rows().get(index)?;
        let subject = Subject {
            row,
            events: self.log.events(),
            since_start: self.since_first(row),
            since_before: self.since_before(row).map(|(_, micros)| micros),
            ti: self.session_ti(row),
            note: self.note(index),
            marked: self.is_marked(index),
        };
        let mut filters = self.colouring.filters.iter();
        let (place, _) = filters.find(|(_, filter)| filter.passes(&subject))?;
        self.colouring.rules.get(*place)
    }

    /// The rules may be others now.
    pub(super) fn colour_anew(&mut self) {
        if self.colouring.rules != self.settings.colour_rules {
            self.colouring = Colouring::new(&self.settings.colour_rules);
            self.looks_no += 1;
        }
    }
}

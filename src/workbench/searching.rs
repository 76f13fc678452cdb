//! Which keys made the recorded authentications: the search beside the window, and what it found.

use std::fmt;
use std::path::Path;

use super::effect::Effect;
use super::log::Recording;
use super::notice::NoticeKind;
use super::running::Purpose;
use super::state::Workbench;
use super::task::{Product, Watch, Work};
use crate::key_search::{
    Alike, Candidates, Challenge, Dictionary, Match, Search, Source, learnt, recorded,
};
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use crate::trace::{Event, Exchange};

/// What a key search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResult {
    /// The authentications that were searched, in the order of the trace.
    pub authentications: Vec<Searched>,
    /// Keys that a decrypted ChangeKey showed and that the table lacks, with the row.
    pub learnt: Vec<(usize, KeyEntry)>,
    /// Keys that were tried, each by every rule.
    pub tried: usize,
    /// What is wrong with lines of the dictionary.
    pub complaint: Option<String>,
}

/// One authentication and the keys that fit it.
#[derive(Clone, Debug, PartialEq)]
pub struct Searched {
    /// Row.
    pub row: usize,
    /// The data sheet's name of the command.
    pub command: &'static str,
    /// Key number as the command names it.
    pub key_no: u8,
    /// All keys that fit.
    pub fits: Vec<Fit>,
}

/// A key that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Label in the table, or place in the dictionary.
    pub from: String,
    /// The rule that made it, where one did.
    pub rule: Option<String>,
    /// How it is like the first one that fits.
    pub alike: Option<Alike>,
    /// The entry to add to the table, when no entry gives this key as it stands.
    pub entry: Option<KeyEntry>,
}

/// What a search works on.
#[derive(Clone, Debug)]
pub(super) struct SearchWork {
    /// UID that the session names, where the trace does not show one.
    pub(super) uid: Option<Vec<u8>>,
    /// The only row that is searched; all when none.
    pub(super) row: Option<usize>,
    /// Name and text of a dictionary.
    pub(super) dictionary: Option<(String, KeyText)>,
}

/// The text of a file with keys, which nothing prints.
#[derive(Clone, Default, PartialEq)]
pub(super) struct KeyText(pub(super) Vec<u8>);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyText({} bytes)", self.0.len())
    }
}

/// Keys between two looks at the stop flag.
const SLICE: usize = 4096;

impl SearchWork {
    /// Searches; `go_on` is asked before each slice, with the keys that were tried and all of them. `None` when it said no.
    fn run(
        self,
        (rows, events): (&[Exchange], &[Event]),
        keyring: &Keyring,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Option<SearchResult> {
        let mut challenges = recorded(rows, events);
        challenges.retain(|challenge| self.row.is_none_or(|row| row == challenge.row));
        for challenge in &mut challenges {
            challenge.uid = challenge.uid.take().or_else(|| self.uid.clone());
        }
        let shown = learnt(rows, events, keyring);
        let mut all = keyring.clone();
        all.keys
            .extend(shown.iter().map(|learnt| learnt.entry.clone()));
        let candidates = Candidates::new(&all, &[]);
        let dictionary = self
            .dictionary
            .map(|(name, text)| Dictionary::new(&name, text.0));
        let mut search = Search::new(challenges, candidates, Vec::from_iter(dictionary));
        let mut slices = 0;
        loop {
            let progress = search.progress();
            if !go_on(slices * SLICE, progress.total) {
                return None;
            }
            if search.step(SLICE).is_done() {
                break;
            }
            slices += 1;
        }
        let own = search.challenges().iter().enumerate();
        let authentications = own.map(|(which, challenge)| searched(&search, which, challenge));
        Some(SearchResult {
            authentications: authentications.collect(),
            learnt: shown
                .into_iter()
                .map(|learnt| (learnt.row, learnt.entry))
                .collect(),
            tried: search.progress().total,
            complaint: search.dictionaries().iter().find_map(Dictionary::complaint),
        })
    }
}

/// Decodes, and tries keys on the authentications.
pub(super) fn find_keys(
    recording: &Recording,
    keyring: &Keyring,
    search: SearchWork,
    watch: &mut Watch<'_>,
) -> Option<Product> {
    let events = &recording.events;
    let total = events.len();
    let decoded = recording.decode(keyring, &mut watch.phase("Decoding", total))?;
    let mut go_on = |done, total| watch.goes_on("Trying keys", done, total);
    let result = search.run((decoded.rows(), events), keyring, &mut go_on)?;
    Some(Product::Found(result))
}

fn searched(search: &Search, which: usize, challenge: &Challenge) -> Searched {
    let fits = search
        .matches_of(which)
        .map(|(found, alike)| fit(found, alike, challenge));
    Searched {
        row: challenge.row,
        command: challenge.command,
        key_no: challenge.key_no,
        fits: fits.collect(),
    }
}

fn fit(found: &Match, alike: Option<Alike>, challenge: &Challenge) -> Fit {
    let rule = found.diversification.parts();
    let rule = rule.map(|(rule, template)| format!("{} of {}", rule.title(), template.text()));
    let (from, in_table) = match &found.source {
        Source::Table { label, .. } => (label.clone(), true),
        Source::Dictionary { name, line } => (format!("line {line} of {name}"), false),
    };
    let entry = KeyEntry {
        label: from.clone(),
        scope: challenge.aid.map_or(Scope::Any, Scope::Application),
        key_no: challenge.key_no,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: found.key_type,
        version: 0,
        value: found.key.clone(),
        diversification: Diversification::None,
    };
    Fit {
        from,
        rule,
        alike,
        // A key of the table that fits opens the row already, unless it stands at another place or rule.
        entry: (!in_table || challenge.known.is_none()).then_some(entry),
    }
}

impl Workbench {
    /// What the last key search in the shown trace found.
    pub fn search_result(&self) -> Option<&SearchResult> {
        let (trace_no, result) = self.found.as_ref()?;
        (*trace_no == self.trace_no).then_some(result)
    }

    /// Why no keys can be searched now.
    pub fn can_search(&self) -> Result<(), &'static str> {
        let mut looked = self.rows().iter().take(LOOKED);
        let shown = looked.any(|row| row.is_authentication() || row.is_iso_authentication());
        if shown || self.rows().len() > LOOKED {
            Ok(())
        } else {
            Err("Off, the trace shows no authentication")
        }
    }

    /// Starts a search over all authentications or that of one row.
    pub(super) fn search_keys(
        &mut self,
        row: Option<usize>,
        dictionary: Option<(String, KeyText)>,
    ) -> Vec<Effect> {
        let uid = self.header.card.as_ref().and_then(|card| card.uid.clone());
        let search = SearchWork {
            uid,
            row,
            dictionary,
        };
        let work = Work::Search {
            recording: self.log.recording.clone(),
            keyring: self.table.keyring.clone(),
            search,
        };
        let trace_no = self.trace_no;
        vec![self.begin(Purpose::Search { trace_no }, "Trying keys", work)]
    }

    /// The dictionary was read.
    pub(super) fn dictionary_read(
        &mut self,
        path: &Path,
        row: Option<usize>,
        bytes: Vec<u8>,
    ) -> Vec<Effect> {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        self.search_keys(row, Some((name.unwrap_or_default(), KeyText(bytes))))
    }

    /// Takes the result of a search.
    pub(super) fn searched(&mut self, trace_no: u64, result: SearchResult) {
        let all = result.authentications.len();
        let with = result
            .authentications
            .iter()
            .filter(|one| !one.fits.is_empty())
            .count();
        let text = match (with, all) {
            (_, 0) => "The trace holds no authentication that can be searched".to_owned(),
            (with, all) if with == all => format!("Keys found for all {all} authentications"),
            (with, all) => format!("Keys found for {with} of {all} authentications"),
        };
        self.notify(
            NoticeKind::Info,
            text,
            result.complaint.clone().unwrap_or_default(),
        );
        self.found = Some((trace_no, result));
    }
}

/// Rows that are looked at for an authentication in a frame; a longer trace is searched without looking first.
const LOOKED: usize = 2_000;

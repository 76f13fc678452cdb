//! What the user typed on each page, what it came to, and the way back. Nothing of it reaches a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::batch::BatchDraft;
use super::ledger::LedgerDraft;
use crate::bytes::hex;
use crate::calculator::open::Way;
use crate::calculator::{
    Beside, Field, Need, Outcome, Overrides, Place, Slip, TOPICS, Texts, Topic,
};
use crate::workbench::PageInputs;

/// The ways into the calculator of one row, with the state of the rows and the row.
type KeptWays = ((u64, usize), Arc<Vec<Way>>);

/// All pages.
#[derive(Debug, Default)]
pub struct CalculatorDraft {
    /// The page that is shown.
    pub(super) shown: Option<&'static str>,
    /// What is typed to find a page.
    pub(super) filter: String,
    /// The input that waits for the clipboard.
    pub(super) pasting: Option<&'static str>,
    /// Whether the panel was drawn in this frame.
    pub(super) drawn: bool,
    /// Whether the pointer was last pressed in it.
    pub(super) pressed: bool,
    pages: BTreeMap<&'static str, Page>,
    ways: Option<KeptWays>,
}

/// Where the inputs of a page come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) row: usize,
    pub(super) name: String,
    pub(super) trace: u64,
}

impl CalculatorDraft {
    /// The topic of the page that is shown.
    pub(super) fn topic(&self) -> Option<&'static Topic> {
        let shown = self.shown.and_then(crate::calculator::topic);
        shown.or_else(|| TOPICS.first().copied())
    }

    /// Shows a page.
    pub(in crate::app) fn show(&mut self, id: &'static str) {
        self.shown = Some(id);
    }

    /// Shows a page with inputs of a row; what was typed there before comes back with undo.
    pub(in crate::app) fn open(&mut self, way: &Way, (row, name, trace): (usize, &str, u64)) {
        self.shown = Some(way.topic);
        let page = self.pages.entry(way.topic).or_default();
        page.load(way.texts.clone());
        page.origin = Some(Origin {
            row,
            name: name.to_owned(),
            trace,
        });
    }

    /// The page of a topic, to be given back with [`Self::keep`].
    pub(super) fn take(&mut self, id: &str) -> Page {
        self.pages.remove(id).unwrap_or_default()
    }

    /// Gives a page back.
    pub(super) fn keep(&mut self, id: &'static str, page: Page) {
        self.pages.insert(id, page);
    }

    /// What can be computed again of a row: worked out once, the authentication may be far above.
    pub(in crate::app) fn ways(
        &mut self,
        of: (u64, usize),
        make: impl FnOnce() -> Vec<Way>,
    ) -> Arc<Vec<Way>> {
        if let Some((_, ways)) = self.ways.as_ref().filter(|(own, _)| *own == of) {
            return ways.clone();
        }
        let ways = Arc::new(make());
        self.ways = Some((of, ways.clone()));
        ways
    }

    /// Begins a frame; whether undo and redo belonged to the calculator in the last one.
    pub(in crate::app) fn begin_frame(&mut self) -> bool {
        std::mem::take(&mut self.drawn) && self.pressed
    }

    /// Takes back, or does again, the last change of the page that is shown.
    pub(in crate::app) fn travel(&mut self, back: bool) {
        if let Some(topic) = self.topic()
            && let Some(page) = self.pages.get_mut(topic.id)
        {
            page.travel(back);
        }
    }
}

/// Inputs and changed steps.
type State = (Texts, Overrides);

/// Steps back that are kept.
const STEPS_BACK: usize = 100;

/// One page.
#[derive(Default)]
pub(super) struct Page {
    texts: Texts,
    changed: Overrides,
    /// What is typed beside a line, by its key.
    pub(super) mine: BTreeMap<String, String>,
    /// The chosen line.
    pub(super) chosen: Option<String>,
    /// Whether the chosen line is to be brought into view.
    pub(super) bring: bool,
    /// The step whose bytes are being typed.
    pub(super) editing: Option<Editing>,
    /// Whether inputs that can be left out are shown.
    pub(super) more: bool,
    /// Inputs that were seen since the page was filled: they stay while somebody empties them to type anew.
    pub(super) seen: BTreeSet<&'static str>,
    /// Counts changes.
    pub(super) edits: u64,
    pub(super) origin: Option<Origin>,
    /// What is typed for the next line of a transaction.
    pub(super) ledger: LedgerDraft,
    /// What is shown of a file of many.
    pub(super) batch: BatchDraft,
    /// What is wrong with the inputs as they are.
    pub(super) slips: Vec<Slip>,
    /// Whether the table is one of earlier inputs, because those of now are refused.
    pub(super) stale: bool,
    past: Vec<State>,
    future: Vec<State>,
    /// What the last change was of: typing on is one step back.
    last: Option<String>,
    worked: Option<Arc<Worked>>,
    computed_for: Option<State>,
    judged: BTreeMap<String, (u64, String, Judged)>,
    revision: u64,
}

/// A table with what it was computed from.
#[derive(Debug)]
pub(super) struct Worked {
    texts: Texts,
    changed: Overrides,
    pub(super) outcome: Outcome,
}

/// Bytes of a step being typed.
#[derive(Debug)]
pub(super) struct Editing {
    pub(super) key: String,
    pub(super) text: String,
    /// Whether the field got the keyboard focus.
    pub(super) focused: bool,
    /// What stood in for the step before.
    pub(super) before: Option<Vec<u8>>,
    /// Why the text is not bytes.
    pub(super) error: Option<String>,
}

/// A typed value beside a computed one.
#[derive(Clone, Debug)]
pub(super) enum Judged {
    /// It is no bytes.
    Unread(String),
    /// How it compares.
    Read(Arc<Beside>),
}

impl Page {
    pub(super) fn texts(&self) -> &Texts {
        &self.texts
    }

    pub(super) fn changed(&self) -> &Overrides {
        &self.changed
    }

    /// What is typed in an input.
    pub(super) fn text(&self, field: &str) -> &str {
        self.texts.get(field).map_or("", String::as_str)
    }

    /// Types into an input.
    pub(super) fn set(&mut self, field: &str, text: String) {
        self.remember(field);
        if text.is_empty() {
            self.texts.remove(field);
        } else {
            self.texts.insert(field.to_owned(), text);
        }
    }

    /// Writes into an input, as a step back of its own.
    pub(super) fn set_anew(&mut self, field: &str, text: String) {
        self.last = None;
        self.set(field, text);
        self.last = None;
    }

    /// Puts bytes in place of a step's, or takes them away.
    pub(super) fn change(&mut self, key: &str, bytes: Option<Vec<u8>>) {
        self.remember(&format!("step {key}"));
        match bytes {
            Some(bytes) => drop(self.changed.insert(key.to_owned(), bytes)),
            None => drop(self.changed.remove(key)),
        }
    }

    /// Takes all changes of steps away.
    pub(super) fn reset_steps(&mut self) {
        self.remember("");
        self.changed.clear();
        self.editing = None;
    }

    /// Puts other inputs in place of all.
    pub(super) fn load(&mut self, texts: Texts) {
        self.remember("");
        self.last = None;
        self.batch.chosen = None;
        self.replace(texts);
    }

    fn replace(&mut self, texts: Texts) {
        self.texts = texts;
        self.changed.clear();
        self.mine.clear();
        self.editing = None;
        self.chosen = None;
        self.origin = None;
        self.seen.clear();
    }

    /// Puts what a line of a file says in place of what the page says of one; the inputs of these names stay.
    pub(super) fn load_line(&mut self, kept: &[&str], line: Texts) {
        let stay = |(name, _): &(&String, &String)| kept.contains(&name.as_str());
        let texts = self.texts.iter().filter(stay);
        let texts: Texts = texts
            .map(|(name, text)| (name.clone(), text.clone()))
            .chain(line)
            .collect();
        // Going through many lines is one step back.
        self.remember("line of a file");
        self.replace(texts);
    }

    /// The inputs of these names.
    pub(super) fn inputs(&self, names: &[&str]) -> PageInputs {
        let own = names
            .iter()
            .filter_map(|name| self.texts.get_key_value(*name));
        PageInputs(
            own.map(|(name, text)| (name.clone(), text.clone()))
                .collect(),
        )
    }

    fn remember(&mut self, what: &str) {
        self.edits += 1;
        if self.last.as_deref() != Some(what) || what.is_empty() {
            self.past.push((self.texts.clone(), self.changed.clone()));
            if self.past.len() > STEPS_BACK {
                self.past.remove(0);
            }
        }
        self.last = Some(what.to_owned());
        self.future.clear();
    }

    /// Whether there is a way back, or forth again.
    pub(super) fn can_travel(&self, back: bool) -> bool {
        !if back { &self.past } else { &self.future }.is_empty()
    }

    /// Goes back by one change, or forth again.
    pub(super) fn travel(&mut self, back: bool) {
        self.edits += 1;
        let (from, to) = if back {
            (&mut self.past, &mut self.future)
        } else {
            (&mut self.future, &mut self.past)
        };
        if let Some((texts, changed)) = from.pop() {
            to.push((
                std::mem::replace(&mut self.texts, texts),
                std::mem::replace(&mut self.changed, changed),
            ));
        }
        self.last = None;
        self.editing = None;
        self.batch.chosen = None;
    }

    /// Whether anything was typed or changed.
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.changed.is_empty() && self.mine.is_empty()
    }

    /// The table: computed when an input or a changed step is another than in the last frame. While an input is refused
    /// the last valid table stays.
    pub(super) fn worked(&mut self, topic: &Topic) -> Option<Arc<Worked>> {
        let now = (&self.texts, &self.changed);
        let known = self.computed_for.as_ref();
        if known.is_none_or(|(texts, changed)| (texts, changed) != now) {
            let outcome = topic.run(&self.texts, &self.changed);
            self.slips.clone_from(&outcome.slips);
            let had = self.worked.as_ref();
            self.stale = outcome.is_refused() && had.is_some_and(|had| !had.outcome.is_refused());
            if self.texts.is_empty() {
                self.stale = false;
            }
            if !self.stale {
                self.worked = Some(Arc::new(Worked {
                    texts: self.texts.clone(),
                    changed: self.changed.clone(),
                    outcome,
                }));
                self.revision += 1;
            }
            self.computed_for = Some((self.texts.clone(), self.changed.clone()));
        }
        self.worked.clone()
    }

    /// How what is typed beside a line compares; explained when it is another than in the last frame.
    pub(super) fn judged(&mut self, topic: &Topic, key: &str) -> Option<Judged> {
        let typed = self.mine.get(key).filter(|text| !text.trim().is_empty())?;
        if let Some((_, _, judged)) = self
            .judged
            .get(key)
            .filter(|(revision, text, _)| *revision == self.revision && text == typed)
        {
            return Some(judged.clone());
        }
        let worked = self.worked.as_ref()?;
        let judged = match hex::pasted(typed) {
            Ok(bytes) => Judged::Read(Arc::new(Beside::new(
                topic,
                &worked.texts,
                &worked.changed,
                &worked.outcome,
                key,
                &bytes,
            ))),
            Err(error) => Judged::Unread(error.to_string()),
        };
        let kept = (self.revision, typed.clone(), judged.clone());
        self.judged.insert(key.to_owned(), kept);
        Some(judged)
    }

    /// All values of the user that could be read.
    pub(super) fn beside(&mut self, topic: &Topic) -> Vec<Beside> {
        let keys: Vec<String> = self.mine.keys().cloned().collect();
        let judged = keys.iter().filter_map(|key| self.judged(topic, key));
        judged
            .filter_map(|judged| match judged {
                Judged::Read(beside) => Some((*beside).clone()),
                Judged::Unread(_) => None,
            })
            .collect()
    }

    /// What is wrong with an input; an input that still waits to be filled is not wrong yet.
    pub(super) fn slips_of(&self, field: &Field) -> Vec<Slip> {
        let waits = field.need == Need::Always && field.text(&self.texts).is_none();
        let own = |slip: &&Slip| slip.place == Place::Field(field.name.to_owned());
        let slips = self.slips.iter().filter(own);
        slips.filter(|_| !waits).cloned().collect()
    }

    /// The inputs that still have to be given.
    pub(super) fn waiting(&self, topic: &Topic) -> Vec<&'static str> {
        let fields = topic.fields.iter();
        let waits = fields.filter(|field| {
            let own = |slip: &Slip| slip.place == Place::Field(field.name.to_owned());
            field.text(&self.texts).is_none() && self.slips.iter().any(own)
        });
        waits.map(|field| field.label).collect()
    }
}

/// Keys are among the inputs: only their names are printed.
impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lengths = |texts: &BTreeMap<String, String>| -> Vec<(String, usize)> {
            texts
                .iter()
                .map(|(name, text)| (name.clone(), text.len()))
                .collect()
        };
        f.debug_struct("Page")
            .field("texts", &lengths(&self.texts))
            .field("changed", &self.changed.keys())
            .field("mine", &lengths(&self.mine))
            .field("chosen", &self.chosen)
            .field("editing", &self.editing.as_ref().map(|one| &one.key))
            .field("more", &self.more)
            .field("seen", &self.seen)
            .field("past", &self.past.len())
            .field("future", &self.future.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(id: &str) -> (&'static Topic, Page) {
        let topic = crate::calculator::topic(id).expect("a topic");
        let mut page = Page::default();
        page.load(topic.examples[0].texts());
        (topic, page)
    }

    #[test]
    fn typing_on_is_one_step_back() {
        let (_, mut page) = page("crc");
        let before = page.texts().clone();
        for text in ["0", "00", "000"] {
            page.set("data", text.into());
        }
        page.set("crc", "1".into());
        page.travel(true);
        assert_eq!(page.text("data"), "000");
        assert_eq!(page.text("crc"), "");
        page.travel(true);
        assert_eq!(*page.texts(), before);
        page.travel(false);
        assert_eq!(page.text("data"), "000");
    }

    #[test]
    fn the_last_valid_table_stays_while_an_input_is_refused() {
        let (topic, mut page) = page("crc");
        let first = page.worked(topic).expect("a table");
        page.set("data", "0".into());
        let second = page.worked(topic).expect("still there");
        assert!(page.stale && Arc::ptr_eq(&first, &second));
        page.set("data", "00".into());
        let third = page.worked(topic).expect("a new one");
        assert!(!page.stale && !Arc::ptr_eq(&first, &third));
    }

    #[test]
    fn no_key_is_printed() {
        let (_, page) = page("kcv");
        let printed = format!("{page:?}");
        assert!(printed.contains("key") && !printed.contains("00112233"));
    }
}

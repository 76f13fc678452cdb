//! What the program knows: the trace, the keys, the readers, the notices.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::card::Aid;
use crate::compare::Ignore;
use crate::crypto::vault::WorkFactor;
use crate::keyring::Keyring;
use crate::replay::Divergence;
use crate::report::Field;
use crate::session::{Session, demo, image, keys};
use crate::trace::Exchange;
use crate::trace::known::CardView;
use crate::virtual_card::Image;

use super::action::ReplayTarget;
use super::batches::Batches;
use super::colouring::Colouring;
use super::comparing::Compared;
use super::effect::Effect;
use super::filtering::Filtering;

use super::key_store::{Asked, KeyStore, KeyTable, Saving};
use super::log::TraceLog;
use super::log_line::LogLines;
use super::notice::{Notice, NoticeKind};
use super::reader::{Embedded, Place, Reader};
use super::repeating::Sending;
use super::running::{Recovery, Running};
use super::searching::{KeyText, SearchResult};
use super::seats::Seats;
use super::seeking::Seeking;
use super::settings::Settings;
use super::templates::Templates;
use super::undo::Undo;

/// Where the trace comes from and whether it is saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// File.
    pub path: Option<PathBuf>,
    /// The name people see.
    pub name: String,
    /// Start image that the session names.
    pub image: Option<String>,
    /// Whether something is not saved.
    pub changed: bool,
    /// Whether it is the trace that a crash left.
    pub recovered: bool,
    /// What is being written: number of events, and the notes.
    pub saving: Option<(usize, BTreeMap<usize, String>)>,
    /// Events that the file holds.
    pub saved: usize,
    /// What could not be written, so that it is not tried again and again.
    pub failed: Option<(usize, BTreeMap<usize, String>)>,
}

/// What the last replay found.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayResult {
    /// What it compared with.
    pub target: ReplayTarget,
    /// Exchanges that were the same.
    pub compared: usize,
    /// Row and sentence for each exchange that could not be compared.
    pub skipped: Vec<(usize, String)>,
    /// The first difference, and its row.
    pub divergence: Option<(usize, Divergence)>,
}

/// The model.
#[derive(Clone, Debug)]
pub struct Workbench {
    pub(super) log: TraceLog,
    /// The key table.
    pub(super) table: KeyTable,
    pub(super) key_edits: Undo<KeyTable>,
    /// The key store, when one is known.
    pub(super) store: Option<KeyStore>,
    /// A store on its way to its file.
    pub(super) saving: Option<Saving>,
    /// A store whose file is being read.
    pub(super) asked: Option<Asked>,
    /// Whether rows still hold what the keys of a locked store gave.
    pub(super) rows_hold_locked: bool,
    /// What each try of a passphrase of a new store costs.
    pub(super) work: WorkFactor,
    pub(super) readers: Vec<Reader>,
    pub(super) chosen: usize,
    /// Why PC/SC can't be used, while it can't.
    pub(super) desk_trouble: Option<String>,
    /// Whether the readers on the desk are known.
    pub(super) desk_known: bool,
    /// Readers by their number in the trace.
    pub(super) seats: Seats,
    pub(super) selected: Option<usize>,
    pub(super) follow: bool,
    /// Which rows are shown.
    pub(super) filtering: Filtering,
    pub(super) marks: BTreeSet<usize>,
    /// The row that was marked last.
    pub(super) last_mark: Option<usize>,
    /// A search in the rows.
    pub(super) seeking: Option<Seeking>,
    /// What gives rows a colour.
    pub(super) colouring: Colouring,
    /// Counts changes of marks, notes and colours.
    pub(super) looks_no: u64,
    pub(super) notes: BTreeMap<usize, String>,
    pub(super) document: Document,
    /// What the opened file says beyond its events.
    pub(super) header: Session,
    pub(super) replay: Option<ReplayResult>,
    /// What was sent again of this trace's rows, oldest first.
    pub(super) sendings: Vec<Sending>,
    /// How the trace compares with another one.
    pub(super) compared: Option<Compared>,
    /// What comparisons leave out.
    pub(super) ignore: Ignore,
    /// What a key search found, and in which trace.
    pub(super) found: Option<(u64, SearchResult)>,
    /// Files of lines that were checked.
    pub(super) batches: Batches,
    /// A key table that waits for the order of its AIDs: its name and content.
    pub(super) asking: Option<(String, KeyText)>,
    /// Tasks that run, oldest first.
    pub(super) running: Vec<Running>,
    /// What came of the trace that a crash left.
    pub(super) recovery: Recovery,
    /// Counts changes of the keys.
    pub(super) keys_no: u64,
    /// Which keys the rows are decoded with.
    pub(super) decoded_with: u64,
    /// Counts the traces that were shown.
    pub(super) trace_no: u64,
    /// Counts how often the key store was locked.
    pub(super) locks_no: u64,
    /// Counts how often all rows were replaced.
    pub(super) rows_no: u64,
    pub(super) notices: Vec<Notice>,
    pub(super) settings: Settings,
    /// What the bytes of files mean.
    pub(super) templates: Templates,
    pub(super) log_lines: LogLines,
    pub(super) next_id: u64,
    pub(super) next_reader: usize,
    pub(super) next_worker: usize,
    /// Milliseconds since 1970 UTC; told by the shell, because the model has no clock.
    pub(super) now_ms: u64,
    /// Seed for the cards' random numbers, in tests.
    pub(super) seed: Option<u64>,
}

impl Workbench {
    /// The model at the start: the demo keys, the embedded demo card, an empty trace. The effects start its worker.
    pub fn new(settings: Settings, seed: Option<u64>) -> (Self, Vec<Effect>) {
        let keyring = keys::read(demo::keys().as_bytes())
            .map(|reading| reading.value)
            .unwrap_or_default();
        let mut bench = Self {
            log: TraceLog::default(),
            table: KeyTable::new(keyring),
            key_edits: Undo::default(),
            store: settings.store.clone().map(KeyStore::locked),
            saving: None,
            asked: None,
            rows_hold_locked: false,
            work: WorkFactor::STANDARD,
            readers: Vec::new(),
            chosen: 0,
            desk_trouble: None,
            desk_known: false,
            seats: Seats::default(),
            selected: None,
            follow: true,
            filtering: Filtering::default(),
            marks: BTreeSet::new(),
            last_mark: None,
            seeking: None,
            colouring: Colouring::new(&settings.colour_rules),
            looks_no: 0,
            notes: BTreeMap::new(),
            document: Document::default(),
            header: Session::default(),
            replay: None,
            sendings: Vec::new(),
            compared: None,
            ignore: Ignore::default(),
            found: None,
            batches: Batches::default(),
            asking: None,
            running: Vec::new(),
            recovery: Recovery::default(),
            keys_no: 0,
            decoded_with: 0,
            trace_no: 0,
            locks_no: 0,
            rows_no: 0,
            notices: Vec::new(),
            templates: Templates::new(&settings.templates, 0),
            settings,
            log_lines: LogLines::default(),
            next_id: 1,
            next_reader: 0,
            next_worker: 0,
            now_ms: 0,
            seed,
        };
        let effects = bench.add_demo(demo::PERSONALISED, "EV3 card");
        (bench, effects)
    }

    /// Adds an embedded card from a demo image.
    pub(super) fn add_demo(&mut self, image_name: &str, name: &str) -> Vec<Effect> {
        let image = demo::image(image_name).and_then(|text| image::read(text.as_bytes()).ok());
        image.map_or_else(Vec::new, |image| vec![self.add_reader(image, name)])
    }

    /// Adds an embedded card, and starts its worker.
    pub(super) fn add_reader(&mut self, image: Image, name: &str) -> Effect {
        let snapshot = None;
        let card = Place::Embedded(Box::new(Embedded { image, snapshot }));
        let index = self.add_place(name, card);
        let started = self.start_worker(index);
        started.unwrap_or_else(|| Effect::Discard(Box::new(())))
    }

    /// Starts a worker for a reader, under a number that none had before.
    pub(super) fn start_worker(&mut self, index: usize) -> Option<Effect> {
        let (worker, seed) = (self.next_worker, self.seed);
        self.next_worker += 1;
        let reader = self.readers.get_mut(index)?;
        Some(reader.start(worker, seed))
    }

    /// Adds a reader under a name of its own; its place in the list.
    pub(super) fn add_place(&mut self, name: &str, place: Place) -> usize {
        let id = self.next_reader;
        self.next_reader += 1;
        let taken = |name: &String| self.readers.iter().any(|reader| reader.name == *name);
        let numbered = (2..).map(|number| format!("{name} {number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        self.readers.push(Reader::new(id, name, place));
        self.readers.len() - 1
    }

    /// The trace.
    pub const fn log(&self) -> &TraceLog {
        &self.log
    }

    /// All rows of the trace.
    pub fn rows(&self) -> &[Exchange] {
        self.log.rows()
    }

    /// What is known of the card after a row, and what the row has changed of it.
    pub fn card_at(&self, row: usize) -> Option<Arc<CardView>> {
        self.log.card_at(row)
    }

    /// Changes when another trace is shown.
    pub const fn trace_no(&self) -> u64 {
        self.trace_no
    }

    /// Changes when rows are replaced, not when rows are added.
    pub const fn rows_no(&self) -> u64 {
        self.rows_no
    }

    /// Changes when marks, notes or colour rules do.
    pub const fn looks_no(&self) -> u64 {
        self.looks_no
    }

    /// The key table.
    pub const fn keyring(&self) -> &Keyring {
        &self.table.keyring
    }

    /// All readers.
    pub fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// Why PC/SC can't be used, while it can't.
    pub fn desk_trouble(&self) -> Option<&str> {
        self.desk_trouble.as_deref()
    }

    /// Whether it is known which readers are on the desk.
    pub const fn desk_known(&self) -> bool {
        self.desk_known
    }

    /// Place of the chosen reader in [`Workbench::readers`].
    pub const fn chosen(&self) -> usize {
        self.chosen
    }

    /// The chosen reader.
    pub fn reader(&self) -> Option<&Reader> {
        self.readers.get(self.chosen)
    }

    /// The selected row's number.
    pub const fn selected(&self) -> Option<usize> {
        self.selected
    }

    /// The selected row.
    pub fn selected_row(&self) -> Option<&Exchange> {
        self.rows().get(self.selected?)
    }

    /// Whether the newest row is kept in view.
    pub const fn follow(&self) -> bool {
        self.follow
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, row: usize) -> bool {
        self.marks.contains(&row)
    }

    /// Whether any row is marked.
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// The note on a row.
    pub fn note(&self, row: usize) -> Option<&str> {
        self.notes.get(&row).map(String::as_str)
    }

    /// Where the trace comes from.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// What the last replay found.
    pub const fn replay_result(&self) -> Option<&ReplayResult> {
        self.replay.as_ref()
    }

    /// Name of a key table that waits for the order of its AIDs.
    pub fn asked_aid_order(&self) -> Option<&str> {
        self.asking.as_ref().map(|(name, _)| name.as_str())
    }

    /// Open notices, oldest first.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the program logged, the newest last.
    pub const fn log_lines(&self) -> &LogLines {
        &self.log_lines
    }

    /// An AID as the settings want it printed.
    pub fn aid_text(&self, aid: Aid) -> String {
        self.settings.aid_order.print(aid)
    }

    /// The value of a field; an AID as the settings want it printed.
    pub fn field_text(&self, field: &Field) -> String {
        let aid = field.value.parse().ok().filter(|_| field.name == "AID");
        aid.map_or_else(|| field.value.clone(), |aid| self.aid_text(aid))
    }

    /// Whether an edit of the keys can be taken back.
    pub const fn can_undo(&self) -> bool {
        self.key_edits.can_undo()
    }

    /// Whether it can be done again.
    pub const fn can_redo(&self) -> bool {
        self.key_edits.can_redo()
    }

    /// Why nothing can be sent to the chosen reader now.
    pub fn can_send(&self) -> Result<(), &'static str> {
        self.reader()
            .map_or(Err("Off, there is no reader"), Reader::can_send)
    }

    /// Why no fault can be taken back now.
    pub fn can_disarm(&self) -> Result<(), &'static str> {
        match self.can_send() {
            Err(why)
                if self
                    .reader()
                    .is_none_or(|reader| !reader.alive || reader.busy.is_some()) =>
            {
                Err(why)
            }
            _ => Ok(()),
        }
    }

    /// Why nothing can be replayed now.
    pub fn can_replay(&self) -> Result<(), &'static str> {
        if self.rows().is_empty() {
            Err("Off, the trace is empty")
        } else {
            Ok(())
        }
    }

    /// Tells the time, for log records on the card.
    pub const fn set_now(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
    }

    pub(super) fn notify(
        &mut self,
        kind: NoticeKind,
        text: impl Into<String>,
        details: impl Into<String>,
    ) {
        let id = self.next_id;
        self.next_id += 1;
        let (text, details) = (text.into(), details.into());
        match kind {
            NoticeKind::Info => tracing::info!("{text} {details}"),
            NoticeKind::Warning => tracing::warn!("{text} {details}"),
            NoticeKind::Failure => tracing::error!("{text} {details}"),
        }
        self.notices.push(Notice {
            id,
            kind,
            text,
            details,
            row: None,
        });
    }
}

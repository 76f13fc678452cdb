//! Another trace takes the place of the one that is shown.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::report::Finding;
use crate::session::Session;
use crate::trace::{Event, EventKind, Presented};

use crate::workbench::effect::Effect;
use crate::workbench::log::TraceLog;
use crate::workbench::notice::NoticeKind;
use crate::workbench::running::{Opening, Purpose};
use crate::workbench::seats::Seats;
use crate::workbench::state::{Document, Workbench};
use crate::workbench::task::Work;

/// An opened trace: what the file says beyond its events, the decoded events, the remarks by the number of
/// events before them, and what its reader noticed.
pub(in crate::workbench) struct Opened {
    pub(in crate::workbench) header: Session,
    pub(in crate::workbench) log: TraceLog,
    pub(in crate::workbench) remarks: Vec<(usize, String)>,
    pub(in crate::workbench) findings: Vec<Finding>,
}

impl Workbench {
    /// Opens a session or a text trace; what is open stays until it is read.
    pub(super) fn open(
        &mut self,
        bytes: Vec<u8>,
        path: Option<PathBuf>,
        name: &str,
    ) -> Vec<Effect> {
        self.start_opening(bytes, path, name.to_owned(), false)
    }

    /// A journal is a session whose end is missing; that it is cut off is no news.
    pub(super) fn recover(&mut self, bytes: Vec<u8>) -> Vec<Effect> {
        self.start_opening(bytes, None, "Recovered trace".into(), true)
    }

    fn start_opening(
        &mut self,
        bytes: Vec<u8>,
        path: Option<PathBuf>,
        name: String,
        recovered: bool,
    ) -> Vec<Effect> {
        let opening = Opening {
            path,
            name,
            recovered,
            trace_no: self.trace_no,
            events: self.log.events().len(),
            keys_no: self.keys_no,
        };
        let keyring = self.table.keyring.clone();
        let work = Work::Open { bytes, keyring };
        vec![self.begin(Purpose::Open(opening), "Reading", work)]
    }

    pub(super) fn new_session(&mut self) -> Vec<Effect> {
        self.stop(|purpose| matches!(purpose, Purpose::Open(_)));
        self.show(Session::default(), TraceLog::default(), Document::default())
    }

    /// Shows what was opened. Events that arrived meanwhile belong to it, as if they had come a moment later.
    pub(in crate::workbench) fn opened(&mut self, opening: Opening, opened: Opened) -> Vec<Effect> {
        let Opened {
            header,
            log,
            remarks,
            findings,
        } = opened;
        if opening.recovered && log.events().is_empty() {
            return Vec::new();
        }
        // Another trace that was opened meanwhile did not arrive from a card.
        let same = opening.trace_no == self.trace_no;
        let later = self.log.events().get(opening.events..).filter(|_| same);
        let later = later.unwrap_or_default().to_vec();
        let lying = if later.is_empty() {
            BTreeMap::new()
        } else {
            lying(self.log.events().iter().take(opening.events))
        };
        let document = Document {
            image: header.image.clone(),
            recovered: opening.recovered,
            changed: opening.recovered || !later.is_empty(),
            name: opening.name,
            path: opening.path.clone(),
            saved: log.events().len(),
            ..Document::default()
        };
        let seats = std::mem::take(&mut self.seats);
        let taken = log.readers();
        let mut effects = self.show(header, log, document);
        if same {
            self.seats = seats;
        }
        self.seats.move_behind(taken);
        self.decoded_with = opening.keys_no;
        self.take_remarks(remarks);
        for event in later {
            let card = lying.get(&event.reader);
            let reader = event.reader.saturating_add(taken);
            self.record_again(Event { reader, ..event }, card);
        }
        if let Some(path) = opening.path {
            self.remember(path);
        }
        if opening.recovered {
            let text = "The program ended before this trace was saved; it is shown again";
            self.notify(NoticeKind::Info, text, "");
        } else {
            for finding in findings {
                self.notify(NoticeKind::Warning, finding.text, "");
            }
        }
        // The keys may have changed while the file was read.
        self.rows_hold_locked |= self.is_locked() && opening.keys_no != self.keys_no;
        effects.extend(self.redecode());
        effects
    }

    fn show(&mut self, header: Session, log: TraceLog, document: Document) -> Vec<Effect> {
        self.stop(|purpose| {
            matches!(
                purpose,
                Purpose::Decode
                    | Purpose::Replay { .. }
                    | Purpose::Compare(_)
                    | Purpose::Search { .. }
            )
        });
        let before = std::mem::replace(&mut self.log, log);
        self.trace_no += 1;
        self.rows_no += 1;
        self.decoded_with = self.keys_no;
        self.header = header;
        self.document = document;
        self.seats = Seats::default();
        self.selected = None;
        self.follow = self.document.path.is_none() && self.document.name.is_empty();
        self.marks.clear();
        self.last_mark = None;
        self.seeking = None;
        self.notes.clear();
        self.sendings.clear();
        self.replay = None;
        Self::discard(before.rows().len(), before)
    }

    fn take_remarks(&mut self, remarks: Vec<(usize, String)>) {
        for (event, text) in remarks {
            let rows = self.rows();
            let row = rows
                .partition_point(|row| row.first_event < event)
                .saturating_sub(1);
            let note = self.notes.entry(row).or_default();
            if !note.is_empty() {
                note.push('\n');
            }
            note.push_str(&text);
        }
    }
}

/// The cards that lie at the readers after these events, by the readers' numbers in the trace.
fn lying<'a>(events: impl Iterator<Item = &'a Event>) -> BTreeMap<u16, Presented> {
    let mut lying = BTreeMap::new();
    for event in events {
        match &event.kind {
            EventKind::Card(card) => {
                lying.insert(event.reader, Presented::clone(card));
            }
            EventKind::FieldOff => {
                lying.remove(&event.reader);
            }
            _ => {}
        }
    }
    lying
}

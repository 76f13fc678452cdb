//! What is typed in the Repeat panel: a draft for each row that was put there.

use std::collections::BTreeMap;

use crate::apdu::{Family, Frame};
use crate::bytes::hex;
use crate::card::CommMode;
use crate::workbench::{Repeat, Workbench};

/// The drafts of one trace.
#[derive(Debug, Default)]
pub struct RepeatDrafts {
    /// As [`Workbench::repeats_no`] counts.
    number: (u64, u64),
    /// Row whose draft is shown.
    pub shown: Option<usize>,
    drafts: BTreeMap<usize, RepeatDraft>,
    /// A command that would erase something of a real card, and waits for the answer to the question whether it may.
    pub asked: Option<Repeat>,
}

/// A command being edited. Header and data are what counts; fields are another way to type them.
#[derive(Debug)]
pub(super) struct RepeatDraft {
    /// P1 and P2 of a command that is not DESFire's own.
    pub p1p2: String,
    /// Parameters that travel in clear.
    pub header: String,
    /// The other parameters.
    pub data: String,
    /// Communication mode inside a session.
    pub mode: CommMode,
    /// What is typed in fields by their place, as long as it is not what they print.
    pub typed: BTreeMap<usize, String>,
}

impl RepeatDrafts {
    /// Shows the draft of a row, a new one when it has none.
    pub fn open(&mut self, bench: &Workbench, row: usize) {
        self.follow(bench);
        if let Ok(repeat) = bench.repeat_of(row) {
            let draft = self.drafts.entry(row);
            draft.or_insert_with(|| RepeatDraft::of(&repeat));
            self.shown = Some(row);
        }
    }

    /// Drafts of another trace are gone with it, and those of a locked key store's rows with its keys.
    pub(super) fn follow(&mut self, bench: &Workbench) {
        let number = bench.repeats_no();
        if self.number != number {
            *self = Self {
                number,
                ..Self::default()
            };
        }
    }

    /// Rows with a draft.
    pub(super) fn rows(&self) -> Vec<usize> {
        self.drafts.keys().copied().collect()
    }

    /// The draft of a row.
    pub(super) fn get_mut(&mut self, row: usize) -> Option<&mut RepeatDraft> {
        self.drafts.get_mut(&row)
    }
}

impl RepeatDraft {
    /// The command as it is.
    pub(super) fn of(repeat: &Repeat) -> Self {
        let mut draft = Self {
            p1p2: hex::upper(repeat.frame.p1p2),
            header: String::new(),
            data: String::new(),
            mode: repeat.mode,
            typed: BTreeMap::new(),
        };
        draft.set(&repeat.frame);
        draft
    }

    /// Takes the parameters of a frame.
    pub(super) fn set(&mut self, frame: &Frame) {
        self.header = hex::upper(&frame.header);
        self.data = hex::upper(&frame.data);
    }

    /// The edited command, made of the row's; the error names the text that is no bytes.
    pub(super) fn repeat(&self, base: &Repeat) -> Result<Repeat, String> {
        let bytes =
            |name: &str, text: &str| hex::parse(text).map_err(|error| format!("{name}: {error}"));
        let mut repeat = base.clone();
        repeat.mode = self.mode;
        if base.frame.family != Family::Desfire {
            let p1p2 = hex::array(&self.p1p2);
            repeat.frame.p1p2 = p1p2.map_err(|error| format!("{P1P2}: {error}"))?;
        }
        repeat.frame.header = bytes(HEADER, &self.header)?;
        repeat.frame.data = bytes(DATA, &self.data)?;
        Ok(repeat)
    }
}

pub(super) const P1P2: &str = "P1 P2";
pub(super) const HEADER: &str = "Header";
pub(super) const DATA: &str = "Data";

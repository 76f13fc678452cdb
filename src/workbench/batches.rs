//! Files full of transactions or URLs, checked with the inputs of a page of the calculator beside the window.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::effect::Effect;
use super::key_store::name_of;
use super::notice::NoticeKind;
use super::running::Purpose;
use super::state::Workbench;
use super::task::{Product, Watch, Work};
use crate::calculator::Texts;
use crate::calculator::batch::{Checked, Kind, Listed, Standing};
use crate::session::batch;

/// Inputs of a page by their names. Keys are among them: nothing of them is printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PageInputs(pub Texts);

impl fmt::Debug for PageInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A file whose lines were checked.
#[derive(Debug)]
pub struct CheckedFile {
    /// Tells it from the one before.
    pub no: u64,
    /// Where it is.
    pub path: PathBuf,
    /// What its lines were checked with.
    pub inputs: PageInputs,
    /// The lines with what came of them.
    pub checked: Checked,
    /// Lines that are wrong or worth a look, from 0, in the order of the file.
    pub told: Vec<usize>,
    /// Cards with gaps.
    pub gaps: Vec<Listed>,
    /// All of it in a sentence, without a full stop.
    pub summary: String,
    /// Whether a line, or a card, is wrong.
    pub is_wrong: bool,
    /// What was left out of the file.
    pub remarks: Vec<String>,
}

impl CheckedFile {
    /// Its name without folders.
    pub fn name(&self) -> String {
        name_of(&self.path)
    }
}

/// What is being checked.
#[derive(Clone, Debug)]
pub(super) struct Checking {
    pub(super) kind: Kind,
    pub(super) path: PathBuf,
}

/// A file to be checked.
#[derive(Clone)]
pub(super) struct CheckWork {
    kind: Kind,
    path: PathBuf,
    inputs: PageInputs,
    bytes: Vec<u8>,
}

impl fmt::Debug for CheckWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckWork({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// The files that were checked, and what the next ones are checked with.
#[derive(Clone, Debug, Default)]
pub(super) struct Batches {
    files: BTreeMap<Kind, Arc<CheckedFile>>,
    inputs: BTreeMap<Kind, PageInputs>,
    /// Counts the files.
    count: u64,
}

/// Lines between two looks at the stop flag.
const SLICE: usize = 4096;

/// Reads a file and checks its lines.
pub(super) fn check(work: CheckWork, watch: &mut Watch<'_>) -> Option<Product> {
    let CheckWork {
        kind,
        path,
        inputs,
        bytes,
    } = work;
    if !watch.goes_on("Reading the lines", 0, 0) {
        return None;
    }
    let reading = match batch::open(kind, &inputs.0, &bytes) {
        Ok(reading) => reading,
        Err(error) => return Some(Product::Unreadable(error.to_string())),
    };
    drop(bytes);
    let mut checked = reading.value;
    let ended = checked.run(SLICE, |progress| {
        watch.goes_on("Checking the lines", progress.done, progress.total)
    });
    ended.then(|| {
        let told = |index: &usize| checked.standing(*index) != Some(Standing::Right);
        Product::Checked(Box::new(CheckedFile {
            told: (0..checked.len()).filter(told).collect(),
            gaps: checked.gaps(),
            summary: checked.summary(),
            is_wrong: checked.is_wrong(),
            no: 0,
            remarks: reading
                .findings
                .into_iter()
                .map(|finding| finding.text)
                .collect(),
            path,
            inputs,
            checked,
        }))
    })
}

impl Workbench {
    /// The file of this kind that was checked last, until it is put away.
    pub fn checked(&self, kind: Kind) -> Option<&Arc<CheckedFile>> {
        self.batches.files.get(&kind)
    }

    /// Says what the next file is checked with.
    pub(super) fn prepare_check(&mut self, kind: Kind, inputs: PageInputs) {
        self.batches.inputs.insert(kind, inputs);
    }

    /// The file can't be read: keys are among the inputs and not kept for nothing.
    pub(super) fn lines_unread(&mut self, kind: Kind) {
        self.batches.inputs.remove(&kind);
    }

    /// The file was read.
    pub(super) fn lines_read(&mut self, path: &Path, kind: Kind, bytes: Vec<u8>) -> Vec<Effect> {
        let inputs = self.batches.inputs.remove(&kind).unwrap_or_default();
        let path = path.to_owned();
        let work = Work::Check(CheckWork {
            kind,
            path: path.clone(),
            inputs,
            bytes,
        });
        let purpose = Purpose::Check(Checking { kind, path });
        vec![self.begin(purpose, "Reading the lines", work)]
    }

    /// Takes the result.
    pub(super) fn lines_checked(&mut self, checking: &Checking, product: Product) -> Vec<Effect> {
        match product {
            Product::Checked(file) => {
                let text = format!("{}: {}", file.name(), file.summary);
                let kind = if file.is_wrong {
                    NoticeKind::Warning
                } else {
                    NoticeKind::Info
                };
                self.notify(kind, text, file.remarks.join("\n"));
                let mut file = *file;
                self.batches.count += 1;
                file.no = self.batches.count;
                let before = self.batches.files.insert(checking.kind, Arc::new(file));
                Self::put_away(before)
            }
            Product::Unreadable(why) => {
                let text = format!("{} can't be checked", name_of(&checking.path));
                self.notify(NoticeKind::Failure, text, why);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Puts a checked file away.
    pub(super) fn close_checked(&mut self, kind: Kind) -> Vec<Effect> {
        Self::put_away(self.batches.files.remove(&kind))
    }

    fn put_away(file: Option<Arc<CheckedFile>>) -> Vec<Effect> {
        file.map_or_else(Vec::new, |file| Self::discard(file.checked.len(), file))
    }
}

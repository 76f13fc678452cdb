//! What the world outside the model must do.

use std::path::PathBuf;

use super::action::FilePurpose;
use super::job::Job;
use super::task::Task;
use crate::virtual_card::Image;

/// A side effect, carried out by the shell or by a test.
#[derive(Debug)]
pub enum Effect {
    /// Run a job on a reader's worker.
    Submit(Job),
    /// Start a worker for a new embedded card.
    StartReader {
        /// Number of the reader.
        reader: usize,
        /// What the card holds.
        image: Box<Image>,
        /// Seed of its random numbers; the operating system's when none.
        seed: Option<u64>,
    },
    /// End a worker.
    StopReader(usize),
    /// Read a file and push [`super::Action::FileRead`].
    Read {
        /// Where from.
        path: PathBuf,
        /// What for.
        purpose: FilePurpose,
    },
    /// Replace a file as a whole and push [`super::Action::FileWritten`].
    Write {
        /// Where to.
        path: PathBuf,
        /// What for.
        purpose: FilePurpose,
        /// The new content.
        text: String,
    },
    /// Run a task beside the window and absorb its news.
    Compute(Task),
    /// Free what is large, which takes too long for a frame.
    Discard(Box<dyn std::any::Any + Send>),
    /// Put text on the clipboard.
    Copy(String),
}

//! What the world outside the model must do.

use std::path::PathBuf;

use super::action::FilePurpose;
use super::job::Job;
use super::reader::Port;
use super::task::Task;
use crate::transport::pcsc::{Protocol, ReaderName, Sharing};
use crate::virtual_card::Image;

/// Where the cards of a new worker come from.
#[derive(Debug)]
pub enum CardSource {
    /// A virtual card that holds this.
    Embedded(Box<Image>),
    /// A PC/SC reader.
    Desk {
        /// Which one.
        reader: ReaderName,
        /// Whether other programs may talk to the card meanwhile.
        sharing: Sharing,
        /// How frames travel.
        protocol: Protocol,
    },
    /// A port that cards connect to.
    Port(Port),
}

/// A side effect, carried out by the shell or by a test.
#[derive(Debug)]
pub enum Effect {
    /// Run a job on a reader's worker.
    Submit(Job),
    /// Start a worker for a reader.
    StartReader {
        /// Number of the worker.
        worker: usize,
        /// Its name.
        name: String,
        /// Where its cards come from.
        source: CardSource,
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
        content: Vec<u8>,
    },
    /// Run a task beside the window and absorb its news.
    Compute(Task),
    /// Free what is large, which takes too long for a frame.
    Discard(Box<dyn std::any::Any + Send>),
    /// Put text on the clipboard.
    Copy(String),
}

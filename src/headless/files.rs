//! Files and output, with sentences for what goes wrong.

use std::io::Write;
use std::path::Path;

use crate::workbench::worker_files::{self, sentence};

use super::BadInput;

/// The whole file; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, BadInput> {
    let read = if path == Path::new("-") {
        worker_files::read_from(std::io::stdin(), "-")
    } else {
        worker_files::read(path)
    };
    read.map_err(|error| BadInput(error.to_string()))
}

/// Replaces the file as a whole.
pub(super) fn write(path: &Path, content: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), BadInput> {
    worker_files::write(path, content.as_ref()).map_err(|error| BadInput(error.to_string()))
}

/// Writes one line of output. A reader that has seen enough, such as `head`, closes the pipe: the task goes on
/// quietly, what it saves is not lost.
pub(super) fn print(out: &mut impl Write, line: &str) -> Result<(), BadInput> {
    written(writeln!(out, "{line}"))
}

/// The end of the output.
pub(super) fn flush(out: &mut impl Write) -> Result<(), BadInput> {
    written(out.flush())
}

fn written(result: std::io::Result<()>) -> Result<(), BadInput> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(BadInput(format!("standard output: {}", sentence(&error)))),
        Ok(()) => Ok(()),
    }
}

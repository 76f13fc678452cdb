//! Reading and writing files, with sentences for what goes wrong.

use std::io::{Read, Write};
use std::path::Path;

use super::BadInput;

/// Largest file that is opened: far above any recording, below what would exhaust memory.
const LARGEST: u64 = 1 << 30;

/// The whole file; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, BadInput> {
    let failed = |error: std::io::Error| BadInput(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let mut source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(failed)?)
    };
    source
        .by_ref()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(BadInput(format!(
            "{}: the file is larger than {} MiB",
            path.display(),
            LARGEST >> 20
        )));
    }
    Ok(bytes)
}

/// Replaces the file as a whole: after a full disk or a crash the old content is still there.
pub(super) fn write(path: &Path, text: &str) -> Result<(), BadInput> {
    let failed =
        |error: std::io::Error| BadInput(format!("{}: not saved: {error}", path.display()));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Writes one line of output; a closed pipe ends the task quietly.
pub(super) fn print(out: &mut impl Write, line: &str) -> Result<(), BadInput> {
    writeln!(out, "{line}").map_err(|error| BadInput(format!("standard output: {error}")))
}

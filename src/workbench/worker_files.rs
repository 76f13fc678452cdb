//! Reading and writing files, with sentences for what goes wrong; for the window and the command line alike.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::path::Path;

/// Why a file could not be read or written: a sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileError(String);

/// Largest file that is opened: far above any recording, below what would exhaust memory.
const LARGEST: u64 = 1 << 30;

/// The whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let name = path.display().to_string();
    let source = std::fs::File::open(path);
    let source = source.map_err(|error| FileError(format!("{name}: {}", sentence(&error))))?;
    read_from(source, &name)
}

/// All of a source that `name` names in sentences.
pub fn read_from(source: impl Read, name: &str) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    source
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError(format!("{name}: {}", sentence(&error))))?;
    if bytes.len() as u64 > LARGEST {
        let limit = LARGEST >> 20;
        return Err(FileError(format!(
            "{name}: the file is larger than {limit} MiB"
        )));
    }
    Ok(bytes)
}

/// Replaces the file as a whole: after a full disk or a crash the old content is still there.
///
/// What is no ordinary file, such as a pipe or a device, is written into instead.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let failed = |error: &std::io::Error| {
        FileError(format!(
            "{}: not saved: {}",
            path.display(),
            sentence(error)
        ))
    };
    match std::fs::metadata(path) {
        Ok(known) if known.is_dir() => Err(failed(&std::io::ErrorKind::IsADirectory.into())),
        Ok(known) if known.is_file() => {
            // A link stays a link.
            let target = path.canonicalize().map_err(|error| failed(&error))?;
            let permissions = Some(known.permissions());
            replace(&target, content, permissions).map_err(|error| failed(&error))
        }
        Ok(_) => std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(content))
            .map_err(|error| failed(&error)),
        Err(_) => {
            let folder = folder(path);
            if folder.is_dir() {
                replace(path, content, None).map_err(|error| failed(&error))
            } else {
                Err(FileError(format!(
                    "{}: not saved: there is no folder {}",
                    path.display(),
                    folder.display()
                )))
            }
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn replace(path: &Path, content: &[u8], permissions: Option<Permissions>) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
    file.write_all(content)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What the operating system says, without its error number and without the names of temporary files.
pub fn sentence(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        ErrorKind::IsADirectory => "this is a folder, a file expected".into(),
        ErrorKind::StorageFull => "the disk is full".into(),
        ErrorKind::QuotaExceeded => "the disk quota is used up".into(),
        ErrorKind::FileTooLarge => "the file would be larger than allowed".into(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text.get(..end).unwrap_or(&text).to_owned()
        }
    }
}

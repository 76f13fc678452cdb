//! Key files of every form: which one a file has, and how to read it.

use super::error::{FieldError, KeyFileError};
use super::{LARGEST, dictionary, table};
use crate::keyring::Keyring;
use crate::report::{Finding, Severity};
use crate::session::Reading;
use crate::session::table::{is_idle, separator};

/// A form of key files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFormat {
    /// Our own, [`super::read`].
    Json,
    /// A table with separators.
    Csv,
    /// One key a line.
    Dic,
}

impl KeyFormat {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Dic];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Dic => "dic",
        }
    }

    /// Reads the name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The form of a file: JSON begins with a brace, a dictionary with a key, a table has separators.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let mut lines = content(bytes).split(|byte| *byte == b'\n');
        let first = lines.find(|line| !is_idle(line))?;
        match first.trim_ascii_start().first() {
            Some(b'{' | b'[') => Some(Self::Json),
            _ if dictionary::is_key(first) => Some(Self::Dic),
            _ if separator(first).is_some() => Some(Self::Csv),
            // A dictionary may begin with a line that can't be read.
            _ => lines
                .take(SEARCHED)
                .any(dictionary::is_key)
                .then_some(Self::Dic),
        }
    }
}

/// Lines that are searched for a key.
const SEARCHED: usize = 1_000;

/// In which order the bytes of an AID stand in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AidOrder {
    /// As people write it: `014499`.
    MostSignificantFirst,
    /// As it crosses the interface: `994401`.
    Wire,
}

/// What an import must be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions<'a> {
    /// The form; found out when not given.
    pub format: Option<KeyFormat>,
    /// Order of the bytes in the AIDs of a table. A table with AIDs is refused without it.
    pub aid_order: Option<AidOrder>,
    /// Name of the file, for the labels of keys that have none.
    pub name: &'a str,
}

/// Reads a key file of any form. Lines of a table or dictionary that can't be read become findings; the others are
/// kept.
pub fn import(bytes: &[u8], options: ImportOptions<'_>) -> Result<Reading<Keyring>, KeyFileError> {
    if bytes.len() > LARGEST {
        return Err(KeyFileError::Size {
            got: bytes.len(),
            most: LARGEST,
        });
    }
    match options.format.or_else(|| KeyFormat::detect(bytes)) {
        Some(KeyFormat::Csv) => table::read(content(bytes), options.aid_order),
        Some(KeyFormat::Dic) => dictionary::read(content(bytes), options.name),
        Some(KeyFormat::Json) | None => super::read(bytes),
    }
}

/// Whether a file is a table with AIDs, so that [`ImportOptions::aid_order`] must be given.
pub fn asks_aid_order(bytes: &[u8], format: Option<KeyFormat>) -> bool {
    let format = format.or_else(|| KeyFormat::detect(bytes));
    format == Some(KeyFormat::Csv) && table::asks_aid_order(content(bytes))
}

/// The bytes without the mark that some editors put before UTF-8.
fn content(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// A line that can't be read.
pub(super) fn bad_line(line: u64, problem: &FieldError) -> Finding {
    Finding::error("key_line", format!("line {line}: {problem}")).field("line")
}

/// Refuses a file of which no line could be read.
pub(super) fn or_refuse(reading: Reading<Keyring>) -> Result<Reading<Keyring>, KeyFileError> {
    let bad = |finding: &&Finding| finding.severity == Severity::Error;
    let mut errors = reading.findings.iter().filter(bad);
    match errors.next() {
        Some(first) if reading.value.is_empty() => Err(KeyFileError::Lines {
            first: first.text.clone(),
            more: errors.count(),
        }),
        _ => Ok(reading),
    }
}

//! Comma-separated values, as spreadsheets and other tools write them: rows with their lines, columns by their names.
//!
//! The first row names the columns, in any order; without names they stand in an order of their own. Separators are
//! comma, semicolon or tab.

use csv::{ByteRecord, ReaderBuilder, Trim};

/// The rows of a file.
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    rows: csv::Reader<&'a [u8]>,
    /// Names of the columns, of those that are known.
    pub(super) columns: Vec<Option<&'static str>>,
    /// Names that are no column's, with the line of names.
    pub(super) unknown: (u64, Vec<String>),
    /// Whether the first row named the columns.
    pub(super) is_named: bool,
    /// The first row, when it names no columns.
    first: Option<(u64, Vec<String>)>,
}

impl<'a> Table<'a> {
    /// The first row names the columns when one of its cells is `telling`.
    pub(super) fn new(bytes: &'a [u8], known: &'static [&'static str], telling: &str) -> Self {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let first = lines.find(|line| !is_idle(line)).and_then(separator);
        let mut table = Self {
            bytes,
            rows: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .trim(Trim::All)
                .comment(Some(b'#'))
                .delimiter(first.unwrap_or(b','))
                .from_reader(bytes),
            columns: known.iter().copied().map(Some).collect(),
            unknown: (0, Vec::new()),
            is_named: false,
            first: None,
        };
        if let Some((line, cells)) = table.next() {
            let named: Vec<_> = cells.iter().map(|cell| column(known, cell)).collect();
            if named.contains(&Some(telling)) {
                let cells = cells.into_iter().zip(&named);
                let unknown = cells.filter(|(_, known)| known.is_none());
                table.unknown = (line, unknown.map(|(cell, _)| cell).collect());
                table.columns = named;
                table.is_named = true;
            } else {
                table.first = Some((line, cells));
            }
        }
        table
    }

    /// The next row with its line, from 1; rows without any text are passed over.
    pub(super) fn next(&mut self) -> Option<(u64, Vec<String>)> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let mut record = ByteRecord::new();
        // Bytes are read from memory: there is nothing else that could go wrong.
        while self.rows.read_byte_record(&mut record).unwrap_or(false) {
            let cells = record.iter();
            let cells: Vec<_> = cells
                .map(|cell| String::from_utf8_lossy(cell).into_owned())
                .collect();
            let idle = cells.iter().all(String::is_empty);
            if !idle && !cells.first().is_some_and(|cell| cell.starts_with('#')) {
                return Some((self.line(&record), cells));
            }
        }
        None
    }

    /// The line of a row; the reader tells where it was before it passed over comments and empty lines.
    fn line(&self, record: &ByteRecord) -> u64 {
        let Some(position) = record.position() else {
            return 0;
        };
        let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let passed = rest.split(|byte| *byte == b'\n');
        let passed = passed.take_while(|line| is_idle(line));
        (position.line()..)
            .zip(passed)
            .last()
            .map_or(position.line(), |(line, _)| line + 1)
    }
}

/// The column that a cell of the first row names.
fn column(known: &'static [&'static str], name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace([' ', '-'], "_");
    known.iter().copied().find(|known| *known == name)
}

/// The separator of a line that looks like a row; `None` when it has none.
pub(super) fn separator(line: &[u8]) -> Option<u8> {
    let cells = |separator: u8| line.split(|byte| *byte == separator).count();
    let most = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|one| cells(*one));
    most.filter(|separator| cells(*separator) > 1)
}

/// Whether a line is empty or a comment.
pub(super) fn is_idle(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'#'))
}

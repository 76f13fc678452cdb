//! Key tables as comma-separated values, as spreadsheets and other tools write them.
//!
//! ```text
//! label,aid,key_no,type,value,diversify
//! top-up,014499,3,aes128,…,an10922:{uid}{aid}
//! ```
//! The first row names the columns, in any order; without names they stand in the order of [`COLUMNS`]. Separators are
//! comma, semicolon or tab. Nothing in such a file says whether an AID stands as people write it or as it crosses the
//! interface, so whoever imports it must.

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::card::{Aid, KeyType};
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope};
use crate::report::Finding;

use super::super::Reading;
use super::error::{FieldError, KeyFileError};
use super::fields::{self, AID, BYTE, EVERY, KEY_NO, TYPES};
use super::import::{AidOrder, bad_line, is_idle, or_refuse};
use super::members::quoted;

/// Columns in the order that counts where no row names them.
pub const COLUMNS: [&str; 10] = [
    "label",
    "aid",
    "key_no",
    "key_set",
    "type",
    "value",
    "version",
    "use",
    "file_no",
    "diversify",
];

/// Reads a table; lines that can't be read become findings.
pub(super) fn read(
    bytes: &[u8],
    order: Option<AidOrder>,
) -> Result<Reading<Keyring>, KeyFileError> {
    let mut table = Table::new(bytes);
    let mut keyring = Keyring::default();
    let mut findings = table.unknown_columns();
    while let Some((line, cells)) = table.next() {
        let row = Row {
            columns: &table.columns,
            cells: &cells,
        };
        if let (None, Some(got)) = (order, row.ordered_aid()) {
            let got = quoted(&got);
            return Err(KeyFileError::AidOrder { line, got });
        }
        match row.key(order) {
            Ok(key) => keyring.keys.push(key),
            Err(problem) => findings.push(bad_line(line, &problem)),
        }
    }
    or_refuse(Reading {
        value: keyring,
        findings,
    })
}

/// Whether a row holds an AID that reads differently from its other end.
pub(super) fn asks_aid_order(bytes: &[u8]) -> bool {
    let mut table = Table::new(bytes);
    while let Some((_, cells)) = table.next() {
        let row = Row {
            columns: &table.columns,
            cells: &cells,
        };
        if row.ordered_aid().is_some() {
            return true;
        }
    }
    false
}

/// The separator of a line that looks like a row; `None` when it has none.
pub(super) fn separator(line: &[u8]) -> Option<u8> {
    let cells = |separator: u8| line.split(|byte| *byte == separator).count();
    let most = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|one| cells(*one));
    most.filter(|separator| cells(*separator) > 1)
}

/// The rows of a file.
struct Table<'a> {
    bytes: &'a [u8],
    rows: csv::Reader<&'a [u8]>,
    /// Names of the columns, as this module knows them.
    columns: Vec<Option<&'static str>>,
    /// Names that are no column's, with the line of names.
    unknown: (u64, Vec<String>),
    /// The first row, when it names no columns.
    first: Option<(u64, Vec<String>)>,
}

impl<'a> Table<'a> {
    fn new(bytes: &'a [u8]) -> Self {
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
            columns: COLUMNS.into_iter().map(Some).collect(),
            unknown: (0, Vec::new()),
            first: None,
        };
        if let Some((line, cells)) = table.next() {
            let named: Vec<_> = cells.iter().map(|cell| column(cell)).collect();
            if named.contains(&Some("value")) {
                let cells = cells.into_iter().zip(&named);
                let unknown = cells.filter(|(_, known)| known.is_none());
                table.unknown = (line, unknown.map(|(cell, _)| cell).collect());
                table.columns = named;
            } else {
                table.first = Some((line, cells));
            }
        }
        table
    }

    /// The next row with its line, from 1; rows without any text are passed over.
    fn next(&mut self) -> Option<(u64, Vec<String>)> {
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

    fn unknown_columns(&self) -> Vec<Finding> {
        let (line, names) = &self.unknown;
        let names = names.iter().filter(|name| !name.is_empty());
        names
            .map(|name| {
                let text = format!(
                    "line {line}: column {} is not known and left out, expected are {}",
                    quoted(name),
                    COLUMNS.join(" ")
                );
                Finding::hint("key_column", text).field("column")
            })
            .collect()
    }
}

/// The column that a cell of the first row names.
fn column(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace([' ', '-'], "_");
    COLUMNS.into_iter().find(|known| *known == name)
}

/// One row.
struct Row<'a> {
    columns: &'a [Option<&'static str>],
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// The text of a column; `None` when the row has none.
    fn cell(&self, name: &'static str) -> Option<&'a str> {
        let index = self.columns.iter().position(|known| *known == Some(name))?;
        let cell = self.cells.get(index)?;
        (!cell.is_empty()).then_some(cell.as_str())
    }

    fn required(&self, field: &'static str, expected: &'static str) -> Result<&'a str, FieldError> {
        self.cell(field)
            .ok_or(FieldError::Missing { field, expected })
    }

    /// The text of a column that a table may do without altogether; then every one is meant.
    fn or_every(&self, field: &'static str, expected: &'static str) -> Result<&'a str, FieldError> {
        if self.columns.contains(&Some(field)) {
            self.required(field, expected)
        } else {
            Ok(EVERY)
        }
    }

    fn key(&self, order: Option<AidOrder>) -> Result<KeyEntry, FieldError> {
        if let Some(extra) = self.cells.get(self.columns.len()..)
            && extra.iter().any(|cell| !cell.is_empty())
        {
            return Err(FieldError::Value {
                field: "row",
                got: format!("{} columns", self.cells.len()),
                expected: "as many columns as the first row names, at most 10",
            });
        }
        let scope = fields::scope(self.or_every("aid", AID)?)?;
        let scope = match (scope, order) {
            (Scope::Application(aid), Some(AidOrder::Wire)) => {
                let [first, middle, last] = aid.wire();
                Scope::Application(Aid::from_wire([last, middle, first]))
            }
            (scope, _) => scope,
        };
        let key_no = fields::key_no(self.or_every("key_no", KEY_NO)?)?;
        let text = self.required("value", "hexadecimal text")?;
        let key_type = match self.cell("type") {
            Some(name) => fields::key_type(&name.to_ascii_lowercase())?,
            None => only_type(text)?,
        };
        let diversification = match self.cell("diversify") {
            Some(spec) => {
                let (rule, input) = fields::rule_spec(spec)?;
                fields::diversification(key_type, rule, input)?
            }
            None => Diversification::None,
        };
        Ok(KeyEntry {
            label: match self.cell("label") {
                Some(label) => label.to_owned(),
                None => fields::default_label(scope, key_no),
            },
            scope,
            key_no,
            key_set: self.number("key_set")?.unwrap_or(0),
            usage: fields::usage(self.cell("use"))?,
            file_no: self.number("file_no")?,
            key_type,
            version: self.number("version")?.unwrap_or(0),
            value: fields::value(key_type, text)?,
            diversification,
        })
    }

    /// A number in decimal, or in hexadecimal digits after `0x`.
    fn number(&self, field: &'static str) -> Result<Option<u8>, FieldError> {
        let Some(text) = self.cell(field) else {
            return Ok(None);
        };
        let number = match text.strip_prefix("0x") {
            Some(digits) => u8::from_str_radix(digits, 16),
            None => text.parse(),
        };
        number.map(Some).map_err(|_| FieldError::Value {
            field,
            got: quoted(text),
            expected: BYTE,
        })
    }

    /// The AID, when its first and last bytes differ.
    fn ordered_aid(&self) -> Option<String> {
        let text = self.cell("aid")?;
        let [first, _, last] = text.parse::<Aid>().ok()?.wire();
        (first != last).then(|| text.to_owned())
    }
}

/// The type of a value whose length only one type has.
fn only_type(value: &str) -> Result<KeyType, FieldError> {
    match super::members::bytes("value", value)?.len() {
        8 => Ok(KeyType::Des),
        24 => Ok(KeyType::ThreeKey3Des),
        _ => Err(FieldError::Missing {
            field: "type",
            expected: TYPES,
        }),
    }
}

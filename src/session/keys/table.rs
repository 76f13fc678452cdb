//! Key tables as comma-separated values, as spreadsheets and other tools write them.
//!
//! ```text
//! label,aid,key_no,type,value,diversify
//! top-up,014499,3,aes128,…,an10922:{uid}{aid}
//! ```
//! The first row names the columns, in any order; without names they stand in the order of [`COLUMNS`]. Separators are
//! comma, semicolon or tab. Nothing in such a file says whether an AID stands as people write it or as it crosses the
//! interface, so whoever imports it must.

use crate::card::{Aid, KeyType};
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope};
use crate::report::Finding;

use super::super::Reading;
use super::super::table::Table;
use super::error::{FieldError, KeyFileError};
use super::fields::{self, AID, BYTE, EVERY, KEY_NO, TYPES};
use super::import::{AidOrder, bad_line, or_refuse};
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
    let mut table = Table::new(bytes, &COLUMNS, "value");
    let mut keyring = Keyring::default();
    let mut findings = unknown_columns(&table);
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
    let mut table = Table::new(bytes, &COLUMNS, "value");
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

/// A finding for each column that has no meaning here.
fn unknown_columns(table: &Table<'_>) -> Vec<Finding> {
    let (line, names) = &table.unknown;
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

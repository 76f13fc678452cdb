//! Files with many transactions, as tables and as JSON: one object a line, or one array of objects.
//!
//! ```text
//! uid,tmc,tmv,operations
//! 04A1B2C3D4E5F6,07000000,CD3D90F6B0A5D968,"6C 03 -> 14000000; credit 3 5; commit"
//! {"uid":"04A1B2C3D4E5F6","tmc":7,"tmv":"CD3D90F6B0A5D968","operations":["credit 3 5","commit"]}
//! ```
//! Columns and members are those of [`COLUMNS`]; `tmi` stands in for `operations`.

mod report;

pub use report::{card_json, json, row_json};

use serde_json::Value;

use super::Reading;
use super::json::{self as text_form, Place};
use super::table::Table;
use crate::calculator::Texts;
use crate::calculator::batch::Row;
use crate::report::Finding;

/// Names of columns and members.
pub const COLUMNS: [&str; 7] = [
    "uid",
    "tmc",
    "tmv",
    "tmi",
    "operations",
    "tmri_prev",
    "enc_tmri",
];

/// Why a file holds no transactions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionsError {
    /// The first row names no columns.
    #[error(
        "line {line}: the first row has to name the columns uid, tmc, tmv and tmi or operations"
    )]
    Names {
        /// Line, from 1.
        line: u64,
    },
    /// Not JSON.
    #[error("line {line}, byte {offset}: {reason}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Byte, from 0.
        offset: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Reads a file of either form. Rows that can't be read say so themselves.
pub fn read(bytes: &[u8]) -> Result<Reading<Vec<Row>>, TransactionsError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') => read_json(bytes),
        _ => read_table(bytes),
    }
}

fn read_table(bytes: &[u8]) -> Result<Reading<Vec<Row>>, TransactionsError> {
    let mut table = Table::new(bytes, &COLUMNS, "uid");
    if !table.is_named {
        let line = table.next().map_or(1, |(line, _)| line);
        return Err(TransactionsError::Names { line });
    }
    let (line, unknown) = &table.unknown;
    let findings = unknown
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| left_out(*line, "column", name))
        .collect();
    let mut rows = Vec::new();
    while let Some((line, cells)) = table.next() {
        let named = table.columns.iter().zip(cells);
        let texts: Texts = named
            .filter_map(|(name, cell)| Some(((*name)?.to_owned(), cell)))
            .collect();
        rows.push(Row::new(line, &texts));
    }
    Ok(Reading {
        value: rows,
        findings,
    })
}

fn left_out(line: u64, what: &str, name: &str) -> Finding {
    let text = format!(
        "line {line}: {what} {} is not known and left out, expected are {}",
        text_form::text(&text_form::clip(name)),
        COLUMNS.join(" ")
    );
    Finding::hint("transaction_column", text).field("column")
}

fn read_json(bytes: &[u8]) -> Result<Reading<Vec<Row>>, TransactionsError> {
    let mut reading = Reading {
        value: Vec::new(),
        findings: Vec::new(),
    };
    let mut unknown: Vec<String> = Vec::new();
    for (line, start, text) in objects(bytes) {
        let value: Value = serde_json::from_slice(text).map_err(|error| {
            let place = Place::of(&error, text);
            TransactionsError::Json {
                line: line + place.line - 1,
                offset: start + place.offset,
                reason: text_form::reason(&error),
            }
        })?;
        let number = u64::try_from(line).unwrap_or(u64::MAX);
        let mut texts = Texts::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            if !COLUMNS.contains(&name.as_str()) {
                if !unknown.contains(name) {
                    reading.findings.push(left_out(number, "member", name));
                    unknown.push(name.clone());
                }
                continue;
            }
            texts.insert(name.clone(), text_of(value));
        }
        reading.value.push(Row::new(number, &texts));
    }
    Ok(reading)
}

/// A member as a cell would say it.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        Value::Null => String::new(),
        // A number, not bytes: digits alone would be read as those of a counter's bytes.
        Value::Number(number) => match number.as_u64() {
            Some(number) => format!("0x{number:X}"),
            None => number.to_string(),
        },
        Value::Bool(_) | Value::Object(_) => value.to_string(),
    }
}

/// The objects of a file with line (from 1) and byte (from 0) of their beginning: one after the other, or in an array.
/// What stands outside of them does not matter; the last one may be torn.
fn objects(bytes: &[u8]) -> Vec<(usize, usize, &[u8])> {
    let mut found = Vec::new();
    let (mut line, mut depth, mut start) = (1, 0_usize, (1, 0));
    let (mut in_text, mut escaped) = (false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => line += 1,
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => {
                if depth == 0 {
                    start = (line, at);
                }
                depth += 1;
            }
            b'}' if !in_text && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.push((
                        start.0,
                        start.1,
                        bytes.get(start.1..=at).unwrap_or_default(),
                    ));
                }
            }
            _ => {}
        }
    }
    if depth > 0 {
        found.push((start.0, start.1, bytes.get(start.1..).unwrap_or_default()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculator::batch;
    use crate::calculator::ledger::Options;

    fn names(row: &Row) -> Vec<String> {
        let slips = row.read(&Options::default()).unwrap_err();
        slips
            .iter()
            .map(|slip| slip.place.name().to_owned())
            .collect()
    }

    /// Eight digits in a table are the bytes of a counter; a number of JSON is a number.
    #[test]
    fn a_number_of_json_is_not_read_as_bytes() {
        let tmc = |tmc: &str| {
            let line = format!(
                "{{\"uid\":\"04A1B2C3D4E5F6\",\"tmc\":{tmc},\"tmv\":\"CD3D90F6B0A5D968\",\"operations\":\"credit 3 5\"}}"
            );
            let read = read(line.as_bytes()).unwrap();
            read.value[0].read(&Options::default()).unwrap().0.tmc
        };
        assert_eq!(tmc("10000007"), 10_000_007);
        assert_eq!(tmc("\"07000000\""), 7);
    }

    #[test]
    fn table_and_json_say_the_same() {
        let table = "# of May\nTMV;uid;note;tmc;operations\nCD3D90F6B0A5D968;04A1B2C3D4E5F6;x;7;\"credit 3 5;commit\"\n";
        let lines = "\n{\"uid\":\"04A1B2C3D4E5F6\",\"tmc\":7,\n\"tmv\":\"CD3D90F6B0A5D968\",\"operations\":[\"credit 3 5\",\"commit\"]}\n";
        let array = format!("[{lines}]");
        let table = read(table.as_bytes()).unwrap();
        assert_eq!(table.value[0].line, 3);
        assert!(table.findings[0].text.contains("column \"note\""));
        for text in [lines, &array] {
            let read = read(text.as_bytes()).unwrap();
            assert_eq!(read.findings, []);
            assert_eq!(read.value[0].line, 2);
            let [one, other] = [&read, &table].map(|read| read.value[0].read(&Options::default()));
            assert!(one.is_ok());
            assert_eq!(one, other);
        }
    }

    #[test]
    fn what_is_wrong_has_line_and_column() {
        let text = "uid,tmc,tmv,tmi\n04A1B2C3D4E5F6,x,CD3D90F6B0A5D968,0C03\n";
        let rows = read(text.as_bytes()).unwrap().value;
        assert_eq!((rows[0].line, names(&rows[0])), (2, vec!["tmc".to_owned()]));
        let none = read(b"04A1B2C3D4E5F6,7,CD3D90F6B0A5D968\n");
        assert_eq!(none, Err(TransactionsError::Names { line: 1 }));
        let torn = read(b"{\"uid\":\"04\"}\n{\"uid\":\n").unwrap_err();
        let TransactionsError::Json { line, .. } = torn else {
            panic!("{torn}")
        };
        assert_eq!(line, 3);
    }

    #[test]
    fn the_names_are_those_that_rows_are_read_by() {
        let names: Vec<&str> = batch::COLUMNS.iter().map(|field| field.name).collect();
        assert_eq!(names, COLUMNS);
    }
}

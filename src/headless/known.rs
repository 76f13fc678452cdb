//! `tapscope decode --card`: the card as the recording knows it after its last row or a given one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use crate::card::known::template::{Template, readings};
use crate::card::known::{KnownCard, entries};
use crate::ota::templates::templates as own_templates;
use crate::session::{known, templates};
use crate::trace::known::{CardView, Keeper};
use crate::trace::{Event, Exchange};

use super::args::DecodeOptions;
use super::{BadInput, files};

/// The templates of the files that were named, then those of the example application.
pub(super) fn load(options: &DecodeOptions) -> Result<Vec<Template>, BadInput> {
    let mut all = Vec::new();
    for path in &options.templates {
        let text = files::read(path)?;
        let read = templates::read(&text);
        all.extend(read.map_err(|error| BadInput(format!("{}: {error}", path.display())))?);
    }
    all.extend(own_templates());
    Ok(all)
}

/// Rows to be shown: the given one, else the last of each reader. `first`: number of the first row in the whole file.
pub(super) fn places(at: Option<usize>, rows: &[Exchange], first: usize) -> Vec<usize> {
    if let Some(at) = at {
        let place = at.checked_sub(first);
        return place.filter(|at| *at < rows.len()).into_iter().collect();
    }
    let last = rows.iter().enumerate().map(|(at, row)| (row.reader, at));
    let last: BTreeMap<u16, usize> = last.collect();
    last.into_values().collect()
}

/// Prints the card after one row.
pub(super) fn print(
    out: &mut impl Write,
    (at, first): (usize, usize),
    (rows, events): (&[Exchange], &[Event]),
    (templates, conversation): (&[Template], Option<&str>),
    as_json: bool,
) -> Result<(), BadInput> {
    let Some(mut view) = Keeper::default().at(at, rows, events) else {
        return Ok(());
    };
    view.row += first;
    let text = if as_json {
        known::json(&view, templates, conversation)
    } else {
        let name = rows.get(at).map_or("", Exchange::name);
        text(&view, name, templates)
    };
    files::print(out, &text)
}

fn text(view: &CardView, name: &str, templates: &[Template]) -> String {
    let mut text = format!("Card after row {} {name}", view.row);
    if view.reader > 0 {
        // Writing to a string can't fail.
        let _ = write!(text, ", reader {}", view.reader);
    }
    facts(&mut text, &view.card);
    if !view.card.pending.whole {
        text.push_str("\n  pending changes may be missing");
    }
    for reading in readings(&view.card, templates) {
        let (aid, file_no) = (reading.aid, reading.file_no);
        let _ = write!(
            text,
            "\n  {}, application {aid} file {file_no:02X}",
            reading.name
        );
        if let Some(record) = reading.record {
            let _ = write!(text, " record {record}");
        }
        for field in reading.fields {
            let value = field.value.as_deref().unwrap_or("unknown");
            let _ = write!(text, "\n    {} {value}", field.name);
        }
    }
    if let Some(assumed) = &view.assumed {
        text.push_str("\nIf it is still the card from before the field went off");
        facts(&mut text, assumed);
    }
    text.push_str("\nChanged in this row");
    if view.changes.is_empty() {
        text.push_str("\n  nothing");
    }
    for change in &view.changes {
        let _ = write!(text, "\n  {change}");
    }
    text
}

fn facts(text: &mut String, card: &KnownCard) {
    for entry in entries(card) {
        let _ = write!(text, "\n  {} {}", entry.path, entry.value);
        if let Some(row) = entry.since {
            let _ = write!(text, "  (row {row})");
        }
    }
}

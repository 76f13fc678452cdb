//! The table as text for people and as Markdown.

use std::fmt::Write;

use super::sheet::{Content, Line, Sheet};
use crate::bytes::hex;

/// What stands in place of key material.
pub const HIDDEN: &str = "hidden";

/// Text for people: label, bytes in groups of four, section; long values go on below.
pub fn text(sheet: &Sheet, secrets: bool) -> String {
    let width = sheet
        .lines()
        .iter()
        .map(|line| line.label.chars().count())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for line in sheet.lines() {
        let label = &line.label;
        // Writing to a string never fails.
        let _written = match &line.content {
            Content::Heading => writeln!(out, "\n{label}"),
            Content::Note(note) => writeln!(out, "  {note}"),
            _ => {
                let value = value(line, secrets);
                let section = if line.section.is_empty() {
                    String::new()
                } else {
                    format!("   ({})", line.section)
                };
                writeln!(out, "{label:width$}  {value}{section}")
            }
        };
    }
    out
}

/// A Markdown table.
pub fn markdown(sheet: &Sheet, secrets: bool) -> String {
    let mut out = String::from("| Step | Value | Section |\n|---|---|---|\n");
    for line in sheet.lines() {
        let label = escape(&line.label);
        let _written = match &line.content {
            Content::Heading => writeln!(out, "| **{label}** | | |"),
            Content::Note(note) => writeln!(out, "| | {} | |", escape(note)),
            Content::Bytes { .. } => {
                writeln!(
                    out,
                    "| {label} | `{}` | {} |",
                    value(line, secrets),
                    line.section
                )
            }
            _ => writeln!(
                out,
                "| {label} | {} | {} |",
                escape(&value(line, secrets)),
                line.section
            ),
        };
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What a line says, without its label.
pub fn value(line: &Line, secrets: bool) -> String {
    let shown = |bytes: &[u8]| {
        if line.secret && !secrets {
            HIDDEN.to_owned()
        } else {
            groups(bytes)
        }
    };
    match &line.content {
        Content::Bytes { bytes, computed } => match computed {
            Some(computed) => format!("{} (in place of {})", shown(bytes), shown(computed)),
            None => shown(bytes),
        },
        Content::Check { expected, got } if expected == got => format!("{}, fits", shown(got)),
        Content::Check { expected, got } => {
            format!("wrong: {}, {} expected", shown(got), shown(expected))
        }
        Content::Text(text) | Content::Verdict { holds: true, text } | Content::Note(text) => {
            text.clone()
        }
        Content::Verdict { holds: false, text } => format!("wrong: {text}"),
        Content::Heading => String::new(),
    }
}

fn groups(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "(empty)".to_owned();
    }
    let groups: Vec<String> = bytes.chunks(4).map(hex::upper).collect();
    groups.join(" ")
}

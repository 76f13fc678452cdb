//! Reads the dependencies of `Cargo.toml` with their comments, as far as the house rules need them.
use std::path::Path;

use super::rules::{self, Complaint, Home};

/// One dependency of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) line: usize,
    pub(crate) name: String,
    /// Only tests and benchmarks use it, so it needs no home in `src/`.
    pub(crate) dev: bool,
    /// A comment stands before it, or before the group of lines that it belongs to.
    pub(crate) reason: bool,
}

/// What the lines of a section are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Dependencies { dev: bool },
    Other,
}

/// All dependencies, of every target and kind.
pub(crate) fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    let mut section = Section::Other;
    let mut reason = false;
    let mut depth = 0;
    for (line, text) in (1..).zip(manifest.lines().map(str::trim)) {
        if depth > 0 {
            depth += open_brackets(text);
        } else if let Some(comment) = text.strip_prefix('#') {
            reason |= !comment.trim().is_empty();
        } else if text.starts_with('[') {
            let (kind, name) = header(text);
            if let (Section::Dependencies { dev }, Some(name)) = (kind, name) {
                found.push(Dependency {
                    line,
                    name,
                    dev,
                    reason,
                });
                section = Section::Other;
            } else {
                section = kind;
            }
            reason = false;
        } else if text.is_empty() {
            reason = false;
        } else {
            if let Section::Dependencies { dev } = section {
                let name = text
                    .split(['=', '.', ' '])
                    .next()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned();
                found.push(Dependency {
                    line,
                    name,
                    dev,
                    reason,
                });
            }
            depth = open_brackets(text);
        }
    }
    found
}

/// Dependencies without a reason, and those of the program without a home.
pub(crate) fn check(dependencies: &[Dependency], homes: &[Home]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for Dependency {
        line,
        name,
        dev,
        reason,
    } in dependencies
    {
        let mut complain =
            |what| complaints.push(Complaint::new(Path::new("Cargo.toml"), *line, what));
        if !reason {
            complain(format!("{name} has no comment that says why it is needed"));
        }
        if !dev && !rules::has_home(&name.replace('-', "_"), homes) {
            complain(format!(
                "{name} has no home: add its line to HOMES in tests/architecture.rs"
            ));
        }
    }
    complaints
}

/// What `[dependencies]`, `[target.'cfg(unix)'.dev-dependencies]` or `[dependencies.name]` opens.
fn header(text: &str) -> (Section, Option<String>) {
    let inner = text.trim_matches(['[', ']']);
    let Some((before, after)) = inner.rsplit_once("dependencies") else {
        return (Section::Other, None);
    };
    let section = Section::Dependencies {
        dev: before.ends_with("dev-"),
    };
    let starts = before.rsplit(['.', '\'', '"']).next().unwrap_or_default();
    match after.strip_prefix('.') {
        _ if !["", "dev-", "build-"].contains(&starts) => (Section::Other, None),
        Some(name) => (section, Some(name.trim_matches('"').to_owned())),
        None if after.is_empty() => (section, None),
        None => (Section::Other, None),
    }
}

/// How many brackets a line leaves open, so that a value over several lines isn't read as more names.
fn open_brackets(text: &str) -> i32 {
    let outside_strings = text.split('"').step_by(2).flat_map(str::chars);
    outside_strings
        .map(|sign| match sign {
            '[' | '{' => 1,
            ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

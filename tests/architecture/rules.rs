//! The import table and the homes of outside crates, held against a [`Tree`].
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::resolve::{self, Place};
use super::tree::{Mention, Tree};

/// A module and all that it may import, separated by spaces.
pub(crate) type Row = (&'static str, &'static str);

/// An outside crate or a power of `std`, and the places that may use it, separated by spaces.
pub(crate) type Home = (&'static str, &'static str);

/// One thing to mend, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Complaint {
    pub(crate) fn new(file: &Path, line: usize, what: String) -> Self {
        Self {
            file: file.to_path_buf(),
            line,
            what,
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// All that breaks the table or a home, in order of file and line, each once.
pub(crate) fn check(tree: &Tree, table: &[Row], homes: &[Home]) -> Vec<Complaint> {
    let mut complaints: BTreeSet<Complaint> = tree.complaints.iter().cloned().collect();
    complaints.extend(modules_without_row(tree, table));
    for mention in tree
        .mentions
        .iter()
        .filter(|mention| !tree.is_test_module(&mention.scope.path))
    {
        for place in resolve::places(tree, mention) {
            let what = match &place {
                Place::Inside(path) => import(mention, path, table),
                Place::Outside(path) => away_from_home(mention, path, homes),
            };
            complaints.extend(what.map(|what| Complaint::new(&mention.file, mention.line, what)));
        }
    }
    complaints.into_iter().collect()
}

/// Cycles in the table, modules with two rows, and rows that name a module without one.
pub(crate) fn check_table(table: &[Row]) -> Vec<String> {
    let rows: BTreeMap<&str, &str> = table.iter().copied().collect();
    let mut complaints = Vec::new();
    if rows.len() < table.len() {
        complaints.push("a module has more than one row".to_owned());
    }
    for (module, imports) in table {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = imports.split_whitespace().collect();
        for import in next.iter().filter(|import| !rows.contains_key(*import)) {
            complaints.push(format!("{module} may import {import}, which has no row"));
        }
        while let Some(name) = next.pop() {
            if reached.insert(name) {
                let further = rows.get(name).copied().unwrap_or_default();
                next.extend(further.split_whitespace());
            }
        }
        if reached.contains(module) {
            complaints.push(format!(
                "{module} can be reached from itself: the table has a cycle"
            ));
        }
    }
    complaints
}

/// Whether an outside name has a home line at all.
pub(crate) fn has_home(name: &str, homes: &[Home]) -> bool {
    homes.iter().any(|(power, _)| matches_name(power, name))
}

/// Top-level modules that no row knows.
fn modules_without_row<'t>(
    tree: &'t Tree,
    table: &'t [Row],
) -> impl Iterator<Item = Complaint> + 't {
    let unknown = tree.modules.values().filter(|module| {
        let top = module.scope.path.first();
        top.is_some_and(|top| {
            top != "main" && row(table, top).is_none() && !tree.is_test_module(&module.scope.path)
        })
    });
    unknown.map(|module| {
        let what = format!(
            "module {} has no row in the import table",
            module.scope.path.join("::")
        );
        Complaint::new(&module.file, 1, what)
    })
}

/// What is wrong, if anything, with importing `path`.
fn import(mention: &Mention, path: &[String], table: &[Row]) -> Option<String> {
    let own = mention.scope.path.first()?;
    if own == "main" {
        return None;
    }
    let route = &mention.route;
    let Some(wanted) = path.first() else {
        let what = format!("`{route}` imports everything at once; name the module");
        return route.glob.then_some(what);
    };
    let allowed = row(table, own)?;
    if wanted == own || allowed.split_whitespace().any(|name| name == wanted) {
        return None;
    }
    let kind = if row(table, wanted).is_some() {
        ""
    } else {
        ", which is no module of the import table"
    };
    Some(format!(
        "`{route}` imports {wanted}{kind}; {own} may import {}",
        listed(allowed)
    ))
}

/// What is wrong, if anything, with using the outside `path` in this file.
fn away_from_home(mention: &Mention, path: &[String], homes: &[Home]) -> Option<String> {
    let route = &mention.route;
    let file = mention.file.strip_prefix("src").unwrap_or(&mention.file);
    let file = file.with_extension("");
    let mut used = homes
        .iter()
        .filter(|(power, _)| matches_path(power, path, route.glob));
    let (power, places) = used.find(|(_, places)| !is_among(&file, places))?;
    let places = listed(places);
    Some(format!("`{route}` uses {power}, whose home is {places}"))
}

/// Whether one of the places, with or without a trailing `*`, holds the file.
fn is_among(file: &Path, places: &str) -> bool {
    let name = file.to_string_lossy().replace('\\', "/");
    places
        .split_whitespace()
        .any(|place| match place.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => file.starts_with(place),
        })
}

/// Whether `path` lies in the power, or is a glob that brings the power along.
fn matches_path(power: &str, path: &[String], glob: bool) -> bool {
    let parts: Vec<&str> = power.split("::").collect();
    let common = parts
        .iter()
        .zip(path)
        .all(|(part, name)| matches_name(part, name));
    common && (path.len() >= parts.len() || glob)
}

fn matches_name(power: &str, name: &str) -> bool {
    match power.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => power == name,
    }
}

fn row<'t>(table: &'t [Row], module: &str) -> Option<&'t str> {
    table
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, imports)| *imports)
}

fn listed(names: &str) -> String {
    let names: Vec<&str> = names.split_whitespace().collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

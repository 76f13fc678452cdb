//! What the rules need to know about a source tree: its modules, their names, and every path in it.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};

use syn::ext::IdentExt;

use super::collect;
use super::rules::Complaint;
use super::test_only;

/// A path as written: `crate::card::Aid`, `::aes::Aes128`, `super::*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// Starts with `::`, so its first segment is an outside crate.
    pub(crate) outside: bool,
    pub(crate) segments: Vec<String>,
    /// Ends with `::*`.
    pub(crate) glob: bool,
}

impl Route {
    pub(crate) fn of_path(path: &syn::Path) -> Self {
        Self {
            outside: path.leading_colon.is_some(),
            segments: path
                .segments
                .iter()
                .map(|segment| segment.ident.unraw().to_string())
                .collect(),
            glob: false,
        }
    }

    /// `self` at the end of a `use` tree means the path before it.
    pub(crate) fn push(&mut self, segment: String) {
        if segment != "self" || self.segments.is_empty() {
            self.segments.push(segment);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.segments.len()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = if self.outside { "::" } else { "" };
        let end = if self.glob { "::*" } else { "" };
        write!(f, "{start}{}{end}", self.segments.join("::"))
    }
}

/// Where a path stands. `path` is the module from `src/`; its first `root` names are the crate it belongs to.
///
/// The library's root is empty, the program's is `main`, a package below `src/` has its own folder as root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) root: usize,
    pub(crate) path: Vec<String>,
}

/// One path in one line of source.
#[derive(Debug)]
pub(crate) struct Mention {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) scope: Scope,
    pub(crate) route: Route,
    /// In a `use`, even a single segment names a crate.
    pub(crate) is_use: bool,
}

/// The names of one module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) scope: Scope,
    pub(crate) items: BTreeSet<String>,
    /// Names brought in by `use`; several when `cfg` chooses between them.
    pub(crate) bindings: BTreeMap<String, Vec<Route>>,
    pub(crate) globs: Vec<Route>,
}

/// All that the rules need to know about a source tree.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) modules: BTreeMap<Vec<String>, Module>,
    pub(crate) mentions: Vec<Mention>,
    /// What can't be checked: files that don't parse, and ways to hide an import.
    pub(crate) complaints: Vec<Complaint>,
    /// Modules declared under `#[cfg(test)]` whose text is in another file.
    pub(crate) test_only: BTreeSet<Vec<String>>,
    nested_packages: Vec<PathBuf>,
}

impl Tree {
    /// An empty tree; each nested package is a folder relative to the package, `src/transport/pcsc_sys`.
    pub(crate) fn new(nested_packages: Vec<PathBuf>) -> Self {
        Self {
            nested_packages,
            ..Self::default()
        }
    }

    /// Reads one file; `file` is relative to the package and starts with `src`.
    pub(crate) fn add(&mut self, file: &Path, text: &str) {
        let scope = self.scope_of(file);
        match syn::parse_file(text) {
            Ok(parsed) if test_only::is_test_only(&parsed.attrs) => {
                self.test_only.insert(scope.path);
            }
            Ok(parsed) => collect::read(self, file, scope, &parsed),
            Err(error) => {
                let line = error.span().start().line;
                let what = format!("does not parse: {error}");
                self.complaints.push(Complaint::new(file, line, what));
            }
        }
    }

    /// Whether the module, or one above it, exists only in tests.
    pub(crate) fn is_test_module(&self, path: &[String]) -> bool {
        (1..=path.len()).any(|n| {
            path.get(..n)
                .is_some_and(|above| self.test_only.contains(above))
        })
    }

    fn scope_of(&self, file: &Path) -> Scope {
        if file == Path::new("src/main.rs") {
            return Scope {
                root: 1,
                path: vec!["main".to_owned()],
            };
        }
        let package = self
            .nested_packages
            .iter()
            .find(|folder| file.starts_with(folder));
        let (mut path, inside) = match package {
            Some(folder) => (
                names(&without_src(folder)),
                without_src(file.strip_prefix(folder).unwrap_or(file)),
            ),
            None => (Vec::new(), without_src(file)),
        };
        let root = path.len();
        path.extend(names(&inside.with_extension("")));
        if path.len() > root && path.last().is_some_and(|name| name == "mod")
            || inside == Path::new("lib.rs")
            || inside == Path::new("main.rs")
        {
            path.pop();
        }
        Scope { root, path }
    }
}

fn without_src(path: &Path) -> PathBuf {
    path.strip_prefix("src").unwrap_or(path).to_path_buf()
}

fn names(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect()
}

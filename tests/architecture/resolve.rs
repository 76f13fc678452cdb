//! Follows a written path to what it means: through renames, re-exports and globs, to a module or an outside crate.
use std::collections::BTreeSet;

use super::tree::{Mention, Route, Scope, Tree};

/// Where a path stands after some of its segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In `src/`, as a path from the library's root.
    Inside(Vec<String>),
    /// In an outside crate, its name first.
    Outside(Vec<String>),
}

/// Every place that the mentioned path leads to or through.
///
/// `crate::command::Aid`, where `command` re-exports it from `card`, leads through `command` to `card`.
pub(crate) fn places(tree: &Tree, mention: &Mention) -> BTreeSet<Place> {
    let mut walk = Walk {
        tree,
        open: BTreeSet::new(),
    };
    let steps = walk.steps(&mention.scope, &mention.route, mention.is_use);
    let last = steps.last().cloned().unwrap_or_default();
    let through = steps
        .into_iter()
        .flatten()
        .filter(|place| matches!(place, Place::Inside(path) if !path.is_empty()));
    through.chain(last).collect()
}

struct Walk<'t> {
    tree: &'t Tree,
    /// Names being looked up: `use hex::hex` leads back to itself.
    open: BTreeSet<(Vec<String>, String)>,
}

impl Walk<'_> {
    /// The places after each segment; several at once where `cfg` chooses between imports of one name.
    fn steps(&mut self, scope: &Scope, route: &Route, is_use: bool) -> Vec<Vec<Place>> {
        let mut left = route.segments.iter().peekable();
        let Some(first) = left.next() else {
            return Vec::new();
        };
        let mut start = scope.path.clone();
        let mut here = match first.as_str() {
            _ if route.outside => vec![Place::Outside(vec![first.clone()])],
            "crate" => {
                start.truncate(scope.root);
                vec![Place::Inside(start)]
            }
            "self" | "super" => {
                start.truncate(start.len() - usize::from(first == "super" && !start.is_empty()));
                while left.next_if(|next| *next == "super").is_some() {
                    start.pop();
                }
                vec![Place::Inside(start)]
            }
            _ => {
                let known = self.name(&start, first);
                // Only a `use` or a longer path can name a crate; a lone unknown name is a variable or in the prelude.
                let crate_name = known.is_empty() && (is_use || route.segments.len() > 1);
                if crate_name {
                    vec![Place::Outside(vec![first.clone()])]
                } else {
                    known
                }
            }
        };
        let mut steps = vec![here.clone()];
        for segment in left {
            here = here
                .iter()
                .flat_map(|place| self.step(place, segment))
                .collect();
            steps.push(here.clone());
        }
        steps
    }

    fn step(&mut self, place: &Place, segment: &str) -> Vec<Place> {
        let below = |path: &[String]| [path, &[segment.to_owned()]].concat();
        match place {
            Place::Outside(path) => vec![Place::Outside(below(path))],
            Place::Inside(path) => {
                let known = self.name(path, segment);
                if known.is_empty() {
                    vec![Place::Inside(below(path))]
                } else {
                    known
                }
            }
        }
    }

    /// What a name means in one module; nothing when the module doesn't have it.
    fn name(&mut self, at: &[String], name: &str) -> Vec<Place> {
        let key = (at.to_vec(), name.to_owned());
        let Some(module) = self.tree.modules.get(at) else {
            return Vec::new();
        };
        if !self.open.insert(key.clone()) {
            return Vec::new();
        }
        let child = [at, &[name.to_owned()]].concat();
        let mut found = Vec::new();
        for route in module.bindings.get(name).into_iter().flatten() {
            found.extend(self.end(&module.scope, route));
        }
        if self.tree.modules.contains_key(&child) || module.items.contains(name) {
            found.push(Place::Inside(child));
        }
        if found.is_empty() {
            // What an outside crate offers behind a glob isn't known here; the `use` itself is checked.
            for glob in &module.globs {
                for place in self.end(&module.scope, glob) {
                    if let Place::Inside(path) = place {
                        found.extend(self.name(&path, name));
                    }
                }
            }
        }
        self.open.remove(&key);
        found
    }

    fn end(&mut self, scope: &Scope, route: &Route) -> Vec<Place> {
        self.steps(scope, route, true).pop().unwrap_or_default()
    }
}

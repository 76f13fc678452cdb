//! Finds paths in raw tokens: macro calls, macro definitions and attributes, which `syn` leaves unparsed.
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;

use super::tree::Route;

/// A path as written, and its line.
pub(crate) type Written = (usize, Route);

/// What string literals mean in the tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strings {
    /// Text, as in `println!("crate::x")`.
    Text,
    /// Maybe a path, as in `#[serde(with = "crate::x")]`.
    Paths,
}

/// All paths of two or more segments, with nested `{…}` after a path taken as a `use` tree.
///
/// One-segment names are left out: in tokens they can't be told from fields and variables.
pub(crate) fn written_in(tokens: &TokenStream, strings: Strings) -> Vec<Written> {
    let mut scan = Scan {
        strings,
        found: Vec::new(),
    };
    scan.stream(tokens.clone(), &Route::default());
    scan.found
}

struct Scan {
    strings: Strings,
    found: Vec<Written>,
}

impl Scan {
    /// Reads one level; `prefix` is the path in front of the braces of a `use` tree, or empty.
    fn stream(&mut self, stream: TokenStream, prefix: &Route) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut left = tokens.as_slice();
        let outside = Route {
            outside: true,
            ..Route::default()
        };
        while let [_, rest @ ..] = left {
            left = match left {
                // A rename gives a name, it imports nothing.
                [TokenTree::Ident(word), TokenTree::Ident(_), tail @ ..]
                    if *word == "as" && !prefix.is_empty() =>
                {
                    tail
                }
                [TokenTree::Punct(sign), TokenTree::Ident(name), tail @ ..]
                    if sign.as_char() == '$' =>
                {
                    // `$name::x` is whatever the caller passes; only `$crate` is known here.
                    let kept = self.found.len();
                    let tail = self.path(name, tail, &Route::default());
                    if *name != "crate" {
                        self.found.truncate(kept);
                    }
                    tail
                }
                [colon, second, TokenTree::Ident(name), tail @ ..] if is_colons(colon, second) => {
                    self.path(name, tail, &outside)
                }
                [TokenTree::Ident(name), tail @ ..] => self.path(name, tail, prefix),
                [TokenTree::Group(group), tail @ ..] => {
                    self.stream(group.stream(), &Route::default());
                    tail
                }
                [TokenTree::Literal(literal), tail @ ..] => {
                    if self.strings == Strings::Paths {
                        self.string(&literal.to_string(), literal.span().start().line);
                    }
                    tail
                }
                _ => rest,
            };
        }
    }

    /// Reads the path that starts with `name`; returns what follows it.
    fn path<'t>(&mut self, name: &Ident, tail: &'t [TokenTree], prefix: &Route) -> &'t [TokenTree] {
        let line = name.span().start().line;
        let mut route = prefix.clone();
        let mut left = tail;
        route.push(name.unraw().to_string());
        while let [colon, second, next, tail @ ..] = left {
            if !is_colons(colon, second) {
                break;
            }
            match next {
                TokenTree::Ident(name) => route.push(name.unraw().to_string()),
                TokenTree::Group(group) if is_braces(group) => {
                    self.stream(group.stream(), &route);
                    return tail;
                }
                TokenTree::Punct(sign) if sign.as_char() == '*' => {
                    route.glob = true;
                    left = tail;
                    break;
                }
                _ => break,
            }
            left = tail;
        }
        if route.glob || route.len() > 1 {
            self.found.push((line, route));
        }
        left
    }

    /// Takes `"crate::x"` for a path; any other string is text.
    fn string(&mut self, literal: &str, line: usize) {
        let text = literal.trim_matches('"');
        let starts = ["crate::", "super::", "self::"]
            .iter()
            .any(|start| text.starts_with(start));
        if starts && let Ok(path) = syn::parse_str::<syn::Path>(text) {
            self.found.push((line, Route::of_path(&path)));
        }
    }
}

fn is_colons(first: &TokenTree, second: &TokenTree) -> bool {
    [first, second]
        .iter()
        .all(|tree| matches!(tree, TokenTree::Punct(sign) if sign.as_char() == ':'))
}

fn is_braces(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}

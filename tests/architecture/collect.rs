//! Reads one parsed file into a [`Tree`].
use std::path::Path;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, Meta, UseTree};

use super::rules::Complaint;
use super::test_only::{implies_test, is_test_only};
use super::tokens::{self, Strings};
use super::tree::{Mention, Module, Route, Scope, Tree};

/// Adds what one file says to the tree.
pub(crate) fn read(tree: &mut Tree, file: &Path, scope: Scope, parsed: &syn::File) {
    let mut collector = Collector { file, scope, tree };
    collector.module();
    collector.visit_file(parsed);
}

/// Walks one file; `scope` follows the inline modules.
struct Collector<'t> {
    file: &'t Path,
    scope: Scope,
    tree: &'t mut Tree,
}

impl Collector<'_> {
    /// The module that is being read.
    fn module(&mut self) -> &mut Module {
        let fresh = || Module {
            file: self.file.to_path_buf(),
            scope: self.scope.clone(),
            ..Module::default()
        };
        self.tree
            .modules
            .entry(self.scope.path.clone())
            .or_insert_with(fresh)
    }

    fn mention(&mut self, line: usize, route: Route, is_use: bool) {
        let (file, scope) = (self.file.to_path_buf(), self.scope.clone());
        self.tree.mentions.push(Mention {
            file,
            line,
            scope,
            route,
            is_use,
        });
    }

    fn tokens(&mut self, tokens: &TokenStream, strings: Strings) {
        for (line, route) in tokens::written_in(tokens, strings) {
            self.mention(line, route, false);
        }
    }

    fn hides(&mut self, ident: &Ident, what: &str) {
        let complaint = format!("{what} hides imports from this test");
        let complaint = Complaint::new(self.file, line_of(ident.span()), complaint);
        self.tree.complaints.push(complaint);
    }

    /// Takes a `use` tree apart into one mention and one name per leaf.
    fn use_tree(&mut self, tree: &UseTree, mut prefix: Route) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.unraw().to_string());
                self.use_tree(&path.tree, prefix);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, prefix.clone());
                }
            }
            UseTree::Name(leaf) => {
                prefix.push(leaf.ident.unraw().to_string());
                let name = prefix.segments.last().cloned().unwrap_or_default();
                self.bind(&leaf.ident, name, prefix);
            }
            UseTree::Rename(leaf) => {
                prefix.push(leaf.ident.unraw().to_string());
                self.bind(&leaf.ident, leaf.rename.unraw().to_string(), prefix);
            }
            UseTree::Glob(leaf) => {
                prefix.glob = true;
                self.module().globs.push(prefix.clone());
                self.mention(line_of(leaf.star_token.spans[0]), prefix, true);
            }
        }
    }

    fn bind(&mut self, at: &Ident, name: String, route: Route) {
        self.module()
            .bindings
            .entry(name)
            .or_default()
            .push(route.clone());
        self.mention(line_of(at.span()), route, true);
    }

    fn inside(&mut self, name: &Ident, read: impl FnOnce(&mut Self)) {
        self.scope.path.push(name.unraw().to_string());
        read(self);
        self.scope.path.pop();
    }

    /// `#[macro_export]` puts a macro at the crate's root, wherever it stands.
    fn export_macro(&mut self, name: &Ident) {
        let name = name.unraw().to_string();
        let above = self.scope.path.iter().skip(self.scope.root).cloned();
        let segments = std::iter::once("crate".to_owned())
            .chain(above)
            .chain([name.clone()])
            .collect();
        let path: Vec<String> = self
            .scope
            .path
            .iter()
            .take(self.scope.root)
            .cloned()
            .collect();
        let scope = Scope {
            root: self.scope.root,
            path: path.clone(),
        };
        let root = self.tree.modules.entry(path).or_insert_with(|| Module {
            scope,
            ..Module::default()
        });
        root.bindings.entry(name).or_default().push(Route {
            segments,
            ..Route::default()
        });
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = head(item);
        if is_test_only(attributes) {
            if let Item::Mod(module) = item {
                let file_path = self
                    .scope
                    .path
                    .iter()
                    .cloned()
                    .chain([module.ident.unraw().to_string()])
                    .collect();
                self.tree.test_only.insert(file_path);
            }
            return;
        }
        if let Some(name) = name {
            self.module().items.insert(name.unraw().to_string());
        }
        match item {
            Item::Mod(module) if module.content.is_some() => self.inside(&module.ident, |inner| {
                inner.module();
                visit::visit_item(inner, item);
            }),
            Item::Macro(definition) => {
                if let Some(name) = &definition.ident
                    && definition
                        .attrs
                        .iter()
                        .any(|attribute| attribute.path().is_ident("macro_export"))
                {
                    self.export_macro(name);
                }
                visit::visit_item(self, item);
            }
            Item::ExternCrate(import) => {
                let outside = import.ident != "self";
                let first = if outside {
                    import.ident.unraw().to_string()
                } else {
                    "crate".to_owned()
                };
                let name = import
                    .rename
                    .as_ref()
                    .map_or(&import.ident, |(_, name)| name)
                    .unraw()
                    .to_string();
                self.bind(
                    &import.ident,
                    name,
                    Route {
                        outside,
                        segments: vec![first],
                        glob: false,
                    },
                );
            }
            Item::Use(import) => {
                self.use_tree(
                    &import.tree,
                    Route {
                        outside: import.leading_colon.is_some(),
                        ..Route::default()
                    },
                );
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test_only(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            self.mention(line_of(first.ident.span()), Route::of_path(path), false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.get_ident().filter(|name| *name == "include") {
            self.hides(name, "`include!`");
        }
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        for hidden in ["path", "macro_use"] {
            if let Some(name) = attribute.path().get_ident().filter(|name| *name == hidden) {
                self.hides(name, &format!("`#[{hidden}]`"));
            }
        }
        match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg_attr") && implies_test(&attribute.meta) => {
            }
            Meta::List(list) => {
                self.visit_path(&list.path);
                self.tokens(&list.tokens, Strings::Paths);
            }
            _ => visit::visit_attribute(self, attribute),
        }
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens, Strings::Text);
    }
}

fn line_of(span: Span) -> usize {
    span.start().line
}

/// An item's attributes, and the name it adds to its module.
fn head(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::ExternCrate(item) => (&item.attrs, None),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::ForeignMod(item) => (&item.attrs, None),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Mod(item) => (&item.attrs, None),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::TraitAlias(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

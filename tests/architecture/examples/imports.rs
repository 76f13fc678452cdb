//! Forbidden imports, in every form that Rust has for them.
use super::{complaints, finds};

/// Every form in which `card` can name `crypto`: the path in the complaint, and the line of source.
#[rustfmt::skip]
const FORMS: &[(&str, &str)] = &[
    ("crate::crypto::Key", "use crate::crypto::Key;"),
    ("crate::crypto", "use crate::crypto;"),
    ("crate::crypto", "use crate::crypto::{self};"),
    ("crate::crypto::Key", "use crate::{bytes::{hex, Reader}, crypto::{Key}};"),
    ("crate::crypto::aes::Block", "use {crate::report::Field, crate::{crypto::{aes::{Block}}}};"),
    ("crate::crypto::*", "use crate::crypto::*;"),
    ("crate::crypto::Key", "use crate::crypto::Key as Secret;"),
    ("crate::crypto::Key", "use crate::crypto::Key as _;"),
    ("crate::crypto", "use crate::crypto as ciphers;"),
    ("crate::crypto::Key", "pub use crate::crypto::Key;"),
    ("crate::crypto::Key", "pub(crate) use crate::crypto::Key;"),
    ("super::super::crypto::Key", "use super::super::crypto::Key;"),
    ("self::super::super::crypto::Key", "use self::super::super::crypto::Key;"),
    ("crate::crypto::Key", "use crate::r#crypto::Key;"),
    ("crate::crypto::f", "fn g() { crate::crypto::f(); }"),
    ("crate::crypto::f", "fn g() { use crate::crypto::f; }"),
    ("super::super::crypto::f", "fn g() { super::super::crypto::f(); }"),
    ("super::super::super::crypto::f", "mod inner { fn g() { super::super::super::crypto::f(); } }"),
    ("crate::crypto::Key", "struct S { key: Option<crate::crypto::Key> }"),
    ("crate::crypto::Seal", "impl crate::crypto::Seal for S {}"),
    ("crate::crypto::Seal", "fn g<T: crate::crypto::Seal>(t: T) {}"),
    ("crate::crypto::Seal::LEN", "const N: usize = <S as crate::crypto::Seal>::LEN;"),
    ("crate::crypto::Aes", "fn g(k: K) -> bool { if let crate::crypto::Aes = k { true } else { false } }"),
    ("crate::crypto::Kind", "fn g(k: K) { match k { crate::crypto::Kind { .. } => {} } }"),
    ("crate::crypto::seal", "fn g() { crate::crypto::seal!(); }"),
    ("crate::crypto::KEY", "fn g() { println!(\"{}\", crate::crypto::KEY); }"),
    ("crate::crypto::Key", "fn g() { vec![f(|| { use crate::{bytes::hex, crypto::Key}; })]; }"),
    ("crate::crypto::*", "fn g() { vec![{ use crate::crypto::*; f() }]; }"),
    ("super::super::crypto::Key", "thread_local! { static K: super::super::crypto::Key = K::new(); }"),
    ("crate::crypto::f", "macro_rules! m { ($x:expr) => { $crate::crypto::f($x) }; }"),
    ("crate::crypto::Key", "macro_rules! m { () => { use $crate::{bytes::Reader as crypto, crypto::Key}; }; }"),
    ("crate::crypto::Seal", "#[derive(Clone, crate::crypto::Seal)] struct S;"),
    ("crate::crypto::hex", "struct S { #[serde(with = \"crate::crypto::hex\")] key: u8 }"),
    ("crate::crypto::attribute", "#[crate::crypto::attribute] fn g() {}"),
];

#[test]
fn finds_each_form_of_import() {
    for (path, text) in FORMS {
        let complaint = format!("2: `{path}` imports crypto; card may import bytes, report");
        let text = format!("//! Application identifiers.\n{text}");
        finds("src/card/aid.rs", &text, &complaint);
    }
}

#[test]
fn names_the_line_the_module_and_what_it_may_import() {
    let text = "use crate::bytes::Reader;\n\nfn f() {\n    crate::trace::g();\n}\n";
    finds(
        "src/apdu/mod.rs",
        text,
        "4: `crate::trace::g` imports trace; apdu may import bytes",
    );
    finds(
        "src/report.rs",
        "use crate::bytes::Span;",
        "1: `crate::bytes::Span` imports bytes; report may import nothing",
    );
    finds("src/app/shell.rs", "use crate::headless;", &{
        let above = "report, bytes, crypto, apdu, card, inspect, command, secure_messaging, tmac, sdm, diversify, keyring, \
            dialogue, virtual_card, trace, filter, compare, key_search, explain, calculator, layout, ota, lesson, replay, session, transport, workbench";
        format!("1: `crate::headless` imports headless; app may import {above}")
    });
}

#[test]
fn finds_a_module_without_a_row() {
    finds(
        "src/extra/mod.rs",
        "//! Something.",
        "1: module extra has no row in the import table",
    );
    finds(
        "src/bin/other.rs",
        "fn main() {}",
        "1: module bin::other has no row in the import table",
    );
    finds(
        "src/lib.rs",
        "mod extra { struct S; }",
        "1: module extra has no row in the import table",
    );
    let line = "1: `crate::Key` imports Key, which is no module of the import table; card may import bytes, report";
    finds("src/card/mod.rs", "use crate::Key;", line);
}

#[test]
fn finds_the_whole_crate_behind_a_glob() {
    let complaint = "1: `super::*` imports everything at once; name the module";
    finds("src/card/mod.rs", "use super::*;", complaint);
    finds(
        "src/card/mod.rs",
        "use crate::*;",
        "1: `crate::*` imports everything at once; name the module",
    );
}

/// A name that leads on to a forbidden module counts as an import of that module.
#[test]
fn follows_renames_and_re_exports() {
    let card = "src/card/mod.rs";
    let row = "card may import bytes, report";
    let imports = |line: u8, path: &str| format!("{card}:{line}: `{path}` imports crypto; {row}");
    for (text, line, path) in [
        (
            "use crate as root;\nfn f() { root::crypto::f(); }",
            2,
            "root::crypto::f",
        ),
        (
            "use super as root;\nuse root::crypto::f;",
            2,
            "root::crypto::f",
        ),
        (
            "extern crate self as root;\nuse root::crypto::f;",
            2,
            "root::crypto::f",
        ),
        ("use crate::Key;", 1, "crate::Key"),
        ("use crate::bytes::Key;", 1, "crate::bytes::Key"),
        ("use crate::bytes::all::Key;", 1, "crate::bytes::all::Key"),
        ("use crate::bytes::all::Made;", 1, "crate::bytes::all::Made"),
        (
            "use crate::bytes::all::*;\nfn f() -> Made { g() }",
            2,
            "Made",
        ),
        ("fn f() { crate::wipe!(); }", 1, "crate::wipe"),
    ] {
        let found = complaints(&[
            ("src/lib.rs", "pub mod crypto;\npub use crypto::Key;"),
            (
                "src/crypto/mod.rs",
                "pub struct Key;\npub struct Made;\n#[macro_export] macro_rules! wipe { () => {} }",
            ),
            ("src/bytes/mod.rs", "pub mod all;\npub use self::all::Key;"),
            ("src/bytes/all.rs", "pub use crate::crypto::{*, Key};"),
            (card, text),
        ]);
        let about_card: Vec<&String> = found.iter().filter(|line| line.starts_with(card)).collect();
        assert_eq!(about_card, [&imports(line, path)], "in {text}");
    }
}

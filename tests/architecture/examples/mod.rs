//! The test's own tests: each way to write a forbidden import must be found, and allowed source must pass.
mod homes;
mod imports;

use std::path::{Path, PathBuf};

use super::rules;
use super::tree::Tree;
use super::{manifest, tidy};
use crate::{HOMES, TABLE};

/// The complaints about a small source tree, as printed.
fn complaints(files: &[(&str, &str)]) -> Vec<String> {
    let mut tree = Tree::new(vec![PathBuf::from("src/transport/pcsc_sys")]);
    for (file, text) in files {
        tree.add(Path::new(file), text);
    }
    rules::check(&tree, TABLE, HOMES)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// One file in which one line is wrong.
#[track_caller]
fn finds(file: &str, text: &str, complaint: &str) {
    let found = complaints(&[(file, text)]);
    assert_eq!(found, [format!("{file}:{complaint}")], "in {text}");
}

#[test]
fn finds_what_would_hide_imports() {
    let hides = |what: &str| format!("1: {what} hides imports from this test");
    finds(
        "src/card/mod.rs",
        "#[path = \"../crypto/mod.rs\"] mod ciphers;",
        &hides("`#[path]`"),
    );
    finds(
        "src/lib.rs",
        "#[macro_use] mod card;",
        &hides("`#[macro_use]`"),
    );
    finds(
        "src/card/mod.rs",
        "include!(\"table.rs\");",
        &hides("`include!`"),
    );
    let found = complaints(&[("src/card/mod.rs", "fn f() {\n    let = 1;\n}")]);
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("src/card/mod.rs:2: does not parse")),
        "{found:?}"
    );
}

#[test]
fn condition_that_also_holds_outside_tests_is_not_skipped() {
    for condition in [
        "not(test)",
        "any(test, feature = \"gui\")",
        "feature = \"test\"",
    ] {
        let text = format!("#[cfg({condition})] use crate::crypto::Key;");
        finds(
            "src/card/mod.rs",
            &text,
            "1: `crate::crypto::Key` imports crypto; card may import bytes, report",
        );
    }
}

/// A module of `card` with all that may stand in it, some of it looking like an import of `crypto`.
const CARD: &str = r#"
//! Speaks of [`crate::crypto::Key`] without importing it.
use std::fmt;
use std::time::Duration;
use crate::bytes::{self, hex, Reader as Cursor};
use super::report::*;
use super::card::settings;
pub use self::settings::Standard;

mod settings;
mod aes { pub fn f() {} }

/// As `crate::trace` prints it.
#[derive(Clone, thiserror::Error)]
#[error("crate::crypto is text here")]
pub struct Aid(u32);

macro_rules! new { ($serde:ident) => { $serde::new() }; }

fn f(hex: u8, serde: u8) -> u8 {
    tracing::debug!(hex, "crate::crypto::Key");
    aes::f();
    hex + serde + vec![hex::digit(bytes::LEN)].len() as u8
}

#[cfg(test)]
use crate::crypto::Key;

#[cfg(all(test, feature = "gui"))]
fn key() -> crate::crypto::Key { std::fs::read("key") }

#[cfg_attr(test, derive(crate::crypto::Seal))]
struct S;

impl S {
    #[cfg(test)]
    fn key() -> crate::crypto::Key { crate::crypto::Key }
}

#[cfg(test)]
mod checks;

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn t() { crate::virtual_card::Card::handle(serde_json::json!({})); }
}
"#;

#[test]
fn allowed_source_passes() {
    let found = complaints(&[
        (
            "src/lib.rs",
            "pub mod bytes;\npub mod card;\npub use card::Aid;\npub mod manual {}",
        ),
        (
            "src/main.rs",
            "mod setup { pub fn f() {} }\nuse tapscope::app;\nfn main() { crate::setup::f(); app::run(); }",
        ),
        ("src/bytes/mod.rs", "pub mod hex;\npub const LEN: u8 = 1;"),
        (
            "src/bytes/hex.rs",
            "use hex::encode;\nuse ::hex::FromHexError;",
        ),
        ("src/card/mod.rs", CARD),
        (
            "src/card/settings.rs",
            "use super::Aid;\nuse crate::card::{self, aes};\npub struct Standard;",
        ),
        ("src/card/checks.rs", "use crate::crypto::Key;"),
        (
            "src/crypto/aes.rs",
            "use ::aes::Aes128;\nuse aes::cipher::KeyInit;\nuse crate::bytes::Reader;",
        ),
        (
            "src/dialogue/mod.rs",
            "use crate::Aid;\nuse crate::card::Aid as Same;",
        ),
        (
            "src/headless/keys/list.rs",
            "use std::{env, fs};\nuse crate::{trace, workbench};\nuse clap::Parser;",
        ),
        (
            "src/transport/pcsc_sys/src/lib.rs",
            "mod ffi;\nuse libloading::Library;\nuse crate::ffi::connect;",
        ),
        (
            "src/transport/pcsc_sys/src/ffi.rs",
            "use crate::connect;\nuse super::Library;",
        ),
        (
            "src/transport/record.rs",
            "use std::time::{Instant, SystemTime};\nuse std::thread;",
        ),
        ("src/transport/vpcd/server.rs", "use std::net::TcpListener;"),
        (
            "src/workbench/worker_pool.rs",
            "use std::thread::Builder;\nuse crate::explain;",
        ),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn finds_cycles_and_unknown_names_in_a_table() {
    let none: [&str; 0] = [];
    assert_eq!(
        rules::check_table(&[("a", "b c"), ("b", "c"), ("c", "")]),
        none
    );
    assert_eq!(
        rules::check_table(&[("a", "a")]),
        ["a can be reached from itself: the table has a cycle"]
    );
    assert_eq!(
        rules::check_table(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]).len(),
        3
    );
    assert_eq!(
        rules::check_table(&[("a", "b")]),
        ["a may import b, which has no row"]
    );
    assert_eq!(
        rules::check_table(&[("a", ""), ("a", "")]),
        ["a module has more than one row"]
    );
}

/// Of eight dependencies, four have something to mend.
const MANIFEST: &str = r#"
[package]
name = "x"

[dependencies]
# The ciphers, a group.
aes = "0.9"
cbc = { version = "0.2", features = [
    "alloc",
] }

hex = "0.4"
#
crc.version = "3"
# Nobody said where it may be used.
left-pad = "1"

[target.'cfg(windows)'.dependencies]
clap = "4"

# A table of its own.
[dependencies.serde]
version = "1"

[dev-dependencies]
# Only in tests.
proptest = "1"

[features]
gui = []
"#;

#[test]
fn finds_dependencies_without_home_or_reason() {
    let dependencies = manifest::dependencies(MANIFEST);
    let names: Vec<&str> = dependencies
        .iter()
        .map(|dependency| dependency.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "aes", "cbc", "hex", "crc", "left-pad", "clap", "serde", "proptest"
        ]
    );
    let found: Vec<String> = manifest::check(&dependencies, HOMES)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "Cargo.toml:12: hex has no comment that says why it is needed",
            "Cargo.toml:14: crc has no comment that says why it is needed",
            "Cargo.toml:16: left-pad has no home: add its line to HOMES in tests/architecture.rs",
            "Cargo.toml:19: clap has no comment that says why it is needed",
        ]
    );
}

#[test]
fn finds_long_files_and_tabs() {
    let printed = |text: &str| -> Vec<String> {
        tidy::check(Path::new("src/a.rs"), text)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        printed(&"x\n".repeat(tidy::MOST_LINES)),
        Vec::<String>::new()
    );
    assert_eq!(
        printed(&"x\n".repeat(801)),
        ["src/a.rs:801: 801 lines; a file has at most 800"]
    );
    assert_eq!(
        printed("fn f() {\n\tg();\n}\n"),
        ["src/a.rs:2: a tab; indent with spaces"]
    );
}

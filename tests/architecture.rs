//! The house rules that no compiler checks: who may import whom, where each outside crate and power lives, how long a
//! file may be, and that each dependency says why it is there.
//!
//! A single package keeps the program easy to read, but rustc allows cycles inside a crate. This test is what keeps
//! the layers apart. To add a module, add its line to [`TABLE`]; to add a dependency, add its line to [`HOMES`].
//!
//! What it cannot see: names that a macro of another crate makes up, and I/O reached through methods of types that are
//! not named here (`Path::exists`). It refuses what would hide an import from it: `#[path]`, `#[macro_use]` and
//! `include!`.

mod architecture {
    mod collect;
    mod examples;
    pub(crate) mod manifest;
    mod resolve;
    pub(crate) mod rules;
    mod test_only;
    pub(crate) mod tidy;
    mod tokens;
    pub(crate) mod tree;
}

use std::fs;
use std::path::{Path, PathBuf};

use architecture::manifest;
use architecture::rules::{self, Complaint, Home, Row};
use architecture::tidy;
use architecture::tree::Tree;

/// Each module of `src/` with all that it may import. One line per module; nothing is implied.
///
/// `lib.rs` and `main.rs` stand above the table and may use everything.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("manual", ""),
    ("report", ""),
    ("bytes", ""),
    ("crypto", "bytes"),
    ("apdu", "bytes"),
    ("card", "bytes report"),
    ("inspect", "bytes crypto card"),
    ("command", "bytes report apdu card"),
    ("secure_messaging", "bytes report crypto apdu card"),
    ("tmac", "bytes report crypto apdu card command"),
    ("sdm", "bytes report crypto apdu card"),
    ("diversify", "bytes report crypto apdu card"),
    ("originality", "bytes report"),
    ("keyring", "bytes crypto card diversify"),
    ("dialogue", "report bytes crypto apdu card command secure_messaging tmac sdm diversify keyring"),
    ("virtual_card", "report bytes crypto apdu card command secure_messaging tmac sdm diversify keyring"),
    ("trace", "report bytes crypto apdu card command secure_messaging tmac sdm diversify keyring"),
    ("filter", "report bytes apdu card command secure_messaging trace"),
    ("compare", "report bytes apdu card command secure_messaging trace"),
    ("key_search", "report bytes crypto card secure_messaging diversify keyring trace"),
    ("explain", "report bytes crypto apdu card command secure_messaging tmac diversify keyring trace"),
    ("layout", "report bytes apdu card command keyring diversify dialogue"),
    ("ota", "report bytes crypto apdu card command secure_messaging tmac keyring dialogue trace"),
    ("lesson", "report bytes apdu card command tmac keyring dialogue trace"),
    ("replay", "report bytes crypto apdu card command secure_messaging keyring dialogue virtual_card trace"),
    ("calculator", "report bytes crypto apdu card command secure_messaging tmac sdm diversify originality keyring trace"),
    ("session", "report bytes crypto card secure_messaging diversify keyring virtual_card trace calculator layout lesson"),
    ("transport", "report bytes crypto apdu card secure_messaging dialogue virtual_card trace"),
    ("workbench", "report bytes crypto apdu card inspect command secure_messaging tmac sdm diversify keyring dialogue virtual_card trace filter compare key_search explain calculator layout ota lesson replay session transport"),
    ("headless", "report bytes crypto apdu card inspect command secure_messaging tmac sdm diversify keyring dialogue virtual_card trace filter compare key_search explain calculator layout ota lesson replay session transport workbench"),
    ("app", "report bytes crypto apdu card inspect command secure_messaging tmac sdm diversify keyring dialogue virtual_card trace filter compare key_search explain calculator layout ota lesson replay session transport workbench"),
];

/// Each outside crate and each power of `std` with the places that may use it.
///
/// A place is a module or file below `src/`; a trailing `*` takes every file whose path starts so. `*` alone is
/// everywhere. A `*` at the end of a crate's name takes the whole family.
#[rustfmt::skip]
const HOMES: &[Home] = &[
    ("egui", "app"),
    ("eframe", "app"),
    ("egui_*", "app"),
    ("rfd", "app"),
    ("pcsc", "transport/pcsc*"),
    ("pcsc_sys", "transport/pcsc*"),
    ("libloading", "transport/pcsc*"),
    ("std::net", "transport/vpcd*"),
    ("socket2", "transport/vpcd*"),
    ("std::fs", "headless workbench/worker*"),
    ("std::os::unix::net", "transport/pcsc*"),
    ("std::env", "headless workbench/worker*"),
    ("tempfile", "headless workbench/worker*"),
    ("std::thread", "workbench/worker* transport"),
    ("std::time::Instant", "transport/record*"),
    ("std::time::SystemTime", "transport/record*"),
    ("getrandom", "transport/os_entropy*"),
    ("serde", "session workbench/settings*"),
    ("serde_json", "session workbench/settings*"),
    ("regex", "filter"),
    ("csv", "session"),
    ("imara_diff", "compare"),
    ("clap", "headless"),
    ("ctrlc", "headless"),
    ("tracing_subscriber", "main headless"),
    ("tracing_appender", "headless"),
    ("tracing", "*"),
    ("thiserror", "*"),
    ("aes", "crypto"),
    ("des", "crypto"),
    ("cbc", "crypto"),
    ("p224", "originality"),
    ("cmac", "crypto"),
    ("crc", "crypto"),
    ("rand_chacha", "crypto"),
    ("zeroize", "crypto"),
    ("argon2", "crypto"),
    ("chacha20poly1305", "crypto"),
    ("rpassword", "headless"),
    ("hex", "bytes"),
];

/// The package's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below the given folders, with its path relative to the package and its text.
fn rust_files(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in folders {
        for entry in walkdir::WalkDir::new(root().join(folder)).sort_by_file_name() {
            let path = entry
                .unwrap_or_else(|e| panic!("{folder}/ can be walked: {e}"))
                .into_path();
            if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|e| panic!("{} is text: {e}", path.display()));
                let relative = path.strip_prefix(root()).unwrap_or(&path).to_path_buf();
                files.push((relative, text));
            }
        }
    }
    files
}

/// Folders below `src/` that are packages of their own: their `crate` is not ours.
fn nested_packages() -> Vec<PathBuf> {
    walkdir::WalkDir::new(root().join("src"))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "Cargo.toml")
        .filter_map(|entry| {
            Some(
                entry
                    .path()
                    .parent()?
                    .strip_prefix(root())
                    .ok()?
                    .to_path_buf(),
            )
        })
        .collect()
}

/// Fails with all complaints at once, one per line, so that they can be mended in one go.
fn expect_none(complaints: &[impl ToString]) {
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "{} to mend:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut tree = Tree::new(nested_packages());
    for (path, text) in rust_files(&["src"]) {
        tree.add(&path, &text);
    }
    assert!(
        tree.modules.contains_key(&Vec::new()),
        "the walk finds src/lib.rs"
    );
    expect_none(&rules::check(&tree, TABLE, HOMES));
}

#[test]
fn only_the_package_below_pc_sc_may_be_unsafe() {
    let packages = nested_packages();
    assert_eq!(packages, [PathBuf::from("src/transport/pcsc_sys")]);
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the package has a manifest");
    assert!(text.contains("\nunsafe_code = \"forbid\"\n"));
    for package in packages {
        let text = fs::read_to_string(root().join(package).join("Cargo.toml")).expect("a manifest");
        assert!(
            !text.contains("unsafe_code"),
            "forbidden where it is needed"
        );
        for lint in ["undocumented_unsafe_blocks", "missing_safety_doc"] {
            assert!(text.contains(&format!("\n{lint} = \"deny\"\n")), "{lint}");
        }
        let dependencies = manifest::dependencies(&text);
        expect_none(&manifest::check(&dependencies, HOMES));
    }
}

#[test]
fn table_has_no_cycle_and_no_unknown_name() {
    expect_none(&rules::check_table(TABLE));
}

#[test]
fn dependencies_have_a_home_and_a_reason() {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the package has a manifest");
    let dependencies = manifest::dependencies(&text);
    assert!(!dependencies.is_empty(), "Cargo.toml has dependencies");
    expect_none(&manifest::check(&dependencies, HOMES));
}

#[test]
fn files_are_short_and_without_tabs() {
    let complaints: Vec<Complaint> = rust_files(&["src", "tests"])
        .iter()
        .flat_map(|(path, text)| tidy::check(path, text))
        .collect();
    expect_none(&complaints);
}

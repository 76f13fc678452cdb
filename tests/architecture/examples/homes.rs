//! Outside crates and powers of `std`, used away from home.
use super::{complaints, finds};
use crate::HOMES;

/// Each crate and power away from home: the path in the complaint, the line of `HOMES`, and the source.
#[rustfmt::skip]
const AWAY: &[(&str, &str, &str, &str)] = &[
    ("egui::Ui", "egui", "app", "use egui::Ui;"),
    ("eframe::run_native", "eframe", "app", "fn f() { eframe::run_native(); }"),
    ("egui_kittest::Harness", "egui_*", "app", "use egui_kittest::Harness;"),
    ("rfd", "rfd", "app", "use rfd;"),
    ("pcsc::Context", "pcsc", "transport/pcsc*", "struct S { c: pcsc::Context }"),
    ("pcsc_sys::connect", "pcsc_sys", "transport/pcsc*", "fn f() { pcsc_sys::connect(); }"),
    ("libloading::*", "libloading", "transport/pcsc*", "use libloading::*;"),
    ("std::net::TcpStream", "std::net", "transport/vpcd*", "use std::{fmt, net::TcpStream};"),
    ("socket2::Socket", "socket2", "transport/vpcd*", "use socket2::Socket as S;"),
    ("std::fs::read", "std::fs", "headless, workbench/worker*", "fn f() { std::fs::read(p); }"),
    ("std::os::unix::net::UnixStream", "std::os::unix::net", "transport/pcsc*", "use std::os::unix::net::UnixStream;"),
    ("::std::fs", "std::fs", "headless, workbench/worker*", "use ::std::fs;"),
    ("std::env::args", "std::env", "headless, workbench/worker*", "fn f() { g!(std::env::args()); }"),
    ("tempfile::tempdir", "tempfile", "headless, workbench/worker*", "fn f() { tempfile::tempdir(); }"),
    ("std::thread::sleep", "std::thread", "workbench/worker*, transport", "fn f() { std::thread::sleep(d); }"),
    ("std::time::Instant", "std::time::Instant", "transport/record*", "use std::time::{Duration, Instant};"),
    ("std::time::SystemTime", "std::time::SystemTime", "transport/record*", "fn f(t: std::time::SystemTime) {}"),
    ("getrandom::fill", "getrandom", "transport/os_entropy*", "fn f() { getrandom::fill(b); }"),
    ("serde::Serialize", "serde", "session, workbench/settings*", "#[derive(serde::Serialize)] struct S;"),
    ("serde_json::json", "serde_json", "session, workbench/settings*", "fn f() { serde_json::json!({}); }"),
    ("csv::Reader", "csv", "session", "use csv::Reader;"),
    ("imara_diff::Diff", "imara_diff", "compare", "use imara_diff::Diff;"),
    ("ctrlc::set_handler", "ctrlc", "headless", "fn f() { ctrlc::set_handler(g); }"),
    ("regex::Regex", "regex", "filter", "use regex::Regex;"),
    ("clap::Parser", "clap", "headless", "use clap::Parser;"),
    ("tracing_subscriber::fmt", "tracing_subscriber", "main, headless", "fn f() { tracing_subscriber::fmt(); }"),
    ("tracing_appender::rolling", "tracing_appender", "headless", "use tracing_appender::rolling;"),
    ("::aes", "aes", "crypto", "extern crate aes;"),
    ("des::Des", "des", "crypto", "use {des::Des};"),
    ("::cbc::Encryptor", "cbc", "crypto", "use ::cbc::Encryptor;"),
    ("::p224::ecdsa::Signature", "p224", "originality", "use ::p224::ecdsa::Signature;"),
    ("cmac::Cmac", "cmac", "crypto", "type C = cmac::Cmac<u8>;"),
    ("crc::Crc::new", "crc", "crypto", "fn f() { crc::Crc::new(); }"),
    ("rand_chacha::ChaCha20Rng", "rand_chacha", "crypto", "use rand_chacha::ChaCha20Rng;"),
    ("zeroize::Zeroize", "zeroize", "crypto", "impl zeroize::Zeroize for S {}"),
    ("argon2::Argon2", "argon2", "crypto", "use argon2::Argon2;"),
    ("chacha20poly1305::aead", "chacha20poly1305", "crypto", "use chacha20poly1305::aead;"),
    ("rpassword::prompt_password", "rpassword", "headless", "fn f() { rpassword::prompt_password(t); }"),
    ("::hex::encode", "hex", "bytes", "macro_rules! m { () => { ::hex::encode(b) }; }"),
];

#[test]
fn finds_each_power_away_from_home() {
    for (path, power, home, text) in AWAY {
        let complaint = format!("1: `{path}` uses {power}, whose home is {home}");
        finds("src/layout/mod.rs", text, &complaint);
    }
    for (power, places) in HOMES.iter().filter(|(_, places)| *places != "*") {
        assert!(
            AWAY.iter().any(|(_, tried, ..)| tried == power),
            "{power} ({places}) has an example"
        );
    }
}

/// A glob that brings a power along is a use of it, also in the home of another power that it brings.
#[test]
fn finds_powers_behind_globs() {
    let complaint = "1: `std::time::*` uses std::time::Instant, whose home is transport/record*";
    finds("src/layout/mod.rs", "use std::time::*;", complaint);
    let complaint = "1: `std::*` uses std::fs, whose home is headless, workbench/worker*";
    finds("src/transport/vpcd.rs", "use std::*;", complaint);
    assert_eq!(
        complaints(&[("src/layout/mod.rs", "use std::fmt::*;")]),
        Vec::<String>::new()
    );
}

#[test]
fn finds_powers_behind_other_names() {
    let found = complaints(&[(
        "src/layout/mod.rs",
        "use std::time as clock;\nfn f() { clock::Instant::now(); }",
    )]);
    assert_eq!(
        found,
        [
            "src/layout/mod.rs:2: `clock::Instant::now` uses std::time::Instant, whose home is transport/record*"
        ]
    );
    let found = complaints(&[
        ("src/bytes/mod.rs", "pub use ::hex as coding;"),
        (
            "src/layout/mod.rs",
            "fn f() { crate::bytes::coding::encode(); }",
        ),
    ]);
    assert_eq!(
        found,
        ["src/layout/mod.rs:1: `crate::bytes::coding::encode` uses hex, whose home is bytes"]
    );
    // A neighbour of the home is not the home.
    let found = complaints(&[(
        "src/transport/mod.rs",
        "use std::net::TcpStream;\nuse std::thread;",
    )]);
    assert_eq!(
        found,
        [
            "src/transport/mod.rs:1: `std::net::TcpStream` uses std::net, whose home is transport/vpcd*"
        ]
    );
    finds(
        "src/main.rs",
        "use std::fs;",
        "1: `std::fs` uses std::fs, whose home is headless, workbench/worker*",
    );
}

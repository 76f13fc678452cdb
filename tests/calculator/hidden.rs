//! Key material stays hidden while secrets are: no other line gives it away.

use tapscope::bytes::hex;
use tapscope::calculator::Outcome;

use super::{digits, run};

const KEY: &str = "A0B0C0D0E0F000102030405060708090";
const ENC: &str = "C1D7BD9F60034D8432F9AF3403D573D0";

/// Keys of the lines that anybody sees and that hold these bytes.
fn telling<'a>(outcome: &'a Outcome, needle: &str) -> Vec<&'a str> {
    let lines = outcome.sheet.lines().iter();
    lines
        .filter(|line| !line.secret)
        .filter(|line| hex::upper(line.bytes().unwrap_or_default()).contains(needle))
        .map(|line| line.key.as_str())
        .collect()
}

fn is_hidden(outcome: &Outcome, key: &str) -> bool {
    let line = outcome.sheet.line(key);
    line.unwrap_or_else(|| panic!("no {key}, {:?}", outcome.slips))
        .secret
}

#[test]
fn the_last_block_of_a_cmac_does_not_tell_its_subkey() {
    let zeros = "0".repeat(32);
    let whole = run("cmac", &[("key", KEY), ("message", &zeros)]);
    assert_eq!(telling(&whole, &digits(&whole, "K1")), [""; 0]);
    assert!(is_hidden(&whole, "Message, last block with K1"));
    let padded = run("cmac", &[("key", KEY)]);
    assert!(is_hidden(&padded, "Message, padded, last block with K2"));
}

#[test]
fn a_check_value_shows_three_bytes_only() {
    let outcome = run("kcv", &[("key", KEY)]);
    let block = digits(&outcome, "Zero block enciphered");
    assert_eq!(telling(&outcome, &block[..8]), [""; 0]);
    assert!(!is_hidden(&outcome, "KCV"));
}

#[test]
fn a_key_that_is_not_enciphered_is_hidden_in_every_line() {
    let channels: [&[(&str, &str)]; 4] = [
        &[("channel", "ev2"), ("mac", ENC), ("ti", "569D4B24")],
        &[("channel", "lrp"), ("master", ENC), ("ti", "569D4B24")],
        &[("channel", "ev1"), ("session-key", ENC)],
        &[("channel", "d40"), ("session-key", ENC)],
    ];
    for (channel, mode) in channels
        .into_iter()
        .flat_map(|channel| [(channel, "mac"), (channel, "plain")])
    {
        let build = [
            ("mode", mode),
            ("ins", "C4"),
            ("header", "01"),
            ("data", KEY),
        ];
        let built = run("frame", &[channel, &build].concat());
        let frame = digits(&built, "Native frame");
        assert!(frame.contains(KEY));
        assert_eq!(telling(&built, KEY), [""; 0], "{channel:?} {mode}");
        let read = [
            ("mode", mode),
            ("direction", "read-command"),
            ("frame", &frame[..]),
            ("header-length", "1"),
        ];
        let read = run("frame", &[channel, &read].concat());
        assert_eq!(digits(&read, "Data"), KEY);
        assert_eq!(telling(&read, KEY), [""; 0], "{channel:?} {mode}");
    }
}

#[test]
fn an_enciphered_key_leaves_its_frames_to_be_seen() {
    let pairs = [
        ("enc", ENC),
        ("mac", "FD9E26C9766F07C1D07106C0F8F3671F"),
        ("ti", "569D4B24"),
        ("ins", "C4"),
        ("header", "01"),
        ("data", KEY),
    ];
    let built = run("frame", &pairs);
    for key in ["MAC input", "Native frame", "Wrapped frame"] {
        assert!(!is_hidden(&built, key), "{key}");
    }
}

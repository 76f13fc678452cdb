//! Keys per second of the key search, printed by `cargo bench --bench search`.
//!
//! Each kind of authentication is recorded on a virtual card and searched with keys that do not fit:
//!
//! * **check**: preparing a key and `Challenge::fits`, the inner part of every search (N6 for AES);
//! * **dictionary**: the whole search over a dictionary in memory, its lines of hexadecimal digits read as they are tried.
//!
//! Of a check with AES, preparing the key, copying its round keys for 512-bit registers and wiping them afterwards are the
//! larger part by far; the two blocks themselves are the smaller one.
//!
//! The rounds alternate, so that a change of clock frequency meets all of them; printed are medians of rounds.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark stops at once and prints its result"
)]

#[expect(dead_code, reason = "the other benchmarks measure more of a recording")]
mod measure;

use std::fmt::Write;
use std::hint::black_box;

use tapscope::card::KeyType;
use tapscope::crypto::Secret;
use tapscope::dialogue::Request;
use tapscope::key_search::{Candidates, Challenge, Dictionary, Search, Trial, recorded};
use tapscope::keyring::Keyring;
use tapscope::secure_messaging::handshake::AuthKey;

use measure::{median, per, record, time};

const ROUNDS: usize = 15;
const KEY: [u8; 24] = *b"\x5B\xC1\x07\xE9\x22\x9D\x40\xF6\x3A\x88\x15\xD3\x6E\xB4\x71\x0C\xA2\x4D\x93\x18\xE7\x50\x2F\xCB";
/// N6 of the product's figures, keys a second.
const TARGET: f64 = 5_000_000.0;

fn main() {
    let kinds = [
        Subject::new("AES EV2First", KeyType::Aes128, true, 200_000),
        Subject::new("AES AA", KeyType::Aes128, false, 200_000),
        Subject::new("2K3DES 1A", KeyType::TwoKey3Des, false, 20_000),
        Subject::new("3K3DES 1A", KeyType::ThreeKey3Des, false, 20_000),
    ];
    let mut taken = [const { (Vec::new(), Vec::new()) }; 4];
    for _ in 0..ROUNDS {
        for (subject, (check, whole)) in kinds.iter().zip(&mut taken) {
            check.push(subject.check());
            whole.push(subject.dictionary());
        }
    }
    println!("Key search on one core, {ROUNDS} rounds, medians");
    for (subject, (check, whole)) in kinds.iter().zip(taken) {
        let second = |taken: Vec<f64>| 1e9 / median(taken);
        let (check, whole) = (second(check), second(whole));
        let target = match subject.kind {
            KeyType::Aes128 => format!("   target {TARGET:.0} at least"),
            _ => String::new(),
        };
        println!(
            "{:<13} check {check:>11.0} keys/s   dictionary {whole:>11.0} keys/s{target}",
            subject.name
        );
    }
}

struct Subject {
    name: &'static str,
    kind: KeyType,
    challenge: Challenge,
    count: usize,
    text: Vec<u8>,
}

impl Subject {
    fn new(name: &'static str, kind: KeyType, ev2: bool, count: usize) -> Self {
        let len = if kind == KeyType::ThreeKey3Des {
            24
        } else {
            16
        };
        let key = KEY.get(..len).unwrap();
        let auth = AuthKey::new(kind, key).unwrap();
        let authenticate = if ev2 {
            Request::Authenticate {
                first: true,
                key_no: 0,
                key: *key.first_chunk().unwrap(),
                rnd_a: [0x6D; 16],
                pcdcap2: Vec::new(),
            }
        } else {
            Request::AuthenticateLegacy {
                d40: false,
                key_no: 0,
                rnd_a: Secret::new(vec![0x6D; auth.rnd_len()]),
                key: Box::new(auth),
            }
        };
        let recording = record(kind, key, authenticate, &[measure::get_value()]);
        let rows = tapscope::trace::decode(&recording.events, &Keyring::default());
        let challenges = recorded(&rows, &recording.events);
        let challenge = challenges.first().unwrap().clone();
        assert!(challenge.fits(&Trial::new(kind, key).unwrap()), "{name}");
        let mut text = String::new();
        for number in 0..count {
            let mut key = key.to_vec();
            vary(&mut key, number);
            for byte in key {
                write!(text, "{byte:02X}").unwrap();
            }
            text.push('\n');
        }
        Self {
            name,
            kind,
            challenge,
            count,
            text: text.into_bytes(),
        }
    }

    /// Nanoseconds a key.
    fn check(&self) -> f64 {
        let len = if self.kind == KeyType::ThreeKey3Des {
            24
        } else {
            16
        };
        let mut key = KEY.get(..len).unwrap().to_vec();
        let mut hits = 0;
        let taken = time(|| {
            for number in 0..self.count {
                vary(&mut key, number);
                let trial = Trial::new(self.kind, black_box(&key)).unwrap();
                hits += usize::from(self.challenge.fits(&trial));
            }
        });
        assert_eq!(hits, 0);
        per(self.count, taken)
    }

    fn dictionary(&self) -> f64 {
        let dictionary = Dictionary::new("bench", self.text.clone());
        let challenges = vec![self.challenge.clone()];
        let mut search = Search::new(challenges, Candidates::default(), vec![dictionary]);
        let taken = time(|| while !search.step(1 << 16).is_done() {});
        assert_eq!(
            (search.progress().done, search.matches().len()),
            (self.count, 0)
        );
        per(self.count, taken)
    }
}

/// Another wrong key for each number.
fn vary(key: &mut [u8], number: usize) {
    let number = (number + 1).to_le_bytes();
    let key = key.iter_mut().skip(1).zip(number).take(4);
    key.for_each(|(byte, number)| *byte = number << 1);
}

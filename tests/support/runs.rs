//! Runs of secret bytes in text: four consecutive ones in hexadecimal (either case, with or without separators), base64
//! (any alignment) or the decimal list that `Debug` makes.

use std::collections::HashMap;

use tapscope::bytes::hex;
use tapscope::card::Aid;
use tapscope::crypto::Secret;
use tapscope::keyring::Keyring;
use tapscope::trace::{self, Authenticated, Event};

/// Every run of four consecutive bytes of every secret, with the secret's name.
#[derive(Default)]
pub struct Secrets(HashMap<[u8; 4], String>);

impl Secrets {
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        // The delivery value of an empty card is no secret.
        if bytes.iter().all(|byte| *byte == 0) {
            return;
        }
        for window in bytes.windows(4) {
            let window = window.try_into().expect("four bytes");
            self.0.insert(window, name.to_owned());
        }
    }

    /// Keys as stored and as diversified for `uid`.
    pub fn add_keys(&mut self, keyring: &Keyring, uid: &[u8]) {
        for entry in &keyring.keys {
            self.add(&entry.label, entry.value.expose());
            for aid in [Aid::PICC, "014499".parse().expect("an AID")] {
                if let Ok(key) = entry.key_for(Some(uid), Some(aid)) {
                    self.add(&format!("{}, diversified", entry.label), key.expose());
                }
            }
        }
    }

    /// What the authentications and key changes of a recording revealed.
    pub fn add_recording(&mut self, events: &[Event], keyring: &Keyring) {
        let rows = trace::decode(events, keyring);
        let mut authentications = 0;
        for row in rows {
            let values: Vec<(&str, Vec<u8>)> = match row.authentication.as_deref() {
                Some(Authenticated::Ev2(seen)) => vec![
                    ("key", seen.key.to_vec()),
                    ("RndA", seen.rnd_a.to_vec()),
                    ("RndB", seen.rnd_b.to_vec()),
                    ("KSesAuthENC", seen.keys.enc.to_vec()),
                    ("KSesAuthMAC", seen.keys.mac.to_vec()),
                ],
                Some(Authenticated::Legacy { key, seen }) => {
                    let value = |secret: &Secret| secret.expose().to_vec();
                    let mut values = vec![("key", value(key)), ("RndA", value(&seen.rnd_a))];
                    values.extend(seen.rnd_b.as_ref().map(|rnd_b| ("RndB", value(rnd_b))));
                    let session_key = seen.session_key();
                    values.extend(session_key.map(|key| ("session key", value(&key))));
                    values
                }
                None => Vec::new(),
            };
            authentications += usize::from(!values.is_empty());
            for (name, mut bytes) in values {
                self.add(&format!("{name} of row {}", row.index), &bytes);
                bytes.rotate_left(1);
                self.add(&format!("{name} of row {}, rotated", row.index), &bytes);
            }
            if let Some(key) = row.new_key.and_then(|new| new.key) {
                self.add(&format!("new key of row {}", row.index), key.expose());
            }
        }
        assert!(authentications > 0, "a recording with authentications");
    }

    /// Names of the secrets that `text` shows four bytes of.
    pub fn found_in(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for bytes in hexadecimal(text)
            .into_iter()
            .chain(base64(text))
            .chain(decimal(text))
        {
            for window in bytes.windows(4) {
                let window: [u8; 4] = window.try_into().expect("four bytes");
                if let Some(name) = self.0.get(&window) {
                    found.push(format!("{} of {name}", hex::upper(window)));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Runs of at least `least` items for which `value` knows a value.
fn runs(text: &str, least: usize, value: impl Fn(char) -> Option<u32>) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for character in text.chars() {
        match (value(character), all.last_mut()) {
            (Some(value), Some(run)) => run.push(value),
            _ => all.push(Vec::new()),
        }
    }
    all.retain(|run| run.len() >= least);
    all
}

/// What `text` holds as hexadecimal digits, separators removed, from each first digit.
fn hexadecimal(text: &str) -> Vec<Vec<u8>> {
    let joined: String = text
        .chars()
        .filter(|character| !character.is_whitespace() && !":-_,".contains(*character))
        .collect();
    let joined = joined.replace("0x", "").replace("\\x", "");
    let runs = runs(&joined, 8, |digit| digit.to_digit(16));
    let digits = runs.iter().flat_map(|run| [&run[..], &run[1..]]);
    digits.map(|digits| bytes(digits, 4)).collect()
}

/// What `text` holds as base64, for each place where the encoding may have started.
fn base64(text: &str) -> Vec<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |c: char| ALPHABET.find(c).and_then(|at| u32::try_from(at).ok());
    let runs = runs(text, 6, value);
    let starts = runs
        .iter()
        .flat_map(|run| (0..4).filter_map(|start| run.get(start..)));
    starts.map(|digits| bytes(digits, 6)).collect()
}

/// Digits of `bits` bits each as bytes.
fn bytes(digits: &[u32], bits: u32) -> Vec<u8> {
    let (mut out, mut held, mut have) = (Vec::new(), 0_u32, 0);
    for digit in digits {
        held = held << bits | digit;
        have += bits;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from(held >> have & 0xFF).expect("eight bits"));
        }
        held &= (1 << have) - 1;
    }
    out
}

/// What `text` holds as lists of decimal numbers.
fn decimal(text: &str) -> Vec<Vec<u8>> {
    let lists = text.split(['[', ']', '(', ')', '{', '}']);
    let bytes = lists.map(|list| {
        let numbers = list.split(',').map(str::trim);
        numbers.filter_map(|number| number.parse().ok()).collect()
    });
    bytes.filter(|bytes: &Vec<u8>| bytes.len() >= 4).collect()
}

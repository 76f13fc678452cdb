//! The published and recorded vectors through the topics themselves.

use serde_json::Value;
use tapscope::calculator::Outcome;

use super::{digits, run};

/// The verified vectors of a file, with their kinds.
pub(super) fn vectors(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let all = file["vectors"].as_array().expect("vectors").clone();
    all.into_iter()
        .filter(|vector| vector["status"] != "unverifiable")
        .collect()
}

/// An input or a result of a vector.
pub(super) fn text<'a>(vector: &'a Value, part: &str, name: &str) -> &'a str {
    vector[part][name]
        .as_str()
        .unwrap_or_else(|| panic!("{}: no {part} {name}", vector["id"]))
}

/// Runs a topic that has to take the inputs.
pub(super) fn taken(topic: &str, id: &Value, pairs: &[(&str, &str)]) -> Outcome {
    let outcome = run(topic, pairs);
    assert!(!outcome.is_refused(), "{id}: {:?}", outcome.slips);
    outcome
}

#[test]
fn crc() {
    let mut seen = 0;
    for vector in vectors("crc") {
        let (flavour, key) = match vector["kind"].as_str() {
            Some("crc16") => ("crc16", "CRC16"),
            Some("crc16b") => ("crc16b", "CRC_B"),
            Some("crc32") => ("crc32", "CRC32"),
            _ => continue,
        };
        let expected = text(&vector, "expected", "crc");
        let pairs = [
            ("data", text(&vector, "inputs", "data")),
            ("flavour", flavour),
            ("crc", expected),
        ];
        let outcome = taken("crc", &vector["id"], &pairs);
        assert_eq!(digits(&outcome, key), expected, "{}", vector["id"]);
        assert!(!outcome.sheet.is_wrong());
        seen += 1;
    }
    assert_eq!(seen, 25);
}

#[test]
fn cmac_of_both_ciphers_with_its_subkeys() {
    let mut seen = 0;
    for file in ["ev1"] {
        for vector in vectors(file) {
            let kind = vector["kind"].as_str().unwrap_or_default();
            if !matches!(kind, "cmac" | "cmac_subkeys") {
                continue;
            }
            let key = text(&vector, "inputs", "key");
            let kind = match (text(&vector, "inputs", "cipher"), key.len()) {
                ("aes", _) => "aes128",
                (_, 48) => "3k3des",
                (_, 16) => "des",
                _ => "2k3des",
            };
            let message = vector["inputs"]["msg"].as_str().unwrap_or_default();
            let outcome = taken(
                "cmac",
                &vector["id"],
                &[("type", kind), ("key", key), ("message", message)],
            );
            for (name, step) in [("mac", "CMAC"), ("k1", "K1"), ("k2", "K2")] {
                if let Some(expected) = vector["expected"][name].as_str() {
                    assert_eq!(digits(&outcome, step), expected, "{} {name}", vector["id"]);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 0, "the files hold such vectors");
}

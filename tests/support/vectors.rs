//! Reading the vector files, form `mifare-vectors/1`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tapscope::bytes::hex;

/// The files of a topic: ours, and those of the folder in `TAPSCOPE_VECTORS`.
pub fn files(name: &str) -> Vec<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let more = std::env::var_os("TAPSCOPE_VECTORS").map(PathBuf::from);
    std::iter::once(own)
        .chain(more)
        .map(|folder| folder.join(format!("{name}.json")))
        .collect()
}

/// A member of one file.
pub fn read(path: &Path, member: &str) -> Vec<Value> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{shown}: {error}"));
    let file: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(file["format"], "mifare-vectors/1", "{shown}");
    let member = file[member].as_array();
    member
        .unwrap_or_else(|| panic!("{shown}: no such member"))
        .clone()
}

fn read_all(name: &str, member: &str) -> Vec<Value> {
    files(name)
        .iter()
        .flat_map(|path| read(path, member))
        .collect()
}

/// The vectors of a topic file.
pub fn topic(name: &str) -> Vec<Value> {
    read_all(name, "vectors")
}

/// Runs `check` over inputs and results of every vector of a topic that has one of the kinds and can be verified;
/// gives how many were checked.
pub fn each(name: &str, kinds: &[&str], mut check: impl FnMut(&Value, &Value)) -> usize {
    let mut checked = 0;
    for vector in topic(name) {
        if !kinds.contains(&text(&vector, "kind")) {
            continue;
        }
        if text(&vector, "status") == "unverifiable" {
            println!("{} skipped: unverifiable", text(&vector, "id"));
            continue;
        }
        println!("{}", text(&vector, "id"));
        check(&vector["inputs"], &vector["expected"]);
        checked += 1;
    }
    checked
}

/// The conversations of a file.
pub fn conversations(name: &str) -> Vec<Value> {
    read_all(name, "exchanges")
}

/// A text member.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text in {value}"))
}

/// A number member.
pub fn number(value: &Value, name: &str) -> u64 {
    value[name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name} is no number in {value}"))
}

/// A hexadecimal member.
pub fn bytes(value: &Value, name: &str) -> Vec<u8> {
    hex::parse(text(value, name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A hexadecimal member of a known length.
pub fn array<const N: usize>(value: &Value, name: &str) -> [u8; N] {
    hex::array(text(value, name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

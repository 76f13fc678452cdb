//! Files of other programs. One row per format: its name and how to recognise it.

mod stamp;
pub mod text;
pub mod vectors;

use super::schema;

/// How sure a format is that a file is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It is not.
    No,
    /// It may be.
    Maybe,
    /// It says so itself.
    Sure,
}

/// A form that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Our own session, [`super::read()`].
    Session,
    /// Conversations with keys and start states, [`vectors::read()`].
    Vectors,
    /// Lines of text with a direction and bytes, [`text::read()`].
    Text,
}

impl Format {
    /// Reads the name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.format)
    }

    /// The names on the command line.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.name)
    }
}

/// One format.
struct Row {
    format: Format,
    /// On the command line.
    name: &'static str,
    detect: fn(&[u8]) -> Confidence,
}

/// All formats.
const TABLE: [Row; 3] = [
    Row {
        format: Format::Session,
        name: "session",
        detect: is_session,
    },
    Row {
        format: Format::Vectors,
        name: "vectors",
        detect: vectors::detect,
    },
    Row {
        format: Format::Text,
        name: "text",
        detect: text::detect,
    },
];

/// The format that is surest of the file; `None` when no format knows it.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    let mut best = (Confidence::No, None);
    for row in &TABLE {
        let confidence = (row.detect)(bytes);
        if confidence > best.0 {
            best = (confidence, Some(row.format));
        }
    }
    best.1
}

fn is_session(bytes: &[u8]) -> Confidence {
    names_form(bytes, schema::FORMAT)
}

/// Whether a JSON object names `form` near its beginning.
fn names_form(bytes: &[u8], form: &str) -> Confidence {
    let head = head(bytes);
    let first = head.iter().find(|byte| byte.is_ascii_graphic());
    let named = head
        .windows(form.len())
        .any(|window| window == form.as_bytes());
    if first == Some(&b'{') && named {
        Confidence::Sure
    } else {
        Confidence::No
    }
}

/// The part of a file that recognition looks at.
fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEAD).unwrap_or(bytes)
}

const HEAD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_recognised() {
        let session = super::super::write(&super::super::Session::default());
        assert_eq!(detect(session.as_bytes()), Some(Format::Session));
        let vectors = include_bytes!("../../../tests/vectors/exchanges.json");
        assert_eq!(detect(vectors), Some(Format::Vectors));
        assert_eq!(detect(b"hello\n=> 90 60\n"), Some(Format::Text));
        assert_eq!(detect(b"{\"keys\":[]}"), None);
        assert_eq!(detect(b""), None);
        assert_eq!(detect(&[0xFF; 100]), None);
    }

    #[test]
    fn names_are_read_back() {
        for row in &TABLE {
            assert_eq!(Format::from_name(row.name), Some(row.format));
        }
        assert_eq!(Format::from_name("pcap"), None);
        assert_eq!(Format::names().count(), 3);
    }
}

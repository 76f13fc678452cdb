//! Keys of a dictionary, one a line, read as they are tried: a file of millions stays the text that it is.

use std::sync::Arc;

use crate::bytes::hex;

/// A dictionary: hexadecimal digits of 8, 16 or 24 bytes a line, `#` begins a comment.
#[derive(Clone)]
pub struct Dictionary {
    name: Arc<str>,
    text: Arc<[u8]>,
    at: usize,
    line: u64,
    lines: usize,
    bad: usize,
    first_bad: Option<u64>,
}

/// Room for the longest key.
pub(super) type Room = [u8; 24];

/// What stands in a line that is neither empty nor a comment.
pub(super) enum Line<'a> {
    /// A key, with the number of the line from 1.
    Key(u64, &'a [u8]),
    /// Something else.
    Bad,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dictionary({} lines, hidden)", self.lines)
    }
}

impl Dictionary {
    /// The text of a file.
    pub fn new(name: &str, text: impl Into<Arc<[u8]>>) -> Self {
        let text = text.into();
        let lines = text.split(|byte| *byte == b'\n');
        Self {
            name: name.into(),
            at: 0,
            line: 0,
            lines: lines.filter(|line| !content(line).is_empty()).count(),
            bad: 0,
            first_bad: None,
            text,
        }
    }

    /// Name of the file.
    pub const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Lines that are neither empty nor a comment.
    pub const fn len(&self) -> usize {
        self.lines
    }

    /// Whether there is nothing to try.
    pub const fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// What to say about the lines so far that hold no key; `None` when each did.
    pub fn complaint(&self) -> Option<String> {
        let first = self.first_bad?;
        Some(match self.bad {
            1 => {
                format!("line {first} is no key, 8, 16 or 24 bytes in hexadecimal digits expected")
            }
            bad => format!(
                "{bad} lines are no key, the first is line {first}; 8, 16 or 24 bytes in hexadecimal digits expected"
            ),
        })
    }

    /// The next line that is neither empty nor a comment.
    pub(super) fn next<'a>(&mut self, room: &'a mut Room) -> Option<Line<'a>> {
        let line = loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let end = rest.iter().position(|byte| *byte == b'\n');
            let end = end.unwrap_or(rest.len());
            let line = content(rest.get(..end).unwrap_or_default());
            self.at += end + 1;
            self.line += 1;
            if !line.is_empty() {
                break line;
            }
        };
        let len = hex::read_into(line, room).map(<[u8]>::len);
        let len = len.or_else(|| with_separators(line, room));
        if let Some(len @ (8 | 16 | 24)) = len {
            return Some(Line::Key(self.line, room.get(..len)?));
        }
        self.bad += 1;
        self.first_bad.get_or_insert(self.line);
        Some(Line::Bad)
    }
}

/// Reads digits with spaces or other separators between them; gives the number of bytes.
fn with_separators(line: &[u8], room: &mut Room) -> Option<usize> {
    let value = hex::parse(std::str::from_utf8(line).ok()?).ok()?;
    room.get_mut(..value.len())?.copy_from_slice(&value);
    Some(value.len())
}

/// A line without its comment and the spaces around it.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let end = line.iter().position(|byte| *byte == b'#');
    let line = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
    line.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_and_those_without_a_key_are_counted() {
        let text = "\u{FEFF}# keys\r\n0123456789ABCDEF # of a vendor\r\n\n00112233445566778899aabbccddeeff\n01:23:45:67 89:AB:CD:EF\nA0A1A2\nkey";
        let mut dictionary = Dictionary::new("a.dic", text.as_bytes());
        assert_eq!((dictionary.len(), dictionary.is_empty()), (5, false));
        assert_eq!(format!("{dictionary:?}"), "Dictionary(5 lines, hidden)");
        let mut room = [0; 24];
        let mut read = Vec::new();
        while let Some(line) = dictionary.next(&mut room) {
            read.push(match line {
                Line::Key(line, value) => (line, value.len()),
                Line::Bad => (0, 0),
            });
        }
        assert_eq!(read, [(2, 8), (4, 16), (5, 8), (0, 0), (0, 0)]);
        let complaint = dictionary.complaint().unwrap();
        assert!(complaint.starts_with("2 lines are no key, the first is line 6; "));
        assert!(Dictionary::new("b.dic", &b"\n# none\n"[..]).is_empty());
    }
}

//! Lines of text with a direction and bytes, as people paste them from logs.
//!
//! `=> 90 5A …`, `C: 905A…`, `12:34:56.789 DEBUG:root:TX: 0x90 0x5A`, `[+] <<< 91 00`, `Response: 91:00 (OK)`.
//! A line is stamps and log prefixes, a direction, bytes, and perhaps a remark after `#`, `//`, `(` or `|`.

use super::super::json::grouped;
use super::super::{Reading, Session};
use super::{Confidence, head, stamp};
use crate::bytes::hex;
use crate::report::Finding;
use crate::trace::{Event, EventKind};

/// Whether some line holds a direction and bytes.
pub fn detect(bytes: &[u8]) -> Confidence {
    let mut lines = head(bytes).split(|byte| *byte == b'\n');
    let found = lines.any(|line| {
        let line = String::from_utf8_lossy(line);
        matches!(parse(&line).content, Content::Frame(_))
    });
    if found {
        Confidence::Maybe
    } else {
        Confidence::No
    }
}

/// Reads all lines; what can't be read becomes a finding or a note, and the rest stays.
pub fn read(bytes: &[u8]) -> Reading<Session> {
    let mut import = Import::default();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.len() > LONGEST_LINE {
            import.bad(index + 1, "it is longer than any frame");
        } else {
            import.line(index + 1, &String::from_utf8_lossy(line));
        }
    }
    import.finish()
}

#[derive(Default)]
struct Import {
    session: Session,
    findings: Vec<Finding>,
    start: Option<u64>,
    frames: usize,
    notes: usize,
    skipped: Option<(usize, usize)>,
    more_findings: usize,
}

impl Import {
    fn line(&mut self, number: usize, line: &str) {
        let Line { time, content } = parse(line);
        self.start = self.start.or(time);
        let since = |start| time.and_then(|time| time.checked_sub(start));
        let time_us = self.start.and_then(since);
        let kind = match content {
            Content::Nothing => return,
            Content::Remark(text) if self.notes < MOST_NOTES => {
                self.notes += 1;
                EventKind::Note(text.to_owned())
            }
            Content::Remark(_) => {
                let (first, count) = self.skipped.unwrap_or((number, 0));
                self.skipped = Some((first, count + 1));
                return;
            }
            Content::Frame(kind) => {
                self.frames += 1;
                kind
            }
            Content::Bad(reason) => return self.bad(number, &reason),
        };
        self.session.events.push(Event {
            time_us,
            ..Event::new(kind)
        });
    }

    fn bad(&mut self, number: usize, reason: &str) {
        if self.findings.len() >= MOST_FINDINGS {
            self.more_findings += 1;
            return;
        }
        let text = format!("Line {} is left out: {reason}", grouped(number));
        let finding = Finding::warning("text_bytes", text).field(format!("line {number}"));
        self.findings
            .push(finding.values("hexadecimal bytes", reason));
    }

    fn finish(mut self) -> Reading<Session> {
        if self.more_findings > 0 {
            let count = grouped(self.more_findings);
            let text =
                format!("{count} more lines with a direction but without bytes are left out");
            self.findings.push(Finding::warning("text_bytes", text));
        }
        if let Some((first, count)) = self.skipped {
            let (first, count) = (grouped(first), grouped(count));
            let text =
                format!("{count} lines without a direction are skipped, the first is line {first}");
            self.findings.push(Finding::hint("text_skipped", text));
        }
        if self.frames == 0 {
            let text = "No line holds a direction and bytes, such as `=> 90 60 00 00 00`";
            self.findings.push(Finding::warning("text_empty", text));
        }
        Reading {
            value: self.session,
            findings: self.findings,
        }
    }
}

struct Line<'a> {
    time: Option<u64>,
    content: Content<'a>,
}

enum Content<'a> {
    Nothing,
    Remark(&'a str),
    Frame(EventKind),
    Bad(String),
}

fn parse(line: &str) -> Line<'_> {
    let whole = line.trim();
    let (mut rest, mut time) = (whole, None);
    for _ in 0..MOST_PREFIXES {
        rest = rest.trim_start();
        if let Some((marker, bytes)) = marker(rest) {
            let content = frame(marker, bytes).unwrap_or(Content::Remark(whole));
            return Line { time, content };
        }
        if let Some((stamp, after)) = stamp::take(rest) {
            time = time.or(Some(stamp));
            rest = after;
        } else if let Some(after) = prefix(rest) {
            rest = after;
        } else {
            break;
        }
    }
    let content = if whole.is_empty() {
        Content::Nothing
    } else {
        Content::Remark(whole)
    };
    Line { time, content }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Command,
    Response,
}

/// A direction and how it is written.
#[derive(Clone, Copy)]
struct Marker {
    text: &'static str,
    direction: Direction,
    /// Also common in prose: without bytes after it the line is a remark.
    weak: bool,
}

fn marker(text: &str) -> Option<(Marker, &str)> {
    ARROWS.iter().chain(WORDS).find_map(|&(mark, direction)| {
        let (start, mut rest) = text.split_at_checked(mark.len())?;
        if !start.eq_ignore_ascii_case(mark) {
            return None;
        }
        if mark.ends_with(|c: char| c.is_ascii_alphabetic()) {
            rest = after_word(rest)?;
        }
        let marker = Marker {
            text: mark,
            direction,
            weak: mark.len() == 1,
        };
        Some((marker, rest))
    })
}

/// Behind a word of [`WORDS`]: perhaps a count in brackets, then a colon or an equals sign.
fn after_word(rest: &str) -> Option<&str> {
    let mut rest = rest.trim_start();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = rest.strip_prefix(open) {
            rest = inner.split_once(close)?.1.trim_start();
        }
    }
    let arrow = ["=>", "->", ">>", "<<"]
        .iter()
        .any(|arrow| rest.starts_with(arrow));
    if arrow {
        return None;
    }
    rest.strip_prefix([':', '='])
}

/// `None` when the line is better read as a remark.
fn frame(marker: Marker, text: &str) -> Option<Content<'_>> {
    // `=> APDU: 90 60`: the arrow decides, the word only says what follows.
    let text = text.trim_start();
    let text = WORDS
        .iter()
        .find_map(|(word, _)| {
            let (start, rest) = text.split_at_checked(word.len())?;
            let same = marker.text != *word && start.eq_ignore_ascii_case(word);
            same.then(|| after_word(rest)).flatten()
        })
        .unwrap_or(text);
    match bytes(text) {
        Ok(bytes) => Some(Content::Frame(match marker.direction {
            Direction::Command => EventKind::Command(bytes),
            Direction::Response => EventKind::Response(bytes),
        })),
        Err(_) if marker.weak => None,
        Err(reason) => Some(Content::Bad(reason)),
    }
}

/// Bytes in any of the usual notations, up to a remark.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let end = ["#", "//", "(", "|", ";"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    let text = text.get(..end).unwrap_or(text);
    let mut out = Vec::with_capacity(text.len() / 2);
    let separator = |c: char| c.is_whitespace() || ":,-[]{}\"'.".contains(c);
    for token in text.split(separator).filter(|token| !token.is_empty()) {
        let digits = token
            .strip_prefix("0x")
            .or_else(|| token.strip_prefix("0X"))
            .or_else(|| token.strip_prefix("\\x"))
            .unwrap_or(token);
        if digits.len() == 1 && digits.len() < token.len() {
            out.extend(hex::parse(&format!("0{digits}")).map_err(|error| error.to_string())?);
        } else {
            out.extend(hex::parse(digits).map_err(|error| error.to_string())?);
        }
    }
    if out.is_empty() {
        Err("no bytes after the direction".to_owned())
    } else {
        Ok(out)
    }
}

/// Something that loggers put before the message: a level, `[…]`, `name:`, a dash.
fn prefix(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix('[') {
        let (inner, rest) = inner.split_once(']')?;
        return (inner.len() <= LONGEST_PREFIX).then_some(rest);
    }
    if let Some(rest) = text.strip_prefix(['-', '|']) {
        return Some(rest);
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || "_./-()#".contains(c)))?;
    let (name, rest) = text.split_at_checked(end)?;
    if name.is_empty() || name.len() > LONGEST_PREFIX {
        return None;
    }
    let level = LEVELS.iter().any(|level| name.eq_ignore_ascii_case(level));
    match rest.strip_prefix(':') {
        Some(rest) => Some(rest),
        None => (level || followed_by_dash(rest)).then_some(rest),
    }
}

/// `name - message`, as Python's usual log format writes it.
fn followed_by_dash(rest: &str) -> bool {
    rest.trim_start().starts_with("- ")
}

use Direction::{Command, Response};

/// Arrows, longer ones first.
const ARROWS: &[(&str, Direction)] = &[
    (">>>", Command),
    ("<<<", Response),
    ("==>", Command),
    ("<==", Response),
    ("-->", Command),
    ("<--", Response),
    ("=>", Command),
    ("<=", Response),
    (">>", Command),
    ("<<", Response),
    ("->", Command),
    ("<-", Response),
    (">", Command),
    ("<", Response),
    ("→", Command),
    ("←", Response),
];

/// Words that are followed by a colon.
const WORDS: &[(&str, Direction)] = &[
    ("C-APDU", Command),
    ("R-APDU", Response),
    ("CAPDU", Command),
    ("RAPDU", Response),
    ("Command APDU", Command),
    ("Response APDU", Response),
    ("Command", Command),
    ("Response", Response),
    ("APDU", Command),
    ("SW", Response),
    ("TX", Command),
    ("RX", Response),
    ("Sending", Command),
    ("Received", Response),
    ("Sent", Command),
    ("Send", Command),
    ("Recv", Response),
    ("C", Command),
    ("R", Response),
];

const LEVELS: [&str; 9] = [
    "trace", "debug", "info", "notice", "warn", "warning", "error", "d", "i",
];

const MOST_PREFIXES: usize = 8;
const LONGEST_PREFIX: usize = 60;
/// Remarks beyond this number are counted: a large foreign file must not grow in memory.
const MOST_NOTES: usize = 1_000;
const MOST_FINDINGS: usize = 100;
/// The longest frame has 65 544 bytes; this leaves room for any notation of it.
const LONGEST_LINE: usize = 1024 * 1024;

#[cfg(test)]
mod tests;

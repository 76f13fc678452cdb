//! Files with many URLs of tags: one a line, or a table with a column `url`; and what they came to, one object a line.

use serde::Serialize;

use super::table::{Table, is_idle};
use crate::bytes::hex;
use crate::calculator::batch::Order;
use crate::calculator::batch::urls::{TagReport, Tap, Url, UrlBatch, Verdict};

/// Name of the column; others do not matter.
const COLUMN: &str = "url";

/// Reads a file of either form. Empty lines and those that start with `#` are passed over.
pub fn read(bytes: &[u8]) -> Vec<Url> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = bytes
        .split(|byte| *byte == b'\n')
        .find(|line| !is_idle(line));
    let is_plain = first.is_none_or(is_url);
    if is_plain {
        return lines(bytes);
    }
    let mut table = Table::new(bytes, &[COLUMN], COLUMN);
    if !table.is_named {
        return lines(bytes);
    }
    let at = table.columns.iter().position(Option::is_some);
    let mut urls = Vec::new();
    while let Some((line, cells)) = table.next() {
        let text = at.and_then(|at| cells.into_iter().nth(at));
        let text = text.unwrap_or_default();
        urls.push(Url { line, text });
    }
    urls
}

fn is_url(line: &[u8]) -> bool {
    line.windows(3).any(|part| part == b"://")
}

fn lines(bytes: &[u8]) -> Vec<Url> {
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    lines
        .filter(|(_, line)| !is_idle(line))
        .map(|(line, text)| Url {
            line,
            text: String::from_utf8_lossy(text.trim_ascii())
                .trim_matches('"')
                .to_owned(),
        })
        .collect()
}

#[derive(Serialize)]
struct TapLine {
    line: u64,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctr: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_data: Option<String>,
    /// `ok`, `bad`, `missing`, `undeciphered` or `unreadable`.
    mac: &'static str,
    /// `first`, `next`, `jump`, `late`, `duplicate`, `conflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'static str>,
    /// Line of the other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

#[derive(Serialize)]
struct TagLine {
    uid: String,
    taps: usize,
    first: u32,
    last: u32,
    unseen: u32,
    replays: usize,
    late: usize,
}

/// The line of a URL.
pub fn tap_json(tap: &Tap) -> String {
    let mac = match tap.verdict {
        Verdict::Right => "ok",
        Verdict::Wrong(_) => "bad",
        Verdict::Uncovered => "uncovered",
        Verdict::NoMac => "missing",
        Verdict::Undeciphered(..) => "undeciphered",
        Verdict::Unreadable(_) => "unreadable",
    };
    let (order, other) = match tap.order {
        Order::First => (Some("first"), None),
        Order::Next => (Some("next"), None),
        Order::Jump(_) => (Some("jump"), None),
        Order::Late => (Some("late"), None),
        Order::Duplicate(line) => (Some("duplicate"), Some(line)),
        Order::Conflict(line) => (Some("conflict"), Some(line)),
        Order::None => (None, None),
    };
    let line = TapLine {
        line: tap.line,
        ok: !tap.is_wrong(),
        uid: tap.uid.map(hex::upper),
        ctr: tap.counter,
        file_data: tap.file_data.as_ref().map(hex::upper),
        mac,
        order,
        other,
        problems: tap.sentences(),
    };
    // Strings, numbers and booleans only: this form always serialises.
    serde_json::to_string(&line).unwrap_or_default()
}

/// The line of a tag.
pub fn tag_json(tag: &TagReport) -> String {
    let line = TagLine {
        uid: hex::upper(tag.uid),
        taps: tag.taps,
        first: tag.counters.0,
        last: tag.counters.1,
        unseen: tag.unseen,
        replays: tag.replays,
        late: tag.late,
    };
    serde_json::to_string(&line).unwrap_or_default()
}

/// Everything as lines: a URL each, then a tag each.
pub fn json(batch: &UrlBatch) -> impl Iterator<Item = String> {
    let taps = batch.judged().iter().map(tap_json);
    taps.chain(batch.tags().into_iter().map(|tag| tag_json(&tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str) -> Vec<(u64, String)> {
        let urls = read(file.as_bytes()).into_iter();
        urls.map(|url| (url.line, url.text)).collect()
    }

    #[test]
    fn lines_and_tables_say_the_same() {
        let (one, two) = ("https://x/?a=1,2;3&b=4", "https://x/?a=5");
        let expected = |first: u64| vec![(first, one.to_owned()), (first + 2, two.to_owned())];
        assert_eq!(texts(&format!("{one}\n\n{two}\n")), expected(1));
        assert_eq!(
            texts(&format!("\u{FEFF}# May\r\n{one}\r\n# later\r\n{two}")),
            expected(2)
        );
        assert_eq!(
            texts(&format!("Shop,URL\na,\"{one}\"\n\nb,{two}\n")),
            expected(2)
        );
        assert_eq!(texts(&format!("url\n\"{one}\"\n\n{two}\n")), expected(2));
        assert_eq!(texts("# nothing\n\n"), []);
    }

    #[test]
    fn text_that_is_no_url_is_kept_for_its_line() {
        assert_eq!(texts("hello\nworld\n").len(), 2);
        let row = texts("shop,url\na\n");
        assert_eq!(row, [(2, String::new())]);
    }
}

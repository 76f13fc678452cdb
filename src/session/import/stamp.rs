//! Time stamps at the start of a log line.

/// Reads a time stamp and gives its microseconds, from an arbitrary start, and the rest of the line.
///
/// Known are `12:34:56`, `12:34:56.789` (or a comma), the same after `2024-05-01T` or `2024-05-01 `, with `Z` or a
/// zone, seconds with a fraction such as `0.001234`, and a number in brackets: `[ 1234]` in milliseconds,
/// `[ 1234.567890]` in seconds.
pub(super) fn take(line: &str) -> Option<(u64, &str)> {
    if let Some(inner) = line.strip_prefix('[') {
        let (inner, rest) = inner.split_once(']')?;
        let inner = inner.trim();
        let time = if inner.bytes().all(|byte| byte.is_ascii_digit()) {
            inner.parse::<u64>().ok()?.checked_mul(1_000)?
        } else {
            let (time, left) = take(inner)?;
            left.trim().is_empty().then_some(time)?
        };
        return Some((time, rest));
    }
    if let Some((days, rest)) = date(line) {
        let rest = rest.strip_prefix(['T', ' '])?;
        let (time, rest) = clock(rest)?;
        return Some((days.checked_mul(DAY)?.checked_add(time)?, zone(rest)));
    }
    clock(line).or_else(|| seconds(line))
}

/// `2024-05-01` as days.
fn date(text: &str) -> Option<(u64, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    Some((civil_days(year, month, day)?, rest))
}

/// Days since 1 March of year 0 (proleptic Gregorian calendar).
fn civil_days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year == 0 {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day)
}

/// `12:34:56` with an optional fraction.
fn clock(text: &str) -> Option<(u64, &str)> {
    let (hours, rest) = digits(text, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (seconds, rest) = digits(rest.strip_prefix(':')?, 2)?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let whole = ((hours * 60 + minutes) * 60 + seconds) * SECOND;
    let (fraction, rest) = fraction(rest).unwrap_or((0, rest));
    ended(rest)?;
    Some((whole + fraction, rest))
}

/// `0.001234`.
fn seconds(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (whole, rest) = text.split_at_checked(end)?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(SECOND)?;
    let rest = rest.starts_with('.').then_some(rest)?;
    let (fraction, rest) = fraction(rest)?;
    ended(rest)?;
    Some((whole.checked_add(fraction)?, rest))
}

/// A dot or comma and digits, as microseconds.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let rest = text.strip_prefix(['.', ','])?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, rest) = rest.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    let six: String = digits.chars().chain("000000".chars()).take(6).collect();
    Some((six.parse().ok()?, rest))
}

/// After a stamp comes the end, a space or a mark, never more of a number: `12:34:56:78` are bytes.
fn ended(rest: &str) -> Option<()> {
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let goes_on = rest.starts_with(|c: char| c.is_ascii_hexdigit() || c == '.');
    (!goes_on).then_some(())
}

/// Leaves `Z`, `+02:00` or `-0500` out; the zone is the same in all lines.
fn zone(rest: &str) -> &str {
    if let Some(rest) = rest.strip_prefix('Z') {
        return rest;
    }
    match rest.strip_prefix(['+', '-']) {
        Some(zone) => zone.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'),
        None => rest,
    }
}

fn digits(text: &str, count: usize) -> Option<(u64, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then_some((digits.parse().ok()?, rest))
}

const SECOND: u64 = 1_000_000;
const DAY: u64 = 24 * 60 * 60 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_become_microseconds() {
        let noon = 12 * 3600 * SECOND;
        assert_eq!(take("12:00:00 x"), Some((noon, " x")));
        assert_eq!(take("12:00:00,5 x"), Some((noon + 500_000, " x")));
        assert_eq!(take("[ 1234] x"), Some((1_234_000, " x")));
        assert_eq!(take("[ 1.000002] x"), Some((1_000_002, " x")));
        assert_eq!(take("[12:00:00.000001]x"), Some((noon + 1, "x")));
        assert_eq!(take("0.001234 x"), Some((1234, " x")));
        let day = |text| take(text).unwrap().0;
        assert_eq!(
            day("2024-03-01T00:00:00Z") - day("2024-02-28T23:59:59.5+00:00"),
            DAY + SECOND / 2
        );
        assert_eq!(
            day("2025-01-01 00:00:00,001") - day("2024-12-31 00:00:00"),
            DAY + 1_000
        );
    }

    #[test]
    fn bytes_are_no_stamps() {
        for text in [
            "90:5A:00",
            "12:34:56:78",
            "90 5A",
            "",
            "[",
            "[]",
            "[+]",
            "99:99:99",
            "2024-13-01T00:00:00",
            "1.",
            "é1",
        ] {
            let taken = take(text);
            assert!(taken.is_none(), "{text}: {taken:?}");
        }
    }
}

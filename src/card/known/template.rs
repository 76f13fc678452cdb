//! Templates: what the bytes of a file, or of each record of it, mean.
//!
//! A template is declared, not programmed; the user's own are read from files (`session`), those of the example
//! application stand with it (`ota::templates`).

use std::fmt::Write;

use super::{KnownCard, KnownFile};
use crate::bytes::hex;
use crate::card::Aid;
use crate::card::settings::FileKind;

/// Meaning of a file's bytes; of a record file, of each record's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What the content is.
    pub name: String,
    /// Application.
    pub aid: Aid,
    /// File number.
    pub file_no: u8,
    /// Fields in the order in which they are shown; they may overlap.
    pub fields: Vec<TemplateField>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateField {
    /// Name.
    pub name: String,
    /// First byte.
    pub offset: usize,
    /// Number of bytes.
    pub length: usize,
    /// How the bytes are read.
    pub kind: FieldKind,
}

/// How bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// As they are.
    Hex,
    /// Unsigned number, 1 to 8 bytes, least significant first.
    UintLe,
    /// Unsigned number, 1 to 8 bytes, most significant first.
    UintBe,
    /// Signed number, 1 to 8 bytes, least significant first.
    IntLe,
    /// Signed number, 1 to 8 bytes, most significant first.
    IntBe,
    /// Text; zeros at its end are left away, other bytes than printable ASCII are dots.
    Ascii,
    /// Two decimal digits a byte.
    Bcd,
    /// Seconds since 1970 UTC, 1 to 8 bytes, least significant first.
    UnixTimeLe,
    /// Seconds since 1970 UTC, 1 to 8 bytes, most significant first.
    UnixTimeBe,
    /// Milliseconds since 1970 UTC, 1 to 8 bytes, least significant first.
    UnixMsLe,
    /// Milliseconds since 1970 UTC, 1 to 8 bytes, most significant first.
    UnixMsBe,
    /// Time and date of a FAT directory, 4 bytes: time (2), date (2), least significant first.
    DosTime,
}

impl FieldKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Hex,
        Self::UintLe,
        Self::UintBe,
        Self::IntLe,
        Self::IntBe,
        Self::Ascii,
        Self::Bcd,
        Self::UnixTimeLe,
        Self::UnixTimeBe,
        Self::UnixMsLe,
        Self::UnixMsBe,
        Self::DosTime,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::UintLe => "uint-le",
            Self::UintBe => "uint-be",
            Self::IntLe => "int-le",
            Self::IntBe => "int-be",
            Self::Ascii => "ascii",
            Self::Bcd => "bcd",
            Self::UnixTimeLe => "unix-time-le",
            Self::UnixTimeBe => "unix-time-be",
            Self::UnixMsLe => "unix-ms-le",
            Self::UnixMsBe => "unix-ms-be",
            Self::DosTime => "dos-time",
        }
    }

    /// Reads the name used in files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The lengths that it can be read from, in bytes.
    pub const fn lengths(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::Hex | Self::Ascii | Self::Bcd => 1..=0xFF_FFFF,
            Self::DosTime => 4..=4,
            _ => 1..=8,
        }
    }

    /// The bytes in words; those that are not such a value as hexadecimal digits.
    pub fn text(self, bytes: &[u8]) -> String {
        let number = |little| unsigned(bytes, little);
        let read = match self {
            Self::Hex => None,
            Self::UintLe | Self::UintBe => number(self == Self::UintLe).map(|n| n.to_string()),
            Self::IntLe | Self::IntBe => signed(bytes, self == Self::IntLe),
            Self::Ascii => Some(ascii(bytes)),
            Self::Bcd => bcd(bytes),
            Self::UnixTimeLe | Self::UnixTimeBe => {
                let seconds = number(self == Self::UnixTimeLe);
                seconds.and_then(|seconds| unix(seconds, None))
            }
            Self::UnixMsLe | Self::UnixMsBe => {
                let ms = number(self == Self::UnixMsLe);
                ms.and_then(|ms| unix(ms / 1000, Some(ms % 1000)))
            }
            Self::DosTime => dos(bytes),
        };
        read.unwrap_or_else(|| hex::upper(bytes))
    }
}

/// A field of known content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Name.
    pub name: String,
    /// The value in words; `None` where a byte of it is unknown or lies behind the end.
    pub value: Option<String>,
    /// First byte.
    pub offset: usize,
    /// Number of bytes.
    pub len: usize,
}

/// Reads the fields of a file or record of which some bytes may be unknown.
pub fn apply(template: &Template, bytes: &[Option<u8>]) -> Vec<Applied> {
    let fields = template.fields.iter();
    fields
        .map(|field| {
            let end = field.offset.checked_add(field.length);
            let known = end.and_then(|end| bytes.get(field.offset..end));
            let known: Option<Vec<u8>> = known.and_then(|known| known.iter().copied().collect());
            Applied {
                name: field.name.clone(),
                value: known.map(|known| field.kind.text(&known)),
                offset: field.offset,
                len: field.length,
            }
        })
        .collect()
}

/// Reads the fields that lie within known bytes of a file or record; `offset`: where the bytes begin there.
pub fn apply_part(template: &Template, offset: usize, bytes: &[u8]) -> Vec<Applied> {
    let fields = template.fields.iter();
    fields
        .filter_map(|field| {
            let start = field.offset.checked_sub(offset)?;
            let own = bytes.get(start..start.checked_add(field.length)?)?;
            Some(Applied {
                name: field.name.clone(),
                value: Some(field.kind.text(own)),
                offset: field.offset,
                len: field.length,
            })
        })
        .collect()
}

/// A file or record read with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateReading {
    /// Name of the template.
    pub name: String,
    /// Application.
    pub aid: Aid,
    /// File number.
    pub file_no: u8,
    /// Record, 0 is the newest; `None` for a data file.
    pub record: Option<u32>,
    /// The fields.
    pub fields: Vec<Applied>,
}

/// Reads every file and record of which something is known and for which there is a template; the newest record last.
pub fn readings(card: &KnownCard, templates: &[Template]) -> Vec<TemplateReading> {
    let mut found = Vec::new();
    for template in templates {
        let (aid, file_no) = (template.aid, template.file_no);
        let Some(file) = card.file(aid, file_no) else {
            continue;
        };
        let reading = |record, bytes: &[Option<u8>]| TemplateReading {
            name: template.name.clone(),
            aid,
            file_no,
            record,
            fields: apply(template, bytes),
        };
        if !file.data.is_empty() {
            let len = size(file).unwrap_or_else(|| file.data.end());
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            found.push(reading(None, &file.data.first(len)));
        }
        for (number, record) in file.records.known() {
            let len = size(file).unwrap_or_else(|| record.end());
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            found.push(reading(Some(number), &record.first(len)));
        }
    }
    found
}

/// Bytes of a data file or of one record.
fn size(file: &KnownFile) -> Option<u32> {
    match &file.kind.as_ref()?.value {
        FileKind::Standard(file) | FileKind::Backup(file) => Some(file.size),
        FileKind::Linear(file) | FileKind::Cyclic(file) => Some(file.record_size),
        _ => None,
    }
}

fn unsigned(bytes: &[u8], little: bool) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    Some(if little {
        bytes.iter().rev().fold(0, add)
    } else {
        bytes.iter().fold(0, add)
    })
}

fn signed(bytes: &[u8], little: bool) -> Option<String> {
    let unused = 64 - 8 * u32::try_from(bytes.len()).ok()?.min(8);
    let number = unsigned(bytes, little)?.checked_shl(unused)?;
    Some((number.cast_signed() >> unused).to_string())
}

fn ascii(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0);
    let text = bytes.get(..end.map_or(0, |end| end + 1));
    let text = text.unwrap_or_default().iter();
    text.map(|byte| match byte {
        0x20..=0x7E => char::from(*byte),
        _ => '.',
    })
    .collect()
}

fn bcd(bytes: &[u8]) -> Option<String> {
    let decimal = |byte: &u8| byte >> 4 < 10 && byte & 0x0F < 10;
    bytes.iter().all(decimal).then(|| hex::upper(bytes))
}

/// A time in UTC; `None` after the year 9999.
fn unix(seconds: u64, ms: Option<u64>) -> Option<String> {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days).filter(|(year, ..)| *year <= 9999)?;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    if let Some(ms) = ms {
        // Writing to a string can't fail.
        let _ = write!(text, ".{ms:03}");
    }
    text.push_str(" UTC");
    Some(text)
}

/// Year, month and day of a number of days since 1970. Years begin in March, so that the leap day ends them.
fn date(days: u64) -> Option<(u64, u64, u64)> {
    let days = days.checked_add(719_468)?;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let day = day - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    Some((year, month, day))
}

/// A time of no zone; `None` for a month, day or time that is none.
fn dos(bytes: &[u8]) -> Option<String> {
    let &[a, b, c, d] = bytes else {
        return None;
    };
    let (time, date) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let (year, month, day) = (1980 + (date >> 9), date >> 5 & 0x0F, date & 0x1F);
    let (hour, minute, second) = (time >> 11, time >> 5 & 0x3F, (time & 0x1F) * 2);
    let is_time = (1..=12).contains(&month) && day > 0 && hour < 24 && minute < 60 && second < 60;
    is_time.then(|| format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: FieldKind, digits: &str) -> String {
        kind.text(&hex::parse(digits).unwrap())
    }

    #[test]
    fn every_kind_reads_its_bytes() {
        for (kind, digits, expected) in [
            (FieldKind::Hex, "00FF1a", "00FF1A"),
            (FieldKind::UintLe, "E80300", "1000"),
            (FieldKind::UintBe, "03E8", "1000"),
            (
                FieldKind::UintLe,
                "FFFFFFFFFFFFFFFF",
                "18446744073709551615",
            ),
            (FieldKind::IntLe, "18FCFFFF", "-1000"),
            (FieldKind::IntBe, "FC18", "-1000"),
            (FieldKind::IntBe, "8000000000000000", "-9223372036854775808"),
            (FieldKind::Ascii, "54617000210000", "Tap.!"),
            (FieldKind::Ascii, "0000", ""),
            (FieldKind::Bcd, "2026", "2026"),
            (FieldKind::Bcd, "2A", "2A"),
            (
                FieldKind::UnixTimeLe,
                "00F1536500",
                "2023-11-14 22:13:20 UTC",
            ),
            (FieldKind::UnixTimeBe, "6553F100", "2023-11-14 22:13:20 UTC"),
            (FieldKind::UnixTimeBe, "00", "1970-01-01 00:00:00 UTC"),
            (FieldKind::UnixTimeBe, "65E07EFF", "2024-02-29 12:56:31 UTC"),
            (FieldKind::UnixMsLe, "01", "1970-01-01 00:00:00.001 UTC"),
            (FieldKind::UnixMsBe, "FFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF"),
            (FieldKind::DosTime, "4F6B5C5A", "2025-02-28 13:26:30"),
            (FieldKind::DosTime, "00000000", "00000000"),
        ] {
            assert_eq!(text(kind, digits), expected, "{} {digits}", kind.name());
        }
    }

    #[test]
    fn a_field_with_an_unknown_byte_has_no_value() {
        let field = |name: &str, offset, length| TemplateField {
            name: name.into(),
            offset,
            length,
            kind: FieldKind::UintLe,
        };
        let template = Template {
            name: "Counter".into(),
            aid: Aid::PICC,
            file_no: 1,
            fields: vec![
                field("first", 0, 2),
                field("second", 2, 2),
                field("third", 3, 2),
                field("far", usize::MAX, 2),
            ],
        };
        let bytes = [Some(7), Some(1), None, Some(5)];
        let applied = apply(&template, &bytes).into_iter();
        let values: Vec<_> = applied.map(|field| field.value).collect();
        assert_eq!(values, [Some("263".to_owned()), None, None, None]);
    }

    #[test]
    fn a_part_shows_the_fields_that_lie_within_it() {
        let field = |name: &str, offset, length| TemplateField {
            name: name.into(),
            offset,
            length,
            kind: FieldKind::UintLe,
        };
        let template = Template {
            name: "Counter".into(),
            aid: Aid::PICC,
            file_no: 1,
            fields: vec![
                field("before", 0, 2),
                field("cut", 3, 2),
                field("whole", 4, 2),
                field("beyond", 6, 2),
                field("far", usize::MAX, 2),
            ],
        };
        let part = apply_part(&template, 4, &[0x07, 0x01, 0x09]);
        let expected = Applied {
            name: "whole".into(),
            value: Some("263".into()),
            offset: 4,
            len: 2,
        };
        assert_eq!(part, [expected]);
        assert_eq!(apply_part(&template, 100, &[1, 2, 3]), []);
    }

    #[test]
    fn kinds_are_found_by_their_names() {
        for kind in FieldKind::ALL {
            assert_eq!(FieldKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(FieldKind::from_name("float"), None);
    }
}

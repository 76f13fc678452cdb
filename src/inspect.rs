//! What bytes can mean: numbers, digits, text, AIDs, access rights, times, and their checksums.
//!
//! Nothing here knows where the bytes stand; who shows them chooses what makes sense (DESFire reference §2.2, §5.1).

use crate::bytes::hex;
use crate::card::known::template::FieldKind;
use crate::card::{Access, AccessRights, Aid};
use crate::crypto::crc::{crc16, crc32};

/// One reading of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What they are read as.
    pub name: &'static str,
    /// The value in words or digits.
    pub text: String,
}

/// All readings of `bytes[from..to]`. One byte alone is also the first of a number: then the bytes behind it are read
/// too, as far as there are any. Empty when the range is empty or not within the bytes.
pub fn readings(bytes: &[u8], from: usize, to: usize) -> Vec<Reading> {
    let Some(own) = bytes.get(from..to).filter(|own| !own.is_empty()) else {
        return Vec::new();
    };
    let mut list = List(Vec::new());
    list.add("Hexadecimal", Some(hex::upper(own)));
    list.add("Binary", (own.len() <= BINARY).then(|| binary(own)));
    let ahead = bytes.get(from..).unwrap_or_default();
    for (len, name, kind) in NUMBERS {
        let window = if own.len() == 1 {
            ahead.get(..*len)
        } else {
            Some(own).filter(|own| own.len() == *len)
        };
        list.add(name, window.map(|window| kind.text(window)));
    }
    for (len, name, kind) in TIMES {
        let window = Some(own).filter(|own| own.len() == *len);
        list.add(
            name,
            window
                .map(|window| kind.text(window))
                .filter(|text| is_near(text)),
        );
    }
    if let &[first, second, third] = own {
        let from_wire = Aid::from_wire([first, second, third]);
        list.add("AID, as sent", Some(from_wire.to_string()));
        let written = Aid::from_wire([third, second, first]);
        list.add("AID, as written", Some(written.to_string()));
    }
    if let &[low, high] = own {
        let rights = AccessRights::from_word(u16::from_le_bytes([low, high]));
        list.add("Access rights", Some(rights_words(rights)));
    }
    let decimal = own
        .iter()
        .all(|byte| byte >> 4 < 10 && byte & 0x0F < 10)
        .then(|| FieldKind::Bcd.text(own));
    list.add("BCD", decimal);
    let printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    let text = own.iter().any(printable);
    list.add("ASCII", text.then(|| FieldKind::Ascii.text(own)));
    list.add("CRC16, D40", Some(hex::upper(crc16(own))));
    list.add("CRC32, EV1", Some(hex::upper(crc32(own))));
    list.0
}

/// Most bytes whose bits are printed.
const BINARY: usize = 8;

/// Numbers: length, name, kind.
const NUMBERS: &[(usize, &str, FieldKind)] = &[
    (1, "u8", FieldKind::UintLe),
    (1, "i8", FieldKind::IntLe),
    (2, "u16 LE", FieldKind::UintLe),
    (2, "u16 BE", FieldKind::UintBe),
    (3, "u24 LE", FieldKind::UintLe),
    (3, "u24 BE", FieldKind::UintBe),
    (4, "u32 LE", FieldKind::UintLe),
    (4, "u32 BE", FieldKind::UintBe),
    (4, "i32 LE", FieldKind::IntLe),
];

/// Times: length, name, kind.
const TIMES: &[(usize, &str, FieldKind)] = &[
    (4, "Time LE", FieldKind::UnixTimeLe),
    (4, "Time BE", FieldKind::UnixTimeBe),
    (4, "Time of FAT", FieldKind::DosTime),
    (8, "Time LE, ms", FieldKind::UnixMsLe),
    (8, "Time BE, ms", FieldKind::UnixMsBe),
];

struct List(Vec<Reading>);

impl List {
    fn add(&mut self, name: &'static str, text: Option<String>) {
        self.0.extend(text.map(|text| Reading { name, text }));
    }
}

fn binary(bytes: &[u8]) -> String {
    let bits: Vec<String> = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    bits.join(" ")
}

/// Whether a time lies where those of cards do: from 2000 to 2049. What is no time has no such year.
fn is_near(text: &str) -> bool {
    text.get(..3)
        .is_some_and(|decade| ("200"..="204").contains(&decade))
        && text.get(4..5) == Some("-")
}

fn rights_words(rights: AccessRights) -> String {
    let word = |access| match access {
        Access::Key(key_no) => format!("key {key_no}"),
        Access::Free => "free".to_owned(),
        Access::Never => "never".to_owned(),
    };
    format!(
        "Read {}, write {}, read and write {}, change {}",
        word(rights.read),
        word(rights.write),
        word(rights.read_write),
        word(rights.change)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(digits: &str, from: usize, to: usize) -> Vec<(&'static str, String)> {
        let bytes = hex::parse(digits).unwrap();
        let all = readings(&bytes, from, to).into_iter();
        all.map(|reading| (reading.name, reading.text)).collect()
    }

    fn one(digits: &str, name: &str) -> Option<String> {
        let all = of(digits, 0, digits.len() / 2).into_iter();
        all.filter(|(own, _)| *own == name)
            .map(|(_, text)| text)
            .next()
    }

    #[test]
    fn one_byte_is_also_the_first_of_a_number() {
        let names = |from| {
            let all = of("00FFFEFD41", from, from + 1).into_iter();
            all.map(|(name, text)| format!("{name} {text}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(1),
            [
                "Hexadecimal FF",
                "Binary 11111111",
                "u8 255",
                "i8 -1",
                "u16 LE 65279",
                "u16 BE 65534",
                "u24 LE 16645887",
                "u24 BE 16776957",
                "u32 LE 1107164927",
                "u32 BE 4294901057",
                "i32 LE 1107164927",
                "CRC16, D40 865E",
                "CRC32, EV1 FFFFFF00",
            ]
        );
        assert_eq!(names(4)[2..5], ["u8 65", "i8 65", "BCD 41"]);
    }

    #[test]
    fn several_bytes_are_read_in_their_length() {
        for (digits, name, text) in [
            ("994401", "AID, as sent", Some("014499")),
            ("994401", "AID, as written", Some("994401")),
            ("994401", "u24 LE", Some("83097")),
            ("994401", "u32 LE", None),
            ("18FCFFFF", "i32 LE", Some("-1000")),
            ("18FCFFFF", "u32 LE", Some("4294966296")),
            (
                "30E2",
                "Access rights",
                Some("Read free, write key 2, read and write key 3, change key 0"),
            ),
            (
                "EF1F",
                "Access rights",
                Some("Read key 1, write never, read and write free, change never"),
            ),
            ("00F15365", "Time LE", Some("2023-11-14 22:13:20 UTC")),
            ("6553F100", "Time BE", Some("2023-11-14 22:13:20 UTC")),
            ("00000000", "Time LE", None),
            ("FFFFFFFF", "Time BE", None),
            ("E8030000", "Time BE", None),
            ("4F6B5C5A", "Time of FAT", Some("2025-02-28 13:26:30")),
            ("20192026", "BCD", Some("20192026")),
            ("2019202A", "BCD", None),
            ("54617000", "ASCII", Some("Tap")),
            ("00010203", "ASCII", None),
            ("000102030405060708", "Binary", None),
        ] {
            assert_eq!(one(digits, name).as_deref(), text, "{digits} {name}");
        }
        let ms = 1_793_606_400_000_u64.to_le_bytes();
        let ms = one(&hex::upper(ms), "Time LE, ms");
        assert_eq!(ms.as_deref(), Some("2026-11-02 08:00:00.000 UTC"));
    }

    #[test]
    fn checksums_are_those_of_the_family() {
        // ISO/IEC 14443-3 annex B, and the check value of JAMCRC.
        assert_eq!(one("0000", "CRC16, D40").as_deref(), Some("A01E"));
        let digits = hex::upper(b"123456789");
        assert_eq!(one(&digits, "CRC32, EV1").as_deref(), Some("D9C60B34"));
    }

    #[test]
    fn no_bytes_have_no_readings() {
        assert_eq!(of("0102", 1, 1), []);
        assert_eq!(of("0102", 1, 3), []);
        assert_eq!(readings(&[1], 1, 0), []);
    }
}

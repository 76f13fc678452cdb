//! What the MAC covers: the file's text from SDMMACInputOffset up to SDMMACOffset (DESFire reference §7.4 and §7.5).
//!
//! ```text
//! file   NLEN(2)  D1 01 len 55 | prefix  text of the URL after https://
//! offset 0        2            | 6       7
//! ```

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Dissected, Part, Role};

/// Where the MAC's input begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MacStart {
    /// SDMMACInputOffset is SDMMACOffset: the MAC is over nothing.
    Empty,
    /// This many bytes into the file, before the URL's text.
    Header(usize),
    /// At this byte of the URL.
    Text(usize),
}

impl std::fmt::Display for MacStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing"),
            Self::Header(at) => write!(f, "the file from byte {at} on"),
            Self::Text(at) => write!(f, "the text from character {at} on"),
        }
    }
}

/// A place in a message where the MAC's input can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Landmark {
    /// The MAC itself: it is over nothing.
    Nothing,
    /// The file, from NLEN on.
    File,
    /// The NDEF message.
    Ndef,
    /// The URL after the prefix that NDEF abbreviates, such as `https://`.
    Url,
    /// After the first `?`.
    Query,
    /// The `&` or `?` before a parameter.
    Divider(Role),
    /// The name of a parameter.
    Name(Role),
    /// The value of a parameter.
    Value(Role),
}

impl std::fmt::Display for Landmark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::File => f.write_str("the file from NLEN on"),
            Self::Ndef => f.write_str("the NDEF message"),
            Self::Url => f.write_str("the URL after its NDEF prefix"),
            Self::Query => f.write_str("the text after ?"),
            Self::Divider(role) => write!(f, "the text from the & before the {} on", role.title()),
            Self::Name(role) => write!(f, "the text from the name of the {} on", role.title()),
            Self::Value(role) => write!(f, "the text from the {} on", role.title()),
        }
    }
}

impl Dissected<'_> {
    /// Where the input can begin, the usual places first, each place once. Without a MAC there is none.
    pub fn landmarks(&self) -> Vec<(Landmark, MacStart)> {
        let mut marks: Vec<(Landmark, MacStart)> = Vec::new();
        let values = ORDER.map(Landmark::Value);
        let names = ORDER.map(|role| [Landmark::Name(role), Landmark::Divider(role)]);
        let usual = [Landmark::Nothing].into_iter().chain(values);
        let rest = [Landmark::Query, Landmark::Ndef, Landmark::File];
        let all = usual
            .chain([Landmark::Url])
            .chain(names.into_iter().flatten());
        for mark in all.chain(rest) {
            if let Some(start) = self.start_of(mark)
                && !marks.iter().any(|(_, known)| *known == start)
            {
                marks.push((mark, start));
            }
        }
        marks
    }

    /// The start that a landmark stands for; `None` when it is not in the URL or behind the MAC.
    pub fn start_of(&self, landmark: Landmark) -> Option<MacStart> {
        let mac = self.field(Role::Mac)?.value;
        let name = |role| Some(self.field(role)?.name?.start);
        let at = match landmark {
            Landmark::Nothing => return Some(MacStart::Empty),
            Landmark::File => return Some(MacStart::Header(0)),
            Landmark::Ndef => return Some(MacStart::Header(NLEN)),
            Landmark::Url => self.prefix().1,
            Landmark::Query => self.text().find('?')? + 1,
            Landmark::Divider(role) => name(role)?.checked_sub(1)?,
            Landmark::Name(role) => name(role)?,
            Landmark::Value(role) => self.field(role)?.value.start,
        };
        (at < mac.start).then_some(MacStart::Text(at))
    }

    /// The landmark at a start.
    pub fn landmark_at(&self, start: MacStart) -> Option<Landmark> {
        let mut marks = self.landmarks().into_iter();
        marks.find(|(_, at)| *at == start).map(|(mark, _)| mark)
    }

    /// Every start: the landmarks, then each character before the MAC, then the bytes before the URL.
    pub fn starts(&self) -> impl Iterator<Item = MacStart> {
        let marks = self.landmarks().into_iter().map(|(_, start)| start);
        let mac = self.field(Role::Mac).map_or(0, |field| field.value.start);
        let text = (self.prefix().1..mac).map(MacStart::Text);
        let header = (0..self.header().len()).map(MacStart::Header);
        marks.chain(text.chain(header).filter(move |_| mac > 0))
    }

    /// The bytes that the MAC covers; `None` when the start is behind the MAC or there is none. Digits that the tag
    /// mirrors are in upper case, as it sends them, even where the URL has them in lower case.
    pub fn mac_input(&self, start: MacStart) -> Option<Cow<'_, [u8]>> {
        let mac = self.field(Role::Mac)?.value;
        match start {
            MacStart::Empty => Some(Cow::Borrowed(&[])),
            MacStart::Text(start) => self.mirrored_text(Part {
                start,
                end: mac.start,
            }),
            MacStart::Header(start) => {
                let header = self.header();
                let text = Part {
                    start: self.prefix().1,
                    end: mac.start,
                };
                let bytes = [header.get(start..)?, &self.mirrored_text(text)?].concat();
                Some(Cow::Owned(bytes))
            }
        }
    }

    /// Whether a MAC from `start` on covers all enciphered file data: SDMMACInputOffset is not behind SDMENCOffset, and
    /// the data ends before the MAC (DESFire reference §7.2). A URL without file data has none to cover.
    pub fn covers_file_data(&self, start: MacStart) -> bool {
        let Some(data) = self.field(Role::FileData).map(|field| field.value) else {
            return true;
        };
        let mac = self.field(Role::Mac).map(|field| field.value);
        let begins = match start {
            MacStart::Empty => false,
            MacStart::Header(_) => true,
            MacStart::Text(start) => start <= data.start,
        };
        begins && mac.is_some_and(|mac| data.end <= mac.start)
    }

    /// SDMMACInputOffset of a start, and SDMMACOffset, for a file whose NDEF message is this URL.
    pub fn file_offsets(&self, start: MacStart) -> Option<(usize, usize)> {
        let mac = self.field(Role::Mac)?.value;
        let offset = |at: usize| Some(self.header().len() + at.checked_sub(self.prefix().1)?);
        let end = offset(mac.start)?;
        let start = match start {
            MacStart::Empty => end,
            MacStart::Header(at) => at,
            MacStart::Text(at) => offset(at)?,
        };
        Some((start, end))
    }

    /// The start of a MAC input at an offset of the file; `None` when it is behind the MAC or there is none.
    pub fn start_at_offset(&self, offset: usize) -> Option<MacStart> {
        let mac = self.field(Role::Mac)?.value;
        let Some(at) = offset.checked_sub(self.header().len()) else {
            return Some(MacStart::Header(offset));
        };
        let at = self.prefix().1.checked_add(at)?;
        match at.cmp(&mac.start) {
            Ordering::Less => Some(MacStart::Text(at)),
            Ordering::Equal => Some(MacStart::Empty),
            Ordering::Greater => None,
        }
    }

    fn mirrored_text(&self, part: Part) -> Option<Cow<'_, [u8]>> {
        let text = self.text().as_bytes().get(part.start..part.end)?;
        let mirrored = self
            .fields()
            .iter()
            .filter(|field| field.role != Role::Tamper);
        let lower = |field: &Part| {
            field
                .of(self.text())
                .bytes()
                .any(|byte| byte.is_ascii_lowercase())
        };
        let mut text = Cow::Borrowed(text);
        for field in mirrored.map(|field| field.value).filter(lower) {
            let (start, end) = (field.start.max(part.start), field.end.min(part.end));
            let Some(len) = end.checked_sub(start) else {
                continue;
            };
            let digits = text.to_mut().iter_mut().skip(start - part.start).take(len);
            digits.for_each(u8::make_ascii_uppercase);
        }
        Some(text)
    }

    /// The code of the NDEF prefix and its length.
    fn prefix(&self) -> (u8, usize) {
        let text = self.text();
        let fits = PREFIXES.iter().find(|(_, prefix)| {
            let start = text.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        });
        fits.map_or((0, 0), |(code, prefix)| (*code, prefix.len()))
    }

    /// The file's bytes before the URL: NLEN, header of a record of type `U`, prefix.
    fn header(&self) -> Vec<u8> {
        let (code, prefix) = self.prefix();
        let payload = self.text().len() - prefix + 1;
        let long = u32::try_from(payload).unwrap_or(u32::MAX).to_be_bytes();
        let record: Vec<u8> = match u8::try_from(payload) {
            Ok(short) => vec![0xD1, 0x01, short, b'U'],
            Err(_) => [&[0xC1, 0x01][..], &long, b"U"].concat(),
        };
        let nlen = u16::try_from(record.len() + payload).unwrap_or(u16::MAX);
        [&nlen.to_be_bytes()[..], &record, &[code]].concat()
    }
}

/// Roles in the order in which the MAC's input most often begins with them.
const ORDER: [Role; 6] = [
    Role::FileData,
    Role::PiccData,
    Role::Uid,
    Role::Ctr,
    Role::Tamper,
    Role::Mac,
];

/// Length of NLEN.
const NLEN: usize = 2;

/// Prefixes of URLs that NDEF abbreviates (NFC Forum URI RTD, table 3), the longer first.
const PREFIXES: &[(u8, &str)] = &[
    (0x02, "https://www."),
    (0x01, "http://www."),
    (0x04, "https://"),
    (0x03, "http://"),
];

//! Taking a message out of a URL (DESFire reference §7.5).
//!
//! Positions are bytes of the URL as it was given, because the MAC covers the text that the tag sent. Where an
//! application escaped that text (`%3F` for `?`), they are bytes of the text without the escapes.

mod assemble;
mod error;
mod names;
mod range;
mod row;

use std::borrow::Cow;

pub use error::UrlError;
pub use names::{KNOWN, Known, Names, Role};
pub use range::{Landmark, MacStart};

use super::{Identity, Message, Mirrored, Mode, ReadCtr};
use crate::bytes::hex;

/// A range of bytes in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Part {
    /// Its text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Number of bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it has no bytes.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// A piece of the message in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub role: Role,
    /// The parameter's name; `None` in the path, and for the second and later ones in a row.
    pub name: Option<Part>,
    /// The digits, or the letters of TTStatus.
    pub value: Part,
}

/// A URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissected<'a> {
    text: Cow<'a, str>,
    fields: Vec<Field>,
    picc_data: PiccData,
    unescaped: bool,
}

/// PICC data, still enciphered, in a place of its own: nothing is allocated for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PiccData {
    room: [u8; PICC_DATA],
    len: usize,
}

impl PiccData {
    fn bytes(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }
}

/// Length of the longest PICC data, that of LRP.
const PICC_DATA: usize = Mode::Lrp.picc_data_len();

/// Takes a URL apart. The mode, where it is known, tells how long PICC data has to be.
pub fn dissect<'a>(
    url: &'a str,
    names: &Names,
    mode: Option<Mode>,
) -> Result<Dissected<'a>, UrlError> {
    let url = url.trim();
    let (text, fields, unescaped) = match assemble::fields(url, names, mode) {
        Ok(fields) => (Cow::Borrowed(url), fields, false),
        Err(error) => {
            let Some(text) = unescape(url) else {
                return Err(error);
            };
            let Ok(fields) = assemble::fields(&text, names, mode) else {
                return Err(error);
            };
            (Cow::Owned(text), fields, true)
        }
    };
    let mut dissected = Dissected {
        text,
        fields,
        picc_data: PiccData::default(),
        unescaped,
    };
    dissected.picc_data = dissected.read_picc_data();
    Ok(dissected)
}

impl Dissected<'_> {
    /// The text that positions count in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether escapes were taken out of the URL first.
    pub const fn is_unescaped(&self) -> bool {
        self.unescaped
    }

    /// The pieces, in the order in which they were found.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The piece of a role.
    pub fn field(&self, role: Role) -> Option<&Field> {
        self.fields.iter().find(|field| field.role == role)
    }

    /// The digits or letters of a role.
    pub fn value(&self, role: Role) -> Option<&str> {
        self.field(role).map(|field| field.value.of(&self.text))
    }

    /// The bytes that the digits of a role stand for.
    pub fn bytes(&self, role: Role) -> Option<Vec<u8>> {
        hex::parse(self.value(role)?).ok()
    }

    /// The mode, by the length of PICC data; UID and counter in the clear do not show it.
    pub fn mode(&self) -> Option<Mode> {
        let len = self.picc_data.len;
        Mode::ALL
            .into_iter()
            .find(|mode| mode.picc_data_len() == len)
    }

    /// UID and counter in the clear; the counter's text is the other way round than session vectors have it.
    pub fn mirrored(&self) -> Mirrored {
        let ctr = self.array(Role::Ctr);
        Mirrored {
            uid: self.array(Role::Uid),
            ctr: ctr.map(ReadCtr::from_msb),
        }
    }

    /// SDMMAC.
    pub fn mac(&self) -> Option<[u8; 8]> {
        self.array(Role::Mac)
    }

    /// The message, its MAC over the text from `start` on; over nothing when the start is behind the MAC.
    pub fn message(&self, start: MacStart) -> Message<'_> {
        let identity = match self.picc_data.bytes() {
            [] => Identity::Plain(self.mirrored()),
            bytes => Identity::PiccData(bytes),
        };
        Message {
            identity,
            file_data: self.bytes(Role::FileData).map(Cow::Owned),
            mac_input: self.mac_input(start).unwrap_or_default(),
            mac: self.mac(),
        }
    }

    fn read_picc_data(&self) -> PiccData {
        let mut room = [0; PICC_DATA];
        let digits = self.value(Role::PiccData).unwrap_or_default();
        let len = hex::read_into(digits.as_bytes(), &mut room).map_or(0, <[u8]>::len);
        PiccData { room, len }
    }

    fn array<const N: usize>(&self, role: Role) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        let read = hex::read_into(self.value(role)?.as_bytes(), &mut bytes)?;
        (read.len() == N).then_some(bytes)
    }
}

/// The text without `%XX`; `None` when there are none, or when they make no text.
fn unescape(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((byte, after)) = rest.split_first() {
        let mut room = [0; 1];
        let escaped = after.split_first_chunk::<2>().filter(|_| *byte == b'%');
        let escaped = escaped.and_then(|(digits, after)| {
            let [byte] = *hex::read_into(digits, &mut room)? else {
                return None;
            };
            Some((byte, after))
        });
        let (byte, after) = escaped.unwrap_or((*byte, after));
        out.push(byte);
        rest = after;
    }
    String::from_utf8(out).ok().filter(|out| out != text)
}

#[cfg(test)]
mod tests;

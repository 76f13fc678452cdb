//! Readers, their names and what lies on them; no PC/SC in it.

#[cfg(feature = "pcsc")]
use std::ffi::CStr;
use std::ffi::CString;
use std::fmt;

use super::super::error::ReaderError;

/// The name of a reader: bytes for PC/SC, text for people. Drivers write what they like; what is no UTF-8 is shown
/// with replacement characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReaderName(CString);

impl ReaderName {
    /// As PC/SC wants it.
    #[cfg(feature = "pcsc")]
    pub(super) fn as_c(&self) -> &CStr {
        &self.0
    }
}

impl From<CString> for ReaderName {
    fn from(name: CString) -> Self {
        Self(name)
    }
}

impl fmt::Display for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_string_lossy())
    }
}

/// What a reader holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// No card.
    Empty,
    /// A card that answered to reset.
    Card {
        /// The answer to reset.
        atr: Vec<u8>,
        /// Whether another program has it for itself.
        exclusive: bool,
        /// Whether another program has it at all.
        in_use: bool,
    },
    /// A card that does not answer.
    Mute,
    /// The reader itself does not answer.
    Unavailable,
}

/// A reader as seen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Its name.
    pub name: ReaderName,
    /// What it holds.
    pub slot: Slot,
    /// Insertions and removals that the service has counted.
    pub count: u32,
}

/// The one reader of this name, or with this in its name.
pub fn find(readers: &[Reader], wanted: &str) -> Result<ReaderName, ReaderError> {
    let named = |reader: &&Reader| reader.name.to_string() == wanted;
    if let Some(reader) = readers.iter().find(named) {
        return Ok(reader.name.clone());
    }
    let part = wanted.to_lowercase();
    let fitting: Vec<&Reader> = readers
        .iter()
        .filter(|reader| reader.name.to_string().to_lowercase().contains(&part))
        .collect();
    let wanted = wanted.to_owned();
    match fitting.as_slice() {
        [reader] => Ok(reader.name.clone()),
        [] if readers.is_empty() => Err(ReaderError::Unknown {
            wanted,
            known: "a reader to be connected first".into(),
        }),
        [] => Err(ReaderError::Unknown {
            wanted,
            known: together(readers.iter()),
        }),
        several => Err(ReaderError::Ambiguous {
            wanted,
            known: together(several.iter().copied()),
        }),
    }
}

fn together<'a>(readers: impl Iterator<Item = &'a Reader>) -> String {
    let names: Vec<String> = readers
        .map(|reader| format!("{:?}", reader.name.to_string()))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(name: &[u8]) -> Reader {
        Reader {
            name: CString::new(name).unwrap().into(),
            slot: Slot::Empty,
            count: 0,
        }
    }

    #[test]
    fn a_name_that_is_no_text_is_shown_and_found() {
        let readers = [reader(b"Caf\xE9 00"), reader(b"Desk 01")];
        let name = find(&readers, "caf").unwrap();
        assert_eq!(name.to_string(), "Caf\u{FFFD} 00");
        assert_eq!(name.0.as_bytes(), b"Caf\xE9 00");
    }

    #[test]
    fn a_part_of_a_name_is_enough_when_it_fits_one() {
        let readers = [
            reader(b"Virtual 00"),
            reader(b"Virtual 00 01"),
            reader(b"Desk"),
        ];
        assert_eq!(
            find(&readers, "virtual 00").unwrap_err().to_string(),
            "\"virtual 00\" fits several readers, expected one of \"Virtual 00\", \"Virtual 00 01\""
        );
        assert_eq!(find(&readers, "Virtual 00").unwrap(), readers[0].name);
        assert_eq!(find(&readers, "00 01").unwrap(), readers[1].name);
        assert_eq!(
            find(&readers, "Phone").unwrap_err().to_string(),
            "there is no reader \"Phone\", expected \"Virtual 00\", \"Virtual 00 01\", \"Desk\""
        );
        assert!(
            find(&[], "Desk")
                .unwrap_err()
                .to_string()
                .ends_with("connected first")
        );
    }
}

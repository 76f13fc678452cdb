//! What one row has changed of what is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::entry::{Path, list, place};
use super::{Aid, KnownBytes, KnownCard, KnownFile};
use crate::bytes::hex;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What has changed; of bytes the range that did.
    pub path: Path,
    /// What it was; `None` for unknown, of a pending change for none.
    pub before: Option<String>,
    /// What it is; `None` for unknown or gone.
    pub after: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = if self.path.pending { "none" } else { "unknown" };
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| missing.to_owned());
        write!(
            f,
            "{} {} -> {}",
            self.path,
            text(&self.before),
            text(&self.after)
        )
    }
}

/// What differs between the card before and after a row: settings and values one by one, bytes by their ranges.
pub fn changes(before: &KnownCard, after: &KnownCard) -> Vec<Change> {
    let old: BTreeMap<Path, String> = flat(before);
    let new: BTreeMap<Path, String> = flat(after);
    let paths: BTreeSet<&Path> = old.keys().chain(new.keys()).collect();
    let differ = paths
        .into_iter()
        .filter(|path| old.get(path) != new.get(path));
    let mut found: Vec<Change> = differ
        .map(|path| Change {
            path: path.clone(),
            before: old.get(path).cloned(),
            after: new.get(path).cloned(),
        })
        .collect();
    let places = files(before).chain(files(after)).map(|(place, _)| place);
    let places: BTreeSet<(Aid, u8)> = places.collect();
    for (aid, file_no) in places {
        let (old, new) = (before.file(aid, file_no), after.file(aid, file_no));
        contents(&mut found, (aid, file_no), old, new);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn flat(card: &KnownCard) -> BTreeMap<Path, String> {
    let list = list(card, false).into_iter();
    list.map(|entry| (entry.path, entry.value)).collect()
}

fn files(card: &KnownCard) -> impl Iterator<Item = ((Aid, u8), &KnownFile)> {
    card.applications.iter().flat_map(|(aid, application)| {
        let files = application.files.iter();
        files.map(|(file_no, file)| ((*aid, *file_no), file.as_ref()))
    })
}

/// Compares bytes of files that are not one and the same.
fn contents(
    found: &mut Vec<Change>,
    (aid, file_no): (Aid, u8),
    old: Option<&KnownFile>,
    new: Option<&KnownFile>,
) {
    if let (Some(old), Some(new)) = (old, new)
        && std::ptr::eq(old, new)
    {
        return;
    }
    let nothing = KnownFile::default();
    let (old, new) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
    let mut put = |item: String, before: Option<String>, after: Option<String>| {
        let path = Path {
            aid: Some(aid),
            file_no: Some(file_no),
            pending: false,
            item,
        };
        found.push(Change {
            path,
            before,
            after,
        });
    };
    for (start, before, after) in ranges(&old.data, &new.data) {
        let len = before.as_ref().or(after.as_ref()).map_or(0, Vec::len);
        put(
            place(start, len),
            before.map(hex::upper),
            after.map(hex::upper),
        );
    }
    let unknown = KnownBytes::default();
    let places = old.records.places().chain(new.records.places());
    for at in places.collect::<BTreeSet<i64>>() {
        let record = |file: &'_ KnownFile| file.records.at(at).unwrap_or(&unknown).clone();
        let (before, after) = (&record(old), &record(new));
        let number = new.records.number(at);
        for (start, before, after) in ranges(before, after) {
            let len = before.as_ref().or(after.as_ref()).map_or(0, Vec::len);
            let item = format!("record {number} {}", place(start, len));
            put(item, before.map(hex::upper), after.map(hex::upper));
        }
    }
}

type Range = (u32, Option<Vec<u8>>, Option<Vec<u8>>);

/// Ranges in which known bytes differ: first byte, bytes before, bytes after. Each is known, or unknown, all along.
fn ranges(before: &KnownBytes, after: &KnownBytes) -> Vec<Range> {
    let len = usize::try_from(before.end().max(after.end())).unwrap_or(usize::MAX);
    if before == after {
        return Vec::new();
    }
    let mut found: Vec<Range> = Vec::new();
    let bytes = before.first(len).into_iter().zip(after.first(len));
    for (at, (old, new)) in (0_u32..).zip(bytes) {
        if old == new {
            continue;
        }
        let last = found.last_mut().filter(|(start, before, after)| {
            let len = before.as_ref().or(after.as_ref()).map_or(0, Vec::len);
            super::range(*start, len).end == at
                && before.is_some() == old.is_some()
                && after.is_some() == new.is_some()
        });
        match last {
            Some((_, before, after)) => {
                if let Some(bytes) = before {
                    bytes.extend(old);
                }
                if let Some(bytes) = after {
                    bytes.extend(new);
                }
            }
            None => found.push((at, old.map(|byte| vec![byte]), new.map(|byte| vec![byte]))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::known::Fact;

    const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);

    fn texts(before: &KnownCard, after: &KnownCard) -> Vec<String> {
        let changes = changes(before, after);
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_value_and_single_bytes_are_named() {
        let mut before = KnownCard::default();
        let file = before.application_mut(AID, 0).file_mut(3, 0);
        file.value = Some(Fact::new(2000, 0));
        file.data.learn(0, &[1, 2, 3, 4], 0);
        let mut after = before.clone();
        let file = after.application_mut(AID, 5).file_mut(3, 5);
        file.value = Some(Fact::new(3000, 5));
        file.data.learn(1, &[9, 9, 4, 5], 5);
        file.data.forget(0..1);
        assert_eq!(
            texts(&before, &after),
            [
                "application 014499 file 03 byte 0 01 -> unknown",
                "application 014499 file 03 byte 4 unknown -> 05",
                "application 014499 file 03 bytes 1 to 2 0203 -> 0909",
                "application 014499 file 03 value 2000 -> 3000",
            ]
        );
        assert_eq!(texts(&after, &after), [""; 0]);
    }

    #[test]
    fn what_is_told_again_has_not_changed_and_a_new_record_is_one_change() {
        let mut before = KnownCard::default();
        let file = before.application_mut(AID, 0).file_mut(2, 0);
        file.records.learn(0, 0, &[7, 7], 0);
        let mut after = before.clone();
        let file = after.application_mut(AID, 6).file_mut(2, 6);
        file.records.learn(0, 0, &[7, 7], 6);
        assert_eq!(texts(&before, &after), [""; 0]);
        let mut record = KnownBytes::default();
        record.learn(0, &[8, 8], 7);
        let file = after.application_mut(AID, 7).file_mut(2, 7);
        file.records.append(&record, None, 7);
        let expected = ["application 014499 file 02 record 0 bytes 0 to 1 unknown -> 0808"];
        assert_eq!(texts(&before, &after), expected);
    }
}

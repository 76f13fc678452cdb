//! Records as far as they are known (DESFire reference §5.2). They are numbered from the newest, 0, and a commit with a
//! new record moves all numbers; here each keeps a place of its own.

use std::collections::BTreeMap;

use super::Fact;
use super::bytes::KnownBytes;

/// Committed records of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRecords {
    /// How many there are.
    pub count: Option<Fact<u32>>,
    /// Known records by place; a newer one has a higher place.
    places: BTreeMap<i64, KnownBytes>,
    /// Place of the newest.
    newest: i64,
}

impl KnownRecords {
    /// A file without records.
    pub fn empty(since: usize) -> Self {
        Self {
            count: Some(Fact::new(0, since)),
            ..Self::default()
        }
    }

    /// Makes everything unknown.
    pub fn forget(&mut self) {
        self.count = None;
        self.places.clear();
    }

    /// Takes over how many records there are.
    pub fn learn_count(&mut self, count: u32, since: usize) {
        self.count = Some(Fact::new(count, since));
        self.keep(count);
    }

    /// Takes over bytes of a record that exists.
    pub fn learn(&mut self, number: u32, offset: u32, bytes: &[u8], since: usize) {
        let place = self.newest - i64::from(number);
        let record = self.places.entry(place).or_default();
        record.learn(offset, bytes, since);
    }

    /// Takes over the known parts of a record that exists.
    pub fn learn_all(&mut self, number: u32, bytes: &KnownBytes, since: usize) {
        for (offset, run) in bytes.runs() {
            self.learn(number, offset, &run.bytes, since);
        }
    }

    /// A new record is the newest from row `since` on. `most`: how many a cyclic file has at most.
    pub fn append(&mut self, record: &KnownBytes, most: Option<u32>, since: usize) {
        self.newest += 1;
        self.places.insert(self.newest, KnownBytes::default());
        self.learn_all(0, record, since);
        if let Some(count) = self.count {
            let grown = count.value.saturating_add(1);
            let grown = most.map_or(grown, |most| grown.min(most));
            self.learn_count(grown, since);
        }
        if let Some(most) = most {
            self.keep(most);
        }
    }

    /// Known records with their numbers, the newest last.
    pub fn known(&self) -> impl Iterator<Item = (u32, &KnownBytes)> {
        self.places.iter().filter_map(|(place, bytes)| {
            let number = u32::try_from(self.newest - place).ok()?;
            Some((number, bytes))
        })
    }

    /// A record by its number from the newest, where something of it is known.
    pub fn get(&self, number: u32) -> Option<&KnownBytes> {
        self.places.get(&(self.newest - i64::from(number)))
    }

    /// Places of the records of which something is known.
    pub(super) fn places(&self) -> impl Iterator<Item = i64> {
        self.places.keys().copied()
    }

    /// The record at a place.
    pub(super) fn at(&self, place: i64) -> Option<&KnownBytes> {
        self.places.get(&place)
    }

    /// Number of the record at a place.
    pub(super) fn number(&self, place: i64) -> i64 {
        self.newest - place
    }

    fn keep(&mut self, count: u32) {
        let oldest = self.newest - i64::from(count) + 1;
        self.places = self.places.split_off(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(byte: u8) -> KnownBytes {
        let mut record = KnownBytes::default();
        record.learn(0, &[byte; 4], 0);
        record
    }

    #[test]
    fn a_new_record_moves_the_numbers_and_a_cyclic_file_loses_the_oldest() {
        let mut records = KnownRecords::empty(0);
        for byte in 1..=4 {
            records.append(&record(byte), Some(3), usize::from(byte));
        }
        assert_eq!(records.count, Some(Fact::new(3, 4)));
        let known: Vec<_> = records.known().collect();
        let numbers: Vec<u32> = known.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 1, 0], "the newest last");
        assert_eq!(records.get(2).unwrap().first(1), [Some(2)]);
        assert_eq!(records.get(0).unwrap().first(4), [Some(4); 4]);
        assert_eq!(records.get(3), None);
    }

    #[test]
    fn what_was_read_in_the_middle_stays_known_behind_a_new_record() {
        let mut records = KnownRecords::default();
        records.learn(1, 2, &[7, 8], 3);
        records.append(&record(9), Some(10), 5);
        assert_eq!(records.count, None);
        let second = records.get(2).unwrap().first(4);
        assert_eq!(second, [None, None, Some(7), Some(8)]);
        records.learn_count(2, 6);
        assert_eq!(records.get(2), None);
        records.forget();
        assert_eq!(records.known().count(), 0);
    }
}

//! The non-volatile memory of a virtual card.
//!
//! Everything persistent is bytes in objects, changed only by [`Store::commit`]. A commit is a sequence of
//! writes of one 4-byte word each, and the power can fail before any of them:
//!
//! 1. the changes, serialised, word by word into the journal region (over what an older commit left there);
//! 2. one write sets the commit mark;
//! 3. the changes, read back from the journal region, word by word into the objects;
//! 4. one write clears the mark.
//!
//! At power-up [`Store::recover`] does steps 3 and 4 again when the mark is set, and ignores the journal
//! otherwise. Creating, resizing and removing an object is one write each (its directory word).

use std::collections::BTreeMap;

use super::journal::{self, Entry};
use crate::card::Aid;

/// Bytes of one write.
pub(super) const WORD: usize = 4;

/// Power failed before the command was done; there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card lost its power inside the command")]
pub struct PowerLost;

/// Name of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum ObjectId {
    /// Key settings, configuration, default key, master key.
    Picc,
    /// Settings and keys of an application.
    Application(Aid),
    /// Settings of a file.
    File(Aid, u8),
    /// Content of a file.
    Data(Aid, u8),
}

/// One part of a commit.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Replaces bytes of an object; bytes beyond its end are lost.
    Patch {
        object: ObjectId,
        offset: u32,
        bytes: Vec<u8>,
    },
    /// Creates or replaces an object.
    Put { object: ObjectId, bytes: Vec<u8> },
    /// Removes an object.
    Remove { object: ObjectId },
}

/// The memory.
#[derive(Clone, Default)]
pub(super) struct Store {
    objects: BTreeMap<ObjectId, Vec<u8>>,
    journal: Vec<u8>,
    mark: bool,
    supply: Supply,
    scratch: Vec<u8>,
}

/// Counts writes and fails before the chosen one.
#[derive(Clone, Default)]
struct Supply {
    writes: u32,
    tear_at: Option<u32>,
}

impl Supply {
    fn write(&mut self) -> Result<(), PowerLost> {
        if self.tear_at == Some(self.writes) {
            return Err(PowerLost);
        }
        self.writes = self.writes.saturating_add(1);
        Ok(())
    }
}

impl Store {
    /// Starts counting writes at 0.
    pub(super) const fn restart_count(&mut self) {
        self.supply.writes = 0;
    }

    /// Writes since the count was restarted.
    pub(super) const fn writes(&self) -> u32 {
        self.supply.writes
    }

    /// Power fails before the write with this number; `None` never.
    pub(super) const fn tear_at(&mut self, write: Option<u32>) {
        self.supply.tear_at = write;
    }

    /// Whether a commit was interrupted after its mark.
    pub(super) const fn needs_recovery(&self) -> bool {
        self.mark
    }

    /// The bytes of an object; empty when there is none.
    pub(super) fn bytes(&self, object: ObjectId) -> &[u8] {
        self.objects
            .get(&object)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether an object exists.
    pub(super) fn contains(&self, object: ObjectId) -> bool {
        self.objects.contains_key(&object)
    }

    /// Objects from `first` to `last`, in order.
    pub(super) fn range(
        &self,
        first: ObjectId,
        last: ObjectId,
    ) -> impl Iterator<Item = (ObjectId, &[u8])> {
        self.objects
            .range(first..=last)
            .map(|(object, bytes)| (*object, bytes.as_slice()))
    }

    /// Makes all changes or none of them, whenever the power fails.
    pub(super) fn commit(&mut self, changes: &[Change]) -> Result<(), PowerLost> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.scratch);
        journal::emit(changes, &mut bytes);
        let written = self.write_journal(&bytes);
        self.scratch = bytes;
        written?;
        self.supply.write()?;
        self.mark = true;
        self.recover()
    }

    /// Finishes an interrupted commit whose mark is set; may itself be interrupted and repeated.
    pub(super) fn recover(&mut self) -> Result<(), PowerLost> {
        if !self.mark {
            return Ok(());
        }
        for entry in journal::entries(&self.journal) {
            apply(&mut self.objects, &mut self.supply, &entry)?;
        }
        self.supply.write()?;
        self.mark = false;
        Ok(())
    }

    fn write_journal(&mut self, bytes: &[u8]) -> Result<(), PowerLost> {
        let whole = bytes.len().next_multiple_of(WORD);
        if self.journal.len() < whole {
            self.journal.resize(whole, ERASED);
        }
        for (target, word) in self.journal.chunks_mut(WORD).zip(bytes.chunks(WORD)) {
            self.supply.write()?;
            copy(target, word);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("objects", &self.objects.len())
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

fn apply(
    objects: &mut BTreeMap<ObjectId, Vec<u8>>,
    supply: &mut Supply,
    entry: &Entry<'_>,
) -> Result<(), PowerLost> {
    match *entry {
        Entry::Patch {
            object,
            offset,
            bytes,
        } => match objects.get_mut(&object) {
            Some(target) => write_words(target, supply, offset, bytes),
            None => Ok(()),
        },
        Entry::Put { object, bytes } => {
            supply.write()?;
            let target = objects.entry(object).or_default();
            target.resize(bytes.len(), ERASED);
            write_words(target, supply, 0, bytes)
        }
        Entry::Remove { object } => {
            supply.write()?;
            objects.remove(&object);
            Ok(())
        }
    }
}

/// Writes `bytes` from `offset` on, one write for each word of the object that they touch.
fn write_words(
    target: &mut [u8],
    supply: &mut Supply,
    offset: usize,
    bytes: &[u8],
) -> Result<(), PowerLost> {
    let to_boundary = offset.next_multiple_of(WORD) - offset;
    let (head, rest) = bytes.split_at_checked(to_boundary).unwrap_or((bytes, &[]));
    let mut position = offset;
    for word in std::iter::once(head)
        .filter(|head| !head.is_empty())
        .chain(rest.chunks(WORD))
    {
        supply.write()?;
        copy(target.get_mut(position..).unwrap_or_default(), word);
        position = position.saturating_add(word.len());
    }
    Ok(())
}

fn copy(target: &mut [u8], source: &[u8]) {
    target.iter_mut().zip(source).for_each(|(t, s)| *t = *s);
}

const ERASED: u8 = 0xFF;

#[cfg(test)]
mod tests {
    use super::*;

    const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);
    const A: ObjectId = ObjectId::Data(AID, 1);
    const B: ObjectId = ObjectId::Data(AID, 2);
    const C: ObjectId = ObjectId::File(AID, 3);

    fn start() -> Store {
        let mut store = Store::default();
        let put = |object, byte| Change::Put {
            object,
            bytes: vec![byte; 10],
        };
        store.commit(&[put(A, 0x11), put(B, 0x22)]).unwrap();
        store.restart_count();
        store
    }

    fn changes() -> Vec<Change> {
        let patch = |object, offset, bytes: &[u8]| Change::Patch {
            object,
            offset,
            bytes: bytes.to_vec(),
        };
        vec![
            patch(A, 3, &[0xA1, 0xA2, 0xA3, 0xA4, 0xA5]),
            Change::Put {
                object: C,
                bytes: vec![0xC5; 7],
            },
            Change::Remove { object: B },
            patch(A, 9, &[0xA9]),
        ]
    }

    fn objects(store: &Store) -> BTreeMap<ObjectId, Vec<u8>> {
        store.objects.clone()
    }

    #[test]
    fn every_tear_leaves_all_or_nothing_after_recovery() {
        let old = objects(&start());
        let mut done = start();
        done.commit(&changes()).unwrap();
        let (new, total) = (objects(&done), done.writes());
        assert_eq!(
            new[&A],
            [0x11, 0x11, 0x11, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0x11, 0xA9]
        );
        let mut seen_new = false;
        for write in 0..total {
            let mut store = start();
            store.tear_at(Some(write));
            assert_eq!(store.commit(&changes()), Err(PowerLost));
            assert_eq!(store.writes(), write);
            let committed = store.needs_recovery();
            store.tear_at(None);
            store.recover().unwrap();
            assert_eq!(
                objects(&store),
                if committed { new.clone() } else { old.clone() }
            );
            seen_new |= committed;
        }
        assert!(seen_new);
    }

    #[test]
    fn recovery_can_be_torn_and_repeated() {
        let mut done = start();
        done.commit(&changes()).unwrap();
        let (new, total) = (objects(&done), done.writes());
        let mut torn = start();
        torn.tear_at(Some(total - 1));
        assert_eq!(torn.commit(&changes()), Err(PowerLost));
        for write in 0.. {
            let mut store = torn.clone();
            store.restart_count();
            store.tear_at(Some(write));
            let done = store.recover().is_ok();
            store.tear_at(None);
            store.recover().unwrap();
            assert_eq!(objects(&store), new);
            if done {
                assert!(write > 5);
                break;
            }
        }
    }

    #[test]
    fn writes_are_counted_by_words() {
        let mut store = start();
        let change = Change::Patch {
            object: A,
            offset: 2,
            bytes: vec![7; 4],
        };
        store.commit(&[change]).unwrap();
        // Journal 4 + 1 + 5 + 8 + 4 = 22 bytes in 6 words, mark, 2 touched words, mark.
        assert_eq!(store.writes(), 6 + 1 + 2 + 1);
        assert!(!format!("{store:?}").contains("11"));
    }
}

//! Pending changes of one transaction (DESFire reference §5.4).

use std::collections::BTreeMap;

use super::persistent::Ring;
use super::store::{Change, ObjectId, Store};
use crate::card::Aid;
use crate::tmac::Ledger;

/// Everything that CommitTransaction would make permanent.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// Pending work by file number.
    pub(super) files: BTreeMap<u8, Pending>,
    /// What the Transaction MAC goes over; only kept when the application has a TransactionMAC file.
    pub(super) ledger: Ledger,
    /// TMRICur.
    pub(super) reader_id: Option<[u8; 16]>,
}

/// Pending work on one file.
#[derive(Debug)]
pub(super) enum Pending {
    /// Backup file: what was written, in order.
    Data(Vec<(u32, Vec<u8>)>),
    /// Value file.
    Value(PendingValue),
    /// Record file.
    Records(PendingRecords),
}

/// Pending work on a value file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PendingValue {
    /// The value after the commit.
    pub(super) value: i32,
    /// What LimitedCredit may still use up.
    pub(super) available: i32,
    /// Sum of the debits; `None` without any.
    pub(super) debited: Option<i32>,
}

/// Pending work on a record file.
#[derive(Debug, Default)]
pub(super) struct PendingRecords {
    /// The file will be empty.
    pub(super) clear: bool,
    /// The new record.
    pub(super) record: Option<Vec<u8>>,
    /// Changes of committed records: offset in the data object, bytes.
    pub(super) updates: Vec<(u32, Vec<u8>)>,
}

impl Transaction {
    /// Drops everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether a commit has nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.ledger.is_empty()
    }

    /// A deleted file takes its pending work with it.
    pub(super) fn forget(&mut self, file_no: u8) {
        self.files.remove(&file_no);
    }

    /// The changes of all files.
    pub(super) fn changes(&self, store: &Store, aid: Aid) -> Vec<Change> {
        let mut changes = Vec::with_capacity(2 * self.files.len() + 1);
        for (file_no, pending) in &self.files {
            let object = ObjectId::Data(aid, *file_no);
            let mut patch = |offset: u32, bytes: Vec<u8>| {
                changes.push(Change::Patch {
                    object,
                    offset,
                    bytes,
                });
            };
            match pending {
                Pending::Data(writes) => {
                    for (offset, bytes) in writes {
                        patch(*offset, bytes.clone());
                    }
                }
                Pending::Value(pending) => patch(0, pending.object()),
                Pending::Records(pending) => {
                    let ring = store
                        .settings(aid, *file_no)
                        .and_then(|settings| store.ring(aid, *file_no, &settings.kind));
                    if let Some(ring) = ring {
                        pending.patches(ring, patch);
                    }
                }
            }
        }
        changes
    }
}

impl PendingValue {
    /// The data object after the commit.
    fn object(self) -> Vec<u8> {
        let available = self.debited.unwrap_or(self.available);
        [self.value.to_le_bytes(), available.to_le_bytes()].concat()
    }
}

impl PendingRecords {
    fn patches(&self, mut ring: Ring, mut patch: impl FnMut(u32, Vec<u8>)) {
        for (offset, bytes) in &self.updates {
            patch(*offset, bytes.clone());
        }
        if self.clear {
            ring.count = 0;
            patch(0, ring.bytes());
        } else if let Some(record) = &self.record {
            patch(ring.slot_offset(ring.next), record.clone());
            ring.next = (ring.next + 1) % ring.slots.max(1);
            ring.count = ring.readable.min(ring.count + 1);
            patch(0, ring.bytes());
        }
    }
}

//! What applications and files take of a card's memory (DESFire reference §8.5): the one implementation for the virtual
//! card, its images, and whoever plans a card.
//!
//! Memory is given in blocks of 32 bytes. Measured on cards: an application of 1 key 96 bytes and of 14 keys 352, a
//! standard file its size in blocks, a record file of 1024 bytes 1088. The rest is our estimate: keys of 24 bytes take
//! 28 instead of 20, value and TransactionMAC files two blocks. DF names and identifiers take nothing.

use super::product::Product;
use super::settings::FileKind;
use super::{ApplicationKeys, KeyType};

/// Bytes of a block.
pub const BLOCK: u64 = 32;

/// Bytes of an application without files.
pub fn application(keys: ApplicationKeys) -> u64 {
    let each = match keys.key_type() {
        Some(KeyType::ThreeKey3Des) => 28,
        _ => 20,
    };
    2 * BLOCK + blocks(u64::from(keys.count()) * each)
}

/// Bytes of a file.
pub fn file(kind: &FileKind) -> u64 {
    match kind {
        FileKind::Standard(file) => blocks(u64::from(file.size)),
        FileKind::Backup(file) => 2 * blocks(u64::from(file.size)),
        FileKind::Linear(file) | FileKind::Cyclic(file) => {
            blocks(u64::from(file.record_size) * u64::from(file.max_records)) + 2 * BLOCK
        }
        FileKind::Value(_) | FileKind::Tmac(_) => 2 * BLOCK,
        FileKind::Unknown { .. } => BLOCK,
    }
}

/// The memory of one card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Bytes of the formatted card.
    pub capacity: u64,
    /// Bytes taken by applications and files, and by those that were deleted: only formatting gives these back.
    pub used: u64,
}

impl Memory {
    /// The memory of a formatted card.
    pub fn new(product: Product) -> Self {
        Self {
            capacity: u64::from(product.capabilities().memory),
            used: 0,
        }
    }

    /// What FreeMem answers.
    pub const fn free(self) -> u64 {
        self.capacity.saturating_sub(self.used)
    }

    /// Whether something of `need` bytes still fits.
    pub const fn fits(self, need: u64) -> bool {
        need <= self.free()
    }

    /// The memory after something of `need` bytes was made.
    #[must_use]
    pub const fn with(self, need: u64) -> Self {
        Self {
            used: self.used.saturating_add(need),
            ..self
        }
    }
}

const fn blocks(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::settings::{DataFile, RecordFile};

    #[test]
    fn the_measured_points_come_out() {
        assert_eq!(application(ApplicationKeys(0x81)), 96);
        assert_eq!(application(ApplicationKeys(0x8E)), 352);
        let standard = |size| file(&FileKind::Standard(DataFile { size }));
        assert_eq!((standard(1), standard(33)), (32, 64));
        let records = RecordFile {
            record_size: 32,
            max_records: 32,
            current_records: 0,
        };
        assert_eq!(file(&FileKind::Linear(records)), 1088);
    }

    #[test]
    fn the_last_block_fits_and_no_more() {
        let memory = Memory::new(Product::DesfireEv1_2k).with(2304 - 32);
        assert_eq!(memory.free(), 32);
        assert!(memory.fits(32) && !memory.fits(33));
        assert!(!memory.with(32).fits(32));
    }
}

//! Where each field of a key store stands, see [`super`].

use super::StoreError;
use crate::bytes::{ParseError, Reader};
use crate::crypto::crc;
use crate::crypto::vault::{NONCE_LEN, SALT_LEN, WorkFactor};

/// What a store begins with: a transfer that changes line ends, or stops at `1A`, is noticed.
const MAGIC: &[u8; 16] = b"tapscope-keys\r\n\x1A";
/// Version that is written.
const VERSION: u16 = 1;
/// Bytes before what is encrypted.
const HEAD_LEN: usize = 70;
/// Bytes of the tag behind it.
const TAG_LEN: usize = 16;
/// Bytes of the checksum.
const CHECK_LEN: usize = 4;
/// Bytes of a store around its key file.
const LEAST: usize = HEAD_LEN + TAG_LEN + CHECK_LEN;

/// Whether a file is a store of any version, or the front part of one.
pub fn is_store(file: &[u8]) -> bool {
    // One byte would be the front of many files.
    file.len() > 8 && (file.starts_with(MAGIC) || MAGIC.starts_with(file))
}

/// How the key is made, and what the encryption starts from.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) work: WorkFactor,
    pub(super) salt: [u8; SALT_LEN],
    pub(super) nonce: [u8; NONCE_LEN],
}

/// A store in its parts.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) head: Head,
    /// The same as it stands in the file.
    pub(super) head_bytes: &'a [u8],
    pub(super) sealed: &'a [u8],
}

impl Head {
    /// The first bytes of a store that holds `plain_len` bytes; `None` when that is too much.
    pub(super) fn emit(&self, plain_len: usize) -> Option<Vec<u8>> {
        let length = u32::try_from(LEAST.checked_add(plain_len)?).ok()?;
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(self.work.memory_kib.to_le_bytes());
        out.extend(self.work.passes.to_le_bytes());
        out.extend(self.salt);
        out.extend(self.nonce);
        Some(out)
    }
}

/// A whole store.
pub(super) fn file(head: Vec<u8>, sealed: &[u8]) -> Vec<u8> {
    let mut out = head;
    out.extend(sealed);
    let check = crc::crc32(&out);
    out.extend(check);
    out
}

/// Takes a store apart; what is not whole is refused.
pub(super) fn parse(file: &[u8]) -> Result<Layout<'_>, StoreError> {
    if !file.starts_with(MAGIC) && !MAGIC.starts_with(file) {
        return Err(StoreError::NotAStore);
    }
    let cut_off = |least: usize| StoreError::CutOff {
        at: file.len(),
        least,
    };
    let missing = |_: ParseError| cut_off(LEAST);
    let mut reader = Reader::new("key store", file);
    reader.take("magic", MAGIC.len()).map_err(missing)?;
    match reader.u16("version").map_err(missing)? {
        VERSION => {}
        got if got < VERSION => return Err(StoreError::Older { got }),
        got => return Err(StoreError::Newer { got }),
    }
    let length = reader.u32("length").map_err(missing)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX).max(LEAST);
    if file.len() < length {
        return Err(cut_off(length));
    }
    if file.len() > length {
        let left = file.len() - length;
        return Err(StoreError::Trailing { left });
    }
    let (checked, check) = file
        .split_last_chunk::<CHECK_LEN>()
        .ok_or_else(|| cut_off(LEAST))?;
    if crc::crc32(checked) != *check {
        return Err(StoreError::Damaged);
    }
    let work = WorkFactor {
        memory_kib: reader.u32("memory").map_err(missing)?,
        passes: reader.u32("passes").map_err(missing)?,
    };
    let head = Head {
        work,
        salt: reader.array("salt").map_err(missing)?,
        nonce: reader.array("nonce").map_err(missing)?,
    };
    let (head_bytes, sealed) = checked
        .split_at_checked(HEAD_LEN)
        .ok_or_else(|| cut_off(LEAST))?;
    Ok(Layout {
        head,
        head_bytes,
        sealed,
    })
}

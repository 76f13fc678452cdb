//! The bytes of a commit in the journal region.
//!
//! ```text
//! journal   Length(4) ‖ changes          Length counts the changes, least significant byte first as all numbers
//! change    01 ‖ object ‖ Offset(4) ‖ Length(4) ‖ bytes      patch
//!           02 ‖ object ‖ Length(4) ‖ bytes                  put
//!           03 ‖ object                                      remove
//! object    Kind(1) ‖ AID(3) ‖ FileNo(1)
//! ```
//! There is no checksum: only the commit mark says that a journal is complete, and recovery believes it.

use super::store::{Change, ObjectId};
use crate::bytes::{ParseError, Put, Reader};
use crate::card::Aid;

/// Length of the field before the changes.
pub(super) const PREFIX: usize = 4;

/// A change as it stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    /// Replaces bytes of an object.
    Patch {
        object: ObjectId,
        offset: usize,
        bytes: &'a [u8],
    },
    /// Creates or replaces an object.
    Put { object: ObjectId, bytes: &'a [u8] },
    /// Removes an object.
    Remove { object: ObjectId },
}

/// Writes the journal of one commit over what `out` held.
pub(super) fn emit(changes: &[Change], out: &mut Vec<u8>) {
    out.clear();
    out.put_u32(0);
    for change in changes {
        match change {
            Change::Patch {
                object,
                offset,
                bytes,
            } => {
                out.push(PATCH);
                emit_object(*object, out);
                out.put_u32(*offset);
                out.put_u32(length(bytes.len()));
                out.extend_from_slice(bytes);
            }
            Change::Put { object, bytes } => {
                out.push(PUT);
                emit_object(*object, out);
                out.put_u32(length(bytes.len()));
                out.extend_from_slice(bytes);
            }
            Change::Remove { object } => {
                out.push(REMOVE);
                emit_object(*object, out);
            }
        }
    }
    let changes = length(out.len().saturating_sub(PREFIX)).to_le_bytes();
    if let Some(prefix) = out.first_chunk_mut::<PREFIX>() {
        *prefix = changes;
    }
}

/// The changes of a journal region, in order. What can't be read ends the list.
pub(super) fn entries(region: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut reader = Reader::new("journal", region);
    let changes = reader
        .u32("Length")
        .ok()
        .and_then(|length| reader.take("Changes", usize::try_from(length).ok()?).ok());
    let mut reader = Reader::new("journal", changes.unwrap_or_default());
    std::iter::from_fn(move || {
        if reader.is_empty() {
            None
        } else {
            entry(&mut reader).ok()
        }
    })
}

fn entry<'a>(r: &mut Reader<'a>) -> Result<Entry<'a>, ParseError> {
    let tag = r.u8("Tag")?;
    let object = object(r)?;
    match tag {
        PATCH => {
            let offset = size(r, "Offset")?;
            let length = size(r, "Length")?;
            let bytes = r.take("Bytes", length)?;
            Ok(Entry::Patch {
                object,
                offset,
                bytes,
            })
        }
        PUT => {
            let length = size(r, "Length")?;
            let bytes = r.take("Bytes", length)?;
            Ok(Entry::Put { object, bytes })
        }
        REMOVE => Ok(Entry::Remove { object }),
        tag => Err(r.invalid("Tag", "01, 02 or 03", format!("{tag:02X}"))),
    }
}

fn object(r: &mut Reader<'_>) -> Result<ObjectId, ParseError> {
    let kind = r.u8("Kind")?;
    let aid = Aid::from_wire(r.array("AID")?);
    let file_no = r.u8("FileNo")?;
    match kind {
        0 => Ok(ObjectId::Picc),
        1 => Ok(ObjectId::Application(aid)),
        2 => Ok(ObjectId::File(aid, file_no)),
        3 => Ok(ObjectId::Data(aid, file_no)),
        kind => Err(r.invalid("Kind", "0 to 3", kind.to_string())),
    }
}

fn emit_object(object: ObjectId, out: &mut Vec<u8>) {
    let (kind, aid, file_no) = match object {
        ObjectId::Picc => (0, Aid::PICC, 0),
        ObjectId::Application(aid) => (1, aid, 0),
        ObjectId::File(aid, file_no) => (2, aid, file_no),
        ObjectId::Data(aid, file_no) => (3, aid, file_no),
    };
    out.push(kind);
    out.extend_from_slice(&aid.wire());
    out.push(file_no);
}

fn size(r: &mut Reader<'_>, field: &'static str) -> Result<usize, ParseError> {
    let value = r.u32(field)?;
    usize::try_from(value).map_err(|_| r.invalid(field, "a length", value.to_string()))
}

fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

const PATCH: u8 = 0x01;
const PUT: u8 = 0x02;
const REMOVE: u8 = 0x03;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_take_back_what_emit_wrote() {
        let aid = Aid::from_wire([0x99, 0x44, 0x01]);
        let changes = [
            Change::Patch {
                object: ObjectId::Data(aid, 3),
                offset: 6,
                bytes: vec![1, 2, 3],
            },
            Change::Put {
                object: ObjectId::File(aid, 7),
                bytes: vec![9; 5],
            },
            Change::Remove {
                object: ObjectId::Application(aid),
            },
        ];
        let mut region = vec![0xEE; 3];
        emit(&changes, &mut region);
        region.extend_from_slice(&[0xEE; 9]);
        let read: Vec<_> = entries(&region).collect();
        assert_eq!(
            read,
            [
                Entry::Patch {
                    object: ObjectId::Data(aid, 3),
                    offset: 6,
                    bytes: &[1, 2, 3]
                },
                Entry::Put {
                    object: ObjectId::File(aid, 7),
                    bytes: &[9; 5]
                },
                Entry::Remove {
                    object: ObjectId::Application(aid)
                },
            ]
        );
    }

    #[test]
    fn a_damaged_journal_ends_the_list() {
        assert_eq!(entries(&[]).count(), 0);
        assert_eq!(entries(&[200, 0, 0, 0, 1]).count(), 0);
        assert_eq!(entries(&[1, 0, 0, 0, 7]).count(), 0);
    }
}

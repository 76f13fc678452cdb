//! What a row's command writes to a file or its answer brings of one (DESFire reference §2.6).

use super::exchange::Exchange;
use crate::card::Aid;
use crate::command::Command;

/// Bytes of a data file or of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// Record, 0 is the newest; `None` for a data file and for a new record.
    pub record: Option<u32>,
    /// First byte within the file or record.
    pub offset: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The application and the file that a row's command is about, where its command or answer holds bytes of the file.
pub fn content_place(row: &Exchange) -> Option<(Aid, u8)> {
    let aid = row.aid.filter(|aid| !aid.is_picc())?;
    let file_no = match row.typed()? {
        Command::ReadData(read) => read.file_no,
        Command::WriteData(write) => write.file_no,
        Command::ReadRecords(read) => read.file_no,
        Command::WriteRecord(write) => write.file_no,
        Command::UpdateRecord(update) => update.file_no,
        _ => return None,
    };
    Some((aid, file_no))
}

/// The bytes, in the order of the message; records come oldest first. `record_size`: bytes of a record of the file, where
/// it is known. Without it only a read that says how many records it wants can be divided.
pub fn contents(row: &Exchange, record_size: Option<usize>) -> Vec<FilePart> {
    let part = |record, offset: u32, bytes: &[u8]| FilePart {
        record,
        offset: usize::try_from(offset).unwrap_or(usize::MAX),
        bytes: bytes.to_vec(),
    };
    let answer = row.response.as_deref().filter(|_| row.is_accepted());
    match (row.typed(), answer) {
        (Some(Command::WriteData(write)), _) => vec![part(None, write.offset, &write.data)],
        (Some(Command::WriteRecord(write)), _) => vec![part(None, write.offset, &write.data)],
        (Some(Command::UpdateRecord(update)), _) => {
            vec![part(Some(update.record_no), update.offset, &update.data)]
        }
        (Some(Command::ReadData(read)), Some(answer)) => vec![part(None, read.offset, answer)],
        (Some(Command::ReadRecords(read)), Some(answer)) => {
            let wanted = usize::try_from(read.count).unwrap_or(usize::MAX);
            let size = record_size.or_else(|| answer.len().checked_div(wanted));
            let fits = |size: &usize| *size > 0 && answer.len().is_multiple_of(*size);
            let Some(size) = size.filter(fits) else {
                return Vec::new();
            };
            let records = (read.record_no..).zip(answer.rchunks(size));
            let mut parts: Vec<FilePart> = records
                .map(|(number, record)| part(Some(number), 0, record))
                .collect();
            parts.reverse();
            parts
        }
        _ => Vec::new(),
    }
}

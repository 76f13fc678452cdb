//! Record files (DESFire reference §2.6, §5.2). Record 0 is the newest committed one; pending work moves no numbers.

use super::Card;
use super::messaging::Reply;
use super::persistent::Ring;
use super::refusal::Refusal;
use super::snapshot::record;
use super::store::ObjectId;
use super::transaction::{Pending, PendingRecords};
use crate::card::settings::FileKind;
use crate::command::{ReadRecords, UpdateRecord, Wire, WriteRecord};
use crate::tmac::Operation;

impl Card {
    /// Writes into the one pending record, which starts as zeros. After a clear in the same transaction it is
    /// refused as the profile says, a full linear file is BE.
    pub(super) fn write_record(&mut self, command: &WriteRecord) -> Result<Reply, Refusal> {
        let (kind, ring) = self.ring(command.file_no)?;
        let size = usize::try_from(ring.size).map_err(|_| Refusal::BOUNDARY)?;
        let offset = usize::try_from(command.offset).map_err(|_| Refusal::BOUNDARY)?;
        let after_clear = Refusal::Status(self.profile.write_after_clear_status);
        let pending = self.pending_records(command.file_no)?;
        if pending.clear {
            return Err(after_clear);
        }
        if matches!(kind, FileKind::Linear(_)) && ring.count >= ring.readable {
            return Err(Refusal::BOUNDARY);
        }
        let record = pending.record.get_or_insert_with(|| vec![0; size]);
        let target = record.get_mut(offset..).unwrap_or_default();
        let bytes = target.iter_mut().zip(&command.data);
        bytes.for_each(|(target, byte)| *target = *byte);
        self.count(&Operation::Data {
            ins: command.ins(),
            file_no: command.file_no,
            offset: command.offset,
            data: &command.data,
        });
        Ok(Reply::default())
    }

    /// Changes a committed record, not after a clear in the same transaction.
    pub(super) fn update_record(&mut self, command: &UpdateRecord) -> Result<Reply, Refusal> {
        let (_, ring) = self.ring(command.file_no)?;
        if command.record_no >= ring.count {
            return Err(Refusal::BOUNDARY);
        }
        let after_clear = Refusal::Status(self.profile.write_after_clear_status);
        let pending = self.pending_records(command.file_no)?;
        if pending.clear {
            return Err(after_clear);
        }
        let offset = ring
            .offset(command.record_no)
            .saturating_add(command.offset);
        pending.updates.push((offset, command.data.clone()));
        self.count(&Operation::Update {
            ins: command.ins(),
            file_no: command.file_no,
            record_no: command.record_no,
            offset: command.offset,
            data: &command.data,
        });
        Ok(Reply::default())
    }

    /// Reads committed records, the oldest of them first; count 0 reads to the oldest of the file.
    pub(super) fn read_records(&mut self, command: ReadRecords) -> Result<Reply, Refusal> {
        let (_, ring) = self.ring(command.file_no)?;
        let left = ring.count.saturating_sub(command.record_no);
        let count = if command.count == 0 {
            left
        } else {
            command.count
        };
        if count == 0 || count > left {
            return Err(Refusal::BOUNDARY);
        }
        let aid = self.volatile.selected;
        let bytes = self.store.bytes(ObjectId::Data(aid, command.file_no));
        let numbers = (command.record_no..command.record_no.saturating_add(count)).rev();
        let mut data = Vec::new();
        numbers.for_each(|number| data.extend_from_slice(record(bytes, ring, number)));
        self.count(&Operation::Records {
            ins: command.ins(),
            file_no: command.file_no,
            record_no: command.record_no,
            count,
            data: &data,
        });
        Ok(data.into())
    }

    /// Empties the file at the commit; what was pending on it goes.
    pub(super) fn clear_record_file(&mut self, file_no: u8) -> Result<Reply, Refusal> {
        self.access(0xEB, file_no)?;
        *self.pending_records(file_no)? = PendingRecords {
            clear: true,
            ..PendingRecords::default()
        };
        self.count(&Operation::Clear { ins: 0xEB, file_no });
        Ok(Reply::default())
    }

    pub(super) fn ring(&self, file_no: u8) -> Result<(FileKind, Ring), Refusal> {
        let kind = self.file(file_no)?.kind;
        let ring = self.store.ring(self.volatile.selected, file_no, &kind);
        Ok((kind, ring.ok_or(Refusal::DENIED)?))
    }

    pub(super) fn pending_records(&mut self, file_no: u8) -> Result<&mut PendingRecords, Refusal> {
        let files = &mut self.volatile.transaction.files;
        let pending = files
            .entry(file_no)
            .or_insert_with(|| Pending::Records(PendingRecords::default()));
        match pending {
            Pending::Records(pending) => Ok(pending),
            _ => Err(Refusal::DENIED),
        }
    }
}

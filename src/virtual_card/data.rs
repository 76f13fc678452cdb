//! Data files and the content of the TransactionMAC file (DESFire reference §2.6, §5.2).

use super::Card;
use super::messaging::Reply;
use super::refusal::Refusal;
use super::store::{Change, ObjectId};
use super::transaction::Pending;
use crate::card::settings::FileKind;
use crate::command::{ReadData, Wire, WriteData};
use crate::tmac::Operation;

impl Card {
    /// Reads committed data. Reading the TransactionMAC file itself does not count for the Transaction MAC.
    pub(super) fn read_data(&mut self, command: ReadData) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        let kind = self.file(command.file_no)?.kind;
        let is_tmac = matches!(kind, FileKind::Tmac(_));
        let content;
        let bytes = if is_tmac {
            let state = self.store.tmac(aid, command.file_no);
            content = state.ok_or(Refusal::NO_FILE)?.content();
            &content[..]
        } else {
            self.store.bytes(ObjectId::Data(aid, command.file_no))
        };
        let data = part(bytes, command.offset, command.length)?.to_vec();
        if !is_tmac {
            self.count(&Operation::Data {
                ins: command.ins(),
                file_no: command.file_no,
                offset: command.offset,
                data: &data,
            });
        }
        Ok(data.into())
    }

    /// Writes: a standard file at once, a backup file into its shadow. The range was checked when the command
    /// was announced.
    pub(super) fn write_data(&mut self, command: WriteData) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        let kind = self.file(command.file_no)?.kind;
        self.count(&Operation::Data {
            ins: command.ins(),
            file_no: command.file_no,
            offset: command.offset,
            data: &command.data,
        });
        if matches!(kind, FileKind::Standard(_)) {
            self.store.commit(&[Change::Patch {
                object: ObjectId::Data(aid, command.file_no),
                offset: command.offset,
                bytes: command.data,
            }])?;
            return Ok(Reply::default());
        }
        let files = &mut self.volatile.transaction.files;
        let pending = files
            .entry(command.file_no)
            .or_insert_with(|| Pending::Data(Vec::new()));
        match pending {
            Pending::Data(writes) => writes.push((command.offset, command.data)),
            _ => return Err(Refusal::DENIED),
        }
        Ok(Reply::default())
    }

    /// Lets a command count for the Transaction MAC of the selected application, when it has one.
    pub(super) fn count(&mut self, operation: &Operation<'_>) {
        if self.store.tmac_file(self.volatile.selected).is_some() {
            self.volatile.transaction.ledger.append(operation);
        }
    }
}

/// A range of a file; length 0 is everything from the offset on, and there must be something.
fn part(bytes: &[u8], offset: u32, length: u32) -> Result<&[u8], Refusal> {
    let offset = usize::try_from(offset).map_err(|_| Refusal::BOUNDARY)?;
    let rest = bytes.get(offset..).filter(|rest| !rest.is_empty());
    let rest = rest.ok_or(Refusal::BOUNDARY)?;
    if length == 0 {
        return Ok(rest);
    }
    let length = usize::try_from(length).map_err(|_| Refusal::BOUNDARY)?;
    rest.get(..length).ok_or(Refusal::BOUNDARY)
}

//! Which commands enter the TMI, and with what (DESFire reference §6.3). The same for whoever observes a transaction.

use super::ledger::Operation;
use crate::bytes::{ParseError, Reader};
use crate::command::{Command, GetValue, Wire};

/// Why a command that the card has done adds nothing, or can't be told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCounted {
    /// It is none of the commands that count.
    Other,
    /// ReadRecords with count 0, and the size of the records is not known; or the answer is not as many whole records.
    Count,
    /// The answer is not that of the command.
    Answer(ParseError),
}

/// What a command adds that was done and answered with `answer`. `record_size` is that of its file, where known; only
/// ReadRecords with count 0 needs it, with another count the answer is held against it.
pub fn operation<'a>(
    command: &'a Command,
    answer: &'a [u8],
    record_size: Option<u32>,
) -> Result<Operation<'a>, NotCounted> {
    Ok(match command {
        Command::ReadData(read) => Operation::Data {
            ins: read.ins(),
            file_no: read.file_no,
            offset: read.offset,
            data: answer,
        },
        Command::WriteData(write) => Operation::Data {
            ins: write.ins(),
            file_no: write.file_no,
            offset: write.offset,
            data: &write.data,
        },
        Command::WriteRecord(write) => Operation::Data {
            ins: write.ins(),
            file_no: write.file_no,
            offset: write.offset,
            data: &write.data,
        },
        Command::UpdateRecord(update) => Operation::Update {
            ins: update.ins(),
            file_no: update.file_no,
            record_no: update.record_no,
            offset: update.offset,
            data: &update.data,
        },
        Command::ReadRecords(read) => {
            let count = records(read.count, answer.len(), record_size);
            Operation::Records {
                ins: read.ins(),
                file_no: read.file_no,
                record_no: read.record_no,
                count: count.ok_or(NotCounted::Count)?,
                data: answer,
            }
        }
        Command::GetValue(get) => Operation::Value {
            ins: get.ins(),
            file_no: get.file_no,
            value: Reader::all("GetValue", answer, GetValue::read_answer)
                .map_err(NotCounted::Answer)?,
        },
        Command::Amount(amount) => Operation::Value {
            ins: amount.ins(),
            file_no: amount.file_no,
            value: amount.amount,
        },
        Command::ClearRecordFile(clear) => Operation::Clear {
            ins: clear.ins(),
            file_no: clear.file_no,
        },
        Command::CommitReaderId(reader) => Operation::ReaderId {
            tmri: reader.tmri,
            enc_tmri: answer.try_into().ok(),
        },
        _ => return Err(NotCounted::Other),
    })
}

/// How many records an answer of `len` bytes holds to ReadRecords with count `asked`; `None` when that can't be told, or
/// is not what was asked for.
pub fn records(asked: u32, len: usize, record_size: Option<u32>) -> Option<u32> {
    let len = u32::try_from(len).ok()?;
    let Some(size) = record_size else {
        return (len > 0 && asked > 0 && len.is_multiple_of(asked)).then_some(asked);
    };
    let held = len.checked_div(size)?;
    (len.is_multiple_of(size) && (asked == 0 || asked == held)).then_some(held)
}

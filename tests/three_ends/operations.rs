//! Commands as others write them down: lines by name, and members of the vector files.

use serde_json::{Value, json};
use tapscope::bytes::hex;
use tapscope::command::{AmountKind, Chaining, Command};

use super::card::SIZE;

/// A command with the answer that the card gave.
pub(crate) type Done = (Command, Vec<u8>);

/// The line of a form.
pub(crate) fn line((command, answer): &Done) -> String {
    let answer = hex::upper(answer);
    let iso = |chaining: Chaining| match chaining {
        Chaining::Native => "",
        Chaining::Iso => "-iso",
    };
    match command {
        Command::ReadData(read) => format!(
            "read{} {} {} {} -> {answer}",
            iso(read.chaining),
            read.file_no,
            read.offset,
            read.length
        ),
        Command::WriteData(write) => format!(
            "write{} {} {} {}",
            iso(write.chaining),
            write.file_no,
            write.offset,
            hex::upper(&write.data)
        ),
        Command::WriteRecord(write) => format!(
            "write-record{} {} {} {}",
            iso(write.chaining),
            write.file_no,
            write.offset,
            hex::upper(&write.data)
        ),
        Command::UpdateRecord(update) => format!(
            "update-record{} {} {} {} {}",
            iso(update.chaining),
            update.file_no,
            update.record_no,
            update.offset,
            hex::upper(&update.data)
        ),
        Command::ReadRecords(read) => format!(
            "read-records{} {} {} {} -> {answer}",
            iso(read.chaining),
            read.file_no,
            read.record_no,
            read.count
        ),
        Command::GetValue(get) => format!("get-value {} -> {answer}", get.file_no),
        Command::Amount(amount) => {
            format!(
                "{} {} {}",
                name(amount.kind).replace('_', "-"),
                amount.file_no,
                amount.amount
            )
        }
        Command::ClearRecordFile(clear) => format!("clear-records {}", clear.file_no),
        Command::CommitReaderId(reader) => {
            format!(
                "commit-reader-id {} -> {answer} 9100",
                hex::upper(reader.tmri)
            )
        }
        Command::CommitTransaction(_) => format!("commit -> {answer} 9100"),
        Command::AbortTransaction(_) => "abort".into(),
        other => panic!("{} is no operation", other.name()),
    }
}

const fn name(kind: AmountKind) -> &'static str {
    match kind {
        AmountKind::Credit => "credit",
        AmountKind::Debit => "debit",
        AmountKind::LimitedCredit => "limited_credit",
    }
}

/// The member of `operations`: parameters as they were sent, Length 0 and count 0 among them.
pub(crate) fn member((command, answer): &Done) -> Value {
    let frame = command.frame();
    let cmd = format!("{:02X}", frame.ins);
    let file = frame.header.first().map(|file_no| format!("{file_no:02X}"));
    match command {
        Command::ReadData(read) => json!({"op": "read_data", "cmd": cmd, "file": file,
            "offset": read.offset, "length": read.length, "data": hex::upper(answer)}),
        Command::WriteData(write) => json!({"op": "write_data", "cmd": cmd, "file": file,
            "offset": write.offset, "length": write.length, "data": hex::upper(&write.data)}),
        Command::WriteRecord(write) => json!({"op": "write_record", "cmd": cmd, "file": file,
            "offset": write.offset, "length": write.length, "data": hex::upper(&write.data)}),
        Command::UpdateRecord(update) => json!({"op": "update_record", "cmd": cmd, "file": file,
            "record": update.record_no, "offset": update.offset, "length": update.length,
            "data": hex::upper(&update.data)}),
        Command::ReadRecords(read) => json!({"op": "read_records", "cmd": cmd, "file": file,
            "record": read.record_no, "count": read.count, "record_size": SIZE,
            "data": hex::upper(answer)}),
        Command::GetValue(_) => json!({"op": "get_value", "cmd": cmd, "file": file,
            "value": hex::upper(answer)}),
        Command::Amount(amount) => json!({"op": name(amount.kind), "cmd": cmd, "file": file,
            "value": hex::upper(amount.amount.to_le_bytes())}),
        Command::ClearRecordFile(_) => {
            json!({"op": "clear_record_file", "cmd": cmd, "file": file})
        }
        Command::CommitReaderId(reader) if answer.is_empty() => {
            json!({"op": "commit_reader_id", "cmd": cmd, "tmri": hex::upper(reader.tmri)})
        }
        Command::CommitReaderId(reader) => json!({"op": "commit_reader_id", "cmd": cmd,
            "tmri": hex::upper(reader.tmri), "enc_tmri": hex::upper(answer)}),
        Command::AbortTransaction(_) => json!({"op": "abort", "cmd": cmd}),
        other => panic!("{} is no operation", other.name()),
    }
}

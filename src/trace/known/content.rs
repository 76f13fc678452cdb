//! Commands that read and write files (DESFire reference §2.6, §5.2).

use std::sync::Arc;

use super::effect::{Effect, Outcome};
use super::pending;
use crate::bytes::Reader;
use crate::card::Aid;
use crate::card::known::{Fact, KnownCard, KnownFile, KnownSession, range};
use crate::card::settings::{FileKind, SDM};
use crate::command::{Command, CommitAnswer, GetValue, ReadData, ReadRecords, Target, WriteData};

/// Codes of commands that change contents; those that also exist without a type stand here too.
pub(super) const WRITES: &[u8] = &[
    0x3D, 0x8D, 0x3B, 0x8B, 0xDB, 0xBA, 0x0C, 0xDC, 0x1C, 0xEB, 0xC8,
];
pub(super) const COMMIT: u8 = 0xC7;
pub(super) const ABORT: u8 = 0xA7;
const UPDATE_BINARY: u8 = 0xD6;
const APPEND_RECORD: u8 = 0xE2;

/// Takes over what a command on contents shows; `aid`: the selected level, where it is known.
pub(super) fn absorb(card: &mut KnownCard, effect: &Effect<'_>, aid: Option<Aid>) {
    let row = effect.row.index;
    if effect.is(&[COMMIT]) {
        match effect.outcome {
            Outcome::Done => pending::commit(card, aid, effect.answer, row),
            Outcome::Maybe => pending::may_have_committed(card, aid),
            Outcome::Refused => {}
        }
    } else if effect.is(&[ABORT]) {
        match effect.outcome {
            Outcome::Done => card.drop_pending(),
            Outcome::Maybe => card.doubt_pending(),
            Outcome::Refused => {}
        }
    } else if effect.is(WRITES) {
        write(card, effect, aid);
    } else if effect.row.family == crate::apdu::Family::Iso {
        iso(card, effect, aid);
    } else if let (Some(command), Some(answer), Some(aid)) = (&effect.command, effect.answer, aid) {
        let sure = !matches!(card.session, KnownSession::Unknown);
        read(card, command, answer, (aid, row, sure));
    }
}

fn write(card: &mut KnownCard, effect: &Effect<'_>, aid: Option<Aid>) {
    let row = effect.row.index;
    let command = effect.command.as_ref().filter(|command| is_whole(command));
    let (Some(command), Some(aid)) = (command, aid) else {
        if effect.outcome != Outcome::Refused || effect.is_chained() {
            forget_all(card, aid);
        }
        return;
    };
    if let Command::WriteData(write) = command {
        return write_data(card, effect, aid, write);
    }
    match effect.outcome {
        Outcome::Done => pending::put(card, command, row),
        Outcome::Maybe => card.doubt_pending(),
        Outcome::Refused => {}
    }
}

/// A standard file is written at once, frame by frame; a backup file with the commit.
fn write_data(card: &mut KnownCard, effect: &Effect<'_>, aid: Aid, write: &WriteData) {
    let row = effect.row.index;
    let standard = card
        .file(aid, write.file_no)
        .and_then(|file| file.kind.as_ref())
        .map(|kind| matches!(kind.value, FileKind::Standard(_)));
    let refused = effect.outcome == Outcome::Refused;
    if standard == Some(false) || refused && !effect.is_chained() {
        match effect.outcome {
            Outcome::Done => pending::put(card, &Command::WriteData(write.clone()), row),
            Outcome::Maybe => card.doubt_pending(),
            Outcome::Refused => {}
        }
        return;
    }
    let known = card.applications.get_mut(&aid).map(Arc::make_mut);
    let known = known.and_then(|application| application.files.get_mut(&write.file_no));
    if let Some(file) = known {
        let announced = usize::try_from(write.length).unwrap_or(usize::MAX);
        let len = announced.max(write.data.len());
        Arc::make_mut(file).data.forget(range(write.offset, len));
    }
    match (effect.outcome, standard) {
        (Outcome::Done, Some(_)) => {
            let file = card.application_mut(aid, row).file_mut(write.file_no, row);
            file.data.learn(write.offset, &write.data, row);
        }
        // Of whatever type it is, a commit leaves these bytes there.
        (Outcome::Done, None) => pending::put(card, &Command::WriteData(write.clone()), row),
        (Outcome::Maybe, None) => card.doubt_pending(),
        _ => {}
    }
}

/// Whether a command brings the data that it announces: in a session that the trace does not show a MAC may follow.
fn is_whole(command: &Command) -> bool {
    let (length, data) = match command {
        Command::WriteData(write) => (write.length, &write.data),
        Command::WriteRecord(write) => (write.length, &write.data),
        Command::UpdateRecord(write) => (write.length, &write.data),
        _ => return true,
    };
    usize::try_from(length) == Ok(data.len())
}

/// Whatever was written, nothing of it is known.
fn forget_all(card: &mut KnownCard, aid: Option<Aid>) {
    card.doubt_pending();
    match aid {
        Some(aid) => {
            if let Some(application) = card.applications.get_mut(&aid) {
                Arc::make_mut(application).forget_content();
            }
        }
        None => pending::forget_everywhere(card),
    }
}

/// `sure`: the trace shows the session, so that no MAC can stand behind data of unknown length.
fn read(card: &mut KnownCard, command: &Command, answer: &[u8], at: (Aid, usize, bool)) {
    let (aid, row, sure) = at;
    if aid.is_picc() {
        return;
    }
    match command {
        Command::ReadData(command) => read_data(card, *command, answer, at),
        Command::ReadRecords(command) => {
            let file = card
                .application_mut(aid, row)
                .file_mut(command.file_no, row);
            read_records(file, *command, answer, row, sure);
        }
        Command::GetValue(get) => {
            if let Ok(value) = Reader::all("GetValue", answer, GetValue::read_answer) {
                let file = card.application_mut(aid, row).file_mut(get.file_no, row);
                file.value = Some(Fact::new(value, row));
            }
        }
        _ => {}
    }
}

fn read_data(
    card: &mut KnownCard,
    command: ReadData,
    answer: &[u8],
    (aid, row, sure): (Aid, usize, bool),
) {
    let application = card.application_mut(aid, row);
    let file = application.file_mut(command.file_no, row);
    let size = match file.kind.as_ref().map(|kind| &kind.value) {
        Some(FileKind::Standard(file) | FileKind::Backup(file)) => Some(file.size),
        _ => None,
    };
    let expected = if command.length == 0 {
        size.and_then(|size| size.checked_sub(command.offset))
    } else {
        Some(command.length)
    };
    let fits = match expected {
        Some(expected) => usize::try_from(expected) == Ok(answer.len()),
        None => sure,
    };
    // The card may put other bytes in their place when the file is read without a key.
    let mirrored = |access: &crate::card::known::FileAccess| access.option & SDM != 0;
    let mirrored = file
        .access
        .as_ref()
        .is_some_and(|fact| mirrored(&fact.value));
    let kind = file.kind.as_ref().map(|kind| &kind.value);
    match kind {
        Some(FileKind::Tmac(_)) if fits && command.offset == 0 => {
            let counted = answer.get(..12);
            let counted =
                counted.map(|bytes| Reader::all("TransactionMAC file", bytes, CommitAnswer::read));
            if let Some(Ok(counted)) = counted {
                application.tmc = Some(Fact::new(counted.tmc, row));
                application.tmv = Some(Fact::new(counted.tmv, row));
            }
        }
        Some(FileKind::Standard(_) | FileKind::Backup(_)) | None if fits && !mirrored => {
            file.data.learn(command.offset, answer, row);
        }
        _ => {}
    }
}

/// Records come oldest first; count 0 asks for all from the oldest on.
fn read_records(file: &mut KnownFile, command: ReadRecords, answer: &[u8], row: usize, sure: bool) {
    let size = match file.kind.as_ref().map(|kind| &kind.value) {
        Some(FileKind::Linear(record) | FileKind::Cyclic(record)) => Some(record.record_size),
        Some(_) => return,
        None if sure && command.count > 0 => {
            let len = u32::try_from(answer.len()).ok();
            len.filter(|len| len.is_multiple_of(command.count))
                .and_then(|len| len.checked_div(command.count))
        }
        None => None,
    };
    let size = size.and_then(|size| usize::try_from(size).ok());
    let Some(size) = size.filter(|size| *size > 0 && answer.len().is_multiple_of(*size)) else {
        return;
    };
    let records: Vec<&[u8]> = answer.chunks(size).collect();
    let Ok(count) = u32::try_from(records.len()) else {
        return;
    };
    if command.count > 0 && command.count != count {
        return;
    }
    if command.count == 0 {
        let all = command.record_no.saturating_add(count);
        file.records.learn_count(all, row);
    }
    for (number, record) in (command.record_no..).zip(records.into_iter().rev()) {
        file.records.learn(number, 0, record, row);
    }
}

/// The ISO commands of plain files (DESFire reference §1.5). A file that is not named is not known: what was written to it
/// is unknown, what was read of it teaches nothing. Nor does a read of several records, whose order sources dispute.
fn iso(card: &mut KnownCard, effect: &Effect<'_>, aid: Option<Aid>) {
    let row = effect.row.index;
    let is_write = matches!(effect.row.ins, UPDATE_BINARY | APPEND_RECORD);
    if is_write && effect.outcome != Outcome::Done {
        if effect.outcome == Outcome::Maybe {
            forget_all(card, aid);
        }
        return;
    }
    let in_application = aid.filter(|aid| !aid.is_picc());
    match (&effect.command, in_application, effect.answer) {
        (Some(Command::UpdateBinary(update)), Some(aid), _) => {
            let at = crate::command::Position::from_p1p2(update.p1p2);
            let Some((Target::File(file_no), offset)) = at.map(|at| (at.target, at.offset)) else {
                return forget_all(card, Some(aid));
            };
            let write = WriteData {
                chaining: crate::command::Chaining::Native,
                file_no,
                offset: u32::from(offset),
                length: u32::try_from(update.data.len()).unwrap_or(u32::MAX),
                data: update.data.clone(),
            };
            write_data(card, effect, aid, &write);
        }
        (Some(Command::AppendRecord(append)), Some(aid), _) => match append.target() {
            Some(Target::File(file_no)) => pending::put_record(card, file_no, &append.data, row),
            _ => forget_all(card, Some(aid)),
        },
        (Some(Command::ReadBinary(read)), Some(aid), Some(answer)) => {
            let at = crate::command::Position::from_p1p2(read.p1p2);
            let sure = !matches!(card.session, KnownSession::Unknown);
            if let Some(Target::File(file_no)) = at.map(|at| at.target).filter(|_| sure) {
                let length = u32::try_from(answer.len()).unwrap_or(u32::MAX);
                let read = ReadData {
                    chaining: crate::command::Chaining::Native,
                    file_no,
                    offset: at.map_or(0, |at| u32::from(at.offset)),
                    length,
                };
                read_data(card, read, answer, (aid, row, sure));
            }
        }
        _ if is_write => forget_all(card, aid),
        _ => {}
    }
}

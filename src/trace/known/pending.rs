//! What waits for CommitTransaction, and what the commit makes of it (DESFire reference §5.4).

use std::sync::Arc;

use crate::bytes::Reader;
use crate::card::Aid;
use crate::card::known::{
    Fact, KnownApplication, KnownBytes, KnownCard, KnownFile, Pending, PendingChange,
};
use crate::card::settings::FileKind;
use crate::command::{AmountKind, Command, CommitAnswer};

/// Puts a change of the selected application to the pending ones.
pub(super) fn put(card: &mut KnownCard, command: &Command, row: usize) {
    let pending = Arc::make_mut(&mut card.pending);
    match command {
        Command::WriteData(write) => {
            if let Some(PendingChange::Data(bytes)) =
                change(pending, write.file_no, row, new_data())
            {
                bytes.learn(write.offset, &write.data, row);
            }
        }
        Command::Amount(amount) => {
            let start = PendingChange::Value {
                sum: 0,
                debited: None,
                limited: 0,
            };
            if let Some(PendingChange::Value {
                sum,
                debited,
                limited,
            }) = change(pending, amount.file_no, row, start)
            {
                let moved = i64::from(amount.amount);
                match amount.kind {
                    AmountKind::Credit => *sum += moved,
                    AmountKind::LimitedCredit => {
                        *sum += moved;
                        *limited += moved;
                    }
                    AmountKind::Debit => {
                        *sum -= moved;
                        *debited = Some(debited.unwrap_or_default() + moved);
                    }
                }
            }
        }
        Command::WriteRecord(write) => {
            if let Some(PendingChange::Records { record, .. }) =
                change(pending, write.file_no, row, new_records())
            {
                let record = record.get_or_insert_default();
                record.learn(write.offset, &write.data, row);
            }
        }
        Command::UpdateRecord(update) => {
            if let Some(PendingChange::Records { updates, .. }) =
                change(pending, update.file_no, row, new_records())
            {
                let record = updates.entry(update.record_no).or_default();
                record.learn(update.offset, &update.data, row);
            }
        }
        Command::ClearRecordFile(clear) => {
            let cleared = PendingChange::Records {
                clear: true,
                record: None,
                updates: std::collections::BTreeMap::new(),
            };
            pending.files.insert(clear.file_no, Fact::new(cleared, row));
        }
        Command::CommitReaderId(reader) => pending.reader_id = Some(Fact::new(reader.tmri, row)),
        _ => {}
    }
}

/// A whole record in place of the pending one.
pub(super) fn put_record(card: &mut KnownCard, file_no: u8, data: &[u8], row: usize) {
    let pending = Arc::make_mut(&mut card.pending);
    if let Some(PendingChange::Records { record, .. }) =
        change(pending, file_no, row, new_records())
    {
        let mut whole = KnownBytes::default();
        whole.learn(0, data, row);
        *record = Some(whole);
    }
}

/// The pending change of a file; `None` where it is of another type.
fn change(
    pending: &mut Pending,
    file_no: u8,
    row: usize,
    start: PendingChange,
) -> Option<&mut PendingChange> {
    let same = std::mem::discriminant(&start);
    let file = pending.files.entry(file_no);
    let fact = file.or_insert_with(|| Fact::new(start, row));
    fact.since = row;
    (std::mem::discriminant(&fact.value) == same).then_some(&mut fact.value)
}

fn new_data() -> PendingChange {
    PendingChange::Data(KnownBytes::default())
}

fn new_records() -> PendingChange {
    PendingChange::Records {
        clear: false,
        record: None,
        updates: std::collections::BTreeMap::new(),
    }
}

/// The card says that it committed. `answer`: TMC and TMV, where they were asked for.
pub(super) fn commit(card: &mut KnownCard, aid: Option<Aid>, answer: Option<&[u8]>, row: usize) {
    let pending = std::mem::take(&mut card.pending);
    card.drop_pending();
    let Some(aid) = aid else {
        return forget_everywhere(card);
    };
    if aid.is_picc() {
        return;
    }
    let application = card.application_mut(aid, row);
    if !pending.whole {
        application.forget_committed();
    }
    forget_tmac(application, &pending);
    for (file_no, change) in &pending.files {
        make_permanent(application.file_mut(*file_no, row), &change.value, row);
    }
    let commit = answer.map(|answer| Reader::all("CommitTransaction", answer, CommitAnswer::read));
    if let Some(Ok(commit)) = commit {
        application.tmc = Some(Fact::new(commit.tmc, row));
        application.tmv = Some(Fact::new(commit.tmv, row));
    }
}

/// The card may have committed.
pub(super) fn may_have_committed(card: &mut KnownCard, aid: Option<Aid>) {
    let pending = std::mem::take(&mut card.pending);
    let Some(application) = aid.and_then(|aid| card.applications.get_mut(&aid)) else {
        if aid.is_none() {
            forget_everywhere(card);
        }
        return;
    };
    let application = Arc::make_mut(application);
    if !pending.whole {
        return application.forget_committed();
    }
    forget_tmac(application, &pending);
    for (file_no, change) in &pending.files {
        if let Some(file) = application.files.get_mut(file_no) {
            let file = Arc::make_mut(file);
            if let PendingChange::Data(bytes) = &change.value {
                for (start, run) in bytes.runs() {
                    file.data
                        .forget(crate::card::known::range(start, run.bytes.len()));
                }
            } else {
                file.forget_content();
            }
        }
    }
}

/// Makes contents of all applications unknown.
pub(super) fn forget_everywhere(card: &mut KnownCard) {
    for application in card.applications.values_mut() {
        Arc::make_mut(application).forget_content();
    }
}

/// A commit moves counter and MAC, and with them what was read of a file that may be the TransactionMAC file, which is no
/// longer than both.
fn forget_tmac(application: &mut KnownApplication, pending: &Pending) {
    (application.tmc, application.tmv) = (None, None);
    for (file_no, file) in &mut application.files {
        let untyped = file.kind.is_none() && !pending.files.contains_key(file_no);
        if untyped && !file.data.is_empty() && file.data.end() <= TMAC_SIZE {
            Arc::make_mut(file).data.clear();
        }
    }
}

fn make_permanent(file: &mut KnownFile, change: &PendingChange, row: usize) {
    match change {
        PendingChange::Data(bytes) => {
            for (start, run) in bytes.runs() {
                file.data.learn(start, &run.bytes, row);
            }
        }
        PendingChange::Value {
            sum,
            debited,
            limited,
        } => {
            let moved = |value: i32| i32::try_from(i64::from(value).checked_add(*sum)?).ok();
            let value = file.value.and_then(|fact| moved(fact.value));
            file.value = value.map(|value| Fact::new(value, row));
            let available = match (debited, *limited) {
                (Some(debited), 0) => i32::try_from(*debited).ok(),
                // What a debit and a limited credit of one transaction leave, no source tells.
                (Some(_), _) => None,
                (None, 0) => return,
                (None, limited) => file.available.and_then(|fact| {
                    i32::try_from(i64::from(fact.value).checked_sub(limited)?).ok()
                }),
            };
            file.available = available.map(|available| Fact::new(available, row));
        }
        PendingChange::Records {
            clear,
            record,
            updates,
        } => {
            for (number, bytes) in updates {
                file.records.learn_all(*number, bytes, row);
            }
            if *clear {
                file.records.forget();
                file.records.learn_count(0, row);
            }
            if let Some(record) = record {
                if file.kind.is_none() {
                    // A cyclic file may have lost its oldest record.
                    file.records.forget();
                }
                let most = most_records(file);
                file.records.append(record, most, row);
            }
        }
    }
}

/// Records that a cyclic file has at most: one of its places is kept for the pending one.
fn most_records(file: &KnownFile) -> Option<u32> {
    match file.kind.as_ref().map(|kind| &kind.value) {
        Some(FileKind::Cyclic(record)) => Some(record.max_records.saturating_sub(1)),
        _ => None,
    }
}

/// Bytes of TMC and TMV.
const TMAC_SIZE: u32 = 12;

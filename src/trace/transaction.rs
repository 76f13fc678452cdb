//! The transaction as the observer follows it: the TMI grows with every command that counts, and
//! CommitTransaction's TMV is recomputed from it (DESFire reference §6.3, §6.4).

use crate::apdu::Status;
use crate::bytes::{Reader, hex};
use crate::card::settings::FileKind;
use crate::command::{Command, CommitAnswer};
use crate::crypto::Secret;
use crate::keyring::Keyring;
use crate::report::Finding;
use crate::secure_messaging::Verdict;
use crate::tmac::{self, Ledger, NotCounted, Operation};

use super::exchange::{Exchange, SeenCommit};
use super::state::{Session, State};

/// The open transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Transaction {
    ledger: Ledger,
    /// Length of the TMI without the last command.
    without_last: usize,
    /// Whether the trace shows the transaction from its start, all of it decoded.
    whole: bool,
}

impl Transaction {
    /// A new transaction starts.
    pub(super) fn reset(&mut self) {
        self.ledger = Ledger::default();
        self.without_last = 0;
        self.whole = true;
    }

    /// Commands of it may be missing from the trace.
    pub(super) const fn miss(&mut self) {
        self.whole = false;
    }
}

/// Follows the transaction through one exchange.
pub(super) fn absorb(
    state: &mut State,
    exchange: &mut Exchange,
    command: Option<&Command>,
    keyring: &Keyring,
) {
    if !counts(exchange.ins) || !exchange.status.is_some_and(Status::is_success) {
        return;
    }
    let (Some(command), Some(answer)) = (command, exchange.response.as_deref()) else {
        state.transaction.whole = false;
        return;
    };
    match command {
        Command::CommitTransaction(commit) => {
            let asked = commit.option.is_some_and(|option| option & 0x01 != 0);
            if asked
                && let Ok(commit) = Reader::all("CommitTransaction", answer, CommitAnswer::read)
            {
                verify(state, exchange, keyring, commit);
            }
            state.transaction.reset();
        }
        Command::AbortTransaction(_) => state.transaction.reset(),
        command => {
            if let Some(operation) = operation(state, command, answer) {
                let transaction = &mut state.transaction;
                transaction.without_last = transaction.ledger.tmi().len();
                transaction.ledger.append(&operation);
            }
        }
    }
}

const fn counts(ins: u8) -> bool {
    matches!(
        ins,
        0xBD | 0xAD
            | 0x3D
            | 0x8D
            | 0x6C
            | 0x0C
            | 0xDC
            | 0x1C
            | 0xBB
            | 0xAB
            | 0x3B
            | 0x8B
            | 0xDB
            | 0xBA
            | 0xEB
            | 0xC8
            | 0xC7
            | 0xA7
    )
}

fn operation<'a>(
    state: &mut State,
    command: &'a Command,
    answer: &'a [u8],
) -> Option<Operation<'a>> {
    let record_size = match command {
        Command::ReadData(read)
            if matches!(file_kind(state, read.file_no), Some(FileKind::Tmac(_))) =>
        {
            return None;
        }
        Command::ReadRecords(read) => record_size(state, read.file_no),
        _ => None,
    };
    match tmac::operation(command, answer, record_size) {
        Ok(operation) => Some(operation),
        Err(NotCounted::Answer(_)) => None,
        Err(NotCounted::Count | NotCounted::Other) => {
            state.transaction.whole = false;
            None
        }
    }
}

fn file_kind(state: &State, file_no: u8) -> Option<&FileKind> {
    let file = state.card.file(state.selection.aid()?, file_no)?;
    file.settings.as_ref().map(|settings| &settings.kind)
}

fn record_size(state: &State, file_no: u8) -> Option<u32> {
    match file_kind(state, file_no)? {
        FileKind::Linear(record) | FileKind::Cyclic(record) => Some(record.record_size),
        _ => None,
    }
}

fn verify(state: &State, exchange: &mut Exchange, keyring: &Keyring, commit: CommitAnswer) {
    exchange.verdicts.tmv = Verdict::Unknown;
    let unknown = |text: String| Finding::warning("tmv_unchecked", text).field("TMV");
    let Some(uid) = state.card.uid.as_deref() else {
        exchange.findings.push(unknown(
            "TMV not checked: the UID is not in the trace before this row".into(),
        ));
        return;
    };
    let aid = state.selection.aid();
    let table = keyring
        .tmac_keys(aid)
        .filter_map(|entry| entry.key_for(Some(uid), aid).ok());
    let learned = state.learned.tmac_keys(&state.selection).cloned();
    let mut first = None;
    let keys: Vec<Secret> = learned.chain(table).collect();
    for key in keys.iter().filter_map(Secret::aes128) {
        let keys = tmac::session_keys(&key, commit.tmc, uid).result;
        let tmv = tmac::tmv(&keys, state.transaction.ledger.tmi()).result;
        if tmv == commit.tmv {
            exchange.verdicts.tmv = Verdict::Ok;
            return;
        }
        first = first.or(Some(tmv));
    }
    // Whether a message before this one is missing is not always known before the next one.
    let is_in_doubt = matches!(&state.session, Session::Ev1 { chain, .. } if chain.is_in_doubt());
    if !state.transaction.whole || is_in_doubt {
        exchange.findings.push(unknown(
            "TMV not checked: the trace does not show the whole transaction decoded".into(),
        ));
        return;
    }
    let Some(expected) = first else {
        exchange.findings.push(unknown(
            "TMV not checked: the key table has no TransactionMAC key of this application".into(),
        ));
        return;
    };
    exchange.verdicts.tmv = Verdict::Bad;
    exchange.commit = Some(Box::new(SeenCommit {
        keys,
        uid: uid.to_vec(),
        tmc: commit.tmc,
        tmv: commit.tmv,
        tmi: state.transaction.ledger.tmi().to_vec(),
        without_last: state.transaction.without_last,
    }));
    let byte = expected
        .iter()
        .zip(&commit.tmv)
        .position(|(expected, got)| expected != got)
        .unwrap_or_default();
    let finding = Finding::error("tmv", format!("TMV wrong from byte {byte}")).field("TMV");
    exchange
        .findings
        .push(finding.values(hex::upper(expected), hex::upper(commit.tmv)));
}

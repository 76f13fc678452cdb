//! The transaction that a row belongs to.

use super::{Way, fitting, way};
use crate::apdu::Family;
use crate::bytes::hex;
use crate::calculator::ledger::{self, Effect, Options, Recorded};
use crate::command::Command;
use crate::crypto::Secret;
use crate::keyring::Keyring;
use crate::trace::{Event, Exchange};

/// CommitTransaction.
pub(super) const COMMIT: u8 = 0xC7;

/// A transaction as a page.
pub(super) struct Found {
    /// The page with what the trace shows.
    pub(super) way: Way,
    /// Whether TMC and TMV are there; the counter still has to be given otherwise.
    pub(super) is_committed: bool,
}

/// The page with all operations of a transaction; its key where the trace shows it or the key table has it.
pub(super) fn tmac(
    rows: &[Exchange],
    at: usize,
    events: &[Event],
    keyring: &Keyring,
) -> Option<Found> {
    let row = rows.get(at).filter(|row| row.family == Family::Desfire)?;
    let is_part = row.ins == COMMIT || row.typed().is_some_and(|command| ledger::adds(&command));
    if !is_part || !row.is_accepted() {
        return None;
    }
    let recorded = ledger::recorded(rows, events, row.index)?;
    let told = ledger::follow(&recorded.operations, &Options::default()).ok()?;
    let counts = |entry: &ledger::Entry| matches!(entry.effect, Effect::Adds { .. });
    if !told.entries.iter().any(counts) {
        return None;
    }
    let keys = keys(rows, row, &recorded, keyring);
    let with = |key: Option<&Secret>| {
        let mut inputs: Vec<_> = recorded.texts().into_iter().collect();
        inputs.extend(key.map(|key| ("key".to_owned(), hex::upper(key.expose()))));
        let inputs = inputs.iter().map(|(name, text)| (&**name, text.clone()));
        way("tmac", "Transaction MAC", inputs.collect())
    };
    let way = fitting(keys.iter().map(|key| with(Some(key))));
    Some(Found {
        way: way.unwrap_or_else(|| with(None)),
        is_committed: recorded.commit.is_some(),
    })
}

/// Every key that the TransactionMAC file may have: those that the trace shows, then those of the table.
fn keys(rows: &[Exchange], row: &Exchange, recorded: &Recorded, keyring: &Keyring) -> Vec<Secret> {
    let rows = ledger::around(rows, row.index);
    let before = rows.iter().take_while(|before| before.index < row.index);
    let created = before.filter(|before| before.aid == row.aid && before.is_accepted());
    let created = created.filter_map(|before| match before.typed()? {
        Command::CreateTransactionMacFile(create) => Some(Secret::new(create.key)),
        _ => None,
    });
    let uid = recorded.uid.as_deref();
    let table = keyring.tmac_keys(recorded.aid);
    let table = table.filter_map(|entry| entry.key_for(uid, recorded.aid).ok());
    let mut shown: Vec<Secret> = created.collect();
    shown.reverse();
    let known = shown.into_iter().chain(table);
    known.filter(|key| key.aes128().is_some()).collect()
}

//! Value files (DESFire reference §2.6, §5.4).

use super::Card;
use super::messaging::Reply;
use super::refusal::Refusal;
use super::transaction::{Pending, PendingValue};
use crate::card::settings::FileKind;
use crate::command::{Amount, AmountKind, Wire};
use crate::tmac::Operation;

impl Card {
    /// The committed value.
    pub(super) fn get_value(&mut self, file_no: u8) -> Reply {
        let value = self.store.value(self.volatile.selected, file_no);
        self.count(&Operation::Value {
            ins: 0x6C,
            file_no,
            value,
        });
        value.to_le_bytes().to_vec().into()
    }

    /// Credit, Debit and LimitedCredit on the pending value.
    pub(super) fn change_value(&mut self, command: Amount) -> Result<Reply, Refusal> {
        let (aid, file_no, amount) = (self.volatile.selected, command.file_no, command.amount);
        let FileKind::Value(file) = self.file(file_no)?.kind else {
            return Err(Refusal::DENIED);
        };
        if amount < 0 {
            return Err(Refusal::PARAMETER);
        }
        let mut pending = match self.volatile.transaction.files.get(&file_no) {
            Some(Pending::Value(pending)) => *pending,
            _ => PendingValue {
                value: self.store.value(aid, file_no),
                available: file.limited_credit,
                debited: None,
            },
        };
        let moved = match command.kind {
            AmountKind::Debit => pending.value.checked_sub(amount),
            AmountKind::Credit | AmountKind::LimitedCredit => pending.value.checked_add(amount),
        };
        match command.kind {
            AmountKind::LimitedCredit if !file.limited_credit_enabled() => {
                return Err(Refusal::DENIED);
            }
            AmountKind::LimitedCredit if amount > pending.available => {
                return Err(Refusal::BOUNDARY);
            }
            AmountKind::LimitedCredit => pending.available -= amount,
            AmountKind::Debit => {
                pending.debited = Some(pending.debited.unwrap_or(0).saturating_add(amount));
            }
            AmountKind::Credit => {}
        }
        let limits = file.lower..=file.upper;
        pending.value = moved
            .filter(|value| limits.contains(value))
            .ok_or(Refusal::BOUNDARY)?;
        self.count(&Operation::Value {
            ins: command.ins(),
            file_no,
            value: amount,
        });
        let files = &mut self.volatile.transaction.files;
        files.insert(file_no, Pending::Value(pending));
        Ok(Reply::default())
    }
}

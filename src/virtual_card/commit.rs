//! The end of a transaction, and its reader identifier (DESFire reference §2.7, §6).

use super::Card;
use super::access::grant;
use super::messaging::Reply;
use super::persistent::TmacState;
use super::profile::Profile;
use super::refusal::Refusal;
use crate::card::product::Generation;
use crate::card::{Access, Right};
use crate::tmac::{Operation, enc_tmri, session_keys, tmv};

impl Card {
    /// Makes all pending changes permanent, TMC, TMV and TMRIPrev with them, in one commit of the memory. Option
    /// `01` without a TransactionMAC file is refused as the profile says.
    pub(super) fn commit_transaction(&mut self, option: Option<u8>) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        let tmac = self.store.tmac_file(aid);
        let with_answer = match option {
            Some(_) if self.capabilities.generation < Generation::Ev2 => {
                return Err(Refusal::LENGTH);
            }
            None | Some(0x00) => false,
            Some(0x01) if tmac.is_some() => true,
            Some(0x01) => return Err(Refusal::Status(self.profile.commit_option_status)),
            Some(_) => return Err(Refusal::PARAMETER),
        };
        if self.volatile.transaction.is_empty() {
            return Err(Refusal::NO_CHANGES);
        }
        let mut changes = self.volatile.transaction.changes(&self.store, aid);
        let mut answer = Vec::new();
        if let Some(file_no) = tmac {
            let state = self.next_tmac_state(file_no)?;
            if with_answer {
                answer = state.content().to_vec();
            }
            changes.push(state.change(aid, file_no));
        }
        self.store.commit(&changes)?;
        self.volatile.transaction.clear();
        Ok(answer.into())
    }

    /// The TransactionMAC file after the commit. TMRIPrev stays when no reader identifier was given.
    fn next_tmac_state(&self, file_no: u8) -> Result<TmacState, Refusal> {
        let transaction = &self.volatile.transaction;
        let state = self.store.tmac(self.volatile.selected, file_no);
        let mut state = state.ok_or(Refusal::NO_FILE)?;
        if self.reader_id_required(file_no)? && transaction.reader_id.is_none() {
            return Err(Refusal::DENIED);
        }
        if transaction.ledger.is_empty() {
            return Ok(state);
        }
        state.tmc = state.tmc.checked_add(1).ok_or(Refusal::BOUNDARY)?;
        let keys = session_keys(&state.key, state.tmc, &self.uid).result;
        state.tmv = tmv(&keys, transaction.ledger.tmi()).result;
        state.tmri_prev = transaction.reader_id.unwrap_or(state.tmri_prev);
        Ok(state)
    }

    /// Whether a commit needs CommitReaderID: a key guards it in some set of the TransactionMAC file, and no set makes
    /// it free. The reference speaks of one set; with several, the rule of all rights holds (§5.1).
    fn reader_id_required(&self, file_no: u8) -> Result<bool, Refusal> {
        let settings = self.file(file_no)?;
        let mut guarded = false;
        for access in settings.conditions(Right::ReadWrite) {
            match access {
                Access::Free => return Ok(false),
                Access::Key(_) => guarded = true,
                Access::Never => {}
            }
        }
        Ok(guarded)
    }

    /// Drops all pending changes and the input of the Transaction MAC.
    pub(super) fn abort_transaction(&mut self) -> Result<Reply, Refusal> {
        if self.volatile.transaction.is_empty() {
            return Err(Refusal::NO_CHANGES);
        }
        self.volatile.transaction.clear();
        Ok(Reply::default())
    }

    /// Puts the reader identifier into the transaction. Answers the previous one, enciphered, when a session is
    /// open; about a second one the profile decides.
    pub(super) fn commit_reader_id(&mut self, tmri: [u8; 16]) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        let file_no = self.store.tmac_file(aid).ok_or(Refusal::DENIED)?;
        let session_key = self.volatile.session_key();
        let strict = Profile {
            wrong_key_status: 0xAE,
            ..self.profile
        };
        grant(
            &self.file(file_no)?,
            &[Right::ReadWrite],
            session_key,
            strict,
        )?;
        let again = self.volatile.transaction.reader_id.is_some();
        if again && !self.profile.reader_id_can_be_replaced {
            return Err(Refusal::DENIED);
        }
        let state = self.store.tmac(aid, file_no).ok_or(Refusal::NO_FILE)?;
        let tmc = state.tmc.checked_add(1).ok_or(Refusal::DENIED)?;
        let enc_tmri = session_key.map(|_| {
            let keys = session_keys(&state.key, tmc, &self.uid).result;
            enc_tmri(&keys, state.tmri_prev)
        });
        self.count(&Operation::ReaderId { tmri, enc_tmri });
        self.volatile.transaction.reader_id = Some(tmri);
        let answer: Vec<u8> = enc_tmri.into_iter().flatten().collect();
        Ok(answer.into())
    }
}

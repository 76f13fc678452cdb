//! From frames to commands to answers (DESFire reference §1.1, §1.4).

use super::Card;
use super::config::NO_CHAINED_WRITES;
use super::messaging::{Answer, Reply, Sealing};
use super::profile::NoChanges;
use super::refusal::Refusal;
use super::store::PowerLost;
use super::volatile::{Chain, Collected, IsoProgress, Session};
use crate::apdu::{AF, CommandApdu, FrameForm, FrameProblem, ResponseApdu, Status};
use crate::card::CommMode;
use crate::command::{Command, Rule, spec};
use crate::secure_messaging::{Channel, Ev2, Extent};

impl Card {
    /// Answers one frame of any form, in the form received.
    pub(super) fn answer(&mut self, command: &[u8]) -> Result<Vec<u8>, PowerLost> {
        let apdu = CommandApdu::parse(command);
        if let Some(word) = envelope(&apdu, command) {
            return Ok(ResponseApdu::emit(Status::Iso(word), []));
        }
        let status: fn(u8) -> Status = match apdu.form {
            FrameForm::Native => Status::Native,
            FrameForm::Wrapped => Status::Wrapped,
            FrameForm::Iso => {
                let (word, data) = self.iso(&apdu)?;
                return Ok(ResponseApdu::emit(Status::Iso(word), data));
            }
            FrameForm::Reader => {
                let (word, data) = self.reader(&apdu);
                return Ok(ResponseApdu::emit(Status::Iso(word), data));
            }
        };
        if command.is_empty() {
            return Ok(ResponseApdu::emit(status(0x7E), []));
        }
        let answer = match self.step(apdu.ins, apdu.body) {
            Ok(answer) => answer,
            Err(Refusal::PowerLost) => return Err(PowerLost),
            Err(refusal @ Refusal::Status(status)) => {
                let data = self.refuse(refusal);
                Answer { status, data }
            }
        };
        Ok(ResponseApdu::emit(status(answer.status), answer.data))
    }

    /// A refusal ends session, chain and transaction. `0C` is the exception, as the profile says: where the session
    /// stays, the command counts as completed. In a D40 session `9D` ends the transaction but not the session (`pcsc.md`
    /// B2). Gives what follows the status.
    fn refuse(&mut self, refusal: Refusal) -> Vec<u8> {
        let no_changes = self.profile.no_changes_in_session;
        let kept = refusal == Refusal::NO_CHANGES && no_changes != NoChanges::Ended;
        let channel = self.volatile.session.as_mut().map(|open| &mut open.channel);
        match (refusal, channel) {
            (Refusal::Status(status), Some(Channel::Ev1(session)))
                if kept && no_changes == NoChanges::KeptWithMac =>
            {
                return session.seal_response(status, &[], CommMode::Mac, Extent::Known(0));
            }
            (_, Some(Channel::Ev2(session))) if kept => session.complete(),
            _ if kept => {}
            (Refusal::DENIED, Some(Channel::D40(_))) => self.volatile.fail_in_session(),
            _ => self.volatile.fail(),
        }
        Vec::new()
    }

    fn step(&mut self, ins: u8, body: &[u8]) -> Result<Answer, Refusal> {
        match (std::mem::take(&mut self.volatile.chain), ins) {
            (Chain::None, AF) => Err(Refusal::ILLEGAL),
            (Chain::None, _) => self.begin(ins, body),
            (Chain::Command(mut collected), AF) => {
                collected.body.extend_from_slice(body);
                self.collect(collected)
            }
            (Chain::Answer(frames), AF) if body.is_empty() => Ok(self.next_frame(frames)),
            (Chain::Answer(_), AF) => Err(Refusal::LENGTH),
            (Chain::Authentication(open), AF) => self.finish_authentication(*open, body),
            _ => Err(Refusal::ABORTED),
        }
    }

    fn begin(&mut self, ins: u8, body: &[u8]) -> Result<Answer, Refusal> {
        self.volatile.iso = IsoProgress::None;
        let spec = spec(ins).filter(|spec| spec.since <= self.capabilities.generation);
        let spec = spec.ok_or(Refusal::ILLEGAL)?;
        if spec.rule == Rule::Authentication {
            return self.authenticate(ins, body);
        }
        let ends_session = ins == SELECT_APPLICATION;
        let ev2 = self.volatile.session.as_ref().and_then(Session::ev2);
        if ev2.is_some_and(Ev2::exhausted) && !ends_session {
            return Err(Refusal::INTEGRITY);
        }
        let mode = self.mode(spec, body)?;
        match self.announced(spec, body, mode)? {
            Some(need) => self.collect(Collected {
                ins,
                mode,
                need,
                body: body.to_vec(),
            }),
            None => self.execute(ins, mode, body),
        }
    }

    /// Executes a command when its announced data is complete, else awaits more.
    fn collect(&mut self, collected: Collected) -> Result<Answer, Refusal> {
        if collected.body.len() > collected.need {
            return Err(Refusal::LENGTH);
        }
        if collected.body.len() == collected.need {
            return self.execute(collected.ins, collected.mode, &collected.body);
        }
        if collected.mode != CommMode::Plain && self.store.disabled() & NO_CHAINED_WRITES != 0 {
            return Err(Refusal::DENIED);
        }
        self.volatile.chain = Chain::Command(collected);
        let (status, data) = (AF, Vec::new());
        Ok(Answer { status, data })
    }

    fn execute(&mut self, ins: u8, mode: CommMode, body: &[u8]) -> Result<Answer, Refusal> {
        let spec = spec(ins).ok_or(Refusal::ILLEGAL)?;
        let mut sealing = Sealing {
            mode,
            has_data: body.len() > spec.header_len(body.len()),
            asks_for_all: false,
        };
        let session = self.volatile.session.as_ref();
        let ev2 = session.is_none_or(|session| session.ev2().is_some());
        if matches!(ins, 0xC4 | 0xC6) && !ev2 {
            let reply = self.change_key_legacy(ins, body)?;
            return Ok(self.seal(reply, sealing));
        }
        // The session ends with it: nothing moves any more.
        let plain = if ins == SELECT_APPLICATION {
            body.to_vec()
        } else {
            self.open(spec, mode, body)?
        };
        let command = Command::from_body(ins, &plain)?.ok_or(Refusal::ILLEGAL)?;
        sealing.asks_for_all = match &command {
            Command::ReadData(read) => read.length == 0,
            Command::ReadRecords(read) => read.count == 0,
            _ => false,
        };
        let in_application = !self.volatile.selected.is_picc();
        let reply = self.perform(command)?;
        let answer = self.seal(reply, sealing);
        if ins == DELETE_APPLICATION && in_application {
            self.volatile.session = None;
        }
        Ok(answer)
    }

    fn perform(&mut self, command: Command) -> Result<Reply, Refusal> {
        match command {
            Command::GetVersion(_) => Ok(self.version()),
            Command::GetCardUid(_) => self.card_uid(),
            Command::SelectApplication(command) => self.select_application(command),
            Command::GetApplicationIds(_) => self.application_ids(),
            Command::GetDfNames(_) => self.df_names(),
            Command::CreateApplication(command) => self.create_application(&command),
            Command::DeleteApplication(command) => self.delete_application(&command),
            Command::FormatPicc(_) => self.format_picc(),
            Command::FreeMem(_) => self.free_mem(),
            Command::GetKeySettings(_) => self.key_settings(),
            Command::ChangeKeySettings(command) => self.change_key_settings(command.settings),
            Command::GetKeyVersion(command) => self.key_version(command),
            Command::ChangeKey(command) => self.change_key(command.key_no, &command.key_data),
            Command::ChangeKeyEv2(command) => self.change_key_ev2(&command),
            Command::SetConfiguration(command) => self.set_configuration(&command),
            Command::CreateDataFile(command) => self.create_data_file(&command),
            Command::CreateValueFile(command) => self.create_value_file(&command),
            Command::CreateRecordFile(command) => self.create_record_file(&command),
            Command::CreateTransactionMacFile(command) => self.create_tmac_file(&command),
            Command::DeleteFile(command) => self.delete_file(command.file_no),
            Command::GetFileIds(_) => self.file_ids(),
            Command::GetIsoFileIds(_) => self.iso_file_ids(),
            Command::GetFileSettings(command) => self.file_settings(command.file_no),
            Command::ChangeFileSettings(command) => self.change_file_settings(&command),
            Command::ReadData(command) => self.read_data(command),
            Command::WriteData(command) => self.write_data(command),
            Command::GetValue(command) => Ok(self.get_value(command.file_no)),
            Command::Amount(command) => self.change_value(command),
            Command::WriteRecord(command) => self.write_record(&command),
            Command::UpdateRecord(command) => self.update_record(&command),
            Command::ReadRecords(command) => self.read_records(command),
            Command::ClearRecordFile(command) => self.clear_record_file(command.file_no),
            Command::CommitReaderId(command) => self.commit_reader_id(command.tmri),
            Command::CommitTransaction(command) => self.commit_transaction(command.option),
            Command::AbortTransaction(_) => self.abort_transaction(),
            Command::AuthenticateEv2First(_)
            | Command::AuthenticateEv2NonFirst(_)
            | Command::AuthenticateLegacy(_)
            | Command::Select(_)
            | Command::ReadBinary(_)
            | Command::UpdateBinary(_)
            | Command::ReadRecord(_)
            | Command::AppendRecord(_)
            | Command::ReaderGetData(_)
            | Command::Unknown(_) => Err(Refusal::ILLEGAL),
        }
    }

    /// Whether the last answer left nothing to be continued.
    pub(super) fn at_rest(&self) -> bool {
        matches!(self.volatile.chain, Chain::None)
    }
}

/// What is wrong with the envelope; the card's state is not touched then. A native frame can't be told from an
/// APDU of a foreign class: our choice is that an unknown code in the shape of an APDU is one (`6E00`).
fn envelope(apdu: &CommandApdu<'_>, command: &[u8]) -> Option<u16> {
    match apdu.problem {
        Some(FrameProblem::P1P2(..)) => return Some(0x6A86),
        Some(FrameProblem::Length { .. }) => return Some(0x6700),
        Some(FrameProblem::Empty) | None => {}
    }
    match command {
        [0x90, ..] if apdu.form == FrameForm::Native => Some(0x6700),
        [cla, ..] if apdu.form == FrameForm::Native && *cla != AF && spec(*cla).is_none() => {
            looks_like_apdu(command).then_some(0x6E00)
        }
        _ => None,
    }
}

fn looks_like_apdu(command: &[u8]) -> bool {
    match command {
        [_, _, _, _] | [_, _, _, _, _] => true,
        [_, _, _, _, lc, rest @ ..] => {
            let lc = usize::from(*lc);
            rest.len() == lc || rest.len() == lc + 1
        }
        _ => false,
    }
}

const SELECT_APPLICATION: u8 = 0x5A;
const DELETE_APPLICATION: u8 = 0xDA;

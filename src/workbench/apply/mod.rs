//! What each action does to the model; a file per area.

mod cards;
mod faults;
mod files;
mod key_files;
mod keys;
mod opening;
mod readers;
mod rows;
mod store;

pub(super) use opening::Opened;

use crate::keyring::Keyring;

use super::action::Action;
use super::effect::Effect;
use super::job::{Job, JobKind};
use super::reader::Reader;
use super::state::Workbench;
use super::task::Stop;

impl Workbench {
    /// Carries out an action; the effects are for the shell.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        if !action.is_by_user() {
            return self.carry_out(action);
        }
        // After a pause, such as a machine's sleep, the keys are gone before anything uses them.
        let mut effects = self.lock_when_idle();
        self.use_store();
        effects.extend(self.carry_out(action));
        effects
    }

    fn carry_out(&mut self, action: Action) -> Vec<Effect> {
        let action = match job_of(action) {
            Ok(kind) => return self.submit(kind),
            Err(other) => other,
        };
        match action {
            action @ (Action::Arm(_) | Action::Disarm(_) | Action::ClearFaults) => {
                self.apply_fault(&action)
            }
            Action::Repeat(repeat) => self.send_again(*repeat),
            Action::Cancel => self.cancel(),
            Action::Redecode => self.redecode(),
            Action::Copy(text) => vec![Effect::Copy(text)],
            Action::Warn(text) => {
                self.notify(super::NoticeKind::Warning, text, "");
                Vec::new()
            }
            Action::CloseNotice(id) => {
                self.notices.retain(|notice| notice.id != id);
                Vec::new()
            }
            Action::Set(setting) => {
                self.settings.set(setting);
                self.colour_anew();
                Vec::new()
            }
            Action::CopyRow(form) => {
                let text = self.selected_row().map(|row| self.row_text(row, form));
                text.map(Effect::Copy).into_iter().collect()
            }
            Action::Log(line) => {
                self.log_lines.push(line);
                Vec::new()
            }
            Action::ClearLog => {
                self.log_lines.clear();
                Vec::new()
            }
            action @ (Action::ChooseReader(_)
            | Action::PresentCard(_)
            | Action::CreateCard(_)
            | Action::EditValue { .. }
            | Action::Choose(_)
            | Action::Snapshot
            | Action::Restore
            | Action::SaveImage(_)
            | Action::LoadImage(_)) => self.apply_card(action),
            action @ (Action::Connect
            | Action::Disconnect
            | Action::Share(_)
            | Action::Speak(_)
            | Action::Listen(_)
            | Action::Lend(_)
            | Action::TakeBack
            | Action::RemoveReader(_)) => self.apply_reader(action),
            action @ (Action::SelectRow(_)
            | Action::MoveSelection(_)
            | Action::GoToRow(_)
            | Action::Follow(_)
            | Action::ToggleMark
            | Action::NoteRow { .. }
            | Action::Filter(_)
            | Action::RememberFilter
            | Action::SaveFilter(_)
            | Action::Seek(_)
            | Action::Find { .. }) => {
                self.apply_row(action);
                Vec::new()
            }
            action @ (Action::AddKey(_)
            | Action::EditKey { .. }
            | Action::RemoveKey(_)
            | Action::Undo
            | Action::Redo) => self.apply_key(action),
            action @ (Action::SaveStore { .. }
            | Action::OpenStore { .. }
            | Action::LockStore
            | Action::CloseStore) => self.apply_store(action),
            action => self.apply_file(action),
        }
    }

    /// Gives a job to the chosen reader's worker; says why not when that can't be.
    pub(super) fn submit(&mut self, kind: JobKind) -> Vec<Effect> {
        if let Err(why) = self.can_send() {
            self.notify(super::NoticeKind::Warning, why, "");
            return Vec::new();
        }
        self.submit_to(self.chosen, kind)
    }

    /// Like [`Workbench::submit`], also without a card in the field.
    pub(super) fn submit_anyway(&mut self, kind: JobKind) -> Vec<Effect> {
        if let Some(Err(why)) = self.reader().map(Reader::can_change) {
            self.notify(super::NoticeKind::Warning, why, "");
            return Vec::new();
        }
        self.submit_to(self.chosen, kind)
    }

    /// Ends the sessions of all readers, also what their jobs are about to open.
    fn end_sessions(&mut self) -> Vec<Effect> {
        let readers = self.readers.iter().filter(|reader| {
            reader.alive && (reader.busy.is_some() || reader.standing().session.is_some())
        });
        let ids = self.next_id..;
        let jobs = readers.zip(ids).map(|(reader, id)| Job {
            id,
            worker: reader.worker,
            kind: JobKind::EndSession,
            keyring: Keyring::default(),
            time_ms: self.now_ms,
            speaks_ev2: reader.speaks_ev2(),
            stop: Stop::default(),
        });
        let jobs: Vec<Job> = jobs.collect();
        self.next_id += jobs.len() as u64;
        jobs.into_iter().map(Effect::Submit).collect()
    }

    /// Gives a job to the worker of a reader.
    pub(in crate::workbench) fn submit_to(&mut self, index: usize, kind: JobKind) -> Vec<Effect> {
        let id = self.next_id;
        self.next_id += 1;
        let time_ms = self.now_ms;
        // Lending may last for hours, and a store may be locked meanwhile.
        let keyring = if kind.needs_keys() {
            self.table.keyring.clone()
        } else {
            Keyring::default()
        };
        let Some(reader) = self.readers.get_mut(index) else {
            return Vec::new();
        };
        reader.busy = Some(id);
        reader.stop = Stop::default();
        let stop = reader.stop.clone();
        let speaks_ev2 = reader.speaks_ev2();
        vec![Effect::Submit(Job {
            id,
            worker: reader.worker,
            kind,
            keyring,
            time_ms,
            speaks_ev2,
            stop,
        })]
    }
}

/// The job that an action asks for, or the action when it asks for none.
fn job_of(action: Action) -> Result<JobKind, Action> {
    Ok(match action {
        Action::TopUp { amount } => JobKind::TopUp(amount),
        Action::Spend { amount } => JobKind::Spend(amount),
        Action::Personalise => JobKind::Personalise,
        Action::SendRaw(bytes) => JobKind::Raw(bytes),
        Action::Authenticate { aid, key_no } => JobKind::Authenticate { aid, key_no },
        Action::ListApplications => JobKind::List,
        Action::ReadFile {
            aid,
            key_no,
            file_no,
        } => JobKind::ReadFile {
            aid,
            key_no,
            file_no,
        },
        Action::ResetCard => JobKind::Reset,
        other => return Err(other),
    })
}

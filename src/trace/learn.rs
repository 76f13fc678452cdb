//! What the observer learns from a decoded exchange: selection, files, keys, the transaction.

use crate::apdu::Status;
use crate::bytes::Reader;
use crate::card::settings::{DataFile, FileKind, FileSettings, RecordFile, TmacFile};
use crate::card::{Aid, KeyType};
use crate::command::{Command, DfName, GetValue, KeySettingsAnswer, SetConfiguration};
use crate::crypto::Secret;
use crate::keyring::Keyring;

use super::exchange::Exchange;
use super::state::{Selection, State};
use super::{new_key, transaction};

/// A key that the trace itself showed.
#[derive(Clone, Debug)]
pub(super) struct LearnedKey {
    place: Place,
    key: Secret,
    /// Row that showed it.
    row: usize,
}

/// Where a learnt key belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Key(Selection, u8),
    Tmac(Selection),
    DefaultKey,
}

impl LearnedKey {
    pub(super) fn label(&self) -> String {
        format!("learnt from row {}", self.row)
    }

    /// The key for a cipher; a default key is stored longer than most ciphers take.
    pub(super) fn as_kind(&self, kind: KeyType) -> Option<Secret> {
        let len = match kind {
            KeyType::ThreeKey3Des => 24,
            KeyType::Des | KeyType::TwoKey3Des | KeyType::Aes128 => 16,
        };
        let key = self.key.expose().get(..len)?;
        (self.place == Place::DefaultKey || len == self.key.expose().len())
            .then(|| Secret::new(key))
    }

    /// The key as the trace showed it.
    pub(super) const fn value(&self) -> &Secret {
        &self.key
    }
}

/// All keys that the trace showed, newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned(Vec<LearnedKey>);

impl Learned {
    /// Keys for an authentication, newest first, then the default application key.
    pub(super) fn auth_keys(
        &self,
        selection: &Selection,
        number: u8,
    ) -> impl Iterator<Item = &LearnedKey> {
        let own = Place::Key(selection.clone(), number);
        let own = self.0.iter().rev().filter(move |key| key.place == own);
        own.chain(
            self.0
                .iter()
                .rev()
                .filter(|key| key.place == Place::DefaultKey),
        )
    }

    /// A key that the card has from now on.
    pub(super) fn add(&mut self, selection: &Selection, number: u8, key: Secret, row: usize) {
        let place = Place::Key(selection.clone(), number);
        self.0.push(LearnedKey { place, key, row });
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Leaves only the first `count` keys.
    pub(super) fn forget_after(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// TransactionMAC keys of the selection, newest first.
    pub(super) fn tmac_keys(&self, selection: &Selection) -> impl Iterator<Item = &Secret> {
        let own = Place::Tmac(selection.clone());
        self.0
            .iter()
            .rev()
            .filter(move |key| key.place == own)
            .map(|key| &key.key)
    }
}

/// Takes over what an exchange tells.
pub(super) fn absorb(
    state: &mut State,
    exchange: &mut Exchange,
    command: Option<&Command>,
    keyring: &Keyring,
) {
    if matches!(exchange.ins, 0xC4 | 0xC6) {
        new_key::of_ev2(state, exchange, keyring);
    }
    transaction::absorb(state, exchange, command, keyring);
    if !exchange.status.is_some_and(Status::is_success) {
        return;
    }
    if let Some(command) = command {
        learn_command(state, exchange, command);
    }
}

fn learn_command(state: &mut State, exchange: &Exchange, command: &Command) {
    let answer = exchange.response.as_deref().unwrap_or_default();
    let aid = state.selection.aid();
    match command {
        Command::SelectApplication(select) => {
            state.end_session();
            state.transaction.reset();
            state.selection = Selection::Application(select.aid);
            if !select.aid.is_picc() {
                state.card.application(select.aid);
            }
        }
        Command::CreateApplication(create) => {
            let application = state.card.application(create.aid);
            application.settings = Some(create.settings);
            application.keys = Some(create.keys);
            application.iso_fid = create.iso_fid;
            application.df_name.clone_from(&create.df_name);
        }
        Command::GetDfNames(_) => {
            // With more than one the ends of the names are only in the frames.
            let named = Reader::all("GetDFNames", answer, DfName::read);
            if let Some(named) = named.ok().filter(|named| named.df_name.len() <= 16) {
                let application = state.card.application(named.aid);
                application.iso_fid = Some(named.iso_fid);
                application.df_name = named.df_name;
            }
        }
        Command::DeleteApplication(delete) => {
            state.card.applications.remove(&delete.aid);
            if aid == Some(delete.aid) {
                state.end_session();
            }
            // Only the PICC level and the application itself may delete (DESFire reference §2.4).
            state.selection = Selection::Application(Aid::PICC);
        }
        Command::FormatPicc(_) => state.card.applications.retain(|aid, _| aid.is_picc()),
        Command::ChangeKeySettings(change) => {
            if let Some(aid) = aid {
                state.card.application(aid).settings = Some(change.settings);
            }
        }
        Command::GetVersion(_) | Command::GetCardUid(_) => {
            if let Some(uid) = exchange.shown_uid() {
                state.card.uid = Some(uid);
            }
        }
        Command::GetKeySettings(_) => {
            if let (Some(aid), Ok(answer)) = (
                aid,
                Reader::all("GetKeySettings", answer, KeySettingsAnswer::read),
            ) {
                let application = state.card.application(aid);
                application.settings = Some(answer.settings);
                application.keys = Some(answer.keys);
            }
        }
        Command::SetConfiguration(set) if set.option == SetConfiguration::DEFAULT_KEY => {
            // 24 bytes of which the application's type takes its own (DESFire reference §2.2.1).
            let key = set.data.get(..24).or_else(|| set.data.get(..16));
            if let Some(key) = key {
                state.learned.0.push(LearnedKey {
                    place: Place::DefaultKey,
                    key: Secret::new(key),
                    row: exchange.index,
                });
            }
        }
        _ => learn_file(state, exchange, command, answer),
    }
}

fn learn_file(state: &mut State, exchange: &Exchange, command: &Command, answer: &[u8]) {
    let Some(aid) = state.selection.aid() else {
        return;
    };
    let files = &mut state.card.application(aid).files;
    if let Some((file_no, settings)) = created(command) {
        let file = files.entry(file_no).or_default();
        file.settings = Some(settings);
        file.iso_fid = match command {
            Command::CreateDataFile(create) => create.iso_fid,
            Command::CreateRecordFile(create) => create.iso_fid,
            _ => None,
        };
    }
    match command {
        Command::CreateTransactionMacFile(create) => {
            let place = Place::Tmac(state.selection.clone());
            state.learned.0.push(LearnedKey {
                place,
                key: Secret::new(create.key),
                row: exchange.index,
            });
        }
        Command::GetFileSettings(get) => {
            if let Ok(settings) = Reader::all("GetFileSettings", answer, FileSettings::read) {
                files.entry(get.file_no).or_default().settings = Some(settings);
            }
        }
        Command::ChangeFileSettings(change) => {
            let file = files.get_mut(&change.file_no);
            if let Some(settings) = file.and_then(|file| file.settings.as_mut()) {
                settings.option = change.option;
                settings.rights = change.rights;
                settings.more_rights.clone_from(&change.more_rights);
                settings.sdm.clone_from(&change.sdm);
            }
        }
        Command::DeleteFile(delete) => {
            files.remove(&delete.file_no);
        }
        Command::GetValue(get) => {
            if let Ok(value) = Reader::all("GetValue", answer, GetValue::read_answer) {
                files.entry(get.file_no).or_default().value = Some(value);
            }
        }
        _ => {}
    }
}

/// Number and settings of the file that a create command makes.
pub(super) fn created(command: &Command) -> Option<(u8, FileSettings)> {
    let (file_no, option, rights, kind) = match command {
        Command::CreateDataFile(create) => {
            let data = DataFile { size: create.size };
            let kind = if create.backup {
                FileKind::Backup(data)
            } else {
                FileKind::Standard(data)
            };
            (create.file_no, create.option, create.rights, kind)
        }
        Command::CreateValueFile(create) => {
            let kind = FileKind::Value(create.value);
            (create.file_no, create.option, create.rights, kind)
        }
        Command::CreateRecordFile(create) => {
            let record = RecordFile {
                record_size: create.record_size,
                max_records: create.max_records,
                current_records: 0,
            };
            let kind = if create.cyclic {
                FileKind::Cyclic(record)
            } else {
                FileKind::Linear(record)
            };
            (create.file_no, create.option, create.rights, kind)
        }
        Command::CreateTransactionMacFile(create) => {
            let kind = FileKind::Tmac(TmacFile {
                key_option: create.key_option,
                key_version: create.key_version,
                limit: None,
            });
            (create.file_no, create.option, create.rights, kind)
        }
        _ => return None,
    };
    let settings = FileSettings {
        option,
        rights,
        more_rights: Vec::new(),
        kind,
        sdm: Vec::new(),
    };
    Some((file_no, settings))
}

//! Creating, deleting, listing and changing files (DESFire reference §2.5).

use super::Card;
use super::messaging::Reply;
use super::persistent::{PICC_LOST, TmacState, file_fid, file_object};
use super::refusal::Refusal;
use super::snapshot::record_object;
use super::store::{Change, ObjectId};
use crate::card::memory::{self, Memory};
use crate::card::product::Generation;
use crate::card::settings::{
    DataFile, FileKind, FileSettings, MORE_RIGHTS, RecordFile, SDM, TMC_LIMIT, TmacFile,
};
use crate::card::{Access, AccessRights, Aid};
use crate::command::{
    ChangeFileSettings, CreateDataFile, CreateRecordFile, CreateTransactionMacFile, CreateValueFile,
};

impl Card {
    /// CreateStdDataFile, CreateBackupDataFile.
    pub(super) fn create_data_file(&mut self, command: &CreateDataFile) -> Result<Reply, Refusal> {
        let data = DataFile { size: command.size };
        let kind = if command.backup {
            FileKind::Backup(data)
        } else {
            FileKind::Standard(data)
        };
        let settings = new_settings(command.option, command.rights, kind);
        self.may_create(command.file_no, command.iso_fid, &settings)?;
        if command.size == 0 {
            return Err(Refusal::PARAMETER);
        }
        let size = usize::try_from(command.size).map_err(|_| Refusal::OUT_OF_MEMORY)?;
        self.create(command.file_no, command.iso_fid, &settings, || {
            vec![0; size]
        })
    }

    /// CreateValueFile. The amount available for LimitedCredit starts at 0 (§5.4).
    pub(super) fn create_value_file(
        &mut self,
        command: &CreateValueFile,
    ) -> Result<Reply, Refusal> {
        let mut value = command.value;
        let initial = std::mem::take(&mut value.limited_credit);
        let settings = new_settings(command.option, command.rights, FileKind::Value(value));
        self.may_create(command.file_no, None, &settings)?;
        if !(value.lower..=value.upper).contains(&initial) || value.options & !0x03 != 0 {
            return Err(Refusal::PARAMETER);
        }
        let data = [initial.to_le_bytes(), [0; 4]].concat();
        self.create(command.file_no, None, &settings, || data)
    }

    /// CreateLinearRecordFile, CreateCyclicRecordFile.
    pub(super) fn create_record_file(
        &mut self,
        command: &CreateRecordFile,
    ) -> Result<Reply, Refusal> {
        let (size, slots) = (command.record_size, command.max_records);
        let file = RecordFile {
            record_size: size,
            max_records: slots,
            current_records: 0,
        };
        let kind = if command.cyclic {
            FileKind::Cyclic(file)
        } else {
            FileKind::Linear(file)
        };
        let settings = new_settings(command.option, command.rights, kind);
        self.may_create(command.file_no, command.iso_fid, &settings)?;
        if size == 0 || slots < if command.cyclic { 2 } else { 1 } {
            return Err(Refusal::PARAMETER);
        }
        let data = || record_object(&[], slots, size);
        self.create(command.file_no, command.iso_fid, &settings, data)
    }

    /// CreateTransactionMACFile: only in a session with the master key (9D without any, AE with another).
    pub(super) fn create_tmac_file(
        &mut self,
        command: &CreateTransactionMacFile,
    ) -> Result<Reply, Refusal> {
        let kind = FileKind::Tmac(TmacFile {
            key_option: command.key_option,
            key_version: command.key_version,
            limit: None,
        });
        let settings = new_settings(command.option, command.rights, kind);
        if self.volatile.session.is_none() {
            return Err(Refusal::DENIED);
        }
        self.require_master(false)?;
        self.may_create(command.file_no, None, &settings)?;
        if command.rights.write != Access::Never || command.key_option != AES_KEY_OPTION {
            return Err(Refusal::PARAMETER);
        }
        if self.store.tmac_file(self.volatile.selected).is_some() {
            return Err(Refusal::DUPLICATE);
        }
        let state = TmacState {
            key: command.key,
            tmri_prev: [0; 16],
            tmc: 0,
            tmv: [0; 8],
        };
        self.create(command.file_no, None, &settings, || state.object())
    }

    fn may_create(
        &self,
        file_no: u8,
        iso_fid: Option<u16>,
        settings: &FileSettings,
    ) -> Result<(), Refusal> {
        let aid = self.volatile.selected;
        if aid.is_picc() {
            return Err(Refusal::DENIED);
        }
        let level = self.store.level(aid).ok_or(Refusal::NO_APPLICATION)?;
        self.require_master(level.settings().create_free())?;
        let with_fid = !matches!(settings.kind, FileKind::Value(_) | FileKind::Tmac(_));
        let by_application = self.profile.application_fid_asks_for_file_fids;
        let asked = level.keys().iso_fids() || by_application && level.iso_fid().is_some();
        if iso_fid.is_some() != (with_fid && asked) {
            return Err(Refusal::LENGTH);
        }
        let reserved = self.refuses_fid(iso_fid)
            || matches!(settings.kind, FileKind::Tmac(_)) && settings.option & MORE_RIGHTS != 0;
        let option = settings.option;
        let more = option & MORE_RIGHTS != 0 && self.capabilities.generation < Generation::Ev2;
        if file_no > self.capabilities.max_file_no || bad_option(option) || more || reserved {
            return Err(Refusal::PARAMETER);
        }
        let fid_taken = |(_, object)| iso_fid.is_some() && file_fid(object) == iso_fid;
        if self.store.contains(ObjectId::File(aid, file_no)) || self.store.files(aid).any(fid_taken)
        {
            return Err(Refusal::DUPLICATE);
        }
        Ok(())
    }

    fn create(
        &mut self,
        file_no: u8,
        iso_fid: Option<u16>,
        settings: &FileSettings,
        data: impl FnOnce() -> Vec<u8>,
    ) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        if !self.memory().fits(memory::file(&settings.kind)) {
            return Err(Refusal::OUT_OF_MEMORY);
        }
        self.store.commit(&[
            Change::Put {
                object: ObjectId::File(aid, file_no),
                bytes: file_object(iso_fid, settings),
            },
            Change::Put {
                object: ObjectId::Data(aid, file_no),
                bytes: data(),
            },
        ])?;
        Ok(Reply::default())
    }

    /// What is left of the memory.
    pub(super) fn memory(&self) -> Memory {
        let start = Memory::new(self.product).with(u64::from(self.store.lost_memory()));
        let all = self.store.applications();
        all.fold(start, |memory, aid| memory.with(self.memory_of(aid)))
    }

    /// Memory of an application with its files.
    pub(super) fn memory_of(&self, aid: Aid) -> u64 {
        let level = self.store.level(aid);
        let own = level.map_or(0, |level| memory::application(level.keys()));
        let files = self.store.files(aid);
        let files = files.filter_map(|(file_no, _)| self.store.settings(aid, file_no));
        own + files
            .map(|settings| memory::file(&settings.kind))
            .sum::<u64>()
    }

    /// Keeps memory as taken after something of `bytes` was deleted: cards give it back only when they are formatted
    /// (DESFire reference §8.5). Nothing where the profile says otherwise.
    pub(super) fn lose(&self, bytes: u64) -> Option<Change> {
        let lost = u32::try_from(bytes).unwrap_or(u32::MAX);
        let lost = self.store.lost_memory().saturating_add(lost);
        let change = Change::Patch {
            object: ObjectId::Picc,
            offset: u32::try_from(PICC_LOST).ok()?,
            bytes: lost.to_le_bytes().to_vec(),
        };
        (!self.profile.deleted_memory_returns).then_some(change)
    }

    /// Deletes a file; its pending work goes with it, the rest of the transaction stays (§5.4).
    pub(super) fn delete_file(&mut self, file_no: u8) -> Result<Reply, Refusal> {
        let settings = self.file(file_no)?;
        let aid = self.volatile.selected;
        let level = self.store.level(aid).ok_or(Refusal::NO_APPLICATION)?;
        self.require_master(level.settings().create_free())?;
        let objects = [ObjectId::File(aid, file_no), ObjectId::Data(aid, file_no)];
        let removed = objects.map(|object| Change::Remove { object });
        let lost = self.lose(memory::file(&settings.kind));
        let changes: Vec<Change> = removed.into_iter().chain(lost).collect();
        self.store.commit(&changes)?;
        self.volatile.file = self.volatile.file.filter(|selected| *selected != file_no);
        let transaction = &mut self.volatile.transaction;
        transaction.forget(file_no);
        if matches!(settings.kind, FileKind::Tmac(_)) {
            transaction.ledger = crate::tmac::Ledger::default();
            transaction.reader_id = None;
        }
        Ok(Reply::default())
    }

    /// Numbers of all files, in order.
    pub(super) fn file_ids(&self) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        if aid.is_picc() {
            return Err(Refusal::DENIED);
        }
        self.may_list()?;
        let numbers: Vec<u8> = self.store.files(aid).map(|(file_no, _)| file_no).collect();
        Ok(numbers.into())
    }

    /// ISO file identifiers, in the order of the file numbers.
    pub(super) fn iso_file_ids(&self) -> Result<Reply, Refusal> {
        let aid = self.volatile.selected;
        if aid.is_picc() {
            return Err(Refusal::DENIED);
        }
        self.may_list()?;
        let fids = self
            .store
            .files(aid)
            .filter_map(|(_, object)| file_fid(object));
        let list: Vec<u8> = fids.flat_map(u16::to_le_bytes).collect();
        if list.is_empty() && self.profile.no_iso_files_is_f0 {
            return Err(Refusal::NO_FILE);
        }
        Ok(list.into())
    }

    /// Settings of one file.
    pub(super) fn file_settings(&self, file_no: u8) -> Result<Reply, Refusal> {
        if !self.volatile.selected.is_picc() {
            self.may_list()?;
        }
        let mut data = Vec::with_capacity(32);
        self.file(file_no)?.emit(&mut data);
        Ok(data.into())
    }

    fn may_list(&self) -> Result<(), Refusal> {
        let level = self.store.level(self.volatile.selected);
        let free = level.is_some_and(|level| level.settings().list_free());
        self.require_master(free)
    }

    /// ChangeFileSettings; the right was checked with the mode. Secure Dynamic Messaging is not part of this
    /// product yet (9E).
    pub(super) fn change_file_settings(
        &mut self,
        command: &ChangeFileSettings,
    ) -> Result<Reply, Refusal> {
        let mut settings = self.file(command.file_no)?;
        let is_tmac = matches!(settings.kind, FileKind::Tmac(_));
        let limit_bit = if is_tmac { TMC_LIMIT } else { 0 };
        let more =
            command.option & MORE_RIGHTS != 0 && self.capabilities.generation < Generation::Ev2;
        if bad_option(command.option & !limit_bit) || more || !command.sdm.is_empty() {
            return Err(Refusal::PARAMETER);
        }
        let mut sets = std::iter::once(&command.rights).chain(&command.more_rights);
        if is_tmac && sets.any(|set| set.write != Access::Never) {
            return Err(Refusal::PARAMETER);
        }
        settings.option = command.option;
        settings.rights = command.rights;
        settings.more_rights.clone_from(&command.more_rights);
        if let FileKind::Tmac(file) = &mut settings.kind {
            file.limit = command.tmc_limit;
        }
        let aid = self.volatile.selected;
        let fid = self.store.file_fid(aid, command.file_no);
        self.store.commit(&[Change::Put {
            object: ObjectId::File(aid, command.file_no),
            bytes: file_object(fid, &settings),
        }])?;
        Ok(Reply::default())
    }
}

fn new_settings(option: u8, rights: AccessRights, kind: FileKind) -> FileSettings {
    FileSettings {
        option,
        rights,
        more_rights: Vec::new(),
        kind,
        sdm: Vec::new(),
    }
}

/// Bits of FileOption that this product does not take; mode `02` counts as plain and is taken.
fn bad_option(option: u8) -> bool {
    option & (SDM | !(MORE_RIGHTS | 0x03)) != 0
}

/// TMKeyOption of an AES key.
const AES_KEY_OPTION: u8 = 0x02;

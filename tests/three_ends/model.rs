//! What the card should hold and answer, kept beside it. Only commands that must succeed are made.

use tapscope::card::CommMode;
use tapscope::card::settings::{FileKind, FileSettings};
use tapscope::command::{
    AbortTransaction, Amount, AmountKind, Chaining, ChangeFileSettings, ClearRecordFile, Command,
    CommitReaderId, CommitTransaction, GetCardUid, GetFileIds, GetFileSettings, GetKeySettings,
    GetKeyVersion, GetValue, ReadData, ReadRecords, UpdateRecord, WriteData, WriteRecord,
};
use tapscope::tmac::{self, Ledger, Operation};
use tapscope::virtual_card::{ApplicationImage, FileContent};

use super::card::{
    BACKUP, CYCLIC, CYCLIC_RECORDS, LINEAR, LINEAR_RECORDS, Plan, SIZE, STANDARD, START, TMAC,
    UPPER, VALUE,
};

/// Numbers from which the model makes the next command.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) kind: u8,
    pub(crate) other: bool,
    pub(crate) iso: bool,
    pub(crate) native: bool,
    pub(crate) a: u16,
    pub(crate) b: u16,
    pub(crate) data: Vec<u8>,
    pub(crate) cuts: Vec<u8>,
}

/// A command, the mode that its file has, and the answer.
pub(crate) type Planned = (Command, CommMode, Vec<u8>);

#[derive(Clone, Debug, Default)]
struct Records {
    /// Newest last.
    stored: Vec<Vec<u8>>,
    new: Option<Vec<u8>>,
    updates: Vec<(usize, usize, Vec<u8>)>,
    clear: bool,
}

#[derive(Clone, Copy, Debug)]
struct Purse {
    value: i32,
    available: i32,
    debited: Option<i32>,
}

#[derive(Debug)]
pub(crate) struct Model {
    plan: Plan,
    /// Key of the session.
    pub(crate) key_no: u8,
    standard: Vec<u8>,
    backup: Vec<u8>,
    backup_pending: Vec<u8>,
    value: Purse,
    value_pending: Purse,
    linear: Records,
    cyclic: Records,
    ledger: Ledger,
    tmc: u32,
    tmv: [u8; 8],
    reader_id: Option<[u8; 16]>,
    reader_id_before: [u8; 16],
}

pub(crate) const KINDS: u8 = 19;

impl Model {
    pub(crate) fn new(plan: &Plan) -> Self {
        let value = Purse {
            value: START,
            available: 0,
            debited: None,
        };
        Self {
            plan: plan.clone(),
            key_no: 1,
            standard: vec![0; SIZE],
            backup: vec![0; SIZE],
            backup_pending: vec![0; SIZE],
            value,
            value_pending: value,
            linear: Records::default(),
            cyclic: Records::default(),
            ledger: Ledger::default(),
            tmc: 0,
            tmv: [0; 8],
            reader_id: None,
            reader_id_before: [0; 16],
        }
    }

    /// The mode of a file command in the session.
    pub(crate) fn file_mode(&self, file_no: u8) -> CommMode {
        self.plan.mode(file_no)
    }

    /// The next command; `None` when the numbers ask for one that the card would refuse now.
    pub(crate) fn next(&mut self, raw: &Raw) -> Option<Planned> {
        let data_file = if raw.other { BACKUP } else { STANDARD };
        let record_file = if raw.other { CYCLIC } else { LINEAR };
        let session = self.plan.session;
        match raw.kind % KINDS {
            0 => Some(self.read_data(raw, data_file)),
            1 => Some(self.write_data(raw, data_file)),
            2 => self.write_record(raw, record_file),
            3 => self.update_record(raw, record_file),
            4 => self.read_records(raw, record_file),
            5 => Some(self.get_value()),
            6 => self.amount(AmountKind::Credit, raw),
            7 => self.amount(AmountKind::Debit, raw),
            8 => self.amount(AmountKind::LimitedCredit, raw),
            9 => Some((
                Command::GetFileIds(GetFileIds),
                CommMode::Plain,
                vec![STANDARD, BACKUP, VALUE, LINEAR, CYCLIC, TMAC],
            )),
            10 => Some(self.file_settings(FILES[usize::from(raw.a) % FILES.len()])),
            11 => Some(self.change_file_settings(raw)),
            12 => {
                let key_no = u8::try_from(raw.a % 3).unwrap();
                let command = Command::GetKeyVersion(GetKeyVersion {
                    key_no,
                    key_set: None,
                });
                Some((command, CommMode::Plain, vec![0x31 + key_no]))
            }
            13 => {
                let command = Command::GetKeySettings(GetKeySettings);
                Some((command, CommMode::Plain, vec![0x0B, 0x83]))
            }
            14 if session => {
                let uid = self.plan.uid.to_vec();
                Some((Command::GetCardUid(GetCardUid), CommMode::Plain, uid))
            }
            15 => Some(self.clear_records(record_file)),
            16 => self.commit_reader_id(raw),
            17 => self.commit(if raw.other { Some(1) } else { None }),
            18 if !self.ledger.is_empty() => {
                self.drop_pending();
                let command = Command::AbortTransaction(AbortTransaction);
                Some((command, CommMode::Plain, Vec::new()))
            }
            _ => None,
        }
    }

    fn read_data(&mut self, raw: &Raw, file_no: u8) -> Planned {
        let offset = usize::from(raw.a) % SIZE;
        let length = usize::from(raw.b) % (SIZE - offset + 1);
        let content = if file_no == BACKUP {
            &self.backup
        } else {
            &self.standard
        };
        let end = if length == 0 { SIZE } else { offset + length };
        let data = content[offset..end].to_vec();
        let read = ReadData {
            chaining: chaining(raw),
            file_no,
            offset: u32::try_from(offset).unwrap(),
            length: u32::try_from(length).unwrap(),
        };
        let ins = if raw.iso { 0xAD } else { 0xBD };
        self.count_data(ins, file_no, offset, &data);
        (Command::ReadData(read), self.plan.mode(file_no), data)
    }

    fn write_data(&mut self, raw: &Raw, file_no: u8) -> Planned {
        let (offset, data) = placed(raw);
        let target = if file_no == BACKUP {
            &mut self.backup_pending
        } else {
            &mut self.standard
        };
        target[offset..offset + data.len()].copy_from_slice(&data);
        let ins = if raw.iso { 0x8D } else { 0x3D };
        self.count_data(ins, file_no, offset, &data);
        let write = WriteData {
            chaining: chaining(raw),
            file_no,
            offset: u32::try_from(offset).unwrap(),
            length: u32::try_from(data.len()).unwrap(),
            data,
        };
        (
            Command::WriteData(write),
            self.plan.mode(file_no),
            Vec::new(),
        )
    }

    fn write_record(&mut self, raw: &Raw, file_no: u8) -> Option<Planned> {
        let (offset, data) = placed(raw);
        let records = self.records(file_no);
        let full = file_no == LINEAR && records.stored.len() == LINEAR_RECORDS;
        if records.clear || full {
            return None;
        }
        let record = records.new.get_or_insert_with(|| vec![0; SIZE]);
        record[offset..offset + data.len()].copy_from_slice(&data);
        let ins = if raw.iso { 0x8B } else { 0x3B };
        self.count_data(ins, file_no, offset, &data);
        let write = WriteRecord {
            chaining: chaining(raw),
            file_no,
            offset: u32::try_from(offset).unwrap(),
            length: u32::try_from(data.len()).unwrap(),
            data,
        };
        let mode = self.plan.mode(file_no);
        Some((Command::WriteRecord(write), mode, Vec::new()))
    }

    fn update_record(&mut self, raw: &Raw, file_no: u8) -> Option<Planned> {
        let (offset, data) = placed(raw);
        let records = self.records(file_no);
        if records.clear || records.stored.is_empty() {
            return None;
        }
        let record_no = usize::from(raw.b) % records.stored.len();
        let index = records.stored.len() - 1 - record_no;
        records.updates.push((index, offset, data.clone()));
        let (record_no, at) = (
            u32::try_from(record_no).unwrap(),
            u32::try_from(offset).unwrap(),
        );
        self.ledger.append(&Operation::Update {
            ins: if raw.iso { 0xBA } else { 0xDB },
            file_no,
            record_no,
            offset: at,
            data: &data,
        });
        let update = UpdateRecord {
            chaining: chaining(raw),
            file_no,
            record_no,
            offset: at,
            length: u32::try_from(data.len()).unwrap(),
            data,
        };
        let mode = self.plan.mode(file_no);
        Some((Command::UpdateRecord(update), mode, Vec::new()))
    }

    fn read_records(&mut self, raw: &Raw, file_no: u8) -> Option<Planned> {
        let stored = self.records(file_no).stored.clone();
        if stored.is_empty() {
            return None;
        }
        let record_no = usize::from(raw.a) % stored.len();
        let left = stored.len() - record_no;
        let asked = usize::from(raw.b) % (left + 1);
        let count = if asked == 0 { left } else { asked };
        let data = stored[left - count..left].concat();
        let record_no = u32::try_from(record_no).unwrap();
        self.ledger.append(&Operation::Records {
            ins: if raw.iso { 0xAB } else { 0xBB },
            file_no,
            record_no,
            count: u32::try_from(count).unwrap(),
            data: &data,
        });
        let read = ReadRecords {
            chaining: chaining(raw),
            file_no,
            record_no,
            count: u32::try_from(asked).unwrap(),
        };
        Some((Command::ReadRecords(read), self.plan.mode(file_no), data))
    }

    fn get_value(&mut self) -> Planned {
        let value = self.value.value;
        self.count_value(0x6C, value);
        let command = Command::GetValue(GetValue { file_no: VALUE });
        (command, self.plan.mode(VALUE), value.to_le_bytes().to_vec())
    }

    fn amount(&mut self, kind: AmountKind, raw: &Raw) -> Option<Planned> {
        let amount = i32::from(raw.a) + 1;
        let pending = &mut self.value_pending;
        let (ins, amount) = match kind {
            AmountKind::Credit if pending.value + amount <= UPPER => {
                pending.value += amount;
                (0x0C, amount)
            }
            AmountKind::Debit if pending.value >= amount => {
                pending.value -= amount;
                pending.debited = Some(pending.debited.unwrap_or(0) + amount);
                (0xDC, amount)
            }
            AmountKind::LimitedCredit if pending.available > 0 => {
                let amount = amount % pending.available + 1;
                pending.value += amount;
                pending.available -= amount;
                (0x1C, amount)
            }
            _ => return None,
        };
        self.count_value(ins, amount);
        let command = Command::Amount(Amount {
            kind,
            file_no: VALUE,
            amount,
        });
        Some((command, self.plan.mode(VALUE), Vec::new()))
    }

    pub(crate) fn file_settings(&self, file_no: u8) -> Planned {
        let command = Command::GetFileSettings(GetFileSettings { file_no });
        let mut answer = Vec::new();
        self.settings(file_no).emit(&mut answer);
        (command, CommMode::Plain, answer)
    }

    fn settings(&self, file_no: u8) -> FileSettings {
        let mut settings = self.plan.settings(file_no);
        let count = |records: &Records| u32::try_from(records.stored.len()).unwrap();
        match &mut settings.kind {
            FileKind::Value(value) => value.limited_credit = self.value.available,
            FileKind::Linear(file) => file.current_records = count(&self.linear),
            FileKind::Cyclic(file) => file.current_records = count(&self.cyclic),
            _ => {}
        }
        settings
    }

    fn change_file_settings(&mut self, raw: &Raw) -> Planned {
        let file_no = u8::try_from(raw.a % 5).unwrap() + 1;
        let mode = [CommMode::Plain, CommMode::Mac, CommMode::Full][usize::from(raw.b % 3)];
        self.plan.modes[usize::from(file_no - 1)] = mode;
        let settings = self.plan.settings(file_no);
        let command = Command::ChangeFileSettings(ChangeFileSettings {
            file_no,
            option: settings.option,
            rights: settings.rights,
            more_rights: settings.more_rights,
            sdm: Vec::new(),
            tmc_limit: None,
        });
        let mode = if self.plan.free {
            CommMode::Plain
        } else {
            CommMode::Full
        };
        (command, mode, Vec::new())
    }

    fn clear_records(&mut self, file_no: u8) -> Planned {
        let records = self.records(file_no);
        records.new = None;
        records.updates.clear();
        records.clear = true;
        self.ledger.append(&Operation::Clear { ins: 0xEB, file_no });
        let command = Command::ClearRecordFile(ClearRecordFile { file_no });
        (command, CommMode::Plain, Vec::new())
    }

    fn commit_reader_id(&mut self, raw: &Raw) -> Option<Planned> {
        let allowed =
            self.plan.reader_id == 0x0E || self.plan.session && self.plan.reader_id == self.key_no;
        if !allowed {
            return None;
        }
        let mut tmri = [0x5C; 16];
        tmri.iter_mut().zip(&raw.data).for_each(|(t, d)| *t ^= d);
        let keys = tmac::session_keys(&self.plan.tmac_key, self.tmc + 1, &self.plan.uid).result;
        let enc_tmri = tmac::enc_tmri(&keys, self.reader_id_before);
        let enc_tmri = self.plan.session.then_some(enc_tmri);
        self.ledger.append(&Operation::ReaderId { tmri, enc_tmri });
        self.reader_id = Some(tmri);
        let answer = enc_tmri.map_or(Vec::new(), Vec::from);
        let command = Command::CommitReaderId(CommitReaderId { tmri });
        Some((command, CommMode::Plain, answer))
    }

    pub(crate) fn commit(&mut self, option: Option<u8>) -> Option<Planned> {
        let required = self.plan.reader_id < 0x0E;
        if self.ledger.is_empty() || required && self.reader_id.is_none() {
            return None;
        }
        self.tmc += 1;
        let keys = tmac::session_keys(&self.plan.tmac_key, self.tmc, &self.plan.uid).result;
        self.tmv = tmac::tmv(&keys, self.ledger.tmi()).result;
        self.reader_id_before = self.reader_id.unwrap_or(self.reader_id_before);
        self.backup.clone_from(&self.backup_pending);
        let pending = self.value_pending;
        self.value = Purse {
            available: pending.debited.unwrap_or(pending.available),
            debited: None,
            ..pending
        };
        self.linear.commit(LINEAR_RECORDS);
        self.cyclic.commit(CYCLIC_RECORDS);
        self.drop_pending();
        let tmac = [&self.tmc.to_le_bytes()[..], &self.tmv].concat();
        let answer = if option == Some(1) { tmac } else { Vec::new() };
        let command = Command::CommitTransaction(CommitTransaction { option });
        Some((command, CommMode::Plain, answer))
    }

    fn drop_pending(&mut self) {
        self.backup_pending.clone_from(&self.backup);
        self.value_pending = self.value;
        self.linear.drop_pending();
        self.cyclic.drop_pending();
        self.ledger = Ledger::default();
        self.reader_id = None;
    }

    fn records(&mut self, file_no: u8) -> &mut Records {
        if file_no == CYCLIC {
            &mut self.cyclic
        } else {
            &mut self.linear
        }
    }

    fn count_data(&mut self, ins: u8, file_no: u8, offset: usize, data: &[u8]) {
        self.ledger.append(&Operation::Data {
            ins,
            file_no,
            offset: u32::try_from(offset).unwrap(),
            data,
        });
    }

    fn count_value(&mut self, ins: u8, value: i32) {
        self.ledger.append(&Operation::Value {
            ins,
            file_no: VALUE,
            value,
        });
    }

    /// The card must hold what the model holds.
    pub(crate) fn compare(&self, card: &ApplicationImage) {
        for file_no in FILES {
            let file = &card.files[&file_no];
            assert_eq!(
                file.settings,
                self.settings(file_no),
                "settings of file {file_no}"
            );
            let expected = match file_no {
                STANDARD => FileContent::Data(self.standard.clone()),
                BACKUP => FileContent::Data(self.backup.clone()),
                VALUE => FileContent::Value(self.value.value),
                LINEAR => FileContent::Records(self.linear.stored.clone()),
                CYCLIC => FileContent::Records(self.cyclic.stored.clone()),
                _ => FileContent::Tmac {
                    key: tapscope::crypto::Secret::new(self.plan.tmac_key),
                    tmc: self.tmc,
                    tmv: self.tmv,
                    tmri_prev: self.reader_id_before,
                },
            };
            assert_eq!(file.content, expected, "content of file {file_no}");
        }
    }
}

impl Records {
    fn commit(&mut self, most: usize) {
        for (index, offset, data) in std::mem::take(&mut self.updates) {
            self.stored[index][offset..offset + data.len()].copy_from_slice(&data);
        }
        if self.clear {
            self.stored.clear();
        }
        self.stored.extend(self.new.take());
        if self.stored.len() > most {
            self.stored.remove(0);
        }
    }

    fn drop_pending(&mut self) {
        self.new = None;
        self.updates.clear();
        self.clear = false;
    }
}

/// Where the data goes: at least one byte, within the file.
fn placed(raw: &Raw) -> (usize, Vec<u8>) {
    let data = if raw.data.is_empty() {
        vec![0xA5]
    } else {
        raw.data.clone()
    };
    (usize::from(raw.a) % (SIZE - data.len() + 1), data)
}

fn chaining(raw: &Raw) -> Chaining {
    if raw.iso {
        Chaining::Iso
    } else {
        Chaining::Native
    }
}

const FILES: [u8; 6] = [STANDARD, BACKUP, VALUE, LINEAR, CYCLIC, TMAC];

//! A host that does anything, a virtual card, and the recording between them.

use tapscope::apdu::{CommandApdu, FrameForm};
use tapscope::card::product::Product;
use tapscope::card::settings::ValueFile;
use tapscope::card::{AccessRights, Aid, ApplicationKeys, CommMode, KeySettings, KeyType};
use tapscope::command::{
    AbortTransaction, Amount, AmountKind, AppendRecord, Chaining, ChangeFileSettings,
    ChangeKeySettings, ClearRecordFile, Command, CommitTransaction, CreateApplication,
    CreateDataFile, CreateRecordFile, CreateTransactionMacFile, CreateValueFile, DeleteApplication,
    DeleteFile, FormatPicc, FreeMem, GetApplicationIds, GetDfNames, GetFileIds, GetFileSettings,
    GetKeySettings, GetKeyVersion, GetValue, GetVersion, ReadBinary, ReadData, ReadRecords, Select,
    SelectApplication, UpdateBinary, UpdateRecord, WriteData, WriteRecord,
};
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::dialogue::{Host, Request};
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::secure_messaging::KeyChange;
use tapscope::trace::{Event, EventKind, Presented};
use tapscope::virtual_card::{Card, Image, KeyImage};

pub(crate) const AIDS: [Aid; 3] = [
    Aid::from_wire([0x99, 0x44, 0x01]),
    Aid::from_wire([0x12, 0x34, 0x56]),
    Aid::from_wire([0xA1, 0xB2, 0xC3]),
];
const MASTER: [u8; 16] = *b"\x31picc master\x07\x09\x0B\x0E";
const DEFAULT: [u8; 24] = *b"\x52default of applicati\x03\x05\x08";
const FILES: u8 = 7;

fn entry(label: &str, scope: Scope, value: &[u8]) -> KeyEntry {
    KeyEntry {
        label: label.into(),
        scope,
        key_no: 0,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: KeyType::Aes128,
        version: 0,
        value: Secret::new(value),
        diversification: Diversification::None,
    }
}

pub(crate) fn keyring() -> Keyring {
    let master = [entry("master", Scope::Application(Aid::PICC), &MASTER)];
    let of = |aid| entry("default", Scope::Application(aid), &DEFAULT[..16]);
    Keyring {
        keys: master.into_iter().chain(AIDS.map(of)).collect(),
        sessions: Vec::new(),
    }
}

pub(crate) struct Actor {
    pub(crate) card: Card,
    host: Host,
    entropy: SeededEntropy,
    reader: u16,
    selected: Option<Aid>,
    has_session: bool,
}

impl Actor {
    pub(crate) fn new(seed: u64, reader: u16) -> Self {
        let uid = [0x04, 0x31, 0x5C, 0x77, 0x90, 0x21, reader.to_le_bytes()[0]];
        let mut image = Image::blank(Product::DesfireEv3_8k, uid, MASTER);
        image.default_key = KeyImage::new(DEFAULT, 0x44);
        let card = Card::new(&image, Box::new(SeededEntropy::new(seed))).unwrap();
        Self {
            card,
            host: Host::new(FrameForm::Wrapped),
            entropy: SeededEntropy::new(seed + 1),
            reader,
            selected: Some(Aid::PICC),
            has_session: false,
        }
    }

    fn below(&mut self, most: u32) -> u32 {
        let mut bytes = [0; 4];
        self.entropy.fill(&mut bytes);
        u32::from_le_bytes(bytes) % most
    }

    fn byte(&mut self, most: u8) -> u8 {
        u8::try_from(self.below(u32::from(most))).unwrap()
    }

    fn bytes(&mut self, len: u32) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(len).unwrap()];
        self.entropy.fill(&mut bytes);
        bytes
    }

    fn event(&self, kind: EventKind) -> Event {
        Event {
            reader: self.reader,
            ..Event::new(kind)
        }
    }

    fn forget_session(&mut self) {
        self.host = Host::new(FrameForm::Wrapped);
        self.has_session = false;
    }

    /// One thing that happens; every list of events that it gives leaves the card at rest.
    pub(crate) fn act(&mut self) -> Vec<Vec<Event>> {
        match self.below(100) {
            0 => self.without_power(EventKind::FieldOff),
            1 => self.without_power(EventKind::Reset),
            2 => {
                let card = Presented {
                    reader: "Desk".into(),
                    atr: vec![0x3B, 0x81],
                };
                self.without_power(EventKind::Card(Box::new(card)))
            }
            3..=8 => self.authenticate(),
            9 => self.plain(),
            10 => self.torn(),
            11 => self.change_key(),
            _ => {
                let command = self.command();
                let mode = self.mode(&command);
                let lost = self.below(20) == 0;
                self.run(&Request::Command { command, mode }, lost)
            }
        }
    }

    fn without_power(&mut self, kind: EventKind) -> Vec<Vec<Event>> {
        self.card.reset();
        self.forget_session();
        self.selected = Some(Aid::PICC);
        vec![vec![self.event(kind)]]
    }

    fn authenticate(&mut self) -> Vec<Vec<Event>> {
        let picc = self.selected.is_none_or(Aid::is_picc);
        let key = if picc {
            MASTER
        } else {
            DEFAULT[..16].try_into().unwrap()
        };
        let rnd_a = self.bytes(16).try_into().unwrap();
        let first = self.host.session().is_none() || self.below(2) == 0;
        let request = Request::Authenticate {
            first,
            key_no: 0,
            key,
            rnd_a,
            pcdcap2: Vec::new(),
        };
        let steps = self.run(&request, false);
        self.has_session = self.host.session().is_some();
        steps
    }

    fn change_key(&mut self) -> Vec<Vec<Event>> {
        if !self.has_session || self.selected.is_none_or(Aid::is_picc) {
            return Vec::new();
        }
        // To itself, so that the keys of the table stay right; only the version is another.
        let version = self.byte(200);
        let change = KeyChange {
            old: None,
            new: Secret::new(&DEFAULT[..16]),
            version: Some(version),
        };
        let request = Request::ChangeKey {
            key_set: None,
            key_no: 0,
            change,
        };
        let steps = self.run(&request, false);
        self.forget_session();
        steps
    }

    /// Power lost inside a command.
    fn torn(&mut self) -> Vec<Vec<Event>> {
        let writes = self.below(6);
        self.card.tear_after(writes);
        let command = self.command();
        let mode = self.mode(&command);
        self.run(&Request::Command { command, mode }, false)
    }

    /// A command outside of the host, which makes its session wrong if there is one.
    fn plain(&mut self) -> Vec<Vec<Event>> {
        let command = match self.below(4) {
            0 => Command::Select(Select {
                p1: self.byte(5),
                p2: 0x0C,
                data: match self.below(4) {
                    0 => Vec::new(),
                    1 => vec![0x3F, 0x00],
                    2 => vec![0xE1, self.byte(4)],
                    _ => vec![b'N', self.byte(3)],
                },
                le: None,
            }),
            1 => Command::UpdateBinary(UpdateBinary {
                p1p2: [0x80 | self.byte(FILES), self.byte(20)],
                data: self.bytes(5),
                le: None,
            }),
            2 => Command::ReadBinary(ReadBinary {
                p1p2: [0x80 | self.byte(FILES), self.byte(20)],
                le: Some(self.byte(9)),
            }),
            _ => Command::AppendRecord(AppendRecord {
                p1p2: [0, self.byte(FILES) << 3],
                data: self.bytes(8),
                le: None,
            }),
        };
        let bytes = CommandApdu::emit_frame(FrameForm::Iso, &command.frame());
        let answer = self.card.exchange(&bytes).unwrap();
        if answer == [0x90, 0x00] && matches!(command, Command::Select(_)) {
            self.forget_session();
            self.selected = None;
        } else if answer.last() != Some(&0) && !matches!(command, Command::Select(_)) {
            self.forget_session();
        }
        let events = [EventKind::Command(bytes), EventKind::Response(answer)];
        vec![events.map(|kind| self.event(kind)).to_vec()]
    }

    fn run(&mut self, request: &Request, lost: bool) -> Vec<Vec<Event>> {
        if self.host.start(request).is_err() {
            return Vec::new();
        }
        let mut events = Vec::new();
        while let Some(frame) = self.host.poll_transmit() {
            events.push(self.event(EventKind::Command(frame.clone())));
            let Ok(answer) = self.card.exchange(&frame) else {
                let after_writes = self.card.writes_of_last_command();
                self.card.power_on();
                self.forget_session();
                self.selected = Some(Aid::PICC);
                events.push(self.event(EventKind::Tear { after_writes }));
                return vec![events];
            };
            if lost {
                self.forget_session();
                self.selected = None;
                events.push(self.event(EventKind::Lost));
                return vec![events];
            }
            events.push(self.event(EventKind::Response(answer.clone())));
            match self.host.handle_response(&answer) {
                Ok(None) => {}
                Ok(Some(reply)) if reply.status.is_success() => {
                    self.succeeded(request);
                    break;
                }
                _ => {
                    self.forget_session();
                    break;
                }
            }
        }
        vec![events]
    }

    fn succeeded(&mut self, request: &Request) {
        match request {
            Request::Command {
                command: Command::SelectApplication(select),
                ..
            } => {
                self.selected = Some(select.aid);
                self.has_session = false;
            }
            Request::Command {
                command: Command::DeleteApplication(delete),
                ..
            } if self.selected == Some(delete.aid) => {
                self.selected = Some(Aid::PICC);
                self.forget_session();
            }
            _ => {}
        }
    }

    fn mode(&mut self, command: &Command) -> CommMode {
        let body = command.frame().body();
        let file_no = body.first().copied().unwrap_or_default();
        let image = self.card.image();
        let application = self.selected.and_then(|aid| image.applications.get(&aid));
        let file = application.and_then(|application| application.files.get(&file_no));
        match file {
            Some(file) if self.has_session && file.settings.rights.word() != 0xEEEE => {
                file.settings.mode()
            }
            _ => CommMode::Plain,
        }
    }

    fn command(&mut self) -> Command {
        let lost = self.selected.is_none_or(Aid::is_picc) && self.below(2) == 0;
        match if lost { 0 } else { self.below(100) } {
            0..=3 => {
                let aid = match self.below(8) {
                    0 => Aid::PICC,
                    number => AIDS[usize::try_from(number % 3).unwrap()],
                };
                Command::SelectApplication(SelectApplication { aid, second: None })
            }
            4..=23 => self.structure(),
            24..=33 => self.create_file(),
            34..=49 => self.read(),
            50..=84 => self.write(),
            85..=95 => {
                let option = [None, None, Some(1)][usize::try_from(self.below(3)).unwrap()];
                Command::CommitTransaction(CommitTransaction { option })
            }
            _ => Command::AbortTransaction(AbortTransaction),
        }
    }

    fn structure(&mut self) -> Command {
        let aid = AIDS[usize::try_from(self.below(3)).unwrap()];
        match self.below(40) {
            0 => Command::FormatPicc(FormatPicc),
            1 => Command::DeleteApplication(DeleteApplication { aid, dam_mac: None }),
            2 => Command::DeleteFile(DeleteFile {
                file_no: self.byte(FILES),
            }),
            3..=4 => Command::ChangeKeySettings(ChangeKeySettings {
                settings: KeySettings(0x0F),
            }),
            5..=7 => Command::FreeMem(FreeMem),
            8..=9 => Command::GetApplicationIds(GetApplicationIds),
            10..=11 => Command::GetDfNames(GetDfNames),
            12..=13 => Command::GetFileIds(GetFileIds),
            14..=15 => Command::GetKeySettings(GetKeySettings),
            16..=17 => Command::GetVersion(GetVersion),
            18..=19 => Command::GetKeyVersion(GetKeyVersion {
                key_no: self.byte(3),
                key_set: None,
            }),
            20..=25 => Command::GetFileSettings(GetFileSettings {
                file_no: self.byte(FILES),
            }),
            26..=28 => Command::ChangeFileSettings(ChangeFileSettings {
                file_no: self.byte(FILES),
                option: self.byte(4),
                rights: self.rights(),
                more_rights: Vec::new(),
                sdm: Vec::new(),
                tmc_limit: None,
            }),
            _ => {
                let named = self.below(2) == 0;
                Command::CreateApplication(CreateApplication {
                    aid,
                    settings: KeySettings(0x0F),
                    keys: ApplicationKeys(0x82),
                    key_sets: Vec::new(),
                    iso_fid: named.then_some(0xE110 | u16::from(aid.wire()[0] & 0x03)),
                    df_name: if named {
                        vec![b'N', aid.wire()[0] & 0x03]
                    } else {
                        Vec::new()
                    },
                })
            }
        }
    }

    /// A file of one of these types where there is one, else any.
    fn pick(&mut self, types: &[u8]) -> u8 {
        let image = self.card.image();
        let application = self.selected.and_then(|aid| image.applications.get(&aid));
        let files = application
            .iter()
            .flat_map(|application| &application.files);
        let fitting: Vec<u8> = files
            .filter(|(_, file)| types.contains(&file.settings.kind.code()))
            .map(|(file_no, _)| *file_no)
            .collect();
        let any = self.byte(FILES);
        if fitting.is_empty() || self.below(20) == 0 {
            return any;
        }
        let most = u8::try_from(fitting.len()).unwrap();
        fitting[usize::from(self.byte(most))]
    }

    fn rights(&mut self) -> AccessRights {
        AccessRights::from_word(if self.below(2) == 0 { 0xEEEE } else { 0x0000 })
    }

    fn create_file(&mut self) -> Command {
        let (file_no, option, rights) = (self.byte(FILES), self.byte(4), self.rights());
        match self.below(7) {
            0..=2 => Command::CreateDataFile(CreateDataFile {
                backup: self.below(2) == 0,
                file_no,
                iso_fid: None,
                option,
                rights,
                size: 40,
            }),
            3 => Command::CreateValueFile(CreateValueFile {
                file_no,
                option,
                rights,
                value: ValueFile {
                    lower: -500,
                    upper: 500,
                    limited_credit: 20,
                    options: 1,
                },
            }),
            4..=5 => Command::CreateRecordFile(CreateRecordFile {
                cyclic: self.below(2) == 0,
                file_no,
                iso_fid: None,
                option,
                rights,
                record_size: 8,
                max_records: 4,
            }),
            _ => Command::CreateTransactionMacFile(CreateTransactionMacFile {
                file_no,
                option,
                rights: AccessRights::from_word(0xEFF0),
                key_option: 2,
                key: *b"\x17transaction\x02\x04\x06\x0A",
                key_version: 1,
            }),
        }
    }

    fn read(&mut self) -> Command {
        let chaining = Chaining::Native;
        match self.below(4) {
            0 => Command::GetValue(GetValue {
                file_no: self.pick(&[2]),
            }),
            1 => Command::ReadRecords(ReadRecords {
                chaining,
                file_no: self.pick(&[3, 4]),
                record_no: self.below(2),
                count: self.below(3),
            }),
            2 => Command::ReadData(ReadData {
                chaining,
                file_no: self.pick(&[5]),
                offset: 0,
                length: 12 * self.below(2),
            }),
            _ => Command::ReadData(ReadData {
                chaining,
                file_no: self.pick(&[0, 1]),
                offset: self.below(10),
                length: 7 * self.below(2),
            }),
        }
    }

    fn write(&mut self) -> Command {
        let chaining = Chaining::Native;
        let length = 1 + self.below(6);
        let kind = self.below(8);
        let types: &[u8] = match kind {
            0..=1 => &[0, 1],
            2..=3 => &[2],
            _ => &[3, 4],
        };
        let file_no = self.pick(types);
        match kind {
            0..=1 => Command::WriteData(WriteData {
                chaining,
                file_no,
                offset: self.below(34),
                length,
                data: self.bytes(length),
            }),
            2 => Command::Amount(Amount {
                kind: AmountKind::Credit,
                file_no,
                amount: i32::from(self.byte(50)),
            }),
            3 => Command::Amount(Amount {
                kind: if self.below(3) == 0 {
                    AmountKind::LimitedCredit
                } else {
                    AmountKind::Debit
                },
                file_no,
                amount: i32::from(self.byte(50)),
            }),
            4..=6 => Command::WriteRecord(WriteRecord {
                chaining,
                file_no,
                offset: self.below(3),
                length: length.min(5),
                data: self.bytes(length.min(5)),
            }),
            _ if self.below(6) == 0 => Command::ClearRecordFile(ClearRecordFile { file_no }),
            _ => Command::UpdateRecord(UpdateRecord {
                chaining,
                file_no,
                record_no: self.below(2),
                offset: 1,
                length,
                data: self.bytes(length),
            }),
        }
    }
}

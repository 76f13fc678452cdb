//! READ BINARY, UPDATE BINARY, READ RECORDS and APPEND RECORD (DESFire reference §1.5).
//!
//! In an EV1 session the answers of the two that read carry a CMAC over `data ‖ 00`; nothing else of them is protected,
//! and their commands leave the IV alone. In an EV2 session they are refused, in a D40 session and without one they reach
//! what is free.
//!
//! What no source decides is in [`super::Profile`]; beside it, `6700` for lengths and `6985` for what does not go with the
//! file are our choice.

use super::Card;
use super::access::{Grant, grant};
use super::persistent::Ring;
use super::profile::IsoRefusal;
use super::snapshot::record;
use super::store::{Change, ObjectId, PowerLost};
use super::transaction::Pending;
use super::volatile::IsoProgress;
use crate::apdu::CommandApdu;
use crate::card::settings::{FileKind, FileSettings};
use crate::card::{CommMode, Right};
use crate::command::{AppendRecord, Position, ReadBinary, ReadRecord, Target, UpdateBinary};
use crate::secure_messaging::{Channel, Ev1, Extent};

/// The rights that open a file to reading.
pub(super) const READS: &[Right] = &[Right::Read, Right::ReadWrite];
const WRITES: &[Right] = &[Right::Write, Right::ReadWrite];

/// Bytes that Le asks for at most.
pub(super) fn expected_len(le: u8) -> usize {
    if le == 0 { MOST } else { usize::from(le) }
}

/// Ends a command early.
enum Stop {
    Word(u16),
    PowerLost,
}

impl From<u16> for Stop {
    fn from(word: u16) -> Self {
        Self::Word(word)
    }
}

impl From<PowerLost> for Stop {
    fn from(_: PowerLost) -> Self {
        Self::PowerLost
    }
}

impl Card {
    /// Answers one of the four commands.
    pub(super) fn iso_file(&mut self, apdu: &CommandApdu<'_>) -> Result<(u16, Vec<u8>), PowerLost> {
        self.volatile.iso = IsoProgress::None;
        let answer = match apdu.ins {
            ReadBinary::INS => self.read_binary(apdu),
            ReadRecord::INS => self.iso_read_records(apdu),
            UpdateBinary::INS => self.update_binary(apdu),
            _ => self.append_record(apdu),
        };
        match answer {
            Ok((word, data)) => Ok((word, self.seal_iso(apdu.ins, data))),
            Err(Stop::PowerLost) => Err(PowerLost),
            Err(Stop::Word(word)) => {
                let ends = match self.profile.iso_refusal_ends_session {
                    IsoRefusal::UnlessWrongLe => word >> 8 != WRONG_LE,
                    IsoRefusal::Always => true,
                    IsoRefusal::Never => false,
                };
                if ends {
                    self.volatile.fail();
                }
                Ok((word, Vec::new()))
            }
        }
    }

    fn read_binary(&mut self, apdu: &CommandApdu<'_>) -> Result<(u16, Vec<u8>), Stop> {
        let at = Position::from_p1p2(apdu.p1p2).ok_or(0x6A86_u16)?;
        let le = read_length(apdu)?;
        let (file_no, settings) = self.iso_open(at.target, READS, is_data)?;
        let size = match settings.kind {
            FileKind::Standard(file) | FileKind::Backup(file) => file.size,
            _ => 0,
        };
        let content = ObjectId::Data(self.volatile.selected, file_no);
        let content = self.store.bytes(content);
        let rest = content.get(usize::from(at.offset)..).unwrap_or_default();
        if u32::from(at.offset) >= size {
            return Err(Stop::Word(self.profile.iso_beyond_end_status));
        }
        self.expected(rest, le, 1)
    }

    fn update_binary(&mut self, apdu: &CommandApdu<'_>) -> Result<(u16, Vec<u8>), Stop> {
        let at = Position::from_p1p2(apdu.p1p2).ok_or(0x6A86_u16)?;
        if apdu.body.is_empty() {
            return Err(Stop::Word(0x6700));
        }
        let (file_no, settings) = self.iso_open(at.target, WRITES, is_data)?;
        let (FileKind::Standard(file) | FileKind::Backup(file)) = settings.kind else {
            return Err(Stop::Word(0x6985));
        };
        let end = usize::from(at.offset) + apdu.body.len();
        if usize::try_from(file.size).is_ok_and(|size| end > size) {
            return Err(Stop::Word(0x6985));
        }
        let offset = u32::from(at.offset);
        let bytes = apdu.body.to_vec();
        if matches!(settings.kind, FileKind::Standard(_)) {
            let object = ObjectId::Data(self.volatile.selected, file_no);
            let change = Change::Patch {
                object,
                offset,
                bytes,
            };
            self.store.commit(&[change])?;
        } else {
            let files = &mut self.volatile.transaction.files;
            let pending = files.entry(file_no);
            match pending.or_insert_with(|| Pending::Data(Vec::new())) {
                Pending::Data(writes) => writes.push((offset, bytes)),
                _ => return Err(Stop::Word(0x6985)),
            }
        }
        Ok((OK, Vec::new()))
    }

    fn iso_read_records(&mut self, apdu: &CommandApdu<'_>) -> Result<(u16, Vec<u8>), Stop> {
        let read = ReadRecord {
            p1p2: apdu.p1p2,
            le: apdu.le,
        };
        let (target, all) = read.what().ok_or(0x6A86_u16)?;
        let le = read_length(apdu)?;
        let (file_no, _) = self.iso_open(target, READS, is_records)?;
        let ring = self.iso_ring(file_no)?;
        let [number, _] = apdu.p1p2;
        // The current record is the newest, which the native commands count as 0.
        let first = u32::from(number.saturating_sub(1));
        if first >= ring.count {
            return Err(Stop::Word(0x6A83));
        }
        let past = if all { ring.count } else { first + 1 };
        let mut numbers: Vec<u32> = (first..past).collect();
        if self.profile.iso_records_oldest_first {
            numbers.reverse();
        }
        let content = ObjectId::Data(self.volatile.selected, file_no);
        let content = self.store.bytes(content);
        let each = numbers.iter().map(|number| record(content, ring, *number));
        let data: Vec<u8> = each.flatten().copied().collect();
        let size = usize::try_from(ring.size).unwrap_or(MOST);
        self.expected(&data, le, size)
    }

    /// Puts the record into the transaction; another one before the commit takes its place.
    fn append_record(&mut self, apdu: &CommandApdu<'_>) -> Result<(u16, Vec<u8>), Stop> {
        let append = AppendRecord {
            p1p2: apdu.p1p2,
            data: apdu.body.to_vec(),
            le: apdu.le,
        };
        let target = append.target().ok_or(0x6A86_u16)?;
        let (file_no, settings) = self.iso_open(target, WRITES, is_records)?;
        let ring = self.iso_ring(file_no)?;
        if usize::try_from(ring.size) != Ok(append.data.len()) {
            return Err(Stop::Word(0x6700));
        }
        if matches!(settings.kind, FileKind::Linear(_)) && ring.count >= ring.readable {
            return Err(Stop::Word(self.profile.iso_full_file_status));
        }
        let pending = self.pending_records(file_no).map_err(|_| 0x6985_u16)?;
        if pending.clear {
            return Err(Stop::Word(0x6985));
        }
        pending.record = Some(append.data);
        Ok((OK, Vec::new()))
    }

    /// The file that a command means: it must be there, of the right type, in an application without a TransactionMAC file,
    /// and the right free or that of the session's key. A file that the command names becomes the selected one.
    fn iso_open(
        &mut self,
        target: Target,
        rights: &[Right],
        fits: fn(&FileKind) -> bool,
    ) -> Result<(u8, FileSettings), Stop> {
        let aid = self.volatile.selected;
        let session = self.volatile.session.as_ref();
        // The reference has the keys of EV1 sessions only open files here (§5.1).
        let key = match session.map(|open| (&open.channel, open.key_no)) {
            Some((Channel::Ev2(_), _)) => return Err(Stop::Word(0x6982)),
            Some((Channel::Ev1(_), key_no)) => Some(key_no),
            Some((Channel::D40(_) | Channel::Plain, _)) | None => None,
        };
        let file_no = match target {
            Target::Selected => self.volatile.file.ok_or(0x6985_u16)?,
            Target::File(file_no) => file_no,
        };
        let settings = self.store.settings(aid, file_no).ok_or(0x6A82_u16)?;
        self.volatile.file = Some(file_no);
        if !fits(&settings.kind) || self.store.tmac_file(aid).is_some() {
            return Err(Stop::Word(0x6985));
        }
        let granted = grant(&settings, rights, key, self.profile).map_err(|_| 0x6982_u16)?;
        let is_plain = settings.mode() == CommMode::Plain || granted == Grant::Free;
        if !is_plain && !self.profile.iso_reaches_protected_files {
            return Err(Stop::Word(0x6982));
        }
        Ok((file_no, settings))
    }

    fn iso_ring(&self, file_no: u8) -> Result<Ring, u16> {
        self.ring(file_no).map(|(_, ring)| ring).map_err(|_| 0x6985)
    }

    /// What Le asks for of `rest`, in whole units of `unit` bytes.
    fn expected(&self, rest: &[u8], le: u8, unit: usize) -> Result<(u16, Vec<u8>), Stop> {
        let room = MOST - self.iso_mac_len();
        let counted = if self.profile.iso_le_counts_mac {
            self.iso_mac_len()
        } else {
            0
        };
        let whole = |len: usize| len - len % unit.max(1);
        let there = rest.len().min(whole(room));
        let wanted = if le == 0 {
            there
        } else {
            usize::from(le).saturating_sub(counted)
        };
        // A record that no answer can hold, or an Le that cuts one or its MAC.
        if there == 0 || wanted == 0 || wanted < there && wanted != whole(wanted) {
            return Err(Stop::Word(0x6700));
        }
        let data = rest.get(..wanted.min(there)).unwrap_or_default().to_vec();
        match u8::try_from(there + counted) {
            _ if wanted <= there => Ok((OK, data)),
            _ if self.profile.iso_reads_to_end => Ok((END_OF_FILE, data)),
            Ok(there) => Err(Stop::Word(WRONG_LE << 8 | u16::from(there))),
            Err(_) => Err(Stop::Word(WRONG_LE << 8)),
        }
    }

    fn iso_mac_len(&self) -> usize {
        let channel = self.volatile.session.as_ref().map(|open| &open.channel);
        if matches!(channel, Some(Channel::Ev1(_))) {
            Ev1::MAC_LEN
        } else {
            0
        }
    }

    fn seal_iso(&mut self, ins: u8, data: Vec<u8>) -> Vec<u8> {
        let channel = self.volatile.session.as_mut().map(|open| &mut open.channel);
        match channel {
            Some(Channel::Ev1(session)) if matches!(ins, ReadBinary::INS | ReadRecord::INS) => {
                session.seal_response(0x00, &data, CommMode::Mac, Extent::Known(data.len()))
            }
            _ => data,
        }
    }
}

fn is_data(kind: &FileKind) -> bool {
    matches!(kind, FileKind::Standard(_) | FileKind::Backup(_))
}

fn is_records(kind: &FileKind) -> bool {
    matches!(kind, FileKind::Linear(_) | FileKind::Cyclic(_))
}

/// Le of a command that reads; it has no data.
fn read_length(apdu: &CommandApdu<'_>) -> Result<u8, u16> {
    apdu.le.filter(|_| apdu.body.is_empty()).ok_or(0x6700)
}

const OK: u16 = 0x9000;
const END_OF_FILE: u16 = 0x6282;
/// First byte of the status word.
const WRONG_LE: u16 = 0x6C;
/// Most bytes of an answer without extended lengths.
const MOST: usize = 256;

//! What the lengths of a command and of its answer should be, and the mode of the file (DESFire reference §2.6, §4.7).

use crate::bytes::Reader;
use crate::card::settings::{FileKind, FileSettings};
use crate::card::{Access, CommMode, Right};

use super::exchange::Exchange;
use super::pending::Pending;
use super::state::State;

/// Lengths of the data that a file command and its answer carry, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// Data that the command carries, when announced.
    pub command: Option<usize>,
    /// Data that the answer carries, when known.
    pub response: Option<usize>,
    /// The command asks for all that there is.
    pub asks_for_all: bool,
}

impl Lengths {
    /// What the parameters of a command tell, and the settings of its file where they are known.
    pub fn of(ins: u8, parameters: &[u8], settings: Option<&FileSettings>) -> Self {
        let mut r = Reader::new("header", parameters);
        let _file_no = r.u8("FileNo");
        let mut u24 = || {
            r.u24("parameter")
                .ok()
                .and_then(|value| usize::try_from(value).ok())
        };
        let mut asks_for_all = false;
        let (command, response) = match ins {
            0xBD | 0xAD => {
                let (offset, length) = (u24(), u24());
                let size = settings.and_then(|settings| data_size(&settings.kind));
                let rest = size
                    .zip(offset)
                    .and_then(|(size, offset)| size.checked_sub(offset));
                asks_for_all = length == Some(0);
                (Some(0), length.filter(|length| *length > 0).or(rest))
            }
            0x3D | 0x8D | 0x3B | 0x8B => (u24().and_then(|_| u24()), Some(0)),
            0xDB | 0xBA => (u24().and_then(|_| u24()).and_then(|_| u24()), Some(0)),
            0xBB | 0xAB => {
                let count = u24().and_then(|_| u24());
                let size = settings.and_then(|settings| record_size(&settings.kind));
                asks_for_all = count == Some(0);
                let count = count.filter(|count| *count > 0).zip(size);
                (
                    Some(0),
                    count.and_then(|(count, size)| count.checked_mul(size)),
                )
            }
            0x6C => (Some(0), Some(4)),
            0x0C | 0xDC | 0x1C => (Some(4), Some(0)),
            _ => (None, None),
        };
        Self {
            command,
            response,
            asks_for_all,
        }
    }
}

/// The mode in which a card with these file settings answers the command `ins` in a session under key `key_no`: that of
/// the file where the key opens it, plain where only a free right does (DESFire reference §5.1). `None` where that hangs
/// on a key that is not known.
pub fn granted(settings: &FileSettings, ins: u8, key_no: Option<u8>) -> Option<CommMode> {
    mode_for(asked(settings, ins), &conditions(settings, ins), key_no)
}

/// The file's mode for a command: its settings are enciphered whatever it is.
fn asked(settings: &FileSettings, ins: u8) -> CommMode {
    match ins {
        0x5F => CommMode::Full,
        _ => settings.mode(),
    }
}

fn conditions(settings: &FileSettings, ins: u8) -> Vec<Access> {
    rights(ins, &settings.kind)
        .iter()
        .flat_map(|right| settings.conditions(*right))
        .collect()
}

fn mode_for(file: CommMode, rights: &[Access], key_no: Option<u8>) -> Option<CommMode> {
    if file == CommMode::Plain || !rights.contains(&Access::Free) {
        return Some(file);
    }
    key_no.map(|key_no| {
        if rights.contains(&Access::Key(key_no)) {
            file
        } else {
            CommMode::Plain
        }
    })
}

/// What the lengths should be.
pub(super) struct Shape {
    /// Data bytes that the command carries, when announced.
    pub(super) command: Option<usize>,
    /// Data bytes that the answer carries, when known.
    pub(super) response: Option<usize>,
    /// The command asks for all that there is.
    pub(super) asks_for_all: bool,
    /// The file's mode, when its settings are known.
    pub(super) file: Option<CommMode>,
    /// What may open the file to the command, when its settings are known.
    rights: Vec<Access>,
}

impl Shape {
    pub(super) fn of(state: &State, exchange: &Exchange, pending: &Pending) -> Self {
        let file_no = pending.command.first().copied();
        let settings = file_no
            .zip(state.selection.aid())
            .and_then(|(file_no, aid)| state.card.file(aid, file_no))
            .and_then(|file| file.settings.as_ref());
        let Lengths {
            command,
            response,
            asks_for_all,
        } = Lengths::of(exchange.ins, &pending.command, settings);
        Self {
            command,
            response,
            asks_for_all,
            file: settings.map(|settings| asked(settings, exchange.ins)),
            rights: settings.map_or_else(Vec::new, |settings| conditions(settings, exchange.ins)),
        }
    }

    /// The mode in which the card answers a session under key `key_no`: that of the file where the key opens it,
    /// plain where only a free right does (DESFire reference §5.1). `None` where that hangs on a key that is not known.
    pub(super) fn granted(&self, key_no: Option<u8>) -> Option<CommMode> {
        mode_for(self.file?, &self.rights, key_no)
    }
}

/// The rights that open a file to a command: any of them is enough. ReadWrite of a TransactionMAC file is the switch
/// of CommitReaderID and opens nothing.
const fn rights(ins: u8, kind: &FileKind) -> &'static [Right] {
    match ins {
        0xBD | 0xAD if matches!(kind, FileKind::Tmac(_)) => &[Right::Read],
        0xBD | 0xAD | 0xBB | 0xAB => &[Right::Read, Right::ReadWrite],
        0x3D | 0x8D | 0x3B | 0x8B | 0x1C => &[Right::Write, Right::ReadWrite],
        0x6C | 0xDC => &[Right::Read, Right::Write, Right::ReadWrite],
        0x5F => &[Right::Change],
        _ => &[Right::ReadWrite],
    }
}

pub(super) const ROLL_KEY_SET: u8 = 0x55;

/// Whether a SetConfiguration, without its protection, switches the card to LRP: the session ends with it
/// (DESFire reference §2.12).
pub(super) fn enables_lrp(ins: u8, body: &[u8]) -> bool {
    ins == 0x5C && body.first() == Some(&0x05) && body.get(5).is_some_and(|byte| byte & 0x02 != 0)
}

/// Commands whose data may come in several frames.
pub(super) const fn is_chained(ins: u8) -> bool {
    matches!(ins, 0x3D | 0x8D | 0x3B | 0x8B | 0xDB | 0xBA)
}

fn data_size(kind: &FileKind) -> Option<usize> {
    match kind {
        FileKind::Standard(data) | FileKind::Backup(data) => usize::try_from(data.size).ok(),
        FileKind::Tmac(_) => Some(12),
        _ => None,
    }
}

fn record_size(kind: &FileKind) -> Option<usize> {
    match kind {
        FileKind::Linear(record) | FileKind::Cyclic(record) => {
            usize::try_from(record.record_size).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::AccessRights;
    use crate::card::settings::{FileSettings, TmacFile};

    #[test]
    fn the_switch_of_commit_reader_id_opens_nothing() {
        let tmac = TmacFile {
            key_option: 0x02,
            key_version: 0,
            limit: None,
        };
        let granted = |kind: FileKind| {
            let settings = FileSettings {
                option: 0x83,
                rights: AccessRights::from_word(0xEF13),
                more_rights: vec![AccessRights::from_word(0xEF43)],
                sdm: Vec::new(),
                kind,
            };
            let opening = rights(0xBD, &settings.kind).iter();
            let shape = Shape {
                command: None,
                response: None,
                asks_for_all: false,
                file: Some(settings.mode()),
                rights: opening
                    .flat_map(|right| settings.conditions(*right))
                    .collect(),
            };
            [1, 2, 4].map(|key_no| shape.granted(Some(key_no)))
        };
        let [plain, full] = [Some(CommMode::Plain), Some(CommMode::Full)];
        assert_eq!(granted(FileKind::Tmac(tmac)), [plain; 3]);
        let data = crate::card::settings::DataFile { size: 12 };
        assert_eq!(granted(FileKind::Standard(data)), [full, plain, full]);
    }
}

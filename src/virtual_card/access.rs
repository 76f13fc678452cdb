//! Who may do what with a file (DESFire reference §5.1, §2.6).

use super::Card;
use super::profile::Profile;
use super::refusal::Refusal;
use crate::card::settings::{FileKind, FileSettings};
use crate::card::{Access, CommMode, Right};
use crate::secure_messaging::Channel;

/// What allowed an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// The session's key: the file's communication mode holds.
    Key,
    /// A free right: plain, also inside a session.
    Free,
}

/// Looks for a match of the session's key over all sets, then for a free right.
pub(super) fn grant(
    settings: &FileSettings,
    rights: &[Right],
    session_key: Option<u8>,
    profile: Profile,
) -> Result<Grant, Refusal> {
    let any = |wanted: &dyn Fn(Access) -> bool| {
        rights
            .iter()
            .any(|right| settings.conditions(*right).any(wanted))
    };
    if let Some(key_no) = session_key
        && any(&|access| access == Access::Key(key_no))
    {
        return Ok(Grant::Key);
    }
    if any(&|access| access == Access::Free) {
        return Ok(Grant::Free);
    }
    if !any(&|access| access != Access::Never) {
        return Err(Refusal::DENIED);
    }
    Err(match session_key {
        Some(_) => Refusal::Status(profile.wrong_key_status),
        None => Refusal::AUTHENTICATION,
    })
}

/// The rights that open a file to a command: any of them is enough. ReadWrite of a TransactionMAC file is the switch
/// of CommitReaderID and opens nothing.
fn rights(ins: u8, kind: &FileKind, profile: Profile) -> &'static [Right] {
    match ins {
        _ if matches!(kind, FileKind::Tmac(_)) => &[Right::Read],
        0x1C if profile.limited_credit_by_read => &[Right::Read, Right::Write, Right::ReadWrite],
        0xBD | 0xAD | 0xBB | 0xAB => &[Right::Read, Right::ReadWrite],
        0x3D | 0x8D | 0x3B | 0x8B | 0xEB | 0x1C => &[Right::Write, Right::ReadWrite],
        0x6C | 0xDC => &[Right::Read, Right::Write, Right::ReadWrite],
        _ => &[Right::ReadWrite],
    }
}

/// Whether a command exists for a type of file.
fn fits(ins: u8, kind: &FileKind) -> bool {
    match kind {
        FileKind::Standard(_) | FileKind::Backup(_) => matches!(ins, 0xBD | 0xAD | 0x3D | 0x8D),
        FileKind::Value(_) => matches!(ins, 0x6C | 0x0C | 0xDC | 0x1C),
        FileKind::Linear(_) | FileKind::Cyclic(_) => {
            matches!(ins, 0x3B | 0x8B | 0xDB | 0xBA | 0xBB | 0xAB | 0xEB)
        }
        FileKind::Tmac(_) => matches!(ins, 0xBD | 0xAD),
        FileKind::Unknown { .. } => false,
    }
}

impl Card {
    /// Settings of a file of the selected application: no files at PICC level (9D), F0 for a missing one.
    pub(super) fn file(&self, file_no: u8) -> Result<FileSettings, Refusal> {
        let aid = self.volatile.selected;
        if aid.is_picc() {
            return Err(Refusal::DENIED);
        }
        self.store.settings(aid, file_no).ok_or(Refusal::NO_FILE)
    }

    /// Opens a file to a data command: type, TMCLimit and rights.
    pub(super) fn access(&self, ins: u8, file_no: u8) -> Result<(FileSettings, Grant), Refusal> {
        let settings = self.file(file_no)?;
        if !fits(ins, &settings.kind) {
            return Err(Refusal::DENIED);
        }
        let is_tmac = matches!(settings.kind, FileKind::Tmac(_));
        if !is_tmac && self.store.tmc_limit_reached(self.volatile.selected) {
            return Err(Refusal::DENIED);
        }
        let key = self.volatile.session_key();
        let allowing = rights(ins, &settings.kind, self.profile);
        let granted = grant(&settings, allowing, key, self.profile);
        let free = matches!(&settings.kind, FileKind::Value(value) if value.free_get_value());
        match granted {
            Err(_) if free && ins == 0x6C => Ok((settings, Grant::Free)),
            other => other.map(|granted| (settings, granted)),
        }
    }

    /// Communication mode of a data command on a file.
    pub(super) fn file_mode(&self, ins: u8, file_no: u8) -> Result<CommMode, Refusal> {
        let (settings, granted) = self.access(ins, file_no)?;
        let session = self.volatile.session.as_ref();
        let in_ev1 = session.is_some_and(|open| matches!(open.channel, Channel::Ev1(_)));
        let without_mac = in_ev1 && !self.profile.value_commands_have_mac;
        Ok(match (granted, settings.mode()) {
            (Grant::Free, _) => CommMode::Plain,
            (Grant::Key, CommMode::Mac) if without_mac && matches!(ins, 0x0C | 0xDC | 0x1C) => {
                CommMode::Plain
            }
            (Grant::Key, mode) => mode,
        })
    }

    /// Communication mode of ChangeFileSettings: Full by the Change key, plain when Change is free.
    pub(super) fn change_mode(&self, file_no: u8) -> Result<CommMode, Refusal> {
        let settings = self.file(file_no)?;
        let key = self.volatile.session_key();
        let strict = Profile {
            wrong_key_status: 0xAE,
            ..self.profile
        };
        Ok(match grant(&settings, &[Right::Change], key, strict)? {
            Grant::Key => CommMode::Full,
            Grant::Free => CommMode::Plain,
        })
    }

    /// Demands a session with the master key of the selected level, unless `free`.
    pub(super) fn require_master(&self, free: bool) -> Result<(), Refusal> {
        if free || self.volatile.session_key() == Some(0) {
            Ok(())
        } else {
            Err(Refusal::AUTHENTICATION)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::AccessRights;
    use crate::card::settings::DataFile;

    fn settings(words: &[u16]) -> FileSettings {
        let mut sets = words.iter().map(|word| AccessRights::from_word(*word));
        FileSettings {
            option: 0x83,
            rights: sets.next().unwrap(),
            more_rights: sets.collect(),
            kind: FileKind::Standard(DataFile { size: 1 }),
            sdm: Vec::new(),
        }
    }

    #[test]
    fn a_key_in_any_set_goes_before_free() {
        let profile = Profile::default();
        let read = [Right::Read, Right::ReadWrite];
        let ask = |words: &[u16], key| grant(&settings(words), &read, key, profile);
        assert_eq!(ask(&[0xE0F0, 0x3FFF], Some(3)), Ok(Grant::Key));
        assert_eq!(ask(&[0xE0F0, 0x3FFF], Some(4)), Ok(Grant::Free));
        assert_eq!(ask(&[0xE0F0], None), Ok(Grant::Free));
        assert_eq!(ask(&[0xF1F0, 0xFFFF], Some(1)), Err(Refusal::DENIED));
        assert_eq!(ask(&[0xF1F0, 0x2FFF], None), Err(Refusal::AUTHENTICATION));
        assert_eq!(
            ask(&[0xF1F0, 0x2FFF], Some(1)),
            Err(Refusal::AUTHENTICATION)
        );
    }

    #[test]
    fn the_profile_decides_about_a_wrong_key() {
        let profile = Profile {
            wrong_key_status: 0x9D,
            ..Profile::default()
        };
        let answer = grant(&settings(&[0x2222]), &[Right::Read], Some(1), profile);
        assert_eq!(answer, Err(Refusal::DENIED));
    }
}

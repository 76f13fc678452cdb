//! ISO SELECT and the reader's pseudo-APDU (DESFire reference §1.5, §1.2).

use super::Card;
use super::access::{Grant, grant};
use super::applications::PICC_NAME;
use super::iso_files::{READS, expected_len};
use super::persistent::{Level, file_fid};
use super::store::{ObjectId, PowerLost};
use super::volatile::{Chain, IsoProgress};
use crate::apdu::CommandApdu;
use crate::card::Aid;
use crate::card::settings::FileKind;
use crate::command::iso::{EXTERNAL_AUTHENTICATE, GET_CHALLENGE, INTERNAL_AUTHENTICATE};
use crate::command::{AppendRecord, ReadBinary, ReadRecord, ReaderGetData, Select, UpdateBinary};

/// What a SELECT has found.
enum Found {
    Level(Aid),
    File(u8),
}

impl Card {
    /// Answers an ISO command. During an open chain it is refused with 6985, and as with CA the chain and what
    /// depends on it is gone.
    pub(super) fn iso(&mut self, apdu: &CommandApdu<'_>) -> Result<(u16, Vec<u8>), PowerLost> {
        if !matches!(self.volatile.chain, Chain::None) {
            self.volatile.fail();
            return Ok((0x6985, Vec::new()));
        }
        Ok(match apdu.ins {
            Select::INS => self.iso_select(apdu),
            GET_CHALLENGE | EXTERNAL_AUTHENTICATE | INTERNAL_AUTHENTICATE => {
                self.iso_authenticate(apdu)
            }
            ReadBinary::INS | UpdateBinary::INS | ReadRecord::INS | AppendRecord::INS => {
                self.iso_file(apdu)?
            }
            _ => (0x6D00, Vec::new()),
        })
    }

    /// A SELECT that finds nothing leaves everything as it was. A file keeps the session, an application ends it.
    fn iso_select(&mut self, apdu: &CommandApdu<'_>) -> (u16, Vec<u8>) {
        let [p1, p2] = apdu.p1p2;
        if p1 > Select::BY_NAME || !matches!(p2, 0x00 | 0x0C) {
            return (0x6A86, Vec::new());
        }
        let select = Select {
            p1,
            p2,
            data: apdu.body.to_vec(),
            le: apdu.le,
        };
        match self.find(&select) {
            Ok(Found::File(file_no)) => {
                self.volatile.file = Some(file_no);
                self.volatile.iso = IsoProgress::None;
                (0x9000, Vec::new())
            }
            Ok(Found::Level(aid)) => {
                self.volatile.select(aid);
                let word = if self.store.tmc_limit_reached(aid) {
                    0x6283
                } else {
                    0x9000
                };
                (word, self.control_information(&select))
            }
            Err(word) => (word, Vec::new()),
        }
    }

    fn find(&self, select: &Select) -> Result<Found, u16> {
        let here = self.volatile.selected;
        let found = match (select.p1, select.data.as_slice()) {
            _ if select.is_master() => Some(Found::Level(Aid::PICC)),
            (Select::PARENT, []) => (!here.is_picc()).then_some(Found::Level(Aid::PICC)),
            (Select::BY_NAME, name) => self.named(name).map(Found::Level),
            (p1, _) => {
                let fid = select.fid().ok_or(0x6A87_u16)?;
                let file = || self.file_with(fid).map(Found::File);
                let application = || self.application_with(fid).map(Found::Level);
                match p1 {
                    Select::FILE => file(),
                    Select::CHILD => application().filter(|_| here.is_picc()),
                    // The files of the selected application go before the applications beside it.
                    _ => file().or_else(application),
                }
            }
        };
        found.ok_or(0x6A82)
    }

    fn named(&self, name: &[u8]) -> Option<Aid> {
        if name == PICC_NAME {
            return Some(Aid::PICC);
        }
        self.store.applications().find(|aid| {
            let level = self.store.level(*aid);
            !name.is_empty() && level.is_some_and(|level| level.df_name() == name)
        })
    }

    fn application_with(&self, fid: u16) -> Option<Aid> {
        self.store.applications().find(|aid| {
            let level = self.store.level(*aid);
            level.and_then(Level::iso_fid) == Some(fid)
        })
    }

    fn file_with(&self, fid: u16) -> Option<u8> {
        let mut files = self.store.files(self.volatile.selected);
        files
            .find(|(_, object)| file_fid(object) == Some(fid))
            .map(|(file_no, _)| file_no)
    }

    /// What P2 `00` asks for: the content of file `1F`, where the application has such a data file; whether anybody
    /// must be allowed to read it, the profile says. Without Le there is no room for it.
    fn control_information(&self, select: &Select) -> Vec<u8> {
        let aid = self.volatile.selected;
        let wanted = select.le.filter(|_| select.p2 == 0).map(expected_len);
        let (Some(most), Some(settings)) = (wanted, self.store.settings(aid, FCI_FILE)) else {
            return Vec::new();
        };
        let is_data = matches!(settings.kind, FileKind::Standard(_));
        let granted = grant(&settings, READS, None, self.profile);
        let hidden = self.profile.control_information_needs_free_read && granted != Ok(Grant::Free);
        if !is_data || hidden {
            return Vec::new();
        }
        let content = self.store.bytes(ObjectId::Data(aid, FCI_FILE));
        content.iter().take(most).copied().collect()
    }

    /// Answers in the reader's place what it learnt at activation; the card itself sees nothing of it.
    pub(super) fn reader(&self, apdu: &CommandApdu<'_>) -> (u16, Vec<u8>) {
        let [p1, p2] = apdu.p1p2;
        if apdu.ins != ReaderGetData::INS {
            return (0x6D00, Vec::new());
        }
        let random = self.random_uid;
        let data = match (p1, p2) {
            (0x00, 0) => random.map_or_else(|| self.uid.to_vec(), |uid| uid.to_vec()),
            (0x01, 0) => self.ats.clone(),
            (0x02, 0) => vec![0x20],
            (0x03, 0) if random.is_some() => vec![0x03, 0x04],
            (0x03, 0) => vec![0x03, 0x44],
            _ => return (0x6A86, Vec::new()),
        };
        (0x9000, data)
    }
}

/// The file that holds an application's control information.
const FCI_FILE: u8 = 0x1F;

//! The UID that a row shows.

use crate::apdu::Family;
use crate::apdu::Status;
use crate::bytes::Reader;
use crate::card::Version;
use crate::command::{Command, ReaderGetData};

use super::exchange::Exchange;

impl Exchange {
    /// The UID of the card, when this row shows it: GetVersion, GetCardUID, or the reader's own command. A random UID,
    /// which identifies nothing, is none.
    pub fn shown_uid(&self) -> Option<Vec<u8>> {
        let may_show = match self.family {
            Family::Desfire => matches!(self.ins, 0x60 | 0x51),
            Family::Reader => true,
            Family::Iso => false,
        };
        if !may_show || !self.status.is_some_and(Status::is_success) {
            return None;
        }
        let answer = self.response.as_deref()?;
        match self.typed()? {
            Command::GetVersion(_) => {
                let version = Reader::all("GetVersion", answer, Version::read).ok()?;
                (version.uid != [0; 7]).then(|| version.uid.to_vec())
            }
            Command::GetCardUid(_) => (answer.len() == 7).then(|| answer.to_vec()),
            Command::ReaderGetData(get) if get.p1 == ReaderGetData::UID => {
                (answer.len() == 7).then(|| answer.to_vec())
            }
            _ => None,
        }
    }
}

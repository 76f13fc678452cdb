//! ISO SELECT and the reader's pseudo-APDU (DESFire reference §1.5, §1.2).

use super::Card;
use super::volatile::Chain;
use crate::apdu::CommandApdu;
use crate::card::Aid;
use crate::command::{ReaderGetData, Select};

impl Card {
    /// Answers an ISO command. During an open chain it is refused with 6985, and as with CA the chain and what
    /// depends on it is gone.
    pub(super) fn iso(&mut self, apdu: &CommandApdu<'_>) -> (u16, Vec<u8>) {
        if !matches!(self.volatile.chain, Chain::None) {
            self.volatile.fail();
            return (0x6985, Vec::new());
        }
        match apdu.ins {
            Select::INS => (self.iso_select(apdu), Vec::new()),
            0x82 | 0x84 | 0x88 => self.iso_authenticate(apdu),
            _ => (0x6D00, Vec::new()),
        }
    }

    /// A SELECT that finds nothing leaves everything as it was.
    fn iso_select(&mut self, apdu: &CommandApdu<'_>) -> u16 {
        let [p1, p2] = apdu.p1p2;
        if !matches!(p2, 0x00 | 0x0C) {
            return 0x6A86;
        }
        let target = match (p1, apdu.body) {
            (0x00, [] | [0x3F, 0x00]) => Some(Aid::PICC),
            (Select::BY_NAME, name) if name == PICC_NAME => Some(Aid::PICC),
            (Select::BY_NAME, name) => self.named(name),
            _ => None,
        };
        let Some(aid) = target else {
            return 0x6A82;
        };
        self.volatile.select(aid);
        if self.store.tmc_limit_reached(aid) {
            0x6283
        } else {
            0x9000
        }
    }

    fn named(&self, name: &[u8]) -> Option<Aid> {
        let mut applications = self.store.applications();
        applications.find(|aid| {
            let level = self.store.level(*aid);
            !name.is_empty() && level.is_some_and(|level| level.df_name() == name)
        })
    }

    /// Answers in the reader's place what it learnt at activation; the card itself sees nothing of it.
    pub(super) fn reader(&self, apdu: &CommandApdu<'_>) -> (u16, Vec<u8>) {
        let [p1, p2] = apdu.p1p2;
        if apdu.ins != ReaderGetData::INS {
            return (0x6D00, Vec::new());
        }
        let random = self.random_uid();
        let data = match (p1, p2) {
            (0x00, 0) => random.map_or_else(|| self.uid.to_vec(), |uid| uid.to_vec()),
            (0x01, 0) => self.capabilities.ats.to_vec(),
            (0x02, 0) => vec![0x20],
            (0x03, 0) if random.is_some() => vec![0x03, 0x04],
            (0x03, 0) => vec![0x03, 0x44],
            _ => return (0x6A86, Vec::new()),
        };
        (0x9000, data)
    }

    /// The UID of this activation when the random UID is on: `08` and the number of activations. Our choice: a
    /// draw here would shift the random numbers of a replay.
    fn random_uid(&self) -> Option<[u8; 4]> {
        let [_, a, b, c] = self.activations.to_be_bytes();
        (self.store.configuration() & super::config::RANDOM_UID != 0).then_some([0x08, a, b, c])
    }
}

/// DF name of the PICC level.
const PICC_NAME: &[u8] = &[0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x00];

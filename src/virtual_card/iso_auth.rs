//! GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE (DESFire reference §1.5).
//!
//! No public source gives the status words of their refusals. Our choice: `6700` for lengths, `6A86` for P1 and P2 that do
//! not fit key or place, `6985` out of order and while failed authentications bring a delay, that of the profile for a wrong
//! cryptogram. Each of the three ends the session, and so does every refusal; pending changes go with a refusal only.

use super::Card;
use super::config::NO_EV1;
use super::volatile::{IsoProgress, Session};
use crate::apdu::CommandApdu;
use crate::card::KeyType;
use crate::command::iso::{EXTERNAL_AUTHENTICATE, GET_CHALLENGE, INTERNAL_AUTHENTICATE};
use crate::secure_messaging::Channel;
use crate::secure_messaging::handshake::{AuthKey, iso};

impl Card {
    /// Answers one of the three commands.
    pub(super) fn iso_authenticate(&mut self, apdu: &CommandApdu<'_>) -> (u16, Vec<u8>) {
        let progress = std::mem::take(&mut self.volatile.iso);
        self.volatile.session = None;
        let answer = match (apdu.ins, progress) {
            _ if self.store.disabled() & NO_EV1 != 0 => Err(0x6985),
            (GET_CHALLENGE | EXTERNAL_AUTHENTICATE, _) if self.failures.delays > 0 => {
                self.failures.delays -= 1;
                Err(0x6985)
            }
            (GET_CHALLENGE, _) => self.challenge(apdu),
            (EXTERNAL_AUTHENTICATE, IsoProgress::Challenge(rpicc1)) => self.external(apdu, &rpicc1),
            (
                INTERNAL_AUTHENTICATE,
                IsoProgress::External {
                    key_no,
                    key,
                    handshake,
                    p1p2,
                },
            ) if p1p2 == apdu.p1p2 => self.internal(apdu, key_no, &key, &handshake),
            _ => Err(0x6985),
        };
        answer.map_or_else(
            |word| {
                self.volatile.fail();
                (word, Vec::new())
            },
            |data| (0x9000, data),
        )
    }

    fn challenge(&mut self, apdu: &CommandApdu<'_>) -> Result<Vec<u8>, u16> {
        if apdu.p1p2 != [0, 0] {
            return Err(0x6A86);
        }
        let len = apdu.le.map(usize::from);
        let len = len.filter(|len| apdu.body.is_empty() && matches!(len, 8 | 16));
        let mut rpicc1 = vec![0; len.ok_or(0x6700_u16)?];
        self.entropy.fill(&mut rpicc1);
        self.volatile.iso = IsoProgress::Challenge(rpicc1.clone());
        Ok(rpicc1)
    }

    fn external(&mut self, apdu: &CommandApdu<'_>, rpicc1: &[u8]) -> Result<Vec<u8>, u16> {
        let [algorithm, reference] = apdu.p1p2;
        let at_picc = self.volatile.selected.is_picc();
        let key_no = match (at_picc, reference) {
            (true, 0x00) => 0x00,
            (false, 0x80..=0x8D) => reference & 0x0F,
            _ => return Err(0x6A86),
        };
        let level = self.store.level(self.volatile.selected);
        let key = level
            .and_then(|level| level.key(key_no))
            .ok_or(0x6A86_u16)?;
        let key = AuthKey::new(key.kind, key.value.expose()).ok_or(0x6A86_u16)?;
        let fits = match algorithm {
            0x00 => true,
            0x02 => matches!(key.kind(), KeyType::Des | KeyType::TwoKey3Des),
            0x04 => key.kind() == KeyType::ThreeKey3Des,
            0x09 => key.kind() == KeyType::Aes128,
            _ => false,
        };
        if !fits {
            return Err(0x6A86);
        }
        if rpicc1.len() != key.rnd_len() || apdu.body.len() != 2 * key.rnd_len() {
            return Err(0x6700);
        }
        let proved = iso::Card::external(&key, rpicc1, apdu.body);
        let Some(handshake) = proved else {
            self.note_failure();
            return Err(self.profile.iso_wrong_cryptogram_status);
        };
        self.volatile.iso = IsoProgress::External {
            key_no,
            key: Box::new(key),
            handshake: Box::new(handshake),
            p1p2: apdu.p1p2,
        };
        Ok(Vec::new())
    }

    fn internal(
        &mut self,
        apdu: &CommandApdu<'_>,
        key_no: u8,
        key: &AuthKey,
        handshake: &iso::Card,
    ) -> Result<Vec<u8>, u16> {
        if apdu.body.len() != key.rnd_len() {
            return Err(0x6700);
        }
        let mut rpicc2 = vec![0; key.rnd_len()];
        self.entropy.fill(&mut rpicc2);
        let opened = handshake.internal(apdu.body, &rpicc2);
        let (proof, _, session) = opened.ok_or(0x6700_u16)?;
        self.failures.in_a_row = 0;
        self.volatile.session = Some(Session {
            key_no,
            channel: Channel::Ev1(Box::new(session)),
        });
        Ok(proof)
    }
}

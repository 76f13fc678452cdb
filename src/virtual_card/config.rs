//! GetVersion, GetCardUID and SetConfiguration (DESFire reference §2.2).

use super::Card;
use super::image::is_ats;
use super::messaging::Reply;
use super::persistent::{
    Key, PICC_ATS, PICC_CONFIGURATION, PICC_DEFAULT, PICC_DISABLED, PICC_LOST, ats_object,
};
use super::refusal::Refusal;
use super::store::{Change, ObjectId};
use crate::bytes::Put;
use crate::card::product::Generation;
use crate::card::{KeyType, Version};
use crate::command::SetConfiguration;
use crate::crypto::Secret;

impl Card {
    /// Three frames; the UID is zero with random UID and no session.
    pub(super) fn version(&self) -> Reply {
        let hidden = self.random_uid.is_some() && self.volatile.session.is_none();
        let version = Version {
            hardware: self.capabilities.hardware,
            software: self.capabilities.software,
            uid: if hidden { [0; 7] } else { self.uid },
            batch: self.production.batch,
            week: self.production.week,
            year: self.production.year,
            fab_key_id: None,
        };
        Reply {
            data: version.frames().concat(),
            cuts: vec![7, 7],
        }
    }

    /// The real UID, in any session.
    pub(super) fn card_uid(&self) -> Result<Reply, Refusal> {
        match &self.volatile.session {
            Some(_) => Ok(self.uid.to_vec().into()),
            None => Err(Refusal::AUTHENTICATION),
        }
    }

    /// Deletes all applications and files by the PICC master key; key and settings stay, about the session the profile
    /// decides.
    pub(super) fn format_picc(&mut self) -> Result<Reply, Refusal> {
        if !self.volatile.selected.is_picc() || self.store.configuration() & FORMAT_DISABLED != 0 {
            return Err(Refusal::DENIED);
        }
        self.require_master(false)?;
        let mut changes = Vec::new();
        for aid in self.store.applications() {
            let object = ObjectId::Application(aid);
            changes.push(Change::Remove { object });
            for (file_no, _) in self.store.files(aid) {
                let objects = [ObjectId::File(aid, file_no), ObjectId::Data(aid, file_no)];
                changes.extend(objects.map(|object| Change::Remove { object }));
            }
        }
        if self.store.lost_memory() != 0 {
            changes.push(Change::Patch {
                object: ObjectId::Picc,
                offset: u32::try_from(PICC_LOST).map_err(|_| Refusal::PARAMETER)?,
                bytes: vec![0; 4],
            });
        }
        self.store.commit(&changes)?;
        if !self.profile.format_keeps_session {
            self.volatile.fail();
        }
        Ok(Reply::default())
    }

    /// Memory for new files; three bytes hold that of every product.
    pub(super) fn free_mem(&self) -> Result<Reply, Refusal> {
        let free = self.memory().free();
        let mut data = Vec::with_capacity(3);
        data.put_u24(u32::try_from(free).map_err(|_| Refusal::PARAMETER)?);
        Ok(data.into())
    }

    /// Options `00` flags, `01` default key, `02` answer to select and, from EV2 on, `04` disabled authentications; other
    /// options are not part of these products yet (9E).
    ///
    /// Of the flags of option `00` only format and random UID exist here. Sources conflict on zero bits, see
    /// [`super::Profile::configuration_clears`]; the random UID can't be switched off again; for what option `04` has
    /// disabled see [`super::Profile::disabling_is_one_way`]. A new answer to select is given from the next activation
    /// on; the length of frames does not change with it (our choice).
    pub(super) fn set_configuration(
        &mut self,
        command: &SetConfiguration,
    ) -> Result<Reply, Refusal> {
        if !self.volatile.selected.is_picc() {
            return Err(Refusal::DENIED);
        }
        self.require_master(false)?;
        let is_ev2 = self.capabilities.generation >= Generation::Ev2;
        let (offset, bytes) = match (command.option, command.data.as_slice()) {
            (FLAGS, [flags]) if flags & !(FORMAT_DISABLED | RANDOM_UID) != 0 => {
                return Err(Refusal::PARAMETER);
            }
            (FLAGS, [flags]) => {
                let kept = if self.profile.configuration_clears {
                    RANDOM_UID
                } else {
                    u8::MAX
                };
                let kept = self.store.configuration() & kept;
                (PICC_CONFIGURATION, vec![flags | kept])
            }
            (SetConfiguration::DEFAULT_KEY, [key @ .., version])
                if key.len() == DEFAULT_KEY_LEN =>
            {
                let key = Key {
                    kind: KeyType::Aes128,
                    value: Secret::new(key),
                    version: *version,
                };
                (PICC_DEFAULT, key.slot())
            }
            (SetConfiguration::ATS, ats) if is_ats(ats) => (PICC_ATS, ats_object(ats)),
            (SetConfiguration::DISABLED, [low, high]) if is_ev2 => {
                let (flags, other) = if self.profile.disabled_in_upper_byte {
                    (high, low)
                } else {
                    (low, high)
                };
                if flags & !(NO_D40 | NO_EV1 | NO_CHAINED_WRITES) != 0 || *other != 0 {
                    return Err(Refusal::PARAMETER);
                }
                let kept = if self.profile.disabling_is_one_way {
                    self.store.disabled()
                } else {
                    0
                };
                (PICC_DISABLED, vec![flags | kept])
            }
            (SetConfiguration::DISABLED, _) if !is_ev2 => return Err(Refusal::PARAMETER),
            (
                FLAGS
                | SetConfiguration::DEFAULT_KEY
                | SetConfiguration::ATS
                | SetConfiguration::DISABLED,
                _,
            ) => return Err(Refusal::LENGTH),
            _ => return Err(Refusal::PARAMETER),
        };
        let offset = u32::try_from(offset).map_err(|_| Refusal::PARAMETER)?;
        self.store.commit(&[Change::Patch {
            object: ObjectId::Picc,
            offset,
            bytes,
        }])?;
        Ok(Reply::default())
    }
}

/// The UID of an activation that finds the random UID on: `08` and the number of activations. Our choice: a draw here would
/// shift the random numbers of a replay.
pub(super) fn random_uid(configuration: u8, activations: u32) -> Option<[u8; 4]> {
    let [_, a, b, c] = activations.to_be_bytes();
    (configuration & RANDOM_UID != 0).then_some([0x08, a, b, c])
}

/// Configuration flag: FormatPICC is refused.
const FORMAT_DISABLED: u8 = 0x01;
/// Configuration flag: random UID at activation.
const RANDOM_UID: u8 = 0x02;
const FLAGS: u8 = 0x00;
const DEFAULT_KEY_LEN: usize = 24;
/// Flag of option `04`: no Authenticate.
pub(super) const NO_D40: u8 = 0x01;
/// Flag of option `04`: no AuthenticateISO, AuthenticateAES, nor the ISO commands.
pub(super) const NO_EV1: u8 = 0x02;
/// Flag of option `04`: no writing over several frames with a MAC or enciphered.
pub(super) const NO_CHAINED_WRITES: u8 = 0x04;

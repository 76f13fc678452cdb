//! Applications (DESFire reference §2.4).

use super::Card;
use super::messaging::Reply;
use super::persistent::{Key, application_header};
use super::refusal::Refusal;
use super::store::{Change, ObjectId};
use crate::bytes::Put;
use crate::card::memory;
use crate::card::product::Generation;
use crate::card::{Aid, KeyType};
use crate::command::{CreateApplication, DeleteApplication, SelectApplication};
use crate::crypto::Secret;

impl Card {
    /// Selects one application. Two are answered with 7E: how the files of the second are addressed is not
    /// publicly documented.
    pub(super) fn select_application(
        &mut self,
        command: SelectApplication,
    ) -> Result<Reply, Refusal> {
        if command.second.is_some() {
            return Err(Refusal::LENGTH);
        }
        if self.store.level(command.aid).is_none() {
            return Err(Refusal::NO_APPLICATION);
        }
        self.volatile.select(command.aid);
        Ok(Reply::default())
    }

    /// All AIDs, in the order of their numbers.
    pub(super) fn application_ids(&self) -> Result<Reply, Refusal> {
        if !self.volatile.selected.is_picc() {
            return Err(Refusal::DENIED);
        }
        self.require_master(self.store.picc().settings().list_free())?;
        let aids: Vec<u8> = self.store.applications().flat_map(Aid::wire).collect();
        Ok(aids.into())
    }

    /// Identifier and name of every application that has one, a frame each: nothing but the frame's end tells where the
    /// name ends. In a session it is refused as the profile says.
    pub(super) fn df_names(&self) -> Result<Reply, Refusal> {
        if !self.volatile.selected.is_picc() {
            return Err(Refusal::DENIED);
        }
        if self.volatile.session.is_some() {
            return Err(Refusal::Status(self.profile.df_names_in_session_status));
        }
        self.require_master(self.store.picc().settings().list_free())?;
        let mut reply = Reply::default();
        for aid in self.store.applications() {
            let level = self.store.level(aid);
            let Some((level, fid)) = level.and_then(|level| Some((level, level.iso_fid()?))) else {
                continue;
            };
            let before = reply.data.len();
            reply.data.extend(aid.wire());
            reply.data.put_u16(fid);
            reply.data.extend_from_slice(level.df_name());
            reply.cuts.push(reply.data.len() - before);
        }
        // The last frame ends where the data ends.
        reply.cuts.pop();
        Ok(reply)
    }

    /// Creates an application whose keys are the default key. KS3 is taken when it announces nothing: key sets
    /// and an application's own VC keys are not part of this product yet (9E).
    pub(super) fn create_application(
        &mut self,
        command: &CreateApplication,
    ) -> Result<Reply, Refusal> {
        if !self.volatile.selected.is_picc() {
            return Err(Refusal::DENIED);
        }
        self.require_master(self.store.picc().settings().create_free())?;
        let kind = command.keys.key_type().ok_or(Refusal::PARAMETER)?;
        let features = command.key_sets.iter().any(|byte| *byte != 0)
            || command.keys.has_ks3() && self.capabilities.generation < Generation::Ev2;
        let keyless = command.keys.count() == 0 && !self.profile.application_without_keys;
        if command.keys.count() > self.capabilities.max_keys || keyless || features {
            return Err(Refusal::PARAMETER);
        }
        if command.df_name.len() > 16 {
            return Err(Refusal::LENGTH);
        }
        if self.refuses_fid(command.iso_fid) {
            return Err(Refusal::PARAMETER);
        }
        if self.store.level(command.aid).is_some() || self.name_taken(command) {
            return Err(Refusal::DUPLICATE);
        }
        if self.store.applications().count() >= self.capabilities.max_applications {
            return Err(Refusal::COUNT);
        }
        if !self.memory().fits(memory::application(command.keys)) {
            return Err(Refusal::OUT_OF_MEMORY);
        }
        let default = self.store.default_key().ok_or(Refusal::PARAMETER)?;
        let slot = fit(&default, kind).slot();
        let (settings, name) = (command.settings, &command.df_name);
        let mut bytes = application_header(settings, command.keys, command.iso_fid, name);
        for _ in 0..command.keys.count() {
            bytes.extend_from_slice(&slot);
        }
        let object = ObjectId::Application(command.aid);
        self.store.commit(&[Change::Put { object, bytes }])?;
        Ok(Reply::default())
    }

    /// Whether an identifier is one that ISO 7816-4 keeps for itself, and the card refuses those.
    pub(super) fn refuses_fid(&self, fid: Option<u16>) -> bool {
        self.profile.reserved_iso_fids_refused && fid.is_some_and(is_reserved)
    }

    fn name_taken(&self, command: &CreateApplication) -> bool {
        let levels = |aid| self.store.level(aid);
        self.store.applications().filter_map(levels).any(|level| {
            let same_fid = command.iso_fid.is_some() && level.iso_fid() == command.iso_fid;
            let named = !command.df_name.is_empty();
            same_fid || named && level.df_name() == command.df_name
        }) || command.df_name == PICC_NAME
    }

    /// Deletes an application with its files: by the PICC master key, or from inside by its own master key when
    /// KS1 bit 2 of the PICC allows it. Then the card is back at PICC level without a session; whether the answer
    /// still has the MAC of the old one, the profile says.
    pub(super) fn delete_application(
        &mut self,
        command: &DeleteApplication,
    ) -> Result<Reply, Refusal> {
        let selected = self.volatile.selected;
        if command.dam_mac.is_some() {
            return Err(Refusal::DENIED);
        }
        if command.aid.is_picc() || self.store.level(command.aid).is_none() {
            return Err(Refusal::NO_APPLICATION);
        }
        let inside = command.aid == selected && self.store.picc().settings().create_free();
        if !selected.is_picc() && !inside {
            return Err(Refusal::DENIED);
        }
        self.require_master(false)?;
        let mut changes = vec![Change::Remove {
            object: ObjectId::Application(command.aid),
        }];
        for (file_no, _) in self.store.files(command.aid) {
            for object in [
                ObjectId::File(command.aid, file_no),
                ObjectId::Data(command.aid, file_no),
            ] {
                changes.push(Change::Remove { object });
            }
        }
        changes.extend(self.lose(self.memory_of(command.aid)));
        self.store.commit(&changes)?;
        if inside {
            let session = self.volatile.session.take();
            self.volatile.select(Aid::PICC);
            // It ends when the answer is protected.
            self.volatile.session = session.filter(|_| self.profile.own_deletion_has_mac);
        }
        Ok(Reply::default())
    }
}

/// File identifiers that ISO 7816-4 keeps for itself: the master file's, `3FFF`, and all bits alike.
const fn is_reserved(fid: u16) -> bool {
    matches!(fid, 0x0000 | 0x3F00 | 0x3FFF | 0xFFFF)
}

/// DF name of the PICC level.
pub(super) const PICC_NAME: &[u8] = &[0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x00];

/// The default key cut or filled with zeros to the length of a type.
fn fit(default: &Key, kind: KeyType) -> Key {
    let mut value = default.value.expose().to_vec();
    value.resize(
        if kind == KeyType::ThreeKey3Des {
            24
        } else {
            16
        },
        0,
    );
    Key {
        kind,
        value: Secret::new(value),
        version: default.version,
    }
}

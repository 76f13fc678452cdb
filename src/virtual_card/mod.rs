//! The card's end, without I/O: one function of state and command.
//!
//! A [`Card`] is made from an [`Image`] and answers frames of every form. What persists lies in a store of bytes
//! that changes only in atomic commits of counted word writes; [`Card::tear_after`] takes the power away before
//! any of them. Random numbers come from the given source: RndB (8 or 16 bytes) in part 1 of an authentication, TI
//! (4 bytes) in part 2 of First once the host has proved the key, RPICC1 in GET CHALLENGE, RPICC2 in INTERNAL
//! AUTHENTICATE (8 or 16 bytes each), and nothing else.
//!
//! Layers, from the frame inwards: `dispatch` (forms, chains) → `messaging` (modes, MAC, padding, frames of the
//! answer) → a handler by family → `transaction` (pending) → `store` (permanent).
//!
//! Not here yet: LRP, key sets, delegated applications, Secure Dynamic Messaging,
//! proximity check. Their codes are answered `1C` (ISO: `6D00`). The codes for
//! ISO 14443-4 chaining (`AD 8D 8B AB BA`) are chained with `AF` like the others: there is no layer below.
//!
//! What no public source decides is a switch of [`Profile`], with the default and its reason. A new one is a line there and a
//! case in `tests/virtual_card/choices.rs`, which shows that it has an effect.

mod access;
mod applications;
mod auth;
mod commit;
mod config;
mod data;
mod dispatch;
mod files;
mod image;
mod iso;
mod iso_auth;
mod iso_files;
mod journal;
mod keys;
mod messaging;
mod persistent;
mod profile;
mod record;
mod refusal;
mod snapshot;
mod store;
mod transaction;
mod value;
mod volatile;

pub use image::{
    ApplicationImage, Failures, FileContent, FileImage, Image, ImageError, KeyImage, Production,
};
pub use profile::{Choice, ChoiceError, IsoRefusal, NoChanges, Profile, Values};
pub use store::PowerLost;

use crate::card::inventory::Inventory;
use crate::card::product::{Capabilities, Product};
use crate::crypto::entropy::Entropy;
use store::Store;
use volatile::Volatile;

/// A virtual card in the field.
pub struct Card {
    product: Product,
    capabilities: Capabilities,
    uid: [u8; 7],
    production: Production,
    store: Store,
    volatile: Volatile,
    profile: Profile,
    /// The answer to select of this activation.
    ats: Vec<u8>,
    /// The random UID of this activation, when it was on at its start.
    random_uid: Option<[u8; 4]>,
    failures: Failures,
    entropy: Box<dyn Entropy + Send>,
    activations: u32,
    powered: bool,
    tear: Option<u32>,
}

impl Card {
    /// A card that holds `image`, powered up.
    pub fn new(image: &Image, entropy: Box<dyn Entropy + Send>) -> Result<Self, ImageError> {
        let activations = 1;
        Ok(Self {
            product: image.product,
            capabilities: image.product.capabilities(),
            uid: image.uid,
            production: image.production,
            store: snapshot::load(image)?,
            volatile: Volatile::default(),
            profile: image.profile,
            ats: image.ats().to_vec(),
            random_uid: config::random_uid(image.configuration, activations),
            failures: image.failures,
            entropy,
            activations,
            powered: true,
            tear: None,
        })
    }

    /// Answers a frame; empty when no answer came because the power was lost or is off.
    pub fn handle(&mut self, command: &[u8]) -> Vec<u8> {
        self.exchange(command).unwrap_or_default()
    }

    /// Answers a frame of any form in the form received.
    ///
    /// # Errors
    /// [`PowerLost`] when the field is off, or a fault asked for by [`Card::tear_after`] took it away inside the
    /// command. The card is off then, until [`Card::power_on`].
    pub fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, PowerLost> {
        if !self.powered {
            return Err(PowerLost);
        }
        if self.at_rest() {
            self.store.restart_count();
        }
        self.store.tear_at(self.tear);
        let answer = self.answer(command);
        self.store.tear_at(None);
        if self.at_rest() {
            self.tear = None;
        }
        if answer.is_err() {
            self.power_off();
        }
        answer
    }

    /// Field off: session, chain, selection and pending changes are gone.
    pub fn power_off(&mut self) {
        self.powered = false;
        self.tear = None;
        self.volatile = Volatile::default();
        self.failures = self.lasting_failures();
    }

    /// Field on: an interrupted commit is finished or dropped. Does nothing when the card has power.
    pub fn power_on(&mut self) {
        if self.powered {
            return;
        }
        // Not torn: no fault is asked for here.
        let (Ok(()) | Err(PowerLost)) = self.store.recover();
        self.activations = self.activations.wrapping_add(1);
        let own = self.capabilities.ats;
        self.ats = self.store.ats().unwrap_or(own).to_vec();
        self.random_uid = config::random_uid(self.store.configuration(), self.activations);
        self.powered = true;
    }

    /// Field off and on.
    pub fn reset(&mut self) {
        self.power_off();
        self.power_on();
    }

    /// Power fails right before the write of non-volatile memory with this number, counted from 0 within the
    /// next command (all frames of it). A command with fewer writes is not disturbed and uses the fault up.
    pub const fn tear_after(&mut self, writes: u32) {
        self.tear = Some(writes);
    }

    /// Writes of non-volatile memory that the last command did, a torn one up to the loss of power.
    pub const fn writes_of_last_command(&self) -> u32 {
        self.store.writes()
    }

    /// Everything persistent, as it will be after the next power-up.
    pub fn image(&self) -> Image {
        let memory = self
            .with_settled(|store| snapshot::image(store, self.product, self.uid, self.production));
        Image {
            profile: self.profile,
            failures: self.lasting_failures(),
            ..memory
        }
    }

    /// What everybody may know of the card.
    pub fn inventory(&self) -> Inventory {
        self.with_settled(|store| snapshot::inventory(store, self.uid))
    }

    /// Replaces the source of random numbers.
    pub fn set_entropy(&mut self, entropy: Box<dyn Entropy + Send>) {
        self.entropy = entropy;
    }

    /// The choices on which sources conflict.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// Replaces them, from the next command on. What is open stays: session, chain, transaction, a running delay.
    pub const fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// The answer to select of this activation (ISO 14443-4), TL to the last historical byte.
    pub fn ats(&self) -> &[u8] {
        &self.ats
    }

    /// The real UID.
    pub const fn uid(&self) -> [u8; 7] {
        self.uid
    }

    /// What is left of the failures without power.
    fn lasting_failures(&self) -> Failures {
        if self.profile.failures_survive_field_off {
            self.failures
        } else {
            Failures::default()
        }
    }

    fn with_settled<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        if !self.store.needs_recovery() {
            return read(&self.store);
        }
        let mut store = self.store.clone();
        let (Ok(()) | Err(PowerLost)) = store.recover();
        read(&store)
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Card")
            .field("uid", &self.uid)
            .field("store", &self.store)
            .field("powered", &self.powered)
            .finish_non_exhaustive()
    }
}

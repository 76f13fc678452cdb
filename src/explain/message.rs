//! A message in a session as a subject: its bytes, the recipe by the rules, and what mistakes can take instead.

use std::cell::RefCell;

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::cipher::Cipher;
use crate::crypto::cmac::CmacKey;
use crate::secure_messaging::KeyForm;

use super::chain::{History, Other};
use super::checks;
use super::mistake::{Input, Side};
use super::recipe::{Cover, Recipe};
use super::search::{Check, Subject};

/// The kind of secure messaging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    D40,
    Ev1(KeyType),
    Ev2,
}

/// How the data is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Mac,
    Full,
}

/// How much data a cryptogram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// So many bytes.
    Known(usize),
    /// `80 00…` follows, in D40 and EV1.
    Marked,
    Unknown,
}

/// A command or an answer.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) channel: Channel,
    pub(super) side: Side,
    pub(super) form: Form,
    /// Command code or status.
    pub(super) code: u8,
    /// Clear parameters of a command.
    pub(super) header: Vec<u8>,
    /// Data as sent, without MAC.
    pub(super) data: Vec<u8>,
    /// The MAC as sent; `None` where the form has none or the message is too short.
    pub(super) mac: Option<Vec<u8>>,
    pub(super) extent: Extent,
    pub(super) rules: Recipe,
    /// Of ChangeKey.
    pub(super) key: Option<ChangedKey>,
    pub(super) around: Around,
    /// The key of the last CMAC of EV2: most recipes have the same, and its schedule costs more than the CMAC.
    pub(super) last_key: RefCell<Option<(Secret, CmacKey)>>,
}

/// What a ChangeKey says about the key, and the keys that it may be about.
#[derive(Clone, Debug)]
pub(super) struct ChangedKey {
    pub(super) form: KeyForm,
    /// KeyNo as sent.
    pub(super) key_no: u8,
    /// Values that the key may have had.
    pub(super) old: Vec<Secret>,
    /// Other keys of the table.
    pub(super) others: Vec<Secret>,
    pub(super) at_picc: bool,
    /// The card did not take it.
    pub(super) is_refused: bool,
}

/// What stands around a message in the trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Place of the row.
    pub(super) at: usize,
    /// Place of the row that opened the session and gave TI.
    pub(super) started: Option<usize>,
    /// What the authentication of the session revealed, and its place.
    pub(super) opening: Option<Opening>,
    /// Sessions before this one, newest first.
    pub(super) sessions: Vec<Opening>,
    /// What came before it in an EV1 session.
    pub(super) history: History,
    /// Blocks that a host or card of D40 may have carried over.
    pub(super) carried: Vec<Other>,
    /// The other side of the row has the right MAC, or none.
    pub(super) is_alone: bool,
    /// The next answer of an EV1 session has a MAC from a zero IV; `None` where that can't be told.
    pub(super) zero_later: Option<bool>,
}

/// What an authentication revealed.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) row: usize,
    pub(super) kind: KeyType,
    pub(super) key: Secret,
    pub(super) rnd_a: Secret,
    pub(super) rnd_b: Secret,
    /// The keys of its session.
    pub(super) enc: Secret,
    pub(super) mac: Secret,
    pub(super) ti: Option<[u8; 4]>,
    /// CmdCtr after the last message of its session, of EV2.
    pub(super) ctr: Option<u16>,
}

impl Message {
    pub(super) const fn is_ev2(&self) -> bool {
        matches!(self.channel, Channel::Ev2)
    }

    pub(super) const fn is_ev1(&self) -> bool {
        matches!(self.channel, Channel::Ev1(_))
    }

    pub(super) const fn is_d40(&self) -> bool {
        matches!(self.channel, Channel::D40)
    }

    pub(super) const fn is_command(&self) -> bool {
        matches!(self.side, Side::Command)
    }

    pub(super) const fn has_mac(&self) -> bool {
        matches!(
            (self.form, self.channel),
            (Form::Mac, _) | (_, Channel::Ev2)
        )
    }

    /// Enciphered data that is there.
    pub(super) fn is_sealed(&self) -> bool {
        self.form == Form::Full && !self.data.is_empty()
    }

    /// Enciphered data with a checksum, other than a key.
    pub(super) fn has_crc(&self) -> bool {
        self.is_sealed() && !self.is_ev2() && self.key.is_none()
    }

    /// The cipher of an EV1 session under `key`.
    pub(super) fn cipher(&self, key: &Secret) -> Option<Cipher> {
        match self.channel {
            Channel::Ev1(KeyType::Aes128) => Cipher::aes(key.expose()),
            Channel::Ev1(_) => Cipher::des(key.expose()),
            Channel::D40 | Channel::Ev2 => None,
        }
    }

    /// The CMAC of EV2 under `key`.
    pub(super) fn ev2_cmac(&self, key: &Secret, input: &[u8]) -> Option<Vec<u8>> {
        let mut last = self.last_key.borrow_mut();
        if last.as_ref().is_none_or(|(known, _)| known != key) {
            *last = Some((key.clone(), CmacKey::new(&key.aes128()?)));
        }
        let (_, schedule) = last.as_ref()?;
        Some(schedule.mac(&[input]).to_vec())
    }

    /// Length of a cipher block.
    pub(super) const fn block(&self) -> usize {
        match self.channel {
            Channel::Ev2 | Channel::Ev1(KeyType::Aes128) => 16,
            Channel::D40 | Channel::Ev1(_) => 8,
        }
    }

    /// Length of a MAC as sent.
    pub(super) const fn mac_len(&self) -> usize {
        match self.channel {
            Channel::D40 => 4,
            Channel::Ev1(_) | Channel::Ev2 => 8,
        }
    }
}

impl Subject for Message {
    type Recipe = Recipe;

    fn side(&self) -> Side {
        self.side
    }

    fn rules(&self) -> Recipe {
        self.rules.clone()
    }

    fn checks(&self, recipe: &Recipe) -> Option<Vec<Check>> {
        checks::of(self, recipe)
    }

    fn fitting(&self, recipe: &Recipe) -> Option<Vec<Check>> {
        // Most recipes fail here, and a MAC over what is sent needs no deciphering.
        let is_first = self.has_mac() && recipe.cover == Cover::Sealed;
        if is_first && !checks::mac(self, recipe, None)?.fits() {
            return None;
        }
        let checks = self.checks(recipe)?;
        (!checks.is_empty() && checks.iter().all(Check::fits)).then_some(checks)
    }

    fn is_proved(&self) -> bool {
        let key = self.key.as_ref();
        key.is_none_or(|key| key.form.own || !key.old.is_empty())
    }

    fn inputs(&self, recipe: &Recipe) -> Vec<Input> {
        let mut inputs = recipe.taken.clone();
        let around = &self.around;
        let keyed = around.opening.as_ref().map(|opening| opening.row);
        let mut add = |input: Input| {
            if inputs.iter().all(|known| known.label != input.label) {
                inputs.push(input);
            }
        };
        match self.channel {
            Channel::Ev2 => {
                add(Input::clear("CmdCtr", &recipe.ctr, Some(around.at)));
                if let Some(ti) = recipe.ti {
                    add(Input::clear("TI", &ti, around.started));
                }
                add(Input::secret("KSesAuthMAC", &recipe.mac, keyed));
                if self.is_sealed() {
                    add(Input::secret("KSesAuthENC", &recipe.enc, keyed));
                }
            }
            Channel::D40 | Channel::Ev1(_) => {
                if let super::recipe::Iv::Given(iv) = &recipe.iv {
                    add(Input::clear("IV", iv, None));
                }
                add(Input::secret("session key", &recipe.mac, keyed));
            }
        }
        inputs
    }

    fn shown(&self, recipe: &Recipe, by_rules: &[Check]) -> (Vec<u8>, Vec<u8>) {
        if let Some(key) = &self.key
            && recipe.key.kind != self.rules.key.kind
        {
            // At the wrong places of the key data stand bytes of the key.
            let bits = super::change_key::type_bits(recipe.key.kind);
            return (vec![key.key_no & 0x3F | bits], vec![key.key_no]);
        }
        let wrong = by_rules.iter().find(|check| !check.fits());
        wrong.map_or_else(Default::default, |check| {
            (check.expected.clone(), check.received.clone())
        })
    }
}

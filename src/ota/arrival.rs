//! What every sequence begins with: who the card is (top-up reference §4, steps 1 to 3).
//!
//! A random UID makes no key and no Transaction MAC (DESFire reference §6.2), so a card that shows one is asked for its own
//! in a session first. That session needs a key which is the same for all cards: the sequence's own where it is not
//! diversified, else the master key.

use crate::card::Aid;
use crate::dialogue::Step;

use super::host::{Context, Ending};

/// How far the beginning has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Arrival {
    #[default]
    Start,
    Uid,
    Select,
    Identify,
    CardUid,
}

impl Context {
    /// The next step before the sequence's own authentication with `key_no` of `aid`; `None` when that one comes next.
    /// `data` is the last answer.
    pub(super) fn arrive(&mut self, aid: Aid, key_no: u8, data: Vec<u8>) -> Ending<Option<Step>> {
        let (arrival, step) = match self.arrival {
            Arrival::Start => (Arrival::Uid, self.ask_uid()),
            Arrival::Uid => {
                if !is_random(&data) {
                    self.uid = data;
                }
                (Arrival::Select, self.select(aid))
            }
            Arrival::Select if self.uid.is_empty() => {
                let own = self.key(aid, key_no).is_ok();
                let key_no = if own { key_no } else { MASTER };
                (Arrival::Identify, self.authenticate(aid, key_no)?)
            }
            Arrival::Identify => (Arrival::CardUid, self.ask_card_uid()),
            Arrival::CardUid => {
                self.uid = data;
                return Ok(None);
            }
            Arrival::Select => return Ok(None),
        };
        self.arrival = arrival;
        Ok(Some(step))
    }
}

/// Whether a UID is a random one (DESFire reference §1.2).
fn is_random(uid: &[u8]) -> bool {
    matches!(uid, [0x08, _, _, _])
}

/// Number of the master key, of the PICC and of an application alike.
const MASTER: u8 = 0;

//! An authentication as a subject.
//!
//! The host's token holds RndA, which nobody else knows, and RndB', which the challenge tells: the latter is the evidence.
//! The card's proof holds RndA'.

use crate::apdu::{CommandApdu, ResponseApdu, Status};
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::cipher::{Block, Cipher};
use crate::keyring::Keyring;
use crate::secure_messaging::Verdict;
use crate::secure_messaging::handshake::AuthKey;
use crate::trace::{Authenticated, Event, Exchange};

use super::handshake::ENTRIES;
use super::known::{self, Known};
use super::mistake::{Explanation, Input, Side};
use super::search::{Check, Found, Space, Subject, search};

/// Authenticate.
pub(super) const D40: u8 = 0x0A;

/// One authentication under the key that the command names.
#[derive(Clone, Debug)]
pub(super) struct Handshake {
    side: Side,
    pub(super) ins: u8,
    /// The named key; `None` where it is not known.
    named: Option<AuthKey>,
    /// Other keys of the right types.
    pub(super) others: Vec<(AuthKey, Secret, Option<usize>)>,
    pub(super) zero: Vec<AuthKey>,
    challenge: Vec<u8>,
    token: Vec<u8>,
    proof: Vec<u8>,
    pub(super) is_refused: bool,
    at: usize,
}

/// How a cryptogram is made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The key of who made it.
    pub(super) key: Option<AuthKey>,
    pub(super) rotation: Rotation,
    /// RndB' before RndA.
    pub(super) is_swapped: bool,
    /// From a zero IV, where the rules chain it.
    pub(super) is_from_zero: bool,
    /// The host of D40 enciphered.
    pub(super) is_enciphered: bool,
    pub(super) taken: Vec<Input>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    Left,
    None,
    Right,
}

impl Rotation {
    fn of(self, random: &[u8]) -> Vec<u8> {
        let mut random = random.to_vec();
        match self {
            _ if random.is_empty() => {}
            Self::Left => random.rotate_left(1),
            Self::None => {}
            Self::Right => random.rotate_right(1),
        }
        random
    }
}

impl Handshake {
    pub(super) const fn is_host(&self) -> bool {
        matches!(self.side, Side::Command)
    }

    /// AuthenticateISO and AuthenticateAES chain the IV through all cryptograms.
    pub(super) const fn is_chained(&self) -> bool {
        matches!(self.ins, 0x1A | 0xAA)
    }

    fn iv(&self, cipher: &Cipher, before: &[u8], is_from_zero: bool) -> Block {
        let start = before.len().saturating_sub(cipher.block_len());
        let last = before.get(start..).and_then(|last| cipher.block(last));
        last.filter(|_| self.is_chained() && !is_from_zero)
            .unwrap_or_else(|| cipher.zero())
    }

    /// The token in clear.
    fn opened(&self, key: &AuthKey, made: &Made) -> Vec<u8> {
        let mut clear = self.token.clone();
        match key.cipher() {
            Cipher::Des(des, _) if self.ins == D40 && !made.is_enciphered => {
                des.receive(&mut clear);
            }
            cipher => {
                let iv = self.iv(cipher, &self.challenge, made.is_from_zero);
                cipher.decrypt(&iv, &mut clear);
            }
        }
        clear
    }

    fn rnd_b(&self, key: &AuthKey) -> Vec<u8> {
        let mut rnd_b = self.challenge.clone();
        key.cipher().decrypt(&key.cipher().zero(), &mut rnd_b);
        rnd_b
    }

    /// The two random numbers in the token, RndA first.
    fn halves(&self, key: &AuthKey, made: &Made) -> Option<(Vec<u8>, Vec<u8>)> {
        let clear = self.opened(key, made);
        let (first, second) = clear.split_at_checked(self.challenge.len())?;
        Some(if made.is_swapped {
            (second.to_vec(), first.to_vec())
        } else {
            (first.to_vec(), second.to_vec())
        })
    }

    fn host_checks(&self, made: &Made) -> Option<Vec<Check>> {
        let key = made.key.as_ref()?;
        let (_, got) = self.halves(key, made)?;
        let expected = made.rotation.of(&self.rnd_b(key));
        Some(vec![Check::new(Space::Clear, 0, &expected, &got)])
    }

    fn card_checks(&self, made: &Made) -> Option<Vec<Check>> {
        let key = made.key.as_ref()?;
        let (rnd_a, _) = self.halves(key, &self.rules())?;
        let mut clear = self.proof.clone();
        let cipher = key.cipher();
        let iv = self.iv(cipher, &self.token, made.is_from_zero);
        cipher.decrypt(&iv, &mut clear);
        // AuthenticateEV2First answers TI before it.
        let start = if self.ins == 0x71 { 4 } else { 0 };
        let got = clear.get(start..start + rnd_a.len())?;
        let expected = made.rotation.of(&rnd_a);
        Some(vec![Check::new(Space::Clear, start, &expected, got)])
    }

    /// The token by the rules with the RndA that the host drew.
    fn right_token(&self, made: &Made) -> Option<Vec<u8>> {
        let key = self.named.as_ref()?;
        let (rnd_a, _) = self.halves(made.key.as_ref()?, made)?;
        let mut token = [rnd_a, Rotation::Left.of(&self.rnd_b(key))].concat();
        match key.cipher() {
            Cipher::Des(des, _) if self.ins == D40 => des.send(&mut token),
            cipher => {
                let iv = self.iv(cipher, &self.challenge, false);
                cipher.encrypt(&iv, &mut token);
            }
        }
        Some(token)
    }

    /// The proof by the rules, with all else that the card put into it.
    fn right_proof(&self, made: &Made) -> Option<Vec<u8>> {
        let key = made.key.as_ref()?;
        let cipher = key.cipher();
        let (rnd_a, _) = self.halves(key, &self.rules())?;
        let mut proof = self.proof.clone();
        cipher.decrypt(&self.iv(cipher, &self.token, made.is_from_zero), &mut proof);
        let start = if self.ins == 0x71 { 4 } else { 0 };
        let place = proof.get_mut(start..start + rnd_a.len())?;
        let rotated = Rotation::Left.of(&rnd_a);
        place
            .iter_mut()
            .zip(rotated)
            .for_each(|(to, byte)| *to = byte);
        cipher.encrypt(&self.iv(cipher, &self.token, false), &mut proof);
        Some(proof)
    }
}

impl Subject for Handshake {
    type Recipe = Made;

    fn side(&self) -> Side {
        self.side
    }

    fn rules(&self) -> Made {
        Made {
            key: self.named.clone(),
            rotation: Rotation::Left,
            is_swapped: false,
            is_from_zero: false,
            is_enciphered: false,
            taken: Vec::new(),
        }
    }

    fn checks(&self, made: &Made) -> Option<Vec<Check>> {
        match self.side {
            Side::Command => self.host_checks(made),
            Side::Response => self.card_checks(made),
        }
    }

    fn inputs(&self, made: &Made) -> Vec<Input> {
        let mut inputs = made.taken.clone();
        inputs.push(Input::clear("challenge", &self.challenge, Some(self.at)));
        if self.side == Side::Response {
            inputs.push(Input::clear("token", &self.token, Some(self.at)));
        }
        inputs
    }

    /// The cryptograms: what is in them is secret.
    fn shown(&self, made: &Made, _by_rules: &[Check]) -> (Vec<u8>, Vec<u8>) {
        match self.side {
            Side::Command => (
                self.right_token(made).unwrap_or_default(),
                self.token.clone(),
            ),
            Side::Response => (
                self.right_proof(made).unwrap_or_default(),
                self.proof.clone(),
            ),
        }
    }
}

/// Explains an authentication; empty where nothing is wrong with it.
pub(super) fn explain(
    rows: &[Exchange],
    at: usize,
    events: &[Event],
    keyring: &Keyring,
) -> Vec<Explanation> {
    let Some(row) = rows.get(at).filter(|row| row.is_authentication()) else {
        return Vec::new();
    };
    let Some(frames) = frames(row, events) else {
        return Vec::new();
    };
    let number = row.command.as_deref().and_then(<[u8]>::first);
    let number = number.copied().unwrap_or_default() & 0x3F;
    let keys = known::keys(rows, at, keyring, number);
    let is_refused = row.status.is_some_and(|status| !status.is_success());
    let host = row.verdicts.auth_host != Verdict::Ok || is_refused;
    let card = row.verdicts.auth_card == Verdict::Bad;
    let sides = [(host, Side::Command), (card, Side::Response)].into_iter();
    let mut all = Vec::new();
    for side in sides.filter_map(|(wrong, side)| wrong.then_some(side)) {
        let subjects = subjects(row, at, side, &frames, &keys);
        let found: Vec<Found> = subjects
            .iter()
            .map(|subject| search(subject, &super::refs(&ENTRIES)))
            .collect();
        // One of the values that the key may have is right.
        if found.iter().any(|found| matches!(found, Found::Right)) {
            continue;
        }
        all.extend(found.into_iter().flat_map(Found::explanations));
    }
    all
}

/// Challenge, token and proof.
struct Frames {
    challenge: Vec<u8>,
    token: Vec<u8>,
    proof: Vec<u8>,
}

fn frames(row: &Exchange, events: &[Event]) -> Option<Frames> {
    let mut answers = row.responses(events);
    let challenge = ResponseApdu::parse(row.form, answers.next()?)?
        .data
        .to_vec();
    let proof = answers
        .next()
        .and_then(|bytes| ResponseApdu::parse(row.form, bytes));
    let token = CommandApdu::parse(row.commands(events).nth(1)?)
        .body
        .to_vec();
    let fits = matches!(challenge.len(), 8 | 16) && token.len() == 2 * challenge.len();
    fits.then(|| Frames {
        challenge,
        token,
        proof: proof.map(|answer| answer.data.to_vec()).unwrap_or_default(),
    })
}

/// Types and lengths of the keys that go with an authentication.
fn kinds(ins: u8, challenge: usize) -> &'static [(KeyType, usize)] {
    match (ins, challenge) {
        (0x1A, 16) => &[(KeyType::ThreeKey3Des, 24)],
        (D40 | 0x1A, _) => &[(KeyType::Des, 8), (KeyType::TwoKey3Des, 16)],
        _ => &[(KeyType::Aes128, 16)],
    }
}

fn subjects(
    row: &Exchange,
    at: usize,
    side: Side,
    frames: &Frames,
    keys: &[Known],
) -> Vec<Handshake> {
    let kinds = kinds(row.ins, frames.challenge.len());
    let made = |known: &Known| {
        let fits = kinds.iter().any(|(kind, _)| *kind == known.kind);
        AuthKey::new(known.kind, known.key.expose()).filter(|_| fits)
    };
    let is_zero = |known: &&Known| known.key.expose().iter().all(|byte| *byte == 0);
    let here: Vec<&Known> = keys.iter().filter(|known| known.is_here).collect();
    let others: Vec<_> = keys
        .iter()
        .filter(|known| !known.is_here && !is_zero(known))
        .filter_map(|known| Some((made(known)?, known.key.clone(), known.row)))
        .collect();
    let zero: Vec<AuthKey> = kinds
        .iter()
        .take(1)
        .filter(|_| !here.iter().any(is_zero))
        .filter_map(|(kind, len)| AuthKey::new(*kind, &vec![0; *len]))
        .collect();
    let subject = |named: Option<AuthKey>| Handshake {
        side,
        ins: row.ins,
        named,
        others: others.clone(),
        zero: zero.clone(),
        challenge: frames.challenge.clone(),
        token: frames.token.clone(),
        proof: frames.proof.clone(),
        is_refused: row
            .status
            .is_some_and(|status: Status| !status.is_success()),
        at,
    };
    // The key that the card proved, whatever number it has in the table.
    let proved = row
        .authentication
        .as_deref()
        .filter(|_| row.status.is_some_and(Status::is_success));
    let proved = proved.and_then(|seen| match seen {
        Authenticated::Ev2(seen) => AuthKey::new(KeyType::Aes128, &seen.key),
        Authenticated::Legacy { key, seen } => AuthKey::new(seen.kind, key.expose()),
    });
    if let Some(proved) = proved {
        return vec![subject(Some(proved))];
    }
    let named: Vec<AuthKey> = here.into_iter().filter_map(made).collect();
    if named.is_empty() {
        return vec![subject(None)];
    }
    named
        .into_iter()
        .map(|named| subject(Some(named)))
        .collect()
}

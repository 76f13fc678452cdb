//! Authenticate of D40, AuthenticateISO and AuthenticateAES of EV1 (DESFire reference §4.2, §4.3).

use super::{auth_key, exact, proof, verdict};
use crate::calculator::topics::session_keys::of_pieces;
use crate::calculator::{Inputs, Sheet, Slip};
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::des::DesKey;
use crate::secure_messaging::handshake::{AuthKey, rotated};

const SECTION: &str = "DESFire reference §4.2, §4.3";

/// How the cryptograms hang together.
enum Rules<'a> {
    /// Each from a zero IV; the host deciphers where others encipher.
    D40(&'a DesKey),
    /// One chain.
    Ev1(&'a Cipher),
}

impl<'a> Rules<'a> {
    fn of(key: &'a AuthKey, d40: bool) -> Result<Self, Slip> {
        match key.cipher() {
            cipher if !d40 => Ok(Self::Ev1(cipher)),
            Cipher::Des(des, _) if key.rnd_len() == 8 => Ok(Self::D40(des)),
            _ => {
                let text = format!("{}, des or 2k3des expected for D40", key.kind().name());
                Err(Slip::refused("type", text))
            }
        }
    }

    /// The IV of a cryptogram after another; EV1 only, where it is a step.
    fn iv(&self, sheet: &mut Sheet, label: &str, before: &[u8]) -> Result<Option<Block>, Slip> {
        let Self::Ev1(cipher) = self else {
            return Ok(None);
        };
        let at = before.len().saturating_sub(cipher.block_len());
        let last = before.get(at..).unwrap_or_default().to_vec();
        let last = sheet.step(label, "DESFire reference §4.3", last)?;
        sheet.need_len(cipher.block_len())?;
        Ok(Some(cipher.block(&last).unwrap_or_else(|| cipher.zero())))
    }

    fn open(&self, iv: Option<Block>, from_host: bool, bytes: &mut [u8]) {
        match self {
            Self::Ev1(cipher) => drop(cipher.decrypt(&iv.unwrap_or_else(|| cipher.zero()), bytes)),
            Self::D40(des) if from_host => des.receive(bytes),
            Self::D40(des) => des.cbc_decrypt([0; 8], bytes),
        }
    }

    fn seal(&self, iv: Option<Block>, from_host: bool, bytes: &mut [u8]) {
        match self {
            Self::Ev1(cipher) => drop(cipher.encrypt(&iv.unwrap_or_else(|| cipher.zero()), bytes)),
            Self::D40(des) if from_host => des.send(bytes),
            Self::D40(des) => des.cbc_encrypt([0; 8], bytes),
        }
    }
}

pub(super) fn read(inputs: &Inputs, sheet: &mut Sheet, d40: bool) -> Result<(), Slip> {
    let key = auth_key(inputs)?;
    let rules = Rules::of(&key, d40)?;
    let len = key.rnd_len();
    let challenge = exact(inputs, "challenge", len)?;
    let token = exact(inputs, "token", 2 * len)?;
    let mut rnd_b = challenge.to_vec();
    rules.open(None, false, &mut rnd_b);
    let rnd_b = sheet.secret_result("RndB", SECTION, rnd_b)?;
    sheet.need_len(len)?;
    let iv = rules.iv(sheet, "IV of the token", challenge)?;
    let mut clear = token.to_vec();
    rules.open(iv, true, &mut clear);
    let clear = sheet.secret_step("Token deciphered", SECTION, clear)?;
    sheet.need_len(2 * len)?;
    let (rnd_a, got) = clear.split_at_checked(len).unwrap_or_default();
    let rnd_a = sheet.secret_result("RndA", SECTION, rnd_a.to_vec())?;
    sheet.need_len(len)?;
    let expected = sheet.secret_step("RndB'", SECTION, rotated(&rnd_b))?;
    let host = proof(sheet, "RndB'", SECTION, (&expected, got));
    let mut card = None;
    if inputs.given("answer").is_some() {
        let iv = rules.iv(sheet, "IV of the answer", token)?;
        let mut clear = exact(inputs, "answer", len)?.to_vec();
        rules.open(iv, false, &mut clear);
        let clear = sheet.secret_step("Answer deciphered", SECTION, clear)?;
        let expected = sheet.secret_step("RndA'", SECTION, rotated(&rnd_a))?;
        card = Some(proof(sheet, "RndA'", SECTION, (&expected, &clear)));
    }
    verdict(sheet, host, card);
    session_key(sheet, &key, &rnd_a, &rnd_b)
}

pub(super) fn make(inputs: &Inputs, sheet: &mut Sheet, d40: bool) -> Result<(), Slip> {
    let key = auth_key(inputs)?;
    let rules = Rules::of(&key, d40)?;
    let len = key.rnd_len();
    let rnd_a = exact(inputs, "rnd-a", len)?.to_vec();
    let rnd_a = sheet.secret_step("RndA", SECTION, rnd_a)?;
    sheet.need_len(len)?;
    let rnd_b = exact(inputs, "rnd-b", len)?.to_vec();
    let rnd_b = sheet.secret_step("RndB", SECTION, rnd_b)?;
    sheet.need_len(len)?;
    let mut challenge = rnd_b.clone();
    rules.seal(None, false, &mut challenge);
    let challenge = sheet.result("Challenge", SECTION, challenge)?;
    sheet.need_len(len)?;
    let rotated_b = sheet.secret_step("RndB'", SECTION, rotated(&rnd_b))?;
    sheet.need_len(len)?;
    let iv = rules.iv(sheet, "IV of the token", &challenge)?;
    let mut token = [&rnd_a[..], &rotated_b].concat();
    rules.seal(iv, true, &mut token);
    let token = sheet.result("Token", SECTION, token)?;
    sheet.need_len(2 * len)?;
    let mut answer = sheet.secret_step("RndA'", SECTION, rotated(&rnd_a))?;
    sheet.need_len(len)?;
    let iv = rules.iv(sheet, "IV of the answer", &token)?;
    rules.seal(iv, false, &mut answer);
    sheet.result("Answer", SECTION, answer)?;
    session_key(sheet, &key, &rnd_a, &rnd_b)
}

/// The session key of both numbers.
pub(super) fn session_key(
    sheet: &mut Sheet,
    key: &AuthKey,
    rnd_a: &[u8],
    rnd_b: &[u8],
) -> Result<(), Slip> {
    sheet.heading("Session");
    of_pieces(sheet, key.kind(), rnd_a, rnd_b).map(drop)
}

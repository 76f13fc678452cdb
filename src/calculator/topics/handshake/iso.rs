//! GET CHALLENGE, EXTERNAL AUTHENTICATE and INTERNAL AUTHENTICATE (DESFire reference §1.5).

use super::legacy::session_key;
use super::{auth_key, exact, proof, verdict};
use crate::calculator::{Inputs, Sheet, Slip};
use crate::crypto::cipher::{Block, Cipher};

const SECTION: &str = "DESFire reference §1.5";

/// The IV of the answer: the last block of the token.
fn iv(sheet: &mut Sheet, cipher: &Cipher, last: Block) -> Result<Block, Slip> {
    let bytes = sheet.step("IV of the answer", SECTION, last.as_ref().to_vec())?;
    sheet.need_len(cipher.block_len())?;
    Ok(cipher.block(&bytes).unwrap_or_else(|| cipher.zero()))
}

pub(super) fn read(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let key = auth_key(inputs)?;
    let (cipher, len) = (key.cipher(), key.rnd_len());
    let rpicc1 = exact(inputs, "challenge", len)?;
    let mut token = exact(inputs, "token", 2 * len)?.to_vec();
    let last = cipher.decrypt(&cipher.zero(), &mut token);
    let token = sheet.secret_step("Token deciphered", SECTION, token)?;
    sheet.need_len(2 * len)?;
    let (rpcd1, got) = token.split_at_checked(len).unwrap_or_default();
    let rpcd1 = sheet.secret_result("RndA, RPCD1", SECTION, rpcd1.to_vec())?;
    sheet.need_len(len)?;
    let host = proof(sheet, "RPICC1", SECTION, (rpicc1, got));
    if inputs.given("answer").is_none() {
        verdict(sheet, host, None);
        sheet.note("RndB stands in the answer to INTERNAL AUTHENTICATE, so there is no session key without it");
        return Ok(());
    }
    let rpcd2 = exact(inputs, "rpcd2", len)?;
    let iv = iv(sheet, cipher, last)?;
    let mut answer = exact(inputs, "answer", 2 * len)?.to_vec();
    cipher.decrypt(&iv, &mut answer);
    let answer = sheet.secret_step("Answer deciphered", SECTION, answer)?;
    sheet.need_len(2 * len)?;
    let (rpicc2, echo) = answer.split_at_checked(len).unwrap_or_default();
    let rpicc2 = sheet.secret_result("RndB, RPICC2", SECTION, rpicc2.to_vec())?;
    sheet.need_len(len)?;
    let card = proof(sheet, "RPCD2", SECTION, (rpcd2, echo));
    verdict(sheet, host, Some(card));
    session_key(sheet, &key, &rpcd1, &rpicc2)
}

pub(super) fn make(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let key = auth_key(inputs)?;
    let (cipher, len) = (key.cipher(), key.rnd_len());
    let rpcd1 = exact(inputs, "rnd-a", len)?.to_vec();
    let rpcd1 = sheet.secret_step("RndA, RPCD1", SECTION, rpcd1)?;
    sheet.need_len(len)?;
    let rpicc2 = exact(inputs, "rnd-b", len)?.to_vec();
    let rpicc2 = sheet.secret_step("RndB, RPICC2", SECTION, rpicc2)?;
    sheet.need_len(len)?;
    let token = [&rpcd1[..], exact(inputs, "rpicc1", len)?].concat();
    let mut token = sheet.secret_step("Token, not enciphered", SECTION, token)?;
    sheet.need_len(2 * len)?;
    let last = cipher.encrypt(&cipher.zero(), &mut token);
    sheet.result("Token", SECTION, token)?;
    let iv = iv(sheet, cipher, last)?;
    let mut answer = [&rpicc2[..], exact(inputs, "rpcd2", len)?].concat();
    cipher.encrypt(&iv, &mut answer);
    sheet.result("Answer", SECTION, answer)?;
    session_key(sheet, &key, &rpcd1, &rpicc2)
}

//! AuthenticateEV2First and NonFirst (DESFire reference §4.4).

use super::{Block, array, proof, verdict};
use crate::calculator::topics::session_keys::of_ev2;
use crate::calculator::{Inputs, Sheet, Slip};
use crate::crypto::aes::{AesKey, BLOCK};
use crate::secure_messaging::handshake::{FirstProof, rotated};

const SECTION: &str = "DESFire reference §4.4, AN12343 §5";

pub(super) fn read(inputs: &Inputs, sheet: &mut Sheet, first: bool) -> Result<(), Slip> {
    let key: Block = array(inputs, "key")?;
    let cipher = AesKey::new(&key);
    let challenge: Block = array(inputs, "challenge")?;
    let mut token: [u8; 2 * BLOCK] = array(inputs, "token")?;
    let rnd_b = sheet.secret_result("RndB", SECTION, cipher.decrypt_block(challenge))?;
    cipher.cbc_decrypt(&[0; BLOCK], &mut token);
    let token = sheet.secret_step("Token deciphered", SECTION, token)?;
    let (rnd_a, got) = halves(token);
    let rnd_a = sheet.secret_result("RndA", SECTION, rnd_a)?;
    let expected = sheet.secret_step("RndB'", SECTION, rotate(rnd_b))?;
    let host = proof(sheet, "RndB'", SECTION, (&expected, &got));
    let mut card = None;
    if inputs.given("answer").is_some() {
        let expected = sheet.secret_step("RndA'", SECTION, rotate(rnd_a))?;
        let got = if first {
            let mut answer: [u8; 2 * BLOCK] = array(inputs, "answer")?;
            cipher.cbc_decrypt(&[0; BLOCK], &mut answer);
            let clear =
                FirstProof::read(sheet.secret_step("Answer deciphered", SECTION, answer)?);
            sheet.result("TI", SECTION, clear.ti)?;
            sheet.result("PDcap2", SECTION, clear.pdcap2)?;
            sheet.result("PCDcap2", SECTION, clear.pcdcap2)?;
            clear.rotated_rnd_a
        } else {
            let clear = cipher.decrypt_block(array(inputs, "answer")?);
            sheet.secret_step("Answer deciphered", SECTION, clear)?
        };
        card = Some(proof(sheet, "RndA'", SECTION, (&expected, &got)));
    }
    verdict(sheet, host, card);
    sheet.heading("Session keys");
    of_ev2(sheet, &key, &rnd_a, &rnd_b)
}

pub(super) fn make(inputs: &Inputs, sheet: &mut Sheet, first: bool) -> Result<(), Slip> {
    let key: Block = array(inputs, "key")?;
    let cipher = AesKey::new(&key);
    let rnd_a = sheet.secret_step("RndA", SECTION, array::<BLOCK>(inputs, "rnd-a")?)?;
    let rnd_b = sheet.secret_step("RndB", SECTION, array::<BLOCK>(inputs, "rnd-b")?)?;
    sheet.result("Challenge", SECTION, cipher.encrypt_block(rnd_b))?;
    let rotated_b = sheet.secret_step("RndB'", SECTION, rotate(rnd_b))?;
    let mut token = [&rnd_a[..], &rotated_b].concat();
    cipher.cbc_encrypt(&[0; BLOCK], &mut token);
    sheet.result("Token", SECTION, token)?;
    let rotated_a = sheet.secret_step("RndA'", SECTION, rotate(rnd_a))?;
    match (first, inputs.given_array("ti")?) {
        (false, _) => drop(sheet.result("Answer", SECTION, cipher.encrypt_block(rotated_a))?),
        (true, None) => sheet.note("The answer holds TI, which is not given"),
        (true, Some(ti)) => {
            let clear = FirstProof {
                ti,
                rotated_rnd_a: rotated_a,
                pdcap2: inputs.array("pdcap2")?,
                pcdcap2: inputs.array("pcdcap2")?,
            };
            let mut answer = sheet.secret_step("Answer, not enciphered", SECTION, clear.clear())?;
            cipher.cbc_encrypt(&[0; BLOCK], &mut answer);
            sheet.result("Answer", SECTION, answer)?;
        }
    }
    sheet.heading("Session keys");
    of_ev2(sheet, &key, &rnd_a, &rnd_b)
}

fn rotate(rnd: Block) -> Block {
    rotated(&rnd).try_into().unwrap_or(rnd)
}

pub(super) fn halves(bytes: [u8; 2 * BLOCK]) -> (Block, Block) {
    let mut bytes = bytes.into_iter();
    let mut next = || bytes.next().unwrap_or_default();
    (
        std::array::from_fn(|_| next()),
        std::array::from_fn(|_| next()),
    )
}

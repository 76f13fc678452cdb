//! AuthenticateLRPFirst and NonFirst (DESFire reference §4.5).

use super::ev2::halves;
use super::{Block, array, proof, verdict};
use crate::calculator::topics::session_keys::of_lrp;
use crate::calculator::{Inputs, Sheet, Slip};
use crate::crypto::aes::BLOCK;
use crate::secure_messaging::handshake::lrp::FirstClear;

const SECTION: &str = "DESFire reference §4.5, AN12343 table 19";

/// EncCtr of First's answer.
const FIRST: [u8; 4] = [0; 4];

pub(super) fn read(inputs: &Inputs, sheet: &mut Sheet, first: bool) -> Result<(), Slip> {
    let key: Block = array(inputs, "key")?;
    let rnd_b = challenge(inputs.bytes("challenge")?)?;
    let (rnd_a, host_mac) = halves(array(inputs, "token")?);
    let rnd_b = sheet.step("RndB", SECTION, rnd_b)?;
    let rnd_a = sheet.step("RndA", SECTION, rnd_a)?;
    let keys = of_lrp(sheet, &key, &rnd_a, &rnd_b)?;
    let mac = keys.mac_primitive();
    sheet.heading("Proofs");
    let input = sheet.step("Host MAC input", SECTION, [rnd_a, rnd_b].concat())?;
    let expected = sheet.step("Host MAC", SECTION, mac.mac(&[&input]))?;
    let host = proof(sheet, "Host MAC", SECTION, (&expected, &host_mac));
    let mut card = None;
    if inputs.given("answer").is_some() {
        let mut input = [rnd_b, rnd_a].concat();
        let got = if first {
            let (mut block, got) = halves(array(inputs, "answer")?);
            input.extend(block);
            keys.enc_primitive().decrypt(&mut FIRST.clone(), &mut block);
            let clear = FirstClear::read(sheet.step("Answer deciphered", SECTION, block)?);
            sheet.result("TI", SECTION, clear.ti)?;
            sheet.result("PDcap2", SECTION, clear.pdcap2)?;
            sheet.result("PCDcap2", SECTION, clear.pcdcap2)?;
            got
        } else {
            array(inputs, "answer")?
        };
        let input = sheet.step("Card MAC input", SECTION, input)?;
        let expected = sheet.step("Card MAC", SECTION, mac.mac(&[&input]))?;
        card = Some(proof(sheet, "Card MAC", SECTION, (&expected, &got)));
    }
    verdict(sheet, host, card);
    Ok(())
}

/// RndB, which the card sends in clear after 01; that byte may be left out.
fn challenge(bytes: &[u8]) -> Result<Block, Slip> {
    let rnd_b = match bytes {
        [0x01, rnd_b @ ..] if rnd_b.len() == BLOCK => rnd_b,
        other => other,
    };
    let text = match bytes {
        [first, rest @ ..] if rest.len() == BLOCK => {
            format!("17 bytes that begin with {first:02X}, a leading 01 expected")
        }
        _ => format!(
            "{} bytes, 16 or with the leading 01 17 expected",
            bytes.len()
        ),
    };
    rnd_b
        .try_into()
        .map_err(|_| Slip::refused("challenge", text))
}

pub(super) fn make(inputs: &Inputs, sheet: &mut Sheet, first: bool) -> Result<(), Slip> {
    let key: Block = array(inputs, "key")?;
    let rnd_a = sheet.step("RndA", SECTION, array::<BLOCK>(inputs, "rnd-a")?)?;
    let rnd_b = sheet.step("RndB", SECTION, array::<BLOCK>(inputs, "rnd-b")?)?;
    sheet.result("Challenge", SECTION, [&[0x01], &rnd_b[..]].concat())?;
    let keys = of_lrp(sheet, &key, &rnd_a, &rnd_b)?;
    let mac = keys.mac_primitive();
    sheet.heading("Cryptograms");
    let input = sheet.step("Host MAC input", SECTION, [rnd_a, rnd_b].concat())?;
    let host = sheet.step("Host MAC", SECTION, mac.mac(&[&input]))?;
    sheet.result("Token", SECTION, [rnd_a, host].concat())?;
    let mut sent = Vec::new();
    if first {
        let Some(ti) = inputs.given_array("ti")? else {
            sheet.note("The answer holds TI, which is not given");
            return Ok(());
        };
        let clear = FirstClear {
            ti,
            pdcap2: inputs.array("pdcap2")?,
            pcdcap2: inputs.array("pcdcap2")?,
        };
        let mut block = sheet.step("Answer, not enciphered", SECTION, clear.clear())?;
        keys.enc_primitive().encrypt(&mut FIRST.clone(), &mut block);
        sent = sheet
            .step("Answer, enciphered part", SECTION, block)?
            .to_vec();
    }
    let input = [&rnd_b[..], &rnd_a, &sent].concat();
    let input = sheet.step("Card MAC input", SECTION, input)?;
    let card = sheet.step("Card MAC", SECTION, mac.mac(&[&input]))?;
    sheet.result("Answer", SECTION, [&sent[..], &card].concat())?;
    Ok(())
}

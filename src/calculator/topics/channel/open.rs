//! A message taken apart, step by step, with its checks (DESFire reference §4.2 to §4.5).

use super::seal::{self, D40_SECTION, EV1_SECTION, EV2_SECTION, LRP_SECTION};
use super::{Position, Session, put, put_result};
use crate::calculator::{Sheet, Slip};
use crate::card::CommMode;
use crate::crypto::aes::BLOCK;
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::cmac::odd_bytes;
use crate::crypto::crc::{crc16, crc32};
use crate::crypto::des::{self, DesKey};
use crate::crypto::padding::unpad_m2;
use crate::secure_messaging::ev1::truncated;
use crate::secure_messaging::{D40, Direction, Ev1, Extent, MAC_LEN, Verdict, mac_prefix};

/// A message as it was received.
pub(in crate::calculator::topics) struct Received {
    /// Who sent it.
    pub(in crate::calculator::topics) side: Direction,
    /// Command code or status.
    pub(in crate::calculator::topics) code: u8,
    /// What follows the command code or stands beside the status.
    pub(in crate::calculator::topics) body: Vec<u8>,
    /// Clear bytes in front.
    pub(in crate::calculator::topics) header_len: usize,
    /// How it is protected.
    pub(in crate::calculator::topics) mode: CommMode,
    /// How its padding is told from its data (EV1, D40).
    pub(in crate::calculator::topics) extent: Extent,
    /// The data holds key material.
    pub(in crate::calculator::topics) secret: bool,
}

impl Received {
    /// Header and the rest, the first as a result where there is one.
    fn cut(&self, sheet: &mut Sheet, body: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Slip> {
        let at = self.header_len.min(body.len());
        let (header, rest) = body.split_at(at);
        let mut header = header.to_vec();
        if !header.is_empty() {
            header = sheet.result("Header", "DESFire reference §2", header)?;
        }
        Ok((header, rest.to_vec()))
    }

    fn data(&self, sheet: &mut Sheet, data: Vec<u8>) -> Result<Vec<u8>, Slip> {
        put_result(sheet, self.secret, "Data", "", data)
    }

    /// Whether it crossed the interface with key material in clear.
    fn tells_key(&self) -> bool {
        self.secret && (self.mode != CommMode::Full || self.body.len() <= self.header_len)
    }
}

impl Session {
    /// Takes the protection off, with a check of all that can be checked; gives the data.
    pub(in crate::calculator::topics) fn open(
        &self,
        sheet: &mut Sheet,
        message: &Received,
    ) -> Result<Vec<u8>, Slip> {
        match self {
            Self::D40(key) => d40(key, sheet, message),
            Self::Ev1(cipher, iv) => ev1(cipher, *iv, sheet, message),
            Self::Ev2 { mac, at, .. } => {
                let counter = at.counter(sheet, message.side)?;
                let mac = |input: &[u8]| mac.mac(&[input]);
                let body = checked(sheet, message, *at, counter, EV2_SECTION, mac)?;
                let (_, data) = message.cut(sheet, &body)?;
                if message.mode != CommMode::Full || data.is_empty() {
                    return finished(sheet, message, data, counter);
                }
                let key = self.enc()?;
                let mut data = whole_blocks(sheet, data)?;
                let iv = seal::ev2_iv(sheet, key, message.side, *at, counter)?;
                key.cbc_decrypt(&iv, &mut data);
                let data = unpadded(sheet, message, data, EV2_SECTION)?;
                finished(sheet, message, data, counter)
            }
            Self::Lrp { keys, enc_ctr, at } => {
                let counter = at.counter(sheet, message.side)?;
                let primitive = keys.mac_primitive();
                let mac = |input: &[u8]| primitive.mac(&[input]);
                let body = checked(sheet, message, *at, counter, LRP_SECTION, mac)?;
                let (_, data) = message.cut(sheet, &body)?;
                if message.mode != CommMode::Full || data.is_empty() {
                    return finished(sheet, message, data, counter);
                }
                let mut data = whole_blocks(sheet, data)?;
                let enc_ctr = enc_ctr.to_be_bytes();
                let mut enc_ctr = sheet.step("EncCtr", LRP_SECTION, enc_ctr)?;
                keys.enc_primitive().decrypt(&mut enc_ctr, &mut data);
                let data = unpadded(sheet, message, data, LRP_SECTION)?;
                sheet.result("Next EncCtr", LRP_SECTION, enc_ctr)?;
                finished(sheet, message, data, counter)
            }
        }
    }

    /// Deciphers the text of a ChangeKey of EV1 or D40.
    pub(in crate::calculator::topics) fn decipher_key(
        &self,
        sheet: &mut Sheet,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, Slip> {
        let mut data = sheet.step("Ciphertext", "DESFire reference §4.6", data)?;
        sheet.need_blocks(self.block_len())?;
        match self {
            Self::D40(key) => key.receive(&mut data),
            Self::Ev1(cipher, iv) => {
                let iv = seal::ev1_iv(cipher, *iv, sheet)?;
                let next = cipher.decrypt(&iv, &mut data);
                sheet.result("Next IV", EV1_SECTION, next.as_ref().to_vec())?;
            }
            Self::Ev2 { .. } | Self::Lrp { .. } => {}
        }
        sheet.secret_step("Deciphered", "DESFire reference §4.6", data)
    }
}

/// The body without its MAC, which is checked.
fn checked(
    sheet: &mut Sheet,
    message: &Received,
    at: Position,
    counter: u16,
    section: &'static str,
    mac: impl Fn(&[u8]) -> [u8; BLOCK],
) -> Result<Vec<u8>, Slip> {
    if message.mode == CommMode::Plain {
        return Ok(message.body.clone());
    }
    let (body, got) = match message.body.split_last_chunk::<MAC_LEN>() {
        Some((body, got)) => (body, &got[..]),
        None => (&message.body[..], &[][..]),
    };
    let prefix = mac_prefix(message.code, counter, at.ti);
    let input = seal::mac_input(sheet, message.tells_key(), prefix, body, section)?;
    let cmac = sheet.step("CMAC", section, mac(&input))?;
    let mact = sheet.step("MACt, odd bytes", section, odd_bytes(cmac))?;
    if !sheet.check("Received MACt", section, &mact, got) {
        let made = |counter| {
            odd_bytes(mac(
                &[&mac_prefix(message.code, counter, at.ti)[..], body].concat()
            ))
        };
        let near = counter.saturating_sub(NEAR)..=counter.saturating_add(NEAR);
        match near.into_iter().find(|near| made(*near) == got) {
            Some(fitting) => sheet.note(format!(
                "It fits with {fitting} in the place of CmdCtr, {counter} is there"
            )),
            None => sheet.note(format!(
                "No CmdCtr within {NEAR} of {counter} fits: another KSesAuthMAC or TI, or not all bytes of the message"
            )),
        }
    }
    Ok(body.to_vec())
}

/// Counters tried to each side where a MAC does not fit.
const NEAR: u16 = 64;

fn whole_blocks(sheet: &mut Sheet, data: Vec<u8>) -> Result<Vec<u8>, Slip> {
    let len = data.len();
    let data = sheet.step("Ciphertext", EV2_SECTION, data)?;
    sheet.need_blocks(BLOCK)?;
    if !data.len().is_multiple_of(BLOCK) {
        return Err(not_whole(len, BLOCK));
    }
    Ok(data)
}

fn not_whole(len: usize, block: usize) -> Slip {
    Slip::refused(
        "frame",
        format!("{len} enciphered bytes, a multiple of {block} expected"),
    )
    .hint("Another mode, or another length of the header")
}

fn unpadded(
    sheet: &mut Sheet,
    message: &Received,
    data: Vec<u8>,
    section: &'static str,
) -> Result<Vec<u8>, Slip> {
    let mut data = put(sheet, message.secret, "Deciphered", section, data)?;
    match unpad_m2(&data, BLOCK) {
        Some(end) => {
            data.truncate(end);
            sheet.verdict("Padding", section, true, "80 and zeros at the end");
        }
        None => sheet.verdict(
            "Padding",
            section,
            false,
            "no 80 and zeros at the end: another KSesAuthENC, counter or TI",
        ),
    }
    Ok(data)
}

fn finished(
    sheet: &mut Sheet,
    message: &Received,
    data: Vec<u8>,
    counter: u16,
) -> Result<Vec<u8>, Slip> {
    let data = message.data(sheet, data)?;
    if message.side == Direction::Response {
        sheet.result("Next CmdCtr", "LSB first", counter.to_le_bytes())?;
    }
    Ok(data)
}

fn ev1(cipher: &Cipher, iv: Block, sheet: &mut Sheet, message: &Received) -> Result<Vec<u8>, Slip> {
    let iv = seal::ev1_iv(cipher, iv, sheet)?;
    let has_data = message.body.len() > message.header_len;
    let is_answer = message.side == Direction::Response;
    let is_enciphered = message.mode == CommMode::Full && (has_data || is_answer);
    if is_enciphered && !is_mac_alone(cipher, &iv, message) {
        return ev1_deciphered(cipher, &iv, sheet, message);
    }
    let has_mac = is_answer || message.mode == CommMode::Mac && has_data;
    let (body, got) = match message.body.split_last_chunk::<{ Ev1::MAC_LEN }>() {
        Some((body, got)) if has_mac => (body, &got[..]),
        _ => (&message.body[..], &[][..]),
    };
    let covered = seal::covered(message.side, message.code, body);
    let (_, mac) = seal::ev1_mac(cipher, &iv, sheet, message.tells_key(), covered)?;
    if !has_mac {
        sheet.note("The CMAC is not sent, but it is the IV of the answer");
    } else if !sheet.check("Received MAC", EV1_SECTION, &mac, got) {
        sheet.note(
            "Another session key or IV: every message of the session moves the IV, plain ones too",
        );
    }
    let (_, data) = message.cut(sheet, body)?;
    message.data(sheet, data)
}

/// Whether it is the answer to an enciphered command, which has nothing to encipher and so carries a CMAC (§4.3).
fn is_mac_alone(cipher: &Cipher, iv: &Block, message: &Received) -> bool {
    let covered = seal::covered(message.side, message.code, &[]);
    let mac = truncated(&cipher.cmac(iv, &[&covered]));
    message.side == Direction::Response && message.body == mac
}

/// What the 8 bytes of an answer in mode Full are, when nothing fits.
const MAC_ALONE: &str =
    "An answer to an enciphered command carries a CMAC alone, which mode mac checks";

fn ev1_deciphered(
    cipher: &Cipher,
    iv: &Block,
    sheet: &mut Sheet,
    message: &Received,
) -> Result<Vec<u8>, Slip> {
    let (header, data) = message.cut(sheet, &message.body)?;
    let mut data = sheet.step("Ciphertext", EV1_SECTION, data)?;
    let block = cipher.block_len();
    sheet.need_blocks(block)?;
    let may_be_mac = message.side == Direction::Response && message.body.len() == Ev1::MAC_LEN;
    if data.is_empty() || !data.len().is_multiple_of(block) {
        let slip = not_whole(data.len(), block);
        return Err(if may_be_mac {
            slip.hint(MAC_ALONE)
        } else {
            slip
        });
    }
    let next = cipher.decrypt(iv, &mut data);
    let clear = put(sheet, message.secret, "Deciphered", EV1_SECTION, data)?;
    let covered =
        |data: &[u8]| seal::covered(message.side, message.code, &[&header, data].concat());
    let found = message
        .extent
        .find(&clear, 0, block, |data| crc32(&covered(data)));
    let data = clear
        .get(..found.len.unwrap_or_default())
        .unwrap_or_default();
    let data = message.data(sheet, data.to_vec())?;
    if found.len.is_none() {
        no_length(sheet, EV1_SECTION, "session key, IV, header or status");
    } else {
        let input = put(
            sheet,
            message.secret,
            "CRC32 input",
            EV1_SECTION,
            covered(&data),
        )?;
        let crc = sheet.step("CRC32", EV1_SECTION, crc32(&input))?;
        sheet.check("Received CRC32", EV1_SECTION, &crc, found.crc.got.as_ref());
        padding(sheet, EV1_SECTION, found.padding);
    }
    if may_be_mac && sheet.is_wrong() {
        sheet.note(MAC_ALONE);
    }
    sheet.result("Next IV", EV1_SECTION, next.as_ref().to_vec())?;
    Ok(data)
}

fn no_length(sheet: &mut Sheet, section: &'static str, causes: &str) {
    let text = format!("no length of the data gives the checksum after it: another {causes}");
    sheet.verdict("Checksum", section, false, text);
}

fn padding(sheet: &mut Sheet, section: &'static str, verdict: Verdict) {
    let (holds, text) = match verdict {
        Verdict::Ok => (true, "only padding after the checksum"),
        _ => (false, "more than padding after the checksum"),
    };
    sheet.verdict("Padding", section, holds, text);
}

/// Why D40 protects nothing here (§4.2).
fn nothing(side: Direction, form: &str) -> String {
    match side {
        Direction::Command => format!("No data, so no {form}"),
        Direction::Response => {
            format!("No data, so no {form}; if it answers a read, its data is missing")
        }
    }
}

fn d40(key: &DesKey, sheet: &mut Sheet, message: &Received) -> Result<Vec<u8>, Slip> {
    if message.mode == CommMode::Mac {
        let (clear, got) = match message.body.split_last_chunk::<{ D40::MAC_LEN }>() {
            Some((clear, got)) if clear.len() >= message.header_len => (clear, &got[..]),
            _ => (&message.body[..], &[][..]),
        };
        let (_, data) = message.cut(sheet, clear)?;
        if data.is_empty() && got.is_empty() {
            sheet.note(nothing(message.side, "MAC"));
        } else {
            let mac = seal::d40_mac(key, sheet, message.tells_key(), data.clone())?;
            sheet.check("Received MAC", D40_SECTION, &mac, got);
        }
        return message.data(sheet, data);
    }
    let (_, data) = message.cut(sheet, &message.body)?;
    if message.mode == CommMode::Plain || data.is_empty() {
        if message.mode == CommMode::Full {
            sheet.note(nothing(message.side, "cryptogram"));
        }
        return message.data(sheet, data);
    }
    let mut data = sheet.step("Ciphertext", D40_SECTION, data)?;
    sheet.need_blocks(des::BLOCK)?;
    if data.is_empty() || !data.len().is_multiple_of(des::BLOCK) {
        return Err(not_whole(data.len(), des::BLOCK));
    }
    match message.side {
        Direction::Command => key.receive(&mut data),
        Direction::Response => key.cbc_decrypt([0; des::BLOCK], &mut data),
    }
    let clear = put(sheet, message.secret, "Deciphered", D40_SECTION, data)?;
    let found = message.extent.find(&clear, 0, des::BLOCK, crc16);
    let data = clear
        .get(..found.len.unwrap_or_default())
        .unwrap_or_default();
    let data = message.data(sheet, data.to_vec())?;
    if found.len.is_none() {
        no_length(sheet, D40_SECTION, "session key");
        return Ok(data);
    }
    let crc = sheet.step("CRC16", D40_SECTION, crc16(&data))?;
    sheet.check("Received CRC16", D40_SECTION, &crc, found.crc.got.as_ref());
    padding(sheet, D40_SECTION, found.padding);
    Ok(data)
}

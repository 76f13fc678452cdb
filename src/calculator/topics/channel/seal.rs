//! A message protected, step by step (DESFire reference §4.2 to §4.5).

use super::{Position, Session, put, put_result};
use crate::apdu::{CommandApdu, FrameForm, ResponseApdu, Status};
use crate::calculator::{Sheet, Slip};
use crate::card::CommMode;
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::cmac::odd_bytes;
use crate::crypto::crc::{crc16, crc32};
use crate::crypto::des::{self, DesKey};
use crate::crypto::padding::{pad_m2, pad_zero};
use crate::secure_messaging::handshake::lrp::SessionKeys;
use crate::secure_messaging::{D40, Direction, Extent, ev1, mac_prefix};

pub(super) const D40_SECTION: &str = "DESFire reference §4.2";
pub(super) const EV1_SECTION: &str = "DESFire reference §4.3";
pub(super) const EV2_SECTION: &str = "DESFire reference §4.4, AN12343 §5";
pub(super) const LRP_SECTION: &str = "DESFire reference §4.5";

/// A message before its protection.
pub(in crate::calculator::topics) struct Message {
    /// Who sends it.
    pub(in crate::calculator::topics) side: Direction,
    /// Command code or status.
    pub(in crate::calculator::topics) code: u8,
    /// What always travels in clear; empty in answers.
    pub(in crate::calculator::topics) header: Vec<u8>,
    /// The rest.
    pub(in crate::calculator::topics) data: Vec<u8>,
    /// How it is protected.
    pub(in crate::calculator::topics) mode: CommMode,
    /// How its padding is told from its data (EV1, D40).
    pub(in crate::calculator::topics) extent: Extent,
    /// The data holds key material.
    pub(in crate::calculator::topics) secret: bool,
}

impl Message {
    fn body(&self, data: &[u8]) -> Vec<u8> {
        [&self.header, data].concat()
    }

    /// What CMAC and CRC32 of EV1 cover.
    fn covered(&self) -> Vec<u8> {
        covered(self.side, self.code, &self.body(&self.data))
    }

    fn is_enciphered(&self) -> bool {
        self.mode == CommMode::Full && !self.data.is_empty()
    }

    /// Whether it crosses the interface with key material in clear.
    pub(in crate::calculator::topics) fn tells_key(&self) -> bool {
        self.secret && !self.is_enciphered()
    }
}

/// What CMAC and CRC32 of EV1 cover.
pub(super) fn covered(side: Direction, code: u8, body: &[u8]) -> Vec<u8> {
    match side {
        Direction::Command => ev1::of_command(&[code], body).concat(),
        Direction::Response => ev1::of_answer(body, &[code]).concat(),
    }
}

impl Session {
    /// Protects a message: what follows the command code or stands beside the status.
    pub(in crate::calculator::topics) fn seal(
        &self,
        sheet: &mut Sheet,
        message: &Message,
    ) -> Result<Vec<u8>, Slip> {
        match self {
            Self::D40(key) => d40(key, sheet, message),
            Self::Ev1(cipher, iv) => ev1(cipher, *iv, sheet, message),
            Self::Ev2 { mac, at, .. } => {
                let counter = at.counter(sheet, message.side)?;
                let data = if message.is_enciphered() {
                    let key = self.enc()?;
                    let iv = ev2_iv(sheet, key, message.side, *at, counter)?;
                    let mut padded = padded(sheet, message, EV2_SECTION)?;
                    key.cbc_encrypt(&iv, &mut padded);
                    sheet.step("Ciphertext", EV2_SECTION, padded)?
                } else {
                    message.data.clone()
                };
                with_mac(sheet, message, &data, *at, counter, EV2_SECTION, |input| {
                    mac.mac(&[input])
                })
            }
            Self::Lrp { keys, enc_ctr, at } => {
                let counter = at.counter(sheet, message.side)?;
                let data = if message.is_enciphered() {
                    let enc_ctr = enc_ctr.to_be_bytes();
                    let mut enc_ctr =
                        sheet.step("EncCtr", "DESFire reference §4.5, MSB first", enc_ctr)?;
                    let mut padded = padded(sheet, message, LRP_SECTION)?;
                    keys.enc_primitive().encrypt(&mut enc_ctr, &mut padded);
                    let ciphertext = sheet.step("Ciphertext", LRP_SECTION, padded)?;
                    sheet.result("Next EncCtr", LRP_SECTION, enc_ctr)?;
                    ciphertext
                } else {
                    message.data.clone()
                };
                let mac = keys.mac_primitive();
                with_mac(sheet, message, &data, *at, counter, LRP_SECTION, |input| {
                    mac.mac(&[input])
                })
            }
        }
    }

    /// The enciphering key of EV2.
    pub(super) fn enc(&self) -> Result<&AesKey, Slip> {
        match self {
            Self::Ev2 { enc: Some(key), .. } => Ok(key),
            _ => Err(Slip::refused(
                "enc",
                "Nothing given, KSesAuthENC expected for enciphered data",
            )),
        }
    }

    /// Enciphers the padded text of a ChangeKey of EV1 or D40.
    pub(in crate::calculator::topics) fn encipher_key(
        &self,
        sheet: &mut Sheet,
        padded: Vec<u8>,
    ) -> Result<Vec<u8>, Slip> {
        match self {
            Self::D40(key) => d40_cipher(key, sheet, Direction::Command, padded),
            Self::Ev1(cipher, iv) => {
                let iv = ev1_iv(cipher, *iv, sheet)?;
                ev1_cipher(cipher, &iv, sheet, padded)
            }
            Self::Ev2 { .. } | Self::Lrp { .. } => Ok(padded),
        }
    }
}

/// KSesAuthMAC and KSesAuthENC of a master key, as steps.
pub(in crate::calculator::topics) fn lrp_keys(
    sheet: &mut Sheet,
    master: [u8; BLOCK],
) -> Result<SessionKeys, Slip> {
    let keys = SessionKeys::of_master(master);
    Ok(SessionKeys {
        master,
        mac: sheet.secret_result("KSesAuthMAC", LRP_SECTION, keys.mac)?,
        enc: sheet.secret_result("KSesAuthENC", LRP_SECTION, keys.enc)?,
    })
}

/// IV input and IV of EV2.
pub(super) fn ev2_iv(
    sheet: &mut Sheet,
    key: &AesKey,
    side: Direction,
    at: Position,
    counter: u16,
) -> Result<[u8; BLOCK], Slip> {
    let input = sheet.step("IV input", EV2_SECTION, side.iv_input(at.ti, counter))?;
    sheet.step("IV", EV2_SECTION, key.encrypt_block(input))
}

fn padded(sheet: &mut Sheet, message: &Message, section: &'static str) -> Result<Vec<u8>, Slip> {
    let mut padded = message.data.clone();
    pad_m2(&mut padded, 0, BLOCK);
    let padded = put(sheet, message.secret, "Padded data", section, padded)?;
    sheet.need_blocks(BLOCK)?;
    Ok(padded)
}

fn with_mac(
    sheet: &mut Sheet,
    message: &Message,
    data: &[u8],
    at: Position,
    counter: u16,
    section: &'static str,
    mac: impl Fn(&[u8]) -> [u8; BLOCK],
) -> Result<Vec<u8>, Slip> {
    let body = message.body(data);
    if message.mode == CommMode::Plain {
        sheet.note("Nothing is protected in this mode, but CmdCtr moves");
        return Ok(body);
    }
    let prefix = mac_prefix(message.code, counter, at.ti);
    let input = mac_input(sheet, message.tells_key(), prefix, &body, section)?;
    let cmac = sheet.step("CMAC", section, mac(&input))?;
    let mact = sheet.result("MACt, odd bytes", section, odd_bytes(cmac))?;
    Ok([&body[..], &mact].concat())
}

/// What the MAC of EV2 and LRP covers.
pub(super) fn mac_input(
    sheet: &mut Sheet,
    secret: bool,
    prefix: [u8; 7],
    body: &[u8],
    section: &'static str,
) -> Result<Vec<u8>, Slip> {
    let input = [&prefix[..], body].concat();
    put(sheet, secret, "MAC input", section, input)
}

/// The running IV of EV1.
pub(super) fn ev1_iv(cipher: &Cipher, iv: Block, sheet: &mut Sheet) -> Result<Block, Slip> {
    let bytes = sheet.step("IV before", EV1_SECTION, iv.as_ref().to_vec())?;
    sheet.need_len(cipher.block_len())?;
    cipher.block(&bytes).ok_or_else(|| {
        let text = format!("{} bytes, {} expected", bytes.len(), cipher.block_len());
        Slip::refused("iv", text)
    })
}

fn ev1(cipher: &Cipher, iv: Block, sheet: &mut Sheet, message: &Message) -> Result<Vec<u8>, Slip> {
    let iv = ev1_iv(cipher, iv, sheet)?;
    if message.is_enciphered() {
        let input = put(
            sheet,
            message.secret,
            "CRC32 input",
            EV1_SECTION,
            message.covered(),
        )?;
        let crc = sheet.step("CRC32", EV1_SECTION, crc32(&input))?;
        let mut padded = [&message.data[..], &crc].concat();
        message.extent.fill(&mut padded, 0, cipher.block_len());
        let padded = put(sheet, message.secret, "Padded data", EV1_SECTION, padded)?;
        sheet.need_blocks(cipher.block_len())?;
        let data = ev1_cipher(cipher, &iv, sheet, padded)?;
        return Ok(message.body(&data));
    }
    let (_, mac) = ev1_mac(cipher, &iv, sheet, message.tells_key(), message.covered())?;
    let mut body = message.body(&message.data);
    let is_sent = message.side == Direction::Response
        || message.mode == CommMode::Mac && !message.data.is_empty();
    if is_sent {
        body.extend_from_slice(&mac);
    } else {
        sheet.note("The CMAC is not sent, but it is the IV of the answer");
    }
    Ok(body)
}

/// CMAC of EV1: the next IV and what is transmitted.
pub(super) fn ev1_mac(
    cipher: &Cipher,
    iv: &Block,
    sheet: &mut Sheet,
    secret: bool,
    covered: Vec<u8>,
) -> Result<(Vec<u8>, [u8; 8]), Slip> {
    let input = put(sheet, secret, "CMAC input", EV1_SECTION, covered)?;
    let cmac = cipher.cmac(iv, &[&input]).as_ref().to_vec();
    let cmac = sheet.step("CMAC", EV1_SECTION, cmac)?;
    sheet.need_len(cipher.block_len())?;
    let block = cipher.block(&cmac).unwrap_or_else(|| cipher.zero());
    let mac = sheet.step("First 8 bytes", EV1_SECTION, ev1::truncated(&block))?;
    let next = sheet.result("Next IV", EV1_SECTION, cmac)?;
    Ok((next, mac))
}

fn ev1_cipher(
    cipher: &Cipher,
    iv: &Block,
    sheet: &mut Sheet,
    mut padded: Vec<u8>,
) -> Result<Vec<u8>, Slip> {
    let next = cipher.encrypt(iv, &mut padded);
    let data = sheet.step("Ciphertext", EV1_SECTION, padded)?;
    sheet.result("Next IV", EV1_SECTION, next.as_ref().to_vec())?;
    Ok(data)
}

fn d40(key: &DesKey, sheet: &mut Sheet, message: &Message) -> Result<Vec<u8>, Slip> {
    let body = message.body(&message.data);
    match message.mode {
        CommMode::Mac if !message.data.is_empty() => {
            let mac = d40_mac(key, sheet, message.tells_key(), message.data.clone())?;
            Ok([&body[..], &mac].concat())
        }
        CommMode::Full if !message.data.is_empty() => {
            let data = message.data.clone();
            let input = put(sheet, message.secret, "CRC16 input", D40_SECTION, data)?;
            let crc = sheet.step("CRC16", D40_SECTION, crc16(&input))?;
            let mut padded = [&message.data[..], &crc].concat();
            message.extent.fill(&mut padded, 0, des::BLOCK);
            let padded = put(sheet, message.secret, "Padded data", D40_SECTION, padded)?;
            sheet.need_blocks(des::BLOCK)?;
            let data = d40_cipher(key, sheet, message.side, padded)?;
            Ok(message.body(&data))
        }
        _ => {
            sheet.note("Nothing is protected: D40 protects data only");
            Ok(body)
        }
    }
}

/// MAC of D40.
pub(super) fn d40_mac(
    key: &DesKey,
    sheet: &mut Sheet,
    secret: bool,
    data: Vec<u8>,
) -> Result<[u8; 4], Slip> {
    let mut input = data;
    pad_zero(&mut input, des::BLOCK);
    let input = put(sheet, secret, "CBC-MAC input", D40_SECTION, input)?;
    let last = sheet.step("Last block", D40_SECTION, key.cbc_mac(&input))?;
    sheet.result("First 4 bytes", D40_SECTION, D40::truncated(last))
}

fn d40_cipher(
    key: &DesKey,
    sheet: &mut Sheet,
    side: Direction,
    mut padded: Vec<u8>,
) -> Result<Vec<u8>, Slip> {
    match side {
        Direction::Command => key.send(&mut padded),
        Direction::Response => key.cbc_encrypt([0; des::BLOCK], &mut padded),
    }
    sheet.step("Ciphertext", D40_SECTION, padded)
}

/// The message as it crosses the interface, in both forms; `secret` when key material stands in it in clear.
pub(in crate::calculator::topics) fn frames(
    sheet: &mut Sheet,
    secret: bool,
    side: Direction,
    code: u8,
    body: Vec<u8>,
) -> Result<(), Slip> {
    const SECTION: &str = "DESFire reference §1.1";
    let (native, wrapped) = match side {
        Direction::Command if body.len() > usize::from(u8::MAX) => {
            sheet.note("Too long for one APDU: it goes in parts, the second and all later ones as command AF");
            let native = [&[code], &body[..]].concat();
            return put_result(sheet, secret, "Native frame", SECTION, native).map(drop);
        }
        Direction::Command => (
            CommandApdu::emit(FrameForm::Native, code, [0, 0], &body),
            CommandApdu::emit(FrameForm::Wrapped, code, [0, 0], &body),
        ),
        Direction::Response => (
            ResponseApdu::emit(Status::Native(code), body.clone()),
            ResponseApdu::emit(Status::Wrapped(code), body),
        ),
    };
    put_result(sheet, secret, "Native frame", SECTION, native)?;
    put_result(sheet, secret, "Wrapped frame", SECTION, wrapped)?;
    Ok(())
}

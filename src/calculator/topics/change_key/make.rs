//! The command from the new key.

use super::{CHANGE_KEY_CODE, CHANGE_KEY_EV2_CODE, SECTION, checksum, kind};
use crate::calculator::topics::channel::{self, Message, Session};
use crate::calculator::{Inputs, Sheet, Slip};
use crate::card::{CommMode, KeyType};
use crate::crypto::crc::{crc16, crc32};
use crate::crypto::des::set_key_version;
use crate::crypto::padding::pad_zero;
use crate::secure_messaging::change_key::{doubled, layout, mix};
use crate::secure_messaging::{Direction, Extent, ev1};

pub(super) fn make(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let session = Session::read(inputs)?;
    let kind = kind(inputs)?;
    let [key_no] = inputs.array("key-number")?;
    let (ins, header) = match inputs.given_array::<1>("key-set")? {
        Some([set]) => (CHANGE_KEY_EV2_CODE, vec![set, key_no]),
        None => (CHANGE_KEY_CODE, vec![key_no]),
    };
    let new = new_key(inputs, sheet, kind)?;
    let own = inputs.text("whose")? == "own";
    let sent = if own {
        new.clone()
    } else {
        let old = old_key(inputs, kind, new.len())?;
        let old = sheet.secret_step("Old key", SECTION, old)?;
        sheet.need_len(new.len())?;
        let mixed = mix(&new, &old).expose().to_vec();
        let mixed = sheet.secret_step("New key ⊕ old key", SECTION, mixed)?;
        sheet.need_len(new.len())?;
        mixed
    };
    let of_new = if own {
        Vec::new()
    } else {
        let input = sheet.secret_step("New key, as checked", SECTION, new)?;
        match checksum(session.name()) {
            Some("CRC16") => {
                sheet.secret_step("CRC16 of the new key", SECTION, crc16(&input).to_vec())?
            }
            _ => sheet.secret_step("CRC32 of the new key", SECTION, crc32(&input).to_vec())?,
        }
    };
    let header = sheet.step("Header", SECTION, header)?;
    let version = version(inputs, &session, kind)?;
    let data = [&sent[..], version].concat();
    let data = sheet.secret_step("Key data", SECTION, data)?;
    let body = if let Some(name) = checksum(session.name()) {
        let text = with_checksum(sheet, name, (ins, &header), &data, &of_new)?;
        let text = sheet.secret_step("Padded text", SECTION, padded(&session, text))?;
        sheet.need_blocks(session.block_len())?;
        [&header[..], &session.encipher_key(sheet, text)?].concat()
    } else {
        let message = Message {
            side: Direction::Command,
            code: ins,
            header,
            data: [&data[..], &of_new].concat(),
            mode: CommMode::Full,
            extent: Extent::Search,
            secret: true,
        };
        session.seal(sheet, &message)?
    };
    channel::frames(sheet, false, Direction::Command, ins, body)
}

/// Key data with the checksum of EV1 and D40.
fn with_checksum(
    sheet: &mut Sheet,
    name: &str,
    (ins, header): (u8, &[u8]),
    data: &[u8],
    of_new: &[u8],
) -> Result<Vec<u8>, Slip> {
    let crc = if name == "CRC16" {
        let input = sheet.secret_step("CRC16 input", SECTION, data.to_vec())?;
        sheet.secret_step("CRC16", SECTION, crc16(&input).to_vec())?
    } else {
        let body = [header, data].concat();
        let input = ev1::of_command(&[ins], &body).concat();
        let input = sheet.secret_step("CRC32 input", SECTION, input)?;
        sheet.secret_step("CRC32", SECTION, crc32(&input).to_vec())?
    };
    Ok([data, &crc, of_new].concat())
}

fn padded(session: &Session, mut text: Vec<u8>) -> Vec<u8> {
    pad_zero(&mut text, session.block_len());
    text
}

/// The new key as it is sent, with its version where that stands in its parity bits.
fn new_key(inputs: &Inputs, sheet: &mut Sheet, kind: KeyType) -> Result<Vec<u8>, Slip> {
    let mut new = fitting(inputs, "new-key", kind)?.to_vec();
    if let (false, Some([version])) = (kind == KeyType::Aes128, inputs.given_array("version")?) {
        set_key_version(&mut new, version);
    }
    let new = doubled(&new).expose().to_vec();
    let len = new.len();
    let new = sheet.secret_step("New key", SECTION, new)?;
    sheet.need_len(len)?;
    Ok(new)
}

/// The old key with zeros up to the length of the new one; it may be of another type.
fn old_key(inputs: &Inputs, kind: KeyType, len: usize) -> Result<Vec<u8>, Slip> {
    let Some(old) = inputs.given("old-key") else {
        return Err(Slip::refused(
            "old-key",
            "Nothing given, the present value of the key expected",
        ));
    };
    let mut old = doubled(old).expose().to_vec();
    if old.len() > len {
        let text = format!(
            "{} bytes, {} expected for {}",
            old.len(),
            kind.lengths(),
            kind.name()
        );
        return Err(Slip::refused("old-key", text));
    }
    old.resize(len, 0);
    Ok(old)
}

fn fitting<'a>(inputs: &'a Inputs, field: &str, kind: KeyType) -> Result<&'a [u8], Slip> {
    let key = inputs.bytes(field)?;
    if kind.accepts(key.len()) {
        return Ok(key);
    }
    let text = format!(
        "{} bytes, {} expected for {}",
        key.len(),
        kind.lengths(),
        kind.name()
    );
    Err(Slip::refused(field, text))
}

/// The version byte, where one is sent.
fn version<'a>(inputs: &'a Inputs, session: &Session, kind: KeyType) -> Result<&'a [u8], Slip> {
    if checksum(session.name()).is_none() && kind != KeyType::Aes128 {
        let text = format!("{}, aes128 expected in this channel", kind.name());
        return Err(Slip::refused("key-type", text));
    }
    let (_, is_sent) = layout(kind);
    match inputs.given("version") {
        Some(version) if is_sent => Ok(version),
        None if is_sent => Err(Slip::refused(
            "version",
            "Nothing given, one byte expected with an AES key",
        )),
        _ => Ok(&[]),
    }
}

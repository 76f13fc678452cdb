//! The new key from a recorded command.

use super::{CHANGE_KEY_CODE, CHANGE_KEY_EV2_CODE, SECTION, checksum, kind};
use crate::calculator::topics::channel::{Received, Session};
use crate::calculator::topics::frame;
use crate::calculator::{Inputs, Sheet, Slip};
use crate::card::{CommMode, KeyType};
use crate::crypto::crc::{crc16, crc32};
use crate::crypto::des::key_version;
use crate::secure_messaging::change_key::{self, ev2_parts, mix};
use crate::secure_messaging::{Direction, Extent, KeyForm, OpenedKey, Verdict, ev1};

pub(super) fn read(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let session = Session::read(inputs)?;
    let (ins, body) = frame::command(inputs.bytes("frame")?)?;
    let header_len = match ins {
        CHANGE_KEY_CODE => 1,
        CHANGE_KEY_EV2_CODE => 2,
        _ => {
            let text = format!("Command {ins:02X}, C4 or C6 expected");
            return Err(Slip::refused("frame", text));
        }
    };
    let Some(name) = checksum(session.name()) else {
        let message = Received {
            side: Direction::Command,
            code: ins,
            body,
            header_len,
            mode: CommMode::Full,
            extent: Extent::Search,
            secret: true,
        };
        let data = session.open(sheet, &message)?;
        return of_ev2(inputs, sheet, &data);
    };
    let (header, data) = body.split_at_checked(header_len).unwrap_or_default();
    if data.is_empty() || !data.len().is_multiple_of(session.block_len()) {
        let text = format!(
            "{} enciphered bytes, a multiple of {} expected",
            data.len(),
            session.block_len()
        );
        return Err(Slip::refused("frame", text));
    }
    let header = sheet.result("Header", SECTION, header.to_vec())?;
    let clear = session.decipher_key(sheet, data.to_vec())?;
    let form = KeyForm {
        kind: kind(inputs)?,
        own: inputs.text("whose")? == "own",
    };
    let opener = Opener { name, ins, header };
    let Some(opened) = opener.open(&clear, form) else {
        return Err(Slip::refused("frame", "Too short for a key of this type"));
    };
    of_legacy(inputs, sheet, &opener, &opened, form)?;
    if opened.crc.verdict != Verdict::Ok || opened.padding != Verdict::Ok {
        sheet.note(match opener.fitting(&clear) {
            Some(form) => format!(
                "It fits as {} of type {}",
                if form.own {
                    "the session's own key"
                } else {
                    "another key"
                },
                form.kind.name()
            ),
            None => "It fits as no key of any type: another session key or IV".to_owned(),
        });
    }
    Ok(())
}

/// What the checksum covers, and which it is.
struct Opener {
    name: &'static str,
    ins: u8,
    header: Vec<u8>,
}

impl Opener {
    fn open(&self, clear: &[u8], form: KeyForm) -> Option<OpenedKey> {
        if self.name == "CRC16" {
            return change_key::open(clear, form, crc16);
        }
        change_key::open(clear, form, |data: &[u8]| {
            let body = [&self.header[..], data].concat();
            crc32(&ev1::of_command(&[self.ins], &body).concat())
        })
    }

    fn of_new(&self, key: &[u8]) -> Vec<u8> {
        if self.name == "CRC16" {
            crc16(key).to_vec()
        } else {
            crc32(key).to_vec()
        }
    }

    /// The form in which all checks hold.
    fn fitting(&self, clear: &[u8]) -> Option<KeyForm> {
        let kinds = [KeyType::TwoKey3Des, KeyType::ThreeKey3Des, KeyType::Aes128];
        let forms = kinds
            .into_iter()
            .flat_map(|kind| [true, false].map(|own| KeyForm { kind, own }));
        forms.into_iter().find(|form| {
            self.open(clear, *form).is_some_and(|opened| {
                opened.crc.verdict == Verdict::Ok && opened.padding == Verdict::Ok
            })
        })
    }
}

fn of_legacy(
    inputs: &Inputs,
    sheet: &mut Sheet,
    opener: &Opener,
    opened: &OpenedKey,
    form: KeyForm,
) -> Result<(), Slip> {
    let name = opener.name;
    sheet.secret_check(
        format!("Received {name}"),
        SECTION,
        opened.crc.expected.as_ref(),
        opened.crc.got.as_ref(),
    );
    let padding = opened.padding == Verdict::Ok;
    let text = if padding {
        "zeros after the checksums"
    } else {
        "more than zeros after the checksums"
    };
    sheet.verdict("Padding", SECTION, padding, text);
    let mixed = opened.mixed().expose().to_vec();
    let new = if form.own {
        Some(sheet.secret_result("New key", SECTION, mixed)?)
    } else {
        let of_new = opened.of_new();
        unmixed(inputs, sheet, mixed, |key| opener.of_new(key), of_new, name)?
    };
    match (opened.version, new) {
        (Some(version), _) => drop(sheet.result("Version", SECTION, [version])?),
        (None, Some(new)) => {
            let version = [key_version(&new)];
            sheet.result(
                "Version, in the parity bits",
                "DESFire reference §4.2",
                version,
            )?;
        }
        (None, None) => {}
    }
    Ok(())
}

fn of_ev2(inputs: &Inputs, sheet: &mut Sheet, data: &[u8]) -> Result<(), Slip> {
    let Some((mixed, version, crc)) = ev2_parts(data) else {
        let text = format!("{} bytes of key data, 17 or 21 expected", data.len());
        sheet.verdict("Key data", SECTION, false, text);
        return Ok(());
    };
    let own = inputs.text("whose")? == "own";
    let (got, expected) = (data.len(), if own { 17 } else { 21 });
    let (said, fitting) = if own {
        ("the session's own key", "another key")
    } else {
        ("another key", "the session's own key")
    };
    let text = if got == expected {
        format!("{got} bytes of key data, as of {said}")
    } else {
        format!("{got} bytes of key data, as of {fitting}, {expected} expected of {said}")
    };
    sheet.verdict("Form", SECTION, got == expected, text);
    match crc {
        None if own => drop(sheet.secret_result("New key", SECTION, mixed)?),
        None => {
            sheet.note("The new key is not told and no CRC32 checked: that of another key has one");
        }
        Some(crc) => {
            let checksum = |key: &[u8]| crc32(key).to_vec();
            unmixed(inputs, sheet, mixed.to_vec(), checksum, &crc, "CRC32")?;
        }
    }
    sheet.result("Version", SECTION, [version])?;
    Ok(())
}

/// The new key of another one than the session's; `None` while the old one is not given.
fn unmixed(
    inputs: &Inputs,
    sheet: &mut Sheet,
    mixed: Vec<u8>,
    checksum: impl Fn(&[u8]) -> Vec<u8>,
    received: &[u8],
    name: &str,
) -> Result<Option<Vec<u8>>, Slip> {
    let mixed = sheet.secret_step("New key ⊕ old key", SECTION, mixed)?;
    let Some(old) = inputs.given("old-key") else {
        sheet.note(format!(
            "The new key can't be told without the old one, and {name} of the new key was not checked"
        ));
        return Ok(None);
    };
    let new = mix(&mixed, old).expose().to_vec();
    let new = sheet.secret_result("New key", SECTION, new)?;
    let expected = sheet.secret_step(format!("{name} of the new key"), SECTION, checksum(&new))?;
    let label = format!("Received {name} of the new key");
    if !sheet.secret_check(label, SECTION, &expected, received) {
        sheet.note("Another old key: with DES, its version stands in its parity bits and counts");
    }
    Ok(Some(new))
}

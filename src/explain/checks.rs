//! What a recipe gives for a message: the MAC, the checksum, the padding (DESFire reference §4.2 to §4.4).

use crate::crypto::Secret;
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cipher::Cipher;
use crate::crypto::crc::{crc16, crc32};
use crate::crypto::des::DesKey;
use crate::crypto::padding::unpad_m2;

use super::key_data;
use super::message::{Channel, Extent, Form, Message};
use super::mistake::Side;
use super::recipe::{Code, Cover, Cut, Flavour, Iv, Label, Padding, Range, Recipe};
use super::search::{Check, Space};

/// The checks of a message made by `recipe`; `None` where it can't be followed.
pub(super) fn of(message: &Message, recipe: &Recipe) -> Option<Vec<Check>> {
    let mut checks = Vec::new();
    let mut plain = None;
    if message.is_sealed() {
        let clear = deciphered(message, recipe)?;
        let len = match (&message.key, message.channel) {
            (Some(key), _) => Some(key_data::checks(message, key, recipe, &clear, &mut checks)?),
            (None, Channel::Ev2) => {
                ev2_padding(message.extent, recipe.padding, &clear, &mut checks)
            }
            (None, _) => Some(checksum(message, recipe, &clear, &mut checks)?),
        };
        plain = Some((clear, len));
    }
    if message.has_mac() {
        checks.push(mac(message, recipe, plain.as_ref())?);
    }
    Some(checks)
}

/// The data with checksum and padding.
pub(super) fn deciphered(message: &Message, recipe: &Recipe) -> Option<Secret> {
    let mut clear = message.data.clone();
    if clear.is_empty() || !clear.len().is_multiple_of(message.block()) {
        return None;
    }
    match message.channel {
        Channel::Ev2 => {
            let iv = ev2_iv(message, recipe)?;
            AesKey::new(&recipe.enc.aes128()?).cbc_decrypt(&iv, &mut clear);
        }
        Channel::Ev1(_) => {
            let cipher = message.cipher(&recipe.enc)?;
            let iv = cipher.block(given(recipe)?)?;
            cipher.decrypt(&iv, &mut clear);
        }
        Channel::D40 => {
            let key = DesKey::new(recipe.enc.expose())?;
            let iv = given(recipe)?;
            if message.side == Side::Command && !recipe.is_enciphered {
                key.receive(&mut clear);
            } else {
                key.cbc_decrypt([0; 8], &mut clear);
            }
            // From a zero IV; another one only changes the first block.
            clear.iter_mut().zip(iv).for_each(|(byte, iv)| *byte ^= iv);
        }
    }
    Some(Secret::new(clear))
}

fn given(recipe: &Recipe) -> Option<&[u8]> {
    match &recipe.iv {
        Iv::Given(iv) => Some(iv),
        _ => None,
    }
}

pub(super) fn ev2_iv(message: &Message, recipe: &Recipe) -> Option<[u8; BLOCK]> {
    let is_command = message.is_command() != (recipe.label == Label::Other);
    let label = if is_command {
        [0xA5, 0x5A]
    } else {
        [0x5A, 0xA5]
    };
    let mut block = [0; BLOCK];
    let parts = label.into_iter().chain(recipe.iv_ti).chain(recipe.iv_ctr);
    block
        .iter_mut()
        .zip(parts)
        .for_each(|(to, byte)| *to = byte);
    Some(match &recipe.iv {
        Iv::Made => AesKey::new(&recipe.enc.aes128()?).encrypt_block(block),
        Iv::UnderMacKey => AesKey::new(&recipe.mac.aes128()?).encrypt_block(block),
        Iv::NotEnciphered => block,
        Iv::Given(iv) => iv.as_slice().try_into().ok()?,
    })
}

/// `80 00…` of EV2; gives the length of the data.
pub(super) fn ev2_padding(
    extent: Extent,
    padding: Padding,
    clear: &Secret,
    checks: &mut Vec<Check>,
) -> Option<usize> {
    let clear = clear.expose();
    let Extent::Known(len) = extent else {
        let end = unpad_m2(clear, BLOCK).filter(|_| padding == Padding::Right);
        let (at, expected) = match end {
            Some(end) => (end, clear.get(end..).unwrap_or_default().to_vec()),
            None => (clear.len().saturating_sub(1), vec![0x80]),
        };
        let received = clear.get(at..).unwrap_or_default();
        let mut check = Check::new(Space::Clear, at, &expected, received);
        check.discount = BLOCK.ilog2();
        if end.is_none() {
            check.received.clear();
        }
        checks.push(check);
        return end;
    };
    let whole = match padding {
        Padding::Right | Padding::Zeros => (len + 1).next_multiple_of(BLOCK),
        Padding::Missing => len,
    };
    let mark = if padding == Padding::Right {
        0x80
    } else {
        0x00
    };
    let expected: Vec<u8> = std::iter::once(mark)
        .chain(std::iter::repeat(0))
        .take(whole.saturating_sub(len))
        .collect();
    let received = clear.get(len..).unwrap_or_default();
    checks.push(Check::new(Space::Clear, len, &expected, received));
    (len <= clear.len()).then_some(len)
}

/// Checksum and padding of D40 and EV1; gives the length of the data.
fn checksum(
    message: &Message,
    recipe: &Recipe,
    clear: &Secret,
    checks: &mut Vec<Check>,
) -> Option<usize> {
    let bytes = clear.expose();
    let size = if recipe.crc.flavour == Flavour::Crc16 {
        2
    } else {
        4
    };
    let at = |len: usize| -> Option<[Check; 2]> {
        let (data, rest) = bytes.split_at_checked(len)?;
        let crc = data_crc(message, recipe, data);
        let (got, padding) = rest.split_at_checked(size.min(rest.len()))?;
        let mark = u8::from(message.extent == Extent::Marked) << 7;
        let zeros = std::iter::once(mark).chain(std::iter::repeat(0));
        let zeros: Vec<u8> = zeros.take(padding.len()).collect();
        Some([
            Check::new(Space::Clear, len, &crc, got),
            Check::new(Space::Clear, len + got.len(), &zeros, padding),
        ])
    };
    if let Extent::Known(len) = message.extent {
        checks.extend(at(len.min(bytes.len()))?);
        return Some(len);
    }
    let last = bytes.len().checked_sub(size)?;
    let first = last.saturating_sub(message.block());
    let mut places = (first..=last).rev();
    let found = places.find_map(|len| {
        let [crc, padding] = at(len)?;
        let rest = padding.received.as_slice();
        let is_padding = rest.iter().skip(1).all(|byte| *byte == 0)
            && rest.first().is_none_or(|byte| matches!(byte, 0 | 0x80));
        (crc.fits() && is_padding).then_some((len, crc, padding))
    });
    let last_resort = || at(last).map(|[crc, padding]| (last, crc, padding));
    let (len, mut crc, mut padding) = found.or_else(last_resort)?;
    if crc.fits() {
        crc.discount = message.block().ilog2();
        padding.expected.clone_from(&padding.received);
    }
    checks.extend([crc, padding]);
    Some(len)
}

pub(super) fn data_crc(message: &Message, recipe: &Recipe, data: &[u8]) -> Vec<u8> {
    let code = [message.code];
    let command = [&code[..], &message.header].concat();
    let by_rules = match (message.channel, message.side) {
        (Channel::D40, _) => Range::DataOnly,
        _ => Range::WithCommand,
    };
    let range = match recipe.crc.range {
        Range::Right => by_rules,
        other => other,
    };
    let input = match (range, message.side) {
        (Range::DataOnly, _) => data.to_vec(),
        (_, Side::Command) => [&command, data].concat(),
        (_, Side::Response) => [data, &code].concat(),
    };
    let mut crc = flavoured(recipe.crc.flavour, &input);
    if recipe.crc.is_reversed {
        crc.reverse();
    }
    crc
}

/// A checksum, least significant byte first.
pub(super) fn flavoured(flavour: Flavour, input: &[u8]) -> Vec<u8> {
    match flavour {
        Flavour::Crc16 => crc16(input).to_vec(),
        Flavour::Crc32 => crc32(input).to_vec(),
        Flavour::Inverted => crc32(input).map(|byte| !byte).to_vec(),
    }
}

/// The MAC; `plain` is what was deciphered, with the length of the data.
pub(super) fn mac(
    message: &Message,
    recipe: &Recipe,
    plain: Option<&(Secret, Option<usize>)>,
) -> Option<Check> {
    let data = match (recipe.cover, plain) {
        (Cover::Sealed, _) => message.data.as_slice(),
        (Cover::Padded, Some((clear, _))) => clear.expose(),
        (Cover::Plain, Some((clear, Some(len)))) => clear.expose().get(..*len)?,
        _ => return None,
    };
    let whole = whole_mac(message, recipe, data)?;
    let expected = recipe.cut.of(&whole, message.mac_len());
    let at = message.header.len() + message.data.len();
    let received = message.mac.as_deref().unwrap_or_default();
    Some(Check::new(Space::Wire, at, &expected, received))
}

/// The MAC before it is cut.
pub(super) fn whole_mac(message: &Message, recipe: &Recipe, data: &[u8]) -> Option<Vec<u8>> {
    let header = message.header.as_slice();
    let header = if recipe.has_header { header } else { &[] };
    if message.is_d40() {
        let key = DesKey::new(recipe.mac.expose())?;
        let iv = given(recipe)?;
        if recipe.is_cmac {
            let cipher = Cipher::des(recipe.mac.expose())?;
            let iv = cipher.block(iv)?;
            return Some(cipher.cmac(&iv, &[data]).as_ref().to_vec());
        }
        // From a zero IV; another one only changes the first block.
        let mut input = data.to_vec();
        input.resize(data.len().next_multiple_of(message.block()), 0);
        input.iter_mut().zip(iv).for_each(|(byte, iv)| *byte ^= iv);
        return Some(key.cbc_mac(&input).to_vec());
    }
    let input = mac_input(message, recipe, header, data);
    if message.is_ev2() {
        return message.ev2_cmac(&recipe.mac, &input);
    }
    let cipher = message.cipher(&recipe.mac)?;
    let iv = cipher.block(given(recipe)?)?;
    Some(cipher.cmac(&iv, &[&input]).as_ref().to_vec())
}

fn mac_input(message: &Message, recipe: &Recipe, header: &[u8], data: &[u8]) -> Vec<u8> {
    let code = [message.code];
    let is_ev2 = message.is_ev2();
    let counter = if is_ev2 { &recipe.ctr[..] } else { &[] };
    let counter = [counter, recipe.ti.as_ref().map_or(&[], |ti| &ti[..])].concat();
    match recipe.code {
        Code::Wrapped {
            counts_mac,
            has_le,
            inside,
        } => {
            let mac = if counts_mac { message.mac_len() } else { 0 };
            let lc = message.header.len() + message.data.len() + mac;
            let head = [
                0x90,
                message.code,
                0,
                0,
                u8::try_from(lc).unwrap_or_default(),
            ];
            let le: &[u8] = if has_le { &[0] } else { &[] };
            if inside {
                [&head, &counter[..], header, data, le].concat()
            } else {
                [&code, &counter[..], &head, header, data, le].concat()
            }
        }
        Code::Missing => [&counter, header, data].concat(),
        Code::Word if is_ev2 => [&[0x91], &code[..], &counter, data].concat(),
        Code::Word => [data, &[0x91], &code].concat(),
        Code::First => [&code, data].concat(),
        Code::Right if is_ev2 || message.is_command() => {
            [&code, &counter[..], header, data].concat()
        }
        Code::Right => [data, &code].concat(),
    }
}

/// The cut of a channel by the rules.
pub(super) const fn cut(channel: Channel) -> Cut {
    match channel {
        Channel::Ev2 => Cut::Odd,
        Channel::D40 | Channel::Ev1(_) => Cut::First,
    }
}

/// Whether a form of a message has data that can be enciphered.
pub(super) fn can_be_sealed(form: Form, data: &[u8], block: usize) -> bool {
    form == Form::Mac || (!data.is_empty() && data.len().is_multiple_of(block))
}

//! Mistakes of back ends and of settings that make a right tag look wrong (DESFire reference §7 and §9).

use super::examine::Attempt;
use super::url::{Dissected, MacStart, Role};
use super::verify::{Keys, Prepared};
use super::{Mirrored, Mode, SdmError};

/// A mistake that explains a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slip {
    /// The digits are those that were written before SDM was enabled.
    Placeholder(Role),
    /// It fits with the other primitive.
    Mode(Mode),
    /// It fits when SDMMetaReadKey and SDMFileReadKey are exchanged.
    KeysSwapped,
    /// It fits when one key serves for both.
    OneKey,
    /// The counter's text is the other way round.
    CounterOrder,
    /// The session vector was made without the UID.
    WithoutUid,
    /// The session vector was made without the counter.
    WithoutCounter,
    /// The MAC was truncated to other bytes.
    Bytes(&'static str),
    /// The MAC was made with SDMFileReadKey, not with the session key.
    NoSessionKey,
}

impl std::fmt::Display for Slip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Placeholder(role) => write!(
                f,
                "the {} is still the placeholder, so SDM is not enabled or its offset is another one",
                role.title()
            ),
            Self::Mode(mode) => write!(
                f,
                "it fits with {}, not with {}",
                mode.title(),
                mode.other().title()
            ),
            Self::KeysSwapped => f.write_str(
                "it fits with the two keys exchanged, SDMMetaReadKey for SDMFileReadKey",
            ),
            Self::OneKey => f.write_str("it fits with one of the two keys for both"),
            Self::CounterOrder => f.write_str(
                "it fits with the counter in the other byte order; text has the most significant byte first",
            ),
            Self::WithoutUid => f.write_str(
                "it fits with a session vector without the UID, so the tag does not mirror it by SDMOptions",
            ),
            Self::WithoutCounter => f.write_str(
                "it fits with a session vector without the counter, so the tag does not mirror it by SDMOptions",
            ),
            Self::Bytes(which) => write!(
                f,
                "it fits {which} of the CMAC; a tag gives bytes 1, 3, … 15"
            ),
            Self::NoSessionKey => f.write_str(
                "it fits with SDMFileReadKey itself; a tag makes the MAC with the session key",
            ),
        }
    }
}

/// The mistakes that explain a message whose MAC fits nowhere. They are looked for at the landmarks only.
pub(super) fn find(url: &Dissected<'_>, mode: Mode, keys: &Keys) -> Vec<Slip> {
    let mut slips = placeholders(url);
    let starts: Vec<MacStart> = url
        .landmarks()
        .into_iter()
        .map(|(_, start)| start)
        .collect();
    let fits = |attempt: &Attempt| starts.iter().any(|start| attempt.fits(url, *start));
    let message = url.message(MacStart::Empty);
    let mirrored = |keys: &Keys| Prepared::new(mode, keys).mirrored(&message.identity);
    let mut check = |slip, attempt: Attempt| {
        if fits(&attempt) {
            slips.push(slip);
        }
    };
    for (slip, keys) in other_keys(keys) {
        if let Ok(mirrored) = mirrored(&keys) {
            check(slip, Attempt::new(mode, &keys.file, &mirrored));
        }
    }
    if let Ok(mirrored) = mirrored(keys) {
        for (slip, mirrored) in other_mirrored(&mirrored) {
            check(slip, Attempt::new(mode, &keys.file, &mirrored));
        }
        let other = mode.other();
        check(
            Slip::Mode(other),
            Attempt::new(other, &keys.file, &mirrored),
        );
        check(
            Slip::NoSessionKey,
            Attempt::with_session_key(mode, &keys.file),
        );
        let right = Attempt::new(mode, &keys.file, &mirrored);
        slips.extend(other_bytes(url, &right, &starts).map(Slip::Bytes));
    }
    slips
}

/// The mistakes that show without a MAC.
pub(super) fn without_mac(
    url: &Dissected<'_>,
    mode: Mode,
    keys: &Keys,
    error: Option<&SdmError>,
) -> Vec<Slip> {
    if !matches!(error, Some(SdmError::PiccTag { .. })) {
        return Vec::new();
    }
    let mut slips = placeholders(url);
    let message = url.message(MacStart::Empty);
    let swapped = other_keys(keys).into_iter().find(|(_, keys)| {
        Prepared::new(mode, keys)
            .mirrored(&message.identity)
            .is_ok()
    });
    slips.extend(swapped.map(|(slip, _)| slip));
    slips
}

fn placeholders(url: &Dissected<'_>) -> Vec<Slip> {
    // No UID, cipher or MAC repeats one digit throughout.
    let same = |value: &str| {
        let mut digits = value.bytes();
        let first = digits.next();
        first.is_some() && digits.all(|digit| Some(digit) == first)
    };
    [Role::PiccData, Role::FileData, Role::Mac, Role::Uid]
        .into_iter()
        .filter(|role| url.value(*role).is_some_and(same))
        .map(Slip::Placeholder)
        .collect()
}

fn other_keys(keys: &Keys) -> Vec<(Slip, Keys)> {
    let Some(meta) = keys.meta.filter(|meta| *meta != keys.file) else {
        return Vec::new();
    };
    let with = |slip, meta, file| {
        let meta = Some(meta);
        (slip, Keys { meta, file })
    };
    vec![
        with(Slip::KeysSwapped, keys.file, meta),
        with(Slip::OneKey, meta, meta),
        with(Slip::OneKey, keys.file, keys.file),
    ]
}

fn other_mirrored(mirrored: &Mirrored) -> Vec<(Slip, Mirrored)> {
    let mut others = Vec::new();
    if let Some(ctr) = mirrored.ctr {
        let ctr = Some(ctr.swapped());
        others.push((Slip::CounterOrder, Mirrored { ctr, ..*mirrored }));
    }
    if mirrored.ctr.is_some() && mirrored.uid.is_some() {
        let (ctr, uid) = (None, None);
        others.push((Slip::WithoutUid, Mirrored { uid, ..*mirrored }));
        others.push((Slip::WithoutCounter, Mirrored { ctr, ..*mirrored }));
    }
    others
}

/// Which other bytes of the CMAC the message has for its MAC.
fn other_bytes(url: &Dissected<'_>, right: &Attempt, starts: &[MacStart]) -> Option<&'static str> {
    let mac = url.mac()?;
    let fulls = starts.iter().filter_map(|start| right.full(url, *start));
    fulls.into_iter().find_map(|full| {
        let mut even = full.into_iter().step_by(2);
        let even = std::array::from_fn(|_| even.next().unwrap_or_default());
        match mac {
            mac if full.starts_with(&mac) => Some("with the first 8 bytes"),
            mac if full.ends_with(&mac) => Some("with the last 8 bytes"),
            mac if mac == even => Some("with bytes 0, 2, … 14"),
            _ => None,
        }
    })
}

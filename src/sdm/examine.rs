//! A URL as people have it: which mode, what the MAC covers, what the keys make of it, and the mistake when nothing fits.

use super::slip::{self, Slip};
use super::stages;
use super::url::{Dissected, Landmark, MacStart, Names, Role, UrlError, dissect};
use super::verify::{Keys, Prepared, Verified, verify};
use super::{Mirrored, Mode, SdmError, TamperStatus};
use crate::crypto::cmac::{CmacKey, odd_bytes};
use crate::crypto::lrp::Lrp;

/// What is known of the URL beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Names set by hand.
    pub names: Names,
    /// The mode; `None` goes by the length of PICC data, and tries both where there is none.
    pub mode: Option<Mode>,
    /// Where the MAC's input begins.
    pub mac_input: MacInput,
    /// Offset of TTStatus in the deciphered file data, where the tag mirrors it there.
    pub tamper_at: Option<usize>,
}

/// How the start of the MAC's input is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MacInput {
    /// By trying every place before the MAC.
    #[default]
    Find,
    /// At a landmark.
    At(Landmark),
    /// At SDMMACInputOffset of the file.
    Offset(usize),
}

/// What became of a URL.
#[derive(Clone, Debug)]
pub struct Examined<'a> {
    /// The URL's pieces.
    pub url: Dissected<'a>,
    /// The mode that was computed with.
    pub mode: Mode,
    /// Where the MAC's input begins: found, given, or, when nothing fits, the usual place.
    pub start: MacStart,
    /// What the keys make of it.
    pub verified: Result<Verified, SdmError>,
    /// TTStatus, plain or in file data.
    pub tamper: Option<TamperStatus>,
    /// What was done wrong, when that explains a message that does not fit.
    pub slips: Vec<Slip>,
}

impl Examined<'_> {
    /// Whether the message is right: deciphered, and with a right MAC.
    pub fn is_ok(&self) -> bool {
        let verified = self.verified.as_ref();
        verified.is_ok_and(|verified| verified.mac_ok == Some(true))
    }

    /// Whether the MAC covers all enciphered file data, as the data sheet asks; what it does not cover, anybody can
    /// change or add.
    pub fn covers_file_data(&self) -> bool {
        self.url.covers_file_data(self.start)
    }

    /// Where the MAC's input begins, in words.
    pub fn landmark(&self) -> Option<Landmark> {
        self.url.landmark_at(self.start)
    }
}

/// Examines a URL with keys.
pub fn examine<'a>(url: &'a str, keys: &Keys, reading: &Reading) -> Result<Examined<'a>, UrlError> {
    let url = dissect(url, &reading.names, reading.mode)?;
    let usual = start(&url, reading.mac_input)?;
    let modes: &[Mode] = match reading.mode.or(url.mode()) {
        Some(Mode::Aes) => &[Mode::Aes],
        Some(Mode::Lrp) => &[Mode::Lrp],
        None => &Mode::ALL,
    };
    let found = modes
        .iter()
        .find_map(|mode| Some((*mode, find(&url, *mode, keys, reading.mac_input, usual)?)));
    let given = modes.first().copied().unwrap_or(Mode::Aes);
    let (mode, start) = found.unwrap_or((given, usual));
    let verified = verify(&Prepared::new(mode, keys), &url.message(start));
    let slips = match (&found, url.mac()) {
        (None, Some(_)) => slip::find(&url, mode, keys),
        _ => slip::without_mac(&url, mode, keys, verified.as_ref().err()),
    };
    Ok(Examined {
        tamper: tamper(&url, verified.as_ref().ok(), reading.tamper_at),
        url,
        mode,
        start,
        verified,
        slips,
    })
}

/// The start at which the MAC fits.
fn find(
    url: &Dissected<'_>,
    mode: Mode,
    keys: &Keys,
    rule: MacInput,
    given: MacStart,
) -> Option<MacStart> {
    let message = url.message(MacStart::Empty);
    let mirrored = Prepared::new(mode, keys).mirrored(&message.identity).ok()?;
    let attempt = Attempt::new(mode, &keys.file, &mirrored);
    match rule {
        MacInput::Find => url.starts().find(|start| attempt.fits(url, *start)),
        _ => Some(given).filter(|start| attempt.fits(url, *start)),
    }
}

/// The start as given, or the usual one: the enciphered file data when there is some, else nothing. A URL without a MAC
/// has no input that could begin somewhere.
fn start(url: &Dissected<'_>, rule: MacInput) -> Result<MacStart, UrlError> {
    let Some((_, max)) = url.file_offsets(MacStart::Empty) else {
        return Ok(MacStart::Empty);
    };
    match rule {
        MacInput::Find => {
            let data = url.start_of(Landmark::Value(Role::FileData));
            Ok(data.unwrap_or(MacStart::Empty))
        }
        MacInput::At(landmark) => url.start_of(landmark).ok_or(UrlError::NoStart { landmark }),
        MacInput::Offset(got) => url
            .start_at_offset(got)
            .ok_or(UrlError::StartBehindMac { max, got }),
    }
}

fn tamper(
    url: &Dissected<'_>,
    verified: Option<&Verified>,
    at: Option<usize>,
) -> Option<TamperStatus> {
    if let Some(letters) = url.value(Role::Tamper) {
        return TamperStatus::from_letters(letters.as_bytes().try_into().ok()?);
    }
    TamperStatus::in_file_data(verified?.file_data.as_deref()?, at?)
}

/// One session key to try the MAC with, prepared once for all starts.
pub(super) enum Attempt {
    Aes(Box<CmacKey>),
    Lrp(Box<Lrp>),
}

impl Attempt {
    pub(super) fn new(mode: Mode, file_key: &[u8; 16], mirrored: &Mirrored) -> Self {
        let vectors = stages::session_vectors(mode, mirrored);
        Self::with_session_key(mode, &stages::session_key(mode, file_key, &vectors.mac))
    }

    pub(super) fn with_session_key(mode: Mode, key: &[u8; 16]) -> Self {
        match mode {
            Mode::Aes => Self::Aes(Box::new(CmacKey::new(key))),
            Mode::Lrp => Self::Lrp(Box::new(Lrp::new(key, stages::MAC_KEY))),
        }
    }

    /// Whether the tag's MAC is right over the text from a start on.
    pub(super) fn fits(&self, url: &Dissected<'_>, start: MacStart) -> bool {
        let full = self.full(url, start).map(odd_bytes);
        full.is_some() && full == url.mac()
    }

    /// The MAC before it is truncated.
    pub(super) fn full(&self, url: &Dissected<'_>, start: MacStart) -> Option<[u8; 16]> {
        let input = url.mac_input(start)?;
        Some(match self {
            Self::Aes(key) => key.mac(&[&input]),
            Self::Lrp(key) => key.mac(&[&input]),
        })
    }
}

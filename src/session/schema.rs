//! The session form, version 1, as it stands in the file.
//!
//! Header members come first. An event is an object with one of `command response reset field_off lost tear note
//! card`,
//! and optionally `time_us`, `lane` (`card` when absent) and
//! `reader` (0 when absent). Unknown members are errors: they may carry a meaning.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::bytes::hex;

/// What the member `format` says.
pub(super) const FORMAT: &str = "tapscope-session";

/// Members of the file.
#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum Member {
    Format,
    Version,
    Reader,
    Card,
    Image,
    Keys,
    Notes,
    Assertions,
    Events,
}

/// The member `card`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardForm {
    pub(super) product: Option<String>,
    pub(super) uid: Option<HexForm>,
    pub(super) atr: Option<HexForm>,
}

/// One element of the member `keys`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyForm {
    pub(super) label: String,
    pub(super) aid: Option<String>,
    pub(super) key_no: u8,
}

/// Members of an event.
#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum EventMember {
    TimeUs,
    Lane,
    Reader,
    Command,
    Response,
    Reset,
    FieldOff,
    Lost,
    Tear,
    Note,
    Card,
}

impl EventMember {
    /// The name in the file.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TimeUs => "time_us",
            Self::Lane => "lane",
            Self::Reader => "reader",
            Self::Command => "command",
            Self::Response => "response",
            Self::Reset => "reset",
            Self::FieldOff => "field_off",
            Self::Lost => "lost",
            Self::Tear => "tear",
            Self::Note => "note",
            Self::Card => "card",
        }
    }
}

/// Values of `lane`.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LaneForm {
    Card,
    Server,
    Forwarder,
    Terminal,
}

/// The value of `tear`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TearForm {
    pub(super) after_writes: u32,
}

/// The value of the event `card`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PresentedForm {
    pub(super) reader: String,
    pub(super) atr: HexForm,
}

/// The value of `reset`, `field_off` and `lost`: `true`, since nothing else would say anything.
pub(super) struct Happened;

impl<'de> Deserialize<'de> for Happened {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            Ok(Self)
        } else {
            Err(D::Error::custom("false, expected true"))
        }
    }
}

/// Bytes as hexadecimal text.
pub(super) struct HexForm(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for HexForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = HexForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("hexadecimal text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HexForm, E> {
                hex::parse(text).map(HexForm).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

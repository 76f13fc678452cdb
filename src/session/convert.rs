//! From the forms of the file to the values of the core.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::schema::{
    CardForm, EventMember, Happened, HexForm, KeyForm, LaneForm, PresentedForm, TearForm,
};
use super::{CardIdentity, KeyLabel};
use crate::bytes::hex::HexError;
use crate::trace::{Event, EventKind, Lane, Presented};

impl From<CardForm> for CardIdentity {
    fn from(form: CardForm) -> Self {
        Self {
            product: form.product,
            uid: form.uid.map(|HexForm(bytes)| bytes),
            atr: form.atr.map(|HexForm(bytes)| bytes),
        }
    }
}

impl From<PresentedForm> for Presented {
    fn from(form: PresentedForm) -> Self {
        let HexForm(atr) = form.atr;
        Self {
            reader: form.reader,
            atr,
        }
    }
}

impl TryFrom<KeyForm> for KeyLabel {
    type Error = HexError;

    fn try_from(form: KeyForm) -> Result<Self, HexError> {
        let aid = form.aid.filter(|aid| aid != "*");
        Ok(Self {
            label: form.label,
            aid: aid.map(|aid| aid.parse()).transpose()?,
            key_no: form.key_no,
        })
    }
}

impl From<LaneForm> for Lane {
    fn from(form: LaneForm) -> Self {
        match form {
            LaneForm::Card => Self::Card,
            LaneForm::Server => Self::Server,
            LaneForm::Forwarder => Self::Forwarder,
            LaneForm::Terminal => Self::Terminal,
        }
    }
}

/// Reads one event without an intermediate form; remembers which member it is in, for the error message.
pub(super) struct EventSeed<'a> {
    /// Name of the member that is being read; empty between members.
    pub(super) member: &'a mut &'static str,
}

impl<'de> DeserializeSeed<'de> for EventSeed<'_> {
    type Value = Event;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EventSeed<'_> {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let (mut time_us, mut lane, mut reader, mut kind) = (None, None, None, None);
        loop {
            *self.member = "";
            let Some(member) = map.next_key::<EventMember>()? else {
                break;
            };
            *self.member = member.name();
            let next = match member {
                EventMember::TimeUs => {
                    once(&mut time_us, map.next_value::<u64>()?)?;
                    continue;
                }
                EventMember::Lane => {
                    once(&mut lane, Lane::from(map.next_value::<LaneForm>()?))?;
                    continue;
                }
                EventMember::Reader => {
                    once(&mut reader, map.next_value::<u16>()?)?;
                    continue;
                }
                EventMember::Command => EventKind::Command(map.next_value::<HexForm>()?.0),
                EventMember::Response => EventKind::Response(map.next_value::<HexForm>()?.0),
                EventMember::Reset => map.next_value().map(|Happened| EventKind::Reset)?,
                EventMember::FieldOff => map.next_value().map(|Happened| EventKind::FieldOff)?,
                EventMember::Lost => map.next_value().map(|Happened| EventKind::Lost)?,
                EventMember::Tear => EventKind::Tear {
                    after_writes: map.next_value::<TearForm>()?.after_writes,
                },
                EventMember::Note => EventKind::Note(map.next_value()?),
                EventMember::Card => EventKind::Card(Box::new(
                    map.next_value::<PresentedForm>().map(Presented::from)?,
                )),
            };
            once(&mut kind, next)?;
        }
        let kind = kind.ok_or_else(|| A::Error::custom(format!("none given, expected {KINDS}")))?;
        Ok(Event {
            time_us,
            lane: lane.unwrap_or_default(),
            reader: reader.unwrap_or_default(),
            kind,
        })
    }
}

/// Sets what may be given once.
fn once<T, E: Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::custom(format!(
            "given twice, expected at most one time_us, one lane, one reader and {KINDS}"
        ))),
    }
}

const KINDS: &str = "one of command, response, reset, field_off, lost, tear, note, card";

//! Reads the session form as a stream: events that stand before a torn or damaged place are kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::convert::EventSeed;
use super::json::{Place, clip, grouped, reason};
use super::schema::{CardForm, FORMAT, KeyForm, Member};
use super::{CardIdentity, KeyLabel, Reading, Session, migrate};
use crate::report::Finding;

/// Why a file is not a session that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or JSON of another kind.
    #[error("line {line}, byte {offset}: not a {FORMAT} file: {reason}")]
    Foreign {
        /// Line, from 1.
        line: usize,
        /// Byte, from 0.
        offset: usize,
        /// What stands there instead.
        reason: String,
    },
    /// Another form.
    #[error("line {line}: format is {got:?}, {FORMAT:?} expected")]
    Format {
        /// Line, from 1.
        line: usize,
        /// What the file says.
        got: String,
    },
    /// A form that is newer than the program.
    #[error("line {line}: version {got}, this program reads up to {newest}")]
    Version {
        /// Line, from 1.
        line: usize,
        /// What the file says.
        got: u64,
        /// The newest version that can be read.
        newest: u64,
    },
    /// A member with a wrong type or value.
    #[error("line {line}, byte {offset}, {field}: {reason}")]
    Member {
        /// Line, from 1.
        line: usize,
        /// Byte, from 0.
        offset: usize,
        /// The member, such as `events[3].response`.
        field: String,
        /// What is there and what is expected.
        reason: String,
    },
    /// A member that every session has.
    #[error("member {0} is missing")]
    Missing(&'static str),
}

/// Reads a session file.
pub fn read(text: &[u8]) -> Result<Reading<Session>, ReadError> {
    read_while(text, &mut |_| true)
}

/// Reads a session file as long as it is wanted: `go_on` is asked before each event, with its number. What it
/// ended is an error that nobody should show.
pub fn read_while(
    text: &[u8],
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<Reading<Session>, ReadError> {
    let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let skipped = text.len() - body.len();
    let mut draft = Draft::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    let seed = SessionSeed {
        draft: &mut draft,
        go_on,
    };
    let outcome = seed.deserialize(&mut json).and_then(|()| json.end());
    let Err(error) = outcome else {
        return draft.complete();
    };
    let mut place = Place::of(&error, body);
    place.offset += skipped;
    draft.stopped(&error, place)
}

/// Three bytes that some editors put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

const EVENTS: &str = "events";

/// What was read so far; survives the error that ends the reading.
#[derive(Default)]
struct Draft {
    session: Session,
    known: bool,
    versioned: bool,
    started: bool,
    refused: Option<Refused>,
    member: &'static str,
    event_member: &'static str,
}

/// A value that makes the rest of the file unreadable.
enum Refused {
    Format(String),
    Version(u64),
}

impl Draft {
    fn complete(self) -> Result<Reading<Session>, ReadError> {
        for (there, name) in [
            (self.known, "format"),
            (self.versioned, "version"),
            (self.started, EVENTS),
        ] {
            if !there {
                return Err(ReadError::Missing(name));
            }
        }
        Ok(self.with(Vec::new()))
    }

    fn with(self, findings: Vec<Finding>) -> Reading<Session> {
        Reading {
            value: self.session,
            findings,
        }
    }

    fn stopped(
        mut self,
        error: &serde_json::Error,
        Place { line, offset }: Place,
    ) -> Result<Reading<Session>, ReadError> {
        match self.refused.take() {
            Some(Refused::Format(got)) => return Err(ReadError::Format { line, got }),
            Some(Refused::Version(got)) => {
                let newest = migrate::NEWEST;
                return Err(ReadError::Version { line, got, newest });
            }
            None => {}
        }
        let reason = reason(error);
        if !self.known {
            return Err(ReadError::Foreign {
                line,
                offset,
                reason,
            });
        }
        if error.is_data() || !(error.is_eof() || self.started) {
            return Err(ReadError::Member {
                line,
                offset,
                field: self.field(),
                reason,
            });
        }
        let opened = self.session.events.len();
        let (line, opened) = (grouped(line), grouped(opened));
        let at = grouped(offset);
        let finding = if error.is_eof() {
            let text = format!("Line {line} is cut off at byte {at}, {opened} events opened");
            Finding::warning("session_truncated", text)
                .values("the end of the session", "the end of the file")
        } else {
            let text = format!("Line {line} is damaged at byte {at}, {opened} events opened");
            Finding::error("session_damaged", text).values("JSON", reason)
        };
        let finding = finding.field(self.field());
        Ok(self.with(vec![finding]))
    }

    /// Where the reading is, as a path.
    fn field(&self) -> String {
        let name = if self.member.is_empty() {
            "session"
        } else {
            self.member
        };
        if name != EVENTS {
            return name.to_owned();
        }
        let index = self.session.events.len();
        if self.event_member.is_empty() {
            format!("{name}[{index}]")
        } else {
            format!("{name}[{index}].{}", self.event_member)
        }
    }
}

struct SessionSeed<'a> {
    draft: &'a mut Draft,
    go_on: &'a mut dyn FnMut(usize) -> bool,
}

impl<'de> DeserializeSeed<'de> for SessionSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SessionSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {FORMAT} object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.draft;
        while let Some(member) = map.next_key::<Member>()? {
            draft.take(member, &mut map, self.go_on)?;
            draft.member = "";
        }
        Ok(())
    }
}

impl Draft {
    fn take<'de, A: MapAccess<'de>>(
        &mut self,
        member: Member,
        map: &mut A,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<(), A::Error> {
        self.member = match member {
            Member::Format => "format",
            Member::Version => "version",
            Member::Reader => "reader",
            Member::Card => "card",
            Member::Image => "image",
            Member::Keys => "keys",
            Member::Notes => "notes",
            Member::Assertions => "assertions",
            Member::Events => EVENTS,
        };
        match member {
            Member::Format => {
                let got: String = map.next_value()?;
                if got != FORMAT {
                    self.refused = Some(Refused::Format(clip(&got)));
                    return Err(A::Error::custom("another format"));
                }
                self.known = true;
            }
            Member::Version => {
                let got: u64 = map.next_value()?;
                if !migrate::reads(got) {
                    self.refused = Some(Refused::Version(got));
                    return Err(A::Error::custom("another version"));
                }
                self.versioned = true;
            }
            Member::Reader => self.session.reader = map.next_value()?,
            Member::Card => {
                let card: Option<CardForm> = map.next_value()?;
                self.session.card = card.map(CardIdentity::from);
            }
            Member::Image => self.session.image = map.next_value()?,
            Member::Keys => {
                let forms: Vec<KeyForm> = map.next_value()?;
                let labels: Result<_, _> = forms.into_iter().map(KeyLabel::try_from).collect();
                self.session.keys = labels.map_err(A::Error::custom)?;
            }
            Member::Notes => self.session.notes = map.next_value()?,
            Member::Assertions => self.session.assertions = map.next_value()?,
            Member::Events => {
                if self.started {
                    return Err(A::Error::custom("given twice, expected once"));
                }
                self.started = true;
                map.next_value_seed(EventsSeed { draft: self, go_on })?;
            }
        }
        Ok(())
    }
}

struct EventsSeed<'a> {
    draft: &'a mut Draft,
    go_on: &'a mut dyn FnMut(usize) -> bool,
}

impl<'de> DeserializeSeed<'de> for EventsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EventsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let draft = self.draft;
        loop {
            if !(self.go_on)(draft.session.events.len()) {
                return Err(A::Error::custom("not wanted any more"));
            }
            let seed = EventSeed {
                member: &mut draft.event_member,
            };
            let Some(event) = seq.next_element_seed(seed)? else {
                return Ok(());
            };
            draft.session.events.push(event);
        }
    }
}

#[cfg(test)]
mod tests;

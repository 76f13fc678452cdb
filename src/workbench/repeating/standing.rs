//! Where the host stands with a card, and how that differs from where a row stood.

use crate::card::Aid;
use crate::dialogue::Host;
use crate::secure_messaging::{Channel, D40, Ev1};
use crate::trace::Exchange;

use crate::workbench::reader::Reader;
use crate::workbench::state::Workbench;

/// What is selected, and the session that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The application or PICC level, when it is known.
    pub selected: Option<Aid>,
    /// The session, when there is one.
    pub session: Option<Live>,
}

/// An open session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// The channel's name in JSON rows.
    pub channel: &'static str,
    /// Number of the key that opened it, when it is known.
    pub key_no: Option<u8>,
}

impl Live {
    /// The channel without its cipher, as people write it.
    fn generation(self) -> String {
        let name = self
            .channel
            .split_once('-')
            .map_or(self.channel, |(name, _)| name);
        name.to_uppercase()
    }
}

impl Default for Standing {
    /// A card that just came into the field.
    fn default() -> Self {
        Self {
            selected: Some(Aid::PICC),
            session: None,
        }
    }
}

impl Standing {
    /// Where a host stands.
    pub(in crate::workbench) fn of(host: &Host) -> Self {
        let channel = match host.channel() {
            Channel::Plain => None,
            Channel::D40(_) => Some(D40::NAME),
            Channel::Ev1(session) => Some(Ev1::name(session.kind())),
            Channel::Ev2(_) => Some("ev2"),
        };
        Self {
            selected: host.selected(),
            session: channel.map(|channel| Live {
                channel,
                key_no: host.key_no(),
            }),
        }
    }

    /// Where the two ends stood at a row.
    fn at(row: &Exchange) -> Self {
        let channel = row.channel.filter(|channel| *channel != "plain");
        Self {
            selected: row.aid,
            session: channel.map(|channel| Live {
                channel,
                key_no: row.key.as_ref().and_then(|key| key.key_no),
            }),
        }
    }
}

impl Workbench {
    /// Where the host stands with the card of the chosen reader.
    pub fn standing(&self) -> Standing {
        self.reader().map(Reader::standing).unwrap_or_default()
    }

    /// The present session in words.
    pub fn standing_text(&self) -> String {
        let now = self.standing();
        match now.session {
            Some(live) => format!(
                "The present session is {} over {}",
                self.key_text(now.selected, live.key_no),
                live.generation()
            ),
            None => format!(
                "No session is open, {} is selected: the command goes out in plain",
                self.level_text(now.selected)
            ),
        }
    }

    /// How the present session differs from that of a row; `None` when it does not.
    pub fn standing_differs(&self, row: usize) -> Option<String> {
        let (then, now) = (Standing::at(self.rows().get(row)?), self.standing());
        let differs = match (then.session, now.session) {
            (None, None) => then.selected.is_some() && then.selected != now.selected,
            _ => then != now,
        };
        if !differs {
            return None;
        }
        let was = match then.session {
            None => format!(
                "Row {row} was sent to {} without a session",
                self.level_text(then.selected)
            ),
            Some(live) => format!(
                "Row {row} used {} over {}",
                self.key_text(then.selected, live.key_no),
                live.generation()
            ),
        };
        let now = match now.session {
            None => format!(
                "no session is open, {} is selected, and the command goes out in plain",
                self.level_text(now.selected)
            ),
            Some(live) => format!(
                "the present session is {} over {}",
                self.key_text(now.selected, live.key_no),
                live.generation()
            ),
        };
        Some(format!("{was}; {now}"))
    }

    /// Application and key number of a row's session where the present one has others, and why that authentication can't
    /// be made.
    pub fn authenticate_as(&self, row: usize) -> Option<Result<(Aid, u8), String>> {
        let (then, now) = (Standing::at(self.rows().get(row)?), self.standing());
        let (aid, live) = (then.selected?, then.session?);
        let key_no = live.key_no?;
        let is_open = now.session.is_some_and(|now| now.key_no == Some(key_no));
        if is_open && now.selected == Some(aid) {
            return None;
        }
        let has = self.keyring().auth_keys(Some(aid), key_no).next().is_some();
        Some(if has {
            self.can_send()
                .map(|()| (aid, key_no))
                .map_err(str::to_owned)
        } else {
            Err(format!(
                "Off, the table has no {}",
                self.key_text(Some(aid), Some(key_no))
            ))
        })
    }

    fn key_text(&self, aid: Option<Aid>, key_no: Option<u8>) -> String {
        let key = key_no.map_or_else(|| "a key".into(), |key_no| format!("key {key_no:X}"));
        format!("{key} of {}", self.level_text(aid))
    }

    fn level_text(&self, aid: Option<Aid>) -> String {
        match aid {
            None => "an unknown application".into(),
            Some(aid) if aid.is_picc() => "PICC level".into(),
            Some(aid) => self.aid_text(aid),
        }
    }
}

//! What both sides of a recorded authentication drew.

use crate::apdu::{CommandApdu, ResponseApdu, Status};
use crate::card::KeyType;
use crate::command::AuthenticateLegacy;
use crate::command::iso::EXTERNAL_AUTHENTICATE as EXTERNAL;
pub(super) use crate::command::iso::{GET_CHALLENGE, INTERNAL_AUTHENTICATE as INTERNAL};
use crate::crypto::Secret;
use crate::crypto::entropy::RecoveredEntropy;
use crate::secure_messaging::Verdict;
use crate::secure_messaging::handshake::{
    AuthKey, Cryptograms, IsoFrames, Recovered, RecoveredIso, RecoveredLegacy,
};
use crate::trace::{Authenticated, Event, Exchange};
use crate::virtual_card::Card;

/// The key and the random numbers of an authentication; secrets.
pub(super) enum Drawn {
    /// AuthenticateEV2First and NonFirst.
    Ev2 {
        /// The key.
        key: [u8; 16],
        /// The random numbers of both sides.
        recovered: Recovered,
    },
    /// Authenticate, AuthenticateISO and AuthenticateAES.
    Legacy {
        /// The key.
        key: Box<AuthKey>,
        /// The random numbers of both sides.
        recovered: RecoveredLegacy,
    },
    /// GET CHALLENGE with the rows behind it.
    Iso {
        /// The key.
        key: Box<AuthKey>,
        /// P2 of EXTERNAL AUTHENTICATE.
        reference: u8,
        /// The random numbers of both sides.
        recovered: RecoveredIso,
        /// Rows behind the first that belong to it.
        rows: usize,
    },
}

/// A key with its type.
pub(super) struct Known {
    kind: KeyType,
    value: Secret,
}

impl Known {
    fn auth_key(&self) -> Option<Box<AuthKey>> {
        AuthKey::new(self.kind, self.value.expose()).map(Box::new)
    }
}

/// The rows of one authentication and what comes after them.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The first row and all later ones.
    pub(super) rows: &'a [Exchange],
    /// All events.
    pub(super) events: &'a [Event],
}

impl<'a> Context<'a> {
    /// From the row of this number on.
    pub(super) fn at(rows: &'a [Exchange], row: &Exchange, events: &'a [Event]) -> Self {
        let place = rows.partition_point(|other| other.index < row.index);
        let rows = rows.get(place..).unwrap_or_default();
        Self { rows, events }
    }

    /// What was drawn; the key is the one that the trace found, or the card's. The second value says whether the trace
    /// knows the key or the card accepted it: otherwise the host can't be rebuilt.
    pub(super) fn draw(self, card: Option<&Card>) -> Option<(Drawn, bool)> {
        let row = self.rows.first()?;
        let deciding = match self.iso_rows() {
            0 => row,
            behind => self.rows.get(behind)?,
        };
        let seen = seen_key(deciding);
        let is_known = seen.is_some() || deciding.status.is_some_and(Status::is_success);
        let key = seen.or_else(|| card_key(deciding, card?))?;
        let drawn = match row.ins {
            _ if row.is_iso_authentication() => self.iso(&key),
            0x71 | 0x77 if row.channel == Some("ev2") => self.ev2(&key),
            AuthenticateLegacy::D40 | AuthenticateLegacy::ISO | AuthenticateLegacy::AES => {
                self.legacy(&key)
            }
            _ => None,
        };
        Some((drawn?, is_known))
    }

    /// How many rows behind GET CHALLENGE belong to its authentication; 0 where it was not brought to an end.
    fn iso_rows(self) -> usize {
        let is = |row: &Exchange, ins| row.is_iso_authentication() && row.ins == ins;
        let accepted = |row: &Exchange| row.status.is_some_and(Status::is_success);
        match self.rows {
            [first, second, rest @ ..] if is(first, GET_CHALLENGE) && is(second, EXTERNAL) => {
                match rest {
                    [third, ..] if accepted(second) && is(third, INTERNAL) => 2,
                    _ if accepted(second) => 0,
                    _ => 1,
                }
            }
            _ => 0,
        }
    }

    fn ev2(self, key: &Known) -> Option<Drawn> {
        let key = key.value.aes128()?;
        let row = self.rows.first()?;
        let body = row.command.as_deref().unwrap_or_default();
        let recorded = Cryptograms {
            pcdcap2: body.get(2..).unwrap_or_default(),
            session_fits: self.session_fits(0, |row| [row.verdicts.command_mac].to_vec()),
            ..self.cryptograms(row)
        };
        let recovered = Recovered::new(&key, recorded);
        Some(Drawn::Ev2 { key, recovered })
    }

    fn legacy(self, key: &Known) -> Option<Drawn> {
        let key = key.auth_key()?;
        let row = self.rows.first()?;
        let recorded = Cryptograms {
            session_fits: self.session_fits(0, legacy_checks),
            ..self.cryptograms(row)
        };
        let recovered = if row.ins == AuthenticateLegacy::D40 {
            RecoveredLegacy::d40(&key, recorded)
        } else {
            RecoveredLegacy::ev1(&key, recorded)
        }?;
        Some(Drawn::Legacy { key, recovered })
    }

    fn iso(self, key: &Known) -> Option<Drawn> {
        let key = key.auth_key()?;
        let behind = self.iso_rows();
        let [first, second, rest @ ..] = self.rows else {
            return None;
        };
        let third = rest.first().filter(|_| behind == 2);
        let bytes = |bytes: Option<&'a Vec<u8>>| bytes.map_or(&[][..], Vec::as_slice);
        let recorded = IsoFrames {
            rpicc1: bytes(first.response.as_ref()),
            token: bytes(second.command.as_ref()),
            rpcd2: bytes(third.and_then(|row| row.command.as_ref())),
            proof: bytes(third.and_then(|row| row.response.as_ref())),
            session_fits: self.session_fits(behind, legacy_checks),
        };
        let recovered = RecoveredIso::new(&key, recorded)?;
        let [_, reference] = second.p1p2;
        Some(Drawn::Iso {
            key,
            reference,
            recovered,
            rows: behind,
        })
        .filter(|_| behind > 0)
    }

    fn cryptograms(self, row: &Exchange) -> Cryptograms<'a> {
        let mut tokens = row.commands(self.events).skip(1);
        let token = tokens.next().map(|bytes| CommandApdu::parse(bytes).body);
        let mut answers = row
            .responses(self.events)
            .filter_map(|bytes| ResponseApdu::parse(row.form, bytes))
            .map(|answer| answer.data);
        Cryptograms {
            challenge: answers.next().unwrap_or_default(),
            token: token.unwrap_or_default(),
            proof: answers.next().unwrap_or_default(),
            ..Cryptograms::default()
        }
    }

    /// The first check in the session behind the authentication that said something.
    fn session_fits(self, last: usize, checks: impl Fn(&Exchange) -> Vec<Verdict>) -> Option<bool> {
        let later = self.rows.iter().skip(last + 1);
        let session =
            later.take_while(|row| !row.is_authentication() && !row.is_iso_authentication());
        session
            .flat_map(checks)
            .find(|verdict| matches!(verdict, Verdict::Ok | Verdict::Bad))
            .map(|verdict| verdict == Verdict::Ok)
    }
}

fn legacy_checks(row: &Exchange) -> Vec<Verdict> {
    let verdicts = &row.verdicts;
    vec![verdicts.command_mac, verdicts.response_mac, verdicts.crc]
}

/// The key that the trace found.
fn seen_key(row: &Exchange) -> Option<Known> {
    Some(match row.authentication.as_deref()? {
        Authenticated::Ev2(seen) => Known {
            kind: KeyType::Aes128,
            value: Secret::new(seen.key),
        },
        Authenticated::Legacy { key, seen } => Known {
            kind: seen.kind,
            value: key.clone(),
        },
    })
}

/// The key that the card holds where the row authenticates.
fn card_key(row: &Exchange, card: &Card) -> Option<Known> {
    let image = card.image();
    let number = usize::from(key_no(row));
    let (kind, key) = match row.aid.filter(|aid| !aid.is_picc()) {
        Some(aid) => {
            let application = image.applications.get(&aid)?;
            let key = application.key_values.get(number)?;
            (application.keys.key_type()?, key)
        }
        None if number == 0 => (image.master_key_type, &image.master_key),
        None => return None,
    };
    Some(Known {
        kind,
        value: key.value.clone(),
    })
}

/// Key number of an authentication.
pub(super) fn key_no(row: &Exchange) -> u8 {
    if row.is_iso_authentication() {
        let [_, reference] = row.p1p2;
        return reference & 0x1F;
    }
    let body = row.command.as_deref().unwrap_or_default();
    body.first().copied().unwrap_or_default() & KEY_NO
}

impl Drawn {
    /// The card's random numbers, in the order in which it draws them.
    pub(super) fn entropy(&self) -> RecoveredEntropy {
        let mut entropy = RecoveredEntropy::default();
        match self {
            Self::Ev2 { recovered, .. } => {
                entropy.push(&recovered.rnd_b);
                entropy.push(recovered.ti.as_ref().map_or(&[], |ti| &ti[..]));
            }
            Self::Legacy { recovered, .. } => entropy.push(recovered.rnd_b.expose()),
            Self::Iso { recovered, .. } => {
                entropy.push(&recovered.rpicc1);
                entropy.push(recovered.rpicc2.expose());
            }
        }
        entropy
    }

    /// The data that the card must answer, frame by frame.
    pub(super) fn answers(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Ev2 { recovered, .. } => {
                vec![recovered.challenge.to_vec(), recovered.proof.clone()]
            }
            Self::Legacy { recovered, .. } => {
                vec![recovered.challenge.clone(), recovered.proof.clone()]
            }
            Self::Iso { recovered, .. } => vec![
                recovered.rpicc1.clone(),
                Vec::new(),
                recovered.proof.clone(),
            ],
        }
    }

    /// Rows behind the first that belong to the authentication.
    pub(super) const fn rows_behind(&self) -> usize {
        match self {
            Self::Iso { rows, .. } => *rows,
            Self::Ev2 { .. } | Self::Legacy { .. } => 0,
        }
    }
}

/// Bits of KeyNo that count in an authentication (DESFire reference §2.1).
pub(super) const KEY_NO: u8 = 0x3F;

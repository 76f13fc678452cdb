//! What the rows before a row tell: keys, file settings, the UID.

use crate::bytes::Reader;
use crate::card::settings::FileSettings;
use crate::card::{KeyType, Version};
use crate::command::Command;
use crate::crypto::Secret;
use crate::keyring::{Diversification, Keyring, Use};
use crate::secure_messaging::Verdict;
use crate::trace::{Authenticated, Exchange, created};

/// A key that may have been used.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) key: Secret,
    pub(super) kind: KeyType,
    /// It belongs to the application and number that were asked for.
    pub(super) is_here: bool,
    /// Place of the row that showed it.
    pub(super) row: Option<usize>,
}

/// How many rows a walk back looks at.
const FAR: usize = 4096;

/// The rows of the same reader before `at`, newest first, with their places.
pub(super) fn before(rows: &[Exchange], at: usize) -> impl Iterator<Item = (usize, &Exchange)> {
    let reader = rows.get(at).map(|row| row.reader);
    let rows = rows.get(..at).unwrap_or_default().iter().enumerate().rev();
    let rows = rows.filter(move |(_, row)| Some(row.reader) == reader);
    rows.take(FAR)
}

/// Keys of the table and of earlier rows, those of the place first.
pub(super) fn keys(rows: &[Exchange], at: usize, keyring: &Keyring, number: u8) -> Vec<Known> {
    let Some(row) = rows.get(at) else {
        return Vec::new();
    };
    let mut known: Vec<Known> = before(rows, at)
        .filter_map(|(place, before)| {
            let (key, kind, key_no) = shown(before)?;
            Some(Known {
                key,
                kind,
                is_here: before.aid == row.aid && key_no == number,
                row: Some(place),
            })
        })
        .collect();
    let uid = uid(rows, at, keyring);
    let table = keyring.keys.iter().filter(|entry| entry.usage == Use::Auth);
    known.extend(table.filter_map(|entry| {
        Some(Known {
            key: entry.key_for(uid.as_deref(), row.aid).ok()?,
            kind: entry.key_type,
            // Where the trace does not show the selection any application may be it.
            is_here: entry.key_no == number && (row.aid.is_none() || entry.scope.covers(row.aid)),
            row: None,
        })
    }));
    known.sort_by_key(|known| !known.is_here);
    let mut distinct: Vec<Known> = Vec::new();
    for key in known {
        if distinct.iter().all(|other| other.key != key.key) {
            distinct.push(key);
        }
    }
    distinct
}

/// A key that a row showed, with its number.
fn shown(row: &Exchange) -> Option<(Secret, KeyType, u8)> {
    const NUMBER: u8 = 0x3F;
    if let Some(seen) = row.authentication.as_deref() {
        let number = row.key.as_ref()?.key_no? & NUMBER;
        return Some(match seen {
            Authenticated::Ev2(seen) => (Secret::new(seen.key), KeyType::Aes128, number),
            Authenticated::Legacy { key, seen } => (key.clone(), seen.kind, number),
        });
    }
    let key = row.new_key.as_ref()?;
    let accepted = row.status.is_some_and(crate::apdu::Status::is_success);
    let kind = match (&key.version, key.key.as_ref()?.expose().len()) {
        (Some(_), _) => KeyType::Aes128,
        (None, 24) => KeyType::ThreeKey3Des,
        (None, _) => KeyType::TwoKey3Des,
    };
    let header = row.command.as_ref()?.get(usize::from(row.ins == 0xC6))?;
    accepted.then(|| Some((key.key.clone()?, kind, header & NUMBER)))?
}

/// The UID, where a diversified key needs it.
fn uid(rows: &[Exchange], at: usize, keyring: &Keyring) -> Option<Vec<u8>> {
    let mut table = keyring.keys.iter();
    table.find(|entry| entry.diversification != Diversification::None)?;
    before(rows, at).find_map(|(_, row)| {
        let answer = row.response.as_deref()?;
        match row.ins {
            0x51 if answer.len() == 7 => Some(answer.to_vec()),
            0x60 => {
                let version = Reader::all("GetVersion", answer, Version::read).ok()?;
                (version.uid != [0; 7]).then(|| version.uid.to_vec())
            }
            _ => None,
        }
    })
}

/// The settings of the file that a command with this body is about, as the rows before it show them.
pub(super) fn settings(rows: &[Exchange], at: usize, body: &[u8]) -> Option<(usize, FileSettings)> {
    let aid = rows.get(at)?.aid?;
    let file_no = *body.first()?;
    let mut change = None;
    for (place, before) in before(rows, at).filter(|(_, before)| before.aid == Some(aid)) {
        match about(before, file_no) {
            Some(About::Changed(changed)) if change.is_none() => change = Some(changed),
            Some(About::Whole(mut settings)) => {
                if let Some((option, rights, more)) = change {
                    settings.option = option;
                    settings.rights = rights;
                    settings.more_rights = more;
                }
                return Some((place, settings));
            }
            _ => {}
        }
    }
    None
}

/// What a row says about a file.
enum About {
    Whole(FileSettings),
    Changed(
        (
            u8,
            crate::card::AccessRights,
            Vec<crate::card::AccessRights>,
        ),
    ),
}

fn about(row: &Exchange, file_no: u8) -> Option<About> {
    const CODES: [u8; 8] = [0xF5, 0x5F, 0xCD, 0xCB, 0xCC, 0xC1, 0xC0, 0xCE];
    let accepted = row.status.is_some_and(crate::apdu::Status::is_success);
    if !CODES.contains(&row.ins) || !accepted || row.verdicts.any(Verdict::Bad) {
        return None;
    }
    match row.typed()? {
        Command::GetFileSettings(get) if get.file_no == file_no => {
            let answer = row.response.as_deref()?;
            let settings = Reader::all("GetFileSettings", answer, FileSettings::read);
            settings.ok().map(About::Whole)
        }
        Command::ChangeFileSettings(change) if change.file_no == file_no => Some(About::Changed((
            change.option,
            change.rights,
            change.more_rights.clone(),
        ))),
        command => {
            let (number, settings) = created(&command)?;
            (number == file_no).then_some(About::Whole(settings))
        }
    }
}

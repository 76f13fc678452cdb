//! Commands on applications, files and keys: what exists, and what it is (DESFire reference §2.2 to §2.5).

use std::sync::Arc;

use super::effect::{Effect, Outcome};
use crate::apdu::{Family, ResponseApdu};
use crate::bytes::Reader;
use crate::card::known::{
    Fact, FileAccess, KnownApplication, KnownCard, KnownFile, KnownRecords, KnownSession,
};
use crate::card::settings::{FileKind, FileSettings, SDM};
use crate::card::{Aid, Version};
use crate::command::{Command, CreateApplication, DfName, KeySettingsAnswer};
use crate::trace::event::Event;
use crate::trace::learn;

/// Codes of commands that change what exists or what it is.
const CHANGES: &[u8] = &[
    0xCA, 0xC9, 0xDA, 0xFC, 0xCD, 0xCB, 0xCC, 0xC1, 0xC0, 0xCE, 0xDF, 0x54, 0x5F, 0xC4, 0xC6, 0x55,
    0x56, 0x57,
];
/// Those of them that take memory or give it back.
const ALLOCATES: &[u8] = &[
    0xCA, 0xC9, 0xDA, 0xFC, 0xCD, 0xCB, 0xCC, 0xC1, 0xC0, 0xCE, 0xDF, 0x56,
];

/// Takes over what a command shows of structure; `aid`: the level that was selected before it, where it is known.
pub(super) fn absorb(
    card: &mut KnownCard,
    effect: &Effect<'_>,
    events: &[Event],
    aid: Option<Aid>,
) {
    let row = effect.row.index;
    if effect.outcome == Outcome::Refused {
        return;
    }
    if effect.is(ALLOCATES) {
        card.free_memory = None;
    }
    if let Some(uid) = effect.row.shown_uid().filter(|_| effect.answer.is_some()) {
        card.uid = Some(Fact::new(uid, row));
    }
    match (effect.outcome, &effect.command) {
        (Outcome::Done, Some(command)) => {
            let sure = !matches!(card.session, KnownSession::Unknown);
            done(card, effect, command, (aid, sure));
            if let (Command::GetDfNames(_), KnownSession::None) = (command, &card.session) {
                df_names(card, effect, events);
            }
        }
        _ if effect.is(CHANGES) => forget(card, effect, aid),
        _ => {}
    }
}

fn done(card: &mut KnownCard, effect: &Effect<'_>, command: &Command, at: (Option<Aid>, bool)) {
    let (row, (aid, sure)) = (effect.row.index, at);
    let answer = effect.answer.unwrap_or_default();
    match command {
        Command::GetVersion(_) => {
            if let Ok(version) = Reader::all("GetVersion", answer, Version::read) {
                card.version = Some(Fact::new(version, row));
            }
        }
        Command::FreeMem(_) => {
            if let Ok(free) = Reader::all("FreeMem", answer, |r| r.u24("FreeMem")) {
                card.free_memory = Some(Fact::new(free, row));
            }
        }
        Command::SelectApplication(select) if !select.aid.is_picc() => {
            card.application_mut(select.aid, row);
        }
        Command::GetApplicationIds(_) if effect.answer.is_some() && sure => {
            list_applications(card, answer, row);
        }
        Command::CreateApplication(create) => created_application(card, create, row, sure),
        Command::DeleteApplication(delete) => {
            card.applications.remove(&delete.aid);
        }
        Command::FormatPicc(_) => card.applications.clear(),
        command => match aid {
            Some(aid) => at_level(card, effect, command, (aid, sure)),
            None if effect.is(CHANGES) => forget(card, effect, None),
            None => {}
        },
    }
}

fn list_applications(card: &mut KnownCard, answer: &[u8], row: usize) {
    let (aids, rest) = answer.as_chunks::<3>();
    if !rest.is_empty() {
        return;
    }
    let aids: Vec<Aid> = aids.iter().copied().map(Aid::from_wire).collect();
    card.applications.retain(|aid, _| aids.contains(aid));
    for aid in aids.into_iter().filter(|aid| !aid.is_picc()) {
        card.application_mut(aid, row);
    }
}

/// `sure`: no MAC may have been taken for identifier and name.
fn created_application(card: &mut KnownCard, create: &CreateApplication, row: usize, sure: bool) {
    let name = Some(&create.df_name).filter(|name| !name.is_empty() && sure);
    let application = KnownApplication {
        seen: Some(row),
        settings: Some(Fact::new(create.settings, row)),
        keys: Some(Fact::new(create.keys, row)),
        iso_fid: create
            .iso_fid
            .filter(|_| sure)
            .map(|fid| Fact::new(fid, row)),
        df_name: name.map(|name| Fact::new(name.clone(), row)),
        ..KnownApplication::default()
    };
    card.applications.insert(create.aid, Arc::new(application));
}

/// Each frame of the answer is one application.
fn df_names(card: &mut KnownCard, effect: &Effect<'_>, events: &[Event]) {
    let row = effect.row;
    for frame in row.responses(events) {
        let answer = ResponseApdu::parse(row.form, frame);
        let named = answer.map(|answer| Reader::all("GetDFNames", answer.data, DfName::read));
        let Some(Ok(named)) = named else {
            continue;
        };
        if named.df_name.len() > 16 || named.aid.is_picc() {
            continue;
        }
        let application = card.application_mut(named.aid, row.index);
        application.iso_fid = Some(Fact::new(named.iso_fid, row.index));
        let has_name = !named.df_name.is_empty();
        application.df_name = has_name.then(|| Fact::new(named.df_name, row.index));
    }
}

fn at_level(
    card: &mut KnownCard,
    effect: &Effect<'_>,
    command: &Command,
    (aid, sure): (Aid, bool),
) {
    let row = effect.row.index;
    let answer = effect.answer.unwrap_or_default();
    match command {
        Command::GetKeySettings(_) => {
            let read = Reader::all("GetKeySettings", answer, KeySettingsAnswer::read);
            if let Ok(read) = read {
                let level = card.application_mut(aid, row);
                level.settings = Some(Fact::new(read.settings, row));
                level.keys = Some(Fact::new(read.keys, row));
            }
        }
        Command::ChangeKeySettings(change) => {
            let level = card.application_mut(aid, row);
            level.settings = Some(Fact::new(change.settings, row));
        }
        Command::GetKeyVersion(get) if get.key_set.is_none() => {
            if let [version] = answer {
                let level = card.application_mut(aid, row);
                let version = Fact::new(*version, row);
                level.key_versions.insert(get.key_no, version);
            }
        }
        Command::ChangeKey(change) => changed_key(card, effect, aid, change.key_no),
        Command::ChangeKeyEv2(change) if change.key_set == 0 => {
            changed_key(card, effect, aid, change.key_no);
        }
        command if !aid.is_picc() => {
            let application = card.application_mut(aid, row);
            in_application(application, command, (effect, sure));
            if let Command::DeleteFile(delete) = command {
                Arc::make_mut(&mut card.pending)
                    .files
                    .remove(&delete.file_no);
            }
        }
        _ => {}
    }
}

/// The version is that of the new key; at PICC level its type may be another than before.
fn changed_key(card: &mut KnownCard, effect: &Effect<'_>, aid: Aid, key_no: u8) {
    let row = effect.row.index;
    let level = card.application_mut(aid, row);
    let number = if aid.is_picc() { key_no & 0x3F } else { key_no };
    let version = effect.row.new_key.as_ref().and_then(|new| new.version);
    // A DES key holds its version in its own bits; here only a version that was sent is taken.
    match version {
        Some(version) => level.key_versions.insert(number, Fact::new(version, row)),
        None => level.key_versions.remove(&number),
    };
    if aid.is_picc() {
        level.keys = None;
    }
}

fn in_application(
    application: &mut KnownApplication,
    command: &Command,
    (effect, sure): (&Effect<'_>, bool),
) {
    let row = effect.row.index;
    let answer = effect.answer.unwrap_or_default();
    if let Some((file_no, settings)) = learn::created(command) {
        let fid = match command {
            Command::CreateDataFile(create) => create.iso_fid,
            Command::CreateRecordFile(create) => create.iso_fid,
            _ => None,
        };
        let file = created_file(settings, fid, row);
        application.files.insert(file_no, Arc::new(file));
        return;
    }
    match command {
        Command::GetFileIds(_) if effect.answer.is_some() && sure => {
            application
                .files
                .retain(|file_no, _| answer.contains(file_no));
            for file_no in answer {
                application.file_mut(*file_no, row);
            }
        }
        Command::GetFileSettings(get) => {
            let settings = Reader::all("GetFileSettings", answer, FileSettings::read).ok();
            let settings = settings.filter(|settings| sure || settings.option & SDM == 0);
            if let Some(settings) = settings {
                shown(application.file_mut(get.file_no, row), settings, row);
            }
        }
        Command::ChangeFileSettings(change) => {
            let file = application.file_mut(change.file_no, row);
            let first = std::iter::once(change.rights);
            let access = FileAccess {
                option: change.option,
                rights: first.chain(change.more_rights.iter().copied()).collect(),
                sdm: change.sdm.clone(),
            };
            file.access = Some(Fact::new(access, row));
            if let Some(kind) = &mut file.kind
                && let FileKind::Tmac(tmac) = &mut kind.value
                && tmac.limit != change.tmc_limit
            {
                (tmac.limit, kind.since) = (change.tmc_limit, row);
            }
        }
        Command::DeleteFile(delete) => {
            let file = application.files.remove(&delete.file_no);
            let kind = file.and_then(|file| file.kind.clone());
            if kind.is_none_or(|kind| matches!(kind.value, FileKind::Tmac(_))) {
                (application.tmc, application.tmv) = (None, None);
            }
        }
        _ => {}
    }
}

/// A file that was just created: a value file holds its initial value, a record file nothing. What data files hold then,
/// and whether LimitedCredit has something to use up, is not taken for known.
fn created_file(settings: FileSettings, fid: Option<u16>, row: usize) -> KnownFile {
    let initial = match &settings.kind {
        FileKind::Value(value) => Some(Fact::new(value.limited_credit, row)),
        _ => None,
    };
    let is_records = matches!(settings.kind, FileKind::Linear(_) | FileKind::Cyclic(_));
    let mut file = KnownFile {
        seen: row,
        iso_fid: fid.map(|fid| Fact::new(fid, row)),
        value: initial,
        ..KnownFile::default()
    };
    if is_records {
        file.records = KnownRecords::empty(row);
    }
    describe(&mut file, settings, row);
    file
}

/// The answer of GetFileSettings also tells what moves with use.
fn shown(file: &mut KnownFile, settings: FileSettings, row: usize) {
    let code = |fact: &Fact<FileKind>| fact.value.code();
    if file.kind.as_ref().map(code) != Some(settings.kind.code()) {
        // Nothing that was learnt of a file of another type holds.
        if file.kind.is_some() || matches!(settings.kind, FileKind::Tmac(_)) {
            file.forget_content();
        }
    }
    match &settings.kind {
        FileKind::Value(value) => file.available = Some(Fact::new(value.limited_credit, row)),
        FileKind::Linear(records) | FileKind::Cyclic(records) => {
            file.records.learn_count(records.current_records, row);
        }
        _ => {}
    }
    describe(file, settings, row);
}

fn describe(file: &mut KnownFile, settings: FileSettings, row: usize) {
    let rights = std::iter::once(settings.rights).chain(settings.more_rights);
    let access = FileAccess {
        option: settings.option,
        rights: rights.collect(),
        sdm: settings.sdm,
    };
    file.access = Some(Fact::new(access, row));
    let mut kind = settings.kind;
    match &mut kind {
        FileKind::Value(value) => value.limited_credit = 0,
        FileKind::Linear(records) | FileKind::Cyclic(records) => records.current_records = 0,
        _ => {}
    }
    file.kind = Some(Fact::new(kind, row));
}

/// The command may have changed what it names, or it can't be read: all that it may have changed is unknown.
fn forget(card: &mut KnownCard, effect: &Effect<'_>, aid: Option<Aid>) {
    debug_assert_eq!(effect.row.family, Family::Desfire, "codes of DESFire");
    match (effect.row.ins, &effect.command) {
        (0xCA, Some(Command::CreateApplication(create))) => {
            // It did not exist before, or it was not made.
            card.applications.remove(&create.aid);
        }
        (0xDA, Some(Command::DeleteApplication(delete))) => {
            card.applications.remove(&delete.aid);
        }
        (0xFC | 0xDA, _) => card.applications.clear(),
        (code, _) => {
            let levels = card
                .applications
                .iter_mut()
                .filter(|(level, _)| aid.is_none_or(|aid| aid == **level))
                .map(|(_, application)| Arc::make_mut(application));
            let with_picc = aid.is_none_or(Aid::is_picc);
            let picc = with_picc.then(|| Arc::make_mut(&mut card.picc));
            for level in levels.chain(picc) {
                forget_level(level, code, effect.command.as_ref());
            }
        }
    }
}

fn forget_level(level: &mut KnownApplication, code: u8, command: Option<&Command>) {
    match (code, command) {
        (0x54, _) => level.settings = None,
        (0xC4 | 0xC6 | 0x55 | 0x56 | 0x57, _) => {
            level.key_versions.clear();
            level.keys = None;
        }
        (0x5F, Some(Command::ChangeFileSettings(change))) => {
            let file = level.files.get_mut(&change.file_no);
            file.into_iter().for_each(forget_access);
        }
        (0x5F, _) => level.files.values_mut().for_each(forget_access),
        (0xDF, Some(Command::DeleteFile(delete))) => {
            level.files.remove(&delete.file_no);
            (level.tmc, level.tmv) = (None, None);
        }
        (0xDF, _) => {
            level.files.clear();
            (level.tmc, level.tmv) = (None, None);
        }
        _ => {
            if let Some((file_no, _)) = command.and_then(learn::created) {
                level.files.remove(&file_no);
            }
        }
    }
}

fn forget_access(file: &mut Arc<KnownFile>) {
    let file = Arc::make_mut(file);
    file.access = None;
    let limited = |kind: &Fact<FileKind>| matches!(kind.value, FileKind::Tmac(_));
    if file.kind.as_ref().is_some_and(limited) {
        file.kind = None;
    }
}

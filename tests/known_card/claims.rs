//! Every claim against the card itself.

use std::collections::BTreeMap;

use tapscope::card::known::{KnownApplication, KnownBytes, KnownCard, KnownFile};
use tapscope::card::settings::FileKind;
use tapscope::virtual_card::{ApplicationImage, FileContent, FileImage, Image};

/// How many claims there were of each kind.
pub(crate) type Counts = BTreeMap<&'static str, usize>;

/// Compares everything that is claimed with the card.
pub(crate) fn check(known: &KnownCard, card: &Image, what: &str, counts: &mut Counts) {
    let mut same = |item: &'static str, fits: bool| {
        *counts.entry(item).or_default() += 1;
        assert!(fits, "{what}: {item}");
    };
    if let Some(uid) = &known.uid {
        same("UID", uid.value == card.uid);
    }
    if let Some(free) = &known.free_memory {
        same("free memory", u64::from(free.value) == card.memory().free());
    }
    if let Some(settings) = &known.picc.settings {
        same("PICC settings", settings.value == card.settings);
    }
    if let Some(keys) = &known.picc.keys {
        same("PICC keys", keys.value == card.keys);
    }
    for (key_no, version) in &known.picc.key_versions {
        assert_eq!(*key_no, 0);
        same("PICC version", version.value == card.master_key.version);
    }
    for (aid, application) in &known.applications {
        let what = format!("{what}: {aid}");
        let there = card.applications.get(aid);
        let there = there.unwrap_or_else(|| panic!("{what}"));
        level(application, there, &what, counts);
    }
}

fn level(known: &KnownApplication, there: &ApplicationImage, what: &str, counts: &mut Counts) {
    let mut same = |item: &'static str, fits: bool| {
        *counts.entry(item).or_default() += 1;
        assert!(fits, "{what}: {item}");
    };
    if let Some(settings) = &known.settings {
        same("settings", settings.value == there.settings);
    }
    if let Some(keys) = &known.keys {
        same("keys", keys.value == there.keys);
    }
    for (key_no, version) in &known.key_versions {
        let key = &there.key_values[usize::from(*key_no)];
        same("key version", version.value == key.version);
    }
    if let Some(fid) = &known.iso_fid {
        same("identifier", Some(fid.value) == there.iso_fid);
    }
    if let Some(name) = &known.df_name {
        same("DF name", name.value == there.df_name);
    }
    let tmac = there.files.values().find_map(|file| match file.content {
        FileContent::Tmac { tmc, tmv, .. } => Some((tmc, tmv)),
        _ => None,
    });
    if let Some(tmc) = &known.tmc {
        same("TMC", tmac.map(|tmac| tmac.0) == Some(tmc.value));
    }
    if let Some(tmv) = &known.tmv {
        same("TMV", tmac.map(|tmac| tmac.1) == Some(tmv.value));
    }
    for (file_no, known) in &known.files {
        let what = format!("{what} file {file_no}");
        let there = there.files.get(file_no);
        file(
            known,
            there.unwrap_or_else(|| panic!("{what}")),
            &what,
            counts,
        );
    }
}

fn file(known: &KnownFile, there: &FileImage, what: &str, counts: &mut Counts) {
    let mut same = |item: &'static str, fits: bool| {
        *counts.entry(item).or_default() += 1;
        assert!(fits, "{what}: {item}: {known:?} {there:?}");
    };
    if let Some(kind) = &known.kind {
        let mut own = there.settings.kind.clone();
        match &mut own {
            FileKind::Value(value) => value.limited_credit = 0,
            FileKind::Linear(records) | FileKind::Cyclic(records) => records.current_records = 0,
            _ => {}
        }
        same("type", kind.value == own);
    }
    if let Some(access) = &known.access {
        same("option", access.value.option == there.settings.option);
        same("rights", access.value.rights == [there.settings.rights]);
    }
    if let Some(available) = &known.available {
        let FileKind::Value(value) = &there.settings.kind else {
            panic!("{what}: available");
        };
        same("available", available.value == value.limited_credit);
    }
    let value = match there.content {
        FileContent::Value(value) => Some(value),
        _ => None,
    };
    if let Some(known) = &known.value {
        same("value", Some(known.value) == value);
    }
    let data = match &there.content {
        FileContent::Data(data) => data.clone(),
        // While its type is not known, it reads like any other.
        FileContent::Tmac { tmc, tmv, .. } if known.kind.is_none() => {
            [&tmc.to_le_bytes()[..], tmv].concat()
        }
        _ => Vec::new(),
    };
    if !known.data.is_empty() {
        same("data", agrees(&known.data, &data));
    }
    let records: &[Vec<u8>] = match &there.content {
        FileContent::Records(records) => records,
        _ => &[],
    };
    if let Some(count) = &known.records.count {
        same("count", usize::try_from(count.value) == Ok(records.len()));
    }
    for (number, record) in known.records.known() {
        let number = usize::try_from(number).unwrap();
        let there = records.iter().rev().nth(number);
        same("record", there.is_some_and(|there| agrees(record, there)));
    }
}

fn agrees(known: &KnownBytes, there: &[u8]) -> bool {
    known.runs().all(|(start, run)| {
        let start = usize::try_from(start).unwrap();
        there.get(start..start + run.bytes.len()) == Some(&run.bytes[..])
    })
}

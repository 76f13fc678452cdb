//! What is known of a card as a list: where, what, and the row that told it.

use std::fmt;

use super::{
    Fact, FileAccess, KnownApplication, KnownBytes, KnownCard, KnownFile, KnownSession, Pending,
    PendingChange,
};
use crate::bytes::hex;
use crate::card::settings::FileKind;
use crate::card::{Aid, ApplicationKeys, Version};

/// Where a fact belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// Application; `None` for the card and its PICC level.
    pub aid: Option<Aid>,
    /// File.
    pub file_no: Option<u8>,
    /// Whether it is a change that waits for CommitTransaction.
    pub pending: bool,
    /// What it is, in words.
    pub item: String,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.aid {
            Some(aid) => write!(f, "application {aid} ")?,
            None => f.write_str("card ")?,
        }
        if self.pending {
            f.write_str("pending ")?;
        }
        if let Some(file_no) = self.file_no {
            write!(f, "file {file_no:02X} ")?;
        }
        f.write_str(&self.item)
    }
}

/// One fact in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it belongs.
    pub path: Path,
    /// The value.
    pub value: String,
    /// Row that told it; `None` for the state after an activation.
    pub since: Option<usize>,
}

/// Everything that is known: the card, its PICC level, each application with its files.
pub fn entries(card: &KnownCard) -> Vec<Entry> {
    let mut list = list(card, true);
    list.shrink_to_fit();
    list
}

/// The same; `contents`: with bytes of files and records, each run for itself.
pub(super) fn list(card: &KnownCard, contents: bool) -> Vec<Entry> {
    let mut out = Out {
        list: Vec::new(),
        aid: None,
        file_no: None,
        pending: false,
        contents,
    };
    out.card(card);
    out.list
}

/// A list that grows, at one place of the card.
struct Out {
    list: Vec<Entry>,
    aid: Option<Aid>,
    file_no: Option<u8>,
    pending: bool,
    contents: bool,
}

impl Out {
    fn put(&mut self, item: impl Into<String>, value: String, since: Option<usize>) {
        let path = Path {
            aid: self.aid,
            file_no: self.file_no,
            pending: self.pending,
            item: item.into(),
        };
        self.list.push(Entry { path, value, since });
    }

    fn fact<T>(&mut self, item: &str, fact: Option<&Fact<T>>, text: impl Fn(&T) -> String) {
        if let Some(fact) = fact {
            self.put(item, text(&fact.value), Some(fact.since));
        }
    }

    fn card(&mut self, card: &KnownCard) {
        self.fact("UID", card.uid.as_ref(), |bytes| hex::upper(bytes));
        self.fact("version", card.version.as_ref(), version);
        self.fact("free memory", card.free_memory.as_ref(), |free| {
            format!("{free} bytes")
        });
        if let Some(selected) = card.selection {
            let text = if selected.aid.is_picc() {
                "PICC level".to_owned()
            } else {
                selected.aid.to_string()
            };
            self.put("selection", text, selected.since);
        }
        match &card.session {
            KnownSession::Unknown => {}
            KnownSession::None => self.put("session", "none".to_owned(), None),
            KnownSession::Open(open) => {
                let channel = open.value.channel.unwrap_or("unknown channel");
                let key = open.value.key_no.map(|key| format!(", key {key:X}"));
                let text = format!("{channel}{}", key.unwrap_or_default());
                self.put("session", text, Some(open.since));
            }
        }
        self.level(&card.picc);
        for (aid, application) in &card.applications {
            self.aid = Some(*aid);
            self.put("exists", "yes".to_owned(), application.seen);
            self.level(application);
            for (file_no, file) in &application.files {
                self.file_no = Some(*file_no);
                self.put("exists", "yes".to_owned(), Some(file.seen));
                self.file(file);
            }
            self.file_no = None;
        }
        self.aid = card.selection.map(|selected| selected.aid);
        self.aid = self.aid.filter(|aid| !aid.is_picc());
        self.pending = true;
        self.pending(&card.pending);
    }

    fn level(&mut self, level: &KnownApplication) {
        self.fact("key settings", level.settings.as_ref(), |settings| {
            format!("{:02X}", settings.0)
        });
        self.fact("keys", level.keys.as_ref(), |of| keys(*of));
        for (key_no, version) in &level.key_versions {
            let value = format!("{:02X}", version.value);
            self.put(
                format!("key {key_no:X} version"),
                value,
                Some(version.since),
            );
        }
        self.fact("ISO file identifier", level.iso_fid.as_ref(), |fid| {
            format!("{fid:04X}")
        });
        self.fact("DF name", level.df_name.as_ref(), |bytes| hex::upper(bytes));
        self.fact("TMC", level.tmc.as_ref(), u32::to_string);
        self.fact("TMV", level.tmv.as_ref(), |bytes| hex::upper(bytes));
    }

    fn file(&mut self, file: &KnownFile) {
        self.fact("ISO file identifier", file.iso_fid.as_ref(), |fid| {
            format!("{fid:04X}")
        });
        self.fact("type", file.kind.as_ref(), kind);
        let access = file.access.as_ref();
        self.fact("mode", access, |access| access.mode().to_string());
        self.fact("access rights", access, rights);
        let sdm = access.filter(|access| !access.value.sdm.is_empty());
        self.fact("SDM", sdm, |access| hex::upper(&access.sdm));
        self.fact("value", file.value.as_ref(), i32::to_string);
        let available = file.available.as_ref();
        self.fact("available for LimitedCredit", available, i32::to_string);
        self.bytes("", &file.data);
        let count = file.records.count.as_ref();
        self.fact("record count", count, u32::to_string);
        for (number, record) in file.records.known() {
            self.bytes(&format!("record {number} "), record);
        }
    }

    fn bytes(&mut self, of: &str, known: &KnownBytes) {
        if !self.contents {
            return;
        }
        for (start, run) in known.runs() {
            let item = format!("{of}{}", place(start, run.bytes.len()));
            self.put(item, hex::upper(&run.bytes), Some(run.since));
        }
    }

    fn pending(&mut self, pending: &Pending) {
        self.fact("reader identifier", pending.reader_id.as_ref(), |bytes| {
            hex::upper(bytes)
        });
        for (file_no, change) in &pending.files {
            self.file_no = Some(*file_no);
            let since = Some(change.since);
            match &change.value {
                PendingChange::Data(bytes) => self.pending_bytes("", bytes),
                PendingChange::Value { sum, .. } => self.put("value", format!("{sum:+}"), since),
                PendingChange::Records {
                    clear,
                    record,
                    updates,
                } => {
                    if *clear {
                        self.put("clear", "yes".to_owned(), since);
                    }
                    if let Some(record) = record {
                        self.pending_bytes("new record ", record);
                    }
                    for (number, bytes) in updates {
                        self.pending_bytes(&format!("record {number} "), bytes);
                    }
                }
            }
        }
    }

    /// What is pending is short, and said also where contents are not.
    fn pending_bytes(&mut self, of: &str, bytes: &KnownBytes) {
        let contents = std::mem::replace(&mut self.contents, true);
        self.bytes(of, bytes);
        self.contents = contents;
    }
}

/// A range of bytes in words.
pub(super) fn place(start: u32, len: usize) -> String {
    let last = u64::from(start) + len.saturating_sub(1) as u64;
    if len == 1 {
        format!("byte {start}")
    } else {
        format!("bytes {start} to {last}")
    }
}

fn version(version: &Version) -> String {
    let (hardware, software) = (version.hardware, version.software);
    format!(
        "hardware type {:02X} {}.{} {}, software {}.{}",
        hardware.kind,
        hardware.major,
        hardware.minor,
        hardware.storage_text(),
        software.major,
        software.minor
    )
}

fn keys(keys: ApplicationKeys) -> String {
    let kind = keys.key_type().map_or("unknown type", |kind| kind.name());
    format!("{} of {kind}", keys.count())
}

fn rights(access: &FileAccess) -> String {
    let sets: Vec<String> = access.rights.iter().map(ToString::to_string).collect();
    sets.join("; ")
}

fn kind(kind: &FileKind) -> String {
    let name = kind.name();
    match kind {
        FileKind::Standard(file) | FileKind::Backup(file) => format!("{name}, {} bytes", file.size),
        FileKind::Value(file) => format!("{name}, {} to {}", file.lower, file.upper),
        FileKind::Linear(file) | FileKind::Cyclic(file) => format!(
            "{name}, {} records of {} bytes",
            file.max_records, file.record_size
        ),
        FileKind::Tmac(file) => match file.limit {
            Some(limit) => format!(
                "{name}, key version {:02X}, limit {limit}",
                file.key_version
            ),
            None => format!("{name}, key version {:02X}", file.key_version),
        },
        FileKind::Unknown { code, .. } => format!("{name} {code:02X}"),
    }
}

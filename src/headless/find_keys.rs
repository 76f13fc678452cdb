//! `tapscope find-keys`: every recorded authentication against every key.
//!
//! Exit code 0 when each has a key that fits, 1 when one has none.

use std::io::Write;

use crate::bytes::hex;
use crate::key_search::{
    Alike, Candidates, Challenge, Dictionary, Match, Search, Source, learnt, recorded, unsearchable,
};
use crate::keyring::{Diversification, Keyring};
use crate::session::found::{Authentication, Diversify, Found};
use crate::session::import::{self, Format, vectors};
use crate::session::{self, keys as form};
use crate::trace::{self, Event, Exchange};

use super::args::FindOptions;
use super::{BadInput, Outcome, decode, files, keys};

/// Searches a file of any known form.
pub(super) fn find_keys(options: &FindOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let bytes = files::read(&options.file)?;
    let name = options.file.display().to_string();
    let in_file = |error: &dyn std::fmt::Display| BadInput(format!("{name}: {error}"));
    let format = decode::choose(options.from.as_deref(), &bytes, &name)?;
    let keyring = keys::load(&options.keys)?;
    let mut finder = Finder {
        options,
        out,
        uid: options.uid.as_deref().map(uid).transpose()?,
        rules: rules(options)?,
        dictionaries: dictionaries(options)?,
        next_row: 0,
        tally: Tally::default(),
    };
    match format {
        Format::Session => {
            let reading = session::read(&bytes).map_err(|error| in_file(&error))?;
            let session = reading.value;
            let mut keyring = keyring;
            keyring.extend(keys::of_image(session.image.as_deref())?);
            if finder.uid.is_none() {
                finder.uid = session.card.and_then(|card| card.uid);
            }
            let rows = trace::decode(&session.events, &keyring);
            finder.search(&rows, &session.events, &keyring, None)?;
        }
        Format::Text => {
            let events = import::text::read(&bytes).value.events;
            let rows = trace::decode(&events, &keyring);
            finder.search(&rows, &events, &keyring, None)?;
        }
        Format::Vectors => {
            for conversation in &vectors::read(&bytes).map_err(|error| in_file(&error))? {
                let mut all = conversation.keyring.clone();
                all.extend(keyring.clone());
                let start = decode::start(conversation);
                let rows = trace::decode_from(start, &conversation.events, &all);
                finder.search(&rows, &conversation.events, &all, Some(&conversation.id))?;
            }
        }
    }
    finder.finish()
}

fn uid(text: &str) -> Result<Vec<u8>, BadInput> {
    let bytes = hex::parse(text).map_err(|error| BadInput(format!("--uid: {error}")))?;
    match bytes.len() {
        7 => Ok(bytes),
        got => Err(BadInput(format!("--uid has {got} bytes, expected 7"))),
    }
}

fn rules(options: &FindOptions) -> Result<Vec<Diversification>, BadInput> {
    let texts = options.diversify.iter().enumerate();
    texts
        .map(|(index, text)| {
            form::parse_rule(text)
                .map_err(|error| BadInput(format!("--diversify number {}: {error}", index + 1)))
        })
        .collect()
}

fn dictionaries(options: &FindOptions) -> Result<Vec<Dictionary>, BadInput> {
    let files = options.dictionary.iter();
    files
        .map(|path| {
            let dictionary = Dictionary::new(&path.display().to_string(), files::read(path)?);
            if dictionary.is_empty() {
                let path = path.display();
                return Err(BadInput(format!(
                    "{path}: the file holds no line, expected one key a line"
                )));
            }
            Ok(dictionary)
        })
        .collect()
}

/// What the whole file came to.
#[derive(Default)]
struct Tally {
    authentications: usize,
    without: usize,
    keys: usize,
    rows: Vec<usize>,
    complaints: Vec<String>,
}

struct Finder<'a, W> {
    options: &'a FindOptions,
    out: &'a mut W,
    uid: Option<Vec<u8>>,
    rules: Vec<Diversification>,
    dictionaries: Vec<Dictionary>,
    /// Rows of the conversations before.
    next_row: usize,
    tally: Tally,
}

impl<W: Write> Finder<'_, W> {
    fn search(
        &mut self,
        rows: &[Exchange],
        events: &[Event],
        keyring: &Keyring,
        conversation: Option<&str>,
    ) -> Result<(), BadInput> {
        let before = self.next_row;
        self.next_row += rows.len();
        let chosen = |row: usize| self.options.row.is_none_or(|only| before + row == only);
        let mut challenges = recorded(rows, events);
        self.tally
            .rows
            .extend(challenges.iter().map(|challenge| before + challenge.row));
        challenges.retain(|challenge| chosen(challenge.row));
        for challenge in &mut challenges {
            challenge.uid = challenge.uid.take().or_else(|| self.uid.clone());
        }
        for (row, why) in unsearchable(rows) {
            if chosen(row) {
                self.tally.without += 1;
                self.tally.rows.push(before + row);
                complain(&format!("row {}: {why}", before + row))?;
            }
        }
        if challenges.is_empty() {
            return Ok(());
        }
        let mut all = keyring.clone();
        let shown = learnt(rows, events, keyring).into_iter();
        all.keys.extend(shown.map(|learnt| learnt.entry));
        let candidates = Candidates::new(&all, &self.rules);
        let mut search = Search::new(challenges, candidates, self.dictionaries.clone())
            .with_rules(self.rules.clone());
        while !search.step(SLICE).is_done() {}
        self.print(&search, before, conversation)
    }

    fn print(
        &mut self,
        search: &Search,
        before: usize,
        conversation: Option<&str>,
    ) -> Result<(), BadInput> {
        self.tally.keys = search.progress().total;
        for dictionary in search.dictionaries() {
            let complaint = dictionary.complaint();
            let complaint = complaint.map(|text| format!("{}: {text}", dictionary.name()));
            let told = |text: &String| self.tally.complaints.contains(text);
            if let Some(text) = complaint.filter(|text| !told(text)) {
                complain(&text)?;
                self.tally.complaints.push(text);
            }
        }
        if let Some(id) = conversation.filter(|_| !self.options.json) {
            files::print(self.out, &format!("\n{id}"))?;
        }
        for (which, challenge) in search.challenges().iter().enumerate() {
            let matches: Vec<_> = search.matches_of(which).collect();
            self.tally.authentications += 1;
            self.tally.without += usize::from(matches.is_empty());
            let secrets = self.options.secrets;
            let row = before + challenge.row;
            let text = if self.options.json {
                json(challenge, row, conversation, &matches, secrets)
            } else {
                text(challenge, row, &matches, secrets)
            };
            files::print(self.out, &text)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Outcome, BadInput> {
        let Tally {
            authentications,
            without,
            keys,
            rows,
            ..
        } = self.tally;
        if let Some(row) = self.options.row
            && !rows.contains(&row)
        {
            let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
            let rows = match rows.as_slice() {
                [] => "but the recording holds none".to_owned(),
                rows => format!("expected one of {}", rows.join(", ")),
            };
            return Err(BadInput(format!(
                "--row is {row}, which is no authentication, {rows}"
            )));
        }
        if !self.options.json {
            let text = match (authentications, without) {
                (0, 0) => "The recording holds no authentication".to_owned(),
                (all, 0) => format!(
                    "{}, each has a key; {}",
                    counted(all, "authentication"),
                    counted(keys, "key") + " tried"
                ),
                (all, without) => format!(
                    "{}, {without} without a key; {} tried",
                    counted(all, "authentication"),
                    counted(keys, "key")
                ),
            };
            files::print(self.out, &text)?;
        }
        Ok(match without {
            0 => Outcome::Fine,
            _ => Outcome::Wrong,
        })
    }
}

fn complain(text: &str) -> Result<(), BadInput> {
    files::print(&mut std::io::stderr(), &format!("tapscope: {text}"))
}

/// Trials between two looks; nobody looks here.
const SLICE: usize = 1 << 20;

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn text(
    challenge: &Challenge,
    row: usize,
    matches: &[(&Match, Option<Alike>)],
    secrets: bool,
) -> String {
    let aid = challenge.aid.map(|aid| format!(" · {aid}"));
    let (command, key_no) = (challenge.command, challenge.key_no);
    let head = format!(
        "{row:>4}  {command}{} · key {key_no}",
        aid.unwrap_or_default()
    );
    if matches.is_empty() {
        return format!("{head}\n      ✗ no key fits");
    }
    let lines = matches.iter().map(|(found, alike)| {
        let place = match &found.source {
            Source::Table { label, .. } => format!("\"{label}\""),
            Source::Dictionary { name, line } => format!("line {line} of {name}"),
        };
        let rule = found.diversification.parts();
        let rule = rule.map(|(rule, input)| format!(", {} of {}", rule.title(), input.text()));
        let alike = match alike {
            None => "",
            Some(Alike::Same) => ", the same value",
            Some(Alike::Parity) => ", the same but for parity and version bits",
        };
        let key = secrets.then(|| format!(": {}", hex::upper(found.key.expose())));
        let (kind, rule) = (found.key_type.name(), rule.unwrap_or_default());
        let key = key.unwrap_or_default();
        format!("\n      ✓ {place} fits, {kind}{rule}{alike}{key}")
    });
    head + &lines.collect::<String>()
}

fn json(
    challenge: &Challenge,
    row: usize,
    conversation: Option<&str>,
    matches: &[(&Match, Option<Alike>)],
    secrets: bool,
) -> String {
    let found = matches.iter().map(|(found, alike)| {
        let (label, dictionary, line) = match &found.source {
            Source::Table { label, .. } => (Some(label.as_str()), None, None),
            Source::Dictionary { name, line } => (None, Some(&**name), Some(*line)),
        };
        Found {
            label,
            dictionary,
            line,
            key_type: found.key_type.name(),
            diversify: found
                .diversification
                .parts()
                .map(|(rule, input)| Diversify {
                    rule: rule.name(),
                    input: input.text(),
                }),
            alike: alike.map(|alike| match alike {
                Alike::Same => "same",
                Alike::Parity => "parity",
            }),
            auth_host: found.host.name(),
            auth_card: found.card.name(),
            key: secrets.then(|| hex::upper(found.key.expose())),
        }
    });
    let line = Authentication {
        row,
        conversation,
        command: challenge.command,
        aid: challenge.aid.map(|aid| aid.to_string()),
        key_no: challenge.key_no,
        uid: challenge.uid.as_ref().map(hex::upper),
        matches: found.collect(),
    };
    line.json()
}

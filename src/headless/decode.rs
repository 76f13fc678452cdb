//! `tapscope decode`: decrypt and verify a recording.

use std::io::Write;

use crate::card::known::template::Template;
use crate::explain;
use crate::keyring::Keyring;
use crate::report::{Finding, Severity};
use crate::secure_messaging::Verdict;
use crate::session;
use crate::session::import::vectors::{self, Conversation, Start};
use crate::session::import::{self, Format};
use crate::trace::{self, Event, Exchange, State};

use super::args::DecodeOptions;
use super::{BadInput, Outcome, explained, files, keys, known};

/// Decodes a file of any known form.
pub(super) fn decode(options: &DecodeOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let bytes = files::read(&options.file)?;
    let name = options.file.display().to_string();
    let format = choose(options.from.as_deref(), &bytes, &name)?;
    let mut keyring = keys::load(&options.keys)?;
    let mut printer = Printer {
        options,
        out,
        wrong: false,
        next_index: 0,
        templates: known::load(options)?,
        shown: false,
    };
    let in_file = |error: &dyn std::fmt::Display| BadInput(format!("{name}: {error}"));
    match format {
        Format::Session => {
            let reading = session::read(&bytes).map_err(|error| in_file(&error))?;
            keyring.extend(keys::of_image(reading.value.image.as_deref())?);
            let events = reading.value.events;
            let rows = trace::decode(&events, &keyring);
            printer.rows(&rows, &events, &keyring, None)?;
            printer.file_findings(&reading.findings)?;
        }
        Format::Text => {
            let reading = import::text::read(&bytes);
            let events = &reading.value.events;
            printer.rows(&trace::decode(events, &keyring), events, &keyring, None)?;
            match reading.findings.split_last() {
                Some((reason, others)) if printer.next_index == 0 => {
                    printer.file_findings(others)?;
                    return Err(in_file(&reason.text));
                }
                _ => printer.file_findings(&reading.findings)?,
            }
        }
        Format::Vectors => {
            let conversations = vectors::read(&bytes).map_err(|error| in_file(&error))?;
            for conversation in &conversations {
                printer.conversation(conversation, &keyring)?;
                printer.file_findings(&conversation.findings)?;
            }
        }
    }
    printer.must_have_shown(&name)?;
    tracing::info!(exchanges = printer.next_index, "decoded");
    Ok(if printer.wrong {
        Outcome::Wrong
    } else {
        Outcome::Fine
    })
}

/// The state that a conversation begins in.
pub(super) fn start(conversation: &Conversation) -> State {
    let mut state = State::new();
    match &conversation.start {
        Some(Start::Session {
            session,
            aid,
            key_no,
        }) => {
            if let Some(aid) = aid {
                state.select(*aid);
            }
            state.resume(session, *key_no);
        }
        Some(Start::Other(channel)) => state.resume_opaque(channel),
        Some(Start::Selected(aid)) => state.select(*aid),
        // MIFARE Plus has other command codes; nothing in its bytes says so to a DESFire decoder.
        None if conversation.sm.starts_with("plus") => state.resume_opaque(&conversation.sm),
        None => {}
    }
    if let Some(uid) = &conversation.tmac_uid {
        state.set_uid(uid.clone());
    }
    state
}

/// The form of a recording: the one that is named, else the one that it looks like.
pub(super) fn choose(from: Option<&str>, bytes: &[u8], name: &str) -> Result<Format, BadInput> {
    match from {
        Some(from) => Format::from_name(from)
            .ok_or_else(|| BadInput(format!("--from is {from:?}, expected session, vectors or text"))),
        None if bytes.is_empty() => Err(BadInput(format!(
            "{name}: the file is empty, expected a session, vectors or lines such as => 90…"
        ))),
        None => import::detect(bytes)
            .ok_or_else(|| BadInput(format!("{name}: the form is not recognised, expected a session, vectors or lines such as => 90…"))),
    }
}

struct Printer<'a, W> {
    options: &'a DecodeOptions,
    out: &'a mut W,
    wrong: bool,
    next_index: usize,
    templates: Vec<Template>,
    /// Whether the row that was asked for was there.
    shown: bool,
}

impl<W: Write> Printer<'_, W> {
    fn conversation(
        &mut self,
        conversation: &Conversation,
        extra: &Keyring,
    ) -> Result<(), BadInput> {
        let mut keyring = conversation.keyring.clone();
        keyring.extend(extra.clone());
        let rows = trace::decode_from(start(conversation), &conversation.events, &keyring);
        self.rows(
            &rows,
            &conversation.events,
            &keyring,
            Some(&conversation.id),
        )
    }

    fn rows(
        &mut self,
        rows: &[Exchange],
        events: &[Event],
        keyring: &Keyring,
        conversation: Option<&str>,
    ) -> Result<(), BadInput> {
        let first = self.next_index;
        if let Some(id) = conversation.filter(|_| !self.options.json) {
            files::print(self.out, &format!("\n{id}"))?;
        }
        for (at, row) in rows.iter().enumerate() {
            self.wrong |= row.verdicts.any(Verdict::Bad);
            self.wrong |= row
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Error);
            self.wrong |= self.options.strict && row.verdicts.any(Verdict::Unknown);
            if self.options.card {
                continue;
            }
            let mut row = row.clone();
            row.index = self.next_index;
            self.next_index += 1;
            let explanations = if self.options.explain {
                explain::explain(rows, at, events, keyring)
            } else {
                Vec::new()
            };
            let line = explained::Line {
                row: &row,
                events,
                conversation,
                secrets: self.options.secrets,
                first,
                explanations: self.options.explain.then_some(&explanations),
            };
            let line = if self.options.json {
                line.json()
            } else {
                line.text()
            };
            files::print(self.out, &line)?;
        }
        if self.options.card {
            self.cards(rows, events, conversation)?;
        }
        Ok(())
    }

    fn cards(
        &mut self,
        rows: &[Exchange],
        events: &[Event],
        conversation: Option<&str>,
    ) -> Result<(), BadInput> {
        let first = self.next_index;
        self.next_index += rows.len();
        // Facts name rows by their numbers in the whole file.
        let mut rows = rows.to_vec();
        for row in &mut rows {
            row.index += first;
        }
        let rows = rows.as_slice();
        for at in known::places(self.options.at, rows, first) {
            self.shown = true;
            let about = (self.templates.as_slice(), conversation);
            let json = self.options.json;
            known::print(self.out, (at, first), (rows, events), about, json)?;
        }
        Ok(())
    }

    fn must_have_shown(&self, name: &str) -> Result<(), BadInput> {
        match self.options.at {
            Some(at) if !self.shown => Err(BadInput(format!(
                "{name}: --at is {at}, expected a row of the recording, which has {}",
                self.next_index
            ))),
            _ => Ok(()),
        }
    }

    /// What the reader of the file has to say goes to standard error: the rows stay clean.
    fn file_findings(&mut self, findings: &[Finding]) -> Result<(), BadInput> {
        for finding in findings {
            self.wrong |= finding.severity == Severity::Error;
            self.wrong |= self.options.strict && finding.severity == Severity::Warning;
            files::print(
                &mut std::io::stderr(),
                &format!(
                    "tapscope: {}: {}",
                    self.options.file.display(),
                    finding.text
                ),
            )?;
        }
        Ok(())
    }
}

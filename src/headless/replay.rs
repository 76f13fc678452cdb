//! `tapscope replay`: rebuild a recorded conversation and compare it.

use std::io::Write;

use crate::bytes::hex;
use crate::crypto::entropy::RecoveredEntropy;
use crate::replay::{self, Report};
use crate::session::{self, Session, demo, image, result};
use crate::trace;
use crate::virtual_card::Card;

use super::args::ReplayOptions;
use super::{BadInput, Outcome, choices, files, keys};

/// Replays a session.
pub(super) fn replay(options: &ReplayOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let name = options.session.display().to_string();
    let reading = session::read(&files::read(&options.session)?)
        .map_err(|error| BadInput(format!("{name}: {error}")))?;
    if let Some(finding) = reading.findings.first() {
        return Err(BadInput(format!(
            "{name}: {}; only a whole session can be replayed",
            finding.text
        )));
    }
    let session = reading.value;
    let mut keyring = keys::load(&options.keys)?;
    keyring.extend(keys::of_image(session.image.as_deref())?);
    let rows = trace::decode(&session.events, &keyring);
    let report = match options.on.as_str() {
        "recorded" if !options.choices.choice.is_empty() => {
            return Err(BadInput::new("--choice goes with --on card"));
        }
        "recorded" => replay::recorded(&session.events, &rows, &keyring),
        "card" => {
            let mut image = start_image(options, &name, &session)?;
            choices::apply(&options.choices, &mut image.profile)?;
            let entropy = Box::new(RecoveredEntropy::default());
            let mut card =
                Card::new(&image, entropy).map_err(|error| BadInput(format!("image: {error}")))?;
            replay::card(&session.events, &rows, &keyring, &mut card)
        }
        other => {
            return Err(BadInput(format!(
                "--on is {other:?}, expected recorded or card"
            )));
        }
    };
    print(options, &report, rows.len(), out)?;
    if report.divergence.is_some() {
        return Ok(Outcome::Wrong);
    }
    if let Some(skipped) = report.skipped.first() {
        let (number, row) = (report.skipped.len(), skipped.row);
        return Err(BadInput(format!(
            "{name}: {number} of {} exchanges could not be compared; row {row}: {}",
            rows.len(),
            skipped.why
        )));
    }
    if report.compared == 0 {
        return Err(BadInput(format!(
            "{name}: there is nothing to compare, the session has no exchange"
        )));
    }
    Ok(Outcome::Fine)
}

fn start_image(
    options: &ReplayOptions,
    file: &str,
    session: &Session,
) -> Result<crate::virtual_card::Image, BadInput> {
    let (place, bytes) = match (&options.image, &session.image) {
        (Some(path), _) => (path.display().to_string(), files::read(path)?),
        (None, Some(name)) => {
            if let Some(image) = demo::factory_named(name) {
                return Ok(image);
            }
            let text = demo::image(name).ok_or_else(|| {
                BadInput(format!(
                    "{file}: the session started from image {name:?}; give it with --image"
                ))
            })?;
            (name.clone(), text.as_bytes().to_vec())
        }
        (None, None) => {
            return Err(BadInput(format!(
                "{file}: the session names no start image; give one with --image"
            )));
        }
    };
    image::read(&bytes).map_err(|error| BadInput(format!("{place}: {error}")))
}

fn print(
    options: &ReplayOptions,
    report: &Report,
    rows: usize,
    out: &mut impl Write,
) -> Result<(), BadInput> {
    if options.json {
        let divergence = report
            .divergence
            .as_ref()
            .map(|divergence| result::Divergence {
                event: divergence.event,
                offset: divergence.offset,
                text: &divergence.text,
                expected: divergence.expected.as_ref().map(hex::upper),
                got: hex::upper(&divergence.got),
            });
        let skipped = report.skipped.iter().map(|skipped| result::Skipped {
            row: skipped.row,
            why: &skipped.why,
        });
        let replay = result::Replay {
            compared: report.compared,
            exchanges: rows,
            skipped: skipped.collect(),
            divergence,
        };
        return files::print(out, &replay.json());
    }
    match &report.divergence {
        None if report.skipped.is_empty() => files::print(
            out,
            &format!(
                "{} exchanges rebuilt, byte for byte the same",
                report.compared
            ),
        ),
        None => files::print(
            out,
            &format!(
                "{} of {rows} exchanges rebuilt, those byte for byte the same",
                report.compared
            ),
        ),
        Some(divergence) => {
            files::print(
                out,
                &format!(
                    "Event {}, offset {}: {}",
                    divergence.event, divergence.offset, divergence.text
                ),
            )?;
            if let Some(expected) = &divergence.expected {
                files::print(out, &format!("  rebuilt  {}", hex::upper(expected)))?;
            }
            files::print(out, &format!("  recorded {}", hex::upper(&divergence.got)))
        }
    }
}

//! `tapscope sdm-batch`: the URLs of tags of a whole file, with replays of each tag.
//!
//! Exit code 0 when all are right and none came twice.

use std::io::{IsTerminal, Write};

use crate::calculator::batch::urls::{TagReport, Tap, UrlBatch};
use crate::calculator::batch::{Order, Progress};
use crate::calculator::{Slip, Texts};
use crate::session::taps;

use super::args::UrlsOptions;
use super::transactions::counted;
use super::{BadInput, Outcome, files};

/// URLs between two words about how far it is.
const SLICE: usize = 20_000;

/// Checks the file.
pub(super) fn check(options: &UrlsOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let name = options.file.display();
    let urls = taps::read(&files::read(&options.file)?);
    if urls.is_empty() {
        return Err(BadInput::new(format!(
            "{name}: no URL, one a line or a column url expected"
        )));
    }
    let mut batch =
        UrlBatch::new(&texts(options), urls).map_err(|slips| BadInput::new(refusals(&slips)))?;
    let mut errors = std::io::stderr();
    let told = errors.is_terminal();
    batch.run(SLICE, |Progress { done, total }| {
        if told {
            // Nobody has to know when it can't be said.
            let _closed = write!(errors, "\r{done} of {total}");
        }
        true
    });
    if told && batch.progress().total > SLICE {
        let _closed = write!(errors, "\r\x1b[K");
    }
    if options.json {
        for line in taps::json(&batch) {
            files::print(out, &line)?;
        }
    } else {
        report(&batch, out)?;
    }
    let wrong = batch.is_wrong();
    Ok(if wrong { Outcome::Wrong } else { Outcome::Fine })
}

fn texts(options: &UrlsOptions) -> Texts {
    let given = [
        ("key", Some(options.key.clone())),
        ("file-key", options.file_key.clone()),
        ("lrp", options.lrp.then(|| true.to_string())),
        ("names", options.names.clone()),
        ("mac-from", options.mac_from.clone()),
    ];
    given
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?)))
        .collect()
}

fn refusals(slips: &[Slip]) -> String {
    let sentence = |slip: &Slip| format!("--{}: {}", slip.place.name(), slip.sentence());
    slips.iter().map(sentence).collect::<Vec<_>>().join("\n")
}

fn report(batch: &UrlBatch, out: &mut impl Write) -> Result<(), BadInput> {
    let told = |tap: &&Tap| tap.is_wrong() || tap.order == Order::Late;
    for tap in batch.judged().iter().filter(told) {
        for sentence in taps::sentences(tap) {
            files::print(out, &format!("line {}: {sentence}", tap.line))?;
        }
    }
    let tags = batch.tags();
    let sum = |of: fn(&TagReport) -> usize| tags.iter().map(of).sum::<usize>();
    let unseen: u64 = tags.iter().map(|tag| u64::from(tag.unseen)).sum();
    let wrong = batch.judged().iter().filter(|tap| tap.is_wrong()).count();
    let text = format!(
        "{} of {}: {wrong} wrong, {} of these replayed; {} late, {unseen} reads between not seen",
        counted(batch.judged().len(), "URL"),
        counted(tags.len(), "tag"),
        sum(|tag| tag.replays),
        sum(|tag| tag.late),
    );
    files::print(out, &text)
}

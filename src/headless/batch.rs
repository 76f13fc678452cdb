//! `tapscope tmac-batch` and `tapscope sdm-batch`: the transactions, or the URLs of tags, of a whole file, with gaps and
//! replays.
//!
//! Exit code 0 when all are right, none came twice and no transaction is missing.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;

use crate::bytes::hex;
use crate::calculator::batch::{Checked, Kind, Progress, Standing};
use crate::calculator::{Slip, Texts};
use crate::session::batch::{self, BatchError};

use super::args::{BatchOptions, UrlsOptions};
use super::{BadInput, Outcome, files};

/// Lines between two words about how far it is.
const SLICE: usize = 5_000;

/// Checks transactions.
pub(super) fn transactions(
    options: &BatchOptions,
    out: &mut impl Write,
) -> Result<Outcome, BadInput> {
    let texts = given([
        ("key", Some(options.key.clone())),
        ("mode", options.lrp.then(|| "lrp".to_owned())),
        ("aid", options.aid.clone()),
        ("tmac-file", options.tmac_file.map(|file| file.to_string())),
        (
            "only-authenticated",
            options.only_authenticated.then(|| true.to_string()),
        ),
        ("diversify", options.diversify.clone()),
    ]);
    check(
        Kind::Transactions,
        &texts,
        (&options.file, options.json),
        out,
    )
}

/// Checks URLs.
pub(super) fn urls(options: &UrlsOptions, out: &mut impl Write) -> Result<Outcome, BadInput> {
    let texts = given([
        ("key", Some(options.key.clone())),
        ("file-key", options.file_key.clone()),
        ("lrp", options.lrp.then(|| true.to_string())),
        ("names", options.names.clone()),
        ("mac-from", options.mac_from.clone()),
    ]);
    check(Kind::Urls, &texts, (&options.file, options.json), out)
}

fn given<const N: usize>(options: [(&str, Option<String>); N]) -> Texts {
    let given = options.into_iter();
    given
        .filter_map(|(name, text)| Some((name.to_owned(), text?)))
        .collect()
}

fn check(
    kind: Kind,
    texts: &Texts,
    (file, json): (&Path, bool),
    out: &mut impl Write,
) -> Result<Outcome, BadInput> {
    let name = file.display();
    let reading = batch::open(kind, texts, &files::read(file)?).map_err(|error| match error {
        BatchError::Inputs(slips) => {
            let option = |slip: &Slip| format!("--{}: {}", slip.place.name(), slip.sentence());
            BadInput::new(slips.iter().map(option).collect::<Vec<_>>().join("\n"))
        }
        error => BadInput::new(format!("{name}: {error}")),
    })?;
    let mut errors = std::io::stderr();
    for finding in &reading.findings {
        files::print(&mut errors, &format!("tapscope: {name}: {}", finding.text))?;
    }
    let mut checked = reading.value;
    let told = errors.is_terminal();
    checked.run(SLICE, |Progress { done, total }| {
        if told {
            // Nobody has to know when it can't be said.
            let _closed = write!(errors, "\r{done} of {total}");
        }
        true
    });
    if told && checked.len() > SLICE {
        let _closed = write!(errors, "\r\x1b[K");
    }
    let mut out = BufWriter::new(out);
    if json {
        for line in batch::json(&checked) {
            files::print(&mut out, &line)?;
        }
    } else {
        report(&checked, &mut out)?;
    }
    files::flush(&mut out)?;
    let wrong = checked.is_wrong();
    Ok(if wrong { Outcome::Wrong } else { Outcome::Fine })
}

/// What is wrong or worth a look, then all of it in a sentence.
fn report(checked: &Checked, out: &mut impl Write) -> Result<(), BadInput> {
    let is_told = |index: &usize| checked.standing(*index) != Some(Standing::Right);
    let lines = (0..checked.len()).filter(is_told);
    for listed in lines.filter_map(|index| checked.listed(index)) {
        let line = listed.line.unwrap_or_default();
        for sentence in &listed.sentences {
            files::print(out, &format!("line {line}: {sentence}"))?;
        }
    }
    let (_, whose) = checked.kind().nouns();
    for card in checked.gaps() {
        let uid = card.uid.map(hex::upper).unwrap_or_default();
        for sentence in &card.sentences {
            files::print(out, &format!("{whose} {uid}: {sentence}"))?;
        }
    }
    files::print(out, &checked.summary())
}

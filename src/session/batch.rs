//! Files with many transactions or URLs, opened to be judged with the inputs of a page.

use super::transactions::{self, TransactionsError};
use super::{Reading, taps};
use crate::calculator::batch::urls::UrlBatch;
use crate::calculator::batch::{Batch, Checked, Kind};
use crate::calculator::{Slip, Texts};

/// Why a file can't be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Inputs of the page, or the rule.
    #[error("{}", sentences(.0))]
    Inputs(Vec<Slip>),
    /// The file holds no transactions that can be read.
    #[error(transparent)]
    Transactions(#[from] TransactionsError),
    /// The file holds nothing of that kind.
    #[error("no {}, {expected} expected", .kind.nouns().0)]
    Empty {
        /// What was looked for.
        kind: Kind,
        /// The form of a line.
        expected: &'static str,
    },
}

fn sentences(slips: &[Slip]) -> String {
    let named = slips
        .iter()
        .map(|slip| format!("{}: {}", slip.place.name(), slip.sentence()));
    named.collect::<Vec<_>>().join("; ")
}

/// Opens a file; no line is judged yet. `texts` are those of the page.
pub fn open(kind: Kind, texts: &Texts, bytes: &[u8]) -> Result<Reading<Checked>, BatchError> {
    match kind {
        Kind::Transactions => {
            // The inputs are looked at first: a wrong key costs no reading.
            let of = |rows| Batch::new(texts, rows).map_err(BatchError::Inputs);
            of(Vec::new())?;
            let Reading { value, findings } = transactions::read(bytes)?;
            let rows = not_empty(kind, value, "one a line")?;
            Ok(Reading {
                value: Checked::Transactions(of(rows)?),
                findings,
            })
        }
        Kind::Urls => {
            let of = |urls| UrlBatch::new(texts, urls).map_err(BatchError::Inputs);
            of(Vec::new())?;
            let urls = not_empty(kind, taps::read(bytes), "one a line or a column url")?;
            Ok(Reading {
                value: Checked::Urls(of(urls)?),
                findings: Vec::new(),
            })
        }
    }
}

fn not_empty<T>(kind: Kind, lines: Vec<T>, expected: &'static str) -> Result<Vec<T>, BatchError> {
    if lines.is_empty() {
        return Err(BatchError::Empty { kind, expected });
    }
    Ok(lines)
}

/// What a batch came to as JSON, one object a line: the lines of the file, then the cards or tags.
pub fn json(checked: &Checked) -> Box<dyn Iterator<Item = String> + '_> {
    match checked {
        Checked::Transactions(batch) => Box::new(transactions::json(batch)),
        Checked::Urls(batch) => Box::new(taps::json(batch)),
    }
}

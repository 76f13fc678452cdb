//! The shown trace beside another one, by meaning.

use std::path::Path;

use super::effect::Effect;
use super::log::Recording;
use super::notice::NoticeKind;
use super::running::Purpose;
use super::state::Workbench;
use super::task::{Product, Watch, Work, open};
use crate::compare::{Aspect, Comparison, Decoded, Ignore, compare_while};
use crate::keyring::Keyring;
use crate::trace::Exchange;

/// How the shown trace compares with another one.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Name of the other trace.
    pub name: String,
    /// The shown trace is A, the other one B.
    pub comparison: Comparison,
    /// Names of the commands of the other trace, by row.
    pub names: Vec<&'static str>,
    /// Events of the shown trace that were compared.
    pub(super) events: usize,
    pub(super) trace_no: u64,
    /// The other trace, to be compared again.
    pub(super) other: Recording,
}

/// What is being compared.
#[derive(Clone, Debug)]
pub(super) struct Comparing {
    /// Name of the other trace.
    name: String,
    /// Which trace is shown.
    trace_no: u64,
    /// Events of it.
    events: usize,
}

/// Where the other trace comes from.
#[derive(Clone, Debug)]
pub(super) enum Other {
    /// The content of a file.
    File(Vec<u8>),
    /// One that was read before.
    Read(Recording),
}

impl Workbench {
    /// How the shown trace compares with another one.
    pub fn compared(&self) -> Option<&Compared> {
        let compared = self.compared.as_ref();
        compared.filter(|compared| compared.trace_no == self.trace_no)
    }

    /// Whether rows arrived that were not compared.
    pub fn is_compared_in_part(&self) -> bool {
        let len = self.log.events().len();
        self.compared()
            .is_some_and(|compared| compared.events < len)
    }

    /// What a comparison leaves out.
    pub const fn ignored(&self) -> Ignore {
        self.ignore
    }

    /// The file of the other trace was read.
    pub(super) fn other_read(&mut self, path: &Path, bytes: Vec<u8>) -> Vec<Effect> {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        self.compare_with(name.unwrap_or_default(), Other::File(bytes))
    }

    /// Compares again, with what there is now.
    pub(super) fn compare_again(&mut self) -> Vec<Effect> {
        match self.compared() {
            Some(compared) => {
                let (name, other) = (compared.name.clone(), compared.other.clone());
                self.compare_with(name, Other::Read(other))
            }
            None => Vec::new(),
        }
    }

    /// Leaves something out of comparisons, or takes it in.
    pub(super) fn ignore(&mut self, aspect: Aspect, ignored: bool) -> Vec<Effect> {
        self.ignore = self.ignore.with(aspect, ignored);
        self.compare_again()
    }

    pub(super) fn compare_with(&mut self, name: String, other: Other) -> Vec<Effect> {
        let work = Work::Compare {
            recording: self.log.recording.clone(),
            keyring: self.table.keyring.clone(),
            other,
            ignore: self.ignore,
        };
        let (trace_no, events) = (self.trace_no, self.log.events().len());
        let comparing = Comparing {
            name,
            trace_no,
            events,
        };
        vec![self.begin(Purpose::Compare(comparing), "Comparing", work)]
    }

    /// Takes the result of a comparison.
    pub(super) fn compared_with(&mut self, comparing: Comparing, product: Product) {
        let Comparing {
            name,
            trace_no,
            events,
        } = comparing;
        match product {
            Product::Compared {
                comparison,
                names,
                other,
            } => {
                self.compared = Some(Compared {
                    name,
                    comparison,
                    names,
                    events,
                    trace_no,
                    other,
                });
            }
            Product::Unreadable(why) => {
                let text = format!("{name} can't be compared: {why}");
                self.notify(NoticeKind::Failure, text, "");
            }
            _ => {}
        }
    }
}

/// Decodes both traces with the same keys and compares them.
pub(super) fn compare(
    (own, other): (&Recording, Other),
    keyring: &Keyring,
    ignore: Ignore,
    watch: &mut Watch<'_>,
) -> Option<Product> {
    let other = match other {
        Other::Read(recording) => recording,
        Other::File(bytes) => match open(bytes, &Keyring::default(), watch)? {
            Product::Opened { log, .. } => log.recording.clone(),
            unreadable => return Some(unreadable),
        },
    };
    let mut decoded = |recording: &Recording| {
        let total = recording.events.len();
        recording.decode(keyring, &mut watch.phase("Decoding", total))
    };
    let (rows_a, rows_b) = (decoded(own)?, decoded(&other)?);
    let total = 2 * (rows_a.rows().len() + rows_b.rows().len());
    let comparison = compare_while(
        Decoded {
            rows: rows_a.rows(),
            events: &own.events,
        },
        Decoded {
            rows: rows_b.rows(),
            events: &other.events,
        },
        ignore,
        &mut watch.phase("Comparing", total),
    )?;
    let names = rows_b.rows().iter().map(Exchange::name).collect();
    Some(Product::Compared {
        comparison,
        names,
        other,
    })
}

//! A batch of either kind as a list of lines with what is wrong with each, for a window and for a report.

use super::urls::{TagReport, Tap, UrlBatch};
use super::{Batch, Judged, Order, Progress};
use crate::calculator::input::Texts;
use crate::calculator::topics::{SDM_VERIFY, TMAC};

/// What a file is full of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Transactions with their TMV.
    Transactions,
    /// URLs of tags.
    Urls,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Transactions, Self::Urls];

    /// The page that checks one.
    pub const fn topic(self) -> &'static str {
        match self {
            Self::Transactions => TMAC.id,
            Self::Urls => SDM_VERIFY.id,
        }
    }

    /// What the page of this name checks many of.
    pub fn of_topic(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.topic() == id)
    }

    /// The inputs of the page that hold for all lines.
    pub const fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::Transactions => &Batch::INPUTS,
            Self::Urls => &UrlBatch::INPUTS,
        }
    }

    /// One of them, and whose it is.
    pub const fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Transactions => ("transaction", "card"),
            Self::Urls => ("URL", "tag"),
        }
    }

    /// The counter that tells which it is.
    pub const fn counter(self) -> &'static str {
        match self {
            Self::Transactions => "TMC",
            Self::Urls => "SDMReadCtr",
        }
    }
}

/// The lines of a file of either kind, while they are judged and after.
#[derive(Debug)]
pub enum Checked {
    /// Transactions.
    Transactions(Batch),
    /// URLs.
    Urls(UrlBatch),
}

/// How it stands with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Right.
    Right,
    /// Right, and worth a look.
    Noted,
    /// Wrong.
    Wrong,
}

/// A line, or a card or tag at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its line, from 1; none of a card.
    pub line: Option<u64>,
    /// UID, where it is known.
    pub uid: Option<[u8; 7]>,
    /// TMC or SDMReadCtr, where it is known.
    pub counter: Option<u32>,
    /// How it stands with it.
    pub standing: Standing,
    /// What is wrong or worth a look, in sentences without a full stop.
    pub sentences: Vec<String>,
}

impl Checked {
    /// What the file is full of.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Transactions(_) => Kind::Transactions,
            Self::Urls(_) => Kind::Urls,
        }
    }

    /// Judges at most so many further lines.
    pub fn step(&mut self, most: usize) -> Progress {
        match self {
            Self::Transactions(batch) => batch.step(most),
            Self::Urls(batch) => batch.step(most),
        }
    }

    /// Judges all lines, and says how far it is every `slice` of them; stops when `go_on` says so, and gives whether it
    /// came to the end.
    pub fn run(&mut self, slice: usize, mut go_on: impl FnMut(Progress) -> bool) -> bool {
        loop {
            let progress = self.step(slice.max(1));
            if progress.is_done() {
                return true;
            }
            if !go_on(progress) {
                return false;
            }
        }
    }

    /// Lines judged so far.
    pub fn len(&self) -> usize {
        self.progress().done
    }

    /// Whether no line is judged.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        match self {
            Self::Transactions(batch) => batch.progress(),
            Self::Urls(batch) => batch.progress(),
        }
    }

    /// How it stands with a judged line, from 0.
    pub fn standing(&self, index: usize) -> Option<Standing> {
        match self {
            Self::Transactions(batch) => batch.judged().get(index).map(of_row),
            Self::Urls(batch) => batch.judged().get(index).map(of_tap),
        }
    }

    /// A judged line, from 0.
    pub fn listed(&self, index: usize) -> Option<Listed> {
        match self {
            Self::Transactions(batch) => batch.judged().get(index).map(|row| Listed {
                line: Some(row.line),
                uid: row.card.map(|(uid, _)| uid),
                counter: row.card.map(|(_, tmc)| tmc),
                standing: of_row(row),
                sentences: row.sentences(),
            }),
            Self::Urls(batch) => batch.judged().get(index).map(|tap| Listed {
                line: Some(tap.line),
                uid: tap.uid,
                counter: tap.counter,
                standing: of_tap(tap),
                sentences: tap.sentences(),
            }),
        }
    }

    /// What a line gives to the page that checks one, from 0; the other inputs of the page stay.
    pub fn texts(&self, index: usize) -> Option<Texts> {
        match self {
            Self::Transactions(batch) => {
                let cells = batch.rows().get(index)?.cells();
                let counter = batch.judged().get(index).and_then(|row| row.card);
                // Digits alone would be read as the bytes of a counter.
                let halves = counter.filter(|_| batch.is_lrp()).map(|(_, counter)| {
                    let (actual, session) = (counter & 0xFFFF, counter >> 16);
                    [("act-tmc", actual), ("ses-tmc", session)]
                        .map(|(name, half)| (name.to_owned(), format!("0x{half:X}")))
                });
                let named = cells.into_iter().map(|(name, text)| {
                    let text = if name == "operations" {
                        let lines: Vec<&str> = text.split(';').map(str::trim).collect();
                        lines.join("\n")
                    } else {
                        text
                    };
                    (name.replace('_', "-"), text)
                });
                Some(named.chain(halves.into_iter().flatten()).collect())
            }
            Self::Urls(batch) => {
                let url = batch.urls().get(index)?;
                Some(Texts::from([("url".to_owned(), url.text.clone())]))
            }
        }
    }

    /// The cards with gaps; of tags gaps are normal.
    pub fn gaps(&self) -> Vec<Listed> {
        let Self::Transactions(batch) = self else {
            return Vec::new();
        };
        let cards = batch.cards();
        let with = cards.iter().filter_map(|card| {
            Some(Listed {
                line: None,
                uid: Some(card.uid),
                counter: None,
                standing: Standing::Wrong,
                sentences: vec![card.sentence()?],
            })
        });
        with.collect()
    }

    /// Whether a line, or a card, is wrong.
    pub fn is_wrong(&self) -> bool {
        match self {
            Self::Transactions(batch) => batch.is_wrong(),
            Self::Urls(batch) => batch.is_wrong(),
        }
    }

    /// All of it in a sentence, without a full stop.
    pub fn summary(&self) -> String {
        let (one, whose) = self.kind().nouns();
        let of =
            |cards: usize| format!("{} of {}", counted(self.len(), one), counted(cards, whose));
        match self {
            Self::Transactions(batch) => {
                let cards = batch.cards();
                let wrong = batch.judged().iter().filter(|row| row.is_wrong()).count();
                let missing = cards.iter().filter(|card| !card.gaps.is_empty()).count();
                let gaps = if batch.is_lrp() {
                    "gaps are not looked for in LRP, which is unconfirmed".to_owned()
                } else {
                    format!("{} with gaps", counted(missing, whose))
                };
                format!("{}: {wrong} wrong, {gaps}", of(cards.len()))
            }
            Self::Urls(batch) => {
                let tags = batch.tags();
                let sum = |of: fn(&TagReport) -> usize| tags.iter().map(of).sum::<usize>();
                let unseen: u64 = tags.iter().map(|tag| u64::from(tag.unseen)).sum();
                let wrong = batch.judged().iter().filter(|tap| tap.is_wrong()).count();
                format!(
                    "{}: {wrong} wrong, {} of these replayed; {} late, {unseen} reads between not seen",
                    of(tags.len()),
                    sum(|tag| tag.replays),
                    sum(|tag| tag.late),
                )
            }
        }
    }
}

fn of_row(row: &Judged) -> Standing {
    let is_noted = row.order == Order::Late || !row.suspicions.is_empty();
    standing(row.is_wrong(), is_noted)
}

fn of_tap(tap: &Tap) -> Standing {
    standing(tap.is_wrong(), tap.order == Order::Late)
}

const fn standing(is_wrong: bool, is_noted: bool) -> Standing {
    match (is_wrong, is_noted) {
        (true, _) => Standing::Wrong,
        (false, true) => Standing::Noted,
        (false, false) => Standing::Right,
    }
}

/// A number with its noun.
fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

//! Many URLs of tags at once: what each says, whether its MAC is right, and which came before (DESFire reference §7.5).
//!
//! SDMReadCtr grows with each read of a tag, also with those that nobody sends on: gaps are normal. A counter that comes
//! a second time is a replay. Only what a right MAC vouches for counts among those of its tag.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::counters::{Counters, Order};
use super::{Progress, shared};
use crate::calculator::input::{Slip, Texts};
use crate::calculator::topics::{SDM_VERIFY, sdm_reading};
use crate::sdm::url::{Dissected, MacStart, UrlError, dissect};
use crate::sdm::{self, Keys, MacInput, Mode, Prepared, Reading, SdmError, UID, Verified};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// From 1.
    pub line: u64,
    /// As it was opened.
    pub text: String,
}

/// What a URL came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Its line, from 1.
    pub line: u64,
    /// UID, where the message has one that can be read.
    pub uid: Option<[u8; UID]>,
    /// SDMReadCtr.
    pub counter: Option<u32>,
    /// File data in the clear.
    pub file_data: Option<Vec<u8>>,
    /// Whether it is right.
    pub verdict: Verdict,
    /// Its place among those of the tag.
    pub order: Order,
}

impl Tap {
    /// Whether the URL should not be trusted: wrong, or sent a second time.
    pub fn is_wrong(&self) -> bool {
        self.verdict != Verdict::Right || self.order.is_replay()
    }

    /// What is wrong or worth a look, in sentences without a full stop.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self.verdict.sentence().into_iter().collect();
        let counter = self.counter.unwrap_or_default();
        match self.order {
            Order::Duplicate(line) => sentences.push(format!(
                "SDMReadCtr {counter} again, the same URL as in line {line}"
            )),
            Order::Conflict(line) => sentences.push(format!(
                "SDMReadCtr {counter} again, another URL than in line {line}"
            )),
            Order::Late => sentences.push(format!("SDMReadCtr {counter} comes after a higher one")),
            Order::First | Order::Next | Order::Jump(_) | Order::None => {}
        }
        sentences
    }
}

/// Whether a URL is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its MAC is.
    Right,
    /// Its MAC is not; the mistakes that explain it.
    Wrong(Vec<sdm::Slip>),
    /// Its MAC is right, but does not cover the file data, which anybody can have added or changed.
    Uncovered,
    /// It has no MAC.
    NoMac,
    /// It can't be computed through; the mistakes that explain it.
    Undeciphered(SdmError, Vec<sdm::Slip>),
    /// It is no URL of a tag.
    Unreadable(UrlError),
}

impl Verdict {
    /// What is wrong, without a full stop, with the mistakes that explain it; `None` when nothing is.
    pub fn sentence(&self) -> Option<String> {
        let (what, slips): (String, &[sdm::Slip]) = match self {
            Self::Right => return None,
            Self::Wrong(slips) => ("SDMMAC wrong".into(), slips),
            Self::Uncovered => (
                "SDMMAC does not cover the file data: anybody can add or change it".into(),
                &[],
            ),
            Self::NoMac => (
                "no SDMMAC: anybody can change what the URL says".into(),
                &[],
            ),
            Self::Undeciphered(error, slips) => (error.to_string(), slips),
            Self::Unreadable(error) => (error.to_string(), &[]),
        };
        let slips = slips.iter().map(ToString::to_string);
        Some(
            std::iter::once(what)
                .chain(slips)
                .collect::<Vec<_>>()
                .join("; "),
        )
    }
}

/// A tag at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagReport {
    /// UID.
    pub uid: [u8; UID],
    /// Different counters that came.
    pub taps: usize,
    /// Lowest and highest counter.
    pub counters: (u32, u32),
    /// Counters between them that never came.
    pub unseen: u32,
    /// Times that a counter came again.
    pub replays: usize,
    /// Times that a counter was lower than one before.
    pub late: usize,
}

/// The URLs of a file while they are judged.
pub struct UrlBatch {
    keys: Keys,
    reading: Reading,
    aes: Prepared,
    lrp: Prepared,
    /// Mode and start of the last URL that was right.
    fits: Option<(Mode, MacInput)>,
    urls: Vec<Url>,
    judged: Vec<Tap>,
    tags: BTreeMap<[u8; UID], Tag>,
}

/// What is known of a tag so far.
#[derive(Debug, Default)]
struct Tag {
    seen: Counters,
    replays: usize,
    late: usize,
}

impl UrlBatch {
    /// The inputs of the page SDM URL that hold for all URLs.
    pub const INPUTS: [&str; 5] = ["key", "file-key", "lrp", "names", "mac-from"];

    /// All URLs with these [`INPUTS`](Self::INPUTS) of the page, by their names.
    pub fn new(texts: &Texts, urls: Vec<Url>) -> Result<Self, Vec<Slip>> {
        let inputs = shared(SDM_VERIFY.fields, texts, &Self::INPUTS)?;
        let (keys, reading) = sdm_reading(&inputs).map_err(|slip| vec![slip])?;
        Ok(Self {
            aes: Prepared::new(Mode::Aes, &keys),
            lrp: Prepared::new(Mode::Lrp, &keys),
            fits: None,
            judged: Vec::with_capacity(urls.len()),
            tags: BTreeMap::new(),
            keys,
            reading,
            urls,
        })
    }

    /// Judges at most so many further URLs.
    pub fn step(&mut self, most: usize) -> Progress {
        let from = self.judged.len();
        let until = self.urls.len().min(from.saturating_add(most));
        for index in from..until {
            let judged = self.judge(index);
            self.judged.extend(judged);
        }
        self.progress()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.judged.len(),
            total: self.urls.len(),
        }
    }

    /// The URLs of the file.
    pub fn urls(&self) -> &[Url] {
        &self.urls
    }

    /// What those judged so far came to, in the order of the file.
    pub fn judged(&self) -> &[Tap] {
        &self.judged
    }

    /// The tags of those judged so far.
    pub fn tags(&self) -> Vec<TagReport> {
        let tags = self.tags.iter().filter_map(|(uid, tag)| {
            Some(TagReport {
                uid: *uid,
                taps: tag.seen.len(),
                counters: tag.seen.ends()?,
                unseen: tag.seen.gaps().map(|(first, last)| last - first + 1).sum(),
                replays: tag.replays,
                late: tag.late,
            })
        });
        tags.collect()
    }

    /// Whether a URL judged so far is wrong.
    pub fn is_wrong(&self) -> bool {
        self.judged.iter().any(Tap::is_wrong)
    }

    fn judge(&mut self, index: usize) -> Option<Tap> {
        let url = self.urls.get(index)?;
        let (verdict, verified) = match self.known(&url.text) {
            Some(verified) => (Verdict::Right, Some(verified)),
            None => match examined(&url.text, &self.keys, &self.reading) {
                Ok(found) => {
                    self.fits = found.fits.or(self.fits);
                    (found.verdict, found.verified)
                }
                Err(error) => (Verdict::Unreadable(error), None),
            },
        };
        let mirrored = verified.as_ref().map(|verified| verified.mirrored);
        let uid = mirrored.and_then(|mirrored| mirrored.uid);
        let counter = mirrored.and_then(|mirrored| mirrored.ctr);
        let counter = counter.map(sdm::ReadCtr::number);
        let order = match uid.zip(counter).filter(|_| verdict == Verdict::Right) {
            Some((uid, counter)) => self.order(index, uid, counter),
            None => Order::None,
        };
        Some(Tap {
            line: self.urls.get(index)?.line,
            uid,
            counter,
            file_data: verified.and_then(|verified| verified.file_data),
            verdict,
            order,
        })
    }

    /// The URL by the start that was right last: `None` unless its MAC is right so.
    fn known(&self, text: &str) -> Option<Verified> {
        let (mode, rule) = self.fits?;
        let url = dissect(text, &self.reading.names, self.reading.mode).ok()?;
        if url.mode().is_some_and(|own| own != mode) {
            return None;
        }
        let prepared = match mode {
            Mode::Aes => &self.aes,
            Mode::Lrp => &self.lrp,
        };
        let start = start(&url, rule).filter(|start| url.covers_file_data(*start))?;
        let verified = sdm::verify(prepared, &url.message(start)).ok()?;
        (verified.mac_ok == Some(true)).then_some(verified)
    }

    fn order(&mut self, index: usize, uid: [u8; UID], counter: u32) -> Order {
        let urls = &self.urls;
        let tag = self.tags.entry(uid).or_default();
        let order = tag.seen.place(counter, index, |before| {
            let before = urls.get(before)?;
            let same = urls.get(index).is_some_and(|url| url.text == before.text);
            Some((before.line, same))
        });
        tag.replays += usize::from(order.is_replay());
        tag.late += usize::from(order == Order::Late);
        order
    }
}

/// What tags mirror may be secret: nothing of it is printed.
impl std::fmt::Debug for UrlBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UrlBatch")
            .field("urls", &self.urls.len())
            .field("judged", &self.judged.len())
            .finish_non_exhaustive()
    }
}

fn start(url: &Dissected<'_>, rule: MacInput) -> Option<MacStart> {
    match rule {
        MacInput::Find => None,
        MacInput::At(landmark) => url.start_of(landmark),
        MacInput::Offset(offset) => url.start_at_offset(offset),
    }
}

/// A URL gone through the slow way.
struct Found {
    verdict: Verdict,
    verified: Option<Verified>,
    /// Mode and start, for the next ones.
    fits: Option<(Mode, MacInput)>,
}

fn examined(text: &str, keys: &Keys, reading: &Reading) -> Result<Found, UrlError> {
    let examined = sdm::examine(text, keys, reading)?;
    let covered = examined.covers_file_data();
    let offset = || {
        Some(MacInput::Offset(
            examined.url.file_offsets(examined.start)?.0,
        ))
    };
    let rule = match reading.mac_input {
        MacInput::Find => examined.landmark().map(MacInput::At).or_else(offset),
        given => Some(given),
    };
    let fits = rule.filter(|_| covered && examined.is_ok());
    let fits = fits.map(|rule| (examined.mode, rule));
    let (verdict, verified) = match examined.verified {
        Ok(verified) => {
            let verdict = match verified.mac_ok {
                Some(true) if covered => Verdict::Right,
                Some(true) => Verdict::Uncovered,
                Some(false) => Verdict::Wrong(examined.slips),
                None => Verdict::NoMac,
            };
            (verdict, Some(verified))
        }
        Err(error) => (Verdict::Undeciphered(error, examined.slips), None),
    };
    Ok(Found {
        verdict,
        verified,
        fits,
    })
}

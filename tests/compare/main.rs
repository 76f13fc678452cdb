//! Two traces by meaning, over recordings of our own host and card.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop at once"
)]

#[path = "../support/mod.rs"]
mod support;

mod keys;
mod meaning;
mod properties;

use support::demo::{self, Run};
use tapscope::compare::{Comparison, Counts, Decoded, Difference, Ignore, Pair, compare};
use tapscope::keyring::Keyring;
use tapscope::session::{demo as images, image, import};
use tapscope::trace::{self, Event, Exchange};
use tapscope::virtual_card::Image;

/// A recording with its decoded exchanges.
#[derive(Clone, Debug)]
struct Trace {
    events: Vec<Event>,
    rows: Vec<Exchange>,
}

impl Trace {
    fn new(events: Vec<Event>, keyring: &Keyring) -> Self {
        let rows = trace::decode(&events, keyring);
        Self { events, rows }
    }

    /// Lines such as `=> 90 60 …`, without keys.
    fn lines(text: &str) -> Self {
        let events = import::text::read(text.as_bytes()).value.events;
        Self::new(events, &Keyring::default())
    }

    fn decoded(&self) -> Decoded<'_> {
        Decoded {
            rows: &self.rows,
            events: &self.events,
        }
    }

    fn row(&self, name: &str) -> usize {
        let found = self.rows.iter().position(|row| row.name() == name);
        found.unwrap_or_else(|| panic!("no {name}"))
    }
}

fn against(a: &Trace, b: &Trace) -> Comparison {
    compare(a.decoded(), b.decoded(), Ignore::default())
}

fn with(a: &Trace, b: &Trace, ignore: Ignore) -> Comparison {
    compare(a.decoded(), b.decoded(), ignore)
}

fn start(name: &str) -> Image {
    let text = images::image(name).expect("an image");
    image::read(text.as_bytes()).expect("reads")
}

fn recorded(run: &Run, keyring: &Keyring) -> Trace {
    Trace::new(run.session(images::PERSONALISED).events, keyring)
}

fn top_up(seed: u64, amount: i32) -> Trace {
    let mut run = Run::new(&start(images::PERSONALISED), seed);
    run.top_up(amount, None).expect("tops up");
    recorded(&run, &demo::keyring())
}

/// The differences of all pairs that differ, with the row of A.
fn told(comparison: &Comparison) -> Vec<(usize, &[Difference])> {
    let pairs = comparison.pairs.iter();
    pairs
        .filter_map(|pair| match pair {
            Pair::Differs { a, differences, .. } => Some((*a, differences.as_slice())),
            _ => None,
        })
        .collect()
}

fn identical(rows: usize) -> Counts {
    Counts {
        same: rows,
        ..Counts::default()
    }
}

//! What a trace claims to know of a card is never wrong, whatever happens, and is found again at every row.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod actor;
mod claims;
mod samples;

use actor::{Actor, keyring};
use claims::Counts;
use tapscope::trace::known::{Keeper, KnownCards};
use tapscope::trace::{Event, Exchange, Observer};

/// A trace that grows.
#[derive(Default)]
struct Trace {
    observer: Observer,
    keeper: Keeper,
    events: Vec<Event>,
    rows: Vec<Exchange>,
    /// The cards after each row.
    after: Vec<KnownCards>,
}

impl Trace {
    fn push(&mut self, event: &Event) {
        let index = self.events.len();
        self.events.push(event.clone());
        if let Some(row) = self.observer.step(index, event, &keyring()) {
            self.keeper.row(&row, &self.events);
            self.rows.push(row);
            self.after.push(self.keeper.live().clone());
        }
        self.keeper.event(index, event);
    }
}

/// Lets actors act in turn, and checks all claims after each step.
fn converse(trace: &mut Trace, actors: &mut [Actor], steps: usize, seed: u64, counts: &mut Counts) {
    for step in 0..steps {
        let which = step % actors.len();
        let reader = u16::try_from(which).unwrap();
        for events in actors[which].act() {
            for event in &events {
                trace.push(event);
            }
            let image = actors[which].card.image();
            let last = trace.rows.last().map(|row| (row.name(), row.status));
            let what = format!("seed {seed} step {step} {last:?}");
            let live = trace.keeper.live();
            if let Some(card) = live.card(reader) {
                claims::check(card, &image, &what, counts);
            }
            if let Some(card) = live.assumed(reader) {
                claims::check(card, &image, &format!("{what} assumed"), counts);
            }
        }
    }
}

#[test]
fn nothing_is_claimed_that_the_card_does_not_hold() {
    let mut counts = Counts::new();
    for seed in 0..60 {
        let mut actors = [Actor::new(seed, 0)];
        converse(&mut Trace::default(), &mut actors, 400, seed, &mut counts);
    }
    // A check that nothing reaches is none.
    for item in [
        "UID",
        "free memory",
        "PICC settings",
        "PICC keys",
        "PICC version",
        "settings",
        "keys",
        "key version",
        "identifier",
        "DF name",
        "TMC",
        "TMV",
        "type",
        "option",
        "rights",
        "available",
        "value",
        "data",
        "count",
        "record",
    ] {
        let count = counts.get(item).copied().unwrap_or_default();
        assert!(count >= 50, "{count} claims of {item} only");
    }
}

#[test]
fn the_card_at_a_row_is_the_one_that_was_there_then() {
    let mut trace = Trace::default();
    let mut actors: Vec<Actor> = (0..3).map(|reader| Actor::new(90, reader)).collect();
    converse(&mut trace, &mut actors, 5000, 90, &mut Counts::new());
    assert!(trace.keeper.copies() >= 3, "{}", trace.keeper.copies());
    for (index, after) in trace.after.iter().enumerate().step_by(7) {
        let view = trace.keeper.at(index, &trace.rows, &trace.events).unwrap();
        assert_eq!((view.row, view.reader), (index, trace.rows[index].reader));
        assert_eq!(Some(&view.card), after.card(view.reader), "row {index}");
        assert_eq!(view.assumed.as_ref(), after.assumed(view.reader));
    }
    let none = trace
        .keeper
        .at(trace.rows.len(), &trace.rows, &trace.events);
    assert_eq!(none, None);
}

//! The comparison of a whole trace: each reader had a host and a card of its own.

use std::collections::BTreeMap;

use crate::keyring::Keyring;
use crate::trace::{Event, Exchange};
use crate::virtual_card::Card;

use super::compare::one_reader;
use super::{Divergence, Report, Skipped};

/// Compares the rebuilt host with the recorded commands.
pub fn recorded(events: &[Event], rows: &[Exchange], keyring: &Keyring) -> Report {
    compare_while(events, rows, keyring, None, &mut |_| true).unwrap_or_default()
}

/// Runs the rebuilt host against a card and compares both sides. The card draws what the recording shows.
pub fn card(events: &[Event], rows: &[Exchange], keyring: &Keyring, card: &mut Card) -> Report {
    compare_while(events, rows, keyring, Some(card), &mut |_| true).unwrap_or_default()
}

/// Either comparison, as long as it is wanted: `go_on` is asked before each event, with a number that grows. `None`
/// when it said no. A card stands for the one at the reader that the trace begins with.
pub fn compare_while(
    events: &[Event],
    rows: &[Exchange],
    keyring: &Keyring,
    mut card: Option<&mut Card>,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Option<Report> {
    let first = events.first().map_or(0, |event| event.reader);
    if events.iter().all(|event| event.reader == first) {
        return one_reader(events, rows, keyring, card, go_on);
    }
    let on_card = card.is_some();
    let (mut whole, mut done) = (Report::default(), 0);
    for (reader, part) in parts(events, rows) {
        if on_card && reader != first {
            whole.skipped.extend(part.without_card());
            continue;
        }
        let card = card.take();
        let mut go_on = |index| go_on(done + index);
        let report = one_reader(&part.events, &part.rows, keyring, card, &mut go_on)?;
        done += part.events.len();
        part.add(report, &mut whole);
    }
    whole.skipped.sort_by_key(|skipped| skipped.row);
    Some(whole)
}

/// What happened at one reader; its events are numbered as if there were no other, its rows as in the whole trace.
#[derive(Default)]
struct Part {
    events: Vec<Event>,
    rows: Vec<Exchange>,
    /// Places of the events in the whole trace.
    events_at: Vec<usize>,
}

fn parts(events: &[Event], rows: &[Exchange]) -> BTreeMap<u16, Part> {
    let mut parts: BTreeMap<u16, Part> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let part = parts.entry(event.reader).or_default();
        part.events.push(event.clone());
        part.events_at.push(index);
    }
    for row in rows {
        let part = parts.entry(row.reader).or_default();
        let at = |event| part.events_at.partition_point(|place| *place < event);
        let mut row = row.clone();
        (row.first_event, row.last_event) = (at(row.first_event), at(row.last_event));
        part.rows.push(row);
    }
    parts
}

impl Part {
    fn without_card(&self) -> impl Iterator<Item = Skipped> {
        self.rows.iter().map(|row| Skipped {
            row: row.index,
            why: "it ran at another reader than the one that the image stands for".into(),
        })
    }

    /// Adds what was found here, in the numbers of the whole trace; the earliest divergence stays.
    fn add(&self, report: Report, whole: &mut Report) {
        whole.compared += report.compared;
        whole.skipped.extend(report.skipped);
        let found = report.divergence.map(|divergence| Divergence {
            event: self
                .events_at
                .get(divergence.event)
                .copied()
                .unwrap_or(divergence.event),
            ..divergence
        });
        let both = [whole.divergence.take(), found].into_iter().flatten();
        whole.divergence = both.min_by_key(|divergence| divergence.event);
    }
}

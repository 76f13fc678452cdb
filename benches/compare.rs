//! Time to compare two traces of 100 000 exchanges, printed by `cargo bench --bench compare`.
//!
//! The exchanges are those of the sample top-up, again and again, each round with a record of its own:
//!
//! * **equal**: the same trace twice;
//! * **shifted**: one exchange in a thousand is missing on either side;
//! * **changed**: each record has another byte;
//! * **foreign**: nothing in common but the commands.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark reads the clock, stops at once and prints its result"
)]

use std::hint::black_box;
use std::time::Instant;

use tapscope::compare::{Decoded, Ignore, compare};
use tapscope::session::{self, demo, keys};
use tapscope::trace::{Event, Exchange, decode};

const EXCHANGES: usize = 100_000;
const ROUNDS: usize = 5;
/// Milliseconds for equal traces.
const TARGET: u128 = 1_000;

fn main() {
    let text = std::fs::read("sessions/02-top-up.json").unwrap();
    let events = session::read(&text).unwrap().value.events;
    let keyring = keys::read(demo::keys().as_bytes()).unwrap().value;
    let once = decode(&events, &keyring);
    let trace = repeated(&once, 0);
    println!("Comparing two traces of {EXCHANGES} exchanges, best of {ROUNDS}");
    let without = |part: usize| -> Vec<Exchange> {
        let rows = trace.iter().enumerate();
        rows.filter(|(index, _)| index % 1000 != part)
            .map(|(_, row)| row.clone())
            .collect()
    };
    let mut changed = trace.clone();
    for row in &mut changed {
        if let Some(byte) = record(row) {
            *byte ^= 0x40;
        }
    }
    let mut foreign = repeated(&once, 1 << 24);
    for row in &mut foreign {
        row.channel = Some("ev1-aes");
    }
    for (name, a, b) in [
        ("equal", &trace, &trace.clone()),
        ("shifted", &without(1), &without(500)),
        ("changed", &trace, &changed),
        ("foreign", &trace, &foreign),
    ] {
        let taken = (0..ROUNDS).map(|_| measured(a, b, &events)).min();
        let target = if name == "equal" {
            format!("   target {TARGET} at most")
        } else {
            String::new()
        };
        println!("{name:>10} {:>6} ms{target}", taken.unwrap());
    }
}

fn measured(a: &[Exchange], b: &[Exchange], events: &[Event]) -> u128 {
    let trace = |rows| Decoded { rows, events };
    let start = Instant::now();
    black_box(compare(trace(a), trace(b), Ignore::default()));
    start.elapsed().as_millis()
}

/// The exchanges again and again, each round with its number in the record.
fn repeated(once: &[Exchange], first: usize) -> Vec<Exchange> {
    let mut rows: Vec<Exchange> = once.iter().cycle().take(EXCHANGES).cloned().collect();
    for (index, row) in rows.iter_mut().enumerate() {
        row.index = index;
        if row.name() == "WriteRecord" {
            let number = (first + index).to_le_bytes();
            let body = row.command.as_mut().unwrap();
            body.splice(7..7 + number.len(), number);
        }
    }
    rows
}

/// A byte of the record that an exchange writes.
fn record(row: &mut Exchange) -> Option<&mut u8> {
    let writes = row.name() == "WriteRecord";
    row.command
        .as_mut()
        .filter(|_| writes)
        .and_then(|body| body.get_mut(20))
}

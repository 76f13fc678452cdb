//! Round trips to a lent card, direct and through the tap: figure N7, printed by `cargo bench --bench tap`.
//!
//! By loopback, without PC/SC: a reader of ours stands for pcscd's. With names after `--` the cards on those PC/SC
//! readers are measured, too: `cargo bench --bench tap -- "Virtual PCD 00 00" "Virtual PCD 00 01"`, and `--count N`
//! sets the number of commands. The command is GetKeyVersion; the tap records and decodes each one before it passes
//! the answer on.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark stops at once and prints its result"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tapscope::crypto::entropy::SeededEntropy;
use tapscope::keyring::Keyring;
use tapscope::session::{demo, image};
use tapscope::trace::{Event, EventKind, Lane, Observer};
use tapscope::transport::vpcd::{Address, CardEnd, Listener, Patience};
use tapscope::transport::{Clock, EmbeddedCard, Record, Returning, Transport, Watch};
use tapscope::virtual_card::Card;

const COMMAND: [u8; 7] = [0x90, 0x64, 0x00, 0x00, 0x01, 0x00, 0x00];
const WARM_UP: usize = 500;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut count, mut readers) = (20_000, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--count" => count = arguments.next().unwrap().parse().unwrap(),
            _ => readers.push(argument),
        }
    }
    println!("{count} commands each");
    let direct = by_loopback(count, false);
    let tapped = by_loopback(count, true);
    print("direct, loopback", &direct);
    print("tapped, loopback", &tapped);
    println!(
        "added by the tap, median: {:?} (N7: at most 1 ms)",
        median(&tapped).saturating_sub(median(&direct))
    );
    for reader in readers {
        print(&reader, &at_reader(&reader, count));
    }
}

fn median(times: &[Duration]) -> Duration {
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn print(name: &str, times: &[Duration]) {
    let p95 = times
        .get(times.len() * 95 / 100)
        .copied()
        .unwrap_or_default();
    println!("{name:<24} median {:>9.1?}  p95 {p95:>9.1?}", median(times));
}

/// Sorted times of so many round trips.
fn round_trips(card: &mut dyn Transport, count: usize) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..WARM_UP + count)
        .map(|_| {
            let start = Instant::now();
            let answer = card.transmit(&COMMAND).unwrap();
            assert!(answer.ends_with(&[0x91, 0x00]), "{answer:02X?}");
            start.elapsed()
        })
        .skip(WARM_UP)
        .collect();
    times.sort_unstable();
    times
}

fn listener() -> Listener {
    Listener::bind(&"127.0.0.1:0".parse().unwrap(), false, Patience::default()).unwrap()
}

fn by_loopback(count: usize, tapped: bool) -> Vec<Duration> {
    let (program, desk) = (listener(), listener());
    let running = AtomicBool::new(true);
    let go_on = || running.load(Ordering::Relaxed);
    let card_at = if tapped { &desk } else { &program };
    thread::scope(|scope| {
        scope.spawn(|| serve(card_at.address(), &mut demo_card(), &go_on));
        if tapped {
            scope.spawn(|| tap(program.address(), desk.clone(), &go_on));
        }
        let mut card = program.accept(&go_on).unwrap();
        let times = round_trips(&mut card, count);
        running.store(false, Ordering::Relaxed);
        times
    })
}

fn demo_card() -> EmbeddedCard {
    let text = demo::image(demo::PERSONALISED).unwrap();
    let image = image::read(text.as_bytes()).unwrap();
    EmbeddedCard::new(Card::new(&image, Box::new(SeededEntropy::new(1))).unwrap())
}

fn serve(address: &Address, card: &mut dyn Transport, go_on: &dyn Fn() -> bool) {
    let end = CardEnd::new(address.clone());
    end.serve(card, &mut |_| {}, go_on).unwrap();
}

/// As `tapscope tap` does it: every exchange is a decoded row before its answer goes back.
fn tap(address: &Address, desk: Listener, go_on: &dyn Fn() -> bool) {
    let (mut observer, mut events, keyring) = (Observer::default(), Vec::new(), Keyring::default());
    let mut sink = |event: &Event| {
        let number = events.len();
        events.push(event.clone());
        let row = observer.step(number, event, &keyring);
        assert_eq!(row.is_some(), matches!(event.kind, EventKind::Response(_)));
    };
    let record = Record::new(Returning::new(desk), Clock::system(), Lane::Card).announcing("Desk");
    serve(address, &mut Watch::new(record, &mut sink), go_on);
}

#[cfg(feature = "pcsc")]
fn at_reader(name: &str, count: usize) -> Vec<Duration> {
    use tapscope::transport::pcsc::{PcscCard, Protocol, Sharing, find, list};
    let name = find(&list().unwrap(), name).unwrap();
    let mut card = PcscCard::connect(&name, Sharing::Exclusive, Protocol::default()).unwrap();
    round_trips(&mut card, count)
}

#[cfg(not(feature = "pcsc"))]
fn at_reader(_name: &str, _count: usize) -> Vec<Duration> {
    Vec::new()
}

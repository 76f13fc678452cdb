//! A program, our tap, and the card: what passes, what the tap knows of it and when.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tapscope::trace::{Event, EventKind, Exchange, Lane, Observer};
use tapscope::transport::vpcd::{Address, CardEnd, LinkNews, Listener, RemoteCard};
use tapscope::transport::{
    Change, Fault, FrameFault, PeerError, Record, Returning, Transport, TransportError, Watch,
    identify,
};

use crate::ends::{ATR, LONG, card, listener};
use crate::support::demo;
use crate::together::{clock, top_up};

/// What the tap saw: events, and the rows they came to.
#[derive(Default)]
struct Seen {
    observer: Observer,
    events: Vec<Event>,
    rows: Vec<Exchange>,
}

impl Seen {
    fn event(&mut self, event: &Event) {
        let (number, keyring) = (self.events.len(), demo::keyring());
        self.rows
            .extend(self.observer.step(number, event, &keyring));
        self.events.push(event.clone());
    }
}

/// Frames only, without times.
fn frames(events: &[Event]) -> Vec<&EventKind> {
    let frame = |kind: &&EventKind| matches!(kind, EventKind::Command(_) | EventKind::Response(_));
    events
        .iter()
        .map(|event| &event.kind)
        .filter(frame)
        .collect()
}

/// Lends the demo card at an address until `go_on` says no; what its end recorded.
fn lend(address: &Address, go_on: &dyn Fn() -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    let mut sink = |event: &Event| events.push(event.clone());
    let record = Record::new(card(3), clock(), Lane::Card);
    let mut watch = Watch::new(record, &mut sink);
    let end = CardEnd::new(address.clone()).patience(LONG);
    let served = end.serve(&mut watch, &mut |_| {}, go_on);
    assert_eq!(served, Ok(()));
    events
}

/// A tap between `program`, a reader of ours that stands for pcscd's, and `desk`, where the card comes.
fn tap(program: &Address, desk: Listener, seen: &Mutex<Seen>, go_on: &dyn Fn() -> bool) {
    let mut sink = |event: &Event| seen.lock().unwrap().event(event);
    let record = Record::new(Returning::new(desk), clock(), Lane::Card).announcing("Desk");
    let mut watch = Watch::new(record, &mut sink);
    let end = CardEnd::new(program.clone()).patience(LONG);
    assert_eq!(end.serve(&mut watch, &mut |_| {}, go_on), Ok(()));
}

/// Asserts after every answer that its exchange is a decoded row.
struct Impatient<'a> {
    card: &'a mut RemoteCard,
    seen: &'a Mutex<Seen>,
}

impl Transport for Impatient<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.card.transmit(command)?;
        let seen = self.seen.lock().unwrap();
        let kind = seen.events.last().map(|event| event.kind.clone());
        assert_eq!(kind, Some(EventKind::Response(answer.clone())));
        if !answer.ends_with(&[0x91, 0xAF]) {
            let row = seen.rows.last().expect("a row");
            assert_eq!(row.last_event + 1, seen.events.len());
            assert!(row.command.is_some(), "{} has its plaintext", row.name());
        }
        Ok(answer)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        self.card.atr()
    }
}

#[test]
fn every_byte_passes_unchanged_and_its_row_is_there_before_the_next_command() {
    let (program, desk) = (listener(LONG), listener(LONG));
    let (seen, running) = (Mutex::new(Seen::default()), AtomicBool::new(true));
    let go_on = || running.load(Ordering::Relaxed);
    let (at_the_card, at_the_program) = thread::scope(|scope| {
        let lender = scope.spawn(|| lend(desk.address(), &go_on));
        scope.spawn(|| tap(program.address(), desk.clone(), &seen, &go_on));
        let mut remote = program.accept(&|| true).unwrap();
        assert_eq!(remote.atr().unwrap(), ATR);
        let identity = identify(&mut remote).unwrap();
        assert_eq!(identity.uid.bytes(), Some(&demo::UID[..]));
        let mut program = Record::new(
            Impatient {
                card: &mut remote,
                seen: &seen,
            },
            clock(),
            Lane::Card,
        );
        let events = top_up(&mut program);
        running.store(false, Ordering::Relaxed);
        (lender.join().unwrap(), events)
    });
    let seen = seen.into_inner().unwrap();
    let (card, tapped) = (frames(&at_the_card), frames(&seen.events));
    assert_eq!(card, tapped);
    let program = frames(&at_the_program);
    assert_eq!(tapped[tapped.len() - program.len()..], program);
    // The same bytes as in one process: nothing was added either.
    assert_eq!(program, frames(&top_up(self::card(3))));
    let credit = seen.rows.iter().find(|row| row.name() == "Credit");
    let credit = credit.expect("a Credit");
    assert_eq!(credit.command.as_deref(), Some(&[3, 0xBC, 2, 0, 0][..]));
    let presented = credit.presented(&seen.events).expect("a card");
    assert_eq!(
        (presented.reader.as_str(), &presented.atr[..]),
        ("Desk", &ATR[..])
    );
}

#[test]
fn a_card_taken_from_the_tap_is_gone_for_the_program_and_the_next_one_comes() {
    let (program, desk) = (listener(LONG), listener(LONG));
    let seen = Mutex::new(Seen::default());
    let [first, second, tapping] = [(); 3].map(|()| AtomicBool::new(true));
    thread::scope(|scope| {
        let lender = scope.spawn(|| lend(desk.address(), &|| first.load(Ordering::Relaxed)));
        scope.spawn(|| {
            tap(program.address(), desk.clone(), &seen, &|| {
                tapping.load(Ordering::Relaxed)
            });
        });
        let mut remote = program.accept(&|| true).unwrap();
        assert_eq!(remote.transmit(&[0x60]).unwrap()[0], 0xAF);
        first.store(false, Ordering::Relaxed);
        lender.join().unwrap();
        // The tap hangs up, as a card that leaves the field.
        let gone = TransportError::Peer(PeerError::Closed);
        assert_eq!(remote.transmit(&[0xAF]), Err(gone));
        drop(remote);
        let lender = scope.spawn(|| lend(desk.address(), &|| second.load(Ordering::Relaxed)));
        let mut remote = program.accept(&|| true).unwrap();
        // A new card: the chain of the first one is not continued on it.
        assert_eq!(remote.transmit(&[0xAF]).unwrap(), [0x1C]);
        second.store(false, Ordering::Relaxed);
        tapping.store(false, Ordering::Relaxed);
        lender.join().unwrap();
    });
    let seen = seen.into_inner().unwrap();
    let came = seen
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Card(_)));
    assert_eq!(came.count(), 2);
    assert!(
        seen.events
            .iter()
            .any(|event| event.kind == EventKind::FieldOff)
    );
}

#[test]
fn an_answer_that_never_comes_ends_the_connection_and_the_card_comes_back() {
    let program = listener(LONG);
    let running = AtomicBool::new(true);
    let lost = FrameFault {
        ins: Some(0x6F),
        change: Change::LoseAnswer,
    };
    let mut card = Fault::new(card(3), vec![lost], clock());
    let mut news = Vec::new();
    thread::scope(|scope| {
        let lender = scope.spawn(|| {
            let go_on = || running.load(Ordering::Relaxed);
            let end = CardEnd::new(program.address().clone()).patience(LONG);
            end.serve(&mut card, &mut |one| news.push(one), &go_on)
        });
        let files = [0x90, 0x6F, 0, 0, 0];
        let mut remote = program.accept(&|| true).unwrap();
        // An answer of 0 bytes would hang Debian's driver.
        let gone = TransportError::Peer(PeerError::Closed);
        assert_eq!(remote.transmit(&files), Err(gone));
        drop(remote);
        let mut remote = program.accept(&|| true).unwrap();
        assert_eq!(remote.transmit(&files).unwrap(), [0x91, 0x9D]);
        running.store(false, Ordering::Relaxed);
        assert_eq!(lender.join().unwrap(), Ok(()));
    });
    let lost = LinkNews::NoCard(TransportError::Lost);
    assert_eq!(news, [LinkNews::Connected, lost, LinkNews::Connected]);
}

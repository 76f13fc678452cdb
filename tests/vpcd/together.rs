//! Our reader and our card.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Runner};
use tapscope::ota::TopUp;
use tapscope::trace::{Event, Lane};
use tapscope::transport::vpcd::{CardEnd, LinkNews, RemoteCard};
use tapscope::transport::{
    Clock, PeerError, Record, Source, Transport, TransportError, Watch, drive,
};

use crate::ends::{ATR, LONG, SHORT, anywhere, card, listener};
use crate::support::demo;

/// Serves the demo card to our own reader while `talk` uses it. Gives what the card's end recorded and told.
fn lend(talk: impl FnOnce(&mut RemoteCard)) -> (Vec<Event>, Vec<LinkNews>) {
    let listener = listener(LONG);
    let address = listener.address().clone();
    thread::scope(|scope| {
        let lender = scope.spawn(move || {
            let (mut events, mut news) = (Vec::new(), Vec::new());
            let mut sink = |event: &Event| events.push(event.clone());
            let record = Record::new(card(3), clock(), Lane::Card);
            let served = CardEnd::new(address).patience(LONG).serve(
                &mut Watch::new(record, &mut sink),
                &mut |one| news.push(one),
                &|| true,
            );
            assert_eq!(served, Ok(()), "the reader hung up between two messages");
            (events, news)
        });
        let mut remote = listener.accept(&|| true).unwrap();
        talk(&mut remote);
        drop(remote);
        lender.join().unwrap()
    })
}

pub(crate) fn clock() -> Clock {
    Clock::steps(1)
}

pub(crate) fn top_up(transport: impl Transport) -> Vec<Event> {
    let mut transport = Record::new(transport, clock(), Lane::Card);
    let script = TopUp::new(
        demo::keyring(),
        Box::new(SeededEntropy::new(8)),
        700,
        1,
        None,
    );
    let mut runner = Runner::new(Host::default(), script);
    drive(&mut runner, &mut transport).unwrap();
    let ending = runner.into_parts().1.ending().unwrap();
    assert_eq!(ending.unwrap().after, 2700);
    transport.into_inner().1
}

#[test]
fn a_top_up_over_the_wire_is_the_embedded_one_byte_for_byte_at_both_ends() {
    let embedded = top_up(card(3));
    let mut at_the_reader = Vec::new();
    let (at_the_card, news) = lend(|remote| {
        assert_eq!(remote.atr().unwrap(), ATR);
        at_the_reader = top_up(remote);
    });
    assert_eq!(at_the_reader, embedded);
    assert_eq!(at_the_card[..embedded.len()], embedded);
    assert_eq!(news, [LinkNews::Connected]);
}

#[test]
fn native_commands_of_one_byte_are_commands() {
    lend(|remote| {
        assert_eq!(remote.transmit(&[0x60]).unwrap()[0], 0xAF);
        assert_eq!(remote.transmit(&[0xAF]).unwrap()[0], 0xAF);
        assert_eq!(remote.transmit(&[0xAF]).unwrap().len(), 15);
        assert_eq!(remote.transmit(&[0x03]).unwrap(), [0x1C]);
        for control in [0, 1, 2, 4] {
            let refused = TransportError::Peer(PeerError::LooksLikeControl(control));
            assert_eq!(remote.transmit(&[control]), Err(refused));
        }
        let refused = TransportError::Peer(PeerError::NoCommand);
        assert_eq!(remote.transmit(&[]), Err(refused));
        let name = [0x00, 0xA4, 0x04, 0x00, 7, 0xD2, 0x76, 0, 0, 0x85, 1, 0];
        assert_eq!(remote.transmit(&name).unwrap(), [0x90, 0x00]);
        let uid = remote.transmit(&[0xFF, 0xCA, 0, 0, 0]).unwrap();
        assert_eq!((&uid[..7], &uid[7..]), (&demo::UID[..], &[0x90, 0x00][..]));
    });
}

#[test]
fn a_reset_takes_chain_and_session_away() {
    lend(|remote| {
        assert_eq!(remote.transmit(&[0x60]).unwrap()[0], 0xAF);
        remote.reset().unwrap();
        assert_eq!(remote.transmit(&[0xAF]).unwrap(), [0x1C]);
        assert_eq!(remote.atr().unwrap(), ATR);
    });
}

#[test]
fn a_second_card_is_turned_away_and_the_first_goes_on() {
    let listener = listener(LONG);
    let address = listener.address().clone();
    let running = AtomicBool::new(true);
    let end = CardEnd::new(address).patience(LONG);
    let (told, connected) = std::sync::mpsc::sync_channel(1);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            let go_on = || running.load(Ordering::Relaxed);
            end.serve(&mut card(3), &mut |_| {}, &go_on)
        });
        let mut remote = listener.accept(&|| true).unwrap();
        let second = scope.spawn(|| {
            let mut news = |one| told.send(one).unwrap();
            end.serve(&mut card(4), &mut news, &|| true)
        });
        assert_eq!(connected.recv().unwrap(), LinkNews::Connected);
        assert_eq!(remote.transmit(&[0x60]).unwrap()[0], 0xAF);
        assert_eq!(second.join().unwrap(), Err(PeerError::TurnedAway));
        assert!(listener.turned_away().take());
        // More of them are no news while the same card is there.
        let _third = std::net::TcpStream::connect(listener.address().to_string()).unwrap();
        assert_eq!(remote.atr().unwrap(), ATR);
        assert!(!listener.turned_away().take());
        assert!(remote.peer().starts_with("127.0.0.1:"));
        running.store(false, Ordering::Relaxed);
        assert_eq!(first.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_card_that_nobody_connects_is_awaited_for_a_while_only() {
    let listener = listener(SHORT);
    let nobody = PeerError::NobodyCame { seconds: 1 };
    assert_eq!(listener.accept(&|| true).unwrap_err(), nobody);
    assert_eq!(listener.accept(&|| false).unwrap_err(), nobody);
}

#[test]
fn a_reader_for_everybody_must_be_confirmed() {
    let open = "0.0.0.0:0".parse().unwrap();
    let refused = tapscope::transport::vpcd::Listener::bind(&open, false, SHORT);
    let address = "0.0.0.0:0".into();
    assert_eq!(refused.unwrap_err(), PeerError::NotLoopback { address });
    assert_ne!(*listener(SHORT).address(), anywhere());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_command_gets_the_answer_of_the_embedded_card(
        commands in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..12),
    ) {
        let commands: Vec<Vec<u8>> = commands
            .into_iter()
            .filter(|command| !matches!(command[..], [0 | 1 | 2 | 4]))
            .collect();
        let answers = |transport: &mut dyn Transport| -> Vec<Vec<u8>> {
            commands.iter().map(|command| transport.transmit(command).unwrap()).collect()
        };
        let expected = answers(&mut card(3));
        let mut got = Vec::new();
        lend(|remote| got = answers(remote));
        prop_assert_eq!(got, expected);
    }
}

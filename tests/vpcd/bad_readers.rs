//! Our card and readers that misbehave: a sentence each, no hang.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;

use tapscope::transport::PeerError;
use tapscope::transport::vpcd::{CardEnd, LinkNews, Patience};

use crate::ends::{ATR, LONG, SHORT, card, hear, raw_reader, say};

/// Serves a card to a reader that behaves so; the connection is closed after `behave` when it returns nothing.
fn serve(
    patience: Patience,
    behave: impl FnOnce(&mut TcpStream) + Send,
) -> (Result<(), PeerError>, Vec<LinkNews>) {
    let (socket, address) = raw_reader();
    thread::scope(|scope| {
        let (hang_up, wait) = std::sync::mpsc::sync_channel::<()>(0);
        scope.spawn(move || {
            let mut stream = socket.accept().unwrap().0;
            behave(&mut stream);
            // Stays connected, silent, until the card's end has given up.
            let _ended = wait.recv();
        });
        let mut news = Vec::new();
        let end = CardEnd::new(address).patience(patience);
        let served = end.serve(&mut card(3), &mut |one| news.push(one), &|| true);
        drop(hang_up);
        (served, news)
    })
}

#[test]
fn a_reader_that_stops_inside_a_message() {
    for (sent, got, expected) in [
        (&[0][..], 1, 2),
        (&[0, 5, 0x60], 3, 7),
        // Garbage announces something huge.
        (b"GET / HTTP/1.1\r\n\r\n", 18, 0x4745 + 2),
        (&[0xFF, 0xFF], 2, 65537),
    ] {
        let (served, _) = serve(SHORT, |stream| stream.write_all(sent).unwrap());
        let seconds = 1;
        assert_eq!(
            served,
            Err(PeerError::Half {
                got,
                expected,
                seconds
            })
        );
        let (served, _) = serve(LONG, |stream| {
            stream.write_all(sent).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        });
        assert_eq!(served, Err(PeerError::ClosedInside { got, expected }));
    }
}

#[test]
fn a_message_without_a_byte_means_nothing() {
    let (served, news) = serve(LONG, |stream| say(stream, &[]));
    assert_eq!(served, Err(PeerError::Empty));
    assert_eq!(news, [LinkNews::Connected]);
}

#[test]
fn a_reader_that_says_nothing_is_told_once_and_may_speak_later() {
    let (socket, address) = raw_reader();
    thread::scope(|scope| {
        let (told, heard) = std::sync::mpsc::sync_channel(4);
        let lender = scope.spawn(move || {
            let end = CardEnd::new(address).patience(SHORT);
            end.serve(&mut card(3), &mut |one| told.send(one).unwrap(), &|| true)
        });
        let mut stream = socket.accept().unwrap().0;
        assert_eq!(heard.recv(), Ok(LinkNews::Connected));
        assert_eq!(heard.recv(), Ok(LinkNews::Quiet(1)));
        say(&mut stream, &[4]);
        assert_eq!(hear(&mut stream), ATR);
        say(&mut stream, &[0x60]);
        assert_eq!(hear(&mut stream)[0], 0xAF);
        drop(stream);
        assert_eq!(lender.join().unwrap(), Ok(()));
        // On a busy machine it may have been quiet once more before the end.
        assert!(heard.iter().all(|one| matches!(one, LinkNews::Quiet(_))));
    });
}

#[test]
fn power_off_and_on_leave_no_chain() {
    let (served, _) = serve(LONG, |stream| {
        for (controls, after) in [(&[][..], 0xAF), (&[0, 1], 0x1C), (&[2], 0x1C)] {
            say(stream, &[2]);
            say(stream, &[0x60]);
            assert_eq!(hear(stream)[0], 0xAF);
            for control in controls {
                say(stream, &[*control]);
            }
            say(stream, &[0xAF]);
            assert_eq!(hear(stream)[0], after);
        }
        stream.shutdown(Shutdown::Both).unwrap();
    });
    assert_eq!(served, Ok(()));
}

#[test]
fn the_card_comes_back_when_the_reader_does() {
    let (socket, address) = raw_reader();
    let running = std::sync::atomic::AtomicBool::new(true);
    let running = &running;
    thread::scope(|scope| {
        let (told, heard) = std::sync::mpsc::sync_channel(8);
        let lender = scope.spawn(move || {
            let end = CardEnd::new(address).patience(SHORT).reconnect(true);
            let go_on = || running.load(std::sync::atomic::Ordering::Relaxed);
            // How long a busy machine lets the reader be quiet is not what this is about.
            let mut news = |one| match one {
                LinkNews::Quiet(_) => {}
                one => told.send(one).unwrap(),
            };
            assert_eq!(end.serve(&mut card(3), &mut news, &go_on), Ok(()));
        });
        // A reader that has a card already takes and closes each connection: told once.
        for _ in 0..3 {
            let stream = socket.accept().unwrap().0;
            stream.shutdown(Shutdown::Write).unwrap();
        }
        let mut stream = socket.accept().unwrap().0;
        say(&mut stream, &[]);
        stream.shutdown(Shutdown::Write).unwrap();
        for news in [
            LinkNews::Connected,
            LinkNews::Lost(PeerError::TurnedAway),
            LinkNews::Connected,
            LinkNews::Lost(PeerError::Empty),
            LinkNews::Connected,
        ] {
            assert_eq!(heard.recv(), Ok(news));
        }
        let mut stream = socket.accept().unwrap().0;
        say(&mut stream, &[4]);
        assert_eq!(hear(&mut stream), ATR);
        running.store(false, std::sync::atomic::Ordering::Relaxed);
        // Reader and listener stay until the card's end is over.
        lender.join().unwrap();
    });
}

#[test]
fn nobody_listening_is_said_at_once() {
    let (socket, address) = raw_reader();
    drop(socket);
    let end = CardEnd::new(address.clone()).patience(SHORT);
    let served = end.serve(&mut card(3), &mut |_| {}, &|| true);
    let address = address.to_string();
    assert_eq!(served, Err(PeerError::NobodyListens { address }));
}

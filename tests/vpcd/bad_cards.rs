//! Our reader and cards that misbehave: a sentence each, no hang.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;

use tapscope::transport::vpcd::Patience;
use tapscope::transport::{PeerError, Transport, TransportError};

use crate::ends::{ATR, LONG, SHORT, hear, listener, say};

/// What accepting, and then one command, come to with a card that behaves so.
fn meet(
    patience: Patience,
    behave: impl FnOnce(&mut TcpStream) + Send,
) -> (Option<PeerError>, Vec<Result<Vec<u8>, PeerError>>) {
    let listener = listener(patience);
    let address = listener.address().to_string();
    thread::scope(|scope| {
        let (hang_up, wait) = std::sync::mpsc::sync_channel::<()>(0);
        let (gone, ready) = std::sync::mpsc::sync_channel::<()>(0);
        scope.spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            drop(gone);
            behave(&mut stream);
            let _ended = wait.recv();
        });
        let _connected = ready.recv();
        let met = match listener.accept(&|| true) {
            Err(error) => (Some(error), Vec::new()),
            Ok(mut card) => {
                let mut talk = || {
                    card.transmit(&[0x60]).map_err(|error| match error {
                        TransportError::Peer(error) => error,
                        other => panic!("{other}"),
                    })
                };
                (None, vec![talk(), talk()])
            }
        };
        drop(hang_up);
        met
    })
}

/// Answers the two messages that accepting sends.
fn come_up(stream: &mut TcpStream, atr: &[u8]) {
    assert_eq!(hear(stream), [1]);
    assert_eq!(hear(stream), [4]);
    say(stream, atr);
}

#[test]
fn a_card_that_does_not_come_up() {
    let silent = PeerError::Silent { seconds: 1 };
    assert_eq!(meet(SHORT, |_| {}).0, Some(silent));
    for (atr, error) in [
        (&[][..], PeerError::CardGone),
        (&[0x3B], PeerError::Atr { got: 1 }),
        (&[0x3B; 34], PeerError::Atr { got: 34 }),
    ] {
        assert_eq!(meet(LONG, |stream| come_up(stream, atr)).0, Some(error));
    }
    let closed = meet(LONG, |stream| {
        hear(stream);
        hear(stream);
        stream.shutdown(Shutdown::Both).unwrap();
    });
    assert_eq!(closed.0, Some(PeerError::Closed));
}

#[test]
fn a_failure_ends_the_card_for_good() {
    for (answer, error) in [
        (&[0, 0][..], PeerError::CardGone),
        (
            &[0, 9, 0xAF],
            PeerError::Half {
                got: 3,
                expected: 11,
                seconds: 1,
            },
        ),
        (&[], PeerError::Silent { seconds: 1 }),
    ] {
        let (met, talked) = meet(SHORT, |stream| {
            come_up(stream, &ATR);
            assert_eq!(hear(stream), [0x60]);
            stream.write_all(answer).unwrap();
        });
        assert_eq!(met, None);
        // The answer that comes too late is never taken for the next one's.
        assert_eq!(talked, [Err(error.clone()), Err(error)]);
    }
}

#[test]
fn the_longest_answer_arrives() {
    let (_, talked) = meet(LONG, |stream| {
        come_up(stream, &ATR);
        for _ in 0..2 {
            hear(stream);
            say(stream, &vec![0x5A; 65535]);
        }
    });
    let lengths: Vec<usize> = talked.into_iter().map(|one| one.unwrap().len()).collect();
    assert_eq!(lengths, [65535, 65535]);
}

//! The host makes the recorded D40 and EV1 conversations again, byte for byte.
//!
//! What the host sends follows from plain commands, keys and its random number; the answers are the recorded ones. So
//! each frame of a host that we did not write is compared with ours, and each answer is opened by our host.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::collections::HashMap;

use support::vectors::files;
use tapscope::apdu::{CommandApdu, Status};
use tapscope::bytes::hex;
use tapscope::card::{Aid, CommMode};
use tapscope::command::Command;
use tapscope::crypto::Secret;
use tapscope::dialogue::{Host, Request};
use tapscope::secure_messaging::KeyChange;
use tapscope::secure_messaging::handshake::AuthKey;
use tapscope::session::import::vectors::{self, Conversation};
use tapscope::trace::{Authenticated, Event, EventKind, Exchange, decode};

fn conversations() -> Vec<Conversation> {
    let paths = ["exchanges", "generated"].into_iter().flat_map(files);
    let files = paths.map(|path| std::fs::read(path).expect("a file"));
    let all = files.flat_map(|text| vectors::read(&text).expect("conversations"));
    all.filter(|one| one.sm.starts_with("ev1-") || one.sm == "d40")
        .collect()
}

/// The keys of the card as the conversation goes on.
struct Keys(HashMap<(Option<Aid>, u8), Secret>);

impl Keys {
    fn of(conversation: &Conversation) -> Self {
        let keys = conversation.keyring.keys.iter().map(|entry| {
            let tapscope::keyring::Scope::Application(aid) = entry.scope else {
                panic!("a key of an application");
            };
            ((Some(aid), entry.key_no), entry.value.clone())
        });
        Self(keys.collect())
    }

    fn change(&mut self, row: &Exchange) -> Request {
        let new = row.new_key.clone().expect("a ChangeKey");
        let key = new.key.expect("a known key");
        let key_no = row.command.as_ref().expect("decoded")[0];
        let place = (row.aid, key_no & 0x3F);
        let own = row.key.as_ref().expect("a session").key_no == Some(key_no & 0x3F);
        let old = self.0.insert(place, key.clone());
        Request::ChangeKey {
            key_set: None,
            key_no,
            change: KeyChange {
                new: key,
                version: new.version,
                old: old.filter(|_| !own),
            },
        }
    }
}

fn request(row: &Exchange, keys: &mut Keys) -> Request {
    if let Some(seen) = row.authentication.as_deref() {
        let Authenticated::Legacy { key, seen } = seen else {
            panic!("no EV2 here");
        };
        return Request::AuthenticateLegacy {
            d40: row.ins == 0x0A,
            key_no: row.command.as_ref().expect("decoded")[0],
            key: Box::new(AuthKey::new(seen.kind, key.expose()).expect("a key of its kind")),
            rnd_a: seen.rnd_a.clone(),
        };
    }
    if row.ins == 0xC4 {
        return keys.change(row);
    }
    let mut frame = row.frame().expect("decoded");
    // Codes without a type of their own have their header from the table.
    let header_len =
        tapscope::command::spec(row.ins).map(|spec| spec.header_len(frame.body().len()));
    frame =
        tapscope::apdu::Frame::desfire(row.ins, frame.body(), header_len.expect("a known code"));
    Request::Command {
        command: Command::parse(&frame),
        mode: row.mode.unwrap_or(CommMode::Plain),
    }
}

/// Runs one exchange; gives the number of frames compared.
fn run(host: &mut Host, row: &Exchange, events: &[Event], request: &Request, place: &str) -> usize {
    let parts = row
        .commands(events)
        .map(|bytes| CommandApdu::parse(bytes).body.len());
    host.set_parts(parts.collect());
    host.start(request)
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let mut frames = 0;
    for event in row.events(events) {
        match &event.kind {
            EventKind::Command(recorded) => {
                let sent = host.poll_transmit().expect("a frame");
                assert_eq!(hex::upper(&sent), hex::upper(recorded), "{place}");
                frames += 1;
            }
            EventKind::Response(recorded) => {
                let reply = host.handle_response(recorded);
                let reply = reply.unwrap_or_else(|error| panic!("{place}: {error}"));
                if let Some(reply) = reply {
                    assert_eq!(Some(reply.status), row.status, "{place}");
                    assert_eq!(Some(&reply.data), row.response.as_ref(), "{place}");
                    assert!(
                        host.poll_transmit().is_none(),
                        "{place}: nothing left to send"
                    );
                }
            }
            other => panic!("{place}: {other:?}"),
        }
    }
    frames
}

#[test]
fn every_frame_of_the_recorded_hosts_is_made_again_and_every_answer_opened() {
    let (mut frames, mut exchanges) = (0, 0);
    for conversation in conversations() {
        let rows = decode(&conversation.events, &conversation.keyring);
        let (mut host, mut keys) = (Host::default(), Keys::of(&conversation));
        for row in &rows {
            assert!(
                row.status.is_some_and(Status::is_success),
                "no refusals in the vectors"
            );
            let place = format!("{} row {} {}", conversation.id, row.index, row.name());
            let request = request(row, &mut keys);
            frames += run(&mut host, row, &conversation.events, &request, &place);
            exchanges += 1;
        }
    }
    assert!(
        exchanges >= 550 && frames >= 750,
        "{exchanges} exchanges, {frames} frames"
    );
}

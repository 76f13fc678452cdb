//! Sessions given directly, and what ends a session or changes its key.

use tapscope::apdu::Frame;
use tapscope::card::CommMode::{self, Full, Mac, Plain};
use tapscope::card::KeyType;
use tapscope::crypto::Secret;
use tapscope::keyring::{GivenKeys, Keyring, SessionEntry, Use};
use tapscope::secure_messaging::{D40, Ev1, Ev2, Extent, KeyChange, Verdict};
use tapscope::tmac::{self, Ledger, Operation};
use tapscope::trace::{self, Authenticated, Event, EventKind, Exchange, State};

use super::ends::{AID, CHANNELS, Ends, UID, Way, key, name};

fn given(keys: GivenKeys) -> SessionEntry {
    let label = "given".into();
    SessionEntry { label, keys }
}

fn keys_of(way: Way, kind: KeyType, key: Secret) -> GivenKeys {
    match way {
        Way::D40 => GivenKeys::D40 { key },
        _ => GivenKeys::Ev1 { kind, key },
    }
}

/// Where the first session begins, and its keys.
fn opened(ends: &Ends) -> (usize, GivenKeys) {
    let row = ends.rows.iter().find(|row| row.authentication.is_some());
    let row = row.unwrap();
    let Some(Authenticated::Legacy { seen, .. }) = row.authentication.as_deref() else {
        panic!("D40 or EV1")
    };
    let (way, kind) = ends.channel;
    let keys = keys_of(way, kind, seen.session_key().unwrap());
    (row.last_event + 1, keys)
}

fn version(kind: KeyType) -> Option<u8> {
    (kind == KeyType::Aes128).then_some(0x37)
}

#[test]
fn the_own_key_is_changed_in_a_session_given_directly() {
    for channel in CHANNELS {
        let kind = channel.1;
        for accepted in [true, false] {
            let mut ends = Ends::open(channel, 0);
            let new = key(kind, 20);
            assert_eq!(ends.change_key(0, &new, version(kind), None), 0);
            let (start, keys) = opened(&ends);
            let mut events = ends.events[start..].to_vec();
            if !accepted {
                events.last_mut().unwrap().kind = EventKind::Response(vec![0x91, 0xAE]);
            }
            let mut keyring = ends.keyring.clone();
            keyring.sessions.push(given(keys));
            let mut rows = trace::decode(&events, &keyring);
            let row = rows.pop().unwrap();
            let place = format!("{channel:?}: {row:?}");
            assert_eq!(row.channel, Some(name(channel)), "{place}");
            assert_eq!(
                (row.verdicts.crc, row.verdicts.padding),
                (Verdict::Ok, Verdict::Ok)
            );
            assert_eq!(row.verdicts.response_mac, Verdict::None, "{place}");
            assert_eq!(row.findings, [], "{place}");
            assert_eq!(row.new_key.unwrap().key, Some(new), "{channel:?}");
            // The session is over: what follows is plain.
            events.push(Event::new(EventKind::Command(vec![0x90, 0x6E, 0, 0, 0])));
            events.push(Event::new(EventKind::Response(vec![1, 2, 3, 0x91, 0x00])));
            let after = trace::decode(&events, &keyring).pop().unwrap();
            assert_eq!(after.channel, Some("plain"), "{channel:?}");
        }
    }
}

#[test]
fn another_key_is_changed_in_a_session_given_directly() {
    for channel in CHANNELS {
        let kind = channel.1;
        let mut ends = Ends::open(channel, 0);
        let (new, old) = (key(kind, 20), key(kind, 2));
        assert_eq!(ends.change_key(2, &new, version(kind), Some(old)), 0);
        ends.ok("64 02", Plain);
        let (start, keys) = opened(&ends);
        let mut keyring = ends.keyring.clone();
        keyring.sessions.push(given(keys.clone()));
        let SessionEntry { keys, .. } = given(keys);
        let mut state = State::new();
        state.select(AID);
        state.resume(&given(keys), None);
        let rows = trace::decode_from(state, &ends.events[start..], &keyring);
        let place = format!("{channel:?}: {rows:?}");
        assert_eq!(
            rows[0].verdicts,
            ends.rows[ends.rows.len() - 2].verdicts,
            "{place}"
        );
        assert_eq!(
            rows[0].new_key.as_ref().unwrap().key.as_ref(),
            Some(&new),
            "{place}"
        );
        assert_eq!(rows[1].verdicts, ends.row().verdicts, "{place}");
        assert_eq!(rows[1].channel, Some(name(channel)));
    }
}

/// Frames of a session that no card holds, as a recording has them.
struct Made {
    channel: Ev1,
    events: Vec<Event>,
    entry: SessionEntry,
}

impl Made {
    fn new(kind: KeyType) -> Self {
        let len = match kind {
            KeyType::Des => 8,
            KeyType::ThreeKey3Des => 24,
            _ => 16,
        };
        let key = Secret::new(&key(kind, 7).expose()[..len]);
        let channel = Ev1::new(kind, key.expose()).unwrap();
        let entry = given(GivenKeys::Ev1 { kind, key });
        Self {
            channel,
            events: Vec::new(),
            entry,
        }
    }

    fn record(&mut self, ins: u8, body: &[u8], answer: &[u8]) {
        record(&mut self.events, ins, body, answer);
    }

    /// A command in one mode with its answer in one.
    fn say(
        &mut self,
        command: &[u8],
        header: usize,
        mode: CommMode,
        answer: &[u8],
        back: CommMode,
    ) {
        let frame = Frame::desfire(command[0], command[1..].to_vec(), header);
        let len = command.len() - 1 - header;
        let body = self.channel.seal_command(&frame, mode, Extent::Known(len));
        let extent = Extent::Known(answer.len());
        let answer = self.channel.seal_response(0, answer, back, extent);
        self.record(command[0], &body, &answer);
    }

    /// The rows of a session with key 0 of the application.
    fn rows(&self, keyring: &Keyring) -> Vec<Exchange> {
        let mut state = State::new();
        state.select(AID);
        state.resume(&self.entry, Some(0));
        trace::decode_from(state, &self.events, keyring)
    }
}

fn record(events: &mut Vec<Event>, ins: u8, body: &[u8], answer: &[u8]) {
    let len = u8::try_from(body.len()).unwrap();
    let lc = if body.is_empty() { vec![] } else { vec![len] };
    let sent = [&[0x90, ins, 0, 0], &lc[..], body, &[0]].concat();
    let answer = [answer, &[0x91, 0x00]].concat();
    events.push(Event::new(EventKind::Command(sent)));
    events.push(Event::new(EventKind::Response(answer)));
}

const KINDS: [KeyType; 4] = [
    KeyType::Des,
    KeyType::TwoKey3Des,
    KeyType::ThreeKey3Des,
    KeyType::Aes128,
];

#[test]
fn the_key_of_another_set_comes_in_the_form_of_another_key() {
    for kind in KINDS {
        let mut made = Made::new(kind);
        let (new, old) = (key(kind, 20), key(kind, 0));
        let change = KeyChange {
            new: new.clone(),
            version: version(kind),
            old: Some(old),
        };
        let body = made.channel.seal_key(0xC6, &[1, 0], &change);
        let answer = made.channel.seal_response(0, &[], Mac, Extent::Search);
        made.record(0xC6, &body, &answer);
        made.say(&[0x64, 0x00], 1, Plain, &[0x37], Mac);
        let ends = Ends::new((Way::Ev1, kind));
        let rows = made.rows(&ends.keyring);
        for row in &rows {
            assert_eq!(
                (row.verdicts.response_mac, &row.findings),
                (Verdict::Ok, &vec![]),
                "{row:?}"
            );
        }
        assert_eq!(rows[0].verdicts.padding, Verdict::Ok, "{kind:?}");
        assert_eq!(rows[0].new_key.as_ref().unwrap().key.as_ref(), Some(&new));
        if matches!(kind, KeyType::Des | KeyType::TwoKey3Des) {
            let entry = GivenKeys::D40 { key: key(kind, 7) };
            let body = D40::new(key(kind, 7).expose())
                .unwrap()
                .seal_key(&[1, 0], &change);
            let mut state = State::new();
            state.select(AID);
            state.resume(&given(entry), Some(0));
            let mut events = Vec::new();
            record(&mut events, 0xC6, &body, &[]);
            let row = trace::decode_from(state, &events, &ends.keyring)
                .pop()
                .unwrap();
            assert_eq!(
                (row.verdicts.padding, &row.findings),
                (Verdict::Ok, &vec![])
            );
            assert_eq!(row.new_key.unwrap().key, Some(new));
        }
    }
}

#[test]
fn the_file_counters_come_enciphered_or_in_clear() {
    for kind in KINDS {
        for back in [Full, Mac] {
            let mut made = Made::new(kind);
            made.say(&[0xF6, 0x02], 1, Plain, &[7, 0, 0, 0, 0], back);
            made.say(&[0x64, 0x00], 1, Plain, &[0x37], Mac);
            for row in made.rows(&Keyring::default()) {
                let verdicts = row.verdicts;
                assert!(
                    !verdicts.any(Verdict::Bad) && !verdicts.any(Verdict::Unknown),
                    "{row:?}"
                );
                assert_eq!(row.findings, [], "{kind:?} {back}");
            }
            let row = made.rows(&Keyring::default()).swap_remove(0);
            assert_eq!(row.response, Some(vec![7, 0, 0, 0, 0]), "{kind:?} {back}");
        }
    }
}

/// SetConfiguration 05 that switches to LRP, of which this changes nothing else.
const TO_LRP: [u8; 12] = [0x5C, 0x05, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0];

#[test]
fn rolled_key_sets_and_the_switch_to_lrp_end_the_session() {
    for kind in KINDS {
        for command in [&[0x55, 0x01][..], &TO_LRP] {
            let mut made = Made::new(kind);
            let frame = Frame::desfire(command[0], command[1..].to_vec(), 1);
            let extent = Extent::Known(frame.data.len());
            let mode = if frame.data.is_empty() { Plain } else { Full };
            let body = made.channel.seal_command(&frame, mode, extent);
            made.record(command[0], &body, &[]);
            made.record(0x6E, &[], &[1, 2, 3]);
            let rows = made.rows(&Keyring::default());
            assert_eq!(
                rows[0].verdicts.response_mac,
                Verdict::None,
                "{:?}",
                rows[0]
            );
            assert_eq!(rows[0].findings, [], "{kind:?}");
            assert_eq!(rows[1].channel, Some("plain"), "{kind:?} {command:02X?}");
        }
    }
    let (enc, mac) = (Secret::new([0x13; 16]), Secret::new([0x31; 16]));
    let keys = GivenKeys::Ev2 {
        enc: Some(enc.clone()),
        mac: mac.clone(),
        ti: [1, 2, 3, 4],
        counter: 5,
    };
    for command in [&[0x55, 0x01][..], &TO_LRP] {
        let channel = Ev2::resumed(
            enc.aes128().as_ref(),
            &mac.aes128().unwrap(),
            [1, 2, 3, 4],
            5,
        );
        let frame = Frame::desfire(command[0], command[1..].to_vec(), 1);
        let mode = if frame.data.is_empty() { Mac } else { Full };
        let body = channel.seal_command(&frame, mode).unwrap();
        let mut events = Vec::new();
        record(&mut events, command[0], &body, &[]);
        record(&mut events, 0x6E, &[], &[1, 2, 3]);
        let mut state = State::new();
        state.resume(&given(keys.clone()), Some(0));
        let rows = trace::decode_from(state, &events, &Keyring::default());
        assert_eq!(rows[0].verdicts.command_mac, Verdict::Ok, "{:?}", rows[0]);
        assert_eq!(rows[1].channel, Some("plain"), "{command:02X?}");
    }
}

#[test]
fn key_material_stands_in_no_step_of_a_proof() {
    for channel in CHANNELS {
        let mut ends = Ends::open_picc(channel);
        let default = "1F".repeat(24);
        ends.ok(&format!("5C 01 {default} 03"), Full);
        ends.ok("5C 00 02", Full);
        let proof = |at| trace::prove(&ends.rows, at, &ends.events, &[]).unwrap();
        let last = ends.rows.len() - 1;
        assert!(proof(last - 1).command_data.is_none(), "{channel:?}");
        assert!(proof(last).command_data.is_some(), "{channel:?}");
    }
}

#[test]
fn a_transaction_with_a_gap_has_no_wrong_value() {
    for kind in KINDS {
        let mut made = Made::new(kind);
        let mut ledger = Ledger::default();
        for value in [5, 6] {
            let credit = [&[0x0C, 1], &i32::to_le_bytes(value)[..]].concat();
            made.say(&credit, 2, Plain, &[], Mac);
            ledger.append(&Operation::Value {
                ins: 0x0C,
                file_no: 1,
                value,
            });
        }
        let tmac_key = key(KeyType::Aes128, 9);
        let keys = tmac::session_keys(&tmac_key.aes128().unwrap(), 3, &UID).result;
        let tmv = tmac::tmv(&keys, ledger.tmi()).result;
        let answer = [&[3, 0, 0, 0], &tmv[..]].concat();
        made.say(&[0xC7, 0x01], 1, Plain, &answer, Mac);

        let mut entry = Ends::new((Way::Ev1, kind)).keyring.keys.swap_remove(0);
        entry.usage = Use::Tmac;
        (entry.key_type, entry.value) = (KeyType::Aes128, tmac_key);
        let keyring = Keyring {
            keys: vec![entry],
            sessions: Vec::new(),
        };
        let verdict = |events: &[Event]| {
            let mut state = State::new();
            state.select(AID);
            state.set_uid(UID.to_vec());
            state.resume(&made.entry, Some(0));
            let rows = trace::decode_from(state, events, &keyring);
            rows.last().unwrap().verdicts.tmv
        };
        let events = &made.events;
        assert_eq!(verdict(events), Verdict::Ok, "{kind:?}");
        assert_eq!(verdict(&events[2..]), Verdict::Unknown, "{kind:?}");
        let last = [&events[..2], &events[4..]].concat();
        assert_eq!(verdict(&last), Verdict::Unknown, "{kind:?}");
        // A damaged MAC before it is no gap.
        let mut damaged = events.clone();
        let EventKind::Response(bytes) = &mut damaged[1].kind else {
            panic!("an answer")
        };
        bytes[2] ^= 0x10;
        assert_eq!(verdict(&damaged), Verdict::Ok, "{kind:?}");
    }
}

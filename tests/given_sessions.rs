//! Sessions given directly in a key file are found and entered where the recording does not show how they began: the rows
//! are the same as those of the whole conversation.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::ops::Range;

use serde_json::{Value, json};
use support::vectors::{conversations, files, text};
use tapscope::keyring::Keyring;
use tapscope::replay;
use tapscope::secure_messaging::Verdict;
use tapscope::session::import::vectors::{self, Conversation, Start};
use tapscope::session::keys;
use tapscope::trace::{self, Event, Exchange, State};

/// The conversations of our copy of a file, with their text.
fn read(file: &str) -> Vec<(Conversation, Value)> {
    let path = files(file).into_iter().next().expect("our copy");
    let all = vectors::read(&std::fs::read(path).expect("a file")).expect("conversations");
    let texts = conversations(file).into_iter();
    all.into_iter().zip(texts).collect()
}

/// The keys of a conversation with sessions out of a key file; one that fits nothing stands before them.
fn keyring(conversation: &Conversation, sessions: &[Value]) -> Keyring {
    let other = json!({"channel": "ev1-aes", "key": "A1B2C3D4E5F60718293A4B5C6D7E8F90"});
    let entries = std::iter::once(&other).chain(sessions).enumerate();
    let entries =
        entries.map(|(number, session)| json!({"label": format!("s{number}"), "session": session}));
    let file = json!({"keys": entries.collect::<Vec<_>>()}).to_string();
    let reading = keys::read(file.as_bytes()).expect("a key file");
    assert_eq!(reading.findings, []);
    assert_eq!(reading.value.sessions.len(), 1 + sessions.len());
    Keyring {
        keys: conversation.keyring.keys.clone(),
        sessions: reading.value.sessions,
    }
}

/// Whether a row has a check that proves its session.
fn checked(row: &Exchange) -> bool {
    let verdicts = &row.verdicts;
    [verdicts.command_mac, verdicts.response_mac, verdicts.crc].contains(&Verdict::Ok)
}

fn assert_same(place: &str, row: &Exchange, whole: &Exchange) {
    let place = format!("{place} {}", row.name());
    assert_eq!(row.channel, whole.channel, "{place}");
    assert_eq!(row.command, whole.command, "{place}");
    assert_eq!(row.response, whole.response, "{place}");
    assert_eq!(row.ctr, whole.ctr, "{place}");
    let checks = |row: &Exchange| {
        let verdicts = row.verdicts;
        [
            verdicts.command_mac,
            verdicts.response_mac,
            verdicts.crc,
            verdicts.padding,
        ]
    };
    assert_eq!(checks(row), checks(whole), "{place}: {:?}", row.findings);
}

#[test]
fn an_ev2_session_of_a_vector_is_entered_by_its_key_file() {
    let (mut sessions, mut macs) = (0, 0);
    for (conversation, text) in ["exchanges", "generated"].into_iter().flat_map(read) {
        let Some(Start::Session { session, .. }) = &conversation.start else {
            continue;
        };
        let start = &text["start"];
        let mut given = json!({"channel": "ev2", "ti": start["ti"], "counter": start["ctr"]});
        for (ours, theirs) in [
            ("enc", "ses_enc"),
            ("mac", "ses_mac"),
            ("key", "key"),
            ("rnd_a", "rnd_a"),
            ("rnd_b", "rnd_b"),
        ] {
            if !start[theirs].is_null() {
                given[ours] = start[theirs].clone();
            }
        }
        let keyring = keyring(&conversation, &[given]);
        let mut state = State::new();
        state.resume(session, None);
        let whole = trace::decode_from(state, &conversation.events, &conversation.keyring);
        let rows = trace::decode(&conversation.events, &keyring);
        assert_eq!(rows.len(), whole.len());
        // A message in plain mode has no check: until one has, nothing says that there is a session.
        let first = rows.iter().position(|row| row.channel == Some("ev2"));
        assert_eq!(first, whole.iter().position(checked), "{}", conversation.id);
        let first = first.unwrap_or(rows.len());
        for (row, whole) in rows.iter().zip(&whole).skip(first) {
            assert_same(&conversation.id, row, whole);
            macs += usize::from(row.verdicts.response_mac == Verdict::Ok);
            let label = row.key.as_ref().map(|key| key.label.to_string());
            if row.ctr.is_some() {
                assert_eq!(label.as_deref(), Some("s1"));
            }
        }
        sessions += 1;
    }
    assert!(
        sessions >= 13 && macs >= 20,
        "{sessions} sessions, {macs} MACs"
    );
}

/// A session of a D40 or EV1 conversation: its rows, the events of its authentication and of itself, and both forms of its entry.
type Given = (Conversation, Vec<Exchange>, Range<usize>, [Value; 2]);

fn legacy() -> Vec<Given> {
    let mut all = Vec::new();
    for (conversation, vector) in ["exchanges", "generated"].into_iter().flat_map(read) {
        let sm = &conversation.sm;
        if sm != "d40" && !sm.starts_with("ev1-") {
            continue;
        }
        let rows = trace::decode(&conversation.events, &conversation.keyring);
        let apdus = vector["apdus"].as_array().expect("apdus").iter();
        let mut expects = apdus
            .map(|apdu| &apdu["expect"])
            .filter(|expect| expect.get("rnd_a").is_some());
        for (at, row) in rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.is_authentication())
        {
            let expect = expects.next().expect("an authentication");
            let behind = rows[at + 1..].iter();
            // Which key was authenticated is not in the entry, and with it whether a ChangeKey changes that one.
            let inside: Vec<Exchange> = behind
                .take_while(|row| row.key.is_some() && !row.is_authentication() && row.ins != 0xC4)
                .cloned()
                .collect();
            let Some(last) = inside.last() else { continue };
            let events = row.first_event..last.last_event + 1;
            let key = row.authentication.as_deref().map(|seen| match seen {
                tapscope::trace::Authenticated::Legacy { key, .. } => key.expose().to_vec(),
                tapscope::trace::Authenticated::Ev2(_) => panic!("D40 or EV1"),
            });
            let channel = text(expect, "sm");
            let by_key = json!({"channel": channel, "key": expect["session_key"]});
            let made = json!({
                "channel": channel,
                "key": tapscope::bytes::hex::upper(key.expect("a key that fits")),
                "rnd_a": expect["rnd_a"],
                "rnd_b": expect["rnd_b"],
            });
            all.push((conversation.clone(), inside, events, [by_key, made]));
        }
    }
    all
}

/// The authentications have four events.
fn behind_authentication<'a>(conversation: &'a Conversation, events: &Range<usize>) -> &'a [Event] {
    &conversation.events[events.start + 4..events.end]
}

#[test]
fn a_d40_or_ev1_session_is_entered_by_its_key_or_by_random_numbers() {
    let (mut sessions, mut checks) = (0, 0);
    for (conversation, whole, events, entries) in legacy() {
        let place = &conversation.id;
        for entry in entries {
            let keyring = keyring(&conversation, &[entry]);
            let events = behind_authentication(&conversation, &events);
            let rows = trace::decode(events, &keyring);
            assert_eq!(rows.len(), whole.len(), "{place}");
            let first = rows.iter().position(|row| row.channel != Some("plain"));
            assert_eq!(first, whole.iter().position(checked), "{place}");
            let Some(first) = first else { continue };
            assert!(first == 0 || conversation.sm == "d40", "{place}");
            for (row, whole) in rows.iter().zip(&whole).skip(first) {
                // Without CreateFile before it the mode of a read is not known.
                assert_same(place, row, whole);
                checks += usize::from(checked(row));
            }
            sessions += 1;
            let report = replay::recorded(events, &rows, &keyring);
            assert_eq!(
                report.divergence, None,
                "{place}: the host has no such session"
            );
            assert!(report.skipped.len() >= rows.len() - first, "{place}");
        }
    }
    assert!(
        sessions >= 100 && checks >= 300,
        "{sessions} sessions, {checks} checks"
    );
}

#[test]
fn a_session_that_was_given_and_renewed_is_not_replayed() {
    let all = read("exchanges").into_iter();
    let mut all = all.filter(|(one, _)| one.id == "ev2-se05x-auth-value-commit");
    let (conversation, vector) = all.next().expect("the conversation");
    let rows = trace::decode(&conversation.events, &conversation.keyring);
    let at = rows.iter().position(|row| row.ins == 0x71).expect("First");
    let apdus = vector["apdus"].as_array().expect("apdus").iter();
    let mut opened = apdus.map(|apdu| &apdu["expect"]);
    let opened = opened.find(|expect| expect["cmd"] == "71").expect("First");
    let entry = json!({"channel": "ev2", "enc": opened["ses_enc"], "mac": opened["ses_mac"], "ti": opened["ti"]});
    let keyring = keyring(&conversation, &[entry]);
    let events = &conversation.events[rows[at].last_event + 1..];
    let mut state = State::new();
    state.resume(&keyring.sessions[1], None);
    let cut = trace::decode_from(state, events, &keyring);
    let renewed = |row: &Exchange| row.ins == 0x77 && row.authentication.is_some();
    assert!(cut.iter().any(renewed));
    for (row, whole) in cut.iter().zip(&rows[at + 1..]) {
        assert_same(&conversation.id, row, whole);
    }
    let report = replay::recorded(events, &cut, &keyring);
    assert_eq!((report.divergence, report.skipped.len()), (None, cut.len()));
}

#[test]
fn a_session_that_fits_nothing_changes_nothing() {
    for (conversation, _, events, _) in legacy() {
        let events = behind_authentication(&conversation, &events);
        let with = trace::decode(events, &keyring(&conversation, &[]));
        let keys = conversation.keyring.keys.clone();
        let sessions = Vec::new();
        assert_eq!(with, trace::decode(events, &Keyring { keys, sessions }));
    }
}

#[test]
fn where_no_key_fits_an_authentication_its_session_may_be_given() {
    let mut entered = 0;
    for (conversation, whole, events, [entry, _]) in legacy() {
        if conversation.sm == "d40" {
            continue;
        }
        let recorded = &conversation.events[events];
        let keyring = Keyring {
            keys: Vec::new(),
            ..keyring(&conversation, &[entry])
        };
        let rows = trace::decode(recorded, &keyring);
        assert!(rows[0].is_authentication(), "{}", conversation.id);
        assert_eq!(rows[0].verdicts.auth_card, Verdict::Unknown);
        assert_same(&conversation.id, &rows[1], &whole[0]);
        entered += 1;
    }
    assert!(entered >= 40, "{entered} sessions");
}

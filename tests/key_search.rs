//! The key search over recordings of cards and over authentications made here.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use std::collections::BTreeSet;
use std::fmt::Write;

use tapscope::bytes::hex;
use tapscope::card::KeyType;
use tapscope::crypto::Secret;
use tapscope::key_search::{
    Alike, Candidates, Challenge, Dictionary, Kind, Search, Source, learnt, recorded, unsearchable,
};
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::secure_messaging::Verdict;
use tapscope::secure_messaging::handshake::{AuthKey, iso};
use tapscope::session::import::vectors::{self, Conversation, Start};
use tapscope::session::{self, demo, keys};
use tapscope::trace::{self, Event, EventKind, State};

fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read(path).expect("reads")
}

fn demo_keys() -> Keyring {
    keys::read(demo::keys().as_bytes()).expect("reads").value
}

fn sample(name: &str) -> Vec<Event> {
    let text = file(&format!("sessions/{name}.json"));
    session::read(&text).expect("reads").value.events
}

fn entry(label: &str, key_type: KeyType, value: &[u8]) -> KeyEntry {
    KeyEntry {
        label: label.into(),
        scope: Scope::Any,
        key_no: 0,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type,
        version: 0,
        value: Secret::new(value),
        diversification: Diversification::None,
    }
}

fn table(keys: Vec<KeyEntry>) -> Candidates {
    let keyring = Keyring {
        keys,
        sessions: Vec::new(),
    };
    Candidates::new(&keyring, &[])
}

fn run(challenges: Vec<Challenge>, table: Candidates, lines: &str) -> Search {
    let dictionary = Dictionary::new("test.dic", lines.as_bytes());
    let mut search = Search::new(challenges, table, vec![dictionary]);
    while !search.step(64).is_done() {}
    search
}

fn start(conversation: &Conversation) -> State {
    let mut state = State::new();
    match &conversation.start {
        Some(Start::Session {
            session,
            aid,
            key_no,
        }) => {
            if let Some(aid) = aid {
                state.select(*aid);
            }
            state.resume(session, *key_no);
        }
        Some(Start::Other(channel)) => state.resume_opaque(channel),
        Some(Start::Selected(aid)) => state.select(*aid),
        None => {}
    }
    state
}

/// Whatever decoding opens with its keys the search finds without decoding them, in the table and in a dictionary.
#[test]
fn every_authentication_that_decoding_opens_is_found() {
    let mut kinds = BTreeSet::new();
    let mut found = 0;
    for name in ["exchanges", "generated"] {
        let bytes = file(&format!("tests/vectors/{name}.json"));
        for conversation in vectors::read(&bytes).expect("reads") {
            if conversation.sm.starts_with("plus") {
                continue;
            }
            let rows = trace::decode_from(
                start(&conversation),
                &conversation.events,
                &conversation.keyring,
            );
            let blind = trace::decode_from(
                start(&conversation),
                &conversation.events,
                &Keyring::default(),
            );
            let challenges = recorded(&blind, &conversation.events);
            let opened = rows
                .iter()
                .filter(|row| row.authentication.is_some() && row.is_authentication());
            let mut lines = String::new();
            for key in &conversation.keyring.keys {
                writeln!(lines, "{}", hex::upper(key.value.expose())).expect("text");
            }
            let candidates = Candidates::new(&conversation.keyring, &[]);
            let search = run(challenges, candidates, &lines);
            for row in opened {
                let id = &conversation.id;
                let label = &row.key.as_ref().expect("a key").label;
                let which = search
                    .challenges()
                    .iter()
                    .position(|one| one.row == row.index);
                let which = which.unwrap_or_else(|| panic!("{id}: row {}", row.index));
                let matches: Vec<_> = search.matches_of(which).collect();
                let by_label = matches.iter().any(|(one, _)| {
                    matches!(&one.source, Source::Table { label: of, .. } if **of == **label)
                });
                assert!(
                    by_label || label.starts_with("learnt"),
                    "{id}: row {}",
                    row.index
                );
                let in_dictionary = |one: &Source| matches!(one, Source::Dictionary { .. });
                let by_line = matches.iter().any(|(one, _)| in_dictionary(&one.source));
                assert!(
                    by_line || label.starts_with("learnt"),
                    "{id}: row {}",
                    row.index
                );
                kinds.insert(format!("{:?}", search.challenges()[which].kind));
                found += 1;
            }
        }
    }
    assert!(found >= 40, "{found} authentications");
    let all = ["Aes", "D40", "Ev2First", "Ev2NonFirst", "Iso"].map(str::to_owned);
    assert_eq!(kinds, BTreeSet::from(all));
}

#[test]
fn lrp_is_named_as_what_can_not_be_searched() {
    let conversations = vectors::read(&file("tests/vectors/generated.json")).expect("reads");
    let mut named = 0;
    for conversation in conversations.iter().filter(|one| one.sm == "lrp") {
        let rows = trace::decode_from(
            start(conversation),
            &conversation.events,
            &Keyring::default(),
        );
        assert!(recorded(&rows, &conversation.events).is_empty());
        named += unsearchable(&rows).len();
    }
    assert!(named > 0);
}

/// GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE; the algorithm is the one of P1.
fn iso_events(key: &AuthKey, algorithm: u8) -> Vec<Event> {
    let draw = |seed: u8| -> Vec<u8> {
        let numbers = (0_u8..).take(key.rnd_len());
        numbers.map(|i| i.wrapping_mul(seed) ^ seed).collect()
    };
    let (rpicc1, rpcd1, rpcd2, rpicc2) = (draw(31), draw(59), draw(101), draw(43));
    let mut host = iso::Host::new(key, &rpcd1, &rpcd2).expect("lengths");
    let token = host.external(&rpicc1).expect("a token");
    let card = iso::Card::external(key, &rpicc1, &token).expect("proves");
    let proof = card.internal(&rpcd2, &rpicc2).expect("answers").0;
    let len = |bytes: &[u8]| u8::try_from(bytes.len()).expect("short");
    let frames = [
        (vec![0x00, 0x84, 0, 0, len(&rpicc1)], rpicc1),
        (
            [&[0x00, 0x82, algorithm, 0x83, len(&token)][..], &token].concat(),
            Vec::new(),
        ),
        (
            [
                &[0x00, 0x88, algorithm, 0x83, len(&rpcd2)][..],
                &rpcd2,
                &[len(&proof)],
            ]
            .concat(),
            proof,
        ),
    ];
    let events = frames.into_iter().flat_map(|(command, answer)| {
        let answer = [answer, vec![0x90, 0x00]].concat();
        [EventKind::Command(command), EventKind::Response(answer)]
    });
    events.map(Event::new).collect()
}

#[test]
fn the_iso_commands_are_one_authentication() {
    let value: Vec<u8> = (3..27_u8).map(|i| i.wrapping_mul(29)).collect();
    for (key_type, len, algorithm, other) in [
        (KeyType::Aes128, 16, 0x09, 0x04),
        (KeyType::TwoKey3Des, 16, 0x02, 0x09),
        (KeyType::ThreeKey3Des, 24, 0x04, 0x09),
    ] {
        let key = AuthKey::new(key_type, &value[..len]).expect("a key");
        for named in [algorithm, 0x00] {
            let events = iso_events(&key, named);
            let rows = trace::decode(&events, &Keyring::default());
            let challenges = recorded(&rows, &events);
            assert_eq!(challenges.len(), 1, "{key_type:?}");
            let challenge = &challenges[0];
            assert_eq!((challenge.kind, challenge.row), (Kind::IsoCommands, 1));
            assert_eq!(challenge.key_no, 3);
            let seen = challenge.confirm(key_type, &value[..len]).expect("fits");
            assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
            let lines = format!(
                "{}\n{}\n",
                hex::upper([0x5E; 24]),
                hex::upper(&value[..len])
            );
            let search = run(challenges, Candidates::default(), &lines);
            assert_eq!(search.matches().len(), 1);
            let line = Source::Dictionary {
                name: "test.dic".into(),
                line: 2,
            };
            assert_eq!(search.matches()[0].source, line);
        }
        let events = iso_events(&key, other);
        let rows = trace::decode(&events, &Keyring::default());
        let search = run(
            recorded(&rows, &events),
            table(vec![entry("right", key_type, &value[..len])]),
            "",
        );
        assert_eq!(search.matches(), [], "the command names another cipher");
    }
}

#[test]
fn all_matches_are_told_and_how_they_are_alike() {
    let value: Vec<u8> = (3..19_u8).map(|i| i.wrapping_mul(29)).collect();
    let mut versioned = value.clone();
    versioned[2] ^= 1;
    let key = AuthKey::new(KeyType::TwoKey3Des, &value).expect("a key");
    let events = iso_events(&key, 0);
    let rows = trace::decode(&events, &Keyring::default());
    let keys = vec![
        entry("first", KeyType::TwoKey3Des, &value),
        entry("wrong", KeyType::TwoKey3Des, &[0x3C; 16]),
        entry("twin", KeyType::TwoKey3Des, &value),
        entry("versioned", KeyType::TwoKey3Des, &versioned),
    ];
    let search = run(recorded(&rows, &events), table(keys), &hex::upper(&value));
    let told: Vec<_> = search
        .matches_of(0)
        .map(|(found, alike)| match &found.source {
            Source::Table { label, .. } => (label.clone(), alike),
            Source::Dictionary { line, .. } => (line.to_string(), alike),
        })
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(label, alike)| (label.as_str(), *alike))
        .collect();
    assert_eq!(
        told,
        [
            ("first", None),
            ("twin", Some(Alike::Same)),
            ("versioned", Some(Alike::Parity)),
            ("1", Some(Alike::Same)),
        ]
    );
    assert_eq!(search.matches_of(1).count(), 0);
}

/// The sample's data keys are diversified by UID and AID: the search knows both, and tries all rules of the table on all
/// of its keys.
#[test]
fn diversified_keys_are_found_also_where_the_entry_does_not_say_how() {
    let events = sample("02-top-up");
    let mut keyring = demo_keys();
    let rule = keyring.keys.iter().find(|key| key.label == "top-up");
    let rule = rule.expect("a key").diversification.clone();
    for key in &mut keyring.keys {
        if key.label == "top-up" {
            key.diversification = Diversification::None;
        }
    }
    let rows = trace::decode(&events, &Keyring::default());
    let challenges = recorded(&rows, &events);
    assert!(
        challenges.iter().all(|challenge| challenge.uid.is_some()),
        "GetVersion shows it"
    );
    let search = run(challenges, Candidates::new(&keyring, &[]), "");
    let top_up = |label: &str| label == "top-up";
    let found = search
        .matches()
        .iter()
        .find(|found| matches!(&found.source, Source::Table { label, .. } if top_up(label)));
    assert_eq!(found.expect("fits").diversification, rule);
    for which in 0..search.challenges().len() {
        assert!(search.matches_of(which).count() > 0, "challenge {which}");
    }
    // The same from a dictionary that holds only the master.
    let master = keyring
        .keys
        .iter()
        .find(|key| top_up(&key.label))
        .expect("a key");
    let dictionary = Dictionary::new("masters", hex::upper(master.value.expose()).into_bytes());
    let challenges = search.challenges().to_vec();
    let mut search = Search::new(challenges, Candidates::default(), vec![dictionary])
        .with_rules(vec![rule.clone()]);
    while !search.step(1).is_done() {}
    assert!(!search.matches().is_empty());
    assert!(
        search
            .matches()
            .iter()
            .all(|found| found.diversification == rule)
    );
}

#[test]
fn a_search_goes_on_where_it_stopped_and_counts_what_is_done() {
    let events = sample("02-top-up");
    let keyring = demo_keys();
    let rows = trace::decode(&events, &Keyring::default());
    let challenges = recorded(&rows, &events);
    let per_key = challenges.len();
    let mut lines = String::new();
    for line in 1..=500 {
        writeln!(lines, "{line:032X}").expect("text");
    }
    let candidates = Candidates::new(&keyring, &[]);
    let table = candidates.len();
    let dictionary = Dictionary::new("many", format!("# many\n{lines}x\n").into_bytes());
    let mut search = Search::new(challenges, candidates, vec![dictionary]);
    let total = table + 501;
    let mut last = search.progress();
    assert_eq!((last.done, last.total, last.matches), (0, total, 0));
    let mut steps = 0;
    while !last.is_done() {
        let now = search.step(10 * per_key);
        assert!(
            now.done > last.done && now.done - last.done <= 10,
            "{last:?} {now:?}"
        );
        assert!(now.done <= total && now.matches >= last.matches);
        last = now;
        steps += 1;
    }
    assert!(steps >= total / 10);
    assert_eq!(last.done, total);
    assert_eq!(search.step(1_000), last, "nothing is left");
    assert_eq!(
        search.dictionaries()[0].complaint().as_deref(),
        Some("line 502 is no key, 8, 16 or 24 bytes in hexadecimal digits expected")
    );
}

/// Without a table of keys to compare with, each ChangeKey that was opened is offered, with the type of its session.
#[test]
fn a_key_is_offered_with_the_type_that_its_change_key_tells() {
    let mut types = BTreeSet::new();
    for name in ["exchanges", "generated"] {
        for conversation in
            vectors::read(&file(&format!("tests/vectors/{name}.json"))).expect("reads")
        {
            let state = start(&conversation);
            let rows = trace::decode_from(state, &conversation.events, &conversation.keyring);
            for offered in learnt(&rows, &conversation.events, &Keyring::default()) {
                let row = &rows[offered.row];
                let new = row.new_key.as_ref().expect("a new key");
                assert_eq!(
                    new.key.as_ref(),
                    Some(&offered.entry.value),
                    "{}",
                    conversation.id
                );
                let entry = offered.entry;
                assert!(entry.key_type.accepts(entry.value.expose().len()));
                let by_version = new.version.map_or(entry.version, |version| {
                    assert_eq!(entry.key_type, KeyType::Aes128);
                    version
                });
                assert_eq!(entry.version, by_version);
                types.insert(entry.key_type.name());
            }
        }
    }
    assert!(types.contains("aes128") && types.len() >= 2, "{types:?}");
}

#[test]
fn keys_that_a_change_key_showed_are_offered_once_and_only_where_the_table_lacks_them() {
    let events = sample("01-personalise");
    let all = demo_keys();
    let rows = trace::decode(&events, &all);
    assert_eq!(
        learnt(&rows, &events, &all),
        [],
        "the demo keys are the card's"
    );
    let mut lacking = all.clone();
    lacking.keys.retain(|key| key.label != "top-up");
    let rows = trace::decode(&events, &lacking);
    let found = learnt(&rows, &events, &lacking);
    assert_eq!(found.len(), 1);
    let learnt_key = &found[0].entry;
    let own = all
        .keys
        .iter()
        .find(|key| key.label == "top-up")
        .expect("a key");
    assert_eq!(
        (
            learnt_key.scope,
            learnt_key.key_no,
            learnt_key.key_type,
            learnt_key.version
        ),
        (own.scope, own.key_no, own.key_type, own.version)
    );
    let label = format!("014499 key 3, learnt from row {}", found[0].row);
    assert_eq!(learnt_key.label, label);
    let uid = rows.iter().find_map(trace::Exchange::shown_uid);
    let card_key = own.key_for(uid.as_deref(), None).expect("diversified");
    assert_eq!(learnt_key.value, card_key);
    let mut complete = lacking;
    complete.keys.push(learnt_key.clone());
    assert_eq!(learnt(&rows, &events, &complete), []);
}

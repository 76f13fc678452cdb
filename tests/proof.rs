//! How rows were protected, worked out from recorded conversations and compared with bytes that others made.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use support::demo;
use support::vectors::{array, bytes, conversations, files, number, text, topic};
use tapscope::bytes::hex;
use tapscope::crypto::Secret;
use tapscope::crypto::cmac::aes_cmac;
use tapscope::keyring::{GivenKeys, Keyring, SessionEntry};
use tapscope::report::Worked;
use tapscope::secure_messaging::Verdict;
use tapscope::session::import::vectors::{self, Conversation, Start};
use tapscope::session::{self, demo as shipped};
use tapscope::trace::{self, Event, EventKind, Exchange, MacProof, Proof, State, prove};

/// The bytes of a step.
fn step<'a, T>(worked: &'a Worked<T>, label: &str) -> &'a [u8] {
    let step = worked.steps.iter().find(|step| step.label == label);
    &step.unwrap_or_else(|| panic!("no step {label}")).bytes
}

/// The conversations of a file with their rows and proofs.
fn proven(file: &str) -> Vec<(Conversation, Vec<Exchange>, Vec<Option<Proof>>)> {
    let mut all = Vec::new();
    for path in files(file) {
        let text = std::fs::read(path).expect("a vector file");
        for conversation in vectors::read(&text).expect("reads") {
            let (state, given) = start(&conversation);
            let (events, keyring) = (&conversation.events, &conversation.keyring);
            let rows = trace::decode_from(state, events, keyring);
            let proofs = (0..rows.len()).map(|at| prove(&rows, at, events, &given));
            let proofs = proofs.collect();
            all.push((conversation, rows, proofs));
        }
    }
    all
}

fn start(conversation: &Conversation) -> (State, Vec<SessionEntry>) {
    let mut state = State::new();
    let mut given = Vec::new();
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
            given.push(session.clone());
        }
        Some(Start::Other(channel)) => state.resume_opaque(channel),
        Some(Start::Selected(aid)) => state.select(*aid),
        None => {}
    }
    (state, given)
}

fn check_mac(place: &str, verdict: Verdict, proof: Option<&MacProof>) -> usize {
    if verdict == Verdict::None {
        assert_eq!(proof, None, "{place}: there is no MAC");
        return 0;
    }
    assert_eq!(verdict, Verdict::Ok, "{place}");
    let proof = proof.unwrap_or_else(|| panic!("{place}: no proof of a verified MAC"));
    assert_eq!(Some(&proof.mac.result), proof.received.as_ref(), "{place}");
    assert_eq!(proof.difference(), None, "{place}");
    let input = [
        &[proof.code],
        &proof.counter().expect("EV2")[..],
        &proof.ti.expect("EV2"),
        &proof.header,
        &proof.data,
    ]
    .concat();
    assert_eq!(step(&proof.mac, "CMAC input"), input, "{place}");
    let odd: Vec<u8> = step(&proof.mac, "Full CMAC")[1..]
        .iter()
        .step_by(2)
        .copied()
        .collect();
    assert_eq!(step(&proof.mac, "Bytes 1, 3, … 15"), odd, "{place}");
    assert_eq!(proof.mac.result, odd[..], "{place}");
    1
}

#[test]
fn every_verified_mac_of_a_recorded_conversation_is_made_again() {
    let mut macs = 0;
    for file in ["exchanges", "generated"] {
        for (conversation, rows, proofs) in proven(file) {
            for (row, proof) in rows.iter().zip(proofs) {
                let place = format!("{} row {} {}", conversation.id, row.index, row.name());
                if conversation.sm != "ev2" {
                    let legacy = conversation.sm == "d40" || conversation.sm.starts_with("ev1-");
                    assert!(legacy || proof.is_none(), "{place}: not decoded");
                    continue;
                }
                assert_eq!(
                    proof.is_some(),
                    row.ctr.is_some() || row.authentication.is_some(),
                    "{place}"
                );
                let (command, response) = proof.as_ref().map_or((None, None), |proof| {
                    (proof.command.as_ref(), proof.response.as_ref())
                });
                let (sent, answered) = (row.verdicts.command_mac, row.verdicts.response_mac);
                macs += check_mac(&place, sent, command);
                macs += check_mac(&place, answered, response);
                let padded = [command, response].into_iter().flatten();
                let padded = padded.filter(|proof| !proof.padding.is_empty()).count();
                assert_eq!(
                    padded,
                    usize::from(row.verdicts.padding == Verdict::Ok),
                    "{place}"
                );
            }
        }
    }
    assert!(macs >= 230, "{macs} MACs");
}

#[test]
fn session_keys_ti_and_random_numbers_are_those_of_the_conversation() {
    let (mut opened, mut inside) = (0, 0);
    for (conversation, rows, proofs) in proven("exchanges") {
        let own = conversations("exchanges");
        let own = own.iter().find(|own| text(own, "id") == conversation.id);
        let apdus = own.expect("the conversation")["apdus"]
            .as_array()
            .expect("apdus");
        let expected = apdus.iter().map(|apdu| &apdu["expect"]);
        let expected = expected.filter(|expect| expect.get("partial").is_none());
        let mut ti = [0; 4];
        for ((row, proof), expect) in rows.iter().zip(proofs).zip(expected) {
            let Some(proof) = proof.filter(|proof| proof.session.channel == "ev2") else {
                continue;
            };
            let place = format!("{} row {}", conversation.id, row.index);
            let session = &proof.session;
            if row.authentication.is_none() {
                if let Some(ctr) = expect.get("ctr") {
                    assert_eq!(session.before.map(u64::from), ctr.as_u64(), "{place}");
                }
                inside += 1;
                continue;
            }
            opened += 1;
            assert_eq!(session.keyed, Some(row.index), "{place}");
            assert_eq!(
                session.mac.as_ref().and_then(Secret::aes128),
                Some(array(expect, "ses_mac")),
                "{place}"
            );
            let enc = session.enc.as_ref().and_then(Secret::aes128);
            assert_eq!(enc, Some(array(expect, "ses_enc")), "{place}");
            if row.ins == 0x71 {
                ti = array(expect, "ti");
            }
            assert_eq!(session.ti, Some(ti), "{place}: NonFirst keeps TI");
            let made = session
                .derivation
                .as_ref()
                .expect("made by an authentication");
            assert_eq!(made.rnd_a.expose(), bytes(expect, "rnd_a"), "{place}");
            assert_eq!(made.rnd_b.expose(), bytes(expect, "rnd_b"), "{place}");
        }
    }
    assert!(
        opened >= 20 && inside >= 40,
        "{opened} opened, {inside} inside"
    );
}

#[test]
fn a_session_given_directly_is_its_own_source_and_nonfirst_keeps_its_ti() {
    let all = proven("exchanges");
    let whole = all
        .iter()
        .find(|(conversation, ..)| conversation.id == "ev2-se05x-auth-value-commit");
    let (conversation, rows, proofs) = whole.expect("the conversation");
    let at = rows.iter().position(|row| row.ins == 0x71).expect("First");
    let opened = &proofs[at].as_ref().expect("a session").session;
    let given = SessionEntry {
        label: "given".into(),
        keys: GivenKeys::Ev2 {
            enc: opened.enc.clone(),
            mac: opened.mac.clone().expect("EV2"),
            ti: opened.ti.expect("EV2"),
            counter: 0,
        },
    };
    let mut state = State::new();
    state.resume(&given, None);
    let later = &conversation.events[rows[at].last_event + 1..];
    let cut = trace::decode_from(state, later, &conversation.keyring);
    let mut renewed = 0;
    for (place, row) in cut.iter().enumerate() {
        let was = proofs[at + 1 + place].as_ref().expect("in the session");
        let proof =
            prove(&cut, place, later, std::slice::from_ref(&given)).expect("in the session");
        assert_eq!(
            (&proof.command, &proof.response),
            (&was.command, &was.response),
            "{}",
            row.name()
        );
        assert_eq!((proof.session.started, proof.session.ti), (None, opened.ti));
        renewed += usize::from(proof.session.keyed.is_some());
    }
    assert!(renewed > 1, "{renewed} under new keys");
}

#[test]
fn published_session_vectors_are_taken_apart_as_the_rule_says() {
    let mut checked = 0;
    for (conversation, _, proofs) in proven("exchanges") {
        for made in proofs
            .iter()
            .flatten()
            .filter(|proof| proof.session.channel == "ev2")
            .filter_map(|proof| proof.session.derivation.as_ref())
        {
            let [sv1, enc, sv2, mac] = &made.steps[..] else {
                panic!("two vectors and two keys: {}", conversation.id);
            };
            assert_eq!([sv1.label, sv2.label], ["SV 1", "SV 2"]);
            assert!(enc.parts.is_empty() && mac.parts.is_empty());
            let (a, b) = (made.rnd_a.expose(), made.rnd_b.expose());
            let mixed: Vec<u8> = a[2..8].iter().zip(b).map(|(a, b)| a ^ b).collect();
            for (vector, label) in [(sv1, [0xA5, 0x5A]), (sv2, [0x5A, 0xA5])] {
                let parts: Vec<&[u8]> = vector
                    .parts
                    .iter()
                    .map(|part| part.bytes.expose())
                    .collect();
                let rule = [
                    &label[..],
                    &[0, 1, 0, 0x80],
                    &a[..2],
                    &mixed,
                    &b[6..],
                    &a[8..],
                ];
                assert_eq!(parts, rule, "{}", conversation.id);
                assert_eq!(parts.concat(), vector.bytes.expose());
            }
            for vector in topic("session_keys")
                .iter()
                .filter(|vector| vector["expected"].get("sv1").is_some())
            {
                let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
                if bytes(inputs, "rnd_a") == a {
                    assert_eq!(sv1.bytes.expose(), bytes(expected, "sv1"));
                    let key = array(inputs, "key");
                    assert_eq!(
                        aes_cmac(&key, &[sv2.bytes.expose()]),
                        array::<16>(expected, "ses_mac")
                    );
                    checked += 1;
                }
            }
        }
    }
    assert!(
        checked >= 1,
        "the published SV 1 is that of a recorded authentication"
    );
}

#[test]
fn published_ivs_and_full_cmacs_appear_in_the_proofs() {
    let all = proven("exchanges");
    let proofs = all
        .iter()
        .flat_map(|(_, _, proofs)| proofs.iter().flatten());
    let macs: Vec<&MacProof> = proofs
        .filter(|proof| proof.session.channel == "ev2")
        .flat_map(|proof| proof.command.iter().chain(&proof.response))
        .collect();
    let (mut ivs, mut cmacs) = (0, 0);
    for vector in topic("ev2") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        match text(&vector, "kind") {
            "ev2_iv" => {
                let label: &[u8] = if text(inputs, "direction") == "command" {
                    &[0xA5, 0x5A]
                } else {
                    &[0x5A, 0xA5]
                };
                let ctr = u16::try_from(number(inputs, "ctr")).expect("16 bits");
                let ti = bytes(inputs, "ti");
                let input = [label, &ti, &ctr.to_le_bytes(), &[0; 8]].concat();
                for iv in macs.iter().filter_map(|mac| mac.iv.as_ref()) {
                    if step(iv, "IV input") == input {
                        assert_eq!(
                            iv.result,
                            array::<16>(expected, "iv"),
                            "{}",
                            text(&vector, "id")
                        );
                        assert_eq!(step(iv, "IV"), iv.result);
                        ivs += 1;
                    }
                }
            }
            "ev2_mac" if inputs["msg"].is_string() => {
                let message = bytes(inputs, "msg");
                for mac in macs
                    .iter()
                    .filter(|mac| step(&mac.mac, "CMAC input") == message)
                {
                    assert_eq!(mac.mac.result, bytes(expected, "mact"));
                    if expected.get("cmac").is_some() {
                        assert_eq!(step(&mac.mac, "Full CMAC"), bytes(expected, "cmac"));
                        cmacs += 1;
                    }
                }
            }
            _ => {}
        }
    }
    assert!(ivs >= 4, "{ivs} IVs");
    assert!(cmacs >= 2, "{cmacs} full CMACs");
}

/// The rows of the sample top-up, after a change to its events.
fn sample(change: impl FnOnce(&mut Vec<Event>), keyring: &Keyring) -> (Vec<Event>, Vec<Exchange>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/sessions/02-top-up.json");
    let text = std::fs::read(path).expect("a sample");
    let mut events = session::read(&text).expect("reads").value.events;
    change(&mut events);
    let rows = trace::decode(&events, keyring);
    (events, rows)
}

#[test]
fn a_wrong_mac_shows_both_and_where_they_differ() {
    let credit =
        |event: &&mut Event| matches!(&event.kind, EventKind::Response(bytes) if bytes.len() == 10);
    let mut was = Vec::new();
    let (events, rows) = sample(
        |events| {
            let answer = events
                .iter_mut()
                .rfind(credit)
                .expect("an answer with only a MAC");
            let EventKind::Response(bytes) = &mut answer.kind else {
                panic!("an answer");
            };
            was = bytes[..8].to_vec();
            bytes[5] ^= 0x40;
        },
        &demo::keyring(),
    );
    let wrong = rows
        .iter()
        .position(|row| row.verdicts.response_mac == Verdict::Bad);
    let wrong = wrong.expect("a row with a wrong MAC");
    let proof = prove(&rows, wrong, &events, &[]).expect("the keys are known");
    let response = proof.response.expect("the response's MAC");
    assert_eq!(response.difference(), Some(5));
    assert_eq!(hex::upper(&response.mac.result), hex::upper(&was));
    let mut changed = was;
    changed[5] ^= 0x40;
    assert_eq!(response.received.expect("eight bytes"), changed[..]);
    assert_eq!(proof.command.expect("the command's MAC").difference(), None);
}

#[test]
fn without_keys_there_is_no_proof_and_no_panic() {
    let (events, rows) = sample(|_| {}, &Keyring::default());
    assert!(!rows.is_empty());
    for at in 0..rows.len() + 2 {
        assert_eq!(prove(&rows, at, &events, &[]), None, "row {at}");
    }
    let keyring = session::keys::read(shipped::keys().as_bytes())
        .expect("reads")
        .value;
    let (events, rows) = sample(|events| events.truncate(5), &keyring);
    for at in 0..rows.len() {
        prove(&rows, at, &[], &[]);
        prove(&rows[at..], 0, &events, &[]);
    }
}

//! How rows of D40 and EV1 sessions were protected, worked out from recorded conversations and compared with published
//! intermediate values.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use support::vectors::{bytes, conversations, files, text, topic};
use tapscope::keyring::{GivenKeys, SessionEntry};
use tapscope::report::Worked;
use tapscope::secure_messaging::Verdict;
use tapscope::session::import::vectors::{self, Conversation};
use tapscope::trace::{self, EventKind, Exchange, Proof, State, prove};

fn step<'a, T>(worked: &'a Worked<T>, label: &str) -> &'a [u8] {
    let step = worked.steps.iter().find(|step| step.label == label);
    &step.unwrap_or_else(|| panic!("no step {label}")).bytes
}

type Proven = (Conversation, Vec<Exchange>, Vec<Option<Proof>>);

/// The D40 and EV1 conversations of a file with their rows and proofs.
fn proven(file: &str) -> Vec<Proven> {
    let paths = files(file).into_iter();
    let all = paths.flat_map(|path| {
        let text = std::fs::read(path).expect("a vector file");
        vectors::read(&text).expect("reads")
    });
    let legacy = all.filter(|one| one.sm == "d40" || one.sm.starts_with("ev1-"));
    let proven = legacy.map(|one| {
        let rows = trace::decode(&one.events, &one.keyring);
        let proofs = (0..rows.len()).map(|at| prove(&rows, at, &one.events, &[]));
        let proofs = proofs.collect();
        (one, rows, proofs)
    });
    proven.collect()
}

#[test]
fn every_check_of_a_conversation_is_made_again() {
    let (mut macs, mut checksums) = (0, 0);
    for (conversation, rows, proofs) in ["exchanges", "generated"].into_iter().flat_map(proven) {
        for (row, proof) in rows.iter().zip(&proofs) {
            let place = format!("{} row {} {}", conversation.id, row.index, row.name());
            assert_eq!(proof.is_some(), row.key.is_some(), "{place}");
            let Some(proof) = proof else { continue };
            assert_eq!(Some(proof.session.channel), row.channel, "{place}");
            for (verdict, mac) in [
                (row.verdicts.command_mac, &proof.command),
                (row.verdicts.response_mac, &proof.response),
            ] {
                assert_eq!(mac.is_some(), verdict == Verdict::Ok, "{place}");
                let Some(mac) = mac else { continue };
                assert_eq!(Some(&mac.mac.result), mac.received.as_ref(), "{place}");
                assert_eq!(mac.difference(), None, "{place}");
                macs += 1;
            }
            // Key data is not shown.
            let data = [&proof.command_data, &proof.response_data];
            let data: Vec<_> = data.into_iter().flatten().collect();
            let is_key = row.new_key.is_some();
            let expected = row.verdicts.crc == Verdict::Ok && !is_key;
            assert_eq!(data.len(), usize::from(expected), "{place}");
            for data in data {
                assert_eq!(data.checksum.result, data.received, "{place}");
                assert_eq!(data.difference(), None, "{place}");
                let padding = &data.padding;
                let zeros = padding.iter().skip(1).all(|byte| *byte == 0);
                assert!(padding.is_empty() || zeros, "{place}");
                checksums += 1;
            }
        }
    }
    assert!(
        macs >= 290 && checksums >= 130,
        "{macs} MACs, {checksums} checksums"
    );
}

#[test]
fn session_keys_come_from_the_pieces_of_both_random_numbers() {
    let mut opened = 0;
    for (conversation, rows, proofs) in ["exchanges", "generated"].into_iter().flat_map(proven) {
        let vectors = ["exchanges", "generated"]
            .into_iter()
            .flat_map(conversations);
        let mut vectors = vectors.filter(|one| text(one, "id") == conversation.id);
        let vector = vectors.next().expect("the conversation");
        let apdus = vector["apdus"].as_array().expect("apdus").iter();
        let mut expects = apdus
            .map(|apdu| &apdu["expect"])
            .filter(|expect| expect.get("session_key").is_some());
        for (row, proof) in rows.iter().zip(&proofs) {
            let authentication = row.is_authentication();
            let Some(proof) = proof.as_ref().filter(|_| authentication) else {
                continue;
            };
            let expect = expects.next().expect("an authentication");
            let place = format!("{} row {}", conversation.id, row.index);
            let (rnd_a, rnd_b) = (bytes(expect, "rnd_a"), bytes(expect, "rnd_b"));
            let made = proof.session.derivation.as_ref().expect("recorded");
            assert_eq!(made.rnd_a.expose(), rnd_a, "{place}");
            assert_eq!(made.rnd_b.expose(), rnd_b, "{place}");
            let [key] = &made.steps[..] else {
                panic!("{place}: one key");
            };
            assert_eq!(key.bytes.expose(), bytes(expect, "session_key"), "{place}");
            assert_eq!(
                proof.session.session_key.as_ref(),
                Some(&key.bytes),
                "{place}"
            );
            let mut whole = Vec::new();
            for part in &key.parts {
                // "RndA 12 to 15"
                let words: Vec<&str> = part.label.split(' ').collect();
                let number = |text: &str| text.parse::<usize>().expect("a number");
                let of = if words[0] == "RndA" { &rnd_a } else { &rnd_b };
                let piece = &of[number(words[1])..=number(words[3])];
                assert_eq!(part.bytes.expose(), piece, "{place} {}", part.label);
                whole.extend_from_slice(piece);
            }
            assert_eq!(whole, key.bytes.expose(), "{place}");
            opened += 1;
        }
    }
    assert!(opened >= 70, "{opened} authentications");
}

#[test]
fn published_ivs_and_whole_cmacs_appear_in_the_proofs() {
    let all = proven("exchanges");
    let proofs = || {
        all.iter()
            .flat_map(|(_, _, proofs)| proofs.iter().flatten())
    };
    let (mut cmacs, mut cryptograms) = (0, 0);
    for vector in topic("ev1") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let kind = text(&vector, "kind");
        if !matches!(kind, "ev1_cmac" | "ev1_tx_full" | "ev1_rx_full") {
            continue;
        }
        let key = bytes(inputs, "session_key");
        let own = proofs().filter(|proof| {
            let session_key = proof.session.session_key.as_ref();
            session_key.is_some_and(|own| own.expose() == key)
        });
        for proof in own {
            for mac in [&proof.command, &proof.response].into_iter().flatten() {
                let message =
                    kind == "ev1_cmac" && step(&mac.mac, "CMAC input") == bytes(inputs, "msg");
                if message && step(&mac.mac, "IV before") == bytes(inputs, "iv") {
                    assert_eq!(
                        step(&mac.mac, "Full CMAC, IV after"),
                        bytes(expected, "cmac")
                    );
                    cmacs += 1;
                }
            }
            let data = match kind {
                "ev1_tx_full" => &proof.command_data,
                "ev1_rx_full" => &proof.response_data,
                _ => continue,
            };
            let Some(data) = data else { continue };
            if data.iv == Some(bytes(inputs, "iv")) {
                assert_eq!(data.next_iv, Some(bytes(expected, "next_iv")));
                cryptograms += 1;
            }
        }
    }
    assert!(
        cmacs >= 15 && cryptograms >= 3,
        "{cmacs} CMACs, {cryptograms} cryptograms"
    );
}

#[test]
fn the_iv_goes_from_one_message_to_the_next() {
    let mut links = 0;
    for (conversation, rows, proofs) in proven("generated") {
        for (pair, at) in rows.windows(2).zip(1..) {
            let [before, after] = pair else { continue };
            let (Some(one), Some(other)) = (&before.ivs, &after.ivs) else {
                continue;
            };
            let place = format!("{} row {}", conversation.id, after.index);
            assert!(one.next.is_some(), "{place}");
            assert_eq!(one.next, other.command, "{place}");
            if let Some(mac) = proofs[at].as_ref().and_then(|proof| proof.command.as_ref()) {
                let after = step(&mac.mac, "Full CMAC, IV after");
                assert_eq!(
                    other.response.as_ref().map(AsRef::as_ref),
                    Some(after),
                    "{place}"
                );
            }
            links += 1;
        }
    }
    assert!(links >= 150, "{links} links");
}

#[test]
fn a_wrong_byte_is_named_in_macs_and_checksums() {
    let (mut macs, mut checksums) = (0, 0);
    for (conversation, rows, proofs) in ["exchanges", "generated"].into_iter().flat_map(proven) {
        for (at, proof) in proofs.iter().enumerate() {
            let Some(proof) = proof else { continue };
            let (of_mac, of_data) = (proof.response.is_some(), proof.response_data.is_some());
            if !of_mac && !of_data {
                continue;
            }
            let mut events = conversation.events.clone();
            let EventKind::Response(bytes) = &mut events[rows[at].last_event].kind else {
                panic!("an answer");
            };
            // The last byte but one before the status.
            let Some(place) = bytes.len().checked_sub(4) else {
                continue;
            };
            bytes[place] ^= 0x04;
            let changed = trace::decode(&events, &conversation.keyring);
            let again = prove(&changed, at, &events, &[]).expect("the keys are known");
            if of_mac {
                let len = proof
                    .response
                    .as_ref()
                    .map_or(0, |mac| mac.mac.result.len());
                let mac = again.response.expect("a MAC");
                // A gap before the row explains another CMAC; then it fits.
                if changed[at].verdicts.response_mac == Verdict::Bad {
                    assert_eq!(mac.difference(), Some(len - 2), "{}", conversation.id);
                    macs += 1;
                }
            } else if changed[at].response.is_some() {
                let data = again.response_data.expect("a checksum");
                assert!(data.difference().is_some() || !data.padding.is_empty());
                checksums += 1;
            }
        }
    }
    assert!(
        macs >= 60 && checksums >= 10,
        "{macs} MACs, {checksums} checksums"
    );
}

#[test]
fn a_session_given_directly_proves_its_rows() {
    let mut rows_proven = 0;
    for (conversation, rows, proofs) in proven("exchanges") {
        let at = rows.iter().rposition(Exchange::is_authentication);
        let at = at.expect("an authentication");
        let opened = proofs[at].as_ref().expect("a session");
        let key = opened.session.session_key.clone().expect("D40 or EV1");
        let seen = rows[at].authentication.as_deref();
        let Some(trace::Authenticated::Legacy { seen, .. }) = seen else {
            panic!("D40 or EV1");
        };
        let kind = seen.kind;
        let keys = if opened.session.channel == "d40" {
            GivenKeys::D40 { key }
        } else {
            GivenKeys::Ev1 { kind, key }
        };
        let entry = SessionEntry {
            label: "given".into(),
            keys,
        };
        let key_no = rows[at].key.as_ref().and_then(|key| key.key_no);
        let mut state = State::new();
        state.resume(&entry, key_no);
        if let Some(aid) = rows[at].aid {
            state.select(aid);
        }
        let events = &conversation.events[rows[at].last_event + 1..];
        let cut = trace::decode_from(state, events, &conversation.keyring);
        for place in 0..cut.len() {
            let own = prove(&cut, place, events, std::slice::from_ref(&entry));
            let was = proofs[at + 1 + place].as_ref();
            let Some(own) = own else {
                assert_eq!(was, None, "{}", conversation.id);
                continue;
            };
            let was = was.expect("in the session");
            assert_eq!((&own.command, &own.response), (&was.command, &was.response));
            assert_eq!(own.session.started, None);
            rows_proven += 1;
        }
    }
    assert!(rows_proven >= 20, "{rows_proven} rows");
}

//! D40 and EV1 against bytes that others made: authentications, session keys, MACs, cryptograms, ChangeKey.
//!
//! The files of `tests/vectors` are read, and those of the folder named by `TAPSCOPE_VECTORS` when it is set.
//! Each vector names its source. Those of a rejected message (`erratum`) give what the card would have taken.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use serde_json::Value;
use support::vectors::{array, bytes, each, number, text, topic};
use tapscope::apdu::Frame;
use tapscope::card::{CommMode, KeyType};
use tapscope::crypto::Secret;
use tapscope::secure_messaging::handshake::{AuthKey, Observed, d40, ev1, legacy_session_key};
use tapscope::secure_messaging::{D40, Ev1, Extent, KeyChange, KeyForm, Verdict};

fn kind(name: &str) -> KeyType {
    match name.trim_start_matches("ev1-") {
        "des" => KeyType::Des,
        "2k3des" => KeyType::TwoKey3Des,
        "3k3des" => KeyType::ThreeKey3Des,
        "aes" => KeyType::Aes128,
        other => panic!("key type {other}"),
    }
}

fn key(inputs: &Value) -> AuthKey {
    let kind = kind(text(inputs, "key_type"));
    AuthKey::new(kind, &bytes(inputs, "key")).expect("the key fits its type")
}

fn session(inputs: &Value) -> Ev1 {
    let channel = Ev1::new(kind(text(inputs, "sm")), &bytes(inputs, "session_key"));
    let channel = channel.expect("the session key fits its type");
    channel.at(&bytes(inputs, "iv")).expect("the IV is a block")
}

fn assert_observed(seen: &Observed, expected: &Value) {
    assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
    assert_eq!(seen.rnd_a.expose(), bytes(expected, "rnd_a"));
    let rnd_b = seen.rnd_b.as_ref().map(Secret::expose);
    assert_eq!(rnd_b, Some(&bytes(expected, "rnd_b")[..]));
    let session_key = seen.session_key().expect("both random numbers are known");
    assert_eq!(session_key.expose(), bytes(expected, "session_key"));
}

#[test]
fn session_keys() {
    let checked = each("session_keys", &["ev1_session_key"], |inputs, expected| {
        let kind = kind(text(inputs, "key_type"));
        let key = legacy_session_key(kind, &bytes(inputs, "rnd_a"), &bytes(inputs, "rnd_b"));
        let key = key.expect("the random numbers are long enough");
        assert_eq!(key.result.expose(), bytes(expected, "session_key"));
    });
    assert!(checked >= 20, "{checked} vectors");
}

#[test]
fn d40_authentications_of_all_three_roles() {
    let checked = each("d40", &["d40_auth"], |inputs, expected| {
        let key = key(inputs);
        let transcript = d40::Transcript {
            challenge: array(inputs, "ek_rnd_b"),
            token: array(inputs, "token"),
            proof: Some(bytes(inputs, "response")),
        };
        assert_observed(&transcript.observe(&key).expect("the key fits"), expected);
        let mut host = d40::Host::new(&key, array(expected, "rnd_a")).expect("a DES key");
        let card = d40::Card::new(&key, array(expected, "rnd_b")).expect("a DES key");
        assert_eq!(card.challenge(), array::<8>(inputs, "ek_rnd_b"));
        let token = host.answer(&card.challenge()).expect("eight bytes");
        assert_eq!(token, array::<16>(inputs, "token"));
        let (proof, of_card, _) = card.finish(&token).expect("the host knows the key");
        assert_eq!(proof, array::<8>(inputs, "response"));
        let (of_host, _) = host.finish(&proof).expect("the card knows the key");
        assert_eq!(of_host.expose(), bytes(expected, "session_key"));
        assert_eq!(of_card, of_host);
    });
    assert!(checked >= 3, "{checked} vectors");
}

#[test]
fn ev1_authentications_of_all_three_roles() {
    let checked = each("ev1", &["ev1_auth"], |inputs, expected| {
        let key = key(inputs);
        let transcript = ev1::Transcript {
            challenge: bytes(inputs, "ek_rnd_b"),
            token: bytes(inputs, "token"),
            proof: Some(bytes(inputs, "response")),
        };
        assert_observed(&transcript.observe(&key).expect("the key fits"), expected);
        let mut host = ev1::Host::new(&key, &bytes(expected, "rnd_a")).expect("the length fits");
        let card = ev1::Card::new(&key, &bytes(expected, "rnd_b")).expect("the length fits");
        assert_eq!(card.challenge(), transcript.challenge);
        let token = host.answer(&card.challenge()).expect("the length fits");
        assert_eq!(token, transcript.token);
        let (proof, of_card, _) = card.finish(&token).expect("the host knows the key");
        assert_eq!(Some(&proof), transcript.proof.as_ref());
        let (of_host, channel) = host.finish(&proof).expect("the card knows the key");
        assert_eq!(of_host.expose(), bytes(expected, "session_key"));
        assert_eq!(of_card, of_host);
        assert_eq!(channel.iv(), Some(&vec![0; channel.block_len()][..]));
    });
    assert!(checked >= 18, "{checked} vectors");
}

#[test]
fn d40_macs_and_commands() {
    let mut checked = each("d40", &["d40_mac"], |inputs, expected| {
        let session = D40::new(&bytes(inputs, "session_key")).expect("a DES key");
        assert_eq!(
            session.mac(&bytes(inputs, "data")),
            array::<4>(expected, "mac")
        );
    });
    checked += each("d40", &["d40_tx_full"], |inputs, expected| {
        let session = D40::new(&bytes(inputs, "session_key")).expect("a DES key");
        let (header, data) = (bytes(inputs, "header"), bytes(inputs, "data"));
        let frame = Frame::desfire(
            bytes(inputs, "cmd")[0],
            [&header[..], &data].concat(),
            header.len(),
        );
        let extent = Extent::Known(data.len());
        let sealed = session.seal_command(&frame, CommMode::Full, extent);
        assert_eq!(sealed, [header, bytes(expected, "cryptogram")].concat());
        let opened = session.open_command(&sealed, frame.header.len(), CommMode::Full, extent);
        assert_eq!(opened.plain, Some(frame.body()));
        assert_eq!(
            (opened.crc.verdict, opened.padding),
            (Verdict::Ok, Verdict::Ok)
        );
    });
    assert!(checked >= 4, "{checked} vectors");
}

#[test]
fn what_real_d40_cards_rejected_is_rejected() {
    let mut checked = 0;
    for vector in topic("d40") {
        let Some(published) = vector.get("published") else {
            continue;
        };
        let inputs = &vector["inputs"];
        let session = D40::new(&bytes(inputs, "session_key")).expect("a DES key");
        let sent = bytes(published, "cryptogram");
        if text(&vector, "kind") == "d40_change_key" {
            let form = KeyForm {
                kind: KeyType::Des,
                own: true,
            };
            let opened = session.open_key(&sent, 0, form).expect("the length fits");
            assert_eq!(opened.crc.verdict, Verdict::Bad);
        } else {
            let extent = Extent::Known(bytes(inputs, "data").len());
            let opened = session.open_command(&sent, 0, CommMode::Full, extent);
            assert_eq!(opened.crc.verdict, Verdict::Bad);
        }
        checked += 1;
    }
    assert!(checked >= 2, "{checked} vectors");
}

#[test]
fn d40_key_changes() {
    let checked = each("d40", &["d40_change_key"], |inputs, expected| {
        let session = D40::new(&bytes(inputs, "session_key")).expect("a DES key");
        let (change, form) = key_change(inputs);
        let header = bytes(inputs, "key_no");
        let sealed = session.seal_key(&header, &change);
        assert_eq!(sealed, [header, bytes(expected, "cryptogram")].concat());
        let opened = session.open_key(&sealed, 1, form).expect("the length fits");
        assert_eq!(
            (opened.crc.verdict, opened.padding),
            (Verdict::Ok, Verdict::Ok)
        );
        assert_eq!(opened.version, change.version);
        assert_eq!(opened.new_key(&Secret::new([])).0, change.new);
    });
    assert!(checked >= 2, "{checked} vectors");
}

#[test]
fn ev1_key_changes() {
    let checked = each("ev1", &["ev1_change_key"], |inputs, expected| {
        let (mut host, mut card) = (session(inputs), session(inputs));
        let (change, form) = key_change(inputs);
        let header = bytes(inputs, "key_no");
        let sealed = host.seal_key(0xC4, &header, &change);
        assert_eq!(sealed, [header, bytes(expected, "cryptogram")].concat());
        assert_eq!(host.iv(), Some(&bytes(expected, "next_iv")[..]));
        let opened = card
            .open_key(0xC4, &sealed, 1, form)
            .expect("the length fits");
        assert_eq!(card.iv(), host.iv());
        assert_eq!(
            (opened.crc.verdict, opened.padding),
            (Verdict::Ok, Verdict::Ok)
        );
        assert_eq!((opened.version, opened.own()), (change.version, form.own));
        let old = change.old.clone().unwrap_or_else(|| Secret::new([]));
        let (new, check) = opened.new_key(&old);
        assert_eq!(new, change.new);
        let of_new = if form.own { Verdict::None } else { Verdict::Ok };
        assert_eq!(check.verdict, of_new);
    });
    assert!(checked >= 7, "{checked} vectors");
}

fn key_change(inputs: &Value) -> (KeyChange, KeyForm) {
    let new = bytes(inputs, "new_key");
    let version = inputs.get("version").map(|_| bytes(inputs, "version")[0]);
    let old = inputs
        .get("old_key")
        .map(|_| Secret::new(bytes(inputs, "old_key")));
    let kind = match (new.len(), version) {
        (24, _) => KeyType::ThreeKey3Des,
        (_, Some(_)) => KeyType::Aes128,
        _ => KeyType::TwoKey3Des,
    };
    let own = old.is_none();
    let new = Secret::new(new);
    (KeyChange { new, version, old }, KeyForm { kind, own })
}

#[test]
fn ev1_macs_go_on_from_the_running_iv() {
    let checked = each("ev1", &["ev1_cmac"], |inputs, expected| {
        let mut session = session(inputs);
        let message = bytes(inputs, "msg");
        let cmac = session.cmac(&message).expect("the IV is known");
        assert_eq!(cmac.as_ref(), bytes(expected, "cmac"));
        let (status, data) = message.split_last().expect("a message has a status");
        let answer = session.seal_response(*status, data, CommMode::Mac, Extent::Search);
        assert_eq!(answer[..data.len()], *data);
        assert_eq!(answer[data.len()..], cmac.as_ref()[..8]);
        if expected.get("mac8").is_some() {
            assert_eq!(answer[data.len()..], bytes(expected, "mac8"));
        }
        assert_eq!(
            session.iv(),
            Some(cmac.as_ref()),
            "the whole CMAC is the next IV"
        );
    });
    assert!(checked >= 30, "{checked} vectors");
}

#[test]
fn ev1_enciphered_commands() {
    let checked = each("ev1", &["ev1_tx_full"], |inputs, expected| {
        let (mut host, mut card) = (session(inputs), session(inputs));
        let (header, data) = (bytes(inputs, "header"), bytes(inputs, "data"));
        let ins = bytes(inputs, "cmd")[0];
        let frame = Frame::desfire(ins, [&header[..], &data].concat(), header.len());
        let extent = Extent::Known(data.len());
        let sealed = host.seal_command(&frame, CommMode::Full, extent);
        assert_eq!(sealed, [header, bytes(expected, "cryptogram")].concat());
        assert_eq!(host.iv(), Some(&bytes(expected, "next_iv")[..]));
        let opened = card.open_command(ins, &sealed, frame.header.len(), CommMode::Full, extent);
        assert_eq!(opened.plain, Some(frame.body()));
        assert_eq!(
            (opened.crc.verdict, opened.padding),
            (Verdict::Ok, Verdict::Ok)
        );
        assert_eq!(card.iv(), host.iv());
    });
    assert!(checked >= 4, "{checked} vectors");
}

#[test]
fn ev1_enciphered_answers() {
    let (mut marked, mut zeros) = (0, 0);
    let checked = each("ev1", &["ev1_rx_full"], |inputs, expected| {
        let data = bytes(expected, "data");
        assert_eq!(data.len() as u64, number(inputs, "length"));
        let status = bytes(inputs, "status")[0];
        let answer = bytes(inputs, "response");
        let mut sealed = 0;
        for extent in [Extent::Known(data.len()), Extent::Marked] {
            let made = session(inputs).seal_response(status, &data, CommMode::Full, extent);
            if made != answer {
                continue;
            }
            sealed += 1;
            if extent == Extent::Marked {
                marked += 1;
            } else {
                zeros += 1;
            }
            for reader in [extent, Extent::Search] {
                let mut host = session(inputs);
                let opened = host.open_response(status, &answer, CommMode::Full, reader);
                assert_eq!(opened.plain.as_ref(), Some(&data));
                assert_eq!(
                    (opened.crc.verdict, opened.padding),
                    (Verdict::Ok, Verdict::Ok)
                );
                assert_eq!(host.iv(), Some(&bytes(expected, "next_iv")[..]));
            }
        }
        assert_eq!(
            sealed, 1,
            "the card's bytes come out with one of the paddings"
        );
    });
    assert!(checked >= 6, "{checked} vectors");
    // Real cards: ReadData with Length 0 is marked, answers of a length that the command tells are not.
    assert!(
        marked >= 3 && zeros >= 3,
        "{marked} marked, {zeros} with zeros"
    );
}

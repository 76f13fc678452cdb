//! LRP against bytes that others made: plaintexts, updated keys, Eval, LRICB, CMAC_LRP, and whole authentications.
//!
//! The files of `tests/vectors` are read, and those of the folder named by `TAPSCOPE_VECTORS` when it is set.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use support::vectors::{array, bytes, each, number, text};
use tapscope::crypto::lrp::{Lrp, plaintexts, updated_key};
use tapscope::crypto::padding::pad_m2;
use tapscope::secure_messaging::Verdict;
use tapscope::secure_messaging::handshake::lrp::Transcript;

fn lrp(inputs: &serde_json::Value) -> Lrp {
    let number = u8::try_from(number(inputs, "updated_key")).expect("a small number");
    Lrp::new(&array(inputs, "key"), number)
}

#[test]
fn plaintexts_and_updated_keys() {
    let mut checked = each("lrp", &["lrp_plaintexts"], |inputs, expected| {
        let made = plaintexts(&array(inputs, "key"));
        for (name, at) in [("p0", 0), ("p1", 1), ("p14", 14), ("p15", 15)] {
            assert_eq!(made[at], array::<16>(expected, name));
        }
    });
    checked += each("lrp", &["lrp_updated_keys"], |inputs, expected| {
        let key = array(inputs, "key");
        for (name, number) in [("uk0", 0), ("uk1", 1), ("uk2", 2)] {
            if expected.get(name).is_some() {
                assert_eq!(*updated_key(&key, number), array::<16>(expected, name));
            }
        }
    });
    assert!(checked >= 3, "{checked} vectors");
}

#[test]
fn evaluations() {
    let checked = each("lrp", &["lrp_eval"], |inputs, expected| {
        let nibbles = text(inputs, "nibbles").chars();
        let nibbles = nibbles.map(|digit| digit.to_digit(16).expect("a digit").to_le_bytes()[0]);
        let finish = inputs["final"].as_bool().expect("a flag");
        let result = lrp(inputs).eval(nibbles, finish);
        assert_eq!(result, array::<16>(expected, "result"));
    });
    assert!(checked >= 33, "{checked} vectors");
}

#[test]
fn macs_with_their_subkeys() {
    let checked = each("lrp", &["lrp_cmac"], |inputs, expected| {
        let (lrp, message) = (lrp(inputs), bytes(inputs, "msg"));
        assert_eq!(lrp.mac(&[&message]), array::<16>(expected, "mac"));
        if expected.get("subkey").is_some() {
            let complete = !message.is_empty() && message.len().is_multiple_of(16);
            let used = lrp.subkeys()[usize::from(!complete)];
            assert_eq!(used, array::<16>(expected, "subkey"));
        }
    });
    assert!(checked >= 35, "{checked} vectors");
}

#[test]
fn lricb_both_ways() {
    let checked = each("lrp", &["lrp_lricb"], |inputs, expected| {
        let (lrp, counter) = (lrp(inputs), bytes(inputs, "counter"));
        let mut plain = bytes(inputs, "plaintext");
        if inputs["padding"].as_bool().expect("a flag") {
            pad_m2(&mut plain, 0, 16);
        }
        let mut data = plain.clone();
        lrp.encrypt(&mut counter.clone(), &mut data);
        assert_eq!(data, bytes(expected, "ciphertext"));
        lrp.decrypt(&mut counter.clone(), &mut data);
        assert_eq!(data, plain);
    });
    assert!(checked >= 33, "{checked} vectors");
}

#[test]
fn authentications_and_what_a_changed_byte_makes_of_them() {
    let kinds = ["lrp_auth_first", "lrp_auth_nonfirst"];
    let checked = each("lrp", &kinds, |inputs, expected| {
        let key = array(inputs, "key");
        let transcript = Transcript {
            first: expected.get("ti").is_some(),
            challenge: array(inputs, "rnd_b"),
            token: array(inputs, "token"),
            proof: Some(bytes(inputs, "response")),
        };
        let seen = transcript.observe(&key).expect("the key fits");
        assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
        assert_eq!(seen.keys.mac, array::<16>(expected, "ses_mac"));
        assert_eq!(seen.keys.enc, array::<16>(expected, "ses_enc"));
        if expected.get("ses_auth_master").is_some() {
            assert_eq!(seen.keys.master, array::<16>(expected, "ses_auth_master"));
            assert_eq!(seen.rnd_a, array::<16>(expected, "rnd_a"));
        }
        if transcript.first {
            assert_eq!(seen.ti, Some(array(expected, "ti")));
        }
        if expected.get("pdcap2").is_some() {
            assert_eq!(seen.pdcap2, Some(array(expected, "pdcap2")));
            assert_eq!(seen.pcdcap2, Some(array(expected, "pcdcap2")));
        }
        let mut wrong = transcript.clone();
        wrong.token[31] ^= 1;
        let seen = wrong.observe(&key).expect("the card's half fits");
        assert_eq!((seen.host, seen.card), (Verdict::Bad, Verdict::Ok));
        wrong.proof.as_mut().expect("a proof")[3] ^= 1;
        assert_eq!(wrong.observe(&key), None);
        let other = std::array::from_fn(|i| i.to_le_bytes()[0] + 3);
        assert_eq!(transcript.observe(&other), None);
    });
    assert!(checked >= 4, "{checked} vectors");
}

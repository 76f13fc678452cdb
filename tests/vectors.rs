//! Single computations against bytes that others made: session keys, IVs, MACs, TMVs, diversification, CRCs.
//!
//! The files of `tests/vectors` are read, and those of the folder named by `TAPSCOPE_VECTORS` when it is set.
//! Each vector names its source.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use serde_json::Value;
use support::vectors::{array, bytes, each, number, text, topic};
use tapscope::card::CommMode;
use tapscope::crypto::cmac::{aes_cmac, odd_bytes};
use tapscope::crypto::crc;
use tapscope::diversify;
use tapscope::secure_messaging::handshake::{Transcript, session_keys};
use tapscope::secure_messaging::{Ev2, Verdict};
use tapscope::tmac::{self, Ledger, Operation};

#[test]
fn ev2_session_keys() {
    let checked = each("session_keys", &["ev2_session_keys"], |inputs, expected| {
        let worked = session_keys(
            &array(inputs, "key"),
            &array(inputs, "rnd_a"),
            &array(inputs, "rnd_b"),
        );
        assert_eq!(worked.result.mac, array::<16>(expected, "ses_mac"));
        if expected.get("ses_enc").is_some() {
            assert_eq!(worked.result.enc, array::<16>(expected, "ses_enc"));
        }
        if expected.get("sv1").is_some() {
            assert_eq!(worked.steps[0].bytes, bytes(expected, "sv1"));
        }
    });
    assert!(checked >= 20, "{checked} vectors");
}

#[test]
fn ev2_authentications() {
    let checked = each(
        "ev2",
        &["ev2_auth_first", "ev2_auth_nonfirst"],
        |inputs, expected| {
            let proof = bytes(inputs, "response");
            let first = proof.len() == 32;
            let transcript = Transcript {
                first,
                challenge: array(inputs, "ek_rnd_b"),
                token: array(inputs, "token"),
                proof: Some(proof),
            };
            let seen = transcript
                .observe(&array(inputs, "key"))
                .expect("the key fits");
            assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
            assert_eq!(seen.rnd_a, array::<16>(expected, "rnd_a"));
            assert_eq!(seen.rnd_b, array::<16>(expected, "rnd_b"));
            assert_eq!(seen.keys.enc, array::<16>(expected, "ses_enc"));
            assert_eq!(seen.keys.mac, array::<16>(expected, "ses_mac"));
            if first {
                assert_eq!(seen.ti, Some(array(expected, "ti")));
                assert_eq!(seen.pdcap2, Some(array(expected, "pdcap2")));
                assert_eq!(seen.pcdcap2, Some(array(expected, "pcdcap2")));
            }
        },
    );
    assert!(checked >= 23, "{checked} vectors");
}

#[test]
fn ev2_ivs_and_macs() {
    let mut checked = each("ev2", &["ev2_iv"], |inputs, expected| {
        let enc = array(inputs, "ses_enc");
        let direction = text(inputs, "direction");
        let ctr = u16::try_from(number(inputs, "ctr")).expect("16 bits");
        // The response to the command at C uses C + 1; the files give the counter that enters the IV.
        let ctr = if direction == "command" {
            ctr
        } else {
            ctr.wrapping_sub(1)
        };
        let session = Ev2::resumed(Some(&enc), &[0x5A; 16], array(inputs, "ti"), ctr);
        let iv = if direction == "command" {
            session.command_iv()
        } else {
            session.response_iv()
        };
        assert_eq!(iv, Some(array(expected, "iv")));
    });
    checked += each("ev2", &["ev2_mac"], |inputs, expected| {
        let mac = aes_cmac(&array(inputs, "ses_mac"), &[&bytes(inputs, "msg")]);
        assert_eq!(odd_bytes(mac), array::<8>(expected, "mact"));
        if expected.get("cmac").is_some() {
            assert_eq!(mac, array::<16>(expected, "cmac"));
        }
    });
    assert!(checked >= 11, "{checked} vectors");
}

#[test]
fn transaction_macs() {
    let mut checked = each("tmac", &["tmv"], |inputs, expected| {
        let tmc = u32::from_le_bytes(array(inputs, "tmc"));
        let keys = tmac::session_keys(&array(inputs, "key"), tmc, &bytes(inputs, "uid")).result;
        let mut ledger = Ledger::default();
        for operation in inputs["operations"].as_array().expect("operations") {
            append(&mut ledger, operation);
        }
        assert_eq!(ledger.tmi(), bytes(expected, "tmi"));
        assert_eq!(
            tmac::tmv(&keys, ledger.tmi()).result,
            array::<8>(expected, "tmv")
        );
    });
    checked += each("tmac", &["tm_session_keys"], |inputs, expected| {
        let tmc = u32::from_le_bytes(array(inputs, "tmc"));
        let keys = tmac::session_keys(&array(inputs, "key"), tmc, &bytes(inputs, "uid")).result;
        assert_eq!(keys.mac, array::<16>(expected, "ses_tm_mac"));
        assert_eq!(keys.enc, array::<16>(expected, "ses_tm_enc"));
    });
    checked += each("tmac", &["enc_tmri"], |inputs, expected| {
        let tmc = u32::from_le_bytes(array(inputs, "tmc"));
        let keys = tmac::session_keys(&array(inputs, "key"), tmc, &bytes(inputs, "uid")).result;
        let previous = array(inputs, "tmri_prev");
        let enciphered = tmac::enc_tmri(&keys, previous);
        assert_eq!(enciphered, array::<16>(expected, "enc_tmri"));
        assert_eq!(tmac::open_enc_tmri(&keys, enciphered), previous);
    });
    assert!(checked >= 7, "{checked} vectors");
}

fn append(ledger: &mut Ledger, operation: &Value) {
    let ins = bytes(operation, "cmd")[0];
    let file_no = operation
        .get("file")
        .map_or(0, |_| bytes(operation, "file")[0]);
    let small = |name: &str| u32::try_from(number(operation, name)).expect("24 bits");
    match text(operation, "op") {
        "get_value" | "credit" | "debit" => {
            let value = i32::from_le_bytes(array(operation, "value"));
            ledger.append(&Operation::Value {
                ins,
                file_no,
                value,
            });
        }
        "read_data" | "write_data" | "write_record" => {
            let data = bytes(operation, "data");
            assert_eq!(data.len() as u64, number(operation, "length"));
            ledger.append(&Operation::Data {
                ins,
                file_no,
                offset: small("offset"),
                data: &data,
            });
        }
        "commit_reader_id" => {
            let enc_tmri = operation
                .get("enc_tmri")
                .map(|_| array(operation, "enc_tmri"));
            ledger.append(&Operation::ReaderId {
                tmri: array(operation, "tmri"),
                enc_tmri,
            });
        }
        "clear_record_file" => ledger.append(&Operation::Clear { ins, file_no }),
        other => panic!("operation {other} is not known"),
    }
}

#[test]
fn generated_transactions_have_the_tmi_and_tmv_of_their_cards() {
    let mut checked = 0;
    for conversation in support::vectors::conversations("generated")
        .iter()
        .chain(&support::vectors::conversations("exchanges"))
    {
        let Some(tmac) = conversation
            .get("tmac")
            .filter(|_| text(conversation, "sm") == "ev2")
        else {
            continue;
        };
        let keys = tmac::session_keys(
            &array(tmac, "key"),
            u32::from_le_bytes(array(tmac, "tmc")),
            &bytes(tmac, "uid"),
        )
        .result;
        let mut ledger = Ledger::default();
        for operation in tmac["operations"].as_array().expect("operations") {
            append(&mut ledger, operation);
        }
        assert_eq!(ledger.tmi(), bytes(tmac, "tmi"));
        assert_eq!(
            tmac::tmv(&keys, ledger.tmi()).result,
            array::<8>(tmac, "tmv")
        );
        checked += 1;
    }
    assert!(checked >= 4, "{checked} conversations");
}

#[test]
fn diversified_aes_keys() {
    let checked = each(
        "key_diversification",
        &["an10922_aes"],
        |inputs, expected| {
            let worked = diversify::an10922_aes(&bytes(inputs, "key"), &bytes(inputs, "m"))
                .expect("the input fits");
            assert_eq!(worked.result.expose(), bytes(expected, "derived"));
        },
    );
    assert!(checked >= 3, "{checked} vectors");
    let checked = each(
        "key_diversification",
        &["boltcard_keys"],
        |inputs, expected| {
            let version = u32::try_from(number(inputs, "version")).expect("32 bits");
            let keys =
                diversify::boltcard(&array(inputs, "issuer_key"), &array(inputs, "uid"), version);
            for (name, value) in expected.as_object().expect("an object") {
                let got = match name.as_str() {
                    "card_key" => keys.card_key.expose(),
                    "card_id" => &keys.card_id,
                    key => keys.keys[key[1..].parse::<usize>().expect("k0 to k4")].expose(),
                };
                assert_eq!(
                    got,
                    tapscope::bytes::hex::parse(value.as_str().expect("text")).expect("hex"),
                    "{name}"
                );
            }
        },
    );
    assert!(checked >= 3, "{checked} vectors");
}

#[test]
fn diversified_des_keys() {
    let checked = each(
        "key_diversification",
        &["an10922_tdes"],
        |inputs, expected| {
            let worked = diversify::an10922_tdes(&bytes(inputs, "key"), &bytes(inputs, "m"))
                .expect("the input fits");
            assert_eq!(worked.result.expose(), bytes(expected, "derived"));
        },
    );
    assert!(checked >= 4, "{checked} vectors");
}

/// What libfreefare published has its key version in the parity bits: for the cipher it is the same key.
#[test]
fn errata_of_diversification_differ_only_in_bits_that_hold_a_version() {
    let vectors = topic("key_diversification").into_iter();
    let errata: Vec<_> = vectors
        .filter(|vector| text(vector, "status") == "erratum")
        .collect();
    for vector in &errata {
        let id = text(vector, "id");
        let published = match id {
            "an10922-2tdea-libfreefare" => "derived",
            "an10922-3tdea-libfreefare" => "derived_prefix",
            other => panic!("{other} is not known"),
        };
        let published = bytes(&vector["published"], published);
        let right = bytes(&vector["expected"], "derived");
        let right = &right[..published.len()];
        assert_ne!(published, right, "{id}");
        let cipher = |key: &[u8]| -> Vec<u8> { key.iter().map(|byte| byte & 0xFE).collect() };
        assert_eq!(cipher(&published), cipher(right), "{id}");
    }
    assert!(errata.len() >= 2);
}

#[test]
fn checksums() {
    let checked = each("crc", &["crc16", "crc16b", "crc32"], |_, _| {});
    for vector in topic("crc") {
        let data = bytes(&vector["inputs"], "data");
        let crc = match text(&vector, "kind") {
            "crc16" => crc::crc16(&data).to_vec(),
            "crc16b" => crc::crc16b(&data).to_vec(),
            _ => crc::crc32(&data).to_vec(),
        };
        assert_eq!(
            crc,
            bytes(&vector["expected"], "crc"),
            "{}",
            text(&vector, "id")
        );
    }
    assert!(checked >= 25, "{checked} vectors");
}

#[test]
fn a_mac_mode_response_of_the_observer_is_the_card_s() {
    // AN12343 table 7: GetCardUID; the same bytes made by the card's side and opened by the observer's.
    let mac = tapscope::bytes::hex::array("FD9E26C9766F07C1D07106C0F8F3671F").expect("hex");
    let enc = tapscope::bytes::hex::array("C1D7BD9F60034D8432F9AF3403D573D0").expect("hex");
    let ti = tapscope::bytes::hex::array("569D4B24").expect("hex");
    let session = Ev2::resumed(Some(&enc), &mac, ti, 0);
    let uid = tapscope::bytes::hex::parse("04DE5F1EACC040").expect("hex");
    let sealed = session.seal_response(0, &uid, CommMode::Full);
    assert_eq!(
        tapscope::bytes::hex::upper(&sealed),
        "CDFFBF6D34231DA2789DA9D3AB15D560CE75E39EDBE94C2F"
    );
    assert_eq!(
        session.open_response(0, &sealed, CommMode::Full).plain,
        Some(uid)
    );
}

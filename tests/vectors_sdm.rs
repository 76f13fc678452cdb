//! SDM against bytes that others made: real tags, application notes, peers, an independent implementation.
//!
//! The files of `tests/vectors` are read, and those of the folder named by `TAPSCOPE_VECTORS` when it is set.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::borrow::Cow;

use serde_json::Value;
use support::vectors::{array, bytes, each, text};
use tapscope::sdm::url::{Landmark, Role};
use tapscope::sdm::{
    Identity, Keys, MacInput, Message, Mirrored, Mode, Prepared, ReadCtr, Reading, Verified,
    decrypt_picc_data, examine, session_key, session_vectors, verify,
};

fn mode(inputs: &Value) -> Mode {
    match text(inputs, "mode") {
        "aes" => Mode::Aes,
        _ => Mode::Lrp,
    }
}

fn keys(inputs: &Value) -> Keys {
    let meta = inputs.get("meta_read_key");
    Keys {
        meta: meta.map(|_| array(inputs, "meta_read_key")),
        file: array(inputs, "file_read_key"),
    }
}

fn plain(inputs: &Value) -> Mirrored {
    let has = |name| inputs.get(name).is_some();
    Mirrored {
        uid: has("uid").then(|| array(inputs, "uid")),
        ctr: has("read_ctr").then(|| ReadCtr::from_lsb(array(inputs, "read_ctr"))),
    }
}

/// What a message has to give.
fn check(verified: &Verified, expected: &Value, plain: &Mirrored) {
    let mirrored = &verified.mirrored;
    if *plain == Mirrored::default() {
        let uid = expected.get("uid").map(|_| array(expected, "uid"));
        assert_eq!(mirrored.uid, uid);
        let ctr = mirrored.ctr.map(|ctr| u64::from(ctr.number()));
        assert_eq!(ctr, expected.get("read_ctr").and_then(Value::as_u64));
    } else {
        assert_eq!(mirrored, plain);
    }
    let file = expected.get("file_plain");
    let file = file.map(|_| bytes(expected, "file_plain"));
    assert_eq!(verified.file_data, file);
    let mac_ok = expected.get("mac_ok").and_then(Value::as_bool);
    assert_eq!(verified.mac_ok, mac_ok);
}

#[test]
fn session_keys() {
    let checked = each("sdm", &["sdm_session_keys"], |inputs, expected| {
        let vectors = session_vectors(mode(inputs), &plain(inputs));
        assert_eq!(vectors.enc, array::<16>(expected, "sv1"));
        assert_eq!(vectors.mac, array::<16>(expected, "sv2"));
        let key = array(inputs, "key");
        let session = |vector| session_key(mode(inputs), &key, vector);
        assert_eq!(session(&vectors.enc), array::<16>(expected, "ses_enc"));
        assert_eq!(session(&vectors.mac), array::<16>(expected, "ses_mac"));
    });
    assert!(checked >= 1, "{checked} vectors");
}

#[test]
fn messages() {
    let mut checked = 0;
    for topic in ["sdm", "generated_sdm"] {
        checked += each(topic, &["sdm"], |inputs, expected| {
            let (mode, keys, plain) = (mode(inputs), keys(inputs), plain(inputs));
            let has = |name| inputs.get(name).is_some();
            let read = |name| {
                if has(name) {
                    bytes(inputs, name)
                } else {
                    Vec::new()
                }
            };
            let picc_data = read("picc_data");
            let message = Message {
                identity: if picc_data.is_empty() {
                    Identity::Plain(plain)
                } else {
                    Identity::PiccData(&picc_data)
                },
                file_data: has("enc_file").then(|| Cow::Owned(read("enc_file"))),
                mac_input: Cow::Owned(read("mac_input")),
                mac: has("mac").then(|| array(inputs, "mac")),
            };
            let prepared = Prepared::new(mode, &keys);
            let verified = verify(&prepared, &message).expect("a message");
            check(&verified, expected, &plain);
            if let Some(meta) = keys.meta {
                let other = mode.other();
                decrypt_picc_data(other, &meta, &picc_data).expect_err("of the other mode");
            }
        });
    }
    assert!(checked >= 31, "{checked} vectors");
}

#[test]
fn urls_end_to_end_and_what_a_changed_digit_makes_of_them() {
    let checked = each("generated_sdm", &["sdm"], |inputs, expected| {
        let (url, keys) = (text(inputs, "url"), keys(inputs));
        let examined = examine(url, &keys, &Reading::default()).expect("a message");
        let verified = examined.verified.as_ref().expect("a message");
        check(verified, expected, &plain(inputs));
        let right = expected["mac_ok"] == true;
        assert_eq!(examined.is_ok(), right);
        assert_eq!(examined.slips, []);
        if right {
            assert_eq!(examined.mode, mode(inputs));
            let input = examined.url.mac_input(examined.start).expect("a range");
            assert_eq!(*input, bytes(inputs, "mac_input"));
            assert!(examined.landmark().is_some());
            assert_refused_when_changed(url, &keys);
        }
    });
    assert!(checked >= 18, "{checked} vectors");
}

const URLS: [(&str, &str, u32, Option<&str>, Landmark); 3] = [
    (
        "https://x/tag?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086",
        "04DE5F1EACC040",
        61,
        None,
        Landmark::Nothing,
    ),
    (
        "https://x/tag?picc_data=7611174D92F390458FF7E15ACFD2579F&enc=F9FB7442DB2E0BE631CD4E3BCF74276E&cmac=69784EF122D0CB5F",
        "04514032501490",
        82,
        Some("0102030405060708"),
        Landmark::Value(Role::FileData),
    ),
    (
        "https://x/tagpt?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3",
        "041E3C8A2D6B80",
        6,
        None,
        Landmark::Nothing,
    ),
];

#[test]
fn urls_of_public_back_ends() {
    let keys = Keys {
        meta: Some([0; 16]),
        file: [0; 16],
    };
    for (url, uid, ctr, file, landmark) in URLS {
        let examined = examine(url, &keys, &Reading::default()).expect("a message");
        assert!(examined.is_ok(), "{url}");
        let verified = examined.verified.as_ref().expect("a message");
        let mirrored = verified.mirrored;
        assert_eq!(
            mirrored.uid.map(tapscope::bytes::hex::upper).as_deref(),
            Some(uid)
        );
        assert_eq!(mirrored.ctr.map(ReadCtr::number), Some(ctr));
        assert_eq!(verified.file_data.as_deref(), file.map(str::as_bytes));
        assert_eq!(examined.landmark(), Some(landmark));
        assert_refused_when_changed(url, &keys);
        let (query, digits) = url.split_at(url.find('?').expect("a query"));
        let lower = format!("{query}{}", digits.to_lowercase());
        let (offset, _) = examined.url.file_offsets(examined.start).expect("a MAC");
        for (url, mac_input) in [
            (&*lower, MacInput::Find),
            (url, MacInput::Offset(offset)),
            (url, MacInput::At(landmark)),
        ] {
            let reading = Reading {
                mac_input,
                ..Reading::default()
            };
            assert!(examine(url, &keys, &reading).is_ok_and(|found| found.is_ok()));
        }
        let reading = Reading {
            mac_input: MacInput::At(Landmark::Ndef),
            ..Reading::default()
        };
        assert!(examine(url, &keys, &reading).is_ok_and(|found| !found.is_ok()));
    }
}

/// One digit at a time of all that the tag mirrors.
fn assert_refused_when_changed(url: &str, keys: &Keys) {
    let examined = examine(url, keys, &Reading::default()).expect("a message");
    for field in examined.url.fields() {
        // Two vectors have file data that the MAC does not cover; a tag refuses such settings.
        if field.role == Role::FileData && !examined.covers_file_data() {
            continue;
        }
        for at in [field.value.start, field.value.end - 1] {
            let mut changed = url.as_bytes().to_vec();
            changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
            let changed = String::from_utf8(changed).expect("digits");
            let changed = examine(&changed, keys, &Reading::default());
            assert!(
                !changed.is_ok_and(|changed| changed.is_ok()),
                "{url} at {at}"
            );
        }
    }
}

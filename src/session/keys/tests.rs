use super::*;
use crate::card::KeyType;
use crate::keyring::Scope;

const KEY: &str = "00112233445566778899AABBCCDDEEFF";

fn file(entries: &str) -> String {
    format!("{{\"keys\":[{entries}]}}")
}

fn refusal(entries: &str) -> String {
    let error = read(file(entries).as_bytes()).unwrap_err();
    let text = error.to_string();
    assert!(
        !text.contains(KEY) && !format!("{error:?}").contains(KEY),
        "{text}"
    );
    text
}

#[test]
fn what_is_emitted_is_read() {
    let text = file(&format!(
        r#"{{"label":"top-up","aid":"014499","key_no":3,"type":"aes128","value":"{KEY}","version":1,
            "key_set":2,"diversify":{{"rule":"an10922","input":"{{uid}}{{aid}}4E58"}}}},
           {{"aid":"*","key_no":0,"type":"des","value":"0011223344556677"}},
           {{"label":"tm","aid":"014499","key_no":1,"type":"aes128","value":"{KEY}","use":"tmac","file_no":15}},
           {{"label":"s1","session":{{"channel":"ev2","mac":"{KEY}","ti":"01020304","counter":7}}}},
           {{"label":"s2","session":{{"channel":"ev2","enc":"{KEY}","mac":"{KEY}","ti":"01020304"}}}},
           {{"label":"s3","session":{{"channel":"ev1-aes","key":"{KEY}"}}}},
           {{"label":"s4","session":{{"channel":"d40","key":"0011223344556677"}}}}"#
    ));
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(reading.findings, []);
    let ring = &reading.value;
    assert_eq!((ring.keys.len(), ring.sessions.len()), (3, 4));
    assert_eq!(ring.keys[1].label, "* key 0");
    assert_eq!(ring.keys[1].scope, Scope::Any);
    assert_eq!(ring.keys[1].key_type, KeyType::Des);
    assert_eq!(ring.keys[2].file_no, Some(15));
    let counter = |entry: &SessionEntry| match entry.keys {
        GivenKeys::Ev2 { counter, .. } => Some(counter),
        _ => None,
    };
    assert_eq!(counter(&ring.sessions[0]), Some(7));
    assert_eq!(read(emit(ring).as_bytes()).unwrap(), reading);
}

/// The values are those of vector `ev2-sk-pm3-nonzero`.
#[test]
fn session_keys_come_from_key_and_random_numbers() {
    let entry = r#"{"session":{"channel":"ev2","key":"00112233445566778899AABBCCDDEEFF",
        "rnd_a":"0123456789ABCDEF0123456789ABCDEF","rnd_b":"FEDCBA9876543210FEDCBA9876543210","ti":"59237C63"}}"#;
    let reading = read(file(entry).as_bytes()).unwrap();
    let session = &reading.value.sessions[0];
    let GivenKeys::Ev2 {
        enc: Some(enc),
        mac,
        counter,
        ..
    } = &session.keys
    else {
        panic!("a session of EV2 with both keys");
    };
    assert_eq!(hex::upper(enc.expose()), "195428119C8528D59580A73C7C96C6A3");
    assert_eq!(hex::upper(mac.expose()), "0AF00F6E39F904C4A6388C812D53DC94");
    assert_eq!((session.label.as_str(), *counter), ("session 1", 0));
}

#[test]
fn channels_of_later_versions_are_hints() {
    let text = file(&format!(
        r#"{{"label":"l","session":{{"channel":"lrp","key":"{KEY}","sv":"00","ti":"01020304","enc_counter":1}}}},
           {{"block":"4003","type":"aes128","value":"{KEY}"}}"#
    ));
    let reading = read(text.as_bytes()).unwrap();
    assert!(reading.value.is_empty());
    let texts: Vec<_> = reading
        .findings
        .iter()
        .map(|finding| finding.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            r#"Key 1 "l": channel lrp is not decoded yet"#,
            "Key 2: channel plus is not decoded yet"
        ]
    );
}

#[test]
fn errors_name_entry_field_expected_and_got_and_no_key() {
    let good = format!(r#"{{"aid":"*","key_no":0,"type":"aes128","value":"{KEY}"}}"#);
    let short = &KEY[..30];
    assert_eq!(
        refusal(&format!(
            r#"{good},{good},{{"label":"top-up","aid":"*","key_no":0,"type":"aes128","value":"{short}"}}"#
        )),
        r#"key 3 "top-up": value has 15 bytes, 16 bytes expected for aes128"#
    );
    let cases = [
        ("5", "key 1: entry is 5, an object expected".to_owned()),
        (
            r#"{"aid":"*","key_no":0,"type":"aes128"}"#,
            "key 1: value is missing, hexadecimal text expected".to_owned(),
        ),
        (
            r#"{"aid":"*","key_no":256,"type":"aes128","value":""}"#,
            "key 1: key_no is 256, a number from 0 to 255 or * expected".to_owned(),
        ),
        (
            r#"{"aid":"*","key_no":"KEY","type":"aes128","value":""}"#,
            "key 1: key_no is text of 32 characters, a number from 0 to 255 or * expected".to_owned(),
        ),
        (
            r#"{"KEY":1}"#,
            "key 1: text of 32 characters is no member, expected are label aid key_no key_set type value version use file_no diversify".to_owned(),
        ),
        (
            r#"{"aid":"*","key_no":0,"type":"aes128","value":"00G"}"#,
            "key 1: value: character 3 is 'G', a hexadecimal digit expected".to_owned(),
        ),
        (
            r#"{"aid":"*","key_no":0,"type":"aes128","value":12345678901}"#,
            "key 1: value is another number, text expected".to_owned(),
        ),
        (
            r#"{"aid":"*","key_no":0,"type":"aes128","value":"KEY","use":"pin"}"#,
            r#"key 1: use is "pin", one of auth, tmac, sdm_meta, sdm_file, dam expected"#.to_owned(),
        ),
        (
            r#"{"aid":"*","key_no":0,"type":"aes128","value":"KEY","diversify":{"rule":"an10922","input":"{pan}"}}"#,
            "key 1: diversify.input: placeholder {pan} is not known, {uid}, {aid}, {aid_be} or {key_no} expected".to_owned(),
        ),
        (
            r#"{"label":"s","session":{"channel":"ev2","mac":"KEY","ti":"0102"}}"#,
            r#"key 1 "s": ti has 2 bytes, 4 bytes expected for ev2"#.to_owned(),
        ),
        (
            r#"{"session":{"channel":"ev2","enc":"KEY","ti":"01020304"}}"#,
            "key 1: key is missing, either mac or key with rnd_a and rnd_b expected".to_owned(),
        ),
    ];
    for (entry, sentence) in cases {
        assert_eq!(refusal(&entry.replace("KEY", KEY)), sentence, "{entry}");
    }
}

#[test]
fn foreign_files_are_refused_without_repeating_them() {
    let cases = [
        ("{", "line 1, byte 1: not a key file: the file ends here"),
        ("[]", "not a key file: file is a list, an object expected"),
        (
            "{}",
            "not a key file: keys is missing, a list of keys expected",
        ),
        (
            r#"{"keys":3}"#,
            "not a key file: keys is 3, a list of keys expected",
        ),
    ];
    for (text, sentence) in cases {
        assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), sentence);
    }
    assert!(read(&b"{\"keys\":".repeat(100_000)).is_err());
    let large = read(&vec![b' '; 17 << 20]).unwrap_err().to_string();
    assert_eq!(
        large,
        "not a key file: 17825792 bytes, at most 16777216 expected"
    );
    assert!(read(b"\xFF\xFE{}").is_err());
}

/// The first values are those of vector conversation `d40-mifarenet-18844`.
#[test]
fn sessions_of_d40_and_ev1_come_from_key_and_random_numbers() {
    let doubled = "0123456789ABCDEF".repeat(2);
    let entries = format!(
        r#"{{"session":{{"channel":"d40","key":"{doubled}","rnd_a":"0001020304050607","rnd_b":"F6B033394EC6E8CF"}}}},
           {{"session":{{"channel":"ev1-2k3des","key":"{KEY}","rnd_a":"0001020304050607","rnd_b":"F6B033394EC6E8CF"}}}},
           {{"session":{{"channel":"ev1-des","key":"{doubled}"}}}}"#
    );
    let reading = read(file(&entries).as_bytes()).unwrap();
    assert_eq!(reading.findings, []);
    let keys = reading
        .value
        .sessions
        .iter()
        .map(|entry| match &entry.keys {
            GivenKeys::D40 { key } | GivenKeys::Ev1 { key, .. } => hex::upper(key.expose()),
            GivenKeys::Ev2 { .. } => panic!("no EV2 here"),
        });
    // Single DES has 8 bytes, two keys have 16: RndA 0 to 3, RndB 0 to 3, RndA 4 to 7, RndB 4 to 7.
    let expected = [
        "00010203F6B03339",
        "00010203F6B03339040506074EC6E8CF",
        "0123456789ABCDEF",
    ];
    assert!(keys.eq(expected));
    assert_eq!(
        read(emit(&reading.value).as_bytes())
            .unwrap()
            .value
            .sessions,
        reading.value.sessions
    );
}

#[test]
fn what_is_wrong_with_a_session_of_d40_and_ev1_is_said() {
    let session = |members: &str| refusal(&format!(r#"{{"session":{{{members}}}}}"#));
    let length = "key 1: key has 16 bytes, a key of its type, with random numbers of its length expected for";
    for channel in ["ev1-3k3des", "ev1-des"] {
        let text = session(&format!(r#""channel":"{channel}","key":"{KEY}""#));
        assert_eq!(text, format!("{length} {channel}"));
    }
    let text = session(&format!(
        r#""channel":"ev1-aes","key":"{KEY}","rnd_a":"0001020304050607","rnd_b":"{KEY}""#
    ));
    assert_eq!(text, format!("{length} ev1-aes"));
    let text = session(&format!(r#""channel":"d40","key":"{KEY}","rnd_a":"0011""#));
    assert_eq!(
        text,
        "key 1: rnd_b is missing, as many bytes as rnd_a expected"
    );
    let text = session(r#""channel":"d40","ti":"01020304""#);
    assert!(text.starts_with("key 1: \"ti\" is no member"), "{text}");
}

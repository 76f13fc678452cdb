use super::*;
use crate::card::KeyType;
use crate::keyring::Scope;

const KEY: &str = "00112233445566778899AABBCCDDEEFF";

fn options(aid_order: Option<AidOrder>) -> ImportOptions<'static> {
    ImportOptions {
        format: None,
        aid_order,
        name: "keys.csv",
    }
}

fn texts(reading: &Reading<Keyring>) -> Vec<&str> {
    let findings = reading.findings.iter();
    findings.map(|finding| finding.text.as_str()).collect()
}

#[test]
fn a_table_with_names_is_read_in_the_order_of_aids_that_is_given() {
    let text = format!(
        "Value;Label;AID;Key no;type;diversify;version\n\
         # the one for top-ups\n\
         {KEY};\"top;up\";014499;3;aes128;an10922:{{uid}}{{aid_be}}4E58;0x11\n\
         {KEY};master;000000;0;2K3DES;;7\n\
         {KEY};everywhere;*;*;aes128;;\n"
    );
    assert_eq!(KeyFormat::detect(text.as_bytes()), Some(KeyFormat::Csv));
    assert!(asks_aid_order(text.as_bytes(), None));
    let error = import(text.as_bytes(), options(None)).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"line 3: aid is "014499", but which of its bytes comes first was not said"#
    );
    for (order, aid) in [
        (AidOrder::MostSignificantFirst, "014499"),
        (AidOrder::Wire, "994401"),
    ] {
        let reading = import(text.as_bytes(), options(Some(order))).unwrap();
        assert_eq!(reading.findings, []);
        let keys = &reading.value.keys;
        assert_eq!(keys.len(), 3);
        assert_eq!(keys[0].label, "top;up");
        assert_eq!(keys[0].scope, Scope::Application(aid.parse().unwrap()));
        assert_eq!((keys[0].key_no, keys[0].version), (3, 0x11));
        let (rule, template) = keys[0].diversification.parts().unwrap();
        assert_eq!(rule.name(), "an10922");
        assert_eq!(template.text(), "{uid}{aid_be}4E58");
        assert_eq!(
            (keys[1].key_type, keys[1].version),
            (KeyType::TwoKey3Des, 7)
        );
        assert_eq!((keys[2].scope, keys[2].number()), (Scope::Any, None));
        let again = read(emit(&reading.value).as_bytes()).unwrap();
        assert_eq!(again.value, reading.value, "the key file keeps all of it");
    }
}

#[test]
fn a_table_without_names_has_its_columns_in_order_and_bad_lines_are_left_out() {
    let text = format!(
        "a,*,1,0,aes128,{KEY}\n\
         b,*,1,0,aes128,{}\n\
         c,*,1,0,aes,{KEY}\n\
         d,*,300,0,aes128,{KEY}\n\
         e,*,1,0,,{KEY}\n\
         f,*,1,0,,0123456789ABCDEF\n\
         g,*,1,0,2k3des,{KEY},0,auth,,boltcard:{{uid}}00000000\n\
         h,*,1,0,aes128,{KEY},0,auth,,{{uid}}\n\
         i,*,1,0,aes128,{KEY},0,auth,,,,x\n",
        &KEY[2..]
    );
    let reading = import(text.as_bytes(), options(None)).unwrap();
    let labels: Vec<_> = reading.value.keys.iter().map(|key| &*key.label).collect();
    assert_eq!(labels, ["a", "f"]);
    assert_eq!(reading.value.keys[1].key_type, KeyType::Des);
    assert_eq!(
        texts(&reading),
        [
            "line 2: value has 15 bytes, 16 bytes expected for aes128",
            r#"line 3: type is "aes", one of des, 2k3des, 3k3des, aes128 expected"#,
            r#"line 4: key_no is "300", a number from 0 to 255 or * expected"#,
            "line 5: type is missing, one of des, 2k3des, 3k3des, aes128 expected",
            r#"line 7: type is "2k3des", aes128 for rule boltcard expected"#,
            "line 8: diversify.input is missing, RULE:TEMPLATE such as an10922:{uid}{aid} expected",
            "line 9: row is 12 columns, as many columns as the first row names, at most 10 expected",
        ]
    );
    assert!(
        texts(&reading)
            .iter()
            .all(|text| !text.contains(&KEY[4..20]))
    );
}

#[test]
fn a_table_without_columns_for_place_means_every_one_and_unknown_columns_are_said() {
    let text = format!("value\ttype\tcolour\n{KEY}\taes128\tred\n");
    let reading = import(text.as_bytes(), options(None)).unwrap();
    assert_eq!(
        texts(&reading),
        [
            r#"line 1: column "colour" is not known and left out, expected are label aid key_no key_set type value version use file_no diversify"#
        ]
    );
    let key = &reading.value.keys[0];
    assert_eq!((key.scope, key.number()), (Scope::Any, None));
    assert_eq!(key.label, "* key *");
    assert!(!asks_aid_order(text.as_bytes(), None));
}

#[test]
fn a_dictionary_gives_candidates_of_each_type_that_the_length_allows() {
    let halves = "0123456789ABCDEF".repeat(2);
    let text = format!(
        "\u{FEFF}# default keys\r\n\r\n{KEY} # of a vendor\r\n{halves}\r\n0123456789ABCDEF\r\n{KEY}0123456789ABCDEF\r\nA0A1A2A3A4A5\r\nkey\r\n"
    );
    assert_eq!(KeyFormat::detect(text.as_bytes()), Some(KeyFormat::Dic));
    let reading = import(text.as_bytes(), options(None)).unwrap();
    let keys = reading.value.keys.iter();
    let keys: Vec<_> = keys.map(|key| (&*key.label, key.key_type)).collect();
    assert_eq!(
        keys,
        [
            ("keys.csv line 3", KeyType::TwoKey3Des),
            ("keys.csv line 3", KeyType::Aes128),
            ("keys.csv line 4", KeyType::Des),
            ("keys.csv line 4", KeyType::Aes128),
            ("keys.csv line 5", KeyType::Des),
            ("keys.csv line 6", KeyType::ThreeKey3Des),
        ]
    );
    let all = |key: &KeyEntry| key.scope == Scope::Any && key.number().is_none();
    assert!(reading.value.keys.iter().all(all));
    assert_eq!(
        texts(&reading),
        [
            "line 7: value has 6 bytes, 8, 16 or 24 bytes expected for a key",
            "line 8: value: character 1 is 'k', a hexadecimal digit expected",
        ]
    );
}

#[test]
fn a_dictionary_of_too_many_keys_is_left_to_the_search() {
    let text = format!("{KEY}\n").repeat(10_001);
    let error = import(text.as_bytes(), options(None)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "10001 keys, at most 10000 expected in a key table; a larger dictionary is for the key search"
    );
    let fits = &text.as_bytes()[KEY.len() + 1..];
    assert_eq!(
        import(fits, options(None)).unwrap().value.keys.len(),
        20_000
    );
}

#[test]
fn forms_are_recognised_or_named() {
    let json =
        format!(r#" {{"keys":[{{"aid":"*","key_no":"*","type":"aes128","value":"{KEY}"}}]}}"#);
    for (text, format) in [
        (json.as_str(), Some(KeyFormat::Json)),
        ("[1,2]", Some(KeyFormat::Json)),
        ("what is this", None),
        ("", None),
        ("A0A1A2A3A4A5\n0123456789ABCDEF\n", Some(KeyFormat::Dic)),
        ("label,value\n", Some(KeyFormat::Csv)),
    ] {
        assert_eq!(KeyFormat::detect(text.as_bytes()), format, "{text:?}");
    }
    for format in KeyFormat::ALL {
        assert_eq!(KeyFormat::from_name(format.name()), Some(format));
    }
    let reading = import(json.as_bytes(), options(None)).unwrap();
    assert_eq!(reading.value.keys[0].number(), None);
    let forced = ImportOptions {
        format: Some(KeyFormat::Dic),
        ..options(None)
    };
    assert_eq!(
        import(b"one\ntwo\nthree\n", forced)
            .unwrap_err()
            .to_string(),
        "line 1: value: character 1 is 'o', a hexadecimal digit expected, and 2 more lines can't be read"
    );
    assert!(import(b"what is this", options(None)).is_err());
}

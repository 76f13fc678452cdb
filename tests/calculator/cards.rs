//! Diversification, signatures and the bytes that describe cards and files.

use serde_json::Value;
use tapscope::calculator::Content;

use super::vectors::{taken, text, vectors};
use super::{digits, run};

#[test]
fn diversified_keys_of_all_rules() {
    let mut seen = 0;
    for vector in vectors("key_diversification") {
        let id = &vector["id"];
        match vector["kind"].as_str() {
            Some("boltcard_keys") => seen += boltcard(&vector),
            Some(kind) => {
                let key = text(&vector, "inputs", "key");
                let key_type = match (kind, key.len()) {
                    ("an10922_tdes", 48) => "3k3des",
                    ("an10922_tdes", _) => "2k3des",
                    _ => "aes128",
                };
                let rule = if kind == "aes_cmac_div" {
                    kind
                } else {
                    "an10922"
                };
                let derived = text(&vector, "expected", "derived");
                let pairs = [
                    ("rule", rule),
                    ("type", key_type),
                    ("key", key),
                    ("input", text(&vector, "inputs", "m")),
                    ("derived", derived),
                ];
                let outcome = taken("diversify", id, &pairs);
                assert_eq!(digits(&outcome, "Diversified key"), derived, "{id}");
                assert!(!outcome.sheet.is_wrong(), "{id}");
                seen += 1;
            }
            None => panic!("{id} has no kind"),
        }
    }
    assert!(seen >= 10, "{seen}");
}

fn boltcard(vector: &Value) -> usize {
    let version = vector["inputs"]["version"].as_u64().expect("a version");
    let version = u32::try_from(version).expect("four bytes").to_le_bytes();
    let input = format!("{{uid}}{}", tapscope::bytes::hex::upper(version));
    let mut seen = 0;
    for key_no in ["0", "1", "2", "3", "4"] {
        let Some(expected) = vector["expected"][format!("k{key_no}")].as_str() else {
            continue;
        };
        let pairs = [
            ("rule", "boltcard"),
            ("key", text(vector, "inputs", "issuer_key")),
            ("input", &input),
            ("uid", text(vector, "inputs", "uid")),
            ("key-no", key_no),
        ];
        let outcome = taken("diversify", &vector["id"], &pairs);
        assert_eq!(
            digits(&outcome, "Diversified key"),
            expected,
            "{} k{key_no}",
            vector["id"]
        );
        seen += 1;
    }
    seen
}

#[test]
fn a_template_says_what_it_lacks() {
    let pairs = [
        ("key", "00112233445566778899AABBCCDDEEFF"),
        ("input", "{uid}{aid}4E58"),
    ];
    let outcome = run("diversify", &pairs);
    assert_eq!(outcome.slips[0].place.name(), "input");
    let pairs = [pairs[0], ("input", "{card}")];
    let slip = run("diversify", &pairs).slips.remove(0);
    assert!(slip.text.contains("{card}"), "{}", slip.text);
    let long = "00".repeat(32);
    let slip = run("diversify", &[pairs[0], ("input", &long)])
        .slips
        .remove(0);
    assert!(
        slip.text.contains("32 bytes, 1 to 31 expected"),
        "{}",
        slip.text
    );
}

#[test]
fn signatures_fit_their_key_and_no_other_uid() {
    let mut seen = 0;
    for file in [
        "ev1",
        "ev2",
        "session_keys",
        "crc",
        "lrp",
        "sdm",
        "key_diversification",
    ] {
        for vector in vectors(file) {
            if vector["kind"] != "originality_signature" {
                continue;
            }
            let pairs = [
                ("uid", text(&vector, "inputs", "uid")),
                ("signature", text(&vector, "inputs", "signature")),
                ("public-key", text(&vector, "inputs", "public_key")),
            ];
            let valid = vector["expected"]["valid"].as_bool();
            let given = taken("signature", &vector["id"], &pairs);
            assert_eq!(Some(!given.sheet.is_wrong()), valid, "{}", vector["id"]);
            let published = taken("signature", &vector["id"], &pairs[..2]);
            assert_eq!(Some(!published.sheet.is_wrong()), valid, "{}", vector["id"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}

#[test]
fn every_published_key_is_a_point() {
    for key in tapscope::originality::PUBLISHED {
        let signature = "D1940D17CFEDA4BFF80359AB975F9F6514313E8F90C1D3CAAF5941AD744A1CDF9A83F883CAFE0FE95D1939B1B7E47113993324473B785D21";
        let pairs = [
            ("uid", "04518DFAA96180"),
            ("signature", signature),
            ("public-key", key.point),
        ];
        let outcome = run("signature", &pairs);
        assert_eq!(outcome.slips, [], "{}", key.product);
        assert_eq!(
            outcome.sheet.is_wrong(),
            !key.product.contains("AN12196"),
            "{}",
            key.product
        );
    }
}

#[test]
fn access_rights_both_ways() {
    let bytes = run("access-bits", &[("bytes", "30 12")]);
    let words: Vec<&str> = bytes
        .sheet
        .lines()
        .iter()
        .filter_map(|line| match &line.content {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(words, ["key 1", "key 2", "key 3", "key 0"]);
    let digits_given = [
        ("read", "1"),
        ("write", "2"),
        ("read-write", "3"),
        ("change", "0"),
    ];
    assert_eq!(
        digits(&run("access-bits", &digits_given), "As on the wire"),
        "3012"
    );
    let refused = |pairs: &[(&str, &str)]| run("access-bits", pairs).slips[0].clone();
    assert_eq!(refused(&digits_given[..3]).place.name(), "change");
    assert_eq!(
        refused(&[("read", "G")]).text,
        "\"G\", one digit of 0 to F expected"
    );
    assert_eq!(
        refused(&[("bytes", "3012"), ("read", "1")]).place.name(),
        "bytes"
    );
}

#[test]
fn settings_and_versions_name_the_byte_that_is_missing() {
    let settings = run("file-settings", &[("bytes", "02 03 3F10 00000000")]);
    assert!(
        settings.slips[0].text.contains("UpperLimit"),
        "{:?}",
        settings.slips
    );
    assert_eq!(
        digits(&settings, "AccessRights"),
        "3F10",
        "what could be read stays"
    );
    let version = run(
        "identify",
        &[(
            "version",
            "04010133001805 04010103001805 04112233445566 2113623030 40 24",
        )],
    );
    let product = version.sheet.line("Product").expect("a product");
    assert_eq!(
        product.content,
        Content::Text("MIFARE DESFire EV3, 4 KB".into())
    );
}

#[test]
fn key_settings_that_no_card_takes_are_wrong() {
    assert!(
        !run("key-settings", &[("ks1", "0F"), ("ks2", "85")])
            .sheet
            .is_wrong()
    );
    assert!(
        run("key-settings", &[("ks1", "0F"), ("ks2", "CF")])
            .sheet
            .is_wrong()
    );
}

#[test]
fn numbers_of_both_orders() {
    let word = |pairs: &[(&str, &str)], key: &str| match &run("bytes", pairs)
        .sheet
        .line(key)
        .expect("a line")
        .content
    {
        Content::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        word(&[("value", "E8030000")], "Value of a value file"),
        "1000"
    );
    assert_eq!(
        word(&[("value", "014499")], "AID, if people wrote it so"),
        "on the wire 994401"
    );
    let uid = [
        ("from", "decimal"),
        ("value", "1220857346550656"),
        ("length", "7"),
    ];
    assert_eq!(digits(&run("bytes", &uid), "Bytes"), "04565D00766B80");
    let short = [("from", "decimal"), ("value", "70000"), ("length", "2")];
    assert_eq!(run("bytes", &short).slips[0].place.name(), "length");
}

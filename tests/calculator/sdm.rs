//! SDM and LRP through their topics.

use serde_json::Value;
use tapscope::calculator::{Content, Outcome, Role};

use super::vectors::{taken, text, vectors};
use super::{digits, run};

/// Inputs of `sdm message` from a vector.
fn pieces(vector: &Value) -> Vec<(&'static str, String)> {
    let input = |name: &str| vector["inputs"][name].as_str().map(str::to_owned);
    // A number, or digits with the least significant byte first; the input has the other order, as URLs do.
    let ctr = &vector["inputs"]["read_ctr"];
    let digits = ctr
        .as_str()
        .map(|lsb| format!("{}{}{}", &lsb[4..], &lsb[2..4], &lsb[..2]));
    let ctr = ctr.as_u64().map(|ctr| format!("{ctr:06X}")).or(digits);
    [
        ("mode", input("mode")),
        ("meta-key", input("meta_read_key")),
        ("file-key", input("file_read_key").or_else(|| input("key"))),
        ("picc-data", input("picc_data")),
        ("uid", input("uid")),
        ("ctr", ctr),
        ("enc", input("enc_file")),
        ("mac-input", input("mac_input")),
        ("mac", input("mac")),
    ]
    .into_iter()
    .filter_map(|(name, text)| Some((name, text?)))
    .collect()
}

/// Runs `sdm message` over a vector and compares every value that the vector gives.
fn check(vector: &Value) {
    let id = &vector["id"];
    let pairs = pieces(vector);
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let outcome = taken("sdm message", id, &pairs);
    for (name, key) in [
        ("picc_plain", "PICCData"),
        ("uid", "UID"),
        ("file_plain", "File data"),
        ("ses_mac", "KSesSDMFileReadMAC"),
        ("ses_enc", "KSesSDMFileReadENC"),
        ("ses_master", "SesSDMFileReadMaster"),
        ("sv1", "SV 1"),
        ("sv2", "SV 2"),
    ] {
        if let Some(expected) = vector["expected"][name].as_str() {
            assert_eq!(digits(&outcome, key), expected, "{id} {name}");
        }
    }
    if let Some(ctr) = vector["expected"]["read_ctr"].as_u64() {
        let line = outcome
            .sheet
            .line("SDMReadCtr as a number")
            .expect("a counter");
        assert_eq!(line.content, Content::Text(ctr.to_string()), "{id}");
    }
    if let Some(ok) = vector["expected"]["mac_ok"].as_bool() {
        assert_eq!(!outcome.sheet.is_wrong(), ok, "{id}");
    }
}

#[test]
fn every_message_of_the_vectors_and_no_wrong_mac() {
    let (mut seen, mut wrong) = (0, 0);
    for file in ["sdm", "generated_sdm"] {
        for vector in vectors(file) {
            check(&vector);
            seen += 1;
            wrong += usize::from(vector["expected"]["mac_ok"] == false);
        }
    }
    assert_eq!(seen, 32);
    assert!(wrong >= 1, "a wrong MAC on purpose");
}

/// Pieces of [`URLS`], as somebody has them who makes the MAC and has none to compare with.
#[test]
fn the_mac_of_a_message_is_made_without_one_to_compare() {
    let key = ("file-key", ZERO);
    let meta = ("meta-key", ZERO);
    let picc = ("picc-data", "EF963FF7828658A599F3041510671E88");
    let nothing = run("sdm message", &[key, meta, picc]);
    assert_eq!(digits(&nothing, "SDMMAC, odd bytes"), "94EED9EE65337086");
    let enc = "F9FB7442DB2E0BE631CD4E3BCF74276E";
    let input = tapscope::bytes::hex::upper(format!("{enc}&cmac=").as_bytes());
    let picc = ("picc-data", "7611174D92F390458FF7E15ACFD2579F");
    let over = run(
        "sdm message",
        &[key, meta, picc, ("enc", enc), ("mac-input", &input)],
    );
    assert_eq!(digits(&over, "SDMMAC, odd bytes"), "69784EF122D0CB5F");
    let line = over.sheet.line("SDMMAC, odd bytes").expect("a MAC");
    assert_eq!(line.role, Role::Result);
    let url = URLS[0].0.split_once("&cmac").expect("a MAC").0;
    let bare = run("sdm verify", &[("url", url), ("key", ZERO)]);
    assert!(
        bare.sheet.line("SDMMAC, odd bytes").is_none(),
        "a URL without a MAC"
    );
}

#[test]
fn a_message_without_data_or_identity_is_told() {
    let at = run(
        "sdm message",
        &[
            ("file-key", ZERO),
            ("uid", "041E3C8A2D6B80"),
            ("tamper-at", "2"),
        ],
    );
    let slip = at.slips.first().expect("a refusal");
    assert_eq!(slip.place.name(), "tamper-at");
    assert_eq!(
        slip.text,
        "2, but no file data, where TTStatus is looked for"
    );
    let url = run(
        "sdm verify",
        &[("url", URLS[0].0), ("key", ZERO), ("tamper-at", "2")],
    );
    assert_eq!(
        url.slips.first().map(|slip| slip.place.name()),
        Some("tamper-at")
    );

    let told = |pairs: &[(&str, &str)]| {
        let outcome = run("sdm message", pairs);
        assert_eq!(outcome.slips, []);
        outcome.sheet.lines().iter().any(|line| {
            matches!(&line.content, Content::Note(text) if text.starts_with("Neither UID nor SDMReadCtr"))
        })
    };
    assert!(told(&[("file-key", ZERO)]));
    assert!(!told(&[("file-key", ZERO), ("ctr", "000006")]));
}

/// Keys of a vector for `sdm verify`.
fn with_keys<'a>(vector: &'a Value, url: &'a str) -> Vec<(&'static str, &'a str)> {
    let file = text(vector, "inputs", "file_read_key");
    let meta = vector["inputs"]["meta_read_key"].as_str().unwrap_or(file);
    vec![("url", url), ("key", meta), ("file-key", file)]
}

#[test]
fn every_url_and_one_with_a_changed_digit() {
    let (mut seen, mut uncovered) = (0, 0);
    for vector in vectors("generated_sdm") {
        let id = &vector["id"];
        let url = text(&vector, "inputs", "url");
        let outcome = taken("sdm verify", id, &with_keys(&vector, url));
        let right = vector["expected"]["mac_ok"] == true;
        let checked = outcome.sheet.line("SDMMAC").expect("a check");
        assert_eq!(!checked.is_wrong(), right, "{id}");
        // One vector has file data that the MAC does not cover: its MAC is right, but anybody can change the data.
        let exposed = is_exposed(&outcome);
        uncovered += usize::from(exposed);
        assert_eq!(!outcome.sheet.is_wrong(), right && !exposed, "{id}");
        for (name, key) in [("uid", "UID"), ("file_plain", "File data")] {
            if let Some(expected) = vector["expected"][name].as_str() {
                assert_eq!(digits(&outcome, key), expected, "{id} {name}");
            }
        }
        let last = url.chars().last().expect("a digit");
        let other = if last == '0' { '1' } else { '0' };
        let changed = format!("{}{other}", &url[..url.len() - 1]);
        let outcome = taken("sdm verify", id, &with_keys(&vector, &changed));
        assert!(outcome.sheet.is_wrong(), "{id} with another last digit");
        seen += 1;
    }
    assert_eq!((seen, uncovered), (18, 1));
}

/// Whether the file data is said not to be covered by the MAC.
fn is_exposed(outcome: &Outcome) -> bool {
    let mut wrong = outcome.sheet.lines().iter().filter(|line| line.is_wrong());
    wrong.any(|line| line.label == "File data")
}

/// Messages whose MAC is right, with file data that somebody else wrote: behind the MAC, before it, and between.
#[test]
fn file_data_that_the_mac_does_not_cover_is_wrong() {
    let (added, plain) = ("enc=94EED9EE6533708694EED9EE65337086", URLS[2].0);
    let (head, mac) = plain.split_once("&cmac=").expect("a MAC");
    for url in [
        format!("{plain}&{added}"),
        format!("{head}&{added}&cmac={mac}"),
        format!("{}&{added}", URLS[0].0),
    ] {
        let outcome = run("sdm verify", &[("url", &url), ("key", ZERO)]);
        assert_eq!(outcome.slips, [], "{url}");
        assert!(is_exposed(&outcome), "{url}");
        let mac = outcome.sheet.line("SDMMAC").expect("a check");
        assert!(!mac.is_wrong(), "{url}: the MAC itself is right");
    }
    for (url, ..) in URLS {
        assert!(!is_exposed(&run(
            "sdm verify",
            &[("url", url), ("key", ZERO)]
        )));
    }
}

const ZERO: &str = "00000000000000000000000000000000";
const URLS: [(&str, &str, &str); 3] = [
    (
        "https://x/tag?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086",
        "04DE5F1EACC040",
        "61",
    ),
    (
        "https://x/tag?picc_data=7611174D92F390458FF7E15ACFD2579F&enc=F9FB7442DB2E0BE631CD4E3BCF74276E&cmac=69784EF122D0CB5F",
        "04514032501490",
        "82",
    ),
    (
        "https://x/tagpt?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3",
        "041E3C8A2D6B80",
        "6",
    ),
];

#[test]
fn urls_of_the_public_back_end_and_each_digit_of_them_changed() {
    for (url, uid, ctr) in URLS {
        let outcome = run("sdm verify", &[("url", url), ("key", ZERO)]);
        assert_eq!(outcome.slips, []);
        assert!(!outcome.sheet.is_wrong(), "{url}");
        assert_eq!(digits(&outcome, "UID"), uid);
        let line = outcome
            .sheet
            .line("SDMReadCtr as a number")
            .expect("a counter");
        assert_eq!(line.content, Content::Text(ctr.into()));
        let from = url.find('?').expect("parameters");
        for (at, digit) in url.char_indices().filter(|(at, _)| *at > from) {
            let value = url[..at].rfind('=') > url[..at].rfind(['&', '?']);
            if !value || !digit.is_ascii_hexdigit() {
                continue;
            }
            let other = if digit == '0' { '1' } else { '0' };
            let changed = format!("{}{other}{}", &url[..at], &url[at + 1..]);
            let outcome = run("sdm verify", &[("url", &changed), ("key", ZERO)]);
            assert!(
                outcome.sheet.is_wrong() || outcome.is_refused(),
                "{changed} passes"
            );
        }
    }
}

#[test]
fn a_start_of_the_mac_that_the_url_does_not_have_is_refused() {
    let (url, covered) = (URLS[0].0, URLS[1].0);
    let from = |url: &str, from: &str| {
        run(
            "sdm verify",
            &[("url", url), ("key", ZERO), ("mac-from", from)],
        )
    };
    // SDMMACOffset of https://x/tag?…: 7 bytes of the file, then what follows https://.
    let mac = url.find("94EED9").expect("a MAC") - "https://".len() + 7;
    let behind = (mac + 1).to_string();
    for (url, start, text) in [
        (
            url,
            &*behind,
            format!("SDMMACInputOffset is {behind}, at most {mac} expected"),
        ),
        (url, "5000", "SDMMACInputOffset is 5000, at most".to_owned()),
        (
            url,
            "18446744073709551615",
            "SDMMACInputOffset is 18446744073709551615".to_owned(),
        ),
        (
            url,
            "file",
            "MAC over the text from the file data on expected".to_owned(),
        ),
        (
            url,
            "uid",
            "MAC over the text from the UID on expected".to_owned(),
        ),
    ] {
        let outcome = from(url, start);
        let slip = outcome.slips.first().expect("a refusal");
        assert_eq!(slip.place.name(), "mac-from", "{start}");
        assert!(slip.text.starts_with(&text), "{start}: {}", slip.text);
    }
    let covers = |url: &str, start: &str| {
        let outcome = from(url, start);
        assert_eq!(outcome.slips, [], "{start}");
        let line = outcome.sheet.line("MAC covers").expect("a start");
        (line.content.clone(), outcome.sheet.is_wrong())
    };
    let words = |text: &str| Content::Text(text.into());
    assert_eq!(covers(url, &mac.to_string()), (words("nothing"), false));
    assert_eq!(
        covers(covered, "file"),
        (words("the text from the file data on"), false)
    );
    assert_eq!(
        covers(covered, "4"),
        (words("the file from byte 4 on"), true)
    );
    assert_eq!(
        covers(covered, "16"),
        (words("the text from character 17 on"), true)
    );
}

#[test]
fn what_is_wrong_with_a_url_is_named() {
    let slip = |url: &str| run("sdm verify", &[("url", url), ("key", ZERO)]).slips[0].sentence();
    assert!(
        slip("hello").contains("A URL with parameters is expected"),
        "{}",
        slip("hello")
    );
    let short = URLS[0].0.replace("1E88", "1E8");
    assert!(
        slip(&short).contains("picc_data has 31 digits"),
        "{}",
        slip(&short)
    );
    let lrp = [("url", URLS[0].0), ("key", ZERO), ("lrp", "true")];
    let refused = run("sdm verify", &lrp).slips[0].sentence();
    assert!(
        refused.contains("32 digits") && refused.contains("48"),
        "{refused}"
    );
    let names = [("url", URLS[0].0), ("key", ZERO), ("names", "picture=x")];
    assert_eq!(run("sdm verify", &names).slips[0].place.name(), "names");
}

#[test]
fn lrp_vectors() {
    let mut seen = 0;
    for vector in vectors("lrp") {
        let id = &vector["id"];
        let input = |name: &str| text(&vector, "inputs", name);
        let expected = |name: &str| text(&vector, "expected", name);
        let number = vector["inputs"]["updated_key"]
            .as_u64()
            .unwrap_or(0)
            .to_string();
        let flag = |name: &str| {
            if vector["inputs"][name] == true {
                "true"
            } else {
                "false"
            }
        };
        match vector["kind"].as_str() {
            Some("lrp_eval") => {
                let pairs = [
                    ("what", "eval"),
                    ("key", input("key")),
                    ("number", &number),
                    ("input", input("nibbles")),
                    ("finish", flag("final")),
                ];
                assert_eq!(
                    digits(&taken("lrp", id, &pairs), "Result"),
                    expected("result"),
                    "{id}"
                );
            }
            Some("lrp_cmac") => {
                let pairs = [
                    ("key", input("key")),
                    ("number", &number),
                    ("message", input("msg")),
                ];
                assert_eq!(
                    digits(&taken("lrp", id, &pairs), "CMAC_LRP"),
                    expected("mac"),
                    "{id}"
                );
            }
            Some("lrp_lricb") => {
                let (what, from, to) = if vector["inputs"]["plaintext"].is_string() {
                    (
                        "encrypt",
                        input("plaintext"),
                        ("Ciphertext", expected("ciphertext")),
                    )
                } else {
                    (
                        "decrypt",
                        input("ciphertext"),
                        ("Plaintext", expected("plaintext")),
                    )
                };
                let pairs = [
                    ("what", what),
                    ("key", input("key")),
                    ("number", &number),
                    ("counter", input("counter")),
                    ("data", from),
                    ("pad", flag("padding")),
                ];
                assert_eq!(digits(&taken("lrp", id, &pairs), to.0), to.1, "{id}");
            }
            Some("lrp_plaintexts" | "lrp_updated_keys") => chains(&vector),
            // Handshakes and session keys have their own topics.
            _ => continue,
        }
        seen += 1;
    }
    assert_eq!(seen, 104);
}

/// The plaintexts or updated keys that a vector names.
fn chains(vector: &serde_json::Value) {
    let (id, key) = (&vector["id"], text(vector, "inputs", "key"));
    for at in 0..16 {
        let number = at.to_string();
        let outcome = taken("lrp", id, &[("key", key), ("number", &number)]);
        let plaintext = (format!("p{at}"), format!("Plaintext {at}"));
        let updated = (format!("uk{at}"), format!("Updated key {at}"));
        for (name, step) in [plaintext, updated] {
            if let Some(expected) = vector["expected"][name].as_str() {
                assert_eq!(digits(&outcome, &step), expected, "{id}");
            }
        }
    }
}

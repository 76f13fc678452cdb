//! Each switch of the profile has an effect: one conversation for each, whose answers differ with the value.

use super::pcd::{Pcd, Way};
use tapscope::bytes::hex;
use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::KeyType;
use tapscope::card::product::Product;
use tapscope::session::image;
use tapscope::virtual_card::{Choice, Failures, Image, KeyImage, Profile, Values};

const UID: [u8; 7] = [0x04, 0x2D, 0x61, 0x7F, 0x18, 0x93, 0x80];
const MASTER: [u8; 16] = *b"\x5B\x14\xA9\x02\x9F\x57\xF0\x25\xB7\x6D\x04\xDB\x70\x3E\xE5\x91";
/// Of the application.
const KEY: [u8; 16] = *b"\xC4\x72\x0B\xB2\x2F\x95\x49\xDE\x61\x1C\xF6\x8A\x34\xAD\x53\xE8";
const OTHER: [u8; 16] = *b"\x18\xE3\x7D\x41\xD4\x0A\xA9\x62\xF5\x96\x2B\x5F\xC0\x87\x3C\x71";
const RECORD: &str = "01020304";

/// What a card of a profile answers.
type Answers = fn(Profile) -> String;

/// What the card answers, by switch. What a card of the profile says must be different for every value.
#[rustfmt::skip]
const CASES: &[(&str, Answers)] = &[
    ("wrong-key-status", |profile| {
        let mut pcd = session(profile, Way::Ev1, 4);
        status(&mut pcd, "BD 06 000000 000000", Full)
    }),
    ("auth-first-keeps-transaction", |profile| {
        let mut pcd = session(profile, Way::Ev2, 1);
        pcd.ok("3D 02 000000 010000 A7", Plain);
        log_in(&mut pcd, Way::Ev2, 1);
        status(&mut pcd, "C7", Mac)
    }),
    ("wrong-key-type-status", |profile| files(profile).raw("1A 00")),
    ("df-names-in-session-status", |profile| master(profile).raw("6D")),
    ("no-iso-files-is-f0", |profile| {
        let mut pcd = blank(profile);
        pcd.ok("CA 112233 0F A1 01DF", Plain);
        pcd.ok("5A 112233", Plain);
        pcd.raw("61")
    }),
    ("iso-reads-to-end", |profile| files(profile).raw("00B08118 10")),
    ("iso-records-oldest-first", |profile| {
        let mut pcd = files(profile);
        for record in [RECORD, "05060708"] {
            pcd.raw(&format!("00E20028 04 {record}"));
            pcd.raw("C7");
        }
        pcd.raw("00B2012D 00")
    }),
    ("iso-reaches-protected-files", |profile| session(profile, Way::Ev1, 1).raw("00B08600 00")),
    ("iso-beyond-end-status", |profile| files(profile).raw("00B08120 00")),
    ("iso-full-file-status", |profile| {
        let mut pcd = files(profile);
        let mut append = || pcd.raw(&format!("00E20020 04 {RECORD}")) + &pcd.raw("C7");
        [(); 2].map(|()| append()).concat() + &append()
    }),
    ("iso-refusal-ends-session", |profile| {
        let after = |refused: &str| {
            let mut pcd = session(profile, Way::Ev1, 1);
            let refused = pcd.raw(refused);
            format!("{refused} {}, ", pcd.raw("51").len())
        };
        after("00B08118 10") + &after("00B08120 00")
    }),
    ("iso-le-counts-mac", |profile| session(profile, Way::Ev1, 1).raw("00B08100 0A")),
    ("iso-wrong-cryptogram-status", |profile| {
        let mut pcd = files(profile);
        pcd.authenticate(Way::Iso, 0x80, KeyType::Aes128, &OTHER).to_string()
    }),
    ("control-information-needs-free-read", |profile| {
        let mut pcd = files(profile);
        pcd.ok("CD 1F 1FE1 00 1110 020000", Plain);
        pcd.raw("00A40000 02 01DF") + &pcd.raw("00A40400 07 D276000085AA01 00")
    }),
    ("reserved-iso-fids-refused", |profile| {
        files(profile).raw("CD 07 FF3F 00 EEEE 010000") + &blank(profile).raw("CA 112233 0F 21 FFFF")
    }),
    ("application-without-keys", |profile| blank(profile).raw("CA 112233 0F 80")),
    ("application-fid-asks-for-file-fids", |profile| {
        let mut pcd = blank(profile);
        pcd.ok("CA 112233 0F 81 01DF", Plain);
        pcd.ok("5A 112233", Plain);
        ["CD 01 00 EEEE 010000", "CD 02 02E1 00 EEEE 010000"].map(|create| pcd.raw(create)).concat()
            + &pcd.raw("CC 03 00 EEEE 00000000 64000000 05000000 00")
    }),
    ("own-deletion-has-mac", |profile| {
        let mut pcd = session(profile, Way::Ev1, 0);
        let deleted = pcd.raw("DA 112233");
        assert_eq!(pcd.raw("51"), "AE", "no session is left");
        deleted
    }),
    ("format-keeps-session", |profile| {
        let mut pcd = master(profile);
        pcd.raw("FC") + &pcd.raw("6A")
    }),
    ("configuration-clears", |profile| {
        let mut pcd = master(profile);
        pcd.ok("5C 00 01", Full);
        pcd.ok("5C 00 00", Full);
        pcd.raw("FC").len().to_string()
    }),
    ("disabled-in-upper-byte", |profile| status(&mut master(profile), "5C 04 0100", Full)),
    ("disabling-is-one-way", |profile| {
        let mut pcd = master(profile);
        pcd.ok(if profile.disabled_in_upper_byte { "5C 04 0002" } else { "5C 04 0200" }, Full);
        pcd.ok("5C 04 0000", Full);
        pcd.raw("AA 00").len().to_string()
    }),
    ("deleted-memory-returns", |profile| {
        let mut pcd = files(profile);
        pcd.ok("DF 01", Plain);
        pcd.raw("6E")
    }),
    ("d40-card-uid-is-enciphered", |profile| session(profile, Way::D40, 1).raw("51")),
    ("value-commands-have-mac", |profile| {
        status(&mut session(profile, Way::Ev1, 1), "0C 07 01000000", Mac)
    }),
    ("limited-credit-by-read", |profile| {
        status(&mut session(profile, Way::Ev2, 2), "1C 07 00000000", Mac)
    }),
    ("short-mac-status", |profile| {
        let end = |way, command: &str| session(profile, way, 1).raw(command);
        end(Way::Ev2, "64 01") + &end(Way::Ev1, "0C 07 01000000 00") + &end(Way::D40, "0C 07 01000000")
    }),
    ("empty-write-status", |profile| files(profile).raw("3D 01 000000 000000")),
    ("write-after-clear-status", |profile| {
        let mut pcd = files(profile);
        let mut after = |command: &str| pcd.raw("EB 05") + &pcd.raw(command);
        after("3B 05 000000 010000 AB")
    }),
    ("clear-by-free-right-is-plain", |profile| session(profile, Way::Ev2, 1).raw("EB 05")),
    ("commit-option-status", |profile| files(profile).raw("C7 01")),
    ("reader-id-can-be-replaced", |profile| {
        let mut pcd = session(profile, Way::Ev2, 0);
        pcd.ok(&format!("CE 0F 00 E01F 02 {} 01", hex::upper(OTHER)), Full);
        pcd.ok("5A 112233", Plain);
        [(); 2].map(|()| pcd.raw(&format!("C8 {}", hex::upper(KEY)))).concat()
    }),
    ("no-changes-in-session", |profile| {
        let end = |way| {
            let mut pcd = session(profile, way, 1);
            let answer = match way {
                Way::Ev2 => status(&mut pcd, "A7", Mac),
                _ => pcd.raw("A7"),
            };
            format!("{answer} {}, ", pcd.raw("51").len())
        };
        end(Way::Ev1) + &end(Way::Ev2) + &end(Way::D40)
    }),
    ("failures-before-delay", failures),
    ("delay-answers", failures),
    ("failures-survive-field-off", failures),
];

/// Statuses of authentications with a wrong key, the field off before each, then of those with the right one.
fn failures(profile: Profile) -> String {
    let mut pcd = files(profile);
    let mut attempt = |key: &[u8]| {
        pcd.tap();
        pcd.ok("5A 112233", Plain);
        let status = pcd.authenticate(Way::Ev1, 0, KeyType::Aes128, key);
        format!("{:02X} ", status.code().unwrap())
    };
    let wrong: String = (0..6).map(|_| attempt(&OTHER)).collect();
    wrong + &(0..4).map(|_| attempt(&KEY)).collect::<String>()
}

/// A card without applications.
fn blank(profile: Profile) -> Pcd {
    Pcd::new(&Image {
        profile,
        default_key: KeyImage::new([&KEY[..], &[0; 8]].concat(), 0),
        ..Image::blank(Product::DesfireEv3, UID, MASTER)
    })
}

/// In a session with the PICC master key.
fn master(profile: Profile) -> Pcd {
    let mut pcd = blank(profile);
    let status = pcd.authenticate(Way::Ev1, 0, KeyType::Aes128, &MASTER);
    assert!(status.is_success(), "{status}");
    pcd
}

/// In application `112233`, without a session.
fn files(profile: Profile) -> Pcd {
    with_files(profile, KeyType::Aes128)
}

/// Files `01` standard free, `02` backup free, `04` linear 2 × 4 free, `05` cyclic 3 × 4 free, `06` standard, enciphered,
/// by key 1, `07` value with a MAC: read 2, write 3, all 1.
fn with_files(profile: Profile, kind: KeyType) -> Pcd {
    let mut pcd = blank(profile);
    let bits = if kind == KeyType::Aes128 { 0xA5 } else { 0x25 };
    pcd.ok(
        &format!("CA 112233 0F {bits:02X} 01DF D276000085AA01"),
        Plain,
    );
    pcd.ok("5A 112233", Plain);
    for create in [
        "CD 01 01E1 00 EEEE 200000",
        "CB 02 02E1 00 EEEE 100000",
        "C1 04 04E1 00 EEEE 040000 020000",
        "C0 05 05E1 00 EEEE 040000 030000",
        "CD 06 06E1 03 1111 080000",
        "CC 07 01 1023 00000000 64000000 05000000 01",
    ] {
        pcd.ok(create, Plain);
    }
    pcd
}

fn log_in(pcd: &mut Pcd, way: Way, key_no: u8) {
    let kind = kind(way);
    let status = pcd.authenticate(way, key_no, kind, &KEY);
    assert!(status.is_success(), "{status}");
}

fn kind(way: Way) -> KeyType {
    if way == Way::D40 {
        KeyType::TwoKey3Des
    } else {
        KeyType::Aes128
    }
}

/// In that application, in a session.
fn session(profile: Profile, way: Way, key_no: u8) -> Pcd {
    let mut pcd = with_files(profile, kind(way));
    log_in(&mut pcd, way, key_no);
    pcd
}

fn status(pcd: &mut Pcd, command: &str, mode: tapscope::card::CommMode) -> String {
    format!("{:02X}", pcd.call(command, mode).0)
}

#[test]
fn no_switch_is_without_effect() {
    let names: Vec<_> = Profile::choices().iter().map(Choice::name).collect();
    let cases: Vec<_> = CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(cases), sorted(names), "one case for each switch");
    for (name, answers) in CASES {
        let mut choices = Profile::choices().iter();
        let choice = choices.find(|choice| choice.name() == *name).unwrap();
        let values: Vec<String> = match choice.values() {
            Values::Words(words) => words.iter().map(|&word| word.into()).collect(),
            Values::Number => vec![choice.default_value(), "1".into(), "0".into()],
        };
        let mut seen: Vec<(String, String)> = Vec::new();
        for value in values {
            let mut profile = Profile::default();
            profile.set(name, &value).unwrap();
            let now = answers(profile);
            assert_eq!(now, answers(profile), "{name}: a card repeats itself");
            for (other, before) in &seen {
                assert_ne!(*before, now, "{name}: {other} and {value}");
            }
            if seen.is_empty() {
                assert_eq!(now, answers(Profile::default()), "{name}: the default");
            }
            seen.push((value, now));
        }
    }
}

#[test]
fn a_card_keeps_its_choices_and_failures_in_its_image() {
    let plain = image::write(&blank(Profile::default()).card.image());
    assert!(!plain.contains("choices") && !plain.contains("failed"));
    let mut profile = Profile::default();
    profile.set("iso-beyond-end-status", "6b00").unwrap();
    profile.set("failures-before-delay", "2").unwrap();
    let mut pcd = files(Profile::default());
    pcd.card.set_profile(profile);
    for _ in 0..2 {
        let refused = pcd.authenticate(Way::Ev2, 0, KeyType::Aes128, &OTHER);
        assert_eq!(refused.code(), Some(0xAE));
    }
    let text = image::write(&pcd.card.image());
    let start = text.find("\"choices\"").unwrap();
    let end = text.find("\"applications\"").unwrap();
    assert_eq!(
        text[start..end].split_whitespace().collect::<String>(),
        "\"choices\":{\"failures-before-delay\":\"2\",\"iso-beyond-end-status\":\"6b00\"},\
         \"failed_authentications\":{\"in_a_row\":2,\"delays\":3},"
    );
    let again = image::read(text.as_bytes()).unwrap();
    assert_eq!(again, pcd.card.image());
    let mut pcd = Pcd::new(&again);
    assert_eq!(pcd.card.profile(), profile);
    pcd.ok("5A 112233", Plain);
    assert_eq!(pcd.raw("00B08120 00"), "6B00");
    assert_eq!(pcd.raw("71 00 00"), "AD", "the delay goes on");
    let choices = text.replace("6b00", "6c00");
    assert_eq!(
        image::read(choices.as_bytes()).unwrap_err().to_string(),
        "choices: iso-beyond-end-status is \"6c00\", expected 6a86 or 6b00"
    );
    let unknown = text.replace("iso-beyond-end-status", "iso-colour");
    let error = image::read(unknown.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("choices: \"iso-colour\" is no choice, expected "));
    // Where they are forgotten, a saved card has none.
    profile.failures_survive_field_off = false;
    pcd.card.set_profile(profile);
    assert_eq!(pcd.card.image().failures, Failures::default());
}

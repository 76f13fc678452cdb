//! Session keys and handshakes: the vectors through the topics, and host and card of the project itself.

use serde_json::Value;
use tapscope::bytes::hex;
use tapscope::calculator::{Content, Outcome};
use tapscope::card::KeyType;
use tapscope::secure_messaging::handshake::{AuthKey, iso};

use super::explaining::explain;
use super::vectors::{taken, text, vectors};
use super::{digits, run};

fn key_type(name: &str) -> &str {
    if name == "aes" { "aes128" } else { name }
}

fn is(outcome: &Outcome, key: &str, vector: &Value, name: &str) {
    if let Some(expected) = vector["expected"][name].as_str() {
        assert_eq!(digits(outcome, key), expected, "{} {name}", vector["id"]);
    }
}

#[test]
fn every_published_session_key() {
    let mut seen = 0;
    for vector in vectors("session_keys") {
        let input = |name| text(&vector, "inputs", name);
        let rnd = [("rnd-a", input("rnd_a")), ("rnd-b", input("rnd_b"))];
        let pairs = match vector["kind"].as_str() {
            Some("ev1_session_key") => {
                vec![("channel", "ev1"), ("type", key_type(input("key_type")))]
            }
            Some("ev2_session_keys") => vec![("channel", "ev2"), ("key", input("key"))],
            Some("lrp_session_keys") => vec![("channel", "lrp"), ("key", input("key"))],
            _ => continue,
        };
        let pairs = [&pairs[..], &rnd].concat();
        let outcome = taken("session-keys", &vector["id"], &pairs);
        is(&outcome, "Session key", &vector, "session_key");
        is(&outcome, "KSesAuthENC", &vector, "ses_enc");
        is(&outcome, "KSesAuthMAC", &vector, "ses_mac");
        is(&outcome, "SesAuthMaster", &vector, "ses_auth_master");
        seen += 1;
    }
    assert_eq!(seen, 50);
}

#[test]
fn every_recorded_handshake_taken_apart_and_made_again() {
    let mut seen = [0; 6];
    for vector in ["d40", "ev1", "ev2", "lrp"].into_iter().flat_map(vectors) {
        let (at, kind) = match vector["kind"].as_str() {
            Some("d40_auth") => (0, "d40"),
            Some("ev1_auth") => (1, "ev1"),
            Some("ev2_auth_first") => (2, "ev2-first"),
            Some("ev2_auth_nonfirst") => (3, "ev2-nonfirst"),
            Some("lrp_auth_first") => (4, "lrp-first"),
            Some("lrp_auth_nonfirst") => (5, "lrp-nonfirst"),
            _ => continue,
        };
        let input = |name| text(&vector, "inputs", name);
        let challenge = vector["inputs"]["ek_rnd_b"].as_str();
        let challenge = challenge.unwrap_or_else(|| input("rnd_b"));
        let mut pairs = vec![("kind", kind), ("key", input("key"))];
        if let Some(name) = vector["inputs"]["key_type"].as_str() {
            pairs.push(("type", key_type(name)));
        }
        let recorded = [("challenge", challenge), ("token", input("token"))];
        let answer = vector["inputs"]["response"].as_str();
        let answer = answer.map(|answer| ("answer", answer));
        let read: Vec<_> = pairs
            .iter()
            .copied()
            .chain(recorded)
            .chain(answer)
            .collect();
        let outcome = taken("handshake", &vector["id"], &read);
        assert!(!outcome.sheet.is_wrong(), "{}", vector["id"]);
        for (key, name) in [
            ("RndA", "rnd_a"),
            ("RndB", "rnd_b"),
            ("TI", "ti"),
            ("PDcap2", "pdcap2"),
            ("PCDcap2", "pcdcap2"),
            ("Session key", "session_key"),
            ("KSesAuthENC", "ses_enc"),
            ("KSesAuthMAC", "ses_mac"),
        ] {
            is(&outcome, key, &vector, name);
        }
        seen[at] += 1;

        let given = |key| outcome.sheet.bytes(key).map(hex::upper);
        let made: Vec<(&str, String)> = [
            ("rnd-a", "RndA"),
            ("rnd-b", "RndB"),
            ("ti", "TI"),
            ("pdcap2", "PDcap2"),
            ("pcdcap2", "PCDcap2"),
        ]
        .into_iter()
        .filter_map(|(field, key)| Some((field, given(key)?)))
        .collect();
        pairs.push(("from", "random"));
        pairs.extend(made.iter().map(|(field, text)| (*field, &text[..])));
        let made = taken("handshake", &vector["id"], &pairs);
        assert!(digits(&made, "Challenge").ends_with(challenge));
        assert_eq!(digits(&made, "Token"), input("token"), "{}", vector["id"]);
        if let Some((_, answer)) = answer {
            assert_eq!(digits(&made, "Answer"), answer, "{}", vector["id"]);
        }
    }
    assert_eq!(seen, [3, 18, 19, 4, 3, 1]);
}

#[test]
fn a_wrong_key_is_told_by_both_proofs() {
    for (kind, rest) in [
        (
            "ev2-first",
            [
                ("challenge", "B9FC6CCAE153125C7C17E6906433C0F4"),
                (
                    "token",
                    "C8B3AFDEC10EE8298471A7B41736B4381BA1BE0F57F66387C5577721B70F847F",
                ),
                (
                    "answer",
                    "8138FD2450891FCDB4935D9F19C30B55FAD52DC54086933E0FBEC3DE9266BD80",
                ),
            ],
        ),
        (
            "d40",
            [
                ("challenge", "C93693A0CD32AC39"),
                ("token", "E96A7E6D790310E8C0B36ED970782406"),
                ("answer", "89B5D38C7603DAB2"),
            ],
        ),
    ] {
        let key = [
            ("type", "2k3des"),
            ("key", "11234567890123456789012345678901"),
        ];
        let outcome = run("handshake", &[&[("kind", kind)], &key[..], &rest].concat());
        assert_eq!(outcome.slips, []);
        let failed = |label: &str| outcome.sheet.line(label).expect("a check").is_wrong();
        assert!(failed("RndB' received") && failed("RndA' received"));
        let told = outcome.sheet.lines().iter().any(|line| {
            matches!(&line.content, Content::Note(note) if note.starts_with("RndB' does not fit: another key"))
        });
        assert!(told);
    }
}

#[test]
fn a_damaged_answer_leaves_the_host_proved() {
    let outcome = run(
        "handshake",
        &[
            ("kind", "ev1"),
            ("type", "2k3des"),
            ("key", "00102031405060708090A0B0B0A09080"),
            ("challenge", "B295579926155AE3"),
            ("token", "70F349740C945DAE159BA9FEDBCC461A"),
            ("answer", "B8FD7FE56B241FC5"),
        ],
    );
    assert!(
        !outcome
            .sheet
            .line("RndB' received")
            .expect("a check")
            .is_wrong()
    );
    assert!(
        outcome
            .sheet
            .line("RndA' received")
            .expect("a check")
            .is_wrong()
    );
    assert_eq!(
        digits(&outcome, "Session key"),
        "530E3D90BCD82997F7A201C447332DAF"
    );
}

#[test]
fn host_and_card_of_the_iso_handshake() {
    let value: Vec<u8> = (3..19_u8).map(|byte| byte.wrapping_mul(37)).collect();
    let key = AuthKey::new(KeyType::Aes128, &value).expect("an AES key");
    let number = |factor: u8| {
        (1..17_u8)
            .map(|at| at.wrapping_mul(factor))
            .collect::<Vec<u8>>()
    };
    let [rpcd1, rpcd2, rpicc1, rpicc2] = [29, 31, 41, 43].map(number);
    let mut host = iso::Host::new(&key, &rpcd1, &rpcd2).expect("the lengths fit");
    let token = host.external(&rpicc1).expect("the length fits");
    let card = iso::Card::external(&key, &rpicc1, &token).expect("the host knows the key");
    let (answer, session_key, _) = card.internal(&rpcd2, &rpicc2).expect("the lengths fit");
    let [value, rpcd1, rpcd2, rpicc1, rpicc2, token, answer] =
        [value, rpcd1, rpcd2, rpicc1, rpicc2, token, answer].map(hex::upper);
    let read = [
        ("kind", "iso"),
        ("key", &value[..]),
        ("challenge", &rpicc1),
        ("token", &token),
        ("answer", &answer),
        ("rpcd2", &rpcd2),
    ];
    let outcome = taken("handshake", &Value::Null, &read);
    assert!(!outcome.sheet.is_wrong());
    let session_key = hex::upper(session_key.expose());
    assert_eq!(digits(&outcome, "Session key"), session_key);
    let made = [
        ("kind", "iso"),
        ("from", "random"),
        ("key", &value[..]),
        ("rnd-a", &rpcd1),
        ("rnd-b", &rpicc2),
        ("rpicc1", &rpicc1),
        ("rpcd2", &rpcd2),
    ];
    let outcome = taken("handshake", &Value::Null, &made);
    assert_eq!(digits(&outcome, "Token"), token);
    assert_eq!(digits(&outcome, "Answer"), answer);
    assert_eq!(digits(&outcome, "Session key"), session_key);
}

const EV2: [(&str, &str); 3] = [
    ("key", "01234567890123456789012345678901"),
    ("rnd-a", "53C94F6ECD8324E9D34531A36F0D5E5B"),
    ("rnd-b", "D75F1D2E89DC6A80D857C732CEBA18DC"),
];

/// What a topic gives when an input is another one, and the mistakes that are named for it.
fn mistakes(topic: &str, pairs: &[(&str, &str)], wrong: &[(&str, &str)], key: &str) -> Vec<String> {
    let made = run(topic, &[pairs, wrong].concat());
    explain(topic, pairs, key, &digits(&made, key))
}

#[test]
fn mistakes_with_the_random_numbers_and_the_key_are_named() {
    let swapped = [("rnd-a", EV2[2].1), ("rnd-b", EV2[1].1)];
    let rotated = [("rnd-b", "5F1D2E89DC6A80D857C732CEBA18DCD7")];
    let zero = [("key", "00000000000000000000000000000000")];
    let reversed = [("rnd-a", "5B5E0D6FA33145D3E92483CD6E4FC953")];
    for (wrong, name) in [
        (&swapped[..], "RndA and RndB are swapped"),
        (&rotated, "RndB is rotated left by a byte"),
        (&zero, "Key is all zero"),
        (&reversed, "RndA stands in the other byte order"),
    ] {
        for key in ["KSesAuthENC", "KSesAuthMAC"] {
            let found = mistakes("session-keys", &EV2, wrong, key);
            assert!(found.contains(&name.to_owned()), "{key}: {found:?}");
        }
    }
    let keys = run("session-keys", &EV2);
    let found = explain(
        "session-keys",
        &EV2,
        "KSesAuthMAC",
        &digits(&keys, "KSesAuthENC"),
    );
    assert!(
        found.contains(&"SV 1 was taken for SV 2".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_token_whose_random_number_was_not_rotated() {
    use tapscope::crypto::aes::AesKey;
    let [key, rnd_a, rnd_b] = [0, 1, 2].map(|at| hex::parse(EV2[at].1).expect("digits"));
    let mut token = [rnd_a, rnd_b].concat();
    AesKey::new(&key.try_into().expect("16 bytes")).cbc_encrypt(&[0; 16], &mut token);
    let pairs = [&EV2[..], &[("from", "random"), ("ti", "569D4B24")]].concat();
    let found = explain("handshake", &pairs, "Token", &hex::upper(token));
    assert!(
        found.contains(&"RndB was taken for RndB'".to_owned()),
        "{found:?}"
    );
}

#[test]
fn an_ev1_token_from_a_zero_iv() {
    use tapscope::crypto::cipher::Cipher;
    let cipher = Cipher::aes(&hex::parse(EV2[0].1).expect("digits")).expect("16 bytes");
    let [rnd_a, mut rnd_b] = [1, 2].map(|at| hex::parse(EV2[at].1).expect("digits"));
    rnd_b.rotate_left(1);
    let mut token = [rnd_a, rnd_b].concat();
    cipher.encrypt(&cipher.zero(), &mut token);
    let pairs = [&EV2[..], &[("kind", "ev1"), ("from", "random")]].concat();
    let found = explain("handshake", &pairs, "Token", &hex::upper(token));
    assert!(
        found.contains(&"IV of the token is all zero".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_challenge_of_lrp_is_16_bytes_or_17_after_01() {
    let slip = |challenge: &str| {
        let pairs = [
            ("kind", "lrp-first"),
            EV2[0],
            ("challenge", challenge),
            ("token", &"5C".repeat(32)),
        ];
        let slip = run("handshake", &pairs).slips[0].clone();
        (slip.place.name().to_owned(), slip.sentence())
    };
    let rnd_b = EV2[2].1;
    let (place, text) = slip(&format!("02{rnd_b}"));
    assert_eq!(place, "challenge");
    assert_eq!(text, "17 bytes that begin with 02, a leading 01 expected");
    let (_, text) = slip(&rnd_b[..16]);
    assert_eq!(text, "8 bytes, 16 or with the leading 01 17 expected");
    let pairs = [
        ("kind", "lrp-first"),
        EV2[0],
        ("challenge", &format!("01{rnd_b}")),
        ("token", &"5C".repeat(32)),
    ];
    assert_eq!(digits(&run("handshake", &pairs), "RndB"), rnd_b);
}

//! Bytes put in the place of a step that the next one can't take are refused there, instead of being passed on as they
//! are or taken for zeros.

use tapscope::calculator::{self, Overrides, Place};

use super::{digits, run, texts};

/// Runs a topic with bytes in the place of a step; the sentence of the step that refuses them.
fn refused(topic: &str, pairs: &[(&str, &str)], key: &str, bytes: &[u8]) -> String {
    assert!(
        !digits(&run(topic, pairs), key).is_empty(),
        "{topic} has {key}"
    );
    let found = calculator::topic(topic).expect("a topic");
    let changed = Overrides::from([(key.to_owned(), bytes.to_vec())]);
    let outcome = found.run(&texts(pairs), &changed);
    let slip = outcome
        .slips
        .first()
        .unwrap_or_else(|| panic!("{topic} takes {bytes:02X?} for {key} of {pairs:?}"));
    assert_eq!(slip.place, Place::Step(key.to_owned()), "{}", slip.text);
    let last = outcome.sheet.lines().last().expect("a line");
    assert_eq!(last.key, key, "nothing is computed with it");
    slip.text.clone()
}

const KEY: &str = "A0B0C0D0E0F000102030405060708090";
const EV2: &[(&str, &str)] = &[("enc", KEY), ("mac", KEY), ("ti", "569D4B24")];
const LRP: &[(&str, &str)] = &[("channel", "lrp"), ("master", KEY), ("ti", "569D4B24")];
const EV1: &[(&str, &str)] = &[("channel", "ev1"), ("session-key", KEY)];
const D40: &[(&str, &str)] = &[("channel", "d40"), ("session-key", KEY)];

#[test]
fn padded_data_of_a_frame_has_to_be_whole_blocks() {
    let build = [("ins", "8D"), ("data", "A1B2C3")];
    for (session, block) in [(EV2, 16), (LRP, 16), (EV1, 16), (D40, 8)] {
        let pairs = [session, &build].concat();
        let text = refused("frame", &pairs, "Padded data", &[1, 2]);
        assert_eq!(text, format!("2 bytes, a multiple of {block} expected"));
        refused("frame", &pairs, "Padded data", &[]);
    }
}

#[test]
fn a_ciphertext_to_be_read_has_to_be_whole_blocks() {
    for (session, len) in [(EV2, 24), (LRP, 24), (EV1, 16), (D40, 16)] {
        let frame = format!("00{}", "5C".repeat(len));
        let read = [
            ("direction", "read-answer"),
            ("form", "native"),
            ("frame", &frame),
        ];
        refused("frame", &[session, &read].concat(), "Ciphertext", &[1, 2]);
    }
}

#[test]
fn blocks_of_macs_and_running_ivs_have_their_length() {
    let plain = [("mode", "mac"), ("ins", "8D"), ("data", "A1B2C3")];
    let ev1 = [EV1, &plain].concat();
    refused("frame", &ev1, "CMAC", &[1, 2]);
    refused("frame", &ev1, "IV before", &[1, 2]);
    let cmac = [("key", KEY), ("message", "A1B2C3")];
    for key in [
        "K1",
        "K2",
        "IV",
        "Message, padded, last block with K2",
        "CMAC",
    ] {
        refused("cmac", &cmac, key, &[1, 2]);
    }
    refused(
        "kcv",
        &[("key", KEY)],
        "Zero block enciphered",
        &[1, 2, 3, 4],
    );
}

#[test]
fn the_text_of_a_key_change_is_whole_blocks_and_its_keys_are_whole() {
    let change = [
        ("whose", "other"),
        ("key-type", "aes128"),
        ("new-key", "102132435465768798A9BACBDCEDFE0F"),
        ("old-key", KEY),
        ("version", "07"),
        ("key-number", "02"),
    ];
    let pairs = [EV1, &change].concat();
    for key in ["New key", "Old key", "New key ⊕ old key", "Padded text"] {
        refused("change-key", &pairs, key, &[1, 2]);
    }
}

#[test]
fn blocks_of_lrp_are_whole() {
    let pairs = [
        ("what", "encrypt"),
        ("key", KEY),
        ("counter", "00000001"),
        ("data", KEY),
    ];
    refused("lrp", &pairs, "Data", &[1, 2]);
}

#[test]
fn numbers_and_ivs_of_a_handshake_have_their_length() {
    let recorded = [
        ("kind", "ev1"),
        ("type", "2k3des"),
        ("key", "00102031405060708090A0B0B0A09080"),
        ("challenge", "B295579926155AE3"),
        ("token", "70F349740C945DAE159BA9FEDBCC461A"),
        ("answer", "B8FD7FE56B241FC4"),
    ];
    for key in [
        "RndB",
        "IV of the token",
        "Token deciphered",
        "RndA",
        "IV of the answer",
    ] {
        refused("handshake", &recorded, key, &[0]);
    }
    let numbers = [("rnd-a", "0102030405060708"), ("rnd-b", "1122334455667788")];
    for kind in ["ev1", "d40"] {
        let made = [("kind", kind), ("from", "random"), recorded[1], recorded[2]];
        let made = [&made[..], &numbers].concat();
        for key in ["RndA", "RndB", "RndB'", "RndA'"] {
            refused("handshake", &made, key, &[0]);
        }
    }
    let iso = [
        ("kind", "iso"),
        ("from", "random"),
        recorded[1],
        recorded[2],
        ("rpicc1", "2122232425262728"),
        ("rpcd2", "3132333435363738"),
    ];
    let iso = [&iso[..], &numbers].concat();
    for key in [
        "RndA, RPCD1",
        "RndB, RPICC2",
        "Token, not enciphered",
        "IV of the answer",
    ] {
        refused("handshake", &iso, key, &[0]);
    }
    let keys = [("channel", "ev1"), recorded[1], numbers[0], numbers[1]];
    for key in ["RndA 0 to 3", "RndB 0 to 3"] {
        refused("session-keys", &keys, key, &[0]);
    }
}

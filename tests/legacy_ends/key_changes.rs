//! ChangeKey: own and other key in every channel, and the PICC master key through all types.

use tapscope::card::CommMode::{Full, Plain};
use tapscope::card::KeyType;
use tapscope::crypto::Secret;

use super::ends::{CHANNELS, Ends, PICC, Way, key, type_bits};

/// AES keys come with a version byte, the others hold it in their parity bits.
fn version(kind: KeyType, key: &Secret) -> (Option<u8>, String) {
    if kind == KeyType::Aes128 {
        return (Some(0x37), "37".into());
    }
    let bits = key.expose().iter().take(8).map(|byte| byte & 1);
    (
        None,
        format!("{:02X}", bits.fold(0_u8, |version, bit| version << 1 | bit)),
    )
}

#[test]
fn own_and_other_keys_change_in_every_channel() {
    for channel in CHANNELS {
        let (way, kind) = channel;
        let mut ends = Ends::open(channel, 0);
        let (new, other) = (key(kind, 20), key(kind, 21));
        let (sent, stored) = version(kind, &other);
        // Another key, twice: the second time the observer knows the old one from the first.
        assert_eq!(
            ends.change_key(2, &key(kind, 22), sent, Some(key(kind, 2))),
            0
        );
        assert_eq!(ends.change_key(2, &other, sent, Some(key(kind, 22))), 0);
        assert_eq!(ends.row().findings, []);
        assert_eq!(
            ends.row().new_key.as_ref().unwrap().key.as_ref(),
            Some(&other)
        );
        assert_eq!(ends.ok("64 02", Plain), stored);
        let (sent, _) = version(kind, &new);
        assert_eq!(ends.change_key(0, &new, sent, None), 0);
        assert_eq!(ends.row().findings, []);
        assert!(!ends.has_session(), "the own key ends the session");
        ends.ok("5A 994401", Plain);
        let reply = ends.try_authenticate(way, 0, &key(kind, 0), kind);
        assert!(!reply.status.is_success(), "the old key is gone");
        ends.authenticate(way, 0, &new, kind);
        ends.authenticate(way, 2, &other, kind);
        assert!(ends.has_session());
    }
}

#[test]
fn a_wrong_old_key_and_a_wrong_checksum_change_nothing() {
    for channel in CHANNELS {
        let kind = channel.1;
        let mut ends = Ends::open(channel, 0);
        let (sent, _) = version(kind, &key(kind, 20));
        assert_eq!(
            ends.change_key(2, &key(kind, 20), sent, Some(key(kind, 3))),
            0x1E
        );
        let crc = ends.row().findings.iter().find(|found| found.code == "crc");
        let name = if channel.0 == Way::D40 {
            "CRC16"
        } else {
            "CRC32"
        };
        assert_eq!(crc.unwrap().field.as_deref(), Some(name));
        assert!(!ends.has_session());
        ends.ok("5A 994401", Plain);
        ends.authenticate(channel.0, 2, &key(kind, 2), kind);
        // With the session of another key than the master key.
        assert_eq!(
            ends.change_key(3, &key(kind, 20), sent, Some(key(kind, 3))),
            0xAE
        );
        ends.ok("5A 994401", Plain);
        ends.authenticate(channel.0, 3, &key(kind, 3), kind);
    }
}

#[test]
fn the_picc_master_key_goes_through_all_types_and_back() {
    use KeyType::{Aes128, Des, ThreeKey3Des, TwoKey3Des};
    let types = [Des, TwoKey3Des, ThreeKey3Des, Aes128];
    let mut changes = 0;
    for (way, from) in CHANNELS {
        for to in types {
            let mut ends = Ends::open_picc((way, from));
            let new = key(to, 50);
            let (sent, stored) = version(to, &new);
            assert_eq!(
                ends.change_key(type_bits(to), &new, sent, None),
                0,
                "{way:?} {from:?} {to:?}"
            );
            assert_eq!(
                ends.row().new_key.as_ref().unwrap().key.as_ref(),
                Some(&new)
            );
            assert!(!ends.has_session());
            let image = ends.card.image();
            assert_eq!(image.keys.0, 0x01 | type_bits(to));
            assert_eq!(image.master_key.value, new);
            // Every way that the new type knows, with the key that the trace showed.
            for (way, _) in CHANNELS.iter().filter(|(_, kind)| *kind == to) {
                ends.ok("5A 000000", Plain);
                ends.channel = (*way, to);
                ends.authenticate(*way, 0, &new, to);
                assert_eq!(ends.ok("64 00", Plain), stored);
                assert!(ends.has_session());
            }
            // And back to where it was.
            let (way, _) = ends.channel;
            ends.authenticate(way, 0, &new, to);
            let old = key(from, PICC);
            let (sent, _) = version(from, &old);
            assert_eq!(ends.change_key(type_bits(from), &old, sent, None), 0);
            assert_eq!(ends.card.image().master_key.value, old);
            changes += 2;
        }
    }
    assert_eq!(changes, 80);
}

#[test]
fn a_key_of_another_type_is_refused() {
    for (way, kind) in CHANNELS.into_iter().filter(|(way, _)| *way != Way::Iso) {
        let mut ends = Ends::new((way, kind));
        ends.ok("5A 994401", Plain);
        let codes = match kind {
            KeyType::Des | KeyType::TwoKey3Des => &["AA00"][..],
            KeyType::ThreeKey3Des => &["0A00", "AA00"],
            KeyType::Aes128 => &["0A00", "1A00"],
        };
        for code in codes {
            let frame = tapscope::bytes::hex::parse(code).unwrap();
            assert_eq!(ends.card.handle(&frame), [0x9D], "{kind:?} {code}");
        }
        assert_eq!(ends.call("51", Full).0, 0xAE);
    }
}

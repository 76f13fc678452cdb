//! Power lost before every write of what changes a whole card of the installed base: keys and their types, the format,
//! configuration, applications, ISO writes.

use super::pcd::{Pcd, Way, iso_request, key_request, request};
use tapscope::bytes::hex;
use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::product::Product;
use tapscope::card::{ApplicationKeys, KeyType};
use tapscope::dialogue::Request;
use tapscope::virtual_card::{Image, KeyImage, Profile};

const UID: [u8; 7] = [0x04, 0x91, 0x2B, 0x6C, 0x0D, 0x3E, 0x80];
const KINDS: [KeyType; 4] = [
    KeyType::Des,
    KeyType::TwoKey3Des,
    KeyType::ThreeKey3Des,
    KeyType::Aes128,
];

/// Key `number` of a type.
fn key(kind: KeyType, number: u8) -> Vec<u8> {
    let byte = |i: u8| {
        i.wrapping_mul(31)
            .wrapping_add(11)
            .wrapping_mul(2 * number + 1)
            ^ 0x26
    };
    let bytes: Vec<u8> = (0..24).map(byte).collect();
    match kind {
        KeyType::Des => bytes[..8].repeat(2),
        KeyType::ThreeKey3Des => bytes,
        KeyType::TwoKey3Des | KeyType::Aes128 => bytes[..16].to_vec(),
    }
}

const fn type_bits(kind: KeyType) -> u8 {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => 0x00,
        KeyType::ThreeKey3Des => 0x40,
        KeyType::Aes128 => 0x80,
    }
}

fn card(kind: KeyType) -> Image {
    Image {
        master_key_type: kind,
        master_key: KeyImage::new(key(kind, 0), 0),
        keys: ApplicationKeys(0x01 | type_bits(kind)),
        ..Image::factory(Product::DesfireEv1, UID)
    }
}

/// Every way to a session that a type of key has.
fn ways(kind: KeyType) -> &'static [Way] {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => &[Way::D40, Way::Ev1, Way::Iso],
        KeyType::ThreeKey3Des | KeyType::Aes128 => &[Way::Ev1, Way::Iso],
    }
}

/// Tears a request before every write. The card is as before or as after it, never old again once it was new. Gives the
/// number of writes.
fn tear(start: &dyn Fn() -> Pcd, request: &Request, check: &dyn Fn(&mut Pcd, bool)) -> u32 {
    let mut whole = start();
    let before = whole.card.image();
    assert!(whole.run(request).status.is_success(), "{request:?}");
    let (after, writes) = (whole.card.image(), whole.card.writes_of_last_command());
    assert_ne!(before, after, "{request:?}");
    let mut was_new = false;
    for write in 0..writes {
        let mut pcd = start();
        assert!(pcd.torn(request, write), "{request:?} before write {write}");
        let image = pcd.card.image();
        let is_new = image == after;
        assert!(
            is_new || image == before,
            "{request:?}: mixed before write {write}"
        );
        assert!(
            is_new || !was_new,
            "{request:?}: old again before write {write}"
        );
        assert!(write > 0 || !is_new);
        check(&mut pcd, is_new);
        was_new = is_new;
    }
    assert!(was_new, "{request:?}: the last write comes after the mark");
    let mut pcd = start();
    assert!(!pcd.torn(request, writes), "no more writes");
    writes
}

#[test]
fn the_picc_master_key_and_its_type() {
    let mut tears = 0;
    for old in KINDS {
        for new in KINDS {
            for way in ways(old) {
                let start = || {
                    let mut pcd = Pcd::new(&card(old));
                    assert!(pcd.authenticate(*way, 0, old, &key(old, 0)).is_success());
                    pcd
                };
                let version = (new == KeyType::Aes128).then_some(0x21);
                let change = key_request(type_bits(new), &key(new, 1), version, None);
                tears += tear(&start, &change, &|pcd, is_new| {
                    let (kind, number) = if is_new { (new, 1) } else { (old, 0) };
                    let settings = format!("0F{:02X}", 0x01 | type_bits(kind));
                    assert_eq!(pcd.ok("45", Plain), settings);
                    let status = pcd.authenticate(Way::Ev1, 0, kind, &key(kind, number));
                    assert!(status.is_success(), "{old:?} to {new:?}: {status}");
                });
            }
        }
    }
    assert!(tears > 600, "{tears}");
}

#[test]
fn keys_of_an_application() {
    for kind in KINDS {
        for way in ways(kind) {
            let start = || {
                let default = [key(kind, 2), vec![0; 24]].concat();
                let mut image = card(kind);
                image.default_key = KeyImage::new(&default[..24], 0);
                let mut pcd = Pcd::new(&image);
                pcd.ok(
                    &format!("CA 112233 0F {:02X}", 0x03 | type_bits(kind)),
                    Plain,
                );
                pcd.ok("5A 112233", Plain);
                let number = if *way == Way::Iso { 0x80 } else { 0 };
                let status = pcd.authenticate(*way, number, kind, &key(kind, 2));
                assert!(status.is_success(), "{status}");
                pcd
            };
            let version = (kind == KeyType::Aes128).then_some(0x33);
            for (key_no, old) in [(0, None), (1, Some(key(kind, 2)))] {
                let change = key_request(key_no, &key(kind, 3), version, old.as_deref());
                tear(&start, &change, &|pcd, is_new| {
                    pcd.ok("5A 112233", Plain);
                    let number = if is_new { 3 } else { 2 };
                    let status = pcd.authenticate(Way::Ev1, key_no, kind, &key(kind, number));
                    assert!(status.is_success(), "{status}");
                });
            }
        }
    }
}

/// A card with two applications, files, and memory lost to a deleted file, in a session with the master key.
fn full(kind: KeyType, way: Way) -> Pcd {
    let mut pcd = Pcd::new(&card(kind));
    for (aid, fid) in [("112233", "01DF"), ("445566", "02DF")] {
        pcd.ok(&format!("CA {aid} 0F 22 {fid} A0{aid}"), Plain);
        pcd.ok(&format!("5A {aid}"), Plain);
        pcd.ok("CD 01 01E1 00 EEEE 280000", Plain);
        pcd.ok("CB 02 02E1 00 EEEE 280000", Plain);
        pcd.ok("C1 03 03E1 00 EEEE 040000 030000", Plain);
        pcd.ok("CD 04 04E1 00 EEEE 280000", Plain);
        pcd.ok("DF 04", Plain);
        pcd.ok("5A 000000", Plain);
    }
    assert!(pcd.authenticate(way, 0, kind, &key(kind, 0)).is_success());
    pcd
}

#[test]
fn the_format_the_configuration_and_whole_applications() {
    let default = format!("5C 01 {} 05", hex::upper(key(KeyType::ThreeKey3Des, 7)));
    let steps = [
        ("FC", Mac),
        ("54 0B", Full),
        (&default, Full),
        ("5C 00 03", Full),
        ("5C 02 0675778102 81", Full),
        ("DA 445566", Mac),
        ("CA 778899 0B 8E", Mac),
    ];
    for kind in KINDS {
        for way in ways(kind) {
            for (command, mode) in steps {
                tear(
                    &|| full(kind, *way),
                    &request(command, mode),
                    &|pcd, is_new| {
                        let status = pcd.authenticate(*way, 0, kind, &key(kind, 0));
                        assert!(status.is_success(), "{status}");
                        let aids = match (command, is_new) {
                            ("FC", true) => "",
                            ("DA 445566", true) => "112233",
                            ("CA 778899 0B 8E", true) => "112233445566778899",
                            _ => "112233445566",
                        };
                        assert_eq!(pcd.ok("6A", Mac), aids);
                    },
                );
            }
        }
    }
}

/// Flags before, flags that are written, flags after; with the switch that lets a zero bit clear.
const DISABLED: [(u8, u8, u8, bool); 4] = [
    (0x00, 0x01, 0x01, true),
    (0x01, 0x06, 0x07, true),
    (0x04, 0x07, 0x07, true),
    (0x05, 0x02, 0x02, false),
];

#[test]
fn disabled_authentications() {
    for (before, written, after, one_way) in DISABLED {
        for (product, kind, way) in [
            (Product::DesfireEv2, KeyType::TwoKey3Des, Way::Ev1),
            (Product::DesfireEv3, KeyType::Aes128, Way::Ev1),
            (Product::DesfireEv3, KeyType::Aes128, Way::Ev2),
        ] {
            let start = || {
                let mut pcd = Pcd::new(&Image {
                    product,
                    disabled: before,
                    profile: Profile {
                        disabling_is_one_way: one_way,
                        ..Profile::default()
                    },
                    ..card(kind)
                });
                let status = pcd.authenticate(way, 0, kind, &key(kind, 0));
                assert!(status.is_success(), "{status}");
                pcd
            };
            let command = request(&format!("5C 04 {written:02X}00"), Full);
            let writes = tear(&start, &command, &|pcd, is_new| {
                let flags = if is_new { after } else { before };
                assert_eq!(pcd.card.image().disabled, flags);
                let is_ev1_off = flags & 0x02 != 0;
                for (code, is_off) in [("0A00", flags & 0x01 != 0), ("1A00", is_ev1_off)] {
                    pcd.tap();
                    let answer = pcd.raw(code);
                    let is_open = kind == KeyType::TwoKey3Des && !is_off;
                    let expected = if is_open { "AF" } else { "9D" };
                    assert!(answer.starts_with(expected), "{flags:02X} {code}: {answer}");
                }
                pcd.tap();
                let answer = pcd.raw("0084000008");
                assert_eq!(
                    answer.ends_with("9000"),
                    !is_ev1_off,
                    "{flags:02X}: {answer}"
                );
            });
            assert!(writes > 2, "{writes}");
        }
    }
}

#[test]
fn iso_writes_and_their_commit() {
    let start = || {
        let mut pcd = full(KeyType::Aes128, Way::Ev1);
        assert_eq!(pcd.iso("00A4000C 02 DF01").0, 0x9000);
        pcd
    };
    let data = "C3".repeat(30);
    let standard = iso_request(&format!("00D68105 1E {data}"));
    assert!(
        tear(&start, &standard, &|pcd, is_new| {
            pcd.ok("5A 112233", Plain);
            let read = pcd.iso("00B08105 1E").1;
            assert_eq!(read == data, is_new);
        }) > 8
    );
    let pending = || {
        let mut pcd = start();
        assert_eq!(pcd.iso(&format!("00D68205 1E {data}")).0, 0x9000);
        assert_eq!(pcd.iso("00E20018 04 01020304").0, 0x9000);
        pcd
    };
    assert!(
        tear(&pending, &request("C7", Plain), &|pcd, is_new| {
            pcd.ok("5A 112233", Plain);
            let read = pcd.iso("00B08205 1E").1;
            assert_eq!(read == data, is_new);
            assert_eq!(
                pcd.iso("00B2011C 00").0,
                if is_new { 0x9000 } else { 0x6A83 }
            );
        }) > 16
    );
}

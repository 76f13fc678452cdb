//! Applications, the whole card, keys and authentications.

use super::super::Seen;
use super::super::pcd::{Pcd, Way};
use super::*;

pub(super) fn applications(seen: &mut Seen) {
    let mut closed = image(Product::DesfireEv3);
    closed.settings = KeySettings(0x09);
    let mut pcd = Pcd::new(&closed);
    for command in ["6A", "6D", "45", "CA 112233 0F 81"] {
        pcd.refused(command, Plain, 0xAE);
    }
    seen.absorb(&pcd.seen);
    let mut pcd = card();
    pcd.ok("5A 000000", Plain);
    pcd.refused("5A 445566", Plain, 0xA0);
    pcd.refused("CA 112233 0F 81", Plain, 0xDE);
    pcd.refused("CA 445566 0F 8F", Plain, 0x9E);
    assert_eq!(pcd.ok("6A", Plain), "112233");
    pcd.ok("CA 445566 0F A1 01DF A000", Plain);
    assert_eq!(pcd.ok("6D", Plain), "44556601DFA000");
    pcd.refused("DA 445566", Plain, 0xAE);
    log_in(&mut pcd);
    pcd.refused("DA 778899", Mac, 0xA0);
    each(
        &mut pcd,
        &[
            (Some(0), "CA 778899 0F 81", Mac, 0x9D),
            (Some(0), "DA 445566", Mac, 0x9D),
            (Some(0), "6A", Mac, 0x9D),
            (Some(0), "6D", Plain, 0x9D),
        ],
    );
    log_in(&mut pcd);
    pcd.ok("DA 445566", Mac);
    seen.absorb(&pcd.seen);
    let mut small = Pcd::new(&image(Product::DesfireEv1_2k));
    for number in 0..6 {
        small.ok(
            &format!("CA 0000{number:02X} 0F 8E").replace("000000", "0000FF"),
            Plain,
        );
    }
    small.refused("CA 112233 0F 8E", Plain, 0x0E);
    seen.absorb(&small.seen);
    let mut many = Pcd::new(&image(Product::DesfireEv1));
    for number in 1..=28 {
        many.ok(&format!("CA 0000{number:02X} 0F 80"), Plain);
    }
    many.refused("CA 112233 0F 80", Plain, 0xCE);
    seen.absorb(&many.seen);
}

pub(super) fn whole_card(seen: &mut Seen) {
    let mut pcd = master(Product::DesfireEv3);
    for command in ["60", "6E"] {
        pcd.ok(command, Mac);
    }
    pcd.ok("51", Full);
    pcd.ok("FC", Mac);
    pcd.refused("5C 0F 00", Full, 0x9E);
    pcd.refused("51", Plain, 0xAE);
    pcd.refused("FC", Plain, 0xAE);
    pcd.refused("5C 00 00", Plain, 0xAE);
    log_in(&mut pcd);
    pcd.ok("5C 00 01", Full);
    pcd.refused("FC", Mac, 0x9D);
    pcd.ok("CA 112233 0F 81", Plain);
    each(&mut pcd, &[(Some(0), "5C 00 00", Full, 0x9D)]);
    seen.absorb(&pcd.seen);
}

pub(super) fn keys(seen: &mut Seen) {
    for ins in ["C4", "C6 00"] {
        let mut pcd = card();
        let change = |number: &str, old: &[u8; 16], checked: &[u8; 16]| {
            let mixed: Vec<u8> = OTHER.iter().zip(old).map(|(new, old)| new ^ old).collect();
            let crc = tapscope::crypto::crc::crc32(checked);
            format!(
                "{ins} {number} {} 01 {}",
                hex::upper(mixed),
                hex::upper(crc)
            )
        };
        each(
            &mut pcd,
            &[
                (Some(0), &change("09", &DEFAULT, &OTHER), Full, 0x40),
                (Some(0), &change("01", &DEFAULT, &OTHER), Full, 0xAE),
                (Some(0), "54 0F", Full, 0x00),
                (Some(0), &change("01", &DEFAULT, &OTHER), Full, 0x00),
                (Some(0), &change("02", &MASTER, &OTHER), Full, 0x1E),
                (Some(2), &change("03", &DEFAULT, &OTHER), Full, 0xAE),
                (Some(0), "54 FF", Full, 0x00),
                (Some(0), &change("02", &DEFAULT, &OTHER), Full, 0x9D),
            ],
        );
        // At PICC level an EV2 session takes AES keys only, and key sets stop at 0.
        pcd.ok("5A 000000", Plain);
        let status = pcd.authenticate(Way::Ev2, 0, KeyType::Aes128, &MASTER);
        assert!(status.is_success(), "{status}");
        pcd.refused(&format!("{ins} 00 {} 01", hex::upper(OTHER)), Full, 0x9E);
        seen.absorb(&pcd.seen);
    }
    let mut pcd = card();
    each(
        &mut pcd,
        &[
            (None, "64 01", Plain, 0x00),
            (None, "64 09", Plain, 0x40),
            (None, "64 41 02", Plain, 0x9E),
        ],
    );
    seen.absorb(&pcd.seen);
}

pub(super) fn authentications(seen: &mut Seen) {
    let mut picc = image(Product::DesfireEv3);
    picc.master_key_type = KeyType::TwoKey3Des;
    picc.keys = ApplicationKeys(0x01);
    for (ins, way, kind) in [
        ("710000", Way::Ev2, KeyType::Aes128),
        ("AA00", Way::Ev1, KeyType::Aes128),
        ("1A00", Way::Ev1, KeyType::TwoKey3Des),
        ("0A00", Way::D40, KeyType::TwoKey3Des),
    ] {
        let mut pcd = Pcd::new(&picc);
        pcd.ok("CA 112233 0F 82", Plain);
        // AES in the application, 2K3DES at PICC level.
        let (home, foreign) = if kind == KeyType::Aes128 {
            ("5A 112233", "5A 000000")
        } else {
            ("5A 000000", "5A 112233")
        };
        let key = if kind == KeyType::Aes128 {
            &DEFAULT
        } else {
            &MASTER
        };
        pcd.ok(home, Plain);
        assert!(pcd.authenticate(way, 0, kind, key).is_success());
        pcd.ok(home, Plain);
        assert_eq!(pcd.raw(&ins.replacen("00", "05", 1)), "40", "{ins}");
        pcd.ok(foreign, Plain);
        assert_eq!(pcd.raw(ins), "9D", "{ins}");
        pcd.ok(home, Plain);
        for _ in 0..5 {
            let status = pcd.authenticate(way, 0, kind, &OTHER);
            assert_eq!(status.code(), Some(0xAE));
        }
        assert_eq!(pcd.raw(ins), "AD", "{ins}");
        seen.absorb(&pcd.seen);
    }
    let mut pcd = card();
    enter(&mut pcd, Some(0));
    assert!(
        pcd.authenticate(Way::Again, 1, KeyType::Aes128, &DEFAULT)
            .is_success()
    );
    let status = pcd.authenticate(Way::Again, 1, KeyType::Aes128, &OTHER);
    assert_eq!(status.code(), Some(0xAE));
    assert_eq!(pcd.raw("7701"), "9D");
    enter(&mut pcd, Some(0));
    assert_eq!(pcd.raw("7709"), "40");
    seen.absorb(&pcd.seen);
}

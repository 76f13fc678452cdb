//! Products: what each is as delivered, what it takes and refuses, and its configuration.

use super::pcd::{Pcd, Way};
use tapscope::apdu::Status;
use tapscope::bytes::hex;
use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::KeyType;
use tapscope::card::product::{Generation, Product};
use tapscope::command::{Rule, spec};
use tapscope::virtual_card::{Image, Profile};

const UID: [u8; 7] = [0x04, 0x31, 0x42, 0x53, 0x64, 0x75, 0x80];
/// As cards are delivered.
const FACTORY: [u8; 16] = [0; 16];
const AES: [u8; 16] = [
    0x3A, 0x11, 0x92, 0x5C, 0xD7, 0x08, 0xE4, 0x6B, 0x29, 0xF0, 0x8D, 0x43, 0xB6, 0x7E, 0x15, 0xCC,
];

fn factory(product: Product) -> Pcd {
    Pcd::new(&Image::factory(product, UID))
}

/// In a session with the factory's master key.
fn master(product: Product, way: Way) -> Pcd {
    let mut pcd = factory(product);
    log_in(&mut pcd, way);
    pcd
}

fn log_in(pcd: &mut Pcd, way: Way) {
    let status = pcd.authenticate(way, 0, KeyType::Des, &FACTORY);
    assert!(status.is_success(), "{status}");
}

#[test]
fn a_card_as_delivered() {
    for product in Product::ALL {
        let row = product.capabilities();
        let mut pcd = factory(product);
        assert_eq!(pcd.ok("6A", Plain), "");
        assert_eq!(pcd.ok("45", Plain), "0F01");
        assert_eq!(pcd.ok("6400", Plain), "00");
        let free = u32::to_le_bytes(row.memory);
        assert_eq!(pcd.ok("6E", Plain), hex::upper(&free[..3]));
        let version = pcd.ok("60", Plain);
        assert_eq!(version[..14], hex::upper(row.hardware.bytes()));
        assert_eq!(version[28..42], hex::upper(UID));
        assert_eq!(pcd.raw("FFCA010000"), "0675778102809000");
        for way in [Way::D40, Way::Ev1, Way::Iso] {
            log_in(&mut pcd, way);
            assert_eq!(pcd.ok("51", Full), hex::upper(UID), "{product:?} {way:?}");
        }
    }
}

/// The command table's column is the gate: a later generation's code is unknown to the card.
#[test]
fn a_generation_has_its_commands_and_no_others() {
    for product in [
        Product::DesfireEv1,
        Product::DesfireEv2,
        Product::DesfireEv3,
    ] {
        let generation = product.capabilities().generation;
        for row in (0..=u8::MAX).filter_map(spec) {
            let mut pcd = factory(product);
            let answer = pcd.raw(&hex::upper([row.ins]));
            let known = row.since <= generation && !NOT_YET.contains(&row.ins);
            assert_eq!(answer != "1C", known, "{product:?} {}: {answer}", row.name);
        }
    }
}

/// Commands with a row whose work is not built yet.
const NOT_YET: &[u8] = &[0x3C, 0x56, 0x57, 0x55, 0xC9, 0x69, 0xF6, 0xF0, 0xF2, 0xFD];

#[test]
fn parameters_of_a_later_generation_are_refused() {
    let mut ev1 = master(Product::DesfireEv1, Way::Ev1);
    ev1.refused("CA 112233 0F 91 00", Mac, 0x9E);
    let mut ev1 = factory(Product::DesfireEv1);
    ev1.ok("CA 112233 0F 81", Plain);
    ev1.refused("5A 112233 112233", Plain, 0x7E);
    ev1.refused("64 40 00", Plain, 0x7E);
    ev1.ok("5A 112233", Plain);
    ev1.refused("CD 01 80 EEEE 010000", Plain, 0x9E);
    ev1.ok("CB 01 00 EEEE 010000", Plain);
    ev1.refused("5F 01 80 EEEE 01 FF1F", Plain, 0x9E);
    ev1.ok("3D 01 000000 010000 AA", Plain);
    ev1.refused("C7 00", Plain, 0x7E);
    ev1.refused("71 00 00", Plain, 0x1C);
    let mut ev2 = factory(Product::DesfireEv2);
    ev2.ok("CA 112233 0F 91 00", Plain);
    ev2.ok("5A 112233", Plain);
    ev2.ok("CD 01 80 EEEE 010000", Plain);
    assert!(
        ev2.authenticate(Way::Ev2, 0, KeyType::Aes128, &FACTORY)
            .is_success()
    );
}

#[test]
fn an_ev1_has_room_for_28_applications() {
    for (product, status) in [
        (Product::DesfireEv1_8k, 0xCE),
        (Product::DesfireEv2_8k, 0x00),
    ] {
        let mut pcd = factory(product);
        for number in 1..=28 {
            pcd.ok(&format!("CA 1122{number:02X} 0F 80"), Plain);
        }
        assert_eq!(pcd.call("CA 112280 0F 80", Plain).0, status);
    }
}

#[test]
fn memory_comes_back_with_the_format_only() {
    for returns in [false, true] {
        let mut pcd = factory(Product::DesfireEv1_2k);
        pcd.card.set_profile(Profile {
            deleted_memory_returns: returns,
            ..Profile::default()
        });
        let free = |pcd: &mut Pcd| {
            let [a, b, c] = hex::array::<3>(&pcd.ok("6E", Plain)).unwrap();
            u32::from_le_bytes([a, b, c, 0])
        };
        let all = free(&mut pcd);
        pcd.ok("CA 112233 0F 8E", Plain);
        pcd.ok("5A 112233", Plain);
        pcd.ok("CB 01 00 EEEE 210000", Plain);
        let full = all - 352 - 128;
        assert_eq!(free(&mut pcd), full);
        pcd.refused("CD 02 00 EEEE A10700", Plain, 0x0E);
        assert!(pcd.card.image().memory().fits(u64::from(full)));
        pcd.ok("DF 01", Plain);
        assert_eq!(free(&mut pcd), if returns { full + 128 } else { full });
        pcd.ok("5A 000000", Plain);
        log_in(&mut pcd, Way::D40);
        pcd.ok("DA 112233", Plain);
        assert_eq!(free(&mut pcd), if returns { all } else { full });
        let image = pcd.card.image();
        assert_eq!(
            image.memory().free(),
            u64::from(if returns { all } else { full })
        );
        assert_eq!(
            free(&mut Pcd::new(&image)),
            if returns { all } else { full }
        );
        pcd.ok("FC", Plain);
        assert_eq!(free(&mut pcd), all);
        assert_eq!(pcd.card.image().lost_memory, 0);
    }
    let mut pcd = factory(Product::DesfireEv1_2k);
    for number in 0..6 {
        pcd.ok(&format!("CA 1122{number:02X} 0F 8E"), Plain);
    }
    pcd.refused("CA 112280 0F 8E", Plain, 0x0E);
    pcd.ok("CA 112280 0F 81", Plain);
}

#[test]
fn configuration_by_every_channel_of_the_installed_base() {
    for way in [Way::D40, Way::Ev1, Way::Iso] {
        let mut pcd = master(Product::DesfireEv1, way);
        // Default key, then an application that has it.
        let default = format!("5C 01 {}0000000000000000 07", hex::upper(AES));
        pcd.ok(&default, Full);
        pcd.ok("CA 112233 0F 82", Mac);
        pcd.ok("5A 112233", Plain);
        assert_eq!(pcd.ok("6401", Plain), "07");
        assert!(
            pcd.authenticate(Way::Ev1, 1, KeyType::Aes128, &AES)
                .is_success()
        );
        pcd.ok("5A 000000", Plain);
        log_in(&mut pcd, way);
        pcd.ok("5C 02 0675778102 81", Full);
        pcd.refused("5C 02 0775778102 81", Full, 0x7E);
        log_in(&mut pcd, way);
        pcd.refused("5C 04 0100", Full, 0x9E);
        log_in(&mut pcd, way);
        pcd.refused("5C 0C 4403", Full, 0x9E);
        log_in(&mut pcd, way);
        pcd.ok("5C 00 03", Full);
        pcd.refused("FC", Mac, 0x9D);
        assert_eq!(pcd.raw("FFCA010000"), "0675778102809000", "this activation");
        pcd.tap();
        assert_eq!(pcd.raw("FFCA010000"), "0675778102819000");
        assert_eq!(Image::ats(&pcd.card.image()), pcd.card.ats());
        let [first, second] = [(); 2].map(|()| {
            pcd.tap();
            pcd.raw("FFCA000000")
        });
        assert!(first.starts_with("08") && first.len() == 12 && first != second);
        assert_eq!(pcd.ok("60", Plain)[28..42], *"00000000000000");
        log_in(&mut pcd, way);
        assert_eq!(pcd.ok("60", Mac)[28..42], hex::upper(UID));
        assert_eq!(pcd.ok("51", Full), hex::upper(UID));
    }
}

#[test]
fn zero_bits_of_the_configuration_follow_the_profile() {
    for (clears, expected) in [(true, 0x02), (false, 0x03)] {
        let mut pcd = master(Product::DesfireEv2, Way::Ev1);
        pcd.card.set_profile(Profile {
            configuration_clears: clears,
            ..Profile::default()
        });
        pcd.ok("5C 00 03", Full);
        pcd.ok("5C 00 00", Full);
        assert_eq!(pcd.card.image().configuration, expected);
    }
}

#[test]
fn authentications_can_be_disabled() {
    let aes = |pcd: &mut Pcd| {
        pcd.ok("CA 112233 0F 81", Plain);
        pcd.ok("5A 112233", Plain);
    };
    for upper in [false, true] {
        let mut pcd = master(Product::DesfireEv2, Way::Ev1);
        pcd.card.set_profile(Profile {
            disabled_in_upper_byte: upper,
            ..Profile::default()
        });
        let (first, second) = if upper {
            ("0001", "0002")
        } else {
            ("0100", "0200")
        };
        pcd.ok(&format!("5C 04 {first}"), Full);
        assert_eq!(
            pcd.authenticate(Way::D40, 0, KeyType::Des, &FACTORY),
            Status::Native(0x9D)
        );
        log_in(&mut pcd, Way::Ev1);
        pcd.ok(&format!("5C 04 {second}"), Full);
        for way in [Way::D40, Way::Ev1] {
            assert_eq!(
                pcd.authenticate(way, 0, KeyType::Des, &FACTORY),
                Status::Native(0x9D)
            );
        }
        assert_eq!(
            pcd.authenticate(Way::Iso, 0, KeyType::Des, &FACTORY),
            Status::Iso(0x6985)
        );
        aes(&mut pcd);
        assert!(
            pcd.authenticate(Way::Ev2, 0, KeyType::Aes128, &FACTORY)
                .is_success()
        );
        assert_eq!(pcd.card.image().disabled, 0x03);
    }
    let mut pcd = master(Product::DesfireEv2, Way::Ev1);
    pcd.ok("5C 04 0400", Full);
    pcd.refused("5C 04 0800", Full, 0x9E);
    log_in(&mut pcd, Way::Ev1);
    pcd.refused("5C 04 04", Full, 0x7E);
    aes(&mut pcd);
    assert!(
        pcd.authenticate(Way::Ev2, 0, KeyType::Aes128, &FACTORY)
            .is_success()
    );
    pcd.ok("CD 01 01 0000 800000", Mac);
    pcd.ok("CD 02 00 EEEE 800000", Mac);
    let data = "5A".repeat(0x60);
    pcd.ok(&format!("3D 02 000000 600000 {data}"), Plain);
    pcd.ok("3D 01 000000 010000 A5", Mac);
    pcd.refused(&format!("3D 01 000000 600000 {data}"), Mac, 0x9D);
}

#[test]
fn failed_authentications_bring_a_delay() {
    for (way, wrong, delayed) in [
        (Way::D40, Status::Native(0xAE), Status::Native(0xAD)),
        (Way::Ev1, Status::Native(0xAE), Status::Native(0xAD)),
        (Way::Iso, Status::Iso(0x6982), Status::Iso(0x6985)),
    ] {
        let status = |pcd: &mut Pcd, key: &[u8]| pcd.authenticate(way, 0, KeyType::TwoKey3Des, key);
        let wrong_key = *b"\x77\x31\x5A\x0C\x92\xE6\x4D\xB8\x13\xF0\x6B\x2E\xC5\x88\x39\xA4";
        let mut pcd = factory(Product::DesfireEv2);
        for _ in 0..4 {
            assert_eq!(status(&mut pcd, &wrong_key), wrong);
        }
        log_in(&mut pcd, way);
        for _ in 0..5 {
            assert_eq!(status(&mut pcd, &wrong_key), wrong, "{way:?}");
        }
        pcd.tap();
        for _ in 0..3 {
            assert_eq!(status(&mut pcd, &FACTORY), delayed, "{way:?}");
        }
        assert_eq!(status(&mut pcd, &wrong_key), wrong);
        assert_eq!(
            status(&mut pcd, &FACTORY),
            delayed,
            "{way:?}: one more failure starts it again"
        );
        let mut ev1 = factory(Product::DesfireEv1);
        let mut never = factory(Product::DesfireEv3);
        never.card.set_profile(Profile {
            failures_before_delay: 0,
            ..Profile::default()
        });
        for _ in 0..20 {
            assert_eq!(status(&mut ev1, &wrong_key), wrong);
            assert_eq!(status(&mut never, &wrong_key), wrong);
        }
    }
}

#[test]
fn table_and_generation_agree_about_authentications() {
    let ev1: Vec<u8> = (0..=u8::MAX)
        .filter_map(spec)
        .filter(|row| row.rule == Rule::Authentication && row.since <= Generation::Ev1)
        .map(|row| row.ins)
        .collect();
    assert_eq!(ev1, [0x0A, 0x1A, 0xAA]);
}

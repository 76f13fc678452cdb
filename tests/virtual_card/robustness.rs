//! Any bytes: no panic, and afterwards still a card.

use super::host::*;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};

const SEEDS: &[&[u8]] = &[
    &[0x60],
    &[0xAF],
    &[0x5A, 0x99, 0x44, 0x01],
    &[0x90, 0x5A, 0, 0, 3, 0x99, 0x44, 0x01, 0],
    &[0x00, 0xA4, 4, 0, 6, 0xD2, 0x76, 0, 0, 0x85, 0xAA, 0],
    &[0x71, 1, 0],
    &[0x77, 1],
    &[0x3B, 7, 0, 0, 0, 4, 0, 0, 1, 2, 3, 4],
    &[0xBB, 7, 0, 0, 0, 0, 0, 0],
    &[0xBD, 6, 0, 0, 0, 0, 0, 0],
    &[0xDB, 7, 0, 0, 0, 0, 0, 0, 1, 0, 0, 9],
    &[0xCA, 0x11, 0x22, 0x33, 0x0F, 0x83],
    &[0xCD, 0x0A, 0, 0xEE, 0xEE, 0x20, 0, 0],
    &[0xC0, 0x0B, 0, 0xEE, 0xEE, 4, 0, 0, 3, 0, 0],
    &[
        0xCC, 0x0C, 0, 0xEE, 0xEE, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 3,
    ],
    &[0x5F, 0x0A, 0x80, 0xEE, 0xEE, 1, 0xEE, 0xEE],
    &[0x0C, 0x0C, 1, 0, 0, 0],
    &[0xDC, 0x0C, 1, 0, 0, 0],
    &[0xEB, 7],
    &[0xC7, 1],
    &[0xA7],
    &[0xF5, 7],
    &[0xDF, 0x0A],
    &[0xDA, 0x11, 0x22, 0x33],
    &[0xFF, 0xCA, 0, 0, 0],
    &[0xC4, 0],
    &[0xC8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
];

/// One of the frames, changed in up to two places.
fn changed(seeds: &[&[u8]], draw: &mut dyn FnMut(usize) -> usize) -> Vec<u8> {
    let mut frame = seeds[draw(seeds.len())].to_vec();
    for _ in 0..draw(3) {
        match draw(4) {
            0 => frame.truncate(draw(frame.len() + 1)),
            1 => frame.extend((0..draw(70)).map(|i| u8::try_from(i).unwrap())),
            2 if !frame.is_empty() => {
                let at = draw(frame.len());
                frame[at] ^= 1 << draw(8);
            }
            _ => frame.insert(draw(frame.len() + 1), u8::try_from(draw(256)).unwrap()),
        }
    }
    frame
}

/// ISO files and selection, lists of names, the three ISO authentication commands, the format.
const ISO: &[&[u8]] = &[
    &[0x00, 0xA4, 0, 0x0C, 2, 0xDF, 0x01],
    &[0x00, 0xA4, 2, 0x0C, 2, 0xE1, 0x01],
    &[0x00, 0xA4, 3, 0x00, 0],
    &[0x00, 0xA4, 4, 0, 2, 0xA0, 0x01, 0],
    &[0x00, 0xB0, 0x81, 0, 0],
    &[0x00, 0xB0, 0, 0x10, 4],
    &[0x00, 0xD6, 0x81, 3, 3, 1, 2, 3],
    &[0x00, 0xD6, 0x82, 3, 3, 1, 2, 3],
    &[0x00, 0xB2, 1, 0x1D, 0],
    &[0x00, 0xE2, 0, 0x18, 4, 9, 8, 7, 6],
    &[0x00, 0x84, 0, 0, 8],
    &[
        0x00, 0x82, 0, 0x80, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0,
    ],
    &[0x0A, 0],
    &[0x1A, 0],
    &[0xAF, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    &[0x6D],
    &[0x61],
    &[0xC7],
    &[0x5A, 0x11, 0x22, 0x33],
    &[0xCD, 0x09, 0x09, 0xE1, 0, 0xEE, 0xEE, 0x20, 0, 0],
    &[0xDF, 0x09],
    &[0x5C, 2, 6, 0x75, 0x77, 0x81, 2, 0x81],
    &[0x5C, 4, 1, 0],
    &[0xFC],
];

#[test]
fn no_bytes_make_a_card_of_any_product_panic() {
    use super::pcd::{Pcd, Way};
    use tapscope::card::CommMode::Plain;
    use tapscope::card::KeyType;
    use tapscope::card::product::Product;
    use tapscope::virtual_card::Image;
    for (index, product) in Product::ALL.into_iter().enumerate() {
        let mut random = SeededEntropy::new(0x150 + u64::try_from(index).unwrap());
        let mut draw = |below: usize| {
            let mut bytes = [0; 4];
            random.fill(&mut bytes);
            usize::try_from(u32::from_le_bytes(bytes)).unwrap() % below
        };
        let mut pcd = Pcd::new(&Image::factory(product, UID));
        pcd.ok("CA 112233 0F 22 01DF A001", Plain);
        pcd.ok("5A 112233", Plain);
        pcd.ok("CD 01 01E1 00 EEEE 200000", Plain);
        pcd.ok("CB 02 02E1 00 EEEE 200000", Plain);
        pcd.ok("C0 03 03E1 00 EEEE 040000 030000", Plain);
        for round in 0..6_000 {
            if round % 50 == 0 {
                pcd.tap();
                pcd.card.handle(&[0x5A, 0x11, 0x22, 0x33]);
                let way = [Way::D40, Way::Ev1][round / 50 % 2];
                pcd.authenticate(way, 1, KeyType::Des, &[0; 16]);
            }
            let frame = changed(ISO, &mut draw);
            assert!(!pcd.card.handle(&frame).is_empty(), "{frame:02X?}");
        }
        let image = pcd.card.image();
        assert_eq!(image.check(), Ok(()), "{product:?}");
        assert_eq!(Pcd::new(&image).card.image(), image);
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut random = SeededEntropy::new(0x5EED);
    let mut draw = |below: usize| {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap() % below
    };
    let mut host = Host::personalised('F');
    for round in 0..20_000 {
        if round % 40 == 0 {
            host.tap();
            if round % 80 == 0 {
                host.authenticate(3, 3).unwrap();
            } else if round % 120 == 0 {
                host.native("5A112233");
            }
        }
        let frame = changed(SEEDS, &mut draw);
        assert!(!host.card.handle(&frame).is_empty(), "{frame:02X?}");
    }
    let image = host.card.image();
    assert_eq!(image.check(), Ok(()));
    assert_eq!(Host::new(&image).card.image(), image);
}

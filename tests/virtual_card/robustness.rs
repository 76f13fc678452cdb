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
        let mut frame = SEEDS[draw(SEEDS.len())].to_vec();
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
        assert!(!host.card.handle(&frame).is_empty(), "{frame:02X?}");
    }
    let image = host.card.image();
    assert_eq!(image.check(), Ok(()));
    assert_eq!(Host::new(&image).card.image(), image);
}

//! Frames of a conversation changed, cut and repeated at random: neither card nor observer may panic, and a card that
//! answers at all answers with a status.

use tapscope::bytes::hex;
use tapscope::card::product::Product;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::trace::EventKind;

use super::ends::{CHANNELS, Ends};

const FRAMES: [&str; 22] = [
    "900A0000010000",
    "901A0000010000",
    "90AA0000010000",
    "90AF000010000102030405060708090A0B0C0D0E0F00",
    "90AF000020000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F00",
    "0084000008",
    "0084000010",
    "0082028110000102030405060708090A0B0C0D0E0F",
    "0082098120000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
    "00880281080001020304050607",
    "905A00000399440100",
    "90C400001901000102030405060708090A0B0C0D0E0F101112131415161700",
    "90C400002100000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F00",
    "9054000008000102030405060700",
    "905C00000901000102030405060700",
    "90CD0000070103101120000000",
    "903D00000F010000000800000001020304050607 00",
    "90BD0000070100000000000000",
    "905F000009010001020304050607 00",
    "9051000000",
    "90C7000000",
    "90FC000000",
];

/// Sessions that are disturbed, in each channel on each product. `TAPSCOPE_NOISE` says how many times as many.
const SESSIONS: u64 = 7;
/// Frames in each.
const LENGTH: u64 = 20;

#[test]
fn neither_card_nor_observer_panics() {
    let times = std::env::var("TAPSCOPE_NOISE").map_or(1, |text| text.parse().expect("a number"));
    let places = Product::ALL
        .into_iter()
        .flat_map(|product| CHANNELS.map(|channel| (product, channel)));
    let mut answers = 0;
    for (number, (product, channel)) in (0..).zip(places) {
        let mut noise = SeededEntropy::new(77 + number);
        let mut draw = |below: usize| {
            let mut bytes = [0; 2];
            noise.fill(&mut bytes);
            usize::from(u16::from_le_bytes(bytes)) % below
        };
        for _ in 0..SESSIONS * times {
            let mut ends = Ends::of(product, channel).entered(0);
            for _ in 0..LENGTH {
                let mut frame = hex::parse(FRAMES[draw(FRAMES.len())]).unwrap();
                for _ in 0..draw(4) {
                    let at = draw(frame.len());
                    frame[at] ^= 1 << draw(8);
                }
                if draw(8) == 0 {
                    frame.truncate(draw(frame.len()).max(1));
                }
                let answer = ends.card.exchange(&frame).unwrap();
                assert!(!answer.is_empty());
                ends.observe(EventKind::Command(frame));
                ends.observe(EventKind::Response(answer));
                answers += 1;
            }
        }
    }
    let places = Product::ALL.len() * CHANNELS.len();
    assert_eq!(
        answers,
        u64::try_from(places).unwrap() * SESSIONS * times * LENGTH
    );
}

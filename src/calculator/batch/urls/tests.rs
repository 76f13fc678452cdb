//! Verdicts and order of small batches.

use super::*;
use crate::bytes::hex;
use crate::crypto::aes::AesKey;
use crate::crypto::cmac::odd_bytes;
use crate::sdm::{Mirrored, ReadCtr};

const META: [u8; 16] = *b"\x0F\x1E\x2D\x3C\x4B\x5A\x69\x78\x87\x96\xA5\xB4\xC3\xD2\xE1\xF0";
const FILE: [u8; 16] = *b"\x5B\xC1\x07\xE9\x22\x9D\x40\xF6\x3A\x88\x15\xD3\x6E\xB4\x71\x0C";

/// A URL as a tag makes it, its MAC over nothing or from the file data on.
fn url(tag: u8, counter: u8, file_data: Option<&str>) -> String {
    let mut plain = [
        0xC7, 4, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, tag, counter, 0, 0, 9, 8, 7, 6, 5,
    ];
    plain[15] = tag ^ counter;
    let mirrored = Mirrored::from_picc_data(&plain).unwrap();
    let picc = hex::upper(AesKey::new(&META).encrypt_block(plain));
    let vectors = sdm::session_vectors(Mode::Aes, &mirrored);
    let session = sdm::session_key(Mode::Aes, &FILE, &vectors.mac);
    let covered = file_data.map_or(String::new(), |data| format!("{data}&cmac="));
    let mac = odd_bytes(sdm::file_mac(Mode::Aes, &session, covered.as_bytes()));
    let file_data = file_data.map_or(String::new(), |data| format!("&enc={data}"));
    format!(
        "https://x.test/t?picc_data={picc}{file_data}&cmac={}",
        hex::upper(mac)
    )
}

fn texts() -> Texts {
    let texts = [("key", META), ("file-key", FILE)];
    texts
        .map(|(name, key)| (name.to_owned(), hex::upper(key)))
        .into()
}

fn judged(urls: Vec<String>) -> UrlBatch {
    let urls = (1..).zip(urls).map(|(line, text)| Url { line, text });
    let mut batch = UrlBatch::new(&texts(), urls.collect()).unwrap();
    while !batch.step(1).is_done() {}
    batch
}

#[test]
fn replays_and_late_ones_are_those_of_each_tag() {
    let again = url(1, 6, Some("11223344556677889900AABBCCDDEEFF"));
    let urls = vec![
        url(1, 5, None),
        url(2, 1, None),
        url(1, 6, None),
        url(1, 20, None),
        url(1, 7, None),
        url(1, 5, None),
        again,
    ];
    let batch = judged(urls);
    let orders: Vec<Order> = batch.judged().iter().map(|tap| tap.order).collect();
    let expected = [
        Order::First,
        Order::First,
        Order::Next,
        Order::Jump(7),
        Order::Late,
        Order::Duplicate(1),
        Order::Conflict(3),
    ];
    assert_eq!(orders, expected);
    let right = |tap: &Tap| tap.verdict == Verdict::Right;
    assert!(batch.judged().iter().all(right), "{:?}", batch.judged());
    let wrong: Vec<u64> = batch
        .judged()
        .iter()
        .filter(|tap| tap.is_wrong())
        .map(|tap| tap.line)
        .collect();
    assert_eq!(wrong, [6, 7], "gaps and late ones are not wrong");
    let tag = batch.tags()[0];
    assert_eq!((tag.uid[6], tag.taps, tag.counters), (1, 4, (5, 20)));
    assert_eq!((tag.unseen, tag.replays, tag.late), (12, 2, 1));
    assert_eq!(batch.tags()[1].unseen, 0);
}

#[test]
fn the_start_of_the_last_right_one_is_tried_first_and_others_are_still_found() {
    let data = "11223344556677889900AABBCCDDEEFF";
    let batch = judged(vec![
        url(1, 1, Some(data)),
        url(1, 2, Some(data)),
        url(1, 3, None),
    ]);
    assert!(!batch.is_wrong());
    let session = sdm::session_vectors(
        Mode::Aes,
        &Mirrored {
            uid: Some([4, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 1]),
            ctr: Some(ReadCtr::from_lsb([2, 0, 0])),
        },
    );
    let key = sdm::session_key(Mode::Aes, &FILE, &session.enc);
    let start = sdm::file_data_start(Mode::Aes, &key, ReadCtr::from_lsb([2, 0, 0]));
    let data = hex::parse(data).unwrap();
    let plain = sdm::decrypt_file_data(Mode::Aes, &key, &start, &data).unwrap();
    assert_eq!(batch.judged()[1].file_data, Some(plain));
    assert_eq!(batch.judged()[2].file_data, None);
}

#[test]
fn what_is_wrong_does_not_count_as_seen() {
    let right = url(1, 5, None);
    let mut forged = right.clone();
    forged.replace_range(forged.len() - 16.., "0123456789ABCDEF");
    let (bare, _) = right.split_once("&cmac").unwrap();
    let mut other = right.clone();
    other.replace_range(27..59, "00112233445566778899AABBCCDDEEFF");
    let batch = judged(vec![forged, bare.to_owned(), other, "hello".into(), right]);
    let judged = batch.judged();
    assert!(matches!(&judged[0].verdict, Verdict::Wrong(slips) if slips.is_empty()));
    assert_eq!(judged[0].counter, Some(5));
    assert_eq!(judged[1].verdict, Verdict::NoMac);
    assert!(matches!(
        judged[2].verdict,
        Verdict::Undeciphered(SdmError::PiccTag { .. }, _)
    ));
    assert_eq!(judged[3].verdict, Verdict::Unreadable(UrlError::NoIdentity));
    assert_eq!(
        (judged[4].order, judged[4].is_wrong()),
        (Order::First, false)
    );
    assert!(batch.is_wrong());
}

#[test]
fn a_swapped_key_is_named() {
    let texts = [("key", FILE), ("file-key", META)];
    let texts = texts
        .map(|(name, key)| (name.to_owned(), hex::upper(key)))
        .into();
    let text = url(1, 5, None);
    let mut batch = UrlBatch::new(&texts, vec![Url { line: 1, text }]).unwrap();
    batch.step(1);
    let Verdict::Undeciphered(_, slips) = &batch.judged()[0].verdict else {
        panic!("{:?}", batch.judged())
    };
    assert_eq!(slips, &[sdm::Slip::KeysSwapped]);
}

#[test]
fn it_goes_in_slices_and_refuses_bad_settings() {
    let urls = (1..=10).map(|counter| Url {
        line: u64::from(counter),
        text: url(1, counter, None),
    });
    let mut batch = UrlBatch::new(&texts(), urls.collect()).unwrap();
    let progress = [batch.step(4), batch.step(4), batch.step(100)];
    assert_eq!(progress.map(|progress| progress.done), [4, 8, 10]);
    assert!(progress[2].is_done() && !batch.is_wrong());

    let mut short = texts();
    short.insert("key".into(), "0F1E".into());
    short.insert("mac-from".into(), "nowhere".into());
    let slips = UrlBatch::new(&short, Vec::new()).unwrap_err();
    let names: Vec<&str> = slips.iter().map(|slip| slip.place.name()).collect();
    assert_eq!(names, ["key"]);
    short.insert("key".into(), hex::upper(META));
    let slips = UrlBatch::new(&short, Vec::new()).unwrap_err();
    assert_eq!(slips[0].place.name(), "mac-from");
}

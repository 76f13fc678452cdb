//! The program's own host in sessions of D40 and EV1, where a message does not tell its own length and an answer may be
//! without protection.

use super::pcd::{Pcd, Way, request};
use tapscope::apdu::Status;
use tapscope::bytes::hex;
use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::KeyType;
use tapscope::card::product::Product;
use tapscope::crypto::Secret;
use tapscope::dialogue::{HostError, Request};
use tapscope::secure_messaging::Channel;
use tapscope::secure_messaging::handshake::AuthKey;
use tapscope::virtual_card::{Image, KeyImage, Profile};

const UID: [u8; 7] = [0x04, 0xFF, 0x50, 0x15, 0x59, 0x62, 0x80];
const KEY: [u8; 16] = *b"\xC4\x72\x0B\xB2\x2F\x95\x49\xDE\x61\x1C\xF6\x8A\x34\xAD\x53\xE8";
const WAYS: [(Way, KeyType); 6] = [
    (Way::Ev2, KeyType::Aes128),
    (Way::D40, KeyType::Des),
    (Way::D40, KeyType::TwoKey3Des),
    (Way::Ev1, KeyType::Des),
    (Way::Ev1, KeyType::TwoKey3Des),
    (Way::Ev1, KeyType::Aes128),
];

fn key(kind: KeyType) -> Vec<u8> {
    match kind {
        KeyType::Des => KEY[..8].repeat(2),
        _ => KEY.to_vec(),
    }
}

fn card(product: Product, uid: [u8; 7], kind: KeyType) -> Pcd {
    let mut pcd = Pcd::new(&Image {
        default_key: KeyImage::new([key(kind), vec![0; 8]].concat(), 0),
        ..Image::blank(product, uid, KEY)
    });
    let bits = if kind == KeyType::Aes128 { 0x82 } else { 0x02 };
    pcd.ok(&format!("CA 112233 0F {bits:02X}"), Plain);
    pcd.ok("5A 112233", Plain);
    pcd
}

fn log_in(pcd: &mut Pcd, (way, kind): (Way, KeyType), key_no: u8) {
    let status = pcd.authenticate(way, key_no, kind, &key(kind));
    assert!(status.is_success(), "{status}");
}

/// In an application of two keys, in a session with this one.
fn session(channel: (Way, KeyType), key_no: u8) -> Pcd {
    let mut pcd = card(Product::DesfireEv3, UID, channel.1);
    log_in(&mut pcd, channel, key_no);
    pcd
}

/// Sends a command whose answer loses all its data on the way.
fn stripped(pcd: &mut Pcd, command: &str) -> Result<(), HostError> {
    pcd.host.start(&request(command, Mac)).unwrap();
    let sent = pcd.host.poll_transmit().unwrap();
    let answer = pcd.card.exchange(&sent).unwrap();
    assert_eq!((answer[0], answer.len()), (0, 9), "a status and its MAC");
    pcd.host.handle_response(&answer[..1]).map(|_| ())
}

#[test]
fn a_uid_that_ends_like_a_checksum_is_read_whole() {
    for channel in WAYS {
        for last in 0..=u8::MAX {
            let mut uid = UID;
            uid[6] = last;
            let mut pcd = card(Product::DesfireEv3, uid, channel.1);
            log_in(&mut pcd, channel, 0);
            assert_eq!(pcd.ok("51", Full), hex::upper(uid), "{channel:?}");
        }
    }
}

#[test]
fn a_record_that_ends_like_a_checksum_is_read_whole() {
    for channel in WAYS {
        let mut pcd = session(channel, 0);
        pcd.ok("C0 01 03 0000 050000 030000", Mac);
        for last in 0..=u8::MAX {
            let record = format!("A71F5E93{last:02X}");
            pcd.ok(&format!("3B 01 000000 050000 {record}"), Full);
            pcd.ok("C7", Mac);
            pcd.host.set_record_size(5);
            assert_eq!(pcd.ok("BB 01 000000 010000", Full), record, "{channel:?}");
        }
    }
}

#[test]
fn further_sets_of_rights_travel_in_an_ev1_session() {
    for channel in [(Way::D40, KeyType::Des), (Way::Ev1, KeyType::Aes128)] {
        let mut pcd = session(channel, 0);
        pcd.ok("CD 01 00 1011 200000", Mac);
        for last in 0..=u8::MAX {
            pcd.ok(&format!("5F 01 83 1011 02 1011 10{last:02X}"), Full);
            let told = pcd.ok("F5 01", Mac);
            assert_eq!(
                told,
                format!("00831011200000021011 10{last:02X}").replace(' ', "")
            );
        }
        pcd.refused("5F 01 83 1011 02 1011", Full, 0x7E);
    }
}

#[test]
fn who_deletes_the_own_application_learns_that_it_is_gone() {
    for own_deletion_has_mac in [false, true] {
        for channel in WAYS {
            let mut pcd = session(channel, 0);
            pcd.card.set_profile(Profile {
                own_deletion_has_mac,
                ..Profile::default()
            });
            pcd.ok("DA 112233", Mac);
            assert!(matches!(pcd.host.channel(), Channel::Plain), "{channel:?}");
            assert_eq!(pcd.ok("6A", Plain), "", "at PICC level");
        }
    }
}

#[test]
fn a_stripped_mac_is_noticed_at_every_deletion() {
    for way in [Way::Ev2, Way::Ev1] {
        let mut pcd = card(Product::DesfireEv3, UID, KeyType::Aes128);
        pcd.ok("5A 000000", Plain);
        log_in(&mut pcd, (way, KeyType::Aes128), 0);
        let error = stripped(&mut pcd, "DA 112233").unwrap_err();
        assert!(matches!(error, HostError::Mac { .. }), "{way:?}: {error}");
        let mut pcd = card(Product::DesfireEv3, UID, KeyType::Aes128);
        pcd.ok("CD 01 00 EEEE 010000", Plain);
        log_in(&mut pcd, (way, KeyType::Aes128), 0);
        let error = stripped(&mut pcd, "DF 01").unwrap_err();
        assert!(matches!(error, HostError::Mac { .. }), "{way:?}: {error}");
    }
}

/// The card drops the old session with the first frame; so does the host, whatever it makes of the answer.
#[test]
fn a_challenge_of_another_length_leaves_no_session_behind() {
    let mut pcd = session((Way::Ev1, KeyType::TwoKey3Des), 0);
    let wrong: Vec<u8> = (0..24).map(|i: u8| i.wrapping_mul(43) ^ 0x2C).collect();
    let request = Request::AuthenticateLegacy {
        d40: false,
        key_no: 0,
        key: Box::new(AuthKey::new(KeyType::ThreeKey3Des, &wrong).unwrap()),
        rnd_a: Secret::new((1..=16).collect::<Vec<u8>>()),
    };
    pcd.host.start(&request).unwrap();
    let sent = pcd.host.poll_transmit().unwrap();
    let answer = pcd.card.exchange(&sent).unwrap();
    assert_eq!((answer[0], answer.len()), (0xAF, 9));
    let error = pcd.host.handle_response(&answer).unwrap_err();
    assert!(matches!(error, HostError::Handshake(_)), "{error}");
    assert!(matches!(pcd.host.channel(), Channel::Plain));
}

/// Measured on an EV3 with frames of 64 bytes: 48 of data in sessions of EV1 with AES, else 59.
#[test]
fn frames_of_an_ev3_are_shorter_in_an_aes_session_of_ev1() {
    for (product, channel, chunk) in [
        (Product::DesfireEv3, WAYS[0], 59),
        (Product::DesfireEv3, WAYS[2], 59),
        (Product::DesfireEv3, WAYS[4], 59),
        (Product::DesfireEv3, WAYS[5], 48),
        (Product::DesfireEv2, WAYS[5], 59),
        (Product::DesfireEv1, WAYS[5], 59),
    ] {
        for mode in [Plain, Mac, Full] {
            let mut pcd = card(product, UID, channel.1);
            let option = hex::upper([mode.option_bits()]);
            pcd.ok(&format!("CD 01 {option} 1111 800000"), Plain);
            log_in(&mut pcd, channel, 1);
            let reply = pcd.run(&request("BD 01 000000 800000", mode));
            assert_eq!(reply.status, Status::Native(0x00));
            assert_eq!(reply.data.len(), 128);
            let frames = &reply.frames[..reply.frames.len() - 1];
            assert!(
                frames.len() > 1 && frames.iter().all(|len| *len == chunk),
                "{product:?} {channel:?} {mode}: {frames:?}"
            );
        }
    }
    let mut pcd = card(Product::DesfireEv3, UID, KeyType::Aes128);
    pcd.ok("CD 01 00 EEEE 800000", Plain);
    let reply = pcd.run(&request("BD 01 000000 800000", Plain));
    assert_eq!(reply.frames, [59, 59, 10], "no session");
}

//! The ISO commands.

use super::super::Seen;
use super::super::pcd::{Pcd, Way};
use super::*;

/// A card with application `112233`: files `01` free standard, `02` backup by key 1, `04` linear of two by key 1, `05` free
/// cyclic; no TransactionMAC file.
fn iso_card() -> Pcd {
    let mut pcd = Pcd::new(&image(Product::DesfireEv3));
    pcd.ok("CA 112233 0F A2 01DF A000000396", Plain);
    pcd.ok("5A 112233", Plain);
    for create in [
        "CD 01 01E1 00 EEEE 200000",
        "CB 02 02E1 00 1110 100000",
        "C1 04 04E1 00 EEEE 040000 020000",
        "C0 05 05E1 00 EEEE 040000 030000",
        "C1 06 06E1 00 1110 040000 020000",
    ] {
        pcd.ok(create, Plain);
    }
    pcd
}

fn words(pcd: &mut Pcd, cases: &[(&str, u16)]) {
    for (command, word) in cases {
        let (got, _) = pcd.iso(command);
        assert_eq!(got, *word, "{command}: {got:04X}");
    }
}

pub(super) fn iso_selection(seen: &mut Seen) {
    let mut pcd = iso_card();
    words(
        &mut pcd,
        &[
            ("00A40000 02 3F00 00", 0x9000),
            ("00A40400 05 A000000396 00", 0x9000),
            ("00A4020C 02 E101", 0x9000),
            ("00A4020C 02 E109", 0x6A82),
            ("00A40900 00", 0x6A86),
            ("00A40000 01 3F 00", 0x6A87),
        ],
    );
    pcd.raw("60");
    assert_eq!(pcd.raw("00A4000000"), "6985");
    seen.absorb(&pcd.seen);
    // A transaction, counted, with a limit of 1.
    let mut pcd = Pcd::new(&image(Product::DesfireEv3));
    pcd.ok("CA 112233 0F A2 01DF A000000396", Plain);
    enter(&mut pcd, Some(0));
    pcd.ok("CB 02 02E1 00 EEEE 100000", Mac);
    pcd.ok(&format!("CE 0F 00 F01F 02 {TMAC_KEY} 01"), Full);
    pcd.ok("5F 0F 20 F01F 01000000", Full);
    pcd.ok("3D 02 000000 010000 AA", Plain);
    pcd.ok("C7", Mac);
    words(&mut pcd, &[("00A40400 05 A000000396 00", 0x6283)]);
    seen.absorb(&pcd.seen);
}

pub(super) fn iso_files(seen: &mut Seen) {
    let mut pcd = iso_card();
    words(
        &mut pcd,
        &[
            ("00B00000 00", 0x6985),
            ("00D60000 01 AA", 0x6985),
            ("00B20004 00", 0x6985),
            ("00E20000 04 01020304", 0x6985),
            ("00D68100 02 CAFE", 0x9000),
            ("00B08100 02", 0x9000),
            ("00B08200 02", 0x6982),
            ("00D68200 02 CAFE", 0x6982),
            ("00B08900 02", 0x6A82),
            ("00D68900 02 CAFE", 0x6A82),
            ("00B09F00 02", 0x6A86),
            ("00D69F00 02 CAFE", 0x6A86),
            ("00B08118 10", 0x6C08),
            ("00B08100", 0x6700),
            ("00D68100", 0x6700),
            ("00E20028 04 01020304", 0x9000),
        ],
    );
    pcd.ok("C7", Plain);
    words(
        &mut pcd,
        &[
            ("00B2012C 04", 0x9000),
            ("00B20134 00", 0x6982),
            ("00E20030 04 01020304", 0x6982),
            ("00B2014C 00", 0x6A82),
            ("00E20048 04 01020304", 0x6A82),
            ("00B2022C 00", 0x6A83),
            ("00B2012F 00", 0x6A86),
            ("00E2012C 04 01020304", 0x6A86),
            ("00B2012C 08", 0x6C04),
            ("00B2012C 03", 0x6700),
            ("00E20028 03 010203", 0x6700),
        ],
    );
    for _ in 0..2 {
        words(&mut pcd, &[("00E20020 04 01020304", 0x9000)]);
        pcd.ok("C7", Plain);
    }
    words(&mut pcd, &[("00E20020 04 01020304", 0x6A84)]);
    pcd.card.set_profile(Profile {
        iso_reads_to_end: true,
        ..Profile::default()
    });
    words(
        &mut pcd,
        &[("00B08118 10", 0x6282), ("00B2012C 08", 0x6282)],
    );
    seen.absorb(&pcd.seen);
}

pub(super) fn iso_authentication(seen: &mut Seen) {
    let mut pcd = iso_card();
    let log_in = |pcd: &mut Pcd, key: &[u8]| pcd.authenticate(Way::Iso, 0x80, KeyType::Aes128, key);
    assert!(log_in(&mut pcd, &DEFAULT).is_success());
    assert!(!log_in(&mut pcd, &OTHER).is_success());
    let (token, short) = ("00".repeat(32), "00".repeat(16));
    for (frames, last) in [
        (&["0084000005".to_owned()][..], "6700"),
        (&["0084010010".to_owned()], "6A86"),
        (&["60".to_owned(), "0084000010".to_owned()], "6985"),
        (&[format!("0082008020{token}")], "6985"),
        (
            &["0084000010".to_owned(), format!("0082008010{short}")],
            "6700",
        ),
        (
            &["0084000010".to_owned(), format!("0082008920{token}")],
            "6A86",
        ),
        (
            &["0084000010".to_owned(), format!("0082008020{token}")],
            "6982",
        ),
        (&[format!("0088008010{short}10")], "6985"),
    ] {
        let mut answer = String::new();
        for frame in frames {
            answer = pcd.raw(frame);
        }
        assert_eq!(answer, last, "{frames:?}");
    }
    internal_of_wrong_length(&mut pcd);
    seen.absorb(&pcd.seen);
}

/// EXTERNAL AUTHENTICATE goes well, then RPCD2 is too short.
fn internal_of_wrong_length(pcd: &mut Pcd) {
    use tapscope::crypto::Secret;
    use tapscope::dialogue::Request;
    use tapscope::secure_messaging::handshake::AuthKey;
    let key = AuthKey::new(KeyType::Aes128, &DEFAULT).unwrap();
    let request = Request::AuthenticateIso {
        reference: 0x80,
        key: Box::new(key),
        rpcd1: Secret::new([0x6B; 16]),
        rpcd2: vec![0x2F; 16],
    };
    pcd.host.start(&request).unwrap();
    for _ in 0..2 {
        let sent = pcd.host.poll_transmit().unwrap();
        let answer = pcd.card.handle(&sent);
        pcd.host.handle_response(&answer).unwrap();
    }
    let internal = pcd.host.poll_transmit().unwrap();
    let short = format!("{} 08 0011223344556677 10", hex::upper(&internal[..4]));
    assert_eq!(pcd.raw(&short), "6700");
    pcd.host.power_off();
}

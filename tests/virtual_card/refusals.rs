//! What the card refuses, and with which status.

use super::host::*;

/// Commands in a fresh session with the application's key `key_no`.
fn refuse(key_no: u8, cases: &[(&str, tapscope::card::CommMode, u8)]) {
    let mut host = Host::personalised('F');
    for (command, mode, status) in cases {
        host.select();
        host.authenticate(key_no, key_no).unwrap();
        host.refused(command, *mode, *status);
    }
}

#[test]
fn access_to_files() {
    refuse(
        4,
        &[
            ("BD 01 000000 000000", Full, 0xAE),
            ("0C 03 01000000", Full, 0xAE),
            ("3B 05 000000 010000 01", Mac, 0xAE),
            ("BD 0A 000000 000000", Full, 0xF0),
            ("BD 03 000000 000000", Full, 0x9D),
            ("6C 01", Full, 0x9D),
            ("BB 01 000000 000000", Full, 0x9D),
            ("3D 0F 000000 010000 01", Full, 0x9D),
            ("EB 05", Mac, 0xAE),
        ],
    );
    let mut host = Host::personalised('F');
    host.tap();
    assert_eq!(host.native("BD 01 000000 000000"), "AE");
    assert_eq!(host.native("5A000000"), "00");
    assert_eq!(host.native("BD 01 000000 000000"), "9D");
    host.card.set_profile(tapscope::virtual_card::Profile {
        wrong_key_status: 0x9D,
        ..Default::default()
    });
    host.select();
    host.authenticate(4, 4).unwrap();
    host.refused("BD 01 000000 000000", Full, 0x9D);
}

#[test]
fn limits_of_files_and_values() {
    refuse(
        3,
        &[
            ("BD 01 200000 000000", Full, 0xBE),
            ("BD 01 100000 110000", Full, 0xBE),
            ("3D 02 200000 010000 01", Mac, 0xBE),
            ("3D 02 000000 000000", Mac, 0x9E),
            ("3B 05 0F0000 020000 0102", Mac, 0xBE),
            ("DC 03 E9030000", Full, 0xBE),
            ("0C 03 69BF0000", Full, 0xBE),
            ("0C 03 FFFFFFFF", Full, 0x9E),
            ("DB 05 000000 000000 010000 01", Mac, 0xBE),
            ("C7 02", Mac, 0x9E),
        ],
    );
}

#[test]
fn creating_and_deleting_files() {
    refuse(
        0,
        &[
            ("CD 01 0AE1 00 0000 010000", Mac, 0xDE),
            ("CD 0A 01E1 00 0000 010000", Mac, 0xDE),
            ("CD 20 0AE1 00 0000 010000", Mac, 0x9E),
            ("CD 0A 0AE1 40 0000 010000", Mac, 0x9E),
            ("CD 0A 0AE1 00 0000 000000", Mac, 0x9E),
            ("CD 0A 00 0000 010000", Mac, 0x7E),
            ("CD 0A 0AE1 00 0000 FFFF00", Mac, 0x0E),
            ("CB 0A 0AE1 00 0000 000A00", Mac, 0x0E),
            ("CC 0A 00 0000 05000000 04000000 04000000 00", Mac, 0x9E),
            ("CC 0A 00 0000 05000000 09000000 04000000 00", Mac, 0x9E),
            ("CC 0A 00 0000 05000000 09000000 06000000 04", Mac, 0x9E),
            ("C0 0A 0AE1 00 0000 010000 010000", Mac, 0x9E),
            ("C1 0A 0AE1 00 0000 000000 010000", Mac, 0x9E),
            (
                "CE 0A 00 0F00 02 00112233445566778899AABBCCDDEEFF 00",
                Full,
                0x9E,
            ),
            (
                "CE 0A 00 F01F 00 00112233445566778899AABBCCDDEEFF 00",
                Full,
                0x9E,
            ),
            (
                "CE 0A 00 F01F 02 00112233445566778899AABBCCDDEEFF 00",
                Full,
                0xDE,
            ),
            ("DF 0A", Mac, 0xF0),
            ("F5 0A", Mac, 0xF0),
            ("CA 112233 0F 81", Mac, 0x9D),
            ("6A", Mac, 0x9D),
            ("5C 00 00", Full, 0x9D),
            ("57 01 00", Mac, 0x1C),
            ("FC", Mac, 0x9D),
        ],
    );
    refuse(
        1,
        &[
            ("CD 0A 0AE1 00 0000 010000", Mac, 0xAE),
            ("DF 01", Mac, 0xAE),
            (
                "CE 0A 00 F01F 02 00112233445566778899AABBCCDDEEFF 00",
                Full,
                0xAE,
            ),
            ("DA 112233", Mac, 0xA0),
            ("DA 994401", Mac, 0xAE),
        ],
    );
    let mut host = Host::personalised('F');
    host.ok("DF05", Mac);
    assert_eq!(host.ok("6F", Mac), "0102030406070F");
    host.tap();
    let tmac = "CE 0A 00 F01F 02 00112233445566778899AABBCCDDEEFF 00";
    assert_eq!(host.native(tmac), "9D");
    assert_eq!(host.native("DF01"), "AE");
}

#[test]
fn changing_file_settings() {
    let mut host = Host::personalised('F');
    host.ok("5F 01 01 3E12", Full);
    assert_eq!(host.ok("F501", Mac), "00013E12200000");
    assert_eq!(
        host.ok("5F 01 80 EE12 02 FF1F FF3F", Plain),
        "",
        "Change was free"
    );
    host.ok("5F 01 03 3F12", Plain);
    host.refused("5F 01 00 3012", Full, 0x9D);
    host.authenticate(1, 1).unwrap();
    host.refused("5F 02 00 3012", Full, 0xAE);
    for command in [
        "5F 02 40 3012 00",
        "5F 02 04 3012",
        "5F 0F 00 F011",
        "5F 02 20 3012 00000000",
        "5F 02 80 3012 08",
    ] {
        host.authenticate(0, 0).unwrap();
        host.refused(command, Full, 0x9E);
    }
    host.authenticate(0, 0).unwrap();
    host.refused("5F 02 00 30", Full, 0x7E);
    host.authenticate(0, 0).unwrap();
    host.refused("5F 0A 00 3012", Full, 0xF0);
}

#[test]
fn more_sets_of_rights_open_a_file() {
    let mut host = Host::personalised('F');
    host.ok("5F 01 83 3012 01 FF4F", Full);
    host.authenticate(4, 4).unwrap();
    assert_eq!(host.ok("BD 01 000000 010000", Full), "00");
}

#[test]
fn applications() {
    let mut host = Host::personalised('F');
    host.card.reset();
    for (command, status) in [
        (format!("CA {AID} 0F 81"), 0xDE),
        ("CA 000000 0F 81".into(), 0xDE),
        ("CA 112233 0F A1 01DF".into(), 0xDE),
        ("CA 112233 0F A1 02DF D276000085AA".into(), 0xDE),
        ("CA 112233 0F 8F".into(), 0x9E),
        ("CA 112233 0F C1".into(), 0x9E),
        ("CA 112233 0F 91 01 00 02 10 00".into(), 0x9E),
        (format!("CA 112233 0F A1 02DF {}", "AB".repeat(17)), 0x7E),
        ("DA 112233".into(), 0xA0),
        ("5C 00 04".into(), 0x9E),
        ("5C 07 00".into(), 0x9E),
        ("5C 00 0000".into(), 0x7E),
        ("5C 01 00".into(), 0x7E),
    ] {
        host.authenticate(0, PICC).unwrap();
        let mode = if command.starts_with("5C") { Full } else { Mac };
        host.refused(&command, mode, status);
    }
    assert_eq!(host.native("5A112233"), "A0");
    assert_eq!(host.native(&format!("5A{AID}000000")), "7E");
    assert_eq!(host.native("DA 994401"), "AE");
    assert_eq!(host.native("5C0000"), "AE");
    assert_eq!(host.native("CA 112233 0F 83"), "00", "KS1 bit 2 is set");
    assert_eq!(host.native("6A"), "00112233994401");
    host.select();
    host.authenticate(0, 0).unwrap();
    assert_eq!(host.call_unchecked("DA 994401", Mac), Ok(Vec::new()));
    assert_eq!(host.native("6A"), "00112233");
    assert_eq!(host.card.image().applications.len(), 1);
}

#[test]
fn free_get_value_and_des_applications() {
    let mut host = Host::personalised('F');
    host.ok("CC 08 03 FFFF 00000000 50C30000 2A000000 02", Mac);
    host.authenticate(1, 1).unwrap();
    assert_eq!(host.ok("6C08", Plain), "2A000000");
    host.refused("DC 08 01000000", Full, 0x9D);
    host.authenticate(3, 3).unwrap();
    host.ok("DC 03 01000000", Full);
    host.tap();
    assert_eq!(host.native("5A000000"), "00");
    assert_eq!(host.native("CA 112233 0F 01"), "00");
    assert_eq!(host.native("5A112233"), "00");
    assert_eq!(
        host.native("710000"),
        "9D",
        "a DES key opens no EV2 session"
    );
}

#[test]
fn settings_and_the_whole_card() {
    refuse(1, &[("54 0F", Full, 0xAE)]);
    let mut host = Host::personalised('F');
    host.ok("54 03", Full);
    host.refused("54 0F", Full, 0x9D);
    let mut host = Host::blank();
    host.refused("FC", Mac, 0xAE);
    host.authenticate(0, super::host::PICC).unwrap();
    let all = host.ok("6E", Mac);
    host.ok("CA 112233 0F 81", Mac);
    host.ok("FC", Mac);
    assert_eq!(host.ok("6A", Mac), "");
    assert_eq!(host.ok("6E", Mac), all);
    host.ok("5C 00 01", Full);
    host.refused("FC", Mac, 0x9D);
}

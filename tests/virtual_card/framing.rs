//! Frame forms, chains, and what leaves the state alone.

use super::host::*;

#[test]
fn answers_come_in_the_form_received() {
    let mut host = Host::personalised('F');
    host.tap();
    assert_eq!(host.native("60").len(), 2 * 8);
    assert_eq!(
        host.native("90AF000000"),
        "040101030018059 1AF".replace(' ', "")
    );
    assert_eq!(host.native("AF"), "0004782E21801D8021136230304024");
    assert_eq!(host.native("905A0000 03 994401 00"), "9100");
    assert_eq!(host.native("FFCA000000"), "04782E21801D809000");
    assert_eq!(host.native("FFCA010000"), "0675778102809000");
    assert_eq!(host.native("FFCA020000"), "209000");
    assert_eq!(host.native("FFCA030000"), "03449000");
    assert_eq!(host.native("FFCA040000"), "6A86");
    assert_eq!(host.native("FFB0000000"), "6D00");
    assert_eq!(host.native(""), "7E");
}

#[test]
fn a_wrong_envelope_is_named_and_touches_nothing() {
    let mut host = Host::personalised('F');
    for (frame, answer) in [
        ("905A0100 03 000000 00", "6A86"),
        ("905A0000 04 000000", "6700"),
        ("90 6A 00 00", "6700"),
        ("80CA9F7F00", "6E00"),
        ("00CA7F6800", "6D00"),
        ("00C0000000", "6D00"),
        ("00A40400 07 D2760000850101 00", "6A82"),
        ("00A40400 00", "6A82"),
        ("00A40000 02 E110", "6A82"),
    ] {
        assert_eq!(host.native(frame), answer, "{frame}");
    }
    assert_eq!(host.ok("6F", Mac), "010203040506070F");
}

#[test]
fn iso_select_finds_levels_by_name_and_ends_the_session() {
    let mut host = Host::personalised('F');
    for (select, files) in [
        ("00A40400 07 D2760000850100 00", "9D"),
        ("00A40400 06 D276000085AA 00", "00010203040506070F"),
        ("00A40000 02 3F00", "9D"),
        ("00A4040C 06 D276000085AA", "00010203040506070F"),
        ("00A4000C", "9D"),
    ] {
        assert_eq!(host.native(select), "9000", "{select}");
        assert_eq!(host.native("6F"), files, "{select}");
    }
}

#[test]
fn another_command_breaks_a_chain() {
    let mut host = Host::personalised('F');
    host.tap();
    assert_eq!(host.native("60").get(..2), Some("AF"));
    assert_eq!(host.native("6F"), "CA");
    assert_eq!(host.native("AF"), "1C");
    host.select();
    host.authenticate(2, 2).unwrap();
    assert_eq!(host.native("3D 01 000000 200000"), "AF");
    assert_eq!(host.native("00A4000C"), "6985");
    assert_eq!(host.native("51"), "AE", "the session went with the chain");
    assert_eq!(host.native("7101 00").get(..2), Some("AF"));
    assert_eq!(host.native("7101 00"), "CA");
    assert_eq!(host.native("7101 00").get(..2), Some("AF"));
}

#[test]
fn long_data_is_chained_both_ways() {
    let data = tapscope::bytes::hex::upper((0..200).collect::<Vec<u8>>());
    let mut host = Host::personalised('F');
    host.authenticate(2, 2).unwrap();
    host.ok(&format!("3D 06 000000 C80000 {data}"), Mac);
    host.ok(&format!("8D 06 000000 C80000 {data}"), Mac);
    host.authenticate(3, 3).unwrap();
    assert_eq!(host.ok("BD 06 000000 000000", Mac), data);
    assert_eq!(host.ok("AD 06 0A0000 640000", Mac), data[20..220]);
    host.tap();
    assert_eq!(host.ok("BD 06 000000 000000", Plain), data);
    assert_eq!(host.native("BD 06 000000 000000").len(), 2 * 60);
    assert_eq!(host.native("AF00"), "7E");
}

#[test]
fn too_much_and_too_little_data_is_a_length_error() {
    let mut host = Host::personalised('F');
    host.tap();
    assert_eq!(host.native("3B 07 000000 020000 112233"), "7E");
    assert_eq!(host.native("3B 07 000000 020000"), "AF");
    assert_eq!(host.native("AF 112233"), "7E");
    assert_eq!(host.native("3B 07 0000"), "7E");
    assert_eq!(host.native("6F00"), "7E");
    host.authenticate(2, 2).unwrap();
    assert_eq!(host.native("6A 1122"), "7E", "too short for a MAC");
}

#[test]
fn version_in_a_session_has_one_mac_over_three_frames() {
    let mut host = Host::personalised('F');
    let version = host.ok("60", Mac);
    assert_eq!(version.len(), 2 * 28);
    assert_eq!(host.ok("51", Full), "04782E21801D80");
}

#[test]
fn random_uid_hides_the_uid_until_a_session() {
    let mut host = Host::blank();
    host.authenticate(0, PICC).unwrap();
    host.ok("5C00 02", Full);
    assert_eq!(host.native("FFCA000000"), "04782E21801D809000");
    assert_eq!(host.native("FFCA030000"), "03449000", "this activation");
    host.ok("5C00 00", Full);
    host.card.reset();
    assert_eq!(host.native("FFCA000000"), "080000029000");
    assert_eq!(host.native("FFCA030000"), "03049000");
    host.native("60");
    host.native("AF");
    assert!(host.native("AF").starts_with("0000000000000000"));
    host.authenticate(0, PICC).unwrap();
    assert_eq!(host.ok("51", Full), "04782E21801D80");
}

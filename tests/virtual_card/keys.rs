//! Sessions and keys.

use super::host::*;
use tapscope::bytes::hex;
use tapscope::card::Aid;
use tapscope::secure_messaging::Verdict;

#[test]
fn a_wrong_mac_is_1e_and_the_session_is_gone() {
    let mut host = Host::personalised('F');
    let session = host.session.clone().unwrap();
    let frame = tapscope::apdu::Frame::desfire(0xF5, vec![3], 1);
    let mut body = session.seal_command(&frame, Mac).unwrap();
    *body.last_mut().unwrap() ^= 0x01;
    assert_eq!(host.native(&format!("F5{}", hex::upper(&body))), "1E");
    assert_eq!(host.call("51", Full), Err(0x7E), "a MAC without a session");
    assert_eq!(host.native("51"), "AE");
}

#[test]
fn wrong_padding_is_1e() {
    let mut host = Host::personalised('F');
    let session = host.session.clone().unwrap();
    let body = [&[0x03][..], &[0x5A; 16]].concat();
    let mac = session.command_mac(0x5F, &body);
    let frame = hex::upper([&[0x5F], &body[..], &mac].concat());
    assert_eq!(host.native(&frame), "1E");
}

#[test]
fn authentication_refusals() {
    let mut host = Host::personalised('F');
    host.tap();
    assert_eq!(host.native("7705"), "9D", "NonFirst without a session");
    assert_eq!(host.authenticate(5, 0), Err(0x40));
    assert_eq!(host.authenticate(1, 2), Err(0xAE));
    assert_eq!(host.native("71 01"), "7E");
    assert_eq!(host.native("71 01 07 00000000000000"), "9E");
    assert_eq!(host.native("0A 01"), "9D", "an AES key");
    assert_eq!(host.native("1A 01"), "9D");
    assert_eq!(host.native("AA 05"), "40");
    assert!(host.native("71 01 00").starts_with("AF"));
    assert_eq!(host.native("AF 00112233"), "7E");
    host.authenticate(1, 1).unwrap();
    assert_eq!(host.renew(2, 3), Err(0xAE));
    assert_eq!(host.native("51"), "AE");
}

#[test]
fn non_first_keeps_ti_and_counter() {
    let mut host = Host::personalised('F');
    let before = host.session.clone().unwrap();
    host.renew(3, 3).unwrap();
    let after = host.session.clone().unwrap();
    assert_eq!((before.ti(), before.ctr()), (after.ti(), after.ctr()));
    assert!(before.ctr() > 0);
    host.ok("0C 03 0A000000", Full);
}

#[test]
fn the_counter_does_not_pass_ffff() {
    let mut host = Host::personalised('F');
    for _ in 0..u16::MAX {
        let Some(session) = &host.session else { break };
        if session.exhausted() {
            break;
        }
        host.ok("6F", Mac);
    }
    let session = host.session.clone().unwrap();
    assert!(session.exhausted());
    let mac = hex::upper(session.command_mac(0x6F, &[]));
    assert_eq!(host.native(&format!("6F{mac}")), "1E");
    assert_eq!(host.native("51"), "AE");
}

#[test]
fn the_own_key_changes_without_a_mac_and_ends_the_session() {
    let mut host = Host::personalised('F');
    let command = format!("C400 {} 77", hex::upper(key(40)));
    assert_eq!(host.call_unchecked(&command, Full), Ok(Vec::new()));
    assert_eq!(host.native("51"), "AE");
    assert_eq!(host.authenticate(0, 0), Err(0xAE));
    host.authenticate(0, 40).unwrap();
    assert_eq!(host.ok("6400", Mac), "77");
}

#[test]
fn another_key_needs_the_right_old_key() {
    let mut host = Host::personalised('F');
    host.ok(&change_key(2, 2, 42, 0x22), Full);
    assert_eq!(host.ok("6402", Mac), "22");
    assert_eq!(host.ok("6442 00", Mac), "22");
    host.refused(&change_key(2, 2, 43, 0x23), Full, 0x1E);
    host.authenticate(2, 42).unwrap();
}

#[test]
fn change_key_ev2_knows_set_0() {
    let mut host = Host::personalised('F');
    let command = change_key(2, 2, 42, 0x22).replacen("C402", "C600 02", 1);
    host.ok(&command, Full);
    host.refused(&command.replacen("C600", "C601", 1), Full, 0x9E);
}

#[test]
fn change_key_refusals() {
    let mut host = Host::personalised('F');
    host.refused(&change_key(5, 2, 42, 0), Full, 0x40);
    host.authenticate(0, 0).unwrap();
    host.refused("C402 0011", Full, 0x7E);
    host.authenticate(2, 2).unwrap();
    host.refused(&change_key(3, 3, 42, 0), Full, 0xAE);
    assert_eq!(host.native(&change_key(3, 3, 42, 0)), "AE");
    host.card.reset();
    host.authenticate(0, PICC).unwrap();
    host.refused(&change_key(1, 2, 42, 0), Full, 0x9D);
    host.authenticate(0, PICC).unwrap();
    host.refused(&format!("C400 {} 00", hex::upper(key(42))), Full, 0x9E);
    host.authenticate(0, PICC).unwrap();
    let own = format!("C480 {} 05", hex::upper(key(42)));
    assert_eq!(host.call_unchecked(&own, Full), Ok(Vec::new()));
    host.authenticate(0, 42).unwrap();
}

#[test]
fn the_change_key_right_decides() {
    // KS1: E = each key by itself, master key frozen; F = all others frozen; 1 = key 1 changes them.
    for (settings, session, target, expected) in [
        ("EE", 2, 2, None),
        ("EE", 0, 2, Some(0xAE)),
        ("EE", 0, 0, Some(0x9D)),
        ("FF", 2, 2, Some(0x9D)),
        ("FF", 0, 0, None),
        ("1F", 1, 2, None),
        ("1F", 0, 2, Some(0xAE)),
    ] {
        let mut host = Host::blank();
        host.authenticate(0, PICC).unwrap();
        let default = format!("5C01 {} 0000000000000000 09", hex::upper(key(DEFAULT)));
        host.ok(&default, Full);
        host.ok(&format!("CA {AID} {settings} 83"), Mac);
        host.select();
        host.authenticate(session, DEFAULT).unwrap();
        let result = if session == target {
            let own = format!("C4{target:02X} {} 01", hex::upper(key(50)));
            host.call_unchecked(&own, Full)
        } else {
            host.call(&change_key(target, DEFAULT, 50, 1), Full)
        };
        assert_eq!(result.err(), expected, "{settings} {session} {target}");
    }
}

#[test]
fn settings_and_versions_of_keys() {
    let mut host = Host::personalised('F');
    assert_eq!(host.ok("45", Mac), "0BA5");
    assert_eq!(host.ok("6404", Mac), "14");
    host.refused("6405", Mac, 0x40);
    assert_eq!(host.native("6442 01"), "9E");
    assert_eq!(host.native("6442"), "7E");
    assert_eq!(host.native("5A000000"), "00");
    assert_eq!(host.native("45"), "000F81");
    assert_eq!(host.native("6400"), "0000");
}

#[test]
fn inventory_and_image_show_the_card() {
    let host = Host::personalised('F');
    let inventory = host.card.inventory();
    let aid = Aid::from_wire([0x99, 0x44, 0x01]);
    assert_eq!(inventory.file(aid, 3).unwrap().value, Some(1000));
    assert_eq!(inventory.applications[&aid].files.len(), 8);
    let image = host.card.image();
    assert_eq!(image.check(), Ok(()));
    assert_eq!(Host::new(&image).card.image(), image);
    assert_eq!(image.applications[&aid].key_values[3].version, 0x13);
    assert_eq!(host.card.uid(), UID);
    let mut again = Host::new(&image);
    again.select();
    again.authenticate(4, 4).unwrap();
    let opened = again
        .session
        .clone()
        .unwrap()
        .open_response(0, &[0; 8], Mac);
    assert_eq!(opened.mac.verdict, Verdict::Bad);
}

//! Values, records, backups, and the Transaction MAC over them.

use super::host::*;
use tapscope::bytes::hex;
use tapscope::card::Aid;
use tapscope::tmac::{Ledger, Operation, enc_tmri, session_keys, tmv};
use tapscope::virtual_card::{FileContent, Profile};

fn expected(operations: &[Operation<'_>], tmc: u32) -> String {
    let mut ledger = Ledger::default();
    for operation in operations {
        ledger.append(operation);
    }
    let keys = session_keys(&key(TMAC), tmc, &UID).result;
    let mac = tmv(&keys, ledger.tmi()).result;
    hex::upper([&tmc.to_le_bytes()[..], &mac].concat())
}

#[test]
fn credit_and_commit_give_the_transaction_mac() {
    let mut host = Host::personalised('F');
    host.authenticate(3, 3).unwrap();
    assert_eq!(host.ok("6C03", Full), "E8030000");
    host.ok("0C 03 F4010000", Full);
    assert_eq!(host.ok("6C03", Full), "E8030000", "committed only");
    host.ok("3B 05 020000 030000 AABBCC", Mac);
    let value = |ins, value| Operation::Value {
        ins,
        file_no: 3,
        value,
    };
    let operations = [
        value(0x6C, 1000),
        value(0x0C, 500),
        value(0x6C, 1000),
        Operation::Data {
            ins: 0x3B,
            file_no: 5,
            offset: 2,
            data: &[0xAA, 0xBB, 0xCC],
        },
    ];
    assert_eq!(host.ok("C701", Mac), expected(&operations, 1));
    assert_eq!(host.ok("6C03", Full), "DC050000");
    let record = "0000AABBCC0000000000000000000000";
    assert_eq!(host.ok("BB 05 000000 000000", Mac), record);
    let records = Operation::Records {
        ins: 0xBB,
        file_no: 5,
        record_no: 0,
        count: 1,
        data: &hex::parse(record).unwrap(),
    };
    let second = expected(&[value(0x6C, 1500), records], 2);
    assert_eq!(host.ok("C701", Mac), second, "reads count");
    assert_eq!(host.call("C701", Mac), Err(0x0C));
    host.tap();
    host.authenticate(1, 1).unwrap();
    let tmac = host.ok("BD 0F 000000 000000", Plain);
    assert_eq!(tmac, second);
    assert_eq!(
        host.call("C7", Mac),
        Err(0x0C),
        "the file's own reading does not count"
    );
    assert_eq!(host.ok("51", Full), hex::upper(UID), "0C keeps the session");
}

#[test]
fn nothing_pending_survives_select_error_abort_and_field_off() {
    let mut host = Host::personalised('F');
    let begin = |host: &mut Host| {
        host.select();
        host.authenticate(3, 3).unwrap();
        host.ok("0C 03 F4010000", Full);
    };
    begin(&mut host);
    host.select();
    assert_eq!(host.native("C7"), "0C");
    begin(&mut host);
    host.refused("0C 03 FFFFFF7F", Full, 0xBE);
    assert_eq!(host.native("C7"), "0C");
    begin(&mut host);
    host.ok("A7", Mac);
    assert_eq!(host.call("A7", Mac), Err(0x0C));
    begin(&mut host);
    host.card.reset();
    host.select();
    assert_eq!(host.native("C7"), "0C");
    begin(&mut host);
    host.authenticate(1, 1).unwrap();
    assert_eq!(
        host.ok("C7", Mac),
        "",
        "First keeps the transaction by default"
    );
    host.card.set_profile(Profile {
        auth_first_keeps_transaction: false,
        ..Profile::default()
    });
    begin(&mut host);
    host.authenticate(1, 1).unwrap();
    assert_eq!(host.call("C7", Mac), Err(0x0C));
    begin(&mut host);
    host.renew(1, 1).unwrap();
    host.ok("C7", Mac);
    assert_eq!(host.ok("6C03", Full), "D0070000");
}

#[test]
fn limited_credit_gives_back_what_was_debited() {
    let mut host = Host::personalised('F');
    host.authenticate(3, 3).unwrap();
    host.refused("1C 03 01000000", Full, 0xBE);
    host.authenticate(3, 3).unwrap();
    host.ok("DC 03 64000000", Full);
    host.ok("DC 03 0A000000", Full);
    host.ok("C7", Mac);
    host.ok("1C 03 3C000000", Full);
    host.ok("C7", Mac);
    let settings = host.ok("F503", Mac);
    assert!(
        settings.ends_with("50C30000 32000000 01".replace(' ', "").as_str()),
        "{settings}"
    );
    host.refused("1C 03 33000000", Full, 0xBE);
    host.authenticate(3, 3).unwrap();
    host.ok("1C 03 32000000", Full);
    host.ok("C7", Mac);
    assert_eq!(host.ok("6C03", Full), "E8030000");
    host.refused("1C 03 01000000", Full, 0xBE);
}

#[test]
fn a_backup_file_shows_the_old_copy_until_the_commit() {
    let mut host = Host::personalised('F');
    host.authenticate(3, 3).unwrap();
    host.ok("3D 02 010000 020000 1122", Mac);
    host.ok("3D 02 020000 020000 3344", Mac);
    assert_eq!(host.ok("BD 02 000000 040000", Mac), "00000000");
    host.ok("C7", Mac);
    assert_eq!(host.ok("BD 02 000000 050000", Mac), "0011334400");
    host.ok("3D 01 000000 020000 5566", Full);
    host.refused("3D 01 1F0000 020000 5566", Full, 0xBE);
    host.authenticate(3, 3).unwrap();
    assert_eq!(
        host.ok("BD 01 000000 020000", Full),
        "5566",
        "standard files at once"
    );
}

#[test]
fn a_cyclic_file_overwrites_the_oldest() {
    let mut host = Host::personalised('F');
    host.authenticate(3, 3).unwrap();
    for number in 1..=7 {
        host.ok(&format!("3B 05 000000 010000 0{number}"), Mac);
        host.ok(&format!("8B 05 0F0000 010000 F{number}"), Mac);
        host.ok("C7", Mac);
    }
    let record = |n: u8| format!("0{n}{}F{n}", "00".repeat(14));
    let all = host.ok("BB 05 000000 000000", Mac);
    assert_eq!(all, [record(5), record(6), record(7)].concat());
    assert_eq!(host.ok("AB 05 010000 010000", Mac), record(6));
    host.ok("DB 05 020000 010000 020000 ABCD", Mac);
    host.ok("C7", Mac);
    let oldest = host.ok("BB 05 020000 000000", Mac);
    assert_eq!(oldest.get(..6), Some("05ABCD"));
    host.refused("BB 05 000000 040000", Mac, 0xBE);
    let image = host.card.image();
    let file = &image.applications[&Aid::from_wire([0x99, 0x44, 0x01])].files[&5];
    let FileContent::Records(records) = &file.content else {
        panic!("no records")
    };
    assert_eq!((records.len(), records[2][0]), (3, 7));
    assert_eq!(Host::new(&image).card.image(), image);
}

#[test]
fn a_linear_file_is_full_until_cleared() {
    let mut host = Host::personalised('F');
    host.authenticate(3, 3).unwrap();
    host.refused("BB 04 000000 000000", Mac, 0xBE);
    host.authenticate(3, 3).unwrap();
    for number in 1..=2 {
        host.ok(&format!("3B 04 000000 010000 0{number}"), Mac);
        host.ok("C7", Mac);
    }
    host.refused("3B 04 000000 010000 03", Mac, 0xBE);
    host.authenticate(3, 3).unwrap();
    host.refused("BA 04 020000 000000 010000 AA", Mac, 0xBE);
    host.authenticate(3, 3).unwrap();
    host.ok("EB04", Mac);
    assert_eq!(host.ok("BB 04 000000 000000", Mac).len(), 64, "still there");
    host.refused("3B 04 000000 010000 03", Mac, 0x9D);
    host.authenticate(3, 3).unwrap();
    host.ok("EB04", Mac);
    host.ok("C7", Mac);
    host.refused("BB 04 000000 000000", Mac, 0xBE);
    host.authenticate(3, 3).unwrap();
    host.ok("3B 04 000000 010000 09", Mac);
    host.ok("C7", Mac);
    assert!(host.ok("BB 04 000000 000000", Mac).starts_with("09"));
}

#[test]
fn the_reader_identifier_is_required_when_a_key_guards_it() {
    let mut host = Host::personalised('3');
    let (first, second) = ("0102030405060708090A0B0C0D0E0F10", "A1".repeat(15) + "B2");
    host.authenticate(3, 3).unwrap();
    host.ok("0C 03 01000000", Full);
    host.refused("C701", Mac, 0x9D);
    host.authenticate(3, 3).unwrap();
    let keys = |tmc| session_keys(&key(TMAC), tmc, &UID).result;
    let answer = host.ok(&format!("C8 {first}"), Mac);
    assert_eq!(answer, hex::upper(enc_tmri(&keys(1), [0; 16])));
    host.ok("0C 03 01000000", Full);
    host.ok("C701", Mac);
    let answer = host.ok(&format!("C8{second}"), Mac);
    let tmri = hex::array(first).unwrap();
    assert_eq!(answer, hex::upper(enc_tmri(&keys(2), tmri)));
    let operation = Operation::ReaderId {
        tmri: hex::array(&second).unwrap(),
        enc_tmri: Some(enc_tmri(&keys(2), tmri)),
    };
    assert_eq!(host.ok("C701", Mac), expected(&[operation], 2));
    host.authenticate(1, 1).unwrap();
    host.refused(&format!("C8 {first}"), Mac, 0xAE);
    let mut host = Host::personalised('E');
    host.tap();
    assert_eq!(
        host.native(&format!("C8 {first}")),
        "00",
        "free, without a session"
    );
    assert_eq!(host.native("C7"), "00");
    host.authenticate(3, 3).unwrap();
    host.ok("0C 03 01000000", Full);
    host.ok("C7", Mac);
    let mut host = Host::personalised('F');
    host.refused(&format!("C8 {first}"), Mac, 0x9D);
}

#[test]
fn the_limit_of_tmc_stops_everything_but_the_tmac_file() {
    let mut host = Host::personalised('F');
    host.ok("5F 0F 20 F01F 01000000", Full);
    host.authenticate(3, 3).unwrap();
    host.ok("0C 03 01000000", Full);
    host.ok("C701", Mac);
    host.refused("6C03", Full, 0x9D);
    host.authenticate(1, 1).unwrap();
    assert_eq!(host.ok("BD 0F 000000 040000", Plain), "01000000");
    assert_eq!(host.native("00A40400 06 D276000085AA"), "6283");
}

#[test]
fn free_access_is_plain_inside_a_session_and_counts() {
    let mut host = Host::personalised('F');
    host.authenticate(1, 1).unwrap();
    let before = host.session.clone().unwrap().ctr();
    assert_eq!(host.ok("BD 06 000000 010000", Plain), "00");
    assert_eq!(host.session.clone().unwrap().ctr(), before + 1);
    host.ok("3B 07 000000 040000 01020304", Plain);
    host.ok("C7", Mac);
    host.tap();
    let plain = Operation::Data {
        ins: 0x3B,
        file_no: 7,
        offset: 0,
        data: &[9, 8, 7, 6],
    };
    assert_eq!(host.native("3B 07 000000 040000 09080706"), "00");
    assert_eq!(host.native("C701"), format!("00{}", expected(&[plain], 2)));
    assert_eq!(host.native("BB 07 000000 000000"), "000102030409080706");
}

//! Several sets of access conditions, as in table 1 of the top-up note: the terminals' keys in the first, the
//! server's key 4 in the second (DESFire reference §5.1, §6.4).

use super::host::*;
use tapscope::bytes::hex;
use tapscope::card::{Aid, CommMode};
use tapscope::crypto::aes::AesKey;
use tapscope::crypto::cmac::{aes_cmac, odd_bytes};
use tapscope::session::{demo, image};

const GATE: &[u8; 16] = b"Tapscope gate 01";
const BACKEND: &[u8; 16] = b"Tapscope backend";

/// The test card with a second set for key 4; `tmac` is what ChangeFileSettings says of the TransactionMAC file.
fn two_sets(tmac: &str) -> Host {
    let mut host = Host::personalised('F');
    for change in [
        // Table 1 to the letter: 1 2 2 3 and 4 4 4 3.
        "5F 02 81 2312 01 4344",
        // Key 1 reads and debits, key 4 credits.
        "5F 03 83 F31F 01 43FF",
        // Key 1 writes, key 4 reads.
        "5F 05 81 1311 01 F34F",
        tmac,
    ] {
        host.ok(change, Full);
    }
    host
}

const NO_READER_ID: &str = "5F 0F 00 F3EF";
const READER_ID: &str = "5F 0F 80 13EF 01 43EF";

fn as_key(host: &mut Host, key_no: u8) {
    host.select();
    host.authenticate(key_no, key_no).unwrap();
}

#[test]
fn a_key_may_do_what_its_own_set_allows_and_nothing_of_the_other() {
    let mut host = two_sets(NO_READER_ID);
    as_key(&mut host, 1);
    assert_eq!(host.ok("6C03", Full), "E8030000");
    host.ok("DC 03 0A000000", Full);
    host.ok("3B 05 000000 010000 AA", Mac);
    host.ok("BD 02 000000 010000", Mac);
    host.ok("C7", Mac);
    as_key(&mut host, 4);
    assert_eq!(host.ok("6C03", Full), "DE030000");
    host.ok("0C 03 0B000000", Full);
    host.ok("BB 05 000000 000000", Mac);
    host.ok("3D 02 000000 010000 77", Mac);
    host.ok("C7", Mac);
    for (key_no, command, mode) in [
        (1, "0C 03 01000000", Full),
        (1, "3D 02 000000 010000 77", Mac),
        (4, "3B 05 000000 010000 AA", Mac),
        (2, "6C03", Full),
        (2, "0C 03 01000000", Full),
        (3, "0C 03 01000000", Full),
        (3, "BD 02 000000 010000", Mac),
        (0, "6C03", Full),
        (0, "5F 03 03 3012", Full),
        (1, "5F 03 03 3012", Full),
        (4, "5F 03 03 3012", Full),
    ] {
        as_key(&mut host, key_no);
        host.refused(command, mode, 0xAE);
    }
    as_key(&mut host, 1);
    host.refused("1C 03 01000000", Full, 0xAE);
    host.tap();
    assert_eq!(host.native("6C03"), "AE", "no session at all");
    as_key(&mut host, 3);
    host.ok("5F 03 03 3012", Full);
    as_key(&mut host, 4);
    host.refused("6C03", Full, 0xAE);
}

#[test]
fn the_settings_tell_both_sets() {
    let mut host = two_sets(READER_ID);
    assert_eq!(
        host.ok("F502", Mac),
        hex::upper(hex::parse("01 81 2312 200000 01 4344").unwrap())
    );
    assert_eq!(
        host.ok("F50F", Mac),
        hex::upper(hex::parse("05 80 13EF 02 02 01 43EF").unwrap())
    );
}

/// Which keys of a demo card may send what, apart from those that it is not for: 9D where nobody may.
fn who_may(image: &str, command: &str, mode: CommMode) -> (Vec<u8>, Option<u8>) {
    let image = image::read(demo::image(image).unwrap().as_bytes()).unwrap();
    let keys = &image.applications[&Aid::from_wire([0x99, 0x44, 0x01])].key_values;
    let mut host = Host::new(&image);
    let mut granted = Vec::new();
    let mut denied = None;
    for key_no in 0..5 {
        let value = keys[usize::from(key_no)].value.expose()[..16]
            .try_into()
            .unwrap();
        host.select();
        host.authenticate_with(key_no, value).unwrap();
        match host.call(command, mode) {
            Ok(_) => granted.push(key_no),
            Err(0xAE) => {}
            Err(other) => denied = Some(other),
        }
    }
    (granted, denied)
}

#[test]
fn on_the_demo_cards_terminal_and_server_have_what_is_theirs() {
    let record = "00".repeat(16);
    for card in [demo::TWO_SETS, demo::READER_ID] {
        for (command, expected) in [
            ("BD 01 000000 010000".to_owned(), &[1, 2, 4][..]),
            ("3D 01 000000 010000 AA".to_owned(), &[2, 4]),
            (format!("3B 02 000000 100000 {record}"), &[1]),
            ("EB 02".to_owned(), &[1]),
            ("6C 03".to_owned(), &[1, 4]),
            ("DC 03 01000000".to_owned(), &[1, 4]),
            ("0C 03 01000000".to_owned(), &[4]),
            (format!("3B 04 000000 100000 {record}"), &[4]),
        ] {
            let found = who_may(card, &command, Full);
            assert_eq!(found, (expected.to_vec(), None), "{card}: {command}");
        }
        for (file_no, sets) in [(2, "1311 01 F34F"), (3, "F31F 01 43FF")] {
            let change = format!("5F {file_no:02X} 83 {sets}");
            assert_eq!(who_may(card, &change, Full), (vec![3], None), "{card}");
        }
    }
    let name = format!("C8 {}", hex::upper(GATE));
    assert_eq!(who_may(demo::READER_ID, &name, Mac), (vec![1, 4], None));
    assert_eq!(who_may(demo::TWO_SETS, &name, Mac), (vec![], Some(0x9D)));
}

/// SesTMMACKey or SesTMENCKey, from nothing but the formula.
fn session_key(label: u8, tmc: u8) -> [u8; 16] {
    let vector = [&[label, 0, 1, 0, 0x80, tmc, 0, 0, 0][..], &UID].concat();
    aes_cmac(&key(TMAC), &[&vector])
}

fn tmv(tmc: u8, tmi: &[u8]) -> String {
    assert_eq!(tmi.len() % 16, 0);
    let mac = aes_cmac(&session_key(0x5A, tmc), &[tmi]);
    format!("{tmc:02X}000000{}", hex::upper(odd_bytes(mac)))
}

fn enciphered(tmc: u8, previous: [u8; 16]) -> [u8; 16] {
    AesKey::new(&session_key(0xA5, tmc)).encrypt_block(previous)
}

fn commit_reader_id(host: &mut Host, tmri: &[u8; 16]) -> [u8; 16] {
    hex::array(&host.ok(&format!("C8 {}", hex::upper(tmri)), Mac)).unwrap()
}

#[test]
fn each_role_commits_its_reader_identifier_with_its_own_key() {
    let mut host = two_sets(READER_ID);
    as_key(&mut host, 1);
    let first = commit_reader_id(&mut host, GATE);
    assert_eq!(first, enciphered(1, [0; 16]));
    host.ok("DC 03 0A000000", Full);
    let tmi = [
        &[0xC8][..],
        GATE,
        &first,
        &[0; 15],
        &[0xDC, 3, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    assert_eq!(host.ok("C701", Mac), tmv(1, &tmi.concat()));

    as_key(&mut host, 4);
    let second = commit_reader_id(&mut host, BACKEND);
    assert_eq!(second, enciphered(2, *GATE), "the previous reader");
    host.ok("0C 03 0B000000", Full);
    let tmi = [
        &[0xC8][..],
        BACKEND,
        &second,
        &[0; 15],
        &[0x0C, 3, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    let committed = host.ok("C701", Mac);
    assert_eq!(committed, tmv(2, &tmi.concat()));
    let mut other = tmi.concat();
    other[17] ^= 1;
    assert_ne!(committed, tmv(2, &other), "EncTMRI is part of it");
}

#[test]
fn every_role_must_name_its_reader_and_only_by_a_key_of_the_file() {
    let mut host = two_sets(READER_ID);
    for (key_no, change) in [(1, "DC 03 0A000000"), (4, "0C 03 0A000000")] {
        as_key(&mut host, key_no);
        host.ok(change, Full);
        host.refused("C701", Mac, 0x9D);
    }
    let tmri = format!("C8 {}", hex::upper(BACKEND));
    for key_no in [0, 2, 3] {
        as_key(&mut host, key_no);
        host.refused(&tmri, Mac, 0xAE);
    }
    host.tap();
    assert_eq!(host.native(&tmri.replace(' ', "")), "AE");

    let mut second_only = two_sets("5F 0F 80 F3EF 01 43EF");
    as_key(&mut second_only, 1);
    second_only.refused(&tmri, Mac, 0xAE);
    as_key(&mut second_only, 1);
    second_only.ok("DC 03 0A000000", Full);
    second_only.refused("C701", Mac, 0x9D);
    as_key(&mut second_only, 4);
    commit_reader_id(&mut second_only, BACKEND);
    second_only.ok("C701", Mac);
}

#[test]
fn the_key_of_the_reader_identifier_reads_nothing() {
    let mut host = two_sets("5F 0F 83 13EF 01 43EF");
    for key_no in [1, 2, 4] {
        as_key(&mut host, key_no);
        let content = host.ok("BD 0F 000000 000000", Plain);
        assert_eq!(
            content,
            "00".repeat(12),
            "free, hence plain, for key {key_no}"
        );
    }
    let mut guarded = two_sets("5F 0F 83 132F 01 43FF");
    for key_no in [1, 4] {
        as_key(&mut guarded, key_no);
        guarded.refused("BD 0F 000000 000000", Full, 0xAE);
    }
    as_key(&mut guarded, 2);
    guarded.ok("BD 0F 000000 000000", Full);
}

#[test]
fn a_free_reader_identifier_is_for_everybody_and_nobody_must() {
    let mut host = two_sets("5F 0F 80 13EF 01 E3EF");
    as_key(&mut host, 2);
    commit_reader_id(&mut host, GATE);
    host.ok("C701", Mac);
    as_key(&mut host, 4);
    host.ok("0C 03 0B000000", Full);
    host.ok("C701", Mac);

    let mut never = two_sets("5F 0F 80 F3EF 01 F3EF");
    as_key(&mut never, 4);
    never.refused(&format!("C8 {}", hex::upper(GATE)), Mac, 0x9D);
}

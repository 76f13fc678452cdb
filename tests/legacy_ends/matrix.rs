//! Channel, type of key, mode, length.

use tapscope::bytes::hex;
use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::{CommMode, KeyType};
use tapscope::secure_messaging::Verdict;

use super::ends::{CHANNELS, Ends, UID, Way, name};

const MODES: [CommMode; 3] = [Plain, Mac, Full];

fn data(len: usize, salt: usize) -> String {
    let bytes = (1..=len).map(|i| (i * i * 37 + salt * 91 + i).to_le_bytes()[0]);
    hex::upper(bytes.collect::<Vec<u8>>())
}

fn u24(number: usize) -> String {
    hex::upper(&number.to_le_bytes()[..3])
}

/// Files `01` standard, `02` backup, `03` value, `04` linear in a mode, all rights with key 1.
fn with_files(channel: (Way, KeyType), mode: CommMode) -> Ends {
    let mut ends = Ends::open(channel, 0);
    let option = hex::upper([mode.option_bits()]);
    for create in [
        format!("CD 01 {option} 1111 580200"),
        format!("CB 02 {option} 1111 580200"),
        format!("CC 03 {option} 1111 00000000 FFFFFF7F 00000000 01"),
        format!("C1 04 {option} 1111 280000 030000"),
    ] {
        ends.ok(&create, Plain);
    }
    let kind = channel.1;
    ends.authenticate(channel.0, 1, &super::ends::key(kind, 1), kind);
    ends
}

/// What a row must show: the mode, and good checks where the channel has them.
fn check(ends: &Ends, mode: CommMode, carries: bool) {
    let row = ends.row();
    let is_d40 = ends.channel.0 == Way::D40;
    let place = format!("{:?} {mode} {row:?}", ends.channel);
    assert_eq!(row.mode, Some(mode), "{place}");
    assert_eq!(row.channel, Some(name(ends.channel)), "{place}");
    let command_data = row.command.as_ref().unwrap().len() > row.header_len;
    let (mut command_mac, mut response_mac) = (Verdict::None, Verdict::None);
    let mut crc = Verdict::None;
    let answer_data = !row.response.as_ref().unwrap().is_empty();
    match mode {
        Full if carries => crc = Verdict::Ok,
        Mac if command_data => command_mac = Verdict::Ok,
        Mac if is_d40 && answer_data => response_mac = Verdict::Ok,
        _ => {}
    }
    let answer_enciphered = mode == Full && answer_data;
    if !is_d40 && !answer_enciphered {
        response_mac = Verdict::Ok;
    }
    let verdicts = &row.verdicts;
    let got = (verdicts.command_mac, verdicts.response_mac, verdicts.crc);
    assert_eq!(got, (command_mac, response_mac, crc), "{place}");
    assert_eq!(verdicts.padding, crc, "{place}");
}

#[test]
fn data_of_every_length_in_every_mode_and_channel() {
    let mut exchanges = 0;
    for channel in CHANNELS {
        for mode in MODES {
            let mut ends = with_files(channel, mode);
            for len in (1..=70).chain([118, 119, 120, 121, 247, 248, 249, 511, 600]) {
                let (offset, length) = (u24(600 - len), u24(len));
                let text = data(len, len);
                ends.ok(&format!("3D 01 {offset} {length} {text}"), mode);
                check(&ends, mode, true);
                assert_eq!(ends.ok(&format!("BD 01 {offset} {length}"), mode), text);
                check(&ends, mode, true);
                assert_eq!(ends.ok(&format!("BD 01 {offset} 000000"), mode), text, "B6");
                check(&ends, mode, true);
                exchanges += 3;
            }
        }
    }
    assert_eq!(exchanges, 10 * 3 * 79 * 3);
}

#[test]
fn values_records_and_transactions_in_every_mode_and_channel() {
    for channel in CHANNELS {
        for mode in MODES {
            let mut ends = with_files(channel, mode);
            ends.ok("0C 03 E8030000", mode);
            check(&ends, mode, true);
            ends.ok("DC 03 2C010000", mode);
            ends.ok("C7", Plain);
            assert_eq!(ends.ok("6C 03", mode), "BC020000");
            check(&ends, mode, true);
            ends.ok("1C 03 64000000", mode);
            ends.ok("A7", Plain);
            for record in 0..3 {
                let text = data(40, record);
                ends.ok(&format!("3B 04 000000 280000 {text}"), mode);
                check(&ends, mode, true);
                ends.ok("C7", Plain);
            }
            let both = format!("{}{}", data(40, 1), data(40, 2));
            assert_eq!(ends.ok("BB 04 000000 020000", mode), both);
            check(&ends, mode, true);
            let all = format!("{}{both}", data(40, 0));
            assert_eq!(ends.ok("BB 04 000000 000000", mode), all);
            check(&ends, mode, true);
            ends.ok(&format!("3D 02 000000 640000 {}", data(100, 5)), mode);
            assert_eq!(ends.ok("BD 02 000000 640000", mode), "00".repeat(100));
            ends.ok("C7", Plain);
            assert_eq!(ends.ok("BD 02 000000 640000", mode), data(100, 5));
        }
    }
}

#[test]
fn management_commands_in_every_channel() {
    for channel in CHANNELS {
        let mut ends = Ends::open(channel, 0);
        let management = if channel.0 == Way::D40 { Plain } else { Mac };
        ends.ok("CD 01 03 1011 200000", Plain);
        check(&ends, management, false);
        assert!(
            ends.ok("60", Plain)
                .starts_with("0401013300180504010103001805047")
        );
        check(&ends, management, false);
        assert_eq!(ends.ok("51", Full), hex::upper(UID));
        check(&ends, Full, true);
        assert_eq!(ends.ok("F5 01", Plain), "00031011200000");
        ends.ok("5F 01 01 1022", Full);
        check(&ends, Full, true);
        assert_eq!(ends.ok("F5 01", Plain), "00011022200000");
        assert_eq!(ends.ok("6F", Plain), "01");
        ends.ok("54 0B", Full);
        check(&ends, Full, true);
        let kind = super::ends::type_bits(channel.1) | 0x05;
        assert_eq!(ends.ok("45", Plain), format!("0B{kind:02X}"));
        ends.ok("DF 01", Plain);
        assert_eq!(ends.ok("6F", Plain), "");
    }
}

/// One word of rights in some 256 ends like a checksum of what precedes it: a reader that looks for the end of the data
/// would stop a byte short.
#[test]
fn settings_whose_end_looks_like_a_checksum_are_read_whole() {
    for channel in [
        (Way::D40, KeyType::Des),
        (Way::D40, KeyType::TwoKey3Des),
        (Way::Ev1, KeyType::Des),
        (Way::Ev1, KeyType::Aes128),
    ] {
        let mut ends = Ends::open(channel, 0);
        ends.ok("CD 01 03 1011 200000", Plain);
        for option in ["00", "01", "03"] {
            for second in 0..=u8::MAX {
                ends.ok(&format!("5F 01 {option} 20{second:02X}"), Full);
            }
            assert_eq!(ends.ok("F5 01", Plain), format!("00{option}20FF200000"));
        }
    }
}

#[test]
fn the_picc_is_configured_in_every_channel() {
    for channel in CHANNELS {
        let mut ends = Ends::open_picc(channel);
        let default = super::ends::key(KeyType::ThreeKey3Des, 33);
        let default = hex::upper(default.expose());
        ends.ok(&format!("5C 01 {default} 27"), Full);
        check(&ends, Full, true);
        ends.ok("5C 00 02", Full);
        check(&ends, Full, true);
        let kind = channel.1;
        ends.ok(
            &format!("CA 112233 0F {:02X}", super::ends::type_bits(kind) | 0x02),
            Plain,
        );
        ends.ok("5A 112233", Plain);
        // The observer has the key from SetConfiguration alone.
        let len = if kind == KeyType::ThreeKey3Des {
            24
        } else {
            16
        };
        let key = tapscope::crypto::Secret::new(&hex::parse(&default).unwrap()[..len]);
        let kind = if kind == KeyType::Des {
            KeyType::TwoKey3Des
        } else {
            kind
        };
        let way = channel.0;
        if way != Way::Iso {
            ends.authenticate(way, 1, &key, kind);
            assert!(ends.row().key.as_ref().unwrap().label.starts_with("learnt"));
            assert_eq!(ends.ok("64 01", Plain), "27");
        }
    }
}

#[test]
fn one_session_after_another_in_other_channels() {
    for kind in [
        KeyType::Des,
        KeyType::TwoKey3Des,
        KeyType::ThreeKey3Des,
        KeyType::Aes128,
    ] {
        let ways: Vec<Way> = CHANNELS
            .iter()
            .filter(|(_, own)| *own == kind)
            .map(|(way, _)| *way)
            .collect();
        let mut ends = Ends::new((ways[0], kind));
        ends.ok("5A 994401", Plain);
        for way in ways.iter().chain(ways.iter().rev()).chain(&ways) {
            for key_no in [0, 3] {
                ends.channel = (*way, kind);
                ends.authenticate(*way, key_no, &super::ends::key(kind, key_no), kind);
                assert!(ends.has_session());
                assert_eq!(ends.row().channel, Some(name((*way, kind))));
                assert_eq!(ends.row().key.as_ref().unwrap().key_no, Some(key_no));
            }
        }
    }
}

#[test]
fn ev2_between_ev1_sessions() {
    let kind = KeyType::Aes128;
    let mut ends = Ends::new((Way::Ev1, kind));
    ends.ok("5A 994401", Plain);
    for way in [Way::Ev1, Way::Iso] {
        ends.authenticate(way, 2, &super::ends::key(kind, 2), kind);
        assert!(ends.has_session());
        let first = |first, key_no| tapscope::dialogue::Request::Authenticate {
            first,
            key_no,
            key: super::ends::key(kind, key_no).aes128().unwrap(),
            rnd_a: std::array::from_fn(|i| u8::try_from(i * 13 + 5).unwrap()),
            pcdcap2: Vec::new(),
        };
        assert!(ends.run(&first(true, 1)).status.is_success());
        assert!(ends.has_session());
        assert_eq!(ends.row().channel, Some("ev2"));
        assert!(ends.run(&first(false, 3)).status.is_success());
        assert!(ends.has_session());
        assert_eq!((ends.row().channel, ends.row().ctr), (Some("ev2"), Some(1)));
    }
    ends.authenticate(Way::Ev1, 0, &super::ends::key(kind, 0), kind);
    assert_eq!(ends.card.handle(&[0x77, 0x01]), [0x9D], "nothing to renew");
    assert_eq!(ends.card.handle(&[0x51]), [0xAE]);
}

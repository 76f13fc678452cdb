//! What a well-known client test suite expects of a card, B1 to B11 of the list of measured behaviours, in every channel
//! to which it applies.

use tapscope::bytes::hex;
use tapscope::card::CommMode::{self, Full, Mac, Plain};
use tapscope::card::KeyType;
use tapscope::secure_messaging::Verdict;

use super::ends::{CHANNELS, Ends, Way};

/// A standard, a backup, a value, a linear and a cyclic file, all in Full mode, all rights with key 0.
fn with_files(channel: (Way, KeyType)) -> Ends {
    let mut ends = Ends::open(channel, 0);
    for create in [
        "CD 01 03 0000 200000",
        "CB 02 03 0000 200000",
        "CC 03 03 0000 00000000 64000000 0A000000 00",
        "C1 04 03 0000 040000 020000",
        "C0 05 03 0000 040000 030000",
    ] {
        ends.ok(create, Plain);
    }
    ends
}

/// Opens the session again after an error has ended it.
fn again(ends: &mut Ends) {
    let (way, kind) = ends.channel;
    ends.ok("5A 994401", Plain);
    ends.authenticate(way, 0, &super::ends::key(kind, 0), kind);
}

#[test]
fn b1_a_failed_write_or_clear_aborts_the_pending_transaction() {
    // The last two are refused with 9D, which a D40 session survives.
    for (failing, status) in [
        ("3D 02 1F0000 020000 A1B2", 0xBE),
        ("3B 04 030000 020000 A1B2", 0xBE),
        ("EB 09", 0xF0),
        ("EB 01", 0x9D),
        ("3B 03 000000 020000 A1B2", 0x9D),
    ] {
        for channel in CHANNELS {
            let mut ends = with_files(channel);
            ends.ok("0C 03 05000000", Full);
            ends.refused(failing, Full, status);
            if channel.0 == Way::D40 && status == 0x9D {
                ends.refused("C7", Plain, 0x0C);
            } else {
                again(&mut ends);
                ends.refused("C7", Plain, 0x0C);
            }
            assert_eq!(ends.ok("6C 03", Full), "0A000000", "{channel:?} {failing}");
        }
    }
}

#[test]
fn b2_an_error_ends_the_session_but_9d_not_that_of_d40() {
    for channel in CHANNELS {
        for (command, status) in [
            ("F5 09", 0xF0),
            ("64 0D", 0x40),
            ("BD 01 FF0000 010000", 0xBE),
        ] {
            let mut ends = with_files(channel);
            ends.refused(command, Full, status);
            assert!(!ends.has_session(), "{channel:?} {command}");
        }
        let mut ends = with_files(channel);
        ends.refused("EB 01", Plain, 0x9D);
        assert_eq!(ends.has_session(), channel.0 == Way::D40, "{channel:?}");
        let row = ends.row();
        let expected = if channel.0 == Way::D40 {
            "d40"
        } else {
            "plain"
        };
        assert_eq!(row.channel, Some(expected), "the observer agrees");
    }
}

#[test]
fn b3_a_record_file_cleared_but_not_committed_takes_no_record() {
    for channel in CHANNELS {
        for file in ["04", "05"] {
            let mut ends = with_files(channel);
            ends.ok(&format!("3B {file} 000000 040000 C1C2C3C4"), Full);
            ends.ok("C7", Plain);
            ends.ok(&format!("EB {file}"), Plain);
            ends.refused(&format!("3B {file} 000000 040000 D1D2D3D4"), Full, 0x9D);
            if channel.0 != Way::D40 {
                again(&mut ends);
            }
            // The clear is gone too (B1).
            assert_eq!(
                ends.ok(&format!("BB {file} 000000 000000"), Full),
                "C1C2C3C4"
            );
            ends.ok(&format!("EB {file}"), Plain);
            ends.ok("C7", Plain);
            ends.ok(&format!("3B {file} 000000 040000 D1D2D3D4"), Full);
            ends.ok("C7", Plain);
            assert_eq!(
                ends.ok(&format!("BB {file} 000000 000000"), Full),
                "D1D2D3D4"
            );
        }
    }
}

#[test]
fn b4_a_commit_without_a_change_is_0c() {
    for channel in CHANNELS {
        let mut ends = with_files(channel);
        ends.refused("C7", Plain, 0x0C);
        assert!(
            ends.has_session(),
            "{channel:?}: our choice among the sources"
        );
        ends.ok("0C 03 05000000", Full);
        ends.ok("C7", Plain);
        ends.refused("C7", Plain, 0x0C);
        ends.refused("A7", Plain, 0x0C);
        assert_eq!(ends.ok("6C 03", Full), "0F000000");
    }
}

#[test]
fn b5_an_iso_fid_is_there_when_the_command_is_longer() {
    for channel in CHANNELS {
        let mut ends = Ends::open_picc(channel);
        let kind = super::ends::type_bits(channel.1) | 0x01;
        // Flag 20 of KS2 says that files have identifiers, not that the application has one.
        ends.ok(&format!("CA 010203 0F {:02X}", kind | 0x20), Plain);
        ends.ok(&format!("CA 040506 0F {kind:02X} 01E1"), Plain);
        ends.ok(
            &format!("CA 070809 0F {:02X} 02E1 A0B0C0", kind | 0x20),
            Plain,
        );
        for (aid, fid, name) in [
            ("030201", None, ""),
            ("060504", Some(0xE101), ""),
            ("090807", Some(0xE102), "A0B0C0"),
        ] {
            let image = ends.card.image();
            let application = &image.applications[&aid.parse().unwrap()];
            assert_eq!(
                (application.iso_fid, hex::upper(&application.df_name)),
                (fid, name.into())
            );
        }
        ends.ok("5A 010203", Plain);
        ends.ok("CD 01 05E1 00 EEEE 200000", Plain);
        ends.refused("CD 02 00 EEEE 200000", Plain, 0x7E);
        ends.ok("5A 040506", Plain);
        ends.ok("CD 01 00 EEEE 200000", Plain);
    }
}

#[test]
fn b6_a_read_of_everything_is_padded_with_a_mark() {
    for channel in CHANNELS {
        let mut ends = with_files(channel);
        // Zeros at the end: only a mark tells where the data ends.
        let data = format!("{}{}", "A1B2C3D4", "00".repeat(28));
        ends.ok(&format!("3D 01 000000 200000 {data}"), Full);
        assert_eq!(ends.ok("BD 01 000000 000000", Full), data);
        let marked = ends.answer_len();
        assert_eq!(ends.ok("BD 01 000000 200000", Full), data);
        let known = ends.answer_len();
        let (block, crc) = match channel {
            (Way::D40, _) => (8, 2),
            (_, KeyType::Aes128) => (16, 4),
            _ => (8, 4),
        };
        assert_eq!(known, (32_usize + crc).next_multiple_of(block));
        assert_eq!(marked, (32_usize + crc + 1).next_multiple_of(block));
        // Where data and checksum fill whole blocks the mark needs one more.
        let offset = hex::upper([u8::try_from(32 - (2 * block - crc)).unwrap(), 0, 0]);
        ends.ok(&format!("BD 01 {offset} 000000"), Full);
        assert_eq!(ends.answer_len(), 3 * block, "{channel:?}");
    }
}

#[test]
fn b7_a_mac_follows_answers_without_data() {
    for channel in CHANNELS {
        let mut ends = with_files(channel);
        for (command, mode) in [
            ("0C 03 05000000", Full),
            ("C7", Plain),
            ("3D 01 000000 020000 A1B2", Full),
            ("DF 02", Plain),
            ("54 0F", Full),
        ] {
            ends.ok(command, mode);
            let (expected, verdict) = match channel.0 {
                Way::D40 => (0, Verdict::None),
                _ => (8, Verdict::Ok),
            };
            assert_eq!(ends.answer_len(), expected, "{channel:?} {command}");
            assert_eq!(ends.row().verdicts.response_mac, verdict);
        }
    }
}

#[test]
fn b8_a_second_identifier_or_name_is_de() {
    for channel in CHANNELS {
        let kind = super::ends::type_bits(channel.1) | 0x21;
        let open = || {
            let mut ends = Ends::open_picc(channel);
            ends.ok(&format!("CA 010203 0F {kind:02X} 01E1 A0B0C0"), Plain);
            ends
        };
        for second in [
            "CA 010203 0F KS 02E1 A0",
            "CA 040506 0F KS 01E1",
            "CA 040506 0F KS 02E1 A0B0C0",
        ] {
            let second = second.replace("KS", &hex::upper([kind]));
            open().refused(&second, Plain, 0xDE);
        }
        let mut ends = open();
        ends.ok(&format!("CA 040506 0F {kind:02X} 02E1 A0B0"), Plain);
        ends.ok("5A 040506", Plain);
        ends.ok("CD 01 05E1 00 EEEE 200000", Plain);
        ends.refused("CD 02 05E1 00 EEEE 200000", Plain, 0xDE);
        ends.refused("CD 01 06E1 00 EEEE 200000", Plain, 0xDE);
        ends.ok("CD 02 06E1 00 EEEE 200000", Plain);
    }
}

#[test]
fn b9_free_access_is_plain_in_a_session_too() {
    for channel in CHANNELS {
        for option in ["01", "03"] {
            let mut ends = Ends::open(channel, 0);
            ends.ok(&format!("CD 01 {option} E0EE 200000"), Plain);
            ends.ok(
                &format!("CC 02 {option} EEEE 00000000 64000000 0A000000 00"),
                Plain,
            );
            ends.ok("3D 01 000000 040000 A1B2C3D4", Plain);
            assert_eq!(ends.row().mode, Some(CommMode::Plain), "{channel:?}");
            assert_eq!(ends.ok("BD 01 000000 040000", Plain), "A1B2C3D4");
            assert_eq!(ends.row().mode, Some(CommMode::Plain), "{channel:?}");
            ends.ok("0C 02 01000000", Plain);
            ends.ok("C7", Plain);
            assert_eq!(ends.ok("6C 02", Plain), "0B000000");
            assert_eq!(ends.row().mode, Some(CommMode::Plain), "{channel:?}");
            // What the host protects all the same is too long, and the session is over.
            let sealed = ends.call("3D 01 000000 040000 A1B2C3D4", Mac).0;
            assert_eq!(sealed, 0x7E);
            assert!(!ends.has_session());
        }
    }
}

#[test]
fn b10_28_applications_are_listed_over_several_frames() {
    for channel in CHANNELS {
        let mut ends = Ends::open_picc(channel);
        let kind = super::ends::type_bits(channel.1) | 0x01;
        for number in 1..28 {
            ends.ok(&format!("CA {number:02X}0000 0F {kind:02X}"), Plain);
        }
        // One of them was there before.
        let list = ends.ok("6A", Plain);
        assert_eq!(list.len(), 28 * 6);
        let frames = ends.row().last_event - ends.row().first_event;
        assert_eq!(frames, 3, "{channel:?}: two commands and two answers");
        for number in 1..28 {
            assert!(list.contains(&format!("{number:02X}0000")));
        }
        assert!(ends.has_session());
    }
}

/// Cards differ about `0C`: with a MAC behind it all three move the IV, without one none does.
#[test]
fn no_changes_with_a_mac_moves_the_iv_of_all_three() {
    for (way, kind) in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        for (choice, len) in [("kept", 0), ("kept-with-mac", 8)] {
            let mut ends = Ends::open((way, kind), 0);
            let mut profile = ends.card.profile();
            profile.set("no-changes-in-session", choice).unwrap();
            ends.card.set_profile(profile);
            for command in ["C7", "A7"] {
                assert_eq!(ends.call(command, Mac).0, 0x0C, "{way:?} {kind:?}");
                assert_eq!(ends.answer_len(), len);
                let mac = ends.row().verdicts.response_mac;
                assert_eq!(mac == Verdict::Ok, len > 0, "{:?}", ends.row());
            }
            assert!(ends.has_session(), "{way:?} {kind:?} {choice}");
        }
    }
}

#[test]
fn b11_format_picc_gives_memory_back() {
    for channel in CHANNELS {
        let mut ends = Ends::open_picc(channel);
        ends.ok("FC", Plain);
        let empty = ends.ok("6E", Plain);
        ends.ok(
            &format!(
                "CA 010203 0F {:02X}",
                super::ends::type_bits(channel.1) | 0x01
            ),
            Plain,
        );
        ends.ok("5A 010203", Plain);
        ends.ok("CD 01 00 EEEE 000400", Plain);
        ends.ok("5A 000000", Plain);
        let less = ends.ok("6E", Plain);
        let free = |text: &str| {
            let [a, b, c] = hex::array::<3>(text).unwrap();
            u32::from_le_bytes([a, b, c, 0])
        };
        assert_eq!((free(&empty), free(&empty) - free(&less)), (5120, 1120));
        let (way, kind) = channel;
        ends.authenticate(way, 0, &super::ends::key(kind, super::ends::PICC), kind);
        ends.ok("FC", Plain);
        assert_eq!(ends.ok("6E", Plain), empty);
        assert_eq!(ends.ok("6A", Plain), "");
        assert!(ends.has_session(), "as in a recorded EV1 conversation");
    }
}

//! ISO selection, reading and writing: host, card and observer, in sessions and without.

use super::ends::*;
use tapscope::apdu::{CommandApdu, Frame, Status};
use tapscope::bytes::hex;
use tapscope::card::{Aid, CommMode, KeyType};
use tapscope::command::Command;
use tapscope::dialogue::{HostError, Request};
use tapscope::secure_messaging::{Channel, Verdict};
use tapscope::trace::EventKind;
use tapscope::virtual_card::Profile;

const PLAIN: CommMode = CommMode::Plain;
const MAC: CommMode = CommMode::Mac;

impl Ends {
    /// An ISO command in hexadecimal; gives status word and data. Host and observer must agree with each other.
    fn iso(&mut self, command: &str) -> (u16, String) {
        let bytes = hex::parse(command).unwrap();
        let apdu = CommandApdu::parse(&bytes);
        assert_eq!(apdu.problem, None);
        let mut frame = Frame::desfire(apdu.ins, apdu.body.to_vec(), apdu.body.len());
        (frame.family, frame.p1p2, frame.le) = (apdu.family(), apdu.p1p2, apdu.le);
        let command = Command::parse(&frame);
        assert!(!matches!(command, Command::Unknown(_)), "{frame:?}");
        let reply = self.run(&Request::Command {
            command,
            mode: PLAIN,
        });
        let row = self.row();
        assert!(!row.verdicts.any(Verdict::Bad), "{row:?}");
        assert!(!row.verdicts.any(Verdict::Unknown), "{row:?}");
        assert_eq!(
            (row.status, row.response.as_ref()),
            (Some(reply.status), Some(&reply.data))
        );
        assert_eq!(row.findings, []);
        let Status::Iso(word) = reply.status else {
            panic!("{}", reply.status)
        };
        (word, hex::upper(reply.data))
    }

    fn iso_ok(&mut self, command: &str) -> String {
        let (word, data) = self.iso(command);
        assert_eq!(word, 0x9000, "{:?} {command}", self.channel);
        data
    }

    fn iso_refused(&mut self, command: &str, word: u16) {
        assert_eq!(
            self.iso(command),
            (word, String::new()),
            "{:?} {command}",
            self.channel
        );
    }
}

/// An application with identifier and name, keys of the channel's type, and files:
/// `01` standard 32 free, `02` backup 16 by key 1, `03` value, `04` linear 2 × 4 by key 1, `05` cyclic 3 × 4 free,
/// `06` standard, enciphered, by key 1.
fn with_files(channel: (Way, KeyType)) -> Ends {
    let mut ends = Ends::open_picc(channel);
    let mut default = default_key(channel.1).expose().to_vec();
    default.resize(24, 0);
    ends.ok(&format!("5C 01 {} 00", hex::upper(default)), CommMode::Full);
    let keys = 0x25 | type_bits(channel.1);
    ends.ok(&format!("CA 112233 0F {keys:02X} 01DF D276000085AA01"), MAC);
    ends.ok("5A 112233", PLAIN);
    for create in [
        "CD 01 01E1 00 EEEE 200000",
        "CB 02 02E1 00 1110 100000",
        "CC 03 00 EEEE 00000000 64000000 05000000 00",
        "C1 04 04E1 00 1110 040000 020000",
        "C0 05 05E1 00 EEEE 040000 030000",
        "CD 06 06E1 03 1110 080000",
    ] {
        ends.ok(create, PLAIN);
    }
    ends
}

fn default_key(kind: KeyType) -> tapscope::crypto::Secret {
    key(kind, 9)
}

/// In a session with key 1 of that application.
fn in_session(channel: (Way, KeyType)) -> Ends {
    let mut ends = with_files(channel);
    ends.authenticate(channel.0, 1, &default_key(channel.1), channel.1);
    ends
}

#[test]
fn every_form_of_select() {
    let mut ends = with_files((Way::Ev1, KeyType::Aes128));
    let application = Some(Aid::from_wire([0x11, 0x22, 0x33]));
    let forms = [
        ("00A40000 02 3F00 00", Some(Aid::PICC)),
        ("00A40400 07 D276000085AA01 00", application),
        ("00A40000 00", Some(Aid::PICC)),
        ("00A4010C 02 DF01", application),
        ("00A4030C", Some(Aid::PICC)),
        ("00A4000C 02 DF01", application),
        ("00A4020C 02 E105", application),
        ("00A4000C 02 E101", application),
        ("00A40400 07 D2760000850100 00", None),
    ];
    for (command, aid) in forms {
        ends.iso_ok(command);
        assert_eq!(ends.row().aid, aid, "{command}");
    }
    // The name of the PICC level is not learnt from a trace.
    assert_eq!(ends.card.handle(&[0x6F]), [0x9D], "PICC level");
    for (command, word) in [
        ("00A4020C 02 E101", 0x6A82),
        ("00A4000C 02 E101", 0x6A82),
        ("00A4030C", 0x6A82),
        ("00A40400 07 A0000003965643 00", 0x6A82),
        ("00A40500 02 3F00 00", 0x6A86),
        ("00A40001 02 3F00 00", 0x6A86),
        ("00A40000 03 3F0000 00", 0x6A87),
        ("00A40300 01 00 00", 0x6A87),
    ] {
        ends.iso_refused(command, word);
    }
    ends.iso_ok("00A4010C 02 DF01");
    ends.iso_refused("00A4010C 02 DF01", 0x6A82);
    assert_eq!(ends.card.handle(&[0x6F]).len(), 7, "still selected");
}

#[test]
fn control_information_is_file_1f() {
    let mut ends = with_files((Way::Ev1, KeyType::TwoKey3Des));
    ends.ok("CD 1F 1FE1 00 EEEE 060000", PLAIN);
    ends.ok("3D 1F 000000 060000 6F0484021234", PLAIN);
    assert_eq!(ends.iso_ok("00A4000C 02 3F00 "), "");
    assert_eq!(ends.iso_ok("00A40400 07 D276000085AA01 00"), "6F0484021234");
    assert_eq!(ends.iso_ok("00A40400 07 D276000085AA01 04"), "6F048402");
    assert_eq!(ends.iso_ok("00A40400 07 D276000085AA01"), "");
    assert_eq!(ends.iso_ok("00A4040C 07 D276000085AA01 00"), "");
}

#[test]
fn lists_of_names_and_identifiers() {
    let mut ends = with_files((Way::D40, KeyType::Des));
    assert_eq!(ends.ok("61", PLAIN), "01E102E104E105E106E1");
    ends.ok("5A 000000", PLAIN);
    ends.ok("CA 445566 0F 21 02DF", PLAIN);
    let names = ends.run(&Request::Command {
        command: Command::from_body(0x6D, &[]).unwrap().unwrap(),
        mode: PLAIN,
    });
    assert_eq!(
        hex::upper(&names.data),
        "11223301DFD276000085AA0144556602DF"
    );
    assert_eq!(names.frames, [12, 5]);
    assert_eq!(ends.card.handle(&[0x61]), [0x9D]);
    assert_eq!(ends.card.handle(&[0x5A, 0x44, 0x55, 0x66]), [0x00]);
    assert_eq!(ends.card.handle(&[0x61]), [0x00]);
    assert_eq!(ends.card.handle(&[0x6D]), [0x9D]);
    ends.card.set_profile(Profile {
        no_iso_files_is_f0: true,
        ..Profile::default()
    });
    assert_eq!(ends.card.handle(&[0x61]), [0xF0]);
    let mut ends = Ends::open_picc((Way::Ev1, KeyType::Aes128));
    assert_eq!(ends.card.handle(&[0x6D]), [0x9D], "in a session");
    ends.card.set_profile(Profile {
        df_names_in_session_status: 0xC1,
        ..Profile::default()
    });
    ends.ok("5A 000000", PLAIN);
    ends.authenticate(Way::Ev1, 0, &key(KeyType::Aes128, PICC), KeyType::Aes128);
    assert_eq!(ends.card.handle(&[0x6D]), [0xC1]);
    assert_eq!(
        ends.card.handle(&[0x6D]),
        [0x00],
        "no application has an identifier"
    );
}

#[test]
fn duplicates_and_reserved_identifiers() {
    let mut ends = with_files((Way::D40, KeyType::Des));
    ends.ok("5A 000000", PLAIN);
    for (command, status) in [
        ("CA 445566 0F 21 01DF", 0xDE),
        ("CA 445566 0F 21 02DF D276000085AA01", 0xDE),
        ("CA 445566 0F 21 02DF D2760000850100", 0xDE),
        ("CA 445566 0F 21 003F", 0x9E),
        ("CA 445566 0F 21 FFFF", 0x9E),
    ] {
        ends.refused(command, PLAIN, status);
    }
    ends.ok("5A 112233", PLAIN);
    ends.refused("CD 07 01E1 00 EEEE 010000", PLAIN, 0xDE);
    ends.refused("CD 07 FF3F 00 EEEE 010000", PLAIN, 0x9E);
}

#[test]
fn files_without_a_session() {
    let mut ends = with_files((Way::Ev1, KeyType::Aes128));
    ends.iso_refused("00B00000 00", 0x6985);
    ends.iso_ok("00D68104 03 A1B2C3");
    assert_eq!(
        ends.iso_ok("00B00003 05"),
        "00A1B2C300",
        "the file stays selected"
    );
    assert_eq!(ends.iso_ok("00B08104 02"), "A1B2");
    assert_eq!(ends.iso_ok("00B0001F 00"), "00");
    assert_eq!(ends.iso_ok("00B08100 00").len(), 64);
    for (command, word) in [
        ("00B00020 00", 0x6A86),
        ("00B09F00 00", 0x6A86),
        ("00B0A100 00", 0x6A86),
        ("00B08A00 00", 0x6A82),
        ("00B08200 00", 0x6982),
        ("00B08300 00", 0x6985),
        ("00B08500 00", 0x6985),
        ("00B08100", 0x6700),
        ("00B08118 10", 0x6C08),
        ("00D6811F 02 0102", 0x6985),
        ("00D68100", 0x6700),
        ("00D68200 01 00", 0x6982),
        ("00D68500 01 00", 0x6985),
        ("00B2012C 00", 0x6A83),
        ("00B2012E 00", 0x6A86),
        ("00B20124 00", 0x6982),
        ("00B2010C 00", 0x6985),
        ("00E20029 04 00000000", 0x6A86),
        ("00E20128 04 00000000", 0x6A86),
        ("00E20028 03 000000", 0x6700),
        ("00E20020 04 00000000", 0x6982),
        ("00E20050 04 00000000", 0x6A82),
    ] {
        ends.iso_refused(command, word);
    }
    for record in ["01020304", "05060708", "090A0B0C"] {
        ends.iso_ok(&format!("00E20028 04 {record}"));
        ends.ok("C7", PLAIN);
    }
    // Three records fit, one of them is the next.
    assert_eq!(ends.iso_ok("00B20104 04"), "090A0B0C");
    assert_eq!(ends.iso_ok("00B2002C 00"), "090A0B0C");
    assert_eq!(ends.iso_ok("00B2022C 00"), "05060708");
    assert_eq!(ends.iso_ok("00B2012D 00"), "090A0B0C05060708");
    assert_eq!(ends.iso_ok("00B2022D 00"), "05060708");
    assert_eq!(ends.ok("BB 05 000000 000000", PLAIN), "05060708090A0B0C");
    ends.iso_refused("00B2032C 00", 0x6A83);
    ends.iso_refused("00B2012D 03", 0x6700);
    ends.iso_refused("00B2012D 09", 0x6C08);
    ends.card.set_profile(Profile {
        iso_reads_to_end: true,
        iso_records_oldest_first: true,
        ..Profile::default()
    });
    assert_eq!(ends.iso("00B2012D 09"), (0x6282, "05060708090A0B0C".into()));
    assert_eq!(ends.iso("00B08118 10"), (0x6282, "0000000000000000".into()));
    ends.ok("EB 05", PLAIN);
    ends.iso_refused("00E20028 04 00000000", 0x6985);
}

#[test]
fn files_in_a_session() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        let mut ends = in_session(channel);
        ends.iso_ok("00A4020C 02 E102");
        ends.iso_ok("00D60000 04 CAFEBABE");
        assert_eq!(ends.iso_ok("00B00000 04"), "00000000", "a backup file");
        assert_eq!(ends.answer_len(), 12, "{channel:?}");
        ends.iso_ok("00E20020 04 11223344");
        ends.ok("C7", MAC);
        assert_eq!(ends.iso_ok("00B08200 05"), "CAFEBABE00");
        assert_eq!(ends.iso_ok("00B20124 00"), "11223344");
        assert!(ends.has_session(), "{channel:?}");
        // Le again, and the session goes on.
        ends.iso_refused("00B2012C 00", 0x6A83);
        assert!(!ends.has_session());
        let mut ends = in_session(channel);
        ends.iso_refused("00B08218 20", 0x6A86);
        let mut ends = in_session(channel);
        ends.iso_refused("00B08208 20", 0x6C08);
        assert_eq!(ends.iso_ok("00B08208 08"), "0000000000000000");
        assert_eq!(
            ends.iso_ok("00B08600 00"),
            "0000000000000000",
            "enciphered for others"
        );
        for _ in 0..2 {
            ends.iso_ok("00E20020 04 55667788");
            ends.ok("C7", MAC);
        }
        ends.iso_refused("00E20020 04 55667788", 0x6A84);
        let mut ends = in_session(channel);
        ends.card.set_profile(Profile {
            iso_reaches_protected_files: false,
            ..Profile::default()
        });
        ends.iso_refused("00B08600 00", 0x6982);
        let mut ends = in_session(channel);
        ends.iso_ok("00A40400 07 D276000085AA01 00");
        assert!(!ends.has_session());
    }
}

/// A key opens files to ISO commands in EV1 sessions only.
#[test]
fn a_d40_session_reaches_what_is_free_and_no_more() {
    for kind in [KeyType::Des, KeyType::TwoKey3Des] {
        for refused in [
            "00B08200 04",
            "00D68200 01 A5",
            "00B20124 00",
            "00E20020 04 11223344",
            "00B08600 00",
        ] {
            let mut ends = in_session((Way::D40, kind));
            ends.iso_ok("00D68104 03 A1B2C3");
            assert_eq!(ends.iso_ok("00B08104 03"), "A1B2C3");
            assert_eq!(ends.answer_len(), 3);
            ends.iso_ok("00E20028 04 11223344");
            ends.ok("C7", MAC);
            assert_eq!(ends.iso_ok("00B2012C 00"), "11223344");
            assert!(ends.has_session());
            ends.iso_refused(refused, 0x6982);
        }
    }
}

/// The session stays with a file, whichever form of SELECT has found it.
#[test]
fn a_file_selected_by_identifier_alone_keeps_the_session() {
    for kind in [KeyType::TwoKey3Des, KeyType::Aes128] {
        let mut ends = in_session((Way::Ev1, kind));
        ends.iso_ok("00A4000C 02 E102");
        assert_eq!(ends.iso_ok("00B00000 04"), "00000000");
        assert_eq!(ends.answer_len(), 12);
        assert!(ends.has_session());
        ends.iso_ok("00A4000C 02 3F00");
        assert!(!ends.has_session());
        // The same form may mean an application, and the next answer tells that the session is gone.
        for selected in ["00A4000C 02 DF01", "00A40000 02 DF01 00"] {
            let mut ends = in_session((Way::Ev1, kind));
            ends.iso_ok(selected);
            assert_eq!(ends.ok("6F", PLAIN), "010203040506", "{selected}");
            assert!(matches!(ends.host.channel(), Channel::Plain));
            assert_eq!(ends.iso_ok("00B08100 04"), "00000000");
        }
        // Once it has told that the session is there, a MAC must come again.
        let mut ends = in_session((Way::Ev1, kind));
        ends.iso_ok("00A4000C 02 E102");
        assert_eq!(ends.iso_ok("00B00000 04"), "00000000");
        let read = Command::parse(&Frame::desfire(0x6F, Vec::new(), 0));
        let mode = PLAIN;
        let request = Request::Command {
            command: read,
            mode,
        };
        ends.host.start(&request).unwrap();
        ends.host.poll_transmit().unwrap();
        let stripped = ends.host.handle_response(&[1, 2, 0x91, 0x00]);
        assert!(matches!(stripped, Err(HostError::Mac { .. })));
    }
}

/// A byte less in the trace makes the next checks wrong: what is selected or written has no part in the IV, what is
/// read has.
#[test]
fn a_lost_read_is_noticed() {
    let mut ends = in_session((Way::Ev1, KeyType::Aes128));
    let lost = ends.card.handle(&hex::parse("00B0820004").unwrap());
    assert_eq!(lost.len(), 14);
    let later = ends.card.handle(&hex::parse("00B0820004").unwrap());
    assert_ne!(lost, later, "the IV has moved");
    ends.observe(EventKind::Command(hex::parse("00B0820004").unwrap()));
    ends.observe(EventKind::Response(later));
    let row = ends.row();
    assert_eq!(row.verdicts.response_mac, Verdict::Bad, "{row:?}");
}

/// In an application with a TransactionMAC file none of the four reaches any file, in an EV1 session or without one.
#[test]
fn a_transaction_mac_file_keeps_iso_out() {
    let commands = [
        "00B08100 00",
        "00D68100 01 A5",
        "00B2012C 00",
        "00E20028 04 01020304",
        "00B08F00 00",
    ];
    let key = default_key(KeyType::Aes128);
    for session in [None, Some(Way::Ev1), Some(Way::Iso)] {
        for command in commands {
            let mut ends = with_files((session.unwrap_or(Way::Ev1), KeyType::Aes128));
            let before = ends.iso("00B08100 01");
            assert_eq!(before, (0x9000, "00".into()));
            ends.iso_ok("00E20028 04 A1A2A3A4");
            ends.ok("C7", PLAIN);
            ends.authenticate(Way::Ev1, 0, &key, KeyType::Aes128);
            ends.ok(
                "CE 0F 00 1F1F 02 A1B2C3D4E5F60718293A4B5C6D7E8F90 01",
                CommMode::Full,
            );
            ends.ok("5A 112233", PLAIN);
            if let Some(way) = session {
                ends.authenticate(way, 1, &key, KeyType::Aes128);
                assert!(ends.has_session());
            }
            let image = ends.card.image();
            ends.iso_refused(command, 0x6985);
            assert!(!ends.has_session(), "{session:?} {command}");
            assert_eq!(ends.card.image(), image, "{command}");
            assert_eq!(ends.card.handle(&[0xC7]), [0x0C], "nothing is pending");
            // Selection and the native commands are not concerned, and without the file the ISO commands are back.
            ends.iso_ok("00A4020C 02 E101");
            assert_eq!(ends.ok("BD 01 000000 010000", PLAIN), "00");
            ends.ok("DF 0F", PLAIN);
            assert_eq!(ends.iso_ok("00B08100 01"), "00");
        }
    }
}

#[test]
fn a_read_in_a_session_without_keys_keeps_its_check_open() {
    // A D40 session opens no file to the ISO commands.
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        let mut ends = in_session(channel);
        ends.iso_ok("00B08200 04");
        let rows = tapscope::trace::decode(&ends.events, &tapscope::keyring::Keyring::default());
        let row = rows.last().unwrap();
        assert_ne!(row.channel, Some("plain"), "{channel:?}");
        assert_eq!(row.verdicts.response_mac, Verdict::Unknown, "{channel:?}");
        assert_eq!(row.verdicts.command_mac, Verdict::None, "{channel:?}");
        assert_eq!((&row.command, &row.response), (&Some(vec![]), &None));
        assert_eq!(row.findings[0].code, "no_key", "{channel:?}");
    }
}

#[test]
fn ev2_sessions_keep_iso_out() {
    use tapscope::card::product::Product;
    use tapscope::crypto::entropy::SeededEntropy;
    use tapscope::virtual_card::{Card, Image};
    let image = Image::blank(Product::DesfireEv3, UID, [0x5A; 16]);
    let mut card = Card::new(&image, Box::new(SeededEntropy::new(5))).unwrap();
    let mut native = |text: &str| hex::upper(card.handle(&hex::parse(text).unwrap()));
    assert_eq!(native("CA 112233 0F A1 01DF"), "00");
    assert_eq!(native("5A 112233"), "00");
    assert_eq!(native("CD 01 01E1 00 EEEE 040000"), "00");
    assert_eq!(native("00B08100 00"), "000000009000");
    let mut host = tapscope::dialogue::Host::default();
    let request = Request::Authenticate {
        first: true,
        key_no: 0,
        key: [0; 16],
        rnd_a: [7; 16],
        pcdcap2: Vec::new(),
    };
    host.start(&request).unwrap();
    while let Some(sent) = host.poll_transmit() {
        host.handle_response(&card.handle(&sent)).unwrap();
    }
    assert!(host.session().is_some());
    let read = |card: &mut Card| hex::upper(card.handle(&hex::parse("00B08100 00").unwrap()));
    assert_eq!(read(&mut card), "6982");
    assert_eq!(read(&mut card), "000000009000", "the session is over");
}

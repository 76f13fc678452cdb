//! What the observer says where a recording was damaged, or where its file settings are not known.

use tapscope::bytes::hex;
use tapscope::card::CommMode::{self, Full, Mac, Plain};
use tapscope::card::KeyType::{Aes128, TwoKey3Des};
use tapscope::secure_messaging::Verdict;
use tapscope::trace::{self, EventKind, Exchange};

use super::damage::{damaged, request, with_file};
use super::ends::{CHANNELS, Ends, Way, key};

/// A file of this mode, and a session that begins behind its creation: the events from there on do not tell its settings.
fn fresh(channel: (Way, tapscope::card::KeyType), mode: CommMode) -> (Ends, usize) {
    let mut ends = with_file(channel, mode);
    let start = ends.events.len();
    ends.ok("5A 994401", Plain);
    ends.authenticate(channel.0, 0, &key(channel.1, 0), channel.1);
    (ends, start)
}

/// The last row when the settings are known, and when they are not.
fn both(ends: &Ends, start: usize) -> [Exchange; 2] {
    let rows = trace::decode(&ends.events[start..], &ends.keyring);
    [ends.row().clone(), rows.last().unwrap().clone()]
}

/// One exchange that went well and was recorded otherwise.
fn recorded(
    ends: &mut Ends,
    command: &str,
    mode: CommMode,
    change: impl FnOnce([&mut Vec<u8>; 2]),
) {
    ends.host.start(&request(command, mode)).unwrap();
    let mut sent = ends.host.poll_transmit().unwrap();
    let mut answer = ends.card.exchange(&sent).unwrap();
    assert!(ends.host.handle_response(&answer).unwrap().is_some());
    change([&mut sent, &mut answer]);
    ends.observe(EventKind::Command(sent));
    ends.observe(EventKind::Response(answer));
}

fn has(row: &Exchange, code: &str) -> bool {
    row.findings.iter().any(|finding| finding.code == code)
}

const READ: &str = "BD 01 000000 100000";
const READ_ALL: &str = "BD 01 000000 000000";
const SIX: [u8; 6] = [0xB6; 6];

#[test]
fn a_damaged_change_of_file_settings_is_bad() {
    for channel in CHANNELS {
        for at in 6..14 {
            let (mut ends, start) = fresh(channel, Mac);
            let change = request("5F 01 00 0000", Full);
            let reply = damaged(&mut ends, &change, true, at).unwrap().unwrap();
            assert_eq!(reply.status.code(), Some(0x1E), "{channel:?}");
            for row in both(&ends, start) {
                assert_eq!(row.mode, Some(Full), "{channel:?} byte {at}");
                assert!(row.verdicts.any(Verdict::Bad), "{channel:?} byte {at}");
            }
        }
    }
}

#[test]
fn a_change_of_file_settings_in_clear_is_read_where_the_right_is_free() {
    for channel in CHANNELS {
        let mut ends = Ends::open(channel, 0);
        ends.ok("CD 01 00 0E00 200000", Plain);
        let start = ends.events.len();
        ends.ok("5A 994401", Plain);
        ends.authenticate(channel.0, 0, &key(channel.1, 0), channel.1);
        ends.ok("5F 01 01 0E00", Plain);
        for row in both(&ends, start) {
            assert_eq!(
                (row.mode, &row.findings),
                (Some(Plain), &vec![]),
                "{channel:?}"
            );
        }
    }
}

#[test]
fn a_read_of_d40_that_no_check_proves_has_no_known_mode() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way == Way::D40) {
        for mode in [Plain, Mac, Full] {
            let (mut ends, start) = fresh(channel, mode);
            recorded(&mut ends, READ_ALL, mode, |[_, answer]| answer[3] ^= 0x04);
            let [known, unknown] = both(&ends, start);
            let verdict = if mode == Plain {
                Verdict::None
            } else {
                Verdict::Bad
            };
            assert_eq!(known.mode, Some(mode));
            assert_eq!(known.verdicts.any(Verdict::Bad), verdict == Verdict::Bad);
            assert_eq!(unknown.mode, None, "{mode}");
            assert_eq!(unknown.verdicts.response_mac, Verdict::Unknown, "{mode}");
            assert!(has(&unknown, "mode_undecidable"), "{mode}");
        }
    }
}

#[test]
fn a_mac_that_d40_leaves_out_is_bad() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way == Way::D40) {
        let (mut ends, _) = fresh(channel, Mac);
        recorded(&mut ends, READ, Mac, |[_, answer]| {
            answer.drain(16..20);
        });
        let row = ends.row();
        assert_eq!(
            (row.mode, row.verdicts.response_mac),
            (Some(Mac), Verdict::Bad)
        );
        assert_eq!(row.response.as_ref().map(Vec::len), Some(16));
        let write = format!("3D 01 000000 060000 {}", hex::upper(SIX));
        recorded(&mut ends, &write, Mac, |[sent, _]| {
            sent.drain(18..22);
            sent[4] -= 4;
        });
        let row = ends.row();
        assert_eq!(
            (row.mode, row.verdicts.command_mac),
            (Some(Mac), Verdict::Bad)
        );
        assert!(row.command.as_ref().unwrap().ends_with(&SIX));
        let (mut ends, _) = fresh(channel, Full);
        recorded(&mut ends, READ, Full, |[_, answer]| {
            answer.drain(16..24);
        });
        assert!(ends.row().verdicts.any(Verdict::Bad));
    }
}

#[test]
fn a_free_right_still_makes_a_file_of_d40_plain() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way == Way::D40) {
        let mut ends = Ends::open(channel, 0);
        ends.ok("CD 01 01 E1E1 200000", Plain);
        ends.ok("BD 01 000000 100000", Plain);
        assert_eq!(
            (ends.row().mode, ends.row().verdicts.response_mac),
            (Some(Plain), Verdict::None)
        );
    }
}

#[test]
fn a_damaged_command_is_bad_also_where_its_answer_fits_a_gap() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        for mode in [Mac, Full] {
            // An AES session gives its MAC in part only, and proves nothing without a cryptogram.
            let (mut ends, start) = fresh(channel, mode);
            let write = format!("3D 01 000000 140000 {}", "5B".repeat(20));
            recorded(&mut ends, &write, mode, |[sent, _]| sent[12] ^= 0x01);
            for row in both(&ends, start) {
                let place = format!("{channel:?} {mode}: {row:?}");
                let verdict = if mode == Mac {
                    row.verdicts.command_mac
                } else {
                    row.verdicts.crc
                };
                assert_eq!(verdict, Verdict::Bad, "{place}");
                assert!(!has(&row, "iv_gap"), "{place}");
            }
            let aes = channel.1 == Aes128 && mode == Mac;
            assert_eq!(
                has(ends.row(), "iv_gap_or_damage"),
                !aes,
                "{channel:?} {mode}"
            );
            if !aes {
                ends.ok(READ, mode);
            }
        }
    }
}

#[test]
fn a_reading_that_a_check_proves_goes_before_one_without_checks() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        for len in [8, 24] {
            let (mut ends, start) = fresh(channel, Full);
            // A message whose answer is not in the recording.
            recorded(&mut ends, "64 00", Mac, |_| {});
            ends.events.pop();
            ends.events
                .push(tapscope::trace::Event::new(EventKind::Lost));
            let write = format!("3D 01 000000 {len:02X}0000 {}", "A9".repeat(len));
            recorded(&mut ends, &write, Full, |_| {});
            recorded(&mut ends, READ, Full, |_| {});
            let rows = trace::decode(&ends.events[start..], &ends.keyring);
            let [.., write, read] = &rows[..] else {
                panic!("rows")
            };
            let place = format!("{channel:?} {len}: {write:?}");
            assert_eq!(write.mode, Some(Full), "{place}");
            assert_eq!(write.verdicts.response_mac, Verdict::Ok, "{place}");
            assert_eq!(
                (read.verdicts.crc, read.mode),
                (Verdict::Ok, Some(Full)),
                "{read:?}"
            );
        }
    }
}

#[test]
fn a_mac_taken_off_the_answer_to_delete_application_is_missed_at_picc_level() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        let mut ends = Ends::open_picc(channel);
        recorded(&mut ends, "DA 994401", Mac, |[_, answer]| {
            answer.drain(..8);
        });
        assert_eq!(
            ends.row().verdicts.response_mac,
            Verdict::Bad,
            "{channel:?}"
        );
        // Whether the selected one's own answer has a MAC is in no public source.
        let mut ends = Ends::open(channel, 0);
        let sent = hex::parse("90DA00000399440100").unwrap();
        ends.observe(EventKind::Command(sent));
        ends.observe(EventKind::Response(vec![0x91, 0x00]));
        assert_eq!(
            ends.row().verdicts.response_mac,
            Verdict::None,
            "{channel:?}"
        );
    }
}

#[test]
fn a_missing_mac_needs_no_iv_to_be_missed() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        let mut ends = Ends::open(channel, 0);
        ends.observe(EventKind::Command(hex::parse("9064000001 00 00").unwrap()));
        ends.observe(EventKind::Lost);
        ends.observe(EventKind::Command(hex::parse("906E000000").unwrap()));
        ends.observe(EventKind::Response(vec![0x91, 0x00]));
        assert_eq!(
            ends.row().verdicts.response_mac,
            Verdict::Bad,
            "{channel:?}"
        );
        let missing = ends
            .row()
            .findings
            .iter()
            .find(|found| found.code == "response_mac");
        assert_eq!(missing.unwrap().text, "Response MAC missing");
    }
}

#[test]
fn a_key_for_the_picc_is_read_without_a_selection() {
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        let mut ends = Ends::open_picc(channel);
        let new = key(TwoKey3Des, 50);
        assert_eq!(ends.change_key(0, &new, None, None), 0);
        // Behind the selection.
        let rows = trace::decode(&ends.events[2..], &ends.keyring);
        let row = rows.last().unwrap();
        assert!(!row.verdicts.any(Verdict::Bad), "{channel:?} {row:?}");
        assert_eq!(row.new_key.as_ref().unwrap().key.as_ref(), Some(&new));
    }
}

//! Frames that were changed on their way, and refusals of the authentications.

use tapscope::apdu::Status;
use tapscope::bytes::hex;
use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::{CommMode, KeyType};
use tapscope::command::Command;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{HostError, Reply, Request};
use tapscope::secure_messaging::Verdict;
use tapscope::secure_messaging::handshake::{AuthKey, iso};
use tapscope::trace::EventKind;
use tapscope::virtual_card::Card;

use super::ends::{AID, CHANNELS, Ends, Way, key};

const WRITE: &str = "3D 01 000000 140000 0102030405060708090A0B0C0D0E0F1011121314";
const READ: &str = "BD 01 000000 140000";
const CHANGE: &str = "5F 01 00 0000";

pub(crate) fn request(command: &str, mode: CommMode) -> Request {
    let bytes = hex::parse(command).unwrap();
    let frame = tapscope::apdu::Frame::desfire(bytes[0], bytes[1..].to_vec(), 7);
    let command = Command::parse(&frame);
    Request::Command { command, mode }
}

pub(crate) fn with_file(channel: (Way, KeyType), mode: CommMode) -> Ends {
    let mut ends = Ends::open(channel, 0);
    ends.ok(
        &format!("CD 01 {:02X} 0000 200000", mode.option_bits()),
        Plain,
    );
    ends.ok(WRITE, mode);
    ends
}

/// One request of one frame each way with a byte changed on one of them; gives the host's view, or `None` when the frame
/// has no such byte.
pub(crate) fn damaged(
    ends: &mut Ends,
    request: &Request,
    command: bool,
    at: usize,
) -> Option<Result<Reply, HostError>> {
    ends.host.start(request).unwrap();
    let mut sent = ends.host.poll_transmit().unwrap();
    let bit = 1 << (at % 8);
    // The last byte is Le, which nothing depends on.
    let len = sent.len() - 1;
    if command {
        *sent[..len].get_mut(at)? ^= bit;
    }
    let mut answer = ends.card.exchange(&sent).unwrap();
    if !command {
        *answer.get_mut(at)? ^= bit;
    }
    ends.observe(EventKind::Command(sent));
    ends.observe(EventKind::Response(answer.clone()));
    Some(ends.host.handle_response(&answer).map(|reply| {
        // `91AF` has no such neighbour as success: the request is over.
        reply.unwrap()
    }))
}

#[test]
fn no_changed_bit_passes_for_what_was_sent() {
    let mut noticed = 0;
    for channel in CHANNELS {
        for file_mode in [Plain, Mac, Full] {
            let mode = file_mode;
            if channel.0 == Way::D40 && mode == Plain {
                continue;
            }
            for (text, command) in [WRITE, READ, CHANGE]
                .into_iter()
                .flat_map(|text| [(text, true), (text, false)])
            {
                // Where the data begins, and the mode it is sent in.
                let (data, mode) = match text {
                    WRITE => (12, mode),
                    CHANGE => (6, Full),
                    _ => (usize::MAX, mode),
                };
                // D40 protects the data alone: neither headers nor answers without data.
                let from = match channel.0 {
                    Way::D40 if command && text != READ => data,
                    Way::D40 if command || text != READ => continue,
                    _ => 0,
                };
                for at in from.. {
                    let mut ends = with_file(channel, file_mode);
                    let request = request(text, mode);
                    let Some(outcome) = damaged(&mut ends, &request, command, at) else {
                        break;
                    };
                    let place =
                        format!("{channel:?} {mode} {text} {command} byte {at}: {outcome:?}");
                    let passed = matches!(&outcome, Ok(reply) if reply.status.is_success());
                    assert!(!passed, "{place}");
                    let kept = !matches!(
                        ends.host.channel(),
                        tapscope::secure_messaging::Channel::Plain
                    );
                    let denied = matches!(&outcome, Ok(reply) if reply.status.code() == Some(0x9D));
                    assert_eq!(kept, denied && channel.0 == Way::D40, "{place}");
                    if !command {
                        let row = ends.row();
                        let seen = row.verdicts.any(Verdict::Bad)
                            || !row.status.is_some_and(Status::is_success)
                            || !row.findings.is_empty();
                        assert!(seen, "{place}: {row:?}");
                    } else if at >= data && mode != Plain {
                        assert!(ends.row().verdicts.any(Verdict::Bad), "{place}");
                    }
                    noticed += 1;
                }
            }
        }
    }
    assert!(noticed > 2300, "{noticed}");
}

/// An observer who saw neither the file made nor its settings takes an enciphered answer for what its length says, also
/// when its data was damaged: a plain reading of it would have no better check.
#[test]
fn a_damaged_read_of_an_unknown_file_is_still_enciphered() {
    let unknown = |channel, mode| {
        let image = with_file(channel, mode).card.image();
        let mut ends = Ends::new(channel);
        ends.card = Card::new(&image, Box::new(SeededEntropy::new(29))).unwrap();
        ends.entered(0)
    };
    for channel in CHANNELS.into_iter().filter(|(way, _)| *way != Way::D40) {
        let sealed = if channel.1 == KeyType::Aes128 { 32 } else { 24 };
        for (mode, len) in [(Full, sealed), (Mac, 28)] {
            let mut whole = unknown(channel, mode);
            assert!(WRITE.ends_with(&hex::upper(whole.run(&request(READ, mode)).data)));
            assert_eq!(whole.answer_len(), len, "{channel:?} {mode}");
            let shown = (mode == Full).then_some(Full);
            assert_eq!(whole.row().mode, shown, "{channel:?} {mode}");
            assert!(!whole.row().verdicts.any(Verdict::Bad));
            for at in 0..len {
                let mut ends = unknown(channel, mode);
                let outcome = damaged(&mut ends, &request(READ, mode), false, at).unwrap();
                let place = format!("{channel:?} {mode} byte {at}: {:?}", ends.row());
                assert!(outcome.is_err(), "{place}");
                let row = ends.row();
                let bad = (row.verdicts.crc, row.verdicts.response_mac);
                let expected = match mode {
                    Full => (Verdict::Bad, Verdict::None),
                    _ => (Verdict::None, Verdict::Bad),
                };
                assert_eq!((row.mode, bad), (shown, expected), "{place}");
            }
        }
    }
}

#[test]
fn a_command_with_a_wrong_check_is_1e_and_writes_nothing() {
    for channel in CHANNELS {
        for mode in [Mac, Full] {
            let mut ends = with_file(channel, mode);
            let other = WRITE.replace("0102", "F1F2");
            let reply = damaged(&mut ends, &request(&other, mode), true, 14)
                .unwrap()
                .unwrap();
            assert_eq!(reply.status, Status::Wrapped(0x1E), "{channel:?} {mode}");
            assert!(ends.row().verdicts.any(Verdict::Bad));
            assert!(!ends.has_session());
            ends.ok("5A 994401", Plain);
            ends.authenticate(channel.0, 0, &key(channel.1, 0), channel.1);
            assert!(WRITE.ends_with(&ends.ok(READ, mode)));
        }
    }
}

#[test]
fn the_two_part_authentications_refuse() {
    for (way, kind) in CHANNELS.into_iter().filter(|(way, _)| *way != Way::Iso) {
        let mut ends = Ends::open((way, kind), 0);
        let reply = ends.try_authenticate(way, 1, &key(kind, 2), kind);
        assert_eq!(reply.status, Status::Wrapped(0xAE), "another key");
        let row = ends.row();
        assert_eq!(
            (row.verdicts.auth_host, row.verdicts.auth_card),
            (Verdict::Ok, Verdict::None)
        );
        assert!(!ends.has_session());
        let code = match (way, kind) {
            (Way::D40, _) => "0A",
            (_, KeyType::Aes128) => "AA",
            _ => "1A",
        };
        for (frames, status) in [
            (vec![format!("{code}05")], "40"),
            (vec![format!("{code}0102")], "7E"),
            (vec![format!("{code}01"), "AF00".into()], "7E"),
            (vec![format!("{code}01"), "F501".into()], "CA"),
            (vec![format!("{code}01"), "00A40000023F00".into()], "6985"),
        ] {
            ends.authenticate(way, 0, &key(kind, 0), kind);
            let answers: Vec<String> = frames
                .iter()
                .map(|frame| hex::upper(ends.card.handle(&hex::parse(frame).unwrap())))
                .collect();
            assert_eq!(answers.last().unwrap(), status, "{frames:?}");
            let uid = ends.card.handle(&[0x51]);
            assert_eq!(uid, [0xAE], "{frames:?}: the session is gone");
        }
    }
}

/// Frames and the status words of their answers.
fn words(ends: &mut Ends, frames: &[String]) -> Vec<String> {
    let frames = frames.iter().map(|frame| hex::parse(frame).unwrap());
    let answers = frames.map(|frame| ends.card.handle(&frame));
    answers
        .map(|answer| hex::upper(&answer[answer.len() - 2..]))
        .collect()
}

#[test]
fn the_iso_authentication_refuses() {
    for (way, kind) in CHANNELS.into_iter().filter(|(way, _)| *way == Way::Iso) {
        let (len, algorithm, wrong) = match kind {
            KeyType::Des | KeyType::TwoKey3Des => (8, "02", "09"),
            KeyType::ThreeKey3Des => (16, "04", "02"),
            KeyType::Aes128 => (16, "09", "04"),
        };
        let challenge = format!("00840000{len:02X}");
        let external =
            |p1: &str, p2: &str| format!("0082{p1}{p2}{:02X}{}", 2 * len, "3C".repeat(2 * len));
        let internal = |p1: &str, p2: &str| {
            format!("0088{p1}{p2}{len:02X}{}{:02X}", "3C".repeat(len), 2 * len)
        };
        let cases = [
            (vec!["0084000005".into()], "6700"),
            (vec![format!("00840001{len:02X}")], "6A86"),
            (vec![external(algorithm, "81")], "6985"),
            (vec![internal(algorithm, "81")], "6985"),
            (vec![challenge.clone(), internal(algorithm, "81")], "6985"),
            (vec![challenge.clone(), external(wrong, "81")], "6A86"),
            (vec![challenge.clone(), external(algorithm, "85")], "6A86"),
            (vec![challenge.clone(), external(algorithm, "01")], "6A86"),
            (vec![challenge.clone(), external(algorithm, "00")], "6A86"),
            (
                vec![challenge.clone(), format!("0082{algorithm}810411223344")],
                "6700",
            ),
            (vec![challenge.clone(), external(algorithm, "81")], "6982"),
        ];
        for (frames, status) in cases {
            let mut ends = Ends::open((way, kind), 0);
            let got = words(&mut ends, &frames);
            assert_eq!(got.last().unwrap(), status, "{kind:?} {frames:?}");
            assert_eq!(ends.card.handle(&[0x51]), [0xAE], "the session is gone");
            // A command in between starts it over.
            assert_eq!(words(&mut ends, &[internal(algorithm, "81")]), ["6985"]);
        }
        let mut ends = Ends::open((way, kind), 0);
        let reply = ends.try_authenticate(way, 1, &key(kind, 2), kind);
        assert_eq!(reply.status, Status::Iso(0x6982), "another key");
        assert_eq!(
            ends.row().verdicts.auth_host,
            Verdict::Ok,
            "the observer knows it"
        );
        assert_eq!(ends.row().findings.len(), 1, "and that it is not key 1");
        assert_eq!(ends.row().aid, Some(AID));
    }
}

#[test]
fn an_answer_that_never_came_leaves_the_observer_out_of_step() {
    for channel in CHANNELS {
        let mut ends = with_file(channel, Full);
        ends.host.start(&request(READ, Full)).unwrap();
        let sent = ends.host.poll_transmit().unwrap();
        ends.card.exchange(&sent).unwrap();
        ends.observe(EventKind::Command(sent));
        ends.observe(EventKind::Lost);
        // The card is still in its session; what it says to a stranger's command the observer can't check.
        let answer = ends
            .card
            .exchange(&hex::parse("9064000001 00 00").unwrap())
            .unwrap();
        ends.observe(EventKind::Command(hex::parse("9064000001 00 00").unwrap()));
        ends.observe(EventKind::Response(answer));
        let row = ends.row();
        let (verdict, finding) = match channel {
            (Way::D40, _) => (Verdict::None, false),
            _ => (Verdict::Unknown, true),
        };
        assert_eq!(row.verdicts.response_mac, verdict, "{channel:?}");
        let said = row
            .findings
            .iter()
            .any(|found| found.code.starts_with("iv_"));
        assert_eq!(said, finding, "{channel:?}: {:?}", row.findings);
        assert_eq!(row.response.as_deref(), Some(&[0][..]));
    }
}

#[test]
fn each_iso_command_ends_the_session_and_the_key_can_not_change_on_the_way() {
    for (way, kind) in CHANNELS.into_iter().filter(|(way, _)| *way == Way::Iso) {
        let mut ends = Ends::open((way, kind), 0);
        assert!(ends.has_session());
        let auth = AuthKey::new(kind, key(kind, 1).expose()).unwrap();
        let len = auth.rnd_len();
        let mut host = iso::Host::new(&auth, &vec![0x3C; len], &vec![0xA7; len]).unwrap();
        let frame = |head: &str, data: &[u8]| {
            let lc = u8::try_from(data.len()).unwrap();
            [&hex::parse(head).unwrap()[..], &[lc], data].concat()
        };
        let challenge = hex::parse(&format!("00840000{len:02X}")).unwrap();
        let answer = ends.card.handle(&challenge);
        assert_eq!(
            ends.card.handle(&[0x51]),
            [0xAE],
            "GET CHALLENGE ended the session"
        );
        assert_eq!(answer.len(), len + 2);
        let answer = ends.card.handle(&challenge);
        let token = host.external(&answer[..len]).unwrap();
        assert_eq!(ends.card.handle(&frame("00820081", &token)), [0x90, 0x00]);
        let internal = frame("00880082", host.internal());
        assert_eq!(ends.card.handle(&internal), [0x69, 0x85], "another key");
        let internal = frame("00880081", host.internal());
        assert_eq!(ends.card.handle(&internal), [0x69, 0x85], "and it is over");
        assert_eq!(ends.card.handle(&[0x51]), [0xAE]);
    }
}

//! One flipped bit on the way.
//!
//! Which bytes of an exchange are protected, by mode and direction (AN12343 §5: the MAC goes over code or status,
//! counter, TI and everything that follows, data as sent):
//!
//! | mode | direction | protected | not protected |
//! |---|---|---|---|
//! | plain | command | nothing | all |
//! | plain | response | nothing | all |
//! | MAC | command | code, header, data, MAC | framing |
//! | MAC | response | status `00`, data, MAC | framing |
//! | Full | command | code, header, enciphered data with its padding, MAC | framing |
//! | Full | response | status `00`, enciphered data with its padding, MAC | framing |
//!
//! * *Framing* is CLA, P1, P2, Lc and Le, the `AF` of further frames in both directions and SW1. A wrong one is
//!   refused by its own rule (`6700`, `6A86`, `CA`, …) or means nothing (Le), and is no integrity error. One
//!   exception: an Lc that is one too large takes Le for a byte of the body, and then the MAC is wrong.
//! * The *code* and the *header* decide what the card expects, so it may refuse a wrong one before it looks at
//!   the MAC, with another status than `1E` and `7E`; a larger length only makes it wait for frames that never
//!   come. It must not execute the command. The observer can't judge a command that is shorter than its header
//!   says, because the frame with the MAC did not come: `unknown`, and a finding.
//! * The *status* of a success is under the MAC, but another status means a refusal, and refusals have no MAC:
//!   the host sees a refusal and takes the session for lost, the observer shows it.

use tapscope::apdu::{AF, CommandApdu, FrameForm, ResponseApdu};
use tapscope::card::CommMode;
use tapscope::command::{
    Chaining, Command, GetCardUid, GetVersion, ReadData, ReadRecords, Rule, UpdateRecord,
    WriteData, spec,
};
use tapscope::dialogue::HostError;
use tapscope::secure_messaging::{MAC_LEN, Verdict};

use super::card::{BACKUP, CYCLIC, STANDARD};
use super::ends::{Direction, Ends, Flip, Seen};
use super::fixed_plan;
use super::model::{KINDS, Model, Planned, Raw};

/// What a byte on the wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Framing,
    Length,
    Code,
    Header,
    Data,
    Mac,
    Status,
}

/// The table above.
const fn is_protected(mode: CommMode, direction: Direction, part: Part) -> bool {
    match (mode, direction) {
        (CommMode::Plain, _) => false,
        (CommMode::Mac | CommMode::Full, Direction::Command) => {
            matches!(part, Part::Code | Part::Header | Part::Data | Part::Mac)
        }
        (CommMode::Mac | CommMode::Full, Direction::Response) => {
            matches!(part, Part::Status | Part::Data | Part::Mac)
        }
    }
}

/// A card with a record in each file, pending work of every kind, and something to give back by LimitedCredit.
fn prepared(mode: CommMode) -> (Ends, Model) {
    let plan = fixed_plan(mode);
    let (mut ends, mut model) = (Ends::new(&plan), Model::new(&plan));
    ends.open();
    let mut say = |kind: u8, other: bool| {
        let (command, mode, _) = model.next(&raw(kind, other)).unwrap();
        ends.must(command, mode);
    };
    say(10, false);
    for other in [false, true] {
        say(1, other);
        say(2, other);
    }
    say(7, false);
    say(17, true);
    say(6, false);
    (ends, model)
}

fn raw(kind: u8, other: bool) -> Raw {
    Raw {
        kind,
        other,
        iso: false,
        native: false,
        a: 0,
        b: 20,
        data: (0..20).map(|i| i * 11 + 3).collect(),
        cuts: Vec::new(),
    }
}

/// All commands of the model, and those that need more than one frame.
fn exchanges(model: &mut Model) -> Vec<Planned> {
    let mode = fixed_mode(model);
    let long: Vec<u8> = (0..80).map(|i| i * 3 + 1).collect();
    let mut list: Vec<Planned> = vec![
        (Command::GetVersion(GetVersion), mode, Vec::new()),
        (Command::GetCardUid(GetCardUid), mode, Vec::new()),
        read(STANDARD, 100, mode),
        write(BACKUP, long.clone(), mode),
        (
            Command::UpdateRecord(UpdateRecord {
                chaining: Chaining::Iso,
                file_no: CYCLIC,
                record_no: 0,
                offset: 5,
                length: 80,
                data: long,
            }),
            mode,
            Vec::new(),
        ),
        (
            Command::ReadRecords(ReadRecords {
                chaining: Chaining::Native,
                file_no: CYCLIC,
                record_no: 0,
                count: 1,
            }),
            mode,
            Vec::new(),
        ),
    ];
    list.extend((0..KINDS).filter_map(|kind| model.next(&raw(kind, false))));
    list
}

fn fixed_mode(model: &Model) -> CommMode {
    model.file_mode(STANDARD)
}

fn read(file_no: u8, length: u32, mode: CommMode) -> Planned {
    let read = ReadData {
        chaining: Chaining::Native,
        file_no,
        offset: 0,
        length,
    };
    (Command::ReadData(read), mode, Vec::new())
}

fn write(file_no: u8, data: Vec<u8>, mode: CommMode) -> Planned {
    let write = WriteData {
        chaining: Chaining::Native,
        file_no,
        offset: 0,
        length: u32::try_from(data.len()).unwrap(),
        data,
    };
    (Command::WriteData(write), mode, Vec::new())
}

/// The mode that the exchange really has.
fn used(command: &Command, file_mode: CommMode) -> CommMode {
    match spec(command.frame().ins).unwrap().rule {
        Rule::Mac => CommMode::Mac,
        Rule::Full => CommMode::Full,
        _ => file_mode,
    }
}

/// Every byte of the command frames with its meaning.
fn command_parts(
    command: &Command,
    mode: CommMode,
    frames: &[Vec<u8>],
) -> Vec<(usize, usize, Part)> {
    let whole: usize = frames
        .iter()
        .map(|frame| CommandApdu::parse(frame).body.len())
        .sum();
    let mac_at = if mode == CommMode::Plain {
        whole
    } else {
        whole - MAC_LEN
    };
    let header = command.frame().header.len();
    let mut parts = Vec::new();
    let mut joined = 0;
    for (index, frame) in frames.iter().enumerate() {
        let apdu = CommandApdu::parse(frame);
        let body = apdu.body_offset..apdu.body_offset + apdu.body.len();
        for byte in 0..frame.len() {
            let part = if body.contains(&byte) {
                let at = joined + byte - body.start;
                match at {
                    at if at < header => Part::Header,
                    at if at < mac_at => Part::Data,
                    _ => Part::Mac,
                }
            } else if byte == 1 && apdu.ins != AF {
                Part::Code
            } else if byte + 1 == apdu.body_offset && !body.is_empty() {
                Part::Length
            } else {
                Part::Framing
            };
            parts.push((index, byte, part));
        }
        joined += body.len();
    }
    parts
}

/// Every byte of the answer frames with its meaning.
fn response_parts(mode: CommMode, frames: &[Vec<u8>]) -> Vec<(usize, usize, Part)> {
    let data = |frame: &[u8]| {
        ResponseApdu::parse(FrameForm::Wrapped, frame)
            .unwrap()
            .data
            .len()
    };
    let whole: usize = frames.iter().map(|frame| data(frame)).sum();
    let mac_at = if mode == CommMode::Plain {
        whole
    } else {
        whole - MAC_LEN
    };
    let mut parts = Vec::new();
    let mut joined = 0;
    for (index, frame) in frames.iter().enumerate() {
        let len = data(frame);
        for byte in 0..frame.len() {
            let part = match byte {
                byte if byte < len && joined + byte < mac_at => Part::Data,
                byte if byte < len => Part::Mac,
                byte if byte == len + 1 && index + 1 == frames.len() => Part::Status,
                _ => Part::Framing,
            };
            parts.push((index, byte, part));
        }
        joined += len;
    }
    parts
}

/// Flips a bit of every byte of every exchange and looks what becomes of it.
fn flip_everything(mode: CommMode) -> usize {
    let mut flips = 0;
    let (_, mut model) = prepared(mode);
    for (command, file_mode, _) in exchanges(&mut model) {
        let mode = used(&command, file_mode);
        let (mut ends, _) = prepared(file_mode);
        let clean = ends.command(command.clone(), file_mode);
        assert!(
            clean.outcome.as_ref().unwrap().status.is_success(),
            "{command:?}"
        );
        assert_eq!(clean.row.mode, Some(mode), "{command:?}");
        let sent = command_parts(&command, mode, &clean.commands);
        let received = response_parts(mode, &clean.answers);
        let sent = sent.into_iter().map(|part| (Direction::Command, part));
        let received = received.into_iter().map(|part| (Direction::Response, part));
        for (direction, (frame, byte, part)) in sent.chain(received) {
            let bit = u8::try_from((frame + byte + 5 * flips) % 8).unwrap();
            let flip = Flip {
                direction,
                frame,
                byte,
                bit,
            };
            let (mut ends, _) = prepared(file_mode);
            let before = ends.card.image();
            ends.flip = Some(flip);
            let seen = ends.command(command.clone(), file_mode);
            let what = format!("{} in {mode}, {part:?} {flip:?}", command.name());
            if !is_protected(mode, direction, part) {
                unnoticed(&seen, part, &what);
            } else if direction == Direction::Command {
                refused_by_card(&seen, part, &what);
                assert!(before == ends.card.image(), "{what}: the card changed");
                session_is_gone(&mut ends, &what);
            } else {
                refused_by_host(&seen, part, &what);
                assert!(ends.host.session().is_none(), "{what}: the host goes on");
            }
            flips += 1;
        }
    }
    flips
}

/// What the card answered last.
fn status(seen: &Seen) -> u8 {
    let answer = seen.answers.last().unwrap();
    assert_eq!(answer.get(answer.len() - 2), Some(&0x91));
    answer[answer.len() - 1]
}

fn refused_by_card(seen: &Seen, part: Part, what: &str) {
    let status = status(seen);
    match part {
        Part::Data | Part::Mac => assert!(matches!(status, 0x1E | 0x7E), "{what}: {status:02X}"),
        _ => assert_ne!(status, 0x00, "{what}"),
    }
    let other_command = part == Part::Code
        && spec(seen.row.ins)
            .is_none_or(|spec| matches!(spec.rule, Rule::Plain | Rule::Authentication));
    if other_command {
        // It is another conversation then, which the card refused.
        assert!(
            seen.row.status.is_some_and(|status| !status.is_success()),
            "{what}"
        );
    } else {
        let cut = seen
            .row
            .findings
            .iter()
            .any(|finding| finding.code == "command_cut");
        let verdict = seen.row.verdicts.command_mac;
        let expected = if cut && matches!(part, Part::Code | Part::Header) {
            Verdict::Unknown
        } else {
            Verdict::Bad
        };
        assert_eq!(verdict, expected, "{what}");
    }
}

fn session_is_gone(ends: &mut Ends, what: &str) {
    for pending in [&[0x90, 0xC7, 0, 0, 0][..], &[0x90, 0x51, 0, 0, 0]] {
        let answer = ends.card.handle(pending);
        let refused = matches!(answer.as_slice(), [0x91, 0x0C | 0xAE | 0xCA]);
        assert!(refused, "{what}: then {answer:02X?}");
    }
}

fn refused_by_host(seen: &Seen, part: Part, what: &str) {
    if part == Part::Status {
        let reply = seen.outcome.as_ref().unwrap();
        assert!(!reply.status.is_success(), "{what}");
        assert!(
            seen.row.status.is_some_and(|status| !status.is_success()),
            "{what}"
        );
        return;
    }
    assert!(
        matches!(seen.outcome, Err(HostError::Mac { .. })),
        "{what}: {:?}",
        seen.outcome
    );
    assert_eq!(seen.row.verdicts.response_mac, Verdict::Bad, "{what}");
}

/// No end takes it for an integrity error.
fn unnoticed(seen: &Seen, part: Part, what: &str) {
    assert!(
        !matches!(
            seen.outcome,
            Err(HostError::Mac { .. } | HostError::Padding)
        ),
        "{what}"
    );
    let answer = seen.answers.last().unwrap();
    if part == Part::Length {
        assert!(!answer.ends_with(&[0x91, 0x00]), "{what}");
        return;
    }
    assert!(!answer.ends_with(&[0x91, 0x1E]), "{what}");
    // Another code makes another command, whose bytes may look like one with a MAC.
    if !matches!(part, Part::Framing | Part::Code) {
        assert!(!seen.row.verdicts.any(Verdict::Bad), "{what}");
    }
}

#[test]
fn nothing_is_protected_in_plain() {
    assert!(flip_everything(CommMode::Plain) > 500);
}

#[test]
fn every_flipped_bit_is_noticed_in_mac() {
    assert!(flip_everything(CommMode::Mac) > 1000);
}

#[test]
fn every_flipped_bit_is_noticed_in_full() {
    assert!(flip_everything(CommMode::Full) > 1000);
}

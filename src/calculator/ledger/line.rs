//! From text to commands with their answers: plain commands, APDUs and names, one a line, chained frames joined.

use super::LineError;
use super::forms::{self, Said};
use crate::apdu::{AF, CommandApdu, Family, Frame, FrameForm, ResponseApdu, Status};
use crate::bytes::hex;
use crate::command::{self, Command, Rule};

/// A line, or the lines of one chained command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Number of its first line, from 1.
    pub(super) number: usize,
    pub(super) said: Said,
    pub(super) answer: Answer,
}

/// What is known of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// Data without status; `None` when nothing was written.
    pub(super) data: Option<Vec<u8>>,
    /// `None` when there was no answer; success when no status was written.
    pub(super) status: Option<Status>,
}

/// One frame as written.
struct Written {
    number: usize,
    form: FrameForm,
    frame: Frame,
    answer: Answer,
}

/// Reads all lines; everything after `#` is a remark.
pub(super) fn read(text: &str) -> Result<Vec<Line>, LineError> {
    let mut lines = Vec::new();
    let mut open: Option<Written> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let wrong = |text: String| LineError { line: number, text };
        let (asked, answered) = match line.split_once("->") {
            Some((asked, answered)) => (asked.trim(), Some(answered.trim())),
            None => (line, None),
        };
        if let Some(said) = forms::named(asked) {
            closed(open.as_ref())?;
            let said = said.map_err(wrong)?;
            let answer = answer(FrameForm::Native, answered).map_err(wrong)?;
            lines.push(fitting(number, said, answer)?);
            continue;
        }
        let written = written(number, asked, answered).map_err(wrong)?;
        let written = match (open.take(), written.frame.ins) {
            (Some(first), AF) if written.frame.family == Family::Desfire => joined(first, written),
            (None, AF) if written.frame.family == Family::Desfire => {
                let text = "A frame AF without a command before it whose answer ends in 91AF";
                return Err(wrong(text.into()));
            }
            (first, _) => {
                closed(first.as_ref())?;
                written
            }
        };
        if written
            .answer
            .status
            .is_some_and(Status::is_additional_frame)
        {
            open = Some(written);
        } else {
            lines.push(line_of(written)?);
        }
    }
    closed(open.as_ref())?;
    Ok(lines)
}

/// Refuses a chain that is not at its end.
fn closed(open: Option<&Written>) -> Result<(), LineError> {
    match open {
        Some(written) => Err(LineError {
            line: written.number,
            text: "The answer ends in 91AF, another frame AF expected in the next line".into(),
        }),
        None => Ok(()),
    }
}

fn joined(mut first: Written, next: Written) -> Written {
    first.frame.header.extend(next.frame.header);
    let before = first.answer.data.take();
    first.answer = Answer {
        data: next
            .answer
            .data
            .map(|data| [before.unwrap_or_default(), data].concat()),
        ..next.answer
    };
    first
}

fn written(number: usize, asked: &str, answered: Option<&str>) -> Result<Written, String> {
    let bytes = hex::pasted(asked).map_err(|error| match asked.split_whitespace().next() {
        Some(word) if word.len() > 2 && !word.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            let names: Vec<&str> = forms::FORMS.iter().map(|form| form.name).collect();
            format!(
                "{word:?}, expected hexadecimal digits or one of {}",
                names.join(", ")
            )
        }
        _ => error.to_string(),
    })?;
    let apdu = CommandApdu::parse(&bytes);
    if let Some(problem) = apdu.problem {
        return Err(format!("APDU: {problem}"));
    }
    let answer = answer(apdu.form, answered)?;
    let mut frame = Frame::desfire(apdu.ins, apdu.body.to_vec(), apdu.body.len());
    frame.family = apdu.family();
    frame.p1p2 = apdu.p1p2;
    frame.le = apdu.le;
    Ok(Written {
        number,
        form: apdu.form,
        frame,
        answer,
    })
}

/// The answer to an APDU ends in its status word. After a plain command the status may be left out; it is there when
/// the last word has four digits and begins with 91, or is 9000.
fn answer(form: FrameForm, text: Option<&str>) -> Result<Answer, String> {
    let wrong = |error: hex::HexError| format!("Answer: {error}");
    let done = Some(Status::Wrapped(0x00));
    let Some(text) = text else {
        return Ok(Answer {
            data: None,
            status: done,
        });
    };
    if text == LOST {
        return Ok(Answer::default());
    }
    if form == FrameForm::Native {
        let (data, status) = match text.rsplit_once(char::is_whitespace) {
            Some((data, word)) if status(word).is_some() => (data, status(word)),
            None if status(text).is_some() => ("", status(text)),
            _ => (text, done),
        };
        let data = hex::pasted(data).map_err(wrong)?;
        return Ok(Answer {
            data: Some(data),
            status,
        });
    }
    let bytes = hex::pasted(text).map_err(wrong)?;
    let answer = ResponseApdu::parse(form, &bytes).ok_or_else(|| {
        format!(
            "Answer: {} bytes, data and a status word of 2 bytes expected",
            bytes.len()
        )
    })?;
    Ok(Answer {
        data: Some(answer.data.to_vec()),
        status: Some(answer.status),
    })
}

/// In place of an answer that nobody received.
pub(super) const LOST: &str = "lost";

fn status(word: &str) -> Option<Status> {
    match u16::from_str_radix(word, 16).ok()?.to_be_bytes() {
        _ if word.len() != 4 => None,
        [0x91, code] => Some(Status::Wrapped(code)),
        [0x90, 0x00] => Some(Status::Iso(0x9000)),
        _ => None,
    }
}

fn line_of(written: Written) -> Result<Line, LineError> {
    let Written {
        number,
        form,
        frame,
        answer,
    } = written;
    let spec = match frame.family {
        Family::Desfire => command::spec(frame.ins),
        Family::Iso | Family::Reader => None,
    };
    let wrong = |text: String| LineError { line: number, text };
    // An authentication is more than one command; only its end matters here.
    if spec.is_some_and(|spec| spec.rule == Rule::Authentication) {
        let done = answer.status.is_some_and(Status::is_success);
        let said = Said::Session(true);
        let said = if done {
            said
        } else {
            Said::Command(Box::new(Command::Unknown(frame)))
        };
        return Ok(Line {
            number,
            said,
            answer,
        });
    }
    let accepted = answer.status.is_none_or(Status::is_success);
    let command = match Command::try_parse(&frame) {
        Ok(command) => command,
        // A refused command may have had any parameters.
        Err(_) if !accepted => Command::Unknown(frame),
        Err(error) => {
            let hint = if form == FrameForm::Native {
                "The plain command is expected, without MAC, as the data sheet prints it"
            } else {
                "The plain command is expected: no MAC, nothing enciphered"
            };
            return Err(wrong(format!("{error}. {hint}")));
        }
    };
    fitting(number, Said::Command(Box::new(command)), answer)
}

fn fitting(number: usize, said: Said, answer: Answer) -> Result<Line, LineError> {
    if let Said::Command(command) = &said
        && answer.status.is_none_or(Status::is_success)
        && let Some(text) = mismatch(command, answer.data.as_deref())
    {
        return Err(LineError { line: number, text });
    }
    Ok(Line {
        number,
        said,
        answer,
    })
}

/// Lengths that do not fit each other: usually a MAC that was not removed.
fn mismatch(command: &Command, answer: Option<&[u8]>) -> Option<String> {
    let name = command.name();
    let (what, length, got) = match command {
        Command::CommitTransaction(_) => return commit(answer?.len()),
        Command::Amount(amount) if amount.amount < 0 => {
            let amount = amount.amount;
            let most = i32::MAX;
            return Some(format!(
                "{name}: Amount is {amount}, 0 to {most} expected: a card refuses it with 919E"
            ));
        }
        Command::WriteData(write) => ("data has", write.length, write.data.len()),
        Command::WriteRecord(write) => ("data has", write.length, write.data.len()),
        Command::UpdateRecord(update) => ("data has", update.length, update.data.len()),
        Command::ReadData(read) if read.length > 0 => ("answer has", read.length, answer?.len()),
        _ => return None,
    };
    let more = usize::try_from(length).map(|length| got.checked_sub(length));
    let hint = match more {
        Ok(Some(0)) => return None,
        Ok(Some(8)) => ". The 8 bytes too many look like a MAC; the plain command is expected",
        _ => "",
    };
    Some(format!(
        "{name}: the {what} {got} bytes, Length is {length}{hint}"
    ))
}

/// What is wrong with the length of the answer to a commit.
fn commit(len: usize) -> Option<String> {
    let hint = match len {
        0 | 12 => return None,
        8 | 20 => ". The 8 bytes too many look like a MAC; the plain command is expected",
        _ => "",
    };
    let plural = if len == 1 { "" } else { "s" };
    Some(format!(
        "CommitTransaction: the answer has {len} byte{plural}, TMC and TMV with 12 bytes expected, or none{hint}"
    ))
}

/// The line of a command with its answer; `status` is `None` for a lost one.
pub(super) fn text(frame: &Frame, answer: &[u8], status: Option<Status>) -> String {
    let command = if frame.family == Family::Desfire {
        let body = hex::upper(frame.body());
        format!("{:02X} {body}", frame.ins).trim_end().to_owned()
    } else {
        hex::upper(CommandApdu::emit_frame(FrameForm::Iso, frame))
    };
    let answer = match status {
        None => LOST.to_owned(),
        Some(Status::Iso(word)) => format!("{}{word:04X}", hex::upper(answer)),
        Some(Status::Native(code) | Status::Wrapped(code)) => {
            format!("{} 91{code:02X}", hex::upper(answer))
        }
    };
    format!("{command} -> {}", answer.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (String, Option<String>, Option<String>) {
        let lines = read(text).unwrap();
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let Said::Command(command) = &line.said else {
            panic!("{line:?}")
        };
        let frame = command.frame();
        (
            hex::upper([&[frame.ins][..], &frame.body()].concat()),
            line.answer.data.as_ref().map(hex::upper),
            line.answer.status.map(|status| status.to_string()),
        )
    }

    fn error(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn plain_commands_and_apdus_say_the_same() {
        let plain = one("0C 03 E8030000 # top up");
        assert_eq!(plain, ("0C03E8030000".into(), None, Some("9100".into())));
        assert_eq!(one("\n90 0C 00 00 05 03 E8030000 00"), plain);
        let read = one("6C 03 -> 14000000");
        let (data, status) = (Some("14000000".into()), Some("9100".into()));
        assert_eq!(read, ("6C03".into(), data, status));
        assert_eq!(one("906C0000010300 -> 14 00 00 00 91 00"), read);
        assert_eq!(one("get-value 3 -> 14000000 9100"), read);
        let refused = one("DC 03 01000000 -> 91BE");
        assert_eq!(refused.1.as_deref(), Some(""));
        assert_eq!(refused.2.as_deref(), Some("91BE"));
        assert_eq!(one("6C 03 -> lost"), ("6C03".into(), None, None));
    }

    #[test]
    fn frames_of_a_chain_are_one_command() {
        let text =
            "90 3D 00 00 09 01 000000 040000 AABB 00 -> 91AF\n90 AF 00 00 02 CCDD 00 -> 9100";
        assert_eq!(one(text).0, "3D01000000040000AABBCCDD");
        let text = "BD 01 000000 040000 -> AABB 91AF\nAF -> CCDD 9100";
        assert_eq!(one(text).1.as_deref(), Some("AABBCCDD"));
        assert!(error("AF 01").starts_with("line 1: A frame AF without"));
        let open = "BD 01 000000 040000 -> AABB 91AF\n6C 03 -> 14000000";
        assert!(error(open).starts_with("line 1: The answer ends in 91AF"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert!(error("6C 03 -> 14000000\ncrediet 3 5").starts_with("line 2: \"crediet\","));
        assert_eq!(
            error("90 0C 00 00 09 03 E8030000 00"),
            "line 1: APDU: Lc is 9, 6 bytes follow"
        );
        assert!(error("0C 03 E8030000 0011223344556677").contains("8 bytes left over"));
        assert!(error("3D 01 000000 010000 AA 0011223344556677").contains("look like a MAC"));
        assert!(error("BD 01 000000 020000 -> AA").contains("Length is 2"));
        assert!(error("6C 03 -> 140").contains("Answer: 3 digits"));
    }

    #[test]
    fn a_line_that_is_printed_is_read_again() {
        for text in [
            "6C 03 -> 14000000 9100",
            "A7 -> 9100",
            "DC 0301000000 -> 91BE",
            "EB 04 -> lost",
        ] {
            let lines = read(text).unwrap();
            let Said::Command(command) = &lines[0].said else {
                panic!("{text}")
            };
            let answer = &lines[0].answer;
            let data = answer.data.as_deref().unwrap_or_default();
            assert_eq!(super::text(&command.frame(), data, answer.status), text);
        }
    }
}

//! One command or answer of a session made or taken apart (DESFire reference §4).

use super::channel::{self, Message, Received, Session};
use crate::apdu::{AF, CommandApdu, Family, FrameForm, ResponseApdu, Status};
use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::CommMode;
use crate::command;
use crate::report::capital;
use crate::secure_messaging::{Direction, Extent, MAC_LEN};

/// `frame`.
pub(super) const FRAME: Topic = Topic {
    id: "frame",
    title: "Frame",
    about: "Makes or takes apart one command or answer of a session, with IV, padding, ciphertext and MAC",
    fields: &[
        DIRECTION,
        channel::CHANNEL,
        channel::ENC,
        channel::MAC,
        channel::MASTER,
        channel::TI,
        channel::COUNTER,
        channel::ENC_COUNTER,
        channel::SESSION_TYPE,
        channel::SESSION_KEY,
        channel::IV,
        MODE,
        FRAME_BYTES,
        FORM,
        INS,
        STATUS,
        HEADER,
        DATA,
        HEADER_LENGTH,
        PADDING,
        LENGTH,
    ],
    examples: EXAMPLES,
    compute,
};

const DIRECTION: Field = Field::new(
    "direction",
    "Direction",
    Kind::Choice(&[
        Choice {
            value: "build-command",
            title: "Build a command",
        },
        Choice {
            value: "read-command",
            title: "Take a command apart",
        },
        Choice {
            value: "build-answer",
            title: "Build an answer",
        },
        Choice {
            value: "read-answer",
            title: "Take an answer apart",
        },
    ]),
    "What to do",
)
.or("build-command");
const MODE: Field = Field::new(
    "mode",
    "Mode",
    Kind::Choice(channel::MODES),
    "Communication mode of the message, of file commands that of the file",
)
.or("full");
const FRAME_BYTES: Field = Field::new(
    "frame",
    "Frame",
    Kind::Bytes(&[]),
    "Whole frame, native or with CLA 90: to be taken apart as it was sent, to be built from as it is without protection",
)
.optional()
.positional();
const FORM: Field = Field::new(
    "form",
    "Form",
    Kind::Choice(&[
        Choice {
            value: "auto",
            title: "As it looks",
        },
        Choice {
            value: "native",
            title: "Native",
        },
        Choice {
            value: "wrapped",
            title: "Wrapped",
        },
    ]),
    "Framing of an answer: status first (native) or 91 and status last (wrapped)",
)
.or("auto")
.when("direction", ANSWERS);
const INS: Field = Field::new(
    "ins",
    "Command code",
    Kind::Bytes(&[1]),
    "Command code, where no whole frame is given",
)
.optional()
.when("direction", &["build-command"]);
const STATUS: Field = Field::new(
    "status",
    "Status",
    Kind::Bytes(&[1]),
    "Status byte, where no whole frame is given; 00 when nothing is",
)
.optional()
.when("direction", &["build-answer"]);
const HEADER: Field = Field::new(
    "header",
    "Header",
    Kind::Bytes(&[]),
    "Parameters that always travel in clear, such as FileNo, Offset and Length",
)
.optional()
.when("direction", &["build-command"]);
const DATA: Field = Field::new(
    "data",
    "Data",
    Kind::Bytes(&[]),
    "What is enciphered in mode Full",
)
.optional()
.when("direction", &["build-command", "build-answer"]);
const HEADER_LENGTH: Field = Field::new(
    "header-length",
    "Header length",
    Kind::Number(255),
    "Bytes of the header in a whole frame; known of known commands",
)
.optional()
.when("direction", &["build-command", "read-command"]);
const PADDING: Field = Field::new(
    "padding",
    "Padding",
    Kind::Choice(&[
        Choice {
            value: "zeros",
            title: "Zeros",
        },
        Choice {
            value: "mark",
            title: "80 and zeros",
        },
    ]),
    "After the checksum of EV1 and D40: zeros where the command tells the length, 80 and zeros where it does not",
)
.or("zeros")
.when("channel", &["ev1", "d40"]);
const LENGTH: Field = Field::new(
    "length",
    "Length of the data",
    Kind::Number(0xFF_FFFF),
    "Where the command tells it; else it is found by the checksum",
)
.optional()
.when("channel", &["ev1", "d40"]);

const ANSWERS: &[&str] = &["build-answer", "read-answer"];

const EXAMPLES: &[Example] = &[
    Example {
        title: "Answer to GetCardUID, AN12343 table 7",
        values: &[
            ("direction", "read-answer"),
            ("channel", "ev2"),
            ("enc", "C1D7BD9F60034D8432F9AF3403D573D0"),
            ("mac", "FD9E26C9766F07C1D07106C0F8F3671F"),
            ("ti", "569D4B24"),
            ("counter", "0"),
            (
                "frame",
                "CDFFBF6D34231DA2789DA9D3AB15D560CE75E39EDBE94C2F9100",
            ),
        ],
    },
    Example {
        title: "WriteData of EV1 with AES, a real card",
        values: &[
            ("direction", "build-command"),
            ("channel", "ev1"),
            ("type", "aes128"),
            ("session-key", "41B4719A4FEB2C3A8A491196F448157C"),
            ("iv", "CCA208AB50D8BC872936780007D61463"),
            ("ins", "3D"),
            ("header", "0F220000160000"),
            ("data", "416E6F7468657220626C6F636B206F6620646174612E"),
        ],
    },
    Example {
        title: "ChangeKeySettings of D40, a real card",
        values: &[
            ("direction", "build-command"),
            ("channel", "d40"),
            ("session-key", "71CB903AAFA2C147"),
            ("ins", "54"),
            ("data", "0F"),
        ],
    },
];

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let session = Session::read(inputs)?;
    let mode = channel::mode(inputs)?;
    let direction = inputs.text("direction")?;
    match direction {
        "build-command" | "build-answer" => {
            let mut message = message(inputs, mode)?;
            refuse_key_change(&session, message.side, message.code, mode)?;
            message.extent = extent(inputs, Some(message.data.len()))?;
            let body = session.seal(sheet, &message)?;
            channel::frames(sheet, message.tells_key(), message.side, message.code, body)
        }
        _ => {
            let mut message = received(inputs, mode)?;
            refuse_key_change(&session, message.side, message.code, mode)?;
            message.extent = extent(inputs, None)?;
            refuse_part(message.side, message.code)?;
            if !is_success(message.side, message.code) && message.body.is_empty() {
                sheet.note("An answer that refuses carries no MAC, and the session is over");
                return Ok(());
            }
            session.open(sheet, &message).map(drop)
        }
    }
}

/// All other codes end the session.
const fn is_success(side: Direction, code: u8) -> bool {
    matches!(side, Direction::Command) || matches!(code, 0x00 | 0x90)
}

/// A part of a message has no protection of its own.
fn refuse_part(side: Direction, code: u8) -> Result<(), Slip> {
    if code != AF {
        return Ok(());
    }
    let (text, hint) = match side {
        Direction::Command => (
            "AF, a further part of a command",
            "Join the data of all parts behind the first command code",
        ),
        Direction::Response => (
            "Status AF, more parts follow",
            "Join the data of all parts and give it the last status",
        ),
    };
    Err(Slip::refused("frame", text).hint(hint))
}

fn refuse_key_change(
    session: &Session,
    side: Direction,
    code: u8,
    mode: CommMode,
) -> Result<(), Slip> {
    let own = matches!(session.name(), "ev1" | "d40") && mode == CommMode::Full;
    if own && side == Direction::Command && matches!(code, 0xC4 | 0xC6) {
        let text = format!("{code:02X}, whose cryptogram has a form of its own");
        return Err(Slip::refused("frame", text).hint("Use change-key"));
    }
    Ok(())
}

fn extent(inputs: &Inputs, len: Option<usize>) -> Result<Extent, Slip> {
    if inputs.given_text("padding") == Some("mark") {
        return Ok(Extent::Marked);
    }
    let given = inputs
        .given_number("length")
        .map(|_| inputs.integer("length"));
    Ok(given
        .transpose()?
        .or(len)
        .map_or(Extent::Search, Extent::Known))
}

/// The message to be built: from a whole frame or from its parts.
fn message(inputs: &Inputs, mode: CommMode) -> Result<Message, Slip> {
    let part = |field: &str| inputs.given(field).unwrap_or_default().to_vec();
    let whole = inputs.given("frame").is_some();
    for field in ["ins", "status", "header", "data"] {
        if whole && inputs.given(field).is_some() {
            return Err(Slip::refused(
                field,
                "Given beside a whole frame, only one of them expected",
            ));
        }
    }
    let (side, code, header, data) = if whole {
        let frame = received(inputs, mode)?;
        let at = frame.header_len.min(frame.body.len());
        let mut header = frame.body;
        let data = header.split_off(at);
        (frame.side, frame.code, header, data)
    } else if inputs.text("direction")? == "build-command" {
        let [ins] = inputs.array("ins")?;
        (Direction::Command, ins, part("header"), part("data"))
    } else {
        let [status] = inputs.given_array("status")?.unwrap_or_default();
        (Direction::Response, status, Vec::new(), part("data"))
    };
    Ok(Message {
        secret: holds_key(side, code),
        side,
        code,
        header,
        data,
        mode,
        extent: Extent::Search,
    })
}

/// A whole frame.
fn received(inputs: &Inputs, mode: CommMode) -> Result<Received, Slip> {
    let bytes = inputs.bytes("frame")?;
    let (side, code, body, header_len) = if inputs.text("direction")?.ends_with("answer") {
        let (code, body) = answer(bytes, inputs.text("form")?)?;
        (Direction::Response, code, body, 0)
    } else {
        let (code, body) = command(bytes)?;
        let len = header_len(inputs, code, body.len(), mode)?;
        (Direction::Command, code, body, len)
    };
    Ok(Received {
        secret: holds_key(side, code),
        side,
        code,
        body,
        header_len,
        mode,
        extent: Extent::Search,
    })
}

/// Command code and body of a command of any form.
pub(super) fn command(bytes: &[u8]) -> Result<(u8, Vec<u8>), Slip> {
    let apdu = CommandApdu::parse(bytes);
    if let Some(problem) = apdu.problem {
        return Err(Slip::refused("frame", capital(&problem.to_string())));
    }
    if apdu.family() != Family::Desfire {
        let text = format!(
            "CLA {:02X}, 90 or a native frame expected",
            bytes.first().copied().unwrap_or_default()
        );
        return Err(Slip::refused("frame", text)
            .hint("Commands of ISO 7816-4 carry no secure messaging of their own"));
    }
    Ok((apdu.ins, apdu.body.to_vec()))
}

/// Status and data of an answer.
fn answer(bytes: &[u8], form: &str) -> Result<(u8, Vec<u8>), Slip> {
    let looks_wrapped = matches!(bytes, [.., 0x91, _] | [.., 0x90, 0x00]);
    let form = match form {
        "native" => FrameForm::Native,
        "wrapped" => FrameForm::Wrapped,
        _ if looks_wrapped => FrameForm::Wrapped,
        _ => FrameForm::Native,
    };
    let read = ResponseApdu::parse(form, bytes);
    let answer = read.ok_or_else(|| Slip::refused("frame", "Too short to hold a status"))?;
    let code = match answer.status {
        Status::Native(code) | Status::Wrapped(code) => code,
        Status::Iso(0x9000) => 0,
        Status::Iso(word) => {
            return Err(Slip::refused(
                "frame",
                format!("Status {word:04X}, 91xx or 9000 expected"),
            ));
        }
    };
    Ok((code, answer.data.to_vec()))
}

fn header_len(inputs: &Inputs, code: u8, len: usize, mode: CommMode) -> Result<usize, Slip> {
    if inputs.given_number("header-length").is_some() {
        return inputs.integer("header-length");
    }
    match command::spec(code) {
        Some(spec) => Ok(spec.header_len(len)),
        None if mode == CommMode::Plain => Ok(len),
        // Nothing but a MAC.
        None if len <= MAC_LEN && matches!(inputs.text("channel")?, "ev2" | "lrp") => Ok(len),
        None => Err(Slip::refused(
            "header-length",
            format!("Nothing given, needed as command {code:02X} is not known"),
        )),
    }
}

/// Whether the data of a command is or has key material.
const fn holds_key(side: Direction, code: u8) -> bool {
    matches!(side, Direction::Command) && matches!(code, 0xC4 | 0xC6 | 0xCE | 0x5C)
}

//! The field tree of one exchange, made on demand from the very parsers that host and card use.
//!
//! Paths start with `command` or `response`; offsets count from the start of that side's view.

use crate::apdu::{CommandApdu, FrameForm, ResponseApdu};
use crate::bytes::{Span, hex};
use crate::command::{self, Command};
use crate::report::{Field, Place};
use crate::secure_messaging::{D40, MAC_LEN};

use super::event::Event;
use super::exchange::Exchange;

/// All fields of an exchange; key material is printed only with `reveal`.
pub fn fields(exchange: &Exchange, events: &[Event], reveal: bool) -> Vec<Field> {
    let mut tree = Vec::new();
    wire_commands(exchange, events, &mut tree);
    framed(exchange, events, &mut tree);
    plain_command(exchange, reveal, &mut tree);
    new_key(exchange, reveal, &mut tree);
    plain_response(exchange, events, &mut tree);
    wire_responses(exchange, events, &mut tree);
    tree
}

/// The command without protection as JSON rows print it: INS, header, data; key bytes as `XX` unless `reveal`.
pub fn masked_plain(exchange: &Exchange, reveal: bool) -> Option<String> {
    if exchange.is_authentication() || exchange.is_iso_authentication() {
        return Some(String::new());
    }
    let body = exchange.command.as_ref()?;
    let mut text = hex::upper([exchange.ins]);
    let secret = exchange
        .secret_range()
        .filter(|_| !reveal)
        .unwrap_or_default();
    for (index, byte) in body.iter().enumerate() {
        if secret.contains(&index) {
            text.push_str("XX");
        } else {
            text.push_str(&hex::upper([*byte]));
        }
    }
    Some(text)
}

fn field(side: &str, name: &str, value: String, place: Place, offset: usize, len: usize) -> Field {
    Field {
        path: format!("{side}.{name}"),
        name: name.to_owned(),
        value,
        place,
        offset,
        len,
    }
}

fn wire_commands(exchange: &Exchange, events: &[Event], tree: &mut Vec<Field>) {
    let mut base = 0;
    for bytes in exchange.commands(events) {
        let apdu = CommandApdu::parse(bytes);
        let mut push = |name: &str, offset: usize, len: usize| {
            let value = bytes
                .get(offset..offset + len)
                .map(hex::upper)
                .unwrap_or_default();
            tree.push(field(
                "command",
                name,
                value,
                Place::Wire,
                base + offset,
                len,
            ));
        };
        if apdu.form == FrameForm::Native {
            push("INS", 0, 1.min(bytes.len()));
        } else {
            push("CLA", 0, 1);
            push("INS", 1, 1);
            push("P1P2", 2, 2);
            if !apdu.body.is_empty() {
                push("Lc", 4, 1);
            }
        }
        if !apdu.body.is_empty() {
            push("body", apdu.body_offset, apdu.body.len());
        }
        if apdu.le.is_some() {
            push("Le", bytes.len() - 1, 1);
        }
        base += bytes.len();
    }
}

fn wire_responses(exchange: &Exchange, events: &[Event], tree: &mut Vec<Field>) {
    let mut base = 0;
    for bytes in exchange.responses(events) {
        if let Some(answer) = ResponseApdu::parse(exchange.form, bytes) {
            if !answer.data.is_empty() {
                let value = hex::upper(answer.data);
                tree.push(field(
                    "response",
                    "body",
                    value,
                    Place::Wire,
                    base + answer.data_offset,
                    answer.data.len(),
                ));
            }
            let (offset, len) = if exchange.form == FrameForm::Native {
                (0, 1)
            } else {
                (answer.data.len(), 2)
            };
            let meaning = answer
                .status
                .meaning()
                .map_or("not known", |meaning| meaning.name);
            let value = format!("{} {meaning}", answer.status);
            tree.push(field(
                "response",
                "status",
                value,
                Place::Wire,
                base + offset,
                len,
            ));
        }
        base += bytes.len();
    }
}

/// The protected body, and where its MAC is.
fn framed(exchange: &Exchange, events: &[Event], tree: &mut Vec<Field>) {
    let mac_len = match exchange.channel {
        None | Some("plain") => return,
        Some("d40") => D40::MAC_LEN,
        Some(_) => MAC_LEN,
    };
    let sides = [
        (
            "command",
            exchange.framed_command(events),
            1,
            exchange.verdicts.command_mac,
        ),
        (
            "response",
            exchange.framed_response(events),
            0,
            exchange.verdicts.response_mac,
        ),
    ];
    for (side, bytes, shift, verdict) in sides {
        let data_len = bytes.len().checked_sub(mac_len);
        let Some((data, mac)) = data_len.and_then(|len| bytes.split_at_checked(len)) else {
            continue;
        };
        if verdict != crate::secure_messaging::Verdict::None {
            if !data.is_empty() {
                tree.push(field(
                    side,
                    "protected",
                    hex::upper(data),
                    Place::Framed,
                    shift,
                    data.len(),
                ));
            }
            let value = format!("{} {}", hex::upper(mac), verdict.name());
            tree.push(field(
                side,
                "MAC",
                value,
                Place::Framed,
                shift + data.len(),
                mac.len(),
            ));
        }
    }
}

fn plain_command(exchange: &Exchange, reveal: bool, tree: &mut Vec<Field>) {
    let Some(frame) = exchange.frame() else {
        return;
    };
    tree.push(field(
        "command",
        "Cmd",
        format!("{:02X} {}", exchange.ins, exchange.name()),
        Place::Plain,
        0,
        1,
    ));
    let secret = exchange.secret_range();
    let (spans, _) = command::spans(&frame);
    for span in spans {
        let hides = secret
            .as_ref()
            .is_some_and(|range| range.start < span.offset + span.len && span.offset < range.end);
        let value = match (hides, reveal) {
            (true, true) => frame
                .body()
                .get(span.offset..span.offset + span.len)
                .map(hex::upper)
                .unwrap_or_default(),
            (true, false) => "hidden".into(),
            (false, _) => span.value,
        };
        tree.push(field(
            "command",
            span.name,
            value,
            Place::Plain,
            span.offset + 1,
            span.len,
        ));
    }
}

/// What a ChangeKey did, as far as it could be told.
fn new_key(exchange: &Exchange, reveal: bool, tree: &mut Vec<Field>) {
    let (Some(new), Some(range)) = (&exchange.new_key, exchange.secret_range()) else {
        return;
    };
    let key = match &new.key {
        Some(key) if reveal => hex::upper(key.expose()),
        Some(_) => "hidden".into(),
        None => "not known".into(),
    };
    tree.push(field(
        "command",
        "NewKey",
        key,
        Place::Plain,
        range.start + 1,
        range.len(),
    ));
    if let Some(version) = new.version {
        let value = hex::upper([version]);
        tree.push(field(
            "command",
            "NewKeyVersion",
            value,
            Place::Plain,
            range.end + 1,
            1,
        ));
    }
}

/// The answer's fields. In GetDFNames only the ends of the frames tell where a name ends.
fn answer_spans(
    exchange: &Exchange,
    command: &Command,
    events: &[Event],
    answer: &[u8],
) -> Vec<Span> {
    if !matches!(command, Command::GetDfNames(_)) {
        return command::answer_spans(command, answer).0;
    }
    let mut rest = answer;
    let mut spans = Vec::new();
    for bytes in exchange.responses(events) {
        let frame = ResponseApdu::parse(exchange.form, bytes);
        let len = frame.map_or(0, |frame| frame.data.len());
        let Some((frame, more)) = rest.split_at_checked(len) else {
            break;
        };
        let start = answer.len() - rest.len();
        let of_frame = command::answer_spans(command, frame).0;
        spans.extend(of_frame.into_iter().map(|span| Span {
            offset: start + span.offset,
            ..span
        }));
        rest = more;
    }
    spans
}

fn plain_response(exchange: &Exchange, events: &[Event], tree: &mut Vec<Field>) {
    let (Some(command), Some(answer)) = (exchange.typed(), &exchange.response) else {
        return;
    };
    let succeeded = exchange.status.is_some_and(crate::apdu::Status::is_success);
    let spans = if succeeded && !exchange.is_authentication() {
        answer_spans(exchange, &command, events, answer)
    } else if answer.is_empty() {
        Vec::new()
    } else {
        vec![Span {
            name: "Data",
            offset: 0,
            len: answer.len(),
            value: hex::upper(answer),
        }]
    };
    let known = !matches!(command, Command::Unknown(_));
    for span in spans.into_iter().filter(|span| known || span.len > 0) {
        tree.push(field(
            "response",
            span.name,
            span.value,
            Place::Plain,
            span.offset,
            span.len,
        ));
    }
}

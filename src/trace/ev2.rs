//! Opening the exchanges of an EV2 session as an observer (DESFire reference §4.4, §4.7).
//!
//! The communication mode is not in the bytes of a file command. It follows from lengths: the command
//! announces how much data it carries or asks for, and plain, MACed and enciphered data have three
//! different lengths. Where the length is not announced, the file's settings decide, then the padding.

use crate::apdu::Status;
use crate::card::CommMode;
use crate::command::{Rule, Spec};
use crate::crypto::aes::BLOCK;
use crate::report::Finding;
use crate::secure_messaging::{Ev2, MAC_LEN, Opened, Verdict};

use super::checks::{combine, note_mac};
use super::exchange::Exchange;
use super::pending::Pending;
use super::shape::{self, Shape};
use super::state::{Session, State};

/// How many missing commands a search for the counter looks across.
const GAP: u16 = 64;

/// Opens command and answer, sets verdicts and findings, moves the counter.
pub(super) fn decode(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &mut Pending,
    spec: Option<&Spec>,
) {
    let (mut channel, key) = match std::mem::take(&mut state.session) {
        Session::Ev2 { channel, key } => (channel, key),
        other => {
            state.session = other;
            return;
        }
    };
    open(state, exchange, pending, spec, &mut channel);
    exchange.channel = Some("ev2");
    exchange.key = Some(key.clone());
    if exchange.status.is_some() {
        channel.complete();
    }
    let protected = exchange.mode != Some(CommMode::Plain);
    if !(protected && ends_with_own_key(exchange)) {
        state.session = Session::Ev2 { channel, key };
    }
}

fn open(
    state: &State,
    exchange: &mut Exchange,
    pending: &mut Pending,
    spec: Option<&Spec>,
    channel: &mut Ev2,
) {
    let shape = Shape::of(state, exchange, pending);
    let mode = choose_mode(channel, exchange, pending, spec, &shape);
    if mode == Some(CommMode::Plain) {
        exchange.ctr = Some(channel.ctr());
        exchange.mode = mode;
        exchange.command = Some(std::mem::take(&mut pending.command));
        let response = std::mem::take(&mut pending.response);
        exchange.response = exchange.status.map(|_| response);
        return;
    }
    if is_cut(exchange, pending, &shape) && !exchange.status.is_some_and(Status::is_success) {
        return cut_off(exchange, pending, mode, channel.ctr());
    }
    let opening = mode.unwrap_or(CommMode::Mac);
    let body = std::mem::take(&mut pending.command);
    let command = open_command(channel, exchange, body, opening);
    exchange.ctr = Some(channel.ctr());
    exchange.verdicts.padding = command.padding;
    exchange.command = command.plain;
    let mode = open_response(channel, exchange, pending, mode, &shape);
    exchange.mode = mode;
    if mode.is_none() {
        let text = "The bytes do not tell whether the mode is MAC or Full; the file's settings are not in the trace";
        exchange
            .findings
            .push(Finding::hint("mode_undecidable", text).field("mode"));
    }
}

/// A command that the card refused, or that broke off, before the frame with its MAC.
fn cut_off(exchange: &mut Exchange, pending: &Pending, mode: Option<CommMode>, ctr: u16) {
    exchange.ctr = Some(ctr);
    exchange.mode = mode;
    exchange.command = mode
        .filter(|mode| *mode == CommMode::Mac)
        .map(|_| pending.command.clone());
    exchange.response = exchange.status.map(|_| pending.response.clone());
    exchange.verdicts.command_mac = Verdict::Unknown;
    let text = "The command did not come whole, its MAC could not be checked";
    exchange
        .findings
        .push(Finding::warning("command_cut", text).field("data"));
}

/// Whether frames of a chained command are missing.
fn is_cut(exchange: &Exchange, pending: &Pending, shape: &Shape) -> bool {
    let data_len = pending.command.len().saturating_sub(exchange.header_len);
    shape::is_chained(exchange.ins)
        && shape.command.is_some_and(|announced| {
            data_len < sealed_len(announced) && protected_mode(announced, data_len).is_none()
        })
}

/// The mode as far as the command tells it; `None` when only the answer can.
fn choose_mode(
    channel: &Ev2,
    exchange: &Exchange,
    pending: &Pending,
    spec: Option<&Spec>,
    shape: &Shape,
) -> Option<CommMode> {
    let data_len = pending.command.len().saturating_sub(exchange.header_len);
    let Some(spec) = spec else {
        // An unknown code: a MAC that fits tells that the card's other half knows it.
        let mac = channel.check_command(exchange.ins, &pending.command, CommMode::Mac);
        return Some(if mac.verdict == Verdict::Ok {
            CommMode::Mac
        } else {
            CommMode::Plain
        });
    };
    match spec.rule {
        Rule::Plain | Rule::Authentication => Some(CommMode::Plain),
        Rule::Mac => Some(CommMode::Mac),
        Rule::Full => Some(CommMode::Full),
        Rule::FullUnlessFree => {
            let mac = channel.check_command(exchange.ins, &pending.command, CommMode::Full);
            let enciphered = mac.verdict == Verdict::Ok
                || (data_len > MAC_LEN && (data_len - MAC_LEN).is_multiple_of(16));
            Some(if enciphered {
                CommMode::Full
            } else {
                CommMode::Plain
            })
        }
        Rule::File => match shape.command {
            Some(0) if spec.header_len(usize::MAX) == pending.command.len() => {
                Some(CommMode::Plain)
            }
            Some(0) => None,
            Some(announced) if data_len == announced => Some(CommMode::Plain),
            Some(announced) => protected_mode(announced, data_len).or(shape.file),
            None => shape.file,
        },
    }
}

/// MAC or Full, from the announced and the protected length.
fn protected_mode(announced: usize, protected: usize) -> Option<CommMode> {
    let without_mac = protected.checked_sub(MAC_LEN)?;
    if without_mac == announced {
        Some(CommMode::Mac)
    } else if protected == sealed_len(announced) && announced > 0 {
        Some(CommMode::Full)
    } else {
        None
    }
}

/// Length of enciphered data with its MAC.
const fn sealed_len(announced: usize) -> usize {
    (announced + 1).next_multiple_of(BLOCK) + MAC_LEN
}

fn open_command(
    channel: &mut Ev2,
    exchange: &mut Exchange,
    body: Vec<u8>,
    mode: CommMode,
) -> Opened {
    let header_len = header_len(exchange.header_len, &body, mode);
    let mut mac = channel.check_command(exchange.ins, &body, mode);
    exchange.verdicts.counter = mac.verdict;
    if mac.verdict == Verdict::Bad && !channel.exhausted() {
        let expected = channel.ctr();
        let mut later = (1..=GAP)
            .filter_map(|gap| expected.checked_add(gap))
            .map(|ctr| channel.at(ctr));
        let found = later.find_map(|later| {
            let mac = later.check_command(exchange.ins, &body, mode);
            (mac.verdict == Verdict::Ok).then_some((later, mac))
        });
        if let Some((found, fits)) = found {
            let text = format!(
                "{} commands are missing before this one: the MAC fits CmdCtr {}",
                found.ctr() - expected,
                found.ctr()
            );
            let finding = Finding::error("counter_gap", text).field("CmdCtr");
            exchange
                .findings
                .push(finding.values(expected.to_string(), found.ctr().to_string()));
            *channel = found;
            mac = fits;
        } else {
            exchange.verdicts.counter = Verdict::None;
        }
    }
    exchange.header_len = header_len.min(body.len().saturating_sub(MAC_LEN));
    exchange.verdicts.command_mac = mac.verdict;
    if channel.exhausted() {
        exchange.verdicts.counter = Verdict::Bad;
        exchange.findings.push(
            Finding::error(
                "counter_exhausted",
                "CmdCtr is FFFF: no further command can be protected",
            )
            .field("CmdCtr"),
        );
    }
    note_mac(exchange, "command_mac", "Command MAC", &mac);
    let opened = channel.decipher_command(body, header_len, mode, mac);
    note_padding(exchange, &opened);
    opened
}

/// In MAC mode the MAC itself must not be taken for header.
fn header_len(header_len: usize, body: &[u8], mode: CommMode) -> usize {
    if mode == CommMode::Full {
        header_len.min(body.len().saturating_sub(MAC_LEN))
    } else {
        header_len
    }
}

fn open_response(
    channel: &Ev2,
    exchange: &mut Exchange,
    pending: &mut Pending,
    mode: Option<CommMode>,
    shape: &Shape,
) -> Option<CommMode> {
    let Some(status) = exchange.status else {
        return mode.or(shape.file);
    };
    let code = status.code().filter(|code| matches!(code, 0x00 | 0x90));
    let Some(code) = code else {
        exchange.response = Some(pending.response.clone());
        return mode.or(shape.file.filter(|mode| *mode != CommMode::Plain));
    };
    if no_response_mac(exchange) {
        exchange.response = Some(pending.response.clone());
        return mode;
    }
    let mode = mode.or_else(|| read_mode(channel, code, &pending.response, shape));
    let response = std::mem::take(&mut pending.response);
    let opened = channel.take_response(code, response, mode.unwrap_or(CommMode::Mac));
    exchange.verdicts.response_mac = opened.mac.verdict;
    exchange.verdicts.padding = combine(exchange.verdicts.padding, opened.padding);
    note_mac(exchange, "response_mac", "Response MAC", &opened.mac);
    note_padding(exchange, &opened);
    exchange.response = opened.plain;
    mode
}

/// The mode of a read, from the answer.
fn read_mode(channel: &Ev2, code: u8, response: &[u8], shape: &Shape) -> Option<CommMode> {
    let by_length = shape
        .response
        .and_then(|announced| protected_mode(announced, response.len()));
    by_length
        .or(shape.file.filter(|mode| *mode != CommMode::Plain))
        .or_else(|| {
            let data = response.len().checked_sub(MAC_LEN)?;
            if data == 0 {
                return None;
            }
            let padded = data.is_multiple_of(16)
                && channel
                    .open_response(code, response, CommMode::Full)
                    .padding
                    == Verdict::Ok;
            Some(if padded {
                CommMode::Full
            } else {
                CommMode::Mac
            })
        })
}

fn note_padding(exchange: &mut Exchange, opened: &Opened) {
    match opened.padding {
        Verdict::Bad => {
            let finding = Finding::error("padding", "The deciphered data does not end in 80 00…")
                .field("padding");
            exchange.findings.push(finding);
        }
        Verdict::Unknown => {
            let text = "Opaque, KSesAuthENC is not known; only the MAC could be checked";
            exchange
                .findings
                .push(Finding::warning("no_enc_key", text).field("data"));
        }
        Verdict::Ok | Verdict::None => {}
    }
}

/// Commands after whose success the session is gone, so that the answer has no MAC (DESFire reference §4.4, §2.12).
fn no_response_mac(exchange: &Exchange) -> bool {
    let body = exchange.command.as_deref().unwrap_or_default();
    ends_with_own_key(exchange)
        || shape::enables_lrp(exchange.ins, body)
        || exchange.ins == shape::ROLL_KEY_SET
}

/// ChangeKey of the session's own key: the key data has no checksum.
fn ends_with_own_key(exchange: &Exchange) -> bool {
    let header = match exchange.ins {
        0xC4 => 1,
        0xC6 => 2,
        _ => return false,
    };
    let own = exchange
        .command
        .as_ref()
        .is_some_and(|body| body.len() == header + 17);
    own && exchange.status.is_some_and(Status::is_success)
}

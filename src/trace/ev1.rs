//! Opening the exchanges of an EV1 session as an observer (DESFire reference §4.3, §4.7).
//!
//! Every message moves the IV, so one that is missing from the trace makes the next MAC wrong. A MAC that was damaged on
//! its way does the same: both are kept as possible until the next message fits one of them. After a gap the IV comes
//! back with the next whole CMAC (DES, 2K3DES, 3K3DES: all of it is transmitted) or the next cryptogram (AES).

use crate::card::CommMode;
use crate::command::{Rule, Spec};
use crate::keyring::Keyring;
use crate::report::Finding;
use crate::secure_messaging::{Ev1, KeyForm, Opened, Verdict};

use super::exchange::{Exchange, Ivs};
use super::legacy::{
    Message, Reading, Sizes, best, cut_off, fitting, note_undecidable, opened_key,
};
use super::pending::Pending;
use super::shape;
use super::state::{Session, State};

/// The IV's way through a session.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    channel: Ev1,
    /// What the channel would be if messages were missing.
    doubt: Option<Doubt>,
}

/// Messages may be missing before a row.
#[derive(Clone, Debug)]
struct Doubt {
    row: usize,
    channel: Ev1,
}

/// One way to read a message, and the channel after it.
struct Attempt {
    channel: Ev1,
    reading: Reading,
}

impl Chain {
    /// After an authentication.
    pub(super) const fn new(channel: Ev1) -> Self {
        Self {
            channel,
            doubt: None,
        }
    }

    /// Whether messages may be missing that the next one has to tell.
    pub(super) const fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Reads the message of row `row` as what fits; findings say when the chain was broken.
    fn follow(&mut self, row: usize, message: &Message) -> (Reading, Option<Finding>) {
        let own = attempt(&self.channel, message);
        if !own.reading.any(Verdict::Bad) {
            let found = self.channel.iv().is_none() && own.channel.iv().is_some();
            let unknown = own.reading.any(Verdict::Unknown);
            self.channel = own.channel;
            self.doubt = None;
            let finding = if found {
                Some(iv_found())
            } else {
                unknown.then(iv_unknown)
            };
            return (own.reading, finding);
        }
        if let Some(doubt) = &self.doubt {
            let other = attempt(&doubt.channel, message);
            if !other.reading.any(Verdict::Bad) {
                let finding = gap(doubt.row, row);
                self.channel = other.channel;
                self.doubt = None;
                return (other.reading, Some(finding));
            }
        }
        let mut lost = self.channel.clone();
        lost.lose_step();
        let lost = attempt(&lost, message);
        // Where the command was enciphered the answer's MAC starts from its last block, otherwise from the command's
        // whole MAC, and proves that only what was before it is missing or damaged.
        let answer = lost.reading.response.as_ref();
        let proves = answer.is_some_and(|answer| answer.mac.verdict == Verdict::Ok);
        if let Some(mode) = lost.reading.mode
            && proves
            && !lost.reading.any(Verdict::Bad)
        {
            let is_one_block = message.data_len() == self.channel.block_len();
            let seen = if mode == CommMode::Full && is_one_block {
                (lost.reading, gap(row, row))
            } else {
                // The missing messages are not the only cause: the command's own data may be damaged.
                let own = read(&self.channel, message, mode, lost.reading.form);
                (own.reading, gap_or_damage())
            };
            self.channel = lost.channel;
            self.doubt = None;
            return (seen.0, Some(seen.1));
        }
        // A cryptogram in the answer gives the same next IV either way.
        let either_way = own.channel.iv() == lost.channel.iv() && own.channel.iv().is_some();
        self.doubt = (!either_way).then_some(Doubt {
            row,
            channel: lost.channel,
        });
        self.channel = own.channel;
        (own.reading, either_way.then(gap_or_damage))
    }
}

fn gap(row: usize, seen_at: usize) -> Finding {
    let text = if row == seen_at {
        "Messages are missing before this row: its checks fit another IV than that of the row before".to_owned()
    } else {
        format!("Messages are missing before row {row}: from there on the checks fit another IV")
    };
    Finding::error("iv_gap", text).field("IV")
}

fn gap_or_damage() -> Finding {
    let text = "The data was damaged, or messages are missing before this row; from here on the checks fit again";
    Finding::warning("iv_gap_or_damage", text).field("IV")
}

fn iv_found() -> Finding {
    let text = "In step again after a gap: what this row transmits gives the IV of the next";
    Finding::warning("iv_found", text).field("IV")
}

fn iv_unknown() -> Finding {
    let text = "Not checked: messages are missing before this row and with them the IV; it comes back with the next enciphered message";
    Finding::warning("iv_unknown", text).field("IV")
}

/// Opens command and answer, sets verdicts and findings, moves the IV.
pub(super) fn decode(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &mut Pending,
    spec: Option<&Spec>,
    keyring: &Keyring,
) {
    let (mut chain, key) = match std::mem::take(&mut state.session) {
        Session::Ev1 { chain, key } => (chain, key),
        other => {
            state.session = other;
            return;
        }
    };
    let kind = chain.channel.kind();
    exchange.channel = Some(Ev1::name(kind));
    exchange.key = Some(key.clone());
    let message = Message::take(state, exchange, pending, spec, key.key_no, kind);
    let mut ends = false;
    if message.is_cut(sizes(&chain.channel)) {
        cut_off(exchange, &message);
        chain.channel.lose_step();
    } else {
        let (reading, finding) = chain.follow(exchange.index, &message);
        ends = message.ends_with_own_key(reading.form);
        reading.apply(state, exchange, &message, keyring, "CRC32");
        note_undecidable(exchange);
        exchange.findings.extend(finding);
    }
    if exchange.status.is_none() {
        // Whether the card answered, and with what, is not known.
        chain.channel.lose_step();
    }
    if !ends {
        state.session = Session::Ev1 { chain, key };
    }
}

/// Opens the answer of an ISO command that reads, when an EV1 session is open. Its command has no part in the session, its
/// answer a MAC over `data ‖ 00` (DESFire reference §1.5).
pub(super) fn decode_iso(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &mut Pending,
    keyring: &Keyring,
) -> bool {
    let is_open = matches!(state.session, Session::Ev1 { .. });
    if is_open {
        decode(state, exchange, pending, None, keyring);
    }
    is_open
}

fn sizes(channel: &Ev1) -> Sizes {
    Sizes {
        block: channel.block_len(),
        mac: Ev1::MAC_LEN,
        crc: 4,
    }
}

/// The mode in which a message fits the channel.
fn attempt(channel: &Ev1, message: &Message) -> Attempt {
    let ways = message.ways(modes(channel, message)).into_iter();
    let attempts = ways.map(|(mode, form)| read(channel, message, mode, form));
    let best = best(attempts, |attempt| &attempt.reading);
    best.unwrap_or_else(|| read(channel, message, CommMode::Plain, None))
}

/// The modes to try.
fn modes(channel: &Ev1, message: &Message) -> Vec<CommMode> {
    let sizes = sizes(channel);
    let answer = message.answer.len();
    let is_answered = message.success().is_some();
    match message.rule {
        // In clear where the right is free.
        Some(Rule::Full) if message.ins == GET_FILE_COUNTERS && !sizes.can_be_sealed(answer) => {
            vec![CommMode::Plain]
        }
        Some(Rule::Full) => vec![CommMode::Full],
        Some(Rule::FullUnlessFree) => message.settings_modes(sizes, is_answered),
        Some(Rule::File) => match message.shape.command {
            Some(announced @ 1..) => message.command_modes(sizes, announced, is_answered),
            _ if message.success().is_none() => vec![CommMode::Plain],
            _ => {
                // Plain and MACed answers look alike: the settings tell them apart.
                let clear = message.granted.filter(|mode| *mode == CommMode::Mac);
                let clear = clear.unwrap_or(CommMode::Plain);
                let mut modes = message.likeliest_first([
                    (clear, answer >= Ev1::MAC_LEN),
                    (CommMode::Full, sizes.can_be_sealed(answer)),
                    (clear, false),
                ]);
                // A length is no proof: it only says what to try first.
                if message.granted.is_none() {
                    modes.sort_by_key(|mode| !message.answer_fits(sizes, *mode));
                }
                modes
            }
        },
        _ => vec![CommMode::Mac],
    }
}

/// Reads the message in one mode. Where the data of a cryptogram ends does not move the IV, so the channel after the
/// last of the extents tried is that after the message.
fn read(channel: &Ev1, message: &Message, mode: CommMode, form: Option<KeyForm>) -> Attempt {
    let mut channel = channel.clone();
    let has_data = message.data_len() > 0;
    let (ins, header_len) = (message.ins, message.header_len);
    let mut ivs = Ivs {
        command: channel.running_iv(),
        ..Ivs::default()
    };
    let (command, key) = if message.is_iso {
        let plain = Some(message.body.clone());
        let opened = Opened {
            plain,
            ..Opened::default()
        };
        (opened, None)
    } else if let Some(form) = form {
        let known = channel.iv().is_some();
        let opened = channel.open_key(ins, &message.body, header_len, form);
        (opened_key(opened.as_ref(), known), opened)
    } else {
        let before = channel.clone();
        let open = |extent| {
            channel.clone_from(&before);
            channel.open_command(ins, &message.body, header_len, mode, extent)
        };
        (fitting(&message.command_extents(), open), None)
    };
    ivs.response = channel.running_iv();
    let answer_mode = Ev1::answer_mode(mode, has_data);
    let body = command.plain.as_deref().unwrap_or_default();
    let ends = message.ends_with_own_key(form) || shape::enables_lrp(ins, body);
    let response = protected_status(message, ends).map(|status| {
        let before = channel.clone();
        fitting(&message.response_extents(), |extent| {
            channel.clone_from(&before);
            channel.open_response(status, &message.answer, answer_mode, extent)
        })
    });
    ivs.next = channel.running_iv();
    let reading = Reading {
        mode: shown(message, mode),
        command,
        form,
        key,
        response,
        ivs: Some(ivs),
    };
    Attempt { channel, reading }
}

/// The mode of the row. A read's answer in clear is plain or MACed, and only the settings tell.
fn shown(message: &Message, mode: CommMode) -> Option<CommMode> {
    let is_read = message.rule == Some(Rule::File) && message.shape.command == Some(0);
    match (is_read, mode) {
        (true, _) if message.success().is_none() => message.granted,
        (true, CommMode::Plain) if message.granted.is_none() => None,
        _ => Some(mode),
    }
}

/// The status that the answer's protection covers; `None` for an answer without protection. `ends`: the session ends
/// with the command.
fn protected_status(message: &Message, ends: bool) -> Option<u8> {
    if message.is_iso {
        return Some(0x00);
    }
    let open = message.may_lack_mac && message.answer.is_empty();
    if let Some(status) = message.success() {
        return (!ends && !open).then_some(status);
    }
    // Cards differ (DESFire reference §2.7).
    let no_changes = message.status?.code() == Some(NO_CHANGES);
    (no_changes && message.answer.len() == Ev1::MAC_LEN).then_some(NO_CHANGES)
}

const NO_CHANGES: u8 = 0x0C;
const GET_FILE_COUNTERS: u8 = 0xF6;

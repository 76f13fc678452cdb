//! Opening the exchanges of a D40 session as an observer (DESFire reference §4.2, §4.7).
//!
//! Only the data of file commands and three management commands are protected. The mode follows from lengths, and where
//! a MAC and a cryptogram are as long as each other, from the check that fits.

use crate::card::{CommMode, KeyType};
use crate::command::{Rule, Spec};
use crate::keyring::Keyring;
use crate::secure_messaging::{Check, D40, KeyForm};

use super::exchange::Exchange;
use super::legacy::{
    Message, Reading, Sizes, best, cut_off, fitting, note_undecidable, opened_key,
};
use super::pending::Pending;
use super::state::{Session, State};

const SIZES: Sizes = Sizes {
    block: 8,
    mac: D40::MAC_LEN,
    crc: 2,
};

/// Opens command and answer, sets verdicts and findings.
pub(super) fn decode(
    state: &mut State,
    exchange: &mut Exchange,
    pending: &mut Pending,
    spec: Option<&Spec>,
    keyring: &Keyring,
) {
    let (channel, key) = match std::mem::take(&mut state.session) {
        Session::D40 { channel, key } => (channel, key),
        other => {
            state.session = other;
            return;
        }
    };
    exchange.channel = Some(D40::NAME);
    exchange.key = Some(key.clone());
    let message = Message::take(
        state,
        exchange,
        pending,
        spec,
        key.key_no,
        KeyType::TwoKey3Des,
    );
    let mut ends = false;
    if message.is_cut(SIZES) {
        cut_off(exchange, &message);
    } else {
        let ways = message.ways(modes(&message)).into_iter();
        let readings = ways.map(|(mode, form)| read(&channel, &message, mode, form));
        let mut reading = best(readings, |reading| reading).unwrap_or_default();
        ends = message.ends_with_own_key(reading.form);
        if message.success().is_none() && message.shape.command == Some(0) {
            reading.mode = message.granted;
        } else if reading.mode == Some(CommMode::Plain) && is_undecided(&message) {
            reading.mode = None;
            if let Some(response) = &mut reading.response {
                response.mac = Check::UNKNOWN;
            }
        }
        reading.apply(state, exchange, &message, keyring, "CRC16");
        note_undecidable(exchange);
    }
    if !ends {
        state.session = Session::D40 { channel, key };
    }
}

/// The modes to try.
fn modes(message: &Message) -> Vec<CommMode> {
    let answer = message.answer.len();
    match message.rule {
        // Which protection it has in D40 is in no public source; a checksum that fits tells.
        Some(Rule::Full) if message.ins == 0x51 && SIZES.can_be_sealed(answer) => {
            vec![CommMode::Full]
        }
        Some(Rule::Full) if message.data_len() == 0 => vec![CommMode::Plain],
        Some(Rule::Full) => vec![CommMode::Full],
        Some(Rule::FullUnlessFree) => message.settings_modes(SIZES, false),
        Some(Rule::File) => match (message.shape.command, message.shape.response) {
            (Some(announced @ 1..), _) => message.command_modes(SIZES, announced, false),
            (Some(_), Some(known)) => message.likeliest_first([
                (CommMode::Mac, answer == known + SIZES.mac),
                (
                    CommMode::Full,
                    answer == SIZES.sealed(known) || answer == SIZES.marked(known),
                ),
                (CommMode::Plain, answer == known && message.may_be_plain()),
            ]),
            _ if message.granted.is_some() => message.granted.into_iter().collect(),
            _ => message.likeliest_first([
                (CommMode::Mac, answer > SIZES.mac),
                (CommMode::Full, SIZES.can_be_sealed(answer)),
                (CommMode::Plain, true),
            ]),
        },
        _ => vec![CommMode::Plain],
    }
}

/// Whether data that no check fits may be plain as well as damaged: neither settings nor lengths tell.
fn is_undecided(message: &Message) -> bool {
    let answer = message.answer.len();
    let is_read = message.rule == Some(Rule::File) && message.shape.command == Some(0);
    let may_be_protected = match message.shape.response {
        Some(known) => answer != known,
        None => answer > SIZES.mac,
    };
    is_read && message.granted.is_none() && may_be_protected
}

fn read(channel: &D40, message: &Message, mode: CommMode, form: Option<KeyForm>) -> Reading {
    let has_data = message.data_len() > 0;
    let (command, key) = if let Some(form) = form {
        let opened = channel.open_key(&message.body, message.header_len, form);
        (opened_key(opened.as_ref(), true), opened)
    } else {
        let open = |extent| channel.open_command(&message.body, message.header_len, mode, extent);
        (fitting(&message.command_extents(), open), None)
    };
    let answer_mode = D40::answer_mode(mode, has_data);
    let response = message.success().map(|_| {
        fitting(&message.response_extents(), |extent| {
            channel.open_response(&message.answer, answer_mode, extent)
        })
    });
    Reading {
        mode: Some(mode),
        command,
        form,
        key,
        response,
        ivs: None,
    }
}

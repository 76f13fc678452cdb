//! Opening the exchanges of a D40 session as an observer (DESFire reference §4.2, §4.7).
//!
//! Only the data of file commands and three management commands are protected. The mode follows from lengths, and where
//! a MAC and a cryptogram are as long as each other, from the check that fits.

use crate::card::{CommMode, KeyType};
use crate::command::{Rule, Spec};
use crate::keyring::Keyring;
use crate::secure_messaging::D40;

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
    let ends = message.ends_with_own_key();
    if message.is_cut(SIZES) {
        cut_off(exchange, &message);
    } else {
        let readings = modes(&message).into_iter();
        let readings = readings.map(|mode| read(&channel, &message, mode));
        let mut reading = best(readings, |reading| reading).unwrap_or_default();
        if message.success().is_none() && message.shape.command == Some(0) {
            reading.mode = message.granted;
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
    let sealed_command = SIZES.can_be_sealed(message.data_len());
    let answer = message.answer.len();
    match message.rule {
        // Which protection it has in D40 is in no public source; a checksum that fits tells.
        Some(Rule::Full) if message.ins == 0x51 && SIZES.can_be_sealed(answer) => {
            vec![CommMode::Full]
        }
        Some(Rule::Full) if message.data_len() == 0 => vec![CommMode::Plain],
        Some(Rule::Full) => vec![CommMode::Full],
        Some(Rule::FullUnlessFree) if sealed_command => vec![CommMode::Full],
        Some(Rule::File) => match (message.shape.command, message.shape.response) {
            (Some(announced @ 1..), _) => message.command_modes(SIZES, announced),
            (Some(_), Some(known)) => message.likeliest_first([
                (CommMode::Mac, answer == known + SIZES.mac),
                (
                    CommMode::Full,
                    answer == SIZES.sealed(known) || answer == SIZES.marked(known),
                ),
                (CommMode::Plain, answer == known),
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

fn read(channel: &D40, message: &Message, mode: CommMode) -> Reading {
    let has_data = message.data_len() > 0;
    let (command, key) = if let Some(form) = message.form {
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
        key,
        response,
        ivs: None,
    }
}

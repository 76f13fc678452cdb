//! Recorded frames joined to exchanges.

use serde_json::Value;
use tapscope::apdu::{AF, CommandApdu, ResponseApdu};

use crate::support::vectors::bytes;

/// One command with its answer, as sent.
pub(crate) struct Exchange {
    pub(crate) ins: u8,
    /// Everything after the command code, of all frames; of an authentication the first frame alone.
    pub(crate) command: Vec<u8>,
    /// The answer's data, of all frames; of an authentication that of the last.
    pub(crate) answer: Vec<u8>,
    pub(crate) status: u8,
    /// The card's first answer and the host's second frame, of an authentication.
    pub(crate) challenge: Vec<u8>,
    pub(crate) token: Vec<u8>,
    /// What the exchange must decode to.
    pub(crate) expect: Value,
}

impl Exchange {
    pub(crate) fn is_authentication(&self) -> bool {
        matches!(self.ins, 0x0A | 0x1A | 0xAA)
    }
}

pub(crate) fn exchanges(conversation: &Value) -> Vec<Exchange> {
    let mut all = Vec::new();
    let mut open: Option<Exchange> = None;
    for apdu in conversation["apdus"].as_array().expect("apdus") {
        let (command, response) = (bytes(apdu, "command"), bytes(apdu, "response"));
        let command = CommandApdu::parse(&command);
        let response = ResponseApdu::parse(command.form, &response).expect("a status");
        let mut exchange = match open.take() {
            Some(mut exchange) => {
                assert_eq!(command.ins, AF);
                if exchange.is_authentication() {
                    exchange.token = command.body.to_vec();
                } else {
                    exchange.command.extend_from_slice(command.body);
                }
                exchange
            }
            None => Exchange {
                ins: command.ins,
                command: command.body.to_vec(),
                answer: Vec::new(),
                status: 0,
                challenge: Vec::new(),
                token: Vec::new(),
                expect: Value::Null,
            },
        };
        let partial = response.status.is_additional_frame();
        if partial && exchange.is_authentication() {
            exchange.challenge = response.data.to_vec();
        } else {
            exchange.answer.extend_from_slice(response.data);
        }
        if partial {
            open = Some(exchange);
        } else {
            exchange.status = response.status.code().expect("a status of the card");
            exchange.expect = apdu["expect"].clone();
            all.push(exchange);
        }
    }
    assert!(open.is_none(), "the last command has its answer");
    all
}

//! The transaction MAC that a card gives at CommitTransaction, with its mistakes (DESFire reference §6).

use super::cipher::{Cipher, zeros};
use super::message::Knobs;

/// What a read or write of data adds to the input: `parameters` are offset and length as sent.
pub(crate) fn data_piece(ins: u8, file_no: u8, parameters: &[u8], data: &[u8]) -> Vec<u8> {
    let head = zeros([&[ins, file_no][..], parameters].concat(), 16);
    zeros([&head[..], data].concat(), 16)
}

/// What a value command adds to the input.
pub(crate) fn value_piece(ins: u8, file_no: u8, value: &[u8]) -> Vec<u8> {
    zeros([&[ins, file_no][..], value].concat(), 16)
}

/// TMC and TMV; `counter` is the one after the commit.
pub(crate) fn answer(
    key: &[u8],
    counter: u32,
    uid: &[u8],
    pieces: &[Vec<u8>],
    knobs: &Knobs,
) -> Vec<u8> {
    let used = counter - u32::from(knobs.on("tmv-tmc-behind"));
    let used = if knobs.on("tmv-tmc-big-endian") {
        used.to_be_bytes()
    } else {
        used.to_le_bytes()
    };
    let label = if knobs.on("tmv-key-swapped") {
        0xA5
    } else {
        0x5A
    };
    let vector = [&[label, 0x00, 0x01, 0x00, 0x80][..], &used, uid].concat();
    let session_key = Cipher::aes(key).cmac(&[0; 16], &vector);
    let counted = if knobs.on("tmv-last-command-missing") {
        &pieces[..pieces.len() - 1]
    } else {
        pieces
    };
    let mac = Cipher::aes(&session_key).cmac(&[0; 16], &counted.concat());
    let value: Vec<u8> = if knobs.on("tmv-first-bytes") {
        mac[..8].to_vec()
    } else {
        let first = usize::from(!knobs.on("tmv-even-bytes"));
        mac.into_iter().skip(first).step_by(2).collect()
    };
    [&counter.to_le_bytes()[..], &value].concat()
}

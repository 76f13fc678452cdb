//! D40 secure messaging of both sides, with its mistakes (DESFire reference §4.2).

use tapscope::card::KeyType;

use super::cipher::{Cipher, crc16, crc32, zeros};
use super::message::{Answer, Command, Knobs, Mode, Rule};

/// What both sides hold.
#[derive(Clone)]
pub(crate) struct Session {
    kind: KeyType,
    key: Vec<u8>,
    /// Last cipher block that went over the line.
    last: Vec<u8>,
}

impl Session {
    pub(crate) fn new(kind: KeyType, key: Vec<u8>) -> Self {
        Self {
            kind,
            key,
            last: vec![0; 8],
        }
    }

    fn cipher(&self) -> Cipher {
        Cipher::new(self.kind, &self.key)
    }

    fn iv(&self, knobs: &Knobs) -> Vec<u8> {
        if knobs.on("d40-iv-carried") {
            self.last.clone()
        } else {
            vec![0; 8]
        }
    }

    fn mac(&self, data: &[u8], knobs: &Knobs) -> Vec<u8> {
        let (cipher, iv) = (self.cipher(), self.iv(knobs));
        let block = if knobs.on("d40-mac-cmac") {
            cipher.cmac(&iv, data)
        } else {
            let chained = cipher.encipher(&iv, &zeros(data.to_vec(), 8));
            chained[chained.len() - 8..].to_vec()
        };
        let half = if knobs.on("d40-mac-other-half") { 4 } else { 0 };
        block[half..half + 4].to_vec()
    }

    /// Header, data and protection as sent.
    pub(crate) fn command(&mut self, command: &Command, knobs: &Knobs) -> Vec<u8> {
        let Command {
            ins, header, data, ..
        } = command;
        if command.is_sealed() && !knobs.on("plain-in-full") {
            let mut plain = data.clone();
            if command.rule != Rule::Key {
                plain.extend(if knobs.on("d40-crc32") {
                    crc32(data)
                } else if knobs.on("d40-crc-with-cmd") {
                    crc16(&[&[*ins][..], header, data].concat())
                } else {
                    crc16(data)
                });
            }
            let (cipher, iv, plain) = (self.cipher(), self.iv(knobs), zeros(plain, 8));
            let sealed = if knobs.on("d40-enciphered") {
                cipher.encipher(&iv, &plain)
            } else {
                cipher.send(&iv, &plain)
            };
            self.last = sealed[sealed.len() - 8..].to_vec();
            return [&header[..], &sealed].concat();
        }
        let is_maced = command.rule == Rule::File && !data.is_empty();
        let is_maced = is_maced && (command.mode != Mode::Plain || knobs.on("mac-on-free-access"));
        let mac = if is_maced && !knobs.on("mac-missing") {
            self.mac(data, knobs)
        } else {
            Vec::new()
        };
        [&header[..], data, &mac].concat()
    }

    /// Data and protection as answered.
    pub(crate) fn answer(&mut self, answer: &Answer, knobs: &Knobs) -> Vec<u8> {
        let data = &answer.data;
        if answer.rule != Rule::File || data.is_empty() {
            return data.clone();
        }
        match answer.mode {
            Mode::Plain => data.clone(),
            Mode::Mac => [&data[..], &self.mac(data, knobs)].concat(),
            Mode::Full => {
                let plain = zeros([&data[..], &crc16(data)].concat(), 8);
                let sealed = self.cipher().encipher(&self.iv(knobs), &plain);
                self.last = sealed[sealed.len() - 8..].to_vec();
                sealed
            }
        }
    }
}

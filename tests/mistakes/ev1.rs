//! EV1 secure messaging of both sides, with its mistakes (DESFire reference §4.3).

use tapscope::card::KeyType;

use super::cipher::{Cipher, crc16, crc32, zeros};
use super::handshake::legacy_key;
use super::message::{Answer, Command, Knobs, Mode, OK, Rule, wrapping};

/// What both sides hold.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) kind: KeyType,
    pub(crate) auth_key: Vec<u8>,
    pub(crate) rnd_a: Vec<u8>,
    pub(crate) rnd_b: Vec<u8>,
    iv: Vec<u8>,
    /// Of the exchange before, and of the present one.
    command: Step,
    answer: Step,
    pub(crate) before: Option<Box<Self>>,
}

/// One message's part in the IV's way.
#[derive(Clone, Default)]
struct Step {
    iv: Vec<u8>,
    /// What the CMAC covered; `None` for a cryptogram.
    covered: Option<Vec<u8>>,
}

impl Session {
    pub(crate) fn new(kind: KeyType, auth_key: &[u8], rnd_a: &[u8], rnd_b: &[u8]) -> Self {
        let iv = if kind == KeyType::Aes128 { 16 } else { 8 };
        Self {
            kind,
            auth_key: auth_key.to_vec(),
            rnd_a: rnd_a.to_vec(),
            rnd_b: rnd_b.to_vec(),
            iv: vec![0; iv],
            command: Step::default(),
            answer: Step::default(),
            before: None,
        }
    }

    fn key(&self, knobs: &Knobs) -> Vec<u8> {
        if knobs.on("ev1-old-session") {
            return self.before.as_ref().unwrap().key(&Knobs::default());
        }
        if knobs.on("ev1-static-key") {
            return self.auth_key.clone();
        }
        let (a, b) = if knobs.on("ev1-key-rnd-swapped") {
            (&self.rnd_b, &self.rnd_a)
        } else {
            (&self.rnd_a, &self.rnd_b)
        };
        if knobs.on("ev1-key-thirds") {
            let thirds = [&a[..4], &b[..4], &a[4..8], &b[4..8], &a[12..], &b[12..]];
            return thirds.concat();
        }
        legacy_key(self.kind, a, b)
    }

    fn cipher(&self, knobs: &Knobs) -> Cipher {
        Cipher::new(self.kind, &self.key(knobs))
    }

    /// Where a host that errs about the exchange before starts.
    fn host_iv(&self, knobs: &Knobs) -> Vec<u8> {
        let right = self.cipher(&Knobs::default());
        let again = |iv: &[u8], covered: &[u8]| right.cmac(iv, covered);
        if knobs.on("ev1-iv-command-skipped") {
            return again(&self.command.iv, self.answer.covered.as_ref().unwrap());
        }
        if knobs.on("ev1-iv-response-skipped") {
            return self.answer.iv.clone();
        }
        if knobs.on("ev1-mac-no-status") {
            let covered = self.answer.covered.as_ref().unwrap();
            return again(&self.answer.iv, &covered[..covered.len() - 1]);
        }
        self.common_iv(knobs)
    }

    /// Where a card that errs about the command starts.
    fn card_iv(&self, knobs: &Knobs) -> Vec<u8> {
        if knobs.on("ev1-iv-command-skipped") {
            return self.command.iv.clone();
        }
        if knobs.on("ev1-mac-no-cmd") {
            let covered = self.command.covered.as_ref().unwrap();
            return self.cipher(knobs).cmac(&self.command.iv, &covered[1..]);
        }
        // A wrong session key is wrong for the command's CMAC as well.
        if let Some(covered) = &self.command.covered
            && self.key(knobs) != self.key(&Knobs::default())
        {
            return self.cipher(knobs).cmac(&self.command.iv, covered);
        }
        self.common_iv(knobs)
    }

    fn common_iv(&self, knobs: &Knobs) -> Vec<u8> {
        let mut iv = self.iv.clone();
        if knobs.on("ev1-iv-zero") {
            iv.fill(0);
        }
        if knobs.on("ev1-iv-truncated") {
            iv[8..].fill(0);
        }
        iv
    }

    /// Header, data and protection as sent.
    pub(crate) fn command(&mut self, command: &Command, knobs: &Knobs) -> Vec<u8> {
        let Command {
            ins, header, data, ..
        } = command;
        let cipher = self.cipher(knobs);
        let iv = self.host_iv(knobs);
        let mut step = Step {
            iv: iv.clone(),
            covered: None,
        };
        if command.is_sealed() && !knobs.on("plain-in-full") {
            let mut plain = data.clone();
            if command.rule != Rule::Key {
                let whole = [&[*ins][..], header, data].concat();
                plain.extend(checksum(&whole, data, knobs));
            }
            let sealed = cipher.encipher(&iv, &zeros(plain, cipher.block()));
            self.iv = sealed[sealed.len() - cipher.block()..].to_vec();
            self.command = step;
            return [&header[..], &sealed].concat();
        }
        let is_sent = command.rule == Rule::File && !data.is_empty();
        let is_sent = is_sent && (command.mode != Mode::Plain || knobs.on("mac-on-free-access"));
        let head = if knobs.on("ev1-mac-no-cmd") {
            Vec::new()
        } else if knobs.on("ev1-mac-wrapped") {
            wrapping(*ins, header.len() + data.len() + 8)
        } else {
            vec![*ins]
        };
        let middle: &[u8] = if knobs.on("ev1-mac-no-header") {
            &[]
        } else {
            header
        };
        let covered = [&head, middle, data].concat();
        let mac = cipher.cmac(&iv, &covered);
        self.iv.clone_from(&mac);
        step.covered = Some(covered);
        self.command = step;
        let sent = if is_sent && !knobs.on("mac-missing") {
            shortened(&mac, knobs)
        } else {
            Vec::new()
        };
        [&header[..], data, &sent].concat()
    }

    /// Data and protection as answered.
    pub(crate) fn answer(&mut self, answer: &Answer, knobs: &Knobs) -> Vec<u8> {
        if answer.rule == Rule::Ending {
            return answer.data.clone();
        }
        let cipher = self.cipher(knobs);
        let iv = self.card_iv(knobs);
        let mut step = Step {
            iv: iv.clone(),
            covered: None,
        };
        let data = &answer.data;
        if answer.is_sealed() {
            let whole = [&data[..], &[OK]].concat();
            let plain = [&data[..], &checksum(&whole, data, knobs)].concat();
            let sealed = cipher.encipher(&iv, &zeros(plain, cipher.block()));
            self.iv = sealed[sealed.len() - cipher.block()..].to_vec();
            self.answer = step;
            return sealed;
        }
        let covered = if knobs.on("ev1-mac-no-status") {
            data.clone()
        } else if knobs.on("ev1-mac-status-first") {
            [&[OK][..], data].concat()
        } else if knobs.on("ev1-mac-sw") {
            [&data[..], &[0x91, OK]].concat()
        } else {
            [&data[..], &[OK]].concat()
        };
        let mac = cipher.cmac(&iv, &covered);
        self.iv.clone_from(&mac);
        step.covered = Some(covered);
        self.answer = step;
        [&data[..], &shortened(&mac, knobs)].concat()
    }
}

fn shortened(mac: &[u8], knobs: &Knobs) -> Vec<u8> {
    if knobs.on("ev1-mac-odd-bytes") {
        return mac.iter().skip(1).step_by(2).copied().collect();
    }
    if knobs.on("ev1-mac-last-bytes") {
        return mac[mac.len() - 8..].to_vec();
    }
    mac[..8].to_vec()
}

/// The checksum over `whole`, which is more than `data`.
fn checksum(whole: &[u8], data: &[u8], knobs: &Knobs) -> Vec<u8> {
    if knobs.on("ev1-crc16") {
        return crc16(data);
    }
    let short = knobs.on("ev1-crc-data-only") || knobs.on("ev1-crc-no-status");
    let mut crc = crc32(if short { data } else { whole });
    if knobs.on("ev1-crc-inverted") {
        crc = crc.iter().map(|byte| !byte).collect();
    }
    if knobs.on("ev1-crc-big-endian") {
        crc.reverse();
    }
    crc
}

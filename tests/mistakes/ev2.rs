//! EV2 secure messaging of both sides, with its mistakes (DESFire reference §4.4).

use super::cipher::{Cipher, xor};
use super::message::{Answer, Command, Knobs, Mode, OK, Rule, wrapping};

/// What both sides hold.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) key: Vec<u8>,
    pub(crate) rnd_a: Vec<u8>,
    pub(crate) rnd_b: Vec<u8>,
    pub(crate) ti: Vec<u8>,
    pub(crate) ctr: u16,
    pub(crate) before: Option<Box<Self>>,
}

struct Keys {
    enc: Vec<u8>,
    mac: Vec<u8>,
}

impl Session {
    fn keys(&self, knobs: &Knobs) -> Keys {
        if knobs.on("ev2-old-session") {
            return self.before.as_ref().unwrap().keys(&Knobs::default());
        }
        let (enc, mac) = if knobs.on("ev2-static-key") {
            (self.key.clone(), self.key.clone())
        } else {
            let context = self.context(knobs);
            let zero = vec![0; 16];
            let key = if knobs.on("ev2-zero-key") {
                &zero
            } else {
                &self.key
            };
            let key = Cipher::aes(key);
            let derive = |label: [u8; 2]| {
                let vector = [&label[..], &[0x00, 0x01, 0x00, 0x80], &context].concat();
                key.cmac(&[0; 16], &vector)
            };
            (derive([0xA5, 0x5A]), derive([0x5A, 0xA5]))
        };
        if knobs.on("ev2-keys-swapped") {
            return Keys { enc: mac, mac: enc };
        }
        Keys { enc, mac }
    }

    fn context(&self, knobs: &Knobs) -> Vec<u8> {
        let (a, b) = if knobs.on("ev2-sv-rnd-swapped") {
            (&self.rnd_b, &self.rnd_a)
        } else {
            (&self.rnd_a, &self.rnd_b)
        };
        let middle = if knobs.on("ev2-sv-no-xor") {
            a[2..8].to_vec()
        } else {
            xor(&a[2..8], &b[..6])
        };
        [&a[..2], &middle, &b[6..], &a[8..]].concat()
    }

    fn ti(&self, knobs: &Knobs) -> Vec<u8> {
        let mut ti = self.ti.clone();
        if knobs.on("ev2-ti-old") {
            ti.clone_from(&self.before.as_ref().unwrap().ti);
        }
        if knobs.on("ev2-ti-reversed") {
            ti.reverse();
        }
        ti
    }

    fn ctr(&self, is_answer: bool, knobs: &Knobs) -> [u8; 2] {
        let mut ctr = self.ctr + u16::from(is_answer);
        if knobs.on("ev2-ctr-ahead") {
            ctr += 1;
        }
        if knobs.on("ev2-ctr-behind") || knobs.on("ev2-ctr-response") {
            ctr -= 1;
        }
        if knobs.on("ev2-ctr-zero") {
            ctr = 0;
        }
        if knobs.on("ev2-ctr-big-endian") {
            return ctr.to_be_bytes();
        }
        ctr.to_le_bytes()
    }

    fn iv(&self, is_answer: bool, knobs: &Knobs) -> Vec<u8> {
        if knobs.on("ev2-iv-zero") {
            return vec![0; 16];
        }
        let label = if is_answer == knobs.on("ev2-iv-labels-swapped") {
            [0xA5, 0x5A]
        } else {
            [0x5A, 0xA5]
        };
        let ctr = self.ctr(is_answer, knobs);
        let block = [&label[..], &self.ti(knobs), &ctr, &[0; 8]].concat();
        let keys = self.keys(knobs);
        if knobs.on("ev2-iv-plain") {
            block
        } else if knobs.on("ev2-iv-mac-key") {
            Cipher::aes(&keys.mac).one(&block)
        } else {
            Cipher::aes(&keys.enc).one(&block)
        }
    }

    fn sealed(&self, is_answer: bool, data: &[u8], knobs: &Knobs) -> Vec<u8> {
        let iv = self.iv(is_answer, knobs);
        Cipher::aes(&self.keys(knobs).enc).encipher(&iv, &padded(data, knobs))
    }

    /// What stands in the MAC for enciphered data.
    fn covered(data: &[u8], sealed: Option<&Vec<u8>>, knobs: &Knobs) -> Vec<u8> {
        match sealed {
            Some(_) if knobs.on("ev2-mac-over-plain") => data.to_vec(),
            Some(_) if knobs.on("ev2-mac-over-padded") => padded(data, knobs),
            Some(sealed) => sealed.clone(),
            None => data.to_vec(),
        }
    }

    fn mac(&self, is_answer: bool, head: &[u8], tail: &[u8], knobs: &Knobs) -> Vec<u8> {
        let ti = if knobs.on("ev2-ti-missing") {
            Vec::new()
        } else {
            self.ti(knobs)
        };
        let input = [head, &self.ctr(is_answer, knobs), &ti, tail].concat();
        let mac = Cipher::aes(&self.keys(knobs).mac).cmac(&[0; 16], &input);
        if knobs.on("ev2-mac-first-bytes") {
            return mac[..8].to_vec();
        }
        if knobs.on("ev2-mac-last-bytes") {
            return mac[8..].to_vec();
        }
        let first = usize::from(!knobs.on("ev2-mac-even-bytes"));
        mac.into_iter().skip(first).step_by(2).collect()
    }

    /// Header, data and MAC as sent.
    pub(crate) fn command(&self, command: &Command, knobs: &Knobs) -> Vec<u8> {
        let Command {
            ins, header, data, ..
        } = command;
        let plain = [&header[..], data].concat();
        if command.mode == Mode::Plain && !knobs.on("mac-on-free-access") || knobs.on("mac-missing")
        {
            return plain;
        }
        let is_sealed = command.is_sealed() && !knobs.on("plain-in-full");
        let sealed = is_sealed.then(|| self.sealed(false, data, knobs));
        let covered = Self::covered(data, sealed.as_ref(), knobs);
        let data = sealed.as_ref().unwrap_or(data);
        let head = if knobs.on("ev2-mac-no-cmd") {
            Vec::new()
        } else if knobs.on("ev2-mac-wrapped") {
            wrapping(*ins, header.len() + data.len() + 8)
        } else {
            vec![*ins]
        };
        let tail = if knobs.on("ev2-mac-no-header") {
            covered
        } else {
            [&header[..], &covered].concat()
        };
        [&header[..], data, &self.mac(false, &head, &tail, knobs)].concat()
    }

    /// Data and MAC as answered.
    pub(crate) fn answer(&self, answer: &Answer, knobs: &Knobs) -> Vec<u8> {
        if answer.mode == Mode::Plain || answer.rule == Rule::Ending {
            return answer.data.clone();
        }
        let sealed = answer.is_sealed();
        let sealed = sealed.then(|| self.sealed(true, &answer.data, knobs));
        let covered = Self::covered(&answer.data, sealed.as_ref(), knobs);
        let head = if knobs.on("ev2-mac-no-status") {
            Vec::new()
        } else if knobs.on("ev2-mac-sw") {
            vec![0x91, OK]
        } else {
            vec![OK]
        };
        let data = sealed.as_ref().unwrap_or(&answer.data);
        [&data[..], &self.mac(true, &head, &covered, knobs)].concat()
    }
}

fn padded(data: &[u8], knobs: &Knobs) -> Vec<u8> {
    let mut padded = data.to_vec();
    if knobs.on("ev2-padding-missing") && data.len().is_multiple_of(16) {
        return padded;
    }
    padded.push(if knobs.on("ev2-padding-zeros") {
        0x00
    } else {
        0x80
    });
    padded.resize(padded.len().next_multiple_of(16), 0);
    padded
}

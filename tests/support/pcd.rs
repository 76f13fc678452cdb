//! The host of the library against a card, with commands in hexadecimal.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(unreachable_pub, reason = "used as a module of several tests")]

use tapscope::apdu::{AF, CommandApdu, Frame, FrameForm, Status};
use tapscope::bytes::hex;
use tapscope::card::{CommMode, KeyType};
use tapscope::command::{Command, spec};
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::dialogue::{Host, Reply, Request};
use tapscope::secure_messaging::KeyChange;
use tapscope::secure_messaging::handshake::AuthKey;
use tapscope::virtual_card::{Card, Image};

/// Host and card.
pub struct Pcd {
    pub host: Host,
    pub card: Card,
    entropy: SeededEntropy,
    /// Every frame's answer, with the frame that began the command.
    pub seen: Vec<(Vec<u8>, Vec<u8>)>,
}

/// An authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// AuthenticateEV2First.
    Ev2,
    /// AuthenticateEV2NonFirst.
    Again,
    /// Authenticate.
    D40,
    /// AuthenticateISO or AuthenticateAES.
    Ev1,
    /// The three ISO commands.
    Iso,
}

impl Pcd {
    pub fn new(image: &Image) -> Self {
        Self {
            host: Host::new(FrameForm::Native),
            card: Card::new(image, Box::new(SeededEntropy::new(3))).unwrap(),
            entropy: SeededEntropy::new(4),
            seen: Vec::new(),
        }
    }

    /// A frame past the host; gives the answer.
    pub fn raw(&mut self, frame: &str) -> String {
        let bytes = hex::parse(frame).unwrap();
        let answer = self.card.handle(&bytes);
        let began = match self.seen.last() {
            Some((first, before)) if bytes[0] == AF && before.first() == Some(&AF) => first.clone(),
            _ => bytes,
        };
        self.seen.push((began, answer.clone()));
        hex::upper(answer)
    }

    /// Field off and on.
    pub fn tap(&mut self) {
        self.card.reset();
        self.host.power_off();
    }

    pub fn run(&mut self, request: &Request) -> Reply {
        self.host.start(request).unwrap();
        let mut reply = None;
        let mut first = Vec::new();
        while let Some(sent) = self.host.poll_transmit() {
            let answer = self.card.exchange(&sent).unwrap();
            if sent[0] != AF {
                first = sent;
            }
            self.seen.push((first.clone(), answer.clone()));
            reply = self.host.handle_response(&answer).unwrap();
        }
        reply.unwrap()
    }

    /// A request during which the card loses its power before this write; whether it did.
    pub fn torn(&mut self, request: &Request, write: u32) -> bool {
        self.card.tear_after(write);
        self.host.start(request).unwrap();
        while let Some(sent) = self.host.poll_transmit() {
            let Ok(answer) = self.card.exchange(&sent) else {
                self.card.power_on();
                self.host.power_off();
                return true;
            };
            self.host.handle_response(&answer).unwrap();
        }
        false
    }

    /// A command, code first; gives status and plain data.
    pub fn call(&mut self, command: &str, mode: CommMode) -> (u8, String) {
        let reply = self.run(&request(command, mode));
        (reply.status.code().unwrap(), hex::upper(reply.data))
    }

    pub fn ok(&mut self, command: &str, mode: CommMode) -> String {
        let (status, data) = self.call(command, mode);
        assert_eq!(status, 0, "{command}: {status:02X}");
        data
    }

    pub fn refused(&mut self, command: &str, mode: CommMode, status: u8) {
        let (got, _) = self.call(command, mode);
        assert_eq!(got, status, "{command}: {got:02X} for {status:02X}");
    }

    /// An ISO command; gives status word and data.
    pub fn iso(&mut self, command: &str) -> (u16, String) {
        let reply = self.run(&iso_request(command));
        let Status::Iso(word) = reply.status else {
            panic!("{}", reply.status)
        };
        (word, hex::upper(reply.data))
    }

    /// Gives the status; `0000` is success of any form.
    pub fn authenticate(&mut self, way: Way, key_no: u8, kind: KeyType, key: &[u8]) -> Status {
        let auth = AuthKey::new(kind, key).unwrap();
        let mut rnd_a = vec![0; auth.rnd_len()];
        self.entropy.fill(&mut rnd_a);
        let request = match way {
            Way::Ev2 | Way::Again => Request::Authenticate {
                first: way == Way::Ev2,
                key_no,
                key: key.try_into().unwrap(),
                rnd_a: rnd_a.try_into().unwrap(),
                pcdcap2: Vec::new(),
            },
            Way::D40 | Way::Ev1 => Request::AuthenticateLegacy {
                d40: way == Way::D40,
                key_no,
                key: Box::new(auth),
                rnd_a: Secret::new(rnd_a),
            },
            Way::Iso => Request::AuthenticateIso {
                reference: key_no,
                key: Box::new(auth),
                rpcd2: rnd_a.iter().map(|byte| byte ^ 0x5A).collect(),
                rpcd1: Secret::new(rnd_a),
            },
        };
        self.run(&request).status
    }

    /// Gives the status.
    pub fn change_key(
        &mut self,
        key_no: u8,
        new: &[u8],
        version: Option<u8>,
        old: Option<&[u8]>,
    ) -> u8 {
        self.run(&key_request(key_no, new, version, old))
            .status
            .code()
            .unwrap()
    }
}

/// A DESFire command in hexadecimal, code first.
pub fn request(command: &str, mode: CommMode) -> Request {
    let bytes = hex::parse(command).unwrap();
    let header_len = spec(bytes[0]).unwrap().header_len(bytes.len() - 1);
    let frame = Frame::desfire(bytes[0], bytes[1..].to_vec(), header_len);
    let command = Command::parse(&frame);
    Request::Command { command, mode }
}

/// An ISO command in hexadecimal, class first.
pub fn iso_request(command: &str) -> Request {
    let bytes = hex::parse(command).unwrap();
    let apdu = CommandApdu::parse(&bytes);
    let mut frame = Frame::desfire(apdu.ins, apdu.body.to_vec(), apdu.body.len());
    (frame.family, frame.p1p2, frame.le) = (apdu.family(), apdu.p1p2, apdu.le);
    let mode = CommMode::Plain;
    let command = Command::parse(&frame);
    Request::Command { command, mode }
}

/// ChangeKey; `old` where it is not the session's key.
pub fn key_request(key_no: u8, new: &[u8], version: Option<u8>, old: Option<&[u8]>) -> Request {
    Request::ChangeKey {
        key_set: None,
        key_no,
        change: KeyChange {
            new: Secret::new(new),
            version,
            old: old.map(Secret::new),
        },
    }
}

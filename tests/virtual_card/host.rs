//! The host: one command in, status or data out. And the card that the tests share.

use tapscope::bytes::hex;
use tapscope::card::CommMode;
use tapscope::card::product::Product;
use tapscope::command::spec;
use tapscope::crypto::crc::crc32;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::secure_messaging::{Ev2, Verdict, handshake};
use tapscope::virtual_card::{Card, Image};

pub(crate) use tapscope::card::CommMode::{Full, Mac, Plain};

pub(crate) const UID: [u8; 7] = [0x04, 0x78, 0x2E, 0x21, 0x80, 0x1D, 0x80];
pub(crate) const AID: &str = "994401";
/// No answer came.
pub(crate) const LOST: u8 = 0xFF;

/// A key of the test card: different for each number, never symmetric.
pub(crate) fn key(number: u8) -> [u8; 16] {
    std::array::from_fn(|i| {
        let i = u8::try_from(i).unwrap();
        let mixed = i.wrapping_mul(29).wrapping_add(7);
        mixed.wrapping_mul(number.wrapping_mul(2) | 1) ^ number.wrapping_add(0x51)
    })
}

pub(crate) const PICC: u8 = 100;
pub(crate) const DEFAULT: u8 = 101;
pub(crate) const TMAC: u8 = 102;

pub(crate) struct Host {
    pub(crate) card: Card,
    pub(crate) session: Option<Ev2>,
    draws: u8,
}

impl Host {
    pub(crate) fn new(image: &Image) -> Self {
        let card = Card::new(image, Box::new(SeededEntropy::new(7))).unwrap();
        Self {
            card,
            session: None,
            draws: 0,
        }
    }

    /// A blank card.
    pub(crate) fn blank() -> Self {
        Self::new(&Image::blank(Product::DesfireEv3, UID, key(PICC)))
    }

    /// A card with the files of these tests; `reader_id` is the ReadWrite nibble of the TransactionMAC file.
    ///
    /// `01` standard Full, `02` backup MAC, `03` value Full with LimitedCredit, `04` linear MAC, `05` cyclic MAC,
    /// `06` standard, read free, `07` cyclic, written free, `0F` TransactionMAC.
    pub(crate) fn personalised(reader_id: char) -> Self {
        let mut host = Self::blank();
        host.authenticate(0, PICC).unwrap();
        let default = format!("5C01 {} 0000000000000000 09", hex::upper(key(DEFAULT)));
        host.ok(&default, Full);
        host.ok(&format!("CA {AID} 0B A5 01DF D276000085AA"), Mac);
        host.select();
        host.authenticate(0, DEFAULT).unwrap();
        for number in 1..5 {
            host.ok(&change_key(number, DEFAULT, number, 0x10 + number), Full);
        }
        let own = format!("C400 {} 10", hex::upper(key(0)));
        assert_eq!(host.call_unchecked(&own, Full), Ok(Vec::new()));
        host.authenticate(0, 0).unwrap();
        for create in [
            "CD 01 01E1 03 3012 200000",
            "CB 02 02E1 01 3012 200000",
            "CC 03 03 3012 00000000 50C30000 E8030000 01",
            "C1 04 04E1 01 3012 100000 020000",
            "C0 05 05E1 01 3012 100000 040000",
            "CD 06 06E1 01 30E2 C80000",
            "C0 07 07E1 00 30EE 040000 030000",
        ] {
            host.ok(create, Mac);
        }
        let tmac = format!("CE 0F 00 {reader_id}0 1F 02 {} 02", hex::upper(key(TMAC)));
        host.ok(&tmac, Full);
        host
    }

    pub(crate) fn native(&mut self, command: &str) -> String {
        hex::upper(self.card.handle(&hex::parse(command).unwrap()))
    }

    pub(crate) fn select(&mut self) {
        self.session = None;
        assert_eq!(self.native(&format!("5A{AID}")), "00");
    }

    /// Power off and on, application selected again.
    pub(crate) fn tap(&mut self) {
        self.card.reset();
        self.select();
    }

    pub(crate) fn authenticate(&mut self, key_no: u8, name: u8) -> Result<(), u8> {
        self.handshake(&[0x71, key_no, 0], key(name), true)
    }

    /// With a key of another card than the test card.
    pub(crate) fn authenticate_with(&mut self, key_no: u8, key: [u8; 16]) -> Result<(), u8> {
        self.handshake(&[0x71, key_no, 0], key, true)
    }

    pub(crate) fn renew(&mut self, key_no: u8, name: u8) -> Result<(), u8> {
        self.handshake(&[0x77, key_no], key(name), false)
    }

    fn handshake(&mut self, start: &[u8], key: [u8; 16], first: bool) -> Result<(), u8> {
        self.draws += 1;
        let draws = self.draws;
        let rnd_a = std::array::from_fn(|i| u8::try_from(i * 11).unwrap() ^ draws);
        let mut host = handshake::Host::new(key, rnd_a, first);
        let challenge = self.frame(start);
        if challenge[0] != 0xAF {
            return Err(challenge[0]);
        }
        let token = host.answer(&challenge[1..]).unwrap();
        let proof = self.frame(&[&[0xAF], &token[..]].concat());
        if proof[0] != 0 {
            return Err(proof[0]);
        }
        let opened = host.finish(&proof[1..]).unwrap();
        match (opened.ti, &mut self.session) {
            (Some(ti), session) => *session = Some(Ev2::new(&opened.keys, ti)),
            (None, Some(session)) => session.renew(&opened.keys),
            (None, None) => panic!("NonFirst without a session"),
        }
        Ok(())
    }

    /// One command in the session; a good answer must have good protection.
    pub(crate) fn call(&mut self, command: &str, mode: CommMode) -> Result<Vec<u8>, u8> {
        let (status, data) = self.send(command, mode);
        let Some(session) = &mut self.session else {
            return if status == 0 { Ok(data) } else { Err(status) };
        };
        if status == 0 {
            let opened = session.open_response(status, &data, mode);
            let mac = opened.mac.verdict;
            assert!(
                mac == Verdict::Ok || mode == Plain,
                "{command}: MAC {mac:?}"
            );
            assert_ne!(opened.padding, Verdict::Bad);
            session.complete();
            return Ok(opened.plain.unwrap());
        }
        if status == 0x0C {
            session.complete();
        } else {
            self.session = None;
        }
        Err(status)
    }

    /// One command whose answer comes without a MAC and ends the session.
    pub(crate) fn call_unchecked(&mut self, command: &str, mode: CommMode) -> Result<Vec<u8>, u8> {
        let (status, data) = self.send(command, mode);
        self.session = None;
        if status == 0 { Ok(data) } else { Err(status) }
    }

    pub(crate) fn ok(&mut self, command: &str, mode: CommMode) -> String {
        match self.call(command, mode) {
            Ok(data) => hex::upper(&data),
            Err(status) => panic!("{command}: {status:02X}"),
        }
    }

    /// The command must be refused, and the session be gone: no command with a MAC is taken any more.
    pub(crate) fn refused(&mut self, command: &str, mode: CommMode, status: u8) {
        let before = self.session.clone();
        assert_eq!(self.call(command, mode), Err(status), "{command}");
        if before.is_some() {
            self.session = before;
            let after = self.send("51", Full);
            self.session = None;
            assert_ne!(after.0, 0, "{command}: the session is still open");
        }
    }

    /// Sends a command, frames and all; gives the last status and all data as received.
    pub(crate) fn send(&mut self, command: &str, mode: CommMode) -> (u8, Vec<u8>) {
        let bytes = hex::parse(command).unwrap();
        let (ins, body) = bytes.split_first().unwrap();
        let body = match &self.session {
            Some(session) => {
                let header_len = spec(*ins).unwrap().header_len(body.len());
                let frame = tapscope::apdu::Frame::desfire(*ins, body.to_vec(), header_len);
                session.seal_command(&frame, mode).unwrap()
            }
            None => body.to_vec(),
        };
        let mut answer = Vec::new();
        for (i, part) in tapscope::apdu::chunks(&body, 59).enumerate() {
            assert!(i == 0 || answer == [0xAF], "{command}: chain refused");
            let ins = if i == 0 { *ins } else { 0xAF };
            answer = self.frame(&[&[ins], part].concat());
        }
        let mut data = answer.split_off(1);
        while answer == [0xAF] {
            answer = self.frame(&[0xAF]);
            data.extend(answer.split_off(1));
        }
        (answer[0], data)
    }

    fn frame(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.card.exchange(bytes).unwrap_or_else(|_| vec![LOST])
    }
}

/// ChangeKey of another key than the session's.
pub(crate) fn change_key(number: u8, old: u8, new: u8, version: u8) -> String {
    let (old, new) = (key(old), key(new));
    let mixed: Vec<u8> = old.iter().zip(new).map(|(a, b)| a ^ b).collect();
    let crc = hex::upper(crc32(&new));
    format!("C4{number:02X} {} {version:02X} {crc}", hex::upper(&mixed))
}

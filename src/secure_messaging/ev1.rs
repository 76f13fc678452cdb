//! EV1 secure messaging with DES, 2K3DES, 3K3DES or AES (DESFire reference §4.3).
//!
//! ```text
//! IV         zero after authentication, then the whole last CMAC or the last cipher block, in both directions
//! command    CMAC over Cmd ‖ header ‖ data, for every command that has no enciphered data; bytes 0 to 7 are sent
//!            after the data in CommMode.MAC, otherwise it only moves the IV
//! answer     CMAC over data ‖ RC, bytes 0 to 7 sent in every mode, unless the data is enciphered
//! Full       header ‖ CBC(data ‖ CRC32(Cmd ‖ header ‖ data) ‖ padding) | CBC(data ‖ CRC32(data ‖ RC) ‖ padding)
//! ```
//! Every message of a session has to pass through the channel, plain ones too, or the IV is lost.

mod worked;

use std::sync::Arc;

use super::change_key::{self, KeyChange, KeyForm, OpenedKey};
use super::extent::Extent;
use super::verdict::{Check, Opened, Verdict};
use crate::apdu::Frame;
use crate::card::CommMode;
use crate::card::KeyType;
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::crc::{crc32, crc32_over};

/// State of an EV1 session.
#[derive(Clone, Debug)]
pub struct Ev1 {
    kind: KeyType,
    /// Shared: an observer who tries readings copies the session for each.
    cipher: Arc<Cipher>,
    iv: Block,
    in_step: bool,
}

impl Ev1 {
    /// Length of a MAC as transmitted.
    pub const MAC_LEN: usize = 8;

    /// The channel's name in JSON rows.
    pub const fn name(kind: KeyType) -> &'static str {
        match kind {
            KeyType::Des => "ev1-des",
            KeyType::TwoKey3Des => "ev1-2k3des",
            KeyType::ThreeKey3Des => "ev1-3k3des",
            KeyType::Aes128 => "ev1-aes",
        }
    }

    /// A session after its authentication. The session key has 8 bytes (DES), 16 (2K3DES, AES) or 24 (3K3DES).
    pub fn new(kind: KeyType, session_key: &[u8]) -> Option<Self> {
        let (len, cipher) = match kind {
            KeyType::Des => (8, Cipher::des(session_key)?),
            KeyType::TwoKey3Des => (16, Cipher::des(session_key)?),
            KeyType::ThreeKey3Des => (24, Cipher::des(session_key)?),
            KeyType::Aes128 => (16, Cipher::aes(session_key)?),
        };
        (session_key.len() == len).then(|| Self {
            kind,
            iv: cipher.zero(),
            cipher: Arc::new(cipher),
            in_step: true,
        })
    }

    /// Type of the session key.
    pub const fn kind(&self) -> KeyType {
        self.kind
    }

    /// Length of a cipher block and of the IV in bytes.
    pub fn block_len(&self) -> usize {
        self.cipher.block_len()
    }

    /// The IV of the next message; `None` after a gap.
    pub fn iv(&self) -> Option<&[u8]> {
        self.in_step.then(|| self.iv.as_ref())
    }

    /// The same session with another IV; `None` when its length is not that of a block.
    pub fn at(&self, iv: &[u8]) -> Option<Self> {
        Some(Self {
            iv: self.cipher.block(iv)?,
            in_step: true,
            ..self.clone()
        })
    }

    /// A message was missed: the IV is not known until the next cryptogram, or the next MAC of a cipher whose whole
    /// block is transmitted (all but AES). Sealing then is of no use to anybody.
    pub const fn lose_step(&mut self) {
        self.in_step = false;
    }

    /// The mode of an answer: only the side with data is enciphered.
    pub fn answer_mode(mode: CommMode, command_has_data: bool) -> CommMode {
        match mode {
            CommMode::Full if command_has_data => CommMode::Mac,
            other => other,
        }
    }

    /// Protects a command; the result follows the command code.
    pub fn seal_command(&mut self, frame: &Frame, mode: CommMode, extent: Extent) -> Vec<u8> {
        let mut body = frame.body();
        let start = frame.header.len();
        if mode == CommMode::Full && !frame.data.is_empty() {
            let crc = crc32_over(&of_command(&[frame.ins], &body));
            body.extend_from_slice(&crc);
            extent.fill(&mut body, start, self.block_len());
            self.encipher(&mut body, start);
            return body;
        }
        let mac = self.next_mac(&of_command(&[frame.ins], &body));
        if mode == CommMode::Mac && !frame.data.is_empty() {
            body.extend_from_slice(&mac);
        }
        body
    }

    /// Removes the protection of a command with `header_len` clear bytes.
    pub fn open_command(
        &mut self,
        ins: u8,
        body: &[u8],
        header_len: usize,
        mode: CommMode,
        extent: Extent,
    ) -> Opened {
        let start = header_len.min(body.len());
        let has_data = body.len() > start;
        match mode {
            CommMode::Full if has_data => {
                let header = body.get(..start).unwrap_or_default().to_vec();
                let crc = |data: &[u8]| crc32_over(&[&[ins], &header, data]);
                self.decipher(body.to_vec(), start, extent, crc)
            }
            CommMode::Mac if has_data => {
                let (clear, got) = split_mac(body, start, extent);
                let mac = self.check(&of_command(&[ins], clear), got);
                Opened {
                    plain: Some(clear.to_vec()),
                    mac,
                    ..Opened::default()
                }
            }
            _ => {
                self.next_mac(&of_command(&[ins], body));
                Opened {
                    plain: Some(body.to_vec()),
                    ..Opened::default()
                }
            }
        }
    }

    /// Protects an answer; the result surrounds the status as the framing says. `mode` is that of
    /// [`Ev1::answer_mode`].
    pub fn seal_response(
        &mut self,
        status: u8,
        data: &[u8],
        mode: CommMode,
        extent: Extent,
    ) -> Vec<u8> {
        let mut body = data.to_vec();
        if mode == CommMode::Full && !data.is_empty() {
            body.extend_from_slice(&crc32_over(&of_answer(data, &[status])));
            extent.fill(&mut body, 0, self.block_len());
            self.encipher(&mut body, 0);
        } else {
            let mac = self.next_mac(&of_answer(data, &[status]));
            body.extend_from_slice(&mac);
        }
        body
    }

    /// Removes the protection of an answer. `mode` is that of [`Ev1::answer_mode`].
    pub fn open_response(
        &mut self,
        status: u8,
        body: &[u8],
        mode: CommMode,
        extent: Extent,
    ) -> Opened {
        if mode == CommMode::Full {
            let crc = |data: &[u8]| crc32_over(&of_answer(data, &[status]));
            return self.decipher(body.to_vec(), 0, extent, crc);
        }
        let (clear, got) = split_mac(body, 0, extent);
        let mac = self.check(&of_answer(clear, &[status]), got);
        Opened {
            plain: Some(clear.to_vec()),
            mac,
            ..Opened::default()
        }
    }

    /// Protects a ChangeKey or ChangeKeyEV2; `header` is `KeyNo` or `KeySetNo ‖ KeyNo`, the result follows the
    /// command code.
    pub fn seal_key(&mut self, ins: u8, header: &[u8], change: &KeyChange) -> Vec<u8> {
        let crc = |data: &[u8]| crc32_over(&[&[ins], header, data]);
        let mut body = change_key::seal(header, change, self.block_len(), crc, crc32);
        self.encipher(&mut body, header.len());
        body
    }

    /// Opens a ChangeKey with `header_len` clear bytes; `None` when it has another length than `form` asks for or
    /// the IV is not known.
    pub fn open_key(
        &mut self,
        ins: u8,
        body: &[u8],
        header_len: usize,
        form: KeyForm,
    ) -> Option<OpenedKey> {
        let (header, data) = body.split_at_checked(header_len)?;
        if data.is_empty() || !data.len().is_multiple_of(self.block_len()) {
            self.lose_step();
            return None;
        }
        let known = self.in_step;
        let mut plain = data.to_vec();
        self.iv = self.cipher.decrypt(&self.iv, &mut plain);
        self.in_step = true;
        let crc = |data: &[u8]| crc32_over(&[&[ins], header, data]);
        change_key::open(&plain, form, crc).filter(|_| known)
    }

    /// The whole CMAC over `message` from the present IV, which stays; `None` after a gap.
    pub fn cmac(&self, message: &[u8]) -> Option<Block> {
        self.in_step.then(|| self.cipher.cmac(&self.iv, &[message]))
    }

    /// Computes the CMAC of a message, which becomes the IV, and gives what is transmitted of it.
    fn next_mac(&mut self, parts: &[&[u8]]) -> [u8; Self::MAC_LEN] {
        self.iv = self.cipher.cmac(&self.iv, parts);
        truncated(&self.iv)
    }

    fn check(&mut self, parts: &[&[u8]], got: Option<[u8; Self::MAC_LEN]>) -> Check {
        if self.in_step {
            return Check::of(self.next_mac(parts), got);
        }
        // A cipher with blocks of 8 bytes transmits all of its CMAC, and that is the next IV.
        if let Some(iv) = got.and_then(|got| self.cipher.block(&got)) {
            self.iv = iv;
            self.in_step = true;
        }
        got.map_or_else(Check::failed, |got| Check::unchecked(&got))
    }

    fn encipher(&mut self, body: &mut [u8], start: usize) {
        let padded = body.get_mut(start..).unwrap_or_default();
        self.iv = self.cipher.encrypt(&self.iv, padded);
    }

    /// Deciphers what stands from `start` on. The IV only matters to the first block, and what follows the message
    /// starts from its last block, so a cryptogram brings a lost channel back into step.
    fn decipher(
        &mut self,
        mut body: Vec<u8>,
        start: usize,
        extent: Extent,
        crc: impl Fn(&[u8]) -> [u8; 4],
    ) -> Opened {
        let block = self.block_len();
        let data = body.get_mut(start..).unwrap_or_default();
        if data.is_empty() || !data.len().is_multiple_of(block) {
            self.lose_step();
            return Opened {
                crc: Check::failed(),
                padding: Verdict::Bad,
                ..Opened::default()
            };
        }
        let unread = if self.in_step { 0 } else { block };
        self.iv = self.cipher.decrypt(&self.iv, data);
        self.in_step = true;
        let found = extent.find(data, unread, block, crc);
        data.iter_mut().take(unread).for_each(|byte| *byte = 0);
        let len = found.len;
        Opened {
            plain: len.map(|len| {
                body.truncate(start + len);
                body
            }),
            unread: unread.min(len.unwrap_or_default()),
            crc: found.crc,
            padding: found.padding,
            ..Opened::default()
        }
    }
}

/// What CMAC and CRC32 of a command cover, one part after the other; `body` is `header ‖ data`.
pub const fn of_command<'a>(ins: &'a [u8; 1], body: &'a [u8]) -> [&'a [u8]; 2] {
    [ins, body]
}

/// What CMAC and CRC32 of an answer cover.
pub const fn of_answer<'a>(data: &'a [u8], status: &'a [u8; 1]) -> [&'a [u8]; 2] {
    [data, status]
}

/// What is transmitted of a CMAC: bytes 0 to 7.
pub fn truncated(cmac: &Block) -> [u8; Ev1::MAC_LEN] {
    let mut bytes = cmac.as_ref().iter().copied();
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
}

/// Takes a MAC off what stands from `start` on; none is there when that is the data alone.
fn split_mac(body: &[u8], start: usize, extent: Extent) -> (&[u8], Option<[u8; Ev1::MAC_LEN]>) {
    let has_mac = extent != Extent::Known(body.len().saturating_sub(start));
    match body.split_last_chunk::<{ Ev1::MAC_LEN }>() {
        Some((clear, mac)) if has_mac && clear.len() >= start => (clear, Some(*mac)),
        _ => (body, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Secret;

    const KINDS: [KeyType; 4] = [
        KeyType::Des,
        KeyType::TwoKey3Des,
        KeyType::ThreeKey3Des,
        KeyType::Aes128,
    ];

    fn session(kind: KeyType) -> Ev1 {
        let len = match kind {
            KeyType::Des => 8,
            KeyType::ThreeKey3Des => 24,
            KeyType::TwoKey3Des | KeyType::Aes128 => 16,
        };
        Ev1::new(kind, &numbers(len, 41)).unwrap()
    }

    fn numbers(len: usize, factor: usize) -> Vec<u8> {
        (1..=len)
            .map(|i| (i * i * factor % 253).to_le_bytes()[0])
            .collect()
    }

    #[test]
    fn host_card_and_observer_stay_in_step_at_every_length() {
        for kind in KINDS {
            let (mut host, mut card, mut observer) = (session(kind), session(kind), session(kind));
            for len in 1..40 {
                let data = numbers(len, 89);
                let body = [&[2, 0, 0, 0, 0, 0, 0][..], &data].concat();
                for (mode, extent) in [
                    (CommMode::Plain, Extent::Known(len)),
                    (CommMode::Mac, Extent::Known(len)),
                    (CommMode::Full, Extent::Known(len)),
                    (CommMode::Full, Extent::Marked),
                ] {
                    let sealed =
                        host.seal_command(&Frame::desfire(0x3D, body.clone(), 7), mode, extent);
                    let opened = card.open_command(0x3D, &sealed, 7, mode, extent);
                    assert_eq!(opened.plain.as_deref(), Some(&body[..]));
                    assert_eq!(
                        opened,
                        observer.open_command(0x3D, &sealed, 7, mode, extent)
                    );
                    assert_fits(&opened, mode, mode == CommMode::Mac);
                    let status_only = Ev1::answer_mode(mode, true);
                    let nothing = Extent::Known(0);
                    let answer = card.seal_response(0, &[], status_only, nothing);
                    assert_eq!(answer.len(), 8, "a status alone has its CMAC too");
                    let opened = host.open_response(0, &answer, status_only, nothing);
                    assert_eq!(
                        opened,
                        observer.open_response(0, &answer, status_only, nothing)
                    );
                    assert_fits(&opened, status_only, true);

                    let read = Frame::desfire(0xBD, vec![2, 0, 0, 0, 0, 0, 0], 7);
                    let sealed = host.seal_command(&read, mode, extent);
                    assert_eq!(
                        sealed,
                        read.body(),
                        "a command without data has no MAC on the wire"
                    );
                    card.open_command(0xBD, &sealed, 7, mode, extent);
                    observer.open_command(0xBD, &sealed, 7, mode, extent);
                    let answer = card.seal_response(0, &data, mode, extent);
                    let opened = host.open_response(0, &answer, mode, extent);
                    assert_eq!(opened.plain.as_deref(), Some(&data[..]));
                    assert_eq!(opened, observer.open_response(0, &answer, mode, extent));
                    assert_fits(&opened, mode, true);
                    assert!(host.iv() == card.iv() && host.iv() == observer.iv());
                }
            }
        }
    }

    fn assert_fits(opened: &Opened, mode: CommMode, has_mac: bool) {
        let verdicts = (opened.mac.verdict, opened.crc.verdict, opened.padding);
        let expected = match mode {
            CommMode::Full => (Verdict::None, Verdict::Ok, Verdict::Ok),
            _ if has_mac => (Verdict::Ok, Verdict::None, Verdict::None),
            _ => (Verdict::None, Verdict::None, Verdict::None),
        };
        assert_eq!(verdicts, expected);
    }

    #[test]
    fn after_a_gap_a_mac_of_the_des_family_or_any_cryptogram_brings_the_iv_back() {
        for kind in KINDS {
            let mut card = session(kind);
            card.seal_response(0, &[9], CommMode::Plain, Extent::Search);
            let mut observer = session(kind);
            observer.lose_step();
            assert_eq!((observer.iv(), observer.cmac(&[0])), (None, None));
            let answer = card.seal_response(0, &[7; 3], CommMode::Mac, Extent::Search);
            let opened = observer.open_response(0, &answer, CommMode::Mac, Extent::Search);
            assert_eq!(opened.mac.verdict, Verdict::Unknown);
            assert_eq!(opened.plain.as_deref(), Some(&[7; 3][..]));
            let regained = kind != KeyType::Aes128;
            assert_eq!(observer.iv(), regained.then(|| card.iv().unwrap()));

            observer.lose_step();
            let data = numbers(50, 7);
            let extent = Extent::Known(50);
            let answer = card.seal_response(0, &data, CommMode::Full, extent);
            let opened = observer.open_response(0, &answer, CommMode::Full, extent);
            let block = observer.block_len();
            let plain = opened.plain.unwrap();
            assert_eq!(
                (opened.unread, &plain[..block]),
                (block, &vec![0; block][..])
            );
            assert_eq!(plain[block..], data[block..]);
            assert_eq!(
                (opened.crc.verdict, opened.padding),
                (Verdict::Unknown, Verdict::Ok)
            );
            assert_eq!(observer.iv(), card.iv());
        }
    }

    #[test]
    fn a_changed_bit_is_seen_in_every_byte() {
        for kind in KINDS {
            let data = numbers(11, 3);
            for (mode, extent) in [
                (CommMode::Mac, Extent::Known(11)),
                (CommMode::Full, Extent::Known(11)),
            ] {
                let answer = session(kind).seal_response(0, &data, mode, extent);
                for byte in 0..answer.len() {
                    let mut wrong = answer.clone();
                    wrong[byte] ^= 0x10;
                    let opened = session(kind).open_response(0, &wrong, mode, extent);
                    let seen = [opened.mac.verdict, opened.crc.verdict, opened.padding];
                    assert!(seen.contains(&Verdict::Bad), "{kind:?} {mode} byte {byte}");
                }
                let opened = session(kind).open_response(0, &answer[..5], mode, extent);
                let seen = [opened.mac.verdict, opened.padding];
                assert!(seen.contains(&Verdict::Bad));
            }
        }
        assert!(Ev1::new(KeyType::Des, &[0x31; 16]).is_none());
    }

    #[test]
    fn another_key_is_read_with_the_right_old_key_only() {
        for (kind, version) in [(KeyType::ThreeKey3Des, None), (KeyType::Aes128, Some(0x42))] {
            let len = if version.is_none() { 24 } else { 16 };
            let (old, new) = (numbers(len, 19), numbers(len, 23));
            let (old, new) = (Secret::new(old), Secret::new(new));
            let (mut host, mut card) = (session(kind), session(kind));
            let change = KeyChange {
                new: new.clone(),
                version,
                old: Some(old.clone()),
            };
            let sealed = host.seal_key(0xC4, &[2], &change);
            let form = KeyForm { kind, own: false };
            let opened = card.open_key(0xC4, &sealed, 1, form).unwrap();
            assert_eq!((opened.version, opened.own()), (version, false));
            assert_eq!(
                (opened.crc.verdict, opened.padding),
                (Verdict::Ok, Verdict::Ok)
            );
            let (read, check) = opened.new_key(&old);
            assert_eq!((read, check.verdict), (new.clone(), Verdict::Ok));
            assert_eq!(opened.new_key(&new).1.verdict, Verdict::Bad);
            assert_eq!(host.iv(), card.iv());
            assert_eq!(card.open_key(0xC4, &sealed[..9], 1, form), None);
        }
    }
}

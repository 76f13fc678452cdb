//! D40 secure messaging with DES or 2K3DES (DESFire reference §4.2).
//!
//! ```text
//! MAC      data ‖ MAC     CBC-MAC over data ‖ 00…, its last block's bytes 0 to 3; nothing without data
//! Full     command        D(P_i ⊕ C_(i-1)) over data ‖ CRC16 ‖ padding: the card only enciphers
//!          answer         CBC over data ‖ CRC16 ‖ padding
//! ```
//! Headers, statuses and all commands but those on file data stay in plain; every cryptogram starts from a zero IV,
//! so there is no state. A message without data has no protection.

use super::change_key::{self, KeyChange, KeyForm, OpenedKey};
use super::extent::{Extent, fill_zeros};
use super::verdict::{Check, Opened, Verdict};
use crate::apdu::Frame;
use crate::card::CommMode;
use crate::crypto::crc::crc16;
use crate::crypto::des::{BLOCK, DesKey};
use crate::report::Worked;

const SECTION: &str = "DESFire reference §4.2";

/// A D40 session.
#[derive(Clone, Debug)]
pub struct D40 {
    cipher: DesKey,
}

/// Who sends; decides the direction of the cipher.
#[derive(Clone, Copy)]
enum Sender {
    Host,
    Card,
}

impl D40 {
    /// The channel's name in JSON rows.
    pub const NAME: &'static str = "d40";

    /// Length of a MAC.
    pub const MAC_LEN: usize = 4;

    /// A session with a key of 8 bytes (DES) or 16 (2K3DES).
    pub fn new(session_key: &[u8]) -> Option<Self> {
        let cipher = DesKey::new(session_key).filter(|_| session_key.len() <= 16)?;
        Some(Self { cipher })
    }

    /// The mode of an answer: the data of a file command is on one side, and only data is protected.
    pub fn answer_mode(mode: CommMode, command_has_data: bool) -> CommMode {
        if command_has_data {
            CommMode::Plain
        } else {
            mode
        }
    }

    /// Protects a command; the result follows the command code.
    pub fn seal_command(&self, frame: &Frame, mode: CommMode, extent: Extent) -> Vec<u8> {
        self.seal(&frame.header, &frame.data, mode, extent, Sender::Host)
    }

    /// Removes the protection of a command with `header_len` clear bytes.
    pub fn open_command(
        &self,
        body: &[u8],
        header_len: usize,
        mode: CommMode,
        extent: Extent,
    ) -> Opened {
        self.open(body, header_len, mode, extent, Sender::Host)
    }

    /// Protects the data of an answer.
    pub fn seal_response(&self, data: &[u8], mode: CommMode, extent: Extent) -> Vec<u8> {
        self.seal(&[], data, mode, extent, Sender::Card)
    }

    /// Removes the protection of an answer.
    pub fn open_response(&self, body: &[u8], mode: CommMode, extent: Extent) -> Opened {
        if body.is_empty() && mode != CommMode::Plain {
            return Opened {
                plain: None,
                mac: match mode {
                    CommMode::Mac => Check::missing(self.mac(&[])),
                    _ => Check::default(),
                },
                padding: match mode {
                    CommMode::Full => Verdict::Bad,
                    _ => Verdict::None,
                },
                ..Opened::default()
            };
        }
        self.open(body, 0, mode, extent, Sender::Card)
    }

    /// Protects a ChangeKey; the result follows the command code.
    pub fn seal_key(&self, header: &[u8], change: &KeyChange) -> Vec<u8> {
        let mut body = change_key::seal(header, change, BLOCK, crc16, crc16);
        self.cipher
            .send(body.get_mut(header.len()..).unwrap_or_default());
        body
    }

    /// Opens a ChangeKey with `header_len` clear bytes; `None` when it has another length than `form` asks for.
    pub fn open_key(&self, body: &[u8], header_len: usize, form: KeyForm) -> Option<OpenedKey> {
        let mut data = body.get(header_len..)?.to_vec();
        if !data.len().is_multiple_of(BLOCK) {
            return None;
        }
        self.cipher.receive(&mut data);
        change_key::open(&data, form, crc16)
    }

    /// The MAC over the data of a message.
    pub fn mac(&self, data: &[u8]) -> [u8; Self::MAC_LEN] {
        Self::truncated(self.cipher.cbc_mac(data))
    }

    /// What is transmitted of a CBC-MAC: bytes 0 to 3 of its last block.
    pub const fn truncated([m0, m1, m2, m3, ..]: [u8; BLOCK]) -> [u8; Self::MAC_LEN] {
        [m0, m1, m2, m3]
    }

    /// [`D40::mac`] with its input and the last block as steps.
    pub fn worked_mac(&self, data: &[u8]) -> Worked<Vec<u8>> {
        let mut input = data.to_vec();
        fill_zeros(&mut input, 0, BLOCK);
        let mac = self.mac(data);
        Worked::new(mac.to_vec())
            .step("CBC-MAC input", input, SECTION)
            .step("Last block", self.cipher.cbc_mac(data), SECTION)
            .step("Bytes 0 to 3", mac, SECTION)
    }

    /// The data of a command with checksum and padding.
    pub fn deciphered_command(&self, data: &[u8]) -> Vec<u8> {
        let mut clear = data.to_vec();
        self.cipher.receive(&mut clear);
        clear
    }

    /// The data of an answer with checksum and padding.
    pub fn deciphered_response(&self, data: &[u8]) -> Vec<u8> {
        let mut clear = data.to_vec();
        self.cipher.cbc_decrypt([0; BLOCK], &mut clear);
        clear
    }

    fn seal(
        &self,
        header: &[u8],
        data: &[u8],
        mode: CommMode,
        extent: Extent,
        sender: Sender,
    ) -> Vec<u8> {
        let mut body = [header, data].concat();
        if data.is_empty() {
            return body;
        }
        match mode {
            CommMode::Plain => {}
            CommMode::Mac => body.extend_from_slice(&self.mac(data)),
            CommMode::Full => {
                body.extend_from_slice(&crc16(data));
                extent.fill(&mut body, header.len(), BLOCK);
                let padded = body.get_mut(header.len()..).unwrap_or_default();
                match sender {
                    Sender::Host => self.cipher.send(padded),
                    Sender::Card => self.cipher.cbc_encrypt([0; BLOCK], padded),
                }
            }
        }
        body
    }

    fn open(
        &self,
        body: &[u8],
        header_len: usize,
        mode: CommMode,
        extent: Extent,
        sender: Sender,
    ) -> Opened {
        let start = header_len.min(body.len());
        let (header, data) = body.split_at_checked(start).unwrap_or((body, &[]));
        match mode {
            _ if data.is_empty() => Opened {
                plain: Some(body.to_vec()),
                ..Opened::default()
            },
            CommMode::Plain => Opened {
                plain: Some(body.to_vec()),
                ..Opened::default()
            },
            CommMode::Mac => {
                let (clear, got) = match data.split_last_chunk::<{ Self::MAC_LEN }>() {
                    Some((clear, mac)) if extent != Extent::Known(data.len()) => {
                        (clear, Some(*mac))
                    }
                    _ => (data, None),
                };
                Opened {
                    plain: Some([header, clear].concat()),
                    mac: Check::of(self.mac(clear), got),
                    ..Opened::default()
                }
            }
            CommMode::Full if !data.len().is_multiple_of(BLOCK) => Opened {
                crc: Check::failed(),
                padding: Verdict::Bad,
                ..Opened::default()
            },
            CommMode::Full => {
                let mut plain = body.to_vec();
                let clear = plain.get_mut(start..).unwrap_or_default();
                match sender {
                    Sender::Host => self.cipher.receive(clear),
                    Sender::Card => self.cipher.cbc_decrypt([0; BLOCK], clear),
                }
                let found = extent.find(clear, 0, BLOCK, crc16);
                Opened {
                    plain: found.len.map(|len| {
                        plain.truncate(start + len);
                        plain
                    }),
                    crc: found.crc,
                    padding: found.padding,
                    ..Opened::default()
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::card::KeyType;
    use crate::crypto::Secret;

    fn session() -> D40 {
        D40::new(&hex::parse("0123456789ABCDEF1032547698BADCFE").unwrap()).unwrap()
    }

    #[test]
    fn both_directions_and_modes_come_back_at_every_length() {
        let session = session();
        for len in 1..40_usize {
            let data: Vec<u8> = (1..=len).map(|i| (i * 89 % 253).to_le_bytes()[0]).collect();
            let body = [&[2, 0, 0, 0, 0, 0, 0][..], &data].concat();
            let frame = Frame::desfire(0x3D, body.clone(), 7);
            for mode in [CommMode::Plain, CommMode::Mac, CommMode::Full] {
                for extent in [Extent::Known(len), Extent::Marked] {
                    let sealed = session.seal_command(&frame, mode, extent);
                    let opened = session.open_command(&sealed, 7, mode, extent);
                    assert_eq!(opened.plain.as_deref(), Some(&body[..]));
                    let answer = session.seal_response(&data, mode, extent);
                    let read = session.open_response(&answer, mode, extent);
                    assert_eq!(read.plain.as_deref(), Some(&data[..]));
                    for opened in [opened, read] {
                        let verdicts = (opened.mac.verdict, opened.crc.verdict, opened.padding);
                        let expected = match mode {
                            CommMode::Plain => (Verdict::None, Verdict::None, Verdict::None),
                            CommMode::Mac => (Verdict::Ok, Verdict::None, Verdict::None),
                            CommMode::Full => (Verdict::None, Verdict::Ok, Verdict::Ok),
                        };
                        assert_eq!(verdicts, expected);
                    }
                    assert_eq!(sealed.len() - 7, answer.len());
                    assert_eq!(mode == CommMode::Full, sealed[7..] != answer[..]);
                }
            }
        }
    }

    #[test]
    fn a_changed_or_missing_protection_is_seen() {
        let session = session();
        let data = [1, 2, 3, 4, 5];
        let mut answer = session.seal_response(&data, CommMode::Mac, Extent::Known(5));
        answer[1] ^= 4;
        let opened = session.open_response(&answer, CommMode::Mac, Extent::Known(5));
        assert_eq!(opened.mac.verdict, Verdict::Bad);
        for answer in [&[][..], &[1, 2]] {
            let opened = session.open_response(answer, CommMode::Mac, Extent::Known(5));
            assert_eq!(opened.mac.verdict, Verdict::Bad);
        }
        let mut answer = session.seal_response(&data, CommMode::Full, Extent::Known(5));
        answer[7] ^= 1;
        let opened = session.open_response(&answer, CommMode::Full, Extent::Known(5));
        assert_eq!(opened.crc.verdict, Verdict::Bad);
        for answer in [&[][..], &answer[..7]] {
            let opened = session.open_response(answer, CommMode::Full, Extent::Known(5));
            assert_eq!((opened.plain, opened.padding), (None, Verdict::Bad));
        }
        assert!(D40::new(&[0x35; 24]).is_none(), "3K3DES needs EV1");
    }

    #[test]
    fn another_key_is_read_with_the_right_old_key_only() {
        let session = session();
        let old = Secret::new(hex::parse("1020304050607080FEDCBA9876543210").unwrap());
        let new = Secret::new(hex::parse("0F1E2D3C4B5A69788796A5B4C3D2E1F0").unwrap());
        let change = KeyChange {
            new: new.clone(),
            version: None,
            old: Some(old.clone()),
        };
        let sealed = session.seal_key(&[2], &change);
        assert_eq!(sealed.len(), 1 + 24);
        let form = KeyForm {
            kind: KeyType::TwoKey3Des,
            own: false,
        };
        let opened = session.open_key(&sealed, 1, form).unwrap();
        assert_eq!(
            (opened.crc.verdict, opened.padding),
            (Verdict::Ok, Verdict::Ok)
        );
        let (read, check) = opened.new_key(&old);
        assert_eq!((read, check.verdict), (new.clone(), Verdict::Ok));
        let (read, check) = opened.new_key(&new);
        assert!(read != new && check.verdict == Verdict::Bad);
        assert_eq!(session.open_key(&sealed[..9], 1, form), None);
    }
}

//! EV2 secure messaging with AES (DESFire reference §4.4; AN12343 §5, AN12196 §4).
//!
//! ```text
//! IV command    E(KSesAuthENC, A55A ‖ TI ‖ CmdCtr ‖ 0^8)     response: 5AA5, CmdCtr + 1
//! MAC command   CMAC(KSesAuthMAC, Cmd ‖ CmdCtr ‖ TI ‖ header ‖ [enciphered] data), bytes 1, 3, … 15
//! MAC response  CMAC(KSesAuthMAC, RC ‖ CmdCtr + 1 ‖ TI ‖ [enciphered] data), bytes 1, 3, … 15
//! padding       80 00… before enciphering, a whole block more when aligned; empty data is not enciphered
//! ```
//! CmdCtr is least significant byte first. It moves once per completed command in every mode, between
//! command and response, and can't pass FFFF: the next command then counts as one with a wrong MAC.

use super::handshake::SessionKeys;
use super::verdict::{Check, Opened, Verdict};
use crate::apdu::Frame;
use crate::card::CommMode;
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cmac::{CmacKey, odd_bytes};
use crate::crypto::padding;
use crate::report::Worked;

/// Length of a truncated MAC.
pub const MAC_LEN: usize = 8;

/// Where the rules of the worked steps stand.
const SECTION: &str = "DESFire reference §4.4, AN12343 §5";

/// Room for the status that the framing adds to a response.
const STATUS_LEN: usize = 2;

/// CmdCtr stands at FFFF: the session can't carry another command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CmdCtr is FFFF: authenticate again, the session can't carry another command")]
pub struct CounterExhausted;

/// State of an EV2 session.
#[derive(Clone, Debug)]
pub struct Ev2 {
    ti: [u8; 4],
    ctr: u16,
    enc: Option<AesKey>,
    mac: CmacKey,
}

/// Which direction a message has; decides IV label and counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the host.
    Command,
    /// From the card.
    Response,
}

impl Direction {
    /// The counter that counts in the message: an answer's is one more than that of its command.
    pub const fn counter(self, ctr: u16) -> u16 {
        match self {
            Self::Command => ctr,
            Self::Response => ctr.wrapping_add(1),
        }
    }

    /// The block that becomes the IV when it is enciphered with KSesAuthENC; `counter` is that of the message.
    pub const fn iv_input(self, ti: [u8; 4], counter: u16) -> [u8; BLOCK] {
        let label = match self {
            Self::Command => [0xA5, 0x5A],
            Self::Response => [0x5A, 0xA5],
        };
        let [t0, t1, t2, t3] = ti;
        let [c0, c1] = counter.to_le_bytes();
        [
            label[0], label[1], t0, t1, t2, t3, c0, c1, 0, 0, 0, 0, 0, 0, 0, 0,
        ]
    }
}

/// What stands before the message in the MAC: command code or status, the message's counter, TI.
pub const fn mac_prefix(code: u8, counter: u16, ti: [u8; 4]) -> [u8; 7] {
    let [c0, c1] = counter.to_le_bytes();
    let [t0, t1, t2, t3] = ti;
    [code, c0, c1, t0, t1, t2, t3]
}

impl Ev2 {
    /// A session after AuthenticateEV2First: CmdCtr 0.
    pub fn new(keys: &SessionKeys, ti: [u8; 4]) -> Self {
        Self {
            ti,
            ctr: 0,
            enc: Some(AesKey::new(&keys.enc)),
            mac: CmacKey::new(&keys.mac),
        }
    }

    /// A session whose authentication was not recorded; `enc` may be unknown.
    pub fn resumed(enc: Option<&[u8; BLOCK]>, mac: &[u8; BLOCK], ti: [u8; 4], ctr: u16) -> Self {
        Self {
            ti,
            ctr,
            enc: enc.map(AesKey::new),
            mac: CmacKey::new(mac),
        }
    }

    /// New session keys after AuthenticateEV2NonFirst; TI and CmdCtr stay.
    pub fn renew(&mut self, keys: &SessionKeys) {
        self.enc = Some(AesKey::new(&keys.enc));
        self.mac = CmacKey::new(&keys.mac);
    }

    /// Transaction identifier.
    pub const fn ti(&self) -> [u8; 4] {
        self.ti
    }

    /// CmdCtr of the next command.
    pub const fn ctr(&self) -> u16 {
        self.ctr
    }

    /// Whether CmdCtr can't move any more.
    pub const fn exhausted(&self) -> bool {
        self.ctr == u16::MAX
    }

    /// The same session with another counter, to look for a gap.
    pub fn at(&self, ctr: u16) -> Self {
        Self {
            ctr,
            ..self.clone()
        }
    }

    /// A command and its response are done: CmdCtr moves.
    pub const fn complete(&mut self) {
        self.ctr = self.ctr.saturating_add(1);
    }

    /// Protects a command; the result follows the command code.
    pub fn seal_command(&self, frame: &Frame, mode: CommMode) -> Result<Vec<u8>, CounterExhausted> {
        if self.exhausted() {
            return Err(CounterExhausted);
        }
        let mut body = Vec::with_capacity(frame.header.len() + frame.data.len() + BLOCK + MAC_LEN);
        body.extend_from_slice(&frame.header);
        self.append(&mut body, &frame.data, mode, Direction::Command);
        if mode != CommMode::Plain {
            let mac = self.command_mac(frame.ins, &body);
            body.extend_from_slice(&mac);
        }
        Ok(body)
    }

    /// Removes the protection of a command with `header_len` clear bytes. CmdCtr at FFFF is a bad MAC.
    pub fn open_command(&self, ins: u8, body: &[u8], header_len: usize, mode: CommMode) -> Opened {
        let mac = self.check_command(ins, body, mode);
        self.decipher_command(body.to_vec(), header_len, mode, mac)
    }

    /// The first half of [`Ev2::open_command`]: the MAC.
    pub fn check_command(&self, ins: u8, body: &[u8], mode: CommMode) -> Check {
        if mode == CommMode::Plain {
            return Check::default();
        }
        let (protected, got) = split_mac(body);
        let mut mac = Check::of(self.command_mac(ins, protected), got);
        if self.exhausted() {
            mac.verdict = Verdict::Bad;
        }
        mac
    }

    /// The second half of [`Ev2::open_command`], in the bytes themselves.
    pub fn decipher_command(
        &self,
        body: Vec<u8>,
        header_len: usize,
        mode: CommMode,
        mac: Check,
    ) -> Opened {
        self.opened(body, header_len, mode, mac, Direction::Command)
    }

    /// Protects a response; the result surrounds the status as the framing says.
    pub fn seal_response(&self, status: u8, data: &[u8], mode: CommMode) -> Vec<u8> {
        let mut body = Vec::with_capacity(data.len() + BLOCK + MAC_LEN + STATUS_LEN);
        self.append(&mut body, data, mode, Direction::Response);
        if mode != CommMode::Plain {
            let mac = self.response_mac(status, &body);
            body.extend_from_slice(&mac);
        }
        body
    }

    /// Removes the protection of a response.
    pub fn open_response(&self, status: u8, body: &[u8], mode: CommMode) -> Opened {
        self.take_response(status, body.to_vec(), mode)
    }

    /// Like [`Ev2::open_response`], in the bytes themselves.
    pub fn take_response(&self, status: u8, body: Vec<u8>, mode: CommMode) -> Opened {
        let (protected, got) = split_mac(&body);
        let mac = match mode {
            CommMode::Plain => Check::default(),
            CommMode::Mac | CommMode::Full => Check::of(self.response_mac(status, protected), got),
        };
        self.opened(body, 0, mode, mac, Direction::Response)
    }

    /// The MAC of a command whose body (header and data as sent) is `body`.
    pub fn command_mac(&self, ins: u8, body: &[u8]) -> [u8; MAC_LEN] {
        self.mac
            .mact(&[&self.prefix(ins, Direction::Command), body])
    }

    /// The MAC of a response whose data as sent is `data`.
    pub fn response_mac(&self, status: u8, data: &[u8]) -> [u8; MAC_LEN] {
        let prefix = self.prefix(status, Direction::Response);
        self.mac.mact(&[&prefix, data])
    }

    /// [`Ev2::command_mac`] with its input and the full CMAC as steps.
    pub fn worked_command_mac(&self, ins: u8, body: &[u8]) -> Worked<[u8; MAC_LEN]> {
        self.worked_mac(self.prefix(ins, Direction::Command), body)
    }

    /// [`Ev2::response_mac`] with its input and the full CMAC as steps.
    pub fn worked_response_mac(&self, status: u8, data: &[u8]) -> Worked<[u8; MAC_LEN]> {
        self.worked_mac(self.prefix(status, Direction::Response), data)
    }

    fn worked_mac(&self, prefix: [u8; 7], message: &[u8]) -> Worked<[u8; MAC_LEN]> {
        let input = [&prefix, message].concat();
        let full = self.mac.mac(&[&input]);
        let mac = odd_bytes(full);
        Worked::new(mac)
            .step("CMAC input", input, SECTION)
            .step("Full CMAC", full, SECTION)
            .step("Bytes 1, 3, … 15", mac, SECTION)
    }

    /// What stands before the message in the MAC.
    const fn prefix(&self, code: u8, direction: Direction) -> [u8; 7] {
        mac_prefix(code, direction.counter(self.ctr), self.ti)
    }

    /// The IV of a command at the present counter; `None` without the enciphering key.
    pub fn command_iv(&self) -> Option<[u8; BLOCK]> {
        self.enc
            .as_ref()
            .map(|enc| self.iv(enc, Direction::Command))
    }

    /// The IV of the response to the command at the present counter.
    pub fn response_iv(&self) -> Option<[u8; BLOCK]> {
        self.enc
            .as_ref()
            .map(|enc| self.iv(enc, Direction::Response))
    }

    /// [`Ev2::command_iv`] with the block that is enciphered as a step.
    pub fn worked_command_iv(&self) -> Option<Worked<[u8; BLOCK]>> {
        self.worked_iv(Direction::Command)
    }

    /// [`Ev2::response_iv`] with the block that is enciphered as a step.
    pub fn worked_response_iv(&self) -> Option<Worked<[u8; BLOCK]>> {
        self.worked_iv(Direction::Response)
    }

    fn worked_iv(&self, direction: Direction) -> Option<Worked<[u8; BLOCK]>> {
        let iv = self.iv(self.enc.as_ref()?, direction);
        let worked = Worked::new(iv).step("IV input", self.iv_input(direction), SECTION);
        Some(worked.step("IV", iv, SECTION))
    }

    fn iv(&self, enc: &AesKey, direction: Direction) -> [u8; BLOCK] {
        enc.encrypt_block(self.iv_input(direction))
    }

    /// The block that becomes the IV when it is enciphered.
    const fn iv_input(&self, direction: Direction) -> [u8; BLOCK] {
        direction.iv_input(self.ti, direction.counter(self.ctr))
    }

    fn append(&self, body: &mut Vec<u8>, data: &[u8], mode: CommMode, direction: Direction) {
        let start = body.len();
        body.extend_from_slice(data);
        if let (CommMode::Full, Some(enc), false) = (mode, &self.enc, data.is_empty()) {
            padding::pad_m2(body, start, BLOCK);
            let padded = body.get_mut(start..).unwrap_or_default();
            enc.cbc_encrypt(&self.iv(enc, direction), padded);
        }
    }

    /// Takes MAC and padding off and deciphers.
    fn opened(
        &self,
        mut body: Vec<u8>,
        header_len: usize,
        mode: CommMode,
        mac: Check,
        direction: Direction,
    ) -> Opened {
        if mode != CommMode::Plain {
            let protected = split_mac(&body).0.len();
            body.truncate(protected);
        }
        let start = header_len.min(body.len());
        if mode != CommMode::Full || start == body.len() {
            return Opened {
                plain: Some(body),
                mac,
                ..Opened::default()
            };
        }
        let Some(enc) = &self.enc else {
            return Opened {
                plain: None,
                mac,
                padding: Verdict::Unknown,
                ..Opened::default()
            };
        };
        let data = body.get_mut(start..).unwrap_or_default();
        enc.cbc_decrypt(&self.iv(enc, direction), data);
        let end = padding::unpad_m2(data, BLOCK);
        if let Some(end) = end {
            body.truncate(start + end);
        }
        Opened {
            plain: Some(body),
            mac,
            padding: Verdict::from_bool(end.is_some()),
            ..Opened::default()
        }
    }
}

fn split_mac(body: &[u8]) -> (&[u8], Option<[u8; MAC_LEN]>) {
    match body.split_last_chunk::<MAC_LEN>() {
        Some((protected, mac)) => (protected, Some(*mac)),
        None => (body, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    fn session() -> Ev2 {
        // AN12343 table 35: GetValue on a DESFire Light in CommMode.Full.
        let enc = hex::array("4C4C0E575943FF670CF85BAE2E0D201D").unwrap();
        let mac = hex::array("D1CC5CE9FC9F1970348D33D01FAFEF8F").unwrap();
        Ev2::resumed(Some(&enc), &mac, hex::array("E412166F").unwrap(), 0)
    }

    #[test]
    fn reproduces_table_35_and_36_on_both_sides() {
        let mut session = session();
        let get_value = Frame::desfire(0x6C, vec![3], 1);
        assert_eq!(
            hex::upper(session.seal_command(&get_value, CommMode::Full).unwrap()),
            "03B775DA280F3E7300"
        );
        let answer = hex::parse("BC2CE0D37364B3C355C4B9B9A98802FF24035F8D39D40CE0").unwrap();
        assert_eq!(session.seal_response(0, &[0; 4], CommMode::Full), answer);
        let opened = session.open_response(0, &answer, CommMode::Full);
        assert_eq!(
            (opened.plain, opened.mac.verdict, opened.padding),
            (Some(vec![0; 4]), Verdict::Ok, Verdict::Ok)
        );
        session.complete();
        let credit = Frame::desfire(0x0C, vec![3, 0x99, 0, 0, 0], 1);
        let sealed = session.seal_command(&credit, CommMode::Full).unwrap();
        assert_eq!(
            hex::upper(&sealed),
            "039DCDD6C409DABB0C9D5834D04FBD6E2668AFCFFD9EFB9234"
        );
        let opened = session.open_command(0x0C, &sealed, 1, CommMode::Full);
        assert_eq!(
            (opened.plain.unwrap(), opened.mac.verdict),
            (credit.body(), Verdict::Ok)
        );
    }

    #[test]
    fn a_wrong_mac_is_seen_and_the_counter_stays() {
        let session = session();
        let mut answer = hex::parse("BC2CE0D37364B3C355C4B9B9A98802FF24035F8D39D40CE0").unwrap();
        answer[3] ^= 1;
        assert_eq!(
            session
                .open_response(0, &answer, CommMode::Full)
                .mac
                .verdict,
            Verdict::Bad
        );
        assert_eq!(
            session
                .open_response(0, &answer[..5], CommMode::Full)
                .mac
                .verdict,
            Verdict::Bad
        );
        assert_eq!(session.ctr(), 0);
    }

    #[test]
    fn the_counter_stops_at_ffff() {
        let session = session().at(0xFFFE);
        let frame = Frame::desfire(0x6C, vec![3], 1);
        let sealed = session.seal_command(&frame, CommMode::Mac).unwrap();
        let mut after = session.clone();
        after.complete();
        assert_eq!(
            after.seal_command(&frame, CommMode::Mac),
            Err(CounterExhausted)
        );
        let mac = after.command_mac(0x6C, &[3]);
        let forged = [&[3], &mac[..]].concat();
        assert_eq!(
            after
                .open_command(0x6C, &forged, 1, CommMode::Mac)
                .mac
                .verdict,
            Verdict::Bad
        );
        assert_eq!(
            session
                .open_command(0x6C, &sealed, 1, CommMode::Mac)
                .mac
                .verdict,
            Verdict::Ok
        );
    }
}

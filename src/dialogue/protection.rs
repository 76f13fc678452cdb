//! Secure messaging at the host's end, whatever the channel (DESFire reference §4).

use super::request::HostError;
use crate::apdu::{Frame, Status};
use crate::bytes::hex;
use crate::card::{Aid, CommMode};
use crate::command::{Command, Rule, spec};
use crate::secure_messaging::change_key::ev2_key_data;
use crate::secure_messaging::{Channel, D40, Ev1, Extent, KeyChange, MAC_LEN, Opened, Verdict};

/// What the host has to know of a command to open its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protection {
    /// Communication mode of the command.
    mode: CommMode,
    /// The command carried data.
    has_data: bool,
    /// How the answer's data may end when it is enciphered, likelier first.
    ends_at: [Extent; 2],
    /// Success ends the session, and the answer has no protection.
    ends: bool,
    /// The application that SelectApplication or DeleteApplication names.
    aid: Option<Aid>,
    ins: u8,
}

impl Protection {
    /// Of a frame that nothing protects.
    pub(super) const fn none(ins: u8) -> Self {
        Self {
            mode: CommMode::Plain,
            has_data: false,
            ends_at: [Extent::Search; 2],
            ends: ins == SELECT_APPLICATION,
            aid: None,
            ins,
        }
    }

    /// Of a command; `mode` is the file's mode where the command table says "file", `record_size` the length of the records
    /// that it reads.
    pub(super) fn of(
        channel: &Channel,
        command: &Command,
        frame: &Frame,
        mode: CommMode,
        record_size: Option<u32>,
    ) -> Self {
        let rule = spec(frame.ins).map_or(Rule::Plain, |spec| spec.rule);
        let mode = match (rule, channel) {
            // D40 protects nothing but data of files and settings.
            (_, Channel::Plain)
            | (Rule::Plain | Rule::Authentication, _)
            | (Rule::Mac, Channel::D40(_)) => CommMode::Plain,
            (Rule::Mac, _) => CommMode::Mac,
            (Rule::Full, _) => CommMode::Full,
            (Rule::FullUnlessFree | Rule::File, _) => mode,
        };
        Self {
            mode,
            has_data: !frame.data.is_empty(),
            ends_at: answer_ends(command, record_size),
            ends: changes_own_key(channel, command) || frame.ins == SELECT_APPLICATION,
            aid: match command {
                Command::SelectApplication(select) => Some(select.aid),
                Command::DeleteApplication(delete) => Some(delete.aid),
                _ => None,
            },
            ins: frame.ins,
        }
    }

    /// Takes another mode than that of the command table: a card has to see what nobody should send. Where the mode is the
    /// table's, the channel's rules stay as they are.
    pub(super) fn insist(&mut self, channel: &Channel, mode: CommMode) {
        let own = match spec(self.ins).map_or(Rule::Plain, |spec| spec.rule) {
            Rule::Mac => CommMode::Mac,
            Rule::Full => CommMode::Full,
            Rule::Plain | Rule::Authentication => CommMode::Plain,
            Rule::FullUnlessFree | Rule::File => mode,
        };
        if mode != own && !matches!(channel, Channel::Plain) {
            self.mode = mode;
        }
    }

    /// Protects a command; gives what follows the command code.
    pub(super) fn seal(self, channel: &mut Channel, frame: &Frame) -> Result<Vec<u8>, HostError> {
        let end = match (frame.ins, frame.header.as_slice()) {
            (SET_CONFIGURATION, [ATS]) => Extent::Marked,
            _ => Extent::Known(frame.data.len()),
        };
        Ok(match channel {
            Channel::Plain => frame.body(),
            Channel::Ev2(session) => session.seal_command(frame, self.mode)?,
            // Its answer has no protection either: the session ends.
            Channel::Ev1(_) if frame.ins == SELECT_APPLICATION => frame.body(),
            Channel::Ev1(session) => session.seal_command(frame, self.mode, end),
            Channel::D40(session) => session.seal_command(frame, self.mode, end),
        })
    }

    /// Removes the protection of an answer; a refusal has none. Ends the session where the rules end it. `selected` is the
    /// selected application as far as it is known.
    pub(super) fn open(
        self,
        channel: &mut Channel,
        selected: Option<Aid>,
        status: Status,
        code: u8,
        answer: Vec<u8>,
    ) -> Result<Vec<u8>, HostError> {
        let ends_itself = status.is_success() && self.deletes_own(selected);
        // Whether the session's last answer has a MAC, no public source tells.
        if ends_itself && answer.is_empty() {
            *channel = Channel::Plain;
        }
        let opened = self.open_in_session(channel, status, code, answer);
        if ends_itself {
            *channel = Channel::Plain;
        }
        opened
    }

    /// Whether DeleteApplication means the selected application. From inside one the card deletes no other, so a selection
    /// that is not known is taken for it.
    fn deletes_own(self, selected: Option<Aid>) -> bool {
        let is_own = selected.is_none_or(|aid| self.aid == Some(aid));
        self.ins == DELETE_APPLICATION && is_own
    }

    /// What is selected after the command, where it changes that.
    pub(super) fn selects(self, status: Status, selected: Option<Aid>) -> Option<Aid> {
        match self.ins {
            _ if !status.is_success() => None,
            SELECT_APPLICATION => self.aid,
            _ => self.deletes_own(selected).then_some(Aid::PICC),
        }
    }

    fn open_in_session(
        self,
        channel: &mut Channel,
        status: Status,
        code: u8,
        answer: Vec<u8>,
    ) -> Result<Vec<u8>, HostError> {
        let success = status.is_success();
        let denied = code == PERMISSION_DENIED && matches!(channel, Channel::D40(_));
        if matches!(channel, Channel::Plain) || denied {
            return Ok(answer);
        }
        if (!success && code != NO_CHANGES) || (success && self.ends) {
            *channel = Channel::Plain;
            return Ok(answer);
        }
        let opened = match channel {
            Channel::Plain => return Ok(answer),
            Channel::Ev2(session) => {
                let mode = if success { self.mode } else { CommMode::Plain };
                let opened = session.open_response(code, &answer, mode);
                session.complete();
                opened
            }
            Channel::Ev1(session) if !success && answer.len() == Ev1::MAC_LEN => {
                session.open_response(code, &answer, CommMode::Mac, Extent::Known(0))
            }
            // Cards differ (DESFire reference §2.7); without data there is no protection to check.
            _ if !success => return Ok(answer),
            Channel::Ev1(session) => {
                let mode = Ev1::answer_mode(self.mode, self.has_data);
                let before = session.clone();
                self.first_that_fits(|end| {
                    session.clone_from(&before);
                    session.open_response(code, &answer, mode, end)
                })
            }
            Channel::D40(session) => {
                let mode = D40::answer_mode(self.mode, self.has_data);
                self.first_that_fits(|end| session.open_response(&answer, mode, end))
            }
        };
        let mac_len = match channel {
            Channel::D40(_) => D40::MAC_LEN,
            _ => MAC_LEN,
        };
        checked(opened, &answer, mac_len).inspect_err(|_| *channel = Channel::Plain)
    }

    fn first_that_fits(self, mut open: impl FnMut(Extent) -> Opened) -> Opened {
        let [first, second] = self.ends_at;
        let opened = open(first);
        let fits = opened.crc.verdict != Verdict::Bad && opened.padding != Verdict::Bad;
        if fits || first == second {
            return opened;
        }
        open(second)
    }

    /// Protects a change of key; gives frame code, what follows it, and how to open the answer.
    pub(super) fn change_key(
        channel: &mut Channel,
        key_set: Option<u8>,
        key_no: u8,
        change: &KeyChange,
    ) -> Result<(Self, Vec<u8>), HostError> {
        let ins = if key_set.is_some() { 0xC6 } else { 0xC4 };
        let header: Vec<u8> = key_set.into_iter().chain([key_no]).collect();
        let protection = Self {
            mode: CommMode::Full,
            has_data: true,
            ends_at: [Extent::Known(0); 2],
            ends: change.old.is_none(),
            aid: None,
            ins,
        };
        let body = match channel {
            Channel::Plain => return Err(HostError::NoSession),
            Channel::Ev1(session) => session.seal_key(ins, &header, change),
            Channel::D40(session) => session.seal_key(&header, change),
            Channel::Ev2(session) => {
                let data = ev2_key_data(change).ok_or(HostError::NewKey)?;
                let frame = Frame::desfire(ins, [&header[..], &data].concat(), header.len());
                session.seal_command(&frame, CommMode::Full)?
            }
        };
        Ok((protection, body))
    }
}

/// How an enciphered answer may end.
fn answer_ends(command: &Command, record_size: Option<u32>) -> [Extent; 2] {
    let known = |len: u32| usize::try_from(len).map_or(Extent::Search, Extent::Known);
    let end = match command {
        Command::ReadData(read) if read.length == 0 => Extent::Marked,
        Command::ReadData(read) => known(read.length),
        Command::ReadRecords(read) if read.count == 0 => Extent::Marked,
        Command::ReadRecords(read) => record_size
            .and_then(|size| size.checked_mul(read.count))
            .map_or(Extent::Search, known),
        Command::GetValue(_) => Extent::Known(4),
        // Few cards have a UID of another length; its answer tells it.
        Command::GetCardUid(_) => return [Extent::Known(UID_LEN), Extent::Search],
        _ => Extent::Search,
    };
    [end; 2]
}

/// Key data without a second checksum is that of the session's own key (DESFire reference §4.6).
fn changes_own_key(channel: &Channel, command: &Command) -> bool {
    match (channel, command) {
        (Channel::Ev2(_), Command::ChangeKey(change)) => change.key_data.len() == 17,
        (Channel::Ev2(_), Command::ChangeKeyEv2(change)) => change.key_data.len() == 17,
        _ => false,
    }
}

/// What was opened, or why it is not believed.
pub(super) fn checked(opened: Opened, answer: &[u8], mac_len: usize) -> Result<Vec<u8>, HostError> {
    let mac_at = answer.len().saturating_sub(mac_len);
    if opened.mac.verdict == Verdict::Bad {
        return Err(HostError::Mac {
            expected: hex::upper(opened.mac.expected),
            got: hex::upper(answer.get(mac_at..).unwrap_or_default()),
            offset: mac_at,
        });
    }
    if opened.crc.verdict == Verdict::Bad {
        return Err(HostError::Checksum {
            expected: hex::upper(opened.crc.expected),
            got: hex::upper(opened.crc.got),
        });
    }
    let plain = opened.plain.filter(|_| opened.padding != Verdict::Bad);
    plain.ok_or(HostError::Padding)
}

const UID_LEN: usize = 7;
const SELECT_APPLICATION: u8 = 0x5A;
const DELETE_APPLICATION: u8 = 0xDA;
const SET_CONFIGURATION: u8 = 0x5C;
/// Option of SetConfiguration whose data has no known length.
const ATS: u8 = 0x02;
const NO_CHANGES: u8 = 0x0C;
const PERMISSION_DENIED: u8 = 0x9D;

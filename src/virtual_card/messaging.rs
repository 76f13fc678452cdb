//! Secure messaging at the card's end (DESFire reference §4.2 to §4.4): which mode a command has, opening it,
//! protecting its answer and cutting it into frames.

use super::Card;
use super::access::Grant;
use super::refusal::Refusal;
use super::volatile::Chain;
use crate::apdu::chunks;
use crate::bytes::Reader;
use crate::card::product::Generation;
use crate::card::settings::FileKind;
use crate::card::{CommMode, KeyType};
use crate::command::{Command, Rule, Spec};
use crate::secure_messaging::{Channel, D40, Ev1, Extent, MAC_LEN, Opened, Verdict};

/// What a handler gives back after success.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The answer's data, in plain.
    pub(super) data: Vec<u8>,
    /// Lengths of the first frames where the command fixes them (GetVersion, GetDFNames).
    pub(super) cuts: Vec<usize>,
}

impl From<Vec<u8>> for Reply {
    fn from(data: Vec<u8>) -> Self {
        let cuts = Vec::new();
        Self { data, cuts }
    }
}

/// How the answer to a command is protected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealing {
    /// Mode of the command.
    pub(super) mode: CommMode,
    /// The command carried data.
    pub(super) has_data: bool,
    /// The command asked for all that there is: the answer's length is not known to the host.
    pub(super) asks_for_all: bool,
}

/// One native answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// Status.
    pub(super) status: u8,
    /// Data of this frame.
    pub(super) data: Vec<u8>,
}

impl Card {
    /// The communication mode of a command, decided by its first frame. Plain without a session. The access
    /// to a file is checked here, before secure messaging is removed.
    pub(super) fn mode(&self, spec: &Spec, body: &[u8]) -> Result<CommMode, Refusal> {
        let file_no = || body.first().copied().ok_or(Refusal::LENGTH);
        let fixed = match spec.rule {
            Rule::File => return self.file_mode(spec.ins, file_no()?),
            Rule::FullUnlessFree => return self.change_mode(file_no()?),
            Rule::Plain | Rule::Authentication => CommMode::Plain,
            Rule::Mac if spec.ins == CLEAR_RECORD_FILE && self.clears_in_plain(file_no()?)? => {
                CommMode::Plain
            }
            Rule::Mac => CommMode::Mac,
            Rule::Full => CommMode::Full,
        };
        Ok(
            match self.volatile.session.as_ref().map(|open| &open.channel) {
                None | Some(Channel::Plain) => CommMode::Plain,
                // D40 protects nothing but data of files and settings.
                Some(Channel::D40(_)) if fixed == CommMode::Mac => CommMode::Plain,
                Some(Channel::D40(_))
                    if spec.ins == GET_CARD_UID && !self.profile.d40_card_uid_is_enciphered =>
                {
                    CommMode::Plain
                }
                Some(_) => fixed,
            },
        )
    }

    fn clears_in_plain(&self, file_no: u8) -> Result<bool, Refusal> {
        if !self.profile.clear_by_free_right_is_plain {
            return Ok(false);
        }
        let (_, granted) = self.access(CLEAR_RECORD_FILE, file_no)?;
        Ok(granted == Grant::Free)
    }

    /// Length of the whole body of a command whose header announces a length; `None` for other commands, which
    /// are one frame. The announced range is checked against the file.
    pub(super) fn announced(
        &self,
        spec: &Spec,
        body: &[u8],
        mode: CommMode,
    ) -> Result<Option<usize>, Refusal> {
        let is_update = matches!(spec.ins, 0xDB | 0xBA);
        if !is_update && !matches!(spec.ins, 0x3D | 0x8D | 0x3B | 0x8B) {
            return Ok(None);
        }
        let mut r = Reader::new(spec.name, body);
        let file_no = r.u8("FileNo")?;
        if is_update {
            r.u24("RecNo")?;
        }
        let (offset, length) = (r.u24("Offset")?, r.u24("Length")?);
        let size = match self.file(file_no)?.kind {
            FileKind::Standard(file) | FileKind::Backup(file) => file.size,
            FileKind::Linear(file) | FileKind::Cyclic(file) => file.record_size,
            _ => 0,
        };
        if length == 0 {
            return Err(Refusal::Status(self.profile.empty_write_status));
        }
        if u64::from(offset) + u64::from(length) > u64::from(size) {
            return Err(Refusal::BOUNDARY);
        }
        let header = body.len() - r.left();
        let data = usize::try_from(length).map_err(|_| Refusal::BOUNDARY)?;
        Ok(Some(header + self.sealed_len(data, mode)))
    }

    /// Length of `len` bytes of a command's data after protection.
    fn sealed_len(&self, len: usize, mode: CommMode) -> usize {
        let channel = self.volatile.session.as_ref().map(|open| &open.channel);
        match (mode, channel) {
            (CommMode::Plain, _) | (_, None | Some(Channel::Plain)) => len,
            (CommMode::Mac, Some(Channel::D40(_))) => len + D40::MAC_LEN,
            (CommMode::Mac, Some(_)) => len + MAC_LEN,
            (CommMode::Full, Some(Channel::D40(_))) => (len + 2).next_multiple_of(8),
            (CommMode::Full, Some(Channel::Ev1(session))) => {
                (len + 4).next_multiple_of(session.block_len())
            }
            (CommMode::Full, Some(Channel::Ev2(_))) => (len + 1).next_multiple_of(16) + MAC_LEN,
        }
    }

    /// Removes the protection of a command.
    pub(super) fn open(
        &mut self,
        spec: &Spec,
        mode: CommMode,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        let short_mac = Refusal::Status(self.profile.short_mac_status);
        let Some(session) = &mut self.volatile.session else {
            return Ok(body.to_vec());
        };
        let header_len = spec.header_len(body.len());
        let has_data = body.len() > header_len;
        let ends = command_ends(spec, mode, body, self.capabilities.generation);
        let opened = match &mut session.channel {
            Channel::Plain => return Ok(body.to_vec()),
            Channel::Ev2(_) if mode == CommMode::Plain => return Ok(body.to_vec()),
            Channel::Ev2(_) if body.len() < MAC_LEN => return Err(short_mac),
            Channel::Ev2(session) => session.open_command(spec.ins, body, header_len, mode),
            Channel::Ev1(session) => {
                let too_short = body.len() < header_len + Ev1::MAC_LEN;
                if mode == CommMode::Mac && has_data && too_short {
                    return Err(short_mac);
                }
                let before = session.clone();
                first_that_fits(spec, &ends, |end| {
                    session.clone_from(&before);
                    session.open_command(spec.ins, body, header_len, mode, end)
                })
            }
            Channel::D40(session) => {
                let too_short = body.len() < header_len + D40::MAC_LEN;
                if mode == CommMode::Mac && has_data && too_short {
                    return Err(short_mac);
                }
                first_that_fits(spec, &ends, |end| {
                    session.open_command(body, header_len, mode, end)
                })
            }
        };
        if is_bad(&opened) {
            return Err(Refusal::INTEGRITY);
        }
        opened.plain.ok_or(Refusal::INTEGRITY)
    }

    /// Protects an answer, moves counter or IV and gives the first frame; the others wait in the chain.
    pub(super) fn seal(&mut self, reply: Reply, sealing: Sealing) -> Answer {
        let Reply { mut data, cuts } = reply;
        let Sealing { mode, has_data, .. } = sealing;
        let end = if sealing.asks_for_all {
            Extent::Marked
        } else {
            Extent::Known(data.len())
        };
        if let Some(session) = &mut self.volatile.session {
            data = match &mut session.channel {
                Channel::Plain => data,
                Channel::Ev2(session) => {
                    let data = session.seal_response(OK, &data, mode);
                    session.complete();
                    data
                }
                Channel::Ev1(session) => {
                    let mode = Ev1::answer_mode(mode, has_data);
                    session.seal_response(OK, &data, mode, end)
                }
                Channel::D40(session) => {
                    session.seal_response(&data, D40::answer_mode(mode, has_data), end)
                }
            };
        }
        let chunk = self.answer_chunk();
        if cuts.is_empty() && data.len() <= chunk {
            return Answer { status: OK, data };
        }
        let mut rest = data.as_slice();
        let mut frames = Vec::new();
        for cut in cuts {
            let (frame, more) = rest.split_at_checked(cut).unwrap_or((rest, &[]));
            frames.push(frame.to_vec());
            rest = more;
        }
        frames.extend(chunks(rest, chunk).map(<[u8]>::to_vec));
        frames.reverse();
        self.next_frame(frames)
    }

    /// Data bytes of one answer frame.
    fn answer_chunk(&self) -> usize {
        let channel = self.volatile.session.as_ref().map(|open| &open.channel);
        match channel {
            Some(Channel::Ev1(session)) if session.kind() == KeyType::Aes128 => {
                self.capabilities.answer_chunk_ev1_aes
            }
            _ => self.capabilities.answer_chunk,
        }
    }

    /// Sends the next of the waiting frames; the chain ends with the last.
    pub(super) fn next_frame(&mut self, mut frames: Vec<Vec<u8>>) -> Answer {
        let data = frames.pop().unwrap_or_default();
        let status = if frames.is_empty() {
            OK
        } else {
            self.volatile.chain = Chain::Answer(frames);
            crate::apdu::AF
        };
        Answer { status, data }
    }
}

fn is_bad(opened: &Opened) -> bool {
    [opened.mac.verdict, opened.crc.verdict, opened.padding].contains(&Verdict::Bad)
}

/// The first reading with good checks, or the one behind it where that has the length which the parameters announce
/// themselves and the first has not: data may end like a checksum. Later ones mean nothing, as a checksum is good behind
/// itself too. With no good checks, the first reading.
fn first_that_fits(spec: &Spec, ends: &[Extent], mut open: impl FnMut(Extent) -> Opened) -> Opened {
    let fits = |opened: &Opened| {
        let plain = opened.plain.as_deref().filter(|_| !is_bad(opened));
        plain.is_some_and(|plain| Command::from_body(spec.ins, plain).is_ok())
    };
    let mut readings = ends.iter().map(|end| open(*end));
    let Some(first) = readings.next() else {
        return Opened::default();
    };
    let good = if is_bad(&first) {
        readings.find(|opened| !is_bad(opened))
    } else {
        None
    };
    let good = good.unwrap_or(first);
    if is_bad(&good) || fits(&good) {
        return good;
    }
    readings.next().filter(fits).unwrap_or(good)
}

/// How the enciphered data of a command may end in D40 and EV1, likeliest first.
fn command_ends(spec: &Spec, mode: CommMode, body: &[u8], generation: Generation) -> Vec<Extent> {
    // FileOption of EV2 announces more than the first set of rights, but it is enciphered itself.
    if spec.ins == CHANGE_FILE_SETTINGS && mode == CommMode::Full {
        let most = if generation < Generation::Ev2 {
            SETTINGS_LEN
        } else {
            body.len().max(SETTINGS_LEN)
        };
        return (SETTINGS_LEN..=most).map(Extent::Known).collect();
    }
    vec![command_end(spec, mode, body)]
}

/// The end of data whose length the header or the code tells: commands whose header announces a length have just that
/// much; those of settings have one length each, which the handler checks.
fn command_end(spec: &Spec, mode: CommMode, body: &[u8]) -> Extent {
    if mode != CommMode::Full {
        return Extent::Known(0);
    }
    let mut r = Reader::new(spec.name, body);
    let announced = |r: &mut Reader<'_>, before: usize| {
        r.take("header", before).ok()?;
        let length = r.u24("Length").ok()?;
        usize::try_from(length).ok()
    };
    let len = match spec.ins {
        0x3D | 0x8D | 0x3B | 0x8B => announced(&mut r, 4),
        0xDB | 0xBA => announced(&mut r, 7),
        0x0C | 0xDC | 0x1C => Some(4),
        0x54 => Some(1),
        0x5C => match body.first() {
            Some(0x00) => Some(1),
            Some(0x01) => Some(25),
            Some(0x02) => return Extent::Marked,
            _ => None,
        },
        0xCE => Some(17),
        _ => None,
    };
    len.map_or(Extent::Search, Extent::Known)
}

const GET_CARD_UID: u8 = 0x51;
const CHANGE_FILE_SETTINGS: u8 = 0x5F;
/// FileOption and the first set of rights, without anything that FileOption announces.
const SETTINGS_LEN: usize = 3;
const CLEAR_RECORD_FILE: u8 = 0xEB;
/// Status of success.
pub(super) const OK: u8 = 0x00;

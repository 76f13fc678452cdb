//! Secure messaging at the card's end (DESFire reference §4.4): which mode a command has, opening it,
//! protecting its answer and cutting it into frames.

use super::Card;
use super::refusal::Refusal;
use super::volatile::Chain;
use crate::apdu::chunks;
use crate::bytes::Reader;
use crate::card::CommMode;
use crate::card::settings::FileKind;
use crate::command::{Rule, Spec};
use crate::secure_messaging::{MAC_LEN, Verdict};

/// What a handler gives back after success.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The answer's data, in plain.
    pub(super) data: Vec<u8>,
    /// Lengths of the first frames where they are fixed (GetVersion).
    pub(super) cuts: &'static [usize],
}

impl From<Vec<u8>> for Reply {
    fn from(data: Vec<u8>) -> Self {
        Self { data, cuts: &[] }
    }
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
            Rule::Mac => CommMode::Mac,
            Rule::Full => CommMode::Full,
        };
        Ok(if self.volatile.session.is_some() {
            fixed
        } else {
            CommMode::Plain
        })
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
            return Err(Refusal::PARAMETER);
        }
        if u64::from(offset) + u64::from(length) > u64::from(size) {
            return Err(Refusal::BOUNDARY);
        }
        let header = body.len() - r.left();
        let data = usize::try_from(length).map_err(|_| Refusal::BOUNDARY)?;
        Ok(Some(header + sealed_len(data, mode)))
    }

    /// Removes the protection of a command.
    pub(super) fn open(
        &self,
        spec: &Spec,
        mode: CommMode,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        let Some(session) = &self.volatile.session else {
            return Ok(body.to_vec());
        };
        if mode == CommMode::Plain {
            return Ok(body.to_vec());
        }
        if body.len() < MAC_LEN {
            return Err(Refusal::LENGTH);
        }
        let header_len = spec.header_len(body.len());
        let opened = session.ev2.open_command(spec.ins, body, header_len, mode);
        if opened.mac.verdict != Verdict::Ok || opened.padding == Verdict::Bad {
            return Err(Refusal::INTEGRITY);
        }
        opened.plain.ok_or(Refusal::INTEGRITY)
    }

    /// Protects an answer, moves the counter and gives the first frame; the others wait in the chain.
    pub(super) fn seal(&mut self, reply: Reply, mode: CommMode) -> Answer {
        let Reply { mut data, cuts } = reply;
        if let Some(session) = &mut self.volatile.session {
            data = session.ev2.seal_response(OK, &data, mode);
            session.ev2.complete();
        }
        if cuts.is_empty() && data.len() <= self.capabilities.answer_chunk {
            return Answer { status: OK, data };
        }
        let mut rest = data.as_slice();
        let mut frames = Vec::new();
        for cut in cuts {
            let (frame, more) = rest.split_at_checked(*cut).unwrap_or((rest, &[]));
            frames.push(frame.to_vec());
            rest = more;
        }
        frames.extend(chunks(rest, self.capabilities.answer_chunk).map(<[u8]>::to_vec));
        frames.reverse();
        self.next_frame(frames)
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

/// Length of `len` bytes of data after protection.
fn sealed_len(len: usize, mode: CommMode) -> usize {
    match mode {
        CommMode::Plain => len,
        CommMode::Mac => len + MAC_LEN,
        CommMode::Full => (len + 1).next_multiple_of(16) + MAC_LEN,
    }
}

/// Status of success.
pub(super) const OK: u8 = 0x00;

//! One command from plain parameters to plain answer: sealing, framing, `AF` chains, opening.

use std::collections::VecDeque;

use super::authenticate::{Handshake, Next};
use super::iso;
use super::protection::Protection;
use super::request::{HostError, Reply, Request};
use crate::apdu::{AF, CommandApdu, Family, Frame, FrameForm, ResponseApdu, Status, chunks};
use crate::card::{Aid, CommMode};
use crate::command::Command;
use crate::secure_messaging::{Channel, Ev2};

/// Data bytes of one command frame unless the caller says otherwise (DESFire reference §1.3).
const PART: usize = 54;

/// The host of one card.
#[derive(Debug)]
pub struct Host {
    form: FrameForm,
    channel: Channel,
    /// Number of the key that opened the present session, or the one before.
    key_no: Option<u8>,
    /// The selected application or PICC level; `None` when it is not known.
    selected: Option<Aid>,
    /// A SELECT may have ended the session; the next protected answer tells.
    in_doubt: bool,
    /// Lengths of the frames of the next command; the rest is cut into frames of [`PART`].
    parts: Vec<usize>,
    /// Length of the records that the next command reads.
    record_size: Option<u32>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    form: FrameForm,
    protection: Protection,
    frames: VecDeque<Vec<u8>>,
    answer: Vec<u8>,
    /// Data bytes of each answer frame.
    lengths: Vec<usize>,
    /// Of an ISO command.
    effect: iso::Effect,
    handshake: Option<Handshake>,
    /// Of an authentication.
    key_no: Option<u8>,
    answered: bool,
}

impl Default for Host {
    fn default() -> Self {
        Self::new(FrameForm::Wrapped)
    }
}

impl Host {
    /// A host without a session that frames DESFire commands in `form`.
    pub const fn new(form: FrameForm) -> Self {
        Self {
            form,
            channel: Channel::Plain,
            key_no: None,
            selected: Some(Aid::PICC),
            in_doubt: false,
            parts: Vec::new(),
            record_size: None,
            open: None,
        }
    }

    /// Sets how many bytes the frames of the next command carry, where another host cut differently.
    pub fn set_parts(&mut self, parts: Vec<usize>) {
        self.parts = parts;
    }

    /// Tells how many bytes the records have that the next command reads. ReadRecords does not say it, and without it the
    /// end of an enciphered answer of D40 or EV1 has to be guessed: one of 256 is read a byte short.
    pub const fn set_record_size(&mut self, size: u32) {
        self.record_size = Some(size);
    }

    /// Changes the frame form of the next commands.
    pub const fn set_form(&mut self, form: FrameForm) {
        self.form = form;
    }

    /// Enters a session whose authentication happened elsewhere.
    pub fn resume(&mut self, session: Ev2) {
        (self.selected, self.key_no) = (None, None);
        self.in_doubt = false;
        self.channel = Channel::Ev2(Box::new(session));
    }

    /// The field went off: session and selection are gone.
    pub fn power_off(&mut self) {
        self.give_up();
        self.selected = Some(Aid::PICC);
    }

    /// The card may stand where it stood, but nobody knows where that is: a frame or its answer went past the host.
    pub fn forget(&mut self) {
        self.give_up();
        self.selected = None;
    }

    /// Forgets session and open command; what is selected stays so.
    pub fn end_session(&mut self) {
        self.give_up();
    }

    /// Forgets session and open command.
    fn give_up(&mut self) {
        self.channel = Channel::Plain;
        self.in_doubt = false;
        self.open = None;
    }

    /// What protects the messages at present.
    pub const fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The selected application, when it is known.
    pub const fn selected(&self) -> Option<Aid> {
        self.selected
    }

    /// Number of the key that opened the present session, when that is known.
    pub const fn key_no(&self) -> Option<u8> {
        match self.channel {
            Channel::Plain => None,
            Channel::D40(_) | Channel::Ev1(_) | Channel::Ev2(_) => self.key_no,
        }
    }

    /// The EV2 session, when one is open.
    pub fn session(&self) -> Option<&Ev2> {
        match &self.channel {
            Channel::Ev2(session) => Some(session),
            Channel::Plain | Channel::Ev1(_) | Channel::D40(_) => None,
        }
    }

    /// Starts a request.
    pub fn start(&mut self, request: &Request) -> Result<(), HostError> {
        if self.open.is_some() {
            return Err(HostError::Busy);
        }
        let renews = matches!(request, Request::Authenticate { first: false, .. });
        if renews && self.session().is_none() {
            return Err(HostError::NoSession);
        }
        match Handshake::start(request, self.form) {
            Some(started) => {
                let (handshake, frame) = started?;
                let ins = frame.first().copied().unwrap_or_default();
                let form = handshake.form(self.form);
                self.open = Some(Open {
                    handshake: Some(handshake),
                    key_no: authenticates_with(request),
                    ..Open::new(form, Protection::none(ins), VecDeque::from([frame]))
                });
                Ok(())
            }
            None => match request {
                Request::Command { command, mode } => {
                    self.start_command(command, &command.frame(), *mode, false)
                }
                Request::Exact { frame, mode } => {
                    self.start_command(&Command::parse(frame), frame, *mode, true)
                }
                Request::ChangeKey {
                    key_set,
                    key_no,
                    change,
                } => {
                    let channel = &mut self.channel;
                    let ins = if key_set.is_some() { 0xC6 } else { 0xC4 };
                    let (protection, body) =
                        Protection::change_key(channel, *key_set, *key_no, change)?;
                    self.send(ins, &body, protection);
                    Ok(())
                }
                _ => Ok(()),
            },
        }
    }

    /// The next frame to send, when one is due.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let open = self.open.as_mut().filter(|open| open.answered)?;
        open.answered = false;
        open.frames.pop_front()
    }

    /// Takes an answer frame; gives the reply when the request is complete.
    pub fn handle_response(&mut self, bytes: &[u8]) -> Result<Option<Reply>, HostError> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        let Some(answer) = ResponseApdu::parse(open.form, bytes) else {
            self.give_up();
            return Err(HostError::Short(bytes.len()));
        };
        open.answered = true;
        if open.handshake.is_some() {
            return self.take_handshake(&answer);
        }
        open.lengths.push(answer.data.len());
        if answer.status.is_additional_frame() {
            open.answer.extend_from_slice(answer.data);
            if open.frames.is_empty() && answer.data.is_empty() {
                self.give_up();
                return Err(HostError::NoMoreFrames);
            }
            if open.frames.is_empty() {
                open.frames
                    .push_back(CommandApdu::emit(open.form, AF, [0, 0], &[]));
            }
            return Ok(None);
        }
        let Some(mut open) = self.open.take() else {
            return Ok(None);
        };
        open.answer.extend_from_slice(answer.data);
        self.finish(open, answer.status).map(Some)
    }

    /// Starts `command`, whose frame is `frame`; `exact`: the mode is meant also where the command has one of its own.
    fn start_command(
        &mut self,
        command: &Command,
        frame: &Frame,
        mode: CommMode,
        exact: bool,
    ) -> Result<(), HostError> {
        if frame.family != Family::Desfire {
            let form = if frame.family == Family::Iso {
                FrameForm::Iso
            } else {
                FrameForm::Reader
            };
            let frames = VecDeque::from([CommandApdu::emit_frame(form, frame)]);
            let effect = iso::Effect::of(command);
            self.open = Some(Open {
                effect,
                ..Open::new(form, Protection::none(frame.ins), frames)
            });
            return Ok(());
        }
        let record_size = self.record_size.take();
        let mut protection = Protection::of(&self.channel, command, frame, mode, record_size);
        if exact {
            protection.insist(&self.channel, mode);
        }
        let body = protection.seal(&mut self.channel, frame)?;
        self.send(frame.ins, &body, protection);
        Ok(())
    }

    /// Cuts a protected command into frames.
    fn send(&mut self, ins: u8, body: &[u8], protection: Protection) {
        let parts = cut(body, &std::mem::take(&mut self.parts));
        let frames = parts.into_iter().enumerate().map(|(index, part)| {
            let ins = if index == 0 { ins } else { AF };
            CommandApdu::emit(self.form, ins, [0, 0], part)
        });
        self.open = Some(Open::new(self.form, protection, frames.collect()));
    }

    fn take_handshake(&mut self, answer: &ResponseApdu<'_>) -> Result<Option<Reply>, HostError> {
        let form = self.form;
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        let Some(handshake) = &mut open.handshake else {
            return Ok(None);
        };
        let reply = Reply {
            status: answer.status,
            data: Vec::new(),
            frames: Vec::new(),
        };
        match handshake.take(form, answer) {
            Ok(Next::Send(frame)) => {
                open.frames.push_back(frame);
                return Ok(None);
            }
            Ok(Next::Opened(session)) => {
                self.key_no = open.key_no;
                self.open = None;
                self.in_doubt = false;
                session.enter(&mut self.channel)?;
            }
            Ok(Next::Refused) => self.give_up(),
            // The card has dropped the old session with the first frame (DESFire reference §1.4).
            Err(error) => {
                self.give_up();
                return Err(error);
            }
        }
        Ok(Some(reply))
    }

    /// While it is in doubt whether the session is there, a wrong protection says that it is not: the answer is that of a
    /// card without a session. Otherwise it is an error.
    fn finish(&mut self, mut open: Open, status: Status) -> Result<Reply, HostError> {
        let frames = std::mem::take(&mut open.lengths);
        let (len, raw) = (
            open.answer.len(),
            self.in_doubt.then(|| open.answer.clone()),
        );
        let data = match (self.open_answer(open, status), raw) {
            (Ok(data), _) => {
                self.in_doubt &= data.len() == len;
                data
            }
            (Err(error @ HostError::Form(_)), _) | (Err(error), None) => return Err(error),
            (Err(_), Some(raw)) => {
                self.give_up();
                raw
            }
        };
        Ok(Reply {
            status,
            data,
            frames,
        })
    }

    fn open_answer(&mut self, open: Open, status: Status) -> Result<Vec<u8>, HostError> {
        let Some(code) = status.code() else {
            if matches!(open.form, FrameForm::Wrapped | FrameForm::Native) {
                self.channel = Channel::Plain;
                if status.is_success() {
                    return Err(HostError::Form(status));
                }
            }
            if open.effect.selects(status) {
                self.selected = open.effect.level();
                self.in_doubt = open.effect == iso::Effect::SelectsEither;
            }
            return open.effect.open(&mut self.channel, status, open.answer);
        };
        let (channel, before) = (&mut self.channel, self.selected);
        if let Some(aid) = open.protection.selects(status, before) {
            self.selected = Some(aid);
        }
        open.protection
            .open(channel, before, status, code, open.answer)
    }
}

impl Open {
    const fn new(form: FrameForm, protection: Protection, frames: VecDeque<Vec<u8>>) -> Self {
        let answer = Vec::new();
        Self {
            form,
            protection,
            frames,
            answer,
            lengths: Vec::new(),
            effect: iso::Effect::None,
            handshake: None,
            key_no: None,
            answered: true,
        }
    }
}

/// Number of the key that a request authenticates with.
const fn authenticates_with(request: &Request) -> Option<u8> {
    match request {
        Request::Authenticate { key_no, .. } | Request::AuthenticateLegacy { key_no, .. } => {
            Some(*key_no)
        }
        // Bit 7 says that it is a key of an application.
        Request::AuthenticateIso { reference, .. } => Some(*reference & 0x7F),
        Request::Command { .. } | Request::Exact { .. } | Request::ChangeKey { .. } => None,
    }
}

/// Cuts a body into frames of the given lengths, what is left into ordinary frames.
fn cut<'a>(body: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = body;
    let mut parts = Vec::new();
    for length in lengths {
        let Some((part, more)) = rest.split_at_checked(*length) else {
            break;
        };
        parts.push(part);
        rest = more;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.extend(chunks(rest, PART));
    }
    parts
}

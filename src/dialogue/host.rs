//! One command from plain parameters to plain answer: sealing, framing, `AF` chains, opening.

use std::collections::VecDeque;

use crate::apdu::{AF, CommandApdu, Family, FrameForm, ResponseApdu, Status, chunks};
use crate::bytes::hex;
use crate::card::CommMode;
use crate::command::{AuthenticateEv2First, AuthenticateEv2NonFirst, Command, Rule, spec};
use crate::secure_messaging::handshake::{self, Host as Handshake};
use crate::secure_messaging::{Channel, CounterExhausted, Ev2, MAC_LEN, Verdict};

/// Data bytes of one command frame unless the caller says otherwise (DESFire reference §1.3).
const PART: usize = 54;

/// What the host should do next.
#[derive(Clone, Debug)]
pub enum Request {
    /// A command; `mode` is the file's mode where the command table says "file".
    Command {
        /// The command.
        command: Command,
        /// Communication mode of the file.
        mode: CommMode,
    },
    /// An EV2 authentication.
    Authenticate {
        /// First rather than NonFirst.
        first: bool,
        /// Key number.
        key_no: u8,
        /// The key.
        key: [u8; 16],
        /// The host's random number.
        rnd_a: [u8; 16],
        /// PCD capabilities, 0 to 6 bytes.
        pcdcap2: Vec<u8>,
    },
}

/// A completed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status of the last frame.
    pub status: Status,
    /// Plain data; empty for authentications.
    pub data: Vec<u8>,
}

/// Why the host gives a conversation up. A card's refusal is a [`Reply`], not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The answer has no status.
    #[error("the answer has {0} bytes, at least a status expected")]
    Short(usize),
    /// The answer's MAC does not fit.
    #[error("response MAC is {got}, {expected} expected")]
    Mac {
        /// Computed.
        expected: String,
        /// Received.
        got: String,
        /// Where the MAC stands in the joined answer data.
        offset: usize,
    },
    /// Deciphered data does not end in its padding.
    #[error("the deciphered answer does not end in 80 00…")]
    Padding,
    /// The authentication failed on the card's side.
    #[error(transparent)]
    Handshake(#[from] handshake::HostError),
    /// The session can't carry another command.
    #[error(transparent)]
    Counter(#[from] CounterExhausted),
    /// NonFirst without a session.
    #[error("AuthenticateEV2NonFirst needs an open EV2 session")]
    NoSession,
    /// A status in a form that does not answer the command.
    #[error("status {0} does not answer a wrapped command")]
    Form(Status),
    /// `AF` without data when the command has no more frames: there would be no end.
    #[error("the card asks for a further frame, but the whole command was sent")]
    NoMoreFrames,
    /// A request while another one is open.
    #[error("a command is still open")]
    Busy,
}

/// The host of one card.
#[derive(Debug)]
pub struct Host {
    form: FrameForm,
    channel: Channel,
    /// Lengths of the frames of the next command; the rest is cut into frames of [`PART`].
    parts: Vec<usize>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    form: FrameForm,
    ins: u8,
    mode: CommMode,
    own_key: bool,
    frames: VecDeque<Vec<u8>>,
    answer: Vec<u8>,
    handshake: Option<Handshake>,
    first: bool,
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
            parts: Vec::new(),
            open: None,
        }
    }

    /// Sets how many bytes the frames of the next command carry, where another host cut differently.
    pub fn set_parts(&mut self, parts: Vec<usize>) {
        self.parts = parts;
    }

    /// Changes the frame form of the next commands.
    pub const fn set_form(&mut self, form: FrameForm) {
        self.form = form;
    }

    /// Enters a session whose authentication happened elsewhere.
    pub fn resume(&mut self, session: Ev2) {
        self.channel = Channel::Ev2(Box::new(session));
    }

    /// The field went off: the session is gone.
    pub fn power_off(&mut self) {
        self.channel = Channel::Plain;
        self.open = None;
    }

    /// The session, when one is open.
    pub fn session(&self) -> Option<&Ev2> {
        match &self.channel {
            Channel::Ev2(session) => Some(session),
            Channel::Plain => None,
        }
    }

    /// Starts a request.
    pub fn start(&mut self, request: &Request) -> Result<(), HostError> {
        if self.open.is_some() {
            return Err(HostError::Busy);
        }
        match request {
            Request::Command { command, mode } => self.start_command(command, *mode),
            Request::Authenticate {
                first,
                key_no,
                key,
                rnd_a,
                pcdcap2,
            } => {
                if !first && self.session().is_none() {
                    return Err(HostError::NoSession);
                }
                let command = if *first {
                    Command::AuthenticateEv2First(AuthenticateEv2First {
                        key_no: *key_no,
                        pcdcap2: pcdcap2.clone(),
                    })
                } else {
                    Command::AuthenticateEv2NonFirst(AuthenticateEv2NonFirst { key_no: *key_no })
                };
                let frame = command.frame();
                let frames = VecDeque::from([CommandApdu::emit_frame(self.form, &frame)]);
                let handshake = Some(Handshake::new(*key, *rnd_a, *first));
                self.open = Some(Open {
                    handshake,
                    first: *first,
                    ..Open::new(self.form, frame.ins, CommMode::Plain, frames)
                });
                Ok(())
            }
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
            self.power_off();
            return Err(HostError::Short(bytes.len()));
        };
        open.answered = true;
        if answer.status.is_additional_frame() {
            if let Some(handshake) = open.handshake.as_mut().filter(|_| open.answer.is_empty()) {
                let token = handshake.answer(answer.data);
                open.answer.extend_from_slice(answer.data);
                let token = token.inspect_err(|_| self.open = None)?;
                let frame = CommandApdu::emit(self.form, AF, [0, 0], &token);
                if let Some(open) = &mut self.open {
                    open.frames.push_back(frame);
                }
                return Ok(None);
            }
            open.answer.extend_from_slice(answer.data);
            if open.frames.is_empty() && answer.data.is_empty() {
                self.power_off();
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
        if open.handshake.is_some() {
            return self
                .finish_handshake(&open, answer.status, answer.data)
                .map(Some);
        }
        open.answer.extend_from_slice(answer.data);
        self.finish(open, answer.status).map(Some)
    }

    fn start_command(&mut self, command: &Command, mode: CommMode) -> Result<(), HostError> {
        let frame = command.frame();
        if frame.family != Family::Desfire {
            let form = if frame.family == Family::Iso {
                FrameForm::Iso
            } else {
                FrameForm::Reader
            };
            let frames = VecDeque::from([CommandApdu::emit_frame(form, &frame)]);
            self.open = Some(Open::new(form, frame.ins, CommMode::Plain, frames));
            return Ok(());
        }
        let mode = match (
            spec(frame.ins).map_or(Rule::Plain, |spec| spec.rule),
            self.session(),
        ) {
            (_, None) | (Rule::Plain | Rule::Authentication, _) => CommMode::Plain,
            (Rule::Mac, _) => CommMode::Mac,
            (Rule::Full, _) => CommMode::Full,
            (Rule::FullUnlessFree | Rule::File, _) => mode,
        };
        let body = match &self.channel {
            Channel::Ev2(session) => session.seal_command(&frame, mode)?,
            Channel::Plain => frame.body(),
        };
        let parts = cut(&body, &std::mem::take(&mut self.parts));
        let frames = parts.into_iter().enumerate().map(|(index, part)| {
            let ins = if index == 0 { frame.ins } else { AF };
            CommandApdu::emit(self.form, ins, [0, 0], part)
        });
        let own_key = changes_own_key(command);
        self.open = Some(Open {
            own_key,
            ..Open::new(self.form, frame.ins, mode, frames.collect())
        });
        Ok(())
    }

    fn finish_handshake(
        &mut self,
        open: &Open,
        status: Status,
        data: &[u8],
    ) -> Result<Reply, HostError> {
        let reply = Reply {
            status,
            data: Vec::new(),
        };
        let Some(handshake) = open.handshake.as_ref().filter(|_| status.is_success()) else {
            self.channel = Channel::Plain;
            return Ok(reply);
        };
        let opened = match handshake.finish(data) {
            Ok(opened) => opened,
            Err(error) => {
                self.channel = Channel::Plain;
                return Err(error.into());
            }
        };
        match (&mut self.channel, opened.ti) {
            (_, Some(ti)) => self.channel = Channel::Ev2(Box::new(Ev2::new(&opened.keys, ti))),
            (Channel::Ev2(session), None) => session.renew(&opened.keys),
            (Channel::Plain, None) => return Err(HostError::NoSession),
        }
        debug_assert_eq!(open.first, opened.ti.is_some());
        Ok(reply)
    }

    fn finish(&mut self, open: Open, status: Status) -> Result<Reply, HostError> {
        let Some(code) = status.code() else {
            if matches!(open.form, FrameForm::Wrapped | FrameForm::Native) {
                self.channel = Channel::Plain;
                return if status.is_success() {
                    Err(HostError::Form(status))
                } else {
                    Ok(Reply {
                        status,
                        data: open.answer,
                    })
                };
            }
            if open.form == FrameForm::Iso && status.is_success() {
                self.channel = Channel::Plain;
            }
            return Ok(Reply {
                status,
                data: open.answer,
            });
        };
        let data = match &mut self.channel {
            Channel::Plain => open.answer,
            Channel::Ev2(_) if !status.is_success() && code != 0x0C => {
                self.channel = Channel::Plain;
                open.answer
            }
            Channel::Ev2(_) if open.own_key || open.ins == 0x5A => {
                self.channel = Channel::Plain;
                open.answer
            }
            Channel::Ev2(session) => {
                let mode = if status.is_success() {
                    open.mode
                } else {
                    CommMode::Plain
                };
                let data = open_response(session, code, &open.answer, mode);
                session.complete();
                data.inspect_err(|_| self.channel = Channel::Plain)?
            }
        };
        Ok(Reply { status, data })
    }
}

impl Open {
    const fn new(form: FrameForm, ins: u8, mode: CommMode, frames: VecDeque<Vec<u8>>) -> Self {
        let answer = Vec::new();
        Self {
            form,
            ins,
            mode,
            own_key: false,
            frames,
            answer,
            handshake: None,
            first: false,
            answered: true,
        }
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

fn open_response(
    session: &Ev2,
    code: u8,
    answer: &[u8],
    mode: CommMode,
) -> Result<Vec<u8>, HostError> {
    let opened = session.open_response(code, answer, mode);
    if opened.mac.verdict == Verdict::Bad {
        return Err(HostError::Mac {
            expected: hex::upper(opened.mac.expected),
            got: answer
                .last_chunk::<MAC_LEN>()
                .map_or_else(|| hex::upper(answer), hex::upper),
            offset: answer.len().saturating_sub(MAC_LEN),
        });
    }
    opened
        .plain
        .filter(|_| opened.padding != Verdict::Bad)
        .ok_or(HostError::Padding)
}

/// Key data without checksum is that of the session's own key (DESFire reference §4.6).
fn changes_own_key(command: &Command) -> bool {
    match command {
        Command::ChangeKey(change) => change.key_data.len() == 17,
        Command::ChangeKeyEv2(change) => change.key_data.len() == 17,
        _ => false,
    }
}

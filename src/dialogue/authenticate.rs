//! The host's side of every authentication, frame by frame.

use super::request::{HostError, Request};
use crate::apdu::{AF, CommandApdu, FrameForm, ResponseApdu};
use crate::card::KeyType;
use crate::command::iso::{EXTERNAL_AUTHENTICATE, GET_CHALLENGE, INTERNAL_AUTHENTICATE};
use crate::command::{AuthenticateEv2First, AuthenticateEv2NonFirst, AuthenticateLegacy, Command};
use crate::secure_messaging::handshake::{AuthKey, Host as Ev2Host, HostSession, d40, ev1, iso};
use crate::secure_messaging::{Channel, Ev2};

/// An authentication under way.
#[derive(Debug)]
pub(super) struct Handshake {
    role: Role,
    /// Frames of the card taken so far.
    taken: usize,
}

#[derive(Debug)]
enum Role {
    Ev2(Ev2Host),
    D40(Box<d40::Host>),
    Ev1(Box<ev1::Host>),
    Iso {
        host: Box<iso::Host>,
        p1p2: [u8; 2],
        rnd_len: u8,
    },
}

/// What comes after a frame of the card.
pub(super) enum Next {
    /// This frame.
    Send(Vec<u8>),
    /// The session.
    Opened(Session),
    /// The card refused.
    Refused,
}

/// What an authentication opens.
pub(super) enum Session {
    Ev2(Box<HostSession>),
    Legacy(Channel),
}

impl Session {
    /// Puts the session in the place of the present one; NonFirst needs one to renew.
    pub(super) fn enter(self, channel: &mut Channel) -> Result<(), HostError> {
        match self {
            Self::Legacy(opened) => *channel = opened,
            Self::Ev2(opened) => match (opened.ti, channel) {
                (Some(ti), channel) => {
                    *channel = Channel::Ev2(Box::new(Ev2::new(&opened.keys, ti)));
                }
                (None, Channel::Ev2(session)) => session.renew(&opened.keys),
                (None, _) => return Err(HostError::NoSession),
            },
        }
        Ok(())
    }
}

impl Handshake {
    /// Starts the authentication that a request asks for and gives its first frame; `None` for other requests.
    pub(super) fn start(
        request: &Request,
        form: FrameForm,
    ) -> Option<Result<(Self, Vec<u8>), HostError>> {
        let native = |command: Command| CommandApdu::emit_frame(form, &command.frame());
        let (role, frame) = match request {
            Request::Command { .. } | Request::Exact { .. } | Request::ChangeKey { .. } => {
                return None;
            }
            Request::Authenticate {
                first,
                key_no,
                key,
                rnd_a,
                pcdcap2,
            } => {
                let command = if *first {
                    Command::AuthenticateEv2First(AuthenticateEv2First {
                        key_no: *key_no,
                        pcdcap2: pcdcap2.clone(),
                    })
                } else {
                    Command::AuthenticateEv2NonFirst(AuthenticateEv2NonFirst { key_no: *key_no })
                };
                let role = Role::Ev2(Ev2Host::new(*key, *rnd_a, *first));
                (Some(role), native(command))
            }
            Request::AuthenticateLegacy {
                d40,
                key_no,
                key,
                rnd_a,
            } => {
                let code = match (d40, key.kind()) {
                    (true, _) => AuthenticateLegacy::D40,
                    (false, KeyType::Aes128) => AuthenticateLegacy::AES,
                    (false, _) => AuthenticateLegacy::ISO,
                };
                let role = if *d40 {
                    let rnd_a = rnd_a.expose().try_into().ok();
                    let host = rnd_a.and_then(|rnd_a| d40::Host::new(key, rnd_a));
                    host.map(|host| Role::D40(Box::new(host)))
                } else {
                    let host = ev1::Host::new(key, rnd_a.expose());
                    host.map(|host| Role::Ev1(Box::new(host)))
                };
                let command = AuthenticateLegacy {
                    ins: code,
                    key_no: *key_no,
                };
                (role, native(Command::AuthenticateLegacy(command)))
            }
            Request::AuthenticateIso {
                reference,
                key,
                rpcd1,
                rpcd2,
            } => {
                let rnd_len = if key.rnd_len() == 8 { 8 } else { 16 };
                let host = iso::Host::new(key, rpcd1.expose(), rpcd2);
                let role = host.map(|host| Role::Iso {
                    host: Box::new(host),
                    p1p2: [algorithm(key), *reference],
                    rnd_len,
                });
                (role, iso_apdu(GET_CHALLENGE, [0, 0], &[], Some(rnd_len)))
            }
        };
        let taken = 0;
        let role = role.ok_or(HostError::Key);
        Some(role.map(|role| (Self { role, taken }, frame)))
    }

    /// The form of its frames.
    pub(super) const fn form(&self, form: FrameForm) -> FrameForm {
        match self.role {
            Role::Iso { .. } => FrameForm::Iso,
            _ => form,
        }
    }

    /// Takes a frame of the card.
    pub(super) fn take(
        &mut self,
        form: FrameForm,
        answer: &ResponseApdu<'_>,
    ) -> Result<Next, HostError> {
        let (success, more) = (
            answer.status.is_success(),
            answer.status.is_additional_frame(),
        );
        self.taken += 1;
        match (&mut self.role, self.taken) {
            (Role::Iso { host, p1p2, .. }, 1) if success => {
                let token = host.external(answer.data)?;
                Ok(Next::Send(iso_apdu(
                    EXTERNAL_AUTHENTICATE,
                    *p1p2,
                    &token,
                    None,
                )))
            }
            (
                Role::Iso {
                    host,
                    p1p2,
                    rnd_len,
                },
                2,
            ) if success => {
                let apdu = iso_apdu(
                    INTERNAL_AUTHENTICATE,
                    *p1p2,
                    host.internal(),
                    Some(2 * *rnd_len),
                );
                Ok(Next::Send(apdu))
            }
            (Role::Iso { host, .. }, _) if success => {
                let (_, channel) = host.finish(answer.data)?;
                Ok(Next::Opened(Session::Legacy(Channel::Ev1(Box::new(
                    channel,
                )))))
            }
            (Role::Iso { .. }, _) => Ok(Next::Refused),
            (role, 1) if more => {
                let token = match role {
                    Role::Ev2(host) => host.answer(answer.data)?.to_vec(),
                    Role::D40(host) => host.answer(answer.data)?.to_vec(),
                    Role::Ev1(host) => host.answer(answer.data)?,
                    Role::Iso { .. } => Vec::new(),
                };
                Ok(Next::Send(CommandApdu::emit(form, AF, [0, 0], &token)))
            }
            (_, _) if more => Err(HostError::NoMoreFrames),
            (role, _) if success => Ok(Next::Opened(match role {
                Role::Ev2(host) => Session::Ev2(Box::new(host.finish(answer.data)?)),
                Role::D40(host) => {
                    Session::Legacy(Channel::D40(Box::new(host.finish(answer.data)?.1)))
                }
                Role::Ev1(host) => {
                    Session::Legacy(Channel::Ev1(Box::new(host.finish(answer.data)?.1)))
                }
                Role::Iso { .. } => return Ok(Next::Refused),
            })),
            _ => Ok(Next::Refused),
        }
    }
}

/// P1 of EXTERNAL and INTERNAL AUTHENTICATE (DESFire reference §1.5).
fn algorithm(key: &AuthKey) -> u8 {
    match key.kind() {
        KeyType::Des | KeyType::TwoKey3Des => 0x02,
        KeyType::ThreeKey3Des => 0x04,
        KeyType::Aes128 => 0x09,
    }
}

fn iso_apdu(ins: u8, [p1, p2]: [u8; 2], data: &[u8], le: Option<u8>) -> Vec<u8> {
    let mut apdu = vec![0x00, ins, p1, p2];
    if let Ok(lc @ 1..) = u8::try_from(data.len()) {
        apdu.push(lc);
        apdu.extend_from_slice(data);
    }
    apdu.extend(le);
    apdu
}

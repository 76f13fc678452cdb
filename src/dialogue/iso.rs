//! What an ISO command does to the host's session (DESFire reference §1.5, §2.12).

use super::protection::checked;
use super::request::HostError;
use crate::apdu::Status;
use crate::card::{Aid, CommMode};
use crate::command::{Command, Select};
use crate::secure_messaging::{Channel, Ev1, Extent};

/// The effect, when the card's answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// None.
    None,
    /// Success ends the session: this level was selected, or an application that the command does not tell.
    Selects(Option<Aid>),
    /// A file was selected, and the session stays, or an application, and it is gone. The answer is the same; the next one
    /// that has to be protected tells.
    SelectsEither,
    /// The file is read: in an EV1 session the answer has a MAC. A refusal ends the session.
    Reads,
    /// The file is written: nothing is protected. A refusal ends the session.
    Writes,
}

impl Effect {
    /// The effect of a command.
    pub(super) fn of(command: &Command) -> Self {
        match command {
            Command::Select(select) if select.p1 == Select::FILE => Self::None,
            Command::Select(select) if select.is_master() || select.p1 == Select::PARENT => {
                Self::Selects(Some(Aid::PICC))
            }
            Command::Select(select) if select.p1 == Select::BY_FID => Self::SelectsEither,
            Command::Select(_) => Self::Selects(None),
            Command::ReadBinary(_) | Command::ReadRecord(_) => Self::Reads,
            Command::UpdateBinary(_) | Command::AppendRecord(_) => Self::Writes,
            _ => Self::None,
        }
    }

    /// Whether another level is selected after the command.
    pub(super) const fn selects(self, status: Status) -> bool {
        matches!(self, Self::Selects(_) | Self::SelectsEither)
            && matches!(status, Status::Iso(0x9000 | DEACTIVATED))
    }

    /// What is selected then; `None` when the command does not tell.
    pub(super) const fn level(self) -> Option<Aid> {
        match self {
            Self::Selects(level) => level,
            _ => None,
        }
    }

    /// Applies the effect and removes the protection of the answer.
    pub(super) fn open(
        self,
        channel: &mut Channel,
        status: Status,
        answer: Vec<u8>,
    ) -> Result<Vec<u8>, HostError> {
        let Status::Iso(word) = status else {
            return Ok(answer);
        };
        let done = matches!(word, 0x9000 | END_OF_FILE);
        match self {
            Self::Selects(_) if done || word == DEACTIVATED => *channel = Channel::Plain,
            // Only an application is ever deactivated or has control information.
            Self::SelectsEither if word == DEACTIVATED || done && !answer.is_empty() => {
                *channel = Channel::Plain;
            }
            Self::Reads | Self::Writes if !done && word >> 8 != WRONG_LE => {
                *channel = Channel::Plain;
            }
            Self::Reads if done => {
                if let Channel::Ev1(session) = channel {
                    let opened =
                        session.open_response(0x00, &answer, CommMode::Mac, Extent::Search);
                    return checked(opened, &answer, Ev1::MAC_LEN)
                        .inspect_err(|_| *channel = Channel::Plain);
                }
            }
            _ => {}
        }
        Ok(answer)
    }
}

const END_OF_FILE: u16 = 0x6282;
const DEACTIVATED: u16 = 0x6283;
/// First byte of the status word that asks for another Le.
const WRONG_LE: u16 = 0x6C;

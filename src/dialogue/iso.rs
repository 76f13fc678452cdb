//! What an ISO command does to the host's session (DESFire reference §1.5, §2.12).

use super::protection::checked;
use super::request::HostError;
use crate::apdu::Status;
use crate::card::CommMode;
use crate::command::{Command, Select};
use crate::secure_messaging::{Channel, Ev1, Extent};

/// The effect, when the card's answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// None.
    None,
    /// Success ends the session: an application was selected. A file identifier without more may mean a file or an
    /// application, and the host takes it for an application: better to authenticate once more than to trust a session
    /// that is gone.
    Selects,
    /// The file is read: in an EV1 session the answer has a MAC. A refusal ends the session.
    Reads,
    /// The file is written: nothing is protected. A refusal ends the session.
    Writes,
}

impl Effect {
    /// The effect of a command.
    pub(super) const fn of(command: &Command) -> Self {
        match command {
            Command::Select(select) if select.p1 == Select::FILE => Self::None,
            Command::Select(_) => Self::Selects,
            Command::ReadBinary(_) | Command::ReadRecord(_) => Self::Reads,
            Command::UpdateBinary(_) | Command::AppendRecord(_) => Self::Writes,
            _ => Self::None,
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
            Self::Selects if done || word == DEACTIVATED => *channel = Channel::Plain,
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

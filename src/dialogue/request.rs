//! What a host can be asked for, and how it ends.

use crate::apdu::{Frame, Status};
use crate::card::CommMode;
use crate::command::Command;
use crate::crypto::Secret;
use crate::secure_messaging::handshake::{self, AuthKey};
use crate::secure_messaging::{CounterExhausted, KeyChange};

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
    /// A command as it stands, also where the data sheet knows no such parameters.
    Exact {
        /// Code, clear header, and data.
        frame: Frame,
        /// Communication mode inside a session; what protects the message has the last word on what that means.
        mode: CommMode,
    },
    /// Replaces a key in any session. The rules of the channel make the key data of it.
    ChangeKey {
        /// Key set of ChangeKeyEV2; `None` for ChangeKey.
        key_set: Option<u8>,
        /// Key number; at PICC level bits 7 and 6 are the new key's type.
        key_no: u8,
        /// The keys.
        change: KeyChange,
    },
    /// Authenticate (D40), AuthenticateISO or AuthenticateAES.
    AuthenticateLegacy {
        /// Authenticate of D40 rather than the one that goes with the key.
        d40: bool,
        /// Key number.
        key_no: u8,
        /// The key.
        key: Box<AuthKey>,
        /// The host's random number: 8 bytes with DES and 2K3DES, 16 with 3K3DES and AES.
        rnd_a: Secret,
    },
    /// GET CHALLENGE, EXTERNAL AUTHENTICATE and INTERNAL AUTHENTICATE.
    AuthenticateIso {
        /// Reference to the key: `00` at PICC level, `80` and the number in an application.
        reference: u8,
        /// The key.
        key: Box<AuthKey>,
        /// RPCD1, which becomes RndA; as long as `rnd_a` above.
        rpcd1: Secret,
        /// RPCD2.
        rpcd2: Vec<u8>,
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
    /// Bytes of each answer frame as received, protection counted; GetDFNames needs them. Empty for authentications.
    pub frames: Vec<usize>,
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
    #[error("the deciphered answer does not end in its padding")]
    Padding,
    /// The checksum inside deciphered data does not fit (D40, EV1).
    #[error("the checksum of the deciphered answer is {got}, {expected} expected")]
    Checksum {
        /// Computed.
        expected: String,
        /// Received.
        got: String,
    },
    /// The key or its random numbers do not go with the authentication.
    #[error("the key does not go with this authentication, or a random number has not its length")]
    Key,
    /// A key of another length, or the present key is missing.
    #[error("the session needs an AES key with its version to change one")]
    NewKey,
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

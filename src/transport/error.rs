//! Why no answer came, each reason with its sentence: the only place where they are written.

use std::io::ErrorKind;

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The command was sent; whether the card executed it is unknown.
    #[error("the answer was lost")]
    Lost,
    /// The card lost power before its non-volatile write number `after_writes` of this command.
    #[error("the card lost power before write {after_writes} of the command")]
    Torn {
        /// Completed writes.
        after_writes: u32,
    },
    /// The reader, or the way to it, failed. Whether the card executed the command is unknown.
    #[error(transparent)]
    Reader(#[from] ReaderError),
    /// The other end of a vpcd connection failed. Whether the card executed the command is unknown.
    #[error(transparent)]
    Peer(#[from] PeerError),
}

impl TransportError {
    /// Whether there simply is no card yet.
    pub const fn is_empty_place(&self) -> bool {
        matches!(
            self,
            Self::Reader(ReaderError::NoCard { .. }) | Self::Peer(PeerError::NoCard { .. })
        )
    }

    /// Whether the card, or the whole reader, is out of reach: what comes next may be another card.
    pub const fn is_gone(&self) -> bool {
        match self {
            Self::Lost | Self::Torn { .. } => false,
            Self::Reader(error) => matches!(
                error,
                ReaderError::CardRemoved { .. }
                    | ReaderError::NoCard { .. }
                    | ReaderError::ReaderGone { .. }
                    | ReaderError::NoService
            ),
            Self::Peer(error) => !error.is_refusal(),
        }
    }
}

/// Why a PC/SC reader can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// The library is not installed.
    #[error(
        "PC/SC is not installed: {reason}. Install pcscd and its library, on Debian: apt install pcscd"
    )]
    NoLibrary {
        /// What the system said.
        reason: String,
    },
    /// The library is there, the service does not answer.
    #[error("the PC/SC service is not running; start pcscd, on Windows the service Smart Card")]
    NoService,
    /// The service is there and refuses.
    #[error(
        "the PC/SC service refused access to this user; its rules (polkit, on Windows the policy) must allow it"
    )]
    Refused,
    /// No reader has this name.
    #[error("there is no reader {wanted:?}, expected {known}")]
    Unknown {
        /// The name, or the part of it, asked for.
        wanted: String,
        /// The names that there are.
        known: String,
    },
    /// Several readers have this in their name.
    #[error("{wanted:?} fits several readers, expected one of {known}")]
    Ambiguous {
        /// The part of a name asked for.
        wanted: String,
        /// The names that it fits.
        known: String,
    },
    /// The reader is empty.
    #[error("there is no card in the reader {reader}")]
    NoCard {
        /// Its name.
        reader: String,
    },
    /// The card was taken away while it was in use.
    #[error("the card was taken out of the reader {reader}")]
    CardRemoved {
        /// Its name.
        reader: String,
    },
    /// The session on the card is gone without our doing.
    #[error("another program reset the card in the reader {reader}: its session is gone")]
    CardReset {
        /// Its name.
        reader: String,
    },
    /// The reader was unplugged.
    #[error("the reader {reader} is gone")]
    ReaderGone {
        /// Its name.
        reader: String,
    },
    /// Another program has the card.
    #[error("another program uses the card in the reader {reader} and does not share it")]
    Busy {
        /// Its name.
        reader: String,
    },
    /// There is a card, and it does not speak.
    #[error("the card in the reader {reader} does not answer; put it on again")]
    Mute {
        /// Its name.
        reader: String,
    },
    /// The card speaks another protocol than asked for.
    #[error("the card in the reader {reader} does not speak {protocol}")]
    Protocol {
        /// Its name.
        reader: String,
        /// What was asked for, in words.
        protocol: &'static str,
    },
    /// The reader does not pass such a frame on: some refuse native frames, some long ones.
    #[error("the reader {reader} refuses this frame of {length} bytes")]
    Frame {
        /// Its name.
        reader: String,
        /// Length of the frame in bytes.
        length: usize,
    },
    /// Anything else.
    #[error("the reader {reader} failed: {text} ({code:08X})")]
    Other {
        /// Its name.
        reader: String,
        /// PC/SC's sentence.
        text: String,
        /// PC/SC's code.
        code: u32,
    },
}

/// Why a vpcd connection can't be used, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// Not an address.
    #[error("address is {got:?}, expected HOST:PORT")]
    Address {
        /// As given.
        got: String,
    },
    /// An address that names no port, where others have to find it.
    #[error("address is {got:?}, expected a port from 1 to 65535")]
    NoPort {
        /// As given.
        got: String,
    },
    /// Nobody there.
    #[error("{address}: nothing listens there; is pcscd running with the vpcd driver?")]
    NobodyListens {
        /// Host and port.
        address: String,
    },
    /// No connection for another reason.
    #[error("{address}: {}", .kind)]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system said.
        kind: ErrorKind,
    },
    /// An address that others can reach was not confirmed.
    #[error("{address} can be reached by other machines, expected a loopback address")]
    NotLoopback {
        /// Host and port.
        address: String,
    },
    /// Nobody came.
    #[error("no card connected within {seconds} s")]
    NobodyCame {
        /// How long it was waited.
        seconds: u64,
    },
    /// The connection ended before the first message.
    #[error("the other end closed the connection at once; it may have a card already")]
    TurnedAway,
    /// The connection ended between two messages.
    #[error("the other end closed the connection")]
    Closed,
    /// The connection ended inside a message.
    #[error("the other end closed the connection after {got} of {expected} bytes of a message")]
    ClosedInside {
        /// Bytes that came, with the two of the length.
        got: usize,
        /// Bytes that were announced, with the two of the length; 2 when even the length is not whole.
        expected: usize,
    },
    /// A message stopped in the middle.
    #[error(
        "the other end sent {got} of {expected} bytes of a message and then nothing for {seconds} s"
    )]
    Half {
        /// Bytes that came, with the two of the length.
        got: usize,
        /// Bytes that were announced, with the two of the length; 2 when even the length is not whole.
        expected: usize,
        /// How long it was waited.
        seconds: u64,
    },
    /// A message that comes in more parts than any network makes.
    #[error("the other end sent {got} of {expected} bytes of a message in {parts} parts")]
    Drip {
        /// Bytes that came, with the two of the length.
        got: usize,
        /// Bytes that were announced, with the two of the length.
        expected: usize,
        /// Parts they came in.
        parts: u32,
    },
    /// No answer at all.
    #[error("the other end did not answer within {seconds} s")]
    Silent {
        /// How long it was waited.
        seconds: u64,
    },
    /// A message without a byte where one is needed.
    #[error("the other end sent a message of 0 bytes, expected a control byte or a command")]
    Empty,
    /// Nobody is connected.
    #[error("no card is connected to {address}")]
    NoCard {
        /// Where it is listened.
        address: String,
    },
    /// The answer is empty: the card left the field of the other end.
    #[error("the card left the field at the other end")]
    CardGone,
    /// What should be an ATR can't be one.
    #[error("the ATR has {got} bytes, expected 2 to 33")]
    Atr {
        /// Its length in bytes.
        got: usize,
    },
    /// Nothing to send.
    #[error("the command has 0 bytes, expected at least 1")]
    NoCommand,
    /// A command that the protocol can't carry.
    #[error(
        "a command of the single byte {0:02X} can't be sent by vpcd: it means a control message"
    )]
    LooksLikeControl(u8),
    /// A command or answer that is too long for a message.
    #[error("the message has {got} bytes, expected at most 65535")]
    TooLong {
        /// Its length in bytes.
        got: usize,
    },
    /// The connection broke.
    #[error("the connection broke: {}", .0)]
    Broken(ErrorKind),
}

impl PeerError {
    /// Whether the command was not sent at all, and the connection is as good as before.
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NoCommand | Self::LooksLikeControl(_) | Self::TooLong { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_service_and_access_are_three_different_sentences() {
        let reason = "libpcsclite.so.1: not found".into();
        let sentences = [
            ReaderError::NoLibrary { reason }.to_string(),
            ReaderError::NoService.to_string(),
            ReaderError::Refused.to_string(),
        ];
        assert!(sentences[0].contains("not installed: libpcsclite.so.1"));
        assert!(sentences[1].contains("not running"));
        assert!(sentences[2].contains("refused access"));
    }

    #[test]
    fn only_what_takes_the_card_away_counts_as_gone() {
        let reader = || "Desk".to_owned();
        let gone = TransportError::from(ReaderError::CardRemoved { reader: reader() });
        let reset = TransportError::from(ReaderError::CardReset { reader: reader() });
        assert!(gone.is_gone() && !reset.is_gone() && !TransportError::Lost.is_gone());
        assert!(TransportError::from(PeerError::Closed).is_gone());
        assert!(!TransportError::from(PeerError::NoCommand).is_gone());
    }
}

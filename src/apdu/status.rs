//! Status codes of the native family (`91xx`) and of ISO 7816-4 (DESFire reference §3).

use std::fmt;

/// A status as received, with its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// One byte before the data.
    Native(u8),
    /// `91 xx` after the data.
    Wrapped(u8),
    /// Any other status word.
    Iso(u16),
}

impl Status {
    /// The native code, when there is one.
    pub const fn code(self) -> Option<u8> {
        match self {
            Self::Native(code) | Self::Wrapped(code) => Some(code),
            Self::Iso(_) => None,
        }
    }

    /// Success: `00`, `90` (Read_Sig and the proximity family) or `9000`.
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::Native(0x00 | 0x90) | Self::Wrapped(0x00 | 0x90) | Self::Iso(0x9000)
        )
    }

    /// Another frame follows or is awaited.
    pub const fn is_additional_frame(self) -> bool {
        matches!(self, Self::Native(super::AF) | Self::Wrapped(super::AF))
    }

    /// Whether a card that answers this ends its session and drops the transaction (DESFire reference §2.12, §5.4; `0C`
    /// keeps both, our choice among sources).
    pub const fn ends_session(self) -> bool {
        !matches!(self.code(), Some(0x00 | 0x90 | 0xAF | 0x0C))
    }

    /// Name and usual cause, when the code is known.
    pub fn meaning(self) -> Option<StatusMeaning> {
        let (key, table) = match self {
            Self::Native(code) | Self::Wrapped(code) => (u16::from(code), NATIVE),
            Self::Iso(word) if word >> 8 == 0x6C => (0x6C00, ISO),
            Self::Iso(word) => (word, ISO),
        };
        table
            .iter()
            .find(|(code, ..)| *code == key)
            .map(|(_, name, cause)| StatusMeaning { name, cause })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native(code) => write!(f, "{code:02X}"),
            Self::Wrapped(code) => write!(f, "91{code:02X}"),
            Self::Iso(word) => write!(f, "{word:04X}"),
        }
    }
}

/// What a status code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusMeaning {
    /// The data sheet's name in words.
    pub name: &'static str,
    /// When a card usually answers it.
    pub cause: &'static str,
}

const NATIVE: &[(u16, &str, &str)] = &[
    (0x00, "operation ok", "the command was executed"),
    (
        0x0B,
        "command not found",
        "proximity check open, or mandatory and not done",
    ),
    (0x0C, "no changes", "commit or abort without pending work"),
    (
        0x0E,
        "out of memory",
        "too little memory left for the new application or file",
    ),
    (
        0x1C,
        "illegal command",
        "the code is unknown, or belongs to another generation",
    ),
    (0x1E, "integrity error", "CRC, MAC or padding is wrong"),
    (0x40, "no such key", "the application has fewer keys"),
    (
        0x7E,
        "length error",
        "the command's length does not fit; also the answer to a MAC that the card does not expect",
    ),
    (0x90, "ok", "success of Read_Sig and of the proximity check"),
    (
        0x9D,
        "permission denied",
        "the right is never, the level is wrong, or the configuration forbids it",
    ),
    (0x9E, "parameter error", "a value is not allowed"),
    (0xA0, "application not found", "no application has this AID"),
    (0xA1, "application integrity error", "unrecoverable"),
    (
        0xAD,
        "authentication delay",
        "too many failed authentications; repeat later",
    ),
    (
        0xAE,
        "authentication error",
        "the key or its value differs, or the session has the wrong key",
    ),
    (
        0xAF,
        "additional frame",
        "more frames follow or are awaited",
    ),
    (
        0xBE,
        "boundary error",
        "beyond the limits of the file, record or value",
    ),
    (0xC1, "PICC integrity error", "unrecoverable"),
    (
        0xCA,
        "command aborted",
        "a previous chain was not completed",
    ),
    (0xCD, "PICC disabled", "unrecoverable"),
    (0xCE, "count error", "28 applications reached"),
    (
        0xDE,
        "duplicate error",
        "number, AID, FID or name exists already",
    ),
    (0xEE, "memory error", "non-volatile memory failed"),
    (
        0xF0,
        "file not found",
        "the application has no file with this number",
    ),
    (0xF1, "file integrity error", "unrecoverable"),
];

const ISO: &[(u16, &str, &str)] = &[
    (0x9000, "ok", "the command was executed"),
    (0x6282, "end of file", "fewer bytes than Le asked for"),
    (
        0x6283,
        "selected, deactivated",
        "the TMCLimit of the application is reached",
    ),
    (0x6581, "memory failure", "non-volatile memory failed"),
    (0x6700, "wrong length", "Lc or Le does not fit"),
    (
        0x6982,
        "security status not satisfied",
        "the right is not free",
    ),
    (
        0x6985,
        "conditions not satisfied",
        "no file selected, or a chain is open",
    ),
    (0x6A80, "incorrect data", "a data field is not allowed"),
    (
        0x6A82,
        "not found",
        "no file or application with this name; the selection stays",
    ),
    (0x6A83, "record not found", "the record does not exist"),
    (
        0x6A84,
        "file full",
        "the record file has no room for another record",
    ),
    (0x6A86, "incorrect P1 P2", "P1 or P2 is not allowed"),
    (
        0x6A87,
        "Lc and P1 P2 disagree",
        "the length does not fit P1 P2",
    ),
    (
        0x6C00,
        "wrong Le",
        "the low byte says how many bytes there are",
    ),
    (0x6D00, "INS not supported", "the instruction is unknown"),
    (0x6E00, "CLA not supported", "the class is unknown"),
    (0x6F00, "no precise diagnosis", "the card gives no reason"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_received_and_knows_its_meaning() {
        assert_eq!(Status::Wrapped(0xAE).to_string(), "91AE");
        assert_eq!(Status::Native(0).to_string(), "00");
        assert_eq!(Status::Iso(0x9000).to_string(), "9000");
        assert_eq!(Status::Iso(0x6C14).meaning().unwrap().name, "wrong Le");
        assert_eq!(Status::Wrapped(0x77).meaning(), None);
    }
}

//! Why a handler gives no answer: a status of the card, or no power (DESFire reference §3.1).

use super::store::PowerLost;
use crate::bytes::ParseError;

/// Ends a command early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The native status to answer.
    Status(u8),
    /// The field went off inside the command: no answer at all.
    PowerLost,
}

impl Refusal {
    /// Commit or abort without pending work.
    pub(super) const NO_CHANGES: Self = Self::Status(0x0C);
    /// Too little memory for a new file.
    pub(super) const OUT_OF_MEMORY: Self = Self::Status(0x0E);
    /// Unknown command code.
    pub(super) const ILLEGAL: Self = Self::Status(0x1C);
    /// MAC, padding or CRC wrong.
    pub(super) const INTEGRITY: Self = Self::Status(0x1E);
    /// Key number not present.
    pub(super) const NO_SUCH_KEY: Self = Self::Status(0x40);
    /// The command's length does not fit.
    pub(super) const LENGTH: Self = Self::Status(0x7E);
    /// No authentication could ever allow it.
    pub(super) const DENIED: Self = Self::Status(0x9D);
    /// A value is not allowed.
    pub(super) const PARAMETER: Self = Self::Status(0x9E);
    /// No application has this AID.
    pub(super) const NO_APPLICATION: Self = Self::Status(0xA0);
    /// Another session is needed, or a cryptogram is wrong.
    pub(super) const AUTHENTICATION: Self = Self::Status(0xAE);
    /// Beyond the limits of file, record or value.
    pub(super) const BOUNDARY: Self = Self::Status(0xBE);
    /// A chain was open.
    pub(super) const ABORTED: Self = Self::Status(0xCA);
    /// No room for another application, however small.
    pub(super) const COUNT: Self = Self::Status(0xCE);
    /// Too many failed authentications.
    pub(super) const DELAY: Self = Self::Status(0xAD);
    /// Number, AID, FID or name exists.
    pub(super) const DUPLICATE: Self = Self::Status(0xDE);
    /// No file has this number.
    pub(super) const NO_FILE: Self = Self::Status(0xF0);
}

impl From<PowerLost> for Refusal {
    fn from(_: PowerLost) -> Self {
        Self::PowerLost
    }
}

impl From<ParseError> for Refusal {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Missing { .. } | ParseError::Trailing { .. } => Self::LENGTH,
            ParseError::Invalid { .. } => Self::PARAMETER,
        }
    }
}

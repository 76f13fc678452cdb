//! What a decoded row comes to, in one word.

use super::exchange::Exchange;
use crate::report::Severity;
use crate::secure_messaging::Verdict;

/// What a row comes to, in the words of the verdict column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Judgement {
    /// Everything that can be verified was.
    Verified,
    /// Decrypted, something could not be verified.
    Unverified,
    /// Something is wrong.
    Wrong,
    /// The card refused.
    Refused,
    /// Not decrypted.
    Opaque,
    /// Nothing to verify.
    Plain,
}

impl Judgement {
    /// Judges a row.
    pub fn of(row: &Exchange) -> Self {
        let verdicts = &row.verdicts;
        if verdicts.any(Verdict::Bad)
            || row
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Error)
        {
            return Self::Wrong;
        }
        if row.command.is_none()
            || (row.is_authentication() && verdicts.auth_host == Verdict::Unknown)
        {
            return Self::Opaque;
        }
        let refused =
            |status: crate::apdu::Status| !status.is_success() && !status.is_additional_frame();
        if row.status.is_some_and(refused) {
            return Self::Refused;
        }
        if row.status.is_none() || verdicts.any(Verdict::Unknown) {
            return Self::Unverified;
        }
        if verdicts.any(Verdict::Ok) {
            Self::Verified
        } else {
            Self::Plain
        }
    }

    /// The words of the verdict column.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "decrypted, not verified",
            Self::Wrong => "wrong",
            Self::Refused => "refused by card",
            Self::Opaque => "opaque",
            Self::Plain => "plain",
        }
    }
}

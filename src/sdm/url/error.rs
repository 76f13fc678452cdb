//! Why no message can be taken out of a URL.

use super::names::Role;
use super::range::Landmark;

/// What does not fit, with what was expected and got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// A value has a length that its role does not have.
    #[error("{name} has {got} digits, {expected} expected{}", hint.map(|hint| format!("; {hint}")).unwrap_or_default())]
    Digits {
        /// The parameter's name.
        name: String,
        /// What it should hold.
        role: Role,
        /// Lengths that fit, in words.
        expected: &'static str,
        /// Given length.
        got: usize,
        /// What the value looks like.
        hint: Option<&'static str>,
    },
    /// A value is not hexadecimal.
    #[error("{name} has {found:?} as character {position}, a hexadecimal digit expected")]
    Digit {
        /// The parameter's name.
        name: String,
        /// What it should hold.
        role: Role,
        /// Which character, from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The two letters of TTStatus are others.
    #[error("{name} is {got:?}, two of the letters C, O and I expected")]
    Tamper {
        /// The parameter's name.
        name: String,
        /// The value.
        got: String,
    },
    /// The same role twice.
    #[error("{name} gives the {} a second time, once expected", role.title())]
    Twice {
        /// The parameter's name.
        name: String,
        /// What it holds.
        role: Role,
    },
    /// Nothing says whose message it is.
    #[error("the URL has neither PICC data nor a UID or counter")]
    NoIdentity,
    /// PICC data, and UID or counter in the clear; a tag has one or the other.
    #[error("the URL has both PICC data and a plain UID or counter, one of them expected")]
    BothIdentities,
    /// The MAC's input is to begin at something that is not in the URL before the MAC.
    #[error("MAC over {landmark} expected, which the URL does not have before its MAC")]
    NoStart {
        /// What was asked for.
        landmark: Landmark,
    },
    /// SDMMACInputOffset is behind the MAC.
    #[error("SDMMACInputOffset is {got}, at most {max} expected, where the MAC begins")]
    StartBehindMac {
        /// SDMMACOffset of this URL.
        max: usize,
        /// Given offset.
        got: usize,
    },
}

impl UrlError {
    /// Whether the URL can be read, but not with the start that was asked for.
    pub const fn is_about_start(&self) -> bool {
        matches!(self, Self::NoStart { .. } | Self::StartBehindMac { .. })
    }

    /// The role that a value was read for; `None` where no value is at fault.
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Digits { role, .. } | Self::Digit { role, .. } | Self::Twice { role, .. } => {
                Some(*role)
            }
            Self::Tamper { .. } => Some(Role::Tamper),
            Self::NoIdentity
            | Self::BothIdentities
            | Self::NoStart { .. }
            | Self::StartBehindMac { .. } => None,
        }
    }
}

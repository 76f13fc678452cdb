//! Which rows of the trace get a colour.

use serde::{Deserialize, Serialize};

use super::tolerant;

/// Colour behind a row: those of the byte fields, and those of verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tint {
    /// Of headers.
    #[default]
    Blue,
    /// Of data.
    Orange,
    /// Of MACs.
    Green,
    /// Of the status.
    Pink,
    /// Of framing.
    Yellow,
    /// Of padding.
    Violet,
    /// Of the verdict verified.
    Verified,
    /// Of the verdict wrong.
    Wrong,
    /// Of the verdict refused.
    Refused,
    /// Of the verdict opaque.
    Opaque,
}

impl Tint {
    /// All, the byte fields first.
    pub const ALL: [Self; 10] = [
        Self::Blue,
        Self::Orange,
        Self::Green,
        Self::Pink,
        Self::Yellow,
        Self::Violet,
        Self::Verified,
        Self::Wrong,
        Self::Refused,
        Self::Opaque,
    ];

    /// The name in lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "Blue",
            Self::Orange => "Orange",
            Self::Green => "Green",
            Self::Pink => "Pink",
            Self::Yellow => "Yellow",
            Self::Violet => "Violet",
            Self::Verified => "As verified",
            Self::Wrong => "As wrong",
            Self::Refused => "As refused",
            Self::Opaque => "As opaque",
        }
    }
}

/// Rows that pass a filter get a colour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColourRule {
    /// What stands in the hover text of the rows: colour is never the only sign. The filter when empty.
    pub name: String,
    /// Text of the filter; one of blanks fits no row.
    pub filter: String,
    /// The colour; the first one where that of another release is not known.
    #[serde(deserialize_with = "tolerant::value")]
    pub tint: Tint,
    /// Whether it is in force.
    pub on: bool,
}

impl ColourRule {
    /// What people read.
    pub fn title(&self) -> &str {
        let name = self.name.trim();
        if name.is_empty() { &self.filter } else { name }
    }
}

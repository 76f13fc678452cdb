//! Where the panels stand, as plain data: what a release of the docking crate changes in its own form does not
//! lose the user's arrangement.

use serde::{Deserialize, Serialize};

/// A part of the window. Panels are named, so that a name that no longer exists is simply left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    /// Panels behind each other.
    Tabs {
        /// Names, from left to right.
        panels: Vec<String>,
        /// Place of the one in front.
        front: usize,
    },
    /// Parts side by side, each with its share of the width.
    Row(Vec<(f32, Arrangement)>),
    /// Parts one above the other, each with its share of the height.
    Column(Vec<(f32, Arrangement)>),
}

impl Arrangement {
    /// Names of all panels, in reading order.
    pub fn panels(&self) -> Vec<&str> {
        match self {
            Self::Tabs { panels, .. } => panels.iter().map(String::as_str).collect(),
            Self::Row(parts) | Self::Column(parts) => {
                parts.iter().flat_map(|(_, part)| part.panels()).collect()
            }
        }
    }
}

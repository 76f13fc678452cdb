//! A path being typed, and what it is for.

use std::path::PathBuf;

use super::text;
use crate::calculator::batch::Kind;
use crate::workbench::Action;

/// A file name being typed.
#[derive(Debug, Default)]
pub struct PathDraft {
    /// What the file is for; closed when none.
    pub purpose: Option<PathPurpose>,
    /// The text.
    pub text: String,
    /// Whether the dialog got the keyboard focus when it opened.
    pub focused: bool,
}

/// What a typed path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPurpose {
    /// Open a session.
    Open,
    /// Save the session.
    Save,
    /// Import keys.
    ImportKeys,
    /// Export keys.
    ExportKeys,
    /// Save a card image.
    SaveImage,
    /// Load a card image.
    LoadImage,
    /// Compare the trace with another one.
    Compare,
    /// Load templates.
    Templates,
    /// Check the lines of a file.
    Lines(Kind),
    /// Try the keys of a dictionary.
    Dictionary {
        /// On the authentication of this row; on all when none.
        row: Option<usize>,
    },
}

impl PathPurpose {
    /// Title, button and remark of the dialog.
    pub(super) const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Open => ("Open a session or trace", "Open file", ""),
            Self::Save => ("Save the session", "Save file", ""),
            Self::ImportKeys => ("Import keys", "Import file", ""),
            Self::ExportKeys => ("Export keys", "Export file", text::EXPORT_WARNING),
            Self::SaveImage => (
                "Save the card's image",
                "Save image file",
                text::IMAGE_WARNING,
            ),
            Self::LoadImage => ("Load a card image", "Load image file", ""),
            Self::Templates => ("Load templates", "Load template file", ""),
            Self::Compare => ("Compare with a session or trace", "Compare files", ""),
            Self::Lines(Kind::Transactions) => {
                ("Check the transactions of a file", "Check file", "")
            }
            Self::Lines(Kind::Urls) => ("Check the URLs of a file", "Check file", ""),
            Self::Dictionary { .. } => ("Try the keys of a dictionary", "Try keys", ""),
        }
    }

    /// Whether the file is written.
    pub(super) const fn writes(self) -> bool {
        matches!(self, Self::Save | Self::ExportKeys | Self::SaveImage)
    }

    /// The action for a path.
    pub(super) fn action(self, path: PathBuf) -> Action {
        match self {
            Self::Open => Action::OpenSession(path),
            Self::Save => Action::SaveSession(Some(path)),
            Self::ImportKeys => Action::ImportKeys(path),
            Self::ExportKeys => Action::ExportKeys(path),
            Self::SaveImage => Action::SaveImage(path),
            Self::LoadImage => Action::LoadImage(path),
            Self::Templates => Action::LoadTemplates(path),
            Self::Compare => Action::CompareWith(path),
            Self::Lines(kind) => Action::CheckFile(kind, path),
            Self::Dictionary { row } => Action::FindKeys {
                row,
                dictionary: Some(path),
            },
        }
    }
}

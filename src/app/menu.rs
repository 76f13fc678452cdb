//! The menus, in their order.

/// Where a command stands in the menus, and the area that the palette names.
#[expect(missing_docs, reason = "`title` says it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    View,
    Trace,
    Card,
    Help,
}

impl Menu {
    /// All menus, in order.
    pub const ALL: [Self; 6] = [
        Self::File,
        Self::Edit,
        Self::View,
        Self::Trace,
        Self::Card,
        Self::Help,
    ];

    /// The title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Trace => "Trace",
            Self::Card => "Card",
            Self::Help => "Help",
        }
    }
}
